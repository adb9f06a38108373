//! The replica of the directory: which boards there are, under which number of this relay.
//!
//! Users name boards by id; ids are looked up here. Row counts have two sources, the directory's own (every half
//! minute) and the exact ones in ticks for boards with watched pages; the exact ones win while they come.

use scorelay_protocol::feed::{BoardInfo, DirectoryChange};
use scorelay_protocol::ids::{BoardNo, Generation};
use scorelay_protocol::limits::{BOARDS, MAX_DECIMALS};
use scorelay_protocol::tick::Total;

use super::apply::Misfit;
use super::sorted::Map;

/// What a user may know of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardSummary {
    /// Its name in addresses and configuration.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What its scores count, like `messages`.
    pub unit: String,
    /// Digits after the point: units are 10^-decimals.
    pub decimals: u8,
    /// Whether its data was made up; whoever shows it says so.
    pub synthetic: bool,
    /// Rows on it; exact while a view looks at it, else up to half a minute old.
    pub rows: u32,
}

/// The boards.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    boards: Map<BoardNo, Entry>,
    totals: Map<BoardNo, u32>,
    /// Whether the numbers are ones of this connection's epoch.
    usable: bool,
    /// Whether this connection has sent it.
    level: bool,
    /// Whether any connection ever has.
    heard: bool,
    added: Generation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    info: BoardInfo,
    /// A page said that the board is gone; the directory follows.
    dead: bool,
}

impl Directory {
    /// The `Watch` of this generation asks for it, without anything known.
    pub(crate) fn add(&mut self, generation: Generation) {
        self.added = generation;
        self.level = false;
    }

    /// The connection is gone: what it sent stays.
    pub(crate) fn lost(&mut self) {
        self.level = false;
    }

    /// A connection is greeted; only one to the same epoch keeps the numbers.
    pub(crate) fn restart(&mut self, resumed: bool) {
        self.usable &= resumed;
        if !resumed {
            self.totals.clear();
        }
    }

    /// Whether board numbers may be sent now.
    pub(crate) fn usable(&self) -> bool {
        self.usable
    }

    /// Whether what it holds was sent by this connection.
    pub(crate) fn level(&self) -> bool {
        self.level
    }

    /// Whether any connection ever sent it.
    pub(crate) fn heard(&self) -> bool {
        self.heard
    }

    /// The generation that asked for it.
    pub(crate) fn added(&self) -> Generation {
        self.added
    }

    /// The board of this id as known, even by a relay no longer connected; the newest if two have it.
    pub(crate) fn lookup(&self, id: &str) -> Option<&BoardInfo> {
        self.boards.values().rev().find(|entry| !entry.dead && entry.info.id == id).map(|entry| &entry.info)
    }

    /// The number to use for the board now.
    pub(crate) fn number(&self, id: &str) -> Option<BoardNo> {
        if self.usable { self.lookup(id).map(|info| info.board) } else { None }
    }

    /// The board of this number.
    pub(crate) fn get(&self, board: BoardNo) -> Option<&BoardInfo> {
        self.boards.get(&board).filter(|entry| !entry.dead).map(|entry| &entry.info)
    }

    /// Rows on a board, as exactly as is known.
    pub(crate) fn total(&self, board: BoardNo) -> u32 {
        let counted = self.boards.get(&board).map_or(0, |entry| entry.info.rows);
        self.totals.get(&board).copied().unwrap_or(counted)
    }

    /// All boards, in the relay's order.
    pub(crate) fn list(&self) -> impl Iterator<Item = (BoardNo, BoardSummary)> {
        self.boards.iter().filter(|(_, entry)| !entry.dead).map(|(no, entry)| {
            let BoardInfo { id, title, unit, decimals, synthetic, .. } = entry.info.clone();
            (*no, BoardSummary { id, title, unit, decimals, synthetic, rows: self.total(*no) })
        })
    }

    /// Whether two states name the same boards, whatever their row counts.
    pub(crate) fn same_boards(&self, other: &Self) -> bool {
        let described = |entry: &Entry| Entry { info: BoardInfo { rows: 0, ..entry.info.clone() }, ..entry.clone() };
        self.boards.len() == other.boards.len()
            && self.boards.iter().zip(other.boards.iter()).all(|(a, b)| a.0 == b.0 && described(a.1) == described(b.1))
    }

    /// A page's watchers were told that the board is gone.
    pub(crate) fn bury(&mut self, board: BoardNo) {
        self.totals.remove(&board);
        if let Some(entry) = self.boards.get_mut(&board) {
            entry.dead = true;
        }
    }

    /// Checks row counts before they are taken.
    pub(crate) fn check_counts(&self, totals: &[Total]) -> Result<(), Misfit> {
        let most = self.totals.len().saturating_add(totals.len());
        if most > 2 * BOARDS { Err(Misfit("row counts of too many boards")) } else { Ok(()) }
    }

    /// Takes exact row counts of boards with watched pages.
    pub(crate) fn count(&mut self, totals: &[Total], exact: impl Fn(BoardNo) -> bool) {
        for total in totals.iter().filter(|total| exact(total.board)) {
            self.totals.insert(total.board, total.rows);
        }
    }

    /// Forgets exact row counts that no longer come: the directory's own is at most half a minute old, and it is not
    /// said again where it has not changed.
    pub(crate) fn forget_counts(&mut self, exact: impl Fn(BoardNo) -> bool) {
        self.totals.retain(|board, _| exact(*board));
    }

    /// Applies a body. `exact` tells of which boards exact counts keep coming. After an error the state is of no use.
    pub(crate) fn apply(
        &mut self,
        reset: bool,
        changes: Vec<DirectoryChange>,
        exact: impl Fn(BoardNo) -> bool,
    ) -> Result<(), Misfit> {
        if !reset && !self.level {
            return Err(Misfit("changes of a directory that was not sent"));
        }
        if reset {
            self.boards.clear();
        }
        for change in changes {
            match change {
                DirectoryChange::Put(info) => {
                    check(&info)?;
                    self.recount(info.board, &exact);
                    self.boards.insert(info.board, Entry { info, dead: false });
                }
                DirectoryChange::Rows { board, rows } => {
                    let entry = self.boards.get_mut(&board).ok_or(Misfit("a row count of no board"))?;
                    entry.info.rows = rows;
                    self.recount(board, &exact);
                }
                DirectoryChange::Gone(board) => {
                    self.boards.remove(&board).ok_or(Misfit("the end of no board"))?;
                    self.totals.remove(&board);
                }
            }
            // As they come: a map of many more would be slow to fill.
            if self.boards.len() > 2 * BOARDS {
                break;
            }
        }
        if self.boards.len() > BOARDS {
            return Err(Misfit("too many boards"));
        }
        self.totals.retain(|board, _| self.boards.contains_key(board));
        (self.usable, self.level, self.heard) = (true, true, true);
        Ok(())
    }

    fn recount(&mut self, board: BoardNo, exact: &impl Fn(BoardNo) -> bool) {
        if !exact(board) {
            self.totals.remove(&board);
        }
    }
}

fn check(info: &BoardInfo) -> Result<(), Misfit> {
    if info.decimals > MAX_DECIMALS { Err(Misfit("a board of too many decimals")) } else { Ok(()) }
}
