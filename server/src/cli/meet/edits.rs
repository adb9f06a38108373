//! `scorelay meet set`, `sync`, `get`, `log`, `pending`, `again`, `dismiss`: what a desk holds, and changes of it.
//!
//! All but the first two need no connection.

use std::time::Duration;

use clap::Args;
use scorelay_client::core::meet::EditRefused;
use scorelay_client::shell::meet::MeetRun;
use scorelay_meets::desk::EditError;
use scorelay_meets::json::{line_to_json, state_to_json, value_to_json};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::value::Value;
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::desk::{File, Online, settled, unusable, wait};
use super::{input, output};
use crate::failure::Failure;

/// How long `set` tries to send before it leaves that to a later time.
const TRY: Duration = Duration::from_secs(5);

/// Changes to be made.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    online: Online,
    /// Paths, each with its value as JSON, like `meet.name '"Open"'`; without any, lines of standard input that hold
    /// both.
    #[arg(value_name = "PATH JSON", allow_negative_numbers = true)]
    pairs: Vec<String>,
    /// Wait until every change is settled.
    #[arg(long)]
    wait: bool,
}

/// A desk to be brought level.
#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    online: Online,
}

/// What to print.
#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// A path; without it, everything is printed.
    path: Option<String>,
    #[command(flatten)]
    file: File,
}

/// Which lines to print.
#[derive(Debug, Args)]
pub(super) struct LogArgs {
    #[command(flatten)]
    file: File,
    /// Only those after this line.
    #[arg(long, value_name = "LINE", default_value_t = 0)]
    after: u64,
}

/// Which desk.
#[derive(Debug, Args)]
pub(super) struct PendingArgs {
    #[command(flatten)]
    file: File,
}

/// Which change to set once more.
#[derive(Debug, Args)]
pub(super) struct AgainArgs {
    /// Its line, as `pending` prints it.
    line: u64,
    #[command(flatten)]
    file: File,
}

/// Which change to take off the list.
#[derive(Debug, Args)]
pub(super) struct DismissArgs {
    /// Its line, as `pending` prints it.
    line: u64,
    #[command(flatten)]
    file: File,
}

impl SetArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let pairs = input::pairs(&self.pairs)?;
        let mut run = self.online.file().open()?;
        for (path, value) in pairs {
            run.edit(path, value).map_err(refused)?;
        }
        self.online.run(&mut run, async |run| {
            if self.wait {
                wait(run, self.online.deadline(), |run, _| settled(run)).await?;
            } else if let Err(failure) = wait(run, Instant::now().checked_add(TRY), |run, _| settled(run)).await {
                eprintln!("{}", output::waiting(run));
                tracing::debug!(%failure, "changes wait");
            }
            output::print(&output::summary(run))
        })
    }
}

impl SyncArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.online.with(async |run| {
            wait(run, self.online.deadline(), |run, _| settled(run)).await?;
            output::print(&output::summary(run))
        })
    }
}

impl GetArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let run = self.file.open()?;
        let shown = run.desk().shown();
        match self.path {
            None => output::print(&state_to_json(&shown)),
            Some(path) => output::print(&value_to_json(&shown.get(input::path(&path)?))),
        }
    }
}

impl LogArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let run = self.file.open()?;
        let log = run.desk().log();
        for (seq, line) in (self.after.saturating_add(1)..).map(MeetSeq).zip(log.lines_after(MeetSeq(self.after))) {
            let hash = log.hash_at(seq).unwrap_or_default();
            let text = line_to_json(seq, line, hash);
            let json: Json = serde_json::from_str(&text)
                .map_err(|error| Failure::new(ErrorCode::BadStateFile, format!("line {seq}: {error}")))?;
            output::print(&json)?;
        }
        Ok(())
    }
}

impl PendingArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let run = self.file.open()?;
        let pending = run.desk().desk().pending_updates();
        let pending: Vec<_> = pending
            .iter()
            .map(|update| json!({"path": update.path.to_string(), "value": value_to_json(&update.value)}))
            .collect();
        let overruled: Vec<_> = run.desk().overruled().iter().map(output::overruled).collect();
        output::print(&json!({"pending": pending, "overruled": overruled}))
    }
}

impl AgainArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut run = self.file.open()?;
        run.again(MeetSeq(self.line)).map_err(refused)?;
        keep(&mut run)
    }
}

impl DismissArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut run = self.file.open()?;
        run.dismiss(MeetSeq(self.line));
        keep(&mut run)
    }
}

fn keep(run: &mut MeetRun) -> Result<(), Failure> {
    run.keep().map_err(unusable)?;
    output::print(&output::summary(run))
}

/// Why a change was not taken.
fn refused(error: EditRefused) -> Failure {
    let code = match error {
        EditRefused::Edit(EditError::Value(_)) | EditRefused::TooLong(_) => ErrorCode::BadValue,
        EditRefused::Edit(EditError::NoPlace(_)) | EditRefused::NotOverruled(_) => ErrorCode::BadPath,
        EditRefused::Edit(EditError::NothingThere) | EditRefused::Closed => ErrorCode::BadStateFile,
    };
    Failure::new(code, error.to_string())
}

/// A path with its value, for programs.
pub(super) fn change(path: scorelay_protocol::meet::path::Path, value: &Value) -> Json {
    json!({"path": path.to_string(), "value": value_to_json(value)})
}
