//! The core process of Scorelay: one engine, its store, its sources, and the links on which relays follow it. `serve`
//! puts the parts together; start there, or at `core/` for the loop that everything passes through. Commands are in
//! [`cli`]. What scores mean is decided in the engine, what clients see in the relay; neither is here.
#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod failure;
pub mod load;
pub mod publish;
pub mod sources;
pub mod store;

mod admin;
mod core;
mod key_file;
mod meets;
mod metrics;
mod serve;
mod transfer;
