//! `scorelay-counts`: runs one pure hot path on fixed input, so that callgrind can count its instructions. The counts and
//! what they are held against are the business of `cargo xtask counts`; without an argument the paths are listed.

#![allow(clippy::expect_used, reason = "the input is fixed: what does not fit is a mistake in here")]

mod boards;
mod counted;
#[path = "../../src/draw.rs"]
mod draw;
mod meets;
mod relay;
mod viewers;

use std::process::ExitCode;

/// A path: its name, what it is counted for each of, and what runs it and says how many of those there were.
type HotPath = (&'static str, &'static str, fn() -> usize);

const PATHS: &[HotPath] = &[
    ("score", "message", boards::score),
    ("rank", "row", boards::rank),
    ("encode", "row", boards::encode),
    ("follow", "row", relay::follow),
    ("diff", "feed", relay::diff),
    ("walk", "message", relay::walk),
    ("greet", "client", relay::greet),
    ("fill", "row", viewers::fill),
    ("apply", "message", viewers::apply),
    ("judge", "update", meets::judge),
    ("desk", "line", meets::desk),
    ("edit", "edit", meets::edit),
];

fn main() -> ExitCode {
    let Some(name) = std::env::args().nth(1) else {
        for (name, ..) in PATHS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((name, each, run)) = PATHS.iter().find(|(known, ..)| *known == name) else {
        eprintln!("error: there is no path {name}; without a name they are listed");
        return ExitCode::FAILURE;
    };
    println!("{name} {each} {}", run());
    ExitCode::SUCCESS
}
