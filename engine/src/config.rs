//! What an operator says about a board: its name, how events become points and points a score. It reads no files; the
//! server parses its configuration into these types. What changes a board's identity is in `reconcile.rs`.

use scorelay_protocol::limits::{
    BOARD_ID_BYTES, BOARD_TEXT_BYTES, MAX_COOLDOWN_MS, MAX_DECIMALS, MAX_PER_MINUTE, MAX_ROWS,
};

use crate::error::StartError;
use crate::filter::Filter;
use crate::rating::Rating;
use crate::scorer::Scorer;
use crate::season::Season;

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
    /// Which events count.
    pub filter: Filter,
    /// How often the same author counts.
    pub pace: Pace,
    /// Whether what messages gave goes again when a room's moderators clear them.
    pub take_back: bool,
    /// How points become a score.
    pub rating: Rating,
    /// How often it closes into an archive and begins anew, if it does.
    pub season: Option<Season>,
    /// Most rows it keeps, 1 to [`MAX_ROWS`]; the lowest score goes first, of equal ones the one reached earliest.
    pub max_rows: u32,
    /// Whether its data is made up; shown wherever the board is.
    pub synthetic: bool,
}

/// How often the same author counts on one board, so that nobody gains by flooding. A restart forgets who wrote when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Milliseconds after an event that counts in which no other of the same author does; 0 for none.
    pub cooldown_ms: u64,
    /// Events of the same author that count in any 60 seconds; `None` for any number.
    pub max_per_minute: Option<u32>,
}

impl BoardConfig {
    /// A board that counts chat messages, one point each, as sources without a configuration have it.
    pub fn new(id: &str, scorer: Scorer) -> Self {
        Self {
            id: id.to_owned(),
            title: id.to_owned(),
            unit: "points".to_owned(),
            decimals: 0,
            scorer,
            filter: Filter::default(),
            pace: Pace::default(),
            take_back: false,
            rating: Rating::Sum,
            season: None,
            max_rows: scorelay_protocol::limits::DEFAULT_ROWS,
            synthetic: false,
        }
    }

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
        if self.pace.cooldown_ms > MAX_COOLDOWN_MS {
            return wrong(format!("its cooldown is {} ms, more than {MAX_COOLDOWN_MS}", self.pace.cooldown_ms));
        }
        if let Some(most) = self.pace.max_per_minute
            && !(1..=MAX_PER_MINUTE).contains(&most)
        {
            return wrong(format!("max_per_minute is {most}, not 1 to {MAX_PER_MINUTE}"));
        }
        if self.take_back && self.rating != Rating::Sum {
            return wrong("only sums can be taken back".to_owned());
        }
        if let Some(why) = self.season.as_ref().and_then(|season| season.fault(&self.id)) {
            return wrong(why);
        }
        match self.scorer.fault().or_else(|| self.filter.fault()).or_else(|| self.rating.fault()) {
            Some(why) => wrong(why),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board() -> BoardConfig {
        BoardConfig { max_rows: 10, ..BoardConfig::new("chat", Scorer::messages(1)) }
    }

    #[test]
    fn each_bound_is_checked() {
        assert_eq!(board().check(), Ok(()));
        let bad: [fn(&mut BoardConfig); 15] = [
            |b| b.id = String::new(),
            |b| b.id = "x".repeat(BOARD_ID_BYTES + 1),
            |b| b.id = "Chat/1".into(),
            |b| b.title = "x".repeat(BOARD_TEXT_BYTES + 1),
            |b| b.unit = "a\nb".into(),
            |b| b.decimals = MAX_DECIMALS + 1,
            |b| b.max_rows = 0,
            |b| b.max_rows = MAX_ROWS + 1,
            |b| b.scorer = Scorer::messages(0),
            |b| b.pace.cooldown_ms = MAX_COOLDOWN_MS + 1,
            |b| b.pace.max_per_minute = Some(0),
            |b| b.pace.max_per_minute = Some(MAX_PER_MINUTE + 1),
            |b| (b.take_back, b.rating) = (true, Rating::Best),
            |b| b.rating = Rating::Elo(crate::EloRating { start: 0, k: 0, neighbours: 1, period_ms: 60_000 }),
            |b| b.filter.rooms = (0..=scorelay_protocol::limits::FILTER_ITEMS).map(|n| n.to_string()).collect(),
        ];
        for (i, spoil) in bad.iter().enumerate() {
            let mut config = board();
            spoil(&mut config);
            assert!(matches!(config.check(), Err(StartError::Config { .. })), "case {i}");
        }
    }
}
