//! The clocks of a relay process, read here and handed to the pure half as numbers: a monotonic one for what is due,
//! the wall's for what people are told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use scorelay_protocol::ids::UnixMillis;
use tokio::time::Instant;

use crate::core::clock::Millis;
use crate::core::inlet::Now;

/// A monotonic clock; its copies agree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since the start.
    pub(crate) fn millis(self) -> Millis {
        Millis(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Both clocks.
    pub(crate) fn now(self) -> Now {
        Now { at: self.millis(), wall: wall() }
    }

    /// The moment of `at`, to sleep until.
    pub(crate) fn instant(self, at: Millis) -> Instant {
        self.0 + Duration::from_millis(at.0)
    }
}

/// The wall's clock.
pub(crate) fn wall() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
