//! Seeded random numbers. A run draws from several streams of one seed, one for each concern, so that a change in how
//! often the network draws does not make other events happen. Nothing else in the simulation is random.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A concern with a stream of its own.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    /// How large and how fast everything is.
    Plan = 1,
    /// Delays, splits and merges.
    Network,
    /// What happens to boards.
    Workload,
    /// What breaks.
    Faults,
    /// What clients do.
    Clients,
    /// Epochs, ids and seeds that real parts are given.
    Identity,
}

/// One stream of random numbers.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream of `seed` for one concern.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        numbers.set_stream(stream as u64);
        Self(numbers)
    }

    /// Any number.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 0 to `bound` − 1, evenly; 0 for a bound of 0. The bias is below 2^-32 for the bounds in use.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// `low` to `high`, both included, evenly.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in so many of 1,000 cases.
    pub fn permille(&mut self, chance: u64) -> bool {
        self.below(1_000) < chance
    }

    /// 0 to `bound` − 1, small numbers far more often: close to Zipf's law where it matters.
    pub fn skewed(&mut self, bound: u64) -> u64 {
        let outer = self.below(bound.max(1)) + 1;
        let middle = self.below(outer) + 1;
        self.below(middle)
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len() as u64) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_repeatable_and_differ() {
        let draw = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [random.word(), random.word(), random.between(3, 9)]
        };
        assert_eq!(draw(7, Stream::Plan), draw(7, Stream::Plan));
        assert_ne!(draw(7, Stream::Plan), draw(7, Stream::Network));
        assert_ne!(draw(7, Stream::Plan), draw(8, Stream::Plan));
    }

    #[test]
    fn skewed_prefers_the_first() {
        let mut random = Random::new(1, Stream::Plan);
        let mut counts = [0; 100];
        (0..10_000).for_each(|_| counts[random.skewed(100) as usize] += 1);
        assert!(counts[0] > 10 * counts[40].max(1));
        assert!(counts.iter().skip(50).sum::<i32>() > 0);
    }
}
