//! A look at the journals before the store's library opens them, for what it does not check itself: it drops a
//! journal's rest where something in it cannot be read, cutting the file off, and it believes the sequence numbers by
//! which later values go over earlier ones. Where the format is not the one known here, nothing is concluded from it.
//!
//! ```text
//! 1, items (u32), sequence number (u64)                                       a batch begins
//! 2, type, compression, keyspace (u64), lengths of key (u16), value (u32), stored value (u32), key, stored value
//! 3, checksum (u64), "FJL" 3                                                  it ends
//! ```

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::{StoreError, keys};

const BUFFER: usize = 256 * 1024;
/// The longest item of ours that is looked at is a catalog of many boards.
const ITEM_BYTES: u32 = 16 * 1024 * 1024;

/// Checks the journals of a store.
///
/// # Errors
/// [`StoreError::Damaged`] where batches are out of order, [`StoreError::Directory`] where a file cannot be read.
///
/// # Returns
/// The number of the last commit that is whole in them, if there is one, and how many records they have.
pub(super) fn check(folder: &Path) -> Result<(Option<u64>, u64), StoreError> {
    let mut seen = Seen::default();
    for path in journals(folder).map_err(|error| StoreError::directory(folder, &error))? {
        let file = File::open(&path).map_err(|error| StoreError::directory(&path, &error))?;
        let mut from = BufReader::with_capacity(BUFFER, file);
        // An end that is not understood is where writing broke off, or damage that the mark tells from it.
        while let Some(batch) = batch(&mut from) {
            seen.take(batch)?;
        }
    }
    Ok((seen.commit, seen.records))
}

/// Empties the journal of a store that is closed, and whose records are all in tables. Where there are several, some of
/// them are not done with, and all are left.
///
/// # Errors
/// [`StoreError::Failed`] when the file cannot be written.
pub(super) fn empty(folder: &Path) -> Result<(), StoreError> {
    let emptied = || {
        let [journal] = &journals(folder)?[..] else { return Ok(()) };
        let file = File::options().write(true).open(journal)?;
        // Without any journal the library would number what comes next from nothing.
        file.set_len(0)?;
        file.sync_all()
    };
    emptied().map_err(|error: std::io::Error| StoreError::Failed(error.to_string()))
}

/// The journals, oldest first.
fn journals(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut numbered = Vec::new();
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        Ok(entries) => {
            for entry in entries {
                let path = entry?.path();
                let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u64>().ok());
                if let (Some(number), Some("jnl")) = (number, path.extension().and_then(|e| e.to_str())) {
                    numbered.push((number, path));
                }
            }
        }
    }
    numbered.sort();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}

/// A whole batch.
struct Batch {
    sequence: u64,
    records: u64,
    /// The number of the commit, where it is one.
    commit: Option<u64>,
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    sequence: Option<u64>,
    records: u64,
    commit: Option<u64>,
}

impl Seen {
    fn take(&mut self, batch: Batch) -> Result<(), StoreError> {
        let in_order = self.sequence.is_none_or(|last| batch.sequence > last);
        let follows = match (self.commit, batch.commit) {
            // A step of the schema keeps the number.
            (Some(last), Some(commit)) => commit == last || commit == last + 1,
            _ => true,
        };
        if !in_order || !follows {
            return Err(StoreError::damaged("the batches of its journal are out of order"));
        }
        self.sequence = Some(batch.sequence);
        self.records += batch.records;
        self.commit = batch.commit.or(self.commit);
        Ok(())
    }
}

/// The next batch; `None` where there is none that is whole.
fn batch(from: &mut impl Read) -> Option<Batch> {
    let [1] = bytes(from)? else { return None };
    let records = u64::from(u32::from_le_bytes(bytes(from)?));
    let sequence = u64::from_le_bytes(bytes(from)?);
    let mut commit = None;
    loop {
        match bytes(from)? {
            [2] => {
                let _kind: [u8; 2] = bytes(from)?;
                let _keyspace: [u8; 8] = bytes(from)?;
                let key = u16::from_le_bytes(bytes(from)?);
                let _length: [u8; 4] = bytes(from)?;
                let stored = u32::from_le_bytes(bytes(from)?);
                let (key, value) = (slice(from, u32::from(key))?, slice(from, stored)?);
                if key == keys::HEAD {
                    commit = Some(keys::Head::decode(&value).ok()?.commits);
                }
            }
            [3] => {
                let _checksum: [u8; 8] = bytes(from)?;
                let magic: [u8; 4] = bytes(from)?;
                return (magic == *b"FJL\x03").then_some(Batch { sequence, records, commit });
            }
            _ => return None,
        }
    }
}

fn bytes<const N: usize>(from: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn slice(from: &mut impl Read, length: u32) -> Option<Vec<u8>> {
    if length > ITEM_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut bytes).ok()?;
    (bytes.len() == length as usize).then_some(bytes)
}
