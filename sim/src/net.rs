//! A simulated network of connections: byte streams that delay, split and merge what is written, take only so many
//! bytes at once, stall, and break. What the bytes are, and who is at the ends, is not its affair; it only remembers
//! which [`Party`] is where. Times of arrival come out as [`Arrival`]s for the agenda.

use std::collections::{BTreeMap, VecDeque};

use crate::clock::Moment;
use crate::random::Random;

/// A connection, never the number of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnNo(pub u32);

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The side that connected.
    Opener,
    /// The side that was connected to.
    Accepter,
}

impl End {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Opener => Self::Accepter,
            Self::Accepter => Self::Opener,
        }
    }
}

/// Until when a connection stalls that is cut off for good.
pub const CUT_OFF: Moment = Moment(u64::MAX);

/// How good a connection is.
#[derive(Debug, Clone, Copy)]
pub struct Quality {
    /// Shortest and longest time on the way, in microseconds.
    pub delay_us: (u64, u64),
    /// Bytes that may be on the way; more are not taken from the writer.
    pub window: usize,
    /// Bytes that get through in a millisecond.
    pub bytes_per_ms: u64,
    /// How often, in 1,000, an arrival is cut in two.
    pub split_permille: u64,
}

/// Something to look at later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Moment,
    /// On which connection.
    pub conn: ConnNo,
    /// At which end bytes, or the end of the connection, arrive.
    pub end: End,
}

/// What arrived.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// The bytes, perhaps none.
    pub bytes: Vec<u8>,
    /// Whether the writer may write again after it could not.
    pub writable: bool,
    /// Whether the other side has closed and nothing more will come.
    pub ended: bool,
    /// When to look again.
    pub again: Option<Moment>,
}

#[derive(Debug)]
struct Conn<P> {
    opener: P,
    accepter: P,
    quality: Quality,
    /// Bytes towards the opener, and towards the accepter.
    pipes: [Pipe; 2],
}

#[derive(Debug, Default)]
struct Pipe {
    flight: VecDeque<(Moment, Vec<u8>)>,
    bytes: usize,
    /// When everything sent so far has got through.
    busy_until: Moment,
    last_due: Moment,
    stalled_until: Moment,
    /// The reader takes nothing.
    unread: bool,
    refused: bool,
    closing: bool,
    /// An arrival is on the agenda for then.
    announced: Option<Moment>,
}

/// All connections.
#[derive(Debug)]
pub struct Net<P> {
    conns: BTreeMap<ConnNo, Conn<P>>,
    made: u32,
}

fn index(towards: End) -> usize {
    match towards {
        End::Opener => 0,
        End::Accepter => 1,
    }
}

impl<P: Copy> Net<P> {
    /// No connections.
    pub fn new() -> Self {
        Self { conns: BTreeMap::new(), made: 0 }
    }

    /// A connection came about.
    pub fn open(&mut self, opener: P, accepter: P, quality: Quality) -> ConnNo {
        self.made += 1;
        let no = ConnNo(self.made);
        self.conns.insert(no, Conn { opener, accepter, quality, pipes: Default::default() });
        no
    }

    /// Who is at an end; `None` once the connection is gone.
    pub fn party(&self, conn: ConnNo, end: End) -> Option<P> {
        self.conns.get(&conn).map(|conn| match end {
            End::Opener => conn.opener,
            End::Accepter => conn.accepter,
        })
    }

    /// Connections that exist.
    pub fn conns(&self) -> impl Iterator<Item = (ConnNo, P, P)> {
        self.conns.iter().map(|(no, conn)| (*no, conn.opener, conn.accepter))
    }

    /// Writes towards `to`. Takes as many bytes as the window has room for, and says when to look at that end.
    pub fn write(
        &mut self,
        now: Moment,
        random: &mut Random,
        conn: ConnNo,
        to: End,
        bytes: &[u8],
    ) -> (usize, Option<Arrival>) {
        let Some(Conn { quality, pipes, .. }) = self.conns.get_mut(&conn) else { return (bytes.len(), None) };
        let pipe = &mut pipes[index(to)];
        let taken = bytes.len().min(quality.window.saturating_sub(pipe.bytes));
        pipe.refused = taken < bytes.len();
        if taken > 0 {
            let through_us = (taken as u64 * 1_000).div_ceil(quality.bytes_per_ms);
            pipe.busy_until = pipe.busy_until.max(now).plus_us(through_us);
            let due = pipe.busy_until.plus_us(random.between(quality.delay_us.0, quality.delay_us.1));
            pipe.last_due = pipe.last_due.max(due);
            pipe.flight.push_back((pipe.last_due, bytes[..taken].to_vec()));
            pipe.bytes += taken;
        }
        (taken, pipe.announce(now).map(|at| Arrival { at, conn, end: to }))
    }

    /// Takes what has arrived at an end.
    pub fn take(&mut self, now: Moment, random: &mut Random, conn: ConnNo, end: End) -> Option<Taken> {
        let Conn { quality, pipes, .. } = self.conns.get_mut(&conn)?;
        let pipe = &mut pipes[index(end)];
        if pipe.announced.is_some_and(|at| at <= now) {
            pipe.announced = None;
        }
        let mut taken = Taken { bytes: Vec::new(), writable: false, ended: false, again: None };
        if pipe.stalled_until <= now && !pipe.unread {
            while let Some((_, bytes)) = pipe.flight.pop_front_if(|(due, _)| *due <= now) {
                taken.bytes.extend_from_slice(&bytes);
            }
            if taken.bytes.len() > 1 && random.permille(quality.split_permille) {
                let kept = random.between(1, taken.bytes.len() as u64 - 1) as usize;
                let rest = taken.bytes.split_off(kept);
                let later = now.plus_us(random.between(1, 2_000));
                for (due, _) in &mut pipe.flight {
                    *due = (*due).max(later);
                }
                pipe.flight.push_front((later, rest));
                pipe.last_due = pipe.last_due.max(later);
            }
            pipe.bytes -= taken.bytes.len();
            taken.writable = !taken.bytes.is_empty() && std::mem::take(&mut pipe.refused);
            taken.ended = pipe.closing && pipe.flight.is_empty();
        }
        taken.again = pipe.announce(now);
        Some(taken)
    }

    /// Bytes on the way to an end.
    pub fn in_flight(&self, conn: ConnNo, to: End) -> usize {
        self.conns.get(&conn).map_or(0, |conn| conn.pipes[index(to)].bytes)
    }

    /// The reader at an end stops reading, or goes on.
    pub fn set_reading(&mut self, now: Moment, conn: ConnNo, end: End, reading: bool) -> Option<Arrival> {
        let pipe = &mut self.conns.get_mut(&conn)?.pipes[index(end)];
        pipe.unread = !reading;
        pipe.announce(now).map(|at| Arrival { at, conn, end })
    }

    /// Nothing gets through in either direction until then.
    pub fn stall(&mut self, now: Moment, conn: ConnNo, until: Moment) -> Vec<Arrival> {
        let Some(conn_state) = self.conns.get_mut(&conn) else { return Vec::new() };
        let ends = [End::Opener, End::Accepter];
        let stall = |end: End| {
            let pipe = &mut conn_state.pipes[index(end)];
            pipe.stalled_until = pipe.stalled_until.max(until);
            pipe.announced = None;
            pipe.announce(now).map(|at| Arrival { at, conn, end })
        };
        ends.map(stall).into_iter().flatten().collect()
    }

    /// What stalled gets through from now on, unless it is cut off for good.
    pub fn heal(&mut self, now: Moment, conn: ConnNo) -> Vec<Arrival> {
        let Some(state) = self.conns.get_mut(&conn) else { return Vec::new() };
        let heal = |end: End| {
            let pipe = &mut state.pipes[index(end)];
            if pipe.stalled_until != CUT_OFF {
                pipe.stalled_until = now;
            }
            pipe.announce(now).map(|at| Arrival { at, conn, end })
        };
        [End::Opener, End::Accepter].map(heal).into_iter().flatten().collect()
    }

    /// Another quality from now on. Where it is a better one, what is on the way comes sooner too.
    pub fn set_quality(&mut self, now: Moment, conn: ConnNo, quality: Quality) -> Vec<Arrival> {
        let Some(state) = self.conns.get_mut(&conn) else { return Vec::new() };
        state.quality = quality;
        let hasten = |end: End| {
            let pipe = &mut state.pipes[index(end)];
            let (mut through, mut last) = (now, now);
            for (due, bytes) in &mut pipe.flight {
                through = through.plus_us((bytes.len() as u64 * 1_000).div_ceil(quality.bytes_per_ms));
                last = last.max((*due).min(through.plus_us(quality.delay_us.1)));
                *due = last;
            }
            pipe.busy_until = pipe.busy_until.min(through);
            pipe.last_due = last;
            pipe.announce(now).map(|at| Arrival { at, conn, end })
        };
        [End::Opener, End::Accepter].map(hasten).into_iter().flatten().collect()
    }

    /// One side closes: the other gets what is on the way, then the end. Writing back goes nowhere.
    pub fn close(&mut self, now: Moment, conn: ConnNo, by: End) -> Option<Arrival> {
        let pipes = &mut self.conns.get_mut(&conn)?.pipes;
        let back = &mut pipes[index(by)];
        *back = Pipe { unread: true, ..Pipe::default() };
        let pipe = &mut pipes[index(by.other())];
        pipe.closing = true;
        pipe.last_due = pipe.last_due.max(now.plus_us(1));
        pipe.announce(now).map(|at| Arrival { at, conn, end: by.other() })
    }

    /// The connection is no more; whoever is to know has been told.
    pub fn remove(&mut self, conn: ConnNo) {
        self.conns.remove(&conn);
    }
}

impl<P: Copy> Default for Net<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl Pipe {
    /// When to look at the reading end, unless that is known already.
    fn announce(&mut self, now: Moment) -> Option<Moment> {
        if self.unread {
            return None;
        }
        let due = match self.flight.front() {
            Some((due, _)) => *due,
            None if self.closing => self.last_due,
            None => return None,
        };
        let at = due.max(self.stalled_until).max(now);
        if self.announced.is_some_and(|announced| announced <= at && announced >= now) {
            return None;
        }
        self.announced = Some(at);
        Some(at)
    }
}
