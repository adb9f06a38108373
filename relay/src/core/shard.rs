//! The connections of one shard. [`Shard`] takes in what clients ask (`watch.rs`) and what the feed thread publishes,
//! and walks the connections to send each what it is due. It reads no clock and writes no socket: time is an argument,
//! each connection brings its own [`Wire`].

use std::sync::Arc;

use scorelay_protocol::client::{ClientMessage, GoAway, RelayMessage, Request, Response, Welcome};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{Position, RelayEpoch, RequestId, TickNo};
use scorelay_protocol::limits::{
    self, AGENT_BYTES, CLIENT_PROTOCOL, MASK_FEEDS, MASK_TRACKS, MAX_PACE_MS, MEET_CLIENT_BYTES, UNANSWERED_REQUESTS,
};
use slab::Slab;

use crate::core::clock::Millis;
use crate::core::conn::{Conn, Due, Greeted};
use crate::core::interest::Interest;
use crate::core::message::Maker;
use crate::core::outgoing::Wire;
use crate::core::published::{Answer, ConnId, FeedCommand, Published, ShardNo};

/// What a shard is told at its start.
#[derive(Debug, Clone)]
pub struct ShardConfig {
    /// Its number.
    pub no: ShardNo,
    /// The relay's epoch, the same for all shards.
    pub epoch: RelayEpoch,
    /// Milliseconds between ticks.
    pub tick_ms: u64,
    /// Name and version of the relay, for `Welcome`.
    pub software: String,
}

/// Whether to go on reading from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Go on.
    Go,
    /// Read nothing more from it until [`Shard::take_resumed`] names it.
    Hold,
}

/// Whether a pass over the connections is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// Call again, after letting others work.
    More,
    /// It is; [`Shard::next_walk_at`] says when the next one is wanted.
    Done,
}

/// How much the pace is slowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Overload {
    /// Not at all.
    #[default]
    None,
    /// Connections that only look at deep pages get half their pace.
    Deep,
    /// All do.
    All,
}

/// What a shard has done since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShardCounts {
    /// Messages handed to wires.
    pub messages: u64,
    /// Their bytes, without frame headers.
    pub bytes: u64,
}

/// The connections of one shard.
#[derive(Debug)]
pub struct Shard<W> {
    pub(crate) config: ShardConfig,
    pub(crate) conns: Slab<Conn<W>>,
    pub(crate) interest: Interest,
    /// The last tick, once there was one.
    pub(crate) published: Option<Arc<Published>>,
    maker: Maker,
    overload: Overload,
    opened: u32,
    /// Connections to be looked at out of turn.
    touched: Vec<ConnId>,
    resumed: Vec<ConnId>,
    /// Places left in the pass that is under way.
    pass: Option<Pass>,
    /// Where the last pass began.
    began: usize,
    /// One past the highest place ever used.
    places: usize,
    pass_at: Option<Millis>,
    counts: ShardCounts,
}

#[derive(Debug, Clone, Copy)]
struct Pass {
    next: usize,
    left: usize,
}

impl<W: Wire> Shard<W> {
    /// No connections.
    pub fn new(config: ShardConfig) -> Self {
        Self {
            interest: Interest::new(config.no),
            config,
            conns: Slab::new(),
            published: None,
            maker: Maker::default(),
            overload: Overload::None,
            opened: 0,
            touched: Vec::new(),
            resumed: Vec::new(),
            pass: None,
            began: 0,
            places: 0,
            pass_at: None,
            counts: ShardCounts::default(),
        }
    }

    /// A client whose handshake is done; `tracks` are from its address's query, of which the first
    /// [`MASK_TRACKS`] different ones count.
    pub fn open(&mut self, now: Millis, wire: W, tracks: Vec<Entity>) -> ConnId {
        let mut distinct: Vec<Entity> = Vec::new();
        for entity in tracks {
            if distinct.len() < MASK_TRACKS && !distinct.contains(&entity) {
                distinct.push(entity);
            }
        }
        self.opened = self.opened.wrapping_add(1);
        let slot = self.conns.insert(Conn::new(wire, self.opened, distinct, now));
        self.places = self.places.max(slot + 1);
        ConnId { slot: slot as u32, serial: self.opened }
    }

    /// A message from a client.
    ///
    /// # Errors
    /// What was wrong, where the connection cannot live on: send that error, then close it. Other errors are sent
    /// from here.
    pub fn receive(&mut self, now: Millis, id: ConnId, message: ClientMessage) -> Result<Reading, WireError> {
        let Some(conn) = self.conn_mut(id) else { return Ok(Reading::Go) };
        if !conn.within_rate(now) {
            let (most, seconds) = (limits::CLIENT_MESSAGES_PER_SECOND, limits::CLIENT_RATE_SECONDS);
            let text = format!("more than {most} messages a second for {seconds} seconds");
            return Err(WireError::new(ErrorCode::TooFast, text));
        }
        let first = matches!(message, ClientMessage::Hello { .. });
        if conn.greeted.is_some() == first {
            let text = if first { "Hello came twice" } else { "Hello has to come first" };
            return Err(WireError::new(ErrorCode::OutOfOrder, text));
        }
        match message {
            ClientMessage::Hello { resume, agent } => {
                check_agent(&agent)?;
                self.hello(id, resume);
            }
            ClientMessage::Watch { generation, remove, add } => self.watch(id, generation, &remove, &add),
            ClientMessage::Request { id: request, body } => {
                let Some(conn) = self.conn_mut(id) else { return Ok(Reading::Go) };
                if conn.unanswered >= UNANSWERED_REQUESTS {
                    let text = format!("{UNANSWERED_REQUESTS} requests of this connection are unanswered");
                    let result = Err(WireError::new(ErrorCode::TooManyRequests, text));
                    conn.say(&RelayMessage::Response { id: request, result });
                } else {
                    conn.unanswered += 1;
                    self.request(id, request, body);
                }
            }
            ClientMessage::Pace { every_ms } => {
                if let Some(conn) = self.conn_mut(id) {
                    conn.pace_ms = u64::from(every_ms.min(MAX_PACE_MS));
                }
            }
        }
        self.touch(id);
        let Some(conn) = self.conn_mut(id) else { return Ok(Reading::Go) };
        conn.held |= conn.is_full();
        Ok(if conn.held { Reading::Hold } else { Reading::Go })
    }

    fn request(&mut self, id: ConnId, request: RequestId, body: Request) {
        let Some(conn) = self.conn_mut(id) else { return };
        match body {
            Request::Meet(body) => {
                conn.asks_meets = true;
                let address = conn.wire.address();
                self.interest.ask_meet(id, request, address, body);
            }
            body => self.interest.ask(id, request, body),
        }
    }

    fn hello(&mut self, id: ConnId, resume: Option<Position>) {
        let tick = self.published.as_ref().map_or(TickNo(0), |published| published.tick);
        let resumed = resume.is_some_and(|at| at.epoch == self.config.epoch && at.tick <= tick);
        let Some(conn) = self.conns.get_mut(id.slot as usize) else { return };
        conn.greeted = Some(Greeted { resumed, at: tick });
        conn.cursor = tick;
        let tracked = std::mem::take(&mut conn.tracks);
        for entity in &tracked {
            let feed = Feed::Track { entity: entity.clone() };
            let local = self.interest.join(&feed);
            conn.mask.push(&feed, local, None);
        }
        conn.say(&RelayMessage::Welcome(Welcome {
            protocol: CLIENT_PROTOCOL,
            position: Position { epoch: self.config.epoch, tick },
            resumed,
            tick_ms: self.config.tick_ms as u32,
            mask_feeds: MASK_FEEDS as u32,
            tracked,
            software: self.config.software.clone(),
        }));
    }

    /// The wire of a connection.
    pub fn wire_mut(&mut self, id: ConnId) -> Option<&mut W> {
        self.conn_mut(id).map(|conn| &mut conn.wire)
    }

    /// A connection is gone; gives its wire back. Unknown ids are ignored.
    pub fn closed(&mut self, id: ConnId) -> Option<W> {
        self.conn_mut(id)?;
        let conn = self.conns.remove(id.slot as usize);
        for entry in &conn.mask.entries {
            self.interest.leave(entry.local);
        }
        if conn.asks_meets && conn.unanswered > 0 {
            self.interest.gone(id);
        }
        Some(conn.wire)
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.conns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.conns.is_empty()
    }

    /// What it has done since its start.
    pub fn counts(&self) -> ShardCounts {
        self.counts
    }

    /// Takes the next tick; every one must be given, in order.
    pub fn publish(&mut self, published: Arc<Published>) {
        self.interest.publish(&published);
        let shard = self.config.no;
        for answer in published.answers.iter().filter(|answer| answer.shard == shard) {
            self.answer(answer.clone());
        }
        self.published = Some(published);
        self.pass_at = Some(Millis(0));
    }

    /// Takes an answer, from a tick or between two, to a request of one of its connections.
    pub fn answer(&mut self, answer: Answer) {
        let Answer { conn: to, id, result, .. } = answer;
        if let Some(conn) = self.conn_mut(to) {
            conn.unanswered = conn.unanswered.saturating_sub(1);
            let result = match result {
                Ok(Response::Meet(answer)) if conn.waiting_bytes() + answer.len() > MEET_CLIENT_BYTES => {
                    let text = format!("more than {MEET_CLIENT_BYTES} bytes of answers wait on this connection");
                    Err(WireError::new(ErrorCode::MeetBusy, text))
                }
                result => result,
            };
            conn.say(&RelayMessage::Response { id, result });
            self.touch(to);
        }
    }

    /// When [`Shard::walk`] wants to be called: `None` while there is nothing to do. At once is any moment not after
    /// now.
    pub fn next_walk_at(&self) -> Option<Millis> {
        let under_way = self.pass.is_some() || !self.touched.is_empty();
        if under_way { Some(Millis(0)) } else { self.pass_at }
    }

    /// Sends what is due to at most `max` connections. A pass goes over all of them and may take several calls; the
    /// shell measures how long one takes and answers with [`Shard::overload`].
    pub fn walk(&mut self, now: Millis, max: usize) -> Walk {
        let mut left = max;
        while left > 0
            && let Some(id) = self.touched.pop()
        {
            left -= 1;
            if let Some(conn) = self.conn_mut(id) {
                conn.touched = false;
                self.serve(id.slot as usize, now);
            }
        }
        if self.pass.is_none() && self.pass_at.is_some_and(|at| at <= now) {
            self.pass_at = None;
            // A stride that has nothing to do with the number of connections lets each come early at times.
            self.began = (self.began + 1 + self.places * 5 / 13) % self.places.max(1);
            self.pass = Some(Pass { next: self.began, left: self.places });
        }
        while let Some(pass) = &mut self.pass {
            if pass.left == 0 {
                self.pass = None;
                break;
            }
            if left == 0 {
                return Walk::More;
            }
            let slot = pass.next % self.places;
            pass.next += 1;
            pass.left -= 1;
            left -= 1;
            self.serve(slot, now);
        }
        if self.touched.is_empty() { Walk::Done } else { Walk::More }
    }

    /// Slows the pace down, or brings it back.
    pub fn overload(&mut self, level: Overload) {
        self.overload = level;
    }

    /// Tells every client to leave; `retry_after_ms` is drawn for each.
    pub fn go_away(&mut self, reason: GoAway, mut retry_after_ms: impl FnMut() -> u32) {
        for (_, conn) in &mut self.conns {
            conn.say(&RelayMessage::GoAway { reason, retry_after_ms: retry_after_ms() });
        }
        self.pass_at = Some(Millis(0));
    }

    /// Commands for the feed thread since the last call, in order.
    pub fn drain_commands(&mut self) -> Vec<FeedCommand> {
        self.interest.drain_commands()
    }

    /// Connections held by [`Reading::Hold`] from which may be read again.
    pub fn take_resumed(&mut self) -> Vec<ConnId> {
        std::mem::take(&mut self.resumed)
    }

    pub(crate) fn conn_mut(&mut self, id: ConnId) -> Option<&mut Conn<W>> {
        self.conns.get_mut(id.slot as usize).filter(|conn| conn.serial == id.serial)
    }

    fn touch(&mut self, id: ConnId) {
        if let Some(conn) = self.conn_mut(id)
            && !conn.touched
        {
            conn.touched = true;
            self.touched.push(id);
        }
    }

    /// Sends one connection what it is due, if its wire takes it, and notes when to look at it again.
    fn serve(&mut self, slot: usize, now: Millis) {
        let Some(conn) = self.conns.get_mut(slot) else { return };
        let next_tick = now.plus(self.config.tick_ms);
        while !conn.outbox.is_empty() {
            if !conn.wire.ready() {
                return self.again(next_tick);
            }
            if let Some(payload) = conn.outbox.pop_front() {
                let out = self.maker.ready_made(&payload);
                self.counts.messages += 1;
                self.counts.bytes += payload.len() as u64;
                conn.wire.send(out);
            }
        }
        if conn.held && !conn.is_full() {
            conn.held = false;
            self.resumed.push(ConnId { slot: slot as u32, serial: conn.serial });
        }
        let Some(published) = &self.published else { return };
        let (from, at) = match conn.due(&self.interest, published, self.config.tick_ms, self.overload) {
            Due::Nothing => return,
            Due::At { from, at } => (from, at),
        };
        if from > now {
            // Soon enough to be on time, but not one pass for each of many connections.
            return self.again(at.max(now.plus(self.config.tick_ms / 2)));
        }
        if !conn.wire.ready() {
            return self.again(next_tick);
        }
        let out = self.maker.tick(conn, &mut self.interest, published);
        self.counts.messages += 1;
        self.counts.bytes += out.payload().len() as u64;
        conn.wire.send(out);
        conn.sent_at = Some(now);
        if self.maker.left_some() {
            self.again(next_tick);
        }
    }

    fn again(&mut self, at: Millis) {
        self.pass_at = Some(self.pass_at.map_or(at, |before| before.min(at)));
    }
}

fn check_agent(agent: &str) -> Result<(), WireError> {
    match agent.len() {
        bytes if bytes > AGENT_BYTES => {
            let text = format!("an agent of {bytes} bytes: at most {AGENT_BYTES} are allowed");
            Err(WireError::new(ErrorCode::TooLarge, text))
        }
        _ => Ok(()),
    }
}
