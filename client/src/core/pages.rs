//! Replicas of pages: those in the mask, and those seen before, kept so that scrolling back costs only changes.
//!
//! A page in the mask is *level* once its first body came; all level pages are at the connection's tick, so they
//! fit together. Others only wait for a base to be patched on and are never shown.

use scorelay_protocol::ids::{BoardNo, Generation, PageNo, TickNo};
use scorelay_protocol::limits::{CLIENT_IDLE_PAGES, MAX_SCORE};
use scorelay_protocol::page::{self, PageOp, Row};

use super::apply::Misfit;
use super::sorted::Map;

/// A page of a board, by the relay's number.
pub(crate) type PageKey = (BoardNo, PageNo);

/// Pages by key.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pages: Map<PageKey, Replica>,
    /// Counts removals from the mask: the smallest mark is the longest idle.
    marks: u64,
    /// Counts contents taken, of all pages: no two share a version.
    versions: u64,
}

#[derive(Debug)]
struct Replica {
    rows: Option<Vec<Row>>,
    version: u64,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the mask. `known` is the tick of `rows` while the first body is awaited.
    Watched { added: Generation, level: bool, known: TickNo },
    /// Seen before: `rows` are as of `known`.
    Idle { known: TickNo, mark: u64 },
}

impl Pages {
    /// Forgets everything: another epoch began.
    pub(crate) fn clear(&mut self) {
        self.pages.clear();
    }

    /// The mask is empty again: the connection that stood at `now` is gone.
    pub(crate) fn release_all(&mut self, now: TickNo) {
        for key in self.watched().collect::<Vec<_>>() {
            self.release(key, now);
        }
        self.evict();
    }

    /// Keys in the mask, in order.
    pub(crate) fn watched(&self) -> impl Iterator<Item = PageKey> {
        self.pages.iter().filter(|(_, page)| matches!(page.place, Place::Watched { .. })).map(|(key, _)| *key)
    }

    /// Whether a page of this board is in the mask.
    pub(crate) fn watches(&self, board: BoardNo) -> bool {
        let of_board = (board, PageNo(0))..=(board, PageNo(u32::MAX));
        self.pages.range(of_board).any(|(_, page)| matches!(page.place, Place::Watched { .. }))
    }

    /// A page joins the mask; gives the tick its rows are known at, if it has any.
    pub(crate) fn watch(&mut self, key: PageKey, generation: Generation) -> Option<TickNo> {
        let unseen = || Replica { rows: None, version: 0, place: Place::Idle { known: TickNo(0), mark: 0 } };
        let page = self.pages.get_or_insert_with(key, unseen);
        let (Place::Idle { known, .. } | Place::Watched { known, .. }) = page.place;
        page.place = Place::Watched { added: generation, level: false, known };
        page.rows.is_some().then_some(known)
    }

    /// A page leaves the mask of a connection that stands at `now`. [`Self::evict`] follows.
    pub(crate) fn release(&mut self, key: PageKey, now: TickNo) {
        let Some(page) = self.pages.get_mut(&key) else {
            return;
        };
        let Place::Watched { level, known, .. } = page.place else {
            return;
        };
        if page.rows.is_none() {
            self.pages.remove(&key);
            return;
        }
        self.marks += 1;
        page.place = Place::Idle { known: if level { now } else { known }, mark: self.marks };
    }

    /// Drops the pages that were idle longest, down to the limit.
    pub(crate) fn evict(&mut self) {
        let mark = |place: &Place| match place {
            Place::Idle { mark, .. } => Some(*mark),
            Place::Watched { .. } => None,
        };
        let idle = self.pages.values().filter(|page| mark(&page.place).is_some()).count();
        for _ in CLIENT_IDLE_PAGES..idle {
            let marks = self.pages.iter().filter_map(|(key, page)| Some((mark(&page.place)?, *key)));
            if let Some((_, longest)) = marks.min() {
                self.pages.remove(&longest);
            }
        }
    }

    /// A page is gone with its board.
    pub(crate) fn remove(&mut self, key: PageKey) {
        self.pages.remove(&key);
    }

    /// Drops what was kept of boards that are no more.
    pub(crate) fn keep_boards(&mut self, exists: impl Fn(BoardNo) -> bool) {
        self.pages.retain(|(board, _), page| matches!(page.place, Place::Watched { .. }) || exists(*board));
    }

    /// The generation that put the page into the mask, if it is in it.
    pub(crate) fn added(&self, key: PageKey) -> Option<Generation> {
        match self.pages.get(&key)?.place {
            Place::Watched { added, .. } => Some(added),
            Place::Idle { .. } => None,
        }
    }

    /// The rows that fit those of all other level pages.
    pub(crate) fn level_rows(&self, key: PageKey) -> Option<&[Row]> {
        self.level_page(key).map(|(rows, _)| rows)
    }

    /// These rows, and the version of the page that has them: as long as it is the same, so are they.
    pub(crate) fn level_page(&self, key: PageKey) -> Option<(&[Row], u64)> {
        match self.pages.get(&key) {
            Some(Replica { rows: Some(rows), version, place: Place::Watched { level: true, .. } }) => {
                Some((rows, *version))
            }
            _ => None,
        }
    }

    /// The rows that the next body of this page in the mask is to be applied to.
    pub(crate) fn base(&self, key: PageKey) -> Option<&Vec<Row>> {
        self.pages.get(&key).and_then(|page| page.rows.as_ref())
    }

    /// Takes new rows for a page in the mask: it is level now.
    pub(crate) fn commit(&mut self, key: PageKey, new: Vec<Row>) {
        if let Some(Replica { rows, version, place: Place::Watched { level, .. } }) = self.pages.get_mut(&key) {
            self.versions += 1;
            *version = self.versions;
            *rows = Some(new);
            *level = true;
        }
    }
}

/// `rows` after `ops`, checked to be a page.
pub(crate) fn patched(mut rows: Vec<Row>, ops: Vec<PageOp>) -> Result<Vec<Row>, Misfit> {
    for op in ops {
        page::apply(&mut rows, op).map_err(|_| Misfit("a page edit does not fit its page"))?;
    }
    // In order, all scores lie between the first and the last.
    let mut ends = rows.first().into_iter().chain(rows.last());
    let in_range = ends.all(|row| (-MAX_SCORE..=MAX_SCORE).contains(&row.score));
    if in_range && rows.is_sorted_by(|above, below| above.score >= below.score) {
        Ok(rows)
    } else {
        Err(Misfit("a page edit left rows out of order"))
    }
}
