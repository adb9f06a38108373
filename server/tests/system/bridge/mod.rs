//! The bridge: sources outside the core's process, as `examples/bridge-python` and `examples/bridge-rust` are, killed
//! and reinstalled, many at once, over links that split writes and with peers that are dead.

mod house;
mod kills;
mod names;
mod peers;
