//! Which events count: repeats, gaps and bad ones, and what is told about them. Scores are in `model.rs`, kills in
//! `durability.rs`.

use crate::support::*;
use scorelay_engine::{Origin, Reply, SourceCounts, SourceName};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::event::{ChatMessage, Event};
use scorelay_protocol::limits::{
    BADGES, MAX_SCORE, MESSAGE_BYTES, NAME_BYTES, PLATFORM_BYTES, PLATFORMS, SEEN_MESSAGES, SOURCES,
};

fn refusal(reply: Reply) -> ErrorCode {
    match reply {
        Reply::Refused(error) => error.code,
        other => panic!("{other:?} is no refusal"),
    }
}

fn counts(rig: &Rig, source: &str) -> SourceCounts {
    rig.engine.source_counts().find(|(name, _)| name.as_str() == source).map(|(_, counts)| counts).unwrap()
}

#[test]
fn repeats_are_not_applied_and_gaps_are_refused() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    let source = key("tracker", 1);
    let event = || points("pxls", "t:a", 1);
    assert_eq!(refusal(rig.reply(replayed(&source, 2, event()))), ErrorCode::SourceGap);
    assert_eq!(rig.reply(replayed(&source, 0, event())), Reply::Repeated);
    assert_eq!(rig.reply(replayed(&source, 1, event())), Reply::Applied);
    assert_eq!(rig.reply(replayed(&source, 1, event())), Reply::Repeated);
    assert_eq!(refusal(rig.reply(replayed(&source, 3, event()))), ErrorCode::SourceGap);
    assert_eq!(refusal(rig.reply(replayed(&source, u64::MAX, event()))), ErrorCode::SourceGap);
    assert_eq!(rig.reply(replayed(&source, 2, event())), Reply::Applied);
    assert_eq!(rig.engine.watermark(&source), 2);

    let anew = key("tracker", 2);
    assert_eq!(rig.engine.watermark(&anew), 0);
    assert_eq!(rig.reply(replayed(&anew, 1, event())), Reply::Applied);
    rig.cut();
    assert_eq!(rig.ranking("pxls"), ["t:a 3"]);
    assert_eq!(counts(&rig, "tracker"), SourceCounts { applied: 3, repeated: 2, refused: 3 });
}

#[test]
fn live_sources_have_repeats_told_by_message_id() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    assert_eq!(rig.reply(live(tagged("t:a", Some("x")))), Reply::Applied);
    assert_eq!(rig.reply(live(tagged("t:a", Some("x")))), Reply::Repeated);
    assert_eq!(rig.reply(live(tagged("t:a", Some("y")))), Reply::Applied);
    assert_eq!(rig.reply(live(tagged("t:a", None))), Reply::Applied);
    assert_eq!(rig.reply(live(tagged("t:a", None))), Reply::Applied);
    let origin = Origin::Live { source: name("other") };
    let elsewhere = scorelay_engine::Input::Event { origin, event: tagged("t:a", Some("x")) };
    assert_eq!(rig.reply(elsewhere), Reply::Applied);
    rig.cut();
    assert_eq!(rig.ranking("chat"), ["t:a 5"]);
    assert_eq!(counts(&rig, "live"), SourceCounts { applied: 4, repeated: 1, refused: 0 });
}

#[test]
fn message_ids_are_remembered_up_to_a_limit() {
    let mut rig = Rig::new(vec![messages("chat", 10)]);
    for i in 0..=SEEN_MESSAGES {
        let id = i.to_string();
        assert_eq!(rig.reply(live(tagged("t:a", Some(&id)))), Reply::Applied);
    }
    let last = SEEN_MESSAGES.to_string();
    assert_eq!(rig.reply(live(tagged("t:a", Some(&last)))), Reply::Repeated);
    assert_eq!(rig.reply(live(tagged("t:a", Some("1")))), Reply::Repeated);
    assert_eq!(rig.reply(live(tagged("t:a", Some("0")))), Reply::Applied, "the oldest is forgotten");
}

#[test]
fn bad_events_are_refused_and_their_numbers_used_up() {
    let mut rig = Rig::new(vec![messages("chat", 10), external("pxls", 10)]);
    let spoilt = |spoil: fn(&mut ChatMessage)| {
        let Event::Message(mut message) = message("t:a") else { unreachable!() };
        spoil(&mut message);
        Event::Message(message)
    };
    let bad = [
        spoilt(|m| m.name = "x".repeat(NAME_BYTES + 1)),
        spoilt(|m| m.room = "x".repeat(NAME_BYTES + 1)),
        spoilt(|m| m.text = "x".repeat(MESSAGE_BYTES + 1)),
        spoilt(|m| m.id = Some("x".repeat(NAME_BYTES + 1))),
        spoilt(|m| m.badges = vec![String::new(); BADGES + 1]),
        spoilt(|m| m.badges = vec!["x".repeat(NAME_BYTES + 1)]),
        points("nowhere", "t:a", 1),
        points("chat", "t:a", 1),
        points("pxls", "t:a", MAX_SCORE + 1),
        points("pxls", "t:a", i64::MIN),
    ];
    let source = key("tracker", 1);
    for (i, event) in bad.iter().enumerate() {
        assert_eq!(refusal(rig.reply(live(event.clone()))), ErrorCode::BadEvent, "event {i}");
        assert_eq!(refusal(rig.reply(replayed(&source, i as u64 + 1, event.clone()))), ErrorCode::BadEvent);
    }
    assert!(!rig.engine.is_open());
    assert_eq!(rig.engine.watermark(&source), bad.len() as u64);
    assert_eq!(rig.reply(replayed(&source, bad.len() as u64 + 1, message("t:a"))), Reply::Applied);
    assert_eq!(counts(&rig, "tracker"), SourceCounts { applied: 1, repeated: 0, refused: bad.len() as u64 });
    rig.commit();
    assert_eq!(rig.image.watermark(&source), bad.len() as u64 + 1);
}

#[test]
fn scores_stay_within_what_a_browser_can_hold() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    for (to, units) in [("t:a", MAX_SCORE), ("t:a", 5), ("t:b", -MAX_SCORE), ("t:b", -MAX_SCORE)] {
        rig.give(live(points("pxls", to, units)));
    }
    rig.cut();
    assert_eq!(rig.ranking("pxls"), [format!("t:a {MAX_SCORE}"), format!("t:b -{MAX_SCORE}")]);
}

#[test]
fn platforms_are_limited_cut_or_not() {
    let mut rig = Rig::new(vec![messages("chat", 5_000), messages("chat2", 5_000)]);
    for i in 0..PLATFORMS {
        if i == PLATFORMS / 2 {
            rig.cut();
        }
        let author = Entity::new(&format!("p{i}"), "1").unwrap().to_string();
        assert_eq!(rig.engine.handle(rig.engine.now(), live(message(&author))).reply, Some(Reply::Applied));
    }
    let one_more = format!("{}:1", "z".repeat(PLATFORM_BYTES));
    assert_eq!(refusal(rig.reply(live(message(&one_more)))), ErrorCode::BadEvent);
    rig.cut();
    assert_eq!(refusal(rig.reply(live(message(&one_more)))), ErrorCode::BadEvent);
    assert_eq!(rig.reply(live(message("p7:2"))), Reply::Applied);
    assert_eq!(rig.engine.boards().platforms().len(), PLATFORMS);
}

#[test]
fn the_source_heard_least_recently_is_forgotten() {
    let mut rig = Rig::new(vec![external("pxls", 10)]);
    let event = || points("pxls", "t:a", 1);
    let old = key("other", 1);
    rig.give(replayed(&old, 1, event()));
    for incarnation in 0..SOURCES as u128 - 1 {
        rig.give(replayed(&key("tracker", incarnation), 1, event()));
    }
    rig.commit();
    rig.give(replayed(&key("tracker", 0), 2, event()));
    rig.give(replayed(&key("tracker", 5_000), 1, event()));
    assert_eq!(rig.engine.watermark(&key("tracker", 1)), 0, "its name has a newer incarnation");
    assert_eq!(rig.engine.watermark(&key("tracker", 0)), 2);
    assert_eq!(rig.engine.watermark(&old), 1);
    rig.give(replayed(&key("newcomer", 1), 1, event()));
    assert_eq!(rig.engine.watermark(&old), 0, "nobody else has been quiet for as long");
    rig.commit();
    rig.kill();
    assert_eq!(rig.image.stored().watermarks.len(), SOURCES);
    assert_eq!(refusal(rig.reply(replayed(&old, 2, event()))), ErrorCode::SourceGap);

    for i in 0..SOURCES + 5 {
        let origin = Origin::Live { source: name(&format!("live{i}")) };
        rig.give(scorelay_engine::Input::Event { origin, event: event() });
    }
    assert_eq!(rig.engine.source_counts().count(), SOURCES);
}

#[test]
fn names_of_sources_are_checked() {
    assert!(SourceName::new("irc-1").is_ok());
    for bad in ["", "a\nb", &"x".repeat(NAME_BYTES + 1)] {
        assert!(SourceName::new(bad).is_err());
    }
}
