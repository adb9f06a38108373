//! The client as a state machine: inputs by `handle_*` and commands, outputs by `poll_*`, time as an argument.
//!
//! It does no I/O and reads no clock: whoever drives it carries out each [`Transmit`], tells it what came of that,
//! and calls [`Client::handle_timeout`] when [`Client::poll_timeout`] says so. Start with [`client`]; the replicas
//! are in `replica`, what a user of the crate sees of them in [`view`], [`track`] and [`status`].

mod apply;
mod backoff;
mod budget;
pub mod client;
mod connection;
mod directory;
mod drive;
mod events;
mod mask;
#[cfg(feature = "meets")]
pub mod meet;
mod pages;
mod platforms;
mod replica;
mod requests;
mod sorted;
pub mod status;
pub mod time;
pub mod track;
mod tracks;
pub mod view;
mod views;

pub use client::{Client, ClientConfig, CommandError, Stats, Transmit};
pub use directory::BoardSummary;
pub use events::Event;
pub use requests::{Answer, RequestError};
pub use status::{Disconnect, Status};
pub use time::Millis;
pub use track::{Place, TrackSnapshot};
pub use view::{LevelPage, LevelView, Presence, RankedRow, ViewId, ViewSnapshot, WINDOW_ROWS};
