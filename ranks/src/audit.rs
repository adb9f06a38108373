//! Checks of everything that must hold inside an index, for tests and the simulation. It reads all rows, so it has no
//! place on a live path; the invariants themselves are described in `index.rs`.

use crate::index::{NOWHERE, RankIndex};

impl<const B: usize> RankIndex<B> {
    /// Checks every invariant of the structure in O(n).
    ///
    /// # Errors
    /// Says which one does not hold, and where. That is a bug of this crate: no sequence of calls leads there.
    pub fn audit(&self) -> Result<(), String> {
        let blocks = self.order.len();
        if blocks == 0 || self.separators.len() != blocks || self.lengths.before(blocks) != self.len {
            return Err(format!("{blocks} blocks do not fit {} rows", self.len));
        }
        let mut previous = None;
        let mut rank = 0;
        for (position, &slot) in self.order.iter().enumerate() {
            let block = &self.blocks[slot as usize];
            let len = block.len();
            if self.position_of.get(slot as usize) != Some(&(position as u32)) {
                return Err(format!("block {position} does not know its position"));
            }
            if len != self.lengths.get(position) || self.lengths.before(position) != rank {
                return Err(format!("block {position} of {len} rows is counted wrongly"));
            }
            if len > B || block.keys().len() != len || (len == 0 && blocks > 1) {
                return Err(format!("block {position} has {len} rows"));
            }
            for i in 0..len {
                let entry = block.entry(i);
                if previous >= entry {
                    return Err(format!("row {i} of block {position} is out of order"));
                }
                if position > 0 && entry < Some(self.separators[position]) {
                    return Err(format!("row {i} of block {position} belongs into an earlier block"));
                }
                if position + 1 < blocks && entry >= Some(self.separators[position + 1]) {
                    return Err(format!("row {i} of block {position} belongs into a later block"));
                }
                let handle = block.handles()[i];
                if self.slot_of.get(handle as usize) != Some(&slot) {
                    return Err(format!("handle {handle} does not know its block"));
                }
                previous = entry;
            }
            rank += len as u32;
        }
        let known = self.slot_of.iter().filter(|slot| **slot != NOWHERE).count();
        if known != self.len as usize {
            return Err(format!("{known} handles are known for {} rows", self.len));
        }
        if self.free.len() + blocks != self.blocks.len() {
            return Err("a block is neither used nor free".into());
        }
        Ok(())
    }
}
