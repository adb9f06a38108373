//! What is refused, with its own code each, and never a token or a password in the text.

use scorelay_client::core::meet::{Command, Opening};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::{MeetId, Priority};
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::path::StageNo;
use scorelay_protocol::meet::request::{Claim, SessionNo};
use scorelay_protocol::meet::secret::Typed;

use super::house::{House, PASSWORD, name};

fn opening(location: &str, named: &[&str], password: &str) -> Opening {
    let priority = Priority::new(1).expect("it is below 1000");
    let locations = named.iter().map(|name| Location { name: (*name).to_owned(), priority });
    Opening::Create { location: location.to_owned(), locations: locations.collect(), password: Typed::new(password) }
}

/// L1, L2, L12: a meet that cannot be made or joined.
#[test]
fn who_cannot_get_in() {
    let house = House::open();
    let (meet, _seats) = house.meet(&[10]);
    let join = |meet: MeetId, location: &str, password: &str| Opening::Join {
        meet,
        location: location.to_owned(),
        password: Typed::new(password),
    };
    let other = (0..).filter_map(MeetId::new).find(|id| *id != meet).expect("there are many ids");
    let long = "x".repeat(129);
    let cases = [
        (opening("a", &["a"], "too short"), ErrorCode::BadPassword),
        (opening("a", &["a"], &long), ErrorCode::BadPassword),
        (opening("a", &["b"], PASSWORD), ErrorCode::BadLocations),
        (opening("a", &["a", "a"], PASSWORD), ErrorCode::BadLocations),
        (opening("a", &[], PASSWORD), ErrorCode::BadLocations),
        (join(meet, &name(0), "not the password"), ErrorCode::BadLogin),
        (join(other, &name(0), PASSWORD), ErrorCode::BadLogin),
        (join(meet, "nowhere", PASSWORD), ErrorCode::NoSuchLocation),
    ];
    let mut logins = Vec::new();
    for (no, (opening, code)) in cases.into_iter().enumerate() {
        let seat = house.seat(10 + no);
        seat.online(house.origin(no));
        seat.begin(opening);
        let error = seat.refused();
        assert_eq!(error.code, code, "{no}: {error}");
        assert!(!error.message.contains("not the password") && !error.message.contains(PASSWORD), "{error}");
        if code == ErrorCode::BadLogin {
            logins.push(error.message);
        }
    }
    assert_eq!(logins[0], logins[1], "one answer for a wrong id and a wrong password");
}

/// L3, L11, L12: what a desk in the meet may not do.
#[test]
fn what_desks_cannot_do() {
    let house = House::open();
    let (_, seats) = house.meet(&[10, 10]);
    let code = |seat: usize, command| seats[seat].ask(command).expect_err("it is refused").code;
    let priority = Priority::new(1).expect("it is below 1000");
    let location = |name: &str| Command::AddLocation(Location { name: name.to_owned(), priority });
    assert_eq!(code(1, location("new")), ErrorCode::NotCreator);
    assert_eq!(code(0, location(&name(0))), ErrorCode::BadLocations);
    assert_eq!(code(0, Command::Revoke(SessionNo(77))), ErrorCode::NoSuchSession);
    let publish =
        || Command::Publish { csv: b"Place,Name\n".to_vec(), return_address: "a@example.org".to_owned(), force: false };
    assert_eq!(code(1, publish()), ErrorCode::NotCreator);
    let stage = StageNo::new(1).expect("there is a first stage");
    seats[0].ask(Command::Drive(stage, Claim::Take)).expect("nobody drives it");
    assert_eq!(code(1, Command::Drive(stage, Claim::Take)), ErrorCode::StageTaken);
    seats[1].ask(Command::Drive(stage, Claim::TakeOver)).expect("it can be taken over");
    let old = Typed::new("not the password");
    let new = Typed::new("another good password");
    assert_eq!(code(0, Command::Password { old, new: new.clone() }), ErrorCode::BadLogin);
    seats[0].ask(Command::Password { old: Typed::new(PASSWORD), new }).expect("the old one was right");
}
