//! What an operator does about rows: they go at once, from every board or one; who is kept off stays off over restarts;
//! boards are emptied and put aside while relays follow.

use scorelay_engine::{BoardConfig, Counted, Every, ImportMode, Input, Moderation, Reply, Scorer, Season, SeasonEnd};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::event::Event;

use crate::support::*;

fn two_boards() -> Rig {
    let words = BoardConfig { max_rows: 10, ..BoardConfig::new("words", Scorer::one(Counted::Words, 1)) };
    let mut rig = Rig::new(vec![messages("chat", 10), words]);
    rig.engine.set_erasure_key([3; 32]);
    say(&mut rig);
    rig
}

fn say(rig: &mut Rig) {
    for (author, text) in [("t:a", "one"), ("t:a", "two"), ("t:b", "one")] {
        rig.reply(live(Event::Message(said(author, "#room", text))));
    }
    rig.cut();
}

fn refused(rig: &mut Rig, what: Moderation) -> ErrorCode {
    match rig.reply(Input::Moderate(what)) {
        Reply::Refused(error) => error.code,
        other => panic!("{other:?}"),
    }
}

/// E18: a removed entity is gone at once and comes back with what it does next.
#[test]
fn a_removed_row_goes_and_may_come_back() {
    let mut rig = two_boards();
    let remove = |board: Option<&str>, who| Moderation::Remove { board: board.map(str::to_owned), entity: entity(who) };
    assert_eq!(rig.moderate(remove(None, "t:a")), 1);
    assert_eq!(rig.ranking("chat"), ["t:b 1"]);
    assert_eq!(rig.moderate(remove(Some("words"), "word:one")), 1);
    assert_eq!(rig.moderate(remove(Some("words"), "word:one")), 0);
    assert_eq!(refused(&mut rig, remove(Some("nope"), "t:a")), ErrorCode::NoSuchBoard);
    say(&mut rig);
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:b 2"]);
}

/// E18: who is banned is off the board, as a row and as an author, over a restart, until the ban ends.
#[test]
fn a_ban_holds_over_a_restart() {
    let mut rig = two_boards();
    let entity = || entity("t:a");
    let board = Some("words".to_owned());
    assert_eq!(rig.moderate(Moderation::Ban { board: None, entity: entity() }), 1);
    assert_eq!(rig.moderate(Moderation::Ban { board: board.clone(), entity: crate::support::entity("word:one") }), 1);
    rig.commit();
    rig.kill();
    say(&mut rig);
    assert_eq!(rig.ranking("chat"), ["t:b 2"]);
    assert_eq!(rig.ranking("words"), ["word:two 1"], "what a banned author writes has no words either");
    assert_eq!(rig.moderate(Moderation::Unban { board: None, entity: entity() }), 0);
    say(&mut rig);
    assert_eq!(rig.ranking("chat"), ["t:b 3", "t:a 2"]);
}

/// E19: an erased entity is gone from every board, stays away over a restart, and its name is nowhere in the store.
#[test]
fn an_erased_entity_stays_away_without_a_trace() {
    let mut rig = two_boards();
    rig.moderate(Moderation::Ban { board: Some("words".into()), entity: entity("t:a") });
    assert_eq!(rig.moderate(Moderation::Erase { entity: entity("t:a") }), 1);
    rig.commit();
    let image = format!("{:?}", rig.image);
    assert!(!image.contains(&format!("{:?}", entity("t:a"))), "{image}");
    assert!(image.contains(&format!("{:?}", entity("t:b"))), "{image}");
    rig.kill();
    rig.engine.set_erasure_key([3; 32]);
    say(&mut rig);
    assert_eq!(rig.ranking("chat"), ["t:b 2"]);
    rig.reply(live(Event::Message(said("t:a", "#room", "again"))));
    rig.commit();
    assert_eq!(rig.ranking("chat"), ["t:b 2"]);
}

/// E21: a season ends by itself, also one that ended while no core ran; its archive stays, and the board begins anew.
#[test]
fn a_season_ends_into_an_archive() {
    const DAY: u64 = 86_400_000;
    let season = Season { every: Every::Day, time_zone: "UTC".into() };
    let mut rig = Rig::new(vec![BoardConfig { season: Some(season), ..messages("chat", 10) }]);
    rig.clock = 20_000 * DAY + 5;
    say(&mut rig);
    rig.commit();
    assert_eq!(rig.engine.due().map(|due| due.0), Some(20_001 * DAY));
    rig.clock = 20_001 * DAY;
    say(&mut rig);
    assert_eq!(rig.ranking("chat-2024-10-04"), ["t:a 2", "t:b 1"]);
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:b 1"], "what comes at midnight belongs to the new day");
    rig.commit();
    rig.kill();
    rig.clock = 20_009 * DAY;
    say(&mut rig);
    assert_eq!(rig.ranking("chat-2024-10-05"), ["t:a 2", "t:b 1"]);
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:b 1"]);
    rig.commit();
    rig.kill();
    let ids: Vec<String> = rig.engine.boards().defs().map(|def| def.id.clone()).collect();
    assert_eq!(ids, ["chat-2024-10-04", "chat-2024-10-05", "chat"]);
}

/// E21: where there is no room for an archive nothing is lost: the board goes on, and it is tried again.
#[test]
fn a_season_that_cannot_end_goes_on() {
    const DAY: u64 = 86_400_000;
    let season = Season { every: Every::Day, time_zone: "UTC".into() };
    let in_the_way = messages("chat-2024-10-04", 10);
    let mut rig = Rig::new(vec![BoardConfig { season: Some(season), ..messages("chat", 10) }, in_the_way]);
    rig.clock = 20_000 * DAY + 5;
    say(&mut rig);
    rig.clock = 20_001 * DAY;
    let effects = rig.give(Input::Cut);
    let [SeasonEnd { board, rows: Err(error), .. }] = &effects.seasons[..] else { panic!("{:?}", effects.seasons) };
    assert_eq!((board.as_str(), error.code), ("chat", ErrorCode::BadModeration));
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:b 1"]);
    let again = rig.engine.due().unwrap().0;
    assert!(again > rig.clock && again < 20_002 * DAY);
    rig.clock = again;
    let effects = rig.give(Input::Cut);
    assert_eq!(effects.seasons[0].to, "chat-2024-10-04", "tried again, it is the same season");
}

/// E19: boards that are not served any more have nothing of an erased entity either when they are served again.
#[test]
fn an_erased_entity_is_gone_from_boards_that_are_not_served() {
    let mut rig = two_boards();
    rig.commit();
    let all = rig.configs.clone();
    let only_words = all[1..].to_vec();
    rig = Rig::over(only_words, rig.image).0;
    rig.engine.set_erasure_key([3; 32]);
    assert_eq!(rig.moderate(Moderation::Erase { entity: entity("t:a") }), 0, "it is on no board that is served");
    rig.commit();
    assert!(!format!("{:?}", rig.image).contains(&format!("{:?}", entity("t:a"))));
    rig = Rig::over(all, rig.image).0;
    assert_eq!(rig.ranking("chat"), ["t:b 1"]);
}

/// E18, E19: neither an import nor a board that is served again brings back who is kept off.
#[test]
fn who_is_kept_off_comes_back_by_no_way() {
    let mut rig = two_boards();
    rig.commit();
    let all = rig.configs.clone();
    rig = Rig::over(all[1..].to_vec(), rig.image).0;
    rig.engine.set_erasure_key([3; 32]);
    rig.moderate(Moderation::Ban { board: None, entity: entity("t:a") });
    rig.moderate(Moderation::Erase { entity: entity("t:c") });
    rig.commit();
    rig = Rig::over(all.clone(), rig.image).0;
    rig.engine.set_erasure_key([3; 32]);
    assert_eq!(rig.ranking("chat"), ["t:b 1"], "it was banned while the board was not served");
    let rows = vec![(entity("t:a"), 9), (entity("t:b"), 8), (entity("t:c"), 7)];
    let import = Input::Import { board: "chat".into(), mode: ImportMode::Merge, rows };
    assert_eq!(rig.reply(import), Reply::Imported { rows: 1, set: 1, removed: 0 });
    assert_eq!(rig.ranking("chat"), ["t:b 8"]);
    rig.commit();
    rig.moderate(Moderation::Unban { board: None, entity: entity("t:a") });
    rig.commit();
    rig = Rig::over(all, rig.image).0;
    assert_eq!(rig.ranking("chat"), ["t:b 8"], "what a ban took off stays off when it ends");
}

/// E18: a board is emptied and goes on; relays follow, and after a kill it is still empty.
#[test]
fn a_board_is_reset() {
    let mut rig = two_boards();
    rig.commit();
    let uid = |rig: &Rig| rig.engine.boards().defs().find(|def| def.id == "chat").unwrap().uid;
    let before = uid(&rig);
    assert_eq!(rig.moderate(Moderation::Reset { board: "chat".into() }), 2);
    assert_ne!(uid(&rig), before, "nobody takes it for the board it was");
    assert_eq!(rig.ranking("chat"), [""; 0]);
    assert_eq!(rig.ranking("words").len(), 2);
    rig.commit();
    rig.kill();
    assert_eq!(rig.ranking("chat"), [""; 0]);
    say(&mut rig);
    rig.commit();
    rig.kill();
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:b 1"]);
    assert_eq!(refused(&mut rig, Moderation::Reset { board: "nope".into() }), ErrorCode::NoSuchBoard);
}

/// E18, E21: the rows of a board are put aside, stay as they were whatever happens, and the board begins anew.
#[test]
fn a_board_is_archived() {
    let mut rig = two_boards();
    let archive =
        |board: &str, to: &str| Moderation::Archive { board: board.into(), to: to.into(), title: "Old".into() };
    assert_eq!(rig.moderate(archive("chat", "chat-2026")), 2);
    assert_eq!(rig.ranking("chat"), [""; 0]);
    say(&mut rig);
    assert_eq!(rig.ranking("chat-2026"), ["t:a 2", "t:b 1"]);
    assert_eq!(rig.ranking("chat"), ["t:a 2", "t:b 1"]);
    rig.commit();
    rig.kill();
    say(&mut rig);
    assert_eq!(rig.ranking("chat-2026"), ["t:a 2", "t:b 1"], "an archive needs no configuration and is never scored");
    assert_eq!(rig.ranking("chat"), ["t:a 4", "t:b 2"]);
    assert_eq!(refused(&mut rig, archive("chat", "chat-2026")), ErrorCode::BadModeration);
    assert_eq!(refused(&mut rig, archive("chat", "No Id")), ErrorCode::BadModeration);
    assert_eq!(refused(&mut rig, archive("chat-2026", "other")), ErrorCode::BadModeration);
    // An entity is taken off archives too.
    rig.engine.set_erasure_key([3; 32]);
    assert_eq!(rig.moderate(Moderation::Erase { entity: entity("t:a") }), 2);
    assert_eq!(rig.ranking("chat-2026"), ["t:b 1"]);
    // An archive goes like any board.
    assert_eq!(refused(&mut rig, Moderation::Reset { board: "chat-2026".into() }), ErrorCode::BadModeration);
}
