//! What there is at most: meets, desks of one, answers that wait. The bounds of other things stand with them.

use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_DESKS, MEET_PULL_MS, MEET_PULLS, MEETS};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::DeskId;
use scorelay_protocol::meet::request::{Create, DeskAsk, Have, Join, MeetRequest};
use scorelay_protocol::meet::secret::Token;

use crate::rig::{Rig, create, from, join};

fn bytes<const COUNT: usize>(number: usize) -> [u8; COUNT] {
    let mut bytes = [0xA0; COUNT];
    bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
    bytes
}

/// L1, L13: a core has so many unfinished meets, and one that was made is answered still.
#[test]
fn meets_are_bounded() {
    let mut rig = Rig::new();
    let make = |at| MeetRequest::Create(Create { token: Token(bytes(at)), desk: DeskId(bytes(at)), ..create(1) });
    for at in 0..MEETS {
        assert!(rig.get(from(1), make(at)).is_ok());
    }
    assert_eq!(rig.meets.counts().current, MEETS);
    assert_eq!(rig.code(from(1), make(MEETS)), ErrorCode::MeetFull);
    assert!(rig.get(from(1), make(7)).is_ok());
    assert_eq!(rig.disk.meets.len(), MEETS);
}

/// L2: a meet has so many desks, whatever became of their sessions.
#[test]
fn desks_are_bounded() {
    let mut rig = Rig::new();
    let (seat, opened) = rig.meet();
    let more = |at| {
        let (token, desk) = (Token(bytes(at)), DeskId(bytes(at)));
        MeetRequest::Join(Join { token, desk, ..join(opened.meet, 1, "door") })
    };
    for at in 1..MEET_DESKS {
        let joined = rig.get(from(2), more(at));
        let Ok(MeetAnswer::Opened(joined)) = joined else { panic!("{joined:?}") };
        rig.get(from(1), seat.ask(DeskAsk::Revoke(joined.session))).unwrap();
    }
    assert_eq!(rig.code(from(2), more(MEET_DESKS)), ErrorCode::MeetFull);
    assert!(rig.get(from(2), more(3)).is_ok(), "one that has joined may come back");
}

/// T3: so many answers wait; one more is refused at once, and none is forgotten.
#[test]
fn waits_are_bounded() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let log = rig.log(seat.session.meet);
    let have = Have { seq: log.head(), hash: log.hash() };
    let pull = seat.ask(DeskAsk::Pull { have, wait: true });
    for _ in 0..MEET_PULLS {
        rig.ask(from(1), pull.clone());
    }
    assert!(rig.answers.is_empty() && rig.meets.counts().parked == MEET_PULLS);
    let over = rig.ask(from(1), pull);
    assert_eq!(rig.answer(over).unwrap().unwrap_err().code, ErrorCode::MeetBusy);
    rig.pass(MEET_PULL_MS);
    assert_eq!(rig.answers.len(), MEET_PULLS);
    assert!(rig.answers.values().all(Result::is_ok));
}
