//! Questions that users ask and the answers they get: each exactly one, in time, and right for some state that the
//! relay was in between question and answer.

use std::collections::BTreeMap;

use scorelay_client::core::{Answer, RequestError};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::ids::{Position, RelayEpoch, RequestId};
use scorelay_protocol::limits::CLIENT_REQUEST_MS;

use crate::clock::Moment;
use crate::history::{Board, State};
use crate::report::Oracle;
use crate::stage::Stage;

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// The board's id.
    pub board: String,
    /// About whom.
    pub entity: Entity,
    /// Rows wanted on each side; `None` where only the place is asked for.
    pub around: Option<u32>,
}

/// One client's questions.
#[derive(Debug, Default)]
pub struct Answers {
    waiting: BTreeMap<RequestId, (Moment, Question)>,
}

impl Answers {
    /// A question was asked.
    pub fn asked(&mut self, stage: &mut Stage, no: usize, id: RequestId, question: Question) {
        if self.waiting.insert(id, (stage.now(), question)).is_some() {
            stage.fail(Oracle::Answers, format!("client {no} gave two requests the number {id}"));
        }
    }

    /// An answer came.
    pub fn answered(
        &mut self,
        stage: &mut Stage,
        no: usize,
        position: Option<Position>,
        id: RequestId,
        result: Result<Answer, RequestError>,
    ) {
        let Some((asked, question)) = self.waiting.remove(&id) else {
            return stage.fail(Oracle::Answers, format!("client {no} answers request {id}, which waits for nothing"));
        };
        stage.counts.answers += 1;
        let epoch = position.map(|position| position.epoch);
        let right = match &result {
            Ok(answer) => some_state(stage, epoch, asked, |state| right(state, &question, answer)),
            // The client says so by itself, by the directory of its tick.
            Err(RequestError::NoSuchBoard(_)) => {
                let version = position.and_then(|position| stage.ticks.at(position)?.version);
                let state = version.and_then(|version| stage.history.state(version));
                state.is_none_or(|state| state.board(&question.board).is_none())
            }
            Err(RequestError::Refused(error)) => match error.code {
                ErrorCode::NotReady => some_state(stage, epoch, asked, |state| state.is_none()),
                // The board went, or was replaced, while the question was on its way.
                ErrorCode::UnknownBoard => true,
                _ => false,
            },
            Err(RequestError::TooMany) => self.waiting.len() + 2 >= scorelay_protocol::limits::UNANSWERED_REQUESTS,
            Err(RequestError::Disconnected(_) | RequestError::TimedOut) => true,
        };
        if !right {
            let what = format!("client {no} asked {question:?} at {asked} and was told {result:?}");
            stage.fail(Oracle::Answers, what);
        }
    }

    /// Since when the oldest question waits.
    pub fn overdue(&self, now: Moment) -> Option<&Question> {
        let late = |(asked, _): &&(Moment, Question)| now.ms_since(*asked) > CLIENT_REQUEST_MS + 1_000;
        self.waiting.values().find(late).map(|(_, question)| question)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Whether something holds of a state that the relay was in between then and now.
fn some_state(
    stage: &Stage,
    epoch: Option<RelayEpoch>,
    asked: Moment,
    mut holds: impl FnMut(Option<&State>) -> bool,
) -> bool {
    let Some(epoch) = epoch else { return holds(None) };
    stage
        .ticks
        .versions(epoch, asked, stage.now())
        .any(|version| holds(version.and_then(|version| stage.history.state(version)).map(|state| &**state)))
}

fn right(state: Option<&State>, question: &Question, answer: &Answer) -> bool {
    let Some(board) = state.and_then(|state| state.board(&question.board)) else { return false };
    let place = board.find(&question.entity);
    match (answer, question.around) {
        (Answer::Found(found), None) => {
            found.map(|at| (at.rank as usize, at.score)) == place.map(|(rank, row)| (rank + 1, row.score))
        }
        (Answer::Around(rows), Some(wanted)) => {
            let Some((rank, _)) = place else { return rows.is_empty() };
            let first = rank.saturating_sub(wanted as usize);
            let last = (rank + wanted as usize).min(board.len - 1);
            rows.len() == last - first + 1 && rows.iter().zip(first..).all(|(row, rank)| stands(board, row, rank))
        }
        _ => false,
    }
}

fn stands(board: &Board, shown: &scorelay_client::core::RankedRow, rank: usize) -> bool {
    shown.rank as usize == rank + 1
        && board.row(rank).is_some_and(|row| *row.entity == shown.entity && row.score == shown.score)
}
