//! The files of meets, all of which can be read with a text editor. A start reads them in `load.rs`, `write.rs` does
//! one write of the engine's, `thread.rs` many with few syncs. What stands in a log's line is in the crate `meets`.
//!
//! ```text
//! DIR/current-meets/123456789/updates.json.log    a line for everything that happened, each with its chain hash
//!                             auth.json           the sealed record: id, uid, the password's hash
//!                             sessions.json       SHA-256 of each session's token, and until when it lives
//!                             publication.json    what was handed in and where it is; -2 and so on for corrections
//!                             opl.csv             the results themselves; -2 and so on
//!                             diag.log            what happened to the meet, for people
//! DIR/finished-meets/…                            the same
//! DIR/meet-tombstones.json.log                    uids of meets that were cleared away
//! DIR/diag.log
//! ```
//!
//! `NAME.new` is being made and worth nothing; `NAME.bad-1` was damaged and is set aside; `updates.json.log.old-1` is a
//! log that gave way to another one. A folder appears and goes whole.

mod diag;
mod disk;
mod error;
mod load;
mod records;
#[cfg(test)]
mod tests;
mod thread;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::receipt::ChainHash;

pub(crate) use error::FilesError;
pub(crate) use load::Loaded;
pub(crate) use thread::{Done, MeetStorage, Outcome};

use disk::Disk;

const CURRENT: &str = "current-meets";
const FINISHED: &str = "finished-meets";
const TOMBSTONES: &str = "meet-tombstones.json.log";
const LOG: &str = "updates.json.log";
const AUTH: &str = "auth.json";
const SESSIONS: &str = "sessions.json";
const DIAG: &str = "diag.log";

/// The open files of a data directory's meets. One thread at a time uses them.
#[derive(Debug)]
pub(crate) struct Files {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    /// Where each meet's folder is, and where its log ends.
    meets: BTreeMap<MeetId, Folder>,
    /// Logs that were written to and are not synced yet.
    dirty: Vec<(PathBuf, std::fs::File)>,
    counts: Counts,
}

/// What was done on the disk since it was last asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Runs of lines put at the end of a log.
    pub(crate) appends: u64,
    /// Files and folders synced.
    pub(crate) syncs: u64,
}

#[derive(Debug, Clone, Copy)]
struct Folder {
    finished: bool,
    log: LogEnd,
}

/// Where a log ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct LogEnd {
    bytes: u64,
    seq: MeetSeq,
    hash: ChainHash,
}

fn parent(dir: &Path, finished: bool) -> PathBuf {
    dir.join(if finished { FINISHED } else { CURRENT })
}

fn folder(dir: &Path, meet: MeetId, finished: bool) -> PathBuf {
    parent(dir, finished).join(meet.digits())
}

/// `opl.csv` and `publication.json`, or those of a correction.
fn publication_names(number: u32) -> (String, String) {
    match number {
        0 | 1 => ("opl.csv".into(), "publication.json".into()),
        number => (format!("opl-{number}.csv"), format!("publication-{number}.json")),
    }
}

/// `path` with something after its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The first name `path.kind-1`, `path.kind-2` and so on that is free.
fn free_name(path: &Path, kind: &str) -> PathBuf {
    let mut names = (1u32..).map(|number| beside(path, &format!(".{kind}-{number}")));
    names.find(|name| !name.exists()).unwrap_or_else(|| beside(path, &format!(".{kind}")))
}
