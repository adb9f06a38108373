//! The journal's file: read once, appended to, written anew beside and renamed. One process has it at a time. Its
//! format is in [`crate::core::journal`].

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::core::journal::Kept;

/// An open journal.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    size: u64,
    sync: bool,
    /// Held as long as the journal is.
    _lock: File,
}

fn with(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

impl JournalFile {
    /// Opens a journal, or makes one with this incarnation, and gives what is in it.
    ///
    /// # Errors
    /// What the file system says; `WouldBlock` where another process has it, `InvalidData` where it is no journal.
    pub(super) fn open(path: &Path, incarnation: u128, sync: bool) -> io::Result<(Self, Kept)> {
        let lock = OpenOptions::new().create(true).append(true).open(with(path, ".lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(ErrorKind::WouldBlock, "another process uses this journal"),
            TryLockError::Error(error) => error,
        })?;
        let (kept, file) = match std::fs::read(path) {
            Ok(bytes) => {
                let kept = Kept::read(&bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
                (kept, OpenOptions::new().append(true).open(path)?)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let kept = Kept::new(incarnation);
                let file = anew(path, &kept.to_bytes())?;
                (kept, file)
            }
            Err(error) => return Err(error),
        };
        let size = file.metadata()?.len();
        Ok((Self { path: path.to_owned(), file, size, sync, _lock: lock }, kept))
    }

    /// Appends bytes; all of them or, with an error, none.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(bytes).and_then(|()| if self.sync { self.file.sync_data() } else { Ok(()) });
        match written {
            Ok(()) => self.size += bytes.len() as u64,
            Err(_) => self.file.set_len(self.size)?,
        }
        written
    }

    /// Writes it anew. A crash leaves the old one or the new one.
    pub(super) fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file = anew(&self.path, bytes)?;
        self.size = bytes.len() as u64;
        Ok(())
    }
}

/// Puts a file with these bytes in the place of the one of this path, and opens it to be appended to.
fn anew(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let new = with(path, ".new");
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    OpenOptions::new().append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::SourceCore;

    #[test]
    fn one_process_has_a_journal_and_a_new_one_is_a_new_source() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut journal, kept) = JournalFile::open(&path, 5, true).unwrap();
        assert_eq!(kept, Kept::new(5));
        journal.replace(&kept.to_bytes()).unwrap();
        journal.append(&SourceCore::records(&[vec![1, 2], vec![3]])).unwrap();
        assert_eq!(JournalFile::open(&path, 6, false).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(journal);
        let (journal, kept) = JournalFile::open(&path, 6, false).unwrap();
        assert_eq!((kept.incarnation, kept.events), (5, vec![vec![1, 2], vec![3]]));
        drop(journal);
        std::fs::remove_file(&path).unwrap();
        let (journal, kept) = JournalFile::open(&path, 6, false).unwrap();
        assert_eq!(kept, Kept::new(6));
        drop(journal);
        std::fs::write(&path, "something else").unwrap();
        assert_eq!(JournalFile::open(&path, 7, false).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
