//! Virtual time and the agenda: what is to happen when. Things due at the same moment happen in the order in which they
//! were put in, so a run never depends on anything but its seed. It knows nothing of what the things are.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

use scorelay_client::core::Millis as ClientMillis;
use scorelay_protocol::ids::UnixMillis;
use scorelay_relay::core::clock::Millis as RelayMillis;
use scorelay_relay::core::inlet::Now;

/// The calendar time at which every run begins, in milliseconds since 1970: six seconds before a midnight of UTC, at
/// which seasons end.
const CALENDAR_START: u64 = 1_700_006_394_000;

/// Microseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(pub u64);

impl Moment {
    /// So many milliseconds later.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0 + ms * 1_000)
    }

    /// So many microseconds later.
    pub fn plus_us(self, us: u64) -> Self {
        Self(self.0 + us)
    }

    /// Whole milliseconds since the run began.
    pub fn ms(self) -> u64 {
        self.0 / 1_000
    }

    /// Milliseconds from `earlier` to this moment, 0 if it lies later.
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0) / 1_000
    }

    /// By the calendar.
    pub fn wall(self) -> UnixMillis {
        UnixMillis(CALENDAR_START + self.ms())
    }

    /// The moment that the calendar calls `at`, the first at the earliest.
    pub fn of_wall(at: UnixMillis) -> Self {
        Self::of_ms(at.0.saturating_sub(CALENDAR_START))
    }

    /// The moment that a relay's clock calls `at`; a millisecond is over when the next begins.
    pub fn of_ms(at: u64) -> Self {
        Self(at * 1_000)
    }

    /// As the client's core counts.
    pub fn client(self) -> ClientMillis {
        ClientMillis(self.ms())
    }

    /// As the relay's core counts.
    pub fn relay(self) -> RelayMillis {
        RelayMillis(self.ms())
    }

    /// As the relay's hub counts.
    pub fn hub(self) -> Now {
        Now { at: self.relay(), wall: self.wall() }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4}.{:06} s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// What is to happen, in order.
#[derive(Debug)]
pub struct Agenda<E> {
    now: Moment,
    entries: BinaryHeap<Reverse<Entry<E>>>,
    put: u64,
}

#[derive(Debug)]
struct Entry<E> {
    at: Moment,
    nth: u64,
    what: E,
}

impl<E> Entry<E> {
    fn key(&self) -> (Moment, u64) {
        (self.at, self.nth)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<E> Agenda<E> {
    /// Nothing to do yet.
    pub fn new() -> Self {
        Self { now: Moment::default(), entries: BinaryHeap::new(), put: 0 }
    }

    /// The moment of what was taken last.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Puts something in; what should have happened already happens now.
    pub fn at(&mut self, at: Moment, what: E) {
        self.put += 1;
        self.entries.push(Reverse(Entry { at: at.max(self.now), nth: self.put, what }));
    }

    /// Puts something in for so many milliseconds from now.
    pub fn after_ms(&mut self, ms: u64, what: E) {
        self.at(self.now.plus_ms(ms), what);
    }

    /// Puts something in for so many microseconds from now.
    pub fn after_us(&mut self, us: u64, what: E) {
        self.at(self.now.plus_us(us), what);
    }

    /// Takes the next thing and moves the time to it.
    pub fn take(&mut self) -> Option<E> {
        let Reverse(entry) = self.entries.pop()?;
        self.now = entry.at;
        Some(entry.what)
    }

    /// Moves the time on to `at`, if nothing is due before.
    pub fn skip_to(&mut self, at: Moment) {
        let at = self.next_at().map_or(at, |next| at.min(next));
        self.now = self.now.max(at);
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Moment> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_moments_keep_their_order_and_time_never_runs_backwards() {
        let mut agenda = Agenda::new();
        agenda.after_ms(2, 'c');
        agenda.after_ms(1, 'a');
        agenda.after_us(1_000, 'b');
        assert_eq!((agenda.take(), agenda.take()), (Some('a'), Some('b')));
        agenda.at(Moment(0), 'd');
        assert_eq!((agenda.take(), agenda.now().ms()), (Some('d'), 1));
        assert_eq!((agenda.take(), agenda.take()), (Some('c'), None));
    }
}
