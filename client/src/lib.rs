//! The Scorelay client: what a program or a web page needs to hold live boards.
//!
//! [`core`] is the whole client as a pure state machine without sockets, clock or randomness; it runs natively, in
//! wasm and in the simulation. `shell` (feature of that name) drives it with tokio for programs. Nothing here draws
//! anything on a screen; `scorelay watch` does.
#![forbid(unsafe_code)]

pub mod core;
#[cfg(feature = "shell")]
pub mod shell;

pub use scorelay_protocol as protocol;
