//! How fast the rank index is at a million rows: nanoseconds for each operation under three kinds of load, beside a
//! `BTreeSet` that keeps the same order but cannot tell ranks. It measures on one thread and checks nothing; correctness
//! is in `tests/`. Run it with `cargo run -p scorelay-ranks --release --example speed`.

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
    let say = |operation: &str, ops: u32, since: Instant| {
        println!("{:8} {operation:>26} {:8.0}", load.name, since.elapsed().as_nanos() as f64 / f64::from(ops));
    };

    let start = Instant::now();
    let mut index = RankIndex::build(first.iter().copied());
    say("build, a row", ROWS, start);
    let built = index.heap_bytes();

    let start = Instant::now();
    let mut one_by_one = RankIndex::new();
    for &(handle, key) in &first {
        one_by_one.set(handle, key);
    }
    say("insert one by one, a row", ROWS, start);
    let inserted = one_by_one.heap_bytes();
    drop(one_by_one);

    let start = Instant::now();
    for &(handle, key) in &updates {
        black_box(index.set(handle, key));
    }
    say("update", OPS, start);

    let start = Instant::now();
    for &(handle, _) in &updates {
        black_box(index.get(handle));
    }
    say("get", OPS, start);

    let start = Instant::now();
    for &(handle, _) in &updates {
        black_box(index.rank_of(handle));
    }
    say("rank_of", OPS, start);

    let start = Instant::now();
    for &rank in &ranks {
        black_box(index.at(rank));
    }
    say("at", OPS, start);

    let start = Instant::now();
    let mut sum = 0i64;
    for &rank in &ranks {
        sum = index.range(rank, 32).fold(sum, |sum, (handle, key)| sum ^ key.score ^ i64::from(handle));
    }
    black_box(sum);
    say("page of 32", OPS, start);

    let mut tree: BTreeSet<(RowKey, u32)> = first.iter().map(|&(handle, key)| (key, handle)).collect();
    let mut keys: Vec<RowKey> = first.iter().map(|row| row.1).collect();
    let start = Instant::now();
    for &(handle, key) in &updates {
        let old = std::mem::replace(&mut keys[handle as usize], key);
        black_box(tree.remove(&(old, handle)));
        black_box(tree.insert((key, handle)));
    }
    say("BTreeSet update, no ranks", OPS, start);

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
