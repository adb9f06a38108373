//! What an operator says about a board: its name, how events become points and points a score. It reads no files; the
//! server parses its configuration into these types. What changes a board's identity is in `reconcile.rs`.

use std::fmt;
use std::str::FromStr;

use scorelay_protocol::limits::{BOARD_ID_BYTES, BOARD_TEXT_BYTES, MAX_DECIMALS, MAX_ROWS, MAX_SCORE};
use scorelay_protocol::score::Units;

use crate::error::{StartError, TextError};

/// A board as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardConfig {
    /// Its name in addresses: 1 to [`BOARD_ID_BYTES`] of the characters `a-z 0-9 _ -`.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What its scores count, like `messages`.
    pub unit: String,
    /// Digits after the point; a score's units are 10^-decimals.
    pub decimals: u8,
    /// How events become points.
    pub scorer: Scorer,
    /// How points become a score.
    pub rating: Rating,
    /// Most rows it keeps, 1 to [`MAX_ROWS`]; the lowest score goes first, of equal ones the one reached earliest.
    pub max_rows: u32,
    /// Whether its data is made up; shown wherever the board is.
    pub synthetic: bool,
}

/// How events become points; written `messages:POINTS` or `external`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scorer {
    /// So many points, in the board's units, to the author of each chat message.
    Messages {
        /// Points for one message.
        points: Units,
    },
    /// Points scored elsewhere, sent as points for this board.
    External,
}

/// How points become a score; written `sum`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    /// All points added up, held within ±(2^53 − 1) units.
    Sum,
}

impl fmt::Display for Scorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Messages { points } => write!(f, "messages:{points}"),
            Self::External => f.write_str("external"),
        }
    }
}

impl FromStr for Scorer {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        match text.split_once(':') {
            None if text == "external" => Ok(Self::External),
            Some(("messages", points)) => match points.parse() {
                Ok(points) => Ok(Self::Messages { points }),
                Err(_) => Err(TextError::Scorer(text.to_owned())),
            },
            _ => Err(TextError::Scorer(text.to_owned())),
        }
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum => f.write_str("sum"),
        }
    }
}

impl FromStr for Rating {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        match text {
            "sum" => Ok(Self::Sum),
            _ => Err(TextError::Rating(text.to_owned())),
        }
    }
}

impl BoardConfig {
    /// Checks every field against its bounds.
    ///
    /// # Errors
    /// [`StartError::Config`] with the field that is wrong.
    pub fn check(&self) -> Result<(), StartError> {
        let wrong = |why: String| Err(StartError::Config { board: self.id.clone(), why });
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if !(1..=BOARD_ID_BYTES).contains(&self.id.len()) || !self.id.bytes().all(allowed) {
            return wrong(format!("an id is 1 to {BOARD_ID_BYTES} of the characters a-z 0-9 _ -"));
        }
        for (name, text) in [("title", &self.title), ("unit", &self.unit)] {
            if text.len() > BOARD_TEXT_BYTES || text.chars().any(char::is_control) {
                return wrong(format!("its {name} is longer than {BOARD_TEXT_BYTES} bytes or has control characters"));
            }
        }
        if self.decimals > MAX_DECIMALS {
            return wrong(format!("decimals is {}, more than {MAX_DECIMALS}", self.decimals));
        }
        if !(1..=MAX_ROWS).contains(&self.max_rows) {
            return wrong(format!("max_rows is {}, not 1 to {MAX_ROWS}", self.max_rows));
        }
        match self.scorer {
            Scorer::Messages { points } if !(-MAX_SCORE..=MAX_SCORE).contains(&points) || points == 0 => {
                wrong(format!("points for a message are {points} units, which must not be 0 or beyond ±{MAX_SCORE}"))
            }
            Scorer::Messages { .. } | Scorer::External => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> BoardConfig {
        BoardConfig {
            id: "chat".into(),
            title: "Chat".into(),
            unit: "messages".into(),
            decimals: 0,
            scorer: Scorer::Messages { points: 1 },
            rating: Rating::Sum,
            max_rows: 10,
            synthetic: false,
        }
    }

    #[test]
    fn text_forms_come_back() {
        for scorer in [Scorer::External, Scorer::Messages { points: 1 }, Scorer::Messages { points: -250 }] {
            assert_eq!(scorer.to_string().parse(), Ok(scorer));
        }
        assert_eq!(Rating::Sum.to_string().parse(), Ok(Rating::Sum));
        for bad in ["", "messages", "messages:", "messages:x", "external:1", "words:1"] {
            assert_eq!(bad.parse::<Scorer>(), Err(TextError::Scorer(bad.into())));
        }
        assert!("best".parse::<Rating>().is_err());
    }

    #[test]
    fn each_bound_is_checked() {
        assert_eq!(board().check(), Ok(()));
        let bad: [fn(&mut BoardConfig); 11] = [
            |b| b.id = String::new(),
            |b| b.id = "x".repeat(BOARD_ID_BYTES + 1),
            |b| b.id = "Chat/1".into(),
            |b| b.title = "x".repeat(BOARD_TEXT_BYTES + 1),
            |b| b.unit = "a\nb".into(),
            |b| b.decimals = MAX_DECIMALS + 1,
            |b| b.max_rows = 0,
            |b| b.max_rows = MAX_ROWS + 1,
            |b| b.scorer = Scorer::Messages { points: 0 },
            |b| b.scorer = Scorer::Messages { points: MAX_SCORE + 1 },
            |b| b.scorer = Scorer::Messages { points: i64::MIN },
        ];
        for (i, spoil) in bad.iter().enumerate() {
            let mut config = board();
            spoil(&mut config);
            assert!(matches!(config.check(), Err(StartError::Config { .. })), "case {i}");
        }
    }
}
