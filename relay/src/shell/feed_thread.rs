//! The thread that owns the [`Hub`]: it takes what comes from upstream, from links below and from shards, in order,
//! sends what links are due and hands ticks to the shards. After all of that it answers a few of the questions of HTTP
//! (`api/`). No socket is touched here, and nothing here waits for one.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use scorelay_protocol::error::WireError;
use scorelay_protocol::limits;
use scorelay_protocol::link::{Accepted, LinkDown};
use tokio::sync::{Notify, mpsc};
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use super::api::{Ask, People};
use super::clock::{Clock, wall};
use super::link_io::LinkEnd;
use super::links::{LinkEvent, LinkPeer, PeerId};
use super::metrics::Metrics;
use super::readiness::Readiness;
use super::shards::ShardState;
use super::tasks::Tasks;
use super::upstream::Session;
use crate::core::clock::Millis;
use crate::core::hub::{Hub, HubConfig, Upcall};
use crate::core::outlet::LinkId;
use crate::core::published::FeedCommand;

/// What the feed thread takes.
#[derive(Debug)]
pub(crate) enum FeedInput {
    /// Upstream let this relay in.
    Accepted(Accepted, Session),
    /// A frame from upstream.
    Frame(Bytes),
    /// So many bytes of frames have left for upstream.
    Sent(usize),
    /// The link to upstream is gone.
    Lost,
    /// Something happened on a link below.
    Link(LinkEvent),
    /// Commands of a shard, in order.
    Commands(Vec<FeedCommand>),
}

impl From<LinkEvent> for FeedInput {
    fn from(event: LinkEvent) -> Self {
        Self::Link(event)
    }
}

/// What the feed thread is made of.
pub(crate) struct FeedParts {
    pub(crate) hub: HubConfig,
    pub(crate) clock: Clock,
    pub(crate) inputs: mpsc::Receiver<FeedInput>,
    /// Questions of HTTP.
    pub(crate) asks: mpsc::Receiver<Ask>,
    pub(crate) shards: Vec<Arc<ShardState>>,
    /// A shard took its ticks.
    pub(crate) taken: Arc<Notify>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) readiness: Readiness,
    pub(crate) stop: CancellationToken,
}

/// Starts the thread.
pub(crate) fn start(parts: FeedParts, tasks: &Tasks) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    tasks.thread("feeds", move || runtime.block_on(FeedThread::new(parts).run()))
}

struct FeedThread {
    parts: FeedParts,
    hub: Hub,
    people: People,
    session: Option<Session>,
    peers: HashMap<LinkId, (PeerId, LinkPeer)>,
    links: HashMap<PeerId, LinkId>,
}

/// Inputs taken before links and shards get what follows from them.
const TURN: usize = limits::FEED_QUEUE;

/// How often the numbers that change by themselves are shown anew.
const SHOW_EVERY: Duration = Duration::from_millis(500);

impl FeedThread {
    fn new(parts: FeedParts) -> Self {
        let hub = Hub::new(parts.hub, parts.clock.now());
        Self { parts, hub, people: People::default(), session: None, peers: HashMap::new(), links: HashMap::new() }
    }

    async fn run(mut self) {
        let mut inputs = Vec::with_capacity(TURN);
        let mut show = tokio::time::interval(SHOW_EVERY);
        show.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.send_links();
            let wake = self.tick();
            // A tick may find that upstream has gone quiet, which links below are told as well.
            self.send_links();
            let (stop, taken, clock) = (self.parts.stop.clone(), self.parts.taken.clone(), self.parts.clock);
            let timer = async {
                match wake {
                    Some(at) => sleep_until(clock.instant(at)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = timer => {}
                () = taken.notified() => {}
                _ = show.tick() => self.show(),
                _ = self.parts.inputs.recv_many(&mut inputs, TURN) => {
                    for input in inputs.drain(..) {
                        self.take(input);
                    }
                }
                Some(ask) = self.parts.asks.recv() => self.ask(ask),
            }
            self.answer_some();
        }
        self.see_off();
    }

    /// Answers HTTP, but never so much at once that ticks or links would wait for it.
    fn answer_some(&mut self) {
        for _ in 0..limits::API_TURN {
            let Ok(ask) = self.parts.asks.try_recv() else { return };
            self.ask(ask);
        }
    }

    fn ask(&mut self, ask: Ask) {
        self.people.answer(&mut self.hub, self.parts.clock.now().at, ask);
    }

    /// Gives links what they are due, and clients the answers that wait for no tick.
    fn send_links(&mut self) {
        while let Some(frame) = self.hub.poll_upstream() {
            if let Some(session) = &self.session {
                session.send(frame);
            }
        }
        while let Some((link, frame)) = self.hub.poll_link_answer() {
            self.parts.metrics.link_bytes.inc_by(frame.len() as u64);
            if let Some((_, peer)) = self.peers.get(&link) {
                peer.answer(frame);
            }
        }
        while let Some((no, result)) = self.hub.poll_people() {
            self.people.answered(&self.hub, self.parts.clock.now().at, no, result);
        }
        while let Some(answer) = self.hub.poll_answer() {
            if let Some(shard) = self.parts.shards.get(usize::from(answer.shard.0)) {
                shard.answer(answer);
            }
        }
        while let Some((link, frame)) = self.hub.poll_link() {
            self.parts.metrics.link_bytes.inc_by(frame.len() as u64);
            if let Some((_, peer)) = self.peers.get(&link) {
                peer.send(frame);
            }
        }
    }

    /// Ticks if it is time; when to do so next, if it is known. While a shard is behind, feeds wait for it.
    fn tick(&mut self) -> Option<Millis> {
        let now = self.parts.clock.now();
        let due = self.hub.next_tick_at()?;
        if due > now.at {
            return Some(due);
        }
        if self.parts.shards.iter().any(|shard| shard.behind() >= limits::SHARD_BEHIND) {
            return None;
        }
        let started = Instant::now();
        if let Some(published) = self.hub.tick(now) {
            self.parts.metrics.ticks.inc();
            self.parts.metrics.tick_seconds.observe(started.elapsed().as_secs_f64());
            for shard in &self.parts.shards {
                shard.publish(published.clone());
            }
            if self.hub.boards().is_some() {
                self.parts.readiness.boards_are_there();
            }
        }
        // A moment that stays in the past must not keep this thread from everything else.
        self.hub.next_tick_at().map(|at| at.max(now.at.plus(1)))
    }

    fn take(&mut self, input: FeedInput) {
        let now = self.parts.clock.now();
        match input {
            FeedInput::Accepted(accepted, session) => match self.hub.upstream_accepted(now, accepted) {
                Ok(()) => self.session = Some(session),
                Err(error) => session.end(LinkEnd::Refused((&error).into())),
            },
            FeedInput::Frame(bytes) => self.frame(bytes),
            FeedInput::Sent(bytes) => self.hub.upstream_sent(bytes),
            FeedInput::Lost => {
                self.session = None;
                self.hub.upstream_lost(now);
            }
            FeedInput::Link(event) => self.link(event),
            FeedInput::Commands(commands) => {
                for command in commands {
                    self.hub.command(command);
                }
            }
        }
    }

    fn frame(&mut self, bytes: Bytes) {
        // What was on its way when the link was left is no longer wanted.
        let Some(session) = &self.session else { return };
        let started = Instant::now();
        let taken = self.hub.upstream_frame(self.parts.clock.now(), bytes);
        self.parts.metrics.apply_seconds.observe(started.elapsed().as_secs_f64());
        let end = match taken {
            Ok(None | Some(Upcall::Pong(_))) => None,
            Ok(Some(Upcall::Ping(number))) => {
                session.answer(number);
                None
            }
            Ok(Some(Upcall::GoAway { retry_after_ms })) => {
                session.retry_after(Duration::from_millis(retry_after_ms.into()));
                None
            }
            Ok(Some(Upcall::Refused(error))) => Some(error),
            Err(error) => Some(WireError::from(&error)),
        };
        if let Some(error) = end
            && let Some(session) = self.session.take()
        {
            session.end(LinkEnd::Refused(error));
        }
    }

    fn link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Opened { peer, to, .. } => {
                let link = self.hub.link_open();
                self.peers.insert(link, (peer, to));
                self.links.insert(peer, link);
            }
            LinkEvent::Meet { peer, ask } => {
                if let Some(&link) = self.links.get(&peer) {
                    self.hub.link_asks(link, ask);
                }
            }
            LinkEvent::People { peer, id, body } => {
                if let Some(&link) = self.links.get(&peer) {
                    self.hub.link_asks_people(link, id, body);
                }
            }
            LinkEvent::Sent { peer, bytes, answers } => {
                if let Some(&link) = self.links.get(&peer) {
                    self.hub.link_sent(link, bytes);
                    self.hub.link_answers_sent(link, answers);
                }
            }
            LinkEvent::Closed { peer, .. } => {
                if let Some(link) = self.links.remove(&peer) {
                    self.hub.link_closed(link);
                    self.peers.remove(&link);
                }
            }
            // The gate lets no sources in here.
            LinkEvent::Published { peer, .. } => debug_assert!(false, "events on link {peer:?} to a relay"),
        }
    }

    fn show(&self) {
        let metrics = &self.parts.metrics;
        metrics.set_links(self.hub.links());
        let feeds = self.hub.feeds();
        metrics.feeds.set(feeds.feeds as u64);
        metrics.pages.set(feeds.pages as u64);
        metrics.idle_page_bytes.set(feeds.idle_bytes as u64);
        metrics.rows.set(self.hub.rows());
        metrics.batch_seq.set(self.hub.boards().map_or(0, |boards| boards.seq().0));
        let stale = self.hub.stale_since().map_or(0, |since| wall().0.saturating_sub(since.0));
        metrics.stale_seconds.set(Duration::from_millis(stale).as_secs_f64());
    }

    /// Tells links below that this relay shuts down; dropping their ends sends what waits and closes them.
    fn see_off(self) {
        let (least, most) = limits::RECONNECT_MS;
        for (_, peer) in self.peers.values() {
            let retry_after_ms = rand::random_range(least..=most) as u32;
            peer.send_message(&LinkDown::GoAway { retry_after_ms });
        }
        if let Some(session) = self.session {
            session.end(LinkEnd::Finished);
        }
    }
}
