//! The counters of meets, as Prometheus reads them. They tell how much there is and what the disk takes, never which
//! meet.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use scorelay_engine::meets::MeetCounts;

use super::files::{Done, Outcome};
use crate::core::unix_now;

/// As those of the store's commits.
const COMMIT_SECONDS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 2.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

type Level = Gauge<u64, AtomicU64>;

/// All of them. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct MeetMetrics {
    meets: Family<StateLabels, Level>,
    sessions: Level,
    lines: Level,
    bytes: Level,
    waiting: Family<StateLabels, Level>,
    requests: Counter,
    appends: Counter,
    syncs: Counter,
    no_space: Counter,
    durable: Gauge<f64, AtomicU64>,
    commit_seconds: Option<Histogram>,
}

impl MeetMetrics {
    /// Counters registered under their names.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let commit = Histogram::new(COMMIT_SECONDS);
        let metrics = Self { commit_seconds: Some(commit.clone()), ..Self::default() };
        let meets = registry.sub_registry_with_prefix("scorelay_meets");
        meets.register("meets", "Meets, current and finished", metrics.meets.clone());
        meets.register("sessions", "Sessions that are alive, displays included", metrics.sessions.clone());
        meets.register("lines", "Lines of all logs", metrics.lines.clone());
        meets.register("bytes", "Bytes of all logs", metrics.bytes.clone());
        let waiting = metrics.waiting.clone();
        meets.register("waiting", "Pulls, passwords, uploads and writes under way", waiting);
        meets.register("requests", "Requests that came by links", metrics.requests.clone());
        meets.register("appends", "Runs of lines written", metrics.appends.clone());
        meets.register("syncs", "Files and folders synced", metrics.syncs.clone());
        meets.register("no_space", "Writes that found no space", metrics.no_space.clone());
        let durable = "When what was last accepted became durable, and was answered, since 1970-01-01T00:00:00Z";
        meets.register("durable_timestamp_seconds", durable, metrics.durable.clone());
        meets.register_with_unit("commit", "Time until writes were durable", Unit::Seconds, commit);
        metrics
    }

    pub(crate) fn request(&self) {
        self.requests.inc();
    }

    pub(crate) fn done(&self, done: &Done) {
        self.appends.inc_by(done.counts.appends);
        self.syncs.inc_by(done.counts.syncs);
        let full = done.writes.iter().filter(|(_, outcome)| *outcome == Outcome::NoSpace).count();
        self.no_space.inc_by(full as u64);
        if done.writes.iter().any(|(_, outcome)| *outcome == Outcome::Written) {
            self.durable.set(unix_now().0 as f64 / 1_000.0);
        }
        if let Some(seconds) = &self.commit_seconds {
            seconds.observe(done.took.as_secs_f64());
        }
    }

    pub(crate) fn count(&self, counts: MeetCounts) {
        for (state, count) in [("current", counts.current), ("finished", counts.finished)] {
            self.meets.get_or_create(&StateLabels { state }).set(count as u64);
        }
        let waiting = [
            ("pulls", counts.parked),
            ("passwords", counts.passwords),
            ("uploads", counts.uploads),
            ("writes", counts.writes),
        ];
        for (state, count) in waiting {
            self.waiting.get_or_create(&StateLabels { state }).set(count as u64);
        }
        self.sessions.set(counts.sessions as u64);
        self.lines.set(counts.lines);
        self.bytes.set(counts.bytes as u64);
    }
}
