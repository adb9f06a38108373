//! L10: a core that lost some of a meet's log gets it back from desks, and nothing that had been answered is lost or
//! counted twice, whatever happened since and however often it is brought.

use crate::history::{NOW, Step, line, new_log, steps};
use proptest::prelude::*;
use scorelay_meets::log::MeetLog;
use scorelay_meets::recover::{Recovered, Relation};
use scorelay_protocol::meet::ids::{Author, DeskId, MeetEpoch, MeetPosition, MeetSeq};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::line::{Joined, Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{EntryNo, Path, StageNo};
use scorelay_protocol::meet::request::Proposal;
use scorelay_protocol::meet::value::{EntryState, LeafValue, Value};

const NAME: Path = Path::Meet(MeetLeaf::Name);
const CITY: Path = Path::Meet(MeetLeaf::City);

fn text(text: &str) -> Value {
    Value::Leaf(LeafValue::Text(text.to_owned()))
}

/// A desk sets something, having seen everything up to `seen`.
fn set(log: &mut MeetLog, author: u16, seen: MeetSeq, path: Path, value: Value) -> Verdict {
    let author = Author(author);
    let epoch = log.epoch_of(log.head()).expect("an epoch has begun");
    let local = log.desk(author).expect("the desk has joined").next_local();
    let proposal = Proposal { local, after: MeetPosition { epoch, seq: seen }, path, value };
    let answer = log.answer(NOW, author, proposal).expect("it is in turn");
    update(log, answer.seq).verdict.clone()
}

fn update(log: &MeetLog, seq: MeetSeq) -> &Update {
    match log.line(seq) {
        Some(Line { what: What::Update(update), .. }) => update,
        other => panic!("no update: {other:?}"),
    }
}

fn restart(log: &mut MeetLog, epoch: u64) {
    log.push(line(What::Epoch(MeetEpoch(epoch)))).expect("epochs follow");
}

/// Low, mid and high desks are 0 and 1, 2, 3.
fn meet() -> MeetLog {
    new_log([1, 2, 3])
}

/// What was lost goes on where the log ends: it comes back as it was, with its numbers.
#[test]
fn a_longer_log_is_taken_over() {
    let mut theirs = meet();
    let mut ours = theirs.clone();
    let head = theirs.head();
    set(&mut theirs, 3, head, NAME, text("high"));
    let head = theirs.head();
    set(&mut theirs, 0, head, NAME, text("low corrects high, having seen it"));
    restart(&mut ours, 2);
    restart(&mut ours, 3);
    let fork = MeetSeq(ours.head().0 - 2);
    assert_eq!(ours.relation(&theirs), Relation::Extends { fork });
    let (log, recovered) = ours.recovered(&theirs, MeetEpoch(4), NOW).unwrap();
    assert_eq!(recovered, Recovered { updates: 2, rejected: 0 });
    assert_eq!(log.state(), theirs.state());
    assert_eq!(log.hash_at(theirs.head()), Some(theirs.hash()));
    assert_eq!(log.relation(&theirs), Relation::Known);
}

/// Both went on: the correction that had seen what it corrects still stands, and this log's own line, which nobody
/// there had seen, is overruled only by a higher location.
#[test]
fn a_fork_is_merged_with_what_its_authors_had_seen() {
    let mut theirs = meet();
    let mut ours = theirs.clone();
    let head = theirs.head();
    set(&mut theirs, 3, head, NAME, text("high"));
    let head = theirs.head();
    set(&mut theirs, 0, head, NAME, text("low, having seen high"));
    let head = theirs.head();
    set(&mut theirs, 2, head, CITY, text("mid"));
    restart(&mut ours, 2);
    let head = ours.head();
    set(&mut ours, 3, head, CITY, text("high, later"));
    let (log, recovered) = ours.recovered(&theirs, MeetEpoch(3), NOW).unwrap();
    assert_eq!(recovered, Recovered { updates: 3, rejected: 1 });
    assert_eq!(log.state().get(NAME), text("low, having seen high"));
    assert_eq!(log.state().get(CITY), text("high, later"));
    let lost = update(&log, log.head());
    assert_eq!(lost.verdict, Verdict::Rejected(Rejection::Conflict { winner: MeetSeq(head.0 + 1) }));
    assert_eq!(log.relation(&theirs), Relation::Forks { fork: MeetSeq(head.0 - 1) });
    let (again, recovered) = log.recovered(&theirs, MeetEpoch(4), NOW).unwrap();
    assert_eq!((again.state(), recovered), (log.state(), Recovered::default()));
}

/// A desk that had no answer sends its update to the restored core by itself; another desk then brings the line that it
/// had become.
#[test]
fn what_was_sent_again_is_not_merged_too() {
    let mut theirs = meet();
    let mut ours = theirs.clone();
    let head = theirs.head();
    set(&mut theirs, 2, head, NAME, text("mid"));
    let asked = update(&theirs, theirs.head()).clone();
    restart(&mut ours, 2);
    let proposal = Proposal { local: asked.local, after: asked.after, path: asked.path, value: asked.value };
    ours.answer(NOW, asked.author, proposal).unwrap();
    let head = ours.head();
    set(&mut ours, 0, head, NAME, text("low corrects mid, having seen it"));
    let (log, recovered) = ours.recovered(&theirs, MeetEpoch(3), NOW).unwrap();
    assert_eq!(recovered, Recovered::default());
    assert_eq!(log.state(), ours.state());
}

/// A desk that joined in the lines that were lost keeps its entries and their ids, although another joined since.
#[test]
fn desks_that_joined_past_the_fork_keep_their_entries() {
    let mut theirs = meet();
    let mut ours = theirs.clone();
    let join = |log: &mut MeetLog, desk: u8| {
        let first_entry = log.next_block().unwrap();
        log.push(line(What::Joined(Joined { desk: DeskId([desk; 16]), location: 0, first_entry }))).unwrap();
        first_entry
    };
    let first = join(&mut theirs, 77);
    let head = theirs.head();
    set(&mut theirs, 4, head, Path::Entry(first), Value::Entry(EntryState::default()));
    restart(&mut ours, 2);
    assert_ne!(join(&mut ours, 78), first);
    let (log, recovered) = ours.recovered(&theirs, MeetEpoch(3), NOW).unwrap();
    assert_eq!(recovered, Recovered { updates: 1, rejected: 0 });
    let author = log.author_of(DeskId([77; 16])).unwrap();
    assert_eq!(author, Author(5));
    assert!(log.state().entry(first).is_some() && log.desk(author).unwrap().owns(first));
    assert!(!log.desk(author).unwrap().owns(EntryNo(first.0 - 1)));
}

/// A log of another meet is no log of this one, whatever its id.
#[test]
fn another_meets_log_is_refused() {
    let ours = meet();
    let mut other = MeetLog::new();
    assert_eq!(ours.relation(&other), Relation::Stranger);
    let Some(Line { what: What::Created { id, locations, .. }, .. }) = ours.line(MeetSeq(1)).cloned() else { panic!() };
    let uid = scorelay_protocol::meet::ids::MeetUid([8; 16]);
    other.push(line(What::Created { id, uid, locations })).unwrap();
    assert_eq!(ours.relation(&other), Relation::Stranger);
    assert!(ours.recovered(&other, MeetEpoch(9), NOW).is_err());
}

/// Plays a history on a log whose last epoch is `epoch`; gives the last epoch after it.
fn play(log: &mut MeetLog, mut epoch: u64, steps: &[Step]) -> u64 {
    for step in steps {
        let head = log.head();
        match step {
            Step::Set { author, path, value, lag, .. } => {
                let author = Author(*author);
                let after = MeetPosition { epoch: MeetEpoch(epoch), seq: MeetSeq(head.0.saturating_sub(*lag)) };
                let local = log.desk(author).expect("four desks joined").next_local();
                let proposal = Proposal { local, after, path: *path, value: value.clone() };
                log.answer(NOW, author, proposal).expect("it is in turn");
            }
            Step::Restart => {
                epoch += 1;
                restart(log, epoch);
            }
            Step::Drive { author } => {
                let stage = StageNo::new(1).expect("stages begin at 1");
                log.push(line(What::Driver { stage, author: author.map(Author) })).expect("drivers follow");
            }
            Step::Repeat { .. } | Step::Finish { .. } => {}
        }
    }
    epoch
}

fn accepted_after(log: &MeetLog, seq: MeetSeq) -> Vec<(MeetSeq, Update)> {
    let numbered = (seq.0 + 1..).map(MeetSeq).zip(log.lines_after(seq));
    let updates = numbered.filter_map(|(seq, line)| match &line.what {
        What::Update(update) if matches!(update.verdict, Verdict::Accepted { .. }) => Some((seq, update.clone())),
        _ => None,
    });
    updates.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// L10: every update that had been accepted in the lost lines has exactly one line after any two desks brought
    /// their logs, in either order and more than once; followers of the result agree with it.
    #[test]
    fn nothing_answered_is_lost_or_doubled(
        before in steps(), theirs in steps(), ours in steps(), cut in 0..100usize,
    ) {
        let mut common = new_log([1, 2, 3]);
        let epoch = play(&mut common, 1, &before);
        let fork = common.head();
        let mut whole = common.clone();
        play(&mut whole, epoch + 1_000, &theirs);
        // A second desk knows less of the lost lines.
        let mut part = MeetLog::new();
        let known = whole.head().0 - (cut as u64).min(whole.head().0 - fork.0);
        for line in &whole.lines_after(MeetSeq(0))[..known as usize] {
            part.push(line.clone()).expect("it is a prefix");
        }
        let mut log = common.clone();
        restart(&mut log, epoch + 2_000);
        play(&mut log, epoch + 2_000, &ours);
        let own = accepted_after(&log, fork);
        for (round, brought) in [&part, &whole, &part, &whole].into_iter().enumerate() {
            let next = MeetEpoch(epoch + 3_000 + round as u64);
            (log, _) = log.recovered(brought, next, NOW).expect("four desks are few");
        }
        let lines: Vec<Update> = log.lines_after(fork).iter().filter_map(|line| match &line.what {
            What::Update(update) => Some(update.clone()),
            _ => None,
        }).collect();
        for (seq, update) in accepted_after(&whole, fork) {
            let from = MeetPosition { epoch: whole.epoch_of(seq).expect("an epoch has begun"), seq };
            let taken_over = log.line(seq) == whole.line(seq);
            let merged = lines.iter().filter(|line| line.merged_from == Some(from)).count();
            prop_assert_eq!(merged + usize::from(taken_over), 1, "line {} of {:?}", seq, update);
        }
        for (seq, update) in own {
            prop_assert_eq!(log.line(seq).map(|line| &line.what), Some(&What::Update(update)));
        }
        let mut follower = MeetLog::new();
        for line in log.lines_after(MeetSeq(0)) {
            follower.push(line.clone()).expect("what the core wrote can follow");
        }
        prop_assert_eq!(follower.state(), log.state());
    }

    /// L10: where nobody went on here, what is merged comes to what it had come to there: authors are judged by what
    /// they had seen.
    #[test]
    fn a_merge_alone_decides_as_before(before in steps(), theirs in steps()) {
        let mut common = new_log([1, 2, 3]);
        let epoch = play(&mut common, 1, &before);
        let mut there = common.clone();
        let drives = |step: &Step| matches!(step, Step::Drive { .. } | Step::Set { path: Path::Stage(_), .. });
        let theirs: Vec<Step> = theirs.into_iter().filter(|step| !drives(step)).collect();
        play(&mut there, epoch, &theirs);
        let mut here = common.clone();
        let location = scorelay_protocol::meet::line::Location {
            name: "added later".to_owned(),
            priority: scorelay_protocol::meet::ids::Priority::new(0).expect("0 is a priority"),
        };
        here.push(line(What::Location(location))).expect("locations follow");
        let (log, recovered) = here.recovered(&there, MeetEpoch(epoch + 9_000), NOW).expect("four desks are few");
        prop_assert_eq!(recovered.rejected, 0);
        let all = |log: &MeetLog| log.state().all().collect::<Vec<_>>();
        prop_assert_eq!(all(&log), all(&there));
        let deleted = Path::EntryLeaf(EntryNo(5_000), EntryLeaf::Deleted);
        prop_assert_eq!(log.state().get(deleted), there.state().get(deleted));
    }
}
