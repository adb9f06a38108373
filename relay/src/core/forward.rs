//! Questions about meets and entities on their way up, and whose they are. Each goes up once, under a number of this
//! relay's own, and its answer goes back to whoever asked, in whatever order answers come. What is in a question is not
//! looked at; who is told what is decided by the core, answers to clients and links below are sent by `hub.rs`.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::frame;
use scorelay_protocol::ids::RequestId;
use scorelay_protocol::limits::{
    CLIENT_FRAME_BYTES, MEET_LINK_BYTES, MEET_LINK_REQUESTS, MEET_REQUEST_MS, PEOPLE_ASKED,
};
use scorelay_protocol::link::{LinkUp, MeetAsk};

use crate::core::clock::Millis;
use crate::core::meets::shown::PollNo;
use crate::core::outlet::LinkId;
use crate::core::published::{ConnId, ShardNo};

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A client of this relay.
    Client { shard: ShardNo, conn: ConnId, id: RequestId },
    /// A relay below, by its own number.
    Link { link: LinkId, id: u64 },
    /// This relay, for a feed.
    Feed(PollNo),
    /// A relay below, by its own number, about entities.
    PeopleOf { link: LinkId, id: u64 },
    /// This relay, about entities, by the number that whoever asked gave.
    People(u64),
}

impl Asker {
    fn is_about_people(self) -> bool {
        matches!(self, Self::PeopleOf { .. } | Self::People(_))
    }
}

/// Bytes of an answer, or why there is none.
pub(crate) type Answered = Result<Vec<u8>, WireError>;

/// What is asked on the link to upstream.
#[derive(Debug, Default)]
pub(crate) struct Forward {
    linked: bool,
    /// Never used again, also not on another link.
    next: u64,
    /// In the order in which they were asked.
    pending: BTreeMap<u64, Pending>,
    /// How many of them are about entities.
    people: usize,
    up: VecDeque<Bytes>,
    /// Bytes of `up`, and of what was given from it and is not sent yet.
    waiting: usize,
}

#[derive(Debug)]
struct Pending {
    asker: Asker,
    /// When it is given up.
    until: Millis,
}

impl Forward {
    /// A question about entities on its way up.
    ///
    /// # Errors
    /// Why it stays here: it is to be answered with that.
    pub(crate) fn ask_people(&mut self, now: Millis, asker: Asker, body: Vec<u8>) -> Result<(), WireError> {
        if !self.linked {
            return Err(away("this relay has no link to the core"));
        }
        // These must not take the room of those about meets.
        if self.people >= PEOPLE_ASKED || self.waiting + body.len() > MEET_LINK_BYTES / 2 {
            return Err(WireError::new(ErrorCode::RateLimited, "too much waits on the way to the core"));
        }
        let id = self.pending(now, asker);
        self.people += 1;
        self.send(&LinkUp::People { id, body });
        Ok(())
    }

    fn pending(&mut self, now: Millis, asker: Asker) -> u64 {
        let id = self.next;
        self.next += 1;
        // Twice the time after which a client asks again: an answer that late is wanted by nobody.
        self.pending.insert(id, Pending { asker, until: now.plus(2 * MEET_REQUEST_MS) });
        id
    }

    fn send(&mut self, message: &LinkUp) {
        let frame = Bytes::from(frame::encode(message));
        self.waiting += frame.len();
        self.up.push_back(frame);
    }

    /// A question about meets on its way up.
    ///
    /// # Errors
    /// Why it stays here: it is to be answered with that.
    pub(crate) fn ask(&mut self, now: Millis, asker: Asker, mut ask: MeetAsk) -> Result<(), WireError> {
        if !self.linked {
            return Err(away("this relay has no link to the core"));
        }
        if ask.body.len() > CLIENT_FRAME_BYTES {
            let text = format!("a question of {} bytes: at most {CLIENT_FRAME_BYTES} are allowed", ask.body.len());
            return Err(WireError::new(ErrorCode::TooLarge, text));
        }
        if self.pending.len() >= MEET_LINK_REQUESTS || self.waiting + ask.body.len() > MEET_LINK_BYTES {
            return Err(WireError::new(ErrorCode::MeetBusy, "too much waits on the way to the core"));
        }
        ask.id = self.pending(now, asker);
        self.send(&LinkUp::Meet(ask));
        Ok(())
    }

    /// The next frame to be sent up.
    pub(crate) fn poll(&mut self) -> Option<Bytes> {
        self.up.pop_front()
    }

    /// So many of the bytes given by [`Forward::poll`] have left.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.waiting = self.waiting.saturating_sub(bytes);
    }

    /// Who is to get the answer of this number; `None` where nobody waits for it any more.
    pub(crate) fn answered(&mut self, id: u64) -> Option<Asker> {
        let asker = self.pending.remove(&id)?.asker;
        self.people -= usize::from(asker.is_about_people());
        Some(asker)
    }

    /// Whether there is a link to upstream.
    pub(crate) fn linked(&self) -> bool {
        self.linked
    }

    /// There is a link to upstream, or no longer. Gives those who get no answer now.
    pub(crate) fn link(&mut self, linked: bool) -> Vec<Asker> {
        self.linked = linked;
        self.up.clear();
        (self.waiting, self.people) = (0, 0);
        std::mem::take(&mut self.pending).into_values().map(|pending| pending.asker).collect()
    }

    /// A client is gone.
    pub(crate) fn client_gone(&mut self, by: ShardNo, gone: ConnId) {
        self.forget(|asker| matches!(asker, Asker::Client { shard, conn, .. } if (*shard, *conn) == (by, gone)));
    }

    /// A link below is gone.
    pub(crate) fn link_gone(&mut self, gone: LinkId) {
        self.forget(|asker| matches!(asker, Asker::Link { link, .. } | Asker::PeopleOf { link, .. } if *link == gone));
    }

    fn forget(&mut self, whose: impl Fn(&Asker) -> bool) {
        self.pending.retain(|_, pending| !whose(&pending.asker));
        self.people = self.pending.values().filter(|pending| pending.asker.is_about_people()).count();
    }

    /// When [`Forward::late`] may give something.
    pub(crate) fn late_at(&self) -> Option<Millis> {
        self.pending.first_key_value().map(|(_, pending)| pending.until)
    }

    /// One who has waited too long for an answer, and is to get none.
    pub(crate) fn late(&mut self, now: Millis) -> Option<Asker> {
        let first = *self.pending.first_entry().filter(|first| first.get().until <= now)?.key();
        self.answered(first)
    }

    /// How many wait for an answer.
    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }
}

/// The core cannot be asked, or has not answered.
pub(crate) fn away(why: &str) -> WireError {
    WireError::new(ErrorCode::CoreAway, why)
}
