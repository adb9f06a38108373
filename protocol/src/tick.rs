//! The message that carries everything live: one per connection and tick.
//!
//! A head of what differs per connection, then the bodies it is due, each shared by all who watch that feed.
//! A client applies the whole message or nothing of it. Bodies are in [`crate::feed`].

use crate::codec::{self, BorrowDecode, BorrowDecoder, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder};
use crate::feed::Body;
use crate::ids::{BoardNo, Generation, UnixMillis};

/// A tick for one connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Tick {
    /// What differs per connection.
    pub head: TickHead,
    /// Changes of the watched feeds, in order.
    pub bodies: Vec<Body>,
}

/// The head of a [`Tick`]. Parts that say nothing new take no bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickHead {
    /// Ticks since this connection's last message (or its `Welcome`).
    pub ticks: u64,
    /// The last `Watch` taken into the mask, where that is a newer one than in the last message.
    pub generation: Option<Generation>,
    /// Platform names that continue the list of those sent on this connection before.
    pub platforms: Vec<String>,
    /// Row counts that changed, of boards with a page in the mask.
    pub totals: Vec<Total>,
    /// Whether the core's changes arrive, where that changed.
    pub freshness: Option<Freshness>,
    /// How many feeds of the mask have not been sent for the first time yet, where that is not 0.
    pub pending: u32,
}

/// A board's row count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Total {
    /// The board.
    pub board: BoardNo,
    /// Rows on it.
    pub rows: u32,
}

/// Whether what a relay shows follows the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Freshness {
    /// It does.
    Live,
    /// The core, or a relay on the way to it, has been out of reach since then.
    Stale {
        /// Since when, by the clock of the relay that noticed.
        since: UnixMillis,
    },
}

impl Default for TickHead {
    fn default() -> Self {
        Self { ticks: 1, generation: None, platforms: Vec::new(), totals: Vec::new(), freshness: None, pending: 0 }
    }
}

const TICKS: u8 = 1;
const GENERATION: u8 = 1 << 1;
const PLATFORMS: u8 = 1 << 2;
const TOTALS: u8 = 1 << 3;
const FRESHNESS: u8 = 1 << 4;
const PENDING: u8 = 1 << 5;
const ALL: u8 = (1 << 6) - 1;

/// A byte of flags, then the parts whose flag is set, in the order of the fields. Without its flag `ticks`
/// is 1 and every other part empty.
impl Encode for TickHead {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let flags = flag(self.ticks != 1, TICKS)
            | flag(self.generation.is_some(), GENERATION)
            | flag(!self.platforms.is_empty(), PLATFORMS)
            | flag(!self.totals.is_empty(), TOTALS)
            | flag(self.freshness.is_some(), FRESHNESS)
            | flag(self.pending != 0, PENDING);
        flags.encode(encoder)?;
        if flags & TICKS != 0 {
            self.ticks.encode(encoder)?;
        }
        if let Some(generation) = self.generation {
            generation.encode(encoder)?;
        }
        if flags & PLATFORMS != 0 {
            self.platforms.encode(encoder)?;
        }
        if flags & TOTALS != 0 {
            self.totals.encode(encoder)?;
        }
        if let Some(freshness) = self.freshness {
            freshness.encode(encoder)?;
        }
        if flags & PENDING != 0 {
            self.pending.encode(encoder)?;
        }
        Ok(())
    }
}

fn read_head<D: Decoder<Context = C>, C>(decoder: &mut D) -> Result<TickHead, DecodeError> {
    let flags = u8::decode(decoder)?;
    if flags & !ALL != 0 {
        return Err(codec::invalid("an unknown flag in a tick's head"));
    }
    let mut head = TickHead::default();
    if flags & TICKS != 0 {
        head.ticks = u64::decode(decoder)?;
    }
    if flags & GENERATION != 0 {
        head.generation = Some(Generation::decode(decoder)?);
    }
    if flags & PLATFORMS != 0 {
        head.platforms = Vec::decode(decoder)?;
    }
    if flags & TOTALS != 0 {
        head.totals = Vec::decode(decoder)?;
    }
    if flags & FRESHNESS != 0 {
        head.freshness = Some(Freshness::decode(decoder)?);
    }
    if flags & PENDING != 0 {
        head.pending = u32::decode(decoder)?;
    }
    Ok(head)
}

impl<C> Decode<C> for TickHead {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_head(decoder)
    }
}

impl<'de, C> BorrowDecode<'de, C> for TickHead {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_head(decoder)
    }
}
