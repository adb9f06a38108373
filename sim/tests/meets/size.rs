//! A large meet: what it takes to go live, and to be joined.

use scorelay_protocol::limits::{CLIENT_FRAME_BYTES, MEET_CHUNK_BYTES, MEET_LOG_BYTES, MEET_VALUE_BYTES};
use scorelay_protocol::meet::leaf::{EntryLeaf, Kind};
use scorelay_protocol::meet::path::{AttemptNo, Lift};
use scorelay_sim::gym::Traffic;

use super::*;

const LIFTERS: u32 = 300;

/// An entry with everything set, as at the end of a meet.
fn lifter(nth: u32) -> EntryState {
    let mut state = EntryState::default();
    for leaf in EntryLeaf::ALL.iter().filter(|leaf| **leaf != EntryLeaf::Deleted) {
        let value = match leaf.kind() {
            Kind::Text(_) => LeafValue::Text(format!("{} of {nth}", leaf.name())),
            Kind::Flag => LeafValue::Flag(true),
            Kind::Number => LeafValue::Number(Real::new(f64::from(nth) + 0.5).expect("it is finite")),
            Kind::Texts => LeafValue::Texts(vec!["Open".to_owned(), "Masters 1".to_owned()]),
            Kind::Numbers | Kind::Plates => LeafValue::Null,
        };
        state.leaves.insert(*leaf, value);
    }
    for lift in Lift::ALL {
        for no in AttemptNo::all().take(3) {
            let kg = Real::new(100.0 + f64::from(nth)).expect("it is finite");
            state.attempts.insert((lift, no), Attempt { kg, result: AttemptResult::Good });
        }
    }
    state
}

/// L1, L4, L6: 300 lifters go live at once, and a new desk joins: bytes and messages are told, all within the limits.
#[test]
fn three_hundred_lifters_go_live_at_once() {
    let mut gym = Gym::new(50, 2);
    let id = gym.create(0, &[10]);
    let first = gym.desk(0).desk().author().and_then(|author| gym.desk(0).log().desk(author)).unwrap();
    let first = first.joined.first_entry.0;
    gym.traffic = Traffic::default();
    gym.with(0, |desk, now| {
        for nth in 0..LIFTERS {
            desk.edit(now, Path::Entry(EntryNo(first + nth)), Value::Entry(lifter(nth))).unwrap();
        }
    });
    gym.check(id);
    let live = gym.traffic;
    gym.traffic = Traffic::default();
    gym.join_as(1, 0, id);
    gym.check(id);
    let joined = gym.traffic;
    println!("going live: {live:?}; joining: {joined:?}; log of {} bytes", gym.desk(1).log_bytes());
    assert_eq!(gym.desk(1).shown().entries().len(), LIFTERS as usize);
    for traffic in [live, joined] {
        assert!(
            traffic.up.1 < CLIENT_FRAME_BYTES && traffic.down.1 < MEET_CHUNK_BYTES + MEET_VALUE_BYTES,
            "{traffic:?}"
        );
    }
    assert!(gym.desk(1).log_bytes() < MEET_LOG_BYTES / 10);
}
