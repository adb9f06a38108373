//! The states of a desk, and how it comes from one to the next.

use std::collections::BTreeMap;

use scorelay_client::core::Millis;
use scorelay_client::core::meet::{
    Command, DeskEvent, DeskState, Done, LoggedOut, MeetDesk, Opening, OpeningError, Restoring,
};
use scorelay_meets::desk::Why;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::DeskId;
use scorelay_protocol::meet::line::Rejection;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest};
use scorelay_protocol::meet::secret::{Token, Typed};

use crate::hall::{Hall, join, locations, password, text};

const NAME: &str = "meet.name";

/// L1, L5, L6: two desks are let in, and what one sets the other shows.
#[test]
fn what_one_sets_the_other_shows() {
    let mut hall = Hall::new(1);
    let meet = hall.meet(&["platform"]);
    hall.edit(0, NAME, text("Open"));
    hall.edit(1, "meet.city", text("Bern"));
    hall.settle();
    hall.check_level(meet);
    let path: Path = NAME.parse().unwrap();
    assert_eq!(hall.seats[1].desk.shown().get(path), text("Open"));
    // A pull always waits at the core.
    let last = hall.seats[1].asked.last();
    assert!(matches!(last, Some(MeetRequest::Desk { ask: DeskAsk::Pull { wait: true, .. }, .. })), "{last:?}");
}

/// L2: a refused join leaves the desk as it was; a refused one of a restarted program asks with the same token.
#[test]
fn opening_is_refused_or_asked_again() {
    let mut hall = Hall::new(2);
    let meet = hall.meet(&[]);
    let seat = hall.seat(MeetDesk::new(3), BTreeMap::new());
    hall.connect(seat);
    let wrong = Opening::Join { meet, location: "door".to_owned(), password: Typed::new("not the one!") };
    hall.open(seat, wrong);
    assert_eq!(hall.seats[seat].desk.state(), DeskState::Opening);
    hall.pass(10_000);
    assert_eq!(hall.seats[seat].desk.state(), DeskState::NotJoined);
    let refused = hall.seats[seat].events.iter().find_map(|event| match event {
        DeskEvent::NotOpened(why) => Some(why.code),
        _ => None,
    });
    assert_eq!(refused, Some(ErrorCode::BadLogin));
    let token = hall.seats[seat].desk.session().map(|session| session.token);
    hall.reload(seat);
    assert_eq!(hall.seats[seat].desk.state(), DeskState::NotJoined);
    hall.open(seat, join(meet, "door"));
    assert_eq!(hall.seats[seat].desk.session().map(|session| session.token), token);
    let taken = hall.seats[seat].desk.open(Millis(hall.now), join(meet, "door"), Token([1; 32]), DeskId([1; 16]));
    assert_eq!(taken, Err(OpeningError::TakesPart));
    hall.pass(30_000);
    hall.check_level(meet);
}

/// L1: the answer to a create is lost, and the program ends; asked again, there is one meet.
#[test]
fn a_lost_create_is_asked_again() {
    let mut hall = Hall::new(3);
    let seat = hall.seat(MeetDesk::new(1), BTreeMap::new());
    let create = || Opening::Create { location: "desk".to_owned(), locations: locations(), password: password() };
    hall.connect(seat);
    hall.seats[seat].deaf = true;
    hall.open(seat, create());
    hall.pass(5_000);
    assert_eq!((hall.seats[seat].desk.meet(), hall.disk().len()), (None, 1));
    hall.reload(seat);
    hall.seats[seat].deaf = false;
    hall.open(seat, create());
    hall.pass(5_000);
    assert_eq!((hall.seats[seat].desk.state(), hall.disk().len()), (DeskState::Live, 1));
    assert_eq!(hall.seats[seat].desk.meet(), hall.disk().keys().next().copied());
}

/// L7: edits of an offline desk are shown, survive its restart, and are sent when it is back.
#[test]
fn offline_edits_survive_a_restart() {
    let mut hall = Hall::new(4);
    let meet = hall.meet(&["platform"]);
    hall.disconnect(1);
    assert_eq!(hall.seats[1].desk.state(), DeskState::Offline { why: None });
    hall.edit(1, NAME, text("while offline"));
    hall.edit(1, "meet.city", text("Bern"));
    hall.settle();
    hall.reload(1);
    assert_eq!(hall.seats[1].desk.pending(), 2);
    assert_eq!(hall.seats[1].desk.shown().get(NAME.parse().unwrap()), text("while offline"));
    hall.connect(1);
    hall.pass(5_000);
    hall.check_level(meet);
    assert_eq!(hall.lines_with(meet, &text("while offline")), 1);
}

/// L9: the core starts again with what it had; desks go on.
#[test]
fn the_core_starts_again() {
    let mut hall = Hall::new(5);
    let meet = hall.meet(&["platform"]);
    hall.edit(0, NAME, text("before"));
    hall.settle();
    hall.restart();
    hall.edit(1, NAME, text("after"));
    hall.pass(5_000);
    hall.check_level(meet);
    assert_eq!(hall.lines_with(meet, &text("after")), 1);
}

/// L10: the core comes back from an older backup: a desk brings what is missing, and the others follow.
#[test]
fn a_desk_brings_back_a_lost_tail() {
    let mut hall = Hall::new(6);
    let meet = hall.meet(&["platform", "door"]);
    let backup = hall.disk();
    hall.edit(0, NAME, text("lost by the core"));
    hall.edit(1, "meet.city", text("Bern"));
    hall.settle();
    hall.start(backup);
    hall.edit(2, "meet.state", text("BE"));
    hall.pass(20_000);
    hall.check_level(meet);
    for value in ["lost by the core", "Bern", "BE"] {
        assert_eq!(hall.lines_with(meet, &text(value)), 1, "{value}");
    }
    let recovered = hall.seats.iter().any(|seat| {
        seat.asked.iter().any(|asked| matches!(asked, MeetRequest::Desk { ask: DeskAsk::Recover { .. }, .. }))
    });
    assert!(recovered);
}

/// L10: the core went on from an older backup, and only then a desk returns with what was lost and more.
#[test]
fn logs_that_went_on_apart_become_one() {
    let mut hall = Hall::new(7);
    let meet = hall.meet(&["platform", "door"]);
    let backup = hall.disk();
    hall.edit(1, NAME, text("old branch"));
    hall.edit(1, "meet.city", text("Bern"));
    hall.settle();
    hall.disconnect(0);
    hall.disconnect(1);
    hall.disconnect(2);
    hall.edit(1, "meet.country", text("CH"));
    // The desk at the door never saw the old branch.
    let kept = {
        let mut other = Hall::new(7);
        other.meet(&["platform", "door"]);
        other.settle();
        other.seats[2].kept.clone()
    };
    hall.seats[2].kept = kept;
    hall.reload(2);
    hall.start(backup);
    hall.connect(2);
    hall.pass(5_000);
    hall.edit(2, NAME, text("new branch"));
    hall.pass(5_000);
    hall.connect(1);
    hall.pass(20_000);
    hall.connect(0);
    hall.pass(20_000);
    hall.check_level(meet);
    for value in ["old branch", "Bern", "CH", "new branch"] {
        assert_eq!(hall.lines_with(meet, &text(value)), 1, "{value}");
    }
}

/// L10: a core that lost everything but its key gets the meet from a desk, and desks are let in by the password.
#[test]
fn a_desk_brings_back_the_whole_meet() {
    let mut hall = Hall::new(8);
    let meet = hall.meet(&["platform"]);
    hall.edit(0, NAME, text("kept by desks"));
    hall.settle();
    hall.disconnect(1);
    hall.edit(1, "meet.city", text("pending meanwhile"));
    hall.start(BTreeMap::new());
    hall.pass(20_000);
    let restored = DeskState::LoggedOut(LoggedOut::PasswordNeeded { restored: true });
    assert_eq!(hall.seats[0].desk.state(), restored);
    hall.connect(1);
    hall.pass(20_000);
    let known = DeskState::LoggedOut(LoggedOut::PasswordNeeded { restored: false });
    assert_eq!(hall.seats[1].desk.state(), known);
    hall.reload(1);
    assert_eq!(hall.seats[1].desk.state(), known);
    for seat in 0..2 {
        hall.open(seat, join(meet, "platform"));
    }
    hall.pass(20_000);
    hall.check_level(meet);
    assert_eq!(hall.lines_with(meet, &text("pending meanwhile")), 1);
}

/// L10: a desk that is told to join with the password after a restart finds that the core lost everything: it brings
/// the meet back, and is let in without being asked again.
#[test]
fn joining_again_brings_back_the_whole_meet() {
    let mut hall = Hall::new(9);
    let meet = hall.meet(&[]);
    let session = hall.seats[0].desk.session().and_then(|session| session.member).unwrap().session;
    hall.seats[0].desk.command(Millis(hall.now), Command::Revoke(session));
    hall.settle();
    assert_eq!(hall.seats[0].desk.state(), DeskState::LoggedOut(LoggedOut::Left));
    hall.start(BTreeMap::new());
    hall.seats[0].asked.clear();
    hall.open(0, join(meet, "desk"));
    hall.pass(30_000);
    hall.check_level(meet);
    let asked = &hall.seats[0].asked;
    let joins = asked.iter().filter(|ask| matches!(ask, MeetRequest::Join(_))).count();
    assert!(
        matches!(asked[0], MeetRequest::Claim(_)) && joins == 1,
        "no join is tried that must look like a wrong password"
    );
    let other = hall.seats[0].desk.open(Millis(hall.now), join(meet, "desk"), Token([1; 32]), DeskId([1; 16]));
    assert_eq!(other, Err(OpeningError::TakesPart));
}

/// L10: while it brings the meet back it says so, first that it asks, then how far it is.
#[test]
fn restoring_is_shown() {
    let mut hall = Hall::new(10);
    hall.meet(&[]);
    hall.start(BTreeMap::new());
    let mut seen = Vec::new();
    for _ in 0..200 {
        if let DeskState::Restoring(restoring) = hall.seats[0].desk.state() {
            seen.push(restoring);
        }
        hall.step(0);
    }
    let uploads = |restoring: &Restoring| matches!(restoring, Restoring::Uploading { sent: 0, total: 1.. });
    assert!(seen.first() == Some(&Restoring::Claiming) && seen.last().is_some_and(uploads), "{seen:?}");
    assert!(matches!(hall.seats[0].desk.state(), DeskState::LoggedOut(_)));
}

/// L11: what is edited after the end is shown as too late, and a correction goes through once it is opened again.
#[test]
fn late_changes_are_shown() {
    let mut hall = Hall::new(11);
    let meet = hall.meet(&["platform"]);
    hall.disconnect(1);
    hall.edit(1, NAME, text("too late"));
    hall.edit(0, "meet.city", text("Bern"));
    hall.settle();
    let publish =
        Command::Publish { csv: vec![b'x'; 100_000], return_address: "results@example.org".to_owned(), force: true };
    let no = hall.seats[0].desk.command(Millis(hall.now), publish);
    hall.pass(5_000);
    let answer = hall.seats[0].events.iter().find_map(|event| match event {
        DeskEvent::Answer(of, answer) if *of == no => Some(answer.clone()),
        _ => None,
    });
    assert!(matches!(answer, Some(Ok(Done::Published { number: 1, .. }))), "{answer:?}");
    assert!(hall.seats[0].desk.is_finished());
    hall.connect(1);
    hall.pass(5_000);
    hall.check_level(meet);
    let [late] = hall.seats[1].desk.overruled() else { panic!("one change is too late") };
    assert_eq!((&late.value, late.why), (&text("too late"), Why::Rejected(Rejection::Late)));
}

/// L4, L8: a change that loses is shown with the line that stands; used again, knowing that, it is judged anew.
#[test]
fn what_lost_can_be_set_again() {
    let mut hall = Hall::new(12);
    let meet = hall.meet(&["platform"]);
    hall.disconnect(1);
    hall.edit(1, NAME, text("platform's"));
    hall.settle();
    hall.edit(0, NAME, text("desk's"));
    hall.settle();
    hall.connect(1);
    hall.pass(5_000);
    hall.check_level(meet);
    let [lost] = hall.seats[1].desk.overruled() else { panic!("one change lost") };
    let seq = lost.seq;
    assert!(matches!(lost.why, Why::Rejected(Rejection::Conflict { .. })), "{lost:?}");
    hall.reload(1);
    hall.pass(5_000);
    hall.seats[1].desk.again(Millis(hall.now), seq).unwrap();
    hall.pass(5_000);
    hall.check_level(meet);
    assert_eq!(hall.seats[0].desk.shown().get(NAME.parse().unwrap()), text("platform's"));
    assert!(hall.seats[1].desk.overruled().is_empty());
}
