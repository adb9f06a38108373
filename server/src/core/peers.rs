//! The links that are open now: relays, which get what the outlet gives, and sources, which get acknowledgements. Holds
//! who is connected and what is owed to whom; what an event does is the engine's.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use scorelay_engine::{SourceKey, SourceName};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::link::{Accepted, LinkDown};
use scorelay_relay::core::outlet::LinkId;
use scorelay_relay::shell::links::{LinkPeer, PeerId};

use super::durable::Durable;

/// Open links.
#[derive(Debug, Default)]
pub(super) struct Peers {
    relays: BTreeMap<PeerId, (LinkId, LinkPeer)>,
    by_link: BTreeMap<LinkId, PeerId>,
    sources: BTreeMap<PeerId, Publisher>,
    /// Names that sources inside this process have.
    taken: BTreeSet<SourceName>,
}

/// A source's link.
#[derive(Debug)]
struct Publisher {
    key: SourceKey,
    to: LinkPeer,
    acked: u64,
    /// It asked again for what it had been told.
    asked_again: bool,
}

impl Peers {
    /// No links. No source of a `taken` name is let in.
    pub(super) fn new(taken: BTreeSet<SourceName>) -> Self {
        Self { taken, ..Self::default() }
    }

    pub(super) fn open_relay(&mut self, peer: PeerId, link: LinkId, to: LinkPeer) {
        self.relays.insert(peer, (link, to));
        self.by_link.insert(link, peer);
    }

    /// Lets a source in, unless one of its name is here.
    pub(super) fn open_source(&mut self, peer: PeerId, key: SourceKey, to: LinkPeer, path: Accepted) {
        let busy = self.taken.contains(&key.name) || self.sources.values().any(|p| p.key.name == key.name);
        if busy {
            let text = format!("a source {:?} is connected already", key.name.as_str());
            to.send_message(&LinkDown::Refused(WireError::new(ErrorCode::SourceBusy, text)));
            return;
        }
        let acked = path.watermark;
        to.send_message(&LinkDown::Accepted(path));
        self.sources.insert(peer, Publisher { key, to, acked, asked_again: false });
    }

    /// A link is gone; the outlet's name for it, if it was a relay's.
    pub(super) fn close(&mut self, peer: PeerId) -> Option<LinkId> {
        self.sources.remove(&peer);
        let (link, _) = self.relays.remove(&peer)?;
        self.by_link.remove(&link);
        Some(link)
    }

    /// Whose events come on this link, if it is a source's.
    pub(super) fn source(&self, peer: PeerId) -> Option<&SourceKey> {
        self.sources.get(&peer).map(|publisher| &publisher.key)
    }

    /// The outlet's name for this link, if it is a relay's.
    pub(super) fn link(&self, peer: PeerId) -> Option<LinkId> {
        self.relays.get(&peer).map(|(link, _)| *link)
    }

    /// Whether a source keeps to its window.
    ///
    /// # Errors
    /// What it is told before its link ends.
    pub(super) fn check_window(&self, peer: PeerId, seq: u64) -> Result<(), WireError> {
        match self.sources.get(&peer) {
            Some(publisher) if seq > publisher.acked.saturating_add(limits::SOURCE_WINDOW) => {
                let text = format!("more than {} events wait to be acknowledged", limits::SOURCE_WINDOW);
                Err(WireError::new(ErrorCode::TooFast, text))
            }
            _ => Ok(()),
        }
    }

    /// A source sent something that counts already.
    pub(super) fn repeated(&mut self, peer: PeerId) {
        if let Some(publisher) = self.sources.get_mut(&peer) {
            publisher.asked_again = true;
        }
    }

    /// Ends a source's link after telling it why.
    pub(super) fn refuse(&mut self, peer: PeerId, why: WireError) {
        if let Some(publisher) = self.sources.remove(&peer) {
            publisher.to.send_message(&LinkDown::Refused(why));
        }
    }

    /// Tells every source that is owed it what is durable.
    pub(super) fn acknowledge(&mut self, durable: &Durable) {
        for publisher in self.sources.values_mut() {
            let up_to = durable.of(&publisher.key);
            if up_to > publisher.acked || std::mem::take(&mut publisher.asked_again) {
                publisher.acked = up_to;
                publisher.asked_again = false;
                publisher.to.send_message(&LinkDown::Ack { up_to });
            }
        }
    }

    /// Sends a frame on a relay's link.
    pub(super) fn send(&self, link: LinkId, frame: Bytes) {
        let peer = self.by_link.get(&link).and_then(|peer| self.relays.get(peer));
        if let Some((_, to)) = peer {
            to.send(frame);
        }
    }

    /// Sends an answer about meets on a relay's link.
    pub(super) fn answer(&self, link: LinkId, frame: Bytes) {
        let peer = self.by_link.get(&link).and_then(|peer| self.relays.get(peer));
        if let Some((_, to)) = peer {
            to.answer(frame);
        }
    }

    /// Says good-bye to everybody; what was sent before still goes out.
    pub(super) fn dismiss(&mut self, retry_after_ms: impl Fn() -> u32) {
        let sources = std::mem::take(&mut self.sources).into_values().map(|publisher| publisher.to);
        let relays = std::mem::take(&mut self.relays).into_values().map(|(_, to)| to);
        for to in sources.chain(relays) {
            to.send_message(&LinkDown::GoAway { retry_after_ms: retry_after_ms() });
        }
        self.by_link.clear();
    }

    /// How many sources are connected.
    pub(super) fn publishers(&self) -> usize {
        self.sources.len()
    }
}
