//! Elo in rating periods: what a period changes for those who took part in it. When periods open and close, and who
//! took part with how many points, is the caller's; the formula's arithmetic is in `logistic.rs`, its reasons are in
//! `docs/ratings.md`.
//!
//! Everybody plays the nearest by rating, and as many who are spread evenly over all. The nearest alone would not do:
//! that equals share their games evenly says nothing of how far apart others should be, so luck would widen the ratings
//! without end. A pair plays once, whoever chose. More points win, equal ones are a draw. What a pair exchanges is
//! rounded to units once and given to one as it is taken from the other, so that no period changes the sum of all
//! ratings. All pairs are reckoned with the ratings before the period, so their order does not matter.

use std::cmp::Ordering;

use scorelay_protocol::limits::{ELO_K, ELO_NEIGHBOURS, MAX_DECIMALS};
use scorelay_protocol::score::Units;

use super::logistic::{Logistic, ONE};

/// A rating by periods on a board of certain decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elo {
    start: Units,
    k: Units,
    neighbours: usize,
    logistic: Logistic,
}

/// Somebody who took part in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Player {
    /// The rating before the period, in the board's units.
    pub rating: Units,
    /// The points made within it. Only which of two has more matters.
    pub points: Units,
}

/// Why a rating cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EloError {
    /// `k` is not above 0 and at most [`ELO_K`] points.
    #[error("k lies above 0 and is at most {ELO_K} points")]
    K,
    /// `neighbours` is not from 1 to [`ELO_NEIGHBOURS`].
    #[error("neighbours is a number from 1 to {ELO_NEIGHBOURS}, not {0}")]
    Neighbours(u32),
    /// More decimals than a board can have.
    #[error("a board has at most {MAX_DECIMALS} decimals, not {0}")]
    Decimals(u8),
}

impl Elo {
    /// A rating that begins at `start` and moves by at most `k` in one exchange, both in units of 10^-`decimals`.
    /// Opponents are the `neighbours` nearest by rating and as many from all over.
    ///
    /// # Errors
    /// [`EloError`] when a number lies outside its bounds.
    pub fn new(start: Units, k: Units, neighbours: u32, decimals: u8) -> Result<Self, EloError> {
        if decimals > MAX_DECIMALS {
            return Err(EloError::Decimals(decimals));
        }
        if !(1..=ELO_K * 10i64.pow(u32::from(decimals))).contains(&k) {
            return Err(EloError::K);
        }
        if !(1..=ELO_NEIGHBOURS).contains(&neighbours) {
            return Err(EloError::Neighbours(neighbours));
        }
        Ok(Self { start, k, neighbours: neighbours as usize, logistic: Logistic::new(decimals) })
    }

    /// The rating of somebody who takes part for the first time, in units.
    pub fn start(&self) -> Units {
        self.start
    }

    /// What the period changes for each of `players`, in units and in their order; the sum is 0. Add it to a score
    /// without holding it within bounds, or the sum will move.
    ///
    /// The order decides who is nearest among equal ratings, and nothing else; give it by something that does not
    /// change. Takes O(n log n + n · neighbours).
    pub fn changes(&self, players: &[Player]) -> Vec<Units> {
        let count = players.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_unstable_by_key(|&at| (players[at].rating, at));
        let line: Vec<Player> = order.iter().map(|&at| players[at]).collect();
        let chosen: Vec<Chosen> = (0..count).map(|place| choose(&line, place, self.neighbours)).collect();

        let chose = |one: usize, other: usize| other <= chosen[one].last || chosen[other].first <= one;
        let mut gains = vec![0; count];
        for place in 0..count {
            // Whoever chose somebody stands at most `neighbours` places away.
            let near = (place + 1..count.min(place + 1 + self.neighbours)).filter(|&other| chose(place, other));
            let strides = (1..=self.neighbours).map(|step| place + step * count / (self.neighbours + 1));
            let far = strides.take_while(|&other| other < count).filter(|&other| !chose(place, other));
            for other in near.chain(far) {
                let gain = self.exchange(line[place], line[other]);
                gains[place] += gain;
                gains[other] -= gain;
            }
        }
        let mut changes = vec![0; count];
        order.into_iter().zip(gains).for_each(|(at, gain)| changes[at] = gain);
        changes
    }

    /// What `one` gains from playing `other`, and `other` loses.
    fn exchange(&self, one: Player, other: Player) -> Units {
        let lower = self.logistic.lower(one.rating.abs_diff(other.rating));
        let expected = if one.rating < other.rating { lower } else { ONE - lower };
        let won = match one.points.cmp(&other.points) {
            Ordering::Less => 0,
            Ordering::Equal => ONE / 2,
            Ordering::Greater => ONE,
        };
        let exact = i128::from(won - expected) * i128::from(self.k);
        // Halves away from zero: the same whichever of the two is asked.
        let size = (exact.unsigned_abs() + ONE as u128 / 2) / ONE as u128;
        size as Units * exact.signum() as Units
    }
}

/// Whom the player at `place` of the line chooses: always the nearest by rating that is left; of two equally near the
/// one on the side where fewer have been taken, and the lower rated where that is equal too. Among many equals this
/// takes half from each side, so that nobody is chosen by all of them.
fn choose(line: &[Player], place: usize, neighbours: usize) -> Chosen {
    let own = line[place].rating;
    let (mut first, mut last) = (place, place);
    while last - first < neighbours {
        let below = first.checked_sub(1).map(|next| own.abs_diff(line[next].rating));
        let above = line.get(last + 1).map(|next| next.rating.abs_diff(own));
        let down = match (below, above) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(below), Some(above)) => below.cmp(&above).then((place - first).cmp(&(last - place))).is_le(),
        };
        if down {
            first -= 1;
        } else {
            last += 1;
        }
    }
    Chosen { first, last }
}

/// The places in the line from the first to the last whom somebody chose, the own one among them.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    first: usize,
    last: usize,
}

#[cfg(test)]
mod tests;
