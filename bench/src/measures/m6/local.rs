//! The structures that live in this process.

use std::collections::BTreeSet;
use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BoardNo, CoreEpoch, Handle, Stamp};
use scorelay_protocol::link::BoardDef;
use scorelay_ranks::{BoardSet, RowKey};

use super::load::{Load, Update, Work};
use super::{Subject, Timing};
use crate::failure::{Failure, Result};

/// A row's place in the order.
pub(crate) type Entry = (RowKey, u32);

/// Boards kept in one way. Ranks are 0-based; a row or a rank is added up as its handle or itself.
pub(crate) trait Ranked {
    fn set(&mut self, update: &Update) -> u64;
    fn rank(&self, board: u32, handle: u32) -> u64;
    fn at(&self, board: u32, rank: u32) -> u64;
    /// The keys of a page, in order.
    fn page(&self, board: u32, from: u32, each: impl FnMut(RowKey, u32));
}

fn cpu() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

fn timed<T>(items: &[T], operation: impl FnMut(&T) -> u64) -> Timing {
    let start = cpu();
    let sum = items.iter().map(operation).fold(0, u64::wrapping_add);
    Timing { seconds: cpu() - start, sum: black_box(sum) }
}

fn run(ranked: &mut impl Ranked, operation: usize, work: &Work) -> Timing {
    match operation {
        0 => timed(&work.updates, |update| ranked.set(update)),
        1 => timed(&work.handles, |&(board, handle)| ranked.rank(board, handle)),
        2 => timed(&work.ranks, |&(board, rank)| ranked.at(board, rank)),
        _ => timed(&work.pages, |&(board, from)| {
            let mut sum = 0;
            ranked.page(board, from, |_, handle| sum += u64::from(handle));
            sum
        }),
    }
}

fn scores(ranked: &impl Ranked, board: u32, from: u32) -> Vec<i64> {
    let mut scores = Vec::with_capacity(32);
    ranked.page(board, from, |key, _| scores.push(key.score));
    scores
}

/// Scorelay's boards, by handle.
pub(crate) struct Scorelay(BoardSet);

impl Scorelay {
    pub(crate) const NAME: &str = "scorelay";

    /// The boards as the load has them.
    pub(crate) fn new(load: &Load) -> Result<Self> {
        Ok(Self(filled(load)?))
    }
}

/// A set with all entities, and the boards without rows.
pub(crate) fn named(load: &Load) -> Result<BoardSet> {
    let mut set = BoardSet::new(CoreEpoch(1));
    for handle in 0..load.rows {
        set.intern(&entity(handle)?)?;
    }
    for board in 0..load.keys.len() as u32 {
        let id = format!("board-{board}");
        let (title, unit) = (id.clone(), "points".to_owned());
        set.put_board(BoardDef { board: BoardNo(board), uid: 1, id, title, unit, decimals: 0, synthetic: true })?;
    }
    Ok(set)
}

fn filled(load: &Load) -> Result<BoardSet> {
    let mut set = named(load)?;
    for (keys, board) in load.keys.iter().zip(0..) {
        let rows: Vec<_> =
            keys.iter().zip(0..).map(|(key, handle)| (Handle(handle), key.score, Stamp(key.stamp))).collect();
        set.load_rows(BoardNo(board), &rows)?;
    }
    Ok(set)
}

fn entity(handle: u32) -> Result<Entity> {
    Load::entity(handle).parse().map_err(|error: scorelay_protocol::entity::EntityError| Failure(error.to_string()))
}

const THERE: &str = "invariant: the load names only rows that are there";

impl Ranked for BoardSet {
    fn set(&mut self, &Update { board, handle, key }: &Update) -> u64 {
        let change = self.set_row(BoardNo(board), Handle(handle), key.score, Stamp(key.stamp)).expect(THERE);
        change.old.map_or(0, |(rank, _)| u64::from(rank)) + u64::from(change.new)
    }

    fn rank(&self, board: u32, handle: u32) -> u64 {
        u64::from(self.board(BoardNo(board)).expect(THERE).rows().rank_of(handle).expect(THERE))
    }

    fn at(&self, board: u32, rank: u32) -> u64 {
        u64::from(self.board(BoardNo(board)).expect(THERE).rows().at(rank).expect(THERE).0)
    }

    fn page(&self, board: u32, from: u32, mut each: impl FnMut(RowKey, u32)) {
        self.board(BoardNo(board)).expect(THERE).rows().range(from, 32).for_each(|(handle, key)| each(key, handle));
    }
}

impl Subject for Scorelay {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn run(&mut self, operation: usize, work: &Work) -> Result<Option<Timing>> {
        Ok(Some(run(&mut self.0, operation, work)))
    }

    fn scores(&mut self, board: u32, from: u32) -> Result<Vec<i64>> {
        Ok(scores(&self.0, board, from))
    }
}

/// The same, given entities as they come from sources and requests, by name.
pub(crate) struct Named {
    set: BoardSet,
    entities: Vec<Entity>,
}

impl Named {
    pub(crate) const NAME: &str = "scorelay by name";

    /// The boards as the load has them.
    pub(crate) fn new(load: &Load) -> Result<Self> {
        Ok(Self { set: filled(load)?, entities: (0..load.rows).map(entity).collect::<Result<_>>()? })
    }
}

fn find(set: &BoardSet, entities: &[Entity], handle: u32) -> u32 {
    set.find(&entities[handle as usize]).expect(THERE).0
}

impl Subject for Named {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn run(&mut self, operation: usize, work: &Work) -> Result<Option<Timing>> {
        let Self { set, entities } = self;
        Ok(Some(match operation {
            0 => timed(&work.updates, |update| {
                let handle = find(set, entities, update.handle);
                set.set(&Update { handle, ..*update })
            }),
            1 => timed(&work.handles, |&(board, handle)| set.rank(board, find(set, entities, handle))),
            // What is asked for by rank needs no name.
            _ => run(set, operation, work),
        }))
    }

    fn scores(&mut self, board: u32, from: u32) -> Result<Vec<i64>> {
        Ok(scores(&self.set, board, from))
    }
}

/// A set in order, as crates have it.
pub(crate) trait Counted: FromIterator<Entry> {
    const NAME: &str;
    /// Whether it finds ranks in less than linear time.
    const RANKS: bool = true;
    fn insert(&mut self, entry: Entry);
    fn remove(&mut self, entry: &Entry);
    fn rank(&self, entry: &Entry) -> u64;
    fn at(&self, rank: u32) -> Entry;
    fn page<'a>(&'a self, from: u32) -> impl Iterator<Item = &'a Entry> + 'a;
}

/// Boards of such sets, each with the keys by handle.
pub(crate) struct Local<C>(pub(crate) Vec<(C, Vec<RowKey>)>);

impl<C: Counted> Local<C> {
    /// The boards as the load has them.
    pub(crate) fn new(load: &Load) -> Self {
        let board = |keys: &Vec<RowKey>| (keys.iter().copied().zip(0..).collect(), keys.clone());
        Self(load.keys.iter().map(board).collect())
    }
}

impl<C: Counted> Ranked for Local<C> {
    fn set(&mut self, &Update { board, handle, key }: &Update) -> u64 {
        let (rows, keys) = &mut self.0[board as usize];
        let old = std::mem::replace(&mut keys[handle as usize], key);
        let mut sum = 0;
        if C::RANKS {
            sum += rows.rank(&(old, handle));
        }
        rows.remove(&(old, handle));
        rows.insert((key, handle));
        if C::RANKS {
            sum += rows.rank(&(key, handle));
        }
        sum
    }

    fn rank(&self, board: u32, handle: u32) -> u64 {
        let (rows, keys) = &self.0[board as usize];
        rows.rank(&(keys[handle as usize], handle))
    }

    fn at(&self, board: u32, rank: u32) -> u64 {
        u64::from(self.0[board as usize].0.at(rank).1)
    }

    fn page(&self, board: u32, from: u32, mut each: impl FnMut(RowKey, u32)) {
        self.0[board as usize].0.page(from).for_each(|&(key, handle)| each(key, handle));
    }
}

impl<C: Counted> Subject for Local<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn run(&mut self, operation: usize, work: &Work) -> Result<Option<Timing>> {
        Ok((C::RANKS || operation == 0).then(|| run(self, operation, work)))
    }

    fn scores(&mut self, board: u32, from: u32) -> Result<Vec<i64>> {
        Ok(scores(self, board, from))
    }

    fn exact(&self) -> bool {
        C::RANKS
    }
}

/// `indexset`'s set, in nodes of the size that is fastest for most of the work here.
pub(crate) struct Indexset(indexset::BTreeSet<Entry>);

impl FromIterator<Entry> for Indexset {
    fn from_iter<I: IntoIterator<Item = Entry>>(rows: I) -> Self {
        let mut set = indexset::BTreeSet::with_maximum_node_size(512);
        rows.into_iter().for_each(|row| {
            set.insert(row);
        });
        Self(set)
    }
}

impl Counted for Indexset {
    const NAME: &str = "indexset";

    fn insert(&mut self, entry: Entry) {
        self.0.insert(entry);
    }

    fn remove(&mut self, entry: &Entry) {
        self.0.remove(entry);
    }

    fn rank(&self, entry: &Entry) -> u64 {
        self.0.rank(entry) as u64
    }

    fn at(&self, rank: u32) -> Entry {
        *self.0.get_index(rank as usize).expect(THERE)
    }

    fn page<'a>(&'a self, from: u32) -> impl Iterator<Item = &'a Entry> + 'a {
        self.0.range_idx(from as usize..from as usize + 32)
    }
}

/// `wabi_tree`'s set.
pub(crate) type Wabi = wabi_tree::OSBTreeSet<Entry>;

impl Counted for Wabi {
    const NAME: &str = "wabi_tree";

    fn insert(&mut self, entry: Entry) {
        self.insert(entry);
    }

    fn remove(&mut self, entry: &Entry) {
        self.remove(entry);
    }

    fn rank(&self, entry: &Entry) -> u64 {
        self.rank_of(entry).expect(THERE) as u64
    }

    fn at(&self, rank: u32) -> Entry {
        *self.get_by_rank(rank as usize).expect(THERE)
    }

    fn page<'a>(&'a self, from: u32) -> impl Iterator<Item = &'a Entry> + 'a {
        self.range(*self.get_by_rank(from as usize).expect(THERE)..).take(32)
    }
}

impl Counted for BTreeSet<Entry> {
    const NAME: &str = "BTreeSet, no ranks";
    const RANKS: bool = false;

    fn insert(&mut self, entry: Entry) {
        self.insert(entry);
    }

    fn remove(&mut self, entry: &Entry) {
        self.remove(entry);
    }

    fn rank(&self, entry: &Entry) -> u64 {
        self.range(..entry).count() as u64
    }

    fn at(&self, rank: u32) -> Entry {
        *self.iter().nth(rank as usize).expect(THERE)
    }

    fn page<'a>(&'a self, from: u32) -> impl Iterator<Item = &'a Entry> + 'a {
        self.iter().skip(from as usize).take(32)
    }
}
