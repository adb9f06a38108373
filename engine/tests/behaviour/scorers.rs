//! What events are worth: people, emotes, words, names and rooms, several boards at once, filters, limits, and what
//! goes when messages are cleared.

use scorelay_engine::scoring::emotes::EmoteWords;
use scorelay_engine::{BoardConfig, Counted, Filter, Pace, Rating, Scorer, Term};
use scorelay_protocol::event::{ChatMessage, Clear, Cleared, Done, EmoteUse, Event, Notice};

use crate::support::*;

fn counting(id: &str, counted: Counted, points: i64) -> BoardConfig {
    BoardConfig { max_rows: 100, ..BoardConfig::new(id, Scorer::one(counted, points)) }
}

fn notice(author: &str, done: Done) -> Event {
    let (name, room) = (author.to_uppercase(), "#room".into());
    Event::Notice(Notice { author: entity(author), name, room, id: None, badges: Vec::new(), done })
}

/// E9, E11: one message scores its author on several boards and its emotes on one; exactly those rows change, in one
/// batch.
#[test]
fn one_message_scores_several_entities_on_several_boards_at_once() {
    let weights = [(Counted::Messages, 2), (Counted::EmoteUses, 2), (Counted::Bits, 10)];
    let overall = Scorer::Counts(weights.map(|(counted, points)| Term { counted, points }).into());
    let mut rig = Rig::new(vec![
        BoardConfig { decimals: 2, ..BoardConfig::new("overall", overall) },
        counting("messages", Counted::Messages, 1),
        counting("bits", Counted::Bits, 1),
        counting("uses", Counted::EmoteUses, 1),
        counting("emotes", Counted::Emotes, 1),
        counting("words", Counted::Words, 1),
        counting("gifts", Counted::GiftedSubs, 1),
    ]);
    let mut words = EmoteWords::default();
    words.add("7tv", "catJAM\nPog\tid-of-pog\n").unwrap();
    rig.engine.set_emote_words(words);
    rig.reply(live(message("t:other")));
    rig.cut();
    let batches = rig.batches;
    let kappa = EmoteUse { emote: entity("emote:twitch:25"), name: "Kappa".into(), count: 2 };
    let text = "Kappa catJAM Kappa Pog catJAM";
    rig.reply(live(Event::Message(ChatMessage { emotes: vec![kappa], bits: 5, ..said("t:a", "#room", text) })));
    let effects = rig.give(scorelay_engine::Input::Cut);
    assert_eq!(rig.batches, batches + 1);
    let changed: Vec<usize> = effects.batches[0].boards.iter().map(|board| board.changes.len()).collect();
    assert_eq!(changed, [1, 1, 1, 1, 3, 3], "nobody gave a subscription");
    // 2 for the message, 5 emotes of 2, 5 bits of 10.
    assert_eq!(rig.ranking("overall"), ["t:a 62", "t:other 2"]);
    assert_eq!(rig.ranking("bits"), ["t:a 5"]);
    assert_eq!(rig.ranking("uses"), ["t:a 5"]);
    let mut emotes = rig.ranking("emotes");
    emotes.sort();
    assert_eq!(emotes, ["emote:7tv:catJAM 2", "emote:7tv:id-of-pog 1", "emote:twitch:25 2"]);
    assert_eq!(rig.ranking("words").len(), 4);
    assert_eq!(rig.ranking("gifts"), [""; 0]);
}

/// S3, S5: words, names and rooms are rows like any other; words are split at white space and keep their case.
#[test]
fn words_names_and_rooms_are_counted() {
    let boards = [("words", Counted::Words), ("nicks", Counted::Nicks), ("rooms", Counted::Rooms)];
    let mut rig = Rig::new(boards.map(|(id, counted)| counting(id, counted, 1)).into());
    for (author, room, text) in
        [("t:a", "#one", "  hello\tHello hello "), ("t:b", "#one", "привет 日本\u{3000}hello"), ("t:a", "#two", "   ")]
    {
        rig.reply(live(Event::Message(said(author, room, text))));
    }
    // What is no message has no words and counts for no room.
    rig.reply(live(notice("t:c", Done::Raid(5))));
    rig.cut();
    assert_eq!(rig.ranking("words")[0], "word:hello 3");
    let mut others = rig.ranking("words")[1..].to_vec();
    others.sort();
    assert_eq!(others, ["word:Hello 1", "word:привет 1", "word:日本 1"]);
    assert_eq!(rig.ranking("nicks"), ["nick:T:A 2", "nick:T:B 1"]);
    assert_eq!(rig.ranking("rooms"), ["room:#one 2", "room:#two 1"]);
}

/// E9: gifts and raids.
#[test]
fn gifts_and_raids_are_counted() {
    let boards = [("gifts", Counted::GiftedSubs), ("raids", Counted::Raids), ("raiders", Counted::Raiders)];
    let mut rig = Rig::new(boards.map(|(id, counted)| counting(id, counted, 1)).into());
    for done in [Done::GiftedSubs(1), Done::GiftedSubs(4), Done::Raid(300), Done::Raid(0)] {
        rig.reply(live(notice("t:a", done)));
    }
    rig.cut();
    assert_eq!(rig.ranking("gifts"), ["t:a 5"]);
    assert_eq!(rig.ranking("raids"), ["t:a 2"]);
    assert_eq!(rig.ranking("raiders"), ["t:a 300"]);
}

/// E9: copies of what was written lately are worth as much as they are copies.
#[test]
fn copypasta_is_counted_by_its_likeness() {
    let mut rig = Rig::new(vec![BoardConfig { decimals: 2, ..counting("pasta", Counted::Copypasta, 30) }]);
    for (author, text) in [
        ("t:a", "the quick brown fox jumps over the lazy dog"),
        ("t:b", "the quick brown fox jumps over the lazy dog"),
        ("t:c", "something that nobody has ever written here"),
        ("t:d", "gg"),
        ("t:e", "gg"),
    ] {
        rig.reply(live(Event::Message(said(author, "#room", text))));
    }
    rig.cut();
    assert_eq!(rig.ranking("pasta"), ["t:b 30"], "the first was nobody's copy, and short ones are not looked at");
}

/// E9: who counts is a matter of badges, platforms and rooms; E18: what is ignored counts as neither author nor row.
#[test]
fn filters_choose_whose_events_count() {
    let filter = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    };
    let board = |id: &str, filter| BoardConfig { filter, ..counting(id, Counted::Messages, 1) };
    let mut words = counting("words", Counted::Words, 1);
    words.filter.ignore = [entity("word:the")].into();
    let mut rig = Rig::new(vec![
        board("non-vips", filter(|f| f.not_badges = ["vip".to_owned(), "moderator".to_owned()].into())),
        board("partners", filter(|f| f.badges = ["partner".to_owned()].into())),
        board("discord", filter(|f| f.platforms = ["discord".to_owned()].into())),
        board("nobots", filter(|f| f.ignore = [entity("twitch:bot")].into())),
        words,
    ]);
    for (author, badge) in [("twitch:1", "vip"), ("twitch:2", "partner"), ("discord:3", "x"), ("twitch:bot", "x")] {
        let badges = vec![badge.to_owned()];
        rig.reply(live(Event::Message(ChatMessage { badges, ..said(author, "#room", "the word") })));
    }
    rig.cut();
    assert_eq!(rig.ranking("non-vips"), ["twitch:2 1", "discord:3 1", "twitch:bot 1"]);
    assert_eq!(rig.ranking("partners"), ["twitch:2 1"]);
    assert_eq!(rig.ranking("discord"), ["discord:3 1"]);
    assert_eq!(rig.ranking("nobots"), ["twitch:1 1", "twitch:2 1", "discord:3 1"]);
    assert_eq!(rig.ranking("words"), ["word:word 4"]);
}

/// E20: who floods gains nothing by it, on that board.
#[test]
fn a_flood_counts_as_often_as_the_pace_allows() {
    let paced = |id: &str, cooldown_ms, max_per_minute| BoardConfig {
        pace: Pace { cooldown_ms, max_per_minute },
        ..counting(id, Counted::Messages, 1)
    };
    let mut rig = Rig::new(vec![
        paced("cooldown", 5_000, None),
        paced("minute", 0, Some(3)),
        counting("free", Counted::Messages, 1),
    ]);
    for _ in 0..100 {
        rig.reply(live(message("t:flood")));
        rig.clock += 99;
    }
    rig.reply(live(message("t:calm")));
    rig.cut();
    assert_eq!(rig.ranking("free")[0], "t:flood 100");
    assert_eq!(rig.ranking("cooldown"), ["t:flood 2", "t:calm 1"]);
    assert_eq!(rig.ranking("minute"), ["t:flood 3", "t:calm 1"]);
    rig.clock += 60_000;
    rig.reply(live(message("t:flood")));
    rig.cut();
    assert_eq!(rig.ranking("minute")[0], "t:flood 4");
}

/// E18: what messages gave goes again when moderators clear them: one, one author's, or a whole room's, and only there.
#[test]
fn cleared_messages_give_back_what_they_gave() {
    let take_back = |id: &str, counted| BoardConfig { take_back: true, ..counting(id, counted, 1) };
    let mut rig = Rig::new(vec![
        take_back("messages", Counted::Messages),
        take_back("words", Counted::Words),
        counting("kept", Counted::Messages, 1),
    ]);
    let clear = |what| live(Event::Clear(Clear { room: "#room".into(), what }));
    for (author, room, id) in [
        ("t:a", "#room", "1"),
        ("t:a", "#room", "2"),
        ("t:a", "#other", "3"),
        ("t:b", "#room", "4"),
        ("t:c", "#room", "5"),
    ] {
        rig.reply(live(Event::Message(ChatMessage { id: Some(id.into()), ..said(author, room, "spam") })));
    }
    rig.cut();
    assert_eq!(rig.ranking("messages"), ["t:a 3", "t:b 1", "t:c 1"]);
    rig.reply(clear(Cleared::One("1".into())));
    rig.cut();
    assert_eq!((rig.ranking("messages")[0].as_str(), rig.ranking("words")), ("t:a 2", vec!["word:spam 4".to_owned()]));
    rig.reply(clear(Cleared::Of(entity("t:a"))));
    // The same again takes nothing more.
    rig.reply(clear(Cleared::Of(entity("t:a"))));
    rig.reply(clear(Cleared::One("3".into())));
    rig.cut();
    assert_eq!(rig.ranking("messages"), ["t:b 1", "t:c 1", "t:a 1"], "what was written in another room stays");
    rig.reply(clear(Cleared::All));
    rig.cut();
    assert_eq!(rig.ranking("messages"), ["t:a 1"]);
    assert_eq!(rig.ranking("words"), ["word:spam 1"]);
    assert_eq!(rig.ranking("kept"), ["t:a 3", "t:b 1", "t:c 1"]);
}

/// S2: the rate is that of the last full second, and 0 where nothing happens.
#[test]
fn a_rate_counts_the_last_full_second() {
    let mut rig = Rig::new(vec![BoardConfig { rating: Rating::Rate, ..counting("rate", Counted::Total, 1) }]);
    rig.clock = 9_999;
    for _ in 0..7 {
        rig.reply(live(message("t:a")));
    }
    rig.cut();
    assert_eq!(rig.ranking("rate"), [""; 0], "the second is not over");
    assert_eq!(rig.engine.due().map(|due| due.0), Some(11_000));
    rig.wait(1_000);
    assert_eq!(rig.ranking("rate"), ["total:messages 7"]);
    rig.reply(live(message("t:a")));
    rig.wait(1_000);
    assert_eq!(rig.ranking("rate"), ["total:messages 1"]);
    rig.wait(1_000);
    assert_eq!(rig.ranking("rate"), ["total:messages 0"]);
    assert_eq!(rig.engine.due(), None, "idle costs nothing");
    // What a killed core showed does not stay for ever.
    rig.reply(live(message("t:a")));
    rig.wait(1_000);
    rig.commit();
    rig.kill();
    assert_eq!(rig.ranking("rate"), ["total:messages 1"]);
    rig.wait(5_000);
    assert_eq!(rig.ranking("rate"), ["total:messages 0"]);
}
