//! Everything that can be put into the engine, as one closed enum, and the names that sources go by. What comes back is
//! in `effects.rs`; checks of an event's content are in `check.rs`.

use std::fmt;
use std::sync::Arc;

use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::event::Event;
use scorelay_protocol::ids::BoardNo;
use scorelay_protocol::limits::NAME_BYTES;
use scorelay_protocol::score::Units;

use crate::error::NameError;

/// One thing for the engine to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Something happened. Answered with `Applied`, `Repeated` or `Refused`.
    Event {
        /// Who reports it.
        origin: Origin,
        /// What happened.
        event: Event,
    },
    /// Ends the link batch, if anything changed.
    Cut,
    /// Ends the link batch and collects everything that changed since the last commit.
    Commit,
    /// Puts rows on a board. Answered with `Imported` or `Refused`; done in as many batches as it takes, all within
    /// this one input, so that one commit holds all of it. A caller for whom that takes too long (a second or two for a
    /// million rows) may merge in pieces.
    Import {
        /// The board's id.
        board: String,
        /// What becomes of rows that are not named.
        mode: ImportMode,
        /// Entities and their scores in the board's units; of equal new scores the earlier row ranks higher.
        rows: Vec<(Entity, Units)>,
    },
    /// Remembers where entities stood on a board when it was exported, so that it can be told how they have moved
    /// since. Answered with `Remembered` or `Refused`.
    Remember {
        /// The board's number: one that was emptied since is another.
        board: BoardNo,
        /// Whoever had a row, best first, by the numbers of [`Engine::boards`](crate::Engine::boards). Those who have
        /// none by now are passed over.
        order: Vec<WireEntity>,
    },
    /// Takes something off boards, or keeps it off. Answered with `Moderated` or `Refused`.
    Moderate(Moderation),
}

/// What an operator does about rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moderation {
    /// Takes an entity's row off a board, or off all; it may come back.
    Remove {
        /// The board's id; `None` for all boards.
        board: Option<String>,
        /// Whose row.
        entity: Entity,
    },
    /// Takes it off and keeps it off, as a row and as an author.
    Ban {
        /// The board's id; `None` for all boards, those to come too.
        board: Option<String>,
        /// Whom.
        entity: Entity,
    },
    /// Ends a ban.
    Unban {
        /// As it was banned.
        board: Option<String>,
        /// Whom.
        entity: Entity,
    },
    /// Takes all rows off a board.
    Reset {
        /// The board's id.
        board: String,
    },
    /// Puts the rows of a board aside under another id, where they can be read; the board goes on without rows.
    Archive {
        /// The board's id.
        board: String,
        /// The id that its rows go to.
        to: String,
        /// The name for people of what it goes to.
        title: String,
    },
    /// Takes an entity off everything and keeps it off, without keeping its name.
    Erase {
        /// Whom.
        entity: Entity,
    },
}

/// What an import does with rows that it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// They are removed.
    Replace,
    /// They stay.
    Merge,
}

/// Who reports an event, and whether it can report it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A source that numbers its events and sends them again until they are acknowledged. Its numbers alone tell
    /// repeats, so that totals come out the same whenever either side is killed.
    Replayed {
        /// The source and its numbering.
        source: SourceKey,
        /// The event's number; the first is 1.
        seq: u64,
    },
    /// A source that cannot send anything again, like live chat. Repeats are told by message ids, where there are any.
    Live {
        /// The source.
        source: SourceName,
    },
}

impl Origin {
    /// The source's name.
    pub fn name(&self) -> &SourceName {
        match self {
            Self::Replayed { source, .. } => &source.name,
            Self::Live { source } => source,
        }
    }
}

/// A numbering of a source's events: the source's name and the incarnation that it drew when it began counting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey {
    /// The source.
    pub name: SourceName,
    /// Random; a source that starts its numbers over draws a new one.
    pub incarnation: u128,
}

/// A source's name, 1 to [`NAME_BYTES`] bytes without control characters. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceName(Arc<str>);

impl SourceName {
    /// A name.
    ///
    /// # Errors
    /// [`NameError`] when it is empty, too long or has control characters.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let fits = (1..=NAME_BYTES).contains(&name.len()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.into())) } else { Err(NameError) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
