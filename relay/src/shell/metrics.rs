//! The numbers a relay shows to its operator, in Prometheus' text form. Counted here, served by `http_private.rs`;
//! names and meanings are in the registrations below and nowhere else.

use std::sync::atomic::{AtomicU64, Ordering};

use hyper::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use scorelay_protocol::error::ErrorCode;

use super::leave::Leave;

/// A reason, as one word.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Reason {
    reason: &'static str,
}

/// How far a link below is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct LinkState {
    state: &'static str,
}

/// The class of an HTTP status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Status {
    status: &'static str,
}

/// All numbers of a relay.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) clients: Gauge,
    pub(crate) connects: Counter,
    disconnects: Family<Reason, Counter>,
    refused: Family<Reason, Counter>,
    http_answers: Family<Status, Counter>,
    pub(crate) http_bytes: Counter,
    pub(crate) http_sockets: Gauge,
    pub(crate) api_questions: Counter,
    pub(crate) messages_in: Counter,
    pub(crate) bytes_in: Counter,
    pub(crate) messages_out: Counter,
    pub(crate) bytes_out: Counter,
    pub(crate) ticks: Counter,
    pub(crate) apply_seconds: Histogram,
    pub(crate) tick_seconds: Histogram,
    pub(crate) pass_seconds: Histogram,
    pub(crate) overload: Gauge,
    pub(crate) upstream_connected: Gauge,
    pub(crate) upstream_connects: Counter,
    pub(crate) upstream_frames: Counter,
    pub(crate) upstream_bytes: Counter,
    links: Family<LinkState, Gauge>,
    pub(crate) link_bytes: Counter,
    pub(crate) feeds: Gauge<u64, AtomicU64>,
    pub(crate) pages: Gauge<u64, AtomicU64>,
    pub(crate) idle_page_bytes: Gauge<u64, AtomicU64>,
    pub(crate) rows: Gauge<u64, AtomicU64>,
    pub(crate) batch_seq: Gauge<u64, AtomicU64>,
    pub(crate) stale_seconds: Gauge<f64, AtomicU64>,
}

impl Metrics {
    /// Registers them all.
    pub(crate) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            clients: Gauge::default(),
            connects: Counter::default(),
            disconnects: Family::default(),
            refused: Family::default(),
            http_answers: Family::default(),
            http_bytes: Counter::default(),
            http_sockets: Gauge::default(),
            api_questions: Counter::default(),
            messages_in: Counter::default(),
            bytes_in: Counter::default(),
            messages_out: Counter::default(),
            bytes_out: Counter::default(),
            ticks: Counter::default(),
            apply_seconds: Histogram::new(exponential_buckets(0.000_01, 2.0, 16)),
            tick_seconds: Histogram::new(exponential_buckets(0.000_01, 2.0, 16)),
            pass_seconds: Histogram::new(exponential_buckets(0.000_1, 2.0, 14)),
            overload: Gauge::default(),
            upstream_connected: Gauge::default(),
            upstream_connects: Counter::default(),
            upstream_frames: Counter::default(),
            upstream_bytes: Counter::default(),
            links: Family::default(),
            link_bytes: Counter::default(),
            feeds: Gauge::default(),
            pages: Gauge::default(),
            idle_page_bytes: Gauge::default(),
            rows: Gauge::default(),
            batch_seq: Gauge::default(),
            stale_seconds: Gauge::default(),
        };
        let m = &metrics;
        let relay = registry.sub_registry_with_prefix("scorelay_relay");
        relay.register("clients", "Client connections now", m.clients.clone());
        relay.register("connects", "Client connections opened", m.connects.clone());
        relay.register("disconnects", "Client connections ended, by reason", m.disconnects.clone());
        relay.register("refused", "Sockets and requests refused, by error code", m.refused.clone());
        relay.register("http_answers", "Answers of the public port, by class of status", m.http_answers.clone());
        relay.register("http_bytes", "Bytes of the public port's answers, with heads", m.http_bytes.clone());
        relay.register("http_sockets", "Sockets that load web pages now", m.http_sockets.clone());
        relay.register("api_questions", "Questions of HTTP to the feed thread", m.api_questions.clone());
        relay.register("client_messages_in", "Messages from clients", m.messages_in.clone());
        relay.register("client_bytes_in", "Bytes from clients, with WebSocket headers", m.bytes_in.clone());
        relay.register("client_messages_out", "Messages to clients", m.messages_out.clone());
        relay.register("client_bytes_out", "Bytes to clients, with WebSocket headers", m.bytes_out.clone());
        relay.register("ticks", "Ticks in which something changed", m.ticks.clone());
        relay.register("apply_seconds", "Time to take in one frame from upstream", m.apply_seconds.clone());
        relay.register("tick_seconds", "Time to bring watched feeds up to date, a tick", m.tick_seconds.clone());
        relay.register("pass_seconds", "Time of one pass over a shard's clients", m.pass_seconds.clone());
        relay.register("overload", "Shards that slow their clients' pace now", m.overload.clone());
        relay.register("upstream_connected", "1 while the link to upstream is up", m.upstream_connected.clone());
        relay.register("upstream_connects", "Links to upstream that were accepted", m.upstream_connects.clone());
        relay.register("upstream_frames", "Frames from upstream", m.upstream_frames.clone());
        relay.register("upstream_bytes", "Bytes from upstream", m.upstream_bytes.clone());
        relay.register("links", "Links below, by whether they are level or lag", m.links.clone());
        relay.register("link_bytes", "Bytes sent on links below", m.link_bytes.clone());
        relay.register("feeds", "Feeds that clients watch", m.feeds.clone());
        relay.register("pages", "Pages among the feeds", m.pages.clone());
        relay.register("idle_page_bytes", "Bytes of pages kept though nobody watches them", m.idle_page_bytes.clone());
        relay.register("rows", "Rows on all boards", m.rows.clone());
        relay.register("batch_seq", "Number of the last batch contained", m.batch_seq.clone());
        relay.register(
            "stale_seconds",
            "Seconds since the boards stopped following the core, or 0",
            m.stale_seconds.clone(),
        );
        metrics
    }

    pub(crate) fn disconnected(&self, leave: &Leave) {
        self.clients.dec();
        self.disconnects.get_or_create(&Reason { reason: leave.label() }).inc();
    }

    pub(crate) fn refuse(&self, code: ErrorCode) {
        self.refused.get_or_create(&Reason { reason: code.name() }).inc();
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        let status = match status.as_u16() {
            0..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.http_answers.get_or_create(&Status { status }).inc();
    }

    pub(crate) fn set_links(&self, (level, lagging): (usize, usize)) {
        for (state, count) in [("level", level), ("lagging", lagging)] {
            self.links.get_or_create(&LinkState { state }).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

/// What one shard has sent and received since it was last added up; its own, so that shards do not wait for each
/// other's counters.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) messages_in: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) messages_out: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
}

impl Traffic {
    pub(crate) fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(by as u64, Ordering::Relaxed);
    }

    /// Adds it to the relay's numbers and starts again at 0.
    pub(crate) fn flush(&self, metrics: &Metrics) {
        metrics.messages_in.inc_by(self.messages_in.swap(0, Ordering::Relaxed));
        metrics.bytes_in.inc_by(self.bytes_in.swap(0, Ordering::Relaxed));
        metrics.messages_out.inc_by(self.messages_out.swap(0, Ordering::Relaxed));
        metrics.bytes_out.inc_by(self.bytes_out.swap(0, Ordering::Relaxed));
    }
}
