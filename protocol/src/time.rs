//! A moment as people and programs write it, in UTC. It knows no clock.

use crate::ids::UnixMillis;

const DAY: u64 = 24 * 60 * 60;

/// A moment as `2025-11-21T06:13:00Z`, by the proleptic Gregorian calendar.
pub fn rfc3339(at: UnixMillis) -> String {
    format!("{}Z", to_the_second(at))
}

/// The same with milliseconds: `2025-11-21T06:13:00.250Z`.
pub fn rfc3339_millis(at: UnixMillis) -> String {
    format!("{}.{:03}Z", to_the_second(at), at.0 % 1_000)
}

fn to_the_second(at: UnixMillis) -> String {
    let seconds = at.0 / 1_000;
    let (days, rest) = (seconds / DAY, seconds % DAY);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    // Days since 0000-03-01: leap days come last in a year that starts in March, and eras of 400 years are equal.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_written_right() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            let at = UnixMillis(seconds * 1_000 + 999);
            assert_eq!(rfc3339(at), text);
            assert_eq!(rfc3339_millis(at), text.replace('Z', ".999Z"));
        }
    }
}
