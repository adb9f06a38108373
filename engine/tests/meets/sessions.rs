//! Sessions and what a desk asks within one: expiry, listing, ending, stages, locations, display links.

use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_LOCATIONS, MEET_RENEW_MS, MEET_SESSION_MS, MEET_SESSIONS};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::line::What;
use scorelay_protocol::meet::path::StageNo;
use scorelay_protocol::meet::request::{Claim, DeskAsk, Have, Join, MeetRequest, Session, SessionNo};
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::{Stage, Value};

use crate::rig::{Rig, Seat, create, from, join, location, text, token};

/// L12: an unknown meet, an unknown token, an expired and a revoked session are one error, which tells no token.
#[test]
fn what_is_no_session() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let other = rig.seat(meet, 2, "door");
    let unknown = MeetId::new(if meet.digits() == "000000001" { 2 } else { 1 }).unwrap();
    let mut errors = Vec::new();
    for session in [Session { meet: unknown, ..seat.session }, Session { token: token(9), ..seat.session }] {
        errors.push(rig.get(from(1), Seat { session, ..seat }.ask(DeskAsk::Sessions)).unwrap_err());
    }
    let Ok(MeetAnswer::Sessions(list)) = rig.get(from(1), seat.ask(DeskAsk::Sessions)) else { panic!("sessions") };
    assert_eq!(list.iter().map(|session| session.own).collect::<Vec<_>>(), [true, false]);
    assert_eq!((list[1].desk, list[1].location.as_str()), (Some(other.id()), "door"));
    let revoke = |no| DeskAsk::Revoke(no);
    assert_eq!(rig.get(from(1), seat.ask(revoke(list[1].no))), Ok(MeetAnswer::Ended));
    assert_eq!(rig.get(from(1), seat.ask(revoke(list[1].no))), Ok(MeetAnswer::Ended), "again");
    assert_eq!(rig.code(from(1), seat.ask(revoke(SessionNo(77)))), ErrorCode::NoSuchSession);
    errors.push(rig.get(from(2), other.ask(DeskAsk::Sessions)).unwrap_err());
    assert_eq!(rig.disk.meets[&meet].sessions.len(), 1);
    rig.now += MEET_SESSION_MS;
    errors.push(rig.get(from(1), seat.ask(DeskAsk::Sessions)).unwrap_err());
    assert!(errors.iter().all(|error| error.code == ErrorCode::BadSession && *error == errors[0]));
    // L9: with its password a desk goes on, as who it was.
    let again = rig.get(from(1), MeetRequest::Join(join(meet, 1, "table")));
    assert!(matches!(again, Ok(MeetAnswer::Opened(_))));
    assert!(rig.get(from(1), seat.ask(DeskAsk::Sessions)).is_ok());
    assert_eq!(rig.log(meet).desks().len(), 2);
}

/// L3: use puts the end of a session off, on the disk too, and not at each request.
#[test]
fn use_renews() {
    let mut rig = Rig::new();
    let (seat, opened) = rig.meet();
    let meet = opened.meet;
    rig.now += MEET_RENEW_MS - 1;
    rig.get(from(1), seat.ask(DeskAsk::Record)).unwrap();
    assert_eq!(rig.disk.meets[&meet].sessions[0].expires, Some(opened.expires));
    rig.now += 1;
    rig.get(from(1), seat.ask(DeskAsk::Record)).unwrap();
    assert_eq!(rig.disk.meets[&meet].sessions[0].expires.unwrap().0, opened.expires.0 + MEET_RENEW_MS);
    rig.now += MEET_SESSION_MS - 1;
    assert!(rig.get(from(1), seat.ask(DeskAsk::Record)).is_ok());
    // L9: over a restart it is as it was.
    rig.restart();
    assert!(rig.get(from(1), seat.ask(DeskAsk::Record)).is_ok());
}

/// L3: there are so many sessions at most; those that have expired make room.
#[test]
fn sessions_are_bounded() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let display = |at: u16| {
        let mut bytes = [200; 32];
        bytes[..2].copy_from_slice(&at.to_le_bytes());
        Token(bytes)
    };
    let most = u16::try_from(MEET_SESSIONS).unwrap();
    rig.seat(meet, 2, "door");
    for at in 0..most - 2 {
        assert!(rig.get(from(1), seat.ask(DeskAsk::Display { token: display(at) })).is_ok());
    }
    let one_more = DeskAsk::Display { token: display(most) };
    assert_eq!(rig.code(from(1), seat.ask(one_more.clone())), ErrorCode::MeetFull);
    assert_eq!(rig.code(from(3), MeetRequest::Join(join(meet, 3, "door"))), ErrorCode::MeetFull);
    assert_eq!(rig.log(meet).desks().len(), 2, "nobody has joined without a session");
    rig.now += MEET_SESSION_MS - 1;
    rig.get(from(1), seat.ask(DeskAsk::Record)).unwrap();
    rig.now += 2;
    assert!(rig.get(from(1), seat.ask(one_more)).is_ok(), "desk 2's has expired");
}

/// L12: a display may only look, and lives until the meet is finished or it is revoked.
#[test]
fn displays_only_look() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let make = seat.ask(DeskAsk::Display { token: token(60) });
    let Ok(MeetAnswer::Display(no)) = rig.get(from(1), make.clone()) else { panic!("a display") };
    assert_eq!(rig.get(from(1), make), Ok(MeetAnswer::Display(no)), "asked again");
    let session = Session { token: token(60), ..seat.session };
    let display = Seat { session, ..seat };
    for ask in [
        DeskAsk::Update(Vec::new()),
        DeskAsk::Pull { have: Have::default(), wait: false },
        DeskAsk::Sessions,
        DeskAsk::Revoke(no),
        DeskAsk::Record,
    ] {
        assert_eq!(rig.code(from(1), display.ask(ask)), ErrorCode::DisplayOnly);
    }
    let own = seat.ask(DeskAsk::Display { token: token(1) });
    assert_eq!(rig.code(from(1), own), ErrorCode::BadSession, "a desk's token is no display's");
    rig.now += 10 * MEET_SESSION_MS;
    assert!(rig.public(session, None, None).reset, "it does not expire");
    rig.get(from(1), MeetRequest::Join(Join { ..join(session.meet, 1, "table") })).unwrap();
    assert_eq!(rig.get(from(1), seat.ask(DeskAsk::Revoke(no))), Ok(MeetAnswer::Ended));
    let public = MeetRequest::Public { session, have: None, from: None, wait: false };
    assert_eq!(rig.code(from(1), public), ErrorCode::BadSession);
}

/// The stage is driven by one desk, and can be taken over; updates of it by others are rejected.
#[test]
fn one_desk_drives_a_stage() {
    let mut rig = Rig::new();
    let (first, _) = rig.meet();
    let second = rig.seat(first.session.meet, 2, "door");
    let stage = StageNo::new(1).unwrap();
    let drive = |claim| DeskAsk::Drive { stage, claim };
    let done = |answer| if let Ok(MeetAnswer::Done(seq)) = answer { seq } else { panic!("{answer:?}") };
    assert_eq!(done(rig.get(from(1), first.ask(drive(Claim::Leave)))), MeetSeq(0), "nobody drove it");
    let taken = done(rig.get(from(1), first.ask(drive(Claim::Take))));
    assert_eq!(done(rig.get(from(1), first.ask(drive(Claim::Take)))), taken, "asked again");
    assert_eq!(rig.code(from(2), second.ask(drive(Claim::Take))), ErrorCode::StageTaken);
    assert_eq!(done(rig.get(from(2), second.ask(drive(Claim::Leave)))), taken, "it was not its own");
    let over = done(rig.get(from(2), second.ask(drive(Claim::TakeOver))));
    assert!(over > taken);
    let live = Value::Stage(Stage { flight: "A".to_owned(), lift: None, attempt: None, lifter: None });
    let rejected = rig.set(first, &[("live[1]", live.clone())]);
    assert!(matches!(&rejected.acks[0].verdict, scorelay_protocol::meet::line::Verdict::Rejected(_)));
    let accepted = rig.set(second, &[("live[1]", live)]);
    assert!(matches!(&accepted.acks[0].verdict, scorelay_protocol::meet::line::Verdict::Accepted { .. }));
    let left = done(rig.get(from(2), second.ask(drive(Claim::Leave))));
    assert_eq!(done(rig.get(from(2), second.ask(drive(Claim::Leave)))), left);
    assert_eq!(rig.log(first.session.meet).driver(stage), None);
}

/// L1: locations are added by the creating one.
#[test]
fn locations_are_added() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let meet = seat.session.meet;
    let other = rig.seat(meet, 2, "door");
    let add = |name: &str, priority| DeskAsk::AddLocation(location(name, priority));
    let Ok(MeetAnswer::Done(seq)) = rig.get(from(1), seat.ask(add("stage", 7))) else { panic!("added") };
    assert_eq!(rig.get(from(1), seat.ask(add("stage", 7))), Ok(MeetAnswer::Done(seq)), "asked again");
    assert_eq!(rig.get(from(1), seat.ask(add("scale", 10))), Ok(MeetAnswer::Done(MeetSeq(1))), "there from the first");
    assert_eq!(rig.code(from(1), seat.ask(add("stage", 8))), ErrorCode::BadLocations);
    assert_eq!(rig.code(from(1), seat.ask(add("", 8))), ErrorCode::BadLocations);
    assert_eq!(rig.code(from(2), other.ask(add("cellar", 8))), ErrorCode::NotCreator);
    assert!(matches!(&rig.stored(meet).line(seq).unwrap().what, What::Location(added) if added.name == "stage"));
    rig.seat(meet, 3, "stage");
    for at in rig.log(meet).locations().len()..MEET_LOCATIONS {
        rig.get(from(1), seat.ask(add(&format!("room {at}"), 1))).unwrap();
    }
    assert_eq!(rig.code(from(1), seat.ask(add("cellar", 8))), ErrorCode::MeetFull);
}

/// L13, T4: nothing of one meet is in another: not its lines, not by its sessions, not under its numbers.
#[test]
fn meets_are_apart() {
    let mut rig = Rig::new();
    let (first, _) = rig.meet();
    let made = rig.get(from(2), MeetRequest::Create(create(2)));
    let Ok(MeetAnswer::Opened(opened)) = made else { panic!("made") };
    let second = Seat { desk: 2, session: Session { meet: opened.meet, token: token(2) } };
    assert_ne!(first.session.meet, second.session.meet);
    for crossed in
        [Session { meet: second.session.meet, token: token(1) }, Session { meet: first.session.meet, token: token(2) }]
    {
        let seat = Seat { desk: 1, session: crossed };
        assert_eq!(rig.code(from(1), seat.ask(DeskAsk::Sessions)), ErrorCode::BadSession);
        let public = MeetRequest::Public { session: crossed, have: None, from: None, wait: true };
        assert_eq!(rig.code(from(1), public), ErrorCode::BadSession);
    }
    // A long poll of one does not wake by a line of the other.
    let log = rig.pull_all(first);
    let have = Have { seq: log.head(), hash: log.hash() };
    let waits = rig.ask(from(1), first.ask(DeskAsk::Pull { have, wait: true }));
    rig.set(second, &[("meet.name", text("the second"))]);
    assert!(rig.answer(waits).is_none());
    let other = rig.pull_all(second);
    assert_eq!(rig.code(from(1), first.ask(DeskAsk::Revoke(SessionNo(5)))), ErrorCode::NoSuchSession);
    let have = Have { seq: other.head(), hash: other.hash() };
    let pulled = rig.get(from(1), first.ask(DeskAsk::Pull { have, wait: false }));
    assert_eq!(pulled, Ok(MeetAnswer::Diverged), "the other's log is none of this meet's");
    rig.set(first, &[("meet.name", text("the first"))]);
    assert!(rig.answer(waits).unwrap().is_ok());
    let names = [first, second].map(|seat| rig.pull_all(seat).state().get("meet.name".parse().unwrap()));
    assert_eq!(names, [text("the first"), text("the second")]);
}
