//! Boards as files, out and in: the formats and what an import does to a board. `write.rs` and `read.rs` know the
//! formats; where rows come from and go to is decided in `cli/`, `admin/` and `core/`.

pub(crate) mod read;
pub(crate) mod write;

use scorelay_engine::{Effects, Engine, ImportMode, Input, Reply};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::score::Units;

use crate::core::Imported;

/// A file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One object: when, which board, and its rows with names, pictures and badges.
    Json,
    /// A line for each row under the heads rank, entity, score, and risen where that is asked for.
    Csv,
    /// One object as the site before Scorelay had it: items with id, rank, elo, username, delta, avatar and badges.
    Items,
}

/// Whoever owns an engine.
pub(crate) trait Host {
    /// The engine.
    fn engine(&self) -> &Engine;
    /// Has it do something and sees to the effects but the reply.
    fn perform(&mut self, input: Input) -> Effects;
}

/// Puts rows on a board, in rank order. After a replacing import the board reads as the rows do, but for those of
/// entities that are kept off it.
///
/// An entity that keeps its score keeps the moment at which it reached it, so that an import of what is there changes
/// nothing. Where that leaves equal scores in another order than the rows', all of them are set anew.
///
/// # Errors
/// What the engine refuses; the board is then unchanged.
pub(crate) fn apply(
    host: &mut impl Host,
    board: &str,
    mode: ImportMode,
    rows: Vec<(Entity, Units)>,
) -> Result<Imported, WireError> {
    let first = import(host, board, mode, rows.clone())?;
    if mode == ImportMode::Merge || reads_as(host.engine(), board, &rows) {
        return Ok(first);
    }
    import(host, board, ImportMode::Replace, Vec::new())?;
    let again = import(host, board, ImportMode::Merge, rows)?;
    Ok(Imported { removed: first.removed, ..again })
}

fn import(
    host: &mut impl Host,
    board: &str,
    mode: ImportMode,
    rows: Vec<(Entity, Units)>,
) -> Result<Imported, WireError> {
    match host.perform(Input::Import { board: board.to_owned(), mode, rows }).reply {
        Some(Reply::Imported { rows, set, removed }) => Ok(Imported { rows, set, removed }),
        Some(Reply::Refused(error)) => Err(error),
        Some(_) | None => Err(WireError::new(ErrorCode::BadImport, "the engine did not answer")),
    }
}

/// Whether a board's rows are these, as far as it has room for them, and as their entities may stand on it.
fn reads_as(engine: &Engine, board: &str, rows: &[(Entity, Units)]) -> bool {
    let Some(keeps_off) = engine.keeps_off(board) else { return false };
    let mut wanted: Vec<&(Entity, Units)> = rows.iter().filter(|(entity, _)| !keeps_off(entity)).collect();
    wanted.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    let Some(standing) = engine.rows(board) else { return false };
    standing.zip(wanted).all(|(row, (entity, score))| row.entity == *entity && row.score == *score)
}

#[cfg(test)]
mod tests;
