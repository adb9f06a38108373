//! Why a client's connection ends: one closed list, with the words for metrics, the error that is told first and the
//! WebSocket close code. Ending it is `conn.rs`'s.

use scorelay_protocol::error::{ErrorCode, WireError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Why a client's connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leave {
    /// The client closed it.
    Closed,
    /// The client's half ended without a close frame.
    Reset,
    /// The socket failed.
    Failed,
    /// The client did something wrong, or nothing in time.
    Error(WireError),
    /// It took nothing of an unfinished message for too long.
    Stuck,
    /// Nothing came from it, not even a pong.
    Silent,
    /// The relay shuts down.
    ShuttingDown,
}

impl Leave {
    /// Nothing came in time.
    pub(crate) fn slow(what: &str) -> Self {
        Self::Error(WireError::new(ErrorCode::TooSlow, what))
    }

    /// A word for metrics.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Failed => "failed",
            Self::Error(error) => error.code.name(),
            Self::Stuck => "stuck",
            Self::Silent => "silent",
            Self::ShuttingDown => "shutting-down",
        }
    }

    /// What the client is told before the close frame.
    pub(crate) fn error(&self) -> Option<WireError> {
        match self {
            Self::Error(error) => Some(error.clone()),
            Self::Silent => Some(WireError::new(ErrorCode::TooSlow, "no answer to pings")),
            Self::Closed | Self::Reset | Self::Failed | Self::Stuck | Self::ShuttingDown => None,
        }
    }

    /// Code and reason of the close frame; `None` where the client's own is answered or nobody is there to read it.
    pub(crate) fn close(&self) -> Option<(CloseCode, &'static str)> {
        match self {
            Self::Closed | Self::Reset | Self::Failed => None,
            Self::Error(error) => Some((close_code(error.code), error.code.name())),
            Self::Silent | Self::Stuck => Some((CloseCode::Policy, ErrorCode::TooSlow.name())),
            Self::ShuttingDown => Some((CloseCode::Away, ErrorCode::ShuttingDown.name())),
        }
    }
}

fn close_code(code: ErrorCode) -> CloseCode {
    match code {
        ErrorCode::Malformed | ErrorCode::OutOfOrder => CloseCode::Protocol,
        ErrorCode::NotBinary => CloseCode::Unsupported,
        ErrorCode::TooLarge => CloseCode::Size,
        _ => CloseCode::Policy,
    }
}
