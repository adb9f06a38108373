//! A synthetic crowd: few write much and many write little (Zipf), newcomers appear, activity shifts, and now and then
//! a raid of newcomers writes all at once. Entirely decided by its random seed and the number of messages so far.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scorelay_protocol::entity::{Entity, EntityId};
use scorelay_protocol::event::{ChatMessage, Event};

const PLATFORM: &str = "demo";
const ROOMS: [&str; 3] = ["#lobby", "#arena", "#kitchen"];
const PHRASES: [&str; 8] =
    ["hello", "nice one", "gg", "what a play", "first time here", "so close", "again!", "good night"];
/// Halves of names; with a chatter's number behind them they are nobody else's.
const FIRST: [&str; 16] = [
    "Quiet", "Sunny", "Late", "Brave", "Tiny", "Salty", "Lucky", "Sleepy", "Turbo", "Cosmic", "Humble", "Spicy",
    "Frosty", "Clever", "Zoë", "Mighty",
];
/// See [`FIRST`].
const SECOND: [&str; 16] = [
    "Otter", "Falcon", "Noodle", "Badger", "Comet", "Pickle", "Wizard", "Panda", "Turnip", "Raven", "Koala", "Lantern",
    "Moose", "Teapot", "Gecko", "Yeti",
];
/// One chatter in this many has the badge; the first that fits.
const BADGES: [(u32, &str); 3] = [(97, "moderator"), (31, "vip"), (4, "subscriber")];

/// One message in this many lets somebody in who has never written.
const NEWCOMER: u32 = 400;
/// One message in this many makes two chatters change places in activity.
const SHIFT: u32 = 50;
/// One message in this many begins a raid.
const RAID: u32 = 12_000;
/// How much faster a raided chat writes.
const RAID_HASTE: f64 = 3.0;

/// The crowd.
#[derive(Debug)]
pub(super) struct Crowd {
    rng: ChaCha8Rng,
    /// Chatters by activity, most active first; those past `present` have not appeared yet.
    order: Vec<u32>,
    present: usize,
    raid: Option<Raid>,
}

/// Raiders stand at the end of those present.
#[derive(Debug)]
struct Raid {
    raiders: usize,
    messages: u32,
}

impl Crowd {
    /// A crowd of at most `size` chatters, a third of whom are there at the start.
    pub(super) fn new(size: u32, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<u32> = (1..=size.max(1)).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, rng.random_range(0..=i));
        }
        let present = order.len().div_ceil(3);
        Self { rng, order, present, raid: None }
    }

    /// How much faster than usual it writes.
    pub(super) fn haste(&self) -> f64 {
        if self.raid.is_some() { RAID_HASTE } else { 1.0 }
    }

    /// The next message.
    pub(super) fn speak(&mut self) -> Event {
        if self.rng.random_ratio(1, NEWCOMER) && self.present < self.order.len() {
            self.present += 1;
        }
        if self.rng.random_ratio(1, SHIFT) {
            let (a, b) = (self.by_activity(), self.by_activity());
            self.order.swap(a, b);
        }
        if self.raid.is_none() && self.rng.random_ratio(1, RAID) {
            self.raid = Some(self.raiders());
        }
        let place = match &mut self.raid {
            Some(raid) if self.rng.random_ratio(2, 3) => {
                let place = self.present - 1 - self.rng.random_range(0..raid.raiders);
                raid.messages -= 1;
                if raid.messages == 0 {
                    self.raid = None;
                }
                place
            }
            _ => self.by_activity(),
        };
        self.message(self.order[place])
    }

    /// A place drawn by Zipf's law with exponent 1: of `n` places, place `k` in proportion to `ln((k + 1) / k)`.
    fn by_activity(&mut self) -> usize {
        let places = self.present as f64 + 1.0;
        (places.powf(self.rng.random::<f64>()) as usize - 1).min(self.present - 1)
    }

    /// Newcomers arrive together; where none are left, the least active come back.
    fn raiders(&mut self) -> Raid {
        let raiders = self.rng.random_range(1..=self.order.len().div_ceil(20));
        self.present = (self.present + raiders).min(self.order.len());
        Raid { raiders, messages: 4 * raiders as u32 }
    }

    fn message(&mut self, chatter: u32) -> Event {
        let author = Entity::from_parts(PLATFORM, EntityId::Number(u64::from(chatter)))
            .expect("invariant: `demo` is a platform's name");
        Event::Message(ChatMessage {
            author,
            name: name(chatter),
            room: ROOMS[chatter as usize % ROOMS.len()].into(),
            text: PHRASES[self.rng.random_range(0..PHRASES.len())].into(),
            id: None,
            badges: badge(chatter).map(str::to_owned).into_iter().collect(),
            emotes: Vec::new(),
            bits: 0,
        })
    }
}

fn name(chatter: u32) -> String {
    // Neighbours by number should not look alike.
    let mixed = chatter.wrapping_mul(0x9E37_79B9) >> 24;
    let (first, second) = (mixed as usize % FIRST.len(), mixed as usize / FIRST.len() % SECOND.len());
    format!("{}{}{chatter}", FIRST[first], SECOND[second])
}

fn badge(chatter: u32) -> Option<&'static str> {
    BADGES.into_iter().find(|(every, _)| chatter.is_multiple_of(*every)).map(|(_, badge)| badge)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn authors(size: u32, seed: u64, messages: usize) -> Vec<String> {
        let mut crowd = Crowd::new(size, seed);
        let author = |event| match event {
            Event::Message(message) => message.author.to_string(),
            other => panic!("{other:?}"),
        };
        (0..messages).map(|_| author(crowd.speak())).collect()
    }

    #[test]
    fn a_seed_makes_one_crowd() {
        assert_eq!(authors(500, 7, 2_000), authors(500, 7, 2_000));
        assert_ne!(authors(500, 7, 2_000), authors(500, 8, 2_000));
        assert_eq!(authors(1, 1, 50_000).iter().filter(|a| *a == "demo:1").count(), 50_000);
    }

    #[test]
    fn few_write_much_and_newcomers_appear() {
        let authors = authors(3_000, 1, 60_000);
        let count = |part: &[String]| {
            let mut counts = BTreeMap::<String, u32>::new();
            part.iter().for_each(|author| *counts.entry(author.clone()).or_default() += 1);
            counts
        };
        let (early, all) = (count(&authors[..2_000]), count(&authors));
        assert!(all.len() > early.len() + 500, "{} then {}", early.len(), all.len());
        let mut sizes: Vec<u32> = all.values().copied().collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let top: u32 = sizes[..sizes.len() / 10].iter().sum();
        assert!(top > 60_000 * 2 / 5, "a tenth wrote {top} of 60000");
    }

    #[test]
    fn raids_come_and_go() {
        let mut crowd = Crowd::new(2_000, 3);
        let (mut raided, mut quiet, mut before, mut ends) = (0, 0, false, 0);
        for _ in 0..200_000 {
            crowd.speak();
            let now = crowd.haste() > 1.0;
            ends += u32::from(before && !now);
            before = now;
            *(if now { &mut raided } else { &mut quiet }) += 1;
        }
        assert!(ends >= 3 && raided > 100 && quiet > 100_000, "{ends} raids, {raided} messages in them");
    }
}
