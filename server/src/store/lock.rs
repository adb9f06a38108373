//! The lock of a data directory: held from before anything in it is read until everything is closed, by whichever
//! process uses it. The system lets go of it when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreError;

/// A data directory that is ours.
#[derive(Debug)]
pub(crate) struct DirLock {
    dir: PathBuf,
    _file: File,
}

impl DirLock {
    /// Takes a directory, made if there is none.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another process has it, [`StoreError::Directory`] when it cannot be used.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(|error| StoreError::directory(dir, &error))?;
        Self::take_existing(dir)
    }

    /// Takes a directory that must be there.
    ///
    /// # Errors
    /// As [`DirLock::take`].
    pub(crate) fn take_existing(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("LOCK");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| StoreError::directory(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { dir: dir.to_owned(), _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir.to_owned())),
            Err(TryLockError::Error(error)) => Err(StoreError::directory(&path, &error)),
        }
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}
