//! Sets of handles as bits: which rows a lagging link has not been told yet. A set costs about a bit for every handle
//! in the neighbourhoods it touches, and "all rows" costs nothing, so that a link may lag as long as it likes. What is
//! sent for a handle is decided in `link_walk.rs`.

use scorelay_protocol::ids::Handle;
use scorelay_ranks::{RankIndex, RowKey, Rows};

/// Words of one page of bits: half a kilobyte stands for 4,096 handles.
const WORDS: usize = 64;
const PAGE: u32 = WORDS as u32 * u64::BITS;

/// A set of handles. Pages of bits exist only where a bit is set.
#[derive(Debug, Default)]
pub(crate) struct HandleSet {
    pages: Vec<Option<Box<[u64; WORDS]>>>,
    /// No page before this one has a bit.
    first: usize,
    len: usize,
}

impl HandleSet {
    pub(crate) fn insert(&mut self, handle: Handle) {
        let (page, word, bit) = place(handle);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || None);
        }
        let words = self.pages[page].get_or_insert_with(|| Box::new([0; WORDS]));
        self.len += usize::from(words[word] & bit == 0);
        words[word] |= bit;
        self.first = self.first.min(page);
    }

    /// Takes the lowest handle out.
    pub(crate) fn pop(&mut self) -> Option<Handle> {
        while let Some(page) = self.pages.get_mut(self.first) {
            if let Some(words) = page
                && let Some(word) = words.iter().position(|bits| *bits != 0)
            {
                let bit = words[word].trailing_zeros();
                words[word] &= words[word] - 1;
                self.len -= 1;
                return Some(Handle(self.first as u32 * PAGE + word as u32 * u64::BITS + bit));
            }
            *page = None;
            self.first += 1;
        }
        *self = Self::default();
        None
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let held = self.pages.iter().flatten().count();
        self.pages.capacity() * size_of::<Option<Box<[u64; WORDS]>>>() + held * size_of::<[u64; WORDS]>()
    }
}

fn place(handle: Handle) -> (usize, usize, u64) {
    let inside = handle.0 % PAGE;
    ((handle.0 / PAGE) as usize, (inside / u64::BITS) as usize, 1 << (inside % u64::BITS))
}

/// The rows of one board that are to be sent: those that a walk in rank order has not come to, and those marked. In that
/// order the receiver only ever adds to the end of its own board, and no row has to be looked for here.
#[derive(Debug)]
pub(crate) struct Dirty {
    rest: Rest,
    marked: HandleSet,
}

/// What of a board a walk has not come to.
#[derive(Debug, Clone, Copy)]
enum Rest {
    Nothing,
    Everything,
    /// What stands after this place. A row that never changes is on one side of it; one that does is marked.
    After(u32, RowKey),
}

impl Dirty {
    /// No row.
    pub(crate) fn none() -> Self {
        Self { rest: Rest::Nothing, marked: HandleSet::default() }
    }

    /// Every row.
    pub(crate) fn all() -> Self {
        Self { rest: Rest::Everything, marked: HandleSet::default() }
    }

    pub(crate) fn mark(&mut self, handle: Handle) {
        // A walk that has not begun will meet every row as it then stands.
        if !matches!(self.rest, Rest::Everything) {
            self.marked.insert(handle);
        }
    }

    /// Takes out a handle that is surely dirty.
    pub(crate) fn pop_marked(&mut self) -> Option<Handle> {
        self.marked.pop()
    }

    /// Takes out up to `most` rows that the walk has not come to.
    pub(crate) fn walk<'a>(&mut self, rows: &'a RankIndex, most: u32) -> Rows<'a> {
        let from = match self.rest {
            Rest::Nothing => rows.len(),
            Rest::Everything => 0,
            Rest::After(handle, key) => rows.rank_after(handle, key),
        };
        let found = rows.range(from, most);
        let next = from.saturating_add(most);
        self.rest = match next.checked_sub(1).and_then(|last| rows.at(last)) {
            Some((handle, key)) if next < rows.len() => Rest::After(handle, key),
            _ if most == 0 => self.rest,
            _ => Rest::Nothing,
        };
        found
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.marked.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_is_a_set(steps in proptest::collection::vec(proptest::option::weighted(0.6, 0u32..20_000), 0..400)) {
            let (mut set, mut model) = (HandleSet::default(), BTreeSet::new());
            for step in steps {
                match step {
                    Some(handle) => {
                        set.insert(Handle(handle));
                        model.insert(handle);
                    }
                    None => prop_assert_eq!(set.pop(), model.pop_first().map(Handle)),
                }
                prop_assert_eq!(set.len(), model.len());
            }
            while let Some(handle) = set.pop() {
                prop_assert_eq!(Some(handle.0), model.pop_first());
            }
            prop_assert!(model.is_empty());
            prop_assert_eq!(set.heap_bytes(), 0);
        }
    }

    #[test]
    fn a_walk_meets_every_row_that_stays_where_it_is() {
        let key = |score| RowKey { score, stamp: 0 };
        let mut rows = RankIndex::build((0..10).map(|handle| (handle, key(i64::from(handle) * 10))));
        let mut dirty = Dirty::all();
        assert_eq!(dirty.heap_bytes(), 0);
        let next = |dirty: &mut Dirty, rows: &RankIndex, most| {
            dirty.walk(rows, most).map(|(handle, _)| handle).collect::<Vec<_>>()
        };
        assert_eq!(next(&mut dirty, &rows, 0), [0; 0]);
        assert_eq!(next(&mut dirty, &rows, 3), [9, 8, 7]);
        // The one where the walk stands, one that it has met, and one that it has not.
        for (handle, score) in [(7, Some(5)), (9, None), (3, Some(95))] {
            match score {
                Some(score) => drop(rows.set(handle, key(score))),
                None => drop(rows.remove(handle)),
            }
            dirty.mark(Handle(handle));
        }
        assert_eq!(next(&mut dirty, &rows, 4), [6, 5, 4, 2]);
        assert_eq!(next(&mut dirty, &rows, 4), [1, 7, 0]);
        assert_eq!(next(&mut dirty, &rows, 4), [0; 0]);
        rows.set(11, key(-5));
        assert_eq!(next(&mut dirty, &rows, 4), [0; 0], "what comes after the end is marked");
        let marked: Vec<u32> = std::iter::from_fn(|| dirty.pop_marked()).map(|handle| handle.0).collect();
        assert_eq!(marked, [3, 7, 9]);
    }
}
