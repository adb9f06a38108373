//! The core's counters, as Prometheus reads them: sources, engine, commits, boards and links. Served by the private
//! listener together with the embedded relay's own; nothing here decides anything.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use scorelay_engine::SourceCounts;

use crate::sources::Dropped;

/// Commits of a healthy disk take milliseconds; what passes the last bound is a disk in trouble.
const COMMIT_SECONDS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 2.0];
/// A source's last error is cut to this many bytes.
const ERROR_BYTES: usize = 200;

/// What became of what a source read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    source: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabels {
    source: String,
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    source: String,
    error: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BoardLabels {
    board: String,
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LinkLabels {
    state: &'static str,
}

/// All of the core's counters. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    events: Family<EventLabels, Counter>,
    up: Family<SourceLabels, Gauge>,
    reconnects: Family<SourceLabels, Counter>,
    last_error: Family<ErrorLabels, Gauge>,
    commit_seconds: Histogram,
    committed_rows: Counter,
    batches: Counter,
    changes: Counter,
    board_changes: Family<BoardLabels, Counter>,
    rows: Family<BoardLabels, Gauge<u64, AtomicU64>>,
    links: Family<LinkLabels, Gauge<u64, AtomicU64>>,
    queue: Gauge<u64, AtomicU64>,
}

impl Metrics {
    /// Counters registered under their names.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            events: Family::default(),
            up: Family::default(),
            reconnects: Family::default(),
            last_error: Family::default(),
            commit_seconds: Histogram::new(COMMIT_SECONDS),
            committed_rows: Counter::default(),
            batches: Counter::default(),
            changes: Counter::default(),
            board_changes: Family::default(),
            rows: Family::default(),
            links: Family::default(),
            queue: Gauge::default(),
        };
        let core = registry.sub_registry_with_prefix("scorelay_core");
        core.register("events", "What became of what each source read", metrics.events.clone());
        core.register("source_up", "Whether a source is connected", metrics.up.clone());
        core.register("source_reconnects", "How often a source was started again", metrics.reconnects.clone());
        core.register("source_last_error", "Always 1; the label says what", metrics.last_error.clone());
        let commits = metrics.commit_seconds.clone();
        core.register_with_unit("commit", "Time until a commit was durable", Unit::Seconds, commits);
        core.register("committed_rows", "Rows written by commits", metrics.committed_rows.clone());
        core.register("batches", "Link batches cut", metrics.batches.clone());
        core.register("changes", "Changes of rows in link batches", metrics.changes.clone());
        core.register("board_changes", "Changes of rows, by board", metrics.board_changes.clone());
        core.register("board_rows", "Rows on a board", metrics.rows.clone());
        core.register("links", "Open links: relays by whether they are level, and sources", metrics.links.clone());
        core.register("queue", "Inputs waiting for the engine", metrics.queue.clone());
        metrics
    }

    /// The counters of one configured source.
    pub(crate) fn source(&self, name: &str, kind: &str) -> SourceMetrics {
        let labels = SourceLabels { source: name.into(), kind: kind.into() };
        self.up.get_or_create(&labels).set(0);
        drop(self.reconnects.get_or_create(&labels));
        SourceMetrics { metrics: self.clone(), labels, error: std::sync::Mutex::default() }
    }

    /// What the engine made of a source's events since the start.
    pub(crate) fn counted(&self, source: &str, counts: SourceCounts) {
        let outcomes = [("applied", counts.applied), ("repeated", counts.repeated), ("refused", counts.refused)];
        for (outcome, count) in outcomes {
            let labels = EventLabels { source: source.into(), outcome };
            self.events.get_or_create(&labels).inner().store(count, Ordering::Relaxed);
        }
    }

    pub(crate) fn committed(&self, rows: usize, took: Duration) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.committed_rows.inc_by(rows as u64);
    }

    pub(crate) fn batch(&self) {
        self.batches.inc();
    }

    /// Changes of one board in a batch; without a name where it is gone by now.
    pub(crate) fn changed(&self, board: Option<&str>, changes: usize) {
        self.changes.inc_by(changes as u64);
        if let Some(board) = board {
            self.board_changes.get_or_create(&BoardLabels { board: board.into() }).inc_by(changes as u64);
        }
    }

    pub(crate) fn rows(&self, board: &str, rows: u32) {
        self.rows.get_or_create(&BoardLabels { board: board.into() }).set(u64::from(rows));
    }

    pub(crate) fn links(&self, level: usize, lagging: usize, sources: usize) {
        for (state, count) in [("level", level), ("lagging", lagging), ("source", sources)] {
            self.links.get_or_create(&LinkLabels { state }).set(count as u64);
        }
    }

    pub(crate) fn queue(&self, waiting: usize) {
        self.queue.set(waiting as u64);
    }
}

/// The counters of one configured source.
#[derive(Debug)]
pub(crate) struct SourceMetrics {
    metrics: Metrics,
    labels: SourceLabels,
    /// What the last error's label says.
    error: std::sync::Mutex<String>,
}

impl SourceMetrics {
    pub(crate) fn up(&self) {
        self.metrics.up.get_or_create(&self.labels).set(1);
    }

    pub(crate) fn down(&self) {
        self.metrics.up.get_or_create(&self.labels).set(0);
    }

    pub(crate) fn reconnected(&self) {
        self.metrics.reconnects.get_or_create(&self.labels).inc();
    }

    pub(crate) fn dropped(&self, what: Dropped) {
        let outcome = match what {
            Dropped::Unparsable => "unparsable",
            Dropped::Ignored => "ignored",
        };
        let labels = EventLabels { source: self.labels.source.clone(), outcome };
        self.metrics.events.get_or_create(&labels).inc();
    }

    /// The error takes the place of the last one, so that there is at most one per source.
    pub(crate) fn failed(&self, error: &str) {
        let error = error[..error.floor_char_boundary(ERROR_BYTES)].to_owned();
        let labels = |error: &str| ErrorLabels { source: self.labels.source.clone(), error: error.into() };
        let mut last = self.error.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *last != error {
            self.metrics.last_error.remove(&labels(&last));
            self.metrics.last_error.get_or_create(&labels(&error)).set(1);
            *last = error;
        }
    }
}
