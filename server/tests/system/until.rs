//! Waiting for a condition with a deadline. Nothing in these tests waits any other way.

use std::time::{Duration, Instant};

/// How long anything here may take; generous, because test machines are slow and shared.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Looks again and again until `probe` gives something.
///
/// # Panics
/// When it has not within `within`; `what` says what was waited for.
pub(crate) fn until<T>(what: &str, within: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(start.elapsed() < within, "gave up after {within:?}: {what}");
        std::thread::sleep(Duration::from_millis(5)); // tidy: poll
    }
}

/// Lets this much time pass while `holds` stays true.
///
/// # Panics
/// When it does not; `what` says what should have held.
pub(crate) fn throughout(what: &str, time: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while start.elapsed() < time {
        assert!(holds(), "did not hold: {what}");
        std::thread::sleep(Duration::from_millis(5)); // tidy: poll
    }
}
