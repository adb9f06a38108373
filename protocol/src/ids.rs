//! Ids and positions as newtypes, so that one is never taken for another.
//!
//! Which side gives a number, and how long it stays valid, stands with each type; nothing here allocates
//! numbers. Textual entities are in [`crate::entity`].

use crate::codec::{Decode, Encode};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
        pub struct $name(pub $inner);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A board's number. On a link it is the core's, never used again; on the client hop the relay's own,
    /// valid for that [`RelayEpoch`].
    BoardNo(u32)
}
id! {
    /// A platform's number: an index into the names given so far, by the core on a link, by the relay on
    /// the client hop.
    PlatformNo(u16)
}
id! {
    /// A page: 32 consecutive ranks, page 0 holding ranks 1 to 32.
    PageNo(u32)
}
id! {
    /// A row's place in its page, 0 to 31.
    Slot(u8)
}
id! {
    /// A core-given number of an entity on the links, valid from its `Bind` to its `Free`.
    Handle(u32)
}
id! {
    /// Number of a link batch: given by the core, rising by one, never falling over a restart.
    BatchSeq(u64)
}
id! {
    /// Drawn at random by every start of a core.
    CoreEpoch(u64)
}
id! {
    /// Drawn at random by every start of a relay.
    RelayEpoch(u64)
}
id! {
    /// Count of a relay's ticks since its start.
    TickNo(u64)
}
id! {
    /// A client's count of its `Watch` messages; 0 is the mask of the URL's query.
    Generation(u32)
}
id! {
    /// A client's number for a request, echoed by its response.
    RequestId(u32)
}
id! {
    /// Random id of a running core or relay, for hop lists.
    NodeId(u64)
}
id! {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    UnixMillis(u64)
}

/// When a score was reached: orders equal scores, earlier first.
///
/// The upper 44 bits are the batch, the lower 20 the index of the change within its board's changes of that
/// batch; a batch holds at most [`crate::limits::BATCH_CHANGES`] changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Stamp(pub u64);

impl Stamp {
    /// Bits of the index.
    pub const INDEX_BITS: u32 = 20;

    /// The stamp of change `index` of a board in batch `seq`.
    pub fn new(seq: BatchSeq, index: u32) -> Self {
        debug_assert!(index < 1 << Self::INDEX_BITS);
        Self(seq.0 << Self::INDEX_BITS | u64::from(index))
    }

    /// The batch in which the score was reached.
    pub fn batch(self) -> BatchSeq {
        BatchSeq(self.0 >> Self::INDEX_BITS)
    }
}

/// Where a client stands: a tick of one relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Position {
    /// The relay's epoch.
    pub epoch: RelayEpoch,
    /// The tick the client has been brought to.
    pub tick: TickNo,
}

impl PageNo {
    /// Ranks on a page.
    pub const ROWS: u32 = 32;

    /// The page that holds the 0-based rank `index`.
    pub fn of_index(index: u32) -> Self {
        Self(index / Self::ROWS)
    }

    /// The 0-based rank of the page's first slot. Pages past the last possible rank start at `u32::MAX`.
    pub fn first_index(self) -> u32 {
        self.0.saturating_mul(Self::ROWS)
    }
}
