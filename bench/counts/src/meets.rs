//! A meet's paths: the core judges updates and writes their lines, a desk takes lines, and edits.

use scorelay_meets::desk::Desk;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{
    Author, DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority,
};
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::line::{Joined, Line, Location, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path};
use scorelay_protocol::meet::request::Proposal;
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Real, Value};

use crate::counted::counted;
use crate::draw::Draw;

const NOW: UnixMillis = UnixMillis(1_000_000);
const EPOCH: MeetEpoch = MeetEpoch(1);
/// Desks, each of a location of its own.
const DESKS: u16 = 4;
const ENTRIES: u32 = 60;
const UPDATES: usize = 1_000;

/// A meet with its desks and entries, before anybody has lifted.
fn meet() -> MeetLog {
    let mut log = MeetLog::new();
    let place = |at| Location { name: format!("desk {at}"), priority: Priority::new(at * 10).expect("in range") };
    let locations = (0..DESKS).map(place).collect();
    let id = MeetId::new(1).expect("nine digits");
    let mut push = |what| log.push(Line { at: NOW, what }).map(|_| log.next_block()).expect("it follows");
    push(What::Created { id, uid: MeetUid([9; 16]), locations });
    let mut block = push(What::Epoch(EPOCH));
    for at in 0..DESKS {
        let first_entry = block.expect("there are blocks");
        block = push(What::Joined(Joined { desk: desk_id(at), location: at, first_entry }));
    }
    for n in 0..ENTRIES {
        let name = LeafValue::Text(format!("Lifter {n}"));
        let state = EntryState { leaves: [(EntryLeaf::Name, name)].into(), ..EntryState::default() };
        let proposal = Proposal {
            local: LocalSeq(u64::from(n) + 1),
            after: MeetPosition { epoch: EPOCH, seq: log.head() },
            path: Path::Entry(EntryNo(5_000 + n)),
            value: Value::Entry(state),
        };
        log.answer(NOW, Author(0), proposal).expect("an update");
    }
    log
}

fn desk_id(at: u16) -> DeskId {
    DeskId([at as u8; 16])
}

/// What is set next: an attempt, now and then a body weight.
fn next_edit(mixed: &mut Draw) -> (Path, Value) {
    let entry = EntryNo(5_000 + mixed.below(ENTRIES));
    let kg = Real::new(f64::from(40 + mixed.below(400)) / 2.0).expect("finite");
    if mixed.below(4) == 0 {
        return (Path::EntryLeaf(entry, EntryLeaf::BodyweightKg), Value::Leaf(LeafValue::Number(kg)));
    }
    let lift = Lift::ALL[mixed.below(3) as usize];
    let attempt = AttemptNo::new(1 + mixed.below(3) as u8).expect("one of five");
    let result = [AttemptResult::Open, AttemptResult::Good, AttemptResult::NoLift][mixed.below(3) as usize];
    (Path::Attempt(entry, lift, attempt), Value::Attempt(Attempt { kg, result }))
}

/// Updates of all desks in turn, each having seen all but the last few lines.
fn proposals(log: &MeetLog) -> Vec<(Author, Proposal)> {
    let mut mixed = Draw(42);
    let mut locals = [1u64; DESKS as usize];
    locals[0] += u64::from(ENTRIES);
    let mut next = |n: usize| {
        let author = n as u16 % DESKS;
        let local = &mut locals[usize::from(author)];
        let seen = log.head().0 + (n as u64).saturating_sub(u64::from(mixed.below(6)));
        let (path, value) = next_edit(&mut mixed);
        let after = MeetPosition { epoch: EPOCH, seq: MeetSeq(seen) };
        let proposal = Proposal { local: LocalSeq(*local), after, path, value };
        *local += 1;
        (Author(author), proposal)
    };
    (0..UPDATES).map(&mut next).collect()
}

fn answer_all(log: &mut MeetLog, proposals: Vec<(Author, Proposal)>) {
    for (author, proposal) in proposals {
        log.answer(NOW, author, proposal).expect("an update");
    }
}

/// Updates into lines of the core's log.
pub(crate) fn judge() -> usize {
    let mut log = meet();
    let mut updates = Some(proposals(&log));
    counted(|| answer_all(&mut log, updates.take().unwrap_or_default()));
    assert_eq!(log.head().0 as usize, 2 + usize::from(DESKS) + ENTRIES as usize + UPDATES);
    UPDATES
}

/// Lines into a desk.
pub(crate) fn desk() -> usize {
    let mut log = meet();
    let mut desk = Desk::new(desk_id(1));
    let first = log.head();
    desk.take(log.lines_after(MeetSeq(0)).to_vec()).expect("a whole log");
    let updates = proposals(&log);
    answer_all(&mut log, updates);
    let mut lines = Some(log.lines_after(first).to_vec());
    let taken = counted(|| desk.take(lines.take().unwrap_or_default()));
    assert!(taken.is_ok() && desk.log().head() == log.head(), "the desk follows");
    UPDATES
}

/// Edits at a desk, each sent at once, and answered a little later.
pub(crate) fn edit() -> usize {
    let mut log = meet();
    let mut desk = Desk::new(desk_id(1));
    desk.take(log.lines_after(MeetSeq(0)).to_vec()).expect("a whole log");
    let mut mixed = Draw(42);
    let edits: Vec<_> = (0..UPDATES).map(|_| next_edit(&mut mixed)).collect();
    for some in edits.chunks(10) {
        let sent = counted(|| {
            some.iter()
                .cloned()
                .flat_map(|(path, value)| {
                    desk.edit(path, value).expect("a desk may set it");
                    desk.to_send(16)
                })
                .collect::<Vec<_>>()
        });
        let before = desk.log().head();
        answer_all(&mut log, sent.into_iter().map(|proposal| (Author(1), proposal)).collect());
        desk.take(log.lines_after(before).to_vec()).expect("it follows");
    }
    UPDATES
}
