//! Random histories of a meet: four desks of three locations that set a few paths, having seen more or less of the log.
//!
//! What is checked of them is said by the tests that use this.

use proptest::prelude::*;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{DeskId, MeetEpoch, MeetId, MeetUid, Priority};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::line::{Joined, Line, Location, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path, StageNo};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Real, Stage, Value};

/// When everything happens.
pub(crate) const NOW: UnixMillis = UnixMillis(1_000);

/// Something that happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Set { author: u16, path: Path, value: Value, lag: u64, old_epoch: bool },
    Repeat { author: u16, back: u64, other: bool },
    Restart,
    Drive { author: Option<u16> },
    Finish { again: bool },
}

/// A few paths, so that desks meet on them.
pub(crate) fn paths() -> impl Strategy<Value = Path> {
    let entry = prop_oneof![Just(5_000u32), Just(5_001), Just(15_000)].prop_map(EntryNo);
    let stage = StageNo::new(1).expect("invariant: stages begin at 1");
    let attempt = AttemptNo::new(2).expect("invariant: there are five attempts");
    entry.prop_flat_map(move |entry| {
        prop_oneof![
            Just(Path::Meet(MeetLeaf::Name)),
            Just(Path::Entry(entry)),
            Just(Path::EntryLeaf(entry, EntryLeaf::BodyweightKg)),
            Just(Path::EntryLeaf(entry, EntryLeaf::Deleted)),
            Just(Path::Attempt(entry, Lift::Squat, attempt)),
            Just(Path::Stage(stage)),
        ]
    })
}

/// A value that the path takes.
pub(crate) fn value(path: Path, choice: u8) -> Value {
    let real = Real::new(f64::from(choice)).expect("invariant: small whole numbers are finite");
    match path {
        _ if choice == 3 && !matches!(path, Path::Entry(_)) => Value::Absent,
        Path::Meet(_) => Value::Leaf(LeafValue::Text(choice.to_string())),
        Path::Entry(_) => {
            let leaves = [(EntryLeaf::BodyweightKg, LeafValue::Number(real))];
            Value::Entry(EntryState { leaves: leaves.into(), ..EntryState::default() })
        }
        Path::EntryLeaf(_, EntryLeaf::Deleted) => Value::Leaf(LeafValue::Flag(choice.is_multiple_of(2))),
        Path::EntryLeaf(..) => Value::Leaf(LeafValue::Number(real)),
        Path::Attempt(..) => Value::Attempt(Attempt { kg: real, result: AttemptResult::Good }),
        Path::Stage(_) => Value::Stage(Stage { flight: choice.to_string(), lift: None, attempt: None, lifter: None }),
    }
}

/// A history.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let set = (0..4u16, paths(), 0..4u8, 0..12u64, prop::bool::weighted(0.2)).prop_map(
        |(author, path, choice, lag, old_epoch)| Step::Set { author, path, value: value(path, choice), lag, old_epoch },
    );
    let repeat =
        (0..4u16, 0..3u64, any::<bool>()).prop_map(|(author, back, other)| Step::Repeat { author, back, other });
    let drive = prop::option::of(0..4u16).prop_map(|author| Step::Drive { author });
    let finish = any::<bool>().prop_map(|again| Step::Finish { again });
    prop::collection::vec(
        prop_oneof![30 => set, 3 => repeat, 2 => Just(Step::Restart), 2 => drive, 1 => finish],
        1..120,
    )
}

/// A line written now.
pub(crate) fn line(what: What) -> Line {
    Line { at: NOW, what }
}

/// Four desks: two of one location, one above, one below.
pub(crate) fn new_log(priorities: [u16; 3]) -> MeetLog {
    let mut log = MeetLog::new();
    let location = |(at, priority): (usize, &u16)| Location {
        name: format!("location {at}"),
        priority: Priority::new(*priority).expect("invariant: drawn in range"),
    };
    let locations = priorities.iter().enumerate().map(location).collect();
    let id = MeetId::new(1).expect("invariant: nine digits");
    log.push(line(What::Created { id, uid: MeetUid([9; 16]), locations })).expect("a log begins so");
    log.push(line(What::Epoch(MeetEpoch(1)))).expect("an epoch follows");
    for (at, place) in [0u16, 0, 1, 2].into_iter().enumerate() {
        let first_entry = log.next_block().expect("there are blocks for four");
        let desk = DeskId([u8::try_from(at).expect("four desks"); 16]);
        log.push(line(What::Joined(Joined { desk, location: place, first_entry }))).expect("desks join");
    }
    log
}
