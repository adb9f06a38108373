//! One tick applied to the replicas: whole or not at all.
//!
//! Every body is checked and worked out beside the replicas first; only when all fit are they committed. A body for
//! a feed that is not in the mask, or was added by a `Watch` the relay has not taken in yet, is passed over.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::{BoardNo, Generation, Position, TickNo};
use scorelay_protocol::page::{PageOp, Row};
use scorelay_protocol::tick::{Tick, TickHead};

use super::directory::Directory;
use super::pages::{self, PageKey};
use super::replica::Replica;
use super::sorted::{Map, Set};
use super::tracks::{self, Standings};

/// A message does not fit what came before it; says what is wrong. The connection must be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit(pub(crate) &'static str);

/// What a tick changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Pages that became level, changed, or are gone.
    pub(crate) pages: Set<PageKey>,
    /// Boards whose exact row count came.
    pub(crate) totals: Set<BoardNo>,
    pub(crate) tracks: Set<Entity>,
    /// The directory as it was, where it changed.
    pub(crate) directory_before: Option<Directory>,
    pub(crate) freshness: bool,
    /// Feeds left the mask by themselves.
    pub(crate) gone: bool,
}

/// New states beside the old ones.
#[derive(Default)]
struct Staged {
    /// `None`: gone.
    pages: Map<PageKey, Option<Vec<Row>>>,
    tracks: Map<Entity, Standings>,
    directory: Option<Directory>,
}

impl Replica {
    /// Applies a tick.
    ///
    /// # Errors
    /// [`Misfit`] when any part does not fit; nothing that a user sees has changed then.
    pub(crate) fn apply(&mut self, tick: Tick) -> Result<Changes, Misfit> {
        let Tick { head, bodies } = tick;
        let position = self.advanced(head.ticks)?;
        let echoed = self.newly_echoed(head.generation)?;
        self.directory.check_counts(&head.totals)?;
        self.platforms.learn(&head.platforms)?;
        let mut staged = Staged::default();
        for body in bodies {
            self.stage(&mut staged, body, echoed)?;
        }
        self.position = Some(position);
        self.echoed = echoed;
        Ok(self.commit(&head, staged))
    }

    fn advanced(&self, ticks: u64) -> Result<Position, Misfit> {
        let from = self.position.ok_or(Misfit("a tick before the welcome"))?;
        let tick = from.tick.0.checked_add(ticks).ok_or(Misfit("a tick past all time"))?;
        Ok(Position { tick: TickNo(tick), ..from })
    }

    fn newly_echoed(&self, generation: Option<Generation>) -> Result<Generation, Misfit> {
        match generation {
            None => Ok(self.echoed),
            Some(new) if new > self.echoed && new <= self.sent => Ok(new),
            Some(_) => Err(Misfit("a generation that was not sent")),
        }
    }

    fn stage(&self, staged: &mut Staged, body: Body, echoed: Generation) -> Result<(), Misfit> {
        let current = |added: Option<Generation>| added.is_some_and(|added| added <= echoed);
        match body {
            Body::PageSnapshot { board, page, rows } => {
                if current(self.pages.added((board, page))) {
                    self.check_rows(rows.0.iter())?;
                    self.stage_page(staged, (board, page), |_| Ok(rows.0))?;
                }
            }
            Body::PageDelta { board, page, ops } => {
                if current(self.pages.added((board, page))) {
                    // Rows that were there before have been checked before.
                    self.check_rows(ops.iter().filter_map(|op| match op {
                        PageOp::Insert { row, .. } => Some(row),
                        PageOp::Score { .. } | PageOp::Move { .. } | PageOp::Remove { .. } => None,
                    }))?;
                    self.stage_page(staged, (board, page), |base| {
                        let base = base.ok_or(Misfit("changes of a page that was not sent"))?;
                        pages::patched(base.clone(), ops)
                    })?;
                }
            }
            Body::Gone { board, page } => {
                if current(self.pages.added((board, page))) {
                    staged.pages.insert((board, page), None);
                }
            }
            Body::Track { entity, reset, standings } => {
                self.platforms.check(&entity)?;
                let entity = self.platforms.entity(&entity).ok_or(Misfit("an unnamed platform"))?;
                if current(self.tracks.added(&entity)) {
                    let base = staged.tracks.remove(&entity).or_else(|| self.tracks.base(&entity).cloned());
                    staged.tracks.insert(entity, tracks::patched(base, reset, standings)?);
                }
            }
            Body::TrackNowhere { entity } => {
                if current(self.tracks.added(&entity)) {
                    staged.tracks.insert(entity, Standings::default());
                }
            }
            // Bodies of meets are read where meets are known.
            Body::Meet { .. } | Body::MeetGone { .. } => {}
            Body::Directory { reset, changes } => {
                if current(Some(self.directory.added())) {
                    let directory = staged.directory.get_or_insert_with(|| self.directory.clone());
                    directory.apply(reset, changes, |board| self.pages.watches(board))?;
                }
            }
        }
        Ok(())
    }

    /// Works out a page's rows from those it is to be patched on; a page that is gone stays gone.
    fn stage_page(
        &self,
        staged: &mut Staged,
        key: PageKey,
        work: impl FnOnce(Option<&Vec<Row>>) -> Result<Vec<Row>, Misfit>,
    ) -> Result<(), Misfit> {
        let rows = match staged.pages.get(&key) {
            Some(None) => return Ok(()),
            Some(Some(rows)) => work(Some(rows))?,
            None => work(self.pages.base(key))?,
        };
        staged.pages.insert(key, Some(rows));
        Ok(())
    }

    fn check_rows<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Result<(), Misfit> {
        rows.into_iter().try_for_each(|row| self.platforms.check(&row.entity))
    }

    fn commit(&mut self, head: &TickHead, staged: Staged) -> Changes {
        let mut changes = Changes { freshness: head.freshness.is_some(), ..Changes::default() };
        if let Some(directory) = staged.directory {
            changes.directory_before = Some(std::mem::replace(&mut self.directory, directory));
            self.pages.keep_boards(|board| self.directory.get(board).is_some());
        }
        self.directory.count(&head.totals, |board| self.pages.watches(board));
        changes.totals = head.totals.iter().map(|total| total.board).collect();
        for (key, rows) in staged.pages.into_entries() {
            changes.pages.insert(key);
            match rows {
                Some(rows) => self.pages.commit(key, rows),
                None => {
                    self.pages.remove(key);
                    self.directory.bury(key.0);
                    changes.gone = true;
                }
            }
        }
        for (entity, standings) in staged.tracks.into_entries() {
            self.tracks.commit(&entity, standings);
            changes.tracks.insert(entity);
        }
        if let Some(freshness) = head.freshness {
            self.freshness = freshness;
        }
        changes
    }
}
