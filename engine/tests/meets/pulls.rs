//! Desks follow the log: chunks, receipts, long polls, and nothing before it is on the disk.

use scorelay_engine::meets::MeetInput;
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_CHUNK_BYTES, MEET_PULL_MS};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::receipt::ChainHash;
use scorelay_protocol::meet::request::{DeskAsk, Have};

use crate::rig::{Rig, from, key, text};

fn have(log: &scorelay_meets::log::MeetLog) -> Have {
    Have { seq: log.head(), hash: log.hash() }
}

/// L6: everything after a line is pulled, one's own included, in chunks that are bounded, each with a receipt on its
/// last line.
#[test]
fn a_log_is_pulled_in_chunks() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    for at in 0..20 {
        let sets: Vec<_> = (0..10).map(|item| ("meet.name", text(&format!("{at} {item:0250}")))).collect();
        rig.set(seat, &sets);
    }
    let mut log = scorelay_meets::log::MeetLog::new();
    let mut chunks = 0;
    while log.head() < rig.log(meet).head() {
        let chunk = rig.pull(seat, have(&log));
        assert!(chunk.lines.iter().map(codec::encoded_len).sum::<usize>() <= MEET_CHUNK_BYTES);
        assert_eq!((chunk.after, chunk.head), (log.head(), rig.log(meet).head()));
        for line in chunk.lines {
            log.push(line).unwrap();
        }
        assert_eq!(Some(chunk.receipt.head), log.sealed_head(), "the receipt is on the last line");
        assert!(key().verify(&chunk.receipt));
        chunks += 1;
    }
    assert!(chunks >= 2 && log.hash() == rig.stored(meet).hash());
    let none = rig.pull(seat, have(&log));
    assert!(none.lines.is_empty() && Some(none.receipt.head) == log.sealed_head());
}

/// L5: a pull that waits is answered when a line is on the disk, and not before; without one, at the end of its wait.
#[test]
fn a_long_poll_wakes() {
    let mut rig = Rig::new();
    let (first, _) = rig.meet();
    let second = rig.seat(first.session.meet, 2, "door");
    let log = rig.pull_all(second);
    let pull = second.ask(DeskAsk::Pull { have: have(&log), wait: true });
    let waits = rig.ask(from(2), pull.clone());
    rig.settle();
    assert!(rig.answer(waits).is_none());
    let batch = rig.proposals(first, &[("meet.name", text("Open"))]);
    let update = rig.ask(from(1), first.ask(DeskAsk::Update(batch)));
    assert!(rig.answer(waits).is_none() && rig.answer(update).is_none(), "it is not on the disk");
    assert!(rig.write());
    let Some(Ok(MeetAnswer::Lines(chunk))) = rig.answer(waits) else { panic!("woken") };
    assert_eq!(chunk.lines.len(), 1);
    assert!(rig.answer(update).unwrap().is_ok());
    // A pull of what it has not: at once.
    let at_once = rig.ask(from(2), pull);
    assert!(rig.answer(at_once).is_some());
    let log = rig.pull_all(second);
    let waits = rig.ask(from(2), second.ask(DeskAsk::Pull { have: have(&log), wait: true }));
    assert_eq!(rig.meets.counts().parked, 1);
    rig.pass(MEET_PULL_MS - 1);
    assert!(rig.answer(waits).is_none());
    rig.pass(1);
    let Some(Ok(MeetAnswer::Lines(chunk))) = rig.answer(waits) else { panic!("ended") };
    assert!(chunk.lines.is_empty());
    assert_eq!(rig.meets.counts().parked, 0);
}

/// A clock that is set back holds up nobody who asks after that.
#[test]
fn a_clock_set_back() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let log = rig.pull_all(seat);
    let pull = seat.ask(DeskAsk::Pull { have: have(&log), wait: true });
    let before = rig.ask(from(1), pull.clone());
    rig.now -= 900_000;
    let after = rig.ask(from(1), pull);
    rig.pass(MEET_PULL_MS);
    assert!(rig.answer(after).is_some() && rig.answer(before).is_none());
    rig.set(seat, &[("meet.name", text("Open"))]);
    assert!(rig.answer(before).is_some());
}

/// A line that is taken back was seen by nobody, and a pull goes on waiting.
#[test]
fn what_is_taken_back_was_not_seen() {
    let mut rig = Rig::new();
    let (first, _) = rig.meet();
    let second = rig.seat(first.session.meet, 2, "door");
    let log = rig.pull_all(second);
    let waits = rig.ask(from(2), second.ask(DeskAsk::Pull { have: have(&log), wait: true }));
    let batch = rig.proposals(first, &[("meet.name", text("Open"))]);
    rig.ask(from(1), first.ask(DeskAsk::Update(batch)));
    let now = rig.ask(from(2), second.ask(DeskAsk::Pull { have: have(&log), wait: false }));
    assert!(matches!(rig.answer(now), Some(Ok(MeetAnswer::Lines(chunk))) if chunk.lines.is_empty()));
    rig.fail();
    assert!(rig.answer(waits).is_none());
    rig.set(first, &[("meet.name", text("Closed"))]);
    let Some(Ok(MeetAnswer::Lines(chunk))) = rig.answer(waits) else { panic!("woken") };
    assert_eq!(chunk.after, log.head());
}

/// L10: who holds what the core does not is told so.
#[test]
fn another_log_has_diverged() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let log = rig.pull_all(seat);
    for have in [
        Have { seq: MeetSeq(log.head().0 + 1), hash: log.hash() },
        Have { seq: log.head(), hash: ChainHash([1; 32]) },
        Have { seq: MeetSeq(0), hash: log.hash() },
        Have { seq: MeetSeq(u64::MAX), hash: log.hash() },
    ] {
        let answer = rig.get(from(1), seat.ask(DeskAsk::Pull { have, wait: true }));
        assert_eq!(answer, Ok(MeetAnswer::Diverged));
    }
}

/// A session that is ended ends what waits by it; a link that is gone, what came by it.
#[test]
fn waits_end_with_their_session() {
    let mut rig = Rig::new();
    let (first, _) = rig.meet();
    let second = rig.seat(first.session.meet, 2, "door");
    let log = rig.pull_all(second);
    let pull = |have| DeskAsk::Pull { have, wait: true };
    let waits = rig.ask(from(2), second.ask(pull(have(&log))));
    let other = rig.ask(from(1), first.ask(pull(have(&log))));
    let Ok(MeetAnswer::Sessions(list)) = rig.get(from(1), first.ask(DeskAsk::Sessions)) else { panic!("sessions") };
    rig.get(from(1), first.ask(DeskAsk::Revoke(list[1].no))).unwrap();
    assert_eq!(rig.answer(waits).unwrap().unwrap_err().code, ErrorCode::BadSession);
    assert!(rig.answer(other).is_none());
    rig.put(MeetInput::Gone(from(1).link));
    assert_eq!(rig.meets.counts().parked, 0);
    rig.pass(2 * MEET_PULL_MS);
    assert!(rig.answer(other).is_none());
}
