//! One board's machine: what it is called, and what events are worth on it. It holds
//! no rows; those stand in the `BoardSet`, and what changes before the next cut in `batch.rs`.

use scorelay_protocol::event::Event;
use scorelay_protocol::ids::BoardNo;

use crate::config::BoardConfig;
use crate::scorer::Given;

/// A configured board under its number.
#[derive(Debug, Clone)]
pub(crate) struct BoardMachine {
    /// The core's number for it.
    pub(crate) no: BoardNo,
    /// What it is.
    pub(crate) config: BoardConfig,
}

/// Points on one board.
#[derive(Debug, Clone)]
pub(crate) struct Awarded<'e> {
    /// Index of the board among the engine's machines.
    pub(crate) machine: usize,
    /// For whom, and how many.
    pub(crate) given: Given<'e>,
}

/// What `event` is worth on all boards.
pub(crate) fn award<'e>(machines: &[BoardMachine], event: &'e Event) -> Vec<Awarded<'e>> {
    let mut all = Vec::new();
    for (machine, board) in machines.iter().enumerate() {
        board.config.scorer.score(&board.config.id, event, &mut |given| all.push(Awarded { machine, given }));
    }
    all
}
