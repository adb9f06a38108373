//! Writes a board in one of the formats, row by row, so that a million rows need no memory. Scores are exact decimals
//! in the board's unit; reading is `read.rs`.

use std::collections::HashMap;
use std::io::Write;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::score::format_units;
use scorelay_protocol::time::rfc3339;

use super::Format;
use super::read::Rows;
use crate::core::{BoardFacts, Card, Line};

/// Since when ranks have changed.
pub(crate) enum Before {
    /// The earlier export with these ranks.
    Export(HashMap<Entity, u64>),
    /// The moment at which the core was last told to remember them.
    Remembered,
}

impl Before {
    /// Of an earlier export's rows, best first.
    pub(crate) fn new(rows: Rows) -> Self {
        Self::Export((1..).zip(rows).map(|(rank, (entity, _))| (entity, rank)).collect())
    }

    /// Ranks that who now stands at `rank` has risen since; `None` for who was not there.
    fn risen(&self, line: &Line, rank: u64) -> Option<i64> {
        let before = match self {
            Self::Export(ranks) => ranks.get(&line.entity).copied(),
            Self::Remembered => line.card.before.map(u64::from),
        };
        before.map(|before| before.wrapping_sub(rank).cast_signed())
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
    rows: impl Iterator<Item = Result<Line, WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    match format {
        Format::Json => json(out, at, facts, rows, before),
        Format::Csv => csv(out, facts, rows, before),
        Format::Items => items(out, at, facts, rows, before),
    }
}

fn json(
    mut out: impl Write,
    at: UnixMillis,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<Line, WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    let board = json_of(facts)?;
    write!(out, "{{\"generated_at\":{},\n\"board\":{board},\n\"rows\":[", json_of(&rfc3339(at))?)?;
    for (rank, row) in (1..).zip(rows) {
        let row = row.map_err(WriteError::Rows)?;
        let risen = before.map(|before| before.risen(&row, rank).map_or("null".into(), |ranks| ranks.to_string()));
        let risen = risen.map_or(String::new(), |ranks| format!(",\"risen\":{ranks}"));
        let Line { entity, score, card: Card { name, avatar, badges, .. } } = &row;
        let comma = if rank == 1 { "\n" } else { ",\n" };
        let (entity, score) = (json_of(&entity.to_string())?, format_units(*score, facts.decimals));
        write!(out, "{comma}{{\"rank\":{rank},\"entity\":{entity},\"score\":{score}{risen}")?;
        let (name, avatar, badges) = (json_of(name)?, json_of(avatar)?, json_of(badges)?);
        write!(out, ",\"name\":{name},\"avatar\":{avatar},\"badges\":{badges}}}")?;
    }
    writeln!(out, "\n]}}")?;
    Ok(out.flush()?)
}

/// What the site before Scorelay read: its names, times in seconds, and a change of 0 for who was not there.
fn items(
    mut out: impl Write,
    at: UnixMillis,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<Line, WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    write!(out, "{{\"generatedAt\":{},\"items\":[", at.0 / 1_000)?;
    for (rank, row) in (1..).zip(rows) {
        let row = row.map_err(WriteError::Rows)?;
        let delta = before.and_then(|before| before.risen(&row, rank)).unwrap_or(0);
        let Line { entity, score, card: Card { name, avatar, badges, .. } } = &row;
        let name = if name.is_empty() { entity.id().to_string() } else { name.clone() };
        let badges: Vec<_> =
            badges.iter().map(|badge| serde_json::json!({ "description": badge, "imageUrl": "" })).collect();
        let (comma, id, score) =
            (if rank == 1 { "\n" } else { ",\n" }, json_of(&entity.to_string())?, format_units(*score, facts.decimals));
        let (name, avatar, badges) =
            (json_of(&name)?, json_of(avatar.as_deref().unwrap_or_default())?, json_of(&badges)?);
        write!(out, "{comma}{{\"id\":{id},\"rank\":{rank},\"elo\":{score},\"username\":{name},\"delta\":{delta}")?;
        write!(out, ",\"avatar\":{avatar},\"badges\":{badges}}}")?;
    }
    writeln!(out, "\n]}}")?;
    Ok(out.flush()?)
}

fn json_of<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, WriteError> {
    Ok(serde_json::to_string(value).map_err(std::io::Error::from)?)
}

fn csv(
    out: impl Write,
    facts: &BoardFacts,
    rows: impl Iterator<Item = Result<Line, WireError>>,
    before: Option<&Before>,
) -> Result<(), WriteError> {
    let failed = |error: csv::Error| WriteError::Io(error.into());
    let mut out = csv::Writer::from_writer(out);
    let heads = ["rank", "entity", "score"].into_iter().chain(before.map(|_| "risen"));
    out.write_record(heads).map_err(failed)?;
    for (rank, row) in (1u64..).zip(rows) {
        let row = row.map_err(WriteError::Rows)?;
        let risen = before.map(|before| before.risen(&row, rank).map_or(String::new(), |ranks| ranks.to_string()));
        let row = [rank.to_string(), row.entity.to_string(), format_units(row.score, facts.decimals)];
        out.write_record(row.into_iter().chain(risen)).map_err(failed)?;
    }
    Ok(out.flush()?)
}
