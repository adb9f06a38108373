//! The mark: the number of the last commit that was durable, in a file of its own. The store's library takes a journal
//! that breaks off in the middle for one that was being written, and drops the rest; the mark tells damage from that.
//!
//! It is written after the commit is on the disk, and left to the system to be synced: it can only lag behind, so a
//! store whose last commit is older than the mark has lost something that was durable.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::StoreError;

const BYTES: usize = 16;

/// The open mark.
#[derive(Debug)]
pub(crate) struct Mark {
    file: File,
    path: PathBuf,
    number: u64,
}

impl Mark {
    /// Opens the mark at `path`, made at 0 if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path);
        let file = file.map_err(|error| StoreError::directory(path, &error))?;
        let mut bytes = [0; BYTES];
        let length = file.metadata().map_err(|error| StoreError::directory(path, &error))?.len();
        if length == 0 {
            let mark = Self { file, path: path.to_owned(), number: 0 };
            mark.write(0).and_then(|()| mark.file.sync_all()).map_err(|e| StoreError::directory(path, &e))?;
            return Ok(mark);
        }
        file.read_exact_at(&mut bytes, 0).map_err(|_| StoreError::damaged("its mark is too short"))?;
        let (number, check) = bytes.split_at(BYTES / 2);
        let number = u64::from_le_bytes(number.try_into().expect("invariant: half of the mark is 8 bytes"));
        if length != BYTES as u64 || check != (!number).to_le_bytes() {
            return Err(StoreError::damaged("its mark is not what was written"));
        }
        Ok(Self { file, path: path.to_owned(), number })
    }

    /// The last commit that is known to have been durable.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Notes a commit that is durable.
    pub(crate) fn advance(&mut self, number: u64) -> Result<(), StoreError> {
        self.write(number).map_err(|error| StoreError::Failed(error.to_string()))?;
        self.number = number;
        Ok(())
    }

    /// Makes the mark itself durable.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_all().map_err(|error| StoreError::Failed(error.to_string()))
    }

    fn write(&self, number: u64) -> std::io::Result<()> {
        let mut bytes = [0; BYTES];
        bytes[..BYTES / 2].copy_from_slice(&number.to_le_bytes());
        bytes[BYTES / 2..].copy_from_slice(&(!number).to_le_bytes());
        self.file.write_all_at(&bytes, 0)
    }
}
