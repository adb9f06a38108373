//! What a client and its relay say to each other: binary WebSocket messages, one value each.
//!
//! A client opens `/v1/live` with the subprotocol of [`crate::limits::SUBPROTOCOL`], sends `Hello` and then what it
//! likes; the relay answers `Welcome` and sends a `Tick` whenever something watched changed. Feeds are in
//! [`crate::feed`], the tick in [`crate::tick`].

use crate::codec::{Decode, Encode};
use crate::entity::{Entity, WireEntity};
use crate::error::WireError;
use crate::feed::{Feed, Standing};
use crate::ids::{BoardNo, Generation, Position, RequestId, TickNo};
use crate::score::Units;
use crate::tick::Tick;

/// Client to relay.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ClientMessage {
    /// First on every connection, and only once.
    Hello {
        /// Where the client was brought to before, if it still holds what it had.
        resume: Option<Position>,
        /// Name and version of the program, for the operator's log: at most [`crate::limits::AGENT_BYTES`].
        agent: String,
    },
    /// Changes the mask: removals first, then additions.
    Watch {
        /// Rises with each `Watch` of this connection, starting at 1.
        generation: Generation,
        /// Feeds that leave the mask; those not in it are passed over.
        remove: Vec<Feed>,
        /// Feeds that join it; one that is in it already starts anew.
        add: Vec<Add>,
    },
    /// Asks something; answered once, by its id, in any order.
    Request {
        /// Given by the client, unused among its unanswered ones.
        id: RequestId,
        /// The question.
        body: Request,
    },
    /// Asks for at most one tick in this time, 0 for as fast as it goes.
    Pace {
        /// Milliseconds between ticks.
        every_ms: u32,
    },
}

/// A feed that joins a mask.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Add {
    /// The feed.
    pub feed: Feed,
    /// The tick at which the client last held the feed's state, if it still holds that state and the relay's
    /// epoch is the same: it is then sent what changed since.
    pub known: Option<TickNo>,
}

/// A question a relay answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// Where an entity stands on a board.
    Find {
        /// The board.
        board: BoardNo,
        /// The entity.
        entity: Entity,
    },
    /// The rows around an entity on a board.
    Around {
        /// The board.
        board: BoardNo,
        /// The entity.
        entity: Entity,
        /// Rows wanted on each side, at most [`crate::limits::AROUND_ROWS`].
        rows: u32,
    },
    /// An encoded [`crate::meet::request::MeetRequest`], which the core answers; relays pass it on unread.
    Meet(Vec<u8>),
}

/// Relay to client.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum RelayMessage {
    /// Changes of what is watched.
    Tick(Tick),
    /// Answers `Hello`.
    Welcome(Welcome),
    /// Answers a `Request`.
    Response {
        /// The request's id.
        id: RequestId,
        /// The answer, or why there is none.
        result: Result<Response, WireError>,
    },
    /// Something the client sent was refused. The connection lives on unless a close follows.
    Error(WireError),
    /// The relay is about to close the connection.
    GoAway {
        /// Why.
        reason: GoAway,
        /// Wait this long before connecting again.
        retry_after_ms: u32,
    },
}

/// What a client learns first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// Version of the protocol spoken on this connection.
    pub protocol: u16,
    /// The relay's epoch and its tick now: the first `Tick` counts from here.
    pub position: Position,
    /// Whether the client's position was this relay's, so that what it holds can be brought up to date.
    pub resumed: bool,
    /// Milliseconds between ticks.
    pub tick_ms: u32,
    /// Most feeds of a mask.
    pub mask_feeds: u32,
    /// Entities in the mask from the URL's query, at generation 0.
    pub tracked: Vec<Entity>,
    /// Name and version of the relay.
    pub software: String,
}

/// The answer to a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Response {
    /// To `Find`: where it stands, `None` where it does not.
    Found(Option<Standing>),
    /// To `Around`: rows in rank order; empty where the entity is not on the board.
    Around {
        /// 1-based rank of the first row.
        from: u32,
        /// The rows; their platform numbers index `platforms`.
        rows: Vec<RankedRow>,
        /// The platforms of the rows.
        platforms: Vec<String>,
    },
    /// To `Meet`: an encoded [`crate::meet::answer::MeetAnswer`].
    Meet(Vec<u8>),
}

/// A row outside a page.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RankedRow {
    /// Who.
    pub entity: WireEntity,
    /// Score in the board's units.
    pub score: Units,
}

/// Why a relay closes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum GoAway {
    /// It shuts down or restarts.
    ShuttingDown,
    /// It has more connections than it should.
    Overloaded,
}
