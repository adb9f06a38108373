//! [`RankIndex`]: rows in board order, found by rank, by handle and by key. This file holds the structure and its
//! operations; it decides when blocks split and merge, and leaves what happens inside a block to `block.rs`, the
//! sums of lengths to `lengths.rs`, walking to `rows.rs`. It never looks at what a handle stands for.
//!
//! Rows stand in blocks of at most `B`, blocks in rank order:
//!
//! ```text
//! handle ──slot_of──▶ slot ──blocks──▶ keys, handles      slot ──position_of──▶ position ──lengths──▶ rank
//! key ──separators──▶ position ──order──▶ slot            rank ──lengths──▶ position, offset
//! ```
//!
//! A *slot* is a block's fixed number, a *position* its place among the blocks. Rows know their slot, so that a split
//! has to tell only the rows that it moves. Splits and merges touch the arrays by position in one linear pass, which
//! is a few microseconds at a million rows, and on average once in `B / 8` changes at most.
//!
//! Invariants (checked by `audit.rs`): there is always a block, and only a lone one is empty; `separators[p]` is not
//! above any row of block `p` and above every row before it (that of block 0 is never read); separators move only
//! with splits and merges, so they need not be rows that still exist.

use crate::block::{Block, Entry};
use crate::key::RowKey;
use crate::lengths::Lengths;
use crate::rows::Rows;

/// Rows in a full block. Larger ones shift more rows for each change; smaller ones split and merge more often, which
/// tells where rows gather behind those of the same score.
pub(crate) const BLOCK: usize = 512;

/// The slot of a handle that has no row.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// What [`RankIndex::set`] did, in 0-based ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The rank and key before, if the handle had a row.
    pub old: Option<(u32, RowKey)>,
    /// The rank after. Rows between the two ranks moved by one.
    pub new: u32,
}

/// An ordered set of rows, each a [`RowKey`] under a `u32` handle. Better keys come first; rows with equal keys stand
/// in the order of their handles.
///
/// Handles are meant to be dense: 4 bytes are held for every handle up to the largest ever used. A row itself takes
/// about 22 bytes. `B`, at least 4, is the size of a block; it is a parameter so that tests can make it small.
#[derive(Clone, Debug)]
pub struct RankIndex<const B: usize = BLOCK> {
    /// By handle: the slot of its block, or [`NOWHERE`].
    pub(crate) slot_of: Vec<u32>,
    /// By slot.
    pub(crate) blocks: Vec<Block<B>>,
    /// By slot; meaningless for free ones.
    pub(crate) position_of: Vec<u32>,
    /// Slots that hold no block now.
    pub(crate) free: Vec<u32>,
    /// By position: the slot.
    pub(crate) order: Vec<u32>,
    /// By position: a lower bound of the block's rows.
    pub(crate) separators: Vec<Entry>,
    /// By position: the number of rows.
    pub(crate) lengths: Lengths,
    pub(crate) len: u32,
}

impl RankIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An index of all these rows, in any order, in O(n log n). Where a handle comes twice, the later row counts.
    #[must_use]
    pub fn build(rows: impl IntoIterator<Item = (u32, RowKey)>) -> Self {
        rows.into_iter().collect()
    }
}

impl<const B: usize> Default for RankIndex<B> {
    fn default() -> Self {
        Self::from_sorted(&[], Vec::new())
    }
}

impl<const B: usize> FromIterator<(u32, RowKey)> for RankIndex<B> {
    fn from_iter<I: IntoIterator<Item = (u32, RowKey)>>(rows: I) -> Self {
        let rows = rows.into_iter();
        let mut entries: Vec<Entry> = Vec::with_capacity(rows.size_hint().0);
        let mut place_of = Vec::new();
        for (handle, key) in rows {
            match place_of.get(handle as usize) {
                Some(&place) if place != NOWHERE => entries[place as usize].0 = key,
                _ => {
                    note(&mut place_of, handle, entries.len() as u32);
                    entries.push((key, handle));
                }
            }
        }
        entries.sort_unstable();
        place_of.shrink_to_fit();
        Self::from_sorted(&entries, place_of)
    }
}

/// Writes to a table by handle, growing it where needed.
fn note(table: &mut Vec<u32>, handle: u32, value: u32) {
    let i = handle as usize;
    if i >= table.len() {
        table.resize(i + 1, NOWHERE);
    }
    table[i] = value;
}

impl<const B: usize> RankIndex<B> {
    /// Blocks below this look for company.
    const LOW: usize = B / 4;
    /// Two blocks become one up to this many rows; it leaves room, so that the next insertion does not split them
    /// again.
    const MERGED: usize = B / 4 * 3;

    /// `slot_of` has a place for every handle in `entries` and `NOWHERE` for every other.
    fn from_sorted(entries: &[Entry], mut slot_of: Vec<u32>) -> Self {
        const { assert!(B >= 4, "a block must have room to be split and merged") };
        let mut blocks: Vec<Block<B>> = entries.chunks(Self::MERGED).map(Block::from_sorted).collect();
        if blocks.is_empty() {
            blocks.push(Block::default());
        }
        for (slot, block) in blocks.iter().enumerate() {
            for &handle in block.handles() {
                slot_of[handle as usize] = slot as u32;
            }
        }
        let order: Vec<u32> = (0..blocks.len() as u32).collect();
        let unread = (RowKey { score: 0, stamp: 0 }, 0);
        Self {
            slot_of,
            position_of: order.clone(),
            free: Vec::new(),
            separators: blocks.iter().map(|block| block.entry(0).unwrap_or(unread)).collect(),
            lengths: Lengths::new(blocks.iter().map(|block| block.len() as u32).collect()),
            order,
            blocks,
            len: entries.len() as u32,
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The key of a handle's row.
    #[must_use]
    pub fn get(&self, handle: u32) -> Option<RowKey> {
        let (slot, i) = self.find(handle)?;
        Some(self.blocks[slot as usize].keys()[i])
    }

    /// The rank of a handle's row.
    #[must_use]
    pub fn rank_of(&self, handle: u32) -> Option<u32> {
        let (slot, i) = self.find(handle)?;
        Some(self.rank_in(slot, i))
    }

    /// The handle and key at a rank.
    #[must_use]
    pub fn at(&self, rank: u32) -> Option<(u32, RowKey)> {
        let (position, i) = self.lengths.locate(rank);
        self.block_at(position)?.entry(i).map(|(key, handle)| (handle, key))
    }

    /// The worst row.
    #[must_use]
    pub fn last(&self) -> Option<(u32, RowKey)> {
        let block = self.block_at(self.order.len() - 1)?;
        block.entry(block.len().checked_sub(1)?).map(|(key, handle)| (handle, key))
    }

    /// The number of rows that stand before the place just after this one, whether there is such a row or not: the rank
    /// from which a walk goes on that came as far as here.
    #[must_use]
    pub fn rank_after(&self, handle: u32, key: RowKey) -> u32 {
        let entry = (key, handle);
        let position = self.separators[1..].partition_point(|separator| *separator <= entry);
        let Some(block) = self.block_at(position) else { return self.len };
        let i = block.search(entry);
        self.lengths.before(position) + i as u32 + u32::from(block.entry(i) == Some(entry))
    }

    /// Up to `len` rows from `from_rank` on, in rank order; fewer, or none, at the end.
    #[must_use]
    pub fn range(&self, from_rank: u32, len: u32) -> Rows<'_, B> {
        let (position, offset) = self.lengths.locate(from_rank);
        let left = len.min(self.len.saturating_sub(from_rank));
        Rows::new(self, position, offset, left as usize)
    }

    /// All rows in rank order.
    #[must_use]
    pub fn iter(&self) -> Rows<'_, B> {
        Rows::new(self, 0, 0, self.len as usize)
    }

    /// Inserts a handle's row, or moves it to where its new key belongs.
    pub fn set(&mut self, handle: u32, key: RowKey) -> Change {
        let Some((slot, i)) = self.find(handle) else {
            return Change { old: None, new: self.put((key, handle)) };
        };
        let position = self.position_of[slot as usize] as usize;
        let first = self.lengths.before(position);
        let block = &mut self.blocks[slot as usize];
        let old = Some((first + i as u32, block.keys()[i]));
        let entry = (key, handle);
        let fits = (position == 0 || self.separators[position] <= entry)
            && self.separators.get(position + 1).is_none_or(|next| entry < *next);
        let new = if fits {
            first + block.rekey(i, key) as u32
        } else {
            self.take(slot, i);
            self.put(entry)
        };
        Change { old, new }
    }

    /// Removes a handle's row; returns the rank and the key that it had.
    pub fn remove(&mut self, handle: u32) -> Option<(u32, RowKey)> {
        let (slot, i) = self.find(handle)?;
        let removed = (self.rank_in(slot, i), self.blocks[slot as usize].keys()[i]);
        self.take(slot, i);
        self.slot_of[handle as usize] = NOWHERE;
        Some(removed)
    }

    /// The bytes this index holds on the heap, spare room included; the allocator's own overhead is not counted.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let words = [&self.slot_of, &self.position_of, &self.free, &self.order];
        words.iter().map(|table| table.capacity() * size_of::<u32>()).sum::<usize>()
            + self.separators.capacity() * size_of::<Entry>()
            + self.lengths.heap_bytes()
            + self.blocks.capacity() * size_of::<Block<B>>()
            + self.blocks.iter().map(Block::heap_bytes).sum::<usize>()
    }

    pub(crate) fn block_at(&self, position: usize) -> Option<&Block<B>> {
        self.order.get(position).map(|slot| &self.blocks[*slot as usize])
    }

    fn find(&self, handle: u32) -> Option<(u32, usize)> {
        let slot = *self.slot_of.get(handle as usize)?;
        let i = self.blocks.get(slot as usize)?.find(handle)?;
        Some((slot, i))
    }

    fn rank_in(&self, slot: u32, i: usize) -> u32 {
        self.lengths.before(self.position_of[slot as usize] as usize) + i as u32
    }

    /// Inserts a row that is in no block; returns its rank.
    fn put(&mut self, entry: Entry) -> u32 {
        let mut position = self.separators[1..].partition_point(|separator| *separator <= entry);
        let mut slot = self.order[position];
        let mut i = self.blocks[slot as usize].search(entry);
        let len = self.blocks[slot as usize].len();
        if len >= B {
            // Rows that keep arriving at the end, as those of newcomers do, fill their blocks to the brim.
            let at = if i == len && position + 1 == self.order.len() { len } else { len / 2 };
            self.split(position, at, entry);
            if i > at || at == len {
                position += 1;
                slot = self.order[position];
                i -= at;
            }
        }
        let block = &mut self.blocks[slot as usize];
        block.insert(i, entry);
        self.lengths.set(position, block.len());
        note(&mut self.slot_of, entry.1, slot);
        self.len += 1;
        self.lengths.before(position) + i as u32
    }

    /// Takes a row out of its block, but leaves `slot_of` to the caller.
    fn take(&mut self, slot: u32, i: usize) {
        let block = &mut self.blocks[slot as usize];
        block.remove(i);
        let len = block.len();
        let position = self.position_of[slot as usize] as usize;
        self.lengths.set(position, len);
        self.len -= 1;
        if (len < Self::LOW || len == 0) && self.order.len() > 1 {
            // The neighbour before, or the one after where there is none before.
            self.join(position.saturating_sub(1));
        }
    }

    /// Splits a block: its rows from `at` on become the next block. Where none are left for that, `first` is the row
    /// that the caller is about to put there.
    fn split(&mut self, position: usize, at: usize, first: Entry) {
        let slot = self.order[position];
        let tail = self.blocks[slot as usize].split_off(at);
        let tail_len = tail.len();
        let separator = tail.entry(0).unwrap_or(first);
        let tail_slot = self.free.pop().unwrap_or_else(|| {
            self.blocks.push(Block::default());
            self.position_of.push(0);
            (self.blocks.len() - 1) as u32
        });
        self.relabel(&tail, tail_slot);
        self.blocks[tail_slot as usize] = tail;
        self.order.insert(position + 1, tail_slot);
        self.separators.insert(position + 1, separator);
        self.lengths.insert(position + 1, tail_len);
        self.lengths.set(position, at);
        self.renumber(position + 1);
    }

    /// Makes the block at `position` and the one after it one block, or shares their rows evenly.
    fn join(&mut self, position: usize) {
        let (left_slot, right_slot) = (self.order[position], self.order[position + 1]);
        let mut right = std::mem::take(&mut self.blocks[right_slot as usize]);
        let left = &mut self.blocks[left_slot as usize];
        let total = left.len() + right.len();
        if total <= Self::MERGED {
            left.push_back(&right);
            self.relabel(&right, left_slot);
            self.free.push(right_slot);
            self.order.remove(position + 1);
            self.separators.remove(position + 1);
            self.lengths.remove(position + 1);
            self.lengths.set(position, total);
            self.renumber(position + 1);
            return;
        }
        let half = total / 2;
        if left.len() < half {
            let moved = right.split_front(half - left.len());
            left.push_back(&moved);
            self.relabel(&moved, left_slot);
        } else {
            let mut moved = left.split_off(half);
            self.relabel(&moved, right_slot);
            moved.push_back(&right);
            right = moved;
        }
        if let Some(first) = right.entry(0) {
            self.separators[position + 1] = first;
        }
        self.blocks[right_slot as usize] = right;
        self.lengths.set(position, half);
        self.lengths.set(position + 1, total - half);
    }

    fn relabel(&mut self, moved: &Block<B>, slot: u32) {
        for &handle in moved.handles() {
            self.slot_of[handle as usize] = slot;
        }
    }

    fn renumber(&mut self, from: usize) {
        for (position, &slot) in self.order.iter().enumerate().skip(from) {
            self.position_of[slot as usize] = position as u32;
        }
    }
}

impl<'a, const B: usize> IntoIterator for &'a RankIndex<B> {
    type Item = (u32, RowKey);
    type IntoIter = Rows<'a, B>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
