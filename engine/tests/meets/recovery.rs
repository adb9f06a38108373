//! A core that lost the end of a log, or everything: what desks bring back, and what is not believed.

use scorelay_engine::meets::{Meets, StoredMeet};
use scorelay_meets::chain::ReceiptKey;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::MEET_UPLOADS;
use scorelay_protocol::meet::answer::{Claimed, MeetAnswer, Recovered};
use scorelay_protocol::meet::ids::{MeetEpoch, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::receipt::{Head, Receipt, SealedRecord};
use scorelay_protocol::meet::request::{DeskAsk, Have, MeetRequest, Results};

use crate::rig::{Disk, Rig, START, Seat, create, from, join, key, parts, text, token};

fn bytes(log: &MeetLog) -> Vec<u8> {
    codec::encode(&log.lines_after(MeetSeq(0)).to_vec())
}

fn receipt(log: &MeetLog) -> Receipt {
    key().seal(log.sealed_head().unwrap())
}

fn bring(rig: &mut Rig, seat: Seat, receipt: Receipt, bytes: &[u8]) -> Result<MeetAnswer, WireError> {
    let mut last = None;
    for part in parts(bytes, 200) {
        last = Some(rig.get(from(seat.desk), seat.ask(DeskAsk::Recover { receipt, part }))?);
    }
    Ok(last.unwrap())
}

fn recover(rig: &mut Rig, seat: Seat, log: &MeetLog) -> Recovered {
    match bring(rig, seat, receipt(log), &bytes(log)) {
        Ok(MeetAnswer::Recovered(recovered)) => recovered,
        other => panic!("{other:?}"),
    }
}

fn restore(rig: &mut Rig, record: SealedRecord, receipt: Receipt, bytes: &[u8]) -> Result<MeetAnswer, WireError> {
    let mut last = None;
    for part in parts(bytes, 300) {
        last = Some(rig.get(from(8), MeetRequest::Restore { record, receipt, part })?);
    }
    Ok(last.unwrap())
}

fn pulled(rig: &mut Rig, seat: Seat, log: &MeetLog) -> Result<MeetAnswer, WireError> {
    let have = Have { seq: log.head(), hash: log.hash() };
    rig.get(from(seat.desk), seat.ask(DeskAsk::Pull { have, wait: false }))
}

/// Two desks, and a disk from before the last updates, which only the desk holds.
fn lost_tail() -> (Rig, Seat, Seat, MeetLog) {
    let mut rig = Rig::new();
    let (table, _) = rig.meet();
    let door = rig.seat(table.session.meet, 2, "door");
    rig.set(table, &[("meet.name", text("kept"))]);
    let backup = rig.disk.clone();
    rig.set(door, &[("meet.city", text("lost")), ("meet.name", text("lost"))]);
    let log = rig.pull_all(door);
    rig.restart_on(backup);
    rig.settle();
    (rig, table, door, log)
}

/// L10: restored from an older backup, without new writes since: a desk's log is taken over as it is.
#[test]
fn a_lost_tail_is_brought_back() {
    let (mut rig, table, door, log) = lost_tail();
    let meet = table.session.meet;
    assert_eq!(pulled(&mut rig, door, &log), Ok(MeetAnswer::Diverged));
    let recovered = recover(&mut rig, door, &log);
    assert_eq!(recovered, Recovered { fork: log.head(), updates: 2, rejected: 0 });
    let now = rig.pull_all(table);
    assert_eq!(now.lines_after(MeetSeq(0))[..log.lines_after(MeetSeq(0)).len()], *log.lines_after(MeetSeq(0)));
    assert_eq!(now.hash(), rig.stored(meet).hash());
    assert_eq!(rig.disk.aside.len(), 1, "the file that was there is set aside");
    assert!(matches!(pulled(&mut rig, door, &log), Ok(MeetAnswer::Lines(_))), "it goes on where it was");
    // Brought again, by a lost answer: there is nothing new.
    assert_eq!(recover(&mut rig, door, &log), Recovered { fork: log.head(), updates: 0, rejected: 0 });
    assert!(rig.noted("recovered from a desk"));
}

/// L10: restored from an older backup, with new writes since: both logs become one, each update applied or answered.
#[test]
fn a_fork_is_merged() {
    let (mut rig, table, door, log) = lost_tail();
    let new = rig.set(table, &[("meet.name", text("new"))]).acks[0].seq;
    let recovered = recover(&mut rig, door, &log);
    assert_eq!((recovered.updates, recovered.rejected), (2, 1), "the city stands, the name lost to the table's");
    assert_eq!(recovered.fork, MeetSeq(5));
    let now = rig.pull_all(door);
    let verdicts: Vec<_> = now
        .lines_after(new)
        .iter()
        .filter_map(
            |line| if let What::Update(Update { verdict, .. }) = &line.what { Some(verdict.clone()) } else { None },
        )
        .collect();
    let stands = Verdict::Accepted { overrules: Vec::new(), hidden_by: None };
    assert_eq!(verdicts, [stands, Verdict::Rejected(Rejection::Conflict { winner: new })]);
    assert_eq!(now.hash(), rig.stored(table.session.meet).hash());
    // What was pulled before holds on.
    assert_eq!(now.hash_at(new), rig.log(table.session.meet).hash_at(new));
}

/// L10: the core lost that the meet was finished: the log that a desk brings says so, the folder moves, displays end.
#[test]
fn a_lost_end_is_brought_back() {
    let mut rig = Rig::new();
    let (table, _) = rig.meet();
    let meet = table.session.meet;
    rig.get(from(1), table.ask(DeskAsk::Display { token: token(60) })).unwrap();
    let backup = rig.disk.clone();
    let head = rig.log(meet).sealed_head().unwrap();
    let results = Results { head, return_address: "a@b".to_owned(), force: true };
    let part = parts(b"csv", 10).remove(0);
    rig.get(from(1), table.ask(DeskAsk::Publish { results, part })).unwrap();
    let log = rig.pull_all(table);
    rig.restart_on(backup);
    rig.settle();
    assert!(!rig.log(meet).is_finished());
    let recovered = recover(&mut rig, table, &log);
    assert_eq!(recovered.fork, log.head());
    let stored = &rig.disk.meets[&meet];
    assert!(stored.finished && stored.sessions.len() == 1 && rig.log(meet).is_finished());
}

/// A recovery is answered, and shown, once it is on the disk; if it cannot be, the log is as it was.
#[test]
fn a_recovery_is_durable() {
    let (mut rig, table, door, log) = lost_tail();
    let meet = table.session.meet;
    let before = rig.log(meet).clone();
    let whole = bytes(&log);
    let part = parts(&whole, whole.len()).remove(0);
    let request = door.ask(DeskAsk::Recover { receipt: receipt(&log), part });
    let waits = rig
        .ask(from(1), table.ask(DeskAsk::Pull { have: Have { seq: before.head(), hash: before.hash() }, wait: true }));
    let ask = rig.ask(from(2), request.clone());
    let busy = rig.ask(from(2), request.clone());
    assert_eq!(rig.answer(busy).unwrap().unwrap_err().code, ErrorCode::MeetBusy);
    // Meanwhile an update comes, and the old log is what is shown.
    let update = rig.proposals(table, &[("meet.country", text("Malta"))]);
    let updated = rig.ask(from(1), table.ask(DeskAsk::Update(update)));
    assert_eq!(rig.pull_all_shown(table).hash(), before.hash());
    assert!([ask, updated, waits].into_iter().all(|ask| rig.answer(ask).is_none()));
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    assert_eq!(rig.answer(updated).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    assert_eq!(rig.log(meet).hash(), before.hash());
    assert!(rig.answer(waits).is_none());
    assert!(rig.get(from(2), request).is_ok());
    assert_eq!(rig.answer(waits), Some(Ok(MeetAnswer::Diverged)), "its epoch is none of the log's any more");
}

/// L10: nothing is believed but what this core sealed.
#[test]
fn what_is_forged_is_refused() {
    let (mut rig, table, door, log) = lost_tail();
    let meet = table.session.meet;
    let before = rig.log(meet).hash();
    let whole = bytes(&log);
    let good = receipt(&log);
    let mut code = |receipt, bytes: &[u8]| bring(&mut rig, door, receipt, bytes).unwrap_err().code;
    let foreign = ReceiptKey::new([8; 32]).seal(good.head);
    assert_eq!(code(foreign, &whole), ErrorCode::BadReceipt, "sealed by another core");
    let other = key().seal(Head { uid: MeetUid([1; 16]), ..good.head });
    assert_eq!(code(other, &whole), ErrorCode::BadReceipt, "another meet's");
    let moved = Receipt { head: Head { seq: MeetSeq(3), ..good.head }, ..good };
    assert_eq!(code(moved, &whole), ErrorCode::BadReceipt, "of another line");
    let earlier = key().seal(Head { seq: MeetSeq(5), hash: log.hash_at(MeetSeq(5)).unwrap(), ..good.head });
    assert_eq!(code(earlier, &whole), ErrorCode::BadLog, "of a log that ends earlier");
    for at in (0..whole.len()).step_by(7) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        assert_eq!(code(good, &flipped), ErrorCode::BadLog, "byte {at}");
    }
    assert_eq!(code(good, &whole[..whole.len() - 1]), ErrorCode::BadLog);
    assert_eq!(code(good, b"no log at all"), ErrorCode::BadLog);
    let empty = codec::encode(&Vec::<Line>::new());
    assert_eq!(code(good, &empty), ErrorCode::BadLog);
    assert_eq!(rig.log(meet).hash(), before);
}

/// L10, L13: a log of another meet of this very core is none of this one's.
#[test]
fn another_meets_log_is_refused() {
    let (mut rig, table, door, log) = lost_tail();
    let made = rig.get(from(3), MeetRequest::Create(create(3)));
    let Ok(MeetAnswer::Opened(opened)) = made else { panic!("{made:?}") };
    let other = rig.log(opened.meet).clone();
    let error = bring(&mut rig, door, receipt(&other), &bytes(&other)).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadReceipt);
    let error = bring(&mut rig, door, receipt(&log), &bytes(&other)).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadLog);
    assert_ne!(rig.log(table.session.meet).hash(), other.hash());
}

/// L10: the disk is wiped: a desk's log and record bring the meet back, desks join by their password, and are who they
/// were; the rest of what they hold is brought as after a lost tail.
#[test]
fn a_wiped_disk() {
    let mut rig = Rig::new();
    let (table, opened) = rig.meet();
    let door = rig.seat(opened.meet, 2, "door");
    rig.set(door, &[("meet.name", text("Open"))]);
    let early = rig.pull_all(table);
    rig.set(door, &[("meet.city", text("Ulm"))]);
    let late = rig.pull_all(door);
    let claim = MeetRequest::Claim(opened.record);
    assert_eq!(rig.get(from(1), claim.clone()), Ok(MeetAnswer::Claimed(Claimed::Known)));
    rig.restart_on(Disk::default());
    assert_eq!(rig.code(from(1), table.ask(DeskAsk::Record)), ErrorCode::BadSession);
    assert_eq!(rig.get(from(1), claim.clone()), Ok(MeetAnswer::Claimed(Claimed::Wanted)));
    for _ in 0..4 {
        assert_eq!(rig.code(from(1), MeetRequest::Join(join(opened.meet, 1, "table"))), ErrorCode::BadLogin);
    }
    let foreign = ReceiptKey::new([8; 32]);
    let forged = foreign.seal_record(opened.record.record);
    assert_eq!(rig.code(from(1), MeetRequest::Claim(forged)), ErrorCode::BadReceipt);
    for (record, receipt) in [(forged, receipt(&early)), (opened.record, foreign.seal(early.sealed_head().unwrap()))] {
        assert_eq!(restore(&mut rig, record, receipt, &bytes(&early)).unwrap_err().code, ErrorCode::BadReceipt);
    }
    let mut flipped = bytes(&early);
    flipped[60] ^= 1;
    assert_eq!(restore(&mut rig, opened.record, receipt(&early), &flipped).unwrap_err().code, ErrorCode::BadLog);
    assert_eq!(restore(&mut rig, opened.record, receipt(&early), &bytes(&early)), Ok(MeetAnswer::Restored));
    assert_eq!(restore(&mut rig, opened.record, receipt(&early), &bytes(&early)), Ok(MeetAnswer::Restored), "again");
    assert_eq!(rig.get(from(1), claim), Ok(MeetAnswer::Claimed(Claimed::Known)));
    assert_eq!(rig.code(from(2), door.ask(DeskAsk::Record)), ErrorCode::BadSession, "sessions were lost");
    let door = rig.seat(opened.meet, 2, "cellar, which is not asked for");
    let recovered = recover(&mut rig, door, &late);
    assert_eq!((recovered.fork, recovered.updates), (late.head(), 1));
    // That no password was right while the meet was lost delays nobody now.
    let back = rig.ask(from(1), MeetRequest::Join(join(opened.meet, 1, "table")));
    rig.settle();
    assert!(rig.answer(back).unwrap().is_ok());
    let table = rig.seat(opened.meet, 1, "table");
    let now = rig.pull_all(table);
    assert_eq!(now.desks().len(), 2);
    assert_eq!(now.hash_at(late.head()), Some(late.hash()));
    assert_eq!(now.hash(), rig.stored(opened.meet).hash());
    assert!(rig.noted("restored from a desk"));
}

/// L10: wiped, and the key gone too: nothing is believed, so desks make a new meet.
#[test]
fn a_wiped_disk_and_a_lost_key() {
    let mut rig = Rig::new();
    let (_, opened) = rig.meet();
    let loaded = Meets::load(ReceiptKey::new([9; 32]), MeetEpoch(2), UnixMillis(START), Vec::new(), Vec::new());
    rig.meets = loaded.unwrap().0;
    rig.disk = Disk::default();
    assert_eq!(rig.code(from(1), MeetRequest::Claim(opened.record)), ErrorCode::BadReceipt);
}

/// The key alone is gone: the disk is believed, and sealed anew.
#[test]
fn a_lost_key() {
    let mut rig = Rig::new();
    let (_, opened) = rig.meet();
    let stored = rig.disk.meets[&opened.meet].clone();
    let auth = ReceiptKey::new([9; 32]).seal_record(stored.auth.record);
    rig.disk.meets.insert(opened.meet, StoredMeet { auth, ..stored });
    rig.restart();
    rig.settle();
    assert!(key().verify_record(&rig.disk.meets[&opened.meet].auth));
    assert!(rig.get(from(1), MeetRequest::Join(join(opened.meet, 1, "table"))).is_ok());
}

/// L11: a meet that was cleared away leaves a tombstone, and is not brought back.
#[test]
fn a_tombstone_refuses() {
    let mut rig = Rig::new();
    let (table, opened) = rig.meet();
    let log = rig.pull_all(table);
    rig.restart_on(Disk { tombstones: vec![(opened.meet, opened.uid)], ..Disk::default() });
    let claim = MeetRequest::Claim(opened.record);
    assert_eq!(rig.get(from(1), claim), Ok(MeetAnswer::Claimed(Claimed::Finished)));
    let error = restore(&mut rig, opened.record, receipt(&log), &bytes(&log)).unwrap_err();
    assert_eq!(error.code, ErrorCode::MeetFinished);
    assert_eq!(rig.meets.ids().count(), 0);
}

/// An id that another meet has got since is that one's.
#[test]
fn an_id_that_is_taken() {
    let mut rig = Rig::new();
    let (table, opened) = rig.meet();
    let log = rig.pull_all(table);
    let mut record = opened.record.record;
    record.uid = MeetUid([5; 16]);
    let record = key().seal_record(record);
    assert_eq!(rig.code(from(1), MeetRequest::Claim(record)), ErrorCode::BadReceipt);
    let receipt = key().seal(Head { uid: record.record.uid, ..log.sealed_head().unwrap() });
    assert_eq!(restore(&mut rig, record, receipt, &bytes(&log)).unwrap_err().code, ErrorCode::BadReceipt);
}

/// A line that cannot follow: what is before it is served and written anew, and a desk brings back the rest.
#[test]
fn a_bad_line() {
    let mut rig = Rig::new();
    let (table, opened) = rig.meet();
    rig.set(table, &[("meet.name", text("Open")), ("meet.city", text("Ulm"))]);
    let log = rig.pull_all(table);
    let mut disk = rig.disk.clone();
    let stored = disk.meets.get_mut(&opened.meet).unwrap();
    stored.lines[4] = stored.lines[0].clone();
    stored.set_aside = Some("a byte was flipped".to_owned());
    rig.restart_on(disk);
    assert!(rig.noted("set aside: a byte was flipped") && rig.noted("set aside: line 5"));
    // The first try has no space.
    rig.fail();
    assert_eq!(rig.log(opened.meet).head(), MeetSeq(4));
    assert_eq!(pulled(&mut rig, table, &log), Ok(MeetAnswer::Diverged));
    let recovered = recover(&mut rig, table, &log);
    assert_eq!((recovered.fork, recovered.updates), (log.head(), 1));
    assert_eq!(rig.stored(opened.meet).hash(), rig.log(opened.meet).hash());
    rig.restart();
    rig.settle();
    assert_eq!(rig.stored(opened.meet).hash_at(log.head()), Some(log.hash()));
}

/// A log that is not of its folder is not served, its id is not given away, and a desk restores it.
#[test]
fn a_log_that_is_lost() {
    let mut rig = Rig::new();
    let (table, opened) = rig.meet();
    let log = rig.pull_all(table);
    rig.disk.meets.get_mut(&opened.meet).unwrap().lines.clear();
    rig.restart();
    assert_eq!(rig.code(from(1), table.ask(DeskAsk::Record)), ErrorCode::BadSession);
    assert_eq!(restore(&mut rig, opened.record, receipt(&log), &bytes(&log)), Ok(MeetAnswer::Restored));
    rig.seat(opened.meet, 1, "table");
}

/// Logs that are brought in parts are few at once.
#[test]
fn uploads_are_bounded() {
    let (mut rig, _, door, log) = lost_tail();
    let record = |at: u8| {
        let mut record = rig.disk.meets[&door.session.meet].auth.record;
        (record.meet, record.uid) = (MeetId::new(u32::from(at)).unwrap(), MeetUid([at; 16]));
        (key().seal_record(record), key().seal(Head { uid: record.uid, ..log.sealed_head().unwrap() }))
    };
    let most = u8::try_from(MEET_UPLOADS).unwrap();
    let records: Vec<_> = (0..=most).map(record).collect();
    let part = parts(&bytes(&log), 100).remove(0);
    for (at, (record, receipt)) in (0..).zip(records) {
        let request = MeetRequest::Restore { record, receipt, part: part.clone() };
        let answer = rig.get(from(8), request);
        if at < most {
            assert_eq!(answer, Ok(MeetAnswer::More { offset: 100 }));
        } else {
            assert_eq!(answer.unwrap_err().code, ErrorCode::MeetBusy);
        }
    }
}
