//! The source for programs: sockets, the journal's file and the clock around [`crate::core`].

mod address;
mod file;
mod run;
mod source;

pub use address::{Address, BadAddress};
pub use source::{Source, SourceError};
