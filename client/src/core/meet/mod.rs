//! One desk of one meet, and what a display sees of one, as state machines without sockets, clock or randomness.
//!
//! [`MeetDesk`] is driven like the client itself: inputs by `handle_*` and commands, outputs by `poll_*`. Its requests
//! travel by [`super::Client::ask_meet`]; its [`Save`]s are the shell's to carry out. What a desk is, without all that,
//! is in the crate `meets`; displays are in [`display`].

mod answers;
mod commands;
mod desk;
pub mod display;
mod drive;
mod opening;
mod saved;
mod state;
mod upload;
pub(super) mod watched;

pub use desk::MeetDesk;
pub use saved::{BadSaved, Change, Key, Member, Save, SavedMeet, SavedSession};
pub use state::{
    AskNo, Changed, Command, CommandNo, DeskEvent, DeskState, Done, EditRefused, LoggedOut, NoAnswer, Opening,
    OpeningError, Restoring,
};
pub use watched::MeetSnapshot;
