//! The text of a configuration file and where in it something stands, so that every complaint names file, line and
//! key. It knows nothing of what the keys mean; that is `file.rs` and `check.rs`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A configuration file's text with its name.
pub(crate) struct ConfigText {
    path: PathBuf,
    text: String,
}

impl ConfigText {
    /// Reads a file.
    ///
    /// # Errors
    /// `bad-config` when it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { path: path.to_owned(), text }),
            Err(error) => Err(Failure::config(format!("cannot read {}: {error}", path.display()))),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// A complaint about what stands at `span`.
    pub(crate) fn at(&self, span: Option<Range<usize>>, message: &str) -> Failure {
        let message = message.trim_end().replace('\n', "; ");
        match span {
            None => Failure::config(format!("{}: {message}", self.path.display())),
            Some(span) => Failure::config(format!("{}:{}: {message}", self.path.display(), self.line(span.start))),
        }
    }

    /// The complaint of the TOML reader.
    pub(crate) fn toml(&self, error: &toml::de::Error) -> Failure {
        self.at(error.span(), error.message())
    }

    /// 1-based line of a byte.
    fn line(&self, byte: usize) -> usize {
        let before = self.text.as_bytes().get(..byte).unwrap_or(self.text.as_bytes());
        before.iter().filter(|b| **b == b'\n').count() + 1
    }

    /// `path` as it is meant in this file: relative to the file's folder.
    pub(crate) fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}
