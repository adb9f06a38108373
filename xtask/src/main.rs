//! `cargo xtask …`: everything one does with this checkout besides editing it. This file is only the command line;
//! each command has a file of its own. It must start fast on a fresh machine, so it depends on next to nothing and
//! never on the other crates of the workspace.

mod bench;
mod counts;
mod demo;
mod errors;
mod rows;
mod setup;
mod shell;
mod stages;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Everything one does with this checkout besides editing it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start core, relay and a synthetic crowd in one process, and watch its board in this terminal.
    Demo(demo::Args),
    /// Install what the tests and the demo need and this machine lacks.
    Setup,
    /// Set up what is missing and run every check and every test; this is what CI runs.
    Test(test::Args),
    /// Measure how fast it is, side by side with its peers.
    Bench(bench::Args),
    /// Check the rules that the compiler does not know: headers, file lengths, pure crates, machine paths, …
    Tidy,
    /// List the rows of docs/requirements.md with the tests whose doc comments name them.
    Rows(rows::Args),
    /// Count the instructions of the pure hot paths, and hold them against bench/counts.toml.
    Counts(counts::Args),
    /// Write docs/errors.md from the error codes in protocol/.
    Errors(errors::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Setup => setup::everything(),
        Command::Test(args) => return test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Tidy => tidy::run(),
        Command::Rows(args) => rows::run(&args),
        Command::Counts(args) => counts::run(&args),
        Command::Errors(args) => errors::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
