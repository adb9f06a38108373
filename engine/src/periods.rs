//! What time settles: the open rating period of an Elo board, and the running second of a board of rates. Points that
//! these ratings take wait here until they become scores. Which scores are to be set is answered as a list; setting
//! them is the engine's. Time is an argument and never runs backwards.
//!
//! Of an open period the store keeps each player's rating before it and points in it, so that a restart goes on in the
//! middle; of a running second it keeps nothing.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{ELO_LIVE_MS, ELO_PLAYERS};
use scorelay_protocol::score::{self, Units};

use crate::rating::{EloRating, Rating};
use crate::scoring::elo::{Elo, Player};

const SECOND_MS: u64 = 1_000;

/// A score that time has settled.
pub(crate) type Settled = Vec<(Entity, Units)>;

/// What one board's rating waits for.
#[derive(Debug)]
pub(crate) enum Clockwork {
    /// Nothing: points become scores at once.
    None,
    /// The end of a rating period.
    Elo(Period),
    /// The end of a second.
    Rate(Second),
}

/// One player of an open period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playing {
    /// Which period: its start divided by its length.
    pub period: u64,
    /// The rating before it, in units.
    pub base: Units,
    /// Points in it so far, in units.
    pub points: Units,
}

/// The open period of an Elo board.
#[derive(Debug)]
pub(crate) struct Period {
    rating: EloRating,
    decimals: u8,
    /// Which one, where anybody plays.
    number: u64,
    players: BTreeMap<Entity, Playing>,
    /// Players that the store holds otherwise.
    changed: BTreeSet<Entity>,
    /// Points came since live ratings were reckoned.
    dirty: bool,
    live_at: UnixMillis,
}

/// The running second of a board of rates.
#[derive(Debug, Default)]
pub(crate) struct Second {
    number: u64,
    counts: BTreeMap<Entity, Units>,
    /// Rows that show something other than 0.
    shown: BTreeSet<Entity>,
}

impl Clockwork {
    /// For a board of this rating.
    pub(crate) fn new(rating: Rating, decimals: u8) -> Self {
        match rating {
            Rating::Sum | Rating::Best => Self::None,
            Rating::Rate => Self::Rate(Second::default()),
            Rating::Elo(rating) => Self::Elo(Period {
                rating,
                decimals,
                number: 0,
                players: BTreeMap::new(),
                changed: BTreeSet::new(),
                dirty: false,
                live_at: UnixMillis(0),
            }),
        }
    }

    /// Takes in what the store kept of a player.
    pub(crate) fn load(&mut self, entity: Entity, playing: Playing) {
        if let Self::Elo(period) = self {
            period.number = period.number.max(playing.period);
            period.players.insert(entity, playing);
        }
    }

    /// Takes in a row that the store kept.
    pub(crate) fn shows(&mut self, entity: &Entity, score: Units) {
        if let Self::Rate(second) = self
            && score != 0
        {
            second.shown.insert(entity.clone());
        }
    }

    /// Takes points. `score` is what the entity's row shows. What was due before `now` has been settled.
    pub(crate) fn points(&mut self, now: UnixMillis, entity: &Entity, score: Option<Units>, units: Units) {
        match self {
            Self::None => {}
            Self::Elo(period) => period.points(now, entity, score, units),
            Self::Rate(second) => {
                if second.counts.is_empty() {
                    second.number = now.0 / SECOND_MS;
                }
                let count = second.counts.entry(entity.clone()).or_default();
                *count = score::add(*count, units);
            }
        }
    }

    /// Forgets an entity, whose row is taken off the board.
    pub(crate) fn forget(&mut self, entity: &Entity) {
        match self {
            Self::None => {}
            Self::Elo(period) => {
                if period.players.remove(entity).is_some() {
                    period.changed.insert(entity.clone());
                    period.dirty = true;
                }
            }
            Self::Rate(second) => {
                second.counts.remove(entity);
                second.shown.remove(entity);
            }
        }
    }

    /// When something is to be settled.
    pub(crate) fn due(&self) -> Option<UnixMillis> {
        match self {
            Self::None => None,
            Self::Elo(period) => {
                let end = (!period.players.is_empty()).then(|| period.end());
                let live = period.dirty.then_some(period.live_at);
                end.into_iter().chain(live).min()
            }
            Self::Rate(second) if second.counts.is_empty() && second.shown.is_empty() => None,
            Self::Rate(second) => Some(UnixMillis((second.number + 1) * SECOND_MS)),
        }
    }

    /// Settles what is due.
    pub(crate) fn settle(&mut self, now: UnixMillis) -> Settled {
        match self {
            Self::None => Vec::new(),
            Self::Elo(period) => period.settle(now),
            Self::Rate(second) => second.settle(now),
        }
    }

    /// Settles what there is before its time, and forgets who plays.
    pub(crate) fn close(&mut self, now: UnixMillis) -> Settled {
        match self {
            Self::None | Self::Rate(_) => Vec::new(),
            Self::Elo(period) => period.close(now),
        }
    }

    /// Players that changed since they were taken last, as they now stand; `None` for those that play no more.
    pub(crate) fn take_changed(&mut self) -> Vec<(Entity, Option<Playing>)> {
        let Self::Elo(period) = self else { return Vec::new() };
        let changed = std::mem::take(&mut period.changed).into_iter();
        changed
            .map(|entity| {
                let playing = period.players.get(&entity).copied();
                (entity, playing)
            })
            .collect()
    }

    /// Whether the store holds everything.
    pub(crate) fn is_stored(&self) -> bool {
        match self {
            Self::Elo(period) => period.changed.is_empty(),
            Self::None | Self::Rate(_) => true,
        }
    }
}

impl Period {
    fn end(&self) -> UnixMillis {
        UnixMillis((self.number + 1).saturating_mul(self.rating.period_ms))
    }

    fn points(&mut self, now: UnixMillis, entity: &Entity, score: Option<Units>, units: Units) {
        if self.players.is_empty() {
            self.number = now.0 / self.rating.period_ms;
        }
        let full = self.players.len() >= ELO_PLAYERS;
        match self.players.get_mut(entity) {
            Some(player) => player.points = score::add(player.points, units),
            None if full => return,
            None => {
                let base = score.unwrap_or(self.rating.start);
                let player = Playing { period: self.number, base, points: units };
                self.players.insert(entity.clone(), player);
            }
        }
        self.changed.insert(entity.clone());
        self.dirty = true;
    }

    fn settle(&mut self, now: UnixMillis) -> Settled {
        let ends = !self.players.is_empty() && now >= self.end();
        let live = self.dirty && now >= self.live_at;
        match (ends, live) {
            (true, _) => self.close(now),
            (false, true) => self.reckon(now),
            (false, false) => Vec::new(),
        }
    }

    fn close(&mut self, now: UnixMillis) -> Settled {
        let settled = self.reckon(now);
        self.changed.extend(std::mem::take(&mut self.players).into_keys());
        settled
    }

    /// The ratings as they would be if the period ended now.
    fn reckon(&mut self, now: UnixMillis) -> Settled {
        let EloRating { start, k, neighbours, .. } = self.rating;
        let Ok(elo) = Elo::new(start, k * 10i64.pow(u32::from(self.decimals)), neighbours, self.decimals) else {
            return Vec::new();
        };
        let players: Vec<Player> =
            self.players.values().map(|player| Player { rating: player.base, points: player.points }).collect();
        let changes = elo.changes(&players);
        let scores = self.players.iter().zip(changes);
        let settled = scores.map(|((entity, player), change)| (entity.clone(), player.base + change)).collect();
        self.dirty = false;
        self.live_at = UnixMillis(now.0 + ELO_LIVE_MS);
        settled
    }
}

impl Second {
    fn settle(&mut self, now: UnixMillis) -> Settled {
        let current = now.0 / SECOND_MS;
        if current <= self.number {
            return Vec::new();
        }
        // Of a second that ended before the last one nothing is to be shown any more.
        let counts = std::mem::take(&mut self.counts);
        let counts = if self.number + 1 == current { counts } else { BTreeMap::new() };
        self.number = current;
        let mut settled: Settled = self
            .shown
            .iter()
            .filter(|&entity| !counts.contains_key(entity))
            .map(|entity| (entity.clone(), 0))
            .collect();
        self.shown = counts.keys().cloned().collect();
        settled.extend(counts);
        settled
    }
}
