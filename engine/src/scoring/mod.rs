//! The parts that scorers and ratings are made of, each by itself and pure: what a message's words are, whether it
//! repeats another, which emotes it has, whom a limit lets score, what a rating period comes to. Which board uses which
//! of them is configuration and not known here.

pub mod copypasta;
pub mod elo;
pub mod emotes;
pub mod limiter;
mod logistic;
pub mod text;
