//! Which pages of one board may have changed since the last tick, as intervals of page numbers. Marking takes the same
//! short time however many ranks a change crossed; nothing here knows which pages anybody watches.

use scorelay_protocol::ids::PageNo;
use scorelay_protocol::limits::MARKED_SPANS;

/// Intervals of page numbers, both ends included.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    spans: Vec<(u32, u32)>,
    /// How many were left when they were last merged.
    merged: usize,
}

impl Marks {
    /// A row went from one 0-based rank to another, came, or went.
    pub(crate) fn moved(&mut self, old: Option<u32>, new: Option<u32>) {
        let page = |rank| PageNo::of_index(rank).0;
        let span = match (old, new) {
            (Some(old), Some(new)) => (page(old.min(new)), page(old.max(new))),
            (Some(rank), None) | (None, Some(rank)) => (page(rank), u32::MAX),
            (None, None) => return,
        };
        if self.spans.last() == Some(&span) {
            return;
        }
        self.spans.push(span);
        if self.spans.len() > 64 + 2 * self.merged {
            self.merge();
        }
    }

    /// Everything may have changed.
    pub(crate) fn all(&mut self) {
        self.spans.clear();
        self.spans.push((0, u32::MAX));
    }

    /// Whether nothing is marked.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Gives what was marked as ascending intervals that do not touch, and begins anew.
    pub(crate) fn take(&mut self) -> Vec<(u32, u32)> {
        self.merge();
        self.merged = 0;
        std::mem::take(&mut self.spans)
    }

    fn merge(&mut self) {
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, span| {
            let touches = next.0 <= span.1.saturating_add(1);
            if touches {
                span.1 = span.1.max(next.1);
            }
            touches
        });
        if self.spans.len() > MARKED_SPANS {
            let last = self.spans[self.spans.len() - 1].1;
            self.spans.truncate(1);
            self.spans[0].1 = last;
        }
        self.merged = self.spans.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_score_in_place_marks_its_page_only_and_a_newcomer_all_below() {
        let mut marks = Marks::default();
        marks.moved(Some(40), Some(40));
        marks.moved(Some(200), Some(100));
        assert_eq!(marks.take(), [(1, 1), (3, 6)]);
        assert!(marks.is_empty());
        marks.moved(None, Some(70));
        marks.moved(Some(3), Some(3));
        assert_eq!(marks.take(), [(0, 0), (2, u32::MAX)]);
    }

    #[test]
    fn far_too_many_intervals_become_one() {
        let mut marks = Marks::default();
        let many = 5 * MARKED_SPANS as u32;
        for i in 0..many {
            marks.moved(Some(i * 64), Some(i * 64));
            assert!(marks.spans.len() <= 3 * MARKED_SPANS);
        }
        assert_eq!(marks.take()[0].0, 0);
        for i in 0..=MARKED_SPANS as u32 {
            marks.moved(Some(i * 64), Some(i * 64));
        }
        assert_eq!(marks.take(), [(0, MARKED_SPANS as u32 * 2)]);
    }

    proptest! {
        #[test]
        fn exactly_the_pages_between_are_marked(moves in proptest::collection::vec((0..640u32, 0..640u32), 0..200)) {
            let mut marks = Marks::default();
            for &(old, new) in &moves {
                marks.moved(Some(old), Some(new));
            }
            let spans = marks.take();
            for page in 0..20 {
                let crossed = moves.iter().any(|&(a, b)| a.min(b) / 32 <= page && page <= a.max(b) / 32);
                prop_assert_eq!(spans.iter().any(|&(lo, hi)| lo <= page && page <= hi), crossed);
            }
            prop_assert!(spans.windows(2).all(|w| w[0].1 + 1 < w[1].0));
        }
    }
}
