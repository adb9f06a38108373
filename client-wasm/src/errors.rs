//! Errors as they cross into JavaScript: a stable code, whether to try again, and a text.
//!
//! Codes of the relay keep their names; the client's own are given here. What becomes of them is in `output` and, for
//! refused commands, in the caller.

use scorelay_client::core::{CommandError, Disconnect, RequestError};
use scorelay_client::protocol::client::GoAway;
use scorelay_client::protocol::entity::EntityError;
use scorelay_client::protocol::error::{ErrorCode, WireError};

/// An error for JavaScript.
pub(crate) struct Failure {
    /// Stable.
    pub(crate) code: &'static str,
    /// Whether the same thing may succeed later without a change.
    pub(crate) retryable: bool,
    /// For people.
    pub(crate) message: String,
}

impl Failure {
    fn of(code: ErrorCode, message: String) -> Self {
        Self { code: code.name(), retryable: code.retryable(), message }
    }
}

/// What a refused command throws: code, `0` or `1` for retryable, and message, a line each.
impl From<Failure> for String {
    fn from(Failure { code, retryable, message }: Failure) -> Self {
        let retryable = if retryable { "1" } else { "0" };
        [code, retryable, &message].join("\n")
    }
}

impl From<&WireError> for Failure {
    fn from(error: &WireError) -> Self {
        Self::of(error.code, error.message.clone())
    }
}

impl From<&Disconnect> for Failure {
    fn from(why: &Disconnect) -> Self {
        let (code, retryable) = match why {
            Disconnect::Refused(error) => return error.into(),
            Disconnect::Unreachable(_) => ("unreachable", true),
            Disconnect::Lost(_) => ("lost", true),
            Disconnect::Misfit(_) => ("misfit", true),
            Disconnect::GoAway(GoAway::ShuttingDown) => ("going-away", true),
            Disconnect::GoAway(GoAway::Overloaded) => ("overloaded", true),
            Disconnect::Silent => ("silent", true),
            Disconnect::Version(_) => ("version", false),
            Disconnect::Closed => ("closed", false),
        };
        Self { code, retryable, message: why.to_string() }
    }
}

impl From<&RequestError> for Failure {
    fn from(error: &RequestError) -> Self {
        let code = match error {
            RequestError::Refused(error) => return error.into(),
            RequestError::Disconnected(Disconnect::Closed) => "closed",
            RequestError::Disconnected(_) => "disconnected",
            RequestError::TimedOut => "timed-out",
            RequestError::NoSuchBoard(_) => "no-such-board",
            RequestError::TooMany => "too-many-requests",
        };
        Self { code, retryable: error.retryable(), message: error.to_string() }
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        let code = match error {
            CommandError::BadWindow { .. } | CommandError::TooWide { .. } | CommandError::UnknownView => {
                ErrorCode::BadRange
            }
            CommandError::TooManyTracks => ErrorCode::MaskFull,
        };
        Self::of(code, error.to_string())
    }
}

impl From<EntityError> for Failure {
    fn from(error: EntityError) -> Self {
        Self::of(ErrorCode::BadEntity, error.to_string())
    }
}
