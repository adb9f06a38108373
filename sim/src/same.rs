//! Real boards, the engine's or a relay's, against a state of the naive model: same boards, same rows in the same
//! order, same entities. It only compares; the model is in `history.rs`.

use std::sync::Arc;

use scorelay_protocol::ids::Handle;
use scorelay_ranks::BoardSet;

use crate::history::{Board, PAGE, State, Version};
use crate::stage::Stage;

/// Rows that are compared at once without counting the cost; of larger boards only the first pages and a few drawn by
/// the state's number are.
const ALL_ROWS: usize = 1_200;

/// Compares the engine's boards with the present state, at which they must be.
///
/// # Errors
/// What differs.
pub fn present(stage: &Stage, set: &BoardSet) -> Result<(), String> {
    let Some((version, state)) = stage.history.now() else { return Err("there is no state".to_owned()) };
    if version != (Version { core: set.core(), seq: set.seq() }) {
        return Err(format!("the boards are at batch {}, the model at {}", set.seq(), version.seq));
    }
    same(set, state)
}

/// Compares boards with a state.
///
/// # Errors
/// What differs.
pub fn same(set: &BoardSet, state: &State) -> Result<(), String> {
    let defs = set.defs().count();
    if defs != state.boards.len() {
        return Err(format!("{defs} boards where there are {}", state.boards.len()));
    }
    for (no, board) in &state.boards {
        let Some(table) = set.board(*no) else { return Err(format!("board {no} is missing")) };
        if *table.def() != board.def {
            return Err(format!("board {no} is {:?} where it is {:?}", table.def(), board.def));
        }
        let rows = table.rows();
        if rows.len() as usize != board.len {
            return Err(format!("board {:?} has {} rows where it has {}", board.def.id, rows.len(), board.len));
        }
        compare(set, rows, board)?;
    }
    Ok(())
}

fn compare(set: &BoardSet, rows: &scorelay_ranks::RankIndex, board: &Arc<Board>) -> Result<(), String> {
    let sample = set.seq().0 as usize;
    for (nth, page) in board.pages.iter().enumerate() {
        if board.len > ALL_ROWS && nth > 2 && !(nth + sample).is_multiple_of(13) {
            continue;
        }
        let from = nth * PAGE;
        let mut stood = rows.range(from as u32, PAGE as u32);
        for (slot, row) in page.iter().enumerate() {
            let rank = from + slot + 1;
            let Some((handle, key)) = stood.next() else { return Err(format!("no row at rank {rank}")) };
            let named = set.wire(Handle(handle)).is_some_and(|wire| {
                let platform = set.platforms().get(usize::from(wire.platform.0));
                platform.is_some_and(|name| name == row.entity.platform()) && wire.id == *row.entity.id()
            });
            if (handle, key.score, key.stamp) != (row.handle.0, row.score, row.stamp.0) || !named {
                let who = set.entity(Handle(handle)).map_or_else(|| "nobody".to_owned(), |entity| entity.to_string());
                return Err(format!(
                    "board {:?}, rank {rank}: {who} (handle {handle}) with {} of stamp {} where {} (handle {}) stands with {} of stamp {}",
                    board.def.id, key.score, key.stamp, row.entity, row.handle, row.score, row.stamp.0
                ));
            }
        }
    }
    Ok(())
}
