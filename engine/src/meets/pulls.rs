//! Answers that wait for a line: long polls of desks, and of relays for displays.
//!
//! Only durable lines wake them. How a chunk is cut is here too; what displays are told is in `public.rs`.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_meets::chain::ReceiptKey;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_CHUNK_BYTES, MEET_PULL_MS, MEET_PULLS};
use scorelay_protocol::meet::answer::{Chunk, MeetAnswer};
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::request::{Have, PublicAt, SessionNo};

use super::input::{AskId, LinkNo};
use super::machine::{Asked, Meets, Reply, Used};
use super::meet::Meet;

/// An answer that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    link: LinkNo,
    meet: MeetId,
    session: SessionNo,
    until: UnixMillis,
    /// Whether it waits for something to tell, and not only for the meet to be there at all.
    wait: bool,
    what: WaitsFor,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum WaitsFor {
    Lines(Have),
    Public(Option<PublicAt>),
}

#[derive(Debug, Default)]
pub(super) struct Parked {
    waits: BTreeMap<AskId, Wait>,
    until: BTreeSet<(UnixMillis, AskId)>,
    of: BTreeMap<MeetId, BTreeSet<AskId>>,
}

impl Parked {
    pub(super) fn len(&self) -> usize {
        self.waits.len()
    }

    pub(super) fn next_at(&self) -> Option<UnixMillis> {
        self.until.first().map(|(at, _)| *at)
    }

    fn put(&mut self, ask: AskId, wait: Wait) {
        self.until.insert((wait.until, ask));
        self.of.entry(wait.meet).or_default().insert(ask);
        self.waits.insert(ask, wait);
    }

    fn take(&mut self, ask: AskId) -> Option<Wait> {
        let wait = self.waits.remove(&ask)?;
        self.until.remove(&(wait.until, ask));
        if let Some(of) = self.of.get_mut(&wait.meet) {
            of.remove(&ask);
            if of.is_empty() {
                self.of.remove(&wait.meet);
            }
        }
        Some(wait)
    }

    pub(super) fn gone(&mut self, link: LinkNo) {
        let gone = self.waits.iter().filter(|(_, wait)| wait.link == link);
        for ask in gone.map(|(ask, _)| *ask).collect::<Vec<_>>() {
            self.take(ask);
        }
    }

    fn of(&self, meet: MeetId) -> Vec<AskId> {
        self.of.get(&meet).into_iter().flatten().copied().collect()
    }

    fn first_ended(&self, now: UnixMillis) -> Option<AskId> {
        self.until.first().filter(|(at, _)| *at <= now).map(|(_, ask)| *ask)
    }
}

impl Meets {
    pub(super) fn pull(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        used: Used,
        have: Have,
        wait: bool,
    ) -> Result<Reply, WireError> {
        self.wait_for(now, asked, (used.meet, used.session), WaitsFor::Lines(have), wait)
    }

    /// Answers if there is something to tell, else has the answer wait.
    pub(super) fn wait_for(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        (meet, session): (MeetId, SessionNo),
        what: WaitsFor,
        wait: bool,
    ) -> Result<Reply, WireError> {
        let until = UnixMillis(now.0.saturating_add(MEET_PULL_MS));
        let wait = Wait { link: asked.from.link, meet, session, until, wait, what };
        if let Some(answer) = self.told(&wait, !wait.wait) {
            return Ok(Reply::Now(answer));
        }
        if self.parked.len() >= MEET_PULLS {
            return Err(WireError::new(ErrorCode::MeetBusy, "too many wait for lines: try again shortly"));
        }
        self.parked.put(asked.ask, wait);
        Ok(Reply::Later)
    }

    /// What there is to tell; `anyway`: if need be that there is nothing.
    fn told(&mut self, wait: &Wait, anyway: bool) -> Option<MeetAnswer> {
        let meet = self.meets.get_mut(&wait.meet).filter(|meet| meet.there)?;
        match wait.what {
            WaitsFor::Lines(have) => {
                let answer = chunk(meet, &self.key, have, anyway);
                // Who waits for more has what is before it.
                let sent = match &answer {
                    None => have.seq,
                    Some(MeetAnswer::Lines(chunk)) => MeetSeq(chunk.after.0 + chunk.lines.len() as u64),
                    Some(_) => MeetSeq(0),
                };
                meet.sessions.sent(wait.session, sent);
                answer
            }
            WaitsFor::Public(have) => super::public::told(meet, have, anyway).map(MeetAnswer::Public),
        }
    }

    /// Something of a meet has become durable.
    pub(super) fn wake(&mut self, meet: MeetId) {
        for ask in self.parked.of(meet) {
            let Some(wait) = self.parked.waits.get(&ask).copied() else { continue };
            if let Some(answer) = self.told(&wait, !wait.wait) {
                self.parked.take(ask);
                self.out.answer(ask, Ok(answer));
            }
        }
    }

    /// Answers what has waited long enough.
    pub(super) fn end_waits(&mut self, now: UnixMillis) {
        while let Some(ask) = self.parked.first_ended(now) {
            let Some(wait) = self.parked.take(ask) else { return };
            let busy = || WireError::new(ErrorCode::MeetBusy, "the disk has not answered: try again shortly");
            let answer = self.told(&wait, true).ok_or_else(busy);
            self.out.answer(ask, answer);
        }
    }

    /// Ends what waits in a meet, or in one session of it.
    pub(super) fn end_parked(&mut self, meet: MeetId, session: Option<SessionNo>, why: &WireError) {
        for ask in self.parked.of(meet) {
            let wait = self.parked.waits.get(&ask);
            if wait.is_some_and(|wait| session.is_none_or(|session| wait.session == session)) {
                self.parked.take(ask);
                self.out.answer(ask, Err(why.clone()));
            }
        }
    }
}

/// The lines after those that a desk holds.
fn chunk(meet: &Meet, key: &ReceiptKey, have: Have, anyway: bool) -> Option<MeetAnswer> {
    if have.seq > meet.durable || meet.durable_log().hash_at(have.seq) != Some(have.hash) {
        return Some(MeetAnswer::Diverged);
    }
    if have.seq == meet.durable && !anyway {
        return None;
    }
    let (mut bytes, mut lines) = (0, Vec::new());
    for line in meet.durable_after(have.seq) {
        bytes += codec::encoded_len(line);
        if bytes > MEET_CHUNK_BYTES && !lines.is_empty() {
            break;
        }
        lines.push(line.clone());
    }
    let last = MeetSeq(have.seq.0 + lines.len() as u64);
    Some(MeetAnswer::Lines(Chunk {
        after: have.seq,
        lines,
        receipt: meet.receipt(key, last),
        head: meet.durable,
        record: meet.sealed_durable.record.number,
    }))
}
