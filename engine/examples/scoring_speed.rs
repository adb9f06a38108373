//! How long the parts of scoring take that could hold a core up: a rating period of 100,000 participants, and a long
//! message compared with ten others, for texts of several kinds. Medians on one thread; it checks nothing. Run it with
//! `cargo run -p scorelay-engine --release --example scoring_speed`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use scorelay_engine::scoring::copypasta::Copypasta;
use scorelay_engine::scoring::elo::{Elo, Player};
use scorelay_protocol::entity::{Entity, EntityId};

const RUNS: usize = 21;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for neighbours in [8, 100] {
        let elo = Elo::new(120_000, 1_600, neighbours, 2)?;
        let players: Vec<Player> = (0..100_000u64)
            .map(|at| {
                let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                Player { rating: 80_000 + (mixed >> 40) as i64 % 80_000, points: (mixed >> 20) as i64 % 50 }
            })
            .collect();
        let took = median(|| drop(black_box(elo.changes(black_box(&players)))));
        println!("rating period, 100,000 participants, {neighbours} neighbours: {took:?}");
    }

    for bytes in [500, 4_096, 8_192] {
        let kinds = [
            ("one letter", "a".repeat(bytes)),
            ("two letters in turn", "ab".repeat(bytes / 2)),
            ("letters of Fibonacci's word", fibonacci(bytes)),
            ("words", "the quick brown fox jumps over it ".repeat(bytes / 34)),
        ];
        for (kind, text) in kinds {
            let mut copypasta = Copypasta::default();
            let mut writer = 0;
            let took = median(|| {
                // Nobody's own message, and none that is wholly alike: all ten are compared.
                writer += 1;
                let text = format!("{text}{writer}");
                if let Ok(author) = Entity::from_parts("twitch", EntityId::Number(writer)) {
                    black_box(copypasta.see(&author, &text));
                }
            });
            println!("copypasta, ten of {bytes} bytes, {kind}: {took:?}");
        }
    }
    Ok(())
}

/// The median time of many runs, after ten to warm up.
fn median(mut run: impl FnMut()) -> Duration {
    (0..10).for_each(|_| run());
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

/// Text that agrees with itself at as many places as there can be, and nowhere for long.
fn fibonacci(bytes: usize) -> String {
    let (mut before, mut text) = ("a".to_owned(), "ab".to_owned());
    while text.len() < bytes {
        let next = format!("{text}{before}");
        before = std::mem::replace(&mut text, next);
    }
    text.truncate(bytes);
    text
}
