//! Why a store cannot be used, each with what an operator can do about it. Engine-level contradictions in what was read
//! are `scorelay_engine::StartError`.

use std::path::{Path, PathBuf};

use scorelay_protocol::error::ErrorCode;

use crate::failure::Failure;

/// Why a store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the directory's lock.
    #[error("{0} is used by another process; stop it or choose another data directory")]
    InUse(PathBuf),
    /// The directory itself cannot be used.
    #[error("cannot use {path}: {why}")]
    Directory {
        /// What cannot be used.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The bytes are not what was written.
    #[error("{folder} is damaged: {why}. Restore it from a backup, or move it away to start empty")]
    Damaged {
        /// The store's folder; empty until it is known.
        folder: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Commits that were durable are missing.
    #[error(
        "{folder} is damaged: commit {durable} was durable, and the last one found is {found}. Restore it from a \
         backup, or remove {folder}/mark to go on with what is left"
    )]
    TailLost {
        /// The store's folder.
        folder: PathBuf,
        /// The last commit that was durable.
        durable: u64,
        /// The last one that is there.
        found: u64,
    },
    /// A newer version wrote it.
    #[error(
        "{folder} has schema {found}, and this version knows {known}. Use the version that wrote it, or a newer one"
    )]
    Newer {
        /// The store's folder; empty until it is known.
        folder: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest one known here.
        known: u32,
    },
    /// A write failed.
    #[error("the store could not be written: {0}. Look at the disk, then start again: what was acknowledged is there")]
    Failed(String),
}

impl StoreError {
    /// Something is not what was written.
    pub(super) fn damaged(why: impl Into<String>) -> Self {
        Self::Damaged { folder: PathBuf::new(), why: why.into() }
    }

    pub(super) fn directory(path: &Path, error: &std::io::Error) -> Self {
        Self::Directory { path: path.to_owned(), why: error.to_string() }
    }

    /// What opening met: a directory that cannot be used, or bytes that cannot be read.
    pub(super) fn opening(folder: &Path, error: &fjall::Error) -> Self {
        match error {
            fjall::Error::Locked => Self::InUse(folder.to_owned()),
            fjall::Error::Io(error) if is_access(error) => Self::directory(folder, error),
            other => Self::Damaged { folder: folder.to_owned(), why: short(other) },
        }
    }

    /// What writing met.
    pub(super) fn failed(error: &fjall::Error) -> Self {
        Self::Failed(short(error))
    }

    /// The same, naming the folder.
    pub(super) fn within(self, path: &Path) -> Self {
        match self {
            Self::Damaged { folder, why } if folder.as_os_str().is_empty() => {
                Self::Damaged { folder: path.into(), why }
            }
            Self::Newer { folder, found, known } if folder.as_os_str().is_empty() => {
                Self::Newer { folder: path.into(), found, known }
            }
            other => other,
        }
    }

    /// Its stable code.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InUse(_) => ErrorCode::DataInUse,
            Self::Directory { .. } | Self::Failed(_) => ErrorCode::StoreFailed,
            Self::Damaged { .. } | Self::TailLost { .. } | Self::Newer { .. } => ErrorCode::StoreDamaged,
        }
    }
}

/// Errors of the file system that say nothing about the bytes.
fn is_access(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, PermissionDenied, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), PermissionDenied | StorageFull | ReadOnlyFilesystem | NotADirectory)
}

/// The library prints whole structures; the first line's beginning says what it is.
fn short(error: &fjall::Error) -> String {
    let text = format!("{error:?}").replace('\n', " ");
    text[..text.floor_char_boundary(200)].to_owned()
}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> Self {
        Self::damaged(short(&error))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
