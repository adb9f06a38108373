//! Making a meet, joining one, its password: what is answered, and what is the same when it is asked again.

use scorelay_engine::meets::{Asker, MeetInput, OperatorAsk, Report};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_LOCATIONS, MEET_LOGIN_MS, MEET_SESSION_MS};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{DeskId, MeetId, MeetSeq};
use scorelay_protocol::meet::line::What;
use scorelay_protocol::meet::request::{Create, DeskAsk, Join, MeetRequest};

use crate::rig::{PASSWORD, Rig, START, create, from, join, key, location, password, token, typed};

/// L1: a meet is made with an id, a session and a first line that has the creator's location first; again, it is the
/// same.
#[test]
fn a_meet_is_made_once() {
    let mut rig = Rig::new();
    let ask = rig.ask(from(1), MeetRequest::Create(create(1)));
    assert!(rig.hash() && rig.answer(ask).is_none(), "not before it is on the disk");
    rig.settle();
    let Some(Ok(MeetAnswer::Opened(opened))) = rig.answer(ask) else { panic!("opened") };
    assert_eq!(opened.expires.0, START + MEET_SESSION_MS);
    assert!(key().verify_record(&opened.record) && opened.record.record.meet == opened.meet);
    let stored = &rig.disk.meets[&opened.meet];
    let What::Created { id, uid, locations } = &stored.lines[0].what else { panic!("made") };
    assert_eq!((*id, *uid, locations[0].name.as_str()), (opened.meet, opened.uid, "table"));
    assert_eq!(stored.lines.len(), 3, "made, an epoch, joined");
    assert!(stored.sessions[0].token != token(1).0, "tokens are stored as hashes");
    let again = rig.get(from(1), MeetRequest::Create(create(1)));
    assert_eq!(again, Ok(MeetAnswer::Opened(opened.clone())));
    // Also when it is asked again while the first is under way.
    let both = [rig.ask(from(2), MeetRequest::Create(create(2))), rig.ask(from(2), MeetRequest::Create(create(2)))];
    rig.settle();
    let both = both.map(|ask| rig.answer(ask).unwrap().unwrap());
    assert_eq!(both[0], both[1]);
    assert_eq!(rig.disk.meets.len(), 2);
    rig.restart();
    let again = rig.get(from(1), MeetRequest::Create(create(1)));
    assert!(matches!(again, Ok(MeetAnswer::Opened(same)) if same.meet == opened.meet));
    let wrong = Create { password: typed("another password"), ..create(1) };
    assert_eq!(rig.code(from(1), MeetRequest::Create(wrong)), ErrorCode::BadLogin);
    assert!(rig.noted("made"));
}

/// L1: what a meet cannot be made with is refused before any hash.
#[test]
fn bad_meets_are_not_made() {
    let mut rig = Rig::new();
    let of = |locations| Create { locations, ..create(1) };
    let many = (0..=MEET_LOCATIONS).map(|at| location(&at.to_string(), 1)).collect();
    let cases = [
        (Create { password: typed("too short"), ..create(1) }, ErrorCode::BadPassword),
        (Create { password: typed(&"x".repeat(129)), ..create(1) }, ErrorCode::BadPassword),
        (Create { location: "cellar".to_owned(), ..create(1) }, ErrorCode::BadLocations),
        (of(vec![location("table", 1), location("table", 2)]), ErrorCode::BadLocations),
        (of(vec![location("table", 1), location("", 2)]), ErrorCode::BadLocations),
        (of(vec![location("table", 1), location(&"x".repeat(65), 2)]), ErrorCode::BadLocations),
        (of(Vec::new()), ErrorCode::BadLocations),
        (of(many), ErrorCode::MeetFull),
    ];
    for (create, code) in cases {
        assert_eq!(rig.code(from(1), MeetRequest::Create(create)), code);
    }
    assert!(rig.disk.meets.is_empty());
}

/// A create that was not written has made nothing, and can be asked again.
#[test]
fn no_space_makes_no_meet() {
    let mut rig = Rig::new();
    let ask = rig.ask(from(1), MeetRequest::Create(create(1)));
    rig.hash();
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    assert_eq!(rig.meets.ids().count(), 0);
    rig.meet();
}

/// L2: an unknown id and a wrong password are one answer, after the same least time; a location is told of only after
/// the right password.
#[test]
fn nobody_learns_which_ids_there_are() {
    let mut rig = Rig::new();
    let (seat, opened) = rig.meet();
    let meet = seat.session.meet;
    let unknown = MeetId::new(if meet.digits() == "000000001" { 2 } else { 1 }).unwrap();
    let mut answers = Vec::new();
    for (who, join) in [
        (2, Join { password: typed("wrong password"), ..join(meet, 2, "door") }),
        (3, Join { password: typed("wrong password"), ..join(meet, 3, "cellar") }),
        (4, join(unknown, 4, "door")),
    ] {
        let begun = rig.now;
        let ask = rig.ask(from(who), MeetRequest::Join(join));
        rig.settle();
        assert!(rig.answer(ask).is_none());
        rig.pass(MEET_LOGIN_MS - 1);
        assert!(rig.answer(ask).is_none(), "not before its time");
        rig.pass(1);
        answers.push(rig.answer(ask).expect("at its time").unwrap_err());
        assert_eq!(rig.now, begun + MEET_LOGIN_MS);
    }
    assert!(answers.iter().all(|error| *error == answers[0] && error.code == ErrorCode::BadLogin));
    let error = rig.get(from(5), MeetRequest::Join(join(meet, 5, "cellar"))).unwrap_err();
    assert_eq!(error.code, ErrorCode::NoSuchLocation);
    assert!(error.message.contains("scale") && error.message.contains("door"));
    let short = Join { password: typed("short"), ..join(meet, 5, "door") };
    assert_eq!(rig.code(from(5), MeetRequest::Join(short)), ErrorCode::BadPassword);
    assert!(rig.notes.iter().all(|note| !note.text.contains(PASSWORD)));
    assert!(rig.noted("a wrong password") && opened.meet == meet);
}

/// L2: a desk that joins again stays who and where it was; the same token is the same session.
#[test]
fn a_desk_joins_once() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let opened = |answer| if let Ok(MeetAnswer::Opened(opened)) = answer { opened } else { panic!("{answer:?}") };
    let first = opened(rig.get(from(2), MeetRequest::Join(join(meet, 2, "door"))));
    let lines = rig.log(meet).head();
    let again = opened(rig.get(from(2), MeetRequest::Join(join(meet, 2, "door"))));
    assert_eq!(first, again);
    let other = Join { token: token(22), ..join(meet, 2, "scale") };
    let other = opened(rig.get(from(2), MeetRequest::Join(other)));
    assert_ne!(other.session, first.session);
    assert_eq!(rig.log(meet).head(), lines);
    assert_eq!(rig.log(meet).desks()[1].joined.location, 2, "door");
    assert_eq!(rig.disk.meets[&meet].sessions.last().unwrap().location, "door");
    let stolen = Join { desk: DeskId([3; 16]), token: token(2), ..join(meet, 3, "door") };
    assert_eq!(rig.code(from(3), MeetRequest::Join(stolen)), ErrorCode::BadSession);
    assert!(rig.noted("joined at"));
}

/// A join is answered once its line and its session are on the disk; if they cannot be, nobody has joined.
#[test]
fn a_join_is_durable() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let ask = rig.ask(from(2), MeetRequest::Join(join(meet, 2, "door")));
    rig.hash();
    assert!(rig.write() && rig.answer(ask).is_none(), "the line is, the session is not");
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    let other = Join { ..join(meet, 3, "door") };
    let ask = rig.ask(from(3), MeetRequest::Join(other));
    rig.hash();
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    assert_eq!(rig.log(meet).desks().len(), 2);
    assert_eq!(rig.log(meet).head(), MeetSeq(4));
    let again = rig.seat(meet, 3, "door");
    assert_eq!(rig.log(meet).desks().len(), 3);
    assert!(rig.get(from(3), again.ask(DeskAsk::Sessions)).is_ok());
}

/// L3: the password is changed by the creating location with the old one; sessions stay, and asked again it is the
/// same.
#[test]
fn a_password_is_changed() {
    let mut rig = Rig::new();
    let (seat, opened) = rig.meet();
    let meet = seat.session.meet;
    let other = rig.seat(meet, 2, "door");
    let ask = |old: &str, new: &str| DeskAsk::Password { old: typed(old), new: typed(new) };
    let change = |rig: &mut Rig, old: &str, new: &str| rig.get(from(1), seat.ask(ask(old, new)));
    assert_eq!(change(&mut rig, PASSWORD, "short").unwrap_err().code, ErrorCode::BadPassword);
    assert_eq!(change(&mut rig, "wrong password", "a new password").unwrap_err().code, ErrorCode::BadLogin);
    let refused = rig.code(from(2), other.ask(ask(PASSWORD, "a new password")));
    assert_eq!(refused, ErrorCode::NotCreator);
    let Ok(MeetAnswer::Record(record)) = change(&mut rig, PASSWORD, "a new password") else { panic!("changed") };
    assert_eq!((record.record.number, record.record.uid), (1, opened.uid));
    assert!(key().verify_record(&record));
    assert_eq!(rig.disk.meets[&meet].auth, record);
    assert_eq!(change(&mut rig, PASSWORD, "a new password"), Ok(MeetAnswer::Record(record)), "asked again");
    assert_eq!(rig.get(from(2), other.ask(DeskAsk::Record)), Ok(MeetAnswer::Record(record)));
    assert_eq!(rig.code(from(3), MeetRequest::Join(join(meet, 3, "door"))), ErrorCode::BadLogin);
    let new = Join { password: typed("a new password"), ..join(meet, 3, "door") };
    assert!(rig.get(from(3), MeetRequest::Join(new)).is_ok());
    let chunk = rig.pull(seat, Default::default());
    assert_eq!(chunk.record, 1);
    let done = rig.operator(OperatorAsk::Password(meet, password("the operator's")));
    assert_eq!(done, Ok(Report::Done));
    assert_eq!(rig.disk.meets[&meet].auth.record.number, 2);
}

/// A password that was not written is the old one still.
#[test]
fn no_space_keeps_the_password() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let change = DeskAsk::Password { old: typed(PASSWORD), new: typed("a new password") };
    let ask = rig.ask(from(1), seat.ask(change));
    assert!(rig.hash() && rig.hash());
    rig.fail();
    assert_eq!(rig.answer(ask).unwrap().unwrap_err().code, ErrorCode::NoSpace);
    rig.seat(seat.session.meet, 2, "door");
}

/// By a link that may not carry meets, desks are refused and displays are not.
#[test]
fn links_that_may_not_carry_meets() {
    let mut rig = Rig::new();
    let (seat, opened) = rig.meet();
    let by = Asker { full: false, ..from(1) };
    for request in [
        MeetRequest::Create(create(2)),
        MeetRequest::Join(join(opened.meet, 2, "door")),
        seat.ask(DeskAsk::Sessions),
        MeetRequest::Claim(opened.record),
    ] {
        assert_eq!(rig.code(by, request), ErrorCode::MeetsNotHere);
    }
    let public = MeetRequest::Public { session: seat.session, have: None, from: None, wait: false };
    assert!(rig.get(by, public).is_ok());
}

/// T2: nobody answers to a link that is gone.
#[test]
fn what_came_by_a_gone_link_is_not_answered() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let wrong = Join { password: typed("wrong password"), ..join(meet, 9, "door") };
    let asks = [
        rig.ask(from(9), MeetRequest::Join(join(meet, 8, "door"))),
        rig.ask(from(9), MeetRequest::Join(wrong)),
        rig.ask(from(9), MeetRequest::Create(create(7))),
        rig.ask(from(9), seat.ask(DeskAsk::Pull { have: Default::default(), wait: false })),
    ];
    rig.answers.clear();
    rig.put(MeetInput::Gone(from(9).link));
    rig.pass(120_000);
    assert!(asks.into_iter().all(|ask| rig.answer(ask).is_none()));
    assert_eq!(rig.disk.meets.len(), 1);
}
