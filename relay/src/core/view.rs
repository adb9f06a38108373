//! [`FeedView`]: one feed as of one tick, immutable and shared by all shards: its snapshot, and a ring of the newest
//! deltas as encoded bodies. The ring never holds more bytes than the snapshot, so whoever is behind gets the shorter
//! of the two. What the bodies say is decided by `page_feed.rs`, `track.rs` and `directory.rs`.

use scorelay_protocol::ids::TickNo;

/// A feed as of one tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    changed: TickNo,
    /// Whoever was brought to this tick or a later one can be brought on by deltas.
    base: TickNo,
    gone: bool,
    /// The snapshot, then the ring.
    bytes: Box<[u8]>,
    snapshot_len: usize,
    /// Where in `bytes` the deltas begin, and the ticks that they lead to, ascending.
    marks: Box<[Mark]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    tick: TickNo,
    start: usize,
}

/// How someone who holds a feed as of some tick is brought to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since<'a> {
    /// There is nothing to say.
    Unchanged,
    /// So many bodies, one after the other.
    Deltas {
        /// How many.
        bodies: u32,
        /// Their bytes.
        bytes: &'a [u8],
    },
    /// By its whole content: the ring does not reach back so far.
    Snapshot,
}

impl FeedView {
    /// A feed that begins at `tick`; `snapshot` is the body that says its whole content.
    pub fn new(tick: TickNo, snapshot: &[u8]) -> Self {
        let bytes: Box<[u8]> = snapshot.into();
        Self { changed: tick, base: tick, gone: false, snapshot_len: bytes.len(), bytes, marks: Box::default() }
    }

    /// A feed that ended at `tick`; `body` says so, to whoever watches it.
    pub fn ended(tick: TickNo, body: &[u8]) -> Self {
        Self { gone: true, ..Self::new(tick, body) }
    }

    /// The feed after `delta` led from this view to a state that `snapshot` says whole, at `tick`.
    pub fn then(&self, tick: TickNo, delta: &[u8], snapshot: &[u8]) -> Self {
        if delta.len() >= snapshot.len() {
            return Self::new(tick, snapshot);
        }
        let room = snapshot.len() - delta.len();
        let first = self.marks.partition_point(|mark| self.bytes.len() - mark.start > room);
        let from = self.marks.get(first).map_or(self.bytes.len(), |mark| mark.start);
        let base = if first == 0 { self.base } else { self.marks[first - 1].tick };
        let bytes = [snapshot, &self.bytes[from..], delta].concat();
        let kept = self.marks[first..].iter().map(|mark| Mark { start: mark.start - from + snapshot.len(), ..*mark });
        let marks = kept.chain([Mark { tick, start: bytes.len() - delta.len() }]).collect();
        Self { changed: tick, base, gone: false, bytes: bytes.into(), snapshot_len: snapshot.len(), marks }
    }

    /// The last tick at which it changed.
    pub fn changed(&self) -> TickNo {
        self.changed
    }

    /// Whether it has ended; its snapshot then says so.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// The body that says its whole content.
    pub fn snapshot(&self) -> &[u8] {
        &self.bytes[..self.snapshot_len]
    }

    /// How whoever holds it as of `tick` is brought to now.
    pub fn since(&self, tick: TickNo) -> Since<'_> {
        if tick < self.base || (self.gone && tick < self.changed) {
            return Since::Snapshot;
        }
        let first = self.marks.partition_point(|mark| mark.tick <= tick);
        match self.marks.get(first) {
            None => Since::Unchanged,
            Some(mark) => Since::Deltas { bodies: (self.marks.len() - first) as u32, bytes: &self.bytes[mark.start..] },
        }
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.len() + self.marks.len() * size_of::<Mark>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deltas(view: &FeedView, tick: u64) -> (u32, &[u8]) {
        match view.since(TickNo(tick)) {
            Since::Deltas { bodies, bytes } => (bodies, bytes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_ring_reaches_back_as_far_as_the_snapshot_is_long() {
        let view = FeedView::new(TickNo(5), b"snapshot");
        assert_eq!(view.since(TickNo(4)), Since::Snapshot);
        assert_eq!(view.since(TickNo(5)), Since::Unchanged);
        let view = view.then(TickNo(7), b"abc", b"snapshot").then(TickNo(9), b"def", b"Snapshot");
        assert_eq!(deltas(&view, 5), (2, b"abcdef".as_slice()));
        assert_eq!(deltas(&view, 6), (2, b"abcdef".as_slice()));
        assert_eq!(deltas(&view, 7), (1, b"def".as_slice()));
        assert_eq!(view.since(TickNo(9)), Since::Unchanged);
        assert_eq!(view.snapshot(), b"Snapshot");

        let view = view.then(TickNo(10), b"ghi", b"SNApshot");
        assert_eq!(view.since(TickNo(6)), Since::Snapshot, "the oldest delta had to go");
        assert_eq!(deltas(&view, 7), (2, b"defghi".as_slice()));
        let view = view.then(TickNo(11), b"jklm", b"small");
        assert_eq!(view.since(TickNo(9)), Since::Snapshot, "the ring shrinks with the snapshot");
        assert_eq!(deltas(&view, 10), (1, b"jklm".as_slice()));
    }

    #[test]
    fn a_delta_no_smaller_than_the_snapshot_is_not_kept() {
        let view = FeedView::new(TickNo(1), b"abc").then(TickNo(2), b"x", b"abcd").then(TickNo(3), b"long", b"four");
        assert_eq!(view.since(TickNo(2)), Since::Snapshot);
        assert_eq!(view.since(TickNo(3)), Since::Unchanged);
        assert_eq!(view.heap_bytes(), 4);
    }

    #[test]
    fn the_end_of_a_feed_is_told_to_whoever_was_there_before() {
        let view = FeedView::ended(TickNo(4), b"gone");
        assert!(view.is_gone());
        assert_eq!(view.since(TickNo(3)), Since::Snapshot);
        assert_eq!(view.snapshot(), b"gone");
    }
}
