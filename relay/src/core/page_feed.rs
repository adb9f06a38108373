//! One page as it was last published: its rows with their entities, and the view that shards have of it. It reads a
//! board's 32 rows and turns the difference into a delta; when it is read, and where it is kept while nobody watches
//! it, is decided in `pages.rs`.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use scorelay_protocol::codec;
use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::{BoardNo, Handle, PageNo, TickNo};
use scorelay_protocol::page::{self, PageRows, Row};
use scorelay_ranks::{BoardSet, RankIndex};

use crate::core::diff::{self, Cell, NOBODY};
use crate::core::numbers::Numbers;
use crate::core::view::{FeedView, Snapshot};

/// A page by this relay's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PageKey {
    pub(crate) board: BoardNo,
    pub(crate) page: PageNo,
}

/// What feeds are brought up to date with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now<'a> {
    /// The tick being made.
    pub(crate) tick: TickNo,
    pub(crate) set: &'a BoardSet,
    pub(crate) numbers: &'a Numbers,
}

/// A page as last published.
#[derive(Debug)]
pub(crate) struct PageFeed {
    /// By slot: the row's handle in the set last read, [`NOBODY`] where its entity has none.
    cells: Vec<Cell>,
    /// Entities by this relay's numbers; shared with the view, which may have to encode them.
    rows: Arc<Vec<Row>>,
    /// About how many bytes a row takes in a snapshot.
    row_bytes: usize,
    view: Arc<FeedView>,
}

/// Of a row of which nothing is known yet.
const ROW_BYTES: usize = 8;

impl PageFeed {
    /// Reads a page for the first time.
    pub(crate) fn new(key: PageKey, now: Now<'_>, board: &RankIndex) -> Self {
        let cells = read(key, board);
        let mut rows = cells.iter().map(|cell| Row { entity: entity(now, cell.handle), score: cell.score }).collect();
        let snapshot = snapshot(key, &mut rows);
        let row_bytes = if rows.is_empty() { ROW_BYTES } else { snapshot.len().div_ceil(rows.len()) };
        Self { cells, rows: Arc::new(rows), row_bytes, view: Arc::new(FeedView::new(now.tick, &snapshot)) }
    }

    /// Brings it to what the board now says; whether that is anything new. Rows of `freed` handles are taken for
    /// strangers even if the handle stands for someone again.
    pub(crate) fn update(&mut self, key: PageKey, now: Now<'_>, board: &RankIndex, freed: &FxHashSet<u32>) -> bool {
        if !freed.is_empty() {
            let strangers = self.cells.iter_mut().filter(|cell| freed.contains(&cell.handle));
            strangers.for_each(|cell| cell.handle = NOBODY);
        }
        let new = read(key, board);
        if self.cells == new {
            return false;
        }
        let ops = diff::edits(&self.cells, &new, |i| entity(now, new[i].handle));
        let body = Body::PageDelta { board: key.board, page: key.page, ops };
        let delta = codec::encode(&body);
        if let Body::PageDelta { ops, .. } = body {
            let rows = Arc::make_mut(&mut self.rows);
            for op in ops {
                page::apply(rows, op).expect("invariant: edits fit the page they were made for");
            }
        }
        self.cells = new;
        debug_assert!(self.rows.iter().map(|row| row.score).eq(self.cells.iter().map(|cell| cell.score)));
        let len = self.row_bytes * self.rows.len().max(1);
        let snapshot = Snapshot::of_page(key.board, key.page, self.rows.clone(), len);
        self.view = Arc::new(self.view.then(now.tick, &delta, snapshot));
        true
    }

    /// Finds the handles of its rows again, after it was out of sight or another set took the place of the one read.
    pub(crate) fn rebind(&mut self, set: &BoardSet, numbers: &Numbers) {
        for (Cell { handle, .. }, row) in self.cells.iter_mut().zip(&*self.rows) {
            if set.wire(Handle(*handle)).is_some_and(|core| numbers.same(core, &row.entity)) {
                continue;
            }
            let core = numbers.core_entity(&row.entity);
            *handle = core.and_then(|core| set.find_wire(&core)).map_or(NOBODY, |handle| handle.0);
        }
    }

    /// As shards see it.
    pub(crate) fn view(&self) -> &Arc<FeedView> {
        &self.view
    }

    /// About how much memory it holds.
    pub(crate) fn bytes(&self) -> usize {
        let text = |row: &Row| match &row.entity.id {
            EntityId::Number(_) => 0,
            EntityId::Text(text) => text.len(),
        };
        size_of::<Self>()
            + size_of::<FeedView>()
            + self.view.heap_bytes()
            + self.cells.capacity() * size_of::<Cell>()
            + self.rows.capacity() * size_of::<Row>()
            + self.rows.iter().map(text).sum::<usize>()
    }
}

fn read(key: PageKey, board: &RankIndex) -> Vec<Cell> {
    let rows = board.range(key.page.first_index(), PageNo::ROWS);
    rows.map(|(handle, row)| Cell { handle, score: row.score }).collect()
}

fn entity(now: Now<'_>, handle: u32) -> WireEntity {
    let entity = now.set.wire(Handle(handle)).and_then(|core| now.numbers.entity(core));
    entity.expect("invariant: a row's handle is bound and the set's platforms are taken in before pages are read")
}

fn snapshot(key: PageKey, rows: &mut Vec<Row>) -> Vec<u8> {
    let body = Body::PageSnapshot { board: key.board, page: key.page, rows: PageRows(std::mem::take(rows)) };
    let bytes = codec::encode(&body);
    if let Body::PageSnapshot { rows: PageRows(lent), .. } = body {
        *rows = lent;
    }
    bytes
}
