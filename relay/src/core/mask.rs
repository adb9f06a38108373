//! What one connection watches: a short list of feeds in the order in which they joined, and what follows from it. It
//! knows feeds by their place in the shard's `interest.rs`; what is sent because of it is decided in `message.rs`.

use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{BoardNo, TickNo};
use scorelay_protocol::limits::SHALLOW_PAGES;

use crate::core::interest::Local;

/// The mask of one connection.
#[derive(Debug, Default)]
pub(crate) struct Mask {
    pub(crate) entries: Vec<Entry>,
    /// Boards with a page in the mask.
    pub(crate) boards: Vec<SeenBoard>,
    pages: u16,
    shallow_pages: u16,
    tracks: u16,
    meets: u16,
}

/// One feed of a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) local: Local,
    /// Whether its first body was sent.
    pub(crate) admitted: bool,
    /// Until then: the tick as of which the client says it holds it.
    pub(crate) known: Option<TickNo>,
}

/// A board with a page in the mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeenBoard {
    pub(crate) board: BoardNo,
    pages: u16,
    /// The row count last told.
    pub(crate) told: Option<u32>,
}

impl Mask {
    /// Adds a feed behind the others.
    pub(crate) fn push(&mut self, feed: &Feed, local: Local, known: Option<TickNo>) {
        self.count(feed, true);
        self.entries.push(Entry { local, admitted: false, known });
    }

    /// Takes a feed out; whether it was in.
    pub(crate) fn remove(&mut self, feed: &Feed, local: Local) -> bool {
        let Some(at) = self.entries.iter().position(|entry| entry.local == local) else { return false };
        self.entries.remove(at);
        self.count(feed, false);
        true
    }

    fn count(&mut self, feed: &Feed, more: bool) {
        let step = |count: &mut u16| *count = if more { *count + 1 } else { *count - 1 };
        match feed {
            Feed::Directory => {}
            Feed::Track { .. } => step(&mut self.tracks),
            Feed::Meet { .. } => step(&mut self.meets),
            Feed::Page { board, page } => {
                step(&mut self.pages);
                if page.0 < SHALLOW_PAGES {
                    step(&mut self.shallow_pages);
                }
                match self.boards.iter_mut().find(|seen| seen.board == *board) {
                    Some(seen) => step(&mut seen.pages),
                    None => self.boards.push(SeenBoard { board: *board, pages: 1, told: None }),
                }
            }
        }
    }

    /// Forgets boards that have no page in the mask any more. Until then what was told of them counts, so that a
    /// window that jumps on one board is not told its row count again.
    pub(crate) fn settle(&mut self) {
        self.boards.retain(|seen| seen.pages > 0);
    }

    /// Tracked entities in it.
    pub(crate) fn tracks(&self) -> usize {
        usize::from(self.tracks)
    }

    /// Meets in it.
    pub(crate) fn meets(&self) -> usize {
        usize::from(self.meets)
    }

    /// Whether it looks at pages, and only at deep ones.
    pub(crate) fn is_deep(&self) -> bool {
        self.pages > 0 && self.shallow_pages == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::interest::Interest;
    use crate::core::published::ShardNo;
    use scorelay_protocol::ids::PageNo;

    #[test]
    fn a_mask_knows_its_boards_and_its_depth() {
        let mut interest = Interest::new(ShardNo(0));
        let mut mask = Mask::default();
        let page = |board, page| Feed::Page { board: BoardNo(board), page: PageNo(page) };
        let feeds = [Feed::Directory, page(1, 16), page(1, 15), page(2, 90)];
        assert!(!mask.is_deep());
        let locals = feeds.each_ref().map(|feed| {
            let local = interest.join(feed);
            mask.push(feed, local, None);
            local
        });
        assert!(!mask.is_deep());
        assert!(mask.remove(&feeds[2], locals[2]) && !mask.remove(&feeds[2], locals[2]));
        assert!(mask.is_deep());
        mask.remove(&feeds[1], locals[1]);
        assert_eq!(mask.boards.len(), 2);
        mask.settle();
        assert_eq!(mask.boards.iter().map(|seen| seen.board).collect::<Vec<_>>(), [BoardNo(2)]);
    }
}
