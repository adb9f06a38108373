//! The one task that owns the engine: everything that happens reaches it as a [`CoreInput`] or a link's event, and
//! leaves it as frames for links, commits for the storage thread and answers. The loop is in `run.rs`, what it keeps of
//! each link in `peers.rs`, which of a source's events are durable in `durable.rs`, questions in `asked.rs` and
//! `people.rs`, meets in `meets.rs`.

mod asked;
mod durable;
mod meets;
mod peers;
mod people;
mod run;
pub(crate) mod snapshot;

use scorelay_engine::meets::OperatorAsk;
use scorelay_engine::{ImportMode, Moderation, Origin};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::event::Event;
use scorelay_protocol::score::Units;
use tokio::sync::oneshot;

pub(crate) use asked::{moderated, no_such};
pub(crate) use meets::{MeetParts, OperatorAnswer};
pub(crate) use run::{Core, CoreParts, unix_now};
pub(crate) use snapshot::{BoardFacts, Card, Line, Snapshot};

/// What can be put to the core, besides what happens on links.
#[derive(Debug)]
pub(crate) enum CoreInput {
    /// Something happened.
    Event {
        /// Who reports it.
        origin: Origin,
        /// What happened.
        event: Event,
    },
    /// Asks what is known of a board.
    Describe {
        /// The board's id.
        board: String,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<BoardFacts, WireError>>,
    },
    /// Asks for all rows of a board as they stand.
    Export {
        /// The board's id.
        board: String,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<Snapshot, WireError>>,
    },
    /// Remembers the ranks of an export. Answered once that is durable.
    Remember {
        /// What was exported.
        exported: Snapshot,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<(), WireError>>,
    },
    /// Puts rows on a board.
    Import(Import),
    /// Takes something off boards, or keeps it off. Answered with the rows taken off, once that is durable.
    Moderate {
        /// What.
        what: Moderation,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<u32, WireError>>,
    },
    /// The operator asks about meets.
    Meets {
        /// What.
        body: OperatorAsk,
        /// Where the answer goes.
        answer: OperatorAnswer,
    },
}

/// Rows to be put on a board, in rank order. Answered once they are durable.
#[derive(Debug)]
pub(crate) struct Import {
    /// The board's id.
    pub(crate) board: String,
    /// What becomes of the others.
    pub(crate) mode: ImportMode,
    /// Entities and scores.
    pub(crate) rows: Vec<(Entity, Units)>,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Result<Imported, WireError>>,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Imported {
    /// Rows now on the board.
    pub(crate) rows: u32,
    /// Rows that are new or have another score.
    pub(crate) set: u32,
    /// Rows that were removed.
    pub(crate) removed: u32,
}
