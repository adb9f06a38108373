//! The data directory of a command: the core that runs on it if one does, else its store. Which of the two it is makes
//! no difference to what a command does.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use scorelay_engine::{BoardConfig, Effects, Engine, ImportMode, Input, Reply, Scorer, Stored};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BoardNo, CoreEpoch, Stamp};
use scorelay_protocol::limits;
use scorelay_protocol::score::Units;

use crate::admin::Moderate;
use crate::admin::client::AdminClient;
use crate::core::{BoardFacts, Card, Imported, Line, Snapshot, moderated, no_such, unix_now};
use crate::failure::Failure;
use crate::store::{DirLock, Store, StoreError};
use crate::transfer::{self, Host};

/// A core that starts holds the directory before it listens; so does one that stops.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// Whoever has the boards.
pub(super) enum Data {
    /// A running core.
    Core(AdminClient),
    /// The store itself, ours while the command runs.
    Store(Box<Store>),
}

impl Data {
    /// Finds it.
    ///
    /// # Errors
    /// There is no such directory, it cannot be used, or a core holds it that does not answer.
    pub(super) fn open(dir: &Path) -> Result<Self, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(client) = AdminClient::connect(dir)? {
                return Ok(Self::Core(client));
            }
            match DirLock::take_existing(dir) {
                Ok(lock) => return Ok(Self::Store(Box::new(Store::open(lock)?))),
                Err(StoreError::InUse(_)) if Instant::now() < deadline => std::thread::sleep(POLL),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A board of a store and its rows in rank order, also one that is no longer configured.
///
/// # Errors
/// There is no such board, or the store cannot be read.
pub(super) fn rows(store: &Store, board: &str) -> Result<(BoardFacts, Vec<Line>), Failure> {
    let stored = store.stored()?;
    let found = stored.catalog.boards.iter().find(|stored| stored.def.id == board);
    let def = &found.ok_or_else(|| no_such(board))?.def;
    let mut cards: BTreeMap<Entity, Card> =
        stored.profiles.iter().map(|(entity, profile)| (entity.clone(), Card::new(profile, def.board))).collect();
    let mut rows: Vec<(std::cmp::Reverse<Units>, Stamp, Entity)> = Vec::new();
    store.rows_of(def.board, |row| {
        rows.push((std::cmp::Reverse(row.score), row.stamp, row.entity));
        Ok::<(), StoreError>(())
    })?;
    rows.sort_unstable();
    let lines = rows.into_iter().map(|(score, _, entity)| {
        let card = cards.remove(&entity).unwrap_or_default();
        Line { entity, score: score.0, card }
    });
    Ok((def.into(), lines.collect()))
}

/// An engine over a store, for one change.
pub(super) struct Offline {
    engine: Engine,
    store: Box<Store>,
}

impl Offline {
    /// Loads a store. Without a configuration the boards are those it was last served with.
    ///
    /// # Errors
    /// The store is damaged.
    pub(super) fn load(store: Box<Store>, boards: Option<Vec<BoardConfig>>) -> Result<Self, Failure> {
        let stored = store.stored()?;
        let boards = boards.unwrap_or_else(|| as_stored(&stored));
        let (mut engine, _) = store.engine(&boards, stored, CoreEpoch(0), &mut rand::random)?;
        engine.set_erasure_key(store.erasure_key()?);
        Ok(Self { engine, store })
    }

    /// What is known of a board.
    ///
    /// # Errors
    /// There is no such board.
    pub(super) fn describe(&self, board: &str) -> Result<BoardFacts, Failure> {
        let number: Option<BoardNo> = self.engine.board_no(board);
        let found = number.and_then(|number| self.engine.boards().board(number)).ok_or_else(|| no_such(board))?;
        Ok(found.def().into())
    }

    /// Puts rows on a board and makes it durable.
    ///
    /// # Errors
    /// What the engine refuses, or that the store cannot be written.
    pub(super) fn import(mut self, board: &str, rows: Vec<(Entity, Units)>) -> Result<Imported, Failure> {
        let imported = transfer::apply(&mut self, board, ImportMode::Replace, rows)?;
        self.finish()?;
        Ok(imported)
    }

    /// Takes something off boards, or keeps it off, and makes that durable; gives the rows that went.
    ///
    /// # Errors
    /// What the engine refuses, or that the store cannot be written.
    pub(super) fn moderate(mut self, what: Moderate) -> Result<u32, Failure> {
        let rows = moderated(self.perform(Input::Moderate(what.checked()?)).reply)?;
        self.finish()?;
        Ok(rows)
    }

    /// A board as it stands.
    ///
    /// # Errors
    /// There is no such board.
    pub(super) fn export(&self, board: &str) -> Result<Snapshot, Failure> {
        Ok(Snapshot::take(&self.engine, board)?)
    }

    /// Remembers the ranks of an export, and makes that durable.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(super) fn remember(mut self, exported: Snapshot) -> Result<(), Failure> {
        match self.perform(exported.remember()).reply {
            Some(Reply::Refused(error)) => Err(error.into()),
            _ => self.finish(),
        }
    }

    fn finish(mut self) -> Result<(), Failure> {
        if let Some(commit) = self.perform(Input::Commit).commit {
            self.store.commit(&commit)?;
        }
        Ok(self.store.close()?)
    }
}

impl Host for Offline {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn perform(&mut self, input: Input) -> Effects {
        self.engine.handle(unix_now(), input)
    }
}

/// The store does not keep what filters boards or bounds them; the next start trims a board to what its configuration
/// says.
fn as_stored(stored: &Stored) -> Vec<BoardConfig> {
    let served = stored.catalog.boards.iter().filter(|board| !board.retired && board.scorer != Scorer::Archive);
    let config = |board: &scorelay_engine::StoredBoard| BoardConfig {
        title: board.def.title.clone(),
        unit: board.def.unit.clone(),
        decimals: board.def.decimals,
        rating: board.rating,
        max_rows: limits::MAX_ROWS,
        synthetic: board.def.synthetic,
        ..BoardConfig::new(&board.def.id, board.scorer.clone())
    };
    served.map(config).collect()
}
