//! What is known of entities beside their scores: kept with their rows and gone with them, over restarts; found by
//! name.

use scorelay_engine::scoring::emotes::EmoteWords;
use scorelay_engine::{BoardConfig, Counted, Input, Moderation, Reply, Scorer};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::event::{ChatMessage, EmoteUse, Event, Profile};
use scorelay_protocol::ids::{Handle, UnixMillis};
use scorelay_protocol::limits::{PROFILES_WAITING, SEARCH_FIRST, SEARCH_NAMES, SEARCH_ROWS};
use scorelay_protocol::people::Known;

use crate::support::*;

fn write(rig: &mut Rig, author: &str, name: &str, badges: &[&str]) {
    let message = said(author, "#room", "hello there");
    let badges = badges.iter().map(|&badge| badge.to_owned()).collect();
    let message = ChatMessage { name: name.into(), badges, ..message };
    assert_eq!(rig.reply(live(Event::Message(message))), Reply::Applied);
    rig.cut();
}

fn profile(rig: &mut Rig, of: &str, name: &str, avatar: Option<&str>) {
    let avatar = avatar.map(str::to_owned);
    let profile = Profile { entity: entity(of), name: name.into(), avatar, badges: vec!["verified".into()] };
    assert_eq!(rig.reply(live(Event::Profile(profile))), Reply::Applied);
}

fn known(rig: &Rig, of: &str) -> Option<(String, Option<String>, Vec<String>)> {
    rig.engine.profile(&entity(of)).map(|Known { name, avatar, badges, .. }| (name, avatar, badges))
}

fn found(rig: &Rig, name: &str) -> Vec<String> {
    let (people, _) = rig.engine.search("chat", name).unwrap();
    people.into_iter().map(|named| format!("{} {}", named.entity, named.name)).collect()
}

/// E8: names and badges come with messages, pictures from sources that know them; all of it only for who has a row, and
/// over a restart.
#[test]
fn what_sources_see_is_kept_with_the_rows() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    write(&mut rig, "t:1", "Ada", &["vip"]);
    assert_eq!(known(&rig, "t:1"), Some(("Ada".into(), None, vec!["vip".into()])));
    assert_eq!(known(&rig, "t:2"), None);
    // Told before the first row, or after it.
    profile(&mut rig, "t:2", "Bo", Some("https://example.com/bo.png"));
    assert_eq!(known(&rig, "t:2"), None, "nobody without a row is known");
    profile(&mut rig, "t:1", "Ada L.", Some("https://example.com/ada.png"));
    write(&mut rig, "t:2", "", &[]);
    rig.commit();
    rig.kill();
    let ada = ("Ada L.".to_owned(), Some("https://example.com/ada.png".to_owned()), vec!["verified".to_owned()]);
    assert_eq!(known(&rig, "t:1"), Some(ada));
    assert_eq!(known(&rig, "t:2"), Some(("Bo".into(), Some("https://example.com/bo.png".into()), vec![])));

    // What did not change costs the store nothing.
    write(&mut rig, "t:2", "Bo", &[]);
    assert_eq!(rig.give(Input::Commit).commit.unwrap().profiles, []);
}

/// E8: a profile goes with the last row; its handle's next owner does not get it.
#[test]
fn a_profile_goes_with_the_last_row() {
    let mut rig = Rig::new(vec![messages("chat", 1)]);
    write(&mut rig, "t:1", "Ada", &["vip"]);
    rig.commit();
    // A full board drops the lowest, the oldest among equals.
    write(&mut rig, "t:2", "", &[]);
    assert_eq!((known(&rig, "t:1"), found(&rig, "ada")), (None, vec![]));
    assert_eq!(known(&rig, "t:2"), Some((String::new(), None, vec![])));
    rig.commit();
    assert_eq!(rig.image.stored().profiles.len(), 1);
    write(&mut rig, "t:1", "", &[]);
    assert_eq!(known(&rig, "t:1"), Some((String::new(), None, vec![])), "it begins anew");

    // Within one batch, and when the whole board goes.
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    write(&mut rig, "t:1", "Ada", &[]);
    rig.commit();
    rig.moderate(Moderation::Reset { board: "chat".into() });
    rig.commit();
    assert_eq!((known(&rig, "t:1"), rig.image.stored().profiles), (None, vec![]));
}

/// E19: an erased entity's profile is gone from the engine and the store, and what is said of it later is not kept.
#[test]
fn erasing_takes_the_profile() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    rig.engine.set_erasure_key([3; 32]);
    write(&mut rig, "t:1", "Ada", &["vip"]);
    profile(&mut rig, "t:2", "Bo", None);
    rig.commit();
    for who in ["t:1", "t:2"] {
        rig.moderate(Moderation::Erase { entity: entity(who) });
        profile(&mut rig, who, "Back", None);
        write(&mut rig, who, "Back", &[]);
    }
    rig.commit();
    assert_eq!((known(&rig, "t:1"), found(&rig, "a"), found(&rig, "back")), (None, vec![], vec![]));
    assert_eq!(rig.image.stored().profiles, []);
}

/// E8: whoever is told of without a row is remembered for a while, and not without bounds.
#[test]
fn a_flood_of_profiles_is_bounded() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    for n in 0..=PROFILES_WAITING {
        profile(&mut rig, &format!("t:{n}"), &format!("n{n}"), None);
    }
    write(&mut rig, "t:0", "", &[]);
    write(&mut rig, "t:1", "", &[]);
    assert_eq!(known(&rig, "t:0"), Some((String::new(), None, vec![])), "the oldest made room");
    assert_eq!(known(&rig, "t:1"), Some(("n1".into(), None, vec![])));
    rig.commit();
    assert!(rig.image.stored().profiles.len() <= 2);
}

/// E8: whoever is told of again and again takes nobody else's place.
#[test]
fn being_told_of_again_takes_no_room() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    profile(&mut rig, "t:1", "Ada", None);
    for n in 0..=2 * PROFILES_WAITING {
        profile(&mut rig, "t:2", &format!("Bo {n}"), None);
    }
    write(&mut rig, "t:1", "", &[]);
    write(&mut rig, "t:2", "", &[]);
    let named = |name: &str| Some((name.to_owned(), None, vec![]));
    assert_eq!(known(&rig, "t:1"), named("Ada"));
    assert_eq!(known(&rig, "t:2"), named(&format!("Bo {}", 2 * PROFILES_WAITING)));

    // Nor does it, once it has a row and has lost it.
    rig.moderate(Moderation::Reset { board: "chat".into() });
    profile(&mut rig, "t:3", "Cy", None);
    for _ in 0..=PROFILES_WAITING {
        profile(&mut rig, "t:2", "Bo", None);
        write(&mut rig, "t:2", "", &[]);
        rig.moderate(Moderation::Remove { board: None, entity: entity("t:2") });
    }
    write(&mut rig, "t:3", "", &[]);
    assert_eq!(known(&rig, "t:3"), named("Cy"));
}

/// E8: names are found without case and accents, by their beginning, the best rank first, on the board asked.
#[test]
fn names_are_found() {
    let other = BoardConfig { max_rows: 10, ..BoardConfig::new("bits", Scorer::one(Counted::Bits, 1)) };
    let mut rig = Rig::new(vec![messages("chat", 10), other]);
    write(&mut rig, "t:1", "Zoë", &[]);
    write(&mut rig, "t:2", "ZOELLA", &[]);
    write(&mut rig, "t:2", "ZOELLA", &[]);
    write(&mut rig, "t:3", "Max", &[]);
    assert_eq!(found(&rig, "zoe"), ["t:2 ZOELLA", "t:1 Zoë"]);
    assert_eq!(found(&rig, " ZÖE"), ["t:2 ZOELLA", "t:1 Zoë"]);
    assert_eq!(found(&rig, "oe"), [""; 0]);
    assert_eq!(found(&rig, " "), [""; 0]);
    assert_eq!(rig.engine.search("bits", "zoe").unwrap(), (vec![], false));
    assert_eq!(rig.engine.search("none", "zoe").unwrap_err().code, ErrorCode::NoSuchBoard);
    write(&mut rig, "t:1", "Someone Else", &[]);
    assert_eq!(
        (found(&rig, "zoe"), found(&rig, "SOMEONE")),
        (vec!["t:2 ZOELLA".into()], vec!["t:1 Someone Else".into()])
    );
}

/// E8: a search that finds a crowd gives the best few and says that there are more, at a bounded price.
#[test]
fn a_crowd_is_found_in_part() {
    let rows = SEARCH_FIRST as usize + SEARCH_NAMES + 10;
    let mut rig = Rig::new(vec![messages("chat", rows as u32 + 1)]);
    let mut write = |n: usize, name: String| {
        let message = ChatMessage { name, ..said(&format!("t:{n}"), "#room", "hi") };
        rig.engine.handle(UnixMillis(1), live(Event::Message(message)));
    };
    write(rows, "crowe".into());
    // Of equal scores the latest ranks lowest: the first to write lead.
    for n in 0..rows {
        write(n, format!("crowd{:05}", rows - n));
    }
    write(rows - 1, "crowd00001".into());
    rig.engine.handle(UnixMillis(1), Input::Cut);
    let names = |name: &str| {
        let (people, more) = rig.engine.search("chat", name).unwrap();
        (people.into_iter().map(|named| named.name).collect::<Vec<_>>(), more)
    };
    let (people, more) = names("crow");
    assert_eq!((people.len(), more), (SEARCH_ROWS, true));
    assert_eq!(people[..2], ["crowd00001", "crowe"], "the leaders, not the first of the alphabet");
    let named =
        |range: std::ops::RangeInclusive<usize>| range.rev().map(|n| format!("crowd{n:05}")).collect::<Vec<_>>();
    let mut tens = named(2..=9);
    tens.insert(0, "crowd00001".into());
    assert_eq!(names("crowd0000"), (tens, false), "from the end of the board, best first");
    assert_eq!(names("crowd00007"), (named(7..=7), false));
    assert_eq!(names("crowe"), (vec!["crowe".into()], false));
}

/// S3 and E9: an emote's profile is its text and its picture.
#[test]
fn emotes_have_names_and_pictures() {
    let emotes = BoardConfig { max_rows: 10, ..BoardConfig::new("chat", Scorer::one(Counted::Emotes, 1)) };
    let mut rig = Rig::new(vec![emotes]);
    let mut words = EmoteWords::default();
    words.add("7tv", "catJAM\t01ABC\nodd\t../x").unwrap();
    words.set_pictures("7tv", "https://cdn.example.com/{id}/2x.webp").unwrap();
    rig.engine.set_emote_words(words);
    let kappa = EmoteUse { emote: entity("emote:twitch:25"), name: "Kappa".into(), count: 1 };
    let message = said("t:1", "#room", "Kappa catJAM odd");
    rig.reply(live(Event::Message(ChatMessage { emotes: vec![kappa], ..message })));
    rig.cut();
    let shown = |of: &str| known(&rig, of).map(|(name, avatar, _)| (name, avatar));
    let twitch = "https://static-cdn.jtvnw.net/emoticons/v2/25/default/dark/2.0";
    assert_eq!(shown("emote:twitch:25"), Some(("Kappa".into(), Some(twitch.into()))));
    assert_eq!(shown("emote:7tv:01ABC"), Some(("catJAM".into(), Some("https://cdn.example.com/01ABC/2x.webp".into()))));
    assert_eq!(shown("emote:7tv:../x"), Some(("odd".into(), None)), "an id that leads elsewhere has no picture");
    assert_eq!(found(&rig, "cat"), ["emote:7tv:01ABC catJAM"]);

    // The pictures have moved: a start says so of all that are known, before anybody writes.
    rig.commit();
    rig.kill();
    let mut words = EmoteWords::default();
    words.set_pictures("7tv", "https://other.example.com/{id}.webp").unwrap();
    rig.engine.set_emote_words(words.clone());
    let shown = |rig: &Rig| known(rig, "emote:7tv:01ABC").map(|(name, avatar, _)| (name, avatar));
    let moved = Some(("catJAM".into(), Some("https://other.example.com/01ABC.webp".into())));
    assert_eq!(shown(&rig), moved);
    rig.commit();
    rig.kill();
    assert_eq!(shown(&rig), moved, "and the store has it");
    rig.engine.set_emote_words(words);
    assert!(!rig.engine.is_uncommitted(), "what did not change costs the store nothing");
}

/// Has the ranks remembered that rows of `chat` have now.
fn remembering(rig: &Rig) -> Input {
    let (boards, board) = (rig.engine.boards(), rig.engine.board_no("chat").unwrap());
    let rows = boards.board(board).unwrap().rows().iter();
    Input::Remember { board, order: rows.map(|(handle, _)| boards.wire(Handle(handle)).unwrap().clone()).collect() }
}

/// E4: ranks are remembered on demand, over a restart, and forgotten when they are remembered anew.
#[test]
fn ranks_are_remembered() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    for author in ["t:1", "t:1", "t:2"] {
        write(&mut rig, author, "Name", &[]);
    }
    let ranks = |rig: &Rig, of: &str| {
        let known = rig.engine.profile(&entity(of)).unwrap();
        known.ranks.into_iter().map(|(_, rank)| rank).collect::<Vec<_>>()
    };
    assert_eq!(ranks(&rig, "t:1"), [0; 0]);
    let remember = remembering(&rig);
    assert_eq!(rig.reply(remember), Reply::Remembered { rows: 2 });
    for _ in 0..3 {
        write(&mut rig, "t:2", "Name", &[]);
    }
    write(&mut rig, "t:3", "Name", &[]);
    rig.commit();
    rig.kill();
    assert_eq!((ranks(&rig, "t:1"), ranks(&rig, "t:2"), ranks(&rig, "t:3")), (vec![1], vec![2], vec![]));
    let remember = remembering(&rig);
    assert_eq!(rig.reply(remember), Reply::Remembered { rows: 3 });
    assert_eq!((ranks(&rig, "t:1"), ranks(&rig, "t:2"), ranks(&rig, "t:3")), (vec![2], vec![1], vec![3]));

    // Between an export and the word that it is written the board goes on: the ranks are those of the export.
    let exported = remembering(&rig);
    for author in ["t:1", "t:1", "t:1", "t:4"] {
        write(&mut rig, author, "Name", &[]);
    }
    rig.moderate(Moderation::Remove { board: None, entity: entity("t:3") });
    assert_eq!(rig.reply(exported.clone()), Reply::Remembered { rows: 2 });
    assert_eq!((ranks(&rig, "t:1"), ranks(&rig, "t:2"), ranks(&rig, "t:4")), (vec![2], vec![1], vec![]));
    rig.moderate(Moderation::Reset { board: "chat".into() });
    let Reply::Refused(error) = rig.reply(exported) else { panic!("it is another board") };
    assert_eq!(error.code, ErrorCode::NoSuchBoard);
}
