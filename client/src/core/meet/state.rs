//! What is told of a desk: its state, its events, and what can be asked of it.
//!
//! How one state follows another is in [`super::drive`] and [`super::answers`].

use scorelay_meets::desk::EditError;
use scorelay_protocol::error::WireError;
use scorelay_protocol::meet::answer::SessionInfo;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::path::{Path, StageNo};
use scorelay_protocol::meet::request::{Claim, SessionNo};
use scorelay_protocol::meet::secret::{Token, Typed};

/// A desk's number for a request; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskNo(pub u64);

/// A desk's number for a command; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandNo(pub u64);

/// What a desk is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskState {
    /// It takes part in no meet.
    NotJoined,
    /// It makes or joins a meet.
    Opening,
    /// Nothing comes or goes; edits wait.
    Offline {
        /// What the core or a relay said, if there is a connection.
        why: Option<WireError>,
    },
    /// It brings its log up to the core's.
    Resyncing,
    /// It has all there is, and what is edited is sent.
    Live,
    /// The core lost lines that this desk has, or went on elsewhere: it brings its log, or gets the core's.
    Recovering {
        /// Bytes the core has got.
        sent: usize,
        /// Bytes there are; 0 once the core has them all.
        total: usize,
    },
    /// Its session is not known to the core any more.
    Restoring(Restoring),
    /// It has no session. What it holds stays, and edits wait.
    LoggedOut(LoggedOut),
    /// Closed for good: what is edited could not be kept.
    Closed,
}

/// What a desk without a known session does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restoring {
    /// It asks whether the core knows the meet.
    Claiming,
    /// The core does not: it brings the meet back.
    Uploading {
        /// Bytes the core has got.
        sent: usize,
        /// Bytes there are.
        total: usize,
    },
}

/// Why a desk has no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoggedOut {
    /// It ended: the desk is to join again with the password.
    PasswordNeeded {
        /// Whether this desk has just brought the meet back.
        restored: bool,
    },
    /// It was ended at this desk.
    Left,
    /// The meet is finished and was cleared away.
    Finished,
    /// The core does not take back what this desk holds.
    Refused(WireError),
    /// Under the meet's id there is another meet now.
    AnotherMeet,
}

/// What an event says changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// What is shown at these paths may be another.
    Paths(Vec<Path>),
    /// Everything may.
    Everything,
}

/// Something to look at again, or an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskEvent {
    /// [`super::MeetDesk::state`] changed.
    State,
    /// Making or joining the meet was refused; the state is as before.
    NotOpened(WireError),
    /// What is shown changed.
    Shown(Changed),
    /// [`super::MeetDesk::overruled`] changed.
    Overruled,
    /// [`super::MeetDesk::pending`] or [`super::MeetDesk::held_up`] changed.
    Pending,
    /// The log is half as long as it may be.
    LogHalfFull,
    /// What came of a command.
    Answer(CommandNo, Result<Done, WireError>),
}

/// What a desk can ask of the core besides updates. It waits until the desk is live, and is asked again after a lost
/// connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Adds a location.
    AddLocation(Location),
    /// Claims or leaves a stage.
    Drive(StageNo, Claim),
    /// The sessions there are.
    Sessions,
    /// Ends a session.
    Revoke(SessionNo),
    /// Changes the password.
    Password {
        /// The one it was.
        old: Typed,
        /// The one it shall be.
        new: Typed,
    },
    /// Makes a display link of this token, drawn at random.
    Display(Token),
    /// Hands over the results.
    Publish {
        /// The results file.
        csv: Vec<u8>,
        /// Where questions about them go.
        return_address: String,
        /// Whether desks that are not level are left behind.
        force: bool,
    },
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It is in this line.
    Line(MeetSeq),
    /// To `Sessions`.
    Sessions(Vec<SessionInfo>),
    /// To `Revoke` and `Password`.
    Nothing,
    /// To `Display`.
    Display(SessionNo),
    /// To `Publish`.
    Published {
        /// The line that says so.
        seq: MeetSeq,
        /// The count of this meet's publications.
        number: u32,
    },
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// None came in time, or the connection ended.
    Lost,
    /// It was refused.
    Refused(WireError),
}

/// How to get into a meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Makes it.
    Create {
        /// Where the desk stands: one of the locations.
        location: String,
        /// All of them.
        locations: Vec<Location>,
        /// For those who join.
        password: Typed,
    },
    /// Joins it; also again, after the session has ended.
    Join {
        /// Which meet.
        meet: scorelay_protocol::meet::ids::MeetId,
        /// Where the desk stands.
        location: String,
        /// The meet's password.
        password: Typed,
    },
}

/// Why a meet cannot be made or joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// A desk holds one meet only.
    #[error("this desk holds another meet")]
    AnotherMeet,
    /// It is in the meet already, or is being let in.
    #[error("this desk takes part already")]
    TakesPart,
}

/// Why an edit was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditRefused {
    /// It does not fit.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The value is longer than the core takes.
    #[error("{0} takes at most {most} bytes", most = scorelay_protocol::limits::MEET_VALUE_BYTES)]
    TooLong(Path),
    /// Nothing can be kept any more.
    #[error("this desk is closed")]
    Closed,
    /// No update of that line is on the list.
    #[error("no own update of line {0} was overruled")]
    NotOverruled(MeetSeq),
}
