//! A small honest relay for tests: it keeps every tick's boards whole and follows the protocol word for word, slowly.
//!
//! It stands in for the real relay, whose cleverness it has none of: no rings, no sharing, no sockets. The script
//! that drives it is in [`script`], one connection's side in [`conn`].

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of the model")]

pub mod conn;
pub mod random;
pub mod script;
pub mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use scorelay_client::protocol::entity::{Entity, WireEntity};
use scorelay_client::protocol::feed::{BoardInfo, Standing};
use scorelay_client::protocol::ids::{BoardNo, PageNo, PlatformNo, Position, RelayEpoch, TickNo};
use scorelay_client::protocol::page::{PageRows, Row};

use random::Random;
use world::World;

/// Rows of a board in rank order.
pub type Rows = Arc<Vec<(Entity, i64)>>;

/// All boards at one tick.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub boards: BTreeMap<BoardNo, (BoardInfo, Rows)>,
}

impl State {
    pub fn page(&self, board: BoardNo, page: PageNo) -> Option<&[(Entity, i64)]> {
        let (_, rows) = self.boards.get(&board)?;
        let first = (page.first_index() as usize).min(rows.len());
        Some(&rows[first..(first + 32).min(rows.len())])
    }

    pub fn standing(&self, board: BoardNo, entity: &Entity) -> Option<Standing> {
        let (_, rows) = self.boards.get(&board)?;
        let index = rows.iter().position(|(other, _)| other == entity)?;
        Some(Standing { rank: index as u32 + 1, score: rows[index].1 })
    }

    pub fn named(&self, id: &str) -> Option<(&BoardInfo, &Rows)> {
        self.boards.values().rev().find(|(info, _)| info.id == id).map(|(info, rows)| (info, rows))
    }
}

/// One start of a relay.
pub struct Relay {
    pub epoch: RelayEpoch,
    /// By tick.
    pub history: Vec<State>,
    pub platforms: Vec<String>,
    numbers: BTreeMap<u64, BoardNo>,
    next_number: u32,
}

impl Relay {
    pub fn new(random: &mut Random, world: &World) -> Self {
        let mut relay = Self {
            epoch: RelayEpoch(random.draw()),
            history: vec![State::default(); random.below(50) as usize],
            platforms: Vec::new(),
            numbers: BTreeMap::new(),
            next_number: random.below(5) as u32,
        };
        relay.tick(world, true);
        relay
    }

    pub fn position(&self) -> Position {
        Position { epoch: self.epoch, tick: TickNo(self.history.len() as u64 - 1) }
    }

    pub fn now(&self) -> &State {
        self.history.last().expect("invariant: made with one tick")
    }

    pub fn at(&self, tick: TickNo) -> &State {
        &self.history[tick.0 as usize]
    }

    /// Takes the world in as the next tick; the directory's row counts only if `count`.
    pub fn tick(&mut self, world: &World, count: bool) {
        let mut state = State::default();
        for board in &world.boards {
            let number = *self.numbers.entry(board.uid).or_insert_with(|| {
                self.next_number += 1;
                BoardNo(self.next_number)
            });
            for (entity, _) in &board.rows {
                if !self.platforms.iter().any(|name| name == entity.platform()) {
                    self.platforms.push(entity.platform().to_owned());
                }
            }
            let before = self.history.last().and_then(|state| state.boards.get(&number));
            let rows = match before {
                Some((_, rows)) if **rows == board.rows => rows.clone(),
                _ => Arc::new(board.rows.clone()),
            };
            let counted = before.map(|(info, _)| info.rows).filter(|_| !count).unwrap_or(rows.len() as u32);
            let info = BoardInfo {
                board: number,
                id: board.id.clone(),
                title: board.title.clone(),
                unit: "points".to_owned(),
                decimals: 2,
                synthetic: false,
                rows: counted,
            };
            state.boards.insert(number, (info, rows));
        }
        self.history.push(state);
    }

    pub fn wire(&self, entity: &Entity) -> Option<WireEntity> {
        let number = self.platforms.iter().position(|name| name == entity.platform())?;
        Some(WireEntity { platform: PlatformNo(number as u16), id: entity.id().clone() })
    }

    pub fn row(&self, (entity, score): &(Entity, i64)) -> Row {
        Row { entity: self.wire(entity).expect("invariant: rows' platforms are listed"), score: *score }
    }

    pub fn rows(&self, rows: &[(Entity, i64)]) -> PageRows {
        PageRows(rows.iter().map(|row| self.row(row)).collect())
    }
}
