//! A small core: writes a set step by step, as an engine does, and cuts a batch of what it did. Few entities and few
//! handles, so that handles are given again and entities come back under others all the time.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, Stamp};
use scorelay_protocol::link::{Batch, Bind, BoardChanges, BoardDef, DefChange, RowChange};
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;

/// What happens before one cut.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    defs: Vec<Def>,
    /// Board, entity, and its new score or none.
    rows: Vec<(u8, u8, Option<Units>)>,
}

#[derive(Debug, Clone)]
enum Def {
    Make,
    Describe(u8),
    Drop(u8),
}

/// Any cut; most make no board and drop none.
pub(crate) fn cut() -> impl Strategy<Value = Cut> {
    let def = prop_oneof![3 => Just(Def::Make), 2 => any::<u8>().prop_map(Def::Describe), 1 => any::<u8>().prop_map(Def::Drop)];
    let defs = prop_oneof![3 => Just(vec![]), 1 => vec(def, 1..3)];
    let row = (any::<u8>(), 0u8..24, prop::option::weighted(0.6, -3i64..4));
    (defs, vec(row, 0..16)).prop_map(|(defs, rows)| Cut { defs, rows })
}

/// A core's end of a link.
pub(crate) struct Writer {
    pub(crate) set: BoardSet,
    next_board: u32,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let mut set = BoardSet::new(CoreEpoch(9));
        set.advance(BatchSeq(100));
        Self { set, next_board: 0 }
    }

    /// Does what the cut says and gives the batch of it.
    pub(crate) fn cut(&mut self, cut: &Cut) -> Batch {
        let mut batch = Batch { seq: BatchSeq(self.set.seq().0 + 1), ..Batch::default() };
        let platforms = self.set.platforms().len();
        let mut loose = BTreeSet::new();
        for def in &cut.defs {
            self.define(def, &mut batch, &mut loose);
        }
        let mut touched = BTreeSet::new();
        for &(board, entity, score) in &cut.rows {
            let Some(board) = self.pick(board) else { continue };
            if touched.insert((board, entity)) {
                self.change(board, &name(entity), score, &mut batch, &mut loose);
            }
        }
        batch.platforms = self.set.platforms()[platforms..].to_vec();
        batch.frees = loose.into_iter().filter(|handle| self.set.uses(*handle) == 0).collect();
        for &handle in &batch.frees {
            self.set.free(handle).expect("it has no rows");
        }
        self.set.advance(batch.seq);
        batch
    }

    fn pick(&self, n: u8) -> Option<BoardNo> {
        let boards: Vec<BoardNo> = self.set.boards().map(|(no, _)| no).collect();
        boards.get(usize::from(n) % boards.len().max(1)).copied()
    }

    fn define(&mut self, def: &Def, batch: &mut Batch, loose: &mut BTreeSet<Handle>) {
        let def = match *def {
            Def::Make => {
                self.next_board += 1;
                self::def(self.next_board)
            }
            Def::Describe(n) => {
                let Some(no) = self.pick(n) else { return };
                BoardDef { title: format!("described before batch {}", batch.seq), ..self::def(no.0) }
            }
            Def::Drop(n) => {
                let Some(no) = self.pick(n) else { return };
                loose.extend(self.set.drop_board(no).expect("a board that is there"));
                batch.defs.push(DefChange::Gone(no));
                return;
            }
        };
        self.set.put_board(def.clone()).expect("a good definition");
        batch.defs.push(DefChange::Put(def));
    }

    fn change(
        &mut self,
        board: BoardNo,
        entity: &Entity,
        score: Option<Units>,
        batch: &mut Batch,
        loose: &mut BTreeSet<Handle>,
    ) {
        let known = self.set.find(entity);
        let change = match (score, known) {
            (None, None) => return,
            (None, Some(handle)) => {
                if self.set.remove_row(board, handle).is_none() {
                    return;
                }
                loose.insert(handle);
                RowChange::Remove { handle }
            }
            (Some(score), _) => {
                let (handle, new) = self.set.intern(entity).expect("there is room");
                assert_eq!(new, known.is_none());
                if new {
                    let entity = self.set.wire(handle).expect("just bound").clone();
                    batch.binds.push(Bind { handle, entity });
                }
                let index = batch.boards.iter().find(|b| b.board == board).map_or(0, |b| b.changes.len());
                let stamp = Stamp::new(batch.seq, index as u32);
                self.set.set_row(board, handle, score, stamp).expect("bound, and a board that is there");
                RowChange::Set { handle, score }
            }
        };
        match batch.boards.iter_mut().find(|b| b.board == board) {
            Some(changes) => changes.changes.push(change),
            None => batch.boards.push(BoardChanges { board, changes: vec![change] }),
        }
    }
}

/// A board's definition.
pub(crate) fn def(no: u32) -> BoardDef {
    BoardDef {
        board: BoardNo(no),
        uid: u64::from(no) << 32,
        id: format!("board-{no}"),
        title: "A board".to_owned(),
        unit: "points".to_owned(),
        decimals: 2,
        synthetic: true,
    }
}

/// One of the entities, numbers and texts on three platforms.
pub(crate) fn name(n: u8) -> Entity {
    let platform = ["twitch", "irc", "word"][usize::from(n) % 3];
    let id = if n.is_multiple_of(2) { n.to_string() } else { format!("name {n}") };
    Entity::new(platform, &id).expect("an entity")
}
