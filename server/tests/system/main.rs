//! The whole system as its operator runs it: real processes on loopback, an IRC server from the system's packages,
//! relays in a chain, `scorelay watch`, and raw sockets that count bytes. What one part does alone is tested in its
//! crate.

mod bridge;
mod chain;
mod flood;
mod irc;
mod load;
mod meet_cli;
mod meets;
mod million;
mod process;
mod slow;
mod source;
mod until;
mod watch;
mod wire;
