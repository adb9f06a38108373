//! The binary `scorelay`: reads the command line, sets up the log, runs one command and turns its end into an exit
//! code. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser;
use scorelay::cli::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.start_log();
    match run(cli) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
