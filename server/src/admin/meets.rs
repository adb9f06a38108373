//! What operators say about meets over the admin socket, and what they are told. Times are milliseconds since 1970, as
//! everywhere; passwords travel this socket, which only its owner can open, and nowhere else.

use scorelay_engine::meets::{MeetReport, OperatorAsk, Report};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::meet::answer::SessionInfo;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::request::SessionNo;
use scorelay_protocol::meet::secret::Password;
use serde::{Deserialize, Serialize};

/// What a command asks about meets. `meet` is an id as people write it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MeetCommand {
    /// All meets.
    List,
    /// A meet's sessions.
    Sessions {
        /// Which meet.
        meet: String,
    },
    /// Ends a session.
    Revoke {
        /// Which meet.
        meet: String,
        /// The session's number.
        session: u32,
    },
    /// Gives a meet another password.
    Password {
        /// Which meet.
        meet: String,
        /// The password.
        password: String,
    },
    /// Opens a finished meet again.
    Reopen {
        /// Which meet.
        meet: String,
    },
    /// Clears away finished meets.
    Cleanup {
        /// Those finished longer ago than this.
        older_than_ms: u64,
    },
}

/// Says nothing of a password.
impl std::fmt::Debug for MeetCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MeetCommand")
    }
}

/// What a command is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MeetReply {
    /// All meets, in the order of their ids.
    Meets(Vec<MeetFacts>),
    /// The meet's sessions that are alive.
    Sessions(Vec<SessionFacts>),
    /// It is done, and durable.
    Done,
    /// Ids of the meets that were cleared away.
    Cleared(Vec<String>),
}

/// A meet as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MeetFacts {
    pub(crate) meet: String,
    pub(crate) name: String,
    pub(crate) created: u64,
    pub(crate) finished: Option<u64>,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) entries: usize,
    pub(crate) desks: usize,
    pub(crate) sessions: usize,
    pub(crate) publications: u32,
    pub(crate) handed_over: u32,
}

/// A session as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionFacts {
    pub(crate) session: u32,
    /// `None` for a display link.
    pub(crate) desk: Option<String>,
    pub(crate) location: String,
    pub(crate) opened: u64,
    pub(crate) expires: Option<u64>,
    /// The last line it was sent since the core's start.
    pub(crate) seen: Option<u64>,
}

impl MeetCommand {
    /// As the machine takes it.
    ///
    /// # Errors
    /// An id or a password that is none.
    pub(super) fn ask(self) -> Result<OperatorAsk, WireError> {
        let id = |text: &str| {
            let none = |error| WireError::new(ErrorCode::NoSuchMeet, format!("`{text}`: {error}"));
            text.parse::<MeetId>().map_err(none)
        };
        Ok(match self {
            Self::List => OperatorAsk::List,
            Self::Sessions { meet } => OperatorAsk::Sessions(id(&meet)?),
            Self::Revoke { meet, session } => OperatorAsk::Revoke(id(&meet)?, SessionNo(session)),
            Self::Password { meet, password } => {
                let password = Password::new(password);
                let password = password.map_err(|error| WireError::new(ErrorCode::BadPassword, error.to_string()))?;
                OperatorAsk::Password(id(&meet)?, password)
            }
            Self::Reopen { meet } => OperatorAsk::Reopen(id(&meet)?),
            Self::Cleanup { older_than_ms } => OperatorAsk::Cleanup { older_than_ms },
        })
    }
}

impl From<Report> for MeetReply {
    fn from(report: Report) -> Self {
        match report {
            Report::Meets(meets) => Self::Meets(meets.into_iter().map(MeetFacts::from).collect()),
            Report::Sessions(sessions) => Self::Sessions(sessions.into_iter().map(SessionFacts::from).collect()),
            Report::Done => Self::Done,
            Report::Cleared(meets) => Self::Cleared(meets.into_iter().map(|meet| meet.to_string()).collect()),
        }
    }
}

impl From<MeetReport> for MeetFacts {
    fn from(report: MeetReport) -> Self {
        Self {
            meet: report.id.to_string(),
            name: report.name,
            created: report.created.0,
            finished: report.finished.map(|at| at.0),
            lines: report.lines,
            bytes: report.bytes,
            entries: report.entries,
            desks: report.desks,
            sessions: report.sessions,
            publications: report.publications.0,
            handed_over: report.publications.1,
        }
    }
}

impl From<SessionInfo> for SessionFacts {
    fn from(info: SessionInfo) -> Self {
        Self {
            session: info.no.0,
            desk: info.desk.map(|desk| desk.to_string()),
            location: info.location,
            opened: info.opened.0,
            expires: info.expires.map(|at| at.0),
            seen: info.seen.map(|seq| seq.0),
        }
    }
}
