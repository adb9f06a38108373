//! The few steps on the disk that everything is made of: bytes, syncs, and a file that takes another's place at once.
//! What is not synced may be gone after a crash, and so may a name whose folder is not synced.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::beside;

/// Where bytes go. There is one for tests that is full, or fails, when they say so.
pub(super) trait Disk: Send + std::fmt::Debug {
    /// Writes all of `bytes`.
    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self, file: &File) -> io::Result<()>;
}

/// The real one.
#[derive(Debug)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}

/// Makes names made, changed or gone in a folder durable.
pub(super) fn sync_dir(disk: &mut dyn Disk, dir: &Path) -> io::Result<()> {
    disk.sync(&File::open(dir)?)
}

/// Makes a file with these bytes, durable once its folder is synced. Where that fails there is no file.
pub(super) fn make(disk: &mut dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let made = File::options().write(true).create(true).truncate(true).open(path).and_then(|mut file| {
        disk.write(&mut file, bytes)?;
        disk.sync(&file)
    });
    made.inspect_err(|_| drop(std::fs::remove_file(path)))
}

/// Puts these bytes in a file's place: whenever the machine dies, it is the old one or the new one. Durable once its
/// folder is synced.
pub(super) fn replace(disk: &mut dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    make(disk, &new, bytes)?;
    std::fs::rename(&new, path).inspect_err(|_| drop(std::fs::remove_file(&new)))
}

/// Whether there is no room, for anybody or for us: nothing is wrong with what is on the disk.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
