//! (being written) The connections of one shard: signatures are settled, bodies follow.

use std::sync::Arc;

use scorelay_protocol::client::{ClientMessage, GoAway};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::RelayEpoch;

use crate::core::clock::Millis;
use crate::core::outgoing::Wire;
use crate::core::published::{ConnId, FeedCommand, Published, ShardNo};

/// What a shard is told at its start.
#[derive(Debug, Clone)]
pub struct ShardConfig {
    /// Its number.
    pub no: ShardNo,
    /// The relay's epoch, the same for all shards and [`crate::core::feeds::Feeds`].
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

/// The connections of one shard.
#[derive(Debug)]
pub struct Shard<W> {
    wires: Vec<W>,
}

impl<W: Wire> Shard<W> {
    /// No connections.
    pub fn new(_config: ShardConfig) -> Self {
        Self { wires: Vec::new() }
    }

    /// A client whose handshake is done; `tracks` are from its address's query.
    pub fn open(&mut self, _now: Millis, wire: W, _tracks: Vec<Entity>) -> ConnId {
        self.wires.push(wire);
        ConnId { slot: 0, serial: 0 }
    }

    /// A message from a client.
    ///
    /// # Errors
    /// What was wrong, where the connection cannot live on: send that error, then close it. Other errors are sent
    /// from here.
    pub fn receive(&mut self, _now: Millis, _conn: ConnId, _message: ClientMessage) -> Result<Reading, WireError> {
        Ok(Reading::Go)
    }

    /// The wire of a connection.
    pub fn wire_mut(&mut self, _conn: ConnId) -> Option<&mut W> {
        self.wires.first_mut()
    }

    /// A connection is gone; gives its wire back. Unknown ids are ignored.
    pub fn closed(&mut self, _conn: ConnId) -> Option<W> {
        self.wires.pop()
    }

    /// Takes the next tick; every one must be given, in order.
    pub fn publish(&mut self, _published: Arc<Published>) {}

    /// When `walk` wants to be called: `None` while there is nothing to do. At once is any moment not after now.
    pub fn next_walk_at(&self) -> Option<Millis> {
        None
    }

    /// Sends what is due to at most `max` connections. A pass goes over all of them and may take several calls; the
    /// shell measures how long one takes and answers with [`Shard::overload`].
    pub fn walk(&mut self, _now: Millis, _max: usize) -> Walk {
        Walk::Done
    }

    /// Slows the pace down, or brings it back.
    pub fn overload(&mut self, _level: Overload) {}

    /// Tells every client to leave; `retry_after_ms` is drawn for each.
    pub fn go_away(&mut self, _reason: GoAway, _retry_after_ms: impl FnMut() -> u32) {}

    /// Commands for the feed thread since the last call, in order.
    pub fn drain_commands(&mut self) -> Vec<FeedCommand> {
        Vec::new()
    }

    /// Connections held by [`Reading::Hold`] from which may be read again.
    pub fn take_resumed(&mut self) -> Vec<ConnId> {
        Vec::new()
    }
}
