//! Hand-reckoned periods, and any period against the rules written down naively with floating-point numbers.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use std::collections::BTreeSet;

/// With three decimals, start 1200, K 32.
fn elo(neighbours: u32) -> Elo {
    Elo::new(1_200_000, 32_000, neighbours, 3).unwrap()
}

fn players(of: &[(Units, Units)]) -> Vec<Player> {
    of.iter().map(|&(rating, points)| Player { rating, points }).collect()
}

fn changes(neighbours: u32, of: &[(Units, Units)]) -> Vec<Units> {
    elo(neighbours).changes(&players(of))
}

/// E3: two players, by hand.
#[test]
fn two_players() {
    // Equals expect a half: half of K.
    assert_eq!(changes(1, &[(1_200_000, 5), (1_200_000, 3)]), [16_000, -16_000]);
    assert_eq!(changes(1, &[(1_200_000, 3), (1_200_000, 5)]), [-16_000, 16_000]);
    // 400 points are ten to one: 32 / 11 = 2.909 for the favourite, 32 · 10 / 11 = 29.091 for the other.
    assert_eq!(changes(1, &[(1_600_000, 9), (1_200_000, 1)]), [2_909, -2_909]);
    assert_eq!(changes(1, &[(1_600_000, 1), (1_200_000, 9)]), [-29_091, 29_091]);
    // 200 points: 1 / (1 + 10^-0.5) = 0.759747; a draw costs the favourite 32 · 0.259747 = 8.312.
    assert_eq!(changes(1, &[(1_400_000, 4), (1_200_000, 4)]), [-8_312, 8_312]);
}

/// E3: three players, by hand: who is nearest, and that a pair counts once whoever chose.
#[test]
fn three_players() {
    // 1000 and 1100 choose each other, 1400 chooses 1100: two pairs.
    // 1000 beats 1100: 32 · (1 − 1 / (1 + 10^(100 / 400))) = 32 · 0.640065 = 20.482.
    // 1400 loses to 1100: 32 · 1 / (1 + 10^(−300 / 400)) = 32 · 0.849020 = 27.169.
    let got = changes(1, &[(1_400_000, 1), (1_000_000, 7), (1_100_000, 2)]);
    assert_eq!(got, [-27_169, 20_482, 27_169 - 20_482]);
    // With two neighbours everybody plays everybody; 1000 beats 1400 too: 32 · 10 / 11.
    let got = changes(2, &[(1_400_000, 1), (1_000_000, 7), (1_100_000, 2)]);
    assert_eq!(got, [-27_169 - 29_091, 20_482 + 29_091, 27_169 - 20_482]);
}

#[test]
fn nobody_and_one_alone_change_nothing() {
    assert_eq!(changes(3, &[]), [0; 0]);
    assert_eq!(changes(3, &[(1_200_000, 100)]), [0]);
}

/// E3: among equals nobody is chosen by all the others: the best gains from ten neighbours and ten from all over.
#[test]
fn a_crowd_at_the_start_shares_its_games() {
    let crowd: Vec<_> = (0..1_000).map(|at| (1_200_000, i64::from(at == 0))).collect();
    let got = changes(10, &crowd);
    let moved = got.iter().filter(|&&change| change != 0).count();
    assert_eq!((moved, got[0]), (21, 20 * 16_000));
}

/// E3: only who has more matters, not how much more.
#[test]
fn the_size_of_a_win_does_not_matter() {
    let near = changes(2, &[(1_200_000, 3), (1_250_000, 2), (1_300_000, 1)]);
    let far = changes(2, &[(1_200_000, 1 << 52), (1_250_000, 0), (1_300_000, -(1 << 52))]);
    assert_eq!(near, far);
}

#[test]
fn numbers_outside_their_bounds_are_refused() {
    assert_eq!(Elo::new(0, 0, 1, 0), Err(EloError::K));
    assert_eq!(Elo::new(0, ELO_K * 100 + 1, 1, 2), Err(EloError::K));
    assert_eq!(Elo::new(0, 1, 0, 0), Err(EloError::Neighbours(0)));
    assert_eq!(Elo::new(0, 1, ELO_NEIGHBOURS + 1, 0), Err(EloError::Neighbours(ELO_NEIGHBOURS + 1)));
    assert_eq!(Elo::new(0, 1, 1, MAX_DECIMALS + 1), Err(EloError::Decimals(MAX_DECIMALS + 1)));
    let widest = Elo::new(7, ELO_K * 1_000_000_000, ELO_NEIGHBOURS, MAX_DECIMALS).unwrap();
    assert_eq!(widest.start(), 7);
    let most = scorelay_protocol::limits::MAX_SCORE;
    let got = widest.changes(&players(&[(most, 0), (-most, 1), (most, 2), (0, 3)]));
    assert_eq!(got.iter().sum::<Units>(), 0);
}

/// The pairs by the rules: each takes the nearest of all that are left, again and again, and then those who stand so
/// many equal parts of the order by rating away.
fn naive_pairs(players: &[Player], neighbours: usize) -> BTreeSet<(usize, usize)> {
    let key = |at: usize| (players[at].rating, at);
    let mut pairs = BTreeSet::new();
    for own in 0..players.len() {
        let mut left: Vec<usize> = (0..players.len()).filter(|&other| other != own).collect();
        let (mut down, mut up) = (0, 0);
        for _ in 0..neighbours {
            let nearest = |&other: &usize| {
                let lower = key(other) < key(own);
                // Of equal ratings on one side, whoever stands nearer in the order.
                let (taken, apart) = if lower { (down, usize::MAX - other) } else { (up, other) };
                (players[other].rating.abs_diff(players[own].rating), taken, !lower, apart)
            };
            let Some(next) = left.iter().copied().min_by_key(nearest) else { break };
            left.retain(|&other| other != next);
            *(if key(next) < key(own) { &mut down } else { &mut up }) += 1;
            pairs.insert((own.min(next), own.max(next)));
        }
    }
    let mut order: Vec<usize> = (0..players.len()).collect();
    order.sort_by_key(|&at| key(at));
    for part in 1..=neighbours {
        let apart = part * players.len() / (neighbours + 1);
        for (one, other) in order.iter().zip(order.iter().skip(apart)).filter(|(one, other)| one != other) {
            pairs.insert((*one.min(other), *one.max(other)));
        }
    }
    pairs
}

/// The changes by the formula in books, each exchange rounded, and how many exchanges each had.
fn naive(players: &[Player], neighbours: usize, k: f64) -> (Vec<Units>, Vec<Units>) {
    let mut changes = vec![0; players.len()];
    let mut games = vec![0; players.len()];
    for (one, other) in naive_pairs(players, neighbours) {
        let behind = (players[other].rating - players[one].rating) as f64 / 1_000.0;
        let expected = 1.0 / (1.0 + 10f64.powf(behind / 400.0));
        let won = match players[one].points.cmp(&players[other].points) {
            Ordering::Less => 0.0,
            Ordering::Equal => 0.5,
            Ordering::Greater => 1.0,
        };
        let gain = (k * (won - expected)).round() as Units;
        changes[one] += gain;
        changes[other] -= gain;
        games[one] += 1;
        games[other] += 1;
    }
    (changes, games)
}

fn any_players() -> impl Strategy<Value = Vec<Player>> {
    let rating = prop_oneof![1_190_000i64..1_210_000, 0i64..3_000_000, 0i64..6];
    let player = (rating, -3i64..9).prop_map(|(rating, points)| Player { rating, points });
    proptest::collection::vec(player, 0..40)
}

fn check_against_naive(players: &[Player], neighbours: u32) -> TestCaseResult {
    let got = elo(neighbours).changes(players);
    prop_assert_eq!(got.iter().sum::<Units>(), 0);
    let (want, games) = naive(players, neighbours as usize, 32_000.0);
    for at in 0..players.len() {
        // A float may round an exchange that lies near a half the other way.
        prop_assert!((got[at] - want[at]).abs() <= games[at], "player {}: {} instead of {}", at, got[at], want[at]);
        prop_assert!(got[at].abs() <= (3 * i64::from(neighbours) + 1) * 32_000);
    }
    let wrong = (0..players.len()).filter(|&at| got[at] != want[at]).count();
    prop_assert!(wrong <= 2, "{} of {} differ", wrong, players.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// E3: any period is what the rules say, and its changes sum to nothing.
    #[test]
    fn any_period_is_by_the_rules(players in any_players(), neighbours in 1u32..12) {
        check_against_naive(&players, neighbours)?;
    }

    /// E3: where no two ratings are equal the order of players means nothing.
    #[test]
    fn the_order_means_nothing(
        (players, order) in any_players().prop_flat_map(|mut players| {
            let mut seen = BTreeSet::new();
            players.retain(|player| seen.insert(player.rating));
            let order = Just((0..players.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(players), order)
        }),
        neighbours in 1u32..12,
    ) {
        let straight = elo(neighbours).changes(&players);
        let shuffled: Vec<Player> = order.iter().map(|&at| players[at]).collect();
        let got = elo(neighbours).changes(&shuffled);
        prop_assert_eq!(got, order.iter().map(|&at| straight[at]).collect::<Vec<_>>());
    }

    /// E3: equals that draw exchange nothing.
    #[test]
    fn equals_that_draw_stand_still(count in 0usize..50, rating in any::<i32>(), points in any::<i32>()) {
        let players = vec![Player { rating: rating.into(), points: points.into() }; count];
        prop_assert_eq!(elo(7).changes(&players), vec![0; count]);
    }

    /// E3: points turned round turn a period of equals round.
    #[test]
    fn wins_and_losses_mirror(points in proptest::collection::vec(-5i64..5, 0..40)) {
        let with = |sign: i64| -> Vec<Player> {
            points.iter().map(|&points| Player { rating: 1_200_000, points: sign * points }).collect()
        };
        let turned: Vec<Units> = elo(5).changes(&with(-1)).into_iter().map(|change| -change).collect();
        prop_assert_eq!(elo(5).changes(&with(1)), turned);
    }
}
