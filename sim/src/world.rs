//! One run: the core, two relays in a chain, the clients of both, and what happens to them. It hands out what is on the
//! agenda and what the network brings, and lets the oracles look. Actors never call each other.

use crate::client::ClientNode;
use crate::clock::Moment;
use crate::core::CoreNode;
use crate::desk::DeskNode;
use crate::entities::entity;
use crate::event::{ClientEvent, CoreEvent, DeskEvent, Event, Party, RelayEvent, SourceEvent, WorkEvent};
use crate::faults;
use crate::net::{CUT_OFF, ConnNo, End};
use crate::plan::Plan;
use crate::relay::RelayNode;
use crate::report::Oracle;
use crate::rest::Rest;
use crate::source::SourceNode;
use crate::stage::Stage;
use crate::tally;
use crate::trace::Lines;
use crate::workload::Workload;

/// Things that may happen in one moment; more is somebody who turns in circles.
const AT_ONCE: u32 = 100_000;
/// How often the oracles look at everything, in milliseconds.
pub const LOOK_MS: u64 = 500;
/// Relays in the chain.
const RELAYS: usize = 2;

/// Everything in one run.
#[derive(Debug)]
pub struct World {
    /// What all share.
    pub stage: Stage,
    /// The core.
    pub core: CoreNode,
    /// The relays, each below the one before.
    pub relays: Vec<RelayNode>,
    /// The clients.
    pub clients: Vec<ClientNode>,
    /// The desks of the meet.
    pub desks: Vec<DeskNode>,
    /// The source that can replay.
    pub source: SourceNode,
    work: Workload,
    rest: Rest,
}

impl World {
    /// A run before its first moment.
    pub fn new(plan: Plan, lines: Lines) -> Self {
        let core = CoreNode::new(plan.boards.clone());
        let mut stage = Stage::new(plan, lines);
        let incarnation = u128::from(stage.identity.word());
        let source = SourceNode::new(incarnation);
        let relays: Vec<RelayNode> = (0..RELAYS).map(RelayNode::new).collect();
        let mut world = Self {
            stage,
            core,
            relays,
            clients: Vec::new(),
            desks: Vec::new(),
            source,
            work: Workload::new(),
            rest: Rest::default(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        let stage = &mut self.stage;
        stage.agenda.after_ms(stage.faults.below(300), Event::Core(CoreEvent::Start));
        for no in 0..RELAYS {
            stage.agenda.after_ms(stage.faults.below(300), Event::Relay(no, 0, RelayEvent::Start));
        }
        for no in 0..RELAYS * stage.plan.clients {
            let mut client = ClientNode::new(no, no % RELAYS, stage);
            for _ in 0..stage.users.skewed(4) {
                let who = entity(stage.users.skewed(stage.plan.entities), stage.plan.long_ids_permille);
                client.url_tracks.push(who);
            }
            client.url_tracks.sort();
            client.url_tracks.dedup();
            client.follow_at_once(stage);
            self.clients.push(client);
            stage.agenda.after_ms(stage.users.below(600), Event::Client(no, ClientEvent::Act));
        }
        stage.agenda.after_ms(5, Event::Source(SourceEvent::Redial));
        stage.agenda.after_ms(5, Event::Source(SourceEvent::Happen));
        stage.agenda.after_ms(5, Event::Work(WorkEvent::Live));
        stage.agenda.after_ms(500, Event::Work(WorkEvent::Import));
        stage.agenda.after_ms(400, Event::Work(WorkEvent::Moderate));
        stage.agenda.after_ms(stage.plan.active_ms, Event::Work(WorkEvent::Rest));
        stage.agenda.after_ms(LOOK_MS, Event::Look);
        faults::begin(stage);
        for no in 0..self.clients.len() {
            self.clients[no].settle(&mut self.stage);
        }
        for no in 0..self.stage.plan.desks {
            let mut desk = DeskNode::new(no, no % RELAYS, &mut self.stage);
            desk.settle(&mut self.stage);
            self.desks.push(desk);
            let ms = self.stage.users.below(600);
            self.stage.agenda.after_ms(ms, Event::Desk(no, DeskEvent::Act));
        }
    }

    /// Runs to the end: until something is wrong or everyone is at rest.
    pub fn run(&mut self) {
        let (mut moment, mut at_once) = (Moment::default(), 0);
        while self.stage.failure.is_none() && !self.rest.is_over() {
            let Some(event) = self.stage.agenda.take() else { break };
            at_once = if moment == self.stage.now() { at_once + 1 } else { 0 };
            moment = self.stage.now();
            if at_once > AT_ONCE {
                return self.stage.fail(Oracle::Progress, format!("turns in circles with {event:?}"));
            }
            self.handle(event);
        }
    }

    fn handle(&mut self, event: Event) {
        let stage = &mut self.stage;
        match event {
            Event::Arrive(conn, end) => self.arrive(conn, end),
            Event::Broken { conn, end, last } => {
                let party = stage.net.party(conn, end);
                if last {
                    stage.net.remove(conn);
                }
                if let Some(party) = party {
                    self.lost(party, conn);
                }
            }
            Event::Dial { from, to, attempt } => self.dial(from, to, attempt),
            Event::Core(event) => self.core.handle(stage, event),
            Event::Meets(run, event) => self.core.handle_meets(stage, run, event),
            Event::Desk(no, event) => self.desks[no].handle(stage, event),
            Event::Relay(no, run, event) => self.relays[no].handle(stage, run, event),
            Event::Client(no, ClientEvent::Timeout) => self.clients[no].timeout(stage),
            Event::Client(no, ClientEvent::Act) => self.clients[no].act(stage),
            Event::Client(no, ClientEvent::ReadAgain) => faults::read_again(stage, &mut self.clients[no]),
            Event::Source(event) => self.source.handle(stage, event),
            Event::Work(WorkEvent::Live) => self.work.live(stage, &mut self.core),
            Event::Work(WorkEvent::Import) => self.work.import(stage, &mut self.core),
            Event::Work(WorkEvent::Moderate) => self.work.moderate(stage, &mut self.core),
            Event::Work(WorkEvent::Rest) => self.rest(),
            Event::Fault(fault) => self.fault(fault),
            Event::Look => self.look(),
        }
    }

    fn look(&mut self) {
        self.stage.agenda.after_ms(LOOK_MS, Event::Look);
        if let Some(up) = &self.core.up
            && !up.engine.is_open()
            && let Err(what) = tally::check(&up.engine, &self.source)
        {
            self.stage.fail(Oracle::Tally, what);
        }
        if let Some(up) = &self.core.up
            && let Err(what) = self.core.archives.check(&up.engine)
        {
            self.stage.fail(Oracle::Moderation, what);
        }
        self.progress();
        let mut rest = std::mem::take(&mut self.rest);
        rest.look(self);
        self.rest = rest;
    }

    /// A connection attempt reaches its target.
    fn dial(&mut self, from: Party, to: Party, attempt: u32) {
        let expected = match from {
            Party::Client(no) => self.clients[no].expects(attempt),
            Party::Desk(no) => self.desks[no].expects(attempt),
            Party::RelayUp(no) => self.relays[no].expects(attempt),
            Party::Source => self.source.expects(attempt),
            Party::Core | Party::RelayLinks(_) | Party::RelayClients(_) => false,
        };
        if !expected {
            return;
        }
        let accepts = match to {
            Party::Core => self.core.accepts(),
            Party::RelayLinks(no) | Party::RelayClients(no) => self.relays[no].accepts(),
            Party::RelayUp(_) | Party::Client(_) | Party::Desk(_) | Party::Source => false,
        };
        let stage = &mut self.stage;
        let conn = accepts.then(|| stage.net.open(from, to, stage.quality(from)));
        stage.say(format_args!("{from:?} connects to {to:?}: {conn:?}"));
        if let Some(conn) = conn {
            match to {
                Party::Core => self.core.accept(stage, conn),
                Party::RelayLinks(no) => self.relays[no].accept_link(stage, conn),
                Party::RelayClients(no) => {
                    let tracks = match from {
                        Party::Client(client) => self.clients[client].url_tracks.clone(),
                        _ => Vec::new(),
                    };
                    if let Some(up) = &mut self.relays[no].up {
                        up.shards.accept(stage, conn, tracks);
                    }
                }
                Party::RelayUp(_) | Party::Client(_) | Party::Desk(_) | Party::Source => {}
            }
        }
        match from {
            Party::Client(no) => self.clients[no].dialed(stage, conn),
            Party::Desk(no) => self.desks[no].dialed(stage, conn),
            Party::RelayUp(no) => self.relays[no].dialed(stage, conn),
            Party::Source => self.source.dialed(stage, conn),
            Party::Core | Party::RelayLinks(_) | Party::RelayClients(_) => {}
        }
    }

    /// Something arrives at an end of a connection.
    fn arrive(&mut self, conn: ConnNo, end: End) {
        let stage = &mut self.stage;
        let now = stage.now();
        let Some(taken) = stage.net.take(now, &mut stage.network, conn, end) else { return };
        if let Some(at) = taken.again
            && at != CUT_OFF
        {
            stage.agenda.at(at, Event::Arrive(conn, end));
        }
        let (reader, writer) = (stage.net.party(conn, end), stage.net.party(conn, end.other()));
        if !taken.bytes.is_empty() {
            stage.trace.bytes(&taken.bytes);
            stage
                .trace
                .note(now, &[u64::from(conn.0)], || format!("{reader:?} gets {} bytes on {conn:?}", taken.bytes.len()));
            match reader {
                Some(Party::Core) => self.core.receive(stage, conn, &taken.bytes),
                Some(Party::RelayLinks(no)) => self.relays[no].receive_link(stage, conn, &taken.bytes),
                Some(Party::RelayUp(no)) => self.relays[no].receive_upstream(stage, conn, &taken.bytes),
                Some(Party::RelayClients(no)) => {
                    if let Some(up) = &mut self.relays[no].up {
                        up.shards.receive(stage, conn, &taken.bytes);
                    }
                }
                Some(Party::Client(no)) => self.clients[no].receive(stage, conn, &taken.bytes),
                Some(Party::Desk(no)) => self.desks[no].receive(stage, conn, &taken.bytes),
                Some(Party::Source) => self.source.receive(stage, conn, &taken.bytes),
                None => {}
            }
        }
        if taken.writable {
            self.writable(writer);
        }
        if taken.ended {
            self.stage.net.remove(conn);
            if let Some(party) = reader {
                self.lost(party, conn);
            }
        }
    }

    fn writable(&mut self, writer: Option<Party>) {
        let stage = &mut self.stage;
        match writer {
            Some(Party::Core) => self.core.pump(stage),
            Some(Party::RelayLinks(no) | Party::RelayUp(no)) => self.relays[no].writable(stage),
            Some(Party::RelayClients(no)) => {
                if let Some(up) = &mut self.relays[no].up {
                    up.shards.writable(stage);
                }
            }
            Some(Party::Client(no)) => self.clients[no].writable(stage),
            Some(Party::Desk(no)) => self.desks[no].writable(stage),
            Some(Party::Source) => self.source.pump(stage),
            None => {}
        }
    }

    fn lost(&mut self, party: Party, conn: ConnNo) {
        let stage = &mut self.stage;
        match party {
            Party::Core => self.core.lost(stage, conn),
            Party::RelayLinks(no) => self.relays[no].link_lost(stage, conn),
            Party::RelayUp(no) => self.relays[no].upstream_lost(stage, conn),
            Party::RelayClients(no) => {
                if let Some(up) = &mut self.relays[no].up {
                    up.shards.lost(stage, conn);
                }
            }
            Party::Client(no) => self.clients[no].lost(stage, conn),
            Party::Desk(no) => self.desks[no].lost(stage, conn),
            Party::Source => self.source.lost(stage, conn),
        }
    }
}
