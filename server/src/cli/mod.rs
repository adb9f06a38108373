//! The command line of `scorelay`: one subcommand, one file. Flags stand with their commands; nothing here knows how
//! the work is done.

mod board;
mod export;
mod import;
mod load;
mod meet;
mod offline;
mod serve;
pub mod watch;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Live boards: the core process and its tools.
#[derive(Debug, Parser)]
#[command(name = "scorelay", version, propagate_version = true)]
pub struct Cli {
    /// What to log, like `info` or `scorelay=debug,info`; RUST_LOG is heard too.
    #[arg(long, global = true, env = "SCORELAY_LOG", value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the core, and a relay for clients in the same process.
    Serve(serve::ServeArgs),
    /// Shows a live board in the terminal.
    Watch(watch::WatchArgs),
    /// Puts many clients on a relay, shows what they get, and checks that it is right.
    Load(load::LoadArgs),
    /// Writes a board to a file, also while a core runs.
    Export(export::ExportArgs),
    /// Puts the rows of a file on a board, in the place of those that are there; also while a core runs.
    Import(import::ImportArgs),
    /// Takes rows off boards, or keeps entities off them; also while a core runs.
    Board(board::BoardArgs),
    /// Takes an entity off everything there is and keeps it off, without keeping its name; also while a core runs.
    Erase(board::EraseArgs),
    /// Takes part in a meet.
    Meet(meet::MeetArgs),
}

impl Cli {
    /// Sends the log to standard error; standard output is for what commands print.
    pub fn start_log(&self) {
        let default = match self.command {
            Command::Serve(_) => "info",
            Command::Watch(_) | Command::Export(_) | Command::Import(_) | Command::Meet(_) => "warn",
            Command::Board(_) | Command::Erase(_) | Command::Load(_) => "warn",
        };
        let said = self.log.clone().or_else(|| std::env::var("RUST_LOG").ok());
        let filter = EnvFilter::builder().parse_lossy(said.as_deref().unwrap_or(default));
        let started = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .try_init();
        if let Err(error) = started {
            eprintln!("no log: {error}");
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
/// Why it did not do its work.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Serve(args) => return args.run(),
        Command::Watch(args) => watch::run(args)?,
        Command::Load(args) => args.run()?,
        Command::Export(args) => args.run()?,
        Command::Import(args) => args.run()?,
        Command::Board(args) => args.run()?,
        Command::Erase(args) => args.run()?,
        Command::Meet(args) => args.run()?,
    }
    Ok(ExitCode::SUCCESS)
}
