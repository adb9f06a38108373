//! Which events are kept and what they are numbered: positions over the journal's life, numbers within an incarnation.
//! It knows what the core has made durable, and what the journal has to say; nothing of links.

use std::collections::VecDeque;

use super::journal::{self, Kept, RECORD_BYTES};

/// Bytes of events done with before the journal is written anew without them.
const DEAD_BYTES: u64 = 1024 * 1024;

/// Events that are kept.
#[derive(Debug)]
pub(super) struct Numbering {
    pub(super) incarnation: u128,
    start: u64,
    durable: u64,
    pending: VecDeque<Vec<u8>>,
    /// Of the pending events.
    bytes: usize,
    /// Of events in the journal that are done with.
    dead: u64,
}

/// What a watermark means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meets {
    /// The numbers go on.
    GoesOn,
    /// They do not: there is a new incarnation, and the journal has to be written anew.
    Renewed,
}

impl Numbering {
    pub(super) fn new(kept: Kept) -> Self {
        let bytes = kept.events.iter().map(Vec::len).sum();
        let Kept { incarnation, start, base, events } = kept;
        Self { incarnation, start, durable: base, pending: events.into(), bytes, dead: 0 }
    }

    /// Position of the last event.
    pub(super) fn kept(&self) -> u64 {
        self.durable + self.pending.len() as u64
    }

    /// Position of the last durable event.
    pub(super) fn durable(&self) -> u64 {
        self.durable
    }

    /// Events that are not durable, and their bytes.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.pending.len(), self.bytes)
    }

    /// Keeps events and gives what the journal is to be continued by.
    pub(super) fn keep(&mut self, events: Vec<Vec<u8>>) {
        self.bytes += events.iter().map(Vec::len).sum::<usize>();
        self.pending.extend(events);
    }

    /// Events after a position, each with its number in this incarnation and its position.
    pub(super) fn after(&self, position: u64) -> impl Iterator<Item = (u64, u64, &[u8])> {
        let skipped = usize::try_from(position.saturating_sub(self.durable)).unwrap_or(usize::MAX);
        let first = self.durable + 1;
        self.pending.iter().enumerate().skip(skipped).map(move |(index, event)| {
            let position = first + index as u64;
            (position - self.start, position, event.as_slice())
        })
    }

    /// The core's last durable event has this number. `spare` is the next incarnation, where one is needed.
    pub(super) fn accepted(&mut self, watermark: u64, spare: u128) -> Meets {
        let position = self.start.saturating_add(watermark);
        if (self.durable..=self.kept()).contains(&position) {
            self.forget(position);
            return Meets::GoesOn;
        }
        if position > self.kept() {
            // The journal is older than what was sent from it: all that it holds is durable.
            self.forget(self.kept());
        }
        (self.incarnation, self.start) = (spare, self.durable);
        Meets::Renewed
    }

    /// Events up to this number are durable; whether that may be.
    pub(super) fn acked(&mut self, up_to: u64) -> bool {
        let position = self.start.saturating_add(up_to);
        let sent = position <= self.kept();
        if sent {
            self.forget(position);
        }
        sent
    }

    fn forget(&mut self, position: u64) {
        while self.durable < position
            && let Some(event) = self.pending.pop_front()
        {
            self.durable += 1;
            self.bytes -= event.len();
            self.dead += (RECORD_BYTES + event.len()) as u64;
        }
    }

    /// Whether most of the journal is done with.
    pub(super) fn wants_rewriting(&self) -> bool {
        self.dead > DEAD_BYTES.max(2 * self.bytes as u64)
    }

    /// The journal as it is to be written anew.
    pub(super) fn rewrite(&mut self) -> Vec<u8> {
        self.dead = 0;
        journal::whole(self.incarnation, (self.start, self.durable), &self.pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbering(base: u64, events: u8) -> Numbering {
        let events = (0..events).map(|event| vec![event + 1]).collect();
        Numbering::new(Kept { incarnation: 1, start: 2, base, events })
    }

    fn numbers(numbering: &Numbering) -> Vec<(u64, u64)> {
        numbering.after(numbering.durable()).map(|(number, position, _)| (number, position)).collect()
    }

    #[test]
    fn a_watermark_within_what_is_kept_goes_on() {
        let mut numbering = numbering(5, 3);
        assert_eq!(numbering.accepted(4, 9), Meets::GoesOn);
        assert_eq!((numbering.durable(), numbering.kept()), (6, 8));
        assert_eq!(numbers(&numbering), [(5, 7), (6, 8)]);
        assert!(numbering.acked(6) && !numbering.acked(7));
        assert_eq!((numbering.durable(), numbering.waiting()), (8, (0, 0)));
    }

    /// B3: a core that lost what it had is sent all that is still kept, under a new incarnation and from 1.
    #[test]
    fn a_core_that_forgot_gets_a_new_numbering() {
        let mut numbering = numbering(5, 3);
        assert_eq!(numbering.accepted(0, 9), Meets::Renewed);
        assert_eq!((numbering.incarnation, numbering.kept()), (9, 8));
        assert_eq!(numbers(&numbering), [(1, 6), (2, 7), (3, 8)]);
        let again = Numbering::new(Kept::read(&numbering.rewrite()).unwrap());
        assert_eq!((again.incarnation, numbers(&again)), (9, numbers(&numbering)));
    }

    /// B3: an old journal does not give new events numbers that the core takes for repeats.
    #[test]
    fn an_old_journal_gets_a_new_numbering() {
        let mut numbering = numbering(5, 3);
        assert_eq!(numbering.accepted(7, 9), Meets::Renewed);
        numbering.keep(vec![vec![4]]);
        assert_eq!(numbers(&numbering), [(1, 9)]);
    }

    #[test]
    fn the_journal_is_written_anew_once_most_of_it_is_done_with() {
        let mut numbering = numbering(2, 0);
        numbering.keep(vec![vec![7; 1000]; 1200]);
        assert!(numbering.acked(1000) && !numbering.wants_rewriting());
        assert!(numbering.acked(1100) && numbering.wants_rewriting());
        assert!(numbering.rewrite().len() < 110_000 && !numbering.wants_rewriting());
    }
}
