//! What ends a command: a stable code and a sentence that says what was wrong and what to do.
//!
//! Every part has an error enum of its own; this is what they become where a person reads them. Codes and their
//! meanings stand in `protocol/src/error.rs`.

use scorelay_protocol::error::{ErrorCode, WireError};

/// Why a command ends without having done its work. Printed as `error[code]: text`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error[{code}]: {message}")]
pub struct Failure {
    /// What kind.
    pub code: ErrorCode,
    /// What was wrong and with what.
    pub message: String,
}

impl Failure {
    /// A failure of `code` saying `message`.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A failure of the configuration or of a flag.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadConfig, message)
    }
}

/// An error with what caused it: the text of hyper's alone says little.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self { code: error.code, message: error.message }
    }
}

impl From<Failure> for WireError {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code, message: failure.message }
    }
}
