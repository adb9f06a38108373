//! One client of a load, as its own task and whoever compares share it: the client's state machine, what it looks at, and
//! the suspects among what it holds. No socket is here; `session` has it.

use parking_lot::Mutex;
use scorelay_client::core::{Client, CommandError, RankedRow, ViewId};
use scorelay_protocol::entity::Entity;

use super::agree::{Agreement, Wrong};
use super::suspects::{Places, Suspects};

/// A client with its number and board.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) no: u32,
    /// The board's place among those of the load, and its id.
    pub(super) board: (u16, String),
    pub(super) inner: Mutex<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) client: Client,
    look: Look,
    /// What a comparison under way suspects.
    pub(super) suspects: Option<Suspects>,
}

/// What it looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// These ranks, by its view.
    Window {
        view: ViewId,
        from: u32,
        to: u32,
    },
    Track(Entity),
}

impl Inner {
    /// A client that watches ranks of a board.
    pub(super) fn window(mut client: Client, board: &str, (from, to): (u32, u32)) -> Result<Self, CommandError> {
        let view = client.watch_board(board, from, to)?;
        Ok(Self { client, look: Look::Window { view, from, to }, suspects: None })
    }

    /// A client that follows an entity.
    pub(super) fn track(mut client: Client, entity: Entity) -> Result<Self, CommandError> {
        client.track(entity.clone())?;
        Ok(Self { client, look: Look::Track(entity), suspects: None })
    }

    pub(super) fn look(&self) -> &Look {
        &self.look
    }

    /// Moves the window, if it has one.
    pub(super) fn scroll(&mut self, first: u32) {
        if let Look::Window { view, from, to } = &mut self.look {
            (*from, *to) = (first, first.saturating_add(*to - *from));
            // The width was taken before, and stays.
            let _taken = self.client.set_window(*view, *from, *to);
        }
    }

    /// The rows of its window, if it holds all that there are, as of now.
    fn rows(&self) -> Option<Vec<RankedRow>> {
        let Look::Window { view, .. } = self.look else { return None };
        let view = self.client.view(view).filter(|view| view.complete && !view.held)?;
        view.rows.into_iter().collect()
    }

    /// What it holds of `board`; `None` while that is not whole.
    pub(super) fn places(&self, board: &str) -> Option<Places> {
        match &self.look {
            Look::Window { from, to, .. } => {
                let mut rows: Vec<_> = self.rows()?.into_iter().map(Some).collect();
                rows.resize((to - from) as usize + 1, None);
                Some(Places { from: *from, rows })
            }
            Look::Track(entity) => {
                let tracked = self.client.tracked(entity).filter(|tracked| tracked.known && !tracked.held)?;
                let row = tracked.on(board).and_then(|place| place.at.as_ref()).map(|at| RankedRow {
                    rank: at.rank,
                    entity: entity.clone(),
                    score: at.score,
                });
                Some(Places { from: 0, rows: vec![row] })
            }
        }
    }

    /// Whether it holds all that it looks at.
    pub(super) fn is_whole(&self) -> bool {
        match &self.look {
            Look::Window { view, .. } => self.client.view(*view).is_some_and(|view| view.complete && !view.held),
            Look::Track(entity) => self.client.tracked(entity).is_some_and(|tracked| tracked.known && !tracked.held),
        }
    }

    /// Shows what it holds to those who stand at the same tick.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn agree(&self, agreement: &Mutex<Agreement>, slot: &Slot) -> Result<(), Wrong> {
        let Some(at) = self.client.position() else { return Ok(()) };
        match &self.look {
            Look::Window { .. } => match self.rows() {
                Some(rows) => agreement.lock().window(slot.no, at, (slot.board.0, slot.board.1.as_str()), rows),
                None => Ok(()),
            },
            Look::Track(entity) => match self.client.tracked(entity) {
                Some(tracked) if tracked.known && !tracked.held => {
                    agreement.lock().places(slot.no, at, tracked.entity, tracked.places)
                }
                _ => Ok(()),
            },
        }
    }
}
