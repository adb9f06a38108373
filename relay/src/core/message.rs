//! The one message that brings a connection to the newest tick: a head of what differs per connection, then the bodies
//! it is due, copied into one scratch buffer. All feeds it holds move together; new ones join as far as there is room.
//! When a message is made is decided in `conn.rs`.

use scorelay_protocol::codec;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::limits::{ADMIT_BYTES, DELTA_BYTES};
use scorelay_protocol::tick::{TickHead, Total};

use crate::core::conn::Conn;
use crate::core::interest::{Interest, Local, Watched};
use crate::core::mask::Entry;
use crate::core::meets;
use crate::core::outgoing::Outgoing;
use crate::core::published::Published;
use crate::core::view::{FeedView, Since};

/// `RelayMessage::Tick` comes first in its enum.
const TICK_TAG: u8 = 0;

/// Makes messages, one at a time, in buffers that it keeps.
#[derive(Debug, Default)]
pub(crate) struct Maker {
    head: TickHead,
    bodies: Bodies,
    ended: Vec<Local>,
    /// Whether there was no room for all new feeds.
    full: bool,
    out: Outgoing,
}

#[derive(Debug, Default)]
struct Bodies {
    bytes: Vec<u8>,
    count: u64,
    /// Bytes of deltas that may still be sent.
    deltas_left: usize,
}

impl Bodies {
    fn start(&mut self) {
        self.bytes.clear();
        self.count = 0;
        self.deltas_left = DELTA_BYTES;
    }

    fn put(&mut self, bytes: &[u8], bodies: u32) {
        self.bytes.extend_from_slice(bytes);
        self.count += u64::from(bodies);
    }

    /// Brings a feed that the client holds as of some tick to now.
    fn put_since(&mut self, view: &FeedView, since: Since<'_>) {
        match since {
            Since::Unchanged => {}
            Since::Deltas { bodies, bytes } if bytes.len() <= self.deltas_left => {
                self.deltas_left -= bytes.len();
                self.put(bytes, bodies);
            }
            Since::Deltas { .. } | Since::Snapshot => self.put(view.snapshot(), 1),
        }
    }

    /// The first body of a feed. There always is one, also where the client's state is still right.
    fn put_first(&mut self, entry: &Entry, watched: &Watched, view: &FeedView) {
        let since = match entry.known {
            Some(known) if !view.is_gone() => view.since(known),
            _ => Since::Snapshot,
        };
        let same = match (&since, &watched.feed) {
            (Since::Unchanged, Feed::Page { board, page }) => {
                Some(Body::PageDelta { board: *board, page: *page, ops: Vec::new() })
            }
            (Since::Unchanged, Feed::Directory) => Some(Body::Directory { reset: false, changes: Vec::new() }),
            (Since::Unchanged, Feed::Meet { meet, .. }) => Some(meets::unchanged(*meet, view.snapshot())),
            (Since::Unchanged, Feed::Track { .. }) => None,
            (Since::Deltas { .. } | Since::Snapshot, _) => return self.put_since(view, since),
        };
        match same {
            Some(body) => {
                codec::encode_into(&body, &mut self.bytes);
                self.count += 1;
            }
            None => self.put(view.snapshot(), 1),
        }
    }
}

impl Maker {
    /// Makes the message that brings `conn` to `published`, as if it were out. Feeds that have ended leave the mask.
    pub(crate) fn tick<W>(
        &mut self,
        conn: &mut Conn<W>,
        interest: &mut Interest,
        published: &Published,
    ) -> &mut Outgoing {
        self.fill_head(conn, published);
        self.fill_bodies(conn, interest);
        for &local in &self.ended {
            let feed = interest.get(local).feed.clone();
            conn.mask.remove(&feed, local);
            interest.leave(local);
        }
        if !self.ended.is_empty() {
            conn.mask.settle();
        }
        conn.cursor = published.tick;
        let out = self.out.start();
        out.push(TICK_TAG);
        codec::encode_into(&self.head, out);
        codec::encode_into(&self.bodies.count, out);
        out.extend_from_slice(&self.bodies.bytes);
        &mut self.out
    }

    /// Whether the last message left feeds out that are ready to be sent for the first time.
    pub(crate) fn left_some(&self) -> bool {
        self.full
    }

    /// Takes over a message that was encoded before.
    pub(crate) fn ready_made(&mut self, payload: &[u8]) -> &mut Outgoing {
        self.out.put(payload);
        &mut self.out
    }

    fn fill_head<W>(&mut self, conn: &mut Conn<W>, published: &Published) {
        let told = &mut conn.told;
        self.head.ticks = published.tick.0.saturating_sub(conn.cursor.0);
        self.head.generation = (conn.generation != told.generation).then_some(conn.generation);
        self.head.freshness = (told.freshness != Some(published.freshness)).then_some(published.freshness);
        self.head.platforms.clear();
        self.head.platforms.extend(published.platforms.iter().skip(told.platforms).cloned());
        told.generation = conn.generation;
        told.freshness = Some(published.freshness);
        told.platforms = published.platforms.len();
        self.head.totals.clear();
        for seen in &mut conn.mask.boards {
            if let Some(rows) = published.rows(seen.board)
                && seen.told != Some(rows)
            {
                seen.told = Some(rows);
                self.head.totals.push(Total { board: seen.board, rows });
            }
        }
    }

    fn fill_bodies<W>(&mut self, conn: &mut Conn<W>, interest: &Interest) {
        self.bodies.start();
        self.ended.clear();
        let mut pending = 0;
        let mut admitted_bytes = 0;
        self.full = false;
        for entry in &mut conn.mask.entries {
            let watched = interest.get(entry.local);
            let Some(view) = watched.view.as_deref() else {
                pending += 1;
                continue;
            };
            if view.is_gone() {
                self.ended.push(entry.local);
                self.bodies.put(view.snapshot(), 1);
            } else if entry.admitted {
                self.bodies.put_since(view, view.since(conn.cursor));
            } else if self.full {
                pending += 1;
            } else {
                let (len, count) = (self.bodies.bytes.len(), self.bodies.count);
                self.bodies.put_first(entry, watched, view);
                admitted_bytes += self.bodies.bytes.len() - len;
                if admitted_bytes > ADMIT_BYTES && admitted_bytes > self.bodies.bytes.len() - len {
                    self.bodies.bytes.truncate(len);
                    self.bodies.count = count;
                    self.full = true;
                    pending += 1;
                } else {
                    entry.admitted = true;
                }
            }
        }
        self.head.pending = pending;
    }
}
