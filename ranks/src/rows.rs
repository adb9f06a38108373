//! Walking rows in rank order, from any rank on, across blocks. It borrows the index and never changes it; how the
//! first row is found is in `index.rs`.

use std::iter::{Copied, FusedIterator, Zip};
use std::slice::Iter;

use crate::block::Block;
use crate::index::{BLOCK, RankIndex};
use crate::key::RowKey;

type InBlock<'a> = Zip<Copied<Iter<'a, u32>>, Copied<Iter<'a, RowKey>>>;

/// Rows in rank order, as `(handle, key)`; made by [`RankIndex::range`] and [`RankIndex::iter`].
#[derive(Clone, Debug)]
pub struct Rows<'a, const B: usize = BLOCK> {
    index: &'a RankIndex<B>,
    /// The position of the block that `rows` walks.
    position: usize,
    rows: InBlock<'a>,
    left: usize,
}

impl<'a, const B: usize> Rows<'a, B> {
    /// `left` rows from the row at `offset` in the block at `position`; the caller makes sure that there are as many.
    pub(crate) fn new(index: &'a RankIndex<B>, position: usize, offset: usize, left: usize) -> Self {
        let rows = index.block_at(position).map_or_else(|| walk(&[], &[]), |block| walk_from(block, offset));
        Self { index, position, rows, left }
    }
}

fn walk_from<const B: usize>(block: &Block<B>, offset: usize) -> InBlock<'_> {
    walk(block.handles().get(offset..).unwrap_or_default(), block.keys().get(offset..).unwrap_or_default())
}

fn walk<'a>(handles: &'a [u32], keys: &'a [RowKey]) -> InBlock<'a> {
    handles.iter().copied().zip(keys.iter().copied())
}

impl<const B: usize> Iterator for Rows<'_, B> {
    type Item = (u32, RowKey);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        loop {
            if let Some(row) = self.rows.next() {
                self.left -= 1;
                return Some(row);
            }
            self.position += 1;
            let Some(block) = self.index.block_at(self.position) else {
                self.left = 0;
                return None;
            };
            self.rows = walk_from(block, 0);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<const B: usize> ExactSizeIterator for Rows<'_, B> {}
impl<const B: usize> FusedIterator for Rows<'_, B> {}
