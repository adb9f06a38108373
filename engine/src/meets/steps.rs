//! The writes of one meet: what is to be on its disk next, and who waits for it.
//!
//! Of one meet one write is under way at a time, so that a failed one leaves nothing after it in doubt; lines that come
//! meanwhile go into the next one together. What a write means for the meet is in `meet.rs`.

use std::collections::{BTreeMap, VecDeque};

use scorelay_protocol::error::WireError;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};

use super::effects::{MeetEffects, Note, Publication, Report, SessionRecord, Write, WriteNo, WriteWhat};
use super::input::{AskId, LinkNo};

/// What the machine has to say, and the numbers it gives.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub(super) effects: MeetEffects,
    last: WriteNo,
    /// Under way.
    pub(super) writes: BTreeMap<WriteNo, MeetId>,
}

impl Out {
    pub(super) fn answer(&mut self, ask: AskId, answer: Result<MeetAnswer, WireError>) {
        self.effects.answers.push((ask, answer));
    }

    pub(super) fn report(&mut self, ask: AskId, report: Result<Report, WireError>) {
        self.effects.reports.push((ask, report));
    }

    pub(super) fn note(&mut self, meet: MeetId, text: impl Into<String>) {
        self.effects.notes.push(Note { meet: Some(meet), text: text.into() });
    }

    pub(super) fn write(&mut self, meet: MeetId, what: WriteWhat) {
        self.last = WriteNo(self.last.0 + 1);
        self.writes.insert(self.last, meet);
        self.effects.writes.push(Write { no: self.last, meet, what });
    }

    pub(super) fn release(&mut self, waiters: Vec<Waiter>, failed: Option<&WireError>) {
        for waiter in waiters {
            match waiter {
                Waiter::Client { ask, answer, .. } => self.answer(ask, failed.cloned().map_or(Ok(answer), Err)),
                Waiter::Operator { ask, report } => self.report(ask, failed.cloned().map_or(Ok(report), Err)),
            }
        }
    }
}

/// An answer that is given once a write is done.
#[derive(Debug)]
pub(super) enum Waiter {
    Client { ask: AskId, link: LinkNo, answer: MeetAnswer },
    Operator { ask: AskId, report: Report },
}

/// Something to be written. Lines, sessions and records are taken as they are when their turn comes.
#[derive(Debug)]
pub(super) enum StepWhat {
    Create,
    Lines,
    Log,
    Auth,
    Sessions,
    Publication(Box<Publication>),
    Finish,
    Reopen,
    Remove,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) what: StepWhat,
    pub(super) waiters: Vec<Waiter>,
}

/// A write under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) step: Step,
    /// The last line there is once it is done.
    pub(super) head: MeetSeq,
    /// The sessions there are then, if it writes them.
    pub(super) sessions: Option<Vec<SessionRecord>>,
}

/// What is to be written, in order.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) out: Option<UnderWay>,
    pub(super) next: VecDeque<Step>,
}

impl Steps {
    /// Puts a step at the end, unless one that will do the same stands there.
    pub(super) fn push(&mut self, what: StepWhat) {
        use StepWhat::{Create, Lines, Log, Sessions};
        if let Some(Step { what: last, .. }) = self.next.back()
            && matches!((last, &what), (Create, Lines | Sessions) | (Log | Lines, Lines) | (Sessions, Sessions))
        {
            return;
        }
        self.next.push_back(Step { what, waiters: Vec::new() });
    }

    pub(super) fn is_idle(&self) -> bool {
        self.out.is_none() && self.next.is_empty()
    }

    /// Whether another log is on its way to the disk.
    pub(super) fn replaces_log(&self) -> bool {
        let under_way = self.out.iter().map(|out| &out.step);
        under_way.chain(&self.next).any(|step| matches!(step.what, StepWhat::Log))
    }

    /// Has the waiter wait for all there is; gives it back when there is nothing.
    pub(super) fn wait(&mut self, waiter: Waiter) -> Option<Waiter> {
        let out = self.out.as_mut().map(|out| &mut out.step);
        match self.next.back_mut().or(out) {
            Some(step) => {
                step.waiters.push(waiter);
                None
            }
            None => Some(waiter),
        }
    }

    /// Everything that waits, when nothing of it will be written.
    pub(super) fn take_waiters(&mut self) -> Vec<Waiter> {
        self.next.drain(..).flat_map(|step| step.waiters).collect()
    }

    pub(super) fn gone(&mut self, link: LinkNo) {
        let out = self.out.as_mut().map(|out| &mut out.step);
        for step in self.next.iter_mut().chain(out) {
            step.waiters.retain(|waiter| !matches!(waiter, Waiter::Client { link: by, .. } if *by == link));
        }
    }
}
