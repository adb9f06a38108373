//! Ratings: how points become a score, as configured. Sums and bests are rated at once; Elo's open period and rates of
//! the running second are kept in `periods.rs`.

use std::fmt;
use std::str::FromStr;

use scorelay_protocol::limits::{ELO_K, ELO_NEIGHBOURS, ELO_PERIOD_MS, MAX_SCORE};
use scorelay_protocol::score::{self, Units};

use crate::error::TextError;

/// How points become a score; written `sum`, `best`, `rate` or `elo:START:K:NEIGHBOURS:PERIOD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    /// All points added up, held within ±(2^53 − 1) units.
    Sum,
    /// The most points given at once.
    Best,
    /// Points in the last full second.
    Rate,
    /// Elo, over rating periods.
    Elo(EloRating),
}

/// Elo's constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EloRating {
    /// The rating of who has played no period, in units.
    pub start: Units,
    /// Most that one pair can exchange, in whole points.
    pub k: i64,
    /// Each plays so many of those who are nearest by rating, and as many spread over all.
    pub neighbours: u32,
    /// Length of a period in milliseconds; periods begin at multiples of it.
    pub period_ms: u64,
}

impl Rating {
    /// The score after `units` more, for an entity that had `score`; `None` where that is settled by time.
    pub(crate) fn rate(self, score: Option<Units>, units: Units) -> Option<Units> {
        match self {
            Self::Sum => Some(score::add(score.unwrap_or(0), units)),
            Self::Best => Some(score.map_or(units, |score| score.max(units))),
            Self::Rate | Self::Elo(_) => None,
        }
    }

    /// Whether scores of the one mean the same as scores of the other.
    pub(crate) fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Elo(one), Self::Elo(other)) => one.start == other.start,
            _ => self == other,
        }
    }

    /// Why it cannot be, if it cannot.
    pub(crate) fn fault(self) -> Option<String> {
        let Self::Elo(elo) = self else { return None };
        if !(-MAX_SCORE / 2..=MAX_SCORE / 2).contains(&elo.start) {
            return Some("Elo's start is too large for the board's decimals".to_owned());
        }
        if !(1..=ELO_K).contains(&elo.k) {
            return Some(format!("Elo's k is {}, not 1 to {ELO_K}", elo.k));
        }
        if !(1..=ELO_NEIGHBOURS).contains(&elo.neighbours) {
            return Some(format!("Elo's neighbours are {}, not 1 to {ELO_NEIGHBOURS}", elo.neighbours));
        }
        let (shortest, longest) = ELO_PERIOD_MS;
        (!(shortest..=longest).contains(&elo.period_ms))
            .then(|| format!("Elo's period is {} ms, not {shortest} to {longest}", elo.period_ms))
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum => f.write_str("sum"),
            Self::Best => f.write_str("best"),
            Self::Rate => f.write_str("rate"),
            Self::Elo(EloRating { start, k, neighbours, period_ms }) => {
                write!(f, "elo:{start}:{k}:{neighbours}:{period_ms}")
            }
        }
    }
}

impl FromStr for Rating {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let elo = |text: &str| {
            let mut parts = text.strip_prefix("elo:")?.split(':');
            let elo = EloRating {
                start: parts.next()?.parse().ok()?,
                k: parts.next()?.parse().ok()?,
                neighbours: parts.next()?.parse().ok()?,
                period_ms: parts.next()?.parse().ok()?,
            };
            parts.next().is_none().then_some(Self::Elo(elo))
        };
        match text {
            "sum" => Ok(Self::Sum),
            "best" => Ok(Self::Best),
            "rate" => Ok(Self::Rate),
            _ => elo(text).ok_or_else(|| TextError::Rating(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELO: EloRating = EloRating { start: 1200, k: 16, neighbours: 8, period_ms: 60_000 };

    #[test]
    fn text_forms_come_back() {
        for rating in [Rating::Sum, Rating::Best, Rating::Rate, Rating::Elo(ELO)] {
            assert_eq!(rating.to_string().parse(), Ok(rating));
        }
        for bad in ["", "worst", "elo", "elo:1", "elo:1:2:3", "elo:1:2:3:4:5", "elo:1:2:3:x"] {
            assert_eq!(bad.parse::<Rating>(), Err(TextError::Rating(bad.into())));
        }
    }

    #[test]
    fn sums_add_and_bests_rise() {
        assert_eq!(Rating::Sum.rate(None, 5), Some(5));
        assert_eq!(Rating::Sum.rate(Some(MAX_SCORE), 1), Some(MAX_SCORE));
        assert_eq!(Rating::Best.rate(None, -5), Some(-5));
        assert_eq!(Rating::Best.rate(Some(7), 5), Some(7));
        assert_eq!(Rating::Best.rate(Some(5), 7), Some(7));
    }

    #[test]
    fn only_another_start_changes_what_a_rating_means() {
        assert!(Rating::Elo(ELO).agrees(Rating::Elo(EloRating { k: 2, ..ELO })));
        assert!(!Rating::Elo(ELO).agrees(Rating::Elo(EloRating { start: 1500, ..ELO })));
        assert!(!Rating::Elo(ELO).agrees(Rating::Sum));
    }
}
