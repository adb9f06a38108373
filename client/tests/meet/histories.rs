//! Random histories: desks that come and go, lose answers and start again from any save; cores that restart, go back to
//! a backup or lose everything. In the end all hold one log, and every change has its line or still its say.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_client::core::meet::{DeskState, MeetDesk, SavedMeet};
use scorelay_protocol::meet::line::What;
use scorelay_protocol::meet::value::{LeafValue, Value};

use crate::hall::{Hall, draw, join, text};

const PATHS: [&str; 5] = ["meet.name", "meet.city", "meet.state", "meet.country", "meet.federation"];

/// L4, L7, L8, L9, L10: whatever happens, no accepted change is lost and none has two lines.
#[test]
fn random_histories_end_in_one_log() {
    for seed in 0..60 {
        history(seed);
    }
}

fn history(seed: u64) {
    let mut hall = Hall::new(1_000 + seed);
    let meet = hall.meet(&["platform", "door"]);
    let mut random = seed;
    let mut chance = |most: u64| draw(&mut random) % most;
    // By path and desk, the last value that was set; earlier ones may have been folded into it.
    let mut last: BTreeMap<(usize, &str), String> = BTreeMap::new();
    let mut backup = hall.disk();
    for step in 0..120 {
        let seat = chance(3) as usize;
        match chance(24) {
            0..=9 => {
                let path = PATHS[chance(5) as usize];
                let value = format!("{seed}-{step}-{seat}");
                hall.edit(seat, path, text(&value));
                last.insert((seat, path), value);
            }
            10 | 11 => hall.disconnect(seat),
            12 | 13 => hall.connect(seat),
            14 => hall.seats[seat].deaf = !hall.seats[seat].deaf,
            15 => {
                // All that was accepted from people is saved before the program may say so.
                while hall.step(seat) {}
                hall.reload(seat);
            }
            16 => hall.restart(),
            17 => backup = hall.disk(),
            18 if chance(3) == 0 => hall.start(backup.clone()),
            19 if chance(6) == 0 => hall.start(BTreeMap::new()),
            20 => hall.pass(chance(40_000)),
            _ => hall.settle(),
        }
        rejoin(&mut hall, meet);
    }
    for _ in 0..8 {
        for seat in 0..3 {
            hall.seats[seat].deaf = false;
            hall.connect(seat);
        }
        hall.pass(70_000);
        rejoin(&mut hall, meet);
    }
    hall.pass(70_000);
    hall.check_level(meet);
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for line in hall.log(meet).lines_after(scorelay_protocol::meet::ids::MeetSeq(0)) {
        if let What::Update(update) = &line.what
            && let Value::Leaf(LeafValue::Text(value)) = &update.value
        {
            *lines.entry(value.clone()).or_default() += 1;
        }
    }
    let twice: BTreeSet<_> = lines.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "seed {seed}: {twice:?}");
    for ((seat, path), value) in last {
        // What was rejected on a branch that was lost has no line any more, but its desk was told and still is.
        let told = hall.seats[seat].desk.overruled().iter().any(|overruled| overruled.value == text(&value));
        assert!(told || lines.contains_key(&value), "seed {seed}: desk {seat} set {path} to {value}");
    }
}

/// Desks without a session are let in again, as people would do.
fn rejoin(hall: &mut Hall, meet: scorelay_protocol::meet::ids::MeetId) {
    for (seat, location) in ["desk", "platform", "door"].into_iter().enumerate() {
        if matches!(hall.seats[seat].desk.state(), DeskState::LoggedOut(_) | DeskState::NotJoined) {
            hall.open(seat, join(meet, location));
        }
    }
}

/// L7: cut at any save, a desk starts again, loses nothing that was saved, and repeats nothing.
#[test]
fn a_desk_starts_again_from_any_save() {
    let mut hall = Hall::new(77);
    let meet = hall.meet(&["platform"]);
    for round in 0..6 {
        hall.edit(1, PATHS[round % 5], text(&format!("round {round}")));
        hall.edit(0, PATHS[(round + 1) % 5], text(&format!("other {round}")));
        if round % 2 == 0 {
            hall.disconnect(1);
            hall.edit(1, PATHS[(round + 2) % 5], text(&format!("offline {round}")));
            hall.settle();
            hall.connect(1);
        }
        hall.pass(1_000);
    }
    hall.check_level(meet);
    let saves = hall.seats[1].saves.clone();
    assert!(saves.len() > 20, "{}", saves.len());
    let whole = hall.log(meet).state().clone();
    let mut kept = BTreeMap::new();
    for save in &saves {
        save.apply(&mut kept);
        let Some(saved) = SavedMeet::load(&kept).expect("every save leaves something that can be read") else {
            continue;
        };
        let desk = MeetDesk::load(saved, 5);
        if desk.state() == DeskState::NotJoined {
            continue;
        }
        hall.disconnect(1);
        hall.seats[1].kept = kept.clone();
        hall.seats[1].desk = desk;
        hall.connect(1);
        hall.pass(1_000);
        hall.check_level(meet);
    }
    assert_eq!(*hall.log(meet).state(), whole, "nothing was applied twice");
}
