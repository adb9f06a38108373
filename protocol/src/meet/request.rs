//! What clients ask the core about meets.
//!
//! A [`MeetRequest`] travels as bytes inside the requests of a client and of a link, so that relays pass it on unread;
//! the core answers each with one [`super::answer::MeetAnswer`] or an error. Asking the same again gives the same
//! answer.

use super::ids::{DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq};
use super::line::Location;
use super::path::{Path, StageNo};
use super::receipt::{ChainHash, Head, Receipt, SealedRecord};
use super::secret::{Token, Typed};
use super::value::Value;
use crate::codec::{Decode, Encode};

/// A question about meets.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum MeetRequest {
    /// Makes a meet and joins it. Answered with `Opened`.
    Create(Create),
    /// Joins a meet as a desk. Answered with `Opened`.
    Join(Join),
    /// Something within a session of a desk.
    Desk {
        /// Whose.
        session: Session,
        /// What.
        ask: DeskAsk,
    },
    /// What changed for displays; asked by relays for all who watch by one display link. Answered with `Public`.
    Public {
        /// A display's session, or a desk's.
        session: Session,
        /// What the asker holds.
        have: Option<PublicAt>,
        /// Where an answer to nothing held that was too long goes on: its `next`.
        from: Option<Path>,
        /// Whether the answer may wait until there is something to tell.
        wait: bool,
    },
    /// A desk asks whether the core knows a meet, to which its session seems lost. Answered with `Claimed`.
    Claim(SealedRecord),
    /// Brings a meet back to a core that does not know it, or lines to one that lost some: that the desk ever joined,
    /// perhaps. Answered with `More` until all parts have come, then with `Restored`.
    Restore {
        /// The meet's record, as a desk got it.
        record: SealedRecord,
        /// The seal on the end of the log.
        receipt: Receipt,
        /// A part of the log: the encoded `Vec<Line>`.
        part: Part,
    },
}

/// Proof of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Session {
    /// Which meet.
    pub meet: MeetId,
    /// The token it was opened with.
    pub token: Token,
}

/// How a meet is made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Create {
    /// The token of the session that is opened; asked again with the same one, the same meet is answered.
    pub token: Token,
    /// Who asks.
    pub desk: DeskId,
    /// Where it stands: one of the locations.
    pub location: String,
    /// All locations, at most [`crate::limits::MEET_LOCATIONS`], of different names.
    pub locations: Vec<Location>,
    /// The password for those who join.
    pub password: Typed,
}

/// How a desk joins.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Join {
    /// Which meet.
    pub meet: MeetId,
    /// The token of the session that is opened; asked again with the same one, the same session is answered.
    pub token: Token,
    /// Who asks. One that joined before stays at its location.
    pub desk: DeskId,
    /// Where it stands.
    pub location: String,
    /// The meet's password.
    pub password: Typed,
}

/// What a desk asks within its session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DeskAsk {
    /// The lines after those it holds. Answered with `Lines`, or with `Diverged`.
    Pull {
        /// What it holds.
        have: Have,
        /// Whether the answer may wait until there is a line, up to [`crate::limits::MEET_PULL_MS`].
        wait: bool,
    },
    /// Updates, in the order of their numbers. Answered with `Updated`.
    Update(Vec<Proposal>),
    /// Adds a location; for the creating location only. Answered with `Done`.
    AddLocation(Location),
    /// Claims or leaves a stage. Answered with `Done`.
    Drive {
        /// Which stage.
        stage: StageNo,
        /// What about it.
        claim: Claim,
    },
    /// The sessions there are. Answered with `Sessions`.
    Sessions,
    /// Ends a session; one's own is left by that. Answered with `Ended`.
    Revoke(SessionNo),
    /// Changes the password; for the creating location only. Sessions stay. Answered with `Record`.
    Password {
        /// The one it was.
        old: Typed,
        /// The one it shall be.
        new: Typed,
    },
    /// The meet's sealed record as it now is. Answered with `Record`.
    Record,
    /// Makes a display link; it lives until the meet is finished or it is revoked. Answered with `Display`.
    Display {
        /// The token of the session that is made; asked again with the same one, the same session is answered.
        token: Token,
    },
    /// Hands over the results; for the creating location only. Answered with `More` until all parts have come, then
    /// with `Published`.
    Publish {
        /// What is to be published.
        results: Results,
        /// A part of the results file.
        part: Part,
    },
    /// Brings a log of which the core lost the end, or which went on elsewhere. Answered with `More` until all parts
    /// have come, then with `Recovered`.
    Recover {
        /// The seal on its end.
        receipt: Receipt,
        /// A part of the log: the encoded `Vec<Line>`.
        part: Part,
    },
}

/// How far a desk holds a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Have {
    /// The last line.
    pub seq: MeetSeq,
    /// The hash up to it; all zeros for no line.
    pub hash: ChainHash,
}

/// How far the state for displays is held. It names no hash: that would tell of what displays may not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PublicAt {
    /// The core's epoch that told it.
    pub epoch: MeetEpoch,
    /// The last line in it.
    pub seq: MeetSeq,
}

/// An update as a desk asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proposal {
    /// Its number with its author.
    pub local: LocalSeq,
    /// What its author had seen.
    pub after: MeetPosition,
    /// What it sets.
    pub path: Path,
    /// To what.
    pub value: Value,
}

/// What a desk wants with a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Claim {
    /// To drive it, if nobody else does.
    Take,
    /// To drive it, whoever does now.
    TakeOver,
    /// To drive it no longer.
    Leave,
}

/// A session's number in its meet, for listing and revoking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct SessionNo(pub u32);

/// Results to be published.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Results {
    /// The end of the log that they were made from; refused if it is not the end of the core's.
    pub head: Head,
    /// Where questions about them go: an e-mail address.
    pub return_address: String,
    /// Whether desks that are not level shall be left behind.
    pub force: bool,
}

/// A part of something too long for one message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Part {
    /// SHA-256 of the whole: parts of another whole begin anew.
    pub sha256: [u8; 32],
    /// Bytes of the whole.
    pub total: u32,
    /// Where this part begins: at the end of the one before.
    pub offset: u32,
    /// Its bytes, at most [`crate::limits::MEET_CHUNK_BYTES`].
    pub bytes: Vec<u8>,
}
