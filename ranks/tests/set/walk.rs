//! A naive sender to a link that lags or joins: it remembers which rows changed, and sends them as they stand when
//! asked for more. How a relay does it within bounds is in the relay crate.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::ids::{BoardNo, Handle, Stamp};
use scorelay_protocol::link::{Batch, Begin, Bind, CaughtUp, Chunk, ChunkRow, RowChange};
use scorelay_ranks::BoardSet;

/// What a link has not been told.
#[derive(Default)]
pub(crate) struct Walk {
    redefined: bool,
    dirty: BTreeMap<BoardNo, BTreeSet<Handle>>,
    freed: BTreeSet<Handle>,
}

impl Walk {
    /// Nothing, as all has still to be told.
    pub(crate) fn joining(set: &BoardSet) -> Self {
        let handles = |no| set.board(no).into_iter().flat_map(|b| b.rows().iter()).map(|(handle, _)| Handle(handle));
        let dirty = set.boards().map(|(no, _)| (no, handles(no).collect())).collect();
        Self { redefined: true, dirty, freed: BTreeSet::new() }
    }

    /// Notes a batch that the link is not sent.
    pub(crate) fn note(&mut self, batch: &Batch) {
        self.redefined |= !batch.defs.is_empty() || !batch.platforms.is_empty();
        for changes in &batch.boards {
            let dirty = self.dirty.entry(changes.board).or_default();
            dirty.extend(changes.changes.iter().map(|change| match *change {
                RowChange::Set { handle, .. } | RowChange::Remove { handle } => handle,
            }));
        }
        self.freed.extend(&batch.frees);
    }

    /// What has to be said of boards and platforms, if anything.
    pub(crate) fn begin(&mut self, set: &BoardSet, reset: bool) -> Option<Begin> {
        std::mem::take(&mut self.redefined).then(|| begin(set, reset))
    }

    /// Up to `most` rows of the last board that has any to tell.
    pub(crate) fn chunk(&mut self, set: &BoardSet, most: usize) -> Option<Chunk> {
        loop {
            let mut entry = self.dirty.last_entry()?;
            let board = *entry.key();
            let Some(table) = set.board(board) else {
                entry.remove();
                continue;
            };
            let mut chunk = Chunk { board, binds: vec![], rows: vec![] };
            for _ in 0..most {
                let Some(handle) = entry.get_mut().pop_last() else { break };
                match (table.rows().get(handle.0), set.wire(handle)) {
                    (Some(key), Some(entity)) => {
                        chunk.binds.push(Bind { handle, entity: entity.clone() });
                        chunk.rows.push(ChunkRow::Row { handle, score: key.score, stamp: Stamp(key.stamp) });
                    }
                    _ => chunk.rows.push(ChunkRow::Gone { handle }),
                }
            }
            if chunk.rows.is_empty() {
                entry.remove();
            } else {
                return Some(chunk);
            }
        }
    }

    /// The end: all that was freed and stands for nothing still.
    pub(crate) fn end(&mut self, set: &BoardSet) -> CaughtUp {
        let frees = std::mem::take(&mut self.freed).into_iter().filter(|handle| set.wire(*handle).is_none());
        CaughtUp { seq: set.seq(), frees: frees.collect() }
    }
}

/// What a set has to say of boards and platforms.
pub(crate) fn begin(set: &BoardSet, reset: bool) -> Begin {
    Begin { core: set.core(), reset, platforms: set.platforms().to_vec(), boards: set.defs().cloned().collect() }
}
