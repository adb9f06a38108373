//! Several desks and a core on a bad network: edits offline and online, answers lost, feeds that lag, restarts, and a
//! core that lost the end of its log. Whatever happened, in the end everybody has the same log and nothing is pending.

use proptest::prelude::*;
use scorelay_meets::desk::{Desk, Why};
use scorelay_meets::log::{MeetLog, ProposalError};
use scorelay_meets::recover::Relation;
use scorelay_protocol::meet::ids::{Author, DeskId, LocalSeq, MeetEpoch, MeetPosition, MeetSeq};
use scorelay_protocol::meet::leaf::MeetLeaf;
use scorelay_protocol::meet::line::{Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::Proposal;
use scorelay_protocol::meet::value::{LeafValue, Value};
use std::collections::{BTreeMap, VecDeque};

use crate::history::{NOW, line, new_log, paths, value};

#[derive(Debug, Clone)]
enum Step {
    Edit { desk: usize, path: Path, value: Value },
    Send { desk: usize, most: usize },
    Feed { desk: usize, most: usize },
    Cut { desk: usize },
    Restart { lost: u64 },
}

fn steps(lossy: bool) -> impl Strategy<Value = Vec<Step>> {
    let desk = 0..4usize;
    let edit = (desk.clone(), paths(), 0..4u8).prop_map(|(desk, path, choice)| Step::Edit {
        desk,
        path,
        value: value(path, choice),
    });
    let send = (desk.clone(), 1..4usize).prop_map(|(desk, most)| Step::Send { desk, most });
    let feed = (desk.clone(), 1..6usize).prop_map(|(desk, most)| Step::Feed { desk, most });
    let cut = desk.prop_map(|desk| Step::Cut { desk });
    let restart = (0..if lossy { 12u64 } else { 1 }).prop_map(|lost| Step::Restart { lost });
    prop::collection::vec(prop_oneof![10 => edit, 5 => send, 5 => feed, 2 => cut, 1 => restart], 1..150)
}

/// A desk with what is on the way from the core to it.
struct Place {
    desk: Desk,
    answers: VecDeque<Result<LocalSeq, LocalSeq>>,
    connected: bool,
    /// Distinct edits made here that changed something, for the count at the end.
    edits: usize,
}

struct World {
    core: MeetLog,
    epoch: u64,
    places: Vec<Place>,
}

impl World {
    fn new() -> Self {
        let core = new_log([1, 2, 3]);
        let place = |at: u8| {
            let mut desk = Desk::new(DeskId([at; 16]));
            desk.take(core.lines_after(MeetSeq(0)).to_vec()).expect("a whole log");
            Place { desk, answers: VecDeque::new(), connected: true, edits: 0 }
        };
        Self { places: (0..4).map(place).collect(), core, epoch: 1 }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Edit { desk, path, value } => {
                let Place { desk, edits, .. } = &mut self.places[desk];
                let before = desk.pending();
                // What a desk may not set, like an entry of another's block, it says at once.
                if desk.edit(path, value).is_ok() {
                    *edits = *edits + desk.pending() - before;
                }
            }
            Step::Send { desk, most } => {
                self.connect(desk);
                for proposal in self.places[desk].desk.to_send(most) {
                    if !self.ask(desk, proposal) {
                        break;
                    }
                }
            }
            Step::Feed { desk, most } => {
                self.connect(desk);
                self.feed(desk, most);
            }
            Step::Cut { desk } => self.cut(desk),
            Step::Restart { lost } => {
                (0..4).for_each(|desk| self.cut(desk));
                let first = self.core.lines_after(MeetSeq(0));
                // The desks had joined long before.
                let kept = first.len().saturating_sub(usize::try_from(lost).expect("few")).max(6);
                self.core = replay(&first[..kept.min(first.len())]);
                self.new_epoch();
            }
        }
    }

    fn new_epoch(&mut self) {
        self.epoch += 1;
        self.core.push(line(What::Epoch(MeetEpoch(self.epoch)))).expect("epochs follow");
    }

    fn cut(&mut self, desk: usize) {
        let place = &mut self.places[desk];
        place.connected = false;
        place.answers.clear();
    }

    /// A desk comes back: what it holds and the core does not is brought, and what it holds otherwise is rewound.
    fn connect(&mut self, desk: usize) {
        if std::mem::replace(&mut self.places[desk].connected, true) {
            return;
        }
        let theirs = self.places[desk].desk.log().clone();
        if !matches!(self.core.relation(&theirs), Relation::Known) {
            self.epoch += 1;
            let (core, _) = self.core.recovered(&theirs, MeetEpoch(self.epoch), NOW).expect("desks are few");
            self.core = core;
            // A log that was taken over or merged is another one for everybody.
            (0..4).filter(|other| *other != desk).for_each(|other| self.cut(other));
        }
        let place = &mut self.places[desk];
        let fork = (0..=place.desk.log().head().0).rev().map(MeetSeq);
        let fork = fork.into_iter().find(|seq| self.core.hash_at(*seq) == place.desk.log().hash_at(*seq));
        let fork = fork.expect("the empty log is everybody's");
        if fork < place.desk.log().head() {
            place.desk.rewind(fork);
        }
        place.desk.connected(self.core.head());
    }

    /// Whether the core made a line of it.
    fn ask(&mut self, desk: usize, proposal: Proposal) -> bool {
        let place = &mut self.places[desk];
        let author = self.core.author_of(DeskId([u8::try_from(desk).expect("four desks"); 16])).expect("it joined");
        let local = proposal.local;
        let answer = match self.core.answer(NOW, author, proposal) {
            Ok(_) => Ok(local),
            Err(ProposalError::Gap { expected } | ProposalError::Reused { expected, .. }) => Err(expected),
            Err(error) => panic!("a desk's own check lets nothing else through: {error}"),
        };
        place.answers.push_back(answer);
        answer.is_ok()
    }

    fn feed(&mut self, desk: usize, most: usize) {
        let Place { desk, answers, .. } = &mut self.places[desk];
        for answer in answers.drain(..) {
            match answer {
                Ok(local) => desk.answered(local),
                Err(expected) => desk.renumber(expected),
            }
        }
        let lines: Vec<Line> = self.core.lines_after(desk.log().head()).iter().take(most).cloned().collect();
        desk.take(lines).expect("what the core wrote follows");
    }

    /// Everybody comes back and stays until nothing is left to do.
    fn settle(&mut self) {
        for _ in 0..20 {
            for desk in 0..4 {
                self.connect(desk);
                self.feed(desk, usize::MAX);
                for proposal in self.places[desk].desk.to_send(usize::MAX) {
                    if !self.ask(desk, proposal) {
                        break;
                    }
                }
            }
        }
        (0..4).for_each(|desk| self.connect(desk));
        (0..4).for_each(|desk| self.feed(desk, usize::MAX));
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for Place { desk, .. } in &self.places {
            prop_assert_eq!(desk.pending(), 0);
            prop_assert_eq!(desk.log().sealed_head(), self.core.sealed_head());
            prop_assert_eq!(&desk.shown(), self.core.state());
        }
        Ok(())
    }

    fn updates(&self) -> impl Iterator<Item = (MeetSeq, &Update)> {
        let lines = (1..).map(MeetSeq).zip(self.core.lines_after(MeetSeq(0)));
        lines.filter_map(|(seq, line)| if let What::Update(update) = &line.what { Some((seq, update)) } else { None })
    }
}

fn replay(lines: &[Line]) -> MeetLog {
    let mut log = MeetLog::new();
    for line in lines {
        log.push(line.clone()).expect("what followed once follows again");
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// L4, L5, L7, L9: desks that lose answers, lag, work offline and see the core restart end with its log; every edit
    /// has exactly one line; each knows which of its own do not stand.
    #[test]
    fn desks_converge(steps in steps(false)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        world.settle();
        world.check()?;
        let edits: usize = world.places.iter().map(|place| place.edits).sum();
        prop_assert_eq!(world.updates().count(), edits);
        for (at, place) in world.places.iter().enumerate() {
            let mine = Author(u16::try_from(at).expect("four desks"));
            let mut expected: BTreeMap<MeetSeq, Vec<Why>> = BTreeMap::new();
            for (seq, update) in world.updates() {
                match &update.verdict {
                    Verdict::Rejected(why) if update.author == mine => {
                        expected.entry(seq).or_default().push(Why::Rejected(*why));
                    }
                    Verdict::Accepted { overrules, .. } => {
                        for lost in overrules {
                            let author = world.updates().find(|(seq, _)| seq == lost).map(|(_, lost)| lost.author);
                            if author == Some(mine) {
                                expected.entry(*lost).or_default().push(Why::By(seq));
                            }
                        }
                    }
                    Verdict::Rejected(_) => {}
                }
            }
            let mut told: BTreeMap<MeetSeq, Vec<Why>> = BTreeMap::new();
            for overruled in place.desk.overruled() {
                told.entry(overruled.seq).or_default().push(overruled.why);
            }
            prop_assert_eq!(told, expected);
        }
    }

    /// L10: so too where the core comes back with less than it had, again and again: whatever any desk had received is
    /// in the log, once.
    #[test]
    fn desks_bring_back_what_the_core_lost(steps in steps(true)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        let held: Vec<MeetLog> = world.places.iter().map(|place| place.desk.log().clone()).collect();
        world.settle();
        world.check()?;
        for log in held {
            for (seq, line) in (1..).map(MeetSeq).zip(log.lines_after(MeetSeq(0))) {
                let What::Update(update) = &line.what else { continue };
                if matches!(update.verdict, Verdict::Rejected(_)) {
                    continue;
                }
                let asked = |update: &Update| (update.author, update.after, update.path);
                let there = world.updates().filter(|(here, there)| {
                    let merged = there.merged_from;
                    let from = update.merged_from.or_else(|| Some(MeetPosition { epoch: log.epoch_of(seq)?, seq }));
                    let origin = merged.is_some() && merged == from;
                    let first = from.is_some_and(|from| from.seq == *here && Some(from.epoch) == world.core.epoch_of(*here));
                    let sent = merged.is_none() && update.merged_from.is_none() && there.local == update.local;
                    origin || first || sent && asked(there) == asked(update) && there.value == update.value
                });
                let count = there.count();
                // What was merged had another number before, by which its author may have sent it again.
                let again = |there: &Update| asked(there) == asked(update) && there.value == update.value;
                let again = update.merged_from.is_some() && world.updates().any(|(_, there)| again(there));
                prop_assert!(count == 1 || count == 0 && again, "{} of line {}: {:?}", count, seq, update);
            }
        }
    }
}

/// L8: a low desk corrects what a high one set, having seen it; a mid desk comes back with an older value. The
/// correction stands, and the mid desk is told who won.
#[test]
fn a_correction_stands_against_a_desk_that_returns() {
    let mut world = World::new();
    let path = Path::Meet(MeetLeaf::City);
    let text = |text: &str| Value::Leaf(LeafValue::Text(text.to_owned()));
    world.cut(2);
    world.places[2].desk.edit(path, text("mid, offline")).unwrap();
    world.places[3].desk.edit(path, text("high")).unwrap();
    world.step(Step::Send { desk: 3, most: 1 });
    world.step(Step::Feed { desk: 0, most: 9 });
    world.places[0].desk.edit(path, text("low, having seen high")).unwrap();
    world.step(Step::Send { desk: 0, most: 1 });
    world.settle();
    world.check().unwrap();
    assert_eq!(world.core.state().get(path), text("low, having seen high"));
    let high = MeetSeq(world.core.head().0 - 2);
    let mid = &world.places[2].desk;
    let [lost] = mid.overruled() else { panic!("{:?}", mid.overruled()) };
    assert_eq!((lost.why, &lost.value), (Why::Rejected(Rejection::Conflict { winner: high }), &text("mid, offline")));
}

/// L7: several offline edits of one path are one update; what is shown is always the last.
#[test]
fn offline_edits_of_one_path_are_sent_as_one() {
    let mut world = World::new();
    let path = Path::Meet(MeetLeaf::City);
    world.cut(1);
    for round in 0..5u8 {
        let city = Value::Leaf(LeafValue::Text(round.to_string()));
        world.places[1].desk.edit(path, city.clone()).unwrap();
        assert_eq!(world.places[1].desk.shown().get(path), city);
        assert_eq!(world.places[1].desk.pending(), 1);
    }
    let head = world.core.head();
    world.settle();
    world.check().unwrap();
    assert_eq!(world.core.head(), MeetSeq(head.0 + 1));
}
