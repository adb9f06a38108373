//! What a user of the client sees of a board: a window of ranks.
//!
//! Windows are kept and drawn from the replicas in `views`.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::BoardInfo;
use scorelay_protocol::ids::{PageNo, RelayEpoch};
use scorelay_protocol::limits::{MASK_FEEDS, MASK_TRACKS};
use scorelay_protocol::page::Row;
use scorelay_protocol::score::Units;

/// Most ranks of one window: wherever it begins, its pages fit a mask beside directory and tracks.
pub const WINDOW_ROWS: u32 = (MASK_FEEDS - MASK_TRACKS - 2) as u32 * PageNo::ROWS;

/// A client's number for a view; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId(pub u32);

/// A row with its rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedRow {
    /// 1-based.
    pub rank: u32,
    /// Who stands there.
    pub entity: Entity,
    /// Score in the board's units.
    pub score: Units,
}

/// Whether a view's board exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No relay has told yet.
    Unknown,
    /// The relay has no such board; should it come to be, the view fills.
    Absent,
    /// It does.
    Present,
}

/// A window of a board. The rows that are there are all as of one tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewSnapshot {
    /// The board's id, as the view was asked for.
    pub board: String,
    /// Whether there is such a board.
    pub presence: Presence,
    /// The board's name for people.
    pub title: String,
    /// What its scores count.
    pub unit: String,
    /// Digits after the point: units are 10^-decimals.
    pub decimals: u8,
    /// Whether its data was made up; whoever shows it says so.
    pub synthetic: bool,
    /// Rows on the board.
    pub total: u32,
    /// Rank of the first of `rows`.
    pub from: u32,
    /// From there on, one per rank, to the window's or the board's end; `None` where a row has not arrived.
    pub rows: Vec<Option<RankedRow>>,
    /// Whether this is the whole window, kept current by the connection.
    pub complete: bool,
    /// Whether this is what an earlier connection showed last, since the present one has not sent all yet.
    pub held: bool,
}

/// A complete window, read in place: what a [`ViewSnapshot`] says, without a copy.
#[derive(Debug, Clone)]
pub struct LevelView<'a> {
    /// The relay's epoch: platform numbers mean the same as long as it is the same.
    pub epoch: RelayEpoch,
    /// The platforms' names by number.
    pub platforms: &'a [String],
    /// The board. Its row count may be half a minute old: `total` is the exact one.
    pub board: &'a BoardInfo,
    /// Rows on the board.
    pub total: u32,
    /// Rank of the first row.
    pub from: u32,
    /// From there on, without a gap, to the window's or the board's end.
    pub pages: Vec<LevelPage<'a>>,
}

/// The part of a page that lies in a window.
#[derive(Debug, Clone, Copy)]
pub struct LevelPage<'a> {
    /// Of the whole page: as long as it is the same, so are the rows of the page. No two pages share one.
    pub version: u64,
    /// Rows in rank order.
    pub rows: &'a [Row],
}
