//! What HTTP asks the feed thread, and how that is read from the boards. A question names few rows and is answered from
//! the set as it stands, so that it costs microseconds; making JSON of it is the asker's work, on its own thread
//! (`show.rs`). Questions that must go up a link first are kept in `people.rs` until the answer comes down.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{Handle, UnixMillis};
use scorelay_protocol::score::Units;
use scorelay_ranks::{Board, BoardSet};
use tokio::sync::oneshot;

/// A question, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) question: Question,
    pub(crate) reply: oneshot::Sender<Reply>,
}

/// What can be asked. Boards are named as they are in addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    /// Which boards there are.
    Boards,
    /// The rows of these ranks, 1-based, both included. How many those may be is checked by whoever asks.
    Rows { board: String, from: u32, to: u32 },
    /// Where an entity stands.
    Place { board: String, entity: Entity },
    /// What is known of entities. How many those may be is checked by whoever asks.
    Profiles(Vec<Entity>),
    /// Whose name begins like this.
    Search { board: String, name: String },
}

/// The boards' answer at one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Since when the boards do not follow the core, if they do not.
    pub(crate) stale_since: Option<UnixMillis>,
    pub(crate) found: Found,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// The relay has no boards yet.
    NotReady,
    /// No board has that id.
    NoBoard,
    /// All boards, with how many rows each has.
    Boards(Vec<(Described, u32)>),
    /// Those of the ranks that there are.
    Rows(Described, Vec<FoundRow>),
    /// The entity's row, if it has one.
    Place(Described, Option<FoundRow>),
    /// Of those who have a row on any board, in the order of the question; and of whom it cannot be told now, as only
    /// the core could.
    Profiles(Vec<Profile>, Vec<Entity>),
    /// Rows with the names that were found, best first, and whether there are more of them.
    Search { board: Described, rows: Vec<(FoundRow, String)>, more: bool },
    /// The core did not answer.
    Away,
}

impl Found {
    /// Whether nothing is missing that the core could tell.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self, Self::Profiles(_, pending) if !pending.is_empty())
    }
}

/// What is known of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) entity: Entity,
    pub(crate) name: String,
    pub(crate) avatar: Option<String>,
    pub(crate) badges: Vec<String>,
    /// By board, where it stood when ranks were last remembered.
    pub(crate) ranks: Vec<(String, u32)>,
}

/// A board, as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) decimals: u8,
    pub(crate) synthetic: bool,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundRow {
    /// 1-based.
    pub(crate) rank: u32,
    pub(crate) entity: Entity,
    pub(crate) units: Units,
}

/// Answers what the boards alone can tell.
pub(super) fn look_up(set: &BoardSet, question: Question) -> Found {
    match question {
        Question::Boards => {
            let boards = set.boards().map(|(_, board)| (describe(board), board.rows().len()));
            let mut boards: Vec<_> = boards.collect();
            boards.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
            Found::Boards(boards)
        }
        Question::Rows { board, from, to } => {
            let Some(board) = find(set, &board) else { return Found::NoBoard };
            let first = from.saturating_sub(1);
            let rows = board.rows().range(first, to.saturating_sub(first)).zip(from..);
            let rows = rows.filter_map(|((handle, key), rank)| row(set, rank, handle, key.score));
            Found::Rows(describe(board), rows.collect())
        }
        Question::Place { board, entity } => {
            let Some(board) = find(set, &board) else { return Found::NoBoard };
            Found::Place(describe(board), place(set, board, entity))
        }
        Question::Profiles(_) | Question::Search { .. } => Found::Away,
    }
}

/// Where an entity stands.
pub(super) fn place(set: &BoardSet, board: &Board, entity: Entity) -> Option<FoundRow> {
    let handle = set.find(&entity)?;
    let (rank, key) = (board.rows().rank_of(handle.0)?, board.rows().get(handle.0)?);
    Some(FoundRow { rank: rank + 1, entity, units: key.score })
}

/// The board of an id.
pub(super) fn find<'a>(set: &'a BoardSet, id: &str) -> Option<&'a Board> {
    set.boards().find(|(_, board)| board.def().id == id).map(|(_, board)| board)
}

/// What is said of a board.
pub(super) fn describe(board: &Board) -> Described {
    let def = board.def();
    Described {
        id: def.id.clone(),
        title: def.title.clone(),
        unit: def.unit.clone(),
        decimals: def.decimals,
        synthetic: def.synthetic,
    }
}

fn row(set: &BoardSet, rank: u32, handle: u32, units: Units) -> Option<FoundRow> {
    Some(FoundRow { rank, entity: set.entity(Handle(handle))?, units })
}

#[cfg(test)]
mod tests {
    use scorelay_protocol::ids::{BoardNo, CoreEpoch, Stamp};
    use scorelay_protocol::link::BoardDef;

    use super::*;

    fn set(rows: u32) -> BoardSet {
        let mut set = BoardSet::new(CoreEpoch(1));
        for (no, id) in [(0, "words"), (1, "empty")] {
            let (board, id) = (BoardNo(no), id.to_owned());
            let (title, unit) = (id.to_uppercase(), "points".to_owned());
            set.put_board(BoardDef { board, uid: 1, id, title, unit, decimals: 0, synthetic: false }).unwrap();
        }
        for n in 1..=rows {
            let (handle, _) = set.intern(&format!("word:w{n}").parse().unwrap()).unwrap();
            set.set_row(BoardNo(0), handle, 1_000 - i64::from(n), Stamp(n.into())).unwrap();
        }
        set
    }

    fn ranks(set: &BoardSet, from: u32, to: u32) -> Vec<u32> {
        match look_up(set, Question::Rows { board: "words".into(), from, to }) {
            Found::Rows(_, rows) => {
                assert!(rows.iter().all(|row| row.entity.to_string() == format!("word:w{}", row.rank)));
                rows.iter().map(|row| row.rank).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rows_are_those_of_the_ranks_that_there_are() {
        let set = set(5);
        assert_eq!(ranks(&set, 1, 3), [1, 2, 3]);
        assert_eq!(ranks(&set, 5, 5), [5]);
        assert_eq!(ranks(&set, 4, 100), [4, 5]);
        assert_eq!(ranks(&set, 6, 9), [0; 0]);
        assert_eq!(ranks(&set, u32::MAX, u32::MAX), [0; 0]);
        let nothing = Question::Rows { board: "none".into(), from: 1, to: 1 };
        assert_eq!(look_up(&set, nothing), Found::NoBoard);
    }

    #[test]
    fn an_entity_stands_on_the_boards_it_has_a_row_on() {
        let set = set(5);
        let place = |board: &str, entity: &str| match look_up(
            &set,
            Question::Place { board: board.into(), entity: entity.parse().unwrap() },
        ) {
            Found::Place(_, row) => row.map(|row| (row.rank, row.units)),
            other => panic!("{other:?}"),
        };
        assert_eq!(place("words", "word:w2"), Some((2, 998)));
        assert_eq!(place("empty", "word:w2"), None);
        assert_eq!(place("words", "word:w9"), None);
        assert_eq!(place("words", "nick:w2"), None);
    }

    #[test]
    fn boards_come_by_id() {
        let Found::Boards(boards) = look_up(&set(2), Question::Boards) else { panic!("no boards") };
        let boards: Vec<_> = boards.iter().map(|(board, rows)| (board.id.as_str(), *rows)).collect();
        assert_eq!(boards, [("empty", 0), ("words", 2)]);
    }
}
