//! `scorelay import`: the rows of a file become a board's. Nothing is changed unless all of the file can be read.

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use scorelay_protocol::error::ErrorCode;

use super::offline::{Data, Offline};
use crate::config::{Config, DEFAULT_DATA, Overrides};
use crate::failure::Failure;
use crate::transfer::Format;
use crate::transfer::read::{Rows, read};

/// What to read and where to.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Data directory of the core.
    #[arg(long, env = "SCORELAY_DATA", value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// The board's id.
    #[arg(long, value_name = "ID")]
    board: String,
    /// How the file is written.
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// Configuration file with the boards, for a data directory that no core has served them from yet.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The file.
    file: PathBuf,
}

impl ImportArgs {
    /// Reads the file and puts its rows on the board.
    ///
    /// # Errors
    /// There is no such board, the file is no export, or the data cannot be used.
    pub(super) fn run(self) -> Result<(), Failure> {
        let boards = match &self.config {
            Some(path) => Some(Config::load(Overrides { config: Some(path.clone()), ..Overrides::default() })?.boards),
            None => None,
        };
        if self.config.is_some() {
            let made = std::fs::create_dir_all(&self.data);
            made.map_err(|e| Failure::config(format!("cannot make {}: {e}", self.data.display())))?;
        }
        let imported = match Data::open(&self.data)? {
            Data::Core(mut client) => {
                let rows = self.rows(client.describe(&self.board)?.decimals)?;
                client.import(&self.board, &rows)?
            }
            Data::Store(store) => {
                let offline = Offline::load(store, boards)?;
                let rows = self.rows(offline.describe(&self.board)?.decimals)?;
                offline.import(&self.board, rows)?
            }
        };
        let crate::core::Imported { rows, set, removed } = imported;
        println!("{rows} rows on {}: {set} set, {removed} removed", self.board);
        Ok(())
    }

    fn rows(&self, decimals: u8) -> Result<Rows, Failure> {
        let name = self.file.display().to_string();
        let file = File::open(&self.file)
            .map_err(|error| Failure::new(ErrorCode::BadImport, format!("cannot read {name}: {error}")))?;
        read(self.format, &name, file, decimals)
    }
}
