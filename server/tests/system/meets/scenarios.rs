//! The seed's scenarios, by name. After each all desks hold the core's log, byte for byte.

use std::time::Duration;

use scorelay_protocol::meet::value::{EntryState, Value};

use super::house::{House, join, text};
use super::seat::Seat;
use crate::until::throughout;

const NAME: &str = "meet.name";
const CITY: &str = "meet.city";

fn shows(seat: &Seat, path: &str) -> Value {
    seat.seen().shown.get(path.parse().expect("tests name paths"))
}

/// L1, L2, L4, L5, L18: two desks on two relays of a chain set different things at once.
#[test]
fn two_desks_disjoint() {
    let house = House::open();
    let (meet, seats) = house.meet(&[10, 10]);
    for nth in 0..10 {
        for seat in &seats {
            let first = seat.seen().first_entry.expect("it has joined");
            let entry = format!("registration.entries[{}]", first.0 + nth);
            seat.set(&entry, Value::Entry(EntryState::default()));
            seat.set(&format!("{entry}.name"), text(&format!("lifter {nth}")));
        }
    }
    house.check(meet, &seats);
    assert_eq!(seats[0].seen().shown.entries().len(), 20);
}

/// L7: a desk offline, over a restart of its program; without conflict.
#[test]
fn desk_offline() {
    let house = House::open();
    let (meet, seats) = house.meet(&[10, 10]);
    seats[1].offline();
    seats[1].set(NAME, text("from the cellar"));
    seats[0].set(CITY, text("meanwhile"));
    seats[0].until("it is sent", |seen| seen.pending == 0);
    seats[1].until("it waits", |seen| seen.pending == 1);
    seats[1].offline();
    assert_eq!(shows(&seats[1], NAME), text("from the cellar"), "over a restart");
    seats[1].online(house.origin(1));
    house.check(meet, &seats);
    assert_eq!((shows(&seats[0], NAME), shows(&seats[1], CITY)), (text("from the cellar"), text("meanwhile")));
}

/// L8: two offline and one online in mutual conflict, returning one after the other.
#[test]
fn two_offline_one_online_in_mutual_conflict() {
    let house = House::open();
    let (meet, seats) = house.meet(&[50, 10, 100]);
    seats[1].offline();
    seats[2].offline();
    for (no, seat) in seats.iter().enumerate() {
        seat.set(NAME, text(&format!("by {no}")));
    }
    seats[0].until("it is sent", |seen| seen.pending == 0);
    seats[1].online(house.origin(1));
    seats[1].level();
    seats[2].online(house.origin(0));
    house.check(meet, &seats);
    assert!(seats.iter().all(|seat| shows(seat, NAME) == text("by 2")));
    let lost = |no: usize| seats[no].seen().overruled.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    assert_eq!([lost(0), lost(1), lost(2)], [vec![text("by 0")], vec![text("by 1")], vec![]]);
}

/// L8: one of two returns much later than the other, when what it set was corrected.
#[test]
fn one_returning_much_later() {
    let house = House::open();
    let (meet, seats) = house.meet(&[50, 50, 50]);
    seats[1].offline();
    seats[2].offline();
    seats[1].set(NAME, text("first back"));
    seats[2].set(NAME, text("later"));
    seats[1].online(house.origin(1));
    seats[1].level();
    seats[0].until("it has seen that", |seen| seen.shown.get(NAME.parse().expect("a path")) == text("first back"));
    seats[0].set(NAME, text("corrected"));
    seats[0].until("it is sent", |seen| seen.pending == 0);
    seats[2].online(house.origin(1));
    house.check(meet, &seats);
    assert!(seats.iter().all(|seat| shows(seat, NAME) == text("corrected")));
    assert_eq!(seats[2].seen().overruled.len(), 1);
}

/// L10: both return to a core that lost all its files.
#[test]
fn both_returning_to_a_core_that_lost_everything() {
    let mut house = House::open();
    let (meet, seats) = house.meet(&[10, 20]);
    seats[0].set(NAME, text("kept by desks"));
    house.check(meet, &seats);
    for seat in &seats {
        seat.offline();
    }
    house.kill();
    std::fs::remove_dir_all(house.dir().join("data")).expect("the data directory can be removed");
    seats[0].set(CITY, text("by 0"));
    seats[1].set(CITY, text("by 1"));
    house.start();
    for (no, seat) in seats.iter().enumerate() {
        seat.online(house.origin(no));
        seat.logged_out();
        join(seat, no, meet);
    }
    house.check(meet, &seats);
    assert!(seats.iter().all(|seat| shows(seat, NAME) == text("kept by desks")));
    assert!(seats.iter().all(|seat| shows(seat, CITY) == text("by 1")), "the higher location's");
    assert_eq!(seats[0].seen().overruled.len(), 1);
}

/// L5, L6, L8: a desk moves to a relay that stood still and is behind: it is never shown less than it has seen, and
/// what it sets there is judged by what it had seen before.
#[test]
fn a_desk_moving_to_a_relay_that_lags() {
    let house = House::open();
    let (meet, seats) = house.meet(&[10, 10]);
    seats[1].offline();
    seats[1].online(house.origin(0));
    seats[1].level();
    house.stand_still(1, true);
    seats[0].set(NAME, text("seen by both"));
    seats[1].until("it has seen that", |seen| seen.shown.get(NAME.parse().expect("a path")) == text("seen by both"));
    seats[1].offline();
    seats[1].set(NAME, text("with that in mind"));
    let head = seats[1].until("it waits", |seen| seen.pending == 1).head;
    seats[1].online(house.origin(1));
    throughout("it keeps what it has seen", Duration::from_millis(300), || {
        let seen = seats[1].seen();
        seen.head == head && seen.pending == 1
    });
    house.stand_still(1, false);
    house.check(meet, &seats);
    assert!(seats.iter().all(|seat| shows(seat, NAME) == text("with that in mind")));
    assert!(seats.iter().all(|seat| seat.seen().overruled.is_empty()), "nobody was overruled");
}

/// L9, L10: a flipped byte in the core's file: the good prefix is served, desks bring the rest.
#[test]
fn a_flipped_byte() {
    let mut house = House::open();
    let (meet, seats) = house.meet(&[10, 20]);
    for nth in 0..5 {
        seats[0].set(NAME, text(&format!("number {nth}")));
        seats[0].level();
    }
    house.check(meet, &seats);
    house.kill();
    let folder = house.current().join(meet.digits());
    let file = folder.join("updates.json.log");
    let mut bytes = std::fs::read(&file).expect("the log can be read");
    let at = bytes.len() * 3 / 4;
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).expect("the log can be written");
    house.start();
    house.check(meet, &seats);
    assert!(seats.iter().all(|seat| shows(seat, NAME) == text("number 4")));
    let names = std::fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.file_name());
    assert!(names.into_iter().any(|name| name.to_string_lossy().contains("bad")), "the file was set aside");
}
