//! The rank index against a naive model, a sorted vector, under random changes with many ties and tiny blocks, so that
//! every few changes split, merge or share blocks. Every answer is compared and every invariant audited after each
//! change; sizes that need many rows are in `bulk.rs`.

use proptest::collection::vec;
use proptest::prelude::*;
use scorelay_ranks::{Change, RankIndex, RowKey};

/// What a board is, without any cleverness.
#[derive(Default)]
struct Model {
    rows: Vec<(RowKey, u32)>,
}

impl Model {
    fn rank_of(&self, handle: u32) -> Option<u32> {
        self.rows.iter().position(|row| row.1 == handle).map(|rank| rank as u32)
    }

    fn at(&self, rank: u32) -> Option<(u32, RowKey)> {
        self.rows.get(rank as usize).map(|&(key, handle)| (handle, key))
    }

    fn remove(&mut self, handle: u32) -> Option<(u32, RowKey)> {
        let rank = self.rank_of(handle)?;
        Some((rank, self.rows.remove(rank as usize).0))
    }

    fn set(&mut self, handle: u32, key: RowKey) -> Change {
        let old = self.remove(handle);
        self.rows.push((key, handle));
        self.rows.sort_by_key(|&(key, handle)| (std::cmp::Reverse(key.score), key.stamp, handle));
        Change { old, new: self.rank_of(handle).expect("just inserted") }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Set(u32, RowKey),
    Remove(u32),
    RemoveAt(prop::sample::Index),
    Range(u32, u32),
}

/// Keys from so few values that equal scores are the rule and equal keys are common.
fn tied_key() -> impl Strategy<Value = RowKey> + Clone {
    (-2i64..3, 0u64..6).prop_map(|(score, stamp)| RowKey { score, stamp })
}

fn any_key() -> impl Strategy<Value = RowKey> + Clone {
    let score = prop_oneof![8 => -500i64..500, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    (score, any::<u64>()).prop_map(|(score, stamp)| RowKey { score, stamp })
}

fn op(handles: u32, key: impl Strategy<Value = RowKey>, sets: u32, removes: u32) -> impl Strategy<Value = Op> {
    prop_oneof![
        sets => (0..handles, key).prop_map(|(handle, key)| Op::Set(handle, key)),
        removes => (0..handles).prop_map(Op::Remove),
        removes => any::<prop::sample::Index>().prop_map(Op::RemoveAt),
        1 => (0..handles + 3, 0..handles).prop_map(|(from, len)| Op::Range(from, len)),
    ]
}

/// Growing, then churning, then shrinking.
fn ops(handles: u32, key: impl Strategy<Value = RowKey> + Clone) -> impl Strategy<Value = Vec<Op>> {
    let grow = vec(op(handles, key.clone(), 12, 1), 0..120);
    let churn = vec(op(handles, key.clone(), 3, 1), 0..120);
    let shrink = vec(op(handles, key, 1, 3), 0..160);
    (grow, churn, shrink).prop_map(|(grow, churn, shrink)| [grow, churn, shrink].concat())
}

fn run<const B: usize>(start: Vec<(u32, RowKey)>, ops: Vec<Op>) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    for &(handle, key) in &start {
        model.set(handle, key);
    }
    let mut index: RankIndex<B> = start.into_iter().collect();
    compare(&index, &model)?;
    for op in ops {
        match op {
            Op::Set(handle, key) => prop_assert_eq!(index.set(handle, key), model.set(handle, key)),
            Op::Remove(handle) => prop_assert_eq!(index.remove(handle), model.remove(handle)),
            Op::RemoveAt(pick) => {
                if !model.rows.is_empty() {
                    let handle = model.rows[pick.index(model.rows.len())].1;
                    prop_assert_eq!(index.remove(handle), model.remove(handle));
                }
            }
            Op::Range(from, len) => {
                let expected: Vec<_> = (from..from.saturating_add(len)).map_while(|rank| model.at(rank)).collect();
                prop_assert_eq!(index.range(from, len).len(), expected.len());
                // The place of a row that is there, and of one that is not.
                let places = expected.iter().take(1).flat_map(|&(handle, key)| [(handle, key), (handle ^ 1, key)]);
                for (handle, key) in places {
                    let before = model.rows.iter().filter(|row| **row <= (key, handle)).count();
                    prop_assert_eq!(index.rank_after(handle, key), before as u32);
                }
                prop_assert_eq!(index.range(from, len).collect::<Vec<_>>(), expected);
            }
        }
        compare(&index, &model)?;
    }
    Ok(())
}

fn compare<const B: usize>(index: &RankIndex<B>, model: &Model) -> Result<(), TestCaseError> {
    index.audit().map_err(TestCaseError::fail)?;
    let len = model.rows.len() as u32;
    prop_assert_eq!(index.len(), len);
    prop_assert_eq!(index.is_empty(), len == 0);
    prop_assert_eq!(index.last(), len.checked_sub(1).and_then(|rank| model.at(rank)));
    prop_assert_eq!(index.at(len), None);
    prop_assert_eq!(index.iter().len(), model.rows.len());
    let rows: Vec<_> = index.iter().map(|(handle, key)| (key, handle)).collect();
    prop_assert_eq!(&rows, &model.rows);
    for (rank, &(key, handle)) in model.rows.iter().enumerate() {
        prop_assert_eq!(index.at(rank as u32), Some((handle, key)));
        prop_assert_eq!(index.rank_of(handle), Some(rank as u32));
        prop_assert_eq!(index.get(handle), Some(key));
    }
    for handle in 0..200 {
        if model.rank_of(handle).is_none() {
            prop_assert_eq!((index.rank_of(handle), index.get(handle)), (None, None));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn tied_rows_in_the_smallest_blocks(
        start in vec((0u32..60, tied_key()), 0..60),
        ops in ops(60, tied_key()),
    ) {
        run::<4>(start, ops)?;
    }

    #[test]
    fn tied_rows_in_small_blocks(start in vec((0u32..150, tied_key()), 0..150), ops in ops(150, tied_key())) {
        run::<8>(start, ops)?;
    }

    #[test]
    fn any_rows_in_blocks_of_an_odd_size(start in vec((0u32..150, any_key()), 0..150), ops in ops(150, any_key())) {
        run::<13>(start, ops)?;
    }

    #[test]
    fn any_rows_in_one_block(ops in ops(100, any_key())) {
        run::<512>(Vec::new(), ops)?;
    }
}
