//! A value with where it was said, so that a complaint about it names the flag, or the file, line and key. What values
//! are allowed is decided by those who ask.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::text::ConfigText;
use crate::failure::Failure;

/// Where a value comes from.
#[derive(Debug, Clone)]
enum Origin {
    /// A flag, or the environment variable that stands for it.
    Flag(&'static str),
    /// A key of the file.
    Key(&'static str, Range<usize>),
}

/// Something said, and where.
#[derive(Debug, Clone)]
pub(crate) struct Said<T> {
    pub(crate) value: T,
    origin: Origin,
}

impl<T> Said<T> {
    pub(crate) fn flag(name: &'static str, value: T) -> Self {
        Self { value, origin: Origin::Flag(name) }
    }

    pub(crate) fn key(name: &'static str, value: Spanned<T>) -> Self {
        let span = value.span();
        Self { value: value.into_inner(), origin: Origin::Key(name, span) }
    }

    /// The flag's value if there is one, else the file's.
    pub(crate) fn either(name: (&'static str, &'static str), flag: Option<T>, key: Option<Spanned<T>>) -> Option<Self> {
        match (flag, key) {
            (Some(value), _) => Some(Self::flag(name.0, value)),
            (None, key) => key.map(|value| Self::key(name.1, value)),
        }
    }

    /// The flags' values if there are any, else all of the file's.
    pub(crate) fn all(name: (&'static str, &'static str), flags: Vec<T>, keys: Vec<Spanned<T>>) -> Vec<Self> {
        match flags.is_empty() {
            false => flags.into_iter().map(|value| Self::flag(name.0, value)).collect(),
            true => keys.into_iter().map(|value| Self::key(name.1, value)).collect(),
        }
    }

    /// The value if `check` gives something for it.
    ///
    /// # Errors
    /// `bad-config` with what `check` says against it.
    pub(crate) fn checked<U>(self, file: &File, check: impl FnOnce(T) -> Result<U, String>) -> Result<U, Failure> {
        check(self.value).map_err(|message| file.complain(&self.origin, &message))
    }
}

/// The configuration file, if there is one.
pub(crate) struct File(pub(crate) Option<ConfigText>);

impl File {
    fn complain(&self, origin: &Origin, message: &str) -> Failure {
        match (origin, &self.0) {
            (Origin::Key(name, span), Some(text)) => text.at(Some(span.clone()), &format!("{name}: {message}")),
            (Origin::Key(name, _), None) | (Origin::Flag(name), _) => Failure::config(format!("{name}: {message}")),
        }
    }

    /// A complaint about what stands there in the file.
    pub(crate) fn at(&self, span: Range<usize>, message: &str) -> Failure {
        match &self.0 {
            Some(text) => text.at(Some(span), message),
            None => Failure::config(message),
        }
    }

    /// Paths in a file are meant from the file's folder.
    pub(crate) fn path(&self, path: PathBuf) -> PathBuf {
        self.0.as_ref().map_or_else(|| path.clone(), |text| text.beside(Path::new(&path)))
    }
}

/// A check that a number lies within bounds, both allowed.
pub(crate) fn within<T: PartialOrd + std::fmt::Display>(low: T, high: T) -> impl FnOnce(T) -> Result<T, String> {
    move |value| match value >= low && value <= high {
        true => Ok(value),
        false => Err(format!("{value} is not within {low} to {high}")),
    }
}

/// A check that a text is not empty and not too long.
pub(crate) fn text(bytes: usize) -> impl FnOnce(String) -> Result<String, String> {
    move |value| match !value.is_empty() && value.len() <= bytes && !value.chars().any(char::is_control) {
        true => Ok(value),
        false => Err(format!("a text of 1 to {bytes} bytes without control characters is wanted")),
    }
}
