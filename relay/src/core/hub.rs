//! Everything a relay is, apart from its connections: the link above it, its copy of the boards, the links below it and
//! the watched feeds, stepped from outside on one thread. It owns no timers; after each call, `poll_link` and
//! `next_tick_at` say what is to be done. Connections are in `shard.rs`, I/O is in the shell.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use scorelay_protocol::client::Response;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::{NodeId, UnixMillis};
use scorelay_protocol::link::{Accepted, LinkDown, MeetAsk};
use scorelay_protocol::people::{PeopleAnswer, PeopleRequest};
use scorelay_protocol::tick::Freshness;
use scorelay_protocol::{codec, frame};
use scorelay_ranks::{BoardSet, SetEvent};

use crate::core::clock::Millis;
use crate::core::feeds::{FeedCounts, Feeds};
use crate::core::forward::{Answered, Asker, Forward, away};
use crate::core::inlet::{Arrival, Inlet, Now};
use crate::core::link_error::LinkError;
use crate::core::outlet::{About, LinkId, LinkLimits, Outlet};
use crate::core::published::{Answer, FeedCommand, Published};

/// What a [`Hub`] is made of.
#[derive(Debug, Clone, Copy)]
pub struct HubConfig {
    /// Random id of this run, for hop lists.
    pub node: NodeId,
    /// Shortest time between ticks.
    pub tick_ms: u64,
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
    forward: Forward,
    /// Answers about meets for clients.
    answers: VecDeque<Answer>,
    /// Answers about entities for this relay's own questions.
    people: VecDeque<(u64, Result<PeopleAnswer, WireError>)>,
    /// The last moment told.
    now: Millis,
}

impl Hub {
    /// A relay without upstream and boards; it is stale since `now`.
    pub fn new(config: HubConfig, now: Now) -> Self {
        Self::with_limits(config, now, LinkLimits::default())
    }

    /// The same with other bounds of the links below than the project's.
    pub fn with_limits(config: HubConfig, now: Now, limits: LinkLimits) -> Self {
        let inlet = Inlet::new(config.node, now);
        let freshness = Freshness::Stale { since: now.wall };
        let mut outlet = Outlet::with_limits(inlet.path().to_vec(), limits);
        outlet.stale(Some(now.wall));
        let feeds = Feeds::new(config.tick_ms, freshness);
        let (forward, answers, people) = (Forward::default(), VecDeque::new(), VecDeque::new());
        Self { inlet, outlet, feeds, freshness, events: Vec::new(), forward, answers, people, now: now.at }
    }

    /// Upstream let this relay in; for a shell that takes the handshake's answer apart itself.
    ///
    /// # Errors
    /// [`LinkError`] when it may not be followed. The link is to be closed.
    pub fn upstream_accepted(&mut self, now: Now, accepted: Accepted) -> Result<(), LinkError> {
        // Also where nobody said that the link before is gone.
        self.upstream_lost(now);
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
                // A message that broke off may have changed something before it did.
                if matches!(error, LinkError::Set(_)) {
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
            Arrival::Answer { id, result } => {
                if let Some(asker) = self.forward.answered(id) {
                    self.answer(asker, result);
                }
                None
            }
        }
    }

    /// The link to upstream is gone. Without effect where there is none.
    pub fn upstream_lost(&mut self, now: Now) {
        self.inlet.lost(now);
        self.settle(now);
    }

    /// Tells feeds and links what follows from the inlet's state.
    fn settle(&mut self, now: Now) {
        self.now = now.at;
        if self.forward.linked() != self.inlet.linked() {
            let linked = self.inlet.linked();
            self.feeds.meets().link(linked);
            for asker in self.forward.link(linked) {
                self.answer(asker, Err(away("the link to the core was lost")));
            }
        }
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
        self.forward.link_gone(link);
    }

    /// A link below asks the core something about meets; `ask.full` says already whether that link may carry them.
    pub fn link_asks(&mut self, link: LinkId, ask: MeetAsk) {
        let id = ask.id;
        let asked = if self.outlet.answers_wait(link) {
            Err(WireError::new(ErrorCode::MeetBusy, "too many answers wait on this link"))
        } else {
            self.forward.ask(self.now, Asker::Link { link, id }, ask)
        };
        if let Err(error) = asked {
            self.outlet.answer(link, About::Meets, id, Err(error));
        }
    }

    /// A link below asks the core something about entities.
    pub fn link_asks_people(&mut self, link: LinkId, id: u64, body: Vec<u8>) {
        let asked = if self.outlet.answers_wait(link) {
            Err(WireError::new(ErrorCode::RateLimited, "too many answers wait on this link"))
        } else {
            self.forward.ask_people(self.now, Asker::PeopleOf { link, id }, body)
        };
        if let Err(error) = asked {
            self.outlet.answer(link, About::People, id, Err(error));
        }
    }

    /// Asks the core something about entities; the answer has this number, and comes from [`Hub::poll_people`].
    pub fn ask_people(&mut self, no: u64, request: &PeopleRequest) {
        if let Err(error) = self.forward.ask_people(self.now, Asker::People(no), codec::encode(request)) {
            self.people.push_back((no, Err(error)));
        }
    }

    /// The next answer about entities; to be called until there is none, after every other call.
    pub fn poll_people(&mut self) -> Option<(u64, Result<PeopleAnswer, WireError>)> {
        self.people.pop_front()
    }

    /// A link below got rid of so many bytes of answers.
    pub fn link_answers_sent(&mut self, link: LinkId, bytes: usize) {
        self.outlet.answers_sent(link, bytes);
    }

    /// The next answer about meets for a link below; to be called until there is none, after every other call. It does
    /// not wait for what [`Hub::poll_link`] gives.
    pub fn poll_link_answer(&mut self) -> Option<(LinkId, Bytes)> {
        self.outlet.poll_answer()
    }

    /// The next answer about meets for a client; to be called until there is none, after every other call.
    pub fn poll_answer(&mut self) -> Option<Answer> {
        self.answers.pop_front()
    }

    /// The next frame for upstream; to be called until there is none, after every other call.
    pub fn poll_upstream(&mut self) -> Option<Bytes> {
        while let Some((no, question)) = self.feeds.meets().poll(self.now) {
            // What it asks for is what every link may carry.
            let ask = MeetAsk { id: 0, full: false, address: [0; 16], body: codec::encode(&question) };
            if let Err(error) = self.forward.ask(self.now, Asker::Feed(no), ask) {
                self.answer(Asker::Feed(no), Err(error));
            }
        }
        self.forward.poll()
    }

    /// The link to upstream got rid of so many bytes of frames.
    pub fn upstream_sent(&mut self, bytes: usize) {
        self.forward.sent(bytes);
    }

    /// Gives an answer about meets back to whoever asked.
    fn answer(&mut self, asker: Asker, result: Answered) {
        match asker {
            Asker::Client { shard, conn, id } => {
                self.answers.push_back(Answer { shard, conn, id, result: result.map(Response::Meet) });
            }
            Asker::Link { link, id } => self.outlet.answer(link, About::Meets, id, result),
            Asker::PeopleOf { link, id } => self.outlet.answer(link, About::People, id, result),
            Asker::People(no) => self.people.push_back((no, people_answer(result))),
            Asker::Feed(no) => self.feeds.meets().answered(self.now, no, result),
        }
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
        match command {
            FeedCommand::Meet { shard, conn, id, address, body } => {
                let asker = Asker::Client { shard, conn, id };
                let ask = MeetAsk { id: 0, full: true, address, body };
                if let Err(error) = self.forward.ask(self.now, asker, ask) {
                    self.answer(asker, Err(error));
                }
            }
            FeedCommand::Gone { shard, conn } => self.forward.client_gone(shard, conn),
            command => self.feeds.command(command),
        }
    }

    /// Brings the watched feeds up to date; `None` where nobody needs to know anything new. To be called when the
    /// moment of [`Hub::next_tick_at`] has come.
    pub fn tick(&mut self, now: Now) -> Option<Arc<Published>> {
        self.settle(now);
        let early = self.feeds.next_tick_at().is_none_or(|at| at > now.at);
        if self.wake_meets() && early {
            return None;
        }
        self.feeds.tick(now.at, self.inlet.set())
    }

    /// Does what is due of meets; whether anything was.
    fn wake_meets(&mut self) -> bool {
        let due = self.meets_at().is_some_and(|at| at <= self.now);
        while let Some(asker) = self.forward.late(self.now) {
            self.answer(asker, Err(away("no answer came from the core")));
        }
        self.feeds.meets().wake(self.now);
        due
    }

    fn meets_at(&self) -> Option<Millis> {
        [self.forward.late_at(), self.feeds.meets_at()].into_iter().flatten().min()
    }

    /// When [`Hub::tick`] is to be called, if nothing else happens before.
    pub fn next_tick_at(&self) -> Option<Millis> {
        let times = [self.feeds.next_tick_at(), self.stale_check_at(), self.meets_at()];
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

    /// What clients of this relay watch, in numbers.
    pub fn feeds(&self) -> FeedCounts {
        self.feeds.counts()
    }

    /// How many links below are level, and how many are not.
    pub fn links(&self) -> (usize, usize) {
        self.outlet.counts()
    }

    /// How many questions wait for an answer of the core.
    pub fn meets_asked(&self) -> usize {
        self.forward.len()
    }

    /// Ids of core and relays from the core to this relay, this one last.
    pub fn path(&self) -> &[NodeId] {
        self.inlet.path()
    }
}

fn people_answer(result: Answered) -> Result<PeopleAnswer, WireError> {
    let strange = |_| WireError::new(ErrorCode::CoreAway, "the core answered something else");
    result.and_then(|bytes| codec::decode_link(&bytes).map_err(strange))
}

#[cfg(test)]
mod tests {
    use scorelay_protocol::entity::{EntityId, WireEntity};
    use scorelay_protocol::feed::Feed;
    use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, PageNo, PlatformNo, Stamp};
    use scorelay_protocol::limits::LINK_PROTOCOL;
    use scorelay_protocol::link::{
        Batch, Begin, Bind, BoardChanges, BoardDef, CaughtUp, Chunk, ChunkRow, DefChange, RowChange,
    };

    use super::*;
    use crate::core::published::{ShardNo, WatchId};

    fn at(ms: u64) -> Now {
        Now { at: Millis(ms), wall: UnixMillis(ms) }
    }

    fn take(hub: &mut Hub, now: Now, message: &LinkDown) {
        assert_eq!(hub.upstream_frame(now, frame::encode(message).into()).unwrap(), None);
    }

    fn def() -> BoardDef {
        BoardDef {
            board: BoardNo(7),
            uid: 1,
            id: "board".into(),
            title: String::new(),
            unit: String::new(),
            decimals: 0,
            synthetic: false,
        }
    }

    fn begin(reset: bool) -> LinkDown {
        LinkDown::Begin(Begin { core: CoreEpoch(1), reset, platforms: vec!["test".into()], boards: vec![def()] })
    }

    fn row(handle: u32, score: i64) -> LinkDown {
        let entity = WireEntity { platform: PlatformNo(0), id: EntityId::Number(handle.into()) };
        let handle = Handle(handle);
        let rows = vec![ChunkRow::Row { handle, score, stamp: Stamp(handle.0.into()) }];
        LinkDown::Chunk(Chunk { board: BoardNo(7), binds: vec![Bind { handle, entity }], rows })
    }

    fn end(seq: u64) -> LinkDown {
        LinkDown::CaughtUp(CaughtUp { seq: BatchSeq(seq), frees: Vec::new() })
    }

    /// E6: what comes between `Begin` and `CaughtUp` is published at its end, once; batches are at the next tick.
    #[test]
    fn nothing_is_published_while_catching_up() {
        let mut hub = Hub::new(HubConfig { node: NodeId(1), tick_ms: 50 }, at(0));
        let page = Feed::Page { board: BoardNo(0), page: PageNo(0) };
        hub.command(FeedCommand::Watch { shard: ShardNo(0), watch: WatchId { slot: 0, serial: 0 }, feed: page });
        let accepted = Accepted { protocol: LINK_PROTOCOL, path: vec![NodeId(9)], watermark: 0 };
        take(&mut hub, at(1), &LinkDown::Accepted(accepted));
        for message in [begin(true), row(1, 10), row(2, 20)] {
            take(&mut hub, at(2), &message);
            let admitted = hub.tick(at(2)).map_or(0, |published| published.admitted.len());
            assert_eq!(admitted, 0);
        }
        take(&mut hub, at(3), &end(5));
        let published = hub.tick(at(60)).unwrap();
        assert_eq!((published.admitted.len(), published.rows(BoardNo(0))), (1, Some(2)));
        assert_eq!(published.freshness, Freshness::Live);

        let changes = vec![RowChange::Set { handle: Handle(1), score: 30 }];
        let batch =
            Batch { seq: BatchSeq(6), boards: vec![BoardChanges { board: BoardNo(7), changes }], ..Batch::default() };
        take(&mut hub, at(61), &LinkDown::Batch(batch));
        assert_eq!(hub.tick(at(120)).unwrap().changed.len(), 1);

        for message in [begin(false), row(3, 40), row(2, 50), begin(false)] {
            take(&mut hub, at(121), &message);
            assert!(hub.tick(at(180)).is_none());
        }
        take(&mut hub, at(181), &end(9));
        let published = hub.tick(at(240)).unwrap();
        assert_eq!((published.changed.len(), published.rows(BoardNo(0))), (1, Some(3)));

        let gone = Batch { seq: BatchSeq(10), defs: vec![DefChange::Gone(BoardNo(7))], ..Batch::default() };
        take(&mut hub, at(241), &LinkDown::Batch(gone));
        assert_eq!(hub.tick(at(300)).unwrap().rows(BoardNo(0)), None);
    }
}
