//! What the tests of feeds and shards share: a core that writes boards, a house of feeds and shards on virtual time,
//! and a client that follows the protocol by its letter and complains when the relay does not.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

pub(crate) mod client;
pub(crate) mod core;
pub(crate) mod house;
