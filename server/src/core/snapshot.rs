//! A board at one moment, small enough to be taken while everything else waits and complete enough to be written out
//! elsewhere in peace. It knows no file formats; those are in `crate::transfer`.

use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_protocol::link::BoardDef;
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;
use serde::{Deserialize, Serialize};

/// What is known of a board but for its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoardFacts {
    /// Its name in addresses.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) title: String,
    /// What its scores count.
    pub(crate) unit: String,
    /// Digits after the point.
    pub(crate) decimals: u8,
}

impl From<&BoardDef> for BoardFacts {
    fn from(def: &BoardDef) -> Self {
        let BoardDef { id, title, unit, decimals, .. } = def.clone();
        Self { id, title, unit, decimals }
    }
}

/// A board's rows in rank order. Entities stay in their short form, as making a million texts takes longer than
/// relays and sources should wait.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// The board.
    pub(crate) facts: BoardFacts,
    platforms: Vec<String>,
    rows: Vec<(WireEntity, Units)>,
}

impl Snapshot {
    /// A board as it stands; `None` if there is none of this number.
    pub(crate) fn take(boards: &BoardSet, board: BoardNo) -> Option<Self> {
        let board = boards.board(board)?;
        let rows = board.rows().iter();
        let rows = rows.filter_map(|(handle, key)| Some((boards.wire(Handle(handle))?.clone(), key.score)));
        Some(Self { facts: board.def().into(), platforms: boards.platforms().to_vec(), rows: rows.collect() })
    }

    /// The rows as text entities, best first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Entity, Units)> {
        self.rows.iter().filter_map(|(wire, score)| {
            let platform = self.platforms.get(usize::from(wire.platform.0))?;
            Some((Entity::from_parts(platform, wire.id.clone()).ok()?, *score))
        })
    }
}
