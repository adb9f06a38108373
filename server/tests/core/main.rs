//! The core's process by itself: what it keeps, what it refuses, what its sources read and what its commands write.
//! With relays and clients it is tested in `system`.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "the system tests use more of it")]
#[path = "../system/irc.rs"]
mod irc;
#[allow(dead_code, reason = "the system tests use more of it")]
#[path = "../system/process.rs"]
mod process;
#[allow(dead_code, reason = "the system tests use more of it")]
#[path = "../system/until.rs"]
mod until;
#[allow(dead_code, reason = "the system tests use more of it")]
#[path = "../system/wire.rs"]
mod wire;

mod busy_stream;
mod crash;
mod discord;
mod lifetime;
mod links;
mod meets;
mod moderation;
mod people;
mod refusals;
mod sources;
mod tls;
mod transfer;
