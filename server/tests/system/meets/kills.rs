//! `kill -9` of the core at random moments under load: nothing acknowledged is ever missing, nothing is there twice.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use scorelay_client::core::meet::DeskState;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::line::What;
use scorelay_protocol::meet::value::{LeafValue, Value};

use super::house::{House, text};
use crate::until::{DEADLINE, throughout, until};

/// Three desks set things all the time while the core dies so often.
fn kills(count: usize) {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(count as u64);
    let mut house = House::open();
    let (meet, seats) = house.meet(&[10, 10, 20]);
    let paths = ["meet.name", "meet.city", "meet.state", "meet.country"];
    let mut last: BTreeMap<(usize, &str), String> = BTreeMap::new();
    let mut set = 0;
    for kill in 0..count {
        // Whoever is back first is enough; the others are somewhere between offline and level.
        until("a desk is live", DEADLINE, || {
            seats.iter().any(|seat| seat.seen().state == DeskState::Live).then_some(())
        });
        let moments = random.random_range(1..40);
        for _ in 0..moments {
            for (no, seat) in seats.iter().enumerate() {
                let path = paths[random.random_range(0..paths.len())];
                set += 1;
                let value = format!("{no}: {set}");
                seat.set(path, text(&value));
                last.insert((no, path), value);
            }
            throughout("a moment passes", Duration::from_millis(random.random_range(0..15)), || true);
        }
        house.kill();
        throughout("it is away", Duration::from_millis(random.random_range(0..100)), || true);
        house.start();
        if kill % 10 == 9 {
            house.check(meet, &seats);
        }
    }
    house.check(meet, &seats);
    let (log, _) = house.log(meet);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in log.lines_after(MeetSeq(0)) {
        if let What::Update(update) = &line.what
            && let Value::Leaf(LeafValue::Text(text)) = &update.value
        {
            *seen.entry(text.clone()).or_default() += 1;
        }
    }
    for ((no, path), value) in &last {
        assert_eq!(seen.get(value), Some(&1), "what desk {no} set {path} to last");
    }
    assert!(seen.values().all(|count| *count == 1), "nothing is there twice");
    println!("{set} edits, {} lines, {count} kills", log.head());
}

/// L3, L4, L9: ten kills.
#[test]
fn ten_kills_under_load() {
    kills(10);
}

/// L3, L4, L9: two hundred.
#[test]
#[ignore = "takes minutes: run by `cargo xtask test --long`"]
fn two_hundred_kills_under_load() {
    kills(200);
}
