//! The client for programs: the pure core driven by tokio over a WebSocket.
//!
//! [`connect`] gives a half that asks and a half that hears; answers come back from the asking call, everything else
//! from [`Receiver::recv`]. Connecting again is the core's affair; nothing here decides anything.

mod address;
mod dial;
mod driver;
mod halves;
#[cfg(feature = "meets")]
pub mod meet;

pub use address::{Address, BadUrl};
pub use dial::{DialError, Dialer, Socket};
pub use driver::Clock;
pub use halves::{Receiver, Sender, State};

use crate::core::ClientConfig;

/// How to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The relay: an `http`, `https`, `ws` or `wss` origin like `https://boards.example.org`.
    pub url: String,
    /// Name and version of the program, for the relay's operator: at most
    /// [`AGENT_BYTES`](scorelay_protocol::limits::AGENT_BYTES), or the relay ends the connection.
    pub agent: String,
}

impl ConnectOptions {
    /// A connection to this origin under the library's own name.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), agent: ClientConfig::default().agent }
    }
}

/// Begins to connect, and stays connected as well as it can until both halves are dropped or one is told to close.
/// Must be called within a tokio runtime. Whether it succeeds is told by the status.
///
/// # Errors
/// [`BadUrl`] when the URL is no origin of a relay.
pub fn connect(options: ConnectOptions) -> Result<(Sender, Receiver), BadUrl> {
    let address: Address = options.url.parse()?;
    Ok(connect_by(Dialer::new(address), options.agent))
}

/// As [`connect`], by a dialer of one's own.
pub fn connect_by(dialer: Dialer, agent: String) -> (Sender, Receiver) {
    driver::start(dialer, ClientConfig { agent, probes: false })
}
