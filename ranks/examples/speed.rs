//! How fast the rank index is at a million rows: median nanoseconds for each operation under three kinds of load,
//! beside a `BTreeSet` that keeps the same order but cannot tell ranks. It measures on one thread and checks nothing;
//! correctness is in `tests/`. Run it with `cargo run -p scorelay-ranks --release --example speed`.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use scorelay_ranks::{RankIndex, RowKey};

const ROWS: u32 = 1_000_000;
const OPS: u32 = 2_000_000;

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

    /// A number below `end`, each about in inverse proportion to its size (a continuous Zipf law with exponent 1).
    fn zipf(&mut self, end: u32) -> u32 {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (f64::from(end).powf(uniform) as u32).min(end - 1)
    }
}

/// A kind of load: the first score of a handle, then who changes and by how much or to what.
struct Load {
    name: &'static str,
    first: fn(&mut Mixed, u32) -> i64,
    who: fn(&mut Mixed) -> u32,
    next: fn(&mut Mixed, i64) -> i64,
}

const LOADS: [Load; 3] = [
    Load {
        name: "uniform",
        first: |mixed, _| (mixed.next() >> 20) as i64,
        who: |mixed| mixed.below(ROWS),
        next: |mixed, _| (mixed.next() >> 20) as i64,
    },
    Load {
        name: "zipf",
        first: |mixed, handle| i64::from(10 * ROWS / (handle + 1)) + i64::from(mixed.below(3)),
        who: |mixed| mixed.zipf(ROWS),
        next: |mixed, score| score + 1 + i64::from(mixed.below(3)),
    },
    Load {
        name: "ties",
        first: |mixed, _| i64::from(mixed.below(20)),
        who: |mixed| mixed.below(ROWS),
        next: |mixed, score| (score + i64::from(mixed.below(3)) - 1).clamp(0, 20),
    },
];

fn main() {
    println!("{:8} {:>26} {:>8}", "load", "operation", "ns/op");
    for load in &LOADS {
        measure(load);
    }
}

/// Nanoseconds for one item: the median over runs of a thousand, so that other work on the machine counts little.
fn median<T, R>(items: &[T], mut operation: impl FnMut(&T) -> R) -> f64 {
    let mut runs: Vec<f64> = items
        .chunks_exact(1000)
        .map(|run| {
            let start = Instant::now();
            for item in run {
                black_box(operation(item));
            }
            start.elapsed().as_nanos() as f64 / run.len() as f64
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measure(load: &Load) {
    let mut mixed = Mixed(42);
    let first: Vec<(u32, RowKey)> = (0..ROWS)
        .map(|handle| (handle, RowKey { score: (load.first)(&mut mixed, handle), stamp: u64::from(handle) }))
        .collect();
    let mut keys: Vec<RowKey> = first.iter().map(|row| row.1).collect();
    // Made beforehand, so that drawing numbers is not part of what is measured.
    let updates: Vec<(u32, RowKey)> = (0..OPS)
        .map(|n| {
            let handle = (load.who)(&mut mixed);
            let score = (load.next)(&mut mixed, keys[handle as usize].score);
            let key = RowKey { score, stamp: u64::from(ROWS + n) };
            keys[handle as usize] = key;
            (handle, key)
        })
        .collect();
    let ranks: Vec<u32> = (0..OPS).map(|_| mixed.below(ROWS)).collect();
    let say = |operation: &str, ns: f64| println!("{:8} {operation:>26} {ns:8.0}", load.name);

    let start = Instant::now();
    let mut index = RankIndex::build(first.iter().copied());
    say("build, a row", start.elapsed().as_nanos() as f64 / f64::from(ROWS));
    let built = index.heap_bytes();
    let mut one_by_one = RankIndex::new();
    say("insert one by one, a row", median(&first, |&(handle, key)| one_by_one.set(handle, key)));
    let inserted = one_by_one.heap_bytes();
    drop(one_by_one);

    say("update", median(&updates, |&(handle, key)| index.set(handle, key)));
    say("get", median(&updates, |&(handle, _)| index.get(handle)));
    say("rank_of", median(&updates, |&(handle, _)| index.rank_of(handle)));
    say("at", median(&ranks, |&rank| index.at(rank)));
    let page = |from| index.range(from, 32).fold(0, |sum, (handle, key)| sum ^ key.score ^ i64::from(handle));
    say("page of 32", median(&ranks, |&rank| page(rank)));

    let mut tree: BTreeSet<(RowKey, u32)> = first.iter().map(|&(handle, key)| (key, handle)).collect();
    let mut keys: Vec<RowKey> = first.iter().map(|row| row.1).collect();
    let update = |&(handle, key): &(u32, RowKey)| {
        let old = std::mem::replace(&mut keys[handle as usize], key);
        (tree.remove(&(old, handle)), tree.insert((key, handle)))
    };
    say("BTreeSet update, no ranks", median(&updates, update));

    let per_row = |bytes: usize| bytes as f64 / f64::from(ROWS);
    println!(
        "{:8} {:>26} {:8.1} {:.1} {:.1}",
        load.name,
        "bytes/row built, inserted, updated:",
        per_row(built),
        per_row(inserted),
        per_row(index.heap_bytes())
    );
}
