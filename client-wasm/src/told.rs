//! What JavaScript was told of each view last, so that it is told only what differs.
//!
//! As long as a window is complete and stays where it is, a record of edits is enough: most messages change a few rows
//! of it, and a row that merely moved is named by where it stood. Everything else is told as a whole.

use scorelay_client::core::{LevelView, ViewId};
use scorelay_client::protocol::ids::RelayEpoch;
use scorelay_client::protocol::page::Row;

use crate::output::Output;
use crate::records;

/// Views by number.
#[derive(Default)]
pub(crate) struct Told(Vec<(ViewId, Window)>);

/// A complete window as it was told.
struct Window {
    epoch: RelayEpoch,
    title: String,
    unit: String,
    decimals: u8,
    synthetic: bool,
    from: u32,
    /// Version and number of rows of each page's part.
    pages: Vec<(u64, usize)>,
    rows: Vec<Row>,
}

impl Told {
    /// The view is told of in another way, or not at all any more.
    pub(crate) fn forget(&mut self, view: ViewId) {
        self.0.retain(|(known, _)| *known != view);
    }

    /// Tells of a complete window.
    pub(crate) fn tell(&mut self, out: &mut Output, view: ViewId, now: &LevelView<'_>) {
        match self.0.iter_mut().find(|(known, _)| *known == view) {
            Some((_, window)) if window.matches(now) => window.edit(out, view, now),
            Some((_, window)) => {
                *window = Window::of(now);
                records::level_view(out, view.0, now);
            }
            None => {
                self.0.push((view, Window::of(now)));
                records::level_view(out, view.0, now);
            }
        }
    }
}

impl Window {
    fn of(now: &LevelView<'_>) -> Self {
        Self {
            epoch: now.epoch,
            title: now.board.title.clone(),
            unit: now.board.unit.clone(),
            decimals: now.board.decimals,
            synthetic: now.board.synthetic,
            from: now.from,
            pages: now.pages.iter().map(|page| (page.version, page.rows.len())).collect(),
            rows: now.pages.iter().flat_map(|page| page.rows).cloned().collect(),
        }
    }

    /// Whether rows and their total are all that may differ.
    fn matches(&self, now: &LevelView<'_>) -> bool {
        let board = now.board;
        (self.epoch, self.from, self.decimals, self.synthetic) == (now.epoch, now.from, board.decimals, board.synthetic)
            && self.title == board.title
            && self.unit == board.unit
    }

    fn edit(&mut self, out: &mut Output, view: ViewId, now: &LevelView<'_>) {
        let differing = self.differing(now);
        records::view_edits(out, view.0, now, self.length(now), differing.len());
        let mut finder = Finder { rows: &self.rows, by: 0, steps: 4 * self.rows.len() };
        for &(at, row) in &differing {
            records::view_edit(out, at, row, finder.find(at, row), now.platforms);
        }
        self.rows.truncate(self.length(now));
        for (at, row) in differing {
            match self.rows.get_mut(at) {
                Some(place) => place.clone_from(row),
                None => self.rows.push(row.clone()),
            }
        }
        self.pages.clear();
        self.pages.extend(now.pages.iter().map(|page| (page.version, page.rows.len())));
    }

    fn length(&self, now: &LevelView<'_>) -> usize {
        now.pages.iter().map(|page| page.rows.len()).sum()
    }

    /// Rows that are others than those told, with their places, in order.
    fn differing<'a>(&self, now: &LevelView<'a>) -> Vec<(usize, &'a Row)> {
        let mut differing = Vec::new();
        // Pages before it may have grown only at the board's end, so that places of a page that was told stay.
        let mut first = 0;
        for (number, page) in now.pages.iter().enumerate() {
            if self.pages.get(number) != Some(&(page.version, page.rows.len())) {
                let there = self.rows.get(first..).unwrap_or_default();
                for (slot, row) in page.rows.iter().enumerate() {
                    if there.get(slot) != Some(row) {
                        differing.push((first + slot, row));
                    }
                }
            }
            first += page.rows.len();
        }
        differing
    }
}

/// Finds where rows stood before. What rows did together, like moving down by one because another climbed past them, is
/// tried first; then all places from there outwards, as long as there are steps left.
struct Finder<'a> {
    rows: &'a [Row],
    /// How far the last one moved.
    by: isize,
    steps: usize,
}

impl Finder<'_> {
    fn find(&mut self, at: usize, row: &Row) -> Option<usize> {
        let is = |place: usize| self.rows.get(place).is_some_and(|there| there.entity == row.entity);
        let near =
            [at.wrapping_add_signed(self.by), at, at.wrapping_sub(1), at + 1].into_iter().find(|place| is(*place));
        let found = near.or_else(|| {
            let most = self.steps.min(self.rows.len());
            let far = (2..most).flat_map(|by| [at + by, at.wrapping_sub(by)]).take(most).position(is);
            self.steps -= far.map_or(most, |steps| steps.min(most));
            far.map(|step| if step % 2 == 0 { at + 2 + step / 2 } else { at - 2 - step / 2 })
        });
        if let Some(place) = found {
            self.by = place.wrapping_sub(at) as isize;
        }
        found
    }
}
