//! `scorelay board` and `scorelay erase`: what an operator does about rows, in the running core or, where none runs, in
//! its data directory. What each means is decided by the engine.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use scorelay_protocol::entity::Entity;

use super::offline::{Data, Offline};
use crate::admin::Moderate;
use crate::config::DEFAULT_DATA;
use crate::failure::Failure;

/// What is to be done about rows.
#[derive(Debug, Args)]
pub(super) struct BoardArgs {
    #[command(subcommand)]
    command: BoardCommand,
}

#[derive(Debug, Subcommand)]
enum BoardCommand {
    /// Takes an entity off a board; it comes back with the next thing that scores.
    Remove(EntityArgs),
    /// Takes an entity off a board and keeps it off, as a row and as an author.
    Ban(EntityArgs),
    /// Ends a ban. What was not counted meanwhile stays so.
    Unban(EntityArgs),
    /// Takes all rows off a board.
    Reset(ResetArgs),
    /// Puts the rows of a board aside as a board of their own that is never scored again; the board begins anew.
    Archive(ArchiveArgs),
}

/// An entity, and where.
#[derive(Debug, Args)]
struct EntityArgs {
    #[command(flatten)]
    at: DataArgs,
    /// The board's id [default: all boards].
    #[arg(long, value_name = "ID")]
    board: Option<String>,
    /// The entity, like twitch:1234.
    #[arg(value_name = "ENTITY")]
    entity: Entity,
}

#[derive(Debug, Args)]
struct DataArgs {
    /// Data directory of the core.
    #[arg(long, env = "SCORELAY_DATA", value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
}

/// A board.
#[derive(Debug, Args)]
struct ResetArgs {
    #[command(flatten)]
    at: DataArgs,
    /// The board's id.
    #[arg(long, value_name = "ID")]
    board: String,
}

/// A board, and what its rows go to.
#[derive(Debug, Args)]
struct ArchiveArgs {
    #[command(flatten)]
    at: DataArgs,
    /// The board's id.
    #[arg(long, value_name = "ID")]
    board: String,
    /// The archive's id.
    #[arg(long, value_name = "ID")]
    to: String,
    /// The archive's name for people [default: its id].
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

/// Who is erased.
#[derive(Debug, Args)]
pub(super) struct EraseArgs {
    #[command(flatten)]
    at: DataArgs,
    /// The entity, like twitch:1234.
    #[arg(value_name = "ENTITY")]
    entity: Entity,
}

impl BoardArgs {
    /// Does it, and says how many rows went.
    ///
    /// # Errors
    /// There is no such board, or the data cannot be used.
    pub(super) fn run(self) -> Result<(), Failure> {
        let of = |EntityArgs { at, board, entity }: EntityArgs| (at, board, entity.to_string());
        match self.command {
            BoardCommand::Remove(args) => {
                let (at, board, entity) = of(args);
                at.moderate(Moderate::Remove { board, entity })
            }
            BoardCommand::Ban(args) => {
                let (at, board, entity) = of(args);
                at.moderate(Moderate::Ban { board, entity })
            }
            BoardCommand::Unban(args) => {
                let (at, board, entity) = of(args);
                at.moderate(Moderate::Unban { board, entity })
            }
            BoardCommand::Reset(args) => args.at.moderate(Moderate::Reset { board: args.board }),
            BoardCommand::Archive(args) => {
                let title = args.title.unwrap_or_else(|| args.to.clone());
                args.at.moderate(Moderate::Archive { board: args.board, to: args.to, title })
            }
        }
    }
}

impl EraseArgs {
    /// Does it, and says how many rows went.
    ///
    /// # Errors
    /// The data cannot be used.
    pub(super) fn run(self) -> Result<(), Failure> {
        self.at.moderate(Moderate::Erase { entity: self.entity.to_string() })
    }
}

impl DataArgs {
    fn moderate(self, what: Moderate) -> Result<(), Failure> {
        let rows = match Data::open(&self.data)? {
            Data::Core(mut client) => client.moderate(what)?,
            Data::Store(store) => Offline::load(store, None)?.moderate(what)?,
        };
        println!("{rows} rows");
        Ok(())
    }
}
