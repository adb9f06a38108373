//! What passes between the feed thread and the shards: commands one way, an immutable [`Published`] per tick the other.
//! Shards take every `Published` in order and share its bytes. How it comes about is in `feeds.rs`, what a shard makes
//! of it in `shard.rs`.

use std::sync::Arc;

use scorelay_protocol::client::{Request, Response};
use scorelay_protocol::error::WireError;
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{BoardNo, RequestId, TickNo};
#[cfg(doc)]
use scorelay_protocol::link::MeetAsk;
use scorelay_protocol::tick::Freshness;

use crate::core::view::FeedView;

/// A shard's number, given by whoever starts the shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardNo(pub u16);

/// A live feed's number on all shards. It is not given to another feed while a shard watches this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FeedIdx(pub u32);

/// A shard's number for something it watches, never used again: an answer to a watch that has ended finds nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatchId {
    pub(crate) slot: u32,
    pub(crate) serial: u32,
}

/// A connection of a shard; its number is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    pub(crate) slot: u32,
    pub(crate) serial: u32,
}

/// From a shard to the feed thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedCommand {
    /// A first connection of this shard watches the feed. Answered by an [`Admitted`].
    Watch {
        /// Who.
        shard: ShardNo,
        /// The shard's number for it.
        watch: WatchId,
        /// What.
        feed: Feed,
    },
    /// No connection of this shard watches it any more.
    Unwatch {
        /// Who.
        shard: ShardNo,
        /// The number of its [`FeedCommand::Watch`].
        watch: WatchId,
        /// What.
        feed: Feed,
    },
    /// A client asks something. Answered by an [`Answer`].
    Request {
        /// Who.
        shard: ShardNo,
        /// The connection.
        conn: ConnId,
        /// The client's number for it.
        id: RequestId,
        /// What.
        body: Request,
    },
    /// A client asks the core something about meets. Answered by an [`Answer`].
    Meet {
        /// Who.
        shard: ShardNo,
        /// The connection.
        conn: ConnId,
        /// The client's number for it.
        id: RequestId,
        /// Where the client is, as [`MeetAsk::address`] says it.
        address: [u8; 16],
        /// The question, unread.
        body: Vec<u8>,
    },
    /// A client that asked about meets is gone; nobody waits for its answers any more.
    Gone {
        /// Who.
        shard: ShardNo,
        /// The connection.
        conn: ConnId,
    },
}

/// Everything that changed in one tick, for all shards.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its number: one more than that of the one before.
    pub tick: TickNo,
    /// Whether what is shown follows the core.
    pub freshness: Freshness,
    /// The platform names of this relay so far.
    pub platforms: Arc<[String]>,
    /// By this relay's board number: rows on it, `None` for a board that is gone.
    pub boards: Arc<[Option<u32>]>,
    /// Feeds that changed, as they now are.
    pub changed: Vec<(FeedIdx, Arc<FeedView>)>,
    /// Feeds that shards asked for.
    pub admitted: Vec<Admitted>,
    /// Answers to requests.
    pub answers: Vec<Answer>,
}

impl Published {
    /// Rows on a board, `None` where there is no such board or it is gone.
    pub fn rows(&self, board: BoardNo) -> Option<u32> {
        *self.boards.get(board.0 as usize)?
    }
}

/// A feed that a shard asked for.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Who asked.
    pub shard: ShardNo,
    /// The number it gave.
    pub watch: WatchId,
    /// The feed's number.
    pub idx: FeedIdx,
    /// The feed as it now is.
    pub view: Arc<FeedView>,
}

/// The answer to a client's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The shard it came from.
    pub shard: ShardNo,
    /// The connection it came from.
    pub conn: ConnId,
    /// The client's number for it.
    pub id: RequestId,
    /// The answer, or why there is none.
    pub result: Result<Response, WireError>,
}
