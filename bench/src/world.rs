//! The world all subjects see: entities with scores from a Zipf history, and who is given points next. The same seed
//! makes the same world, here and for every peer that is given its files.

use std::fmt::Write as _;
use std::path::Path;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::failure::Result;

const SEED: u64 = 0x05C0_E1A7;
/// Messages a board's scores come from, for each of its rows.
const MESSAGES_PER_ROW: f64 = 20.0;

/// One entity of the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Its number on the platform `twitch`.
    pub(crate) id: u64,
    /// What it has at the start.
    pub(crate) score: i64,
}

/// Draws of ranks by Zipf's law with exponent 1: the k-th busiest writes 1/k as often as the busiest.
#[derive(Debug)]
pub(crate) struct Zipf {
    below: Vec<f64>,
}

/// A board's rows, busiest first, and its law.
#[derive(Debug)]
pub(crate) struct World {
    /// Busiest first, which is nearly by score.
    pub(crate) rows: Vec<Row>,
    zipf: Zipf,
}

impl Zipf {
    /// The law over `0..count`.
    pub(crate) fn new(count: usize) -> Self {
        let mut sum = 0.0;
        let below = (1..=count).map(|k| {
            sum += 1.0 / k as f64;
            sum
        });
        Self { below: below.collect() }
    }

    /// Draws one.
    pub(crate) fn draw(&self, random: &mut impl Rng) -> usize {
        let all = self.below.last().copied().unwrap_or(0.0);
        let at = random.random::<f64>() * all;
        self.below.partition_point(|&below| below <= at).min(self.below.len().saturating_sub(1))
    }
}

/// The generator that a world's updates are drawn with.
pub(crate) fn random() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(SEED)
}

impl World {
    /// So many entities with the scores of a history of twenty messages each on average.
    pub(crate) fn new(count: usize) -> Self {
        let zipf = Zipf::new(count);
        let mut random = random();
        let messages = MESSAGES_PER_ROW * count as f64;
        let all = zipf.below.last().copied().unwrap_or(1.0);
        let mut ids = std::collections::HashSet::with_capacity(count);
        let rows = (1..=count).map(|k| {
            let mut id = random.random_range(10_000..1_300_000_000_u64);
            while !ids.insert(id) {
                id = random.random_range(10_000..1_300_000_000_u64);
            }
            // A Poisson draw's spread, by its normal approximation: close enough, and the same on every machine.
            let mean = messages / all / k as f64;
            let spread: f64 = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
            Row { id, score: ((mean + mean.sqrt() * spread).round() as i64).max(1) }
        });
        Self { rows: rows.collect(), zipf }
    }

    /// Who is given a point next: an index into the rows.
    pub(crate) fn draw(&self, random: &mut impl Rng) -> usize {
        self.zipf.draw(random)
    }

    /// Writes the rows by rank, as `scorelay import` reads them: `rank,entity,score`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_csv(&self, path: &Path) -> Result {
        let mut sorted: Vec<&Row> = self.rows.iter().collect();
        sorted.sort_by_key(|row| std::cmp::Reverse(row.score));
        let mut text = String::from("rank,entity,score\n");
        for (at, row) in sorted.iter().enumerate() {
            let _ = writeln!(text, "{},twitch:{},{}", at + 1, row.id, row.score);
        }
        Ok(std::fs::write(path, text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_world_each_time_and_the_busiest_has_most() {
        let (one, other) = (World::new(1000), World::new(1000));
        let scores = |world: &World| world.rows.iter().map(|row| (row.id, row.score)).collect::<Vec<_>>();
        assert_eq!(scores(&one), scores(&other));
        assert!(one.rows[0].score > 10 * one.rows[99].score / 2);
        let mut random = random();
        let firsts = (0..10_000).filter(|_| one.draw(&mut random) == 0).count();
        // 1 / H(1000) is 0.1336.
        assert!((1200..1480).contains(&firsts), "{firsts}");
    }
}
