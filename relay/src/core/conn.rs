//! One connection: its wire, its mask, how far it was brought, and when it is due. It has no queue of changes: what it
//! is sent is made from the feeds when its turn comes (`message.rs`). What it asked for is taken in by `shard.rs`.

use std::collections::VecDeque;

use scorelay_protocol::client::RelayMessage;
use scorelay_protocol::codec;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{Generation, TickNo};
use scorelay_protocol::limits::{
    CLIENT_MESSAGES_PER_SECOND, CLIENT_RATE_SECONDS, DEEP_EVERY, TOTALS_ALONE_MS, UNANSWERED_REQUESTS,
};
use scorelay_protocol::tick::Freshness;

use crate::core::clock::Millis;
use crate::core::interest::{Interest, Kind};
use crate::core::mask::Mask;
use crate::core::published::Published;
use crate::core::shard::Overload;

/// A connection.
#[derive(Debug)]
pub(crate) struct Conn<W> {
    pub(crate) wire: W,
    pub(crate) serial: u32,
    /// Set by `Hello`.
    pub(crate) greeted: Option<Greeted>,
    /// Entities of its address's query, until `Hello`.
    pub(crate) tracks: Vec<Entity>,
    pub(crate) mask: Mask,
    /// The tick it has been brought to.
    pub(crate) cursor: TickNo,
    pub(crate) generation: Generation,
    pub(crate) told: Told,
    pub(crate) pace_ms: u64,
    /// When its last tick was sent.
    pub(crate) sent_at: Option<Millis>,
    /// Messages that are no ticks; they go first.
    pub(crate) outbox: VecDeque<Vec<u8>>,
    /// Requests on their way to the feed thread and back.
    pub(crate) unanswered: usize,
    /// Whether it ever asked about meets.
    pub(crate) asks_meets: bool,
    /// Whether the shell was asked to stop reading.
    pub(crate) held: bool,
    /// Whether it is among those to be looked at out of turn.
    pub(crate) touched: bool,
    /// When the present span of counting its messages began, and how many came in it.
    window: (Millis, u32),
}

/// What became of `Hello`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Greeted {
    /// Whether what the client held from before counts.
    pub(crate) resumed: bool,
    /// The tick of its `Welcome`.
    pub(crate) at: TickNo,
}

/// What the client was told already, besides feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Told {
    pub(crate) generation: Generation,
    pub(crate) platforms: usize,
    pub(crate) freshness: Option<Freshness>,
}

/// What there is to say to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    None,
    /// Row counts only.
    Totals,
    /// Pages that changed.
    Pages,
    /// Something that is not put off.
    Soon,
}

/// When a connection wants its next tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// There is nothing to say.
    Nothing,
    /// Its time is `at`, but a pass that comes by anyway may be as early as `from`: its turn within a pass is not
    /// always the same.
    At { from: Millis, at: Millis },
}

impl<W> Conn<W> {
    pub(crate) fn new(wire: W, serial: u32, tracks: Vec<Entity>, now: Millis) -> Self {
        Self {
            wire,
            serial,
            greeted: None,
            tracks,
            mask: Mask::default(),
            cursor: TickNo(0),
            generation: Generation(0),
            told: Told::default(),
            pace_ms: 0,
            sent_at: None,
            outbox: VecDeque::new(),
            unanswered: 0,
            asks_meets: false,
            held: false,
            touched: false,
            window: (now, 0),
        }
    }

    /// Counts a message from the client; whether that is still within its rate. The span is a long one: a connection that
    /// stalls brings at once what the client sent apart.
    pub(crate) fn within_rate(&mut self, now: Millis) -> bool {
        if now.since(self.window.0) >= u64::from(CLIENT_RATE_SECONDS) * 1_000 {
            self.window = (now, 0);
        }
        self.window.1 += 1;
        self.window.1 <= CLIENT_MESSAGES_PER_SECOND * CLIENT_RATE_SECONDS
    }

    /// Puts a message that is no tick on its way.
    pub(crate) fn say(&mut self, message: &RelayMessage) {
        self.outbox.push_back(codec::encode(message));
    }

    /// Bytes of messages on their way that are no ticks.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.outbox.iter().map(Vec::len).sum()
    }

    /// Whether so much waits to be sent that nothing more should be read from it.
    pub(crate) fn is_full(&self) -> bool {
        self.outbox.len() >= UNANSWERED_REQUESTS
    }

    /// When it wants a tick.
    pub(crate) fn due(&self, interest: &Interest, published: &Published, tick_ms: u64, overload: Overload) -> Due {
        if self.greeted.is_none() {
            return Due::Nothing;
        }
        let twice = |slowed_from| if overload >= slowed_from { 2 } else { 1 };
        let shallow = tick_ms * twice(Overload::All);
        let wanted = match self.news(interest, published) {
            News::None => return Due::Nothing,
            News::Pages if self.mask.is_deep() => tick_ms * DEEP_EVERY * twice(Overload::Deep),
            News::Pages | News::Soon => shallow,
            News::Totals => TOTALS_ALONE_MS.max(shallow),
        };
        let after = |ms: u64| self.sent_at.map_or(Millis(0), |sent| sent.plus(ms.max(self.pace_ms)));
        Due::At { from: after(wanted - tick_ms / 2), at: after(wanted) }
    }

    fn news(&self, interest: &Interest, published: &Published) -> News {
        let freshness_news = match self.told.freshness {
            None => published.freshness != Freshness::Live,
            Some(told) => published.freshness != told,
        };
        if freshness_news {
            return News::Soon;
        }
        let mut news = News::None;
        let mut waiting = false;
        for entry in &self.mask.entries {
            let seen = interest.seen(entry.local);
            match seen.changed {
                None => waiting |= seen.kind != Kind::Meet,
                Some(_) if !entry.admitted => return News::Soon,
                Some(changed) if changed > self.cursor => match seen.kind {
                    Kind::Page => news = News::Pages,
                    Kind::Meet | Kind::Other => return News::Soon,
                },
                Some(_) => {}
            }
        }
        // An echo waits for the bodies that the feed thread is about to give.
        if self.generation != self.told.generation && !waiting {
            return News::Soon;
        }
        let differs = |rows: Option<u32>, told: Option<u32>| rows.is_some() && told.is_some() && rows != told;
        if news == News::None && self.mask.boards.iter().any(|seen| differs(published.rows(seen.board), seen.told)) {
            news = News::Totals;
        }
        news
    }
}
