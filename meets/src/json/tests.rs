//! A line and its text belong together one to one; values come back bit by bit.

use proptest::prelude::*;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{
    Author, DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority,
};
use scorelay_protocol::meet::leaf::{EntryLeaf, Kind, MeetLeaf};
use scorelay_protocol::meet::line::{Joined, Line, Location, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path, StageNo};
use scorelay_protocol::meet::receipt::ChainHash;
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Plate, Real, Stage, Value};
use serde_json::json;

use super::*;
use crate::chain::then;

fn real() -> impl Strategy<Value = Real> {
    let special = prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN_POSITIVE / 2.0, 1e16, 0.1 + 0.2, 1e21]);
    let any = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |number| number.is_finite());
    prop_oneof![special, any].prop_map(|number| Real::new(number).unwrap())
}

fn leaf(kind: Kind) -> BoxedStrategy<LeafValue> {
    let text = || any::<String>();
    let value = match kind {
        Kind::Text(_) => text().prop_map(LeafValue::Text).boxed(),
        Kind::Flag => any::<bool>().prop_map(LeafValue::Flag).boxed(),
        Kind::Number => real().prop_map(LeafValue::Number).boxed(),
        Kind::Texts => prop::collection::vec(text(), 0..3).prop_map(LeafValue::Texts).boxed(),
        Kind::Numbers => prop::collection::vec(real(), 0..3).prop_map(LeafValue::Numbers).boxed(),
        Kind::Plates => {
            let plate = (real(), any::<u32>(), text()).prop_map(|(kg, pairs, color)| Plate { kg, pairs, color });
            prop::collection::vec(plate, 0..3).prop_map(LeafValue::Plates).boxed()
        }
    };
    prop_oneof![1 => Just(LeafValue::Null), 6 => value].boxed()
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let results = vec![AttemptResult::Open, AttemptResult::Good, AttemptResult::NoLift];
    (real(), prop::sample::select(results)).prop_map(|(kg, result)| Attempt { kg, result })
}

fn lift() -> impl Strategy<Value = Lift> {
    prop::sample::select(Lift::ALL.to_vec())
}

fn attempt_no() -> impl Strategy<Value = AttemptNo> {
    (1..=5u8).prop_map(|no| AttemptNo::new(no).unwrap())
}

fn entry_state() -> impl Strategy<Value = EntryState> {
    let leaves = prop::collection::vec(
        prop::sample::select(EntryLeaf::ALL.to_vec())
            .prop_flat_map(|name| leaf(name.kind()).prop_map(move |v| (name, v))),
        0..6,
    );
    let attempts = prop::collection::vec(((lift(), attempt_no()), attempt()), 0..4);
    (leaves, attempts).prop_map(|(leaves, attempts)| EntryState {
        leaves: leaves.into_iter().collect(),
        attempts: attempts.into_iter().collect(),
    })
}

fn setting() -> impl Strategy<Value = (Path, Value)> {
    let no = || any::<u32>().prop_map(EntryNo);
    let absent = |value: BoxedStrategy<Value>| prop_oneof![1 => Just(Value::Absent), 6 => value];
    let meet = prop::sample::select(MeetLeaf::ALL.to_vec())
        .prop_flat_map(move |name| (Just(Path::Meet(name)), absent(leaf(name.kind()).prop_map(Value::Leaf).boxed())));
    let of_entry = (no(), prop::sample::select(EntryLeaf::ALL.to_vec())).prop_flat_map(move |(no, name)| {
        (Just(Path::EntryLeaf(no, name)), absent(leaf(name.kind()).prop_map(Value::Leaf).boxed()))
    });
    let lifted = (no(), lift(), attempt_no()).prop_flat_map(move |(no, lift, attempt_no)| {
        (Just(Path::Attempt(no, lift, attempt_no)), absent(attempt().prop_map(Value::Attempt).boxed()))
    });
    let entry = (no().prop_map(Path::Entry), entry_state().prop_map(Value::Entry));
    let stage = (any::<String>(), prop::option::of(lift()), prop::option::of(attempt_no()), prop::option::of(no()))
        .prop_map(|(flight, lift, attempt, lifter)| Value::Stage(Stage { flight, lift, attempt, lifter }));
    let stage = ((1..=99u8).prop_map(|no| Path::Stage(StageNo::new(no).unwrap())), absent(stage.boxed()));
    prop_oneof![meet, of_entry, lifted, entry, stage]
}

fn position() -> impl Strategy<Value = MeetPosition> {
    any::<(u64, u64)>().prop_map(|(epoch, seq)| MeetPosition { epoch: MeetEpoch(epoch), seq: MeetSeq(seq) })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let seq = || any::<u64>().prop_map(MeetSeq);
    let accepted = (prop::collection::vec(seq(), 0..3), prop::option::of(seq()))
        .prop_map(|(overrules, hidden_by)| Verdict::Accepted { overrules, hidden_by });
    let words = vec![
        Rejection::NoSuchEntry,
        Rejection::EntryExists,
        Rejection::NotYourBlock,
        Rejection::NotDriver,
        Rejection::Late,
    ];
    let rejected = prop_oneof![seq().prop_map(|winner| Rejection::Conflict { winner }), prop::sample::select(words)];
    prop_oneof![accepted, rejected.prop_map(Verdict::Rejected)]
}

fn location() -> impl Strategy<Value = Location> {
    (any::<String>(), 0..=1_000u16)
        .prop_map(|(name, priority)| Location { name, priority: Priority::new(priority).unwrap() })
}

fn what() -> impl Strategy<Value = What> {
    let author = || any::<u16>().prop_map(Author);
    let created = (0..MeetId::COUNT, any::<[u8; 16]>(), prop::collection::vec(location(), 0..3))
        .prop_map(|(id, uid, locations)| What::Created { id: MeetId::new(id).unwrap(), uid: MeetUid(uid), locations });
    let joined = (any::<[u8; 16]>(), any::<u16>(), any::<u32>()).prop_map(|(desk, location, first)| {
        What::Joined(Joined { desk: DeskId(desk), location, first_entry: EntryNo(first) })
    });
    let update = (author(), any::<u64>(), position(), setting(), prop::option::of(position()), verdict()).prop_map(
        |(author, local, after, (path, value), merged_from, verdict)| {
            What::Update(Update { author, local: LocalSeq(local), after, path, value, merged_from, verdict })
        },
    );
    let driver = ((1..=99u8), prop::option::of(author()))
        .prop_map(|(stage, author)| What::Driver { stage: StageNo::new(stage).unwrap(), author });
    let published = (author(), any::<u32>(), any::<[u8; 32]>()).prop_map(|(author, number, csv)| What::Published {
        author,
        number,
        csv,
    });
    prop_oneof![
        1 => created,
        1 => any::<u64>().prop_map(|epoch| What::Epoch(MeetEpoch(epoch))),
        1 => location().prop_map(What::Location),
        1 => joined,
        8 => update,
        1 => driver,
        1 => published,
        1 => Just(What::Finished),
        1 => Just(What::Reopened),
    ]
}

fn lines() -> impl Strategy<Value = Line> {
    (any::<u64>(), what()).prop_map(|(at, what)| Line { at: UnixMillis(at), what })
}

proptest! {
    /// L18, L19: any line comes back as it was, bit by bit, and takes one line of a file.
    #[test]
    fn a_line_comes_back_as_it_was(seq in any::<u64>(), line in lines(), hash in any::<[u8; 32]>()) {
        let (seq, hash) = (MeetSeq(seq), ChainHash(hash));
        let text = line_to_json(seq, &line, hash);
        prop_assert!(!text.contains(['\n', '\r']));
        prop_assert_eq!(line_from_json(&text), Ok(LogLine { seq, line, hash }));
    }

    /// L10: whichever byte of a log is another one, it is noticed.
    #[test]
    fn a_flipped_byte_is_noticed(line in lines(), at in any::<prop::sample::Index>(), flip in 1..=255u8) {
        let hash = then(ChainHash::default(), &line);
        let mut bytes = line_to_json(MeetSeq(1), &line, hash).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let read = std::str::from_utf8(&bytes).ok().and_then(|text| line_from_json(text).ok());
        let believed = read.is_some_and(|read| {
            read.seq == MeetSeq(1) && then(ChainHash::default(), &read.line) == read.hash
        });
        prop_assert!(!believed, "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_value_comes_back_as_it_was((path, value) in setting()) {
        prop_assert_eq!(value_from_json(path, &value_to_json(&value)), Ok(value));
    }
}

/// L18: what an operator sees in a text editor.
#[test]
fn a_line_can_be_read_by_people() {
    let update = Update {
        author: Author(1),
        local: LocalSeq(4),
        after: MeetPosition { epoch: MeetEpoch(0xAB), seq: MeetSeq(17) },
        path: "registration.entries[5000].squat[2]".parse().unwrap(),
        value: Value::Attempt(Attempt { kg: Real::new(220.0).unwrap(), result: AttemptResult::Good }),
        merged_from: None,
        verdict: Verdict::Accepted { overrules: vec![MeetSeq(16)], hidden_by: None },
    };
    let line = Line { at: UnixMillis(1_704_067_199_042), what: What::Update(update) };
    let text = line_to_json(MeetSeq(18), &line, ChainHash([0xCD; 32]));
    let expected = format!(
        "{}{}{}{}",
        r#"{"seq":18,"at":1704067199042,"time":"2023-12-31T23:59:59.042Z","update":{"author":1,"local":4,"#,
        r#""after":{"epoch":"00000000000000ab","seq":17},"path":"registration.entries[5000].squat[2]","#,
        r#""value":{"kg":220.0,"result":"good"},"accepted":{"overrules":[16]}},"hash":""#,
        "cd".repeat(32) + r#""}"#,
    );
    assert_eq!(text, expected);
    for other in [text.replace("220.0", "220"), text.replace(":18,", ": 18,"), text.replace("cd", "CD"), text + " "] {
        assert!(line_from_json(&other).is_err(), "{other}");
    }
}

#[test]
fn values_are_read_as_programs_write_them() {
    let read = |path: &str, json| value_from_json(path.parse().unwrap(), &json);
    let weight = read("registration.entries[1].bodyweightKg", json!(82)).unwrap();
    assert_eq!(weight, Value::Leaf(LeafValue::Number(Real::new(82.0).unwrap())));
    assert_eq!(read("meet.name", json!(null)), Ok(Value::Leaf(LeafValue::Null)));
    assert_eq!(read("meet.name", json!({"absent": true})), Ok(Value::Absent));
    let stage = read("live[1]", json!({"flight": "A"})).unwrap();
    assert_eq!(stage, Value::Stage(Stage { flight: "A".into(), lift: None, attempt: None, lifter: None }));
    for (path, json) in [
        ("meet.name", json!(1)),
        ("meet.inKg", json!("true")),
        ("meet.divisions", json!("Open")),
        ("registration.entries[1]", json!({"absent": true})),
        ("registration.entries[1]", json!({"password": "x"})),
        ("registration.entries[1].squat[1]", json!({"kg": 1})),
        ("registration.entries[1].squat[1]", json!({"kg": 1, "result": "maybe"})),
        ("registration.entries[1].squat[1]", json!({"kg": 1, "result": "good", "lbs": 2})),
        ("live[1]", json!({"flight": "A", "attempt": 6})),
    ] {
        assert!(read(path, json.clone()).is_err(), "{path} {json}");
    }
}

/// L19: a whole state, entries in the order they were made.
#[test]
fn a_state_is_one_object() {
    let mut state = MeetState::default();
    let entry = |name: &str| {
        let leaves = [(EntryLeaf::Name, LeafValue::Text(name.into()))];
        Value::Entry(EntryState { leaves: leaves.into(), ..EntryState::default() })
    };
    assert!(state.set(MeetSeq(3), Path::Entry(EntryNo(15_000)), &entry("First")));
    assert!(state.set(MeetSeq(4), Path::Entry(EntryNo(5_000)), &entry("Second")));
    assert!(state.set(MeetSeq(5), "meet.inKg".parse().unwrap(), &Value::Leaf(LeafValue::Flag(true))));
    let expected = json!({
        "meet": {"inKg": true},
        "entries": [{"id": 15_000, "created": 3, "name": "First"}, {"id": 5_000, "created": 4, "name": "Second"}],
        "live": {},
    });
    assert_eq!(state_to_json(&state), expected);
}
