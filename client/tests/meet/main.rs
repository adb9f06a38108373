//! A desk of a meet against the real machine of a core: every state it can be in, and what it must never do.
#![cfg(feature = "meets")]

mod displays;
#[cfg(feature = "shell")]
mod file;
mod hall;
mod histories;
mod rules;
mod states;
