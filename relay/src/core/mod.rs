//! The pure half of the relay: links, feeds and connections as state machines that are handed time and bytes. No
//! sockets, threads or clocks here; those are in the shell.

pub mod clock;
mod dirty;
pub mod feeds;
pub mod hub;
pub mod inlet;
pub mod link_error;
mod link_walk;
pub mod outgoing;
pub mod outlet;
pub mod published;
pub mod shard;
pub mod view;
