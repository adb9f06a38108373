//! The relay: it holds a copy of a core's boards, follows it over one link, passes it on to relays below, and shows
//! each client exactly the part it watches. The pure half is in [`core`]; sockets, threads and clocks are in [`shell`].
//! It never decides anything about a board.
#![forbid(unsafe_code)]

pub mod core;
pub mod shell;

pub use shell::config::RelayConfig;
pub use shell::run::{Relay, Standalone, standalone, start};

/// Name and version of this program.
pub const SOFTWARE: &str = concat!("scorelay-relay ", env!("CARGO_PKG_VERSION"));
