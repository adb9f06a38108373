//! The open batch: what changed since the last cut, kept apart from the boards so that those always stand at a batch.
//! It knows the scores to be, the order in which they were reached, and entities that have no handle yet. Turning it
//! into a link batch is `cut.rs`.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_protocol::limits::{BATCH_CHANGES, HANDLES, PLATFORMS};
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;

/// Whose row is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// An entity that has a handle.
    Known(Handle),
    /// One that will be given a handle at the cut, by its index in [`OpenBatch::newcomers`].
    New(u32),
}

/// What becomes of one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch {
    /// The score, or `None` for a row that is to be removed.
    pub(crate) score: Option<Units>,
    /// Counts touches; the later one reached its score later.
    pub(crate) order: u64,
}

/// What becomes of one board's rows.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) rows: FxHashMap<Who, Touch>,
    /// Touched rows that do not stand on the board yet.
    fresh: usize,
}

/// Everything since the last cut.
#[derive(Debug, Default)]
pub(crate) struct OpenBatch {
    pub(crate) boards: BTreeMap<BoardNo, Touched>,
    pub(crate) newcomers: Vec<Entity>,
    index: FxHashMap<Entity, u32>,
    platforms: BTreeSet<String>,
    touches: u64,
    /// Changes that the cut may come to, rows that have to leave for newcomers included.
    cost: usize,
}

impl OpenBatch {
    /// Whether nothing was touched.
    pub(crate) fn is_empty(&self) -> bool {
        self.boards.is_empty()
    }

    /// Whether one more touch could make it more than a link batch holds.
    pub(crate) fn is_full(&self) -> bool {
        self.cost + 2 > BATCH_CHANGES
    }

    /// Whether the tables of platforms and handles have room for all these entities, should they all be new.
    pub(crate) fn has_room<'e>(&self, boards: &BoardSet, entities: impl Iterator<Item = &'e Entity>) -> bool {
        let mut platforms = BTreeSet::new();
        let mut count = 0;
        for entity in entities {
            count += 1;
            if !self.platforms.contains(entity.platform()) && !has_platform(boards, entity) {
                platforms.insert(entity.platform());
            }
        }
        let handles = u64::from(boards.handle_limit()) + self.newcomers.len() as u64 + count;
        let named = boards.platforms().len() + self.platforms.len() + platforms.len();
        handles <= u64::from(HANDLES) && named <= PLATFORMS
    }

    /// The entity's handle or its place among the newcomers, now given if it has neither.
    pub(crate) fn resolve(&mut self, boards: &BoardSet, entity: &Entity) -> Who {
        if let Some(who) = self.known(boards, entity) {
            return who;
        }
        let index = self.newcomers.len() as u32;
        self.newcomers.push(entity.clone());
        self.index.insert(entity.clone(), index);
        if !has_platform(boards, entity) {
            self.platforms.insert(entity.platform().to_owned());
        }
        Who::New(index)
    }

    /// The entity's handle or its place among the newcomers, if it has either.
    pub(crate) fn known(&self, boards: &BoardSet, entity: &Entity) -> Option<Who> {
        let handle = boards.find(entity).map(Who::Known);
        handle.or_else(|| self.index.get(entity).map(|&index| Who::New(index)))
    }

    /// The score that a row has with everything so far.
    pub(crate) fn score(&self, boards: &BoardSet, board: BoardNo, who: Who) -> Option<Units> {
        match self.boards.get(&board).and_then(|touched| touched.rows.get(&who)) {
            Some(touch) => touch.score,
            None => standing(boards, board, who),
        }
    }

    /// Gives a row another score, or takes it away. The caller has made sure that it is another one, and that the batch
    /// is not full.
    pub(crate) fn touch(&mut self, boards: &BoardSet, board: BoardNo, max_rows: u32, who: Who, score: Option<Units>) {
        self.touches += 1;
        let touched = self.boards.entry(board).or_default();
        let touch = Touch { score, order: self.touches };
        if touched.rows.insert(who, touch).is_some() {
            return;
        }
        self.cost += 1;
        if standing(boards, board, who).is_none() {
            touched.fresh += 1;
            let rows = boards.board(board).map_or(0, |board| board.rows().len());
            if rows as usize + touched.fresh > max_rows as usize {
                self.cost += 1;
            }
        }
    }
}

fn has_platform(boards: &BoardSet, entity: &Entity) -> bool {
    boards.platforms().iter().any(|name| name == entity.platform())
}

/// The score of a row at the last cut.
pub(crate) fn standing(boards: &BoardSet, board: BoardNo, who: Who) -> Option<Units> {
    let Who::Known(handle) = who else { return None };
    boards.board(board)?.rows().get(handle.0).map(|key| key.score)
}
