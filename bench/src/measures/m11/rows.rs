//! The rows that everybody starts with: a fixed draw, as a file for `scorelay import` and as commands for Redis.

use std::collections::HashSet;
use std::fmt::Write as _;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The best rows have scores of their own, so that their order is the same for everybody.
const APART: usize = 1_000;

/// Entities with their scores, best first.
pub(super) struct Rows(pub(super) Vec<(String, i64)>);

impl Rows {
    /// So many, of people of one platform, with many ties below the top.
    pub(super) fn draw(count: usize) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut ids = HashSet::with_capacity(count);
        let mut rows: Vec<(String, i64)> = Vec::with_capacity(count);
        while rows.len() < count {
            let id: u32 = random.random_range(10_000_000..1_000_000_000);
            if ids.insert(id) {
                let luck: f64 = random.random_range(1e-7..1.0);
                rows.push((format!("twitch:{id}"), (luck.powf(-1.4) * 3.0) as i64));
            }
        }
        rows.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
        for at in (0..APART.min(count - 1)).rev() {
            rows[at].1 = rows[at].1.max(rows[at + 1].1 + 1);
        }
        Self(rows)
    }

    /// As `scorelay import` reads it.
    pub(super) fn csv(&self) -> String {
        let mut text = String::from("rank,entity,score\n");
        for (rank, (entity, score)) in (1..).zip(&self.0) {
            let _ = writeln!(text, "{rank},{entity},{score}");
        }
        text
    }

    /// As Redis reads it.
    pub(super) fn commands(&self) -> String {
        let mut text = String::new();
        for (entity, score) in &self.0 {
            let score = score.to_string();
            let _ = write!(text, "*4\r\n$4\r\nZADD\r\n$5\r\nboard\r\n${}\r\n{score}\r\n", score.len());
            let _ = write!(text, "${}\r\n{entity}\r\n", entity.len());
        }
        text
    }

    /// The best.
    pub(super) fn top(&self, rows: usize) -> &[(String, i64)] {
        &self.0[..rows.min(self.0.len())]
    }
}
