//! A load on a relay: many clients at once, each with a window as people have them, all in one process, and a check that
//! what they hold is right.
//!
//! Every client is the state machine that programs and web pages use (`slot`), run by a small task (`session`) on few
//! threads (`crew`). What they look at is dealt out from a `mix` over what the `scout` finds. That they hold the
//! right rows is checked in three ways: the state machine refuses whatever does not fit; clients at the same tick must
//! hold the same (`agree`); and the relay is asked over HTTP (`compare`, `suspects`). `run` puts it together and ends in
//! a [`Summary`]. How it looks on a terminal is in `cli/load`.
//!
//! The protocol carries no clock, so there is no latency from a score's change to a client in here: what is measured is
//! the round trip of WebSocket pings, and the time between messages.

mod agree;
mod compare;
mod crew;
mod files;
mod histogram;
mod http;
mod meters;
mod mix;
mod reasons;
mod run;
mod scout;
mod session;
mod slot;
mod summary;
mod suspects;

use std::path::PathBuf;
use std::time::Duration;

pub use compare::Asked;
pub use histogram::Counts;
pub use meters::{Readings, Reasons, Tallied};
pub use mix::{BadMix, Kind, Mix};
pub use run::{Second, Show, run};
pub use summary::Summary;
pub use suspects::Compared;

/// What load to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The relay, as for [`scorelay_client::shell::connect`].
    pub url: String,
    /// How many clients, at least 1.
    pub clients: u32,
    /// What they look at.
    pub mix: Mix,
    /// Ids of the boards they look at, in turn; empty for all that have rows.
    pub boards: Vec<String>,
    /// How long, counted from when each client has a connection or has failed to get one; until it is told to stop where
    /// nothing is said.
    pub time: Option<Duration>,
    /// Clients that are started per second, at least 1. Those that lost a connection come back as clients do.
    pub connect_rate: u32,
    /// How often a client with a random window moves it, on average.
    pub scroll: Option<Duration>,
    /// Threads that run clients.
    pub threads: usize,
    /// A PEM file with the certificates to trust instead of those that browsers trust.
    pub ca_file: Option<PathBuf>,
}
