//! What the meets want done: answers, hashes, writes, publications.

use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::{MeetAnswer, SessionInfo};
use scorelay_protocol::meet::ids::{DeskId, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::receipt::{PasswordHash, SealedRecord};
use scorelay_protocol::meet::request::SessionNo;
use scorelay_protocol::meet::secret::Password;

use super::input::AskId;

/// What one input causes. Writes are to be done in order; everything else in any. Of one meet, no write is given while
/// another is under way.
#[derive(Debug, Default)]
pub struct MeetEffects {
    /// Answers to clients.
    pub answers: Vec<(AskId, Result<MeetAnswer, WireError>)>,
    /// Answers to the operator.
    pub reports: Vec<(AskId, Result<Report, WireError>)>,
    /// Passwords to be hashed, by at most [`scorelay_protocol::limits::MEET_LANES`] at once. The meets never give more
    /// than that before they hear of one.
    pub hash: Vec<HashJob>,
    /// To be written.
    pub writes: Vec<Write>,
    /// To be handed to the publisher, which goes on until it has succeeded.
    pub publish: Vec<Publication>,
    /// For the diagnostic log of a meet or, without one, of all.
    pub notes: Vec<Note>,
}

/// A line of `diag.log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Of which meet.
    pub meet: Option<MeetId>,
    /// What happened. Never holds a token or password.
    pub text: String,
}

/// The number of a [`HashJob`], rising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JobNo(pub u64);

/// A password to be hashed with scrypt.
#[derive(Debug)]
pub struct HashJob {
    /// Its number.
    pub job: JobNo,
    /// The password.
    pub password: Password,
    /// What for.
    pub against: Against,
}

/// What a password is hashed for.
#[derive(Debug, Clone, Copy)]
pub enum Against {
    /// A new hash, by this salt and the shell's parameters.
    New {
        /// The salt.
        salt: [u8; 16],
    },
    /// To be compared with this, by its own salt and parameters.
    Known(PasswordHash),
    /// Nothing: the meet is not known. Takes as long as [`Against::New`], and never matches.
    Nothing,
}

/// The number of a [`Write`], rising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WriteNo(pub u64);

/// A change of what is on the disk. Done wholly, synced, and then told with
/// [`super::MeetInput::Written`].
#[derive(Debug)]
pub struct Write {
    /// Its number.
    pub no: WriteNo,
    /// Which meet's folder.
    pub meet: MeetId,
    /// What.
    pub what: WriteWhat,
}

/// What is written.
#[derive(Debug)]
pub enum WriteWhat {
    /// A new folder among the current meets, with all its files. One of that id that is there held no meet that could
    /// be served, and is set aside.
    Create {
        /// For `auth.json`.
        auth: SealedRecord,
        /// For `sessions.json`.
        sessions: Vec<SessionRecord>,
        /// The first lines of the log.
        lines: Vec<Line>,
    },
    /// Lines at the end of the log.
    Lines {
        /// The line before the first.
        after: MeetSeq,
        /// The lines.
        lines: Vec<Line>,
    },
    /// Another log: the file that is there is set aside.
    Log(Vec<Line>),
    /// Another `auth.json`.
    Auth(SealedRecord),
    /// Another `sessions.json`.
    Sessions(Vec<SessionRecord>),
    /// `opl.csv` and `publication.json`, in the meet's folder wherever that is.
    Publication(Publication),
    /// The folder moves to the finished meets.
    Finish,
    /// The folder moves back.
    Reopen,
    /// The folder goes; a tombstone with the uid stays.
    Remove(MeetUid),
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its number.
    pub no: SessionNo,
    /// SHA-256 of its token.
    pub token: [u8; 32],
    /// Who, for a desk; `None` for a display link.
    pub desk: Option<DeskId>,
    /// The location it was opened at.
    pub location: String,
    /// When it was opened.
    pub opened: UnixMillis,
    /// When it ends; `None` for a display link.
    pub expires: Option<UnixMillis>,
}

/// Results on their way to the publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Whose.
    pub meet: MeetId,
    /// What stands behind the id.
    pub uid: MeetUid,
    /// The count of this meet's publications; above 1 it is a correction.
    pub number: u32,
    /// The meet's name, for people.
    pub name: String,
    /// Where questions go.
    pub return_address: String,
    /// The last line that the results were made from.
    pub seq: MeetSeq,
    /// When they were handed in.
    pub at: UnixMillis,
    /// The results file.
    pub csv: Vec<u8>,
    /// Where it is, once it was handed over.
    pub handed_over: Option<String>,
}

/// What an operator is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// To `List`.
    Meets(Vec<MeetReport>),
    /// To `Sessions`.
    Sessions(Vec<SessionInfo>),
    /// It is done.
    Done,
    /// To `Cleanup`: the meets that were cleared away.
    Cleared(Vec<MeetId>),
}

/// A meet as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetReport {
    /// Its id.
    pub id: MeetId,
    /// Its name, empty where none is set.
    pub name: String,
    /// When it was made.
    pub created: UnixMillis,
    /// When it was finished.
    pub finished: Option<UnixMillis>,
    /// Lines of its log.
    pub lines: u64,
    /// Bytes of it.
    pub bytes: u64,
    /// Entries.
    pub entries: usize,
    /// Desks that ever joined.
    pub desks: usize,
    /// Sessions that are alive, displays included.
    pub sessions: usize,
    /// Publications, and how many of them have been handed over.
    pub publications: (u32, u32),
}
