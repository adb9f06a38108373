//! Feeds as a client names them, and the bodies that carry their content.
//!
//! A body is the same bytes for everyone who watches the feed; what differs per connection is in
//! [`crate::tick::TickHead`]. Rows and list edits of pages are in [`crate::page`].

use crate::codec::{Decode, Encode};
use crate::entity::{Entity, WireEntity};
use crate::error::WireError;
use crate::ids::{BoardNo, PageNo};
use crate::meet::ids::MeetId;
use crate::meet::secret::Token;
use crate::page::{PageOp, PageRows};
use crate::score::Units;

/// Anything that can be watched, by the numbers of this relay.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Feed {
    /// The boards and their row counts.
    Directory,
    /// 32 consecutive ranks of a board. Pages past the end are valid and empty.
    Page {
        /// The board, by this relay's number.
        board: BoardNo,
        /// The page.
        page: PageNo,
    },
    /// One entity's rank and score on every board.
    Track {
        /// The entity; it need not exist.
        entity: Entity,
    },
    /// What displays see of a meet. A mask has at most one feed of a meet, and each counts as
    /// [`crate::limits::MASK_MEET_FEEDS`] feeds.
    Meet {
        /// The meet.
        meet: MeetId,
        /// The token of a display link, or of a desk's session.
        display: Token,
    },
}

/// What a feed's watchers get: its whole content, or what changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Body {
    /// List edits on a page, in order. No edits at all says that the page is what the client already holds.
    PageDelta {
        /// The board.
        board: BoardNo,
        /// The page.
        page: PageNo,
        /// Edits, applied one after the other.
        ops: Vec<PageOp>,
    },
    /// All rows of a page, 0 to 32.
    PageSnapshot {
        /// The board.
        board: BoardNo,
        /// The page.
        page: PageNo,
        /// Rows in rank order.
        rows: PageRows,
    },
    /// Where one entity stands.
    Track {
        /// The entity.
        entity: WireEntity,
        /// Whether boards not named here are ones it does not stand on; else they are as before.
        reset: bool,
        /// One per board that changed.
        standings: Vec<BoardStanding>,
    },
    /// The tracked entity's platform has never been seen, so it stands nowhere.
    TrackNowhere {
        /// The entity.
        entity: Entity,
    },
    /// The boards.
    Directory {
        /// Whether boards not named here do not exist; else they are as before.
        reset: bool,
        /// Edits, applied one after the other.
        changes: Vec<DirectoryChange>,
    },
    /// A watched page's board is gone; the feed has left the mask.
    Gone {
        /// The board.
        board: BoardNo,
        /// The page.
        page: PageNo,
    },
    /// What displays see of a meet.
    Meet {
        /// The meet.
        meet: MeetId,
        /// Whether what is not named is not set; else it is as before.
        reset: bool,
        /// Whether the meet is finished.
        finished: bool,
        /// An encoded `Vec` of [`crate::meet::answer::PublicChange`], in the order of paths; `Absent` takes away. It
        /// may claim more memory than a client's message: decode it as one of a link.
        changes: Vec<u8>,
    },
    /// A watched meet is not shown any more; the feed has left the mask.
    MeetGone {
        /// The meet.
        meet: MeetId,
        /// Why.
        why: WireError,
    },
}

/// An entity's place on one board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Standing {
    /// 1-based rank.
    pub rank: u32,
    /// Score in the board's units.
    pub score: Units,
}

/// An entity's place on a named board; `None` where it does not stand on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BoardStanding {
    /// The board.
    pub board: BoardNo,
    /// The place.
    pub at: Option<Standing>,
}

/// One edit of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DirectoryChange {
    /// A board is new, or its description changed.
    Put(BoardInfo),
    /// A board's row count.
    Rows {
        /// The board.
        board: BoardNo,
        /// Rows on it.
        rows: u32,
    },
    /// A board is gone; its number is not used again.
    Gone(BoardNo),
}

/// What a client may know of a board.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BoardInfo {
    /// This relay's number for it.
    pub board: BoardNo,
    /// Its name in addresses and configuration.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What its scores count, like `messages`.
    pub unit: String,
    /// Digits after the point: a score of 1250 with 2 decimals is 12.50.
    pub decimals: u8,
    /// Whether its data was made up; whoever shows it says so.
    pub synthetic: bool,
    /// Rows on it.
    pub rows: u32,
}
