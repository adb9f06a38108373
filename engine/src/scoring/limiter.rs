//! How often one entity may score on a board, so that nobody gains by flooding: a wait after each scoring, and a number
//! of them in any 60 seconds. Only what scored counts; what a limit held back does not lengthen the wait. Time is an
//! argument, and a restart forgets who scored when.

use std::collections::{BTreeMap, VecDeque};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{LIMITED_ENTITIES, MAX_PER_MINUTE};

const MINUTE_MS: u64 = 60_000;

/// The limits of one board, and when its entities scored lately.
#[derive(Debug)]
pub struct Limiter {
    cooldown_ms: u64,
    max_per_minute: Option<usize>,
    /// Entities that are remembered at most.
    room: usize,
    scored: BTreeMap<Entity, Scored>,
    /// Who scored in which turn, the latest of each.
    turns: BTreeMap<u64, Entity>,
    next_turn: u64,
}

#[derive(Debug)]
struct Scored {
    turn: u64,
    /// The latest times that can still matter, oldest first; never empty.
    times: VecDeque<UnixMillis>,
}

impl Limiter {
    /// A wait of `cooldown_ms` after each scoring, 0 for none, and at most `max_per_minute` of them in any 60 seconds,
    /// held to [`MAX_PER_MINUTE`]. It remembers [`LIMITED_ENTITIES`]. `None` where nothing is limited.
    pub fn new(cooldown_ms: u64, max_per_minute: Option<u32>) -> Option<Self> {
        Self::with_room(cooldown_ms, max_per_minute, LIMITED_ENTITIES)
    }

    /// As [`Self::new`], but remembers at most `room` entities, at least one. When there are more, the one that scored
    /// longest ago is forgotten: it may score early.
    pub fn with_room(cooldown_ms: u64, max_per_minute: Option<u32>, room: usize) -> Option<Self> {
        if cooldown_ms == 0 && max_per_minute.is_none() {
            return None;
        }
        Some(Self {
            cooldown_ms,
            max_per_minute: max_per_minute.map(|max| max.min(MAX_PER_MINUTE) as usize),
            room: room.max(1),
            scored: BTreeMap::new(),
            turns: BTreeMap::new(),
            next_turn: 0,
        })
    }

    /// Whether `entity` may score at `now`; if so it has. A time before that of its last scoring counts as that one.
    pub fn allow(&mut self, now: UnixMillis, entity: &Entity) -> bool {
        self.forget_idle(now);
        if !self.may(now, entity) {
            return false;
        }
        let turn = self.next_turn;
        self.next_turn += 1;
        let kept = self.max_per_minute.unwrap_or(1);
        if let Some(scored) = self.scored.get_mut(entity) {
            self.turns.remove(&scored.turn);
            scored.turn = turn;
            if scored.times.len() == kept {
                scored.times.pop_front();
            }
            scored.times.push_back(now);
        } else {
            if self.scored.len() == self.room {
                self.forget_first();
            }
            self.scored.insert(entity.clone(), Scored { turn, times: VecDeque::from([now]) });
        }
        self.turns.insert(turn, entity.clone());
        true
    }

    fn may(&self, now: UnixMillis, entity: &Entity) -> bool {
        if self.max_per_minute == Some(0) {
            return false;
        }
        let Some(scored) = self.scored.get(entity) else { return true };
        let since = |time: Option<&UnixMillis>| time.map_or(u64::MAX, |time| now.0.saturating_sub(time.0));
        let rested = since(scored.times.back()) >= self.cooldown_ms;
        // With as many times as are allowed a minute the oldest of them decides.
        let full = self.max_per_minute.is_some_and(|max| scored.times.len() >= max);
        rested && (!full || since(scored.times.front()) >= MINUTE_MS)
    }

    /// Forgets those who scored so long ago that nothing holds them back.
    fn forget_idle(&mut self, now: UnixMillis) {
        let minute = if self.max_per_minute.is_some() { MINUTE_MS } else { 0 };
        let matters_for = self.cooldown_ms.max(minute);
        while let Some((_, entity)) = self.turns.first_key_value()
            && let Some(last) = self.scored.get(entity).and_then(|scored| scored.times.back())
            && now.0.saturating_sub(last.0) >= matters_for
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, entity)) = self.turns.pop_first() {
            self.scored.remove(&entity);
        }
    }
}

#[cfg(test)]
mod tests;
