//! Scores as text and back: exact, in one way of writing, within bounds.

use proptest::prelude::*;
use scorelay_protocol::limits::{MAX_DECIMALS, MAX_SCORE};
use scorelay_protocol::score::{ScoreError, Units, add, format_units, parse_units};

use crate::strategies;

#[test]
fn scores_are_written_as_short_as_it_gets() {
    let cases = [
        (0, 2, "0"),
        (1250, 2, "12.5"),
        (1200, 2, "12"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (-100, 2, "-1"),
        (7, 0, "7"),
        (MAX_SCORE, 0, "9007199254740991"),
        (-MAX_SCORE, 9, "-9007199.254740991"),
    ];
    for (units, decimals, text) in cases {
        assert_eq!(format_units(units, decimals), text);
        assert_eq!(parse_units(text, decimals), Ok(units), "{text}");
    }
}

#[test]
fn texts_that_are_no_score_are_refused() {
    for text in ["", "-", "+1", ".5", "5.", "1.2.3", "--1", "1e3", " 1", "1 ", "0x1", "١", "1,5", "-.5", "1.-5"] {
        assert_eq!(parse_units(text, 2), Err(ScoreError::NotANumber), "{text:?}");
    }
    for text in ["0.001", "-1.234"] {
        assert_eq!(parse_units(text, 2), Err(ScoreError::TooFine), "{text}");
    }
    let nines = "9".repeat(400);
    for text in ["9007199254740992", "-9007199254740992", nines.as_str()] {
        assert_eq!(parse_units(text, 0), Err(ScoreError::TooLarge), "{text}");
    }
    assert_eq!(parse_units("90071992547409.92", 2), Err(ScoreError::TooLarge));
    assert_eq!(parse_units("90071992547409.91", 2), Ok(MAX_SCORE));
    assert_eq!(parse_units("-0", 2), Ok(0));
    assert_eq!(parse_units("007.100", 2), Ok(710));
}

/// A board's decimals come from a peer as any byte: what is past the limit still prints.
#[test]
fn any_number_of_decimals_prints() {
    assert_eq!(format_units(-15, 19), "-0.0000000000000000015");
    assert_eq!(format_units(15, 20), "0.00000000000000000015");
    assert_eq!(format_units(0, 255), "0");
    for decimals in 0..=u8::MAX {
        for units in [i64::MIN, -1, 1, i64::MAX] {
            let text = format_units(units, decimals);
            assert!(parse_units(&text, decimals).is_ok() || units.unsigned_abs() > MAX_SCORE as u64, "{text}");
        }
    }
}

proptest! {
    #[test]
    fn scores_round_trip(units in strategies::score(), decimals in 0..=MAX_DECIMALS) {
        let text = format_units(units, decimals);
        prop_assert_eq!(parse_units(&text, decimals), Ok(units));
        prop_assert!(!text.contains('.') || !text.ends_with(['0', '.']), "{}", text);
    }

    #[test]
    fn any_text_is_a_score_or_an_error(text in "[-+0-9.]{0,24}|.{0,8}", decimals in any::<u8>()) {
        if let Ok(units) = parse_units(&text, decimals) {
            prop_assert!(units.abs() <= MAX_SCORE);
            prop_assert_eq!(parse_units(&format_units(units, decimals), decimals), Ok(units));
        }
    }

    #[test]
    fn sums_stay_within_bounds(score in strategies::score(), by in any::<Units>()) {
        let exact = i128::from(score) + i128::from(by);
        let bound = i128::from(MAX_SCORE);
        prop_assert_eq!(i128::from(add(score, by)), exact.clamp(-bound, bound));
    }
}
