//! The simulated core: the real engine and the real outlet, with a store that loses what it had not synced. It does
//! what the core process does around them: when to cut, when to commit, what a source is told. It can die at any moment
//! and starts again from what is durable, perhaps with other boards. What must hold then is checked in `durable.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use scorelay_engine::{BoardConfig, Commit, Effects, Engine, Input, Moderation, Origin, Reply, SourceKey, SourceName};
use scorelay_protocol::ids::{CoreEpoch, NodeId};
use scorelay_protocol::limits::{BATCH_MS, COMMIT_MS, LINK_PING_AFTER_MS, LINK_PROTOCOL};
use scorelay_protocol::link::{Accepted, Batch, DefChange, LinkDown, LinkUp, Role, RowChange};
use scorelay_ranks::BoardSet;
use scorelay_relay::core::outlet::{About, LinkId, Outlet};

use crate::clock::Moment;
use crate::durable::Durable;
use crate::event::{CoreEvent, Event, MeetEvent, Run};
use crate::history::Board;
use crate::links::{LinkOwner, Links};
use crate::meet_core::{MeetCore, Sent};
use crate::meet_disk::{Files, MeetDisk};
use crate::moderation::Archives;
use crate::net::{ConnNo, End};
use crate::plan;
use crate::report::Oracle;
use crate::same;
use crate::stage::Stage;
use crate::store::Store;

/// The core, running or not.
#[derive(Debug)]
pub struct CoreNode {
    /// What runs, unless it is down.
    pub up: Option<Running>,
    /// The store.
    store: Store,
    /// What the store must hold, by the tests' own account.
    pub durable: Durable,
    configs: Vec<BoardConfig>,
    run: Run,
    /// Under the meets.
    pub meet_disk: MeetDisk,
    /// What archives hold.
    pub archives: Archives,
    /// What lay on it at some earlier time.
    backup: Files,
    /// Whether it ever lost what had been synced.
    pub disaster: bool,
}

/// Seals receipts; lies elsewhere than on the disk.
const KEY: [u8; 32] = [7; 32];

/// One run of the core.
#[derive(Debug)]
pub struct Running {
    /// The engine.
    pub engine: Engine,
    outlet: Outlet,
    links: Links,
    /// Connections of sources, with the numbering they gave.
    sources: BTreeMap<ConnNo, SourceKey>,
    last_cut: Option<Moment>,
    cut_due: bool,
    /// The meets, where they could be started.
    pub meets: Option<MeetCore>,
}

impl Running {
    fn answer(&mut self, sent: Vec<Sent>) {
        for (conn, id, result) in sent {
            if let Some(link) = self.links.link(conn) {
                self.outlet.answer(link, About::Meets, id, result);
            }
        }
    }
}

/// Boards that a batch puts aside under another id, as they stood before it.
fn archived(stage: &Stage, batch: &Batch) -> Vec<(String, Arc<Board>)> {
    let Some((_, state)) = stage.history.now() else { return Vec::new() };
    let aside = |change: &DefChange| match change {
        DefChange::Put(def) => {
            let before = state.boards.get(&def.board).filter(|before| before.def.id != def.id)?;
            Some((def.id.clone(), before.clone()))
        }
        DefChange::Gone(_) => None,
    };
    batch.defs.iter().filter_map(aside).collect()
}

/// An outlet with the boards it is about.
struct Owned<'a> {
    outlet: &'a mut Outlet,
    boards: &'a BoardSet,
}

impl LinkOwner for Owned<'_> {
    fn open(&mut self) -> LinkId {
        self.outlet.open()
    }

    fn close(&mut self, link: LinkId) {
        self.outlet.close(link);
    }

    fn sent(&mut self, link: LinkId, bytes: usize) {
        self.outlet.sent(link, bytes);
    }

    fn poll(&mut self) -> Option<(LinkId, Bytes)> {
        self.outlet.poll(Some(self.boards))
    }

    fn poll_answer(&mut self) -> Option<(LinkId, Bytes)> {
        self.outlet.poll_answer()
    }

    fn answers_sent(&mut self, link: LinkId, bytes: usize) {
        self.outlet.answers_sent(link, bytes);
    }
}

impl CoreNode {
    /// A core that has never run.
    pub fn new(configs: Vec<BoardConfig>) -> Self {
        Self {
            up: None,
            store: Store::new(),
            durable: Durable::default(),
            configs,
            run: 0,
            meet_disk: MeetDisk::default(),
            archives: Archives::default(),
            backup: Files::default(),
            disaster: false,
        }
    }

    /// Handles what is on the agenda for it.
    pub fn handle(&mut self, stage: &mut Stage, event: CoreEvent) {
        match event {
            CoreEvent::Start if self.up.is_none() => self.start(stage),
            CoreEvent::Cut(run) if run == self.run => {
                if let Some(up) = &mut self.up {
                    (up.last_cut, up.cut_due) = (Some(stage.now()), false);
                }
                self.input(stage, Input::Cut);
            }
            CoreEvent::Commit(run) if run == self.run => {
                self.input(stage, Input::Commit);
                stage.agenda.after_ms(COMMIT_MS, Event::Core(CoreEvent::Commit(run)));
            }
            CoreEvent::Synced(run, nth) if run == self.run => {
                let commits = self.store.synced(nth);
                self.now_durable(stage, &commits);
            }
            CoreEvent::Pings(run) if run == self.run => {
                if let Some(Running { engine, outlet, links, sources, .. }) = &mut self.up {
                    links.pings(stage, &mut Owned { outlet, boards: engine.boards() });
                    sources.retain(|conn, _| links.has(*conn));
                }
                stage.agenda.after_ms(LINK_PING_AFTER_MS, Event::Core(CoreEvent::Pings(run)));
                self.pump(stage);
            }
            CoreEvent::Start
            | CoreEvent::Cut(_)
            | CoreEvent::Commit(_)
            | CoreEvent::Synced(..)
            | CoreEvent::Pings(_) => {}
        }
    }

    fn start(&mut self, stage: &mut Stage) {
        self.run += 1;
        let core = CoreEpoch(stage.identity.word());
        let node = NodeId(stage.identity.word());
        let image = self.store.image();
        let identity = &mut stage.identity;
        let made = Engine::new(&self.configs, image.stored(), image.rows(), core, &mut || identity.word());
        let (engine, report) = match made {
            Ok(made) => made,
            Err(error) => return stage.fail(Oracle::Store, format!("the core does not start: {error}")),
        };
        let reports: Vec<String> = report.iter().map(ToString::to_string).collect();
        stage.say(format_args!("core starts, run {core}, at batch {}: {}", engine.boards().seq(), reports.join("; ")));
        stage.counts.core_restarts += u64::from(self.run > 1);
        stage.history.begin(engine.boards());
        stage.kept_off.starts(stage.history.now().map_or(0, |(_, state)| state.nth));
        self.archives.starts(&engine);
        if let Err(what) = self.durable.check_start(&engine, &self.configs, stage) {
            stage.fail(Oracle::Store, what);
        }
        let outlet = Outlet::with_limits(vec![node], stage.plan.links);
        let (links, sources) = (Links::default(), BTreeMap::new());
        let meets = MeetCore::start(stage, &mut self.meet_disk, self.run, KEY);
        self.up = Some(Running { engine, outlet, links, sources, last_cut: None, cut_due: false, meets });
        stage.agenda.after_ms(COMMIT_MS, Event::Core(CoreEvent::Commit(self.run)));
        stage.agenda.after_ms(LINK_PING_AFTER_MS, Event::Core(CoreEvent::Pings(self.run)));
    }

    /// Handles what is on the agenda for a run of the meets.
    pub fn handle_meets(&mut self, stage: &mut Stage, run: Run, event: MeetEvent) {
        if run == self.run && self.up.is_some() && MeetCore::ends(&mut self.meet_disk, event) {
            stage.counts.failed_syncs += 1;
            stage.say(format_args!("a sync of the meets' files fails"));
            self.crash(stage, false);
            self.start_later(stage);
        } else if run == self.run
            && let Some(up) = &mut self.up
            && let Some(meets) = &mut up.meets
        {
            let sent = meets.handle(stage, &mut self.meet_disk, event);
            up.answer(sent);
        }
        self.pump(stage);
    }

    /// The disk under the meets survives the core, for the most part.
    fn crash_disk(&mut self, stage: &mut Stage) {
        self.meet_disk.crash(&mut stage.faults);
        if !stage.meet_held {
            return;
        }
        if stage.faults.permille(stage.plan.disk_loss_permille) {
            self.disaster = true;
            stage.say(format_args!("the disk is put back as it was earlier"));
            self.meet_disk.restore(self.backup.clone());
        } else if stage.faults.permille(500) {
            self.backup = self.meet_disk.backup();
        }
    }

    /// It dies at once; in some cases it is configured anew before it starts again.
    pub fn crash(&mut self, stage: &mut Stage, reconfigure: bool) {
        let Some(up) = self.up.take() else { return };
        let written = self.store.pending();
        let survived = self.store.crash(&mut stage.faults);
        stage.say(format_args!("core dies; {} of {written} unsynced commits survive", survived.len()));
        for commit in &survived {
            self.durable.synced(commit);
        }
        stage.kept_off = self.durable.forget_unsynced();
        self.crash_disk(stage);
        self.run += 1;
        let (silent, most) = (stage.faults.permille(300), 3_000);
        for conn in up.links.conns() {
            let after = if silent { stage.faults.between(0, most) } else { stage.faults.between(0, 50) };
            stage.orphan(conn, End::Accepter, after);
        }
        if reconfigure {
            let entities = stage.plan.entities;
            self.configs = plan::reconfigured(&mut stage.faults, &self.configs, entities);
        }
    }

    /// It comes back some time.
    pub fn start_later(&self, stage: &mut Stage) {
        let ms = stage.faults.between(0, 2_500);
        stage.agenda.after_ms(ms, Event::Core(CoreEvent::Start));
    }

    /// Gives the engine an input and does what follows.
    pub fn input(&mut self, stage: &mut Stage, input: Input) -> Option<Reply> {
        let up = self.up.as_mut()?;
        let Effects { reply, batches, commit, .. } = up.engine.handle(stage.now().wall(), input);
        let (cut, mut closed) = (!batches.is_empty(), Vec::new());
        for batch in batches {
            stage.counts.batches += 1;
            let removed = |change: &&RowChange| matches!(change, RowChange::Remove { .. });
            let changes = batch.boards.iter().flat_map(|board| &board.changes);
            stage.counts.removals += changes.filter(removed).count() as u64;
            closed.extend(archived(stage, &batch));
            if let Err(what) = stage.history.batch(&batch) {
                stage.fail(Oracle::Engine, what);
            }
            stage.say(format_args!("batch {}: {} boards", batch.seq, batch.boards.len()));
            up.outlet.cut(batch);
        }
        if cut && let Err(what) = same::present(stage, up.engine.boards()) {
            stage.fail(Oracle::Engine, what);
        }
        for (id, end) in closed {
            stage.counts.archived += 1;
            stage.say(format_args!("board {:?} is put aside as {id:?}", end.def.id));
            if let Err(what) = self.archives.closed(&up.engine, &id, &end) {
                stage.fail(Oracle::Moderation, what);
            }
        }
        if let Some(commit) = commit {
            self.write(stage, commit);
        }
        self.cut_later(stage);
        self.pump(stage);
        reply
    }

    /// An operator does something about rows, if there is a core.
    pub fn moderate(&mut self, stage: &mut Stage, what: Moderation) {
        self.archives.acts(&what);
        let reply = self.input(stage, Input::Moderate(what.clone()));
        self.archives.acted(&what, matches!(reply, Some(Reply::Moderated { .. })));
        match reply {
            Some(Reply::Moderated { rows }) => {
                stage.say(format_args!("{what:?}: {rows} rows"));
                stage.counts.moderated += 1;
                let state = stage.history.now().map_or(0, |(_, state)| state.nth);
                stage.kept_off.done(&what, state);
            }
            // There is no such board just now, or an archive of that id.
            None | Some(Reply::Refused(_)) => {}
            Some(other) => stage.fail(Oracle::Conduct, format!("{what:?} was answered {other:?}")),
        }
    }

    fn write(&mut self, stage: &mut Stage, commit: Commit) {
        let Some(up) = &self.up else { return };
        self.durable.written(&commit, stage, &up.engine);
        let nth = self.store.write(commit);
        let sync_ms = stage.faults.between(0, stage.plan.sync_ms);
        stage.agenda.after_ms(sync_ms, Event::Core(CoreEvent::Synced(self.run, nth)));
    }

    /// At once after quiet, then at most every [`BATCH_MS`].
    fn cut_later(&mut self, stage: &mut Stage) {
        let Some(up) = &mut self.up else { return };
        if up.engine.is_open() && !up.cut_due {
            up.cut_due = true;
            let at = up.last_cut.map_or(stage.now(), |last| last.plus_ms(BATCH_MS).max(stage.now()));
            stage.agenda.at(at, Event::Core(CoreEvent::Cut(self.run)));
        }
    }

    fn now_durable(&mut self, stage: &mut Stage, commits: &[Commit]) {
        stage.counts.commits += commits.len() as u64;
        for commit in commits {
            self.durable.synced(commit);
        }
        let Some(up) = &mut self.up else { return };
        for (conn, key) in &up.sources {
            let marks = commits.iter().flat_map(|commit| &commit.watermarks).filter(|record| record.source == *key);
            if let Some((up_to, _)) = marks.filter_map(|record| record.mark).next_back() {
                up.links.send(stage, *conn, &LinkDown::Ack { up_to });
            }
        }
    }

    /// Whether connections are accepted.
    pub fn accepts(&self) -> bool {
        self.up.is_some()
    }

    /// Somebody connected.
    pub fn accept(&mut self, stage: &mut Stage, conn: ConnNo) {
        if let Some(up) = &mut self.up {
            up.links.accept(conn, stage.now());
        }
    }

    /// Bytes came.
    pub fn receive(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        let Some(up) = &mut self.up else { return };
        for message in up.links.receive(stage, conn, bytes) {
            self.message(stage, conn, message);
        }
        self.pump(stage);
    }

    fn message(&mut self, stage: &mut Stage, conn: ConnNo, message: LinkUp) {
        let Some(Running { engine, outlet, links, sources, .. }) = &mut self.up else { return };
        match message {
            LinkUp::Hello(hello) => match hello.role {
                Role::Relay => links.admit(conn, &mut Owned { outlet, boards: engine.boards() }),
                Role::Source { incarnation } => {
                    let Ok(name) = SourceName::new(&hello.name) else {
                        return stage.fail(Oracle::Conduct, "a source without a name");
                    };
                    let key = SourceKey { name, incarnation };
                    // A connection before may not have been missed yet; the new one takes over.
                    let before: Vec<ConnNo> =
                        sources.iter().filter(|(_, k)| **k == key).map(|(conn, _)| *conn).collect();
                    for old in before {
                        sources.remove(&old);
                        links.lost(old, &mut Owned { outlet, boards: engine.boards() });
                        stage.orphan(old, End::Accepter, 0);
                    }
                    let (protocol, path) = (LINK_PROTOCOL, outlet.path().to_vec());
                    let watermark = self.store.image().watermark(&key);
                    sources.insert(conn, key);
                    links.send(stage, conn, &LinkDown::Accepted(Accepted { protocol, path, watermark }));
                }
            },
            LinkUp::Publish { seq, event } => {
                let Some(source) = sources.get(&conn).cloned() else { return };
                let origin = Origin::Replayed { source, seq };
                match self.input(stage, Input::Event { origin, event }) {
                    Some(Reply::Applied) => stage.counts.events += 1,
                    Some(Reply::Repeated) => stage.counts.repeats += 1,
                    reply => stage.fail(Oracle::Conduct, format!("event {seq} of the source was answered {reply:?}")),
                }
            }
            // Nobody asks over HTTP here.
            LinkUp::People { .. } => stage.fail(Oracle::Conduct, "a relay asked about entities"),
            LinkUp::Ping(number) => links.send(stage, conn, &LinkDown::Pong(number)),
            LinkUp::Pong(_) => {}
            LinkUp::Meet(ask) => {
                if let Some(up) = &mut self.up
                    && let Some(meets) = &mut up.meets
                {
                    let sent = meets.ask(stage, &mut self.meet_disk, conn, ask);
                    up.answer(sent);
                }
            }
        }
    }

    /// A connection is gone.
    pub fn lost(&mut self, stage: &mut Stage, conn: ConnNo) {
        if let Some(Running { engine, outlet, links, sources, .. }) = &mut self.up {
            links.lost(conn, &mut Owned { outlet, boards: engine.boards() });
            sources.remove(&conn);
        }
        if let Some(up) = &mut self.up
            && let Some(meets) = &mut up.meets
        {
            meets.gone(stage, &mut self.meet_disk, conn);
        }
        self.pump(stage);
    }

    /// Moves frames that have room.
    pub fn pump(&mut self, stage: &mut Stage) {
        if let Some(Running { engine, outlet, links, .. }) = &mut self.up {
            links.pump(stage, &mut Owned { outlet, boards: engine.boards() });
        }
    }

    /// Whether every link is level and nothing waits to be cut, stored or acknowledged.
    pub fn is_quiet(&self) -> bool {
        let Some(up) = &self.up else { return false };
        !up.engine.is_uncommitted() && self.store.pending() == 0 && up.outlet.counts().1 == 0
    }
}
