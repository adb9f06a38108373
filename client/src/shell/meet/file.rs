//! A desk's state file: what it saves, one record after the other, each synced before it counts.
//!
//! A record whose end is missing was never synced and is cut off; anything else that does not fit is damage, and the
//! file is then left as it is. One process uses it at a time, by the lock of a file beside it.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use scorelay_meets::chain::sha256;
use scorelay_protocol::codec;

use crate::core::meet::{BadSaved, Change, Key, Save, SavedMeet};

/// What a state file begins with.
const MAGIC: &[u8] = b"scorelay meet state 1\n";
/// A record's length, the check of that, the check of its bytes.
const HEAD: usize = 4 + 4 + 8;
/// A file is written anew when this much of it is of no use any more, and half of it.
const WASTE: usize = 64 * 1024;

/// A state file that is ours.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    file: File,
    kept: BTreeMap<Key, Vec<u8>>,
    _lock: File,
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// Another process uses it.
    #[error("{0} is in use by another program")]
    InUse(PathBuf),
    /// It cannot be opened, read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    /// It is no state file, or of another version.
    #[error("{0} is not a state file of this version")]
    NotOne(PathBuf),
    /// It is not as it was written.
    #[error("{path} is damaged at byte {at}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        at: usize,
    },
    /// Its records make no sense together.
    #[error("{0}: {1}")]
    Bad(PathBuf, BadSaved),
}

type Record = Vec<(u8, [u8; 9], Vec<u8>)>;

impl StateFile {
    /// Opens a state file, which is made if there is none, and gives what it holds.
    ///
    /// # Errors
    /// [`StateFileError`].
    pub fn open(path: &Path) -> Result<(Self, Option<SavedMeet>), StateFileError> {
        let failed = |error| StateFileError::Io(path.to_owned(), error);
        let lock = private().create(true).truncate(false).write(true).open(beside(path, "lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateFileError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let (kept, good) = read(path, &bytes)?;
        let saved = SavedMeet::load(&kept).map_err(|error| StateFileError::Bad(path.to_owned(), error))?;
        let live: usize = kept.values().map(|bytes| bytes.len() + HEAD).sum();
        let file = if good == 0 || (good > 2 * live && good - live > WASTE) {
            rewrite(path, &kept)
        } else {
            private().append(true).open(path).and_then(|file| {
                file.set_len(good as u64)?;
                file.sync_all()?;
                Ok(file)
            })
        };
        let file = file.map_err(failed)?;
        Ok((Self { path: path.to_owned(), file, kept, _lock: lock }, saved))
    }

    /// Does the changes for good.
    ///
    /// # Errors
    /// [`StateFileError::Io`]; the file is not to be written to any more then.
    pub fn save(&mut self, save: &Save) -> Result<(), StateFileError> {
        let bytes = record(&save.changes);
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| StateFileError::Io(self.path.clone(), error))?;
        save.apply(&mut self.kept);
        Ok(())
    }

    /// What it holds.
    pub fn kept(&self) -> &BTreeMap<Key, Vec<u8>> {
        &self.kept
    }
}

/// Nobody else may read it: it holds the session's token.
fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Writes the file anew, whole or not at all.
fn rewrite(path: &Path, kept: &BTreeMap<Key, Vec<u8>>) -> io::Result<File> {
    let new = beside(path, "new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).append(true).open(&new)?;
    file.write_all(MAGIC)?;
    if !kept.is_empty() {
        let changes: Vec<_> = kept.iter().map(|(key, bytes)| Change::Put(*key, bytes.clone())).collect();
        for some in changes.chunks(1_000) {
            file.write_all(&record(some))?;
        }
    }
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(file)
}

fn record(changes: &[Change]) -> Vec<u8> {
    let body: Record = changes
        .iter()
        .map(|change| match change {
            Change::Put(key, bytes) => (0, key.to_bytes(), bytes.clone()),
            Change::Remove(key) => (1, key.to_bytes(), Vec::new()),
            Change::CutLines(last) => (2, Key::Line(*last).to_bytes(), Vec::new()),
        })
        .collect();
    let body = codec::encode(&body);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&sha256(&length)[..4]);
    bytes.extend_from_slice(&sha256(&body)[..8]);
    bytes.extend_from_slice(&body);
    bytes
}

fn changes(body: &[u8]) -> Option<Vec<Change>> {
    let record: Record = codec::decode_link(body).ok()?;
    let change = |(kind, key, bytes): (u8, [u8; 9], Vec<u8>)| match (kind, Key::from_bytes(key)?) {
        (0, key) => Some(Change::Put(key, bytes)),
        (1, key) => Some(Change::Remove(key)),
        (2, Key::Line(last)) => Some(Change::CutLines(last)),
        _ => None,
    };
    record.into_iter().map(change).collect()
}

/// What the records come to, and how many bytes of them are whole.
fn read(path: &Path, bytes: &[u8]) -> Result<(BTreeMap<Key, Vec<u8>>, usize), StateFileError> {
    let mut kept = BTreeMap::new();
    if bytes.is_empty() {
        return Ok((kept, 0));
    }
    if !bytes.starts_with(MAGIC) {
        return Err(StateFileError::NotOne(path.to_owned()));
    }
    let mut at = MAGIC.len();
    while let Some(head) = bytes.get(at..at + HEAD) {
        let damaged = || StateFileError::Damaged { path: path.to_owned(), at };
        if head[4..8] != sha256(&head[..4])[..4] {
            return Err(damaged());
        }
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(body) = bytes.get(at + HEAD..at + HEAD + length) else { break };
        if head[8..] != sha256(body)[..8] {
            return Err(damaged());
        }
        let changes = changes(body).ok_or_else(damaged)?;
        Save { number: 0, changes }.apply(&mut kept);
        at += HEAD + length;
    }
    Ok((kept, at))
}
