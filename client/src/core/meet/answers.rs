//! What the core's answers do to a desk that has a session: lines, acknowledgements, recovery.
//!
//! Lines that do not follow, or whose receipt is not of the log's end after them, change nothing: the connection that
//! brought them is reported as bad.

use scorelay_meets::desk::Desk;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::meet::answer::{Chunk, MeetAnswer, Recovered, Updated};
use scorelay_protocol::meet::ids::{DeskId, MeetSeq};
use scorelay_protocol::meet::line::{Line, What};

use super::desk::{Asked, MeetDesk, Phase, Stage, bytes_of};
use super::saved::{Change, Key};
use super::state::{AskNo, Changed, DeskEvent, LoggedOut, NoAnswer};
use super::upload::Upload;
use crate::core::time::Millis;

impl MeetDesk {
    /// What a request came to. One that nobody waits for any more is passed over.
    pub fn handle_answer(&mut self, now: Millis, no: AskNo, answer: Result<MeetAnswer, NoAnswer>) {
        let Some(waiting) = self.waiting.remove(&no) else { return };
        match answer {
            Ok(answer) => {
                if let Err(why) = self.answered(now, waiting.asked, answer) {
                    self.distrust(why.to_owned());
                }
            }
            Err(NoAnswer::Lost) => self.refused(now, waiting.asked, None),
            Err(NoAnswer::Refused(why)) => self.refused(now, waiting.asked, Some(why)),
        }
        self.settle(now);
    }

    fn answered(&mut self, now: Millis, asked: Asked, answer: MeetAnswer) -> Result<(), &'static str> {
        if !Self::is_command(asked) && !matches!(asked, Asked::Update(_)) {
            self.trouble = None;
        }
        match (asked, answer) {
            (Asked::Open, MeetAnswer::Opened(opened)) => self.opened(opened),
            (Asked::Pull(from), MeetAnswer::Lines(chunk)) => self.take_chunk(from, chunk),
            (Asked::Pull(_), MeetAnswer::Diverged) => self.diverged(),
            (Asked::Update(sent), MeetAnswer::Updated(updated)) => self.updated(now, sent, updated),
            (Asked::Recover, MeetAnswer::More { offset }) => {
                self.backoff.reset();
                if let Phase::In(Stage::Recover(upload)) = &mut self.phase {
                    upload.has(offset);
                }
                Ok(())
            }
            (Asked::Recover, MeetAnswer::Recovered(Recovered { fork, .. })) => {
                if fork > self.log().head() {
                    return Err("a fork past the log's end");
                }
                self.phase = Phase::In(Stage::Rewind(fork));
                Ok(())
            }
            (Asked::Record, MeetAnswer::Record(record)) => self.keep_record(record),
            (Asked::Claim | Asked::Restore, answer) => self.restore_answered(answer),
            (Asked::Command(no), answer) => self.command_answered(no, answer),
            _ => Err("an answer to another question"),
        }
    }

    /// There is no answer; `None` where it was lost, not refused.
    pub(super) fn refused(&mut self, now: Millis, asked: Asked, why: Option<WireError>) {
        let gone = |why: &WireError| matches!(why.code, ErrorCode::BadSession | ErrorCode::NoSuchMeet);
        let in_session = !matches!(asked, Asked::Open | Asked::Claim | Asked::Restore);
        if in_session && why.as_ref().is_some_and(gone) {
            return self.session_lost();
        }
        match asked {
            Asked::Open => self.open_refused(now, why),
            Asked::Claim | Asked::Restore => self.restore_refused(now, why),
            Asked::Command(no) => self.command_refused(now, no, why),
            Asked::Update(_) => {
                // Perhaps they have lines by now; then asking again gets these.
                self.desk.connected(self.log().head());
                let why = why.unwrap_or_else(|| WireError::new(ErrorCode::CoreAway, "no answer came"));
                self.hold_up(now, why);
            }
            Asked::Recover => match (&mut self.phase, why) {
                (_, Some(why)) if !why.code.retryable() => self.log_out(LoggedOut::Refused(why)),
                (Phase::In(Stage::Recover(upload)), why) => {
                    if why.as_ref().is_some_and(|why| why.code == ErrorCode::BadPart) {
                        upload.restart();
                    }
                    self.pause(now, why);
                }
                (_, why) => self.resync_after(now, why),
            },
            Asked::Pull(_) if matches!(self.phase, Phase::In(Stage::Rewind(_))) => self.pause(now, why),
            Asked::Pull(_) | Asked::Record => self.resync_after(now, why),
        }
    }

    fn resync_after(&mut self, now: Millis, why: Option<WireError>) {
        self.phase = Phase::In(Stage::Resync(false));
        self.pause(now, why);
    }

    fn take_chunk(&mut self, from: MeetSeq, chunk: Chunk) -> Result<(), &'static str> {
        let Phase::In(stage) = &self.phase else { return Ok(()) };
        let heard = !matches!(stage, Stage::Resync(false) | Stage::Rewind(_));
        if chunk.after != from {
            return Err("lines that were not asked for");
        }
        let Chunk { lines, receipt, head, .. } = chunk;
        let before = self.log().head();
        let whole = (from < before).then(|| self.desk.clone());
        if from < before {
            self.desk.rewind(from);
        }
        let fits = self.desk.take(lines.iter().cloned()).is_ok() && self.log().sealed_head() == Some(receipt.head);
        if !fits {
            self.desk = whole.unwrap_or_else(|| self.kept_desk(before));
            return Err("lines that do not follow, or are not those of their receipt");
        }
        self.backoff.reset();
        if from < before {
            self.changes.push(Change::CutLines(from));
            self.log_bytes = bytes_of(self.log().lines_after(MeetSeq(0)));
            self.events.push_back(DeskEvent::Shown(Changed::Everything));
        } else {
            self.log_bytes += bytes_of(&lines);
        }
        for (seq, line) in (from.0 + 1..).map(MeetSeq).zip(&lines) {
            self.changes.push(Change::Put(Key::Line(seq), codec::encode(line)));
        }
        if self.receipt != Some(receipt) {
            self.receipt = Some(receipt);
            self.changes.push(Change::Put(Key::Receipt, codec::encode(&receipt)));
        }
        self.tell_lines(&lines);
        // A core that starts may have lost what it had answered.
        if !heard || lines.iter().any(|line| matches!(line.what, What::Epoch(_))) {
            self.desk.connected(head);
        }
        let level = self.log().head() >= head;
        let live = level || (heard && matches!(self.phase, Phase::In(Stage::Live)));
        self.phase = Phase::In(if live { Stage::Live } else { Stage::Resync(true) });
        self.record_number = Some(chunk.record);
        Ok(())
    }

    fn tell_lines(&mut self, lines: &[Line]) {
        let path = |line: &Line| if let What::Update(update) = &line.what { Some(update.path) } else { None };
        let mut paths: Vec<_> = lines.iter().filter_map(path).collect();
        paths.sort_unstable();
        paths.dedup();
        if !paths.is_empty() {
            self.events.push_back(DeskEvent::Shown(Changed::Paths(paths)));
        }
        if lines.iter().any(|line| matches!(line.what, What::Finished | What::Reopened)) {
            self.events.push_back(DeskEvent::State);
        }
    }

    /// The core lost lines that this desk has, or went on elsewhere.
    fn diverged(&mut self) -> Result<(), &'static str> {
        if self.receipt.is_none() {
            return Err("a log without lines cannot differ");
        }
        let upload: Upload = self.upload_of_log();
        self.phase = Phase::In(Stage::Recover(upload));
        Ok(())
    }

    fn updated(&mut self, now: Millis, sent: usize, updated: Updated) -> Result<(), &'static str> {
        let Updated { acks, stopped } = updated;
        if acks.len() > sent {
            return Err("more answers than updates");
        }
        for ack in &acks {
            self.desk.answered(ack.local);
        }
        match stopped {
            None if acks.len() == sent => {
                self.held_up = None;
                self.held_backoff.reset();
            }
            None => return Err("fewer answers than updates"),
            Some(stopped) => {
                self.desk.renumber(stopped.expected);
                let recount = matches!(stopped.why.code, ErrorCode::UpdateGap | ErrorCode::UpdateReused);
                if recount {
                    // Perhaps the core lost lines of this desk: a pull will tell.
                    self.forget_pull();
                    self.phase = Phase::In(Stage::Resync(false));
                }
                self.hold_up(now, stopped.why);
            }
        }
        Ok(())
    }

    /// Updates wait a little.
    fn hold_up(&mut self, now: Millis, why: WireError) {
        self.held_up = Some((why, now.plus(self.held_backoff.next())));
    }

    /// Everything waits a little; then it is asked again.
    pub(super) fn pause(&mut self, now: Millis, why: Option<WireError>) {
        self.again_at = Some(now.plus(self.backoff.next()));
        self.trouble = why;
    }

    /// The desk as it is kept, with the lines up to `head`.
    fn kept_desk(&self, head: MeetSeq) -> Desk {
        let lines = usize::try_from(head.0).unwrap_or(usize::MAX);
        let mut log = MeetLog::new();
        for line in self.log().lines_after(MeetSeq(0)).iter().take(lines) {
            let pushed = log.push(line.clone());
            pushed.expect("invariant: lines that followed once follow again");
        }
        let id = self.session.as_ref().map_or(DeskId([0; 16]), |session| session.desk);
        Desk::restored(id, log, self.kept.pending(), self.kept.overruled())
    }

    /// What came over the connection cannot be.
    fn distrust(&mut self, why: String) {
        self.bad = Some(why);
        self.disconnected();
    }
}
