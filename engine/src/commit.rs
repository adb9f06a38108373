//! What changed since the last commit, and how it becomes records. Scores are read when the commit is made, so a row
//! that changed in twenty batches is stored once. Sources keep note of their own watermarks, in `sources.rs`.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BoardNo, Handle, Stamp};
use scorelay_ranks::BoardSet;

use crate::record::{PlayerRecord, RowRecord};

/// Notes of what the store does not hold yet.
#[derive(Debug, Default)]
pub(crate) struct Uncommitted {
    /// Rows that were set. A handle may have come to stand for another entity since; then that one's row was set too,
    /// or there is none.
    set: Vec<(BoardNo, Handle)>,
    /// Rows that were removed; they may have come back since, and then were set too.
    removed: Vec<(BoardNo, Entity)>,
    /// Boards that are gone with all their rows.
    pub(crate) dropped: Vec<BoardNo>,
    /// Players of boards that were put aside; they play no more.
    pub(crate) players: Vec<PlayerRecord>,
    /// Whether the catalog changed.
    pub(crate) catalog: bool,
}

impl Uncommitted {
    /// Notes of a start that dropped these boards and may have changed the catalog.
    pub(crate) fn new(dropped: Vec<BoardNo>, catalog: bool) -> Self {
        Self { dropped, catalog, ..Self::default() }
    }

    /// Whether the store holds everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty()
            && self.removed.is_empty()
            && self.dropped.is_empty()
            && self.players.is_empty()
            && !self.catalog
    }

    /// A board is gone with all its rows.
    pub(crate) fn dropped(&mut self, board: BoardNo) {
        self.dropped.push(board);
        self.set.retain(|(no, _)| *no != board);
        self.removed.retain(|(no, _)| *no != board);
    }

    /// A row was set.
    pub(crate) fn set(&mut self, board: BoardNo, handle: Handle) {
        self.set.push((board, handle));
    }

    /// A row was removed.
    pub(crate) fn removed(&mut self, board: BoardNo, entity: Entity) {
        self.removed.push((board, entity));
    }

    /// All rows noted, as they now stand, each once: by board, those that are gone first.
    pub(crate) fn take_rows(&mut self, boards: &BoardSet) -> Vec<RowRecord> {
        let mut set = std::mem::take(&mut self.set);
        set.sort_unstable();
        set.dedup();
        let mut removed = std::mem::take(&mut self.removed);
        removed.sort_unstable();
        removed.dedup();

        let stands = |board: BoardNo, handle: Handle| boards.board(board)?.rows().get(handle.0);
        let gone = removed.into_iter().filter_map(|(board, entity)| {
            let back = boards.find(&entity).and_then(|handle| stands(board, handle)).is_some();
            (!back).then_some(RowRecord { board, entity, row: None })
        });
        let there = set.into_iter().filter_map(|(board, handle)| {
            let key = stands(board, handle)?;
            Some(RowRecord { board, entity: boards.entity(handle)?, row: Some((key.score, Stamp(key.stamp))) })
        });
        let mut rows: Vec<RowRecord> = gone.chain(there).collect();
        rows.sort_by_key(|record| record.board);
        rows
    }
}
