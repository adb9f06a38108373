//! Reads what `write.rs` writes, in the order of the ranks. Everything wrong is named with its line; fields beside
//! rank, entity and score are passed over, so that richer exports can be read too.

use std::borrow::Cow;
use std::io::Read;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::score::{Units, parse_units};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Format;
use crate::failure::Failure;

/// Rows of a file, best first.
pub(crate) type Rows = Vec<(Entity, Units)>;

/// Reads a file's rows, with scores of so many decimals. `name` is the file's, for complaints.
///
/// # Errors
/// `bad-import`, naming the line.
pub(crate) fn read(format: Format, name: &str, input: impl Read, decimals: u8) -> Result<Rows, Failure> {
    let rows = match format {
        Format::Json => json(input, decimals),
        Format::Csv => csv(input, decimals),
        Format::Items => items(input, decimals),
    };
    let mut rows = rows.map_err(|why| Failure::new(ErrorCode::BadImport, format!("{name}: {why}")))?;
    rows.sort_by_key(|(rank, ..)| *rank);
    Ok(rows.into_iter().map(|(_, entity, score)| (entity, score)).collect())
}

/// Rank, entity and score.
type Ranked = (u64, Entity, Units);

#[derive(Deserialize)]
struct JsonFile<'a> {
    #[serde(borrow)]
    rows: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct JsonRow<'a> {
    rank: u64,
    #[serde(borrow)]
    entity: Cow<'a, str>,
    #[serde(borrow)]
    score: &'a RawValue,
}

#[derive(Deserialize)]
struct ItemsFile<'a> {
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    rank: u64,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    elo: &'a RawValue,
}

fn json(mut input: impl Read, decimals: u8) -> Result<Vec<Ranked>, String> {
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|error| error.to_string())?;
    let file: JsonFile<'_> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut rows = Vec::with_capacity(file.rows.len());
    for row in file.rows {
        rows.push(json_row(row.get(), decimals).map_err(|why| format!("line {}: {why}", line_of(&text, row.get())))?);
    }
    Ok(rows)
}

fn items(mut input: impl Read, decimals: u8) -> Result<Vec<Ranked>, String> {
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|error| error.to_string())?;
    let file: ItemsFile<'_> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut rows = Vec::with_capacity(file.items.len());
    for item in file.items {
        let row = ranked(item.rank, &item.id, item.elo.get(), decimals);
        rows.push(row.map_err(|why| format!("line {}: {why}", line_of(&text, item.elo.get())))?);
    }
    Ok(rows)
}

fn json_row(row: &str, decimals: u8) -> Result<Ranked, String> {
    let row: JsonRow<'_> = serde_json::from_str(row).map_err(|error| {
        let text = error.to_string();
        // Where in the row it is would be taken for where in the file.
        text.split_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
    })?;
    let score = row.score.get();
    let score = score.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(score);
    ranked(row.rank, &row.entity, score, decimals)
}

/// The 1-based line on which `part` of `text` begins.
fn line_of(text: &str, part: &str) -> usize {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1
}

fn csv(input: impl Read, decimals: u8) -> Result<Vec<Ranked>, String> {
    let mut from = csv::Reader::from_reader(input);
    let heads = from.headers().map_err(|error| error.to_string())?.clone();
    let column = |name: &str| {
        heads.iter().position(|head| head == name).ok_or_else(|| format!("line 1: there is no column `{name}`"))
    };
    let (rank, entity, score) = (column("rank")?, column("entity")?, column("score")?);
    let mut rows = Vec::new();
    for record in from.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).unwrap_or_default();
        let rank = field(rank).parse().map_err(|_| format!("line {line}: `{}` is no rank", field(rank)))?;
        let ranked = ranked(rank, field(entity), field(score), decimals);
        rows.push(ranked.map_err(|why| format!("line {line}: {why}"))?);
    }
    Ok(rows)
}

fn ranked(rank: u64, entity: &str, score: &str, decimals: u8) -> Result<Ranked, String> {
    let entity: Entity = entity.parse().map_err(|error| format!("`{entity}`: {error}"))?;
    let score = parse_units(score, decimals).map_err(|error| format!("`{score}`: {error}"))?;
    Ok((rank, entity, score))
}
