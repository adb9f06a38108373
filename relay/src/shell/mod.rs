//! The relay's I/O: sockets, threads, clocks and configuration around the pure half in [`crate::core`]. `run.rs` puts a
//! relay together; links, transports, tasks and the private listener are used by the core's process as well.

mod address;
mod api;
pub mod args;
mod clock;
pub mod config;
mod conn;
mod etag;
mod feed_thread;
mod frame_reader;
mod front;
mod governor;
pub mod http_private;
mod leave;
pub mod link_io;
pub mod links;
mod metrics;
mod paced;
mod pages;
mod places;
pub mod problem;
mod query;
mod readiness;
pub mod run;
mod shards;
pub mod signals;
mod stream;
pub mod tasks;
mod tls;
pub mod tokens;
pub mod transport;
mod upstream;
mod wire;

pub use address::Cidr;
pub use readiness::Readiness;
