//! Batches of updates: each becomes a line or ends its batch.
//!
//! What is decided of one is the log's business (`scorelay_meets::log`); here are the bounds, and the errors by which a
//! client knows what to do with what is left.

use scorelay_meets::log::ProposalError;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_BATCH, MEET_LOG_BYTES, MEET_LOG_SPARE_BYTES, MEET_VALUE_BYTES};
use scorelay_protocol::meet::answer::{Ack, MeetAnswer, Stopped, Updated};
use scorelay_protocol::meet::ids::{Author, LocalSeq, MeetSeq};
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::request::Proposal;

use super::machine::{Meets, Reply, Used};
use super::meet::{Meet, log_full};
use super::sessions::bad_session;
use super::steps::StepWhat;

/// What a line has besides its proposal, lines it overrules aside.
const LINE_BYTES: usize = 64;

impl Meets {
    pub(super) fn update(&mut self, now: UnixMillis, used: Used, proposals: Vec<Proposal>) -> Result<Reply, WireError> {
        let author = self.author(used)?;
        let meet = self.used(used.meet)?;
        let mut updated = Updated { acks: Vec::new(), stopped: None };
        for (at, proposal) in proposals.into_iter().enumerate() {
            let taken = if at < MEET_BATCH {
                meet.take(now, author, proposal)
            } else {
                let text = format!("at most {MEET_BATCH} updates at once");
                Err(WireError::new(ErrorCode::TooLarge, text))
            };
            match taken {
                Ok(ack) => updated.acks.push(ack),
                Err(why) => {
                    let expected = meet.log.desk(author).map_or(LocalSeq(1), |desk| desk.next_local());
                    updated.stopped = Some(Stopped { expected, why });
                    break;
                }
            }
        }
        let last = updated.acks.iter().map(|ack| ack.seq).max().unwrap_or_default();
        let durable = meet.base.is_none() && last <= meet.durable;
        let answer = MeetAnswer::Updated(updated);
        Ok(if durable { Reply::Now(answer) } else { Reply::Written(answer) })
    }
}

impl Meet {
    fn take(&mut self, now: UnixMillis, author: Author, proposal: Proposal) -> Result<Ack, WireError> {
        let local = proposal.local;
        let next = self.log.desk(author).ok_or_else(bad_session)?.next_local();
        if local == next {
            let bytes = codec::encoded_len(&proposal);
            if bytes > MEET_VALUE_BYTES && codec::encoded_len(&proposal.value) > MEET_VALUE_BYTES {
                let text = format!("a value takes at most {MEET_VALUE_BYTES} bytes");
                return Err(WireError::new(ErrorCode::BadValue, text));
            }
            if self.bytes + bytes + LINE_BYTES > MEET_LOG_BYTES - MEET_LOG_SPARE_BYTES {
                return Err(log_full());
            }
            proposal.value.check(proposal.path).map_err(|error| bad(ProposalError::Value(error)))?;
            self.begin_epoch(now)?;
        }
        let answer = self.log.answer(now, author, proposal).map_err(bad)?;
        if !answer.repeated {
            self.bytes += self.log.line(answer.seq).map_or(0, codec::encoded_len);
            self.steps.push(StepWhat::Lines);
        }
        match self.log.line(answer.seq) {
            Some(Line { what: What::Update(update), .. }) => {
                Ok(Ack { local, seq: answer.seq, verdict: update.verdict.clone() })
            }
            _ => Err(bad(ProposalError::Reused { local, expected: next })),
        }
    }

    /// The last line that a publication is to hold: without it, results would be others.
    pub(super) fn last_that_matters(&self) -> MeetSeq {
        let lines = self.log.lines_after(MeetSeq(0));
        let last = lines.iter().rposition(|line| matches!(line.what, What::Update(_) | What::Location(_)));
        last.map_or(MeetSeq(0), |at| MeetSeq(at as u64 + 1))
    }
}

fn bad(error: ProposalError) -> WireError {
    let code = match error {
        ProposalError::NobodyJoined(_) => return bad_session(),
        ProposalError::Gap { .. } => ErrorCode::UpdateGap,
        ProposalError::Reused { .. } => ErrorCode::UpdateReused,
        ProposalError::Value(_) => ErrorCode::BadValue,
    };
    WireError::new(code, error.to_string())
}
