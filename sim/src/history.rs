//! Everything the core ever showed, kept by a naive model: sorted lists that follow the link batches by the protocol's
//! rules alone. Any state of any run of the core can be looked up by its [`Version`]; pages that did not change are
//! shared between states. It knows nothing of relays and clients; what they hold is compared with this by `oracle`.

use std::collections::BTreeMap;
use std::sync::Arc;

use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, PageNo, Stamp};
use scorelay_protocol::link::{Batch, BoardDef, DefChange, RowChange};
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;

/// Ranks on a page, as a length.
pub const PAGE: usize = PageNo::ROWS as usize;

/// A state of the boards: a run of the core and its last batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The run.
    pub core: CoreEpoch,
    /// The batch.
    pub seq: BatchSeq,
}

/// A row of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The core's handle.
    pub handle: Handle,
    /// Score in units.
    pub score: Units,
    /// When it was reached.
    pub stamp: Stamp,
    /// Whose.
    pub entity: Arc<Entity>,
}

/// A board in one state.
#[derive(Debug, PartialEq, Eq)]
pub struct Board {
    /// What it is called.
    pub def: BoardDef,
    /// Its rows in rank order, in pages.
    pub pages: Vec<Arc<[Row]>>,
    /// How many rows.
    pub len: usize,
}

impl Board {
    /// The row at a 0-based rank.
    pub fn row(&self, rank: usize) -> Option<&Row> {
        self.pages.get(rank / PAGE)?.get(rank % PAGE)
    }

    /// All rows in rank order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.pages.iter().flat_map(|page| page.iter())
    }

    /// The 0-based rank and row of an entity.
    pub fn find(&self, entity: &Entity) -> Option<(usize, &Row)> {
        self.rows().enumerate().find(|(_, row)| *row.entity == *entity)
    }
}

/// All boards in one state.
#[derive(Debug, Default)]
pub struct State {
    /// By the core's number.
    pub boards: BTreeMap<BoardNo, Arc<Board>>,
    /// How many states there were before, of all runs.
    pub nth: u64,
}

impl State {
    /// The board of this id.
    pub fn board(&self, id: &str) -> Option<&Arc<Board>> {
        self.boards.values().find(|board| board.def.id == id)
    }
}

/// All states of all runs, and the model of the present one.
#[derive(Debug, Default)]
pub struct History {
    states: BTreeMap<Version, Arc<State>>,
    model: Option<Model>,
}

#[derive(Debug)]
struct Model {
    at: Version,
    platforms: Vec<String>,
    bound: BTreeMap<Handle, Arc<Entity>>,
    boards: BTreeMap<BoardNo, List>,
}

/// One board as a sorted list.
#[derive(Debug)]
struct List {
    def: BoardDef,
    rows: Vec<Row>,
    places: BTreeMap<Handle, (Units, Stamp)>,
    last: Option<Arc<Board>>,
    /// Ranks from here up to the second may differ from `last`.
    touched: (usize, usize),
}

impl History {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A run of the core begins with these boards, taken as they are.
    pub fn begin(&mut self, set: &BoardSet) {
        let mut bound: BTreeMap<Handle, Arc<Entity>> = BTreeMap::new();
        let mut boards = BTreeMap::new();
        for (no, board) in set.boards() {
            let mut list = List::new(board.def().clone());
            for (handle, key) in board.rows().iter() {
                let handle = Handle(handle);
                let Some(entity) = set.entity(handle) else { continue };
                let entity = bound.entry(handle).or_insert_with(|| Arc::new(entity)).clone();
                list.set(handle, key.score, Stamp(key.stamp), entity);
            }
            boards.insert(no, list);
        }
        let at = Version { core: set.core(), seq: set.seq() };
        self.model = Some(Model { at, platforms: set.platforms().to_vec(), bound, boards });
        self.keep();
    }

    /// The next batch of the present run.
    ///
    /// # Errors
    /// What is wrong with it: a batch must follow the rules of the protocol.
    pub fn batch(&mut self, batch: &Batch) -> Result<(), String> {
        let model = self.model.as_mut().ok_or("a batch before any run of the core")?;
        model.apply(batch)?;
        self.keep();
        Ok(())
    }

    /// The present state.
    pub fn now(&self) -> Option<(Version, &Arc<State>)> {
        let at = self.model.as_ref()?.at;
        Some((at, self.states.get(&at)?))
    }

    /// A state.
    pub fn state(&self, version: Version) -> Option<&Arc<State>> {
        self.states.get(&version)
    }

    /// How many states are kept.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    fn keep(&mut self) {
        if let Some(model) = &mut self.model {
            let boards = model.boards.iter_mut().map(|(no, list)| (*no, list.share())).collect();
            let nth = self.states.len() as u64;
            self.states.insert(model.at, Arc::new(State { boards, nth }));
        }
    }
}

impl Model {
    fn apply(&mut self, batch: &Batch) -> Result<(), String> {
        if batch.seq.0 != self.at.seq.0 + 1 {
            return Err(format!("batch {} after batch {}", batch.seq, self.at.seq));
        }
        self.platforms.extend(batch.platforms.iter().cloned());
        for bind in &batch.binds {
            let entity = Arc::new(self.text(&bind.entity)?);
            if let Some(before) = self.bound.insert(bind.handle, entity) {
                return Err(format!("handle {} was bound anew while it stood for {before}", bind.handle));
            }
        }
        for change in &batch.defs {
            match change {
                DefChange::Put(def) => match self.boards.get_mut(&def.board) {
                    Some(list) => list.describe(def.clone()),
                    None => {
                        self.boards.insert(def.board, List::new(def.clone()));
                    }
                },
                DefChange::Gone(board) => {
                    self.boards.remove(board).ok_or_else(|| format!("board {board} gone twice"))?;
                }
            }
        }
        for changes in &batch.boards {
            let list = self.boards.get_mut(&changes.board).ok_or_else(|| format!("no board {}", changes.board))?;
            for (index, change) in changes.changes.iter().enumerate() {
                match *change {
                    RowChange::Set { handle, score } => {
                        let entity = self.bound.get(&handle).ok_or_else(|| format!("handle {handle} is not bound"))?;
                        if list.places.get(&handle).is_some_and(|(before, _)| *before == score) {
                            return Err(format!("{entity} is set to the score {score} it has already"));
                        }
                        list.set(handle, score, Stamp::new(batch.seq, index as u32), entity.clone());
                    }
                    RowChange::Remove { handle } => {
                        list.remove(handle).ok_or_else(|| format!("handle {handle} has no row to remove"))?;
                    }
                }
            }
        }
        for handle in &batch.frees {
            if self.boards.values().any(|list| list.places.contains_key(handle)) {
                return Err(format!("handle {handle} was freed while it has rows"));
            }
            self.bound.remove(handle).ok_or_else(|| format!("handle {handle} was freed twice"))?;
        }
        self.at.seq = batch.seq;
        Ok(())
    }

    fn text(&self, wire: &WireEntity) -> Result<Entity, String> {
        let name = self.platforms.get(usize::from(wire.platform.0));
        let name = name.ok_or_else(|| format!("platform {} has no name", wire.platform))?;
        Entity::from_parts(name, wire.id.clone()).map_err(|error| error.to_string())
    }
}

impl List {
    fn new(def: BoardDef) -> Self {
        Self { def, rows: Vec::new(), places: BTreeMap::new(), last: None, touched: (usize::MAX, 0) }
    }

    fn describe(&mut self, def: BoardDef) {
        self.def = def;
        self.last = None;
    }

    fn position(&self, (score, stamp): (Units, Stamp)) -> usize {
        self.rows.partition_point(|row| (std::cmp::Reverse(row.score), row.stamp) < (std::cmp::Reverse(score), stamp))
    }

    fn touch(&mut self, from: usize, to: usize) {
        self.touched = (self.touched.0.min(from), self.touched.1.max(to));
    }

    fn set(&mut self, handle: Handle, score: Units, stamp: Stamp, entity: Arc<Entity>) {
        let end = self.rows.len() + 1;
        let before = self.places.insert(handle, (score, stamp));
        let from = before.map(|place| {
            let at = self.position(place);
            self.rows.remove(at);
            at
        });
        let to = self.position((score, stamp));
        self.rows.insert(to, Row { handle, score, stamp, entity });
        match from {
            Some(from) => self.touch(from.min(to), from.max(to) + 1),
            None => self.touch(to, end),
        }
    }

    fn remove(&mut self, handle: Handle) -> Option<()> {
        let place = self.places.remove(&handle)?;
        let at = self.position(place);
        let end = self.rows.len();
        self.rows.remove(at);
        self.touch(at, end);
        Some(())
    }

    /// The board as it now stands, sharing what did not change.
    fn share(&mut self) -> Arc<Board> {
        let (from, to) = std::mem::replace(&mut self.touched, (usize::MAX, 0));
        if let Some(last) = &self.last
            && from >= to
        {
            return last.clone();
        }
        let page = |(nth, rows): (usize, &[Row])| -> Arc<[Row]> {
            let shared = self.last.as_ref().and_then(|last| last.pages.get(nth));
            match shared {
                Some(shared) if (nth + 1) * PAGE <= from || nth * PAGE >= to => shared.clone(),
                _ => rows.into(),
            }
        };
        let pages = self.rows.chunks(PAGE).enumerate().map(page).collect();
        let board = Arc::new(Board { def: self.def.clone(), pages, len: self.rows.len() });
        self.last = Some(board.clone());
        board
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::ids::PlatformNo;
    use scorelay_protocol::link::{Bind, BoardChanges};

    fn def() -> BoardDef {
        let (id, title, unit) = ("b".to_owned(), "B".to_owned(), "points".to_owned());
        BoardDef { board: BoardNo(1), uid: 5, id, title, unit, decimals: 0, synthetic: false }
    }

    /// Random changes: every kept state equals a fresh sort, also long after it was made.
    #[test]
    fn every_state_is_the_sorted_list_of_its_time() {
        let mut random = crate::random::Random::new(3, crate::random::Stream::Workload);
        let mut set = BoardSet::new(CoreEpoch(1));
        let mut history = History::new();
        history.begin(&set);
        let mut first = Batch { seq: BatchSeq(1), platforms: vec!["p".into()], ..Batch::default() };
        first.defs.push(DefChange::Put(def()));
        for n in 0..150 {
            let id = scorelay_protocol::entity::EntityId::Number(n);
            let entity = WireEntity { platform: PlatformNo(0), id };
            first.binds.push(Bind { handle: Handle(n as u32), entity });
        }
        let mut expected = Vec::new();
        for seq in 1..200 {
            let mut batch = if seq == 1 { first.clone() } else { Batch { seq: BatchSeq(seq), ..Batch::default() } };
            let mut changes = Vec::new();
            for _ in 0..random.between(1, 4) {
                let handle = Handle(random.below(150) as u32);
                let row = set.board(BoardNo(1)).and_then(|board| board.rows().get(handle.0));
                if changes.iter().any(|change| matches!(change, RowChange::Set { handle: h, .. } | RowChange::Remove { handle: h } if *h == handle)) {
                    continue;
                }
                match row {
                    Some(_) if random.permille(300) => changes.push(RowChange::Remove { handle }),
                    row => {
                        let score = random.below(9) as i64;
                        if row.map(|key| key.score) != Some(score) {
                            changes.push(RowChange::Set { handle, score });
                        }
                    }
                }
            }
            batch.boards.push(BoardChanges { board: BoardNo(1), changes });
            set.apply(&batch, &mut |_| {}).unwrap();
            history.batch(&batch).unwrap();
            let rows: Vec<_> = set.board(BoardNo(1)).unwrap().rows().iter().map(|(h, key)| (h, key.score)).collect();
            expected.push((BatchSeq(seq), rows));
        }
        for (seq, rows) in expected {
            let state = history.state(Version { core: CoreEpoch(1), seq }).unwrap();
            let board = state.board("b").unwrap();
            let kept: Vec<_> = board.rows().map(|row| (row.handle.0, row.score)).collect();
            assert_eq!(kept, rows, "batch {seq}");
            assert_eq!(board.len, rows.len());
        }
    }
}
