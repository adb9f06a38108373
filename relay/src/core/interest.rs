//! What the connections of one shard watch together: each feed once, with its newest view. The first connection to
//! watch a feed asks the feed thread for it, the last one to leave gives it back. Which connection watches what is in
//! `mask.rs`.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use scorelay_protocol::client::Request;
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{RequestId, TickNo};
use slab::Slab;

use crate::core::published::{ConnId, FeedCommand, FeedIdx, Published, ShardNo, WatchId};
use crate::core::view::FeedView;

/// A feed's place in its shard's [`Interest`], for as long as a connection watches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Local(u32);

/// A feed that some connection of this shard watches.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) feed: Feed,
    /// As of the last tick; `None` until the feed thread has answered.
    pub(crate) view: Option<Arc<FeedView>>,
    idx: Option<FeedIdx>,
    watch: WatchId,
    conns: u32,
}

/// What decides whether a connection that watches a feed is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The tick at which the feed last changed; `None` until it was first seen.
    pub(crate) changed: Option<TickNo>,
    pub(crate) kind: Kind,
}

/// How much hurry a feed's changes are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A page that is there: as its depth allows.
    Page,
    /// A meet: at once, but its first answer may take as long as the core is away.
    Meet,
    /// Anything else, and a page that has ended: at once.
    Other,
}

/// The feeds that a shard watches.
#[derive(Debug)]
pub(crate) struct Interest {
    shard: ShardNo,
    slots: Slab<Watched>,
    /// By the same places. Every pass looks here for every connection: beside each other these take 24 bytes a feed, where
    /// slots and views behind them missed the cache three times, a sixth of a relay's time with 2,000 windows.
    seen: Vec<Seen>,
    by_feed: FxHashMap<Feed, Local>,
    by_idx: FxHashMap<FeedIdx, Local>,
    serial: u32,
    commands: Vec<FeedCommand>,
}

impl Interest {
    /// Nothing is watched.
    pub(crate) fn new(shard: ShardNo) -> Self {
        Self {
            shard,
            slots: Slab::new(),
            seen: Vec::new(),
            by_feed: FxHashMap::default(),
            by_idx: FxHashMap::default(),
            serial: 0,
            commands: Vec::new(),
        }
    }

    /// A watched feed.
    ///
    /// # Panics
    /// When no connection watches it any more: its place was given back by [`Interest::leave`].
    pub(crate) fn get(&self, local: Local) -> &Watched {
        &self.slots[local.0 as usize]
    }

    /// The place of a feed, if any connection watches it.
    pub(crate) fn find(&self, feed: &Feed) -> Option<Local> {
        self.by_feed.get(feed).copied()
    }

    /// One more connection watches a feed.
    pub(crate) fn join(&mut self, feed: &Feed) -> Local {
        if let Some(local) = self.find(feed) {
            self.slots[local.0 as usize].conns += 1;
            return local;
        }
        self.serial = self.serial.wrapping_add(1);
        let entry = self.slots.vacant_entry();
        let local = Local(entry.key() as u32);
        let watch = WatchId { slot: local.0, serial: self.serial };
        entry.insert(Watched { feed: feed.clone(), view: None, idx: None, watch, conns: 1 });
        let seen = Seen { changed: None, kind: Kind::of(feed, None) };
        match self.seen.get_mut(local.0 as usize) {
            Some(place) => *place = seen,
            None => self.seen.push(seen),
        }
        self.by_feed.insert(feed.clone(), local);
        self.commands.push(FeedCommand::Watch { shard: self.shard, watch, feed: feed.clone() });
        local
    }

    /// One connection less watches a feed.
    pub(crate) fn leave(&mut self, local: Local) {
        let watched = &mut self.slots[local.0 as usize];
        watched.conns -= 1;
        if watched.conns > 0 {
            return;
        }
        let Watched { feed, idx, watch, .. } = self.slots.remove(local.0 as usize);
        self.by_feed.remove(&feed);
        if let Some(idx) = idx {
            self.by_idx.remove(&idx);
        }
        self.commands.push(FeedCommand::Unwatch { shard: self.shard, watch, feed });
    }

    /// A connection asks something.
    pub(crate) fn ask(&mut self, conn: ConnId, id: RequestId, body: Request) {
        self.commands.push(FeedCommand::Request { shard: self.shard, conn, id, body });
    }

    /// A connection asks the core something about meets.
    pub(crate) fn ask_meet(&mut self, conn: ConnId, id: RequestId, address: [u8; 16], body: Vec<u8>) {
        self.commands.push(FeedCommand::Meet { shard: self.shard, conn, id, address, body });
    }

    /// A connection that asked about meets is gone.
    pub(crate) fn gone(&mut self, conn: ConnId) {
        self.commands.push(FeedCommand::Gone { shard: self.shard, conn });
    }

    /// Takes in the next tick.
    pub(crate) fn publish(&mut self, published: &Published) {
        for (idx, view) in &published.changed {
            if let Some(&local) = self.by_idx.get(idx) {
                self.show(local, view);
            }
        }
        let shard = self.shard;
        for admitted in published.admitted.iter().filter(|admitted| admitted.shard == shard) {
            let Some(watched) = self.slots.get_mut(admitted.watch.slot as usize) else { continue };
            if watched.watch == admitted.watch {
                watched.idx = Some(admitted.idx);
                let local = Local(admitted.watch.slot);
                self.by_idx.insert(admitted.idx, local);
                self.show(local, &admitted.view);
            }
        }
    }

    fn show(&mut self, local: Local, view: &Arc<FeedView>) {
        let watched = &mut self.slots[local.0 as usize];
        self.seen[local.0 as usize] = Seen { changed: Some(view.changed()), kind: Kind::of(&watched.feed, Some(view)) };
        watched.view = Some(view.clone());
    }

    /// Commands for the feed thread since the last call.
    pub(crate) fn drain_commands(&mut self) -> Vec<FeedCommand> {
        std::mem::take(&mut self.commands)
    }

    /// What there is to know of a watched feed, as of the last tick.
    ///
    /// # Panics
    /// Where nothing ever was watched at this place.
    pub(crate) fn seen(&self, local: Local) -> Seen {
        self.seen[local.0 as usize]
    }
}

impl Kind {
    fn of(feed: &Feed, view: Option<&FeedView>) -> Self {
        match feed {
            Feed::Page { .. } if !view.is_some_and(FeedView::is_gone) => Self::Page,
            Feed::Meet { .. } => Self::Meet,
            Feed::Page { .. } | Feed::Track { .. } | Feed::Directory => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::published::Admitted;
    use scorelay_protocol::entity::Entity;
    use scorelay_protocol::tick::Freshness;

    fn track(entity: &str) -> Feed {
        let entity: Entity = entity.parse().unwrap();
        Feed::Track { entity }
    }

    fn published(changed: &[(u32, u64)], admitted: &[(WatchId, u32, u64)]) -> Published {
        let view = |tick| Arc::new(FeedView::new(TickNo(tick), b"x"));
        let admit = |&(watch, idx, tick): &(WatchId, u32, u64)| Admitted {
            shard: ShardNo(0),
            watch,
            idx: FeedIdx(idx),
            view: view(tick),
        };
        Published {
            tick: TickNo(9),
            freshness: Freshness::Live,
            platforms: Arc::default(),
            boards: Arc::default(),
            changed: changed.iter().map(|&(idx, tick)| (FeedIdx(idx), view(tick))).collect(),
            admitted: admitted.iter().map(admit).collect(),
            answers: Vec::new(),
        }
    }

    fn watch_of(command: &FeedCommand) -> WatchId {
        match command {
            FeedCommand::Watch { watch, .. } | FeedCommand::Unwatch { watch, .. } => *watch,
            other => panic!("nobody asked: {other:?}"),
        }
    }

    #[test]
    fn the_first_to_watch_asks_and_the_last_to_leave_gives_back() {
        let mut interest = Interest::new(ShardNo(0));
        let local = interest.join(&track("a:1"));
        assert_eq!(interest.join(&track("a:1")), local);
        assert_eq!(interest.drain_commands().len(), 1);
        interest.leave(local);
        assert_eq!(interest.drain_commands(), []);
        interest.leave(local);
        assert!(matches!(interest.drain_commands()[..], [FeedCommand::Unwatch { .. }]));
        assert_eq!(interest.find(&track("a:1")), None);
    }

    #[test]
    fn an_answer_to_a_watch_that_ended_finds_nobody() {
        let mut interest = Interest::new(ShardNo(0));
        let old = interest.join(&track("a:1"));
        interest.leave(old);
        let new = interest.join(&track("b:2"));
        let asked: Vec<WatchId> = interest.drain_commands().iter().map(watch_of).collect();
        interest.publish(&published(&[], &[(asked[0], 5, 3)]));
        assert_eq!(interest.seen(new).changed, None, "that was for the one before in this place");
        interest.publish(&published(&[(6, 4)], &[(asked[2], 6, 4)]));
        interest.publish(&published(&[(5, 7)], &[]));
        assert_eq!(interest.seen(new).changed, Some(TickNo(4)));
        interest.publish(&published(&[(6, 8)], &[]));
        assert_eq!(interest.seen(new).changed, Some(TickNo(8)));
    }
}
