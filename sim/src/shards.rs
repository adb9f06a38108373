//! The shards of one simulated relay with their client connections: real shards, fed late and in pieces as threads
//! would be. Ticks reach them through an inbox, commands leave through another; walks are cut into chunks. What a shard
//! sends is its own affair.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use scorelay_protocol::client::{ClientMessage, GoAway};
use scorelay_protocol::codec;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::frame::{Frames, HEAD_BYTES};
use scorelay_protocol::ids::RelayEpoch;
use scorelay_relay::core::published::{Answer, ConnId, FeedCommand, Published, ShardNo};
use scorelay_relay::core::shard::{Reading, Shard, ShardConfig, Walk};

use crate::clock::Moment;
use crate::event::{Event, RelayEvent, Run};
use crate::net::{ConnNo, End};
use crate::report::Oracle;
use crate::stage::Stage;
use crate::wire::SimWire;

/// All shards of a relay.
#[derive(Debug)]
pub struct Shards {
    relay: usize,
    run: Run,
    shards: Vec<One>,
    conns: BTreeMap<ConnNo, Conn>,
    /// Commands on their way to the feed thread.
    commands: VecDeque<FeedCommand>,
}

#[derive(Debug)]
struct One {
    shard: Shard<SimWire>,
    inbox: VecDeque<Arc<Published>>,
    /// When its walk is on the agenda.
    walk_at: Option<Moment>,
}

#[derive(Debug)]
struct Conn {
    shard: usize,
    id: ConnId,
    wire: SimWire,
    frames: Frames,
    held: bool,
}

impl Shards {
    /// Shards of one run of a relay.
    pub fn new(relay: usize, run: Run, epoch: RelayEpoch, stage: &Stage) -> Self {
        let tick_ms = stage.plan.tick_ms;
        let one = |no: usize| {
            let config = ShardConfig { no: ShardNo(no as u16), epoch, tick_ms, software: "sim".to_owned() };
            One { shard: Shard::new(config), inbox: VecDeque::new(), walk_at: None }
        };
        let shards = (0..stage.plan.shards).map(one).collect();
        Self { relay, run, shards, conns: BTreeMap::new(), commands: VecDeque::new() }
    }

    /// A client connected.
    pub fn accept(&mut self, stage: &mut Stage, conn: ConnNo, tracks: Vec<Entity>) {
        let shard = stage.network.below(self.shards.len() as u64) as usize;
        let wire = SimWire::default();
        let id = self.shards[shard].shard.open(stage.now().relay(), wire.clone(), tracks);
        self.conns.insert(conn, Conn { shard, id, wire, frames: Frames::new(), held: false });
        self.settle(stage);
    }

    /// Bytes of a client came.
    pub fn receive(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        if let Some(state) = self.conns.get_mut(&conn) {
            state.frames.push(bytes);
            self.read(stage, conn);
        }
        self.settle(stage);
    }

    fn read(&mut self, stage: &mut Stage, conn: ConnNo) {
        while let Some(state) = self.conns.get_mut(&conn).filter(|state| !state.held) {
            let message = match state.frames.take() {
                Ok(None) => return,
                Ok(Some(frame)) => codec::decode_client::<ClientMessage>(&frame[HEAD_BYTES..]),
                Err(error) => return stage.fail(Oracle::Conduct, format!("a client sent {error}")),
            };
            let message = match message {
                Ok(message) => message,
                Err(error) => return stage.fail(Oracle::Conduct, format!("a client sent {error}")),
            };
            let (id, shard) = (state.id, &mut self.shards[state.shard].shard);
            match shard.receive(stage.now().relay(), id, message) {
                Ok(Reading::Go) => {}
                Ok(Reading::Hold) => {
                    state.held = true;
                    stage.set_reading(conn, End::Accepter, false);
                }
                Err(error) => stage.fail(Oracle::Conduct, format!("a relay closes on a client of ours: {error}")),
            }
        }
    }

    /// The feed thread published a tick; each shard gets it a little later.
    pub fn publish(&mut self, stage: &mut Stage, published: &Arc<Published>) {
        for (no, one) in self.shards.iter_mut().enumerate() {
            one.inbox.push_back(published.clone());
            let us = if stage.network.permille(100) { stage.network.between(0, 40_000) } else { 50 };
            stage.agenda.after_us(us, Event::Relay(self.relay, self.run, RelayEvent::Publish(no)));
        }
    }

    /// The feed thread has an answer that waits for no tick.
    pub fn answer(&mut self, stage: &mut Stage, answer: Answer) {
        if let Some(one) = self.shards.get_mut(usize::from(answer.shard.0)) {
            one.shard.answer(answer);
        }
        self.settle(stage);
    }

    /// A shard looks into its inbox.
    pub fn take_published(&mut self, stage: &mut Stage, shard: usize) {
        if let Some(published) = self.shards[shard].inbox.pop_front() {
            self.shards[shard].shard.publish(published);
        }
        self.settle(stage);
    }

    /// A shard walks over some of its connections.
    pub fn walk(&mut self, stage: &mut Stage, no: usize) {
        let one = &mut self.shards[no];
        let now = stage.now();
        if one.walk_at.is_none_or(|at| at > now) {
            return;
        }
        one.walk_at = None;
        let most = stage.network.between(1, 4) as usize;
        if one.shard.walk(now.relay(), most) == Walk::More {
            let us = stage.network.between(0, 3_000);
            let at = now.plus_us(us);
            one.walk_at = Some(at);
            stage.agenda.at(at, Event::Relay(self.relay, self.run, RelayEvent::Walk(no)));
        }
        self.settle(stage);
    }

    /// A connection takes more bytes.
    pub fn writable(&mut self, stage: &mut Stage) {
        self.settle(stage);
    }

    /// Asks clients for a sign of life.
    pub fn pings(&mut self, stage: &mut Stage) {
        for state in self.conns.values() {
            state.wire.ping();
        }
        self.settle(stage);
    }

    /// A connection is gone.
    pub fn lost(&mut self, stage: &mut Stage, conn: ConnNo) {
        if let Some(state) = self.conns.remove(&conn) {
            self.shards[state.shard].shard.closed(state.id);
        }
        self.settle(stage);
    }

    /// The next command for the feed thread.
    pub fn take_command(&mut self) -> Option<FeedCommand> {
        self.commands.pop_front()
    }

    /// Tells every client to leave; connections close once that is out, or are cut.
    pub fn go_away(&mut self, stage: &mut Stage) {
        for one in &mut self.shards {
            let faults = &mut stage.faults;
            one.shard.go_away(GoAway::ShuttingDown, || faults.between(0, 2_000) as u32);
            let now = stage.agenda.now().relay();
            while one.shard.walk(now, usize::MAX) == Walk::More {}
        }
        self.settle(stage);
    }

    /// The connections.
    pub fn conns(&self) -> impl Iterator<Item = ConnNo> {
        self.conns.keys().copied()
    }

    /// Whether a connection has an unfinished message.
    pub fn is_busy(&self, conn: ConnNo) -> bool {
        self.conns.get(&conn).is_some_and(|state| state.wire.is_busy())
    }

    /// After anything: write, read on, pass commands on, and plan the next walk.
    fn settle(&mut self, stage: &mut Stage) {
        for (conn, state) in &self.conns {
            state.wire.pump(stage, *conn);
            if state.wire.was_crowded() {
                stage.fail(Oracle::Memory, format!("{conn:?} was given a message while another was unfinished"));
            }
        }
        let mut resumed = Vec::new();
        for one in &mut self.shards {
            let ids = one.shard.take_resumed();
            resumed.extend(self.conns.iter().filter(|(_, state)| ids.contains(&state.id)).map(|(conn, _)| *conn));
        }
        for conn in resumed {
            if let Some(state) = self.conns.get_mut(&conn) {
                state.held = false;
            }
            stage.set_reading(conn, End::Accepter, true);
            self.read(stage, conn);
        }
        let before = self.commands.len();
        for (no, one) in self.shards.iter_mut().enumerate() {
            self.commands.extend(one.shard.drain_commands());
            let now = stage.now();
            if let Some(at) = one.shard.next_walk_at() {
                let at = Moment::of_ms(at.0).max(now);
                if one.walk_at.is_none_or(|planned| planned > at || planned < now) {
                    one.walk_at = Some(at);
                    stage.agenda.at(at, Event::Relay(self.relay, self.run, RelayEvent::Walk(no)));
                }
            }
        }
        for _ in before..self.commands.len() {
            let us = if stage.network.permille(100) { stage.network.between(0, 40_000) } else { 20 };
            stage.agenda.after_us(us, Event::Relay(self.relay, self.run, RelayEvent::Commands));
        }
    }
}
