//! Deterministic simulation of the whole way of a score: the real engine, outlet, relays and clients on virtual time,
//! over a seeded network that delays, splits, stalls and breaks, with a core and relays that die. One seed is one run;
//! oracles hold everything that anybody shows against everything the core ever was.
//!
//! Start at [`world`], which has everything in one run, and at [`run`], which runs seeds. What kind of run a seed makes
//! is in [`plan`]. The oracles: [`history`] (a naive model of the boards), [`same`], [`durable`], [`tally`],
//! [`moderation`], [`relay_check`], [`client_check`], [`answers`], [`progress`], [`rest`]. It opens no sockets and
//! reads no clock.
#![forbid(unsafe_code)]

pub mod answers;
pub mod client;
pub mod client_check;
pub mod clock;
pub mod core;
pub mod desk;
pub mod desk_user;
pub mod durable;
pub mod entities;
pub mod event;
pub mod faults;
pub mod gym;
pub mod history;
pub mod links;
pub mod meet_core;
pub mod meet_disk;
pub mod moderation;
pub mod net;
pub mod outbuf;
pub mod plan;
pub mod progress;
pub mod random;
pub mod relay;
pub mod relay_check;
pub mod report;
pub mod rest;
pub mod run;
pub mod same;
pub mod shards;
pub mod source;
pub mod stage;
pub mod store;
pub mod tally;
pub mod ticks;
pub mod trace;
pub mod user;
pub mod wire;
pub mod workload;
pub mod world;
