//! How often each length of time came, for percentiles: counted by many threads at once without a lock, read at any time.
//!
//! Lengths are put into classes no wider than a sixteenth of them, so a percentile is right to 6 %.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Classes between two powers of two, and their exponent.
const FINE: usize = 16;
const FINE_BITS: u32 = 4;
/// Microseconds up to 2^36, 19 hours; longer ones count as that.
const CLASSES: usize = FINE * 33;

/// Counted lengths of time.
#[derive(Debug)]
pub(super) struct Histogram(Box<[AtomicU64]>);

impl Default for Histogram {
    fn default() -> Self {
        Self((0..CLASSES).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Histogram {
    /// Counts one.
    pub(super) fn note(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.0[class(micros)].fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub(super) fn counts(&self) -> Counts {
        Counts(self.0.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }
}

/// What a histogram had counted at some time, or between two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Vec<u64>);

impl Counts {
    /// What was counted after `earlier`.
    pub fn since(&self, earlier: &Self) -> Self {
        let before = earlier.0.iter().copied().chain(std::iter::repeat(0));
        Self(self.0.iter().zip(before).map(|(now, before)| now.saturating_sub(before)).collect())
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(count, more)| *count += more);
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length that `share` of all did not exceed, 0 to 1; `None` where there were none.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let len = self.len();
        let wanted = ((len as f64 * share).ceil() as u64).clamp(1, len.max(1));
        let mut sum = 0;
        let class = self.0.iter().position(|count| {
            sum += count;
            sum >= wanted
        })?;
        Some(Duration::from_micros(middle(class)))
    }
}

fn class(micros: u64) -> usize {
    if micros < FINE as u64 {
        return micros as usize;
    }
    // At least FINE_BITS, as `micros` has that many bits and one more.
    let exponent = micros.ilog2();
    let fine = (micros >> (exponent - FINE_BITS)) as usize & (FINE - 1);
    ((exponent - FINE_BITS + 1) as usize * FINE + fine).min(CLASSES - 1)
}

fn middle(class: usize) -> u64 {
    let Some(shift) = (class / FINE).checked_sub(1) else { return class as u64 };
    let low = ((FINE + class % FINE) as u64) << shift;
    low + (1 << shift) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_found_again_to_six_percent() {
        for micros in (0..40).flat_map(|bit| [1_u64 << bit, (1 << bit) + (1 << bit) / 3, (2 << bit) - 1]) {
            let histogram = Histogram::default();
            histogram.note(Duration::from_micros(micros));
            let found = histogram.counts().quantile(0.5).unwrap().as_micros() as u64;
            let longest = (1 << 36) - 1;
            let wanted = micros.min(longest);
            assert!(found.abs_diff(wanted) * 16 <= wanted, "{micros} became {found}");
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_counted_since() {
        let histogram = Histogram::default();
        histogram.note(Duration::from_secs(5));
        let before = histogram.counts();
        (1..=100).for_each(|ms| histogram.note(Duration::from_millis(ms)));
        let counts = histogram.counts().since(&before);
        assert_eq!(counts.len(), 100);
        for (share, ms) in [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)] {
            let found = counts.quantile(share).unwrap().as_micros() as i64;
            assert!((found - ms * 1_000).abs() <= ms * 1_000 / 16, "{share}: {found}");
        }
        assert_eq!((Counts::default().quantile(0.5), Counts::default().is_empty()), (None, true));
    }
}
