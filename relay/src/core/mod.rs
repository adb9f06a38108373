//! The pure half of the relay: links, feeds and connections as state machines that are handed time and bytes. No
//! sockets, threads or clocks here; those are in the shell.

pub mod clock;
mod conn;
mod diff;
mod directory;
mod dirty;
pub mod feeds;
mod forward;
pub mod hub;
mod idle;
pub mod inlet;
mod interest;
pub mod link_error;
mod link_walk;
mod marks;
mod mask;
mod meets;
mod message;
mod numbers;
pub mod outgoing;
pub mod outlet;
mod page_feed;
mod pages;
pub mod published;
mod requests;
pub mod shard;
mod track;
pub mod view;
mod watch;
