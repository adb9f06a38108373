//! Meets as displays see them: screens that join, leave, resume and take their messages late, over a core and a link
//! that come and go. What a screen and a core are is in `meet_screens/` and `meet_core/`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod link_model;
mod meet_core;
mod meet_screens;

use std::collections::BTreeMap;

use meet_core::{feed, session};
use meet_screens::World;
use scorelay_protocol::client::Add;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::{BoardNo, PageNo};
use scorelay_protocol::limits::{MEET_AGAIN_MS, MEET_SHOWN_BYTES};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::path::{EntryNo, Path};
use scorelay_protocol::meet::request::Session;
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Real, Value};

fn text(text: impl ToString) -> Value {
    Value::Leaf(LeafValue::Text(text.to_string()))
}

fn team(entry: u32) -> Path {
    Path::EntryLeaf(EntryNo(entry), EntryLeaf::Team)
}

/// T8, L5: whoever joins gets all there is and then each change; the relay asks once for all who watch.
#[test]
fn displays_join_and_follow() {
    let mut world = World::new();
    let shown = session(7, 1);
    world.open(shown);
    world.set(shown.meet, Path::Meet(MeetLeaf::Name), text("first"));
    world.set(shown.meet, Path::Entry(EntryNo(1)), Value::Entry(EntryState::default()));
    for _ in 0..6 {
        world.screen(shown);
    }
    world.run(200);
    world.check();
    assert_eq!(world.core.asked.len(), 2, "all of it, then what changes");
    assert_eq!(world.core.waiting(), 1);
    let before: Vec<_> = world.screens.iter().map(|screen| screen.resets).collect();
    world.set(shown.meet, team(1), text("blue"));
    world.run(100);
    world.check();
    assert_eq!(world.core.asked.len(), 3);
    let resets: Vec<_> = world.screens.iter().map(|screen| screen.resets).collect();
    assert_eq!(resets, before, "a change is told as one");
    for screen in 0..6 {
        world.unwatch(screen);
    }
    world.run(100);
    world.set(shown.meet, team(1), text("red"));
    world.run(10_000);
    assert_eq!((world.core.waiting(), world.core.asked.len()), (0, 3), "nobody watches, nobody asks");
    world.watch(0, None);
    world.run(100);
    world.check();
}

/// L13, T4: two meets, and two tokens of one, have nothing to do with each other; a token that is taken back ends its
/// feed.
#[test]
fn one_meet_is_not_another() {
    let mut world = World::new();
    let [a, b, c] = [session(7, 1), session(7, 2), session(8, 3)];
    for shown in [a, b, c] {
        world.open(shown);
        world.screen(shown);
    }
    let stranger = world.screen(Session { meet: a.meet, ..c });
    world.set(a.meet, Path::Meet(MeetLeaf::Name), text("seven"));
    world.set(c.meet, Path::Meet(MeetLeaf::City), text("eight"));
    world.run(200);
    assert_eq!(world.screens[stranger].gone, Some(ErrorCode::BadSession), "a token of another meet");
    assert_eq!(world.screens[stranger].shows, None);
    world.check();
    assert_eq!(world.core.waiting(), 3);
    let answers = world.core.revoke(a);
    world.answer(answers);
    world.set(a.meet, Path::Meet(MeetLeaf::Name), text("not for all"));
    world.run(200);
    assert_eq!(world.screens[0].gone, Some(ErrorCode::BadSession));
    let shows = world.screens[0].shows.as_ref().unwrap();
    assert!(shows.set.values().all(|(_, value)| *value != text("not for all")));
    world.check();
    let asked = world.core.asked.len();
    world.run(20_000);
    assert_eq!(world.core.asked.len(), asked, "what has ended is not asked for");
}

/// A mask has one feed of a meet, and at most two meets.
#[test]
fn a_mask_has_few_meets() {
    let mut world = World::new();
    let shown = session(7, 1);
    world.open(shown);
    let screen = world.screen(shown);
    let add = |shown| Add { feed: feed(shown), known: None };
    world.change(screen, Vec::new(), vec![add(session(7, 2))]);
    world.change(screen, Vec::new(), vec![add(session(8, 2)), add(session(9, 2))]);
    let pages = (0..257).map(|no| Feed::Page { board: BoardNo(0), page: PageNo(no) });
    let pages = pages.map(|feed| Add { feed, known: None }).collect();
    world.change(screen, Vec::new(), pages);
    world.run(100);
    assert_eq!(world.screens[screen].errors, [ErrorCode::BadRange, ErrorCode::MaskFull, ErrorCode::MaskFull]);
    world.check();
    let (old, new) = (feed(shown), add(session(7, 1)));
    world.change(screen, vec![old], vec![new]);
    world.run(100);
    assert_eq!(world.screens[screen].errors.len(), 3, "one for the other is no second one");
    world.check();
}

/// T3: while the core is away displays show on what they had; a new one waits without holding anything else up.
#[test]
fn displays_outlive_a_core_that_is_away() {
    let mut world = World::new();
    let shown = session(7, 1);
    world.open(shown);
    world.set(shown.meet, Path::Meet(MeetLeaf::Name), text("before"));
    world.screen(shown);
    world.run(200);
    world.unlink();
    world.run(60_000);
    let late = world.screen(shown);
    let other = session(8, 1);
    world.open(other);
    let unknown = world.screen(other);
    world.run(1_000);
    assert!(world.screens[late].shows.is_some(), "from what the relay holds");
    assert_eq!((world.screens[unknown].shows.is_some(), world.screens[unknown].pending), (false, 1));
    world.core.restart();
    world.set(shown.meet, Path::Meet(MeetLeaf::Name), text("after"));
    world.link();
    world.run(200);
    world.check();
    let resets = world.screens[0].resets;
    world.unlink();
    world.core.restart();
    world.link();
    world.run(200);
    world.check();
    assert_eq!(world.screens[0].resets, resets, "what is as it was is not told again");
}

/// A core that is busy is asked again, less and less often, and then as ever.
#[test]
fn a_refusal_that_may_pass_is_tried_again() {
    let mut world = World::new();
    let shown = session(7, 1);
    world.open(shown);
    world.core.refuses = Some(ErrorCode::MeetBusy);
    world.screen(shown);
    world.run(60_000);
    let asked = world.core.asked.len() as u64;
    let (first, longest) = MEET_AGAIN_MS;
    assert!(asked > 60_000 / longest && asked < 60_000 / longest + 10 * longest / first, "{asked}");
    assert_eq!(world.screens[0].gone, None);
    world.core.refuses = None;
    world.run(longest);
    world.check();
    world.core.refuses = Some(ErrorCode::MeetsNotHere);
    let answers = world.core.wake(true);
    world.answer(answers);
    world.run(longest);
    assert_eq!(world.screens[0].gone, Some(ErrorCode::MeetsNotHere));
}

/// L13: a large meet comes in parts, and is shown once they are one state, though it changes meanwhile.
#[test]
fn parts_are_shown_whole() {
    let mut world = World::new();
    let shown = session(7, 1);
    world.open(shown);
    for entry in 0..50 {
        world.set(shown.meet, Path::Entry(EntryNo(entry)), Value::Entry(EntryState::default()));
    }
    world.core.part = 7;
    world.delay_ms = 30;
    world.screen(shown);
    for change in 0..20 {
        world.set(shown.meet, team(change), text(change));
        world.run(20);
    }
    world.run(1_000);
    world.check();
    assert_eq!(world.screens[0].resets, 1);
    let froms = world.core.asked.len();
    assert!(froms > 50 / 7, "{froms} questions");
    world.unlink();
    world.core.restart();
    world.set(shown.meet, team(3), text("again"));
    world.link();
    world.run(75);
    world.unlink();
    world.core.restart();
    world.set(shown.meet, team(4), text("and again"));
    world.link();
    world.run(5_000);
    world.check();
}

/// What no client could be sent ends the feed, and is not asked for any more.
#[test]
fn a_meet_that_is_too_large_is_not_shown() {
    let mut world = World::new();
    let shown = session(7, 1);
    world.open(shown);
    let screen = world.screen(shown);
    let long = "x".repeat(4_000);
    for entry in 0..(MEET_SHOWN_BYTES / 4_000) as u32 + 2 {
        let leaves = [(EntryLeaf::Team, LeafValue::Text(long.clone()))].into();
        let whole = Value::Entry(EntryState { leaves, ..EntryState::default() });
        // Only its end is compared, which spares a copy of each of its states.
        let answers = world.core.line(shown.meet, Some((Path::Entry(EntryNo(entry)), whole)));
        world.answer(answers);
    }
    world.remember(shown.meet);
    world.core.part = 100;
    world.run(5_000);
    assert_eq!(world.screens[screen].gone, Some(ErrorCode::TooLarge));
    let asked = world.core.asked.len();
    world.run(60_000);
    assert_eq!(world.core.asked.len(), asked);
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn some_change(random: &mut Random, entries: &mut u32) -> (Path, Value) {
    let entry = EntryNo(random.below(u64::from(*entries).max(1)) as u32);
    let absent = random.below(4) == 0;
    match random.below(8) {
        _ if *entries == 0 => {
            *entries = 1;
            (Path::Entry(EntryNo(0)), Value::Entry(EntryState::default()))
        }
        0 => {
            *entries += 1;
            let leaves = [(EntryLeaf::Name, LeafValue::Text(random.below(99).to_string()))].into();
            (Path::Entry(EntryNo(*entries - 1)), Value::Entry(EntryState { leaves, ..EntryState::default() }))
        }
        1 if absent => (Path::Meet(MeetLeaf::City), Value::Absent),
        1 | 2 => (Path::Meet(MeetLeaf::City), text(random.below(5))),
        3 if absent => (Path::EntryLeaf(entry, EntryLeaf::Team), Value::Absent),
        3..6 => (Path::EntryLeaf(entry, EntryLeaf::Team), text(random.below(5))),
        _ => {
            let path: Path =
                format!("registration.entries[{}].squat[{}]", entry.0, 1 + random.below(3)).parse().unwrap();
            let kg = Real::new(100.0 + random.below(9) as f64).unwrap();
            let value = Value::Attempt(Attempt { kg, result: AttemptResult::Good });
            (path, if absent { Value::Absent } else { value })
        }
    }
}

/// L5, T8: whatever happens to the core, the link, the screens and their wires, a screen never shows what was not, and
/// in the end shows what is.
#[test]
fn screens_equal_the_core_whatever_happens() {
    for seed in 1..=12u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut world = World::new();
        let shown = [session(7, 1), session(7, 2), session(8, 1)];
        shown.into_iter().for_each(|shown| world.open(shown));
        let mut entries = BTreeMap::new();
        let mut ends = [false, false];
        for _ in 0..300 {
            world.delay_ms = random.below(3) * 40;
            world.core.part = [2, 5, 1_000][random.below(3) as usize];
            let screens = world.screens.len() as u64;
            let screen = random.below(screens.max(1)) as usize;
            match random.below(20) {
                0..10 => {
                    let meet = shown[random.below(3) as usize].meet;
                    let (path, value) = some_change(&mut random, entries.entry(meet).or_default());
                    world.set(meet, path, value);
                }
                10 | 11 if screens < 12 => drop(world.screen(shown[random.below(3) as usize])),
                12 if screens > 0 && world.screens[screen].watches => world.unwatch(screen),
                13 if screens > 0 && !world.screens[screen].watches => world.watch(screen, None),
                14 if screens > 0 && world.screens[screen].watches => world.reconnect(screen),
                15 if screens > 0 => {
                    let shut = random.below(2) == 0;
                    world.screens[screen].wire.0.borrow_mut().0 = shut;
                }
                16 => {
                    world.unlink();
                    if random.below(2) == 0 {
                        world.core.restart();
                    }
                }
                17 if world.linked => {
                    let meet = random.below(2) as usize;
                    ends[meet] ^= true;
                    let no = shown[meet * 2].meet;
                    let answers = world.core.finish(no, ends[meet]);
                    world.remember(no);
                    world.answer(answers);
                }
                18 => {
                    let answers = world.core.wake(true);
                    world.answer(answers);
                }
                _ if !world.linked => world.link(),
                _ => {}
            }
            let ms = random.below(120);
            world.run(ms);
        }
        if !world.linked {
            world.link();
        }
        world.screens.iter().for_each(|screen| screen.wire.0.borrow_mut().0 = false);
        world.run(20_000);
        world.check();
        assert!(world.core.waiting() <= 3, "seed {seed}: a question for each token");
    }
}
