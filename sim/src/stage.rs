//! The stage that all actors of a run share: time, network, randomness, the trace, what has been shown so far, and the
//! first failure. It does what actors ask of the network and decides nothing itself.

use std::fmt;

use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::secret::Token;

use crate::clock::{Agenda, Moment};
use crate::event::{Event, Party};
use crate::history::History;
use crate::moderation::KeptOff;
use crate::net::{Arrival, CUT_OFF, ConnNo, End, Net, Quality};
use crate::plan::Plan;
use crate::random::{Random, Stream};
use crate::report::{Counts, Failure, Oracle};
use crate::ticks::Ticks;
use crate::trace::{Lines, Trace};

/// What all actors share.
#[derive(Debug)]
pub struct Stage {
    /// What kind of run this is.
    pub plan: Plan,
    /// What is to happen.
    pub agenda: Agenda<Event>,
    /// All connections.
    pub net: Net<Party>,
    /// What happened.
    pub trace: Trace,
    /// Every state the core showed.
    pub history: History,
    /// What every relay's ticks stood for.
    pub ticks: Ticks,
    /// Delays, splits and merges.
    pub network: Random,
    /// What happens to boards.
    pub work: Random,
    /// What breaks.
    pub faults: Random,
    /// What clients do.
    pub users: Random,
    /// Epochs, ids and seeds for real parts.
    pub identity: Random,
    /// Who must not be seen.
    pub kept_off: KeptOff,
    /// What was counted for the report.
    pub counts: Counts,
    /// Whether everything heals and nothing new happens.
    pub resting: bool,
    /// The meet, once it is made: its people tell each other.
    pub meet: Option<MeetId>,
    /// The link by which the meet is displayed.
    pub display: Option<Token>,
    /// Whether a desk has kept some of it: a core that loses it after that gets it back.
    pub meet_held: bool,
    /// The first thing that was wrong.
    pub failure: Option<Failure>,
}

impl Stage {
    /// An empty stage for a plan.
    pub fn new(plan: Plan, lines: Lines) -> Self {
        let random = |stream| Random::new(plan.seed, stream);
        Self {
            agenda: Agenda::new(),
            net: Net::new(),
            trace: Trace::new(lines),
            history: History::new(),
            ticks: Ticks::default(),
            network: random(Stream::Network),
            work: random(Stream::Workload),
            faults: random(Stream::Faults),
            users: random(Stream::Clients),
            identity: random(Stream::Identity),
            kept_off: KeptOff::default(),
            counts: Counts::default(),
            resting: false,
            meet: None,
            display: None,
            meet_held: false,
            failure: None,
            plan,
        }
    }

    /// The moment.
    pub fn now(&self) -> Moment {
        self.agenda.now()
    }

    /// Something is wrong. Only the first is kept; the run ends with it.
    pub fn fail(&mut self, oracle: Oracle, what: impl Into<String>) {
        let what = what.into();
        self.say(format_args!("FAILURE ({oracle}): {what}"));
        if self.failure.is_none() {
            self.failure = Some(Failure { seed: self.plan.seed, at: self.now(), oracle, what });
        }
    }

    /// Notes something in the trace.
    pub fn say(&mut self, text: fmt::Arguments<'_>) {
        self.trace.say(self.agenda.now(), text);
    }

    /// Writes towards an end; gives how many bytes the connection took.
    pub fn write(&mut self, conn: ConnNo, to: End, bytes: &[u8]) -> usize {
        let (taken, arrival) = self.net.write(self.agenda.now(), &mut self.network, conn, to, bytes);
        self.arrivals(arrival);
        taken
    }

    /// An end stops reading or goes on.
    pub fn set_reading(&mut self, conn: ConnNo, end: End, reading: bool) {
        let arrival = self.net.set_reading(self.now(), conn, end, reading);
        self.arrivals(arrival);
    }

    /// Nothing gets through for so long.
    pub fn stall(&mut self, conn: ConnNo, ms: u64) {
        let until = self.now().plus_ms(ms);
        let arrivals = self.net.stall(self.now(), conn, until);
        self.arrivals(arrivals);
    }

    /// A connection becomes better or worse.
    pub fn set_quality(&mut self, conn: ConnNo, quality: Quality) {
        let arrivals = self.net.set_quality(self.now(), conn, quality);
        self.arrivals(arrivals);
    }

    /// A connection is as good as on the first day.
    pub fn heal(&mut self, conn: ConnNo, quality: Quality) {
        self.set_quality(conn, quality);
        let arrivals = self.net.heal(self.now(), conn);
        self.arrivals(arrivals);
    }

    /// One end closes in good order; the other gets what is on the way, and then learns it.
    pub fn close(&mut self, conn: ConnNo, by: End) {
        let arrival = self.net.close(self.now(), conn, by);
        self.arrivals(arrival);
    }

    /// The connection breaks: what is on the way is lost, and each end learns of it in its own time.
    pub fn sever(&mut self, conn: ConnNo) {
        let mut notice = || self.faults.between(0, 3_000);
        let (first, second) = (notice(), notice());
        let (first, second) = (first.min(second), first.max(second));
        let end = if self.faults.permille(500) { End::Opener } else { End::Accepter };
        self.cut_off(conn);
        self.agenda.after_ms(first, Event::Broken { conn, end, last: false });
        self.agenda.after_ms(second, Event::Broken { conn, end: end.other(), last: true });
    }

    /// One end is gone without a word; the other learns of it after so many milliseconds.
    pub fn orphan(&mut self, conn: ConnNo, gone: End, after_ms: u64) {
        self.cut_off(conn);
        self.agenda.after_ms(after_ms, Event::Broken { conn, end: gone.other(), last: true });
    }

    fn cut_off(&mut self, conn: ConnNo) {
        self.net.stall(self.agenda.now(), conn, CUT_OFF);
    }

    /// Tries to connect. The answer comes as an event of whoever asked.
    pub fn dial(&mut self, from: Party, to: Party, attempt: u32) {
        let us = self.network.between(100, 60_000);
        self.agenda.after_us(us, Event::Dial { from, to, attempt });
    }

    /// How good a new connection between two is.
    pub fn quality(&self, from: Party) -> Quality {
        match from {
            Party::Client(_) | Party::Desk(_) => self.plan.client_quality,
            _ => self.plan.link_quality,
        }
    }

    fn arrivals(&mut self, arrivals: impl IntoIterator<Item = Arrival>) {
        for Arrival { at, conn, end } in arrivals {
            if at != CUT_OFF {
                self.agenda.at(at, Event::Arrive(conn, end));
            }
        }
    }
}
