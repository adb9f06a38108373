//! Conflicts: who wins, who is told, and that everybody ends with the same.

use scorelay_meets::desk::Why;
use scorelay_protocol::meet::leaf::EntryLeaf;

use super::*;

const NAME: &str = "meet.name";

fn overruled(gym: &Gym, seat: usize) -> Vec<(Path, Value)> {
    gym.desk(seat).overruled().iter().map(|lost| (lost.path, lost.value.clone())).collect()
}

/// L8: two desks offline and one online, all set the same; they return one after the other. The highest stands whenever
/// it comes, and each of the others is told.
#[test]
fn two_offline_one_online_in_mutual_conflict() {
    for first in [1, 2] {
        let second = 3 - first;
        let (mut gym, meet) = meet(10 + first as u64, &[50, 10, 100]);
        gym.offline(1);
        gym.offline(2);
        set(&mut gym, 0, NAME, text("online, 50"));
        set(&mut gym, 1, NAME, text("offline, 10"));
        set(&mut gym, 2, NAME, text("offline, 100"));
        gym.settle();
        gym.online(first);
        gym.settle();
        gym.online(second);
        gym.check(meet);
        assert_eq!(everywhere(&gym, 3, NAME), text("offline, 100"));
        assert_eq!(overruled(&gym, 0), [(path(NAME), text("online, 50"))]);
        assert_eq!(overruled(&gym, 1), [(path(NAME), text("offline, 10"))]);
        assert_eq!(overruled(&gym, 2), []);
    }
}

/// L8: one returns much later than the other, when what it set has been changed with everybody else's knowledge.
#[test]
fn one_returning_much_later() {
    let (mut gym, meet) = meet(13, &[50, 50, 50]);
    gym.offline(1);
    gym.offline(2);
    set(&mut gym, 1, NAME, text("first back"));
    set(&mut gym, 2, NAME, text("a day later"));
    gym.online(1);
    gym.settle();
    set(&mut gym, 0, NAME, text("corrected"));
    gym.settle();
    gym.wait_ms(24 * 3_600_000);
    gym.online(2);
    gym.check(meet);
    assert_eq!(everywhere(&gym, 3, NAME), text("corrected"), "on a tie the standing one stays");
    assert_eq!(overruled(&gym, 2), [(path(NAME), text("a day later"))]);
    let winner = gym.desk(2).log().head().0 - 1;
    let why = gym.desk(2).overruled()[0].why;
    assert!(
        matches!(why, Why::Rejected(rejection) if format!("{rejection:?}").contains(&winner.to_string())),
        "{why:?}"
    );
    // Its author, who knows now, may insist.
    let seq = gym.desk(2).overruled()[0].seq;
    gym.with(2, |desk, now| desk.again(now, seq)).unwrap();
    gym.check(meet);
    assert_eq!(everywhere(&gym, 3, NAME), text("a day later"));
    assert_eq!(overruled(&gym, 2), []);
}

/// L8: the weight from one desk and the result from another are one thing: never a result for a weight it was not given
/// for.
#[test]
fn weight_and_result_from_two_desks() {
    let (mut gym, meet) = meet(14, &[10, 90]);
    let entry = enter(&mut gym, 0, 0);
    let squat = format!("registration.entries[{}].squat[1]", entry.0);
    set(&mut gym, 0, &squat, attempt(200.0, AttemptResult::Open));
    gym.settle();
    gym.offline(0);
    gym.offline(1);
    set(&mut gym, 0, &squat, attempt(205.0, AttemptResult::Open));
    set(&mut gym, 1, &squat, attempt(200.0, AttemptResult::Good));
    gym.online(0);
    gym.settle();
    gym.online(1);
    gym.check(meet);
    assert_eq!(everywhere(&gym, 2, &squat), attempt(200.0, AttemptResult::Good));
    assert_eq!(overruled(&gym, 0), [(path(&squat), attempt(205.0, AttemptResult::Open))]);
}

/// L8: an entry deleted by one and edited by the other: the edit stands hidden, and shows once the entry is restored.
#[test]
fn delete_against_edit_and_restore() {
    let (mut gym, meet) = meet(15, &[10, 10]);
    let entry = enter(&mut gym, 0, 0);
    let leaf = |leaf: EntryLeaf| format!("registration.entries[{}].{}", entry.0, leaf.name());
    gym.settle();
    gym.offline(1);
    set(&mut gym, 0, &leaf(EntryLeaf::Deleted), Value::Leaf(LeafValue::Flag(true)));
    set(&mut gym, 1, &leaf(EntryLeaf::Team), text("North"));
    gym.settle();
    gym.online(1);
    gym.check(meet);
    assert!((0..2).all(|seat| gym.desk(seat).shown().entries().is_empty()));
    set(&mut gym, 0, &leaf(EntryLeaf::Deleted), Value::Leaf(LeafValue::Flag(false)));
    gym.check(meet);
    assert_eq!(gym.desk(1).shown().entries().len(), 1);
    assert_eq!(everywhere(&gym, 2, &leaf(EntryLeaf::Team)), text("North"));
}

/// L8: a low desk corrects what a high desk set, having seen it; a mid desk that had seen neither comes back: it must
/// outrank all it had not seen, the high one among them.
#[test]
fn a_low_correction_of_a_high_value_with_a_mid_desk_returning() {
    let (mut gym, meet) = meet(16, &[100, 50, 10]);
    gym.offline(1);
    set(&mut gym, 0, NAME, text("high"));
    set(&mut gym, 1, NAME, text("mid"));
    gym.settle();
    set(&mut gym, 2, NAME, text("low, corrected"));
    gym.settle();
    assert_eq!(shown(&gym, 0, NAME), text("low, corrected"));
    gym.online(1);
    gym.check(meet);
    assert_eq!(everywhere(&gym, 3, NAME), text("low, corrected"));
    assert_eq!(overruled(&gym, 1), [(path(NAME), text("mid"))]);
}
