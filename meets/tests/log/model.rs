//! The log beside a naive model: the rules applied to the bare list of lines, by scanning it from the start each time.
//!
//! Random desks of random priorities set a few paths, having seen more or less of the log, over restarts of the core.

use crate::history::{NOW, Step, line, new_log, steps};
use proptest::prelude::*;
use scorelay_meets::log::{MeetLog, ProposalError};
use scorelay_protocol::meet::ids::{Author, LocalSeq, MeetEpoch, MeetPosition, MeetSeq, Priority};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::line::{Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{EntryNo, Path, StageNo};
use scorelay_protocol::meet::request::Proposal;
use scorelay_protocol::meet::value::{LeafValue, Value};

/// What the rules say of the bare list of lines.
struct Model<'a>(&'a [Line]);

impl Model<'_> {
    fn updates(&self) -> impl DoubleEndedIterator<Item = (MeetSeq, &Update)> {
        let numbered = self.0.iter().enumerate().map(|(at, line)| (MeetSeq(at as u64 + 1), line));
        numbered
            .filter_map(|(seq, line)| if let What::Update(update) = &line.what { Some((seq, update)) } else { None })
    }

    fn accepted(&self) -> impl DoubleEndedIterator<Item = (MeetSeq, &Update)> {
        self.updates().filter(|(_, update)| matches!(update.verdict, Verdict::Accepted { .. }))
    }

    fn exists(&self, entry: EntryNo) -> bool {
        self.accepted().any(|(_, update)| update.path == Path::Entry(entry))
    }

    fn standing(&self, path: Path) -> Value {
        let parts = |update: &Update| match (path, &update.path, &update.value) {
            (_, at, value) if *at == path => Some(value.clone()),
            (Path::EntryLeaf(entry, leaf), Path::Entry(at), Value::Entry(state)) if entry == *at => {
                Some(state.leaves.get(&leaf).cloned().map_or(Value::Absent, Value::Leaf))
            }
            _ => None,
        };
        self.accepted().rev().find_map(|(_, update)| parts(update)).unwrap_or(Value::Absent)
    }

    fn priority(&self, author: Author) -> Priority {
        let mut locations = Vec::new();
        let mut joined = Vec::new();
        for line in self.0 {
            match &line.what {
                What::Created { locations: first, .. } => locations.extend(first.clone()),
                What::Location(location) => locations.push(location.clone()),
                What::Joined(desk) => joined.push(desk.location),
                _ => {}
            }
        }
        locations[usize::from(joined[usize::from(author.0)])].priority
    }

    /// The last line that somebody at `after` has seen.
    fn seen(&self, after: MeetPosition) -> MeetSeq {
        let mut inside = false;
        let mut last = 0;
        for (at, line) in self.0.iter().enumerate() {
            if let What::Epoch(epoch) = line.what {
                inside = epoch == after.epoch;
            }
            if inside {
                last = at as u64 + 1;
            }
        }
        let known = self.0.iter().any(|line| line.what == What::Epoch(after.epoch));
        if known { MeetSeq(after.seq.0.min(last)) } else { MeetSeq(0) }
    }

    fn verdict(&self, author: Author, after: MeetPosition, path: Path, value: &Value) -> Verdict {
        let last = |pick: fn(&What) -> Option<bool>| self.0.iter().rev().find_map(|line| pick(&line.what));
        let finished = last(|what| match what {
            What::Finished => Some(true),
            What::Reopened => Some(false),
            _ => None,
        });
        if finished == Some(true) {
            return Verdict::Rejected(Rejection::Late);
        }
        match path {
            Path::Entry(entry) if self.exists(entry) => return Verdict::Rejected(Rejection::EntryExists),
            Path::Entry(EntryNo(entry)) if (entry - 5_000) / 10_000 != u32::from(author.0) => {
                return Verdict::Rejected(Rejection::NotYourBlock);
            }
            Path::EntryLeaf(entry, _) | Path::Attempt(entry, ..) if !self.exists(entry) => {
                return Verdict::Rejected(Rejection::NoSuchEntry);
            }
            Path::Stage(_) => {
                let driver = self.0.iter().rev().find_map(|line| match line.what {
                    What::Driver { author, .. } => Some(author),
                    _ => None,
                });
                if driver.flatten() != Some(author) {
                    return Verdict::Rejected(Rejection::NotDriver);
                }
            }
            _ => {}
        }
        let deletions = |entry: EntryNo| Path::EntryLeaf(entry, EntryLeaf::Deleted);
        let hidden_by =
            path.entry().filter(|entry| self.standing(deletions(*entry)) == Value::Leaf(LeafValue::Flag(true)));
        let hidden_by = hidden_by.and_then(|entry| {
            self.accepted().rev().find(|(_, update)| update.path == deletions(entry)).map(|(seq, _)| seq)
        });
        if self.standing(path) == *value {
            return Verdict::Accepted { overrules: Vec::new(), hidden_by };
        }
        let seen = self.seen(after);
        let unseen = |(seq, update): &(MeetSeq, &Update)| *seq > seen && update.path == path && update.author != author;
        let rivals: Vec<_> = self.accepted().filter(unseen).collect();
        let own = self.priority(author);
        match rivals.iter().rev().find(|(_, rival)| self.priority(rival.author) >= own) {
            Some((winner, _)) => Verdict::Rejected(Rejection::Conflict { winner: *winner }),
            None => Verdict::Accepted { overrules: rivals.iter().map(|(seq, _)| *seq).collect(), hidden_by },
        }
    }
}

fn run(log: &mut MeetLog, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut epoch = 1;
    for step in steps {
        let head = log.head();
        match step {
            Step::Set { author, path, value, lag, old_epoch } => {
                let author = Author(author);
                let behind = MeetEpoch(epoch - u64::from(old_epoch && epoch > 1));
                let after = MeetPosition { epoch: behind, seq: MeetSeq(head.0.saturating_sub(lag)) };
                let expected = Model(log.lines_after(MeetSeq(0))).verdict(author, after, path, &value);
                let local = log.desk(author).expect("four desks joined").next_local();
                let answer = log.answer(NOW, author, Proposal { local, after, path, value: value.clone() });
                let answer = answer.expect("a proposal in turn is answered");
                prop_assert!(!answer.repeated && answer.seq == MeetSeq(head.0 + 1));
                let What::Update(update) = &log.line(answer.seq).expect("it is there").what else {
                    panic!("{answer:?}")
                };
                prop_assert_eq!(&update.verdict, &expected);
                let standing = Model(log.lines_after(MeetSeq(0))).standing(path);
                if !matches!(path, Path::Entry(_)) {
                    prop_assert_eq!(log.state().get(path), standing);
                }
            }
            Step::Repeat { author, back, other } => repeat(log, Author(author), back, other)?,
            Step::Restart => {
                epoch += 1;
                log.push(line(What::Epoch(MeetEpoch(epoch)))).expect("epochs follow");
            }
            Step::Drive { author } => {
                let stage = StageNo::new(1).expect("invariant: stages begin at 1");
                log.push(line(What::Driver { stage, author: author.map(Author) })).expect("drivers follow");
            }
            Step::Finish { again } => {
                log.push(line(if again { What::Reopened } else { What::Finished })).expect("ends follow");
            }
        }
    }
    Ok(())
}

/// The same proposal again gets the same line; the number with another body, or a number too far, gets none.
fn repeat(log: &mut MeetLog, author: Author, back: u64, other: bool) -> Result<(), TestCaseError> {
    let desk = log.desk(author).expect("four desks joined");
    let expected = desk.next_local();
    let local = LocalSeq(expected.0.saturating_sub(back));
    let before = log.clone();
    let proposal = |local: LocalSeq, value: Option<Value>| match desk.line_of(local).and_then(|seq| before.line(seq)) {
        Some(Line { what: What::Update(update), .. }) => {
            Proposal { local, after: update.after, path: update.path, value: value.unwrap_or(update.value.clone()) }
        }
        _ => Proposal {
            local: LocalSeq(expected.0 + 1),
            after: MeetPosition { epoch: MeetEpoch(1), seq: MeetSeq(0) },
            path: Path::Meet(MeetLeaf::Name),
            value: Value::Absent,
        },
    };
    let changed = Value::Leaf(LeafValue::Text("something else".to_owned()));
    let asked = proposal(local, other.then_some(changed));
    let known = desk.line_of(asked.local);
    let answer = log.answer(NOW, author, asked.clone());
    match known {
        None => prop_assert_eq!(answer, Err(ProposalError::Gap { expected })),
        Some(_) if other => prop_assert_eq!(answer, Err(ProposalError::Reused { local: asked.local, expected })),
        Some(seq) => prop_assert!(answer.is_ok_and(|answer| answer.repeated && answer.seq == seq)),
    }
    prop_assert_eq!(log.head(), before.head());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// L4, L8: every update is decided as the rules say, and whoever follows the lines gets the same state and hash.
    #[test]
    fn the_log_decides_as_the_model(priorities in prop::array::uniform3(0..4u16), steps in steps()) {
        let mut log = new_log(priorities);
        run(&mut log, steps)?;
        let mut follower = MeetLog::new();
        for line in log.lines_after(MeetSeq(0)) {
            follower.push(line.clone()).expect("what the core wrote can follow");
        }
        prop_assert_eq!(follower.state(), log.state());
        prop_assert_eq!(follower.sealed_head(), log.sealed_head());
    }
}
