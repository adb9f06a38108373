//! The rank index at size: a million rows in blocks of the real size, long runs of appends and removals, and the
//! memory that they hold. Small cases against a model are in `model.rs`; figures are those of M6 in `bench/`.

use scorelay_ranks::{RankIndex, RowKey};

/// A fixed sequence of well-mixed numbers (splitmix64); tests must not depend on luck.
struct Mixed(u64);

impl Mixed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        (((self.next() >> 32) * u64::from(end)) >> 32) as u32
    }
}

const MILLION: u32 = 1_000_000;

#[test]
fn a_million_rows_built_changed_and_built_again() {
    let mut mixed = Mixed(1);
    let mut rows: Vec<(u32, RowKey)> = (0..MILLION)
        .map(|handle| (handle, RowKey { score: i64::from(mixed.below(1000)), stamp: u64::from(handle) }))
        .collect();
    let mut index = RankIndex::build(rows.iter().copied());
    index.audit().expect("after building");
    for stamp in 0..200_000 {
        let handle = mixed.below(MILLION);
        let key = RowKey { score: i64::from(mixed.below(1000)), stamp: u64::from(MILLION) + stamp };
        let change = index.set(handle, key);
        assert_eq!(change.old.map(|old| old.1), Some(rows[handle as usize].1));
        assert_eq!(index.at(change.new), Some((handle, key)));
        rows[handle as usize].1 = key;
    }
    index.audit().expect("after the changes");
    assert_eq!(index.len(), MILLION);
    let per_row = index.heap_bytes() as f64 / f64::from(MILLION);
    assert!((24.0..50.0).contains(&per_row), "{per_row} bytes per row");

    rows.sort_unstable_by_key(|&(handle, key)| (key, handle));
    assert!(index.iter().eq(rows.iter().copied()), "all rows in order");
    for from in (0..MILLION).step_by(9973) {
        let page = &rows[from as usize..rows.len().min(from as usize + 32)];
        assert!(index.range(from, 32).eq(page.iter().copied()), "page at {from}");
        let (handle, key) = page[0];
        assert_eq!((index.rank_of(handle), index.get(handle)), (Some(from), Some(key)));
    }
    assert!(RankIndex::build(rows.iter().copied()).iter().eq(index.iter()), "built from the sorted rows");
}

#[test]
fn rows_that_only_arrive_at_the_end_fill_their_blocks() {
    let mut index = RankIndex::new();
    for handle in 0..100_000 {
        let change = index.set(handle, RowKey { score: 1, stamp: u64::from(handle) });
        assert_eq!((change.old, change.new), (None, handle));
    }
    index.audit().expect("after appending");
    let per_row = index.heap_bytes() as f64 / 100_000.0;
    assert!(per_row < 28.0, "{per_row} bytes per row");
}

#[test]
fn rows_that_leave_give_their_memory_back() {
    let key =
        |handle: u32| RowKey { score: i64::from(handle.wrapping_mul(0x9e37_79b9) >> 20), stamp: u64::from(handle) };
    let leave_by: [fn(&RankIndex<16>, &mut Mixed) -> u32; 3] =
        [|_, _| 0, |index, _| index.len() - 1, |index, mixed| mixed.below(index.len())];
    for pick in leave_by {
        let mut mixed = Mixed(7);
        let mut index: RankIndex<16> = RankIndex::default();
        for handle in 0..20_000 {
            index.set(handle, key(handle));
        }
        let full = index.heap_bytes();
        while !index.is_empty() {
            let rank = pick(&index, &mut mixed);
            let (handle, key) = index.at(rank).expect("a rank below the length");
            assert_eq!(index.remove(handle), Some((rank, key)));
            if index.len() % 500 == 0 {
                index.audit().expect("while rows leave");
            }
        }
        assert_eq!((index.last(), index.at(0), index.iter().next()), (None, None, None));
        // What stays is 4 bytes a handle and the empty heads of blocks.
        assert!(index.heap_bytes() * 2 < full, "{} of {full} bytes are still held", index.heap_bytes());
        index.set(3, key(3));
        assert_eq!(index.at(0), Some((3, key(3))));
    }
}

#[test]
fn equal_keys_stand_in_the_order_of_their_handles() {
    let key = RowKey { score: 5, stamp: 5 };
    let mut index = RankIndex::new();
    for n in 0..3000u32 {
        index.set(n * 7 % 3000, key);
    }
    index.audit().expect("after equal keys");
    assert!(index.iter().map(|row| row.0).eq(0..3000));
    let change = index.set(1234, key);
    assert_eq!((change.old, change.new), (Some((1234, key)), 1234));
}

#[test]
fn the_last_of_a_handles_rows_counts_in_a_build() {
    let key = |score| RowKey { score, stamp: 0 };
    let index = RankIndex::build([(4, key(1)), (9, key(2)), (4, key(3))]);
    index.audit().expect("after building");
    assert_eq!(index.iter().collect::<Vec<_>>(), [(4, key(3)), (9, key(2))]);
}

#[test]
fn what_is_not_there_has_no_answer() {
    let mut index = RankIndex::new();
    assert!(index.is_empty() && index.iter().next().is_none() && index.range(0, 32).next().is_none());
    assert_eq!((index.get(0), index.rank_of(u32::MAX), index.at(0)), (None, None, None));
    assert_eq!((index.at(u32::MAX), index.last(), index.remove(8)), (None, None, None));
    index.set(2, RowKey { score: 0, stamp: 0 });
    assert_eq!(index.range(u32::MAX, u32::MAX).len(), 0);
    assert_eq!(index.range(0, u32::MAX).len(), 1);
    assert_eq!((index.get(1), index.remove(0), index.at(1)), (None, None, None));
    index.audit().expect("after one row");
}
