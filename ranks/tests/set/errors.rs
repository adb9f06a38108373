//! Every error of a set, from the writer's side and from a link's, and what is unchanged afterwards.

use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, PlatformNo, Stamp};
use scorelay_protocol::limits;
use scorelay_protocol::link::{
    Batch, Begin, Bind, BoardChanges, BoardDef, CaughtUp, Chunk, ChunkRow, DefChange, RowChange,
};
use scorelay_protocol::score::Units;
use scorelay_ranks::{BoardSet, SetError};

use crate::image;
use crate::walk::begin;
use crate::writer::{def, name};

const BOARD: BoardNo = BoardNo(1);
const NO_BOARD: BoardNo = BoardNo(77);
const ROW: Handle = Handle(0);
const NOBODY: Handle = Handle(5);

/// One board with one row.
fn set() -> BoardSet {
    let mut set = BoardSet::new(CoreEpoch(1));
    set.put_board(def(BOARD.0)).expect("a good definition");
    assert_eq!(set.intern(&name(0)).expect("there is room"), (ROW, true));
    set.set_row(BOARD, ROW, 5, Stamp(1)).expect("a good row");
    set
}

fn apply(batch: Batch) -> Result<(), SetError> {
    set().apply(&Batch { seq: BatchSeq(1), ..batch }, &mut |_| {})
}

fn change(board: BoardNo, change: RowChange) -> Batch {
    Batch { boards: vec![BoardChanges { board, changes: vec![change] }], ..Batch::default() }
}

fn set_to(board: BoardNo, handle: Handle, score: Units) -> Batch {
    change(board, RowChange::Set { handle, score })
}

fn bind(handle: u32, platform: u16) -> Bind {
    let entity = WireEntity { platform: PlatformNo(platform), id: EntityId::Number(9) };
    Bind { handle: Handle(handle), entity }
}

#[test]
fn batches_come_one_after_the_other() {
    for seq in [0, 2, u64::MAX] {
        let batch = Batch { seq: BatchSeq(seq), ..Batch::default() };
        let error = SetError::Sequence { after: BatchSeq(0), got: BatchSeq(seq) };
        assert_eq!(set().apply(&batch, &mut |_| {}), Err(error));
    }
    let mut last = set();
    last.advance(BatchSeq(u64::MAX));
    let error = last.apply(&Batch { seq: BatchSeq(7), ..Batch::default() }, &mut |_| {}).unwrap_err();
    assert_eq!(error, SetError::Sequence { after: BatchSeq(u64::MAX), got: BatchSeq(7) });
}

#[test]
fn boards_have_to_be_there() {
    assert_eq!(apply(set_to(NO_BOARD, ROW, 1)), Err(SetError::UnknownBoard(NO_BOARD)));
    let gone = Batch { defs: vec![DefChange::Gone(NO_BOARD)], ..Batch::default() };
    assert_eq!(apply(gone), Err(SetError::UnknownBoard(NO_BOARD)));
    let row = ChunkRow::Row { handle: ROW, score: 1, stamp: Stamp(1) };
    let chunk = Chunk { board: NO_BOARD, binds: vec![], rows: vec![row] };
    assert_eq!(set().chunk(&chunk, &mut |_| {}), Err(SetError::UnknownBoard(NO_BOARD)));
    assert_eq!(set().set_row(NO_BOARD, ROW, 1, Stamp(1)), Err(SetError::UnknownBoard(NO_BOARD)));
    assert_eq!(set().load_rows(NO_BOARD, &[]), Err(SetError::UnknownBoard(NO_BOARD)));
    assert_eq!(set().remove_row(NO_BOARD, ROW), None);
    assert_eq!(set().drop_board(NO_BOARD), None);
}

#[test]
fn rows_are_of_bound_handles() {
    for handle in [NOBODY, Handle(limits::HANDLES), Handle(u32::MAX)] {
        assert_eq!(apply(set_to(BOARD, handle, 1)), Err(SetError::Unbound(handle)));
        let error = SetError::NoRow { board: BOARD, handle };
        assert_eq!(apply(change(BOARD, RowChange::Remove { handle })), Err(error));
        let mut set = set();
        let before = image(&set);
        assert_eq!(set.set_row(BOARD, handle, 1, Stamp(1)), Err(SetError::Unbound(handle)));
        let rows = [(ROW, 1, Stamp(1)), (handle, 1, Stamp(2))];
        assert_eq!(set.load_rows(BOARD, &rows), Err(SetError::Unbound(handle)));
        assert_eq!(set.remove_row(BOARD, handle), None);
        assert_eq!((set.uses(handle), set.free(handle)), (0, Ok(())));
        assert_eq!(image(&set), before);
    }
    let gone = ChunkRow::Gone { handle: NOBODY };
    let chunk = Chunk { board: BOARD, binds: vec![], rows: vec![gone] };
    assert_eq!(set().chunk(&chunk, &mut |event| panic!("{event:?}")), Ok(()), "it is gone indeed");
}

#[test]
fn scores_are_in_bounds() {
    let error = SetError::Limit("units in a score");
    for score in [limits::MAX_SCORE + 1, -limits::MAX_SCORE - 1, i64::MAX, i64::MIN] {
        assert_eq!(apply(set_to(BOARD, ROW, score)), Err(error.clone()));
        let row = ChunkRow::Row { handle: ROW, score, stamp: Stamp(1) };
        let chunk = Chunk { board: BOARD, binds: vec![], rows: vec![row] };
        assert_eq!(set().chunk(&chunk, &mut |_| {}), Err(error.clone()));
        let mut set = set();
        let before = image(&set);
        assert_eq!(set.load_rows(BOARD, &[(ROW, score, Stamp(1))]), Err(error.clone()));
        assert_eq!(image(&set), before);
    }
    for score in [limits::MAX_SCORE, -limits::MAX_SCORE] {
        assert_eq!(apply(set_to(BOARD, ROW, score)), Ok(()));
    }
}

#[test]
fn handles_in_use_are_not_freed() {
    let error = || SetError::StillUsed(ROW);
    assert_eq!(set().free(ROW), Err(error()));
    assert_eq!(apply(Batch { frees: vec![ROW], ..Batch::default() }), Err(error()));
    let end = CaughtUp { seq: BatchSeq(1), frees: vec![ROW] };
    assert_eq!(set().caught_up(&end, &mut |_| {}), Err(error()));
    let nobody = CaughtUp { seq: BatchSeq(1), frees: vec![NOBODY, Handle(u32::MAX)] };
    assert_eq!(set().caught_up(&nobody, &mut |event| panic!("{event:?}")), Ok(()));
}

#[test]
fn handles_are_below_the_limit() {
    for handle in [limits::HANDLES, u32::MAX] {
        let mut set = set();
        let batch = Batch { seq: BatchSeq(1), binds: vec![bind(handle, 0)], ..Batch::default() };
        assert_eq!(set.apply(&batch, &mut |_| {}), Err(SetError::Limit("handles")));
        let chunk = Chunk { board: BOARD, binds: vec![bind(handle, 0)], rows: vec![] };
        assert_eq!(set.chunk(&chunk, &mut |_| {}), Err(SetError::Limit("handles")));
        assert_eq!(set.handle_limit(), 1, "no table grew");
    }
}

/// The tables by handle grow to the largest one used, and no further: that is what a handle may cost.
#[test]
fn a_handle_costs_the_tables_up_to_it() {
    const FAR: u32 = 3_000_000;
    let mut set = set();
    let small = set.board(BOARD).unwrap().rows().heap_bytes();
    let batch = Batch { seq: BatchSeq(1), binds: vec![bind(FAR, 0)], ..Batch::default() };
    set.apply(&batch, &mut |_| {}).unwrap();
    assert_eq!(set.handle_limit(), FAR + 1);
    assert_eq!(set.board(BOARD).unwrap().rows().heap_bytes(), small, "no board has a row of it");
    let row = Batch { seq: BatchSeq(2), ..set_to(BOARD, Handle(FAR), 1) };
    set.apply(&row, &mut |_| {}).unwrap();
    let grown = set.board(BOARD).unwrap().rows().heap_bytes() - small;
    assert!(grown < 2 * 4 * (FAR as usize + 1), "{grown} bytes for a table of {FAR} handles");
    let free = Batch {
        seq: BatchSeq(3),
        frees: vec![Handle(FAR)],
        ..change(BOARD, RowChange::Remove { handle: Handle(FAR) })
    };
    set.apply(&free, &mut |_| {}).unwrap();
    assert_eq!((set.wire(Handle(FAR)), set.uses(Handle(FAR))), (None, 0));
}

#[test]
fn platforms_are_named_before_they_are_used() {
    let binds = vec![bind(3, 1)];
    assert_eq!(apply(Batch { binds: binds.clone(), ..Batch::default() }), Err(SetError::Platform(1)));
    let named = Batch { platforms: vec!["irc".to_owned()], binds, ..Batch::default() };
    assert_eq!(apply(named), Ok(()));
    for bad in ["", "Twitch", "a b", "é", &"p".repeat(limits::PLATFORM_BYTES + 1)] {
        let platforms = vec![bad.to_owned()];
        assert_eq!(apply(Batch { platforms, ..Batch::default() }), Err(SetError::Platform(1)), "{bad}");
        assert_eq!(set().platform_no(bad), Err(SetError::Platform(1)), "{bad}");
    }
}

#[test]
fn there_is_a_limit_of_platforms() {
    let names = |count: usize| (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>();
    let most = Begin { platforms: names(limits::PLATFORMS), ..begin(&BoardSet::new(CoreEpoch(1)), true) };
    let mut full = BoardSet::begun(&most).unwrap();
    assert_eq!(full.platform_no("p7"), Ok((PlatformNo(7), false)));
    assert_eq!(full.platform_no("one-more"), Err(SetError::Limit("platforms")));
    assert_eq!(full.intern(&name(0)), Err(SetError::Limit("platforms")));
    let more = Begin { platforms: names(limits::PLATFORMS + 1), ..most };
    assert_eq!(BoardSet::begun(&more).unwrap_err(), SetError::Limit("platforms"));
    assert_eq!(full.rebegin(&more, &mut |_| {}), Err(SetError::Limit("platforms")));
}

/// Within a run of a core a platform keeps its number: else rows would change their entities.
#[test]
fn platforms_keep_their_names() {
    let mut set = set();
    let before = image(&set);
    let renamed = Begin { platforms: vec!["irc".to_owned()], ..begin(&set, false) };
    assert_eq!(set.rebegin(&renamed, &mut |_| {}), Err(SetError::Platform(0)));
    assert_eq!(image(&set), before);
    let fewer = Begin { platforms: vec![], ..begin(&set, false) };
    assert_eq!(set.rebegin(&fewer, &mut |_| {}), Ok(()));
    assert_eq!(image(&set), before);
}

#[test]
fn there_are_limits_of_boards() {
    let boards = |count: usize| (0..count as u32).map(def).collect::<Vec<_>>();
    let most = Begin { boards: boards(limits::BOARDS), ..begin(&BoardSet::new(CoreEpoch(1)), true) };
    let mut full = BoardSet::begun(&most).unwrap();
    assert_eq!(full.put_board(def(7)), Ok(()), "described anew");
    assert_eq!(full.put_board(def(999)), Err(SetError::Limit("boards")));
    let batch = Batch { seq: BatchSeq(1), defs: vec![DefChange::Put(def(999))], ..Batch::default() };
    assert_eq!(full.apply(&batch, &mut |_| {}), Err(SetError::Limit("boards")));
    let more = Begin { boards: boards(limits::BOARDS + 1), ..most };
    assert_eq!(BoardSet::begun(&more).unwrap_err(), SetError::Limit("boards"));

    let texts = SetError::Limit("characters in a board's texts");
    let long = |len: usize| "t".repeat(len);
    for (bad, error) in [
        (BoardDef { decimals: limits::MAX_DECIMALS + 1, ..def(1) }, SetError::Limit("decimals")),
        (BoardDef { id: String::new(), ..def(1) }, texts.clone()),
        (BoardDef { id: long(limits::BOARD_ID_BYTES + 1), ..def(1) }, texts.clone()),
        (BoardDef { title: long(limits::BOARD_TEXT_BYTES + 1), ..def(1) }, texts.clone()),
        (BoardDef { unit: long(limits::BOARD_TEXT_BYTES + 1), ..def(1) }, texts.clone()),
    ] {
        let mut set = set();
        let before = image(&set);
        assert_eq!(set.put_board(bad.clone()), Err(error.clone()));
        assert_eq!(image(&set), before);
        assert_eq!(apply(Batch { defs: vec![DefChange::Put(bad)], ..Batch::default() }), Err(error));
    }
}

#[test]
fn there_is_a_limit_of_changes() {
    let changes = |count| vec![RowChange::Set { handle: ROW, score: 1 }; count];
    let batch =
        |count| Batch { boards: vec![BoardChanges { board: BOARD, changes: changes(count) }], ..Batch::default() };
    assert_eq!(apply(batch(limits::BATCH_CHANGES)), Ok(()));
    assert_eq!(apply(batch(limits::BATCH_CHANGES + 1)), Err(SetError::Limit("changes in a batch")));
}
