//! Which rows leave a board that has more than its `max_rows`: the lowest scores, and of equal ones those reached
//! earliest, so that a board full of equal scores still takes newcomers. It only chooses; `cut.rs` removes.

use scorelay_protocol::score::Units;
use scorelay_ranks::{RankIndex, Rows};

/// Rows that have to go.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Victims {
    /// Rows that stand on the board, by handle.
    pub(crate) standing: Vec<u32>,
    /// Rows that this cut was about to set, as indices into the scores given.
    pub(crate) incoming: Vec<usize>,
}

/// Chooses `excess` rows out of those that stand on a board and `incoming` scores in the order in which they were
/// reached, all of them later than any standing row. Standing rows for which `skip` holds are no longer there.
pub(crate) fn victims(rows: &RankIndex, skip: impl Fn(u32) -> bool, incoming: &[Units], excess: usize) -> Victims {
    let mut chosen = Victims::default();
    if excess == 0 {
        return chosen;
    }
    let mut arriving: Vec<usize> = (0..incoming.len()).collect();
    arriving.sort_by_key(|&i| (incoming[i], i));
    let mut arriving = arriving.into_iter().peekable();
    let mut standing = LowestFirst::new(rows).filter(|&(handle, _)| !skip(handle)).peekable();
    for _ in 0..excess {
        match (standing.peek(), arriving.peek()) {
            (Some(&(handle, score)), next) if next.is_none_or(|&i| score <= incoming[i]) => {
                chosen.standing.push(handle);
                standing.next();
            }
            (_, Some(&i)) => {
                chosen.incoming.push(i);
                arriving.next();
            }
            (_, None) => break,
        }
    }
    chosen
}

/// Rows as `(handle, score)`, from the lowest score up, earliest first among equal ones.
struct LowestFirst<'a> {
    rows: &'a RankIndex,
    /// What is left of the rows with the current score.
    equal: Rows<'a>,
    /// The rank of the first of them.
    from: u32,
}

impl<'a> LowestFirst<'a> {
    fn new(rows: &'a RankIndex) -> Self {
        Self { rows, equal: rows.range(rows.len(), 0), from: rows.len() }
    }

    /// The first rank below `end` that has this score; the row before `end` has it.
    fn first_with(&self, score: Units, end: u32) -> u32 {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.rows.at(middle) {
                Some((_, key)) if key.score > score => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
}

impl Iterator for LowestFirst<'_> {
    type Item = (u32, Units);

    fn next(&mut self) -> Option<Self::Item> {
        if self.equal.len() == 0 {
            let end = self.from;
            let (_, key) = self.rows.at(end.checked_sub(1)?)?;
            self.from = self.first_with(key.score, end);
            self.equal = self.rows.range(self.from, end - self.from);
        }
        self.equal.next().map(|(handle, key)| (handle, key.score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use scorelay_ranks::RowKey;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn victims_are_the_first_of_all_rows_sorted(
            standing in prop::collection::vec((-3i64..3, any::<bool>()), 0..400),
            incoming in prop::collection::vec(-3i64..3, 0..20),
            excess in 0usize..60,
        ) {
            let keys = standing.iter().enumerate();
            let rows = RankIndex::build(keys.map(|(i, &(score, _))| (i as u32, RowKey { score, stamp: i as u64 })));
            let mut all: Vec<(Units, usize, bool)> = standing.iter().enumerate()
                .filter(|(_, (_, skip))| !skip)
                .map(|(i, &(score, _))| (score, i, true))
                .chain(incoming.iter().enumerate().map(|(i, &score)| (score, 1000 + i, false)))
                .collect();
            all.sort_unstable();
            all.truncate(excess);
            let mut expected = Victims::default();
            for (_, i, stands) in all {
                if stands { expected.standing.push(i as u32) } else { expected.incoming.push(i - 1000) }
            }
            prop_assert_eq!(victims(&rows, |handle| standing[handle as usize].1, &incoming, excess), expected);
        }
    }
}
