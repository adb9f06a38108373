//! A link that is not level: what it has still to be told, and the frames that tell it. Changes only mark handles; a
//! walk over the marks sends rows as they stand at that moment, so that lagging never costs a queue. When a frame may
//! go out is decided in `outlet.rs`.

use std::collections::BTreeMap;

use scorelay_protocol::ids::{BoardNo, Handle, Stamp};
use scorelay_protocol::limits::{CHUNK_ROWS, LINK_FRAME_BYTES, LINK_QUEUE_BYTES};
use scorelay_protocol::link::{Batch, Begin, Bind, CaughtUp, Chunk, ChunkRow, DefChange, LinkDown, RowChange};
use scorelay_ranks::{BoardSet, RankIndex, RowKey};

use crate::core::dirty::{Dirty, HandleSet};

/// Bounds of links; other than the default only where tests want to meet them sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLimits {
    /// Bytes waiting on a link before it lags. Half of it holds any chunk.
    pub queue_bytes: usize,
    /// Rows of one chunk.
    pub chunk_rows: usize,
    /// Freed handles in one `CaughtUp`.
    pub frees: usize,
}

impl Default for LinkLimits {
    fn default() -> Self {
        // A handle takes five bytes at most.
        Self { queue_bytes: LINK_QUEUE_BYTES, chunk_rows: CHUNK_ROWS, frees: LINK_FRAME_BYTES / 8 }
    }
}

/// What a `Begin` that has to be sent says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// The receiver starts from nothing.
    Anew,
    /// It keeps its rows; only platforms and boards are said again.
    Again,
}

/// Everything one link has not been told.
#[derive(Debug)]
pub(crate) struct Walk {
    start: Option<Start>,
    boards: BTreeMap<BoardNo, Dirty>,
    /// Handles freed since; those bound again by now are left out when they are told.
    freed: HandleSet,
}

/// What a walk gives.
#[derive(Debug)]
pub(crate) enum Step {
    /// A message; more will follow.
    More(LinkDown),
    /// The last one: after it the link is level.
    Last(LinkDown),
}

impl Walk {
    /// Of a link that has nothing yet.
    pub(crate) fn anew() -> Self {
        Self { start: Some(Start::Anew), ..Self::again() }
    }

    /// Of a link that was level until now.
    pub(crate) fn again() -> Self {
        Self { start: Some(Start::Again), boards: BTreeMap::new(), freed: HandleSet::default() }
    }

    /// A row changed, came or went.
    pub(crate) fn mark(&mut self, board: BoardNo, handle: Handle) {
        if self.start != Some(Start::Anew) {
            self.boards.entry(board).or_insert_with(Dirty::none).mark(handle);
        }
    }

    /// A handle was freed.
    pub(crate) fn free(&mut self, handle: Handle) {
        if self.start != Some(Start::Anew) {
            self.freed.insert(handle);
        }
    }

    /// Platforms or boards changed.
    pub(crate) fn redefine(&mut self) {
        self.start.get_or_insert(Start::Again);
    }

    /// Marks everything that a batch changes.
    pub(crate) fn batch(&mut self, batch: &Batch) {
        if !batch.platforms.is_empty() || !batch.defs.is_empty() {
            self.redefine();
        }
        for change in &batch.defs {
            if let DefChange::Gone(board) = change {
                self.boards.remove(board);
            }
        }
        for changes in &batch.boards {
            for change in &changes.changes {
                let (RowChange::Set { handle, .. } | RowChange::Remove { handle }) = *change;
                self.mark(changes.board, handle);
            }
        }
        for &handle in &batch.frees {
            self.free(handle);
        }
    }

    /// The next message, of rows as they stand in `set`, which contains every change marked so far.
    pub(crate) fn next(&mut self, set: &BoardSet, limits: &LinkLimits) -> Step {
        if let Some(start) = self.start.take() {
            return Step::More(self.begin(set, start));
        }
        while let Some(mut entry) = self.boards.first_entry() {
            let board = *entry.key();
            let chunk =
                set.board(board).and_then(|table| chunk(set, board, table.rows(), entry.get_mut(), limits.chunk_rows));
            match chunk {
                Some(chunk) => return Step::More(LinkDown::Chunk(chunk)),
                None => entry.remove(),
            };
        }
        self.caught_up(set, limits.frees)
    }

    fn begin(&mut self, set: &BoardSet, start: Start) -> LinkDown {
        if start == Start::Anew {
            self.boards = set.boards().map(|(board, _)| (board, Dirty::all())).collect();
            self.freed = HandleSet::default();
        }
        LinkDown::Begin(Begin {
            core: set.core(),
            reset: start == Start::Anew,
            platforms: set.platforms().to_vec(),
            boards: set.defs().cloned().collect(),
        })
    }

    fn caught_up(&mut self, set: &BoardSet, most: usize) -> Step {
        let freed = &mut self.freed;
        // A handle that stands for another entity by now was bound anew by that one's rows.
        let frees: Vec<Handle> =
            std::iter::from_fn(|| freed.pop()).filter(|handle| set.wire(*handle).is_none()).take(most).collect();
        let message = LinkDown::CaughtUp(CaughtUp { seq: set.seq(), frees });
        if self.freed.len() == 0 {
            return Step::Last(message);
        }
        self.start = Some(Start::Again);
        Step::More(message)
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        // A map's node has room for eleven entries, and is at least about half full.
        let entry = 2 * (size_of::<BoardNo>() + size_of::<Dirty>());
        self.boards.values().map(|dirty| entry + dirty.heap_bytes()).sum::<usize>() + self.freed.heap_bytes()
    }
}

/// A chunk of a board's dirty rows; `None` when none is left.
fn chunk(set: &BoardSet, board: BoardNo, rows: &RankIndex, dirty: &mut Dirty, most: usize) -> Option<Chunk> {
    let mut chunk = Chunk { board, binds: Vec::new(), rows: Vec::new() };
    let mut put = |handle: Handle, key: Option<RowKey>| match (key, set.wire(handle)) {
        (Some(key), Some(entity)) => {
            chunk.binds.push(Bind { handle, entity: entity.clone() });
            chunk.rows.push(ChunkRow::Row { handle, score: key.score, stamp: Stamp(key.stamp) });
        }
        _ => chunk.rows.push(ChunkRow::Gone { handle }),
    };
    let mut room = most;
    while room > 0
        && let Some(handle) = dirty.pop_marked()
    {
        put(handle, rows.get(handle.0));
        room -= 1;
    }
    for (handle, key) in dirty.walk(rows, room as u32) {
        put(Handle(handle), Some(key));
        room -= 1;
    }
    (room < most).then_some(chunk)
}
