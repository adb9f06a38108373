//! The core's loop: take everything that waits, apply it, cut a link batch when one is due, hand the storage thread a
//! commit when one is due, send what the outlet gives. It decides when; what happens is decided by the engine.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::RngExt;
use scorelay_engine::{Effects, Engine, Input, Origin, Reply, SeasonEnd, SourceKey, SourceName, Stored};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::event::Event;
use scorelay_protocol::ids::{NodeId, UnixMillis};
use scorelay_protocol::limits;
use scorelay_protocol::link::{Accepted, BoardChanges, LinkHello, Role};
use scorelay_relay::core::outlet::{About, Outlet};
use scorelay_relay::shell::links::{LinkEvent, LinkPeer, PeerId};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::CoreInput;
use super::asked::Waiting;
use super::durable::Durable;
use super::meets::{Answer, MeetParts, MeetSide};
use super::peers::Peers;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::sources::failed::FailedMessages;
use crate::store::StoreError;
use crate::store::thread::{Report, Storage};

/// Inputs applied before it is looked whether something is due.
const TAKEN_AT_ONCE: usize = 1_024;
const BATCH: Duration = Duration::from_millis(limits::BATCH_MS);
/// Half of what may be lost: the other half is left for the commit itself to become durable.
const COMMIT: Duration = Duration::from_millis(limits::COMMIT_MS / 2);
const COUNTED: Duration = Duration::from_millis(250);

/// What a core is made of.
pub(crate) struct CoreParts {
    /// Its state.
    pub(crate) engine: Engine,
    /// What was read from the store.
    pub(crate) stored: Stored,
    /// This run's id on links.
    pub(crate) node: NodeId,
    /// Names of the sources inside this process.
    pub(crate) sources: BTreeSet<SourceName>,
    /// From sources and admin.
    pub(crate) inputs: mpsc::Receiver<CoreInput>,
    /// From the link listeners.
    pub(crate) links: mpsc::Receiver<LinkEvent>,
    /// The storage thread.
    pub(crate) storage: Storage,
    /// What it says.
    pub(crate) reports: mpsc::UnboundedReceiver<Report>,
    /// Counters.
    pub(crate) metrics: Metrics,
    /// What sources could not read.
    pub(crate) failed: FailedMessages,
    /// Meets, where this core keeps any.
    pub(crate) meets: Option<MeetParts>,
}

/// The running core.
pub(crate) struct Core {
    pub(super) engine: Engine,
    node: NodeId,
    pub(super) outlet: Outlet,
    pub(super) peers: Peers,
    durable: Durable,
    inputs: mpsc::Receiver<CoreInput>,
    links: mpsc::Receiver<LinkEvent>,
    storage: Storage,
    reports: mpsc::UnboundedReceiver<Report>,
    metrics: Metrics,
    pub(super) failed: FailedMessages,
    pub(super) meets: Option<MeetSide>,
    /// Imports to be answered once they are durable.
    pub(super) waiting: Waiting,
    /// A commit is being written.
    storing: bool,
    cut_at: Instant,
    commit_at: Instant,
    count_at: Instant,
    /// Something happened that the counters do not show yet.
    uncounted: bool,
}

impl Core {
    pub(crate) fn new(parts: CoreParts) -> Self {
        let now = Instant::now();
        Self {
            durable: Durable::load(&parts.stored.watermarks),
            engine: parts.engine,
            node: parts.node,
            outlet: Outlet::new(vec![parts.node]),
            peers: Peers::new(parts.sources),
            inputs: parts.inputs,
            links: parts.links,
            storage: parts.storage,
            reports: parts.reports,
            metrics: parts.metrics,
            failed: parts.failed,
            meets: parts.meets.map(MeetSide::new),
            waiting: Waiting::default(),
            storing: false,
            cut_at: now,
            commit_at: now,
            count_at: now,
            uncounted: true,
        }
    }

    /// Runs until `stop`, then takes what waits, dismisses the links and makes everything durable.
    ///
    /// # Errors
    /// `store-failed` as soon as a commit or a meet's write fails: nothing is acknowledged after that.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), Failure> {
        let mut inputs = Vec::new();
        let mut links = Vec::new();
        // Whether anybody is left who could send something.
        let (mut linked, mut fed) = (true, true);
        loop {
            let due = self.due();
            tokio::select! {
                () = stop.cancelled() => break,
                Some(report) = self.reports.recv() => self.stored(report)?,
                event = Self::meet_event(&mut self.meets) => {
                    self.uncounted = true;
                    self.meet_heard(event)?;
                }
                taken = self.links.recv_many(&mut links, TAKEN_AT_ONCE), if linked => linked = taken > 0,
                taken = self.inputs.recv_many(&mut inputs, TAKEN_AT_ONCE), if fed => fed = taken > 0,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
            self.take(&mut links, &mut inputs);
            self.do_due(Instant::now());
        }
        self.finish().await
    }

    fn take(&mut self, links: &mut Vec<LinkEvent>, inputs: &mut Vec<CoreInput>) {
        self.uncounted |= !links.is_empty() || !inputs.is_empty();
        for event in links.drain(..) {
            self.link(event);
        }
        for input in inputs.drain(..) {
            self.input(input);
        }
    }

    /// When something is to be done by itself.
    fn due(&self) -> Option<Instant> {
        let cut = self.engine.is_open().then_some(self.cut_at);
        let commit = (self.engine.is_uncommitted() && !self.storing).then_some(self.commit_at);
        let count = self.uncounted.then_some(self.count_at);
        let meets = self.meets.as_ref().map(MeetSide::due);
        let engine = self.engine.due().map(|due| Instant::now() + until(due));
        cut.into_iter().chain(commit).chain(count).chain(meets).chain(engine).min()
    }

    fn do_due(&mut self, now: Instant) {
        if self.engine.is_uncommitted() && !self.storing && now >= self.commit_at {
            self.commit(now);
        }
        if self.engine.due().is_some_and(|due| until(due).is_zero()) || self.engine.is_open() && now >= self.cut_at {
            self.cut_at = now + BATCH;
            self.handle(Input::Cut);
        }
        self.peers.acknowledge(&self.durable);
        if let Some(meets) = &mut self.meets {
            meets.do_due(now);
        }
        self.pump();
        if self.uncounted && now >= self.count_at {
            self.count_at = now + COUNTED;
            self.uncounted = false;
            self.count();
        }
    }

    fn commit(&mut self, now: Instant) {
        if self.engine.is_open() {
            self.cut_at = now + BATCH;
        }
        if let Some(commit) = self.handle(Input::Commit).commit {
            self.storing = true;
            self.commit_at = now + COMMIT;
            self.waiting.committed();
            self.storage.commit(commit);
        }
    }

    /// Whether a commit is being written.
    pub(super) fn is_storing(&self) -> bool {
        self.storing
    }

    fn stored(&mut self, report: Report) -> Result<(), StoreError> {
        let stored = report?;
        self.storing = false;
        self.uncounted = true;
        self.metrics.committed(stored.commit.rows.len(), stored.took);
        self.durable.stored(&stored.commit.watermarks);
        self.waiting.durable();
        self.peers.acknowledge(&self.durable);
        Ok(())
    }

    /// Has the engine do something and tells the outlet; the reply and the commit are the caller's.
    pub(super) fn handle(&mut self, input: Input) -> Effects {
        let mut effects = self.engine.handle(unix_now(), input);
        for SeasonEnd { board, to, rows } in effects.seasons.drain(..) {
            match rows {
                Ok(rows) => tracing::info!(board, to, rows, "a season ended: its rows went to an archive"),
                Err(error) => tracing::warn!(board, to, %error, "a season could not be ended, and goes on for an hour"),
            }
        }
        for batch in effects.batches.drain(..) {
            self.metrics.batch();
            for BoardChanges { board, changes } in &batch.boards {
                let board = self.engine.boards().board(*board).map(|board| board.def().id.as_str());
                self.metrics.changed(board, changes.len());
            }
            self.outlet.cut(batch);
        }
        effects
    }

    fn link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Opened { peer, hello, to } => self.opened(peer, hello, to),
            LinkEvent::Published { peer, events } => self.published(peer, events),
            LinkEvent::Meet { peer, ask } => self.meet_ask(peer, ask),
            LinkEvent::People { peer, id, body } => self.people_ask(peer, id, &body),
            LinkEvent::Sent { peer, bytes, answers } => {
                if let Some(link) = self.peers.link(peer) {
                    self.outlet.sent(link, bytes);
                    self.outlet.answers_sent(link, answers);
                }
            }
            LinkEvent::Closed { peer, .. } => {
                self.meet_gone(peer);
                if let Some(link) = self.peers.close(peer) {
                    self.outlet.close(link);
                }
            }
        }
    }

    fn opened(&mut self, peer: PeerId, hello: LinkHello, to: LinkPeer) {
        match hello.role {
            Role::Relay => self.peers.open_relay(peer, self.outlet.open(), to),
            Role::Source { incarnation } => match SourceName::new(&hello.name) {
                Ok(name) => {
                    let key = SourceKey { name, incarnation };
                    let accepted = Accepted {
                        protocol: limits::LINK_PROTOCOL,
                        path: vec![self.node],
                        watermark: self.durable.of(&key),
                    };
                    self.peers.open_source(peer, key, to, accepted);
                }
                // The listener lets in only names that are shorter and have fewer characters.
                Err(error) => tracing::warn!(name = hello.name, %error, "a source was not let in"),
            },
        }
    }

    fn published(&mut self, peer: PeerId, events: Vec<(u64, Event)>) {
        // None where its link was ended before this came.
        let Some(source) = self.peers.source(peer).cloned() else { return };
        for (seq, event) in events {
            if let Err(error) = self.peers.check_window(peer, seq) {
                return self.peers.refuse(peer, error);
            }
            let origin = Origin::Replayed { source: source.clone(), seq };
            match self.handle(Input::Event { origin, event }).reply {
                Some(Reply::Repeated) => self.peers.repeated(peer),
                Some(Reply::Refused(error)) if error.code == ErrorCode::SourceGap => {
                    return self.peers.refuse(peer, error);
                }
                Some(Reply::Refused(error)) => {
                    tracing::debug!(source = source.name.as_str(), seq, %error, "an event was not counted");
                }
                Some(_) | None => {}
            }
        }
    }

    pub(super) fn event(&mut self, origin: Origin, event: Event) {
        if let Some(Reply::Refused(error)) = self.handle(Input::Event { origin, event }).reply {
            tracing::debug!(%error, "an event was not counted");
        }
    }

    /// Answers a link's question about meets.
    pub(super) fn meet_answer(&mut self, Answer { peer, id, result }: Answer) {
        if let Some(link) = self.peers.link(peer) {
            self.outlet.answer(link, About::Meets, id, result);
        }
    }

    /// Sends whatever the outlet has to give.
    fn pump(&mut self) {
        self.meet_answers();
        while let Some((link, frame)) = self.outlet.poll_answer() {
            self.peers.answer(link, frame);
        }
        while let Some((link, frame)) = self.outlet.poll(Some(self.engine.boards())) {
            self.peers.send(link, frame);
        }
    }

    fn count(&self) {
        for (source, counts) in self.engine.source_counts() {
            self.metrics.counted(source.as_str(), counts);
        }
        for (_, board) in self.engine.boards().boards() {
            self.metrics.rows(&board.def().id, board.rows().len());
        }
        let (level, lagging) = self.outlet.counts();
        self.metrics.links(level, lagging, self.peers.publishers());
        self.metrics.queue(self.inputs.len());
        if let Some(meets) = &self.meets {
            meets.count();
        }
    }

    /// Applies what waits, cuts, makes it durable, acknowledges it, and then lets the links go.
    async fn finish(mut self) -> Result<(), Failure> {
        self.inputs.close();
        let deadline = Instant::now() + Duration::from_millis(limits::SHUTDOWN_MS / 2);
        while let Ok(Some(input)) = timeout_at(deadline, self.inputs.recv()).await {
            self.input(input);
        }
        // What comes on links after this is not acknowledged, and will be sent again to the next run.
        for _ in 0..self.links.len() {
            if let Ok(event) = self.links.try_recv() {
                self.link(event);
            }
        }
        self.handle(Input::Cut);
        self.pump();
        while self.storing || self.engine.is_uncommitted() {
            if !self.storing {
                self.commit(Instant::now());
            }
            match self.reports.recv().await {
                Some(report) => self.stored(report)?,
                None => return Err(StoreError::Failed("its thread is gone".into()).into()),
            }
        }
        self.meet_finish(deadline).await?;
        self.pump();
        let (low, high) = limits::GO_AWAY_RETRY_MS;
        self.peers.dismiss(|| rand::rng().random_range(low..=high));
        self.count();
        Self::meet_close(self.meets.take()).await?;
        drop((self.links, self.storage));
        while let Some(report) = self.reports.recv().await {
            report?;
        }
        Ok(())
    }
}

/// How long it is until then, by the clock of this machine.
fn until(due: UnixMillis) -> Duration {
    Duration::from_millis(due.0.saturating_sub(unix_now().0))
}

/// The clock of this machine.
pub(crate) fn unix_now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixMillis(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
}
