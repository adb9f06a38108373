//! What a core lost: desks bring it back.

use scorelay_client::core::meet::{DeskState, LoggedOut};
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::line::{Line, What};

use super::*;

const NAME: &str = "meet.name";
const CITY: &str = "meet.city";
const STATE: &str = "meet.state";

/// L10: both desks return to a core that lost everything; the first brings the meet back, both join by the password,
/// and what each did meanwhile is settled.
#[test]
fn both_returning_to_a_core_that_lost_everything() {
    let (mut gym, meet) = meet(20, &[10, 20]);
    set(&mut gym, 0, NAME, text("Kept by desks"));
    gym.settle();
    let nothing = scorelay_sim::meet_disk::Files::default();
    gym.offline(0);
    gym.offline(1);
    gym.kill();
    gym.disk.restore(nothing);
    set(&mut gym, 0, CITY, text("by a"));
    set(&mut gym, 1, CITY, text("by b"));
    set(&mut gym, 1, STATE, text("by b"));
    gym.start();
    for seat in 0..2 {
        gym.online(seat);
        gym.until("its session is not known", |gym| gym.is_logged_out(seat));
        gym.join(seat, meet);
    }
    gym.check(meet);
    assert_eq!(everywhere(&gym, 2, NAME), text("Kept by desks"));
    assert_eq!(everywhere(&gym, 2, CITY), text("by b"), "the higher location's");
    assert_eq!(everywhere(&gym, 2, STATE), text("by b"));
    assert_eq!(gym.desk(0).overruled().len(), 1);
}

/// L10: an older backup is put back and nothing new was written: the desks' log goes on where it ends, and is taken
/// over line for line.
#[test]
fn restored_from_an_older_backup() {
    let (mut gym, meet) = meet(21, &[10, 20]);
    set(&mut gym, 0, NAME, text("in the backup"));
    gym.settle();
    let backup = gym.disk.backup();
    set(&mut gym, 0, NAME, text("after it"));
    set(&mut gym, 1, CITY, text("after it, too"));
    gym.settle();
    let before = gym.desk(0).log().hash_at(gym.desk(0).log().head());
    let head = gym.desk(0).log().head();
    gym.kill();
    gym.disk.restore(backup);
    gym.start();
    gym.check(meet);
    assert_eq!(everywhere(&gym, 2, NAME), text("after it"));
    assert_eq!(everywhere(&gym, 2, CITY), text("after it, too"));
    assert_eq!(gym.desk(0).log().hash_at(head), before, "with the same numbers");
}

/// L10: an older backup is put back and one desk writes before the other, which holds what was lost, is there: both
/// become one log.
#[test]
fn restored_from_an_older_backup_with_new_writes_since() {
    let (mut gym, meet) = meet(22, &[10, 20, 30]);
    gym.offline(2);
    let backup = gym.disk.backup();
    set(&mut gym, 1, NAME, text("lost, held by b alone"));
    set(&mut gym, 1, CITY, text("lost, held by b alone"));
    gym.until("b has it", |gym| gym.is_level(1));
    gym.offline(0);
    gym.offline(1);
    gym.kill();
    gym.disk.restore(backup);
    gym.start();
    gym.online(2);
    set(&mut gym, 2, CITY, text("new, by c"));
    set(&mut gym, 2, STATE, text("new, by c"));
    gym.until("c is level", |gym| gym.is_level(2));
    gym.online(1);
    gym.settle();
    gym.online(0);
    gym.check(meet);
    assert_eq!(everywhere(&gym, 3, NAME), text("lost, held by b alone"));
    assert_eq!(everywhere(&gym, 3, CITY), text("new, by c"), "the higher of two who did not see each other");
    assert_eq!(everywhere(&gym, 3, STATE), text("new, by c"));
}

/// L10: the core lost even that a desk had joined: the desk brings those lines before it joins again, keeps its block
/// of entry ids, and nothing of what it did is turned down.
#[test]
fn a_desk_whose_joining_was_lost() {
    let mut gym = Gym::new(23, 2);
    let meet = gym.create(0, &[10, 20]);
    gym.settle();
    let backup = gym.disk.backup();
    gym.join(1, meet);
    let entry = enter(&mut gym, 1, 0);
    gym.settle();
    gym.kill();
    gym.disk.restore(backup);
    gym.offline(0);
    gym.start();
    gym.until("its session is not known", |gym| gym.is_logged_out(1));
    gym.join(1, meet);
    gym.online(0);
    gym.check(meet);
    assert!((0..2).all(|seat| gym.desk(seat).shown().entry(entry).is_some()));
    assert!(gym.desk(1).overruled().is_empty());
    enter(&mut gym, 1, 1);
    gym.check(meet);
    assert_eq!(gym.desk(0).shown().entries().len(), 2);
}

/// L10: the tail is torn off: every line that a desk had been shown is there again.
#[test]
fn truncated_tail() {
    for lost in 1..=6 {
        let (mut gym, meet) = meet(30 + lost, &[10, 20]);
        for nth in 0..5 {
            set(&mut gym, 0, NAME, text(&format!("number {nth}")));
            gym.settle();
        }
        gym.kill();
        gym.disk.truncate(meet, lost as usize);
        gym.start();
        gym.check(meet);
        assert_eq!(everywhere(&gym, 2, NAME), text("number 4"), "{lost} lines lost");
    }
}

/// L9: a sync fails, and the core ends without an answer. Whatever of the write is there when it comes back, nothing, a
/// part or all of it, each update is in the log once.
#[test]
fn a_failed_sync() {
    let mut found = [0; 4];
    for seed in 50..80 {
        let (mut gym, meet) = meet(seed, &[10, 20]);
        let stored = |gym: &Gym| gym.disk.lines(meet).map_or(0, <[_]>::len);
        let before = stored(&gym);
        gym.offline(0);
        for at in [NAME, CITY, STATE] {
            set(&mut gym, 0, at, text("in doubt"));
        }
        gym.disk.failing = 1;
        gym.online(0);
        gym.until("the core ends", |gym| gym.core().is_none());
        assert_eq!(gym.desk(0).pending(), 3, "nothing was answered");
        found[stored(&gym) - before] += 1;
        gym.start();
        gym.check(meet);
        let update = |line: &&Line| matches!(line.what, What::Update(_));
        assert_eq!(gym.desk(1).log().lines_after(MeetSeq(0)).iter().filter(update).count(), 3);
        assert!([NAME, CITY, STATE].iter().all(|at| everywhere(&gym, 2, at) == text("in doubt")));
    }
    assert!(found.iter().all(|count| *count > 0), "lines that were there: {found:?}");
}

/// L10: disk and key are lost: nothing is believed, the desks keep what they have, and say so.
#[test]
fn wiped_directory_and_lost_key() {
    let (mut gym, _) = meet(40, &[10, 20]);
    set(&mut gym, 0, NAME, text("held by desks only"));
    gym.settle();
    gym.kill();
    gym.disk.restore(scorelay_sim::meet_disk::Files::default());
    gym.key = [8; 32];
    gym.start();
    for seat in 0..2 {
        gym.until("it is refused", |gym| matches!(gym.desk(seat).state(), DeskState::LoggedOut(LoggedOut::Refused(_))));
        assert_eq!(shown(&gym, seat, NAME), text("held by desks only"));
    }
    assert_eq!(gym.core().unwrap().meets.ids().count(), 0, "a bare id claims nothing");
}
