//! How updates are made: the same for desks and for the clients of the peers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Updates of one desk, from the moment it is told on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// One a second until then, the first after so long.
    Steady { first: Duration, until: Instant },
    /// So many at once.
    Burst(usize),
    /// The next as soon as the last one is acknowledged, until then.
    Chain { until: Instant },
}

/// What a desk has still to do of its shape.
#[derive(Debug, Default)]
pub(super) struct Plan {
    next: Option<Instant>,
    every: Option<Duration>,
    until: Option<Instant>,
    burst: usize,
    open: usize,
}

impl Plan {
    /// Begins.
    pub(super) fn of(shape: Shape) -> Self {
        let now = Instant::now();
        match shape {
            Shape::Steady { first, until } => Self {
                next: Some(now + first),
                every: Some(Duration::from_secs(1)),
                until: Some(until),
                ..Self::default()
            },
            Shape::Burst(count) => Self { next: Some(now), burst: count, ..Self::default() },
            Shape::Chain { until } => Self { next: Some(now), until: Some(until), ..Self::default() },
        }
    }

    /// When updates are to be made.
    pub(super) fn due(&self) -> Option<Instant> {
        self.next
    }

    /// How many are to be made now.
    pub(super) fn take(&mut self, now: Instant) -> usize {
        let Some(at) = self.next.filter(|at| *at <= now) else { return 0 };
        self.next = self.every.map(|every| at + every).filter(|at| self.until.is_none_or(|until| *at < until));
        let count = self.burst.max(1);
        self.open += count;
        count
    }

    /// So many were acknowledged.
    pub(super) fn acknowledged(&mut self, count: usize, now: Instant) {
        self.open = self.open.saturating_sub(count);
        let chain = self.every.is_none() && self.until.is_some_and(|until| now < until);
        if chain && self.open == 0 {
            self.next = Some(now);
        }
    }

    /// Whether nothing is to be made or waited for any more.
    pub(super) fn done(&self) -> bool {
        self.next.is_none() && self.open == 0
    }
}

/// Times from an update's making to its acknowledgement, of many desks.
#[derive(Debug, Clone, Default)]
pub(super) struct Acks(Rc<RefCell<Vec<f64>>>);

impl Acks {
    pub(super) fn add(&self, made: Instant, now: Instant) {
        self.0.borrow_mut().push(now.duration_since(made).as_secs_f64() * 1e3);
    }

    /// All so far, in milliseconds, sorted; none are left.
    pub(super) fn take(&self) -> Vec<f64> {
        let mut all = std::mem::take(&mut *self.0.borrow_mut());
        all.sort_by(f64::total_cmp);
        all
    }
}
