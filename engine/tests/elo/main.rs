//! E3: ratings of a large community over many periods hold together. Single periods are tested beside the code.

mod population;

use population::{PERIODS, Population, SEED, START, USERS, User};
use scorelay_protocol::score::Units;

/// E3: the mean of 20,000 users over 200 periods stays exactly what it was, who takes no part does not move, no rating
/// runs away, and the stronger end above the weaker.
#[test]
fn ratings_of_a_community_are_stable() {
    let mut population = Population::new(USERS, SEED);
    let whole = START * USERS as Units;
    for period in 0..PERIODS {
        let before: Vec<Units> = population.users.iter().map(|user| user.rating).collect();
        let playing = population.period();
        let mut plays = vec![false; USERS];
        playing.iter().for_each(|&place| plays[place] = true);

        let after = population.users.iter().map(|user| user.rating);
        assert_eq!(after.clone().sum::<Units>(), whole, "the sum moved in period {period}");
        for (place, (before, after)) in before.into_iter().zip(after).enumerate() {
            assert!(plays[place] || before == after, "user {place} moved in period {period} without taking part");
            assert!((after - START).abs() <= 200_000, "user {place} is at {after} after period {period}");
        }
    }
    let mut active: Vec<&User> = population.users.iter().filter(|user| user.played >= 50).collect();
    assert!(active.len() > 1_000, "{} active users say little", active.len());

    let correlation = rank_correlation(&active);
    assert!(correlation > 0.92, "skill and rating agree by {correlation}");

    active.sort_by(|a, b| a.skill.total_cmp(&b.skill));
    let means: Vec<Units> = active.chunks_exact(active.len() / 10).map(mean).collect();
    assert!(means.is_sorted_by(|weaker, stronger| weaker + 1_000 < *stronger), "tenths by skill: {means:?}");

    let (mut right, mut all) = (0, 0);
    for (place, weaker) in active.iter().enumerate() {
        for stronger in active[place..].iter().filter(|stronger| stronger.skill > weaker.skill + 1.0) {
            all += 1;
            right += usize::from(stronger.rating > weaker.rating);
        }
    }
    println!("{} active, correlation {correlation}, {right} of {all}, {means:?}", active.len());
    assert!(right * 100 > all * 99, "the clearly stronger one ended above in {right} of {all} pairs");
}

/// E3: ratings spread as far as skill does and no further, however long it goes on.
#[test]
fn ratings_do_not_widen_without_end() {
    let mut population = Population::new(1_000, SEED);
    let mut spread_after = |periods: usize| {
        (0..periods).for_each(|_| drop(population.period()));
        let squares: f64 = population.users.iter().map(|user| ((user.rating - START) as f64).powi(2)).sum();
        (squares / 1_000.0).sqrt()
    };
    let (early, late) = (spread_after(600), spread_after(1_200));
    println!("spread after 600 periods {early:.0}, after 1800 {late:.0}");
    assert!(late < early * 1.15, "the spread went from {early} units after 600 periods to {late} after 1,800");
}

/// E3: the same community comes to the same ratings, to the unit.
#[test]
fn ratings_can_be_had_again() {
    let ratings = |seed| {
        let mut population = Population::new(500, seed);
        (0..20).for_each(|_| drop(population.period()));
        population.users.iter().map(|user| user.rating).collect::<Vec<_>>()
    };
    assert_eq!(ratings(1), ratings(1));
    assert_ne!(ratings(1), ratings(2));
}

fn mean(users: &[&User]) -> Units {
    users.iter().map(|user| user.rating).sum::<Units>() / users.len() as Units
}

/// Spearman's: how far the order by skill is the order by rating, from -1 to 1.
fn rank_correlation(users: &[&User]) -> f64 {
    let places = |key: &dyn Fn(&User) -> f64| {
        let mut order: Vec<usize> = (0..users.len()).collect();
        order.sort_by(|&a, &b| key(users[a]).total_cmp(&key(users[b])));
        let mut places = vec![0.0; users.len()];
        order.into_iter().enumerate().for_each(|(place, user)| places[user] = place as f64);
        places
    };
    let by_skill = places(&|user| user.skill);
    let by_rating = places(&|user| user.rating as f64);
    let count = users.len() as f64;
    let squares: f64 = by_skill.iter().zip(by_rating).map(|(a, b)| (a - b).powi(2)).sum();
    1.0 - 6.0 * squares / (count * (count * count - 1.0))
}
