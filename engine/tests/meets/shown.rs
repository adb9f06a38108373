//! What displays see: all of it in parts, then changes; nothing private in any byte, nothing before it is on the disk.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scorelay_meets::audience::all_for_displays;
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{MEET_PUBLIC_BYTES, MEET_PULL_MS};
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChanges};
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::leaf::{Audience, EntryLeaf, Kind};
use scorelay_protocol::meet::path::{EntryNo, Path};
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest, PublicAt, Session};
use scorelay_protocol::meet::value::{EntryState, LeafValue, Real, Value};

use crate::rig::{Rig, Seat, from, text, token};

fn display(rig: &mut Rig, seat: Seat) -> Session {
    rig.get(from(1), seat.ask(DeskAsk::Display { token: token(60) })).unwrap();
    Session { token: token(60), ..seat.session }
}

/// What somebody holds who takes what is told.
#[derive(Default)]
struct Screen {
    shown: BTreeMap<Path, Value>,
    at: Option<PublicAt>,
    bytes: Vec<u8>,
}

impl Screen {
    fn take(&mut self, public: PublicChanges) {
        self.bytes.extend(codec::encode(&MeetAnswer::Public(public.clone())));
        if public.reset {
            self.shown.clear();
        }
        for change in public.changes {
            let entry = change.path.entry().map(Path::Entry).filter(|entry| *entry != change.path);
            match (entry.and_then(|entry| self.shown.get_mut(&entry)), change.value, change.path) {
                (Some(Value::Entry(entry)), Value::Leaf(value), Path::EntryLeaf(_, leaf)) => {
                    entry.leaves.insert(leaf, value);
                }
                (Some(Value::Entry(entry)), Value::Absent, Path::EntryLeaf(_, leaf)) => {
                    entry.leaves.remove(&leaf);
                }
                (None, Value::Absent, path) => {
                    self.shown.remove(&path);
                }
                (_, value, path) => {
                    self.shown.insert(path, value);
                }
            }
        }
    }

    /// Asks until it has all.
    fn follow(&mut self, rig: &mut Rig, session: Session) -> usize {
        let first = rig.public(session, self.at, None);
        self.at = Some(first.at);
        let (mut next, mut parts) = (first.next, 1);
        self.take(first);
        while let Some(path) = next {
            let part = rig.public(session, None, Some(path));
            next = part.next;
            self.take(part);
            parts += 1;
        }
        parts
    }
}

/// L5, L14: a display that waits is told what changed for it, once it is on the disk, and nothing of what it may not
/// see.
#[test]
fn a_display_follows() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let session = display(&mut rig, seat);
    let mut screen = Screen::default();
    screen.follow(&mut rig, session);
    let wait = |at| MeetRequest::Public { session, have: at, from: None, wait: true };
    let waits = rig.ask(from(5), wait(screen.at));
    let entry = rig.log(session.meet).desks()[0].joined.first_entry.0;
    let path = |leaf: &str| format!("registration.entries[{entry}]{leaf}");
    let made = Value::Entry(EntryState::default());
    let batch = rig.proposals(seat, &[(&path(""), made), (&path(".name"), text("Ada"))]);
    rig.ask(from(1), seat.ask(DeskAsk::Update(batch)));
    assert!(rig.answer(waits).is_none(), "not on the disk");
    rig.settle();
    let Some(Ok(MeetAnswer::Public(public))) = rig.answer(waits) else { panic!("woken") };
    assert!(!public.reset && public.changes.len() == 1, "the entry as it now is");
    let created = public.changes[0].seq;
    screen.at = Some(public.at);
    screen.take(public);
    // What it may not see does not wake it.
    let waits = rig.ask(from(5), wait(screen.at));
    rig.set(seat, &[(&path(".email"), text("ada@example.org"))]);
    assert!(rig.answer(waits).is_none());
    rig.pass(MEET_PULL_MS);
    let Some(Ok(MeetAnswer::Public(public))) = rig.answer(waits) else { panic!("ended") };
    assert!(public.changes.is_empty() && public.at.seq == rig.log(session.meet).head());
    rig.set(seat, &[(&path(".name"), text("Ada L"))]);
    let after = rig.public(session, Some(public.at), None);
    assert_eq!(after.changes.len(), 1);
    assert!(after.changes[0].seq > created);
    screen.take(after);
    let all: BTreeMap<_, _> = all_for_displays(rig.log(session.meet).state()).collect();
    assert_eq!(screen.shown, all);
    // A start of the core, and a position that is none, begin anew.
    let at = screen.at.unwrap();
    let odd = PublicAt { seq: MeetSeq(999), ..at };
    assert!(rig.public(session, Some(odd), None).reset);
    rig.restart();
    rig.settle();
    assert!(rig.public(session, Some(at), None).reset);
}

/// A large meet is told in parts, each bounded, and in the end all of it is there.
#[test]
fn a_large_meet_comes_in_parts() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let session = display(&mut rig, seat);
    let entry = rig.log(session.meet).desks()[0].joined.first_entry.0;
    let lists = LeafValue::Texts(vec!["x".repeat(200); 40]);
    let whole = EntryState { leaves: [(EntryLeaf::Divisions, lists)].into(), ..EntryState::default() };
    for batch in 0..4 {
        let paths: Vec<_> = (0..50).map(|at| format!("registration.entries[{}]", entry + batch * 50 + at)).collect();
        let sets: Vec<_> = paths.iter().map(|path| (path.as_str(), Value::Entry(whole.clone()))).collect();
        assert!(rig.set(seat, &sets).stopped.is_none());
    }
    rig.set(seat, &[("meet.name", text("large"))]);
    let mut screen = Screen::default();
    assert_eq!(screen.follow(&mut rig, session), 4);
    let all: BTreeMap<_, _> = all_for_displays(rig.log(session.meet).state()).collect();
    assert_eq!(screen.shown, all);
    let first = rig.public(session, None, None);
    assert!(codec::encoded_len(&first) <= MEET_PUBLIC_BYTES && first.next.is_some());
    // Too much has changed to be told as changes: all of it anew.
    let at = PublicAt { seq: MeetSeq(4), ..first.at };
    assert!(rig.public(session, Some(at), None).reset);
}

/// T4: a token that is no session's watches nothing.
#[test]
fn a_token_is_needed() {
    let mut rig = Rig::new();
    let (seat, _) = rig.meet();
    let session = Session { token: token(61), ..seat.session };
    let public = MeetRequest::Public { session, have: None, from: None, wait: true };
    assert_eq!(rig.code(from(1), public), ErrorCode::BadSession);
}

const SECRET: &str = "for desks only";

fn marked(leaf: EntryLeaf, choice: u8) -> LeafValue {
    let mark = if leaf.audience() == Audience::Public { format!("{}", choice) } else { SECRET.to_owned() };
    match leaf.kind() {
        Kind::Text(_) => LeafValue::Text(mark),
        Kind::Texts => LeafValue::Texts(vec![mark]),
        Kind::Flag => LeafValue::Flag(choice.is_multiple_of(2)),
        Kind::Number => LeafValue::Number(Real::new(f64::from(choice)).unwrap()),
        Kind::Numbers => LeafValue::Numbers(Vec::new()),
        Kind::Plates => LeafValue::Plates(Vec::new()),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Whole { entry: u32, leaves: Vec<usize> },
    Leaf { entry: u32, leaf: usize, choice: u8, absent: bool },
    Look,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let leaf = 0..EntryLeaf::ALL.len();
    let whole =
        (0..4u32, prop::collection::vec(leaf.clone(), 0..12)).prop_map(|(entry, leaves)| Step::Whole { entry, leaves });
    let one = (0..4u32, leaf, 0..5u8, any::<bool>()).prop_map(|(entry, leaf, choice, absent)| Step::Leaf {
        entry,
        leaf,
        choice,
        absent,
    });
    prop::collection::vec(prop_oneof![2 => whole, 8 => one, 3 => Just(Step::Look), 1 => Just(Step::Restart)], 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// L17: whatever is set in whatever order, no private leaf is in a byte that a display gets, and what it sees is
    /// what it may see of the state.
    #[test]
    fn nothing_private_is_in_any_byte(steps in steps()) {
        let mut rig = Rig::new();
        let (seat, _) = rig.meet();
        let session = display(&mut rig, seat);
        let first = rig.log(session.meet).desks()[0].joined.first_entry.0;
        let mut screen = Screen::default();
        let mut private = 0;
        for step in steps {
            match step {
                Step::Whole { entry, leaves } => {
                    let leaves = leaves.into_iter().map(|at| EntryLeaf::ALL[at]);
                    let leaves: BTreeMap<_, _> = leaves.map(|leaf| (leaf, marked(leaf, 1))).collect();
                    private += leaves.keys().filter(|leaf| leaf.audience() != Audience::Public).count();
                    let whole = Value::Entry(EntryState { leaves, ..EntryState::default() });
                    rig.set(seat, &[(&Path::Entry(EntryNo(first + entry)).to_string(), whole)]);
                }
                Step::Leaf { entry, leaf, choice, absent } => {
                    let leaf = EntryLeaf::ALL[leaf];
                    let value = if absent { Value::Absent } else { Value::Leaf(marked(leaf, choice)) };
                    rig.set(seat, &[(&Path::EntryLeaf(EntryNo(first + entry), leaf).to_string(), value)]);
                }
                Step::Look => drop(screen.follow(&mut rig, session)),
                Step::Restart => {
                    rig.restart();
                    rig.settle();
                }
            }
        }
        screen.follow(&mut rig, session);
        let all: BTreeMap<_, _> = all_for_displays(rig.log(session.meet).state()).collect();
        prop_assert_eq!(&screen.shown, &all);
        let found = screen.bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        prop_assert!(!found, "{} private leaves were set whole", private);
        for entry in screen.shown.values().filter_map(|value| if let Value::Entry(entry) = value { Some(entry) } else { None }) {
            prop_assert!(entry.leaves.keys().all(|leaf| leaf.audience() == Audience::Public));
        }
    }
}
