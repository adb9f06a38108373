//! A board in a window, changed so that an exact number of its rows differ, and the page edits that say so. Rows are
//! changed by what each change means, not by edits, so that the edits can be checked against them.

use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::{BoardNo, PageNo, PlatformNo, Slot};
use scorelay_protocol::page::{PageOp, PageRows, Row};

use crate::draw::Draw;

/// Names of the platforms that entities are of.
pub(crate) const PLATFORMS: [&str; 3] = ["twitch", "discord", "word"];
/// The board's number.
pub(crate) const BOARD: BoardNo = BoardNo(1);

const PAGE: usize = PageNo::ROWS as usize;

/// Rows in rank order.
#[derive(Clone)]
pub(crate) struct Board(pub(crate) Vec<Row>);

impl Board {
    /// Rows of people nobody has seen before, with room between their scores.
    pub(crate) fn new(rows: usize, draw: &mut Draw) -> Self {
        let mut score = 5_000_000;
        let mut next = || {
            score -= 2_000 + i64::from(draw.below(2_000));
            Row { entity: entity(draw), score }
        };
        Self((0..rows).map(|_| next()).collect())
    }

    /// Changes exactly `differing` of the first `window` rows, and no others: about half of them because one row
    /// climbed past its neighbours, the others their score alone.
    pub(crate) fn change(&mut self, differing: usize, window: usize, draw: &mut Draw) {
        let before = self.0.clone();
        loop {
            if self.try_change(differing, window, draw) {
                return;
            }
            self.0.clone_from(&before);
        }
    }

    fn try_change(&mut self, differing: usize, window: usize, draw: &mut Draw) -> bool {
        let span = if differing == 1 { 0 } else { differing.div_ceil(2) };
        let top = draw.below((window - span + 1) as u32) as usize;
        if span > 0 {
            let mut row = self.0.remove(top + span - 1);
            row.score = self.0[top].score + 1;
            self.0.insert(top, row);
            if top > 0 && self.0[top - 1].score < self.0[top].score {
                return false;
            }
        }
        let mut others: Vec<usize> = (0..window).filter(|rank| !(top..top + span).contains(rank)).collect();
        while others.len() > differing - span {
            others.swap_remove(draw.below(others.len() as u32) as usize);
        }
        // From the top on, so that each sees the new score of the row before.
        others.sort_unstable();
        others.into_iter().all(|rank| {
            self.0[rank].score += 1 + i64::from(draw.below(3));
            rank == 0 || self.0[rank - 1].score >= self.0[rank].score
        })
    }

    /// All rows of all pages.
    pub(crate) fn snapshot(&self) -> Vec<Body> {
        let pages = self.0.chunks(PAGE).zip(0..);
        pages
            .map(|(rows, page)| Body::PageSnapshot { board: BOARD, page: PageNo(page), rows: PageRows(rows.to_vec()) })
            .collect()
    }

    /// Edits that make these rows of those before, for each page that differs.
    pub(crate) fn delta(&self, before: &Self) -> Vec<Body> {
        let pages = before.0.chunks(PAGE).zip(self.0.chunks(PAGE)).zip(0..);
        pages
            .filter(|((old, new), _)| old != new)
            .map(|((old, new), page)| Body::PageDelta { board: BOARD, page: PageNo(page), ops: edits(old, new) })
            .collect()
    }
}

/// The fewest edits where rows only climb.
fn edits(old: &[Row], new: &[Row]) -> Vec<PageOp> {
    let mut ops = Vec::new();
    let mut rows = old.to_vec();
    for at in (0..rows.len()).rev() {
        if !new.iter().any(|row| row.entity == rows[at].entity) {
            rows.remove(at);
            ops.push(PageOp::Remove { slot: Slot(at as u8) });
        }
    }
    for (at, row) in new.iter().enumerate() {
        let slot = Slot(at as u8);
        match rows.iter().skip(at).position(|there| there.entity == row.entity) {
            Some(0) => {
                let by = row.score - rows[at].score;
                if by != 0 {
                    ops.push(PageOp::Score { slot, by });
                }
                rows[at] = row.clone();
            }
            Some(further) => {
                let there = rows.remove(at + further);
                ops.push(PageOp::Move { from: Slot((at + further) as u8), to: slot, by: row.score - there.score });
                rows.insert(at, row.clone());
            }
            None => {
                ops.push(PageOp::Insert { slot, row: row.clone() });
                rows.insert(at, row.clone());
            }
        }
    }
    ops
}

/// Six of ten with a short number, two with one that JavaScript's numbers do not hold, two with a text.
fn entity(draw: &mut Draw) -> WireEntity {
    let (platform, id) = match draw.below(10) {
        0..6 => (0, EntityId::Number(10_000_000 + u64::from(draw.below(900_000_000)))),
        6..8 => (1, EntityId::Number((1 << 58) + (draw.next() >> 8))),
        _ => {
            let vowel = |draw: &mut Draw| ["a", "e", "é", "o", "u"][draw.below(5) as usize];
            let consonant = |draw: &mut Draw| ["k", "l", "m", "p", "rt", "s"][draw.below(6) as usize];
            let syllables = 4 + draw.below(4);
            let text: String = (0..syllables).map(|_| [consonant(draw), vowel(draw)].concat()).collect();
            (2, EntityId::Text(format!("{text}{}", draw.below(10_000)).into()))
        }
    };
    WireEntity { platform: PlatformNo(platform), id }
}
