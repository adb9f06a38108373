//! The life of connections: when to dial, when to give up, what to show of it meanwhile.
//!
//! It knows nothing of what travels over a connection; [`super::drive`] tells it what came and does what is due.

use scorelay_protocol::limits::{CLIENT_RECONNECT_MS, GONE_AFTER_MS, HANDSHAKE_MS, PING_AFTER_MS};
use scorelay_protocol::tick::Freshness;

use super::backoff::Backoff;
use super::status::{Disconnect, Status};
use super::time::Millis;

/// A connection that lived this long was stable: the next wait is a short one again.
const STABLE_MS: u64 = CLIENT_RECONNECT_MS.1;

/// One client's connections, one after the other.
#[derive(Debug)]
pub(crate) struct Connection {
    phase: Phase,
    backoff: Backoff,
    /// When the status last became what it is.
    since: Millis,
    /// Why there is no live connection, once one ended or failed.
    down: Option<(Millis, Disconnect)>,
    /// When, unless something is heard, to ask for a sign of life, and when to take the relay for gone.
    quiet_at: Millis,
    gone_at: Millis,
    probes: bool,
    probed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Until it is time to dial.
    Waiting {
        /// When that is.
        until: Millis,
        /// Not before then, whatever happens: a relay asked for it.
        asked: Millis,
    },
    /// Dialing; has to be greeted by then.
    Dialing { by: Millis },
    /// Connected; `Hello` is out, `Welcome` has to come by then.
    Greeting { by: Millis },
    /// Greeted.
    Up {
        /// Since when.
        since: Millis,
        /// Whether a tick has come.
        ticked: bool,
    },
    /// Closed for good.
    Ended,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Connect.
    Dial,
    /// Give up this connection.
    GiveUp(Disconnect),
    /// Ask for a sign of life.
    Probe,
}

impl Connection {
    pub(crate) fn new(now: Millis, seed: u64, probes: bool) -> Self {
        Self {
            phase: Phase::Waiting { until: now, asked: now },
            backoff: Backoff::new(seed),
            since: now,
            down: None,
            quiet_at: now.plus(PING_AFTER_MS),
            gone_at: now.plus(GONE_AFTER_MS),
            probes,
            probed: false,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether a connection exists or is being made.
    pub(crate) fn exists(&self) -> bool {
        matches!(self.phase, Phase::Dialing { .. } | Phase::Greeting { .. } | Phase::Up { .. })
    }

    /// Whether messages may come.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Greeting { .. } | Phase::Up { .. })
    }

    /// Whether the relay has greeted.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// The dialing came to a connection; false if none was being made.
    pub(crate) fn opened(&mut self, now: Millis) -> bool {
        let Phase::Dialing { by } = self.phase else { return false };
        self.phase = Phase::Greeting { by };
        self.heard(now);
        true
    }

    /// Something came, be it a ping.
    pub(crate) fn heard(&mut self, now: Millis) {
        (self.quiet_at, self.gone_at) = (now.plus(PING_AFTER_MS), now.plus(GONE_AFTER_MS));
        self.probed = false;
    }

    /// The relay greeted; false if it had already.
    pub(crate) fn greeted(&mut self, now: Millis) -> bool {
        let expected = matches!(self.phase, Phase::Greeting { .. });
        if expected {
            self.phase = Phase::Up { since: now, ticked: false };
        }
        expected
    }

    /// A tick was applied; true if it is the first of this connection.
    pub(crate) fn ticked(&mut self, now: Millis) -> bool {
        match &mut self.phase {
            Phase::Up { ticked, .. } if !*ticked => {
                *ticked = true;
                (self.since, self.down) = (now, None);
                true
            }
            _ => false,
        }
    }

    /// The relay said anew whether it follows the core.
    pub(crate) fn freshened(&mut self, now: Millis) {
        self.since = now;
    }

    /// There is no connection any more: waits, at least as long as the relay asked.
    pub(crate) fn ended(&mut self, now: Millis, why: Disconnect, wait_ms: u64) {
        if let Phase::Up { since, .. } = self.phase
            && now.since(since) >= STABLE_MS
        {
            self.backoff.reset();
        }
        let asked = now.plus(wait_ms);
        self.phase = Phase::Waiting { until: now.plus(self.backoff.next()).max(asked), asked };
        let since = self.down.as_ref().map_or(now, |(since, _)| *since);
        self.down = Some((since, why));
    }

    /// Makes due what can be: dialing, but not before a relay asked for it, or the sign of life. True if the status
    /// changed.
    pub(crate) fn hurry(&mut self, now: Millis) -> bool {
        match &mut self.phase {
            Phase::Waiting { until, asked } => {
                let sooner = now.max(*asked);
                let moved = sooner < *until;
                *until = sooner.min(*until);
                moved
            }
            Phase::Up { .. } if self.probes && !self.probed => {
                self.quiet_at = self.quiet_at.min(now);
                self.gone_at = self.gone_at.min(now.plus(GONE_AFTER_MS - PING_AFTER_MS));
                false
            }
            _ => false,
        }
    }

    /// Closed for good.
    pub(crate) fn close(&mut self, now: Millis) {
        (self.phase, self.since) = (Phase::Ended, now);
    }

    /// What the time makes due, if anything.
    pub(crate) fn handle_timeout(&mut self, now: Millis) -> Option<Due> {
        match self.phase {
            Phase::Waiting { until, .. } if until <= now => {
                self.phase = Phase::Dialing { by: now.plus(HANDSHAKE_MS) };
                Some(Due::Dial)
            }
            Phase::Dialing { by } if by <= now => {
                Some(Due::GiveUp(Disconnect::Unreachable("no connection in time".to_owned())))
            }
            Phase::Greeting { by } if by <= now => Some(Due::GiveUp(Disconnect::Silent)),
            Phase::Up { .. } if self.gone_at <= now => Some(Due::GiveUp(Disconnect::Silent)),
            Phase::Up { .. } if self.probe_at().is_some_and(|at| at <= now) => {
                self.probed = true;
                Some(Due::Probe)
            }
            _ => None,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Millis> {
        match self.phase {
            Phase::Waiting { until: at, .. } | Phase::Dialing { by: at } | Phase::Greeting { by: at } => Some(at),
            Phase::Up { .. } => Some(self.probe_at().unwrap_or(self.gone_at)),
            Phase::Ended => None,
        }
    }

    fn probe_at(&self) -> Option<Millis> {
        (self.probes && !self.probed).then_some(self.quiet_at)
    }

    /// What to show.
    pub(crate) fn status(&self, freshness: Freshness) -> Status {
        match (self.phase, &self.down) {
            (Phase::Ended, _) => Status::Closed { since: self.since },
            (Phase::Up { ticked: true, .. }, _) => match freshness {
                Freshness::Live => Status::Live { since: self.since },
                Freshness::Stale { since } => Status::Stale { since },
            },
            (_, None) => Status::Connecting { since: self.since },
            (phase, Some((since, reason))) => {
                let retry_at = if let Phase::Waiting { until, .. } = phase { Some(until) } else { None };
                Status::Offline { since: *since, reason: reason.clone(), retry_at }
            }
        }
    }
}
