//! What is counted while a load runs, by all threads at once, and read once a second.
//!
//! Each thread that runs clients has [`Meters`] of its own, so that counting a message costs no two threads the same
//! cache line; what is rare is counted in one [`Tally`] for all.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::histogram::{Counts, Histogram};

/// Wrong things that are kept in words; all are counted.
const KEPT_WORDS: usize = 10;

/// What the clients of one thread count.
#[derive(Debug, Default)]
pub(super) struct Meters {
    pub(super) messages: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) changes: AtomicU64,
    /// From a WebSocket ping to its pong.
    pub(super) pings: Histogram,
    /// From one message of a connection to the next.
    pub(super) gaps: Histogram,
    /// From the beginning of an attempt to the first tick.
    pub(super) connects: Histogram,
    /// From the same to the first whole window, or place of an entity, that the connection gave.
    pub(super) wholes: Histogram,
}

impl Meters {
    pub(super) fn read(&self) -> Readings {
        Readings {
            messages: self.messages.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            changes: self.changes.load(Ordering::Relaxed),
            pings: self.pings.counts(),
            gaps: self.gaps.counts(),
            connects: self.connects.counts(),
            wholes: self.wholes.counts(),
        }
    }
}

/// What was counted up to some time, or between two.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// Messages that came.
    pub messages: u64,
    /// Their bytes, without WebSocket's and TLS's own.
    pub bytes: u64,
    /// Edits of pages, rows of pages sent whole, standings of tracked entities.
    pub changes: u64,
    /// WebSocket pings to pongs.
    pub pings: Counts,
    /// One message of a connection to the next.
    pub gaps: Counts,
    /// Beginning to connect to first tick.
    pub connects: Counts,
    /// Beginning to connect to first whole window.
    pub wholes: Counts,
}

impl Readings {
    /// What was counted after `earlier`.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(earlier.messages),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            changes: self.changes.saturating_sub(earlier.changes),
            pings: self.pings.since(&earlier.pings),
            gaps: self.gaps.since(&earlier.gaps),
            connects: self.connects.since(&earlier.connects),
            wholes: self.wholes.since(&earlier.wholes),
        }
    }

    /// Both together.
    pub(super) fn add(&mut self, other: &Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.changes += other.changes;
        self.pings.add(&other.pings);
        self.gaps.add(&other.gaps);
        self.connects.add(&other.connects);
        self.wholes.add(&other.wholes);
    }
}

/// By stable reason: how often, and the latest in words.
pub type Reasons = BTreeMap<String, (u64, String)>;

/// What is rare, of all clients.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Clients that have begun to connect.
    pub(super) started: AtomicU64,
    /// Clients with a live connection.
    pub(super) connected: AtomicU64,
    /// Clients without one whose last attempt failed, or whose connection was lost.
    pub(super) down: AtomicU64,
    /// Connections made anew.
    pub(super) again: AtomicU64,
    /// Messages that could not be applied, and rows that clients disagree on.
    pub(super) wrong: AtomicU64,
    failed: Mutex<Reasons>,
    lost: Mutex<Reasons>,
    words: Mutex<Vec<String>>,
}

impl Tally {
    /// An attempt to connect failed.
    pub(super) fn failed(&self, reason: String, words: String) {
        note(&mut self.failed.lock(), reason, words);
    }

    /// A connection ended by itself.
    pub(super) fn lost(&self, reason: String, words: String) {
        note(&mut self.lost.lock(), reason, words);
    }

    /// Something is wrong.
    pub(super) fn wrong(&self, words: String) {
        self.wrong.fetch_add(1, Ordering::Relaxed);
        let mut kept = self.words.lock();
        if kept.len() < KEPT_WORDS {
            kept.push(words);
        }
    }

    pub(super) fn read(&self) -> Tallied {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Tallied {
            started: read(&self.started),
            connected: read(&self.connected),
            down: read(&self.down),
            again: read(&self.again),
            wrong: read(&self.wrong),
            failed: self.failed.lock().clone(),
            lost: self.lost.lock().clone(),
            words: self.words.lock().clone(),
        }
    }
}

fn note(reasons: &mut Reasons, reason: String, words: String) {
    let (count, latest) = reasons.entry(reason).or_default();
    *count += 1;
    *latest = words;
}

/// What clients have come to.
#[derive(Debug, Clone, Default)]
pub struct Tallied {
    /// Clients that have begun to connect.
    pub started: u64,
    /// Clients with a live connection.
    pub connected: u64,
    /// Clients without one whose last attempt failed, or whose connection was lost.
    pub down: u64,
    /// Connections made anew after one was lost.
    pub again: u64,
    /// Wrong things of all kinds.
    pub wrong: u64,
    /// Attempts that failed.
    pub failed: Reasons,
    /// Connections that ended by themselves.
    pub lost: Reasons,
    /// The first wrong things in words.
    pub words: Vec<String>,
}

impl Tallied {
    /// Whether each client that was started has a connection, or has failed to get or to keep one.
    pub(super) fn is_settled(&self) -> bool {
        self.connected + self.down >= self.started
    }
}
