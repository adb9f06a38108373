//! The end of a meet: who may publish, from what, what follows, and how it gets to the publisher.

use scorelay_engine::meets::{MeetInput, OperatorAsk};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits::MEET_CHUNK_BYTES;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::line::{Rejection, Verdict, What};
use scorelay_protocol::meet::receipt::Head;
use scorelay_protocol::meet::request::{DeskAsk, Have, MeetRequest, Results, Session};

use crate::rig::{Rig, Seat, from, join, location, parts, text, token};

const ADDRESS: &str = "meet@example.org";

fn head(rig: &Rig, seat: Seat) -> Head {
    rig.log(seat.session.meet).sealed_head().unwrap()
}

fn results(head: Head, force: bool) -> Results {
    Results { head, return_address: ADDRESS.to_owned(), force }
}

/// Hands the results over in parts; the last answer.
fn publish(rig: &mut Rig, seat: Seat, results: &Results, csv: &[u8]) -> Result<MeetAnswer, WireError> {
    let mut last = None;
    for part in parts(csv, MEET_CHUNK_BYTES) {
        let ask = DeskAsk::Publish { results: results.clone(), part };
        last = Some(rig.get(from(seat.desk), seat.ask(ask))?);
    }
    Ok(last.unwrap())
}

/// L11: results made from the end of the log are taken, on the disk and to the publisher; from then on updates come too
/// late, displays end, and the folder moves; asked again, it is the same.
#[test]
fn a_meet_is_published() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    rig.get(from(1), seat.ask(DeskAsk::Display { token: token(60) })).unwrap();
    rig.set(seat, &[("meet.name", text("Open"))]);
    let session = Session { token: token(60), ..seat.session };
    let at = rig.public(session, None, None).at;
    let watches = rig.ask(from(9), MeetRequest::Public { session, have: Some(at), from: None, wait: true });
    let csv = vec![b'x'; 3 * MEET_CHUNK_BYTES / 2];
    let results = results(head(&rig, seat), false);
    let all = parts(&csv, MEET_CHUNK_BYTES);
    let of = |at: usize| seat.ask(DeskAsk::Publish { results: results.clone(), part: all[at].clone() });
    let more = MeetAnswer::More { offset: u32::try_from(MEET_CHUNK_BYTES).unwrap() };
    assert_eq!(rig.get(from(1), of(0)), Ok(more.clone()));
    assert_eq!(rig.get(from(1), of(0)), Ok(more), "asked again");
    let ask = rig.ask(from(1), of(1));
    assert!(rig.answer(ask).is_none() && rig.write() && rig.answer(ask).is_none(), "the lines are, the file is not");
    assert!(rig.publish.is_empty());
    rig.settle();
    let published = rig.answer(ask).unwrap();
    let Ok(MeetAnswer::Published { seq, number: 1 }) = published else { panic!("{published:?}") };
    assert_eq!(seq.0, results.head.seq.0 + 1);
    let handed = &rig.publish[0];
    assert_eq!((handed.number, &handed.csv, handed.name.as_str()), (1, &csv, "Open"));
    assert_eq!((handed.seq, handed.return_address.as_str()), (results.head.seq, ADDRESS));
    let Some(Ok(MeetAnswer::Public(public))) = rig.answer(watches) else { panic!("told") };
    assert!(public.finished);
    let public = MeetRequest::Public { session, have: None, from: None, wait: true };
    assert_eq!(rig.code(from(9), public), ErrorCode::BadSession, "displays end with the meet");
    let stored = &rig.disk.meets[&meet];
    assert!(stored.finished && stored.sessions.len() == 1);
    assert!(matches!(stored.lines.last().unwrap().what, What::Finished));
    // Asked again: the same, and nothing is written or handed over twice.
    let lines = stored.lines.len();
    assert_eq!(publish(&mut rig, seat, &results, &csv), published);
    assert_eq!((rig.publish.len(), rig.disk.meets[&meet].lines.len()), (1, lines));
    let late = rig.set(seat, &[("meet.name", text("late"))]);
    assert_eq!(late.acks[0].verdict, Verdict::Rejected(Rejection::Late));
    let display = DeskAsk::Display { token: token(61) };
    assert_eq!(rig.code(from(1), seat.ask(display)), ErrorCode::MeetFinished);
    let add = DeskAsk::AddLocation(location("cellar", 1));
    assert_eq!(rig.code(from(1), seat.ask(add)), ErrorCode::MeetFinished);
    assert!(rig.noted("publication 1 taken") && rig.noted("finished"));
}

/// L11: what is not published: not by another location, not from another line, not without an address, not while a desk
/// is behind.
#[test]
fn what_is_not_published() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let other = rig.seat(seat.session.meet, 2, "door");
    let before = head(&rig, seat);
    rig.set(other, &[("meet.name", text("Open"))]);
    let now = head(&rig, seat);
    let code = |rig: &mut Rig, seat, results: &Results| publish(rig, seat, results, b"csv").unwrap_err();
    assert_eq!(code(&mut rig, other, &results(now, true)).code, ErrorCode::NotCreator);
    assert_eq!(code(&mut rig, seat, &results(before, true)).code, ErrorCode::NotHead);
    let wrong = Head { hash: before.hash, ..now };
    assert_eq!(code(&mut rig, seat, &results(wrong, true)).code, ErrorCode::NotHead);
    for address in ["", "nobody", "a b@c", "@", &format!("{}@c", "x".repeat(253))] {
        let results = Results { return_address: address.to_owned(), ..results(now, true) };
        assert_eq!(code(&mut rig, seat, &results).code, ErrorCode::BadValue, "{address}");
    }
    let behind = code(&mut rig, seat, &results(now, false));
    assert_eq!(behind.code, ErrorCode::DesksBehind);
    assert!(behind.message.contains("door") && !behind.message.contains("table"), "{}", behind.message);
    // One that has pulled all that matters is level, also when another has joined since.
    rig.pull_all(other);
    rig.seat(seat.session.meet, 3, "scale");
    let now = head(&rig, seat);
    assert!(code(&mut rig, seat, &results(now, false)).message.ends_with("scale"));
    assert!(publish(&mut rig, seat, &results(now, true), b"csv").is_ok());
}

/// L11: a desk that waits for what follows has what is before it, also after a start of the core.
#[test]
fn a_desk_that_waits_is_level() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let other = rig.seat(seat.session.meet, 2, "door");
    rig.set(seat, &[("meet.name", text("Open"))]);
    rig.restart();
    rig.settle();
    let now = results(head(&rig, seat), false);
    assert_eq!(publish(&mut rig, seat, &now, b"csv").unwrap_err().code, ErrorCode::DesksBehind);
    let log = rig.log(seat.session.meet);
    let have = Have { seq: log.head(), hash: log.hash() };
    let waits = rig.ask(from(2), other.ask(DeskAsk::Pull { have, wait: true }));
    assert!(publish(&mut rig, seat, &now, b"csv").is_ok());
    assert!(matches!(rig.answer(waits), Some(Ok(MeetAnswer::Lines(chunk))) if chunk.lines.len() == 2));
}

/// L11: a correction is a publication with the next number, made from the end again.
#[test]
fn a_correction_follows() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let first = results(head(&rig, seat), false);
    publish(&mut rig, seat, &first, b"first").unwrap();
    assert_eq!(publish(&mut rig, seat, &first, b"second").unwrap_err().code, ErrorCode::NotHead);
    let second = results(head(&rig, seat), false);
    let published = publish(&mut rig, seat, &second, b"second");
    let Ok(MeetAnswer::Published { number: 2, .. }) = published else { panic!("{published:?}") };
    let finished = rig.disk.meets[&meet].lines.iter().filter(|line| matches!(line.what, What::Finished));
    assert_eq!(finished.count(), 1);
    assert_eq!(rig.publish.iter().map(|publication| publication.number).collect::<Vec<_>>(), [1, 2]);
    // Over a restart, the finished log goes on with an epoch of its own.
    rig.restart();
    let third = results(head(&rig, seat), false);
    publish(&mut rig, seat, &third, b"third").unwrap();
    assert_eq!(publish(&mut rig, seat, &third, b"third").unwrap(), publish(&mut rig, seat, &third, b"third").unwrap());
    assert_eq!(rig.log(meet).publications(), 3);
}

/// L11: until it is handed over, each start gives it to the publisher again; afterwards it is only remembered.
#[test]
fn it_is_handed_over_once() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let results = results(head(&rig, seat), false);
    publish(&mut rig, seat, &results, b"csv").unwrap();
    rig.put(MeetInput::HandedOver { meet, number: 1, result: Err("the host is away".to_owned()) });
    assert!(rig.noted("the host is away") && rig.writes.is_empty());
    rig.restart();
    assert_eq!(rig.publish.len(), 1);
    assert_eq!(rig.publish[0].csv, b"csv");
    rig.put(MeetInput::HandedOver { meet, number: 7, result: Ok("elsewhere".to_owned()) });
    assert!(rig.writes.is_empty(), "no such publication");
    rig.put(MeetInput::HandedOver { meet, number: 1, result: Ok("issue 12".to_owned()) });
    rig.settle();
    assert_eq!(rig.disk.meets[&meet].publication.as_ref().unwrap().handed_over.as_deref(), Some("issue 12"));
    rig.restart();
    assert!(rig.publish.is_empty());
}

/// No space for the results: the meet is finished, which was said in its log; the same results again are taken.
#[test]
fn no_space_for_results() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let results = results(head(&rig, seat), false);
    let part = parts(b"csv", 10).remove(0);
    let request = seat.ask(DeskAsk::Publish { results: results.clone(), part });
    let ask = rig.ask(from(1), request.clone());
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    assert!(!rig.log(meet).is_finished(), "the lines were not written");
    let ask = rig.ask(from(1), request.clone());
    assert!(rig.write());
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    assert!(rig.publish.is_empty() && rig.log(meet).is_finished());
    // Also over a restart.
    rig.restart();
    assert!(rig.noted("publish again"));
    let published = rig.get(from(1), request);
    assert!(matches!(published, Ok(MeetAnswer::Published { number: 1, .. })), "{published:?}");
    assert_eq!((rig.publish.len(), rig.log(meet).publications()), (1, 1));
    assert!(rig.disk.meets[&meet].finished);
}

/// Of the lines of a publication only the first is left after a crash: the same results again finish the meet; once
/// somebody has gone on, they are not from its end any more.
#[test]
fn a_torn_end() {
    for goes_on in [false, true] {
        let mut rig = Rig::new();
        let (seat, _) = rig.meet();
        let meet = seat.session.meet;
        let results = results(head(&rig, seat), false);
        let part = parts(b"csv", 10).remove(0);
        let request = seat.ask(DeskAsk::Publish { results, part });
        rig.ask(from(1), request.clone());
        assert!(rig.write());
        rig.disk.meets.get_mut(&meet).unwrap().lines.pop();
        rig.restart();
        rig.settle();
        assert!(!rig.log(meet).is_finished() && rig.log(meet).publications() == 1);
        if goes_on {
            rig.set(seat, &[("meet.name", text("Open"))]);
            assert_eq!(rig.code(from(1), request), ErrorCode::NotHead);
            continue;
        }
        let published = rig.get(from(1), request.clone());
        assert!(matches!(published, Ok(MeetAnswer::Published { number: 1, .. })), "{published:?}");
        assert!(rig.disk.meets[&meet].finished && rig.publish.len() == 1);
        assert_eq!(rig.get(from(1), request.clone()), published);
        // What was published before it was opened again is not its end either.
        rig.operator(OperatorAsk::Reopen(meet)).unwrap();
        assert_eq!(rig.code(from(1), request), ErrorCode::NotHead);
    }
}

/// A folder that could not be moved is moved later.
#[test]
fn a_folder_is_moved_later() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let results = results(head(&rig, seat), false);
    let part = parts(b"csv", 10).remove(0);
    let ask = rig.ask(from(1), seat.ask(DeskAsk::Publish { results, part }));
    assert!(rig.write() && rig.write());
    assert!(rig.answer(ask).unwrap().is_ok());
    rig.fail();
    rig.settle();
    assert!(!rig.disk.meets[&meet].finished);
    rig.pass(60_000);
    assert!(rig.disk.meets[&meet].finished);
    rig.settle();
    assert!(rig.meets.next_at().is_none());
}

/// L11: a desk that comes late to a finished meet is told so by its lines, and can still read all.
#[test]
fn late_desks_are_told() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let other = rig.seat(seat.session.meet, 2, "door");
    let pending = rig.proposals(other, &[("meet.name", text("pending"))]);
    let now = results(head(&rig, seat), true);
    publish(&mut rig, seat, &now, b"csv").unwrap();
    rig.restart();
    let updated = rig.update(other, pending);
    assert_eq!(updated.acks[0].verdict, Verdict::Rejected(Rejection::Late));
    let joined = rig.get(from(3), MeetRequest::Join(join(seat.session.meet, 3, "scale")));
    assert!(matches!(joined, Ok(MeetAnswer::Opened(_))));
    let log = rig.pull_all(other);
    assert!(log.is_finished() && log.head() > MeetSeq(6));
    assert_eq!(rig.pull(other, Have { seq: log.head(), hash: log.hash() }).head, log.head());
}

/// What comes in parts: one that does not follow, a whole that is not what it should be, too large, too many, too slow.
#[test]
fn parts_that_do_not_fit() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let now = results(head(&rig, seat), true);
    let csv = [b'x'; 100];
    let all = parts(&csv, 40);
    let send = |rig: &mut Rig, part| rig.get(from(1), seat.ask(DeskAsk::Publish { results: now.clone(), part }));
    let code = |answer: Result<MeetAnswer, WireError>| answer.unwrap_err().code;
    assert_eq!(code(send(&mut rig, all[1].clone())), ErrorCode::BadPart, "not the first");
    assert_eq!(send(&mut rig, all[0].clone()), Ok(MeetAnswer::More { offset: 40 }));
    assert_eq!(code(send(&mut rig, all[2].clone())), ErrorCode::BadPart, "one is missing");
    assert_eq!(send(&mut rig, all[1].clone()), Ok(MeetAnswer::More { offset: 80 }));
    let other = parts(&[b'y'; 100], 40);
    assert_eq!(send(&mut rig, other[0].clone()), Ok(MeetAnswer::More { offset: 40 }), "another whole begins anew");
    let mut changed = other[1].clone();
    changed.bytes[0] = b'z';
    send(&mut rig, changed).unwrap();
    assert_eq!(code(send(&mut rig, other[2].clone())), ErrorCode::BadPart, "not what the hash says");
    let mut large = all[0].clone();
    large.total = u32::MAX;
    assert_eq!(code(send(&mut rig, large)), ErrorCode::BadPart);
    let mut empty = all[0].clone();
    empty.bytes.clear();
    assert_eq!(code(send(&mut rig, empty)), ErrorCode::BadPart);
    send(&mut rig, all[0].clone()).unwrap();
    assert_eq!(rig.meets.counts().uploads, 1);
    rig.pass(60_000);
    assert_eq!(rig.meets.counts().uploads, 0, "a quiet one is dropped");
    assert_eq!(code(send(&mut rig, all[1].clone())), ErrorCode::BadPart);
    for part in &all[..2] {
        send(&mut rig, part.clone()).unwrap();
    }
    assert!(matches!(send(&mut rig, all[2].clone()), Ok(MeetAnswer::Published { .. })));
}
