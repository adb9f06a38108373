//! A desk: a replica of a meet's log, the desk's own updates that have no line in it yet, and what both show together.
//!
//! An update is shown at once, numbered when it is first sent, and settled when the feed brings its line, never at the
//! answer. Sending, storing and recovery are the business of whoever drives this; connections are only told.

use std::collections::VecDeque;

use scorelay_protocol::meet::ids::{Author, DeskId, LocalSeq, MeetPosition, MeetSeq};
use scorelay_protocol::meet::line::{Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::Proposal;
use scorelay_protocol::meet::value::{Value, ValueError};

use crate::log::{BadLine, MeetLog};
use crate::state::MeetState;

/// Own entries without a line come after all that have one.
const LATER: MeetSeq = MeetSeq(u64::MAX);

/// A desk of one meet.
#[derive(Debug, Clone)]
pub struct Desk {
    id: DeskId,
    log: MeetLog,
    /// Numbered, rising, without a line in the log.
    sent: VecDeque<Sent>,
    /// At most one for each path, in the order of the first edit.
    unsent: Vec<Unsent>,
    overruled: Vec<Overruled>,
    /// Nothing is sent before the log has come up to here.
    level_at: MeetSeq,
    /// The number of the next edit.
    next_no: u64,
}

#[derive(Debug, Clone)]
struct Sent {
    no: u64,
    proposal: Proposal,
    state: Sending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// To be sent on this connection.
    Due,
    /// Sent on this connection.
    UnderWay,
    /// The core has answered; the feed will bring the line.
    Answered,
}

#[derive(Debug, Clone)]
struct Unsent {
    no: u64,
    after: MeetPosition,
    path: Path,
    value: Value,
}

/// An own update that has no line yet, as whoever stores it needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its number on this desk: rises with each new edit, and is not used again while the update is pending.
    pub no: u64,
    /// Its number with its author, once it was given one to be sent.
    pub local: Option<LocalSeq>,
    /// What the desk had seen.
    pub after: MeetPosition,
    /// What it sets.
    pub path: Path,
    /// To what.
    pub value: Value,
}

/// An own update that does not stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// Its line.
    pub seq: MeetSeq,
    /// What it set.
    pub path: Path,
    /// To what.
    pub value: Value,
    /// Why not.
    pub why: Why,
}

/// Why an own update does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It never did.
    Rejected(Rejection),
    /// This line, by somebody who had not seen it, took its place.
    By(MeetSeq),
}

/// Why an edit was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The path does not take the value.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// There is no log yet to edit upon.
    #[error("the meet has not been received yet")]
    NothingThere,
    /// No entry of that id is shown here, or for a new one: there is or was one, or its id is not of this desk's block.
    #[error("{0} cannot be set here")]
    NoPlace(Path),
}

impl Desk {
    /// A desk that has seen nothing.
    pub fn new(id: DeskId) -> Self {
        Self {
            id,
            log: MeetLog::new(),
            sent: VecDeque::new(),
            unsent: Vec::new(),
            overruled: Vec::new(),
            level_at: MeetSeq(0),
            next_no: 0,
        }
    }

    /// A desk as it was stored: its log, what was pending, in the order of [`Self::pending_updates`], and what was
    /// overruled.
    pub fn restored(id: DeskId, log: MeetLog, pending: Vec<Pending>, overruled: Vec<Overruled>) -> Self {
        let mut desk = Self { log, overruled, ..Self::new(id) };
        for Pending { no, local, after, path, value } in pending {
            desk.next_no = desk.next_no.max(no.saturating_add(1));
            match local {
                Some(local) => {
                    let proposal = Proposal { local, after, path, value };
                    desk.sent.push_back(Sent { no, proposal, state: Sending::Due });
                }
                None => desk.unsent.push(Unsent { no, after, path, value }),
            }
        }
        desk
    }

    /// Own updates that have no line yet: those with a number by that, then the others in the order of the edits.
    pub fn pending_updates(&self) -> Vec<Pending> {
        self.pending_unless(|_, _, _, _, _| false)
    }

    /// As [`Self::pending_updates`], but only those that `known` does not know as they are; `known` is given number,
    /// number with the author, what the desk had seen, path and value.
    pub fn pending_unless(
        &self,
        mut known: impl FnMut(u64, Option<LocalSeq>, MeetPosition, Path, &Value) -> bool,
    ) -> Vec<Pending> {
        let mut new = Vec::new();
        let mut look = |no, local, after, path, value: &Value| {
            if !known(no, local, after, path, value) {
                new.push(Pending { no, local, after, path, value: value.clone() });
            }
        };
        for Sent { no, proposal: Proposal { local, after, path, value }, .. } in &self.sent {
            look(*no, Some(*local), *after, *path, value);
        }
        for Unsent { no, after, path, value } in &self.unsent {
            look(*no, None, *after, *path, value);
        }
        new
    }

    /// The log as far as it has come.
    pub fn log(&self) -> &MeetLog {
        &self.log
    }

    /// Its number in the meet, once the log holds its joining.
    pub fn author(&self) -> Option<Author> {
        self.log.author_of(self.id)
    }

    /// What it has seen; `None` before the first epoch.
    pub fn position(&self) -> Option<MeetPosition> {
        let seq = self.log.head();
        Some(MeetPosition { epoch: self.log.epoch_of(seq)?, seq })
    }

    /// Sets a path. What is shown already is no edit.
    ///
    /// # Errors
    /// [`EditError`]; nothing is changed then.
    pub fn edit(&mut self, path: Path, value: Value) -> Result<(), EditError> {
        value.check(path)?;
        let (Some(now), Some(author)) = (self.position(), self.author()) else { return Err(EditError::NothingThere) };
        let shown = self.shown_at(path);
        let place = match path {
            Path::Entry(entry) => {
                shown.entry(entry).is_none() && self.log.desk(author).is_some_and(|desk| desk.owns(entry))
            }
            Path::EntryLeaf(entry, _) | Path::Attempt(entry, ..) => shown.entry(entry).is_some(),
            Path::Meet(_) | Path::Stage(_) => true,
        };
        if !place {
            return Err(EditError::NoPlace(path));
        }
        if shown.get(path) == value {
            return Ok(());
        }
        if let Some(at) = self.unsent.iter().position(|unsent| unsent.path == path) {
            // Back to what it was before the first of the edits: there is nothing to be sent.
            if self.over_sent_at(path).get(path) == value {
                self.unsent.remove(at);
            } else {
                self.unsent[at].value = value;
            }
            return Ok(());
        }
        // Built on an own update that nobody has judged yet, it has seen no more than that one had.
        let own = self.sent.iter().filter(|sent| sent.proposal.path == path).map(|sent| sent.proposal.after);
        let after = own.min_by_key(|after| self.log.seen(*after)).unwrap_or(now);
        self.unsent.push(Unsent { no: self.next_no, after, path, value });
        self.next_no += 1;
        Ok(())
    }

    /// Sets several paths, in this order: all of them or, where one is refused, none.
    ///
    /// # Errors
    /// The first [`EditError`]; nothing is changed then.
    pub fn edit_all(&mut self, edits: impl IntoIterator<Item = (Path, Value)>) -> Result<(), EditError> {
        let mut edits = edits.into_iter().peekable();
        let Some((path, value)) = edits.next() else { return Ok(()) };
        if edits.peek().is_none() {
            return self.edit(path, value);
        }
        let before = (self.unsent.clone(), self.next_no);
        for (path, value) in std::iter::once((path, value)).chain(edits) {
            if let Err(error) = self.edit(path, value) {
                (self.unsent, self.next_no) = before;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Up to `most` updates to be sent now, in order.
    pub fn to_send(&mut self, most: usize) -> Vec<Proposal> {
        let Some(author) = self.author().filter(|_| self.log.head() >= self.level_at) else { return Vec::new() };
        let due = self.sent.iter().filter(|sent| sent.state == Sending::Due).count();
        let new = most.saturating_sub(due).min(self.unsent.len());
        let mut next = match self.sent.back() {
            Some(last) => LocalSeq(last.proposal.local.0 + 1),
            None => self.log.desk(author).map(crate::log::Desk::next_local).unwrap_or_default(),
        };
        for Unsent { no, after, path, value } in self.unsent.drain(..new) {
            let proposal = Proposal { local: next, after, path, value };
            self.sent.push_back(Sent { no, proposal, state: Sending::Due });
            next = LocalSeq(next.0 + 1);
        }
        let due = self.sent.iter_mut().filter(|sent| sent.state == Sending::Due).take(most);
        due.map(|sent| {
            sent.state = Sending::UnderWay;
            sent.proposal.clone()
        })
        .collect()
    }

    /// The core has made a line of this update.
    pub fn answered(&mut self, local: LocalSeq) {
        if let Some(sent) = self.sent.iter_mut().find(|sent| sent.proposal.local == local) {
            sent.state = Sending::Answered;
        }
    }

    /// The core knows another count of this desk's updates: those that it has not answered are numbered from there.
    pub fn renumber(&mut self, expected: LocalSeq) {
        let unanswered = self.sent.iter_mut().filter(|sent| sent.state != Sending::Answered);
        for (local, sent) in (expected.0..).map(LocalSeq).zip(unanswered) {
            sent.proposal.local = local;
            sent.state = Sending::Due;
        }
    }

    /// A connection is open; the core's log ends at `head`. The core may have lost what it had answered, or have got it
    /// back from another desk: so everything without a line is sent again, and not before the log is level with that.
    pub fn connected(&mut self, head: MeetSeq) {
        self.level_at = head;
        self.sent.iter_mut().for_each(|sent| sent.state = Sending::Due);
    }

    /// Takes the lines that follow in the log.
    ///
    /// # Errors
    /// [`BadLine`] when one cannot follow; those before it are taken.
    pub fn take(&mut self, lines: impl IntoIterator<Item = Line>) -> Result<(), BadLine> {
        for line in lines {
            let update = if let What::Update(update) = &line.what { Some(update.clone()) } else { None };
            let seq = self.log.push(line)?;
            if let Some(update) = update {
                self.settle(seq, &update);
            }
        }
        Ok(())
    }

    /// The core's log is another one from `fork` on: what this desk holds past it is dropped.
    pub fn rewind(&mut self, fork: MeetSeq) {
        let mut log = MeetLog::new();
        let kept = usize::try_from(fork.0).unwrap_or(usize::MAX);
        for line in self.log.lines_after(MeetSeq(0)).iter().take(kept) {
            let pushed = log.push(line.clone());
            pushed.expect("invariant: lines that followed once follow again");
        }
        self.log = log;
        // What stood will be judged anew by the other log; what was rejected will not, so its author stays told.
        self.overruled.retain(|overruled| match overruled.why {
            Why::By(seq) => overruled.seq <= fork && seq <= fork,
            Why::Rejected(_) => true,
        });
    }

    fn settle(&mut self, seq: MeetSeq, update: &Update) {
        let own = self.author();
        if Some(update.author) == own {
            // A line that another desk brought back may have another number than it was sent with.
            let line = |sent: &Sent| {
                let Proposal { local, after, path, value } = &sent.proposal;
                let same = (after, path, value) == (&update.after, &update.path, &update.value);
                same && (*local == update.local || update.merged_from.is_some())
            };
            if let Some(at) = self.sent.iter().position(line) {
                self.sent.remove(at);
            }
            if let Verdict::Rejected(rejection) = update.verdict {
                self.lost(seq, update, Why::Rejected(rejection));
            }
        }
        if let Verdict::Accepted { overrules, .. } = &update.verdict {
            for lost in overrules {
                if let Some(Line { what: What::Update(mine), .. }) = self.log.line(*lost)
                    && Some(mine.author) == own
                {
                    let mine = mine.clone();
                    self.lost(*lost, &mine, Why::By(seq));
                }
            }
        }
    }

    fn lost(&mut self, seq: MeetSeq, update: &Update, why: Why) {
        let Update { path, value, .. } = update.clone();
        self.overruled.push(Overruled { seq, path, value, why });
    }

    /// What people see: what is settled, and own updates over it.
    pub fn shown(&self) -> MeetState {
        let mut state = self.over_sent();
        for Unsent { path, value, .. } in &self.unsent {
            state.set(LATER, *path, value);
        }
        state
    }

    /// What people see of what `path` is in: its entry whole, or the leaf or stage alone. A whole state is long to
    /// copy.
    pub fn shown_at(&self, path: Path) -> MeetState {
        let mut part = self.over_sent_at(path);
        for Unsent { path: set, value, .. } in self.unsent.iter().filter(|unsent| together(unsent.path, path)) {
            part.set(LATER, *set, value);
        }
        part
    }

    fn over_sent(&self) -> MeetState {
        let mut state = self.log.state().clone();
        for Sent { proposal, .. } in &self.sent {
            state.set(LATER, proposal.path, &proposal.value);
        }
        state
    }

    fn over_sent_at(&self, path: Path) -> MeetState {
        let mut part = self.log.state().part(path);
        for Sent { proposal, .. } in self.sent.iter().filter(|sent| together(sent.proposal.path, path)) {
            part.set(LATER, proposal.path, &proposal.value);
        }
        part
    }

    /// Own updates that have no line yet.
    pub fn pending(&self) -> usize {
        self.sent.len() + self.unsent.len()
    }

    /// Own updates that do not stand, until they are dismissed.
    pub fn overruled(&self) -> &[Overruled] {
        &self.overruled
    }

    /// Takes one of [`Self::overruled`] off the list.
    pub fn dismiss(&mut self, seq: MeetSeq) {
        self.overruled.retain(|overruled| overruled.seq != seq);
    }
}

/// Whether both are of one entry, or the same.
fn together(one: Path, other: Path) -> bool {
    one == other || one.entry().is_some_and(|entry| other.entry() == Some(entry))
}
