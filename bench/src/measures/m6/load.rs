//! The work of M6: who has which score at first, who then changes and to what, and which ranks are asked for.

use scorelay_ranks::RowKey;

use crate::draw::Draw;

/// A way to draw.
#[derive(Clone, Copy)]
pub(crate) struct Draws {
    /// In words.
    pub(crate) name: &'static str,
    boards: u32,
    rows: u32,
    first: fn(&mut Draw, u32, u32) -> i64,
    who: fn(&mut Draw, u32) -> u32,
    next: fn(&mut Draw, i64) -> i64,
}

const UNIFORM: Draws = Draws {
    name: "uniform",
    boards: 1,
    rows: 1_000_000,
    first: |draw, _, _| (draw.next() >> 20) as i64,
    who: Draw::below,
    next: |draw, _| (draw.next() >> 20) as i64,
};

/// All ways to draw.
pub(crate) const DRAWS: [Draws; 4] = [
    UNIFORM,
    Draws {
        name: "Zipf",
        first: |draw, rows, handle| i64::from(10 * rows / (handle + 1)) + i64::from(draw.below(3)),
        who: Draw::zipf,
        next: |draw, score| score + 1 + i64::from(draw.below(3)),
        ..UNIFORM
    },
    Draws {
        name: "many ties",
        first: |draw, _, _| i64::from(draw.below(20)),
        next: |draw, score| (score + i64::from(draw.below(3)) - 1).clamp(0, 20),
        ..UNIFORM
    },
    Draws { name: "twelve boards", boards: 12, rows: 250_000, ..UNIFORM },
];

/// A row's new key.
#[derive(Clone, Copy)]
pub(crate) struct Update {
    pub(crate) board: u32,
    pub(crate) handle: u32,
    pub(crate) key: RowKey,
}

/// What one round does.
pub(crate) struct Work {
    pub(crate) updates: Vec<Update>,
    /// Board and handle.
    pub(crate) handles: Vec<(u32, u32)>,
    /// Board and rank.
    pub(crate) ranks: Vec<(u32, u32)>,
    /// Board and first rank.
    pub(crate) pages: Vec<(u32, u32)>,
}

impl Work {
    /// How often it asks for an operation.
    pub(crate) fn count(&self, operation: usize) -> usize {
        [self.updates.len(), self.handles.len(), self.ranks.len(), self.pages.len()][operation]
    }
}

/// Boards as they stand, and what comes next.
pub(crate) struct Load {
    draws: Draws,
    draw: Draw,
    stamp: u64,
    /// Rows of each board.
    pub(crate) rows: u32,
    /// By board and handle.
    pub(crate) keys: Vec<Vec<RowKey>>,
}

impl Load {
    /// The boards as they are at first; a tenth of their rows where it has to be quick.
    pub(crate) fn new(draws: Draws, quick: bool) -> Self {
        let rows = if quick { draws.rows / 10 } else { draws.rows };
        let mut draw = Draw(42);
        let mut stamp = 0;
        let mut key = |handle| {
            stamp += 1;
            RowKey { score: (draws.first)(&mut draw, rows, handle), stamp }
        };
        let keys = (0..draws.boards).map(|_| (0..rows).map(&mut key).collect()).collect();
        Self { draws, draw, stamp, rows, keys }
    }

    /// The next round's work; the boards then stand as after it.
    pub(crate) fn draw(&mut self, count: u32) -> Work {
        let boards = self.draws.boards;
        let updates = (0..count)
            .map(|turn| {
                let (board, handle) = (turn % boards, (self.draws.who)(&mut self.draw, self.rows));
                let place = &mut self.keys[board as usize][handle as usize];
                self.stamp += 1;
                *place = RowKey { score: (self.draws.next)(&mut self.draw, place.score), stamp: self.stamp };
                Update { board, handle, key: *place }
            })
            .collect();
        let (rows, draw) = (self.rows, &mut self.draw);
        let mut some = |count: u32, end: u32| -> Vec<(u32, u32)> {
            (0..count).map(|turn| (turn % boards, draw.below(end))).collect()
        };
        Work { updates, handles: some(count, rows), ranks: some(count, rows), pages: some(count / 5, rows - 32) }
    }

    /// The name of a handle's entity, the same for all who go by names.
    pub(crate) fn entity(handle: u32) -> String {
        // Spread as ids are: an odd factor takes no two handles to one number.
        format!("twitch:{}", 10_000_000 + u64::from(handle.wrapping_mul(0x9e37_79b1)))
    }
}
