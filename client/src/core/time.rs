//! Time as the core knows it: a number given by whoever drives it.
//!
//! Nothing here reads a clock. Wall-clock times inside messages are `UnixMillis` of the protocol.

/// Milliseconds of a clock that never runs backwards. Its zero is the driver's choice; where it is the Unix epoch
/// (start time plus monotonic time since), the `since` of a status can be shown as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub u64);

impl Millis {
    /// This long after.
    pub fn plus(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this, 0 if it lies later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
