//! One meet: its log with how far it is durable, its record, sessions and publication, and the writes under way.
//!
//! Changes are made in memory at once and queued as steps; a step that fails takes everything back to what is on the
//! disk. Requests are read elsewhere: in `machine.rs` and the files it names.

use scorelay_meets::chain::ReceiptKey;
use scorelay_meets::log::{BadLine, MeetLog};
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::MEET_LOG_BYTES;
use scorelay_protocol::meet::ids::{Author, DeskId, MeetEpoch, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::receipt::{Head, Receipt, SealedRecord};

use super::effects::{Publication, SessionRecord, WriteWhat};
use super::sessions::Sessions;
use super::shown::Shown;
use super::steps::{Out, Step, StepWhat, Steps, UnderWay, Waiter};

/// After a folder could not be moved, it is tried again so much later.
const MOVE_AGAIN_MS: u64 = 60_000;

/// What has become of a meet by a write that is done or has failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It goes on.
    Same,
    /// It is on the disk for the first time.
    Made,
    /// It is off the disk.
    Removed,
    /// It was never on the disk.
    Unmade,
    /// It is still on the disk.
    Kept,
    /// A publication is on the disk.
    Publication(Box<Publication>),
}

#[derive(Debug)]
pub(super) struct Meet {
    pub(super) id: MeetId,
    pub(super) uid: MeetUid,
    /// With lines that are not durable yet.
    pub(super) log: MeetLog,
    /// Bytes of it.
    pub(super) bytes: usize,
    pub(super) durable: MeetSeq,
    /// The log it was, while another one is on its way to the disk.
    pub(super) base: Option<MeetLog>,
    /// The file holds more than the log does: the next lines are written with all before them.
    pub(super) rewrite: bool,
    pub(super) shown: Shown,
    pub(super) sealed: SealedRecord,
    pub(super) sealed_durable: SealedRecord,
    pub(super) sessions: Sessions,
    sessions_durable: Vec<SessionRecord>,
    pub(super) publication: Option<Publication>,
    /// What lines are written under since this core's start.
    pub(super) epoch: MeetEpoch,
    /// Whether it is on the disk.
    pub(super) there: bool,
    /// Whether its folder is among the finished ones.
    pub(super) in_finished: bool,
    /// It is being cleared away.
    pub(super) leaving: bool,
    move_at: UnixMillis,
    pub(super) steps: Steps,
}

/// What is known of a meet when it comes to be in memory.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) sealed: SealedRecord,
    pub(super) log: MeetLog,
    pub(super) sessions: Vec<SessionRecord>,
    pub(super) epoch: MeetEpoch,
    pub(super) durable: MeetSeq,
    pub(super) there: bool,
}

impl Meet {
    pub(super) fn new(begun: Begun) -> Self {
        let Begun { sealed, log, sessions, epoch, durable, there } = begun;
        let mut shown = Shown::default();
        shown.advance(&log, durable);
        Self {
            id: sealed.record.meet,
            uid: sealed.record.uid,
            bytes: bytes_of(log.lines_after(MeetSeq(0))),
            log,
            durable,
            base: None,
            rewrite: false,
            shown,
            sealed,
            sealed_durable: sealed,
            sessions: Sessions::new(sessions.clone()),
            sessions_durable: sessions,
            publication: None,
            epoch,
            there,
            in_finished: false,
            leaving: false,
            move_at: UnixMillis::default(),
            steps: Steps::default(),
        }
    }

    /// The log that may be shown, up to [`Self::durable`].
    pub(super) fn durable_log(&self) -> &MeetLog {
        self.base.as_ref().unwrap_or(&self.log)
    }

    /// The lines after `seq` that may be shown.
    pub(super) fn durable_after(&self, seq: MeetSeq) -> &[Line] {
        let lines = self.durable_log().lines_after(seq);
        let most = usize::try_from(self.durable.0.saturating_sub(seq.0)).unwrap_or(usize::MAX);
        &lines[..most.min(lines.len())]
    }

    /// The seal on a line of the durable log.
    pub(super) fn receipt(&self, key: &ReceiptKey, seq: MeetSeq) -> Receipt {
        let log = self.durable_log();
        let epoch = log.epoch_of(seq).unwrap_or(MeetEpoch(0));
        key.seal(Head { uid: self.uid, epoch, seq, hash: log.hash_at(seq).unwrap_or_default() })
    }

    /// Puts a line of the core's own at the end, to be written; after the first of this start of the core.
    ///
    /// # Errors
    /// `log-full` when there is no room even for that, `bad-log` when it cannot follow.
    pub(super) fn push(&mut self, now: UnixMillis, what: What) -> Result<MeetSeq, WireError> {
        self.begin_epoch(now)?;
        let line = Line { at: now, what };
        let bytes = codec::encoded_len(&line);
        if self.bytes + bytes > MEET_LOG_BYTES {
            return Err(log_full());
        }
        self.put(line)
    }

    /// Writes the epoch of this core, if nothing is written under it yet.
    pub(super) fn begin_epoch(&mut self, now: UnixMillis) -> Result<(), WireError> {
        if self.log.epoch_of(self.log.head()) != Some(self.epoch) {
            self.put(Line { at: now, what: What::Epoch(self.epoch) })?;
        }
        Ok(())
    }

    fn put(&mut self, line: Line) -> Result<MeetSeq, WireError> {
        let bytes = codec::encoded_len(&line);
        let seq = self.log.push(line).map_err(|error: BadLine| bad_log(&error))?;
        self.bytes += bytes;
        self.steps.push(StepWhat::Lines);
        Ok(seq)
    }

    /// The number of a desk that takes part.
    pub(super) fn author(&self, desk: DeskId) -> Option<Author> {
        self.log.author_of(desk)
    }

    /// The place of a desk among the locations.
    pub(super) fn location_of(&self, desk: DeskId) -> Option<u16> {
        Some(self.log.desk(self.author(desk)?)?.joined.location)
    }

    /// Gives the answer once everything there is to write is written.
    pub(super) fn answer(&mut self, out: &mut Out, waiter: Waiter) {
        if let Some(waiter) = self.steps.wait(waiter) {
            out.release(vec![waiter], None);
        }
    }

    /// Begins the next write, if none is under way.
    pub(super) fn pump(&mut self, out: &mut Out) {
        while self.steps.out.is_none() {
            let Some(step) = self.steps.next.pop_front() else { return };
            let Some(what) = self.write_of(&step.what) else {
                out.release(step.waiters, None);
                continue;
            };
            let sessions = match &what {
                WriteWhat::Create { sessions, .. } | WriteWhat::Sessions(sessions) => Some(sessions.clone()),
                _ => None,
            };
            let head = match &step.what {
                StepWhat::Create | StepWhat::Log => self.log.head(),
                StepWhat::Lines => self.durable_log().head(),
                _ => self.durable,
            };
            out.write(self.id, what);
            self.steps.out = Some(UnderWay { step, head, sessions });
        }
    }

    fn write_of(&self, step: &StepWhat) -> Option<WriteWhat> {
        let all = || self.log.lines_after(MeetSeq(0)).to_vec();
        let sessions = || self.sessions.records().to_vec();
        Some(match step {
            StepWhat::Create => WriteWhat::Create { auth: self.sealed, sessions: sessions(), lines: all() },
            StepWhat::Lines if self.rewrite => WriteWhat::Log(self.durable_log().lines_after(MeetSeq(0)).to_vec()),
            StepWhat::Lines if self.durable_log().head() <= self.durable => return None,
            StepWhat::Lines => {
                WriteWhat::Lines { after: self.durable, lines: self.durable_log().lines_after(self.durable).to_vec() }
            }
            StepWhat::Log => WriteWhat::Log(all()),
            StepWhat::Auth => WriteWhat::Auth(self.sealed),
            StepWhat::Sessions => WriteWhat::Sessions(sessions()),
            StepWhat::Publication(publication) => WriteWhat::Publication((**publication).clone()),
            StepWhat::Finish => WriteWhat::Finish,
            StepWhat::Reopen => WriteWhat::Reopen,
            StepWhat::Remove => WriteWhat::Remove(self.uid),
        })
    }

    /// The write under way is done.
    pub(super) fn written(&mut self, out: &mut Out) -> Became {
        let Some(UnderWay { step: Step { what, waiters }, head, sessions, .. }) = self.steps.out.take() else {
            return Became::Same;
        };
        if let Some(sessions) = sessions {
            self.sessions_durable = sessions;
        }
        let became = match what {
            StepWhat::Create => {
                (self.there, self.sealed_durable) = (true, self.sealed);
                self.extend_shown(head);
                Became::Made
            }
            StepWhat::Lines => {
                self.rewrite = false;
                self.extend_shown(head);
                Became::Same
            }
            StepWhat::Log => {
                (self.base, self.rewrite) = (None, false);
                self.shown = Shown::default();
                self.extend_shown(head);
                Became::Same
            }
            StepWhat::Auth => {
                self.sealed_durable = self.sealed;
                Became::Same
            }
            StepWhat::Sessions => Became::Same,
            StepWhat::Publication(publication) => {
                self.publication = Some((*publication).clone());
                Became::Publication(publication)
            }
            StepWhat::Finish => {
                self.in_finished = true;
                Became::Same
            }
            StepWhat::Reopen => {
                self.in_finished = false;
                Became::Same
            }
            StepWhat::Remove => Became::Removed,
        };
        out.release(waiters, None);
        became
    }

    fn extend_shown(&mut self, head: MeetSeq) {
        self.durable = head;
        self.shown.advance(self.base.as_ref().unwrap_or(&self.log), head);
    }

    /// Nothing of the write under way is on the disk: everything is as the disk has it again.
    pub(super) fn not_written(&mut self, out: &mut Out, now: UnixMillis, why: &WireError) -> Became {
        let Some(UnderWay { step: Step { what, mut waiters }, .. }) = self.steps.out.take() else {
            return Became::Same;
        };
        waiters.extend(self.steps.take_waiters());
        out.release(waiters, Some(why));
        self.log = match self.base.take() {
            Some(base) => first_lines(&base, self.durable),
            None if self.log.head() > self.durable => first_lines(&self.log, self.durable),
            None => std::mem::take(&mut self.log),
        };
        self.bytes = bytes_of(self.log.lines_after(MeetSeq(0)));
        self.sessions.restore(self.sessions_durable.clone());
        self.sealed = self.sealed_durable;
        match what {
            StepWhat::Create => Became::Unmade,
            StepWhat::Remove => {
                self.leaving = false;
                Became::Kept
            }
            _ => {
                self.move_at = UnixMillis(now.0.saturating_add(MOVE_AGAIN_MS));
                Became::Same
            }
        }
    }

    /// Moves the folder to where it belongs, once nothing else is to be written; displays end with the meet.
    pub(super) fn settle(&mut self, now: UnixMillis) {
        if !self.there || self.leaving || !self.steps.is_idle() || now < self.move_at {
            return;
        }
        let finished = self.shown.finished();
        if finished && self.sessions.end_displays() {
            self.steps.push(StepWhat::Sessions);
        }
        if finished != self.in_finished {
            self.steps.push(if finished { StepWhat::Finish } else { StepWhat::Reopen });
        }
    }

    /// Whether the folder is where it belongs.
    pub(super) fn is_settled(&self) -> bool {
        self.shown.finished() == self.in_finished
    }

    /// When [`Self::settle`] has something to do again.
    pub(super) fn settle_at(&self) -> Option<UnixMillis> {
        let unsettled = self.there && !self.leaving && !self.is_settled();
        (unsettled && self.steps.is_idle()).then_some(self.move_at)
    }

    /// Another log takes the place of this one, as soon as it is written. Not while another does.
    pub(super) fn replace(&mut self, log: MeetLog) {
        self.bytes = bytes_of(log.lines_after(MeetSeq(0)));
        self.base = Some(std::mem::replace(&mut self.log, log));
        self.steps.push(StepWhat::Log);
    }
}

/// The log up to a line.
pub(super) fn first_lines(log: &MeetLog, to: MeetSeq) -> MeetLog {
    let mut first = MeetLog::new();
    let count = usize::try_from(to.0).unwrap_or(usize::MAX);
    for line in log.lines_after(MeetSeq(0)).iter().take(count) {
        let pushed = first.push(line.clone());
        pushed.expect("invariant: lines that followed once follow again");
    }
    first
}

/// Bytes of lines.
pub(super) fn bytes_of(lines: &[Line]) -> usize {
    lines.iter().map(codec::encoded_len).sum()
}

pub(super) fn log_full() -> WireError {
    let text = format!("the log has its {MEET_LOG_BYTES} bytes: publish, and make a new meet for what follows");
    WireError::new(ErrorCode::LogFull, text)
}

pub(super) fn bad_log(error: &BadLine) -> WireError {
    WireError::new(ErrorCode::BadLog, error.to_string())
}
