//! The scenarios of meets, by name: what desks hold after lost connections, conflicts and losses of the core, on
//! virtual time. The same over real processes is in `server/tests`; random ones are in the simulation's runs.

mod conflicts;
mod losses;
mod plain;
mod size;

use scorelay_protocol::meet::path::{EntryNo, Path};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Real, Value};
use scorelay_sim::gym::Gym;

fn path(text: &str) -> Path {
    text.parse().expect("tests name paths")
}

fn text(text: &str) -> Value {
    Value::Leaf(LeafValue::Text(text.to_owned()))
}

fn number(number: f64) -> Value {
    Value::Leaf(LeafValue::Number(Real::new(number).expect("tests name numbers")))
}

fn attempt(kg: f64, result: AttemptResult) -> Value {
    Value::Attempt(Attempt { kg: Real::new(kg).expect("tests name numbers"), result })
}

fn set(gym: &mut Gym, seat: usize, at: &str, value: Value) {
    gym.with(seat, |desk, now| desk.edit(now, path(at), value)).expect("tests set what can be set");
}

/// A desk makes an entry of its own block; gives its id.
fn enter(gym: &mut Gym, seat: usize, nth: u32) -> EntryNo {
    let desk = gym.desk(seat);
    let own = desk.desk().author().and_then(|author| desk.log().desk(author)).expect("it has joined");
    let entry = EntryNo(own.joined.first_entry.0 + nth);
    let made = gym.with(seat, |desk, now| desk.edit(now, Path::Entry(entry), Value::Entry(EntryState::default())));
    made.expect("an id of its own block is free");
    entry
}

/// What is shown at a path.
fn shown(gym: &Gym, seat: usize, at: &str) -> Value {
    gym.desk(seat).shown().get(path(at))
}

/// What every desk shows at a path, once all are level.
fn everywhere(gym: &Gym, desks: usize, at: &str) -> Value {
    let value = shown(gym, 0, at);
    assert!((1..desks).all(|seat| shown(gym, seat, at) == value), "{at} is not the same everywhere");
    value
}

/// A meet with so many desks, the first having made it, at locations of these priorities.
fn meet(seed: u64, priorities: &[u16]) -> (Gym, scorelay_protocol::meet::ids::MeetId) {
    let mut gym = Gym::new(seed, priorities.len());
    let meet = gym.create(0, priorities);
    for seat in 1..priorities.len() {
        gym.join(seat, meet);
    }
    gym.settle();
    (gym, meet)
}
