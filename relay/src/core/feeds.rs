//! (being written) The feed thread's half: signatures are settled, bodies follow.

use std::sync::Arc;

use scorelay_protocol::ids::RelayEpoch;
use scorelay_protocol::tick::Freshness;
use scorelay_ranks::{BoardSet, SetEvent};

use crate::core::clock::Millis;
use crate::core::published::{FeedCommand, Published};

/// All watched feeds of one relay process.
#[derive(Debug)]
pub struct Feeds {
    tick_ms: u64,
}

impl Feeds {
    /// No feeds yet, before the first tick. `freshness` is what watchers are told until it changes.
    pub fn new(_epoch: RelayEpoch, tick_ms: u64, _freshness: Freshness) -> Self {
        Self { tick_ms }
    }

    /// Takes a shard's command; it shows in the next tick.
    pub fn command(&mut self, _command: FeedCommand) {}

    /// Pass every event of the set that `tick` is given, as `BoardSet::apply`, `chunk`, … tell it.
    pub fn observe(&mut self, _event: &SetEvent) {}

    /// Another set takes the place of the one followed so far (the first one, or after a core's restart).
    pub fn swapped(&mut self, _new: &BoardSet) {}

    /// Whether what is shown follows the core.
    pub fn set_freshness(&mut self, _freshness: Freshness) {}

    /// When `tick` wants to be called: `None` while there is nothing to do. At once is any moment not after now.
    pub fn next_tick_at(&self) -> Option<Millis> {
        None
    }

    /// Brings the watched feeds to `set`. `None` for the set while there is none that may be shown (never caught up,
    /// or between `Begin` and `CaughtUp`). Gives nothing where nothing changed.
    pub fn tick(&mut self, now: Millis, _set: Option<&BoardSet>) -> Option<Arc<Published>> {
        let _ = now.plus(self.tick_ms);
        None
    }
}
