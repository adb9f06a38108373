//! The transport's and the store's side of a desk: what is to be asked and saved now, and when to wake.
//!
//! Every input ends in [`MeetDesk::settle`], which works out what the state of the desk wants asked, saves what
//! changed, and lets no request out before that is done.

use scorelay_protocol::codec;
use scorelay_protocol::limits::{MEET_BATCH, MEET_CHUNK_BYTES, MEET_REQUEST_MS, MEET_VALUE_BYTES};
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::request::{DeskAsk, Have, MeetRequest, Proposal, Session};

use super::desk::{Asked, MeetDesk, Outgoing, Phase, Stage, Waiting};
use super::saved::Save;
use super::state::{AskNo, DeskEvent};
use crate::core::time::Millis;

/// What a proposal takes besides its value, at most.
const PROPOSAL_BYTES: usize = 128;

impl MeetDesk {
    /// There is a connection, over which the core may be reached.
    pub fn handle_connected(&mut self, now: Millis) {
        self.disconnected();
        self.connected = true;
        (self.again_at, self.trouble) = (None, None);
        self.settle(now);
    }

    /// There is none any more.
    pub fn handle_disconnected(&mut self, now: Millis) {
        self.disconnected();
        self.settle(now);
    }

    pub(super) fn disconnected(&mut self) {
        self.connected = false;
        self.forget_asked();
        let member = self.session.as_ref().is_some_and(|session| session.member.is_some());
        match &mut self.phase {
            Phase::In(stage) => *stage = Stage::Resync(false),
            // Another core may be there now, or one that lost the meet.
            Phase::Opening { opening, .. } if member => {
                let then = Some(opening.clone());
                self.phase = Phase::Restoring { upload: None, known: false, then };
            }
            _ => {}
        }
    }

    /// This save and all before it are done for good.
    pub fn handle_saved(&mut self, number: u64) {
        self.saved = self.saved.max(number);
    }

    /// A save could not be done: nothing more is sent or taken.
    pub fn handle_not_saved(&mut self, now: Millis) {
        self.forget_asked();
        self.saves.clear();
        self.phase = Phase::Closed;
        self.refuse_commands(&super::commands::no_session());
        self.settle(now);
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Millis) {
        let late: Vec<_> = self.waiting.iter().filter(|(_, waiting)| waiting.deadline <= now).collect();
        let late: Vec<_> = late.into_iter().map(|(no, waiting)| (*no, waiting.asked)).collect();
        for (no, asked) in late {
            if self.waiting.remove(&no).is_some() {
                self.outbox.retain(|outgoing| outgoing.no != no);
                self.refused(now, asked, None);
            }
        }
        self.settle(now);
    }

    /// When to call [`Self::handle_timeout`] and poll again, if nothing else happens before.
    pub fn poll_timeout(&self) -> Option<Millis> {
        let waiting = self.waiting.values().map(|waiting| waiting.deadline).min();
        let due = matches!(self.phase, Phase::In(Stage::Live)) && self.desk.pending() > 0;
        let sends = due && !self.waits(|asked| matches!(asked, Asked::Update(_)));
        let held_up = self.held_up.as_ref().map(|(_, at)| *at).filter(|_| sends);
        let again = self.again_at.or(held_up).filter(|_| self.connected);
        [waiting, again].into_iter().flatten().min()
    }

    /// The next changes to be saved.
    pub fn poll_save(&mut self) -> Option<Save> {
        self.saves.pop_front()
    }

    /// The next request to be sent.
    pub fn poll_request(&mut self) -> Option<(AskNo, MeetRequest)> {
        let ready = self.outbox.front().is_some_and(|outgoing| outgoing.after_save <= self.saved);
        let Outgoing { no, request, .. } = self.outbox.pop_front_if(|_| ready)?;
        Some((no, request))
    }

    /// What the connection brought that cannot be: it is to be given up.
    pub fn poll_bad(&mut self) -> Option<String> {
        self.bad.take()
    }

    /// The next thing to look at again, or answer.
    pub fn poll_event(&mut self) -> Option<DeskEvent> {
        self.events.pop_front()
    }

    /// Nothing that was asked is waited for any more.
    pub(super) fn forget_asked(&mut self) {
        self.waiting.clear();
        self.outbox.clear();
        self.commands.lost();
    }

    pub(super) fn forget_pull(&mut self) {
        let pull = self.waiting.iter().find(|(_, waiting)| matches!(waiting.asked, Asked::Pull(_)));
        if let Some(no) = pull.map(|(no, _)| *no) {
            self.waiting.remove(&no);
            self.outbox.retain(|outgoing| outgoing.no != no);
        }
    }

    /// The end of every input.
    pub(super) fn settle(&mut self, now: Millis) {
        if self.desk.pending() == 0 {
            self.held_up = None;
        }
        let asks = self.wanted(now);
        self.save();
        for (asked, request) in asks {
            self.next_ask += 1;
            let no = AskNo(self.next_ask);
            self.waiting.insert(no, Waiting { asked, deadline: now.plus(MEET_REQUEST_MS) });
            self.outbox.push_back(Outgoing { no, request, after_save: self.last_save });
        }
        self.tell();
    }

    fn save(&mut self) {
        let mut changes = std::mem::take(&mut self.changes);
        changes.extend(self.kept.follow(&self.desk));
        if !changes.is_empty() && !matches!(self.phase, Phase::Closed) {
            self.last_save += 1;
            self.saves.push_back(Save { number: self.last_save, changes });
        }
    }

    /// What is to be asked now.
    fn wanted(&mut self, now: Millis) -> Vec<(Asked, MeetRequest)> {
        if self.again_at.is_some_and(|at| at <= now) {
            self.again_at = None;
        }
        if !self.connected || self.again_at.is_some() {
            return Vec::new();
        }
        match &self.phase {
            Phase::NotJoined | Phase::Out(_) | Phase::Closed => Vec::new(),
            Phase::Opening { .. } => {
                let open = self.open_request().map(|request| (Asked::Open, request));
                open.filter(|_| !self.waits(|asked| asked == Asked::Open)).into_iter().collect()
            }
            Phase::Restoring { .. } => {
                let ask = self.restore_request();
                ask.filter(|_| !self.waits(|asked| matches!(asked, Asked::Claim | Asked::Restore)))
                    .into_iter()
                    .collect()
            }
            Phase::In(_) => self.wanted_in_session(now),
        }
    }

    fn wanted_in_session(&mut self, now: Millis) -> Vec<(Asked, MeetRequest)> {
        let Some(session) = self.session.as_ref() else { return Vec::new() };
        let Some(meet) = session.meet else { return Vec::new() };
        let member = session.member;
        let session = Session { meet, token: session.token };
        let mut asks = Vec::new();
        let live = match &self.phase {
            Phase::In(Stage::Recover(upload)) => {
                if let (false, Some(receipt)) = (self.waits(|asked| asked == Asked::Recover), self.receipt) {
                    asks.push((Asked::Recover, DeskAsk::Recover { receipt, part: upload.part() }));
                }
                false
            }
            Phase::In(Stage::Rewind(fork)) => {
                asks.extend(self.pull(*fork, false));
                false
            }
            Phase::In(Stage::Resync(_)) => {
                asks.extend(self.pull(self.log().head(), false));
                false
            }
            Phase::In(Stage::Live) => {
                asks.extend(self.pull(self.log().head(), true));
                true
            }
            _ => false,
        };
        if live {
            let known = member.map(|member| member.record.record.number);
            if self.record_number.take().is_some_and(|number| Some(number) != known) {
                asks.push((Asked::Record, DeskAsk::Record));
            }
            asks.extend(self.updates(now));
            asks.extend(self.next_commands().into_iter().map(|(no, ask)| (Asked::Command(no), ask)));
        }
        asks.into_iter().map(|(asked, ask)| (asked, MeetRequest::Desk { session, ask })).collect()
    }

    fn waits(&self, is: impl Fn(Asked) -> bool) -> bool {
        self.waiting.values().any(|waiting| is(waiting.asked))
    }

    fn pull(&self, from: MeetSeq, wait: bool) -> Option<(Asked, DeskAsk)> {
        if self.waits(|asked| matches!(asked, Asked::Pull(_))) {
            return None;
        }
        let have = Have { seq: from, hash: self.log().hash_at(from)? };
        Some((Asked::Pull(from), DeskAsk::Pull { have, wait }))
    }

    fn updates(&mut self, now: Millis) -> Option<(Asked, DeskAsk)> {
        let held_up = self.held_up.as_ref().is_some_and(|(_, at)| *at > now);
        if held_up || self.waits(|asked| matches!(asked, Asked::Update(_))) {
            return None;
        }
        let mut batch: Vec<Proposal> = Vec::new();
        let mut bytes = 0;
        while batch.len() < MEET_BATCH && bytes + MEET_VALUE_BYTES + PROPOSAL_BYTES <= MEET_CHUNK_BYTES {
            let Some(proposal) = self.desk.to_send(1).pop() else { break };
            bytes += codec::encoded_len(&proposal);
            batch.push(proposal);
        }
        (!batch.is_empty()).then_some((Asked::Update(batch.len()), DeskAsk::Update(batch)))
    }
}
