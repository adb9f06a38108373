//! Running seeds: each twice, on as many threads as asked for, until one fails. A seed's two runs must not differ in a
//! single event or byte.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::plan::Plan;
use crate::report::{Counts, Failure, Oracle};
use crate::trace::Lines;
use crate::world::World;

/// What one run of one seed came to.
#[derive(Debug)]
pub struct Outcome {
    /// What happened.
    pub counts: Counts,
    /// The hash over all events and bytes.
    pub hash: u64,
    /// How many events.
    pub events: u64,
    /// Virtual milliseconds.
    pub ms: u64,
    /// The lines, where they were kept.
    pub lines: Vec<String>,
    /// The first thing that was wrong.
    pub failure: Option<Failure>,
}

/// Runs a plan once.
pub fn once(plan: Plan, lines: Lines) -> Outcome {
    let mut world = World::new(plan, lines);
    world.run();
    let stage = world.stage;
    Outcome {
        counts: stage.counts,
        hash: stage.trace.hash(),
        events: stage.trace.events(),
        ms: stage.agenda.now().ms(),
        failure: stage.failure,
        lines: stage.trace.into_lines(),
    }
}

/// Runs a seed twice and compares.
///
/// # Errors
/// What was wrong first.
pub fn seed(seed: u64) -> Result<Outcome, Failure> {
    let first = once(Plan::of(seed), Lines::None);
    if let Some(failure) = first.failure {
        return Err(failure);
    }
    let second = once(Plan::of(seed), Lines::None);
    if (first.hash, first.events) != (second.hash, second.events) {
        return Err(differing(seed, first.ms));
    }
    Ok(first)
}

/// Two runs of this seed differed: finds where.
fn differing(seed: u64, ms: u64) -> Failure {
    let (a, b) = (once(Plan::of(seed), Lines::Kept).lines, once(Plan::of(seed), Lines::Kept).lines);
    let at = a.iter().zip(&b).position(|(a, b)| a != b);
    let what = match at {
        Some(at) => format!("two runs of this seed differ; the first lines that do:\n{}\n{}", a[at], b[at]),
        None => format!("two runs of this seed differed; two more, of {} and {} lines, did not", a.len(), b.len()),
    };
    Failure { seed, at: crate::clock::Moment::of_ms(ms), oracle: Oracle::Repeat, what }
}

/// What many seeds came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds that ran and passed.
    pub passed: u64,
    /// What happened in all of them.
    pub counts: Counts,
    /// Virtual milliseconds of all of them.
    pub ms: u64,
    /// Failures by seed; with more than one thread perhaps more than one.
    pub failures: Vec<Failure>,
}

/// Runs seeds `from` to `from + count − 1`; after a failure no new one is begun. `done` is told of each.
pub fn seeds(from: u64, count: u64, threads: usize, done: &(dyn Fn(u64, &Outcome) + Sync)) -> Summary {
    let next = AtomicU64::new(from);
    let summary = Mutex::new(Summary::default());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let failed = !summary.lock().unwrap_or_else(PoisonError::into_inner).failures.is_empty();
            if number >= from + count || failed {
                return;
            }
            let result = seed(number);
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(outcome) => {
                    done(number, &outcome);
                    summary.passed += 1;
                    summary.counts.add(&outcome.counts);
                    summary.ms += outcome.ms;
                }
                Err(failure) => summary.failures.push(failure),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failures.sort_by_key(|failure| failure.seed);
    summary
}
