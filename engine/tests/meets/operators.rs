//! What an operator asks, and what follows for those who take part.

use scorelay_engine::meets::{MeetInput, OperatorAsk, Report};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::line::{Verdict, What};
use scorelay_protocol::meet::request::{DeskAsk, Have, MeetRequest, Results, SessionNo};

use crate::rig::{Rig, Seat, create, from, join, parts, password, text};

fn publish(rig: &mut Rig, seat: Seat, csv: &[u8]) {
    let head = rig.log(seat.session.meet).sealed_head().unwrap();
    let results = Results { head, return_address: "a@b".to_owned(), force: true };
    let part = parts(csv, 100).remove(0);
    let published = rig.get(from(seat.desk), seat.ask(DeskAsk::Publish { results, part }));
    assert!(matches!(published, Ok(MeetAnswer::Published { .. })), "{published:?}");
}

/// L3: meets and sessions are listed, sessions ended; no such meet or session is said.
#[test]
fn meets_are_listed() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    rig.set(seat, &[("meet.name", text("Open"))]);
    let Ok(Report::Meets(list)) = rig.operator(OperatorAsk::List) else { panic!("a list") };
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].name.as_str(), list[0].lines, list[0].desks, list[0].sessions), ("Open", 4, 1, 1));
    assert_eq!((list[0].finished, list[0].publications), (None, (0, 0)));
    let Ok(Report::Sessions(sessions)) = rig.operator(OperatorAsk::Sessions(meet)) else { panic!("sessions") };
    assert!(!sessions[0].own);
    let log = rig.pull_all(seat);
    let have = Have { seq: log.head(), hash: log.hash() };
    let waits = rig.ask(from(1), seat.ask(DeskAsk::Pull { have, wait: true }));
    assert_eq!(rig.operator(OperatorAsk::Revoke(meet, sessions[0].no)), Ok(Report::Done));
    assert_eq!(rig.answer(waits).unwrap().unwrap_err().code, ErrorCode::BadSession);
    assert!(rig.disk.meets[&meet].sessions.is_empty());
    let code = |rig: &mut Rig, ask| rig.operator(ask).unwrap_err().code;
    assert_eq!(code(&mut rig, OperatorAsk::Revoke(meet, SessionNo(99))), ErrorCode::NoSuchSession);
    let none = MeetId::new(if meet.digits() == "000000001" { 2 } else { 1 }).unwrap();
    for ask in [
        OperatorAsk::Sessions(none),
        OperatorAsk::Revoke(none, SessionNo(1)),
        OperatorAsk::Password(none, password("ten letters")),
        OperatorAsk::Reopen(none),
    ] {
        assert_eq!(code(&mut rig, ask), ErrorCode::NoSuchMeet);
    }
}

/// L11: a finished meet is opened again: updates are taken, the folder moves back, and it can be finished again.
#[test]
fn a_meet_is_opened_again() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    publish(&mut rig, seat, b"csv");
    rig.restart();
    assert_eq!(rig.operator(OperatorAsk::Reopen(meet)), Ok(Report::Done));
    assert_eq!(rig.operator(OperatorAsk::Reopen(meet)), Ok(Report::Done), "it is open");
    assert!(!rig.disk.meets[&meet].finished && !rig.log(meet).is_finished());
    let updated = rig.set(seat, &[("meet.name", text("Open"))]);
    assert!(matches!(updated.acks[0].verdict, Verdict::Accepted { .. }));
    let epochs = rig.disk.meets[&meet].lines.iter().filter(|line| matches!(line.what, What::Epoch(_)));
    assert_eq!(epochs.count(), 2, "what is written after a start is of its own epoch");
    publish(&mut rig, seat, b"again");
    assert!(rig.disk.meets[&meet].finished);
    assert_eq!(rig.log(meet).publications(), 2);
}

/// L11: finished meets of long ago are cleared away, with a tombstone; not those that are young, unfinished, or not yet
/// handed over.
#[test]
fn old_meets_are_cleared_away() {
    let mut rig = Rig::new();
    let (seat, opened) = rig.meet();
    let meet = opened.meet;
    rig.get(from(2), MeetRequest::Create(create(2))).unwrap();
    publish(&mut rig, seat, b"csv");
    let clear = |ms| OperatorAsk::Cleanup { older_than_ms: ms };
    rig.now += 1_000;
    assert_eq!(rig.operator(clear(10)), Ok(Report::Cleared(Vec::new())), "not handed over");
    rig.put(MeetInput::HandedOver { meet, number: 1, result: Ok("there".to_owned()) });
    rig.settle();
    assert_eq!(rig.operator(clear(10_000)), Ok(Report::Cleared(Vec::new())), "not long ago");
    let log = rig.pull_all(seat);
    let have = Have { seq: log.head(), hash: log.hash() };
    let waits = rig.ask(from(1), seat.ask(DeskAsk::Pull { have, wait: true }));
    // It cannot be done at first.
    rig.put(MeetInput::Operator { ask: scorelay_engine::meets::AskId(9_999), body: clear(10) });
    assert_eq!(rig.answer(waits).unwrap().unwrap_err().code, ErrorCode::BadSession);
    rig.fail();
    assert_eq!(rig.reports.remove(&scorelay_engine::meets::AskId(9_999)), Some(Ok(Report::Cleared(Vec::new()))));
    assert!(rig.get(from(1), seat.ask(DeskAsk::Record)).is_ok(), "it is there still");
    assert_eq!(rig.operator(clear(10)), Ok(Report::Cleared(vec![meet])));
    assert_eq!(rig.disk.tombstones, [(meet, opened.uid)]);
    assert_eq!(rig.disk.meets.len(), 1);
    assert_eq!(rig.code(from(1), seat.ask(DeskAsk::Record)), ErrorCode::BadSession);
    assert_eq!(rig.code(from(1), MeetRequest::Join(join(meet, 1, "table"))), ErrorCode::BadLogin);
    assert!(rig.noted("cleared away"));
}
