//! Reads what `write.rs` writes, in the order of the ranks. Everything wrong is named with its line; fields beside rank,
//! entity and score are passed over, so that richer exports can be read too.

use std::fmt;
use std::io::Read;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::score::{Units, parse_units};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Format;
use crate::failure::Failure;
use scorelay_protocol::error::ErrorCode;

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
    };
    let mut rows = rows.map_err(|why| Failure::new(ErrorCode::BadImport, format!("{name}: {why}")))?;
    rows.sort_by_key(|(rank, ..)| *rank);
    Ok(rows.into_iter().map(|(_, entity, score)| (entity, score)).collect())
}

/// Rank, entity and score.
type Ranked = (u64, Entity, Units);

fn json(input: impl Read, decimals: u8) -> Result<Vec<Ranked>, String> {
    let mut from = serde_json::Deserializer::from_reader(std::io::BufReader::new(input));
    let rows = File { decimals }.deserialize(&mut from).map_err(|error| error.to_string())?;
    from.end().map_err(|error| error.to_string())?;
    Ok(rows)
}

struct File {
    decimals: u8,
}

struct RowList {
    decimals: u8,
}

#[derive(Deserialize)]
struct JsonRow {
    rank: u64,
    entity: String,
    score: Box<RawValue>,
}

impl<'de> DeserializeSeed<'de> for File {
    type Value = Vec<Ranked>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for File {
    type Value = Vec<Ranked>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with rows, as export writes it")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut rows = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "rows" if rows.is_some() => return Err(A::Error::duplicate_field("rows")),
                "rows" => rows = Some(map.next_value_seed(RowList { decimals: self.decimals })?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        rows.ok_or_else(|| A::Error::missing_field("rows"))
    }
}

impl<'de> DeserializeSeed<'de> for RowList {
    type Value = Vec<Ranked>;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowList {
    type Value = Vec<Ranked>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = list.next_element_seed(OneRow { decimals: self.decimals })? {
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Checked while it is read, so that a complaint names its line.
struct OneRow {
    decimals: u8,
}

impl<'de> DeserializeSeed<'de> for OneRow {
    type Value = Ranked;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        let row = JsonRow::deserialize(from)?;
        let score = row.score.get();
        let score = score.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(score);
        let ranked = ranked(row.rank, &row.entity, score, self.decimals);
        ranked.map_err(|why| D::Error::custom(format!("rank {}: {why}", row.rank)))
    }
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
