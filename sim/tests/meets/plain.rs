//! Without conflicts: desks and displays that are there, are away, and come back.

use super::*;

/// L5, L17: one desk and one display: what the desk sets the display sees, but for what it may not.
#[test]
fn one_desk_and_one_display() {
    let (mut gym, meet) = meet(1, &[1]);
    let mut display = gym.display(0);
    set(&mut gym, 0, "meet.name", text("Open"));
    let entry = enter(&mut gym, 0, 0);
    set(&mut gym, 0, &format!("registration.entries[{}].name", entry.0), text("Ana"));
    set(&mut gym, 0, &format!("registration.entries[{}].birthDate", entry.0), text("1990-02-03"));
    gym.check(meet);
    gym.refresh(&mut display);
    assert_eq!(display.bytes(), Gym::for_displays(gym.desk(0).log().state()));
    assert!(!display.heard("1990-02-03") && display.heard("Ana") && display.heard("Open"));
}

/// L4, L5, L6: two desks set different things at once: both stand, in one order.
#[test]
fn two_desks_disjoint() {
    let (mut gym, meet) = meet(2, &[1, 1]);
    for nth in 0..20 {
        let (a, b) = (enter(&mut gym, 0, nth), enter(&mut gym, 1, nth));
        set(&mut gym, 0, &format!("registration.entries[{}].bodyweightKg", a.0), number(80.0 + f64::from(nth)));
        set(&mut gym, 1, &format!("registration.entries[{}].bodyweightKg", b.0), number(60.0 + f64::from(nth)));
    }
    gym.check(meet);
    assert_eq!(gym.desk(0).shown().entries().len(), 40);
    assert!((0..2).all(|seat| gym.desk(seat).overruled().is_empty()));
}

/// L5, L6: a display that was out of reach shows everything when it is back, in one step.
#[test]
fn display_offline() {
    let (mut gym, meet) = meet(3, &[1, 1]);
    let mut display = gym.display(1);
    set(&mut gym, 0, "meet.name", text("Before"));
    gym.settle();
    gym.refresh(&mut display);
    for name in ["While", "it", "was", "away"] {
        set(&mut gym, 0, "meet.name", text(name));
        gym.settle();
    }
    gym.kill();
    gym.start();
    gym.check(meet);
    gym.refresh(&mut display);
    assert_eq!(display.bytes(), Gym::for_displays(gym.desk(0).log().state()));
    assert!(display.heard("away") && !display.heard("While"));
}

/// L7: a desk works on without a network, over a restart of its own, and sends everything when it is back.
#[test]
fn desk_offline() {
    let (mut gym, meet) = meet(4, &[1, 1]);
    gym.offline(1);
    let entry = enter(&mut gym, 1, 0);
    let squat = |nth| format!("registration.entries[{}].squat[{nth}]", entry.0);
    for nth in 1..=3 {
        set(&mut gym, 1, &squat(nth), attempt(100.0 + f64::from(nth), AttemptResult::Good));
    }
    set(&mut gym, 0, "meet.name", text("Meanwhile"));
    gym.settle();
    assert_eq!((gym.desk(1).pending(), gym.desk(1).shown().entries().len()), (4, 1));
    gym.reopen(1);
    assert_eq!((gym.desk(1).pending(), gym.desk(1).shown().entries().len()), (4, 1), "over a restart");
    gym.online(1);
    gym.check(meet);
    assert_eq!(everywhere(&gym, 2, &squat(3)), attempt(103.0, AttemptResult::Good));
    assert_eq!(everywhere(&gym, 2, "meet.name"), text("Meanwhile"));
}

/// L4: several edits of one thing while offline are one update, to what it was last.
#[test]
fn several_offline_edits_to_one_key() {
    let (mut gym, meet) = meet(5, &[1, 1]);
    gym.offline(1);
    for name in ["O", "Op", "Ope", "Open"] {
        set(&mut gym, 1, "meet.name", text(name));
    }
    let before = gym.desk(0).log().head();
    gym.online(1);
    gym.check(meet);
    assert_eq!(everywhere(&gym, 2, "meet.name"), text("Open"));
    assert_eq!(gym.desk(0).log().head().0, before.0 + 1);
}

/// L4, L9: an answer is lost with the core, which has the line; asked again after the restart, there is one line.
#[test]
fn answer_lost_and_asked_again_after_a_restart() {
    let (mut gym, meet) = meet(6, &[1, 1]);
    set(&mut gym, 0, "meet.name", text("Once"));
    gym.until("it is sent", |_| true);
    gym.offline(0);
    let head = gym.desk(0).log().head().0;
    gym.until("the line is on the disk", |gym| gym.disk.lines(meet).is_some_and(|lines| lines.len() as u64 > head));
    assert_eq!(gym.desk(0).pending(), 1, "it has not heard of it");
    gym.kill();
    gym.reopen(0);
    gym.start();
    gym.online(0);
    gym.check(meet);
    let updates = gym.desk(1).log().desks().iter().map(|desk| desk.next_local().0 - 1).sum::<u64>();
    assert_eq!((updates, everywhere(&gym, 2, "meet.name")), (1, text("Once")));
}

/// L3, L9: a week without use ends all sessions; desks join again by the password and go on with what they hold.
#[test]
fn a_meet_resumed_after_its_sessions_expired() {
    let (mut gym, meet) = meet(7, &[1, 1]);
    gym.offline(0);
    gym.offline(1);
    set(&mut gym, 1, "meet.name", text("Next week"));
    gym.wait_ms(8 * 24 * 3_600_000);
    for seat in 0..2 {
        gym.online(seat);
        gym.until("its session has ended", |gym| gym.is_logged_out(seat));
        gym.join(seat, meet);
    }
    gym.check(meet);
    assert_eq!(everywhere(&gym, 2, "meet.name"), text("Next week"));
    assert_eq!(gym.desk(0).log().desks().len(), 2, "they are who they were");
}
