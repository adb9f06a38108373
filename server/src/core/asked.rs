//! What the core is asked by commands: facts, all rows of a board, and to take in rows. Answers to what changes
//! something wait until it is durable.

use scorelay_engine::{Effects, Engine, Input, Moderation, Reply};
use scorelay_protocol::error::{ErrorCode, WireError};
use tokio::sync::oneshot;

use super::run::Core;
use super::{BoardFacts, CoreInput, Import, Snapshot};
use crate::transfer::Host;

/// An answer that is given once what it is about is durable.
type Answer = Box<dyn FnOnce() + Send>;

/// Answers that wait for a commit.
#[derive(Default)]
pub(super) struct Waiting {
    /// For the next commit.
    next: Vec<Answer>,
    /// For the one being written.
    storing: Vec<Answer>,
}

impl Waiting {
    /// A commit with everything so far was given to storage.
    pub(super) fn committed(&mut self) {
        self.storing.append(&mut self.next);
    }

    /// Where the engine holds nothing that is not stored, or on its way there, there is nothing to wait for.
    fn nothing_to_store(&mut self, uncommitted: bool, storing: bool) {
        if !uncommitted {
            self.committed();
            if !storing {
                self.durable();
            }
        }
    }

    /// It is durable.
    pub(super) fn durable(&mut self) {
        for answer in self.storing.drain(..) {
            answer();
        }
    }

    /// Gives `done` to whoever asked, who may have gone away, once it is durable.
    fn answer<T: Send + 'static>(&mut self, to: oneshot::Sender<Result<T, WireError>>, done: T) {
        self.next.push(Box::new(move || drop(to.send(Ok(done)))));
    }
}

impl Core {
    /// Applies what comes from sources and commands.
    pub(super) fn input(&mut self, input: CoreInput) {
        match input {
            CoreInput::Event { origin, event } => self.event(origin, event),
            CoreInput::Describe { board, answer } => {
                let _ = answer.send(self.describe(&board));
            }
            CoreInput::Export { board, answer } => drop(answer.send(self.export(&board))),
            CoreInput::Remember { exported, answer } => self.remember(exported, answer),
            CoreInput::Import(import) => self.take_import(import),
            CoreInput::Moderate { what, answer } => self.moderate(what, answer),
            CoreInput::Meets { body, answer } => self.meet_operator(body, answer),
        }
    }

    fn describe(&self, board: &str) -> Result<BoardFacts, WireError> {
        let number = self.engine.board_no(board).ok_or_else(|| no_such(board))?;
        let board = self.engine.boards().board(number).ok_or_else(|| no_such(board))?;
        Ok(board.def().into())
    }

    fn export(&mut self, board: &str) -> Result<Snapshot, WireError> {
        self.handle(Input::Cut);
        Snapshot::take(&self.engine, board)
    }

    fn remember(&mut self, exported: Snapshot, answer: oneshot::Sender<Result<(), WireError>>) {
        match self.handle(exported.remember()).reply {
            Some(Reply::Refused(error)) => drop(answer.send(Err(error))),
            _ => self.waiting.answer(answer, ()),
        }
        self.waiting.nothing_to_store(self.engine.is_uncommitted(), self.is_storing());
    }

    fn take_import(&mut self, input: Import) {
        let Import { board, mode, rows, answer } = input;
        match crate::transfer::apply(self, &board, mode, rows) {
            Ok(imported) => self.waiting.answer(answer, imported),
            Err(error) => {
                let _ = answer.send(Err(error));
            }
        }
        self.waiting.nothing_to_store(self.engine.is_uncommitted(), self.is_storing());
    }

    fn moderate(&mut self, what: Moderation, answer: oneshot::Sender<Result<u32, WireError>>) {
        if let Moderation::Erase { entity } = &what {
            self.failed.forget(&entity.id().to_string());
        }
        match moderated(self.handle(Input::Moderate(what)).reply) {
            Ok(rows) => self.waiting.answer(answer, rows),
            Err(error) => drop(answer.send(Err(error))),
        }
        self.waiting.nothing_to_store(self.engine.is_uncommitted(), self.is_storing());
    }
}

/// What the engine answered to a moderation: rows that were taken off.
///
/// # Errors
/// Why it refused.
pub(crate) fn moderated(reply: Option<Reply>) -> Result<u32, WireError> {
    match reply {
        Some(Reply::Moderated { rows }) => Ok(rows),
        Some(Reply::Refused(error)) => Err(error),
        _ => Err(WireError::new(ErrorCode::BadModeration, "the engine did not answer")),
    }
}

impl Host for Core {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn perform(&mut self, input: Input) -> Effects {
        self.handle(input)
    }
}

/// The error for a board that is not there.
pub(crate) fn no_such(board: &str) -> WireError {
    WireError::new(ErrorCode::NoSuchBoard, format!("there is no board {board:?}"))
}
