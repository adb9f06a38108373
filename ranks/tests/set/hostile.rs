//! Whatever a link brings, in whatever order, a set ends in a state that agrees with itself, or in an error; it never
//! panics. What each error is stands in `errors.rs`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, PlatformNo, Stamp};
use scorelay_protocol::limits;
use scorelay_protocol::link::{
    Batch, Begin, Bind, BoardChanges, BoardDef, CaughtUp, Chunk, ChunkRow, DefChange, RowChange,
};
use scorelay_protocol::score::Units;
use scorelay_ranks::{BoardSet, SetEvent};

use crate::check;
use crate::writer::def;

#[derive(Debug, Clone)]
enum Step {
    Batch(Batch),
    Begin(Begin),
    Chunk(Chunk),
    CaughtUp(CaughtUp),
    /// Described anew, by itself.
    Advance(BatchSeq),
}

fn handle() -> impl Strategy<Value = Handle> {
    prop_oneof![20 => 0u32..12, 1 => Just(limits::HANDLES), 1 => Just(u32::MAX)].prop_map(Handle)
}

fn board() -> impl Strategy<Value = BoardNo> {
    prop_oneof![20 => 0u32..4, 1 => Just(u32::MAX)].prop_map(BoardNo)
}

fn score() -> impl Strategy<Value = Units> {
    prop_oneof![10 => -3i64..4, 1 => any::<i64>(), 1 => Just(limits::MAX_SCORE), 1 => Just(i64::MIN)]
}

fn platforms() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![8 => "[a-c]", 1 => Just(String::new()), 1 => Just("Bad".to_owned())];
    prop_oneof![4 => Just(vec![]), 1 => vec(name, 1..3)]
}

fn bind() -> impl Strategy<Value = Bind> {
    let id = prop_oneof![(0u64..6).prop_map(EntityId::Number), "[a-d]".prop_map(|t| EntityId::Text(t.into()))];
    let platform = prop_oneof![20 => 0u16..3, 1 => any::<u16>()].prop_map(PlatformNo);
    (handle(), platform, id).prop_map(|(handle, platform, id)| Bind { handle, entity: WireEntity { platform, id } })
}

fn definition() -> impl Strategy<Value = BoardDef> {
    let decimals = prop_oneof![8 => Just(2), 1 => any::<u8>()];
    (board(), decimals).prop_map(|(board, decimals)| BoardDef { decimals, ..def(board.0) })
}

fn step() -> impl Strategy<Value = Step> {
    let set = (handle(), score()).prop_map(|(handle, score)| RowChange::Set { handle, score });
    let change = prop_oneof![4 => set, 1 => handle().prop_map(|handle| RowChange::Remove { handle })];
    let changes = (board(), vec(change, 0..6)).prop_map(|(board, changes)| BoardChanges { board, changes });
    let def = prop_oneof![4 => definition().prop_map(DefChange::Put), 1 => board().prop_map(DefChange::Gone)];
    let batch = (any::<u64>(), platforms(), vec(bind(), 0..4), vec(def, 0..2), vec(changes, 0..3), vec(handle(), 0..2));
    let batch = batch.prop_map(|(seq, platforms, binds, defs, boards, frees)| Batch {
        seq: BatchSeq(seq),
        platforms,
        binds,
        defs,
        boards,
        frees,
    });
    let row = (handle(), score(), any::<u64>().prop_map(Stamp));
    let row = prop_oneof![
        4 => row.prop_map(|(handle, score, stamp)| ChunkRow::Row { handle, score, stamp }),
        1 => handle().prop_map(|handle| ChunkRow::Gone { handle }),
    ];
    let chunk = (board(), vec(bind(), 0..5), vec(row, 0..6));
    let begin = (any::<bool>(), platforms(), vec(definition(), 0..4));
    let begin = begin.prop_map(|(reset, platforms, boards)| Begin { core: CoreEpoch(1), reset, platforms, boards });
    let end = (any::<u64>(), vec(handle(), 0..3));
    prop_oneof![
        4 => batch.prop_map(Step::Batch),
        4 => chunk.prop_map(|(board, binds, rows)| Step::Chunk(Chunk { board, binds, rows })),
        1 => begin.prop_map(Step::Begin),
        1 => end.prop_map(|(seq, frees)| Step::CaughtUp(CaughtUp { seq: BatchSeq(seq), frees })),
        1 => any::<u64>().prop_map(|seq| Step::Advance(BatchSeq(seq))),
    ]
}

/// Takes a step and gives the events of it.
fn take(set: &mut BoardSet, step: Step, in_sequence: bool) -> Vec<SetEvent> {
    let mut events = Vec::new();
    let mut observe = |event| events.push(event);
    // An error is as good as any other end: what it is depends on more than the step.
    let _ = match step {
        Step::Batch(batch) => {
            let seq = if in_sequence { BatchSeq(set.seq().0.wrapping_add(1)) } else { batch.seq };
            set.apply(&Batch { seq, ..batch }, &mut observe)
        }
        Step::Begin(begin) => set.rebegin(&begin, &mut observe),
        Step::Chunk(chunk) => set.chunk(&chunk, &mut observe),
        Step::CaughtUp(end) => set.caught_up(&end, &mut observe),
        Step::Advance(seq) => {
            set.advance(seq);
            Ok(())
        }
    };
    events
}

/// Three boards with eight rows each.
fn started() -> BoardSet {
    let platforms = ["a", "b"].map(str::to_owned).to_vec();
    let begin = Begin { core: CoreEpoch(1), reset: true, platforms, boards: (0..3).map(def).collect() };
    let mut set = BoardSet::begun(&begin).expect("a good beginning");
    for board in (0..3).map(BoardNo) {
        let entity = |id| WireEntity { platform: PlatformNo(0), id: EntityId::Number(id) };
        let bind = |handle: u32| Bind { handle: Handle(handle), entity: entity(u64::from(handle)) };
        let row = |handle| ChunkRow::Row { handle: Handle(handle), score: 1, stamp: Stamp(u64::from(handle)) };
        let chunk = Chunk { board, binds: (0..8).map(bind).collect(), rows: (0..8).map(row).collect() };
        set.chunk(&chunk, &mut |_| {}).expect("a good chunk");
    }
    set
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// E6: nothing that comes over a link can make a relay panic, nor leave a set that contradicts itself; not even
    /// going on after an error.
    #[test]
    fn nothing_that_comes_breaks_a_set(steps in vec((step(), prop::bool::weighted(0.9)), 1..30)) {
        let mut set = started();
        for (step, in_sequence) in steps {
            take(&mut set, step, in_sequence);
            prop_assert_eq!(check(&set), Ok(()));
            prop_assert!(set.handle_limit() <= 12, "only handles that were bound cost memory");
            prop_assert!(set.boards().count() <= 5 && set.platforms().len() <= limits::PLATFORMS);
            let mut scores = set.boards().flat_map(|(_, board)| board.rows().iter()).map(|(_, key)| key.score);
            prop_assert!(scores.all(|score| score.abs() <= limits::MAX_SCORE));
        }
    }
}

/// The steps drawn above do not all end before they change anything: else they would show nothing.
#[test]
fn hostile_steps_reach_far() {
    let mut runner = TestRunner::deterministic();
    let (mut moved, mut freed) = (0, 0);
    for _ in 0..100 {
        let mut set = started();
        for _ in 0..20 {
            let events = take(&mut set, step().new_tree(&mut runner).unwrap().current(), true);
            moved += events.iter().filter(|event| matches!(event, SetEvent::Moved(_))).count();
            freed += events.iter().filter(|event| matches!(event, SetEvent::Freed { .. })).count();
        }
    }
    assert!(moved > 1_000 && freed > 500, "{moved} rows moved, {freed} handles were freed");
}
