//! Sets of handles as bits: which rows a lagging link has not been told yet. A set costs about a bit for every handle in
//! the neighbourhoods it touches, and "all rows" costs nothing, so that a link may lag as long as it likes. What is sent
//! for a handle is decided in `link_walk.rs`.

use scorelay_protocol::ids::Handle;

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

/// The rows of one board that are to be sent: all from a handle on, and those marked before it.
#[derive(Debug)]
pub(crate) struct Dirty {
    /// Every handle from here on is dirty; `u32::MAX` when none is.
    from: u32,
    marked: HandleSet,
}

impl Dirty {
    /// No row.
    pub(crate) fn none() -> Self {
        Self { from: u32::MAX, marked: HandleSet::default() }
    }

    /// Every row, those of handles to come included.
    pub(crate) fn all() -> Self {
        Self { from: 0, marked: HandleSet::default() }
    }

    pub(crate) fn mark(&mut self, handle: Handle) {
        if handle.0 < self.from {
            self.marked.insert(handle);
        }
    }

    /// Takes out a handle that is surely dirty.
    pub(crate) fn pop_marked(&mut self) -> Option<Handle> {
        self.marked.pop()
    }

    /// Takes out, of the handles below `limit` from which on all are dirty, the next for which `row` finds something.
    pub(crate) fn pop_all<T>(&mut self, limit: u32, mut row: impl FnMut(Handle) -> Option<T>) -> Option<(Handle, T)> {
        while self.from < limit {
            let handle = Handle(self.from);
            self.from += 1;
            if let Some(found) = row(handle) {
                return Some((handle, found));
            }
        }
        self.from = u32::MAX;
        None
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
    fn all_costs_nothing_and_marks_behind_the_walk_come_again() {
        let mut dirty = Dirty::all();
        dirty.mark(Handle(1_000_000));
        assert_eq!(dirty.heap_bytes(), 0);
        let even = |handle: Handle| handle.0.is_multiple_of(2).then_some(());
        let next = |dirty: &mut Dirty| dirty.pop_all(5, even).map(|(handle, ())| handle.0);
        assert_eq!((next(&mut dirty), next(&mut dirty)), (Some(0), Some(2)));
        dirty.mark(Handle(1));
        dirty.mark(Handle(4));
        assert_eq!((next(&mut dirty), next(&mut dirty)), (Some(4), None));
        dirty.mark(Handle(7));
        let marked: Vec<u32> = std::iter::from_fn(|| dirty.pop_marked()).map(|handle| handle.0).collect();
        assert_eq!(marked, [1, 7]);
    }
}
