//! What an observer of a set can know: plain lists of handles in rank order, kept from its events alone. Whoever keeps
//! anything by rank beside a set relies on this.

use std::collections::BTreeMap;

use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_ranks::{BoardSet, Moved, SetEvent};

/// Boards as told by events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lists(BTreeMap<BoardNo, Vec<Handle>>);

impl Lists {
    /// A set's own lists.
    pub(crate) fn of(set: &BoardSet) -> Self {
        let list = |rows: &scorelay_ranks::RankIndex| rows.iter().map(|(handle, _)| Handle(handle)).collect();
        Self(set.boards().map(|(no, board)| (no, list(board.rows()))).collect())
    }

    /// Takes an event in. Panics where it does not fit the ones before.
    pub(crate) fn observe(&mut self, event: SetEvent) {
        match event {
            SetEvent::Moved(Moved { board, handle, old, new }) => {
                let list = self.0.get_mut(&board).expect("rows move on boards that are there");
                assert_eq!(old.map(|rank| list.remove(rank as usize)), old.map(|_| handle), "who stood at {old:?}");
                if let Some(rank) = new {
                    list.insert(rank as usize, handle);
                }
            }
            SetEvent::Freed { handle, .. } => {
                let rows = self.0.values().any(|list| list.contains(&handle));
                assert!(!rows, "handle {handle} was freed before its rows were gone");
            }
            SetEvent::BoardPut(board) => {
                self.0.entry(board).or_default();
            }
            SetEvent::BoardGone(board) => {
                self.0.remove(&board).expect("a board goes once");
            }
        }
    }
}
