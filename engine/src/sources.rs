//! Which events of a source count: by number where the source can replay, else by message id. Also counts what became
//! of them. It does not look at what an event says; that is `check.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::Event;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{SEEN_MESSAGES, SOURCES};

use crate::input::{Origin, SourceKey, SourceName};
use crate::record::WatermarkRecord;

/// What became of one source's events since the engine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceCounts {
    /// Applied, whether or not any board scores them.
    pub applied: u64,
    /// Dropped as repeats.
    pub repeated: u64,
    /// Refused: bad ones, and those after a gap.
    pub refused: u64,
}

/// Whether an event is to be applied.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new.
    Fresh,
    /// It was applied before.
    Repeat,
    /// Events before it are missing.
    Gap(WireError),
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    Repeated,
    /// Not scored, but done with.
    Bad,
    /// To be sent again.
    Gap,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    seq: u64,
    at: UnixMillis,
}

#[derive(Debug, Default)]
struct Named {
    counts: SourceCounts,
    seen: Seen,
    at: UnixMillis,
}

/// Message ids seen lately, the oldest forgotten first.
#[derive(Debug, Default)]
struct Seen {
    ids: BTreeSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

/// All sources ever heard, up to [`SOURCES`].
#[derive(Debug, Default)]
pub(crate) struct Sources {
    marks: BTreeMap<SourceKey, Mark>,
    names: BTreeMap<SourceName, Named>,
    /// Marks that the store does not hold yet.
    changed: BTreeSet<SourceKey>,
}

impl Sources {
    /// Sources as the store has them.
    pub(crate) fn load(watermarks: Vec<(SourceKey, u64, UnixMillis)>) -> Self {
        let marks = watermarks.into_iter().map(|(key, seq, at)| (key, Mark { seq, at })).collect();
        Self { marks, ..Self::default() }
    }

    /// The last event of a source that counts, 0 if none.
    pub(crate) fn watermark(&self, source: &SourceKey) -> u64 {
        self.marks.get(source).map_or(0, |mark| mark.seq)
    }

    /// What became of the events of each source, by name.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&SourceName, SourceCounts)> {
        self.names.iter().map(|(name, named)| (name, named.counts))
    }

    /// Whether an event is to be applied.
    pub(crate) fn judge(&self, origin: &Origin, event: &Event) -> Verdict {
        match origin {
            Origin::Replayed { source, seq } => {
                let watermark = self.watermark(source);
                if *seq <= watermark {
                    return Verdict::Repeat;
                }
                if *seq == watermark + 1 {
                    return Verdict::Fresh;
                }
                let expected = watermark + 1;
                let why = format!("event {seq} of source {:?} came where {expected} was due", source.name.as_str());
                Verdict::Gap(WireError::new(ErrorCode::SourceGap, why))
            }
            Origin::Live { source } => {
                let seen = self.names.get(source).map(|named| &named.seen);
                match (message_id(event), seen) {
                    (Some(id), Some(seen)) if seen.ids.contains(id) => Verdict::Repeat,
                    _ => Verdict::Fresh,
                }
            }
        }
    }

    /// Notes what became of an event.
    pub(crate) fn settle(&mut self, now: UnixMillis, origin: &Origin, event: &Event, outcome: Outcome) {
        if !self.names.contains_key(origin.name()) {
            self.make_room_for_name();
        }
        let named = self.names.entry(origin.name().clone()).or_default();
        named.at = now;
        let count = match outcome {
            Outcome::Applied => &mut named.counts.applied,
            Outcome::Repeated => &mut named.counts.repeated,
            Outcome::Bad | Outcome::Gap => &mut named.counts.refused,
        };
        *count += 1;
        match (origin, outcome) {
            (Origin::Live { .. }, Outcome::Applied) => named.seen.note(message_id(event)),
            (Origin::Replayed { source, seq }, Outcome::Applied | Outcome::Bad) => self.mark(now, source, *seq),
            _ => {}
        }
    }

    /// Whether the store holds every mark.
    pub(crate) fn is_stored(&self) -> bool {
        self.changed.is_empty()
    }

    /// Marks that changed since they were taken last.
    pub(crate) fn take_changed(&mut self) -> Vec<WatermarkRecord> {
        let changed = std::mem::take(&mut self.changed);
        let record = |source: SourceKey| {
            let mark = self.marks.get(&source).map(|mark| (mark.seq, mark.at));
            WatermarkRecord { source, mark }
        };
        changed.into_iter().map(record).collect()
    }

    fn mark(&mut self, now: UnixMillis, source: &SourceKey, seq: u64) {
        match self.marks.get_mut(source) {
            Some(mark) => *mark = Mark { seq, at: now },
            None => {
                self.make_room_for_mark(&source.name);
                self.marks.insert(source.clone(), Mark { seq, at: now });
            }
        }
        if !self.changed.contains(source) {
            self.changed.insert(source.clone());
        }
    }

    /// Forgets the mark heard least recently where there are too many: one of the same source if it has any, as a new
    /// incarnation has most likely taken its place.
    fn make_room_for_mark(&mut self, name: &SourceName) {
        while self.marks.len() >= SOURCES {
            let oldest = self.marks.iter().min_by_key(|(key, mark)| (key.name != *name, mark.at));
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.marks.remove(&key);
            self.changed.insert(key);
        }
    }

    fn make_room_for_name(&mut self) {
        while self.names.len() >= SOURCES {
            let oldest = self.names.iter().min_by_key(|(_, named)| named.at).map(|(name, _)| name.clone());
            let Some(name) = oldest else { return };
            self.names.remove(&name);
        }
    }
}

impl Seen {
    fn note(&mut self, id: Option<&str>) {
        let Some(id) = id else { return };
        let id: Arc<str> = id.into();
        if !self.ids.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > SEEN_MESSAGES
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

fn message_id(event: &Event) -> Option<&str> {
    match event {
        Event::Message(message) => message.id.as_deref(),
        Event::Notice(notice) => notice.id.as_deref(),
        Event::Points(_) | Event::Clear(_) | Event::Profile(_) => None,
    }
}
