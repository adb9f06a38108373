//! `[meets]` of the configuration file: whether this core keeps meets, and how. The key's file is read or made in
//! `meets/key.rs`, where results go is checked by `publish`.

use std::path::{Path, PathBuf};

use scorelay_protocol::limits::MEET_KEPT_DAYS;

use super::file::MeetsTable;
use super::value::{File, Said, within};
use crate::failure::Failure;
use crate::publish::Target;

/// A century: longer is a mistake.
const MAX_KEEP_DAYS: u32 = 36_525;
/// Results go into this folder of the data directory where nothing is said.
const DEFAULT_RESULTS: &str = "published";

/// How meets are kept.
#[derive(Debug, Clone)]
pub struct MeetsConfig {
    /// The file with the key that seals receipts.
    pub key_file: PathBuf,
    /// Days after which a finished meet is cleared away.
    pub keep_days: u32,
    /// Where results go.
    pub publish: Target,
}

/// Checks the section.
///
/// # Errors
/// `bad-config` with file, line and key.
pub(super) fn check(file: &File, table: MeetsTable, data: &Path) -> Result<MeetsConfig, Failure> {
    let keep_days = table.keep_days.map(|days| Said::key("keep_days", days));
    let keep_days = keep_days.map(|days| days.checked(file, within(1, MAX_KEEP_DAYS))).transpose()?;
    let target = table.publish.target(data.join(DEFAULT_RESULTS), |path| file.path(path));
    Ok(MeetsConfig {
        key_file: file.path(table.key_file),
        keep_days: keep_days.unwrap_or(MEET_KEPT_DAYS),
        publish: target.map_err(|(span, why)| file.at(span, &why))?,
    })
}
