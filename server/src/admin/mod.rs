//! How a command talks to a running core: JSON, one value a line, over a socket in the data directory that only its
//! owner can open. The core's end is `socket.rs`, the command's `client.rs`; here is what they say, about meets in
//! `meets.rs`.
//!
//! A command sends a [`Request`]; an import's is followed by [`Part`]s up to `end`. The core answers each request with
//! one [`Reply`], an export with as many as it takes up to `end`.

pub(crate) mod client;
pub(crate) mod meets;
pub(crate) mod socket;

use scorelay_engine::Moderation;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::score::Units;
use serde::{Deserialize, Serialize};

use self::meets::{MeetCommand, MeetReply};
use crate::core::{BoardFacts, Card, Imported};

/// A line: rows of a full part with the longest entities, escaped, fit.
const LINE_BYTES: usize = limits::TRANSFER_ROWS * (6 * limits::ENTITY_ID_BYTES + limits::PLATFORM_BYTES + 64);

/// Rows as they travel: entity and units.
type Rows = Vec<(String, Units)>;

/// What a command asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    /// What is known of a board.
    Describe {
        /// Its id.
        board: String,
    },
    /// A board with all its rows.
    Export {
        /// Its id.
        board: String,
        /// Whether their ranks are to be remembered, once whoever asks says that they are written.
        remember: bool,
    },
    /// Rows for a board follow; they take the place of all that are there.
    Import {
        /// Its id.
        board: String,
    },
    /// Takes something off boards, or keeps it off.
    Moderate(Moderate),
    /// Something about meets.
    Meets(MeetCommand),
}

/// What an operator does about rows. Entities are text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Moderate {
    /// Takes an entity off a board, or off all.
    Remove {
        /// The board's id.
        board: Option<String>,
        /// Whom.
        entity: String,
    },
    /// Takes it off and keeps it off.
    Ban {
        /// The board's id.
        board: Option<String>,
        /// Whom.
        entity: String,
    },
    /// Ends a ban.
    Unban {
        /// As it was banned.
        board: Option<String>,
        /// Whom.
        entity: String,
    },
    /// Takes all rows off a board.
    Reset {
        /// The board's id.
        board: String,
    },
    /// Puts a board's rows aside.
    Archive {
        /// The board's id.
        board: String,
        /// The id that they go to.
        to: String,
        /// Its name for people.
        title: String,
    },
    /// Takes an entity off everything and keeps it off, without keeping its name.
    Erase {
        /// Whom.
        entity: String,
    },
}

impl Moderate {
    /// As the engine takes it.
    ///
    /// # Errors
    /// `bad-entity` when a text is none.
    pub(crate) fn checked(self) -> Result<Moderation, WireError> {
        let entity = |text: String| {
            let error = |error| WireError::new(ErrorCode::BadEntity, format!("`{text}`: {error}"));
            text.parse().map_err(error)
        };
        Ok(match self {
            Self::Remove { board, entity: text } => Moderation::Remove { board, entity: entity(text)? },
            Self::Ban { board, entity: text } => Moderation::Ban { board, entity: entity(text)? },
            Self::Unban { board, entity: text } => Moderation::Unban { board, entity: entity(text)? },
            Self::Reset { board } => Moderation::Reset { board },
            Self::Archive { board, to, title } => Moderation::Archive { board, to, title },
            Self::Erase { entity: text } => Moderation::Erase { entity: entity(text)? },
        })
    }
}

/// What follows an import's request; after an export whose ranks are to be remembered `End` says that it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// The next rows in rank order.
    Rows(Rows),
    /// That was all.
    End,
}

/// What the core says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// The board asked for.
    Board(BoardFacts),
    /// Its next rows, best first: entity, units, and what people see of it.
    Rows(Vec<(String, Units, Card)>),
    /// That was all.
    End,
    /// The ranks of the export are remembered, durably.
    Remembered,
    /// The import is durable.
    Imported(Imported),
    /// It is done, and durable.
    Moderated {
        /// Rows that were taken off.
        rows: u32,
    },
    /// About meets.
    Meets(MeetReply),
    /// It cannot be done.
    Error {
        /// The name of an [`ErrorCode`].
        code: String,
        /// Why, for people.
        message: String,
    },
}

impl From<WireError> for Reply {
    fn from(error: WireError) -> Self {
        Self::Error { code: error.code.name().into(), message: error.message }
    }
}

/// The code of this name.
fn code(name: &str) -> ErrorCode {
    ErrorCode::ALL.iter().copied().find(|code| code.name() == name).unwrap_or(ErrorCode::Unknown(0))
}
