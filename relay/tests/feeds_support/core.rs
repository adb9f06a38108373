//! A core reduced to its boards: it turns wanted rows into link batches, reuses freed handles at once, and can come
//! back with other numbers for everything.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, Stamp};
use scorelay_protocol::link::{Batch, Bind, BoardChanges, BoardDef, DefChange, RowChange};
use scorelay_ranks::BoardSet;

/// What a batch is to do. Boards are named by a number that stays theirs whatever number the core gives them; `0` has
/// the id `board0`.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) puts: Vec<u32>,
    /// Boards that get another id, before others are put.
    pub(crate) renames: Vec<(u32, u32)>,
    pub(crate) drops: Vec<u32>,
    /// Board, entity, and its score or none.
    pub(crate) rows: Vec<(u32, Entity, Option<i64>)>,
}

pub(crate) struct Core {
    pub(crate) set: BoardSet,
    puts: u32,
}

impl Default for Core {
    fn default() -> Self {
        Self { set: BoardSet::new(CoreEpoch(1)), puts: 0 }
    }
}

/// The id of a board by the number that a [`Plan`] uses.
pub(crate) fn board_id(n: u32) -> String {
    format!("board{n}")
}

/// An entity by number; some have text for an id, and platforms differ.
pub(crate) fn entity(n: u32) -> Entity {
    let text = match n % 3 {
        0 => format!("irc:name{n}"),
        1 => format!("twitch:{n}"),
        _ => format!("emote{}:{n}", n / 40),
    };
    text.parse().unwrap()
}

impl Core {
    /// Does as planned and gives the batch that says so.
    pub(crate) fn batch(&mut self, plan: &Plan) -> Batch {
        let seq = BatchSeq(self.set.seq().0 + 1);
        let known = self.set.platforms().len();
        let mut batch = Batch { seq, ..Batch::default() };
        let mut touched = BTreeSet::new();
        for no in plan.drops.iter().filter_map(|&n| self.board(n)).collect::<Vec<_>>() {
            touched.extend(self.set.drop_board(no).unwrap());
            batch.defs.push(DefChange::Gone(no));
        }
        for &(from, to) in &plan.renames {
            let def = BoardDef { id: board_id(to), ..self.def(from) };
            self.set.put_board(def.clone()).unwrap();
            batch.defs.push(DefChange::Put(def));
        }
        for &n in &plan.puts {
            let def = self.def(n);
            self.set.put_board(def.clone()).unwrap();
            batch.defs.push(DefChange::Put(def));
        }
        let mut wanted: BTreeMap<u32, BTreeMap<&Entity, Option<i64>>> = BTreeMap::new();
        for (no, entity, score) in &plan.rows {
            wanted.entry(*no).or_default().insert(entity, *score);
        }
        for (n, rows) in wanted {
            let Some(board) = self.board(n) else { continue };
            let mut changes = Vec::new();
            for (entity, score) in rows {
                let handle = match score {
                    Some(score) => self.set_row(board, entity, score, changes.len(), &mut batch),
                    None => self.set.find(entity).filter(|&handle| self.set.remove_row(board, handle).is_some()),
                };
                let Some(handle) = handle else { continue };
                touched.insert(handle);
                changes.push(match score {
                    Some(score) => RowChange::Set { handle, score },
                    None => RowChange::Remove { handle },
                });
            }
            batch.boards.push(BoardChanges { board, changes });
        }
        for handle in touched.into_iter().filter(|&handle| self.set.uses(handle) == 0).collect::<Vec<_>>() {
            self.set.free(handle).unwrap();
            batch.frees.push(handle);
        }
        batch.platforms = self.set.platforms()[known..].to_vec();
        self.set.advance(seq);
        batch
    }

    fn set_row(
        &mut self,
        board: BoardNo,
        entity: &Entity,
        score: i64,
        index: usize,
        batch: &mut Batch,
    ) -> Option<Handle> {
        let (handle, new) = self.set.intern(entity).unwrap();
        if new {
            batch.binds.push(Bind { handle, entity: self.set.wire(handle).unwrap().clone() });
        }
        self.set.set_row(board, handle, score, Stamp::new(batch.seq, index as u32)).unwrap();
        Some(handle)
    }

    fn board(&self, n: u32) -> Option<BoardNo> {
        let id = board_id(n);
        self.set.defs().find(|def| def.id == id).map(|def| def.board)
    }

    fn def(&mut self, n: u32) -> BoardDef {
        self.puts += 1;
        let title = format!("The {}th title", self.puts);
        if let Some(board) = self.board(n).and_then(|no| self.set.board(no)) {
            return BoardDef { title, ..board.def().clone() };
        }
        BoardDef {
            board: BoardNo(self.puts),
            uid: u64::from(self.puts),
            id: board_id(n),
            title,
            unit: "messages".to_owned(),
            decimals: 0,
            synthetic: false,
        }
    }

    /// Another run of the core over the same store: handles, platforms and boards all get other numbers.
    pub(crate) fn restart(&mut self) {
        let mut set = BoardSet::new(CoreEpoch(self.set.core().0 + 1));
        let handles = (0..self.set.handle_limit()).rev().map(Handle);
        let entities: Vec<(Handle, Entity)> = handles.filter_map(|h| Some((h, self.set.entity(h)?))).collect();
        let renamed: BTreeMap<u32, Handle> =
            entities.iter().map(|(handle, entity)| (handle.0, set.intern(entity).unwrap().0)).collect();
        let boards: Vec<_> = self.set.boards().collect();
        let numbers: Vec<BoardNo> = boards.iter().map(|(no, _)| *no).collect();
        for ((_, board), no) in boards.into_iter().rev().zip(numbers) {
            set.put_board(BoardDef { board: no, ..board.def().clone() }).unwrap();
            let rows: Vec<_> = board.rows().iter().map(|(h, key)| (renamed[&h], key.score, Stamp(key.stamp))).collect();
            set.load_rows(no, &rows).unwrap();
        }
        set.advance(self.set.seq());
        self.set = set;
    }
}
