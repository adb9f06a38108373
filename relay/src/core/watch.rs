//! How a `Watch` changes a connection's mask: all of it or, where it breaks a rule, nothing. Feeds of boards that never
//! were are left out and reported. What is then sent for each new feed is in `message.rs`.

use rustc_hash::FxHashSet;
use scorelay_protocol::client::{Add, RelayMessage};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{Generation, TickNo};
use scorelay_protocol::limits::{MASK_FEEDS, MASK_MEET_FEEDS, MASK_TRACKS};
use scorelay_protocol::meet::ids::MeetId;

use crate::core::conn::Conn;
use crate::core::interest::{Interest, Local};
use crate::core::outgoing::Wire;
use crate::core::published::ConnId;
use crate::core::shard::Shard;

impl<W: Wire> Shard<W> {
    /// Takes a `Watch` in, or tells the client why not.
    pub(crate) fn watch(&mut self, id: ConnId, generation: Generation, remove: &[Feed], add: &[Add]) {
        let Some(conn) = self.conns.get_mut(id.slot as usize) else { return };
        let boards = self.published.as_ref().map_or(0, |published| published.boards.len());
        let unknown = |feed: &Feed| match feed {
            Feed::Page { board, .. } => board.0 as usize >= boards,
            Feed::Directory | Feed::Track { .. } | Feed::Meet { .. } => false,
        };
        if let Err(error) = check(conn, &self.interest, generation, remove, add) {
            return conn.say(&RelayMessage::Error(error));
        }
        let trusted = trust(conn);
        conn.generation = generation;
        // Joined first, so that a feed that leaves and comes back is not given back in between.
        let joined: Vec<(&Add, Local)> =
            add.iter().filter(|add| !unknown(&add.feed)).map(|add| (add, self.interest.join(&add.feed))).collect();
        for feed in remove {
            take_out(conn, &mut self.interest, feed);
        }
        for (add, local) in joined {
            take_out(conn, &mut self.interest, &add.feed);
            conn.mask.push(&add.feed, local, add.known.filter(|&known| trusted(known)));
        }
        conn.mask.settle();
        let mut strangers = add.iter().map(|add| &add.feed).filter(|feed| unknown(feed));
        if let Some(first) = strangers.next() {
            conn.say(&RelayMessage::Error(unknown_board(first, strangers.count())));
        }
    }
}

fn take_out<W>(conn: &mut Conn<W>, interest: &mut Interest, feed: &Feed) {
    if let Some(local) = interest.find(feed)
        && conn.mask.remove(feed, local)
    {
        interest.leave(local);
    }
}

/// Which ticks a client can hold state of. What it held before this connection counts only if it was resumed; else its
/// first `Watch` may have been sent before it learned that it was not.
fn trust<W>(conn: &Conn<W>) -> impl Fn(TickNo) -> bool + use<W> {
    let cursor = conn.cursor;
    let from = match conn.greeted {
        Some(greeted) if greeted.resumed => Some(TickNo(0)),
        Some(greeted) if conn.generation != Generation(0) => Some(greeted.at),
        _ => None,
    };
    move |known| from.is_some_and(|from| from <= known && known <= cursor)
}

fn check<W>(
    conn: &Conn<W>,
    interest: &Interest,
    generation: Generation,
    remove: &[Feed],
    add: &[Add],
) -> Result<(), WireError> {
    if generation <= conn.generation {
        let text = format!("generation {generation} came after {}", conn.generation);
        return Err(WireError::new(ErrorCode::OldGeneration, text));
    }
    let is_track = |feed: &Feed| matches!(feed, Feed::Track { .. });
    let added_tracks = add.iter().filter(|add| is_track(&add.feed)).count();
    let (feeds, tracks) = (conn.mask.entries.len() + add.len(), conn.mask.tracks() + added_tracks);
    let meets = conn.mask.meets() > 0 || add.iter().any(|add| meet_of(&add.feed).is_some());
    if !meets && feeds <= MASK_FEEDS && tracks <= MASK_TRACKS {
        return Ok(());
    }
    let mut after: FxHashSet<&Feed> = conn.mask.entries.iter().map(|entry| &interest.get(entry.local).feed).collect();
    for feed in remove {
        after.remove(feed);
    }
    after.extend(add.iter().map(|add| &add.feed));
    let tracks = after.iter().filter(|feed| is_track(feed)).count();
    let mut meets: Vec<MeetId> = after.iter().filter_map(|feed| meet_of(feed)).collect();
    meets.sort_unstable();
    if let Some(twice) = meets.windows(2).find(|pair| pair[0] == pair[1]) {
        let text = format!("meet {} by two tokens", twice[0]);
        return Err(WireError::new(ErrorCode::BadRange, text));
    }
    let feeds = after.len() + meets.len() * (MASK_MEET_FEEDS - 1);
    if feeds <= MASK_FEEDS && tracks <= MASK_TRACKS {
        return Ok(());
    }
    let text =
        format!("{feeds} feeds with {tracks} tracked entities, where {MASK_FEEDS} with {MASK_TRACKS} may be watched");
    Err(WireError::new(ErrorCode::MaskFull, text))
}

fn meet_of(feed: &Feed) -> Option<MeetId> {
    match feed {
        Feed::Meet { meet, .. } => Some(*meet),
        Feed::Directory | Feed::Page { .. } | Feed::Track { .. } => None,
    }
}

fn unknown_board(first: &Feed, others: usize) -> WireError {
    let named = match first {
        Feed::Page { board, page } => format!("page {page} of board {board}"),
        Feed::Directory | Feed::Track { .. } | Feed::Meet { .. } => "a feed".to_owned(),
    };
    let more = if others > 0 { format!(", and {others} more") } else { String::new() };
    WireError::new(ErrorCode::UnknownBoard, format!("no board has that number: {named}{more}"))
}
