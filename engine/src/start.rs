//! How an engine comes to be: boards are matched with the stored ones, rows are taken in one by one, boards that have
//! become smaller are trimmed. What all that changes is part of the first commit. It reads no store itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, Stamp};
use scorelay_protocol::limits::MAX_SCORE;
use scorelay_protocol::score::Units;
use scorelay_ranks::{BoardSet, SetError};

use crate::batch::OpenBatch;
use crate::board::BoardMachine;
use crate::commit::Uncommitted;
use crate::config::BoardConfig;
use crate::cut;
use crate::engine::Engine;
use crate::error::StartError;
use crate::evict;
use crate::facts::Wanted;
use crate::kept_off::KeptOff;
use crate::profiles::Profiles;
use crate::rating::Rating;
use crate::recall::Recall;
use crate::reconcile::{Reconciled, reconcile};
use crate::record::{Stored, StoredProfile, StoredRow};
use crate::scoring::copypasta::Copypasta;
use crate::scoring::emotes::EmoteWords;
use crate::sources::Sources;

/// Something the operator should know about a start. Boards that simply go on are not named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Startup {
    /// A board is new.
    Made {
        /// Its id.
        id: String,
    },
    /// A board starts anew: what its scores mean was changed. Its rows go with the first commit.
    Replaced {
        /// Its id.
        id: String,
    },
    /// A board is no longer configured. Its rows stay in the store and are served again when it is, unchanged.
    Retired {
        /// Its id.
        id: String,
    },
    /// A retired board is configured again and has its rows back.
    Revived {
        /// Its id.
        id: String,
    },
    /// A board had more rows than its `max_rows` now allows.
    Trimmed {
        /// Its id.
        id: String,
        /// Rows that were removed.
        rows: u32,
    },
}

impl fmt::Display for Startup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made { id } => write!(f, "board {id:?} is new"),
            Self::Replaced { id } => {
                write!(f, "board {id:?} starts anew: its decimals, scorer, rating or synthetic mark changed")
            }
            Self::Retired { id } => write!(f, "board {id:?} is no longer configured: its rows are kept, not served"),
            Self::Revived { id } => write!(f, "board {id:?} is configured again and has its rows back"),
            Self::Trimmed { id, rows } => write!(f, "board {id:?} had {rows} rows more than its max_rows"),
        }
    }
}

/// An engine that is being loaded.
#[derive(Debug)]
pub struct Loader {
    engine: Engine,
    /// Boards in the store that are not served: their rows are passed over.
    passed_over: BTreeSet<BoardNo>,
    rows: BTreeMap<BoardNo, Vec<(Handle, Units, Stamp)>>,
    /// The highest stamp's batch.
    latest: BatchSeq,
    next_batch: BatchSeq,
    profiles: Vec<(Entity, StoredProfile)>,
    report: Vec<Startup>,
}

impl Loader {
    /// Begins with everything stored but the rows. `uids` gives random numbers for new boards.
    ///
    /// # Errors
    /// [`StartError`] when a board's configuration is not valid or the catalog contradicts itself.
    pub fn new(
        configs: &[BoardConfig],
        stored: Stored,
        core: CoreEpoch,
        uids: &mut dyn FnMut() -> u64,
    ) -> Result<Self, StartError> {
        let before = stored.catalog.clone();
        let Reconciled { machines, catalog, dropped, report } = reconcile(configs, stored.catalog, uids)?;
        let mut boards = BoardSet::new(core);
        let mut passed_over: BTreeSet<BoardNo> = dropped.iter().copied().collect();
        for board in &catalog.boards {
            if board.retired {
                passed_over.insert(board.def.board);
            } else {
                boards.put_board(board.def.clone()).map_err(damaged)?;
            }
        }
        let rows = machines.iter().map(|machine| (machine.no, Vec::new())).collect();
        let log = Uncommitted::new(dropped, catalog != before);
        let wanted = Wanted::of(&machines);
        let mut engine = Engine {
            now: stored.clock,
            due: None,
            boards,
            machines,
            catalog,
            sources: Sources::load(stored.watermarks),
            open: OpenBatch::default(),
            log,
            recall: Recall::default(),
            profiles: Profiles::default(),
            kept_off: KeptOff::load(stored.kept_off),
            wanted,
            emotes: EmoteWords::default(),
            copypasta: Copypasta::default(),
        };
        for (board, ends) in stored.seasons {
            let machine = engine.machines.iter_mut().find(|machine| machine.no == board);
            if let Some(season) = machine.and_then(|machine| machine.season.as_mut()) {
                season.load(ends);
            }
        }
        for (board, entity, playing) in stored.players {
            if let Some(machine) = engine.machines.iter_mut().find(|machine| machine.no == board) {
                machine.clockwork.load(entity, playing);
            }
        }
        Ok(Self {
            engine,
            passed_over,
            rows,
            latest: BatchSeq(0),
            next_batch: stored.next_batch,
            profiles: stored.profiles,
            report,
        })
    }

    /// Whether rows of this board are wanted; rows of others may be left out or given, as is easier.
    pub fn wants(&self, board: BoardNo) -> bool {
        self.rows.contains_key(&board)
    }

    /// Takes in a stored row, in any order.
    ///
    /// # Errors
    /// [`StartError`] when it cannot have been stored by an engine.
    pub fn row(&mut self, row: StoredRow) -> Result<(), StartError> {
        if self.is_banned(&row) {
            // The board was not served when its row was to go.
            self.engine.log.removed(row.board, row.entity);
            return Ok(());
        }
        let Some(rows) = self.rows.get_mut(&row.board) else {
            let known = self.passed_over.contains(&row.board);
            return if known { Ok(()) } else { Err(StartError::StrayRow(row.board)) };
        };
        if !(-MAX_SCORE..=MAX_SCORE).contains(&row.score) {
            return Err(StartError::Damaged(format!("a score of {} units on board number {}", row.score, row.board)));
        }
        let (handle, _) = self.engine.boards.intern(&row.entity).map_err(damaged)?;
        rows.push((handle, row.score, row.stamp));
        self.latest = self.latest.max(row.stamp.batch());
        Ok(())
    }

    fn is_banned(&self, row: &StoredRow) -> bool {
        let Engine { kept_off, machines, .. } = &self.engine;
        let on = |machine: &&BoardMachine| machine.no == row.board;
        kept_off.has_bans_of(&row.entity)
            && machines.iter().find(on).is_some_and(|on| kept_off.is_banned(&row.entity, &on.config.id))
    }

    /// The engine, and what the configuration changed.
    ///
    /// # Errors
    /// [`StartError`] when a row came twice.
    pub fn finish(self) -> Result<(Engine, Vec<Startup>), StartError> {
        let Self { mut engine, rows, latest, next_batch, profiles, mut report, .. } = self;
        for (board, rows) in rows {
            engine.boards.load_rows(board, &rows).map_err(damaged)?;
            let stands = engine.boards.board(board).map_or(0, |board| board.rows().len());
            if stands as usize != rows.len() {
                return Err(StartError::Damaged(format!("rows of board number {board} are there twice")));
            }
        }
        let Engine { machines, boards, .. } = &mut engine;
        for machine in machines {
            let rows = boards.board(machine.no).into_iter().flat_map(|board| board.rows().iter());
            if !matches!(machine.config.rating, Rating::Rate) {
                continue;
            }
            for (handle, key) in rows {
                if let Some(entity) = boards.entity(Handle(handle)) {
                    machine.clockwork.shows(&entity, key.score);
                }
            }
        }
        // Batch numbers, and with them stamps, go on above everything stored; the first ever is 1.
        engine.boards.advance(BatchSeq(latest.0.max(next_batch.0.saturating_sub(1))));
        for machine in &engine.machines {
            let Some(board) = engine.boards.board(machine.no) else { continue };
            let excess = board.rows().len().saturating_sub(machine.config.max_rows);
            let out = evict::victims(board.rows(), |_| false, &[], excess as usize).standing;
            for handle in out.into_iter().map(Handle) {
                cut::remove(&mut engine.boards, &mut engine.log, machine.no, handle);
                if engine.boards.uses(handle) == 0 {
                    engine.boards.free(handle).map_err(damaged)?;
                }
            }
            if excess > 0 {
                report.push(Startup::Trimmed { id: machine.config.id.clone(), rows: excess });
            }
        }
        let others;
        (engine.profiles, others) = Profiles::load(profiles, &engine.boards);
        // Boards that are not served now may have their rows, and be served again.
        if !engine.catalog.boards.iter().any(|board| board.retired) {
            engine.profiles.discard(others);
        }
        engine.due = engine.first_due();
        Ok((engine, report))
    }
}

fn damaged(error: SetError) -> StartError {
    StartError::Damaged(error.to_string())
}
