//! Scorers: what an event is worth on one board, as configured. A scorer counts something, gives points for each, and
//! by what it counts its rows are people, emotes, words, names or rooms. What is to be counted in an event is found
//! once for all boards, in `facts.rs`; points become scores by the board's rating, in `rating.rs`.

use std::fmt;
use std::str::FromStr;

use scorelay_protocol::limits::{MAX_SCORE, SCORER_TERMS};
use scorelay_protocol::score::Units;

use crate::error::TextError;

/// How events become points; written `external`, `archive`, or `COUNTED:POINTS` joined by `+`, like
/// `messages:2+bits:10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scorer {
    /// Points scored elsewhere, sent as points for this board.
    External,
    /// Nothing is scored any more: the rows of a season that has ended, or of a board that was put aside.
    Archive,
    /// What is counted, and what each is worth; all for the same kind of rows.
    Counts(Vec<Term>),
}

/// One part of a scorer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// What is counted.
    pub counted: Counted,
    /// Points for one, in the board's units; never 0.
    pub points: Units,
}

/// What a scorer can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// Chat messages, for their author.
    Messages,
    /// Emotes in messages, for their author.
    EmoteUses,
    /// Bits cheered, for who cheered.
    Bits,
    /// Subscriptions given away, for who gave.
    GiftedSubs,
    /// Raids, for who led them.
    Raids,
    /// Viewers that raids brought along, for who led them.
    Raiders,
    /// How much of a message repeats another of the latest, 0 to 1, where that is more than half; for the author.
    Copypasta,
    /// Emotes in messages, for the emote.
    Emotes,
    /// Words in messages, for the word.
    Words,
    /// Messages, for their author's name.
    Nicks,
    /// Messages, for their room.
    Rooms,
    /// Messages, for the one row that counts all of them.
    Total,
}

/// What the rows of a board are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// Who did it: `twitch:1234`.
    People,
    /// Emotes: `emote:twitch:25`.
    Emotes,
    /// Words: `word:hello`.
    Words,
    /// Names of authors: `nick:Ada`.
    Nicks,
    /// Rooms: `room:#chat`.
    Rooms,
    /// One row, `total:messages`.
    Total,
}

impl Counted {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Messages,
        Self::EmoteUses,
        Self::Bits,
        Self::GiftedSubs,
        Self::Raids,
        Self::Raiders,
        Self::Copypasta,
        Self::Emotes,
        Self::Words,
        Self::Nicks,
        Self::Rooms,
        Self::Total,
    ];

    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::EmoteUses => "emote-uses",
            Self::Bits => "bits",
            Self::GiftedSubs => "gifted-subs",
            Self::Raids => "raids",
            Self::Raiders => "raiders",
            Self::Copypasta => "copypasta",
            Self::Emotes => "emotes",
            Self::Words => "words",
            Self::Nicks => "nicks",
            Self::Rooms => "rooms",
            Self::Total => "total",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|counted| counted.name() == name)
    }

    /// Whom it gives points to.
    pub fn rows(self) -> RowKind {
        match self {
            Self::Messages | Self::EmoteUses | Self::Bits | Self::GiftedSubs | Self::Raids | Self::Raiders => {
                RowKind::People
            }
            Self::Copypasta => RowKind::People,
            Self::Emotes => RowKind::Emotes,
            Self::Words => RowKind::Words,
            Self::Nicks => RowKind::Nicks,
            Self::Rooms => RowKind::Rooms,
            Self::Total => RowKind::Total,
        }
    }
}

impl Scorer {
    /// So many points for each of one thing.
    pub fn one(counted: Counted, points: Units) -> Self {
        Self::Counts(vec![Term { counted, points }])
    }

    /// So many points for each chat message, for its author.
    pub fn messages(points: Units) -> Self {
        Self::one(Counted::Messages, points)
    }

    /// What is counted; empty where the board scores nothing by itself.
    pub fn terms(&self) -> &[Term] {
        match self {
            Self::Counts(terms) => terms,
            Self::External | Self::Archive => &[],
        }
    }

    /// Whether it counts this.
    pub fn counts(&self, counted: Counted) -> bool {
        self.terms().iter().any(|term| term.counted == counted)
    }

    /// What the rows are; `None` where sources say.
    pub fn rows(&self) -> Option<RowKind> {
        self.terms().first().map(|term| term.counted.rows())
    }

    /// Why it cannot be, if it cannot.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self::Counts(terms) = self else { return None };
        let Some(first) = terms.first() else { return Some("nothing is counted".to_owned()) };
        if terms.len() > SCORER_TERMS {
            return Some(format!("{} things are counted, more than {SCORER_TERMS}", terms.len()));
        }
        for (at, Term { counted, points }) in terms.iter().enumerate() {
            let name = counted.name();
            if *points == 0 || !(-MAX_SCORE..=MAX_SCORE).contains(points) {
                return Some(format!(
                    "points for {name} are {points} units, which must not be 0 or beyond ±{MAX_SCORE}"
                ));
            }
            if counted.rows() != first.counted.rows() {
                return Some(format!("{name} and {} rank different things", first.counted.name()));
            }
            if terms[..at].iter().any(|term| term.counted == *counted) {
                return Some(format!("{name} stands there twice"));
            }
        }
        None
    }
}

impl fmt::Display for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::External => f.write_str("external"),
            Self::Archive => f.write_str("archive"),
            Self::Counts(terms) => {
                for (at, Term { counted, points }) in terms.iter().enumerate() {
                    let plus = if at == 0 { "" } else { "+" };
                    write!(f, "{plus}{}:{points}", counted.name())?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for Scorer {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let term = |part: &str| {
            let (name, points) = part.split_once(':')?;
            Some(Term { counted: Counted::named(name)?, points: points.parse().ok()? })
        };
        match text {
            "external" => Ok(Self::External),
            "archive" => Ok(Self::Archive),
            _ => {
                let terms: Option<Vec<Term>> = text.split('+').map(term).collect();
                terms.map(Self::Counts).ok_or_else(|| TextError::Scorer(text.to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_come_back() {
        let both = Scorer::Counts(vec![
            Term { counted: Counted::Messages, points: 2 },
            Term { counted: Counted::Bits, points: -10 },
        ]);
        assert_eq!(both.to_string(), "messages:2+bits:-10");
        for scorer in [Scorer::External, Scorer::Archive, Scorer::messages(1), both] {
            assert_eq!(scorer.to_string().parse(), Ok(scorer));
        }
        for counted in Counted::ALL {
            assert_eq!(Counted::named(counted.name()), Some(counted));
        }
        for bad in ["", "messages", "messages:", "messages:x", "external:1", "words:1+", "+", "nothing:1"] {
            assert_eq!(bad.parse::<Scorer>(), Err(TextError::Scorer(bad.into())));
        }
    }

    #[test]
    fn faults_are_named() {
        for (text, word) in [
            ("messages:0", "must not be 0"),
            ("messages:9007199254740992", "beyond"),
            ("messages:1+emotes:1", "different things"),
            ("messages:1+bits:1+messages:2", "twice"),
        ] {
            let fault = text.parse::<Scorer>().unwrap().fault().unwrap();
            assert!(fault.contains(word), "{text}: {fault}");
        }
        assert!(Scorer::Counts(Vec::new()).fault().is_some());
        assert_eq!(Scorer::messages(-3).fault(), None);
    }
}
