//! The source as a state machine, without sockets, files, clock or randomness: bytes, time in milliseconds and random
//! numbers come as arguments, bytes to send and to write to the journal go out. Its shell is in `shell`.

pub mod check;
pub mod journal;
mod link;
mod numbering;
mod source;

pub use link::End;
pub use source::{Settings, SourceCore};
