//! Requests and their answers: each gets exactly one, whatever becomes of the connection.
//!
//! Boards are named by id and looked up when a request is sent, so one made before the directory came simply
//! waits. Answers never appear among events.

use std::collections::VecDeque;

use scorelay_protocol::client::{ClientMessage, Request, Response};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::feed::Standing;
use scorelay_protocol::ids::{BoardNo, RequestId};
use scorelay_protocol::limits::{CLIENT_REQUEST_MS, MAX_SCORE, UNANSWERED_REQUESTS};

use super::apply::Misfit;
use super::directory::Directory;
use super::platforms;
use super::sorted::Map;
use super::status::Disconnect;
use super::time::Millis;
use super::view::RankedRow;

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// To `find`: where the entity stands, `None` where it does not.
    Found(Option<Standing>),
    /// To `around`: rows in rank order; none where the entity is not on the board.
    Around(Vec<RankedRow>),
    /// To `ask_meet`.
    #[cfg(feature = "meets")]
    Meet(Box<scorelay_protocol::meet::answer::MeetAnswer>),
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The connection ended before the answer came.
    #[error("no answer: {0}")]
    Disconnected(Disconnect),
    /// No answer came in time.
    #[error("no answer in time")]
    TimedOut,
    /// The relay's directory has no such board.
    #[error("no board has the id {0:?}")]
    NoSuchBoard(String),
    /// Too many requests are unanswered.
    #[error("more than {UNANSWERED_REQUESTS} unanswered requests")]
    TooMany,
    /// The relay refused it.
    #[error(transparent)]
    Refused(#[from] WireError),
}

impl RequestError {
    /// Whether the same request may succeed later without a change.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Disconnected(why) => *why != Disconnect::Closed,
            Self::TimedOut | Self::TooMany => true,
            Self::NoSuchBoard(_) => false,
            Self::Refused(error) => error.code.retryable(),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    Find {
        board: String,
        entity: Entity,
    },
    Around {
        board: String,
        entity: Entity,
        rows: u32,
    },
    /// An encoded request about meets.
    #[cfg(feature = "meets")]
    Meet(Vec<u8>),
    /// Anything, to see whether the relay answers.
    Probe,
}

impl Question {
    fn board(&self) -> Option<&str> {
        match self {
            Self::Find { board, .. } | Self::Around { board, .. } => Some(board),
            #[cfg(feature = "meets")]
            Self::Meet(_) => None,
            Self::Probe => None,
        }
    }

    /// How long its answer may take.
    fn patience_ms(&self) -> u64 {
        match self {
            #[cfg(feature = "meets")]
            Self::Meet(_) => scorelay_protocol::limits::MEET_REQUEST_MS,
            _ => CLIENT_REQUEST_MS,
        }
    }

    /// Whether it is of no use on another connection than the one it was asked on.
    fn is_of_connection(&self) -> bool {
        match self {
            #[cfg(feature = "meets")]
            Self::Meet(_) => true,
            Self::Probe => true,
            Self::Find { .. } | Self::Around { .. } => false,
        }
    }
}

#[derive(Debug)]
struct Pending {
    question: Question,
    deadline: Millis,
    sent: bool,
}

/// Unanswered requests, and answers not yet taken.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pending: Map<RequestId, Pending>,
    given: u32,
    answers: VecDeque<(RequestId, Result<Answer, RequestError>)>,
}

impl Requests {
    /// Asks; the id is answered once.
    pub(crate) fn ask(&mut self, now: Millis, question: Question) -> RequestId {
        self.given = self.given.wrapping_add(1);
        let id = RequestId(self.given);
        // One place is left free for probes.
        if self.pending.len() + 1 >= UNANSWERED_REQUESTS {
            self.answers.push_back((id, Err(RequestError::TooMany)));
        } else {
            let deadline = now.plus(question.patience_ms());
            self.pending.insert(id, Pending { question, deadline, sent: false });
        }
        id
    }

    /// A request that only the relay's sign of life matters of.
    pub(crate) fn probe(&mut self, now: Millis) {
        self.given = self.given.wrapping_add(1);
        let pending = Pending { question: Question::Probe, deadline: now.plus(CLIENT_REQUEST_MS), sent: false };
        self.pending.insert(RequestId(self.given), pending);
    }

    /// Whether a probe is unanswered.
    pub(crate) fn is_probing(&self) -> bool {
        self.pending.values().any(|pending| matches!(pending.question, Question::Probe))
    }

    /// Answers those whose board does not exist; to be called once the directory is there.
    pub(crate) fn refuse_unknown(&mut self, directory: &Directory) {
        if !directory.level() {
            return;
        }
        let unknown = |pending: &Pending| {
            let board = pending.question.board().filter(|_| !pending.sent)?;
            directory.number(board).is_none().then(|| board.to_owned())
        };
        let refused: Vec<_> = self.pending.iter().filter_map(|(id, p)| Some((*id, unknown(p)?))).collect();
        for (id, board) in refused {
            self.finish(id, Err(RequestError::NoSuchBoard(board)));
        }
    }

    /// Whether one could be sent now.
    pub(crate) fn has_unsent(&self, directory: &Directory) -> bool {
        self.pending.values().any(|pending| number(pending, directory).is_some())
    }

    /// The next one to send, marked as sent.
    pub(crate) fn next(&mut self, directory: &Directory) -> Option<ClientMessage> {
        let (id, pending, board) = self
            .pending
            .iter_mut()
            .find_map(|(id, pending)| number(pending, directory).map(|no| (*id, pending, no)))?;
        pending.sent = true;
        let body = match pending.question.clone() {
            Question::Find { entity, .. } => Request::Find { board, entity },
            Question::Around { entity, rows, .. } => Request::Around { board, entity, rows },
            #[cfg(feature = "meets")]
            Question::Meet(bytes) => Request::Meet(bytes),
            Question::Probe => Request::Find { board, entity: Entity::new("probe", "0").ok()? },
        };
        Some(ClientMessage::Request { id, body })
    }

    /// The relay's answer; one nobody waits for any more is passed over.
    pub(crate) fn answered(&mut self, id: RequestId, result: Result<Response, WireError>) -> Result<(), Misfit> {
        let Some(pending) = self.pending.get(&id) else {
            return Ok(());
        };
        let answer = match (result, &pending.question) {
            (_, Question::Probe) => {
                self.pending.remove(&id);
                return Ok(());
            }
            (Err(error), _) => Err(RequestError::Refused(error)),
            (Ok(Response::Found(standing)), Question::Find { .. }) => match standing {
                Some(at) if at.rank == 0 || !(-MAX_SCORE..=MAX_SCORE).contains(&at.score) => {
                    return Err(Misfit("a standing that cannot be"));
                }
                standing => Ok(Answer::Found(standing)),
            },
            (Ok(Response::Around { from, rows, platforms }), Question::Around { .. }) => {
                let row = |(rank, row): (u32, scorelay_protocol::client::RankedRow)| {
                    let entity = platforms::full(&platforms, &row.entity).ok_or(Misfit("an unnamed platform"))?;
                    let in_range = rank > 0 && (-MAX_SCORE..=MAX_SCORE).contains(&row.score);
                    let row = RankedRow { rank, entity, score: row.score };
                    if in_range { Ok(row) } else { Err(Misfit("a row that cannot be")) }
                };
                if u32::try_from(rows.len()).ok().and_then(|count| from.checked_add(count)).is_none() {
                    return Err(Misfit("ranks past all boards"));
                }
                Ok(Answer::Around((from..).zip(rows).map(row).collect::<Result<_, _>>()?))
            }
            #[cfg(feature = "meets")]
            (Ok(Response::Meet(bytes)), Question::Meet(_)) => match scorelay_protocol::codec::decode_client(&bytes) {
                Ok(answer) => Ok(Answer::Meet(Box::new(answer))),
                Err(_) => return Err(Misfit("an answer about meets that cannot be read")),
            },
            _ => return Err(Misfit("an answer to another question")),
        };
        self.finish(id, answer);
        Ok(())
    }

    /// The connection is gone: what was sent will not be answered. With `all`, nothing else will be either.
    pub(crate) fn disconnected(&mut self, why: &Disconnect, all: bool) {
        let lost = |pending: &Pending| all || pending.sent || pending.question.is_of_connection();
        let lost: Vec<_> = self.pending.iter().filter(|(_, pending)| lost(pending)).map(|(id, _)| *id).collect();
        for id in lost {
            self.finish(id, Err(RequestError::Disconnected(why.clone())));
        }
    }

    /// Answers what waited too long.
    pub(crate) fn handle_timeout(&mut self, now: Millis) {
        let late: Vec<_> = self.pending.iter().filter(|(_, p)| p.deadline <= now).map(|(id, _)| *id).collect();
        for id in late {
            self.finish(id, Err(RequestError::TimedOut));
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Millis> {
        self.pending.values().map(|pending| pending.deadline).min()
    }

    pub(crate) fn poll_answer(&mut self) -> Option<(RequestId, Result<Answer, RequestError>)> {
        self.answers.pop_front()
    }

    fn finish(&mut self, id: RequestId, answer: Result<Answer, RequestError>) {
        match self.pending.remove(&id) {
            None | Some(Pending { question: Question::Probe, .. }) => {}
            Some(_) => self.answers.push_back((id, answer)),
        }
    }
}

/// The board number an unsent request can be sent with now.
fn number(pending: &Pending, directory: &Directory) -> Option<BoardNo> {
    match (pending.sent, pending.question.board()) {
        (true, _) => None,
        (false, Some(board)) => directory.number(board),
        (false, None) => Some(BoardNo(0)),
    }
}
