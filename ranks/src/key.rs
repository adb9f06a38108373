//! What a row is ranked by: its score and the stamp that says when it got there. The order is the board's order, better
//! rows first; it carries no id and no decimals. `block.rs` stores keys, `index.rs` orders equal ones by handle.

use std::cmp::Ordering;

/// What ranks a row. `Ord` puts the better row first: the higher score, then the earlier stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// The score in units of 10^-decimals of the board.
    pub score: i64,
    /// When the score was reached, as a number that grows with time and is unique within a board.
    pub stamp: u64,
}

impl RowKey {
    /// The key as one number that ascends from better to worse, so that a comparison has no branch between its halves.
    #[inline]
    fn order(self) -> u128 {
        // Flipping every bit but the sign bit turns descending i64 order into ascending u64 order.
        let score = self.score as u64 ^ (i64::MAX as u64);
        (u128::from(score) << 64) | u128::from(self.stamp)
    }
}

impl Ord for RowKey {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for RowKey {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline]
    fn lt(&self, other: &Self) -> bool {
        self.order() < other.order()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_rows_come_first_over_the_whole_range() {
        let scores = [i64::MAX, 1 << 53, 1, 0, -1, -(1 << 53), i64::MIN];
        let stamps = [0, 1, 1 << 40, u64::MAX];
        let keys: Vec<RowKey> =
            scores.iter().flat_map(|&score| stamps.iter().map(move |&stamp| RowKey { score, stamp })).collect();
        for (i, a) in keys.iter().enumerate() {
            for (j, b) in keys.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a:?} against {b:?}");
                assert_eq!(a < b, i < j, "{a:?} against {b:?}");
            }
        }
    }
}
