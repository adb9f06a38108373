//! A desk of a meet for programs: [`MeetDesk`](crate::core::meet::MeetDesk) over a connection, kept in a file.
//!
//! [`MeetRun`] drives it, [`StateFile`] keeps it. Nothing here decides anything.

mod file;
mod run;

pub use file::{StateFile, StateFileError};
pub use run::MeetRun;
