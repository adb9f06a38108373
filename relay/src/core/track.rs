//! Tracked entities: where each stands on every board, which may be nowhere. A score of its own is told at the next
//! tick, a rank that only others changed about once a second: a few entities are looked at in turn each tick. How the
//! views reach clients is `feeds.rs`'s affair.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use scorelay_protocol::codec;
use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::feed::{BoardStanding, Body, Standing};
use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_protocol::limits::{BATCH_CHANGES, TRACK_RANK_MS};
use scorelay_ranks::{BoardSet, Moved};

use crate::core::page_feed::Now;
use crate::core::pages::Change;
use crate::core::published::FeedIdx;
use crate::core::view::FeedView;

/// The tracked entities.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    feeds: BTreeMap<FeedIdx, TrackFeed>,
    by_handle: FxHashMap<u32, FeedIdx>,
    /// Those whose entity has no handle.
    unbound: BTreeMap<Entity, FeedIdx>,
    /// Handles of rows that came in since the last tick, while there are unbound ones.
    newcomers: Vec<u32>,
    search_all: bool,
    /// To be looked at at the next tick.
    due: BTreeSet<FeedIdx>,
    /// Whose turn it is to have its rank looked at.
    turn: FeedIdx,
    /// How many more have to be looked at until every rank is known to be right.
    unsure: usize,
}

#[derive(Debug)]
struct TrackFeed {
    entity: Entity,
    /// By this relay's numbers, once its platform has one.
    wire: Option<WireEntity>,
    handle: Option<Handle>,
    /// As last published, by board.
    standings: Vec<(BoardNo, Standing)>,
    view: Option<Arc<FeedView>>,
}

impl Tracks {
    /// An entity is tracked from now on; it can be seen after the next tick.
    pub(crate) fn watch(&mut self, entity: Entity, idx: FeedIdx) {
        self.unbound.insert(entity.clone(), idx);
        self.search_all = true;
        self.due.insert(idx);
        // It may take the turn of one that is still to be looked at.
        self.unsure += usize::from(self.unsure > 0);
        self.feeds.insert(idx, TrackFeed { entity, wire: None, handle: None, standings: Vec::new(), view: None });
    }

    /// Nobody tracks it any more.
    pub(crate) fn unwatch(&mut self, idx: FeedIdx) {
        let Some(feed) = self.feeds.remove(&idx) else { return };
        self.due.remove(&idx);
        match feed.handle {
            Some(handle) => self.by_handle.remove(&handle.0),
            None => self.unbound.remove(&feed.entity),
        };
    }

    /// A row changed.
    pub(crate) fn moved(&mut self, moved: &Moved) {
        if self.feeds.is_empty() {
            return;
        }
        self.unsure = self.feeds.len();
        if let Some(&idx) = self.by_handle.get(&moved.handle.0) {
            self.due.insert(idx);
        } else if moved.old.is_none() && !self.unbound.is_empty() && !self.search_all {
            self.newcomers.push(moved.handle.0);
            // Past that, looking for every entity without a handle is cheaper than remembering.
            self.search_all = self.newcomers.len() > BATCH_CHANGES;
        }
    }

    /// A handle stands for nothing any more; its rows are gone.
    pub(crate) fn freed(&mut self, handle: Handle) {
        if let Some(idx) = self.by_handle.remove(&handle.0)
            && let Some(feed) = self.feeds.get_mut(&idx)
        {
            feed.handle = None;
            self.unbound.insert(feed.entity.clone(), idx);
            self.due.insert(idx);
        }
    }

    /// Boards went with all their rows, or came back with others.
    pub(crate) fn cleared(&mut self) {
        self.due.extend(self.feeds.keys());
    }

    /// Another set took the place of the one followed so far.
    pub(crate) fn swapped(&mut self) {
        self.by_handle.clear();
        self.newcomers.clear();
        self.search_all = true;
        for (&idx, feed) in &mut self.feeds {
            feed.handle = None;
            self.unbound.insert(feed.entity.clone(), idx);
        }
        self.cleared();
    }

    /// Whether a tracked entity's own row may have changed.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.due.is_empty() || (!self.unbound.is_empty() && (self.search_all || !self.newcomers.is_empty()))
    }

    /// Whether ranks may have changed that were not looked at since.
    pub(crate) fn is_unsure(&self) -> bool {
        self.unsure > 0 && !self.feeds.is_empty()
    }

    /// A tracked entity as last published.
    pub(crate) fn view(&self, idx: FeedIdx) -> Option<&Arc<FeedView>> {
        self.feeds.get(&idx)?.view.as_ref()
    }

    /// Brings those whose own row changed to the set, and some of the others: as many as keep each about a second
    /// apart, `elapsed_ms` after the last call.
    pub(crate) fn tick(&mut self, now: Now<'_>, elapsed_ms: u64, changed: &mut Vec<Change>) {
        self.bind(now.set);
        self.take_turns(elapsed_ms);
        for idx in std::mem::take(&mut self.due) {
            let Some(feed) = self.feeds.get_mut(&idx) else { continue };
            if let Some(view) = feed.update(now) {
                changed.push((idx, view));
            }
        }
    }

    fn bind(&mut self, set: &BoardSet) {
        let newcomers = std::mem::take(&mut self.newcomers);
        let found: Vec<(Entity, Handle)> = if std::mem::take(&mut self.search_all) {
            self.unbound.keys().filter_map(|entity| Some((entity.clone(), set.find(entity)?))).collect()
        } else {
            let entity = |&handle: &u32| Some((set.entity(Handle(handle))?, Handle(handle)));
            newcomers.iter().filter_map(entity).filter(|(entity, _)| self.unbound.contains_key(entity)).collect()
        };
        for (entity, handle) in found {
            if let Some(idx) = self.unbound.remove(&entity)
                && let Some(feed) = self.feeds.get_mut(&idx)
            {
                feed.handle = Some(handle);
                self.by_handle.insert(handle.0, idx);
                self.due.insert(idx);
            }
        }
    }

    fn take_turns(&mut self, elapsed_ms: u64) {
        let all = self.feeds.len() as u64;
        let share = (all * elapsed_ms.min(TRACK_RANK_MS)).div_ceil(TRACK_RANK_MS) as usize;
        let count = share.min(self.unsure);
        self.unsure -= count;
        let from_turn = self.feeds.range(self.turn..).chain(self.feeds.range(..self.turn)).map(|(&idx, _)| idx);
        let chosen: Vec<FeedIdx> = from_turn.take(count).collect();
        if let Some(last) = chosen.last() {
            self.turn = FeedIdx(last.0 + 1);
        }
        self.due.extend(chosen);
    }
}

impl TrackFeed {
    /// The view after bringing it to now, if that is anything new.
    fn update(&mut self, now: Now<'_>) -> Option<Arc<FeedView>> {
        let standings = self.standings(now);
        if self.view.is_some() && standings == self.standings {
            return None;
        }
        if self.wire.is_none() {
            self.wire = now.numbers.own(&self.entity);
        }
        let was = |board| self.standings.iter().find(|(no, _)| *no == board).map(|(_, at)| at);
        let is = |board| standings.iter().find(|(no, _)| *no == board).map(|(_, at)| at);
        let news = standings.iter().filter(|(board, at)| was(*board) != Some(at));
        let left = self.standings.iter().filter(|(board, _)| is(*board).is_none());
        let changes = news
            .map(|&(board, at)| BoardStanding { board, at: Some(at) })
            .chain(left.map(|&(board, _)| BoardStanding { board, at: None }))
            .collect();
        let whole = standings.iter().map(|&(board, at)| BoardStanding { board, at: Some(at) }).collect();
        let snapshot = self.body(true, whole);
        let view = match &self.view {
            None => FeedView::new(now.tick, &snapshot),
            Some(before) => before.then(now.tick, &self.body(false, changes), &snapshot),
        };
        self.standings = standings;
        self.view = Some(Arc::new(view));
        self.view.clone()
    }

    fn standings(&self, now: Now<'_>) -> Vec<(BoardNo, Standing)> {
        let Some(handle) = self.handle else { return Vec::new() };
        let standing = |(core, no)| {
            let rows = now.set.board(core)?.rows();
            let score = rows.get(handle.0)?.score;
            Some((no, Standing { rank: rows.rank_of(handle.0)? + 1, score }))
        };
        now.numbers.boards().filter_map(standing).collect()
    }

    fn body(&self, reset: bool, standings: Vec<BoardStanding>) -> Vec<u8> {
        codec::encode(&match &self.wire {
            Some(entity) => Body::Track { entity: entity.clone(), reset, standings },
            None => Body::TrackNowhere { entity: self.entity.clone() },
        })
    }
}
