//! [`FeedView`]: one feed as of one tick, immutable and shared by all shards: its snapshot, and a ring of the newest
//! deltas as encoded bodies. The ring holds about as many bytes as the snapshot at most, so whoever is behind gets the
//! shorter of the two. What the bodies say is decided by `page_feed.rs`, `track.rs` and `directory.rs`.

use std::sync::{Arc, OnceLock};

use scorelay_protocol::codec;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::{BoardNo, PageNo, TickNo};
use scorelay_protocol::page::{PageRows, Row};

/// A feed as of one tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    changed: TickNo,
    /// Whoever was brought to this tick or a later one can be brought on by deltas.
    base: TickNo,
    gone: bool,
    snapshot: Snapshot,
    ring: Box<[u8]>,
    /// Where in `ring` the deltas begin, and the ticks that they lead to, ascending.
    marks: Box<[Mark]>,
}

/// A body that says a feed's whole content, or what it is made of when somebody first needs it: hardly anybody does, and
/// encoding a whole page was a third of what each of its changes cost (callgrind).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    bytes: OnceLock<Box<[u8]>>,
    /// How many bytes those are; about, until there are any.
    len: usize,
    /// The page to be encoded; `None` where `bytes` are there from the start.
    page: Option<(BoardNo, PageNo, Arc<Vec<Row>>)>,
}

impl Snapshot {
    /// One of a page, to be encoded when it is needed, to about so many bytes.
    pub(crate) fn of_page(board: BoardNo, page: PageNo, rows: Arc<Vec<Row>>, len: usize) -> Self {
        Self { bytes: OnceLock::new(), len, page: Some((board, page, rows)) }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| match &self.page {
            Some((board, page, rows)) => {
                let rows = PageRows(rows.to_vec());
                codec::encode(&Body::PageSnapshot { board: *board, page: *page, rows }).into()
            }
            None => Box::default(),
        })
    }
}

impl From<&[u8]> for Snapshot {
    fn from(bytes: &[u8]) -> Self {
        Self { bytes: OnceLock::from(Box::from(bytes)), len: bytes.len(), page: None }
    }
}

impl<const N: usize> From<&[u8; N]> for Snapshot {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<&Vec<u8>> for Snapshot {
    fn from(bytes: &Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
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
    pub(crate) fn new(tick: TickNo, snapshot: impl Into<Snapshot>) -> Self {
        let snapshot = snapshot.into();
        Self { changed: tick, base: tick, gone: false, snapshot, ring: Box::default(), marks: Box::default() }
    }

    /// A feed that ended at `tick`; `body` says so, to whoever watches it.
    pub(crate) fn ended(tick: TickNo, body: &[u8]) -> Self {
        Self { gone: true, ..Self::new(tick, body) }
    }

    /// The feed after `delta` led from this view to a state that `snapshot` says whole, at `tick`.
    pub(crate) fn then(&self, tick: TickNo, delta: &[u8], snapshot: impl Into<Snapshot>) -> Self {
        let snapshot = snapshot.into();
        if delta.len() >= snapshot.len {
            return Self::new(tick, snapshot);
        }
        let room = snapshot.len - delta.len();
        let first = self.marks.partition_point(|mark| self.ring.len() - mark.start > room);
        let from = self.marks.get(first).map_or(self.ring.len(), |mark| mark.start);
        let base = if first == 0 { self.base } else { self.marks[first - 1].tick };
        let ring = [&self.ring[from..], delta].concat();
        let kept = self.marks[first..].iter().map(|mark| Mark { start: mark.start - from, ..*mark });
        let marks = kept.chain([Mark { tick, start: ring.len() - delta.len() }]).collect();
        Self { changed: tick, base, gone: false, snapshot, ring: ring.into(), marks }
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
        self.snapshot.bytes()
    }

    /// How whoever holds it as of `tick` is brought to now.
    pub fn since(&self, tick: TickNo) -> Since<'_> {
        if tick < self.base || (self.gone && tick < self.changed) {
            return Since::Snapshot;
        }
        // Most feeds of a mask stand still in most ticks.
        if tick >= self.changed {
            return Since::Unchanged;
        }
        let first = self.marks.partition_point(|mark| mark.tick <= tick);
        match self.marks.get(first) {
            None => Since::Unchanged,
            Some(mark) => Since::Deltas { bodies: (self.marks.len() - first) as u32, bytes: &self.ring[mark.start..] },
        }
    }

    /// Bytes on the heap, about, apart from a page's rows.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.snapshot.len + self.ring.len() + self.marks.len() * size_of::<Mark>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::entity::{EntityId, WireEntity};
    use scorelay_protocol::ids::PlatformNo;

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
    fn a_page_is_encoded_when_it_is_asked_for() {
        let body =
            |rows| codec::encode(&Body::PageSnapshot { board: BoardNo(3), page: PageNo(4), rows: PageRows(rows) });
        let entity = WireEntity { platform: PlatformNo(0), id: EntityId::Number(77) };
        let rows = vec![Row { entity, score: 5 }];
        let later = Snapshot::of_page(BoardNo(3), PageNo(4), Arc::new(rows.clone()), 9);
        let view = FeedView::new(TickNo(1), &body(Vec::new())).then(TickNo(2), b"delta", later);
        assert_eq!(deltas(&view, 1), (1, b"delta".as_slice()));
        assert_eq!(view.heap_bytes(), 9 + 5 + size_of::<Mark>(), "the same before and after it is encoded");
        assert_eq!(view.snapshot(), body(rows));
        assert_eq!(view.heap_bytes(), 9 + 5 + size_of::<Mark>());
    }

    #[test]
    fn the_end_of_a_feed_is_told_to_whoever_was_there_before() {
        let view = FeedView::ended(TickNo(4), b"gone");
        assert!(view.is_gone());
        assert_eq!(view.since(TickNo(3)), Since::Snapshot);
        assert_eq!(view.snapshot(), b"gone");
    }
}
