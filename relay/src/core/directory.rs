//! The directory feed: which boards there are and how many rows each has. A board that comes, goes or is described anew
//! is told at once; row counts are told every 30 s, because watchers of a board learn its count with their rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use scorelay_protocol::codec;
use scorelay_protocol::feed::{BoardInfo, Body, DirectoryChange};
use scorelay_protocol::ids::BoardNo;
use scorelay_protocol::limits::DIRECTORY_COUNTS_MS;
use scorelay_ranks::Board;

use crate::core::clock::Millis;
use crate::core::page_feed::Now;
use crate::core::view::FeedView;

/// The boards as last published.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    boards: BTreeMap<BoardNo, BoardInfo>,
    view: Option<Arc<FeedView>>,
    /// Whether boards may have come, gone or been described anew.
    defs_changed: bool,
    /// Whether any row came or went since counts were told.
    counts_changed: bool,
    counts_at: Millis,
}

impl Directory {
    /// Boards came, went or were described anew.
    pub(crate) fn defs_changed(&mut self) {
        self.defs_changed = true;
        self.counts_changed = true;
    }

    /// A row came or went.
    pub(crate) fn counts_changed(&mut self) {
        self.counts_changed = true;
    }

    /// Whether there is something to tell at once.
    pub(crate) fn is_dirty(&self) -> bool {
        self.view.is_none() || self.defs_changed
    }

    /// When counts are to be told next, if any may have changed.
    pub(crate) fn counts_at(&self) -> Option<Millis> {
        self.counts_changed.then_some(self.counts_at)
    }

    /// As last published.
    pub(crate) fn view(&self) -> Option<&Arc<FeedView>> {
        self.view.as_ref()
    }

    /// Brings it to the set; gives the view if that is anything new.
    pub(crate) fn tick(&mut self, at: Millis, now: Now<'_>) -> Option<Arc<FeedView>> {
        let counts = self.counts_changed && at >= self.counts_at;
        if !counts && !self.is_dirty() {
            return None;
        }
        if counts {
            self.counts_at = at.plus(DIRECTORY_COUNTS_MS);
            self.counts_changed = false;
        }
        self.defs_changed = false;
        let changes = self.changes(counts, now);
        if self.view.is_some() && changes.is_empty() {
            return None;
        }
        let snapshot = self.boards.values().cloned().map(DirectoryChange::Put).collect();
        let snapshot = codec::encode(&Body::Directory { reset: true, changes: snapshot });
        let view = match &self.view {
            None => FeedView::new(now.tick, &snapshot),
            Some(before) => {
                let delta = codec::encode(&Body::Directory { reset: false, changes });
                before.then(now.tick, &delta, &snapshot)
            }
        };
        self.view = Some(Arc::new(view));
        self.view.clone()
    }

    fn changes(&mut self, counts: bool, now: Now<'_>) -> Vec<DirectoryChange> {
        let mut before = std::mem::take(&mut self.boards);
        let mut changes = Vec::new();
        for (core, no) in now.numbers.boards() {
            let Some(board) = now.set.board(core) else { continue };
            let mut info = info(no, board);
            match before.remove(&no) {
                Some(old) if described_alike(&old, &info) => {
                    if !counts {
                        info.rows = old.rows;
                    } else if info.rows != old.rows {
                        changes.push(DirectoryChange::Rows { board: no, rows: info.rows });
                    }
                }
                _ => changes.push(DirectoryChange::Put(info.clone())),
            }
            self.boards.insert(no, info);
        }
        changes.extend(before.into_keys().map(DirectoryChange::Gone));
        changes
    }
}

fn info(no: BoardNo, board: &Board) -> BoardInfo {
    let def = board.def();
    BoardInfo {
        board: no,
        id: def.id.clone(),
        title: def.title.clone(),
        unit: def.unit.clone(),
        decimals: def.decimals,
        synthetic: def.synthetic,
        rows: board.rows().len(),
    }
}

fn described_alike(a: &BoardInfo, b: &BoardInfo) -> bool {
    (&a.id, &a.title, &a.unit, a.decimals, a.synthetic) == (&b.id, &b.title, &b.unit, b.decimals, b.synthetic)
}
