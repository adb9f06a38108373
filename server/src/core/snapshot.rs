//! A board at one moment, small enough to be taken while everything else waits and complete enough to be written out
//! elsewhere in peace. It knows no file formats; those are in `crate::transfer`.

use std::sync::Arc;

use scorelay_engine::{Engine, Input, StoredProfile};
use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_protocol::link::BoardDef;
use scorelay_protocol::score::Units;
use serde::{Deserialize, Serialize};

use super::no_such;

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

/// A board's rows in rank order. Entities stay in their short form and profiles shared, as making a million texts takes
/// longer than relays and sources should wait.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// The board.
    pub(crate) facts: BoardFacts,
    board: BoardNo,
    platforms: Vec<String>,
    rows: Vec<(WireEntity, Units, Option<Arc<StoredProfile>>)>,
}

/// A row for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Whose.
    pub(crate) entity: Entity,
    /// In the board's units.
    pub(crate) score: Units,
    /// What people see of it.
    pub(crate) card: Card,
}

/// What people see of a row's entity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Card {
    /// The name; empty where nobody has said it.
    pub(crate) name: String,
    /// Where a picture is.
    pub(crate) avatar: Option<String>,
    /// Marks beside the name.
    pub(crate) badges: Vec<String>,
    /// Where it stood when the board's ranks were last remembered; 1-based.
    pub(crate) before: Option<u32>,
}

impl Card {
    /// Of a row on this board.
    pub(crate) fn new(profile: &StoredProfile, board: BoardNo) -> Self {
        let StoredProfile { name, avatar, badges, ranks } = profile.clone();
        let before = ranks.into_iter().find(|(no, _)| *no == board).map(|(_, rank)| rank);
        Self { name, avatar, badges, before }
    }
}

impl Snapshot {
    /// A board as it stands.
    ///
    /// # Errors
    /// There is none with this id.
    pub(crate) fn take(engine: &Engine, id: &str) -> Result<Self, WireError> {
        let no = engine.board_no(id).ok_or_else(|| no_such(id))?;
        let boards = engine.boards();
        let board = boards.board(no).ok_or_else(|| no_such(id))?;
        let rows = board.rows().iter().filter_map(|(handle, key)| {
            let handle = Handle(handle);
            Some((boards.wire(handle)?.clone(), key.score, engine.profile_of(handle).cloned()))
        });
        let rows = rows.collect();
        Ok(Self { facts: board.def().into(), board: no, platforms: boards.platforms().to_vec(), rows })
    }

    /// What has the engine remember these ranks.
    pub(crate) fn remember(self) -> Input {
        let order = self.rows.into_iter().map(|(entity, ..)| entity).collect();
        Input::Remember { board: self.board, order }
    }

    /// The rows, best first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Line> {
        self.rows.iter().filter_map(|(wire, score, profile)| {
            let platform = self.platforms.get(usize::from(wire.platform.0))?;
            let entity = Entity::from_parts(platform, wire.id.clone()).ok()?;
            let card = profile.as_ref().map(|profile| Card::new(profile, self.board)).unwrap_or_default();
            Some(Line { entity, score: *score, card })
        })
    }
}
