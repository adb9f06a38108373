//! Pages that nobody watches any more, as they were last published, so that scrolling back costs only what changed. The
//! least recently left go first when they hold more than their share of memory. They are not kept up to date here:
//! `pages.rs` does that when one is watched again.

use std::collections::BTreeMap;

use scorelay_protocol::ids::{BoardNo, PageNo};

use crate::core::page_feed::{PageFeed, PageKey};

/// A least-recently-used store of pages, bounded by bytes.
#[derive(Debug)]
pub(crate) struct IdlePages {
    /// By the count of departures, oldest first.
    pages: BTreeMap<u64, (PageKey, PageFeed)>,
    left_at: BTreeMap<PageKey, u64>,
    departures: u64,
    bytes: usize,
    most: usize,
}

impl IdlePages {
    /// Holds pages of up to `most` bytes together.
    pub(crate) fn new(most: usize) -> Self {
        Self { pages: BTreeMap::new(), left_at: BTreeMap::new(), departures: 0, bytes: 0, most }
    }

    /// Keeps a page that was just left.
    pub(crate) fn put(&mut self, key: PageKey, page: PageFeed) {
        self.take(key);
        self.bytes += page.bytes();
        self.pages.insert(self.departures, (key, page));
        self.left_at.insert(key, self.departures);
        self.departures += 1;
        while self.bytes > self.most {
            let Some((_, (key, page))) = self.pages.pop_first() else { break };
            self.left_at.remove(&key);
            self.bytes -= page.bytes();
        }
    }

    /// Gives a page back that is watched again.
    pub(crate) fn take(&mut self, key: PageKey) -> Option<PageFeed> {
        let (_, page) = self.pages.remove(&self.left_at.remove(&key)?)?;
        self.bytes -= page.bytes();
        Some(page)
    }

    /// Forgets all pages of a board.
    pub(crate) fn drop_board(&mut self, board: BoardNo) {
        let all = PageKey { board, page: PageNo(0) }..=PageKey { board, page: PageNo(u32::MAX) };
        let keys: Vec<PageKey> = self.left_at.range(all).map(|(&key, _)| key).collect();
        for key in keys {
            self.take(key);
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::numbers::Numbers;
    use crate::core::page_feed::Now;
    use scorelay_protocol::ids::{CoreEpoch, TickNo};
    use scorelay_ranks::{BoardSet, RankIndex};

    fn key(board: u32, page: u32) -> PageKey {
        PageKey { board: BoardNo(board), page: PageNo(page) }
    }

    fn page(key: PageKey) -> PageFeed {
        let now = Now { tick: TickNo(1), set: &BoardSet::new(CoreEpoch(1)), numbers: &Numbers::default() };
        PageFeed::new(key, now, &RankIndex::new())
    }

    #[test]
    fn the_page_left_longest_ago_makes_room() {
        let one = page(key(0, 0)).bytes();
        let mut idle = IdlePages::new(3 * one);
        for i in 0..3 {
            idle.put(key(0, i), page(key(0, i)));
        }
        let back = idle.take(key(0, 0)).unwrap();
        idle.put(key(0, 0), back);
        idle.put(key(1, 0), page(key(1, 0)));
        assert!(idle.take(key(0, 1)).is_none(), "it was left first");
        assert!(idle.take(key(0, 2)).is_some() && idle.take(key(0, 0)).is_some());
        idle.drop_board(BoardNo(1));
        assert_eq!((idle.bytes(), idle.take(key(1, 0)).is_none()), (0, true));
    }
}
