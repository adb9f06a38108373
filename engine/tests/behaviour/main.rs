//! The engine's behaviour, a file for each: one program, so that it links once. What the files share is in
//! `support.rs`; unit tests of single parts stand beside those parts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod durability;
mod events;
mod imports;
mod limits;
mod model;
mod moderation;
mod people;
mod ratings;
mod scorers;
mod starts;
mod support;
mod tallies;
