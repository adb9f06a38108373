//! Why a relay leaves the link to its upstream: one closed list, each with its code on the wire. What happens then,
//! waiting and connecting again, is the shell's.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame::FrameError;
use scorelay_protocol::ids::{BatchSeq, CoreEpoch};
use scorelay_protocol::limits::{HOPS, LINK_PROTOCOL};
use scorelay_ranks::SetError;

/// What is wrong with an upstream. The link is to be closed; the boards held so far are served on as stale.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It speaks another version of the link protocol.
    #[error("upstream speaks link protocol {0}, this relay {LINK_PROTOCOL}")]
    Version(u16),
    /// This relay stands above its own upstream.
    #[error("the relays are connected in a loop: this relay is on its upstream's way to the core")]
    Loop,
    /// Too many relays in a row.
    #[error("this would be relay {0} in a row below the core; {HOPS} are allowed")]
    TooFar(usize),
    /// Bytes that are no message.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A message that may not come now.
    #[error("{message} came {when}")]
    OutOfOrder {
        /// Which.
        message: &'static str,
        /// In which state of the link.
        when: &'static str,
    },
    /// Boards of another run of the core than those held, without starting from nothing.
    #[error("catching up with core run {theirs} while holding the boards of run {ours}")]
    OtherCore {
        /// The run of the boards held.
        ours: CoreEpoch,
        /// The run of those offered.
        theirs: CoreEpoch,
    },
    /// Catching up ended before the batch where it began.
    #[error("caught up at batch {got} after batch {after}")]
    Backwards {
        /// The last batch contained.
        after: BatchSeq,
        /// The one offered.
        got: BatchSeq,
    },
    /// So much changed while this relay lagged that starting from nothing is cheaper.
    #[error("more rows changed while lagging than are held back")]
    TooMuch,
    /// A change that the boards do not allow.
    #[error(transparent)]
    Set(#[from] SetError),
}

impl LinkError {
    /// Its code, for logs and metrics.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Version(_) => ErrorCode::Version,
            Self::Loop | Self::TooFar(_) => ErrorCode::LinkLoop,
            Self::Frame(FrameError::TooLong(_)) | Self::TooMuch => ErrorCode::TooLarge,
            Self::Frame(_) | Self::Set(_) => ErrorCode::Malformed,
            Self::OutOfOrder { .. } | Self::OtherCore { .. } | Self::Backwards { .. } => ErrorCode::OutOfOrder,
        }
    }
}

impl From<&LinkError> for WireError {
    fn from(error: &LinkError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
