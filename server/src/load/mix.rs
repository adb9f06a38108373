//! What the clients of a load look at: a mix of kinds of windows with weights, and the fair dealing of them, so that
//! any first so many clients have nearly the mix that all of them have.

use std::fmt;
use std::str::FromStr;

use scorelay_client::core::WINDOW_ROWS;

/// What one client looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first so many ranks.
    Top(u32),
    /// So many ranks somewhere on the board.
    Random(u32),
    /// One entity, wherever it stands.
    Track,
}

/// Kinds of windows with their weights, written `top:100=50,random:50=40,track=10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix(Vec<(Kind, u32)>);

/// A text that is no mix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part:?}: {why}; a mix is written like {}", Mix::USUAL)]
pub struct BadMix {
    part: String,
    why: String,
}

impl Mix {
    /// The mix where nothing is said.
    pub const USUAL: &str = "top:100=50,random:50=40,track=10";
    /// The largest weight: sums of them stay far from overflowing.
    const MOST_WEIGHT: u32 = 1_000_000;

    /// Kinds and weights, in the order given.
    pub fn kinds(&self) -> &[(Kind, u32)] {
        &self.0
    }

    /// What each client looks at, one after the other without end.
    pub(super) fn deal(&self) -> Deal {
        Deal { kinds: self.0.iter().map(|&(kind, weight)| (kind, i64::from(weight), 0)).collect() }
    }
}

/// Deals kinds out by smooth weighted round robin: after any number of clients each kind was dealt as often as its share
/// says, to within less than one for two kinds and a few for many.
#[derive(Debug, Clone)]
pub(super) struct Deal {
    /// Kind, weight, and how much it is owed.
    kinds: Vec<(Kind, i64, i64)>,
}

impl Iterator for Deal {
    type Item = Kind;

    fn next(&mut self) -> Option<Kind> {
        let sum: i64 = self.kinds.iter().map(|(_, weight, _)| weight).sum();
        for (_, weight, owed) in &mut self.kinds {
            *owed += *weight;
        }
        let (kind, _, owed) = self.kinds.iter_mut().rev().max_by_key(|(_, _, owed)| *owed)?;
        *owed -= sum;
        Some(*kind)
    }
}

impl FromStr for Mix {
    type Err = BadMix;

    fn from_str(text: &str) -> Result<Self, BadMix> {
        text.split(',').map(part).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

fn part(part: &str) -> Result<(Kind, u32), BadMix> {
    let bad = |why: String| BadMix { part: part.to_owned(), why };
    let (kind, weight) = part.trim().split_once('=').ok_or_else(|| bad("a weight follows after `=`".into()))?;
    let weight = weight.parse().ok().filter(|weight| (1..=Mix::MOST_WEIGHT).contains(weight));
    let weight = weight.ok_or_else(|| bad(format!("a weight is a number from 1 to {}", Mix::MOST_WEIGHT)))?;
    let (name, size) = kind.split_once(':').map_or((kind, None), |(name, size)| (name, Some(size)));
    let rows = || {
        let rows = size.and_then(|size| size.parse().ok()).filter(|rows| (1..=WINDOW_ROWS).contains(rows));
        rows.ok_or_else(|| bad(format!("a window has 1 to {WINDOW_ROWS} rows, given after `:`")))
    };
    let kind = match (name, size) {
        ("top", _) => Kind::Top(rows()?),
        ("random", _) => Kind::Random(rows()?),
        ("track", None) => Kind::Track,
        ("track", Some(_)) => return Err(bad("`track` has no size".into())),
        _ => return Err(bad("a window is `top:ROWS`, `random:ROWS` or `track`".into())),
    };
    Ok((kind, weight))
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top(rows) => write!(f, "top:{rows}"),
            Self::Random(rows) => write!(f, "random:{rows}"),
            Self::Track => f.write_str("track"),
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (kind, weight)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{kind}={weight}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_is_read_and_written_alike() {
        let usual: Mix = Mix::USUAL.parse().unwrap();
        assert_eq!(usual.kinds(), [(Kind::Top(100), 50), (Kind::Random(50), 40), (Kind::Track, 10)]);
        assert_eq!(usual.to_string(), Mix::USUAL);
        assert_eq!("top:1=3, track=1".parse::<Mix>().unwrap().to_string(), "top:1=3,track=1");
    }

    #[test]
    fn what_is_no_mix_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "\"\": a weight"),
            ("top:100", "weight follows"),
            ("top:100=0", "from 1"),
            ("top:100=-3", "from 1"),
            ("top:100=50%", "from 1"),
            ("top=50", "1 to"),
            ("top:0=50", "1 to"),
            ("random:999999=1", "1 to"),
            ("track:5=1", "no size"),
            ("top:100=50,", "\"\": a weight"),
            ("middle:5=1", "\"middle:5=1\": a window"),
        ] {
            let error = text.parse::<Mix>().expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn any_first_clients_have_nearly_the_mix_of_all() {
        let mix: Mix = Mix::USUAL.parse().unwrap();
        let mut counts = [0_i32; 3];
        for (dealt, kind) in (1..=1_000).zip(mix.deal()) {
            counts[mix.kinds().iter().position(|(of, _)| *of == kind).unwrap()] += 1;
            for (count, share) in counts.iter().zip([50, 40, 10]) {
                assert!((count * 100 - dealt * share).abs() <= 100, "{counts:?} of {dealt}");
            }
            if dealt % 10 == 0 {
                assert_eq!(counts, [dealt / 2, dealt * 2 / 5, dealt / 10]);
            }
        }
    }
}
