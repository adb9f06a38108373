//! The feed thread's half: everything watched on this relay. [`Feeds`] is told what changes in a set of boards and what
//! shards want, and turns both into one immutable [`Published`] per tick. It never sees a connection (`shard.rs`)
//! nor a link (`hub.rs`); pages, tracks and the directory each have a file of their own.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use scorelay_protocol::client::Request;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{BoardNo, RequestId, TickNo};
use scorelay_protocol::meet::request::Session;
use scorelay_protocol::tick::Freshness;
use scorelay_ranks::{BoardSet, SetEvent};
use slab::Slab;

use crate::core::clock::Millis;
use crate::core::directory::Directory;
use crate::core::meets::shown::Meets;
use crate::core::numbers::Numbers;
use crate::core::page_feed::{Now, PageKey};
use crate::core::pages::{Change, Pages};
use crate::core::published::{Admitted, Answer, ConnId, FeedCommand, FeedIdx, Published, ShardNo, WatchId};
use crate::core::requests;
use crate::core::track::Tracks;
use crate::core::view::FeedView;

/// All watched feeds of one relay process.
///
/// A tick gets a number, one more than the last, only when it is published: a quiet relay counts none.
#[derive(Debug)]
pub struct Feeds {
    tick: TickNo,
    tick_ms: u64,
    /// When `tick` last did its work.
    ran_at: Option<Millis>,
    freshness: Freshness,
    published_freshness: Option<Freshness>,
    numbers: Numbers,
    /// Boards told to be gone whose watchers do not know yet.
    gone: Vec<BoardNo>,
    defs_changed: bool,
    by_feed: FxHashMap<Feed, FeedIdx>,
    slots: Slab<Slot>,
    asked: Vec<(ShardNo, WatchId, Feed)>,
    requests: Vec<(ShardNo, ConnId, RequestId, Request)>,
    directory: Directory,
    pages: Pages,
    tracks: Tracks,
    meets: Meets,
    /// Watchers of meets that there is nothing to show of yet.
    waiting: Vec<(ShardNo, WatchId, Feed)>,
    boards: Arc<[Option<u32>]>,
}

/// A watched feed.
#[derive(Debug)]
struct Slot {
    feed: Feed,
    /// Shards that watch it; one more for the directory, which stays.
    shards: u32,
    /// Its last view, where it is a page of a board that is gone.
    ended: Option<Arc<FeedView>>,
}

/// What a relay's feeds amount to, for its operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedCounts {
    /// Feeds that a shard watches.
    pub feeds: usize,
    /// Pages among them.
    pub pages: usize,
    /// Bytes of pages kept although nobody watches them.
    pub idle_bytes: usize,
}

impl Feeds {
    /// No feeds yet, before the first tick. `freshness` is what watchers are told until it changes.
    pub fn new(tick_ms: u64, freshness: Freshness) -> Self {
        let mut slots = Slab::new();
        let directory = FeedIdx(slots.insert(Slot { feed: Feed::Directory, shards: 1, ended: None }) as u32);
        Self {
            tick: TickNo(0),
            tick_ms,
            ran_at: None,
            freshness,
            published_freshness: None,
            numbers: Numbers::default(),
            gone: Vec::new(),
            defs_changed: false,
            by_feed: FxHashMap::from_iter([(Feed::Directory, directory)]),
            slots,
            asked: Vec::new(),
            requests: Vec::new(),
            directory: Directory::default(),
            pages: Pages::new(),
            tracks: Tracks::default(),
            meets: Meets::new(tick_ms),
            waiting: Vec::new(),
            boards: Arc::default(),
        }
    }

    /// Takes a shard's command; it shows in the next tick.
    pub fn command(&mut self, command: FeedCommand) {
        match command {
            FeedCommand::Watch { shard, watch, feed } => {
                self.watch(&feed);
                self.asked.push((shard, watch, feed));
            }
            FeedCommand::Unwatch { shard, watch, feed } => {
                self.asked.retain(|(by, id, _)| (*by, *id) != (shard, watch));
                self.waiting.retain(|(by, id, _)| (*by, *id) != (shard, watch));
                self.unwatch(&feed);
            }
            FeedCommand::Request { shard, conn, id, body } => self.requests.push((shard, conn, id, body)),
            // Those are for the core.
            FeedCommand::Meet { .. } | FeedCommand::Gone { .. } => {}
        }
    }

    /// When something that was put off about meets is to be asked.
    pub(crate) fn meets_at(&self) -> Option<Millis> {
        self.meets.wake_at()
    }

    /// What is watched of meets.
    pub(crate) fn meets(&mut self) -> &mut Meets {
        &mut self.meets
    }

    /// Pass every event of the set that `tick` is given, as [`BoardSet::apply`] and its like tell it.
    pub fn observe(&mut self, event: &SetEvent) {
        match event {
            SetEvent::Moved(moved) => {
                if let Some(board) = self.numbers.board(moved.board) {
                    self.pages.moved(board, moved);
                }
                self.tracks.moved(moved);
                if moved.old.is_none() || moved.new.is_none() {
                    self.directory.counts_changed();
                }
            }
            SetEvent::Freed { handle, .. } => {
                self.pages.freed(*handle);
                self.tracks.freed(*handle);
            }
            SetEvent::BoardPut(_) => self.defs_changed = true,
            SetEvent::BoardGone(core) => {
                self.defs_changed = true;
                self.tracks.cleared();
                if let Some(board) = self.numbers.board(*core) {
                    self.pages.cleared(board);
                }
            }
        }
    }

    /// Another set takes the place of the one followed so far: the first one, or after a core's restart. Watchers are
    /// told what differs.
    pub fn swapped(&mut self, new: &BoardSet) {
        self.gone.extend(self.numbers.follow(new));
        self.defs_changed = false;
        self.directory.defs_changed();
        self.pages.swapped(new, &self.numbers);
        self.tracks.swapped();
    }

    /// Whether what is shown follows the core.
    pub fn set_freshness(&mut self, freshness: Freshness) {
        self.freshness = freshness;
    }

    /// When [`Feeds::tick`] wants to be called: `None` while there is nothing to do. At once is any moment not after
    /// now. The first change after quiet is wanted at once, later ones a tick apart.
    pub fn next_tick_at(&self) -> Option<Millis> {
        let soonest = self.ran_at.map_or(Millis(0), |at| at.plus(self.tick_ms));
        if self.is_dirty() || self.tracks.is_unsure() {
            return Some(soonest);
        }
        self.directory.counts_at().map(|at| at.max(soonest))
    }

    fn is_dirty(&self) -> bool {
        self.published_freshness != Some(self.freshness)
            || !self.asked.is_empty()
            || !self.requests.is_empty()
            || self.defs_changed
            || !self.gone.is_empty()
            || self.directory.is_dirty()
            || self.pages.is_dirty()
            || self.tracks.is_dirty()
            || self.meets.is_dirty()
    }

    /// Brings what is watched to `set`: `None` while there is none that may be shown, before a relay was ever level
    /// with its core or while it catches up. Gives nothing where nobody needs to know anything new.
    pub fn tick(&mut self, at: Millis, set: Option<&BoardSet>) -> Option<Arc<Published>> {
        let elapsed_ms = self.ran_at.map_or(0, |before| at.since(before)).min(2 * self.tick_ms);
        self.ran_at = Some(at);
        let tick = TickNo(self.tick.0 + 1);
        let mut changed = Vec::new();
        let mut admitted = Vec::new();
        let mut totals_changed = false;
        if let Some(set) = set {
            self.bring_up(at, tick, set, elapsed_ms, &mut changed);
            admitted = self.admit();
            totals_changed = self.count_rows(set);
        }
        let answers = self.answer(set);
        let fresh = self.published_freshness == Some(self.freshness);
        if fresh && !totals_changed && changed.is_empty() && admitted.is_empty() && answers.is_empty() {
            return None;
        }
        self.tick = tick;
        self.published_freshness = Some(self.freshness);
        Some(Arc::new(Published {
            tick,
            freshness: self.freshness,
            platforms: self.numbers.names().clone(),
            boards: self.boards.clone(),
            changed,
            admitted,
            answers,
        }))
    }

    /// What is watched, in numbers.
    pub fn counts(&self) -> FeedCounts {
        let (pages, idle_bytes) = self.pages.sizes();
        FeedCounts { feeds: self.slots.len(), pages, idle_bytes }
    }

    fn watch(&mut self, feed: &Feed) {
        if let Some(idx) = self.by_feed.get(feed) {
            self.slots[idx.0 as usize].shards += 1;
            return;
        }
        let idx = FeedIdx(self.slots.insert(Slot { feed: feed.clone(), shards: 1, ended: None }) as u32);
        self.by_feed.insert(feed.clone(), idx);
        match feed {
            Feed::Directory => {}
            Feed::Page { board, page } => self.pages.watch(PageKey { board: *board, page: *page }, idx),
            Feed::Track { entity } => self.tracks.watch(entity.clone(), idx),
            Feed::Meet { meet, display } => self.meets.watch(Session { meet: *meet, token: *display }, idx),
        }
    }

    fn unwatch(&mut self, feed: &Feed) {
        let Some(&idx) = self.by_feed.get(feed) else { return };
        let slot = &mut self.slots[idx.0 as usize];
        slot.shards -= 1;
        if slot.shards > 0 {
            return;
        }
        self.slots.remove(idx.0 as usize);
        self.by_feed.remove(feed);
        match feed {
            Feed::Directory => {}
            Feed::Page { board, page } => self.pages.unwatch(PageKey { board: *board, page: *page }),
            Feed::Track { .. } => self.tracks.unwatch(idx),
            Feed::Meet { meet, display } => self.meets.unwatch(Session { meet: *meet, token: *display }),
        }
    }

    fn bring_up(&mut self, at: Millis, tick: TickNo, set: &BoardSet, elapsed_ms: u64, changed: &mut Vec<Change>) {
        if std::mem::take(&mut self.defs_changed) || self.numbers.lags_platforms(set) {
            let gone = self.numbers.follow(set);
            if !gone.is_empty() {
                // Rows stand where they stood under another number where their board has another id.
                self.tracks.cleared();
            }
            self.gone.extend(gone);
            self.directory.defs_changed();
        }
        let now = Now { tick, set, numbers: &self.numbers };
        if let Some(view) = self.directory.tick(at, now) {
            changed.extend(self.by_feed.get(&Feed::Directory).map(|&idx| (idx, view)));
        }
        for board in std::mem::take(&mut self.gone) {
            self.pages.end(board, now, changed);
        }
        self.pages.tick(now, changed);
        self.tracks.tick(now, elapsed_ms, changed);
        let others = changed.len();
        self.meets.tick(tick, changed);
        if changed.len() > others {
            self.asked.append(&mut self.waiting);
        }
        for (idx, view) in changed.iter().filter(|(_, view)| view.is_gone()) {
            self.slots[idx.0 as usize].ended = Some(view.clone());
        }
    }

    fn admit(&mut self) -> Vec<Admitted> {
        let asked = std::mem::take(&mut self.asked);
        let mut admitted = Vec::new();
        for (shard, watch, feed) in asked {
            let Some(&idx) = self.by_feed.get(&feed) else { continue };
            let slot = &self.slots[idx.0 as usize];
            let view = slot.ended.as_ref().or_else(|| match &slot.feed {
                Feed::Directory => self.directory.view(),
                Feed::Page { board, page } => self.pages.view(PageKey { board: *board, page: *page }),
                Feed::Track { .. } => self.tracks.view(idx),
                Feed::Meet { meet, display } => self.meets.view(Session { meet: *meet, token: *display }),
            });
            match (view, &feed) {
                (Some(view), _) => admitted.push(Admitted { shard, watch, idx, view: view.clone() }),
                (None, Feed::Meet { .. }) => self.waiting.push((shard, watch, feed)),
                (None, _) => {}
            }
        }
        admitted
    }

    /// Counts rows anew; whether a count changed that anybody watches.
    fn count_rows(&mut self, set: &BoardSet) -> bool {
        let mut boards = vec![None; self.numbers.given() as usize];
        for (core, no) in self.numbers.boards() {
            boards[no.0 as usize] = set.board(core).map(|board| board.rows().len());
        }
        if boards[..] == self.boards[..] {
            return false;
        }
        let before = std::mem::replace(&mut self.boards, boards.into());
        let differs = |no: usize| before.get(no).copied().flatten() != self.boards[no];
        (0..self.boards.len()).any(|no| differs(no) && self.pages.watches(BoardNo(no as u32)))
    }

    fn answer(&mut self, set: Option<&BoardSet>) -> Vec<Answer> {
        let requests = std::mem::take(&mut self.requests);
        let answer = |(shard, conn, id, body)| {
            let not_ready = || WireError::new(ErrorCode::NotReady, "the relay is catching up with the core");
            let result = set.ok_or_else(not_ready).and_then(|set| requests::answer(set, &self.numbers, &body));
            Answer { shard, conn, id, result }
        };
        requests.into_iter().map(answer).collect()
    }
}
