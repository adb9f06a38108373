//! How long to wait before connecting again: exponential, with full jitter, so that clients cut off together do
//! not come back together.
//!
//! The random numbers come from one seed given at construction; when a connection counts as stable is decided in
//! [`super::connection`].

use scorelay_protocol::limits::CLIENT_RECONNECT_MS;

/// The waits of one client.
#[derive(Debug)]
pub(crate) struct Backoff {
    random: u64,
    attempt: u32,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: seed, attempt: 0 }
    }

    /// The next wait in milliseconds: evenly between 0 and a ceiling that doubles with every wait.
    pub(crate) fn next(&mut self) -> u64 {
        let (first, longest) = CLIENT_RECONNECT_MS;
        let doubled = first.checked_shl(self.attempt.min(32)).unwrap_or(longest);
        self.attempt = self.attempt.saturating_add(1);
        self.draw() % (doubled.min(longest) + 1)
    }

    /// The last connection was stable: begin with short waits again.
    pub(crate) fn reset(&mut self) {
        self.attempt = 0;
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_spread_below_a_growing_ceiling() {
        let (first, longest) = CLIENT_RECONNECT_MS;
        let mut largest = [0; 12];
        for seed in 0..2_000 {
            let mut backoff = Backoff::new(seed);
            for (attempt, seen) in largest.iter_mut().enumerate() {
                let wait = backoff.next();
                assert!(wait <= (first << attempt).min(longest));
                *seen = wait.max(*seen);
            }
        }
        for (attempt, seen) in largest.iter().enumerate() {
            assert!(*seen > (first << attempt).min(longest) * 9 / 10, "attempt {attempt} never waits long");
        }
    }

    #[test]
    fn a_stable_connection_makes_waits_short_again() {
        let mut backoff = Backoff::new(7);
        (0..20).for_each(|_| {
            backoff.next();
        });
        backoff.reset();
        assert!(backoff.next() <= CLIENT_RECONNECT_MS.0);
    }
}
