//! `scorelay export`: a board as a file. A file that is named appears only once it is whole.

use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use clap::Args;
use scorelay_protocol::error::{ErrorCode, WireError};

use super::offline::{self, Data, Offline};
use crate::config::DEFAULT_DATA;
use crate::core::{BoardFacts, Line, unix_now};
use crate::failure::Failure;
use crate::transfer::Format;
use crate::transfer::read::read;
use crate::transfer::write::{Before, WriteError, write};

/// What to write and where.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Data directory of the core.
    #[arg(long, env = "SCORELAY_DATA", value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// The board's id.
    #[arg(long, value_name = "ID")]
    board: String,
    /// How to write it.
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// An earlier export of the board, in the same format: each row then says how many ranks it has risen since. A file
    /// that is not there yet says that nobody was; it may be the one that is written.
    #[arg(long, value_name = "FILE", conflicts_with = "remember")]
    since: Option<PathBuf>,
    /// Say how many ranks each row has risen since this was last done, and once all of it is written remember the
    /// ranks: pages then show how rows have moved since.
    #[arg(long)]
    remember: bool,
    /// File to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ExportArgs {
    /// Writes the board.
    ///
    /// # Errors
    /// There is no such board, the data cannot be read, or the file not be written.
    pub(super) fn run(self) -> Result<(), Failure> {
        match Data::open(&self.data)? {
            Data::Core(client) => {
                let (facts, mut rows) = client.export(&self.board, self.remember)?;
                let whole = self.write(&facts, rows.by_ref())?;
                if whole && self.remember { rows.remember() } else { Ok(()) }
            }
            Data::Store(store) if self.remember => {
                let offline = Offline::load(store, None)?;
                let exported = offline.export(&self.board)?;
                let whole = self.write(&exported.facts, exported.rows().map(Ok))?;
                if whole { offline.remember(exported) } else { Ok(()) }
            }
            Data::Store(store) => {
                let (facts, rows) = offline::rows(&store, &self.board)?;
                self.write(&facts, rows.into_iter().map(Ok)).map(drop)
            }
        }
    }

    /// Whether somebody took all of it.
    fn write(&self, facts: &BoardFacts, rows: impl Iterator<Item = Result<Line, WireError>>) -> Result<bool, Failure> {
        let before = self.before(facts)?;
        let before = before.as_ref();
        let Some(path) = &self.out else {
            return match write(self.format, BufWriter::new(stdout().lock()), unix_now(), facts, rows, before) {
                // Whoever read our output has seen enough.
                Err(WriteError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
                other => other.map(|()| true).map_err(|error| cannot(Path::new("standard output"), error)),
            };
        };
        let part = path.with_added_extension("part");
        let failed = |error: std::io::Error| cannot(path, error.into());
        let file = File::create(&part).map_err(failed)?;
        let mut out = BufWriter::new(file);
        let written = write(self.format, &mut out, unix_now(), facts, rows, before);
        let written = written.and_then(|()| Ok(out.flush()?)).and_then(|()| Ok(out.get_ref().sync_all()?));
        let written = written.and_then(|()| Ok(std::fs::rename(&part, path)?));
        written.map(|()| true).map_err(|error| {
            // The file never became what it was to be; what is left of it is of no use.
            let _ = std::fs::remove_file(&part);
            cannot(path, error)
        })
    }
}

impl ExportArgs {
    /// Where everybody stood in the earlier export, if one is named.
    fn before(&self, facts: &BoardFacts) -> Result<Option<Before>, Failure> {
        let Some(path) = &self.since else { return Ok(self.remember.then_some(Before::Remembered)) };
        let name = path.display().to_string();
        let rows = match File::open(path) {
            Ok(file) => read(self.format, &name, file, facts.decimals)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Failure::new(ErrorCode::BadImport, format!("cannot read {name}: {error}"))),
        };
        Ok(Some(Before::new(rows)))
    }
}

fn cannot(path: &Path, error: WriteError) -> Failure {
    match error {
        WriteError::Io(error) => Failure::config(format!("cannot write {}: {error}", path.display())),
        WriteError::Rows(error) => error.into(),
    }
}
