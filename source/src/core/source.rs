//! The source: events in, a link when one is due, and what the journal has to say. One link's life is in `link.rs`, the
//! numbers in `numbering.rs`.

use scorelay_protocol::codec;
use scorelay_protocol::error::WireError;
use scorelay_protocol::event::Event;
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::{LINK_PROTOCOL, RECONNECT_MS};
use scorelay_protocol::link::{LinkHello, Role};

use super::check;
use super::journal::{self, Kept};
use super::link::{End, Link};
use super::numbering::Numbering;

/// What a source is, and how much it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name: 1 to 32 of `a-z 0-9 _ -`.
    pub name: String,
    /// Proof that it may, where the core wants one.
    pub token: Option<String>,
    /// Events that it keeps before it takes no more.
    pub events: usize,
    /// Bytes of events that it keeps before it takes no more.
    pub bytes: usize,
}

impl Settings {
    /// A source of this name, without a token, that keeps 65,536 events of 32 MiB in all.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), token: None, events: 65_536, bytes: 32 * 1024 * 1024 }
    }
}

/// A source. All times are milliseconds since whenever its user likes, and never fall.
#[derive(Debug)]
pub struct SourceCore {
    settings: Settings,
    numbering: Numbering,
    link: Option<Link>,
    /// When to connect, while there is no link.
    dial_at: u64,
    started: u64,
    failures: u32,
    refused: Option<WireError>,
    /// Waits to be written to the journal before anything else is sent.
    rewriting: bool,
}

impl SourceCore {
    /// A source that goes on with what its journal holds. The first thing that it wants is a journal written anew.
    pub fn new(settings: Settings, kept: Kept) -> Self {
        Self {
            settings,
            numbering: Numbering::new(kept),
            link: None,
            dial_at: 0,
            started: 0,
            failures: 0,
            refused: None,
            rewriting: true,
        }
    }

    /// Encodes events, as [`SourceCore::keep`] takes them.
    ///
    /// # Errors
    /// `bad-event` where one cannot be given a number.
    pub fn encode(events: &[Event]) -> Result<Vec<Vec<u8>>, WireError> {
        events.iter().map(|event| check::event(event).map(|()| codec::encode(event))).collect()
    }

    /// Whether it takes these as well. Where it keeps nothing it takes anything.
    pub fn has_room(&self, events: &[Vec<u8>]) -> bool {
        let (count, bytes) = self.numbering.waiting();
        let more: usize = events.iter().map(Vec::len).sum();
        count == 0 || count + events.len() <= self.settings.events && bytes + more <= self.settings.bytes
    }

    /// What is to be appended to the journal before [`SourceCore::keep`].
    pub fn records(events: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        for event in events {
            journal::record(event, &mut out);
        }
        out
    }

    /// Keeps events that are in the journal, and gives the position of the last.
    pub fn keep(&mut self, events: Vec<Vec<u8>>) -> u64 {
        self.numbering.keep(events);
        self.numbering.kept()
    }

    /// The whole journal, where it is to be written anew now: at the start, when the numbering is another, and when
    /// most of it is done with. Ask after everything that may change it.
    pub fn rewrite(&mut self) -> Option<Vec<u8>> {
        let wanted = std::mem::take(&mut self.rewriting) || self.numbering.wants_rewriting();
        wanted.then(|| self.numbering.rewrite())
    }

    /// Position of the last event that is kept.
    pub fn kept(&self) -> u64 {
        self.numbering.kept()
    }

    /// Position of the last event that the core has made durable.
    pub fn durable(&self) -> u64 {
        self.numbering.durable()
    }

    /// The numbering that it is in.
    pub fn incarnation(&self) -> u128 {
        self.numbering.incarnation
    }

    /// Whether the core has let it in.
    pub fn is_linked(&self) -> bool {
        self.link.as_ref().is_some_and(Link::is_accepted)
    }

    /// Why it has given up, if it has.
    pub fn refused(&self) -> Option<&WireError> {
        self.refused.as_ref()
    }

    /// When to connect; none while there is a link or where it has given up.
    pub fn dial_at(&self) -> Option<u64> {
        (self.link.is_none() && self.refused.is_none()).then_some(self.dial_at)
    }

    /// An attempt to connect begins.
    pub fn dialing(&mut self, now: u64) {
        self.started = now;
    }

    /// It is connected. `node` is a random id of this run, `spare` a random number for a new incarnation, where one is
    /// needed.
    pub fn connected(&mut self, now: u64, node: NodeId, spare: u128) {
        let hello = LinkHello {
            protocol: LINK_PROTOCOL,
            role: Role::Source { incarnation: self.numbering.incarnation },
            token: self.settings.token.clone(),
            node,
            name: self.settings.name.clone(),
        };
        self.link = Some(Link::new(now, hello, spare));
    }

    /// Bytes came.
    ///
    /// # Errors
    /// Why the link is to be ended by [`SourceCore::ended`].
    pub fn received(&mut self, now: u64, bytes: &[u8]) -> Result<(), End> {
        let Some(link) = &mut self.link else { return Ok(()) };
        let result = link.received(now, bytes, &mut self.numbering);
        if link.useful {
            self.failures = 0;
        }
        self.rewriting |= result == Err(End::Renewed);
        result
    }

    /// Time passed.
    ///
    /// # Errors
    /// Why the link is to be ended by [`SourceCore::ended`].
    pub fn tick(&mut self, now: u64) -> Result<(), End> {
        self.link.as_mut().map_or(Ok(()), |link| link.tick(now))
    }

    /// When [`SourceCore::tick`] is to be called at the latest; none without a link.
    pub fn due(&self) -> Option<u64> {
        self.link.as_ref().map(Link::due)
    }

    /// What is to be sent; everything in it is in the journal.
    pub fn output(&mut self, now: u64) -> &[u8] {
        match &mut self.link {
            Some(link) => link.output(now, &self.numbering),
            None => &[],
        }
    }

    /// So many bytes of the output have left.
    pub fn wrote(&mut self, now: u64, bytes: usize) {
        if let Some(link) = &mut self.link {
            link.wrote(now, bytes);
        }
    }

    /// The link has ended, or could not be made. The wait before the next is `random` below a bound that doubles with
    /// each failure.
    pub fn ended(&mut self, now: u64, end: &End, random: u64) {
        let retry_after_ms = self.link.take().map_or(0, |link| link.retry_after_ms);
        self.refused = end.last().cloned();
        // A link that is accepted only to break at once is a failure too.
        if now.saturating_sub(self.started) >= RECONNECT_MS.1 {
            self.failures = 0;
        }
        let bound = (RECONNECT_MS.0 << self.failures.min(16)).min(RECONNECT_MS.1);
        self.failures += 1;
        self.dial_at = now + retry_after_ms + random % (bound + 1);
    }
}
