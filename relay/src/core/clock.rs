//! Time as the pure half of the relay sees it: a count of milliseconds that the caller gives with each call. Nothing
//! here reads a clock; the shell takes its numbers from a monotonic one, the simulation from its own.

/// Milliseconds since some moment that the caller chose once and keeps; never runs backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Millis(pub u64);

impl Millis {
    /// The moment `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment, 0 if it is not earlier.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
