//! The machine: all meets of a core, who asks what of them, and what happens on the disk.
//!
//! Each kind of request has its file: `login.rs`, `pulls.rs`, `updates.rs`, `desk.rs`, `public.rs`, `publish.rs`,
//! `recover.rs`, `operator.rs`; how it begins is in `load.rs`. What one meet is made of is in `meet.rs`.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_meets::chain::ReceiptKey;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{Author, DeskId, MeetEpoch, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest, Session, SessionNo};

use super::effects::{MeetEffects, Report};
use super::gate::Gate;
use super::input::{AskId, Asker, LinkNo, MeetInput};
use super::meet::{Became, Meet};
use super::operator::Cleanup;
use super::pulls::Parked;
use super::sessions::{bad_session, hashed};
use super::steps::{Out, StepWhat, Waiter};
use super::uploads::Uploads;

/// Draws random bytes.
pub(super) type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// All meets of a core.
#[derive(Debug)]
pub struct Meets {
    pub(super) key: ReceiptKey,
    pub(super) epoch: MeetEpoch,
    pub(super) meets: BTreeMap<MeetId, Meet>,
    pub(super) tombstones: BTreeMap<MeetUid, MeetId>,
    /// Ids of folders that hold no meet that can be served.
    pub(super) unusable: BTreeSet<MeetId>,
    pub(super) gate: Gate,
    pub(super) parked: Parked,
    pub(super) uploads: Uploads,
    pub(super) cleanups: Vec<Cleanup>,
    /// Of which a write has failed, so that there may be a folder to be moved later.
    pub(super) unsettled: BTreeSet<MeetId>,
    /// Errors that are not told before their time.
    pub(super) late: BTreeMap<(UnixMillis, AskId), (LinkNo, WireError)>,
    pub(super) now: UnixMillis,
    pub(super) out: Out,
}

/// How much there is, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MeetCounts {
    /// Unfinished meets.
    pub current: usize,
    /// Finished meets.
    pub finished: usize,
    /// Lines of all logs.
    pub lines: u64,
    /// Bytes of all logs.
    pub bytes: usize,
    /// Sessions, displays included.
    pub sessions: usize,
    /// Pulls that wait.
    pub parked: usize,
    /// Passwords that wait for a lane or for their time.
    pub passwords: usize,
    /// Uploads under way.
    pub uploads: usize,
    /// Writes under way.
    pub writes: usize,
}

/// Who asked, for as long as the answer is not there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) ask: AskId,
    pub(super) from: Asker,
}

/// A desk's session in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) meet: MeetId,
    pub(super) session: SessionNo,
    pub(super) desk: DeskId,
}

/// What a request comes to.
#[derive(Debug)]
pub(super) enum Reply {
    /// This answer, at once.
    Now(MeetAnswer),
    /// This answer, once everything there is to write of the meet is written.
    Written(MeetAnswer),
    /// It is answered later, by whoever has taken it.
    Later,
}

impl Meets {
    /// Puts something to the meets.
    pub fn handle(&mut self, now: UnixMillis, input: MeetInput, random: &mut dyn FnMut(&mut [u8])) -> MeetEffects {
        // The clock on the wall may be set back; what is asked then goes by it.
        self.now = now;
        match input {
            MeetInput::Ask { ask, from, request } => self.ask(now, Asked { ask, from }, request, random),
            MeetInput::Gone(link) => self.gone(link),
            MeetInput::Hashed { job, result } => self.hashed(now, job, result, random),
            MeetInput::Written(no) => {
                if let Some(id) = self.out.writes.remove(&no) {
                    self.written(now, id);
                }
            }
            MeetInput::NotWritten { write, why } => {
                if let Some(id) = self.out.writes.remove(&write) {
                    self.not_written(now, id, &why);
                }
            }
            MeetInput::HandedOver { meet, number, result } => self.handed_over(meet, number, result),
            MeetInput::Operator { ask, body } => self.operator(now, ask, body, random),
            MeetInput::Time => {}
        }
        self.tick(now);
        std::mem::take(&mut self.out.effects)
    }

    /// When [`MeetInput::Time`] is to be put to it, unless something else is before.
    pub fn next_at(&self) -> Option<UnixMillis> {
        let late = self.late.keys().next().map(|(at, _)| *at);
        let moves = self.unsettled.iter().filter_map(|id| self.meets.get(id)?.settle_at()).min();
        [late, moves, self.gate.next_at(self.now), self.parked.next_at(), self.uploads.next_at()]
            .into_iter()
            .flatten()
            .min()
    }

    /// A meet's log, with lines that are not durable yet.
    pub fn log(&self, meet: MeetId) -> Option<&MeetLog> {
        self.meets.get(&meet).map(|meet| &meet.log)
    }

    /// The last line of a meet that is durable.
    pub fn durable(&self, meet: MeetId) -> Option<MeetSeq> {
        self.meets.get(&meet).map(|meet| meet.durable)
    }

    /// The meets there are, in the order of their ids.
    pub fn ids(&self) -> impl Iterator<Item = MeetId> {
        self.meets.keys().copied()
    }

    /// How much there is.
    pub fn counts(&self) -> MeetCounts {
        let mut counts = MeetCounts {
            parked: self.parked.len(),
            passwords: self.gate.waiting(),
            uploads: self.uploads.len(),
            writes: self.out.writes.len(),
            ..MeetCounts::default()
        };
        for meet in self.meets.values() {
            if meet.log.is_finished() {
                counts.finished += 1
            } else {
                counts.current += 1
            }
            counts.lines += meet.log.head().0;
            counts.bytes += meet.bytes;
            counts.sessions += meet.sessions.alive(self.now).count();
        }
        counts
    }

    /// A meet that can be asked of.
    pub(super) fn meet(&mut self, id: MeetId) -> Option<&mut Meet> {
        self.meets.get_mut(&id).filter(|meet| !meet.leaving)
    }

    /// The meet of a session that was just found alive.
    pub(super) fn used(&mut self, id: MeetId) -> Result<&mut Meet, WireError> {
        self.meet(id).ok_or_else(bad_session)
    }

    fn ask(&mut self, now: UnixMillis, asked: Asked, request: MeetRequest, random: Random) {
        let meet = match &request {
            MeetRequest::Desk { session, .. } | MeetRequest::Public { session, .. } => Some(session.meet),
            MeetRequest::Restore { record, .. } => Some(record.record.meet),
            _ => None,
        };
        let reply = if asked.from.full || matches!(request, MeetRequest::Public { .. }) {
            self.answer(now, asked, request, random)
        } else {
            Err(WireError::new(ErrorCode::MeetsNotHere, "meets are not served by this way"))
        };
        match reply {
            Ok(Reply::Now(answer)) => self.out.answer(asked.ask, Ok(answer)),
            Ok(Reply::Written(answer)) => self.answer_written(meet, asked, answer),
            Ok(Reply::Later) => {}
            Err(error) => self.out.answer(asked.ask, Err(error)),
        }
        if let Some(meet) = meet {
            self.go_on(now, meet);
        }
    }

    fn answer(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        request: MeetRequest,
        random: Random,
    ) -> Result<Reply, WireError> {
        match request {
            MeetRequest::Create(create) => self.create(now, asked, create, random),
            MeetRequest::Join(join) => self.join(now, asked, join),
            MeetRequest::Desk { session, ask } => self.desk(now, asked, session, ask, random),
            MeetRequest::Public { session, have, from, wait } => self.public(now, asked, session, have, from, wait),
            MeetRequest::Claim(record) => self.claim(&record).map(|claimed| Reply::Now(MeetAnswer::Claimed(claimed))),
            MeetRequest::Restore { record, receipt, part } => self.restore(now, record, receipt, part, random),
        }
    }

    fn desk(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        session: Session,
        ask: DeskAsk,
        random: Random,
    ) -> Result<Reply, WireError> {
        let (session_no, desk) = self.session(now, session)?;
        let desk = desk.ok_or_else(|| WireError::new(ErrorCode::DisplayOnly, "a display may only look"))?;
        let used = Used { meet: session.meet, session: session_no, desk };
        match ask {
            DeskAsk::Pull { have, wait } => self.pull(now, asked, used, have, wait),
            DeskAsk::Update(proposals) => self.update(now, used, proposals),
            DeskAsk::AddLocation(location) => self.add_location(now, used, location),
            DeskAsk::Drive { stage, claim } => self.drive(now, used, stage, claim),
            DeskAsk::Sessions => self.sessions(now, used),
            DeskAsk::Revoke(no) => self.revoke(used.meet, no),
            DeskAsk::Password { old, new } => self.password(now, asked, used, old, new),
            DeskAsk::Record => Ok(Reply::Now(MeetAnswer::Record(self.used(used.meet)?.sealed_durable))),
            DeskAsk::Display { token } => self.display(now, used, token),
            DeskAsk::Publish { results, part } => self.publish(now, used, &results, part),
            DeskAsk::Recover { receipt, part } => self.recover(now, used, receipt, part, random),
        }
    }

    /// The live session of a token; its use puts its end off.
    pub(super) fn session(
        &mut self,
        now: UnixMillis,
        session: Session,
    ) -> Result<(SessionNo, Option<DeskId>), WireError> {
        let meet = self.used(session.meet)?;
        let (record, renewed) = meet.sessions.used(&hashed(&session.token), now)?;
        if renewed {
            meet.steps.push(StepWhat::Sessions);
        }
        Ok((record.no, record.desk))
    }

    /// The number of a session's desk, which may have been lost with the end of a log.
    pub(super) fn author(&mut self, used: Used) -> Result<Author, WireError> {
        self.used(used.meet)?.author(used.desk).ok_or_else(bad_session)
    }

    /// Checks that a session is of the location that made the meet.
    pub(super) fn creator(&mut self, used: Used) -> Result<(), WireError> {
        if self.used(used.meet)?.location_of(used.desk) == Some(0) {
            Ok(())
        } else {
            Err(WireError::new(ErrorCode::NotCreator, "only the location that made the meet may do this"))
        }
    }

    pub(super) fn answer_written(&mut self, meet: Option<MeetId>, asked: Asked, answer: MeetAnswer) {
        let waiter = Waiter::Client { ask: asked.ask, link: asked.from.link, answer };
        match meet.and_then(|id| self.meets.get_mut(&id)) {
            Some(meet) => meet.answer(&mut self.out, waiter),
            None => self.out.release(vec![waiter], None),
        }
    }

    pub(super) fn report_written(&mut self, meet: MeetId, ask: AskId, report: Report) {
        let waiter = Waiter::Operator { ask, report };
        match self.meets.get_mut(&meet) {
            Some(meet) => meet.answer(&mut self.out, waiter),
            None => self.out.release(vec![waiter], None),
        }
    }

    /// Begins what is to be written next of a meet.
    pub(super) fn go_on(&mut self, now: UnixMillis, id: MeetId) {
        if let Some(meet) = self.meets.get_mut(&id) {
            meet.pump(&mut self.out);
            meet.settle(now);
            meet.pump(&mut self.out);
        }
    }

    fn written(&mut self, now: UnixMillis, id: MeetId) {
        let Some(meet) = self.meets.get_mut(&id) else { return };
        let became = meet.written(&mut self.out);
        match became {
            Became::Made => self.out.note(id, "made"),
            Became::Removed => self.removed(id, true),
            Became::Publication(publication) => self.published(*publication),
            _ => {}
        }
        self.wake(id);
        self.go_on(now, id);
    }

    fn not_written(&mut self, now: UnixMillis, id: MeetId, why: &WireError) {
        let Some(meet) = self.meets.get_mut(&id) else { return };
        let became = meet.not_written(&mut self.out, now, why);
        self.out.note(id, format!("not written: {why}"));
        self.unsettled.insert(id);
        match became {
            Became::Unmade => {
                self.meets.remove(&id);
                self.end_parked(id, None, why);
            }
            Became::Kept => self.removed(id, false),
            _ => self.wake(id),
        }
    }

    fn gone(&mut self, link: LinkNo) {
        self.gate.gone(link);
        self.parked.gone(link);
        self.late.retain(|_, (by, _)| *by != link);
        self.meets.values_mut().for_each(|meet| meet.steps.gone(link));
    }

    fn tick(&mut self, now: UnixMillis) {
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= now
        {
            let ((_, ask), (_, error)) = entry.remove_entry();
            self.out.answer(ask, Err(error));
        }
        self.uploads.drop_quiet(now);
        self.end_waits(now);
        for id in self.unsettled.clone() {
            if self.meets.get(&id).is_none_or(Meet::is_settled) {
                self.unsettled.remove(&id);
            } else {
                self.go_on(now, id);
            }
        }
        self.gate.pump(now, &mut self.out);
    }
}
