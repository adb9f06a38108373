//! `diag.log`: what happened, for people. It is not synced, and where it cannot be written it is left out; nothing
//! depends on it. Each holds at most two files of [`MOST`] bytes.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::time::rfc3339;

use super::{DIAG, beside};

/// Bytes after which a file is renamed to `diag.log.1`.
pub(super) const MOST: u64 = 1024 * 1024;

/// Adds a line to the `diag.log` of a folder.
pub(super) fn note(folder: &Path, at: UnixMillis, text: &str) {
    let path = folder.join(DIAG);
    let line = format!("{} {}\n", rfc3339(at), text.replace(['\n', '\r'], " "));
    let written = File::options().create(true).append(true).open(&path).and_then(|mut file| {
        if file.metadata()?.len() >= MOST {
            std::fs::rename(&path, beside(&path, ".1"))?;
            file = File::options().create(true).append(true).open(&path)?;
        }
        file.write_all(line.as_bytes())
    });
    if let Err(error) = written {
        tracing::warn!(path = %path.display(), %error, text, "could not be noted");
    }
}
