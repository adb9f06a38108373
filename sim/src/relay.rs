//! One simulated relay: the real hub with its link above, its links below and its shards. It does what the relay
//! process does around them: connecting upstream, moving frames, ticking when asked to. It can die and start again with
//! a new epoch. What its ticks stand for is written down and checked in `relay_check.rs`.

use bytes::Bytes;
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::{NodeId, RelayEpoch};
use scorelay_protocol::limits::{LINK_GONE_AFTER_MS, LINK_PING_AFTER_MS, LINK_PROTOCOL, PING_AFTER_MS, RECONNECT_MS};
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp, Role};
use scorelay_relay::core::hub::{Hub, HubConfig, Upcall};
use scorelay_relay::core::link_error::LinkError;
use scorelay_relay::core::outlet::LinkId;

use crate::clock::Moment;
use crate::event::{Event, Party, RelayEvent, Run};
use crate::links::{LinkOwner, Links};
use crate::net::{ConnNo, End};
use crate::outbuf::OutBuf;
use crate::relay_check::RelayCheck;
use crate::report::Oracle;
use crate::shards::Shards;
use crate::stage::Stage;

/// A relay, running or not.
#[derive(Debug)]
pub struct RelayNode {
    no: usize,
    /// What runs, unless it is down.
    pub up: Option<Running>,
    run: Run,
    attempt: u32,
}

/// One run of a relay.
#[derive(Debug)]
pub struct Running {
    /// The real thing.
    pub hub: Hub,
    /// Client connections.
    pub shards: Shards,
    /// What it must hold and say.
    pub check: RelayCheck,
    links: Links,
    upstream: Option<Upstream>,
    tick_at: Option<Moment>,
}

#[derive(Debug)]
struct Upstream {
    conn: ConnNo,
    frames: Frames,
    out: OutBuf,
    /// Bytes in it of frames that the hub gave.
    waiting: usize,
    /// Whether it has been let in; before that it does not ask for signs of life.
    greeted: bool,
    heard: Moment,
}

impl LinkOwner for Hub {
    fn open(&mut self) -> LinkId {
        self.link_open()
    }

    fn close(&mut self, link: LinkId) {
        self.link_closed(link);
    }

    fn sent(&mut self, link: LinkId, bytes: usize) {
        self.link_sent(link, bytes);
    }

    fn poll(&mut self) -> Option<(LinkId, Bytes)> {
        self.poll_link()
    }

    fn poll_answer(&mut self) -> Option<(LinkId, Bytes)> {
        self.poll_link_answer()
    }

    fn answers_sent(&mut self, link: LinkId, bytes: usize) {
        self.link_answers_sent(link, bytes);
    }
}

impl RelayNode {
    /// A relay that has never run.
    pub fn new(no: usize) -> Self {
        Self { no, up: None, run: 0, attempt: 0 }
    }

    /// Handles what is on the agenda for a run of it.
    pub fn handle(&mut self, stage: &mut Stage, run: Run, event: RelayEvent) {
        if event == RelayEvent::Start {
            return self.start(stage);
        }
        if run != self.run {
            return;
        }
        let Some(up) = &mut self.up else { return };
        match event {
            RelayEvent::Tick if up.tick_at.is_none_or(|at| at > stage.now()) => return,
            RelayEvent::Tick => {
                up.tick_at = None;
                if let Some(published) = up.hub.tick(stage.now().hub()) {
                    stage.counts.ticks += 1;
                    up.check.ticked(stage, &up.hub, published.tick);
                    stage.trace.note(stage.agenda.now(), &[self.no as u64, published.tick.0], || {
                        let changed = published.changed.len();
                        format!("relay {} ticks: {}, {changed} feeds changed", self.no + 1, published.tick)
                    });
                    up.shards.publish(stage, &published);
                }
            }
            RelayEvent::Publish(shard) => up.shards.take_published(stage, shard),
            RelayEvent::Walk(shard) => up.shards.walk(stage, shard),
            RelayEvent::Commands => {
                if let Some(command) = up.shards.take_command() {
                    up.hub.command(command);
                }
            }
            RelayEvent::Redial => self.dial(stage),
            RelayEvent::Pings => self.pings(stage),
            RelayEvent::ClientPings => {
                stage.agenda.after_ms(PING_AFTER_MS, self.event(RelayEvent::ClientPings));
                if let Some(up) = &mut self.up {
                    up.shards.pings(stage);
                }
            }
            RelayEvent::Start => {}
        }
        self.settle(stage);
    }

    fn start(&mut self, stage: &mut Stage) {
        if self.up.is_some() {
            return;
        }
        self.run += 1;
        stage.counts.relay_restarts += u64::from(self.run > 1);
        let (epoch, node) = (RelayEpoch(stage.identity.word()), NodeId(stage.identity.word()));
        let config = HubConfig { node, tick_ms: stage.plan.tick_ms };
        let hub = Hub::with_limits(config, stage.now().hub(), stage.plan.links);
        let shards = Shards::new(self.no, self.run, epoch, stage);
        let check = RelayCheck::new(self.no, epoch, stage);
        self.up = Some(Running { hub, shards, check, links: Links::default(), upstream: None, tick_at: None });
        stage.say(format_args!("relay {} starts, epoch {epoch}", self.no + 1));
        stage.agenda.after_ms(LINK_PING_AFTER_MS, self.event(RelayEvent::Pings));
        stage.agenda.after_ms(PING_AFTER_MS, self.event(RelayEvent::ClientPings));
        self.dial(stage);
        self.settle(stage);
    }

    fn event(&self, event: RelayEvent) -> Event {
        Event::Relay(self.no, self.run, event)
    }

    /// It ends: at once, or after telling its clients to leave.
    pub fn stop(&mut self, stage: &mut Stage, gracefully: bool) {
        let Some(mut up) = self.up.take() else { return };
        stage.say(format_args!("relay {} {}", self.no + 1, if gracefully { "shuts down" } else { "dies" }));
        if gracefully {
            up.shards.go_away(stage);
        }
        self.run += 1;
        let silent = !gracefully && stage.faults.permille(300);
        let mut after = || if silent { stage.faults.between(0, 3_000) } else { stage.faults.between(0, 50) };
        let clients: Vec<(ConnNo, u64)> = up.shards.conns().map(|conn| (conn, after())).collect();
        let links: Vec<(ConnNo, u64)> = up.links.conns().map(|conn| (conn, after())).collect();
        let above = up.upstream.map(|upstream| (upstream.conn, after()));
        for (conn, after) in clients {
            if gracefully && !up.shards.is_busy(conn) {
                stage.close(conn, End::Accepter);
            } else {
                stage.orphan(conn, End::Accepter, after);
            }
        }
        for (conn, after) in links {
            stage.orphan(conn, End::Accepter, after);
        }
        if let Some((conn, after)) = above {
            stage.orphan(conn, End::Opener, after);
        }
    }

    fn dial(&mut self, stage: &mut Stage) {
        let Some(up) = &self.up else { return };
        if up.upstream.is_some() {
            return;
        }
        self.attempt += 1;
        // Now and then the second relay is connected to the core itself, or the first one to the second.
        let (direct, astray) = (stage.faults.permille(100), !stage.resting && stage.faults.permille(30));
        let to = match self.no {
            0 if astray => Party::RelayLinks(1),
            0 => Party::Core,
            _ if direct => Party::Core,
            no => Party::RelayLinks(no - 1),
        };
        stage.dial(Party::RelayUp(self.no), to, self.attempt);
    }

    /// Whether an attempt to connect upstream is the present one.
    pub fn expects(&self, attempt: u32) -> bool {
        self.up.as_ref().is_some_and(|up| up.upstream.is_none()) && attempt == self.attempt
    }

    /// The attempt to connect upstream came to this.
    pub fn dialed(&mut self, stage: &mut Stage, conn: Option<ConnNo>) {
        let Some(conn) = conn else { return self.redial_later(stage) };
        let Some(up) = &mut self.up else { return };
        let hello = LinkHello {
            protocol: LINK_PROTOCOL,
            role: Role::Relay,
            token: None,
            node: NodeId(self.no as u64),
            name: format!("relay {}", self.no + 1),
        };
        let mut out = OutBuf::default();
        out.push(&frame::encode(&LinkUp::Hello(hello)));
        out.pump(stage, conn, End::Accepter);
        up.upstream =
            Some(Upstream { conn, frames: Frames::new(), out, waiting: 0, greeted: false, heard: stage.now() });
        let to = stage.net.party(conn, End::Accepter);
        up.check.connected(stage.now(), to);
        if to == Some(Party::RelayLinks(1)) {
            // Where the loop is not closed the relay follows the one below it, until somebody sees the mistake.
            let ms = stage.faults.between(100, 2_000);
            stage.agenda.after_ms(ms, Event::Broken { conn, end: End::Opener, last: false });
            stage.agenda.after_ms(ms + 10, Event::Broken { conn, end: End::Accepter, last: true });
        }
    }

    fn redial_later(&mut self, stage: &mut Stage) {
        let ms = stage.network.between(0, RECONNECT_MS.0 * 4);
        stage.agenda.after_ms(ms, self.event(RelayEvent::Redial));
    }

    /// Whether connections are accepted.
    pub fn accepts(&self) -> bool {
        self.up.is_some()
    }

    /// A relay below connected.
    pub fn accept_link(&mut self, stage: &mut Stage, conn: ConnNo) {
        if let Some(up) = &mut self.up {
            up.links.accept(conn, stage.now());
        }
    }

    /// Bytes came from above.
    pub fn receive_upstream(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        let now = stage.now();
        let Some(Running { hub, check, upstream, .. }) = &mut self.up else { return };
        let Some(link) = upstream.as_mut().filter(|link| link.conn == conn) else { return };
        link.heard = now;
        link.frames.push(bytes);
        loop {
            let frame = match link.frames.take() {
                Ok(None) => break,
                Ok(Some(frame)) => frame,
                Err(error) => {
                    stage.fail(Oracle::Conduct, format!("relay {} was sent {error}", self.no + 1));
                    break;
                }
            };
            link.greeted = true;
            match hub.upstream_frame(now.hub(), Bytes::from(frame)) {
                Ok(None | Some(Upcall::Pong(_) | Upcall::GoAway { .. })) => {}
                Ok(Some(Upcall::Ping(number))) => link.out.push(&frame::encode(&LinkUp::Pong(number))),
                Ok(Some(Upcall::Refused(error))) => {
                    stage.fail(Oracle::Conduct, format!("relay {} was refused: {error}", self.no + 1));
                }
                Err(LinkError::Loop) => {
                    stage.counts.loops += 1;
                    stage.say(format_args!("relay {} is in a loop and leaves", self.no + 1));
                    stage.orphan(conn, End::Opener, 0);
                    return self.upstream_lost(stage, conn);
                }
                Err(error) => {
                    stage.fail(Oracle::Conduct, format!("relay {} leaves its upstream: {error}", self.no + 1));
                }
            }
            check.moved(stage, hub);
        }
        link.out.pump(stage, conn, End::Accepter);
        self.settle(stage);
    }

    /// Bytes came from below.
    pub fn receive_link(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        let Some(Running { hub, links, .. }) = &mut self.up else { return };
        for message in links.receive(stage, conn, bytes) {
            match message {
                LinkUp::Hello(_) => links.admit(conn, hub),
                LinkUp::Ping(number) => links.send(stage, conn, &LinkDown::Pong(number)),
                LinkUp::Pong(_) => {}
                LinkUp::Publish { .. } => stage.fail(Oracle::Conduct, "a relay was sent an event"),
                // Nobody asks over HTTP here.
                LinkUp::People { .. } => stage.fail(Oracle::Conduct, "a relay asked about entities"),
                LinkUp::Meet(ask) => {
                    if let Some(link) = links.link(conn) {
                        hub.link_asks(link, ask);
                    }
                }
            }
        }
        self.settle(stage);
    }

    /// A link below, or the one above, takes more bytes.
    pub fn writable(&mut self, stage: &mut Stage) {
        if let Some(link) = self.up.as_mut().and_then(|up| up.upstream.as_mut()) {
            link.out.pump(stage, link.conn, End::Accepter);
        }
        self.settle(stage);
    }

    /// A link below is gone.
    pub fn link_lost(&mut self, stage: &mut Stage, conn: ConnNo) {
        if let Some(Running { hub, links, .. }) = &mut self.up {
            links.lost(conn, hub);
        }
        self.settle(stage);
    }

    /// The link above is gone.
    pub fn upstream_lost(&mut self, stage: &mut Stage, conn: ConnNo) {
        let Some(up) = &mut self.up else { return };
        if up.upstream.as_ref().is_some_and(|link| link.conn == conn) {
            up.upstream = None;
            up.hub.upstream_lost(stage.now().hub());
            up.check.disconnected(stage.now());
            self.redial_later(stage);
            self.settle(stage);
        }
    }

    fn pings(&mut self, stage: &mut Stage) {
        stage.agenda.after_ms(LINK_PING_AFTER_MS, self.event(RelayEvent::Pings));
        let Some(up) = &mut self.up else { return };
        up.links.pings(stage, &mut up.hub);
        let Some(link) = &mut up.upstream else { return };
        let quiet = stage.now().ms_since(link.heard);
        if quiet >= LINK_GONE_AFTER_MS {
            let conn = link.conn;
            stage.say(format_args!("relay {}: nothing heard from upstream, given up", self.no + 1));
            stage.orphan(conn, End::Opener, 0);
            self.upstream_lost(stage, conn);
        } else if quiet >= LINK_PING_AFTER_MS && link.greeted {
            link.out.push(&frame::encode(&LinkUp::Ping(quiet)));
        }
    }

    /// Its connection upstream, if there is one.
    pub fn upstream_conn(&self) -> Option<ConnNo> {
        self.up.as_ref()?.upstream.as_ref().map(|link| link.conn)
    }

    /// After anything: move frames, and plan the next tick.
    pub fn settle(&mut self, stage: &mut Stage) {
        let Some(up) = &mut self.up else { return };
        while let Some(frame) = up.hub.poll_upstream() {
            if let Some(upstream) = &mut up.upstream {
                upstream.out.push(&frame);
                upstream.waiting += frame.len();
            }
        }
        if let Some(upstream) = &mut up.upstream {
            upstream.out.pump(stage, upstream.conn, End::Accepter);
            let sent = upstream.waiting.saturating_sub(upstream.out.len());
            upstream.waiting -= sent;
            up.hub.upstream_sent(sent);
        }
        while let Some(answer) = up.hub.poll_answer() {
            up.shards.answer(stage, answer);
        }
        up.links.pump(stage, &mut up.hub);
        let now = stage.now();
        if let Some(at) = up.hub.next_tick_at() {
            let at = Moment::of_ms(at.0).max(now);
            if up.tick_at.is_none_or(|planned| planned > at || planned < now) {
                up.tick_at = Some(at);
                stage.agenda.at(at, Event::Relay(self.no, self.run, RelayEvent::Tick));
            }
        }
    }
}
