//! What a client knows of its connection, as shown to people, and why a connection ended.
//!
//! How one state follows another is in `connection`.

use scorelay_protocol::client::GoAway;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;

use super::time::Millis;

/// State of the connection and of what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Not connected for the first time yet.
    Connecting {
        /// Since the client was made.
        since: Millis,
    },
    /// What is shown follows the core.
    Live {
        /// Since the connection was live.
        since: Millis,
    },
    /// The relay is connected, but the core is out of its reach: what is shown is as of then.
    Stale {
        /// Since when, by the relay's clock.
        since: UnixMillis,
    },
    /// Not connected; what is shown is as of then. The client connects again by itself.
    Offline {
        /// Since when.
        since: Millis,
        /// Why the last connection or attempt ended.
        reason: Disconnect,
        /// When it tries again; `None` while it is trying.
        retry_at: Option<Millis>,
    },
    /// Closed for good.
    Closed {
        /// Since when.
        since: Millis,
    },
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disconnect {
    /// No connection came about.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The connection ended.
    #[error("connection lost: {0}")]
    Lost(String),
    /// A message of the relay could not be read or did not fit what came before; the client starts anew.
    #[error("the relay sent what cannot be applied: {0}")]
    Misfit(String),
    /// The relay refused something and closed.
    #[error("refused by the relay: {0}")]
    Refused(WireError),
    /// The relay announced that it closes.
    #[error("the relay {}", match .0 { GoAway::ShuttingDown => "shuts down", GoAway::Overloaded => "is overloaded" })]
    GoAway(GoAway),
    /// Nothing was heard for too long.
    #[error("no sign of life from the relay")]
    Silent,
    /// The relay speaks another version.
    #[error("the relay speaks version {0} of the protocol, this client version {own}", own = scorelay_protocol::limits::CLIENT_PROTOCOL)]
    Version(u16),
    /// The client was closed by its owner.
    #[error("closed")]
    Closed,
}
