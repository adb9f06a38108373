//! From one state of a page to the next by few and short list edits. It knows rows by handle and score only; what
//! edits mean is in `scorelay_protocol::page`, who reads pages and keeps their last state is `page_feed.rs`.

use scorelay_protocol::ids::{PageNo, Slot};
use scorelay_protocol::page::{PageOp, Row};
use scorelay_protocol::score::Units;

const ROWS: usize = PageNo::ROWS as usize;
/// The other page has no such row.
const NOWHERE: u8 = u8::MAX;

/// A handle that no row has: a [`Cell`] with it is not found on the other page.
pub(crate) const NOBODY: u32 = u32::MAX;

/// A row: whose, and with what score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) handle: u32,
    pub(crate) score: Units,
}

/// Edits that lead from `old` to `new`, each of at most 32 rows, with no more than 32 at any step. `entity` gives that
/// of the new row at an index.
///
/// Removals come first, from the last slot up; then moves and insertions in the order of the new page; then scores. The
/// rows that stay where they are are those whose moving would cost the most bytes, so that of two rows that swapped
/// the one with the new score is moved.
pub(crate) fn edits<E>(old: &[Cell], new: &[Cell], mut entity: impl FnMut(usize) -> E) -> Vec<PageOp<E>> {
    debug_assert!(old.len() <= ROWS && new.len() <= ROWS);
    let pairs = Pairs::new(old, new);
    let mut ops = Vec::new();
    let mut order = Order::default();
    for slot in (0..old.len()).rev().filter(|&i| pairs.place_of[i] == NOWHERE) {
        ops.push(PageOp::Remove { slot: Slot(slot as u8) });
    }
    for &place in pairs.place_of[..old.len()].iter().filter(|&&place| place != NOWHERE) {
        order.insert(order.len, place);
    }
    let mut unsettled = pairs.movers(old, new);
    for (place, row) in new.iter().enumerate() {
        let source = pairs.source_of[place];
        if source == NOWHERE {
            let slot = order.slot_after(place);
            order.insert(slot, place as u8);
            ops.push(PageOp::Insert { slot: Slot(slot as u8), row: Row { entity: entity(place), score: row.score } });
        } else if unsettled & (1 << place) != 0 {
            let from = order.remove(place as u8);
            let to = order.slot_after(place);
            order.insert(to, place as u8);
            if from == to {
                unsettled &= !(1 << place);
            } else {
                let by = row.score - old[usize::from(source)].score;
                ops.push(PageOp::Move { from: Slot(from as u8), to: Slot(to as u8), by });
            }
        }
    }
    let stayed = (0..new.len()).filter(|&place| pairs.source_of[place] != NOWHERE && unsettled & (1 << place) == 0);
    for place in stayed {
        let by = new[place].score - old[usize::from(pairs.source_of[place])].score;
        if by != 0 {
            ops.push(PageOp::Score { slot: Slot(place as u8), by });
        }
    }
    ops
}

/// Which old row is which new row.
struct Pairs {
    /// By old slot: the new slot.
    place_of: [u8; ROWS],
    /// By new slot: the old slot.
    source_of: [u8; ROWS],
}

impl Pairs {
    fn new(old: &[Cell], new: &[Cell]) -> Self {
        let mut pairs = Self { place_of: [NOWHERE; ROWS], source_of: [NOWHERE; ROWS] };
        // Where a row came in or left above, those below it stand one slot off, but still one after the other.
        let mut after = 0;
        for (place, row) in new.iter().enumerate() {
            let same = |cell: &Cell| cell.handle == row.handle && row.handle != NOBODY;
            let guess = [after, place].into_iter().find(|&slot| old.get(slot).is_some_and(same));
            if let Some(source) = guess.or_else(|| old.iter().position(same)) {
                pairs.place_of[source] = place as u8;
                pairs.source_of[place] = source as u8;
                after = source + 1;
            }
        }
        pairs
    }

    /// A bit for each new slot whose row has to be moved. The others form the increasing subsequence of greatest
    /// weight: an unmoved row saves a move of 3 bytes, or, if its score changed, costs 2 for the score instead.
    fn movers(&self, old: &[Cell], new: &[Cell]) -> u32 {
        let mut places = [0u8; ROWS];
        let mut weights = [0u32; ROWS];
        let mut len = 0;
        for (source, &place) in self.place_of.iter().enumerate().filter(|&(_, &place)| place != NOWHERE) {
            places[len] = place;
            weights[len] = if old[source].score == new[usize::from(place)].score { 3 } else { 1 };
            len += 1;
        }
        // Rows at either end that stand right with regard to all others stay in any case: the rest is mostly short.
        let (from, to) = unsorted(&places[..len]);
        let (places, weights) = (&places[from..to], &weights[from..to]);
        let len = places.len();
        if len == 0 {
            return 0;
        }
        let mut best = [0u32; ROWS];
        let mut before = [NOWHERE; ROWS];
        let mut last = 0;
        for k in 0..len {
            for l in (0..k).filter(|&l| places[l] < places[k]) {
                if best[l] > best[k] {
                    best[k] = best[l];
                    before[k] = l as u8;
                }
            }
            best[k] += weights[k];
            if best[k] > best[last] {
                last = k;
            }
        }
        let mut movers = places.iter().fold(0, |bits, &place| bits | 1 << place);
        let mut kept = last as u8;
        while kept != NOWHERE {
            movers &= !(1 << places[usize::from(kept)]);
            kept = before[usize::from(kept)];
        }
        movers
    }
}

/// The shortest range outside of which every place is above all before it and below all after it.
fn unsorted(places: &[u8]) -> (usize, usize) {
    let Some(first) = places.windows(2).position(|pair| pair[0] > pair[1]) else { return (0, 0) };
    let last = places.windows(2).rposition(|pair| pair[0] > pair[1]).map_or(first, |at| at + 1);
    let inner = &places[first..=last];
    let least = inner.iter().copied().min().unwrap_or_default();
    let most = inner.iter().copied().max().unwrap_or_default();
    (
        places[..first].partition_point(|&place| place < least),
        last + 1 + places[last + 1..].partition_point(|&place| place < most),
    )
}

/// The page between two edits, as the new slots of its rows.
struct Order {
    places: [u8; ROWS],
    len: usize,
}

impl Default for Order {
    fn default() -> Self {
        Self { places: [0; ROWS], len: 0 }
    }
}

impl Order {
    fn slot_of(&self, place: u8) -> usize {
        let slot = self.places[..self.len].iter().position(|&p| p == place);
        slot.expect("invariant: rows before the one at hand are on the page already")
    }

    /// The slot directly after the row that precedes `place`: rows up to there are in their final order, while
    /// rows that wait to be moved may stand between them.
    fn slot_after(&self, place: usize) -> usize {
        if place == 0 { 0 } else { self.slot_of(place as u8 - 1) + 1 }
    }

    fn insert(&mut self, slot: usize, place: u8) {
        self.places.copy_within(slot..self.len, slot + 1);
        self.places[slot] = place;
        self.len += 1;
    }

    fn remove(&mut self, place: u8) -> usize {
        let slot = self.slot_of(place);
        self.places.copy_within(slot + 1..self.len, slot);
        self.len -= 1;
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use scorelay_protocol::page::apply;

    fn cells(rows: &[(u32, i64)]) -> Vec<Cell> {
        rows.iter().map(|&(handle, score)| Cell { handle, score }).collect()
    }

    fn as_rows(cells: &[Cell]) -> Vec<Row<u32>> {
        cells.iter().map(|cell| Row { entity: cell.handle, score: cell.score }).collect()
    }

    fn ops(old: &[Cell], new: &[Cell]) -> Vec<PageOp<u32>> {
        edits(old, new, |i| new[i].handle)
    }

    #[test]
    fn of_two_rows_that_swap_the_one_with_the_new_score_moves() {
        let (old, new) = (cells(&[(1, 10), (2, 9)]), cells(&[(2, 11), (1, 10)]));
        assert_eq!(ops(&old, &new), [PageOp::Move { from: Slot(1), to: Slot(0), by: 2 }]);
        let new = cells(&[(2, 9), (1, 8)]);
        assert_eq!(ops(&old, &new), [PageOp::Move { from: Slot(0), to: Slot(1), by: -2 }]);
    }

    #[test]
    fn a_jump_over_a_full_page_is_two_edits() {
        let old: Vec<Cell> = (0..32).map(|i| Cell { handle: i, score: 100 - i64::from(i) }).collect();
        let mut new = old.clone();
        new.pop();
        new.insert(0, Cell { handle: 77, score: 500 });
        let row = Row { entity: 77, score: 500 };
        assert_eq!(ops(&old, &new), [PageOp::Remove { slot: Slot(31) }, PageOp::Insert { slot: Slot(0), row }]);
    }

    #[test]
    fn equal_pages_need_no_edit_and_a_changed_score_one() {
        let old = cells(&[(1, 10), (2, 9)]);
        assert_eq!(ops(&old, &old), []);
        assert_eq!(ops(&old, &cells(&[(1, 10), (2, 10)])), [PageOp::Score { slot: Slot(1), by: 1 }]);
    }

    #[test]
    fn a_row_of_nobody_is_another_row_even_beside_its_like() {
        let old = cells(&[(NOBODY, 10)]);
        let row = Row { entity: 3, score: 10 };
        let expected = [PageOp::Remove { slot: Slot(0) }, PageOp::Insert { slot: Slot(0), row }];
        assert_eq!(ops(&old, &cells(&[(3, 10)])), expected);
    }

    #[test]
    fn what_is_sorted_at_both_ends_is_left_out() {
        for (places, range) in [
            (&[][..], (0, 0)),
            (&[1, 2, 5], (0, 0)),
            (&[0, 1, 3, 2, 4, 5], (2, 4)),
            (&[0, 4, 5, 6, 1, 7], (1, 5)),
            (&[0, 6, 1, 2, 3, 7], (1, 5)),
            (&[3, 2, 1], (0, 3)),
        ] {
            assert_eq!(unsorted(places), range, "{places:?}");
        }
    }

    fn page(most: usize) -> impl Strategy<Value = Vec<Cell>> {
        let rows = proptest::sample::subsequence((0..40u32).collect::<Vec<_>>(), 0..=most).prop_shuffle();
        let scores = proptest::collection::vec(0..4i64, most);
        (rows, scores).prop_map(|(handles, scores)| {
            handles.into_iter().zip(scores).map(|(handle, score)| Cell { handle, score }).collect()
        })
    }

    /// Bytes of the moves and scores for survivors, by trying every set of rows that could stay.
    fn cheapest(old: &[Cell], new: &[Cell]) -> u32 {
        let place = |cell: &Cell| new.iter().position(|c| c.handle == cell.handle);
        let survivors: Vec<(usize, u32)> = old
            .iter()
            .filter_map(|cell| place(cell).map(|at| (at, if new[at].score == cell.score { 3 } else { 1 })))
            .collect();
        let sets = 0u32..1 << survivors.len();
        let stays = |set: u32| (0..survivors.len()).filter(move |k| set & (1 << k) != 0).map(|k| survivors[k]);
        let saved = sets.filter(|&set| stays(set).is_sorted()).map(|set| stays(set).map(|(_, w)| w).sum::<u32>()).max();
        3 * survivors.len() as u32 - saved.unwrap_or(0)
    }

    proptest! {
        #[test]
        fn edits_lead_exactly_to_the_new_page(old in page(32), new in page(32)) {
            let mut rows = as_rows(&old);
            for op in ops(&old, &new) {
                prop_assert!(apply(&mut rows, op).is_ok());
                prop_assert!(rows.len() <= 32);
            }
            prop_assert_eq!(rows, as_rows(&new));
        }

        #[test]
        fn no_other_choice_of_moved_rows_is_cheaper(old in page(8), keep in any::<u8>(), swaps in
            proptest::collection::vec((0..8usize, 0..8usize), 0..4), gains in proptest::collection::vec(0..2i64, 8)) {
            let mut new: Vec<Cell> = old.iter().enumerate().filter(|(i, _)| keep & (1 << i) != 0)
                .map(|(i, cell)| Cell { score: cell.score + gains[i], ..*cell }).collect();
            for (a, b) in swaps {
                if a < new.len() && b < new.len() {
                    new.swap(a, b);
                }
            }
            let cost: u32 = ops(&old, &new).iter().map(|op| match op {
                PageOp::Score { .. } => 2,
                PageOp::Move { .. } => 3,
                PageOp::Insert { .. } | PageOp::Remove { .. } => 0,
            }).sum();
            prop_assert!(cost <= cheapest(&old, &new));
        }
    }
}
