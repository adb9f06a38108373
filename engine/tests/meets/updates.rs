//! Batches of updates: what is answered, where a batch ends, and what is bounded.

use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_BATCH, MEET_CHUNK_BYTES, MEET_LOG_BYTES, MEET_LOG_SPARE_BYTES};
use scorelay_protocol::meet::answer::{MeetAnswer, Updated};
use scorelay_protocol::meet::ids::LocalSeq;
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::line::{Rejection, Verdict};
use scorelay_protocol::meet::request::{DeskAsk, Have, MeetRequest, Proposal};
use scorelay_protocol::meet::value::{EntryState, LeafValue, Real, Value};

use crate::rig::{Rig, from, join, location, text};

fn stopped(updated: &Updated) -> (usize, Option<(ErrorCode, LocalSeq)>) {
    (updated.acks.len(), updated.stopped.as_ref().map(|stopped| (stopped.why.code, stopped.expected)))
}

/// L4: updates are acknowledged with their lines once those are on the disk; asked again, the answer is the same.
#[test]
fn updates_become_lines_once() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let batch = rig.proposals(seat, &[("meet.name", text("Open")), ("meet.city", text("Ulm"))]);
    let ask = rig.ask(from(1), seat.ask(DeskAsk::Update(batch.clone())));
    let again = rig.ask(from(1), seat.ask(DeskAsk::Update(batch.clone())));
    assert!(rig.answer(ask).is_none() && rig.answer(again).is_none(), "not before it is on the disk");
    rig.settle();
    let first = rig.answer(ask).unwrap();
    assert_eq!(first, rig.answer(again).unwrap());
    rig.restart();
    assert_eq!(rig.get(from(1), seat.ask(DeskAsk::Update(batch))), first);
    let Ok(MeetAnswer::Updated(updated)) = first else { panic!("updated") };
    assert_eq!(stopped(&updated), (2, None));
    assert_eq!(rig.stored(seat.session.meet).head().0, 6, "three lines, two updates, an epoch");
}

/// L12: each thing that is wrong with an update has its code, ends the batch there, and says which number follows.
#[test]
fn a_batch_ends_where_something_is_wrong() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let long = Value::Leaf(LeafValue::Texts(vec!["x".repeat(250); 80]));
    let sets = [("meet.name", text("Open")), ("meet.city", text("Ulm")), ("meet.country", text("Germany"))];
    let good = rig.proposals(seat, &sets);
    let with = |at: usize, change: &dyn Fn(&mut Proposal)| {
        let mut batch = good.clone();
        change(&mut batch[at]);
        batch
    };
    let gap = with(1, &|proposal| proposal.local = LocalSeq(7));
    assert_eq!(stopped(&rig.update(seat, gap)), (1, Some((ErrorCode::UpdateGap, LocalSeq(2)))));
    let reused = with(0, &|proposal| proposal.value = text("Closed"));
    assert_eq!(stopped(&rig.update(seat, reused)), (0, Some((ErrorCode::UpdateReused, LocalSeq(2)))));
    let zero = with(0, &|proposal| proposal.local = LocalSeq(0));
    assert_eq!(stopped(&rig.update(seat, zero)), (0, Some((ErrorCode::UpdateReused, LocalSeq(2)))));
    let kind = with(1, &|proposal| proposal.value = Value::Leaf(LeafValue::Flag(true)));
    assert_eq!(stopped(&rig.update(seat, kind)), (1, Some((ErrorCode::BadValue, LocalSeq(2)))));
    let large = with(1, &|proposal| {
        (proposal.path, proposal.value) = ("meet.divisions".parse().unwrap(), long.clone());
    });
    assert_eq!(stopped(&rig.update(seat, large)), (1, Some((ErrorCode::BadValue, LocalSeq(2)))));
    assert_eq!(stopped(&rig.update(seat, good)), (3, None));
    let many: Vec<_> = (0..=MEET_BATCH).map(|at| ("meet.name", text(&at.to_string()))).collect();
    let many = rig.proposals(seat, &many);
    assert_eq!(stopped(&rig.update(seat, many)), (MEET_BATCH, Some((ErrorCode::TooLarge, LocalSeq(260)))));
    assert_eq!(stopped(&rig.update(seat, Vec::new())), (0, None));
}

/// L4, L8: an update loses to one its author had not seen, of a higher location, and is answered with the winner; a
/// higher one's names what it overrules.
#[test]
fn conflicts_are_answered() {
    let mut rig = Rig::new();
    let (table, _) = rig.meet();
    let door = rig.seat(table.session.meet, 2, "door");
    let (high, low) =
        (rig.proposals(table, &[("meet.name", text("high"))]), rig.proposals(door, &[("meet.name", text("low"))]));
    let first = rig.update(table, high);
    let second = rig.update(door, low);
    let winner = first.acks[0].seq;
    assert_eq!(second.acks[0].verdict, Verdict::Rejected(Rejection::Conflict { winner }));
    let high = rig.proposals(table, &[("meet.city", text("high"))]);
    let low = rig.set(door, &[("meet.city", text("low"))]);
    let over = rig.update(table, high);
    let overrules = vec![low.acks[0].seq];
    assert_eq!(over.acks[0].verdict, Verdict::Accepted { overrules, hidden_by: None });
}

/// No space: nothing was accepted, the log is as before, and the same updates are accepted later.
#[test]
fn no_space_takes_updates_back() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let batch = rig.proposals(seat, &[("meet.name", text("Open"))]);
    let head = rig.log(meet).head();
    let first = rig.ask(from(1), seat.ask(DeskAsk::Update(batch.clone())));
    // While that is written, a second one is waiting to be.
    let after = rig.proposals(seat, &[("meet.city", text("Ulm"))]);
    let second = rig.ask(from(1), seat.ask(DeskAsk::Update(after)));
    assert_eq!(rig.log(meet).head().0, head.0 + 2);
    rig.fail();
    for ask in [first, second] {
        assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    }
    assert!(rig.writes.is_empty(), "what came after it is not written either");
    assert_eq!((rig.log(meet).head(), rig.meets.durable(meet)), (head, Some(head)));
    assert_eq!(rig.pull(seat, Default::default()).head, head);
    assert_eq!(stopped(&rig.update(seat, batch)), (1, None));
    assert_eq!(rig.stored(meet).hash(), rig.log(meet).hash());
}

/// L12: a full log takes no updates, but can still be joined, pulled and finished.
#[test]
fn a_full_log() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let first = rig.log(meet).desks()[0].joined.first_entry.0;
    let whole = |at: u32| {
        let notes = LeafValue::Text(format!("{at:04096}"));
        let divisions = LeafValue::Texts(vec!["x".repeat(250); 40]);
        let leaves = [(EntryLeaf::Notes, notes), (EntryLeaf::Divisions, divisions)];
        Value::Entry(EntryState { leaves: leaves.into(), ..EntryState::default() })
    };
    let mut entry = first;
    let full = loop {
        let paths: Vec<_> = (entry..entry + 50).map(|at| format!("registration.entries[{at}]")).collect();
        let sets: Vec<_> = paths.iter().map(|path| (path.as_str(), whole(1))).collect();
        entry += 50;
        let updated = rig.set(seat, &sets);
        if let Some(stopped) = updated.stopped {
            break stopped;
        }
    };
    assert_eq!(full.why.code, ErrorCode::LogFull);
    let bytes = rig.meets.counts().bytes;
    let most = MEET_LOG_BYTES - MEET_LOG_SPARE_BYTES;
    assert!(bytes <= most && bytes > most - 32 * 1024, "{bytes}");
    assert_eq!(bytes, rig.disk.meets[&meet].lines.iter().map(codec::encoded_len).sum::<usize>());
    assert!(rig.get(from(2), MeetRequest::Join(join(meet, 2, "door"))).is_ok());
    assert!(rig.get(from(1), seat.ask(DeskAsk::AddLocation(location("stage", 1)))).is_ok());
}

/// L4, L6: a meet of 300 lifters goes live in two batches, and a desk that joins then has it in a few chunks, all of
/// them within the limits.
#[test]
fn three_hundred_lifters() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let first = rig.log(meet).desks()[0].joined.first_entry.0;
    let lifter = |at: u32| {
        let text = |text: &str| LeafValue::Text(text.to_owned());
        let number = |number: f64| LeafValue::Number(Real::new(number).unwrap());
        let leaves = [
            (EntryLeaf::Name, text(&format!("Lifter Number {at}"))),
            (EntryLeaf::Sex, text(if at.is_multiple_of(2) { "F" } else { "M" })),
            (EntryLeaf::BirthDate, text("1990-01-01")),
            (EntryLeaf::MemberId, text(&format!("{at:08}"))),
            (EntryLeaf::Team, text("A Team of a Town")),
            (EntryLeaf::Equipment, text("Sleeves")),
            (EntryLeaf::Divisions, LeafValue::Texts(vec!["Open".to_owned(), "Masters 1".to_owned()])),
            (EntryLeaf::Events, LeafValue::Texts(vec!["SBD".to_owned()])),
            (EntryLeaf::BodyweightKg, number(82.45)),
            (EntryLeaf::Lot, number(f64::from(at))),
            (EntryLeaf::Email, text(&format!("lifter{at}@example.org"))),
        ];
        Value::Entry(EntryState { leaves: leaves.into(), ..EntryState::default() })
    };
    let paths: Vec<_> = (0..300).map(|at| format!("registration.entries[{}]", first + at)).collect();
    let sets: Vec<_> = (0..).zip(&paths).map(|(at, path)| (path.as_str(), lifter(at))).collect();
    let all = rig.proposals(seat, &sets);
    // As a client does: as many as a message takes, which is a chunk.
    let (mut batches, mut sent) = (0, 0);
    while sent < all.len() {
        let mut bytes = 0;
        let fit = all[sent..].iter().take(MEET_BATCH).take_while(|proposal| {
            bytes += codec::encoded_len(*proposal);
            bytes <= MEET_CHUNK_BYTES
        });
        let batch: Vec<_> = fit.cloned().collect();
        sent += batch.len();
        assert!(rig.update(seat, batch).stopped.is_none());
        batches += 1;
    }
    let bytes = rig.meets.counts().bytes;
    let other = rig.seat(meet, 2, "door");
    let (mut log, mut chunks, mut pulled) = (MeetLog::new(), 0, 0);
    while log.head() < rig.log(meet).head() {
        let chunk = rig.pull(other, Have { seq: log.head(), hash: log.hash() });
        pulled += codec::encoded_len(&chunk);
        chunks += 1;
        for line in chunk.lines {
            log.push(line).unwrap();
        }
    }
    println!("300 lifters: {bytes} bytes of log, {batches} batches up, {chunks} chunks of {pulled} bytes down");
    assert_eq!(log.state().entries().len(), 300);
    assert!(batches <= 3 && chunks <= 3 && bytes < 80_000 && pulled < 80_000, "{batches} {chunks} {bytes} {pulled}");
}
