//! What the core answers to [`super::request::MeetRequest`].

use super::ids::{DeskId, LocalSeq, MeetId, MeetSeq, MeetUid};
use super::line::{Line, Verdict};
use super::path::Path;
use super::receipt::{Receipt, SealedRecord};
use super::request::{PublicAt, SessionNo};
use super::value::Value;
use crate::codec::{Decode, Encode};
use crate::error::WireError;
use crate::ids::UnixMillis;

/// An answer of the core.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum MeetAnswer {
    /// To `Create` and `Join`.
    Opened(Opened),
    /// To `Pull`: lines that follow, perhaps none.
    Lines(Chunk),
    /// To `Pull`: the core holds another log, or has lost the end of this one. The desk is to `Recover`.
    Diverged,
    /// To `Update`.
    Updated(Updated),
    /// To `AddLocation` and `Drive`: the line that says so; it was there already if nothing had to be done.
    Done(MeetSeq),
    /// To `Sessions`.
    Sessions(Vec<SessionInfo>),
    /// To `Revoke`.
    Ended,
    /// To `Password` and `Record`.
    Record(SealedRecord),
    /// To `Display`.
    Display(SessionNo),
    /// To a part: the next one begins here.
    More {
        /// Bytes there are.
        offset: u32,
    },
    /// To `Publish`.
    Published {
        /// The line that says so.
        seq: MeetSeq,
        /// The count of this meet's publications.
        number: u32,
    },
    /// To `Recover`.
    Recovered(Recovered),
    /// To `Public`.
    Public(PublicChanges),
    /// To `Claim`.
    Claimed(Claimed),
    /// To `Restore`: the meet is there; desks join it with its password.
    Restored,
}

/// A session that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Opened {
    /// Which meet.
    pub meet: MeetId,
    /// What stands behind its id.
    pub uid: MeetUid,
    /// The session's number.
    pub session: SessionNo,
    /// When it ends unless it is used; each use puts that off.
    pub expires: UnixMillis,
    /// What the desk keeps in case the core loses everything.
    pub record: SealedRecord,
}

/// A run of lines.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Chunk {
    /// The line before the first.
    pub after: MeetSeq,
    /// The lines.
    pub lines: Vec<Line>,
    /// The seal on the last of them, to be kept with them.
    pub receipt: Receipt,
    /// The last line there is.
    pub head: MeetSeq,
    /// The number of the sealed record as it now is; another one than the desk's is to be asked for.
    pub record: u32,
}

/// What became of a batch of updates.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Updated {
    /// Those that have a line, in order.
    pub acks: Vec<Ack>,
    /// Why the others have none.
    pub stopped: Option<Stopped>,
}

/// An update has a line.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ack {
    /// Its number with its author.
    pub local: LocalSeq,
    /// The line.
    pub seq: MeetSeq,
    /// What was decided of it.
    pub verdict: Verdict,
}

/// Where a batch ended early.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Stopped {
    /// The author's next number: what is pending is to be numbered from here.
    pub expected: LocalSeq,
    /// Why.
    pub why: WireError,
}

/// A session as desks and operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SessionInfo {
    /// Its number.
    pub no: SessionNo,
    /// Who, for a desk; `None` for a display link.
    pub desk: Option<DeskId>,
    /// The location it was opened at.
    pub location: String,
    /// When it was opened.
    pub opened: UnixMillis,
    /// When it ends unless it is used; `None` for a display link.
    pub expires: Option<UnixMillis>,
    /// The last line it has been sent, since the core's start.
    pub seen: Option<MeetSeq>,
    /// Whether it is the asker's own.
    pub own: bool,
}

/// What came of a log that a desk brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Recovered {
    /// The last line that it and the core's log have in common now; what the desk holds past it is to be dropped.
    pub fork: MeetSeq,
    /// Updates that were not known here and now are lines.
    pub updates: u32,
    /// Of these, those that no longer stand.
    pub rejected: u32,
}

/// What displays are told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PublicChanges {
    /// How far this goes.
    pub at: PublicAt,
    /// Whether what is not named is not set; else it is as before.
    pub reset: bool,
    /// Whether the meet is finished.
    pub finished: bool,
    /// What is set where, in the order of paths.
    pub changes: Vec<PublicChange>,
    /// Where the rest begins, if this is not all. Whoever asked gets the rest part by part, then asks for what changed
    /// since the first part, and shows nothing before that.
    pub next: Option<Path>,
}

/// One change of what displays see.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PublicChange {
    /// The line that set it; of an entry as a whole, the one that made it.
    pub seq: MeetSeq,
    /// Where.
    pub path: Path,
    /// What displays may see of it.
    pub value: Value,
}

/// Whether a core knows a meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Claimed {
    /// It does: bring it what may be lost with `Restore`, then join with the password.
    Known,
    /// It does not: bring it back with `Restore`.
    Wanted,
    /// It was finished and cleared away.
    Finished,
}
