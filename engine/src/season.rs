//! Seasons: when a board's season ends, by the calendar of a place, and what its archive is called. Time zones come
//! from the database in the program, so that every machine closes at the same moment. Closing is `moderate.rs`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{BOARD_ID_BYTES, SEASON_AGAIN_MS};

/// How often a board closes into an archive, and where it is midnight then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Season {
    /// How often.
    pub every: Every,
    /// A time zone of the IANA database, like `Europe/Berlin`.
    pub time_zone: String,
}

/// The length of a season; each begins at midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// The running season of a board.
#[derive(Debug)]
pub(crate) struct Running {
    every: Every,
    zone: TimeZone,
    /// The first moment of the next one, once it is known.
    ends: Option<UnixMillis>,
    /// Its end could not be carried out, and is not tried before this.
    again: UnixMillis,
    changed: bool,
}

impl Every {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The day on which the season that has `day` in it began.
    fn start(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days()),
            Self::Month => day.first_of_month(),
            Self::Year => day.first_of_year(),
        }
    }

    /// The day on which the season after that of `day` begins.
    fn next(self, day: Date) -> Date {
        let start = self.start(day);
        match self {
            Self::Day => start.saturating_add(1.day()),
            Self::Week => start.saturating_add(1.week()),
            Self::Month => start.saturating_add(1.month()),
            Self::Year => start.saturating_add(1.year()),
        }
    }

    /// What the season that has `day` in it is called.
    fn label(self, day: Date) -> String {
        let (year, month) = (day.year(), day.month());
        match self {
            Self::Day => format!("{year:04}-{month:02}-{:02}", day.day()),
            Self::Week => {
                let week = day.iso_week_date();
                format!("{:04}-w{:02}", week.year(), week.week())
            }
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Year => format!("{year:04}"),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Every {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|every| every.name() == text).ok_or(())
    }
}

impl Season {
    /// Why it cannot be of a board with this id, if it cannot.
    pub(crate) fn fault(&self, id: &str) -> Option<String> {
        if zone(&self.time_zone).is_none() {
            let name = &self.time_zone;
            return Some(format!("`{name}` is no time zone of the IANA database, as UTC and Europe/Berlin are"));
        }
        let longest = BOARD_ID_BYTES - "-2026-11-21".len();
        (id.len() > longest).then(|| format!("the id of a board with seasons has at most {longest} characters"))
    }
}

/// Whether the database has a time zone of this name.
pub fn is_time_zone(name: &str) -> bool {
    zone(name).is_some()
}

fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

impl Running {
    /// The season of a board as configured.
    pub(crate) fn new(season: &Season) -> Option<Self> {
        let zone = zone(&season.time_zone)?;
        Some(Self { every: season.every, zone, ends: None, again: UnixMillis(0), changed: false })
    }

    /// Takes in when the store says that it ends. Where the board's calendar has changed since, that one still counts.
    pub(crate) fn load(&mut self, ends: UnixMillis) {
        self.ends = Some(ends);
    }

    /// When something is to be done about it; at once where its end is not known yet.
    pub(crate) fn due(&self) -> UnixMillis {
        self.ends.unwrap_or(UnixMillis(0)).max(self.again)
    }

    /// What ends now is called, if one does. It goes on to do so until the next one begins.
    pub(crate) fn ended(&mut self, now: UnixMillis) -> Option<String> {
        if now < self.due() {
            return None;
        }
        let Some(ends) = self.ends else {
            self.begin(now);
            return None;
        };
        Some(self.every.label(self.day(UnixMillis(ends.0.saturating_sub(1)))))
    }

    /// The season of `now` begins.
    pub(crate) fn begin(&mut self, now: UnixMillis) {
        self.ends = Some(self.start_after(now));
        self.changed = true;
    }

    /// The end that has passed could not be carried out: it is tried again later, for the same season.
    pub(crate) fn again(&mut self, now: UnixMillis) {
        self.again = UnixMillis(now.0.saturating_add(SEASON_AGAIN_MS));
    }

    /// When it ends, if that changed since this was asked last.
    pub(crate) fn take_changed(&mut self) -> Option<UnixMillis> {
        std::mem::take(&mut self.changed).then_some(self.ends).flatten()
    }

    /// Whether the store holds its end.
    pub(crate) fn is_stored(&self) -> bool {
        !self.changed
    }

    fn day(&self, at: UnixMillis) -> Date {
        let at = i64::try_from(at.0).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
        at.unwrap_or(Timestamp::MAX).to_zoned(self.zone.clone()).date()
    }

    fn start_after(&self, now: UnixMillis) -> UnixMillis {
        // Midnight, or what comes first after it where a clock that is put forward leaves it out.
        let start = self.every.next(self.day(now)).to_zoned(self.zone.clone());
        let at = start.ok().and_then(|start| u64::try_from(start.timestamp().as_millisecond()).ok());
        UnixMillis(at.unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        let at: Timestamp = text.parse().unwrap();
        UnixMillis(at.as_millisecond() as u64)
    }

    fn running(every: Every, time_zone: &str) -> Running {
        Running::new(&Season { every, time_zone: time_zone.into() }).unwrap()
    }

    /// The end of the season that runs at `now`, and what it is called when that has come.
    fn ends(every: Every, zone: &str, now: &str) -> (String, String) {
        let mut running = running(every, zone);
        assert_eq!(running.ended(at(now)), None, "nothing ends when a board begins");
        let end = running.due();
        assert_eq!(running.ended(UnixMillis(end.0 - 1)), None);
        let label = running.ended(end).unwrap();
        running.again(end);
        assert_eq!(running.ended(end), None);
        assert_eq!(running.ended(running.due()).as_ref(), Some(&label), "tried again, it is the same season");
        running.begin(running.due());
        assert_eq!(running.ended(running.again), None);
        (Timestamp::from_millisecond(end.0 as i64).unwrap().to_string(), label)
    }

    /// E21: a season ends at midnight of its place, whatever its clocks do.
    #[test]
    fn seasons_end_at_midnight_of_their_place() {
        let cases = [
            (Every::Day, "UTC", "2026-11-21T12:00:00Z", "2026-11-22T00:00:00Z", "2026-11-21"),
            (Every::Day, "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T22:00:00Z", "2026-03-29"),
            (Every::Day, "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T23:00:00Z", "2026-10-25"),
            (Every::Week, "America/New_York", "2026-12-31T12:00:00Z", "2027-01-04T05:00:00Z", "2026-w53"),
            (Every::Month, "Asia/Tokyo", "2026-11-30T14:59:59Z", "2026-11-30T15:00:00Z", "2026-11"),
            (Every::Month, "Asia/Tokyo", "2026-11-30T15:00:00Z", "2026-12-31T15:00:00Z", "2026-12"),
            (Every::Year, "UTC", "2026-11-21T12:00:00Z", "2027-01-01T00:00:00Z", "2026"),
            // There midnight itself was left out when the clocks went forward.
            (Every::Day, "America/Havana", "2024-03-09T12:00:00Z", "2024-03-10T05:00:00Z", "2024-03-09"),
        ];
        for (every, zone, now, end, label) in cases {
            assert_eq!(ends(every, zone, now), (end.to_owned(), label.to_owned()), "{zone} {now}");
        }
    }

    #[test]
    fn a_season_that_ended_while_nobody_was_there_is_named_for_itself() {
        let mut running = running(Every::Month, "UTC");
        running.load(at("2026-10-01T00:00:00Z"));
        assert_eq!(running.ended(at("2026-11-21T00:00:00Z")).as_deref(), Some("2026-09"));
        running.begin(at("2026-11-21T00:00:00Z"));
        assert_eq!(running.due(), at("2026-12-01T00:00:00Z"));
        assert_eq!(running.take_changed(), Some(at("2026-12-01T00:00:00Z")));
        assert!(running.is_stored());
    }

    #[test]
    fn what_is_no_season_is_named() {
        let season = |zone: &str| Season { every: Every::Day, time_zone: zone.into() };
        assert!(season("Europe/Nowhere").fault("a").unwrap().contains("`Europe/Nowhere` is no time zone"));
        assert!(season("UTC").fault(&"a".repeat(BOARD_ID_BYTES)).is_some());
        assert_eq!(season("UTC").fault("a"), None);
        assert_eq!("fortnight".parse::<Every>(), Err(()));
        assert!(Every::ALL.into_iter().all(|every| every.to_string().parse() == Ok(every)));
    }
}
