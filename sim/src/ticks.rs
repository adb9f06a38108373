//! What every tick of every relay stood for: which state of the core its replica was in, and whether it followed the
//! core. Written down when a relay ticks, looked up when a client says that it is at a tick.

use std::collections::BTreeMap;

use scorelay_protocol::ids::{Position, RelayEpoch, TickNo, UnixMillis};

use crate::clock::Moment;
use crate::history::Version;

/// One tick of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickRecord {
    /// When.
    pub at: Moment,
    /// The replica's state; `None` before there was one.
    pub version: Option<Version>,
    /// Since when the relay did not follow the core, if it did not.
    pub stale: Option<UnixMillis>,
}

/// All ticks of all runs of all relays.
#[derive(Debug, Default)]
pub struct Ticks {
    ticks: BTreeMap<(RelayEpoch, TickNo), TickRecord>,
    /// Every change of a replica's state, ticks or no ticks.
    versions: BTreeMap<RelayEpoch, Vec<(Moment, Option<Version>)>>,
}

impl Ticks {
    /// A run of a relay begins, at tick 0 and without boards.
    pub fn begin(&mut self, epoch: RelayEpoch, at: Moment, stale: UnixMillis) {
        self.ticks.insert((epoch, TickNo(0)), TickRecord { at, version: None, stale: Some(stale) });
        self.versions.insert(epoch, vec![(at, None)]);
    }

    /// A relay ticked.
    pub fn record(&mut self, epoch: RelayEpoch, tick: TickNo, record: TickRecord) {
        self.ticks.insert((epoch, tick), record);
    }

    /// A relay's replica is in this state now; true if it is another one than before.
    pub fn moved(&mut self, epoch: RelayEpoch, at: Moment, version: Option<Version>) -> bool {
        let versions = self.versions.entry(epoch).or_default();
        let new = versions.last().is_none_or(|(_, last)| *last != version);
        if new {
            versions.push((at, version));
        }
        new
    }

    /// What a tick stood for.
    pub fn at(&self, position: Position) -> Option<TickRecord> {
        self.ticks.get(&(position.epoch, position.tick)).copied()
    }

    /// The states that a relay's replica was in between two moments, the newest first.
    pub fn versions(&self, epoch: RelayEpoch, from: Moment, to: Moment) -> impl Iterator<Item = Option<Version>> {
        let all = self.versions.get(&epoch).map_or(&[][..], Vec::as_slice);
        let after = all.partition_point(|(at, _)| *at <= to);
        let before = all[..after].partition_point(|(at, _)| *at <= from).saturating_sub(1);
        all[before..after].iter().rev().map(|(_, version)| *version)
    }
}
