//! What the core is asked by commands: facts, all rows of a board, and to take in rows. Answers to what changes
//! something wait until it is durable.

use scorelay_engine::{Effects, Engine, Input};
use scorelay_protocol::error::{ErrorCode, WireError};
use tokio::sync::oneshot;

use super::run::Core;
use super::{BoardFacts, CoreInput, Import, Imported, Snapshot};
use crate::transfer::Host;

/// Who waits for an answer.
type Answer = oneshot::Sender<Result<Imported, WireError>>;

/// Answers that wait for a commit.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// For the next commit.
    next: Vec<(Answer, Imported)>,
    /// For the one being written.
    storing: Vec<(Answer, Imported)>,
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
        for (answer, imported) in self.storing.drain(..) {
            // Whoever asked may have gone away.
            let _ = answer.send(Ok(imported));
        }
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
            CoreInput::Export { board, answer } => {
                let _ = answer.send(self.export(&board));
            }
            CoreInput::Import(import) => self.take_import(import),
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
        let number = self.engine.board_no(board).ok_or_else(|| no_such(board))?;
        Snapshot::take(self.engine.boards(), number).ok_or_else(|| no_such(board))
    }

    fn take_import(&mut self, input: Import) {
        let Import { board, mode, rows, answer } = input;
        match crate::transfer::apply(self, &board, mode, rows) {
            Ok(imported) => self.waiting.next.push((answer, imported)),
            Err(error) => {
                let _ = answer.send(Err(error));
            }
        }
        self.waiting.nothing_to_store(self.engine.is_uncommitted(), self.is_storing());
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
