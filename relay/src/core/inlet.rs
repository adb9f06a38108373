//! The receiving end of a link: keeps this relay's copy of the boards, and says what came of each message. While the
//! copy is brought level, a consistent older one stays readable: rows sent meanwhile go into a fresh set, or wait until
//! the end. Passing on what changed, to feeds and to links below, is `hub.rs`.

use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::{NodeId, UnixMillis};
use scorelay_protocol::limits::{BEHIND_MS, HELD_ROWS, HOPS, LINK_PROTOCOL};
use scorelay_protocol::link::{Accepted, Batch, Begin, CaughtUp, Chunk, LinkDown};
use scorelay_ranks::{BoardSet, SetEvent};

use crate::core::clock::Millis;
use crate::core::link_error::LinkError;

/// The same moment on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// By a clock that never runs backwards: for intervals.
    pub at: Millis,
    /// By the calendar: what others are told.
    pub wall: UnixMillis,
}

/// What came of a message from upstream.
#[derive(Debug)]
pub enum Arrival {
    /// Nothing that others need to know, except perhaps [`Inlet::stale_since`].
    Quiet,
    /// The boards are one batch further.
    Batch(Batch),
    /// The boards are level again after lagging; what changed has been observed.
    Leap,
    /// The boards are others now. These were there before, if any.
    Swapped(Option<Box<BoardSet>>),
    /// The way to the core is another now.
    Path,
    /// Upstream wants a `Pong` with this number.
    Ping(u64),
    /// Upstream answered a `Ping`.
    Pong(u64),
    /// Upstream is about to close the link.
    GoAway {
        /// Milliseconds after which to connect again.
        retry_after_ms: u32,
    },
    /// Upstream does not let this relay in.
    Refused(WireError),
    /// The answer to a question about meets or entities.
    Answer {
        /// The question's id.
        id: u64,
        /// The answer's bytes, or why there is none.
        result: Result<Vec<u8>, WireError>,
    },
}

/// The link to the upstream, and the boards received over it.
#[derive(Debug)]
pub struct Inlet {
    node: NodeId,
    set: Option<Box<BoardSet>>,
    phase: Phase,
    path: Vec<NodeId>,
    /// Since when this relay itself has not been level with an upstream.
    away_since: Option<UnixMillis>,
    /// Since when, as upstream says, it does not follow the core.
    upstream_since: Option<UnixMillis>,
}

#[derive(Debug)]
enum Phase {
    /// No link, or one that has not been accepted.
    Away,
    /// Accepted; no boards yet.
    Welcome,
    /// Starting from nothing; the fresh set is not complete.
    Joining(Box<BoardSet>),
    /// Catching up after lagging.
    Lagging(Held),
    /// The set equals upstream's.
    Level,
}

/// What came since upstream said that this relay lags, in order.
#[derive(Debug)]
struct Held {
    since: Now,
    steps: Vec<HeldStep>,
    rows: usize,
}

#[derive(Debug)]
enum HeldStep {
    Begin(Begin),
    Chunk(Chunk),
}

impl Phase {
    fn name(&self) -> &'static str {
        match self {
            Self::Away => "before the link was accepted",
            Self::Welcome => "before any boards",
            Self::Joining(_) | Self::Lagging(_) => "while catching up",
            Self::Level => "while level",
        }
    }
}

impl Inlet {
    /// Without a link, and without boards. `node` is the id of this run of the relay.
    pub fn new(node: NodeId, now: Now) -> Self {
        Self { node, set: None, phase: Phase::Away, path: vec![node], away_since: Some(now.wall), upstream_since: None }
    }

    /// The boards as last known; `None` until they were complete once.
    pub fn set(&self) -> Option<&BoardSet> {
        self.set.as_deref()
    }

    /// Ids of core and relays from the core to this relay, this one last; alone while there is no link.
    pub fn path(&self) -> &[NodeId] {
        &self.path
    }

    /// Whether there is a link to upstream.
    pub fn linked(&self) -> bool {
        !matches!(self.phase, Phase::Away)
    }

    /// Whether the boards follow upstream's batch by batch.
    pub fn level(&self) -> bool {
        matches!(self.phase, Phase::Level)
    }

    /// Since when the boards do not follow the core, if they do not: the earliest moment known. Lagging for less than
    /// [`BEHIND_MS`] does not count.
    pub fn stale_since(&self, now: Now) -> Option<UnixMillis> {
        let behind = match &self.phase {
            Phase::Lagging(held) if now.at.since(held.since.at) >= BEHIND_MS => Some(held.since.wall),
            _ => None,
        };
        [self.away_since, self.upstream_since, behind].into_iter().flatten().min()
    }

    /// The moment at which [`Inlet::stale_since`] may change by itself.
    pub fn stale_check_at(&self) -> Option<Millis> {
        match &self.phase {
            Phase::Lagging(held) => Some(held.since.at.plus(BEHIND_MS)),
            _ => None,
        }
    }

    /// The link is gone. Without effect where there is none.
    pub fn lost(&mut self, now: Now) {
        // What upstream said last holds on: nobody will say that it is over.
        let since = self.upstream_since.take().map_or(now.wall, |since| since.min(now.wall));
        self.away_since = Some(self.away_since.map_or(since, |away| away.min(since)));
        self.phase = Phase::Away;
        self.path = vec![self.node];
    }

    /// Upstream lets this relay in.
    ///
    /// # Errors
    /// [`LinkError`] when it may not be followed; the link is then gone.
    pub fn accepted(&mut self, now: Now, accepted: Accepted) -> Result<(), LinkError> {
        self.lost(now);
        if accepted.protocol != LINK_PROTOCOL {
            return Err(LinkError::Version(accepted.protocol));
        }
        self.path = self.below(accepted.path)?;
        self.phase = Phase::Welcome;
        Ok(())
    }

    /// Takes the next message. `observe` is told what changes in [`Inlet::set`], also where that ends in an error.
    ///
    /// # Errors
    /// [`LinkError`] when it is not one that may come now; the link is then gone.
    pub fn receive(
        &mut self,
        now: Now,
        message: LinkDown,
        observe: &mut impl FnMut(SetEvent),
    ) -> Result<Arrival, LinkError> {
        let result = self.step(now, message, observe);
        if result.is_err() {
            self.lost(now);
        }
        result
    }

    fn step(&mut self, now: Now, message: LinkDown, observe: &mut impl FnMut(SetEvent)) -> Result<Arrival, LinkError> {
        match (message, &self.phase) {
            (LinkDown::Accepted(accepted), Phase::Away) => {
                self.accepted(now, accepted)?;
                Ok(Arrival::Path)
            }
            (LinkDown::Refused(error), Phase::Away) => Ok(Arrival::Refused(error)),
            (LinkDown::Accepted(_), _) => self.unexpected("Accepted"),
            (LinkDown::Refused(_), _) => self.unexpected("Refused"),
            (LinkDown::Ack { .. }, _) => self.unexpected("an acknowledgement for sources"),
            (_, Phase::Away) => self.unexpected("a message"),
            (LinkDown::Begin(begin), _) => self.begin(now, begin),
            (LinkDown::Chunk(chunk), _) => self.chunk(chunk),
            (LinkDown::CaughtUp(end), _) => self.caught_up(&end, observe),
            (LinkDown::Batch(batch), _) => self.batch(batch, observe),
            (LinkDown::Stale(since), _) => {
                self.upstream_since = since;
                Ok(Arrival::Quiet)
            }
            (LinkDown::Path(path), _) => {
                self.path = self.below(path)?;
                Ok(Arrival::Path)
            }
            (LinkDown::Ping(number), _) => Ok(Arrival::Ping(number)),
            (LinkDown::Pong(number), _) => Ok(Arrival::Pong(number)),
            (LinkDown::GoAway { retry_after_ms }, _) => Ok(Arrival::GoAway { retry_after_ms }),
            (LinkDown::Meet { id, result } | LinkDown::People { id, result }, _) => Ok(Arrival::Answer { id, result }),
        }
    }

    fn unexpected(&self, message: &'static str) -> Result<Arrival, LinkError> {
        Err(LinkError::OutOfOrder { message, when: self.phase.name() })
    }

    /// This relay's own way to the core, below an upstream with the way `path`.
    fn below(&self, mut path: Vec<NodeId>) -> Result<Vec<NodeId>, LinkError> {
        if path.contains(&self.node) {
            return Err(LinkError::Loop);
        }
        // The first of the path is the core, this relay one more after its last.
        if path.len() > HOPS {
            return Err(LinkError::TooFar(path.len()));
        }
        path.push(self.node);
        Ok(path)
    }

    fn begin(&mut self, now: Now, begin: Begin) -> Result<Arrival, LinkError> {
        if begin.reset {
            self.phase = Phase::Joining(Box::new(BoardSet::begun(&begin)?));
            return Ok(Arrival::Quiet);
        }
        let ours = match (&self.phase, &self.set) {
            (Phase::Joining(fresh), _) => fresh.core(),
            (Phase::Lagging(_) | Phase::Level, Some(set)) => set.core(),
            _ => return self.unexpected("catching up without a start"),
        };
        if begin.core != ours {
            return Err(LinkError::OtherCore { ours, theirs: begin.core });
        }
        match &mut self.phase {
            Phase::Joining(fresh) => fresh.rebegin(&begin, &mut |_| {})?,
            Phase::Lagging(held) => held.steps.push(HeldStep::Begin(begin)),
            Phase::Away | Phase::Welcome | Phase::Level => {
                self.phase = Phase::Lagging(Held { since: now, steps: vec![HeldStep::Begin(begin)], rows: 0 });
            }
        }
        Ok(Arrival::Quiet)
    }

    fn chunk(&mut self, chunk: Chunk) -> Result<Arrival, LinkError> {
        match &mut self.phase {
            Phase::Joining(fresh) => fresh.chunk(&chunk, &mut |_| {})?,
            Phase::Lagging(held) => {
                held.rows += chunk.rows.len();
                if held.rows > HELD_ROWS {
                    return Err(LinkError::TooMuch);
                }
                held.steps.push(HeldStep::Chunk(chunk));
            }
            Phase::Away | Phase::Welcome | Phase::Level => return self.unexpected("rows"),
        }
        Ok(Arrival::Quiet)
    }

    fn caught_up(&mut self, end: &CaughtUp, observe: &mut impl FnMut(SetEvent)) -> Result<Arrival, LinkError> {
        let arrival = match (std::mem::replace(&mut self.phase, Phase::Level), &mut self.set) {
            (Phase::Joining(mut fresh), set) => {
                fresh.caught_up(end, &mut |_| {})?;
                Arrival::Swapped(set.replace(fresh))
            }
            (Phase::Lagging(held), Some(set)) => {
                held.end(set, end, observe)?;
                Arrival::Leap
            }
            (phase, _) => {
                self.phase = phase;
                return self.unexpected("the end of catching up");
            }
        };
        self.away_since = None;
        Ok(arrival)
    }

    fn batch(&mut self, batch: Batch, observe: &mut impl FnMut(SetEvent)) -> Result<Arrival, LinkError> {
        match (&self.phase, &mut self.set) {
            (Phase::Level, Some(set)) => {
                set.apply(&batch, observe)?;
                Ok(Arrival::Batch(batch))
            }
            _ => self.unexpected("a batch"),
        }
    }
}

impl Held {
    /// Makes all that was held back happen at once.
    fn end(self, set: &mut BoardSet, end: &CaughtUp, observe: &mut impl FnMut(SetEvent)) -> Result<(), LinkError> {
        if end.seq < set.seq() {
            return Err(LinkError::Backwards { after: set.seq(), got: end.seq });
        }
        for step in self.steps {
            match step {
                HeldStep::Begin(begin) => set.rebegin(&begin, observe)?,
                HeldStep::Chunk(chunk) => set.chunk(&chunk, observe)?,
            }
        }
        Ok(set.caught_up(end, observe)?)
    }
}
