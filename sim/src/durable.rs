//! What the store must hold, by the tests' own account: the boards as they stood at every commit, and which of those
//! commits became durable. A core that starts must have exactly that again, trimmed to what it is now configured to
//! keep. How commits are stored is `store.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use scorelay_engine::{BoardConfig, Commit, Engine, Rating, Scorer};
use scorelay_protocol::ids::BatchSeq;

use crate::history::{Board, Row};
use crate::moderation::KeptOff;
use crate::stage::Stage;

/// What makes two configurations of an id the same board.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Meaning {
    decimals: u8,
    synthetic: bool,
    scorer: Scorer,
    rating: Rating,
}

impl Meaning {
    fn of(config: &BoardConfig) -> Self {
        let BoardConfig { decimals, synthetic, scorer, rating, .. } = config.clone();
        Self { decimals, synthetic, scorer, rating }
    }
}

type Boards = BTreeMap<String, (Meaning, Arc<Board>)>;

/// The account.
#[derive(Debug, Default)]
pub struct Durable {
    boards: Boards,
    next_batch: BatchSeq,
    kept_off: KeptOff,
    unsynced: VecDeque<(BatchSeq, Boards, KeptOff)>,
}

impl Durable {
    /// A commit was written when the engine stood like this.
    pub fn written(&mut self, commit: &Commit, stage: &Stage, engine: &Engine) {
        let state = stage.history.now().map(|(_, state)| state.clone()).unwrap_or_default();
        let kept = state.boards.values().filter_map(|board| {
            let config = engine.config(&board.def.id)?;
            Some((config.id.clone(), (Meaning::of(config), board.clone())))
        });
        self.unsynced.push_back((commit.next_batch, kept.collect(), stage.kept_off.clone()));
    }

    /// The oldest commit that was not durable is now.
    pub fn synced(&mut self, commit: &Commit) {
        if let Some((next_batch, boards, kept_off)) = self.unsynced.pop_front() {
            debug_assert_eq!(next_batch, commit.next_batch);
            (self.next_batch, self.kept_off) = (next_batch, kept_off);
            // Boards that are no longer configured keep their rows in the store.
            self.boards.extend(boards);
        }
    }

    /// What was not durable is lost; gives who is still kept off.
    pub fn forget_unsynced(&mut self) -> KeptOff {
        self.unsynced.clear();
        self.kept_off.clone()
    }

    /// Holds a core that has just started against the account.
    ///
    /// # Errors
    /// What differs.
    pub fn check_start(&self, engine: &Engine, configs: &[BoardConfig], stage: &Stage) -> Result<(), String> {
        let seq = engine.boards().seq();
        if seq.0 + 1 < self.next_batch.0 {
            return Err(format!("batches go on after {seq}; {} was due and durable", self.next_batch));
        }
        let (_, state) = stage.history.now().ok_or("there is no state")?;
        let archives = self.boards.iter().filter(|(_, (meaning, _))| meaning.scorer == Scorer::Archive);
        let archives = archives.filter_map(|(id, _)| engine.config(id));
        let configs: Vec<&BoardConfig> = configs.iter().chain(archives).collect();
        if state.boards.len() != configs.len() {
            return Err(format!("{} boards of {} configured and archived ones", state.boards.len(), configs.len()));
        }
        for config in configs {
            let board = state.board(&config.id).ok_or_else(|| format!("board {:?} is missing", config.id))?;
            let kept = self.boards.get(&config.id).filter(|(meaning, _)| *meaning == Meaning::of(config));
            if kept.is_some_and(|(_, kept)| kept.def.uid != board.def.uid || kept.def.board != board.def.board) {
                return Err(format!("board {:?} goes on under another number or uid", config.id));
            }
            let expected = kept.map_or_else(Vec::new, |(_, kept)| self.trimmed(kept, config.max_rows as usize));
            let stands: Vec<&Row> = board.rows().collect();
            let same = |a: &Row, b: &Row| (&a.entity, a.score, a.stamp) == (&b.entity, b.score, b.stamp);
            let differs = (0..expected.len().max(stands.len()))
                .find(|&i| !matches!((expected.get(i), stands.get(i)), (Some(a), Some(b)) if same(a, b)));
            if let Some(i) = differs {
                let text = |row: Option<&&Row>| {
                    row.map_or_else(|| "nothing".to_owned(), |row| format!("{} with {}", row.entity, row.score))
                };
                let (want, have) = (text(expected.get(i)), text(stands.get(i)));
                return Err(format!(
                    "board {:?} starts with {have} at rank {} where {want} was stored",
                    config.id,
                    i + 1
                ));
            }
        }
        Ok(())
    }

    /// The rows left when a board may only have so many: the lowest go first, of equal ones those reached earliest.
    fn trimmed<'b>(&self, board: &'b Board, most: usize) -> Vec<&'b Row> {
        // Who is kept off is also gone from boards that were not served then.
        let mut rows: Vec<&Row> = board.rows().filter(|row| !self.kept_off.holds(&row.entity, &board.def.id)).collect();
        let excess = rows.len().saturating_sub(most);
        let mut order: Vec<&Row> = rows.clone();
        order.sort_by_key(|row| (row.score, row.stamp));
        let out: Vec<_> = order[..excess].iter().map(|row| row.handle).collect();
        rows.retain(|row| !out.contains(&row.handle));
        rows
    }
}
