//! One meet as it is followed for displays: which question comes next, what an answer makes of the state, when to ask
//! again after a refusal. Long answers come in parts that are shown only once they are one state. It sends nothing and
//! reads no clock; who watches, and all displays together, are in `shown.rs`.

use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits::{MEET_AGAIN_MS, MEET_SHOWN_BYTES};
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChanges};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{MeetRequest, PublicAt, Session};

use crate::core::forward::Answered;
use crate::core::meets::public::Public;

/// A followed meet.
#[derive(Debug, Default)]
pub(super) struct Display {
    /// What is shown; nothing before it was complete once.
    pub(super) public: Option<Public>,
    at: Option<PublicAt>,
    parts: Option<Parts>,
    /// Questions refused one after the other.
    failures: u32,
}

/// A state that comes part by part.
#[derive(Debug)]
struct Parts {
    public: Public,
    /// As of its first part.
    at: PublicAt,
    /// Where it goes on; `None` when all parts are there and changes since the first are missing.
    next: Option<Path>,
    bytes: usize,
}

/// What is to be done after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask on at once: what came is not complete.
    Now,
    /// Ask for what changes from here on.
    Follow,
    /// Ask again after so many milliseconds.
    After(u64),
    /// Nothing more: this is not shown any more.
    End(WireError),
}

impl Display {
    /// What to ask next.
    pub(super) fn question(&self, session: Session) -> MeetRequest {
        let ask = |have, from, wait| MeetRequest::Public { session, have, from, wait };
        match &self.parts {
            Some(Parts { next: Some(next), .. }) => ask(None, Some(*next), false),
            Some(Parts { at, .. }) => ask(Some(*at), None, false),
            None => ask(self.at, None, self.at.is_some()),
        }
    }

    /// Takes an answer in.
    pub(super) fn answered(&mut self, answer: Answered) -> Next {
        let changes = match answer.map(|bytes| (bytes.len(), codec::decode_link(&bytes))) {
            Ok((bytes, Ok(MeetAnswer::Public(changes)))) => self.take(changes, bytes),
            Ok(_) => Err(WireError::new(ErrorCode::Malformed, "the core's answer was none of what displays see")),
            Err(error) if error.code.retryable() => return self.again(),
            Err(error) => Err(error),
        };
        match changes {
            Ok(Taken::Complete) => {
                self.failures = 0;
                Next::Follow
            }
            Ok(Taken::Part) => Next::Now,
            Ok(Taken::Torn) => {
                self.parts = None;
                self.at = None;
                self.again()
            }
            Err(error) => Next::End(error),
        }
    }

    fn again(&mut self) -> Next {
        let (first, longest) = MEET_AGAIN_MS;
        let wait = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures += 1;
        Next::After(wait)
    }

    fn take(&mut self, answer: PublicChanges, bytes: usize) -> Result<Taken, WireError> {
        let PublicChanges { at, reset, finished, changes, next } = answer;
        match (&mut self.parts, &mut self.public) {
            // A further part.
            (Some(parts), _) if parts.next.is_some() => {
                parts.bytes += bytes;
                if parts.bytes > MEET_SHOWN_BYTES {
                    return Err(too_large(parts.bytes));
                }
                if at.epoch != parts.at.epoch {
                    return Ok(Taken::Torn);
                }
                changes.into_iter().for_each(|change| parts.public.change(change));
                parts.next = next;
                Ok(Taken::Part)
            }
            // A state of which this is the first part, or all.
            (_, _) if reset => {
                let mut public = Public::default();
                changes.into_iter().for_each(|change| public.change(change));
                public.finish(finished);
                if next.is_some() {
                    self.parts = Some(Parts { public, at, next, bytes });
                    return Ok(Taken::Part);
                }
                self.parts = None;
                self.show(public, at);
                Ok(Taken::Complete)
            }
            (_, _) if next.is_some() => Ok(Taken::Torn),
            // What changed since the first part.
            (Some(parts), _) => {
                let mut public = std::mem::take(&mut parts.public);
                self.parts = None;
                changes.into_iter().for_each(|change| public.change(change));
                public.finish(finished);
                self.show(public, at);
                Ok(Taken::Complete)
            }
            (None, Some(public)) => {
                changes.into_iter().for_each(|change| public.change(change));
                public.finish(finished);
                self.at = Some(at);
                Ok(Taken::Complete)
            }
            (None, None) => Ok(Taken::Torn),
        }
    }

    fn show(&mut self, public: Public, at: PublicAt) {
        self.at = Some(at);
        // After a core's restart all is told anew, and mostly is what it was.
        if self.public.as_ref() != Some(&public) {
            self.public = Some(public);
        }
    }
}

enum Taken {
    /// What is shown is as of the answer.
    Complete,
    /// There is more to ask for.
    Part,
    /// It does not go together with what came before.
    Torn,
}

/// What is shown has grown past what a client can be sent.
pub(super) fn too_large(bytes: usize) -> WireError {
    let text = format!("displays would see {bytes} bytes of this meet, where at most {MEET_SHOWN_BYTES} are sent");
    WireError::new(ErrorCode::TooLarge, text)
}
