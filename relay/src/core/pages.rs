//! All pages somebody watches, per board in order. A board's change marks the pages it may have touched; at the tick
//! only the watched ones among them are read. Pages nobody watches cost nothing but their place in `idle.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use scorelay_protocol::codec;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::{BoardNo, Handle, PageNo};
use scorelay_protocol::limits::IDLE_PAGE_BYTES;
use scorelay_ranks::{BoardSet, Moved};

use crate::core::idle::IdlePages;
use crate::core::marks::Marks;
use crate::core::numbers::Numbers;
use crate::core::page_feed::{Now, PageFeed, PageKey};
use crate::core::published::FeedIdx;
use crate::core::view::FeedView;

/// The watched pages.
#[derive(Debug)]
pub(crate) struct Pages {
    boards: BTreeMap<BoardNo, BoardPages>,
    /// Pages watched since the last tick.
    fresh: Vec<PageKey>,
    idle: IdlePages,
    /// Handles that came to stand for nothing since the last tick. Rows they had are all on marked pages.
    freed: FxHashSet<u32>,
}

#[derive(Debug, Default)]
struct BoardPages {
    pages: BTreeMap<PageNo, Watched>,
    marks: Marks,
}

#[derive(Debug)]
struct Watched {
    idx: FeedIdx,
    /// `None` until the first tick, unless it was kept.
    feed: Option<PageFeed>,
    /// Whether it was brought up to date at the last tick.
    level: bool,
}

/// A feed's number and what became of it.
pub(crate) type Change = (FeedIdx, Arc<FeedView>);

impl Pages {
    /// No pages.
    pub(crate) fn new() -> Self {
        let idle = IdlePages::new(IDLE_PAGE_BYTES);
        Self { boards: BTreeMap::new(), fresh: Vec::new(), idle, freed: FxHashSet::default() }
    }

    /// A page is watched from now on; it can be seen after the next tick.
    pub(crate) fn watch(&mut self, key: PageKey, idx: FeedIdx) {
        let feed = self.idle.take(key);
        self.boards.entry(key.board).or_default().pages.insert(key.page, Watched { idx, feed, level: false });
        self.fresh.push(key);
    }

    /// Nobody watches a page any more.
    pub(crate) fn unwatch(&mut self, key: PageKey) {
        let Some(board) = self.boards.get_mut(&key.board) else { return };
        if let Some(feed) = board.pages.remove(&key.page).and_then(|watched| watched.feed) {
            self.idle.put(key, feed);
        }
        if board.pages.is_empty() {
            self.boards.remove(&key.board);
        }
    }

    /// A row of a board changed.
    pub(crate) fn moved(&mut self, board: BoardNo, moved: &Moved) {
        if let Some(board) = self.boards.get_mut(&board) {
            board.marks.moved(moved.old, moved.new);
        }
    }

    /// A handle stands for nothing any more.
    pub(crate) fn freed(&mut self, handle: Handle) {
        if !self.boards.is_empty() {
            self.freed.insert(handle.0);
        }
    }

    /// All rows of a board may have changed.
    pub(crate) fn cleared(&mut self, board: BoardNo) {
        if let Some(board) = self.boards.get_mut(&board) {
            board.marks.all();
        }
    }

    /// Another set took the place of the one followed so far; `numbers` follow it already.
    pub(crate) fn swapped(&mut self, set: &BoardSet, numbers: &Numbers) {
        self.freed.clear();
        for board in self.boards.values_mut() {
            board.marks.all();
            for feed in board.pages.values_mut().filter_map(|watched| watched.feed.as_mut()) {
                feed.rebind(set, numbers);
            }
        }
    }

    /// Whether any watched page may have changed.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.fresh.is_empty() || self.boards.values().any(|board| !board.marks.is_empty())
    }

    /// Whether a page of this board is watched.
    pub(crate) fn watches(&self, board: BoardNo) -> bool {
        self.boards.contains_key(&board)
    }

    /// A watched page as last published.
    pub(crate) fn view(&self, key: PageKey) -> Option<&Arc<FeedView>> {
        Some(self.boards.get(&key.board)?.pages.get(&key.page)?.feed.as_ref()?.view())
    }

    /// A board is gone: ends its pages and forgets them.
    pub(crate) fn end(&mut self, board: BoardNo, now: Now<'_>, changed: &mut Vec<Change>) {
        self.idle.drop_board(board);
        let Some(ended) = self.boards.remove(&board) else { return };
        for (page, watched) in ended.pages {
            let body = codec::encode(&Body::Gone { board, page });
            changed.push((watched.idx, Arc::new(FeedView::ended(now.tick, &body))));
        }
    }

    /// Brings all watched pages to the set. Pages of boards that there are not are ended.
    pub(crate) fn tick(&mut self, now: Now<'_>, changed: &mut Vec<Change>) {
        for (core, no) in now.numbers.boards() {
            let (Some(pages), Some(board)) = (self.boards.get_mut(&no), now.set.board(core)) else { continue };
            for (first, last) in pages.marks.take() {
                for (&page, watched) in pages.pages.range_mut(PageNo(first)..=PageNo(last)) {
                    let key = PageKey { board: no, page };
                    if watched.level
                        && let Some(feed) = &mut watched.feed
                        && feed.update(key, now, board.rows(), &self.freed)
                    {
                        changed.push((watched.idx, feed.view().clone()));
                    }
                }
            }
        }
        self.freed.clear();
        for key in std::mem::take(&mut self.fresh) {
            self.begin(key, now, changed);
        }
    }

    /// Makes a page seen that was watched since the last tick.
    fn begin(&mut self, key: PageKey, now: Now<'_>, changed: &mut Vec<Change>) {
        let Some(board) = now.numbers.core_board(key.board).and_then(|core| now.set.board(core)) else {
            return self.end(key.board, now, changed);
        };
        let Some(watched) = self.boards.get_mut(&key.board).and_then(|pages| pages.pages.get_mut(&key.page)) else {
            return;
        };
        watched.level = true;
        match &mut watched.feed {
            None => watched.feed = Some(PageFeed::new(key, now, board.rows())),
            Some(feed) => {
                feed.rebind(now.set, now.numbers);
                feed.update(key, now, board.rows(), &FxHashSet::default());
            }
        }
    }

    /// Pages watched, and bytes of those kept although nobody watches them.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.boards.values().map(|board| board.pages.len()).sum(), self.idle.bytes())
    }
}
