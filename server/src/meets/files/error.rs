//! Why the files of meets cannot be used. Damage is none of it: what is damaged is set aside and told in `diag.log`.

use std::path::{Path, PathBuf};

use scorelay_protocol::error::ErrorCode;

use crate::failure::Failure;

/// What stops a core: it cannot know any more what is on the disk, or cannot read it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilesError {
    /// At the start.
    #[error("cannot use {path}: {why}")]
    Unreadable {
        /// What cannot be used.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// While it runs.
    #[error("{path} could not be written: {why}. Look at the disk, then start again: what was acknowledged is there")]
    Failed {
        /// What could not be written.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl FilesError {
    pub(super) fn unreadable(path: &Path, why: &impl ToString) -> Self {
        Self::Unreadable { path: path.to_owned(), why: why.to_string() }
    }

    pub(super) fn failed(path: &Path, why: &impl ToString) -> Self {
        Self::Failed { path: path.to_owned(), why: why.to_string() }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        Self::new(ErrorCode::StoreFailed, error.to_string())
    }
}
