//! `kill -9` of bridges in mid-batch, and of the core: every event counts exactly once.

use rand::{RngExt, SeedableRng};

use super::house::{Bridge, House, Kind, totals};

/// A bridge is fed and killed so often, every third time together with the core; kinds take turns at one journal.
fn kills(count: usize, kinds: &[Kind]) {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64((count + kinds.len()) as u64);
    let mut house = House::open();
    let link = house.unix();
    let mut in_flight = 0;
    let mut kind = kinds.iter().copied().cycle();
    let mut start = |house: &House| -> Bridge { house.bridge(kind.next().expect("a kind"), &link, "s", &[]) };
    for kill in 0..count {
        let mut bridge = start(&house);
        let (mut given, first) = (bridge.kept, bridge.kept);
        for _ in 0..random.random_range(2..10) {
            let batch = random.random_range(1..400);
            bridge.give(given + 1..=given + batch);
            given += batch;
        }
        // Somewhere between the first event of the first batch and the last acknowledgement.
        let target = random.random_range(first..=given);
        if random.random_bool(0.5) {
            bridge.reaches("some are kept", |bridge| bridge.kept >= target);
        } else {
            bridge.reaches("some are durable", |bridge| bridge.durable >= target);
        }
        in_flight += usize::from(bridge.durable < given);
        if kill % 3 == 2 {
            house.kill();
            bridge.kill();
            house.start();
        } else {
            bridge.kill();
        }
    }
    let mut bridge = start(&house);
    let last = bridge.kept + 100;
    bridge.give(bridge.kept + 1..=last);
    bridge.done();
    assert_eq!(house.scores("b"), totals(1..=last), "of {last} events");
    assert!(in_flight * 5 >= count, "{in_flight} of {count} kills came while events were under way");
    println!("{last} events, {count} kills, {in_flight} of them with events under way");
}

/// B3: ten kills of the program in Python.
#[test]
fn ten_kills_of_the_python_bridge() {
    kills(10, &[Kind::Python]);
}

/// B3: ten kills of the program in Rust.
#[test]
fn ten_kills_of_the_rust_bridge() {
    kills(10, &[Kind::Rust]);
}

/// B3: both take turns at one journal.
#[test]
fn one_goes_on_with_the_journal_of_the_other() {
    kills(4, &[Kind::Python, Kind::Rust]);
}

/// B3: a hundred kills of each.
#[test]
#[ignore = "takes minutes: run by `cargo xtask test --long`"]
fn a_hundred_kills_of_each() {
    kills(100, &[Kind::Python]);
    kills(100, &[Kind::Rust]);
}
