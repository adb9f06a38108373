//! The meets of a core, a file for each subject: one program, so that it links once. What the files share is in
//! `rig.rs`: a machine with a disk and lanes that do what a test says, and what holds in every test.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod histories;
mod lanes;
mod limits;
mod logins;
mod operators;
mod publishing;
mod pulls;
mod recovery;
mod rig;
mod sessions;
mod shown;
mod updates;
