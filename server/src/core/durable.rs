//! Which events of each source are durable: what a source is told on connecting, and up to where it is acknowledged.
//! Runs behind the engine's own watermarks by one commit; it never decides whether an event counts.

use std::collections::BTreeMap;

use scorelay_engine::{SourceKey, WatermarkRecord};
use scorelay_protocol::ids::UnixMillis;

/// Durable watermarks. As many as the engine keeps.
#[derive(Debug, Default)]
pub(super) struct Durable(BTreeMap<SourceKey, u64>);

impl Durable {
    /// As a start reads them.
    pub(super) fn load(watermarks: &[(SourceKey, u64, UnixMillis)]) -> Self {
        Self(watermarks.iter().map(|(key, seq, _)| (key.clone(), *seq)).collect())
    }

    /// The last durable event of a source, 0 if none.
    pub(super) fn of(&self, source: &SourceKey) -> u64 {
        self.0.get(source).copied().unwrap_or(0)
    }

    /// A commit is durable.
    pub(super) fn stored(&mut self, records: &[WatermarkRecord]) {
        for record in records {
            match record.mark {
                Some((seq, _)) => self.0.insert(record.source.clone(), seq),
                None => self.0.remove(&record.source),
            };
        }
    }
}
