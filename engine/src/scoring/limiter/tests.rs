//! Limits by example, and any run of scorings against a list of all that ever was.

use super::*;
use proptest::prelude::*;

fn person(number: u8) -> Entity {
    Entity::new("twitch", &number.to_string()).unwrap()
}

/// What a limiter says to one entity at these times.
fn verdicts(mut limiter: Limiter, times: &[u64]) -> Vec<bool> {
    times.iter().map(|&at| limiter.allow(UnixMillis(at), &person(1))).collect()
}

/// E20: after one that counts, none for the cooldown; what is held back does not lengthen it.
#[test]
fn a_cooldown_follows_what_counts() {
    let limiter = Limiter::new(1_000, None).unwrap();
    let got = verdicts(limiter, &[5_000, 5_000, 5_999, 6_000, 6_500, 7_000, 60_000]);
    assert_eq!(got, [true, false, false, true, false, true, true]);
}

/// E20: so many in any sixty seconds, wherever they begin.
#[test]
fn a_minute_has_so_many() {
    let limiter = Limiter::new(0, Some(2)).unwrap();
    let got = verdicts(limiter, &[0, 50_000, 59_999, 60_000, 60_000, 109_999, 110_000, 119_999, 120_000]);
    assert_eq!(got, [true, true, false, true, false, false, true, false, true]);
}

#[test]
fn both_hold_at_once() {
    let limiter = Limiter::new(10_000, Some(3)).unwrap();
    let got = verdicts(limiter, &[0, 9_999, 10_000, 20_000, 30_000, 59_999, 60_000, 69_999, 70_000]);
    assert_eq!(got, [true, false, true, true, false, false, true, false, true]);
}

#[test]
fn one_entity_does_not_hold_back_another() {
    let mut limiter = Limiter::new(1_000, Some(1)).unwrap();
    assert!(limiter.allow(UnixMillis(0), &person(1)));
    assert!(limiter.allow(UnixMillis(0), &person(2)));
    assert!(!limiter.allow(UnixMillis(1), &person(1)));
}

#[test]
fn nothing_limited_is_no_limiter() {
    assert!(Limiter::new(0, None).is_none());
    assert_eq!(verdicts(Limiter::new(0, Some(0)).unwrap(), &[0, 1 << 60]), [false, false]);
}

#[test]
fn a_clock_that_runs_back_allows_nothing_early() {
    let limiter = Limiter::new(1_000, Some(2)).unwrap();
    assert_eq!(verdicts(limiter, &[5_000, 0, 4_000, 5_999, 6_000]), [true, false, false, false, true]);
}

#[test]
fn the_rate_is_held_to_what_is_remembered() {
    let limiter = Limiter::new(0, Some(MAX_PER_MINUTE + 1)).unwrap();
    let got = verdicts(limiter, &[0; MAX_PER_MINUTE as usize + 1]);
    assert_eq!(got.iter().filter(|&&allowed| allowed).count(), MAX_PER_MINUTE as usize);
}

/// E20: a flood of names costs no more memory than there is room, and pushes out who scored longest ago.
#[test]
fn a_flood_of_entities_stays_within_the_room() {
    let mut limiter = Limiter::with_room(1_000_000, Some(60), 3).unwrap();
    for number in 0..=255 {
        assert!(limiter.allow(UnixMillis(u64::from(number)), &person(number)));
        assert!(limiter.scored.len() <= 3 && limiter.scored.len() == limiter.turns.len());
    }
    assert!(!limiter.allow(UnixMillis(300), &person(253)));
    assert!(limiter.allow(UnixMillis(300), &person(252)));
    // 253 was held back, which is no scoring: it is the one to be forgotten.
    assert!(limiter.allow(UnixMillis(300), &person(253)));
    assert!(!limiter.allow(UnixMillis(300), &person(255)));
}

#[test]
fn who_is_free_again_is_forgotten() {
    let mut limiter = Limiter::new(5_000, None).unwrap();
    for number in 0..100 {
        assert!(limiter.allow(UnixMillis(0), &person(number)));
    }
    assert!(limiter.allow(UnixMillis(5_000), &person(200)));
    assert_eq!((limiter.scored.len(), limiter.turns.len()), (1, 1));
}

/// All scorings that are remembered, whoever scored longest ago first.
struct Model {
    cooldown_ms: u64,
    max: Option<u32>,
    room: usize,
    scored: Vec<(u8, Vec<u64>)>,
}

impl Model {
    fn allow(&mut self, now: u64, who: u8) -> bool {
        let place = self.scored.iter().position(|(entity, _)| *entity == who);
        let times = place.map_or(&[][..], |place| &self.scored[place].1);
        let rested = times.iter().all(|time| now - time >= self.cooldown_ms);
        let within = times.iter().filter(|&&time| now - time < 60_000).count();
        if !rested || self.max.is_some_and(|max| within >= max as usize) {
            return false;
        }
        let mut entry = place.map_or((who, Vec::new()), |place| self.scored.remove(place));
        entry.1.push(now);
        self.scored.push(entry);
        if self.scored.len() > self.room {
            self.scored.remove(0);
        }
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn agrees_with_the_list_of_all(
        cooldown_ms in prop_oneof![Just(0u64), 1u64..100_000],
        max in proptest::option::of(0u32..5),
        room in 1usize..6,
        steps in proptest::collection::vec((prop_oneof![3 => 0u64..20_000, 1 => 0u64..100_000], 0u8..8), 0..200),
    ) {
        let Some(mut limiter) = Limiter::with_room(cooldown_ms, max, room) else { return Ok(()) };
        let mut model = Model { cooldown_ms, max, room, scored: Vec::new() };
        let mut now = 0;
        for (wait, who) in steps {
            now += wait;
            prop_assert_eq!(limiter.allow(UnixMillis(now), &person(who)), model.allow(now, who), "at {}", now);
            prop_assert!(limiter.scored.len() <= room && limiter.scored.len() == limiter.turns.len());
        }
    }
}
