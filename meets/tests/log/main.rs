//! The log as the core writes it: beside a naive model, and brought back by desks after a loss.
//!
//! Both run over the random histories of `history`.

mod desks;
mod history;
mod model;
mod recovery;
