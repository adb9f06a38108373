//! Every message on every hop of Scorelay: ids, limits, errors, and the one codec.
//!
//! This crate does no I/O and knows no clock; it builds for the server, the relay and wasm alike.
//! The byte layout is described, message by message, in `docs/protocol.md`. Start with [`client`] for
//! what a browser speaks and with [`link`] for what relays and sources speak.
#![forbid(unsafe_code)]

pub mod client;
pub mod codec;
pub mod entity;
pub mod error;
pub mod event;
pub mod feed;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod link;
pub mod meet;
pub mod page;
pub mod people;
pub mod score;
pub mod tick;
pub mod time;
