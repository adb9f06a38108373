//! Bests, and Elo over periods: what shows while one is open, what its end settles, and that a kill in the middle of
//! one changes nothing. The formula itself is tested beside it.

use scorelay_engine::{BoardConfig, EloRating, Rating, Scorer};

use crate::support::*;

const PERIOD: u64 = 60_000;

fn elo() -> BoardConfig {
    let rating = EloRating { start: 120_000, k: 16, neighbours: 4, period_ms: PERIOD };
    BoardConfig { rating: Rating::Elo(rating), decimals: 2, max_rows: 100, ..BoardConfig::new("elo", Scorer::External) }
}

fn scores(rig: &Rig) -> Vec<i64> {
    rig.engine.rows("elo").unwrap().map(|row| row.score).collect()
}

fn give(rig: &mut Rig, who: &str, units: i64) {
    rig.reply(live(points("elo", who, units)));
}

/// E3: nobody's rating moves before there are points, the sum never does, and who did not take part keeps theirs.
#[test]
fn a_period_moves_those_who_took_part_and_never_the_sum() {
    let mut rig = Rig::new(vec![elo()]);
    rig.clock = 10 * PERIOD;
    give(&mut rig, "t:a", 500);
    give(&mut rig, "t:b", 100);
    give(&mut rig, "t:c", 100);
    rig.wait(1_500);
    // Everybody plays the two others: two wins, and twice a loss and a draw.
    assert_eq!(rig.ranking("elo"), ["t:a 121600", "t:b 119200", "t:c 119200"]);
    rig.wait(PERIOD);
    assert_eq!(scores(&rig), [121_600, 119_200, 119_200], "its end settles what showed");
    assert_eq!(rig.engine.due(), None);

    give(&mut rig, "t:b", 1);
    give(&mut rig, "t:c", 2);
    rig.wait(2 * PERIOD);
    let after = rig.ranking("elo");
    assert_eq!(after, ["t:a 121600", "t:c 120000", "t:b 118400"]);
    assert_eq!(scores(&rig).iter().sum::<i64>(), 3 * 120_000);
}

/// E3: live ratings are reckoned once a second, however often points come.
#[test]
fn live_ratings_follow_at_most_once_a_second() {
    let mut rig = Rig::new(vec![elo()]);
    rig.clock = 10 * PERIOD;
    give(&mut rig, "t:a", 1);
    rig.wait(1_000);
    let batches = rig.batches;
    for n in 0..500 {
        give(&mut rig, if n % 3 == 0 { "t:a" } else { "t:b" }, n);
        rig.cut();
    }
    assert!(rig.batches <= batches + 1, "{} batches for 500 events in half a second", rig.batches - batches);
    rig.wait(1_000);
    assert_eq!(scores(&rig).len(), 2);
}

/// E2, E3: a kill in the middle of a period changes nothing of what it comes to.
#[test]
fn an_open_period_survives_a_kill() {
    let run = |kill: bool| {
        let mut rig = Rig::new(vec![elo()]);
        rig.clock = 10 * PERIOD;
        for (who, units) in [("t:a", 5), ("t:b", 3), ("t:c", 3)] {
            give(&mut rig, who, units);
        }
        rig.wait(1_500);
        rig.commit();
        if kill {
            rig.kill();
        }
        give(&mut rig, "t:c", 9);
        give(&mut rig, "t:d", 1);
        rig.wait(1_500);
        rig.commit();
        if kill {
            // The period ends while nobody is there, and is settled before anything else.
            rig.kill();
            rig.clock += 3 * PERIOD;
        } else {
            rig.wait(3 * PERIOD);
        }
        give(&mut rig, "t:a", 1);
        rig.wait(1_500);
        rig.commit();
        rig.kill();
        rig.ranking("elo")
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn the_best_counts_and_a_worse_one_does_not() {
    let best = BoardConfig { rating: Rating::Best, max_rows: 10, ..BoardConfig::new("best", Scorer::External) };
    let mut rig = Rig::new(vec![best]);
    for (who, units) in [("t:a", 5), ("t:b", -3), ("t:a", 4), ("t:b", -7), ("t:a", 6)] {
        rig.reply(live(points("best", who, units)));
    }
    rig.cut();
    assert_eq!(rig.ranking("best"), ["t:a 6", "t:b -3"]);
}
