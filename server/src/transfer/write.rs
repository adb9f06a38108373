//! Writes a board as JSON or CSV, row by row, so that a million rows need no memory. Scores are exact decimals in the
//! board's unit; reading is `read.rs`.

use std::io::Write;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::score::{Units, format_units};
use scorelay_protocol::time::rfc3339;

use super::Format;
use crate::core::BoardFacts;

/// Why a board was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The file failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The rows ended early.
    #[error("{0}")]
    Rows(WireError),
}

/// Writes a board with its rows, best first.
///
/// # Errors
/// [`WriteError`]
pub(crate) fn write(
    format: Format,
    out: impl Write,
    at: UnixMillis,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<(Entity, Units), WireError>>,
) -> Result<(), WriteError> {
    match format {
        Format::Json => json(out, at, facts, rows),
        Format::Csv => csv(out, facts, rows),
    }
}

fn json(
    mut out: impl Write,
    at: UnixMillis,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<(Entity, Units), WireError>>,
) -> Result<(), WriteError> {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let board = serde_json::to_string(facts).map_err(std::io::Error::from)?;
    write!(out, "{{\"generated_at\":{},\n\"board\":{board},\n\"rows\":[", text(&rfc3339(at)))?;
    for (rank, row) in (1..).zip(rows) {
        let (entity, score) = row.map_err(WriteError::Rows)?;
        let (before, entity) = (if rank == 1 { "\n" } else { ",\n" }, text(&entity.to_string()));
        let score = format_units(score, facts.decimals);
        write!(out, "{before}{{\"rank\":{rank},\"entity\":{entity},\"score\":{score}}}")?;
    }
    writeln!(out, "\n]}}")?;
    Ok(out.flush()?)
}

fn csv(
    out: impl Write,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<(Entity, Units), WireError>>,
) -> Result<(), WriteError> {
    let failed = |error: csv::Error| WriteError::Io(error.into());
    let mut out = csv::Writer::from_writer(out);
    out.write_record(["rank", "entity", "score"]).map_err(failed)?;
    for (rank, row) in (1u64..).zip(rows) {
        let (entity, score) = row.map_err(WriteError::Rows)?;
        let row = [rank.to_string(), entity.to_string(), format_units(score, facts.decimals)];
        out.write_record(row).map_err(failed)?;
    }
    Ok(out.flush()?)
}
