//! What an operator asks: lists, ended sessions, another password, a finished meet opened again or cleared away.
//!
//! By whom and on which way is the shell's business; nothing is checked here but that there is such a meet.

use std::collections::BTreeSet;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::line::What;

use super::effects::{MeetReport, Report};
use super::input::{AskId, OperatorAsk};
use super::machine::{Meets, Random};
use super::meet::Meet;
use super::sessions::bad_session;
use super::steps::StepWhat;

/// A clearing away that waits for the disk.
#[derive(Debug)]
pub(super) struct Cleanup {
    ask: AskId,
    waits_for: BTreeSet<MeetId>,
    cleared: Vec<MeetId>,
}

impl Meets {
    pub(super) fn operator(&mut self, now: UnixMillis, ask: AskId, body: OperatorAsk, random: Random) {
        let meet = match &body {
            OperatorAsk::List | OperatorAsk::Cleanup { .. } => None,
            OperatorAsk::Sessions(meet)
            | OperatorAsk::Revoke(meet, _)
            | OperatorAsk::Password(meet, _)
            | OperatorAsk::Reopen(meet) => Some(*meet),
        };
        if let Some(meet) = meet
            && self.meet(meet).is_none()
        {
            let error = WireError::new(ErrorCode::NoSuchMeet, format!("there is no meet {meet}"));
            return self.out.report(ask, Err(error));
        }
        if let Err(error) = self.operate(now, ask, body, random) {
            self.out.report(ask, Err(error));
        }
        if let Some(meet) = meet {
            self.go_on(now, meet);
        }
    }

    fn operate(&mut self, now: UnixMillis, ask: AskId, body: OperatorAsk, random: Random) -> Result<(), WireError> {
        match body {
            OperatorAsk::List => {
                let meets = self.meets.values().filter(|meet| meet.there).map(|meet| report(meet, now)).collect();
                self.out.report(ask, Ok(Report::Meets(meets)));
            }
            OperatorAsk::Sessions(id) => {
                let list = self.used(id)?.sessions.list(now, None);
                self.out.report(ask, Ok(Report::Sessions(list)));
            }
            OperatorAsk::Revoke(id, no) => {
                let meet = self.used(id)?;
                if meet.sessions.end(no)? {
                    meet.steps.push(StepWhat::Sessions);
                    self.end_parked(id, Some(no), &bad_session());
                }
                self.report_written(id, ask, Report::Done);
            }
            OperatorAsk::Password(id, password) => self.operator_password(now, ask, id, password, random)?,
            OperatorAsk::Reopen(id) => {
                if self.used(id)?.log.is_finished() {
                    self.check_room()?;
                    self.used(id)?.push(now, What::Reopened)?;
                    self.out.note(id, "opened again by the operator");
                }
                self.report_written(id, ask, Report::Done);
            }
            OperatorAsk::Cleanup { older_than_ms } => self.clean_up(now, ask, older_than_ms),
        }
        Ok(())
    }

    fn clean_up(&mut self, now: UnixMillis, ask: AskId, older_than_ms: u64) {
        let old = |meet: &&mut Meet| {
            let handed_over = meet.publication.as_ref().is_none_or(|known| known.handed_over.is_some());
            let settled = meet.in_finished && meet.steps.is_idle() && !meet.leaving;
            let before = now.0.saturating_sub(older_than_ms);
            settled && handed_over && meet.finished_at().is_some_and(|at| at.0 < before)
        };
        let mut waits_for = BTreeSet::new();
        for meet in self.meets.values_mut().filter(old) {
            meet.leaving = true;
            meet.steps.push(StepWhat::Remove);
            meet.pump(&mut self.out);
            waits_for.insert(meet.id);
        }
        if waits_for.is_empty() {
            self.out.report(ask, Ok(Report::Cleared(Vec::new())));
        } else {
            let gone = bad_session();
            waits_for.iter().for_each(|meet| self.end_parked(*meet, None, &gone));
            self.cleanups.push(Cleanup { ask, waits_for, cleared: Vec::new() });
        }
    }

    /// The disk is done with a meet that was to be cleared away.
    pub(super) fn removed(&mut self, id: MeetId, done: bool) {
        if done && let Some(meet) = self.meets.remove(&id) {
            self.tombstones.insert(meet.uid, id);
            self.out.effects.notes.push(super::effects::Note {
                meet: None,
                text: format!("meet {id} was finished long ago and is cleared away"),
            });
        }
        for cleanup in &mut self.cleanups {
            if cleanup.waits_for.remove(&id) && done {
                cleanup.cleared.push(id);
            }
        }
        for cleanup in self.cleanups.extract_if(.., |cleanup| cleanup.waits_for.is_empty()) {
            self.out.report(cleanup.ask, Ok(Report::Cleared(cleanup.cleared)));
        }
    }
}

impl Meet {
    /// When it was finished, if it is.
    fn finished_at(&self) -> Option<UnixMillis> {
        let lines = self.log.lines_after(MeetSeq(0)).iter();
        let last = lines.rev().find(|line| matches!(line.what, What::Finished | What::Reopened))?;
        matches!(last.what, What::Finished).then_some(last.at)
    }
}

fn report(meet: &Meet, now: UnixMillis) -> MeetReport {
    let published = meet.log.publications();
    let waits = meet.publication.as_ref().is_some_and(|known| known.handed_over.is_none());
    MeetReport {
        id: meet.id,
        name: meet.name(),
        created: meet.log.line(MeetSeq(1)).map(|line| line.at).unwrap_or_default(),
        finished: meet.finished_at(),
        lines: meet.log.head().0,
        bytes: meet.bytes as u64,
        entries: meet.log.state().entries().len(),
        desks: meet.log.desks().len(),
        sessions: meet.sessions.alive(now).count(),
        publications: (published, published.saturating_sub(u32::from(waits))),
    }
}
