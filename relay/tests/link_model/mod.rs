//! A naive core for tests of links: it makes whatever batches its caller draws, keeps what the boards were after each
//! of them, and has no scorers and no storage. `Image` is what a copy is compared by. Relays to go with it are made in
//! `relays.rs`; the tests are in `link_*.rs`.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

pub(crate) mod relays;

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, NodeId, Stamp, UnixMillis};
use scorelay_protocol::link::{Batch, Bind, BoardChanges, BoardDef, DefChange, RowChange};
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;
use scorelay_relay::core::clock::Millis;
use scorelay_relay::core::inlet::Now;
use scorelay_relay::core::outlet::{LinkLimits, Outlet};

/// Both clocks at the same number.
pub(crate) fn at(ms: u64) -> Now {
    Now { at: Millis(ms), wall: UnixMillis(1_000_000 + ms) }
}

/// A row: whose, its handle, score and stamp.
type ImageRow = (Entity, Handle, Units, u64);

/// Everything that a copy must share with the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) core: CoreEpoch,
    pub(crate) seq: BatchSeq,
    pub(crate) platforms: Vec<String>,
    pub(crate) boards: Vec<(BoardDef, Vec<ImageRow>)>,
    pub(crate) bound: Vec<Handle>,
}

impl Image {
    pub(crate) fn of(set: &BoardSet) -> Self {
        let rows = |(_, board): (BoardNo, &scorelay_ranks::Board)| {
            let row = |(handle, key): (u32, scorelay_ranks::RowKey)| {
                let entity = set.entity(Handle(handle)).expect("a row's handle stands for an entity");
                (entity, Handle(handle), key.score, key.stamp)
            };
            (board.def().clone(), board.rows().iter().map(row).collect())
        };
        Self {
            core: set.core(),
            seq: set.seq(),
            platforms: set.platforms().to_vec(),
            boards: set.boards().map(rows).collect(),
            bound: (0..set.handle_limit()).map(Handle).filter(|handle| set.wire(*handle).is_some()).collect(),
        }
    }
}

/// What is drawn for one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    pub(crate) board: u8,
    pub(crate) entity: u16,
    /// Removes the row where there is no score.
    pub(crate) score: Option<i16>,
}

/// What is drawn for the set of boards.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DefDraw {
    Nothing,
    Make,
    Describe(u8),
    Drop(u8),
}

pub(crate) struct Core {
    pub(crate) set: BoardSet,
    pub(crate) outlet: Outlet,
    pub(crate) history: BTreeMap<(CoreEpoch, BatchSeq), Image>,
    limits: LinkLimits,
    next_board: u32,
}

impl Core {
    pub(crate) fn new(limits: LinkLimits) -> Self {
        let set = BoardSet::new(CoreEpoch(1));
        let history = BTreeMap::from([((set.core(), set.seq()), Image::of(&set))]);
        Self { set, outlet: Outlet::with_limits(vec![NodeId(0)], limits), history, limits, next_board: 0 }
    }

    /// Cuts a batch of what was drawn and tells the links.
    pub(crate) fn batch(&mut self, def: DefDraw, draws: &[Draw]) {
        let batch = self.make(def, draws);
        self.outlet.cut(batch);
    }

    /// The same, for a caller that tells the links itself.
    pub(crate) fn make(&mut self, def: DefDraw, draws: &[Draw]) -> Batch {
        let mut batch = Batch { seq: BatchSeq(self.set.seq().0 + 1), ..Batch::default() };
        let platforms = self.set.platforms().len();
        let mut loose = BTreeSet::new();
        self.define(def, &mut batch, &mut loose);
        let numbers: Vec<BoardNo> = self.set.boards().map(|(board, _)| board).collect();
        let mut changes: BTreeMap<BoardNo, Vec<RowChange>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for draw in draws {
            let Some(&board) = numbers.get(usize::from(draw.board) % numbers.len().max(1)) else { continue };
            if !seen.insert((board, draw.entity)) {
                continue;
            }
            let of_board = changes.entry(board).or_default();
            let entity = entity(draw.entity);
            match (draw.score, self.set.find(&entity)) {
                (Some(score), _) => {
                    let (handle, new) = self.set.intern(&entity).unwrap();
                    if new {
                        let entity = self.set.wire(handle).unwrap().clone();
                        batch.binds.push(Bind { handle, entity });
                    }
                    let score = Units::from(score);
                    let stamp = Stamp::new(batch.seq, of_board.len() as u32);
                    self.set.set_row(board, handle, score, stamp).unwrap();
                    of_board.push(RowChange::Set { handle, score });
                }
                (None, Some(handle)) if self.set.remove_row(board, handle).is_some() => {
                    of_board.push(RowChange::Remove { handle });
                    loose.insert(handle);
                }
                (None, _) => {}
            }
        }
        batch.boards = changes.into_iter().map(|(board, changes)| BoardChanges { board, changes }).collect();
        batch.platforms = self.set.platforms()[platforms..].to_vec();
        batch.frees = loose.into_iter().filter(|handle| self.set.uses(*handle) == 0).collect();
        for &handle in &batch.frees {
            self.set.free(handle).unwrap();
        }
        self.set.advance(batch.seq);
        self.history.insert((self.set.core(), self.set.seq()), Image::of(&self.set));
        batch
    }

    fn define(&mut self, draw: DefDraw, batch: &mut Batch, loose: &mut BTreeSet<Handle>) {
        let numbers: Vec<BoardNo> = self.set.boards().map(|(board, _)| board).collect();
        let pick = |n: u8| numbers.get(usize::from(n) % numbers.len().max(1)).copied();
        match draw {
            DefDraw::Nothing => {}
            DefDraw::Make => {
                let no = self.next_board;
                self.next_board += 1;
                let def = BoardDef {
                    board: BoardNo(no),
                    uid: u64::from(no) * 31,
                    id: format!("board-{no}"),
                    title: "A board".into(),
                    unit: "points".into(),
                    decimals: 0,
                    synthetic: true,
                };
                self.set.put_board(def.clone()).unwrap();
                batch.defs.push(DefChange::Put(def));
            }
            DefDraw::Describe(n) => {
                let Some(board) = pick(n).and_then(|no| self.set.board(no)) else { return };
                let mut def = board.def().clone();
                def.title.push('!');
                self.set.put_board(def.clone()).unwrap();
                batch.defs.push(DefChange::Put(def));
            }
            DefDraw::Drop(n) => {
                let Some(no) = pick(n) else { return };
                loose.extend(self.set.drop_board(no).unwrap());
                batch.defs.push(DefChange::Gone(no));
            }
        }
    }

    /// Starts the core anew from what it stored: the same rows under other handles and other platform numbers.
    pub(crate) fn restart(&mut self) {
        let mut set = BoardSet::new(CoreEpoch(self.set.core().0 + 1));
        set.advance(self.set.seq());
        for def in self.set.defs() {
            set.put_board(def.clone()).unwrap();
        }
        for (no, board) in self.set.boards() {
            let mut rows: Vec<_> = board.rows().iter().collect();
            rows.reverse();
            for (handle, key) in rows {
                let entity = self.set.entity(Handle(handle)).unwrap();
                let (handle, _) = set.intern(&entity).unwrap();
                set.set_row(no, handle, key.score, Stamp(key.stamp)).unwrap();
            }
        }
        self.set = set;
        self.outlet = Outlet::with_limits(vec![NodeId(self.set.core().0 << 32)], self.limits);
        self.history.insert((self.set.core(), self.set.seq()), Image::of(&self.set));
    }
}

/// Some entity, of one of five platforms.
pub(crate) fn entity(n: u16) -> Entity {
    let platform = ["twitch", "irc", "word", "emote", "test"][usize::from(n) % 5];
    let id = if n.is_multiple_of(3) { format!("name{n}") } else { n.to_string() };
    Entity::new(platform, &id).unwrap()
}
