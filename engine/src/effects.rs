//! What comes out of the engine for one input. The engine does none of it itself: the owner answers, sends batches to
//! relays in order, and has commits written. Storage records are in `record.rs`.

use scorelay_protocol::error::WireError;
use scorelay_protocol::link::Batch;

use crate::record::Commit;

/// What one input caused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// The answer: to events and imports there is always one, to a cut or a commit never.
    pub reply: Option<Reply>,
    /// Batches for the links, in order. [`crate::Engine::boards`] already stands at the last of them.
    pub batches: Vec<Batch>,
    /// What to store, only ever in answer to a commit, and only if there is anything. Commits must be stored whole
    /// and in order.
    pub commit: Option<Commit>,
    /// Seasons that ended before the input was looked at.
    pub seasons: Vec<SeasonEnd>,
}

/// A season that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeasonEnd {
    /// The board's id.
    pub board: String,
    /// The archive's id.
    pub to: String,
    /// The rows that went there, or why the board goes on with them; it is tried again later.
    pub rows: Result<u32, WireError>,
}

/// The answer to an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The event counts. It is durable once the next commit is; only then may a source be told so.
    Applied,
    /// The event was applied before. If a source asks again for what is durable already, it is told so once more.
    Repeated,
    /// The event or import changed no score. A bad event's number is used up all the same, so that its source can go on
    /// after it; after a gap the source has to go on from its watermark.
    Refused(WireError),
    /// The import is done.
    Imported {
        /// Rows now on the board.
        rows: u32,
        /// Rows that were set to another score, or are new.
        set: u32,
        /// Rows that were removed because they were not named.
        removed: u32,
    },
    /// Ranks are remembered.
    Remembered {
        /// Of so many rows.
        rows: u32,
    },
    /// Rows were taken off, or an entity is kept off from here on.
    Moderated {
        /// Rows that were taken off.
        rows: u32,
    },
}
