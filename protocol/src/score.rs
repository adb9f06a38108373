//! Scores: whole numbers in units of 10^-decimals, and their decimal text.
//!
//! Nothing here uses floating point: what is written is exactly what is stored.

use crate::limits::MAX_SCORE;

/// A score in a board's smallest unit, within ±[`MAX_SCORE`].
pub type Units = i64;

/// Why a text is not a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// Not a decimal number.
    #[error("a score is a decimal number like 12 or -3.50")]
    NotANumber,
    /// More digits after the point than the board has.
    #[error("more digits after the point than the board's decimals")]
    TooFine,
    /// Beyond what a browser's number holds exactly.
    #[error("a score's units lie within ±9007199254740991")]
    TooLarge,
}

/// `units` as decimal text, as short as it gets: 1250 with 2 decimals is `12.5`.
pub fn format_units(units: Units, decimals: u8) -> String {
    let size = units.unsigned_abs();
    // With more decimals than a scale has room for, no score reaches one whole point.
    let (whole, rest) = match 10u64.checked_pow(u32::from(decimals)) {
        Some(scale) => (size / scale, size % scale),
        None => (0, size),
    };
    let sign = if units < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{rest:0width$}", width = usize::from(decimals));
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// The units of a decimal text.
///
/// # Errors
/// [`ScoreError`] when it is no number, finer than `decimals`, or beyond ±[`MAX_SCORE`].
pub fn parse_units(text: &str, decimals: u8) -> Result<Units, ScoreError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return Err(ScoreError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(decimals) {
        return Err(ScoreError::TooFine);
    }
    let padded = format!("{whole}{fraction:0<width$}", width = usize::from(decimals));
    let value: i64 = padded.parse().map_err(|_| ScoreError::TooLarge)?;
    if value > MAX_SCORE {
        return Err(ScoreError::TooLarge);
    }
    Ok(if negative { -value } else { value })
}

/// `score + by`, held within ±[`MAX_SCORE`].
pub fn add(score: Units, by: Units) -> Units {
    score.saturating_add(by).clamp(-MAX_SCORE, MAX_SCORE)
}
