//! When a shard slows its clients' pace: passes that take too much of a tick raise the level at once, and only a while
//! of short ones lowers it again. What a level means is in `core/shard.rs`.

use std::time::Duration;

use scorelay_protocol::limits;

use super::metrics::Metrics;
use crate::core::shard::Overload;

/// Short passes in a row before the level is lowered.
const CALM_PASSES: u32 = 40;

#[derive(Debug)]
pub(crate) struct Governor {
    level: Overload,
    long: Duration,
    calm: u32,
}

impl Governor {
    pub(crate) fn new(tick_ms: u64) -> Self {
        let long = Duration::from_millis(tick_ms) * limits::PASS_PERCENT / 100;
        Self { level: Overload::None, long, calm: 0 }
    }

    /// Takes the time of a pass; the new level, where it changed.
    pub(crate) fn passed(&mut self, took: Duration, metrics: &Metrics) -> Option<Overload> {
        let next = self.judge(took);
        if next == self.level {
            return None;
        }
        match (self.level, next) {
            (Overload::None, _) => drop(metrics.overload.inc()),
            (_, Overload::None) => drop(metrics.overload.dec()),
            _ => {}
        }
        tracing::warn!(?next, took_ms = took.as_millis(), "the pace changes");
        self.level = next;
        Some(next)
    }

    fn judge(&mut self, took: Duration) -> Overload {
        if took > self.long {
            self.calm = 0;
            return match self.level {
                Overload::None => Overload::Deep,
                Overload::Deep | Overload::All => Overload::All,
            };
        }
        // With the pace back, the same work takes twice as long at most. Were less than half asked for, a relay that a crowd
        // has come to all at once would stay slow for good at a quarter of what it can carry.
        self.calm = if took < self.long / 2 { self.calm + 1 } else { 0 };
        if self.calm < CALM_PASSES {
            return self.level;
        }
        self.calm = 0;
        match self.level {
            Overload::All => Overload::Deep,
            Overload::Deep | Overload::None => Overload::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::registry::Registry;

    #[test]
    fn long_passes_slow_the_pace_and_a_calm_while_brings_it_back() {
        let metrics = Metrics::new(&mut Registry::default());
        let mut governor = Governor::new(50);
        let mut pass = |ms| governor.passed(Duration::from_millis(ms), &metrics);
        assert_eq!((pass(30), pass(31), pass(31), pass(31)), (None, Some(Overload::Deep), Some(Overload::All), None));
        assert_eq!(metrics.overload.get(), 1);
        for wanted in [Overload::Deep, Overload::None] {
            assert!((1..CALM_PASSES).all(|_| pass(5).is_none()));
            assert_eq!(pass(5), Some(wanted));
        }
        assert_eq!(metrics.overload.get(), 0);
        assert!((0..100).all(|_| pass(20).is_none()), "neither long nor short changes nothing");
        assert_eq!(pass(31), Some(Overload::Deep));
        assert!((0..100).all(|_| pass(16).is_none()), "twice that would be too long");
        assert!((1..CALM_PASSES).all(|_| pass(14).is_none()));
        assert_eq!(pass(14), Some(Overload::None));
    }
}
