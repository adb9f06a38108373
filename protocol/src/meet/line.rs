//! The lines of a meet's log: everything that ever happened to it, in one order, as the core decided it.
//!
//! A line's bytes are what the hash chain runs over, and what travels; the JSON on disk is a rendering of them. Which
//! line an update becomes is decided in the crate `meets`.

use super::ids::{Author, DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority};
use super::path::{EntryNo, Path, StageNo};
use super::value::Value;
use crate::codec::{Decode, Encode};
use crate::ids::UnixMillis;

/// One line; its number is its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Line {
    /// When the core wrote it.
    pub at: UnixMillis,
    /// What happened.
    pub what: What,
}

/// What happened to a meet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum What {
    /// It was made: the first line of every log.
    Created {
        /// Its id.
        id: MeetId,
        /// What stands behind the id.
        uid: MeetUid,
        /// The locations; the first is the creator's.
        locations: Vec<Location>,
    },
    /// A core started, or took over a log, and writes what follows.
    Epoch(MeetEpoch),
    /// A location was added.
    Location(Location),
    /// A desk takes part from now on; its [`Author`] is the count of such lines before.
    Joined(Joined),
    /// A desk set something, or tried to.
    Update(Update),
    /// A desk drives a stage from now on; `None`: nobody.
    Driver {
        /// Which stage.
        stage: StageNo,
        /// Who.
        author: Option<Author>,
    },
    /// The results were handed to the publisher.
    Published {
        /// By whom.
        author: Author,
        /// The count of this meet's publications; above 1 it is a correction.
        number: u32,
        /// SHA-256 of the results file.
        csv: [u8; 32],
    },
    /// From here on updates come too late.
    Finished,
    /// The operator opened it again.
    Reopened,
}

/// A named place with its weight in conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Location {
    /// Its name.
    pub name: String,
    /// Its weight.
    pub priority: Priority,
}

/// How a desk came to take part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Joined {
    /// Who.
    pub desk: DeskId,
    /// Index of its location.
    pub location: u16,
    /// The first of the entry ids that are its alone.
    pub first_entry: EntryNo,
}

/// An update as it was asked for, and what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Update {
    /// Whose.
    pub author: Author,
    /// Its number with its author.
    pub local: LocalSeq,
    /// What its author had seen.
    pub after: MeetPosition,
    /// What it sets.
    pub path: Path,
    /// To what.
    pub value: Value,
    /// The line it was in a log that was merged into this one.
    pub merged_from: Option<MeetPosition>,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided of an update.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Verdict {
    /// It stands.
    Accepted {
        /// Lines of others, not seen by its author, that it takes the place of; rising.
        overrules: Vec<MeetSeq>,
        /// The line that deleted the entry it belongs to: it stands, but shows only if the entry is restored.
        hidden_by: Option<MeetSeq>,
    },
    /// It changes nothing.
    Rejected(Rejection),
}

/// Why an update changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Rejection {
    /// This line of another client, not seen by its author, stands against it.
    Conflict {
        /// Which.
        winner: MeetSeq,
    },
    /// There is no such entry.
    NoSuchEntry,
    /// There is or was an entry of this id.
    EntryExists,
    /// The entry's id is not of the author's own block.
    NotYourBlock,
    /// Another desk drives the stage, or none.
    NotDriver,
    /// The meet is finished.
    Late,
}
