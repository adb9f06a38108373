//! How long to wait before results are handed over once more: longer with each failure, at random, and as long as a
//! server asks for. When a try begins is the task's business, in `mod.rs`.

use std::time::Duration;

use rand::RngExt;
use scorelay_protocol::limits;

/// The waits of a publisher.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// For one answer of a server.
    pub request: Duration,
    /// First and longest before the next try.
    pub again: (Duration, Duration),
    /// After a lost answer.
    pub unclear: Duration,
    /// The longest that a server can ask for.
    pub retry_after: Duration,
    /// Results younger than this were never tried before.
    pub fresh: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let (first, longest) = limits::PUBLISH_AGAIN_MS;
        Self {
            request: Duration::from_millis(limits::PUBLISH_REQUEST_MS),
            again: (Duration::from_millis(first), Duration::from_millis(longest)),
            unclear: Duration::from_millis(limits::PUBLISH_UNCLEAR_MS),
            retry_after: Duration::from_millis(limits::PUBLISH_RETRY_AFTER_MS),
            fresh: Duration::from_millis(limits::PUBLISH_AGAIN_MS.0),
        }
    }
}

/// The waits of one publication.
#[derive(Debug)]
pub(super) struct Wait {
    pace: Pace,
    bound: Duration,
}

impl Wait {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, bound: pace.again.0 }
    }

    /// After a failure; `asked` is what the server wants.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let bound = self.bound;
        self.bound = (bound * 2).min(self.pace.again.1);
        let pause = rand::rng().random_range(bound / 2..=bound);
        pause.max(asked.unwrap_or_default().min(self.pace.retry_after))
    }

    /// After a lost answer: until whatever was begun is there or never will be.
    pub(super) fn after_unclear(&mut self) -> Duration {
        self.next(None).max(self.pace.unclear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L11: waits grow to a bound, are never the same for all, and are as long as the server asks within reason.
    #[test]
    fn waits_grow_and_are_as_long_as_asked() {
        let mut wait = Wait::new(Pace::default());
        let (first, longest) = Pace::default().again;
        let mut bound = first;
        for _ in 0..12 {
            let pause = wait.next(None);
            assert!(pause >= bound / 2 && pause <= bound, "{pause:?} of {bound:?}");
            bound = (bound * 2).min(longest);
        }
        assert!(wait.next(Some(Duration::from_secs(1_800))) >= Duration::from_secs(1_800));
        assert!(wait.next(Some(Duration::from_secs(1 << 40))) <= Pace::default().retry_after);
        assert!(Wait::new(Pace::default()).after_unclear() >= Pace::default().unclear);
    }
}
