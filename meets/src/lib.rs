//! What a meet's log comes to: its state, which update is accepted, and how two logs become one.
//!
//! The core writes a [`log::MeetLog`]; desks and relays follow one line by line and get the same state. Nothing here
//! does I/O, reads a clock or draws a random number, and nothing knows of sessions or passwords. Begin with [`log`].
#![forbid(unsafe_code)]

pub mod audience;
pub mod chain;
pub mod desk;
#[cfg(feature = "json")]
pub mod json;
mod judge;
pub mod log;
pub mod recover;
pub mod state;
