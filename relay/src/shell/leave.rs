//! Why a client's connection ends: one closed list, with the words for metrics, the error that is told first and the
//! WebSocket close code. Ending it is `conn.rs`'s.

use scorelay_protocol::client::{GoAway, RelayMessage};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
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
    ShuttingDown {
        /// When the client may come back.
        retry_after_ms: u32,
    },
}

impl Leave {
    /// The relay shuts down; the time to come back is drawn, so that not all come at once.
    pub(crate) fn shutting_down() -> Self {
        let (least, most) = limits::GO_AWAY_RETRY_MS;
        Self::ShuttingDown { retry_after_ms: rand::random_range(least..=most) }
    }

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
            Self::ShuttingDown { .. } => "shutting-down",
        }
    }

    /// What the client is told before the close frame.
    pub(crate) fn last_words(&self) -> Option<RelayMessage> {
        match self {
            Self::Error(error) => Some(RelayMessage::Error(error.clone())),
            Self::Silent => Some(RelayMessage::Error(WireError::new(ErrorCode::TooSlow, "no answer to pings"))),
            &Self::ShuttingDown { retry_after_ms } => {
                Some(RelayMessage::GoAway { reason: GoAway::ShuttingDown, retry_after_ms })
            }
            Self::Closed | Self::Reset | Self::Failed | Self::Stuck => None,
        }
    }

    /// Code and reason of the close frame; `None` where the client's own is answered or nobody is there to read it.
    pub(crate) fn close(&self) -> Option<(CloseCode, &'static str)> {
        match self {
            Self::Closed | Self::Reset | Self::Failed => None,
            Self::Error(error) => Some((close_code(error.code), error.code.name())),
            Self::Silent | Self::Stuck => Some((CloseCode::Policy, ErrorCode::TooSlow.name())),
            Self::ShuttingDown { .. } => Some((CloseCode::Away, ErrorCode::ShuttingDown.name())),
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
