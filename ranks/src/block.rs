//! One block of rows: up to `B` keys in board order and their handles beside them. A change inside a block is one shift
//! of the rows between its two places. A block does not know its neighbours, its rank or when to split; `index.rs`
//! does.

use crate::key::RowKey;

/// A row's whole place in the order; handles make rows with the same key distinct.
pub(crate) type Entry = (RowKey, u32);

/// Two flat arrays instead of one of pairs: 20 bytes a row instead of 24, and looking for a handle reads only handles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block<const B: usize> {
    keys: Vec<RowKey>,
    handles: Vec<u32>,
}

impl<const B: usize> Block<B> {
    /// Arrays grow by this many rows, so that half-filled blocks do not hold the memory of full ones.
    const STEP: usize = B.div_ceil(8);

    pub(crate) fn from_sorted(entries: &[Entry]) -> Self {
        Self {
            keys: entries.iter().map(|entry| entry.0).collect(),
            handles: entries.iter().map(|entry| entry.1).collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.handles.len()
    }

    pub(crate) fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    pub(crate) fn handles(&self) -> &[u32] {
        &self.handles
    }

    pub(crate) fn entry(&self, i: usize) -> Option<Entry> {
        Some((*self.keys.get(i)?, *self.handles.get(i)?))
    }

    /// Where a handle stands in this block. Keys are not needed for it: comparing handles runs over 16 at a time.
    pub(crate) fn find(&self, handle: u32) -> Option<usize> {
        let mut start = 0;
        for lane in self.handles.chunks(16) {
            // No early exit inside a lane, so that it compiles to vector comparisons.
            if lane.iter().fold(false, |found, &h| found | (h == handle)) {
                return lane.iter().position(|&h| h == handle).map(|i| start + i);
            }
            start += lane.len();
        }
        None
    }

    /// The number of rows that stand before `entry`, and so the place where it belongs.
    pub(crate) fn search(&self, entry: Entry) -> usize {
        self.search_in(0, self.len(), entry)
    }

    fn search_in(&self, from: usize, to: usize, (key, handle): Entry) -> usize {
        let keys = &self.keys[from..to];
        let first = keys.partition_point(|k| *k < key);
        let ties = keys[first..].iter().take_while(|k| **k == key).count();
        let handles = &self.handles[from + first..from + first + ties];
        from + first + handles.partition_point(|h| *h < handle)
    }

    pub(crate) fn insert(&mut self, i: usize, (key, handle): Entry) {
        self.reserve(1);
        self.keys.insert(i, key);
        self.handles.insert(i, handle);
    }

    pub(crate) fn remove(&mut self, i: usize) {
        self.keys.remove(i);
        self.handles.remove(i);
        self.trim();
    }

    /// Gives the row at `i` another key and moves it to where that belongs in this block; returns the new place.
    pub(crate) fn rekey(&mut self, i: usize, key: RowKey) -> usize {
        let handle = self.handles[i];
        let to = if key < self.keys[i] {
            let to = self.search_in(0, i, (key, handle));
            self.keys.copy_within(to..i, to + 1);
            self.handles.copy_within(to..i, to + 1);
            to
        } else {
            let to = self.search_in(i + 1, self.len(), (key, handle)) - 1;
            self.keys.copy_within(i + 1..=to, i);
            self.handles.copy_within(i + 1..=to, i);
            to
        };
        self.keys[to] = key;
        self.handles[to] = handle;
        to
    }

    /// Cuts off the rows from `at` on as a block of their own.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        let mut tail = Self::default();
        tail.append(&self.keys[at..], &self.handles[at..]);
        self.keys.truncate(at);
        self.handles.truncate(at);
        self.trim();
        tail
    }

    /// Moves the first `n` rows out, as a block of their own.
    pub(crate) fn split_front(&mut self, n: usize) -> Self {
        let mut front = Self::default();
        front.append(&self.keys[..n], &self.handles[..n]);
        self.keys.drain(..n);
        self.handles.drain(..n);
        self.trim();
        front
    }

    /// Adds all rows of `next`, which all stand after the rows of this block.
    pub(crate) fn push_back(&mut self, next: &Self) {
        self.append(&next.keys, &next.handles);
    }

    fn append(&mut self, keys: &[RowKey], handles: &[u32]) {
        self.reserve(keys.len());
        self.keys.extend_from_slice(keys);
        self.handles.extend_from_slice(handles);
    }

    fn reserve(&mut self, more: usize) {
        let needed = self.len() + more;
        if needed > self.keys.capacity().min(self.handles.capacity()) {
            let room = needed.next_multiple_of(Self::STEP) - self.len();
            self.keys.reserve_exact(room);
            self.handles.reserve_exact(room);
        }
    }

    /// Gives memory back, leaving a step of room so that a block at its edge does not reallocate to and fro.
    fn trim(&mut self) {
        if self.keys.capacity() > self.len() + 2 * Self::STEP {
            let room = (self.len() + 1).next_multiple_of(Self::STEP);
            self.keys.shrink_to(room);
            self.handles.shrink_to(room);
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.keys.capacity() * size_of::<RowKey>() + self.handles.capacity() * size_of::<u32>()
    }
}
