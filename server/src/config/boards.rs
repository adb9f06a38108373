//! The boards of the configuration file, and the one that is there where the file names none. What a board does with
//! events is the engine's; here its definition is made.

use scorelay_engine::{BoardConfig, Rating, Scorer};
use scorelay_protocol::limits;
use scorelay_protocol::score;

use super::file::{BoardTable, ScorerName};
use super::value::{File, Said, text, within};
use crate::failure::Failure;

const DEFAULT_BOARD: &str = "messages";

/// The boards, at least one, in the order of the file.
///
/// # Errors
/// `bad-config` with file, line and key.
pub(super) fn check(file: &File, tables: Vec<BoardTable>, synthetic: bool) -> Result<Vec<BoardConfig>, Failure> {
    if tables.is_empty() {
        return Ok(vec![default_board(synthetic)]);
    }
    let mut boards: Vec<BoardConfig> = Vec::new();
    for table in tables {
        let known: Vec<&str> = boards.iter().map(|board| board.id.as_str()).collect();
        boards.push(board(file, table, &known, synthetic)?);
    }
    Ok(boards)
}

/// One point for each message.
fn default_board(synthetic: bool) -> BoardConfig {
    BoardConfig {
        id: DEFAULT_BOARD.into(),
        title: "Messages".into(),
        unit: "messages".into(),
        decimals: 0,
        scorer: Scorer::Messages { points: 1 },
        rating: Rating::Sum,
        max_rows: limits::DEFAULT_ROWS,
        synthetic,
    }
}

fn board(file: &File, table: BoardTable, known: &[&str], synthetic: bool) -> Result<BoardConfig, Failure> {
    let id = Said::key("id", table.id).checked(file, |id| board_id(id, known))?;
    let words = |name, said: Option<toml::Spanned<String>>, default: &str| match said {
        Some(said) => Said::key(name, said).checked(file, text(limits::BOARD_TEXT_BYTES)),
        None => Ok(default.to_owned()),
    };
    let decimals = match table.decimals {
        Some(decimals) => Said::key("decimals", decimals).checked(file, within(0, limits::MAX_DECIMALS))?,
        None => 0,
    };
    let points = table.points.map(|points| Said::key("points", points));
    let (scorer, unit) = match (table.scorer.unwrap_or(ScorerName::Messages), points) {
        (ScorerName::Messages, None) => (Scorer::Messages { points: 10i64.pow(u32::from(decimals)) }, "messages"),
        (ScorerName::Messages, Some(points)) => {
            let read = |n: super::file::Decimal| match score::parse_units(&n.text(), decimals) {
                Ok(0) => Err("a message that gives no points is not scored".to_owned()),
                Ok(units) => Ok(units),
                Err(error) => Err(error.to_string()),
            };
            (Scorer::Messages { points: points.checked(file, read)? }, "points")
        }
        (ScorerName::External, None) => (Scorer::External, "points"),
        (ScorerName::External, Some(points)) => {
            return points.checked(file, |_| Err("a board scored elsewhere gives no points of its own".into()));
        }
    };
    Ok(BoardConfig {
        title: words("title", table.title, &id)?,
        unit: words("unit", table.unit, unit)?,
        id,
        decimals,
        scorer,
        rating: Rating::Sum,
        max_rows: match table.max_rows {
            Some(rows) => Said::key("max_rows", rows).checked(file, within(1, limits::MAX_ROWS))?,
            None => limits::DEFAULT_ROWS,
        },
        synthetic,
    })
}

fn board_id(id: String, known: &[&str]) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if id.is_empty() || id.len() > limits::BOARD_ID_BYTES || !id.bytes().all(allowed) {
        return Err(format!("`{id}` is not 1 to {} of the characters a-z 0-9 _ -", limits::BOARD_ID_BYTES));
    }
    if known.contains(&id.as_str()) {
        return Err(format!("there is another board `{id}`"));
    }
    if known.len() >= limits::BOARDS {
        return Err(format!("there are more than {} boards", limits::BOARDS));
    }
    Ok(id)
}
