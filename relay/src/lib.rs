//! The relay: it holds a copy of a core's boards, follows it over one link, passes it on to relays below, and shows
//! each client exactly the part it watches. The pure half is in [`core`]; sockets, threads and clocks are in `shell`.
//! It never decides anything about a board.
#![forbid(unsafe_code)]

pub mod core;
