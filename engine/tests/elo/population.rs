//! A made-up community whose members' skill is known: who takes part in a rating period, how many points each makes,
//! and what the ratings become. The same seed gives the same community. Shared by the test beside it and by the example
//! that plots it; neither a clock nor the engine is in it.

use scorelay_engine::scoring::elo::{Elo, Player};
use scorelay_protocol::score::Units;

/// Where ratings begin: 1200, with two decimals.
pub(crate) const START: Units = 120_000;
/// Eight points, and eight neighbours.
const K: Units = 800;
const NEIGHBOURS: u32 = 8;
const DECIMALS: u8 = 2;

/// Members, periods and the seed of what the documentation shows.
pub(crate) const USERS: usize = 20_000;
pub(crate) const PERIODS: usize = 200;
pub(crate) const SEED: u64 = 6;

/// One member.
pub(crate) struct User {
    /// In standard deviations above the average.
    pub(crate) skill: f64,
    /// The share of periods that the member takes part in.
    activity: f64,
    pub(crate) rating: Units,
    /// Periods taken part in.
    pub(crate) played: u32,
}

/// All members.
pub(crate) struct Population {
    pub(crate) users: Vec<User>,
    elo: Elo,
    random: Random,
}

impl Population {
    /// A community of `size`, all at the start. A few take part nearly always, most now and then: activity falls with
    /// the member's place in the list, and skill has nothing to do with it.
    pub(crate) fn new(size: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let users = (0..size).map(|place| {
            let activity = (300.0 / (place as f64 + 300.0)).powf(0.7);
            User { skill: random.normal(), activity, rating: START, played: 0 }
        });
        let users = users.collect();
        let elo = Elo::new(START, K, NEIGHBOURS, DECIMALS).expect("invariant: the constants lie within their bounds");
        Self { users, elo, random }
    }

    /// One period. A member's points are as skill and luck have it, half each, on a logarithmic scale around twelve, in
    /// whole numbers, so that draws are common. Returns who took part.
    pub(crate) fn period(&mut self) -> Vec<usize> {
        let mut playing = Vec::new();
        let mut players = Vec::new();
        for (place, user) in self.users.iter().enumerate() {
            if self.random.uniform() < user.activity {
                let points = (2.5 + 0.6 * user.skill + 0.6 * self.random.normal()).exp().round() as Units;
                playing.push(place);
                players.push(Player { rating: user.rating, points });
            }
        }
        for (&place, change) in playing.iter().zip(self.elo.changes(&players)) {
            self.users[place].rating += change;
            self.users[place].played += 1;
        }
        playing
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal, within ±6: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
