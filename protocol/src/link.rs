//! What core, relays and sources say to each other: length-delimited frames, one value each.
//!
//! A frame is a 32-bit big-endian length and that many bytes. The side that connects sends `Hello` and gets
//! `Accepted` or `Refused`. A relay then receives boards; a source sends events and gets acknowledgements. Relays
//! forward `Batch` frames byte for byte, so every number in them is the core's.

use crate::codec::{Decode, Encode};
use crate::entity::WireEntity;
use crate::error::WireError;
use crate::event::Event;
use crate::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, NodeId, Stamp, UnixMillis};
use crate::score::Units;

/// From the side that connected.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum LinkUp {
    /// First on every link, and only once.
    Hello(LinkHello),
    /// An event, from a source. The first has the number after `Accepted.watermark`; each next one more.
    Publish {
        /// The source's number for it.
        seq: u64,
        /// What happened.
        event: Event,
    },
    /// Asks for a `Pong`.
    Ping(u64),
    /// Answers a `Ping`.
    Pong(u64),
    /// Asks the core something about meets; from a relay.
    Meet(MeetAsk),
    /// Asks the core what it knows of entities; from a relay.
    People {
        /// Given by the sender, unused among its unanswered questions on this link, those about meets included.
        id: u64,
        /// An encoded [`crate::people::PeopleRequest`].
        body: Vec<u8>,
    },
}

/// A client's or a relay's question about meets, on its way to the core.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MeetAsk {
    /// Given by the sender, unused among its unanswered ones on this link.
    pub id: u64,
    /// Whether every link so far may carry all of a meet; else nothing but `Public` is answered.
    pub full: bool,
    /// Where the client is, for the delay after wrong passwords: an IPv6 address cut to its first 64 bits, or an IPv4
    /// one mapped into IPv6. All zeros where a relay asks for itself.
    pub address: [u8; 16],
    /// An encoded [`crate::meet::request::MeetRequest`].
    pub body: Vec<u8>,
}

/// Who connects, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LinkHello {
    /// Version of the link protocol.
    pub protocol: u16,
    /// As what it connects.
    pub role: Role,
    /// Proof that it may, where the listener wants one.
    pub token: Option<String>,
    /// Random id of this run.
    pub node: NodeId,
    /// Name for the operator.
    pub name: String,
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Role {
    /// Receives all boards.
    Relay,
    /// Publishes events under the link's name.
    Source {
        /// Random id of this numbering of events; a source that starts over draws a new one.
        incarnation: u128,
    },
}

/// From the side that accepted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum LinkDown {
    /// The link may be used.
    Accepted(Accepted),
    /// It may not; the link is closed after this.
    Refused(WireError),
    /// Until `CaughtUp`, the receiver's copy is between two states and must not be shown.
    Begin(Begin),
    /// Rows as they now stand, between `Begin` and `CaughtUp`.
    Chunk(Chunk),
    /// The copy now equals the sender's at this batch.
    CaughtUp(CaughtUp),
    /// Changes, while the copy is level.
    Batch(Batch),
    /// Whether the sender itself is level with the core: `Some(since when)` if not.
    Stale(Option<UnixMillis>),
    /// The sender's way to the core changed: ids of core and relays, core first, sender last.
    Path(Vec<NodeId>),
    /// Events of this source up to here are durable and will not be asked for again.
    Ack {
        /// The last such event's number.
        up_to: u64,
    },
    /// Asks for a `Pong`.
    Ping(u64),
    /// Answers a `Ping`.
    Pong(u64),
    /// The sender is about to close the link; reconnecting after this time is welcome.
    GoAway {
        /// Milliseconds.
        retry_after_ms: u32,
    },
    /// Answers a `Meet`.
    Meet {
        /// The question's id.
        id: u64,
        /// An encoded [`crate::meet::answer::MeetAnswer`], or why there is none.
        result: Result<Vec<u8>, WireError>,
    },
    /// Answers a `People`.
    People {
        /// The question's id.
        id: u64,
        /// An encoded [`crate::people::PeopleAnswer`], or why there is none.
        result: Result<Vec<u8>, WireError>,
    },
}

/// What the connecting side learns first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Accepted {
    /// Version of the link protocol spoken.
    pub protocol: u16,
    /// Ids of core and relays on the way, core first, the sender last; a relay that finds itself here has been
    /// connected in a loop and leaves.
    pub path: Vec<NodeId>,
    /// For a source: the number of its last durable event, 0 if none.
    pub watermark: u64,
}

/// The start of catching up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Begin {
    /// The core's run; batches of another run have nothing to do with what the receiver holds.
    pub core: CoreEpoch,
    /// Whether the receiver starts from nothing (joining, another core run) or keeps its rows (it lagged).
    pub reset: bool,
    /// All platform names, by number.
    pub platforms: Vec<String>,
    /// All boards. Those not named are gone.
    pub boards: Vec<BoardDef>,
}

/// Rows of one board, as they now stand.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Chunk {
    /// The board.
    pub board: BoardNo,
    /// Entities of the handles in `rows`. A handle bound to another entity before loses that one's rows.
    pub binds: Vec<Bind>,
    /// The rows, in no particular order.
    pub rows: Vec<ChunkRow>,
}

/// A row of a [`Chunk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum ChunkRow {
    /// It stands like this.
    Row {
        /// Whose.
        handle: Handle,
        /// Score in the board's units.
        score: Units,
        /// When that score was reached.
        stamp: Stamp,
    },
    /// There is no such row.
    Gone {
        /// Whose.
        handle: Handle,
    },
}

/// The end of catching up.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct CaughtUp {
    /// The last batch contained in what was sent; the next `Batch` is the one after it.
    pub seq: BatchSeq,
    /// Handles that no longer stand for anything.
    pub frees: Vec<Handle>,
}

/// Everything that changed in one cut of the core's inputs. Applied in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Batch {
    /// Its number: one more than the batch before.
    pub seq: BatchSeq,
    /// Platform names that continue the list.
    pub platforms: Vec<String>,
    /// Handles that from here on stand for an entity.
    pub binds: Vec<Bind>,
    /// Boards made, described anew, or gone.
    pub defs: Vec<DefChange>,
    /// Changes of rows, at most one entry per board.
    pub boards: Vec<BoardChanges>,
    /// Handles that from here on stand for nothing; none of them has a row left.
    pub frees: Vec<Handle>,
}

/// A handle and its entity.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Bind {
    /// The handle.
    pub handle: Handle,
    /// The entity, by the core's platform numbers.
    pub entity: WireEntity,
}

/// A board's definition, as far as relays need it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BoardDef {
    /// The core's number for it, never used again.
    pub board: BoardNo,
    /// Random, given when the board was made: tells a board from another of the same number after a store was lost.
    pub uid: u64,
    /// Its name in addresses and configuration.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What its scores count.
    pub unit: String,
    /// Digits after the point.
    pub decimals: u8,
    /// Whether its data was made up.
    pub synthetic: bool,
}

/// A change to the set of boards.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DefChange {
    /// A board is new, or its description changed.
    Put(BoardDef),
    /// A board is gone with all its rows.
    Gone(BoardNo),
}

/// Changes of one board's rows, in order. The stamp of the change at index `i` is `Stamp::new(batch.seq, i)`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BoardChanges {
    /// The board.
    pub board: BoardNo,
    /// At most one per handle.
    pub changes: Vec<RowChange>,
}

/// A change of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum RowChange {
    /// It is new or has a new score.
    Set {
        /// Whose.
        handle: Handle,
        /// Score in the board's units.
        score: Units,
    },
    /// It is gone.
    Remove {
        /// Whose.
        handle: Handle,
    },
}
