//! Writes a board as JSON or CSV, row by row, so that a million rows need no memory. Scores are exact decimals in the
//! board's unit; reading is `read.rs`.

use std::collections::HashMap;
use std::io::Write;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::score::{Units, format_units};
use scorelay_protocol::time::rfc3339;

use super::Format;
use super::read::Rows;
use crate::core::BoardFacts;

/// Where everybody stood in an earlier export.
pub(crate) struct Before(HashMap<Entity, u64>);

impl Before {
    /// Of an earlier export's rows, best first.
    pub(crate) fn new(rows: Rows) -> Self {
        Self((1..).zip(rows).map(|(rank, (entity, _))| (entity, rank)).collect())
    }

    /// Ranks that who now stands at `rank` has risen since; `None` for who was not there.
    fn risen(&self, entity: &Entity, rank: u64) -> Option<i64> {
        self.0.get(entity).map(|before| before.wrapping_sub(rank).cast_signed())
    }
}

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

/// Writes a board with its rows, best first; with `before` each row says how many ranks it has risen since.
///
/// # Errors
/// [`WriteError`]
pub(crate) fn write(
    format: Format,
    out: impl Write,
    at: UnixMillis,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<(Entity, Units), WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    match format {
        Format::Json => json(out, at, facts, rows, before),
        Format::Csv => csv(out, facts, rows, before),
    }
}

fn json(
    mut out: impl Write,
    at: UnixMillis,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<(Entity, Units), WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let board = serde_json::to_string(facts).map_err(std::io::Error::from)?;
    write!(out, "{{\"generated_at\":{},\n\"board\":{board},\n\"rows\":[", text(&rfc3339(at)))?;
    for (rank, row) in (1..).zip(rows) {
        let (entity, score) = row.map_err(WriteError::Rows)?;
        let risen = before.map(|before| before.risen(&entity, rank).map_or("null".into(), |ranks| ranks.to_string()));
        let risen = risen.map_or(String::new(), |ranks| format!(",\"risen\":{ranks}"));
        let (comma, entity) = (if rank == 1 { "\n" } else { ",\n" }, text(&entity.to_string()));
        let score = format_units(score, facts.decimals);
        write!(out, "{comma}{{\"rank\":{rank},\"entity\":{entity},\"score\":{score}{risen}}}")?;
    }
    writeln!(out, "\n]}}")?;
    Ok(out.flush()?)
}

fn csv(
    out: impl Write,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<(Entity, Units), WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    let failed = |error: csv::Error| WriteError::Io(error.into());
    let mut out = csv::Writer::from_writer(out);
    let heads = ["rank", "entity", "score"].into_iter().chain(before.map(|_| "risen"));
    out.write_record(heads).map_err(failed)?;
    for (rank, row) in (1u64..).zip(rows) {
        let (entity, score) = row.map_err(WriteError::Rows)?;
        let risen = before.map(|before| before.risen(&entity, rank).map_or(String::new(), |ranks| ranks.to_string()));
        let row = [rank.to_string(), entity.to_string(), format_units(score, facts.decimals)];
        out.write_record(row.into_iter().chain(risen)).map_err(failed)?;
    }
    Ok(out.flush()?)
}
