//! Everything a relay is, apart from its connections: the link above it, its copy of the boards, the links below it and
//! the watched feeds, stepped from outside on one thread. It owns no timers; after each call, `poll_link` and
//! `next_tick_at` say what is to be done. Connections are in `shard.rs`, I/O is in the shell.

use std::sync::Arc;

use bytes::Bytes;
use scorelay_protocol::error::WireError;
use scorelay_protocol::frame;
use scorelay_protocol::ids::{NodeId, RelayEpoch, UnixMillis};
use scorelay_protocol::link::{Accepted, LinkDown};
use scorelay_protocol::tick::Freshness;
use scorelay_ranks::{BoardSet, SetEvent};

use crate::core::clock::Millis;
use crate::core::feeds::Feeds;
use crate::core::inlet::{Arrival, Inlet, Now};
use crate::core::link_error::LinkError;
use crate::core::outlet::{LinkId, LinkLimits, Outlet};
use crate::core::published::{FeedCommand, Published};

/// What a [`Hub`] is made of.
#[derive(Debug, Clone, Copy)]
pub struct HubConfig {
    /// Random id of this run, for hop lists.
    pub node: NodeId,
    /// Random id of this run, for clients' positions.
    pub epoch: RelayEpoch,
    /// Shortest time between ticks.
    pub tick_ms: u64,
    /// Bounds of the links below.
    pub links: LinkLimits,
}

/// What upstream wants of the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upcall {
    /// To be answered with a `Pong` of this number.
    Ping(u64),
    /// The answer to a `Ping` of this number.
    Pong(u64),
    /// It is about to close the link.
    GoAway {
        /// Milliseconds after which to connect again.
        retry_after_ms: u32,
    },
    /// It does not let this relay in.
    Refused(WireError),
}

/// One relay's upstream half.
#[derive(Debug)]
pub struct Hub {
    inlet: Inlet,
    outlet: Outlet,
    feeds: Feeds,
    freshness: Freshness,
    /// Changes told by the boards during one message; empty between messages.
    events: Vec<SetEvent>,
}

impl Hub {
    /// A relay without upstream and boards; it is stale since `now`.
    pub fn new(config: HubConfig, now: Now) -> Self {
        let inlet = Inlet::new(config.node, now);
        let freshness = Freshness::Stale { since: now.wall };
        let mut outlet = Outlet::with_limits(inlet.path().to_vec(), config.links);
        outlet.stale(Some(now.wall));
        let feeds = Feeds::new(config.epoch, config.tick_ms, freshness);
        Self { inlet, outlet, feeds, freshness, events: Vec::new() }
    }

    /// Upstream let this relay in; for a shell that takes the handshake's answer apart itself.
    ///
    /// # Errors
    /// [`LinkError`] when it may not be followed. The link is to be closed.
    pub fn upstream_accepted(&mut self, now: Now, accepted: Accepted) -> Result<(), LinkError> {
        let result = self.inlet.accepted(now, accepted);
        self.settle(now);
        result
    }

    /// A whole frame from upstream, length included; the first may be its answer to the handshake.
    ///
    /// # Errors
    /// [`LinkError`] when it may not come. The link is to be closed; the boards are served on as stale.
    pub fn upstream_frame(&mut self, now: Now, bytes: Bytes) -> Result<Option<Upcall>, LinkError> {
        let message: LinkDown = match frame::decode(&bytes) {
            Ok(message) => message,
            Err(error) => {
                self.upstream_lost(now);
                return Err(error.into());
            }
        };
        let events = &mut self.events;
        let result = self.inlet.receive(now, message, &mut |event| events.push(event));
        for event in &self.events {
            self.feeds.observe(event);
        }
        let upcall = match result {
            Ok(arrival) => Ok(self.pass_on(arrival, &bytes)),
            Err(error) => {
                if !self.events.is_empty() {
                    self.outlet.leap(&self.events);
                }
                Err(error)
            }
        };
        self.events.clear();
        self.settle(now);
        upcall
    }

    fn pass_on(&mut self, arrival: Arrival, bytes: &Bytes) -> Option<Upcall> {
        match arrival {
            Arrival::Quiet | Arrival::Path => None,
            Arrival::Batch(batch) => {
                self.outlet.batch(&batch, bytes);
                None
            }
            Arrival::Leap => {
                self.outlet.leap(&self.events);
                None
            }
            Arrival::Swapped(_) => {
                self.outlet.replaced();
                if let Some(set) = self.inlet.set() {
                    self.feeds.swapped(set);
                }
                None
            }
            Arrival::Ping(number) => Some(Upcall::Ping(number)),
            Arrival::Pong(number) => Some(Upcall::Pong(number)),
            Arrival::GoAway { retry_after_ms } => Some(Upcall::GoAway { retry_after_ms }),
            Arrival::Refused(error) => Some(Upcall::Refused(error)),
        }
    }

    /// The link to upstream is gone. Without effect where there is none.
    pub fn upstream_lost(&mut self, now: Now) {
        self.inlet.lost(now);
        self.settle(now);
    }

    /// Tells feeds and links what follows from the inlet's state.
    fn settle(&mut self, now: Now) {
        let since = self.inlet.stale_since(now);
        let freshness = since.map_or(Freshness::Live, |since| Freshness::Stale { since });
        if freshness != self.freshness {
            self.freshness = freshness;
            self.feeds.set_freshness(freshness);
        }
        self.outlet.stale(since);
        if self.outlet.path() != self.inlet.path() {
            self.outlet.set_path(self.inlet.path().to_vec());
        }
    }

    /// A relay below was let in; its `Accepted` is the first frame that [`Hub::poll_link`] gives for it.
    pub fn link_open(&mut self) -> LinkId {
        self.outlet.open()
    }

    /// A link below is gone.
    pub fn link_closed(&mut self, link: LinkId) {
        self.outlet.close(link);
    }

    /// A link below got rid of so many bytes of frames.
    pub fn link_sent(&mut self, link: LinkId, bytes: usize) {
        self.outlet.sent(link, bytes);
    }

    /// The next frame for a link below; to be called until there is none, after every other call.
    pub fn poll_link(&mut self) -> Option<(LinkId, Bytes)> {
        self.outlet.poll(self.inlet.set())
    }

    /// A shard's command.
    pub fn command(&mut self, command: FeedCommand) {
        self.feeds.command(command);
    }

    /// Brings the watched feeds up to date; `None` where nothing changed or it is not time yet.
    pub fn tick(&mut self, now: Now) -> Option<Arc<Published>> {
        self.settle(now);
        self.feeds.tick(now.at, self.inlet.set())
    }

    /// When [`Hub::tick`] is to be called, if nothing else happens before.
    pub fn next_tick_at(&self) -> Option<Millis> {
        let times = [self.feeds.next_tick_at(), self.stale_check_at()];
        times.into_iter().flatten().min()
    }

    fn stale_check_at(&self) -> Option<Millis> {
        // Once it has been noticed there is nothing more to wait for.
        if self.freshness == Freshness::Live { self.inlet.stale_check_at() } else { None }
    }

    /// The boards as last known; `None` until they were complete once.
    pub fn boards(&self) -> Option<&BoardSet> {
        self.inlet.set()
    }

    /// Whether the boards follow upstream's batch by batch.
    pub fn level(&self) -> bool {
        self.inlet.level()
    }

    /// Since when the boards do not follow the core, if they do not.
    pub fn stale_since(&self) -> Option<UnixMillis> {
        match self.freshness {
            Freshness::Live => None,
            Freshness::Stale { since } => Some(since),
        }
    }

    /// Rows on all boards.
    pub fn rows(&self) -> u64 {
        let boards = self.inlet.set().into_iter().flat_map(BoardSet::boards);
        boards.map(|(_, board)| u64::from(board.rows().len())).sum()
    }

    /// How many links below are level, and how many are not.
    pub fn links(&self) -> (usize, usize) {
        self.outlet.counts()
    }

    /// Ids of core and relays from the core to this relay, this one last.
    pub fn path(&self) -> &[NodeId] {
        self.inlet.path()
    }
}
