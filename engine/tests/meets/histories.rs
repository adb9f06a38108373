//! Desks against a core, request by request: edits offline and online, answers lost, writes that fail or are held up, a
//! core that starts again with all or less than it had. Whatever happened, in the end everybody has the core's log byte
//! for byte, nothing is pending, and every edit has its line once.

use proptest::prelude::*;
use scorelay_engine::meets::AskId;
use scorelay_meets::desk::Desk;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::meet::answer::{Chunk, MeetAnswer, Updated};
use scorelay_protocol::meet::ids::{MeetId, MeetPosition, MeetSeq};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::line::{Update, Verdict, What};
use scorelay_protocol::meet::path::{EntryNo, Path, StageNo};
use scorelay_protocol::meet::receipt::Receipt;
use scorelay_protocol::meet::request::{Claim, DeskAsk, Have, MeetRequest};
use scorelay_protocol::meet::value::{EntryState, LeafValue, Real, Stage, Value};

use crate::rig::{Rig, Seat, from, parts};

#[derive(Debug, Clone)]
enum Step {
    Edit { desk: usize, path: Path, value: Value },
    Send { desk: usize, most: usize, answer: bool },
    Pull { desk: usize },
    Drive { desk: usize },
    Write,
    Fail,
    Cut { desk: usize },
    Restart { lost: usize },
}

fn paths() -> impl Strategy<Value = Path> {
    prop_oneof![
        Just(Path::Meet(MeetLeaf::Name)),
        Just(Path::Meet(MeetLeaf::City)),
        (0..2u32).prop_map(|at| Path::Entry(EntryNo(5_000 + 10_000 * at))),
        (0..2u32).prop_map(|at| Path::EntryLeaf(EntryNo(5_000 + 10_000 * at), EntryLeaf::BodyweightKg)),
        Just(Path::Stage(StageNo::new(1).unwrap())),
    ]
}

fn value(path: Path, choice: u8) -> Value {
    let real = Real::new(f64::from(choice)).unwrap();
    match path {
        Path::Entry(_) => {
            let leaves = [(EntryLeaf::BodyweightKg, LeafValue::Number(real))];
            Value::Entry(EntryState { leaves: leaves.into(), ..EntryState::default() })
        }
        Path::EntryLeaf(..) => Value::Leaf(LeafValue::Number(real)),
        Path::Stage(_) => Value::Stage(Stage { flight: choice.to_string(), lift: None, attempt: None, lifter: None }),
        _ => Value::Leaf(LeafValue::Text(choice.to_string())),
    }
}

fn steps(lossy: bool) -> impl Strategy<Value = Vec<Step>> {
    let desk = 0..4usize;
    let edit = (desk.clone(), paths(), 0..5u8).prop_map(|(desk, path, choice)| {
        let value = value(path, choice);
        Step::Edit { desk, path, value }
    });
    let send =
        (desk.clone(), 1..4usize, any::<bool>()).prop_map(|(desk, most, answer)| Step::Send { desk, most, answer });
    let pull = desk.clone().prop_map(|desk| Step::Pull { desk });
    let drive = desk.clone().prop_map(|desk| Step::Drive { desk });
    let cut = desk.prop_map(|desk| Step::Cut { desk });
    let restart = (0..if lossy { 12usize } else { 1 }).prop_map(|lost| Step::Restart { lost });
    let step = prop_oneof![
        10 => edit, 6 => send, 4 => pull, 1 => drive, 3 => Just(Step::Write), 1 => Just(Step::Fail), 2 => cut,
        1 => restart
    ];
    prop::collection::vec(step, 1..100)
}

struct Place {
    desk: Desk,
    seat: Seat,
    receipt: Option<Receipt>,
    online: bool,
    /// Batches whose answers have not come.
    sent: Vec<AskId>,
    /// Edits that changed something, those of one path that were sent as one counted once.
    edits: usize,
}

struct World {
    rig: Rig,
    meet: MeetId,
    places: Vec<Place>,
}

impl World {
    fn new() -> Self {
        let mut rig = Rig::new();
        let (first, _) = rig.meet();
        let meet = first.session.meet;
        let mut seats = vec![first];
        seats.extend([(2, "scale"), (3, "door"), (4, "table")].map(|(desk, place)| rig.seat(meet, desk, place)));
        let place = |seat: Seat| Place {
            desk: Desk::new(seat.id()),
            seat,
            receipt: None,
            online: false,
            sent: Vec::new(),
            edits: 0,
        };
        let mut world = Self { rig, meet, places: seats.into_iter().map(place).collect() };
        (0..4).for_each(|desk| world.pull(desk));
        world
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Edit { desk, path, value } => {
                let Place { desk, edits, .. } = &mut self.places[desk];
                let before = desk.pending();
                if desk.edit(path, value).is_ok() {
                    *edits = *edits + desk.pending() - before;
                }
            }
            Step::Send { desk, most, answer } => self.send(desk, most, answer),
            Step::Pull { desk } => self.pull(desk),
            Step::Drive { desk } => {
                let ask = DeskAsk::Drive { stage: StageNo::new(1).unwrap(), claim: Claim::TakeOver };
                drop(self.ask(desk, ask));
            }
            Step::Write => drop(self.rig.write()),
            Step::Fail if !self.rig.writes.is_empty() => self.rig.fail(),
            Step::Fail => {}
            Step::Cut { desk } => self.cut(desk),
            Step::Restart { lost } => {
                (0..4).for_each(|desk| self.cut(desk));
                let mut disk = self.rig.disk.clone();
                let lines = &mut disk.meets.get_mut(&self.meet).unwrap().lines;
                // The desks had joined long before.
                lines.truncate(lines.len().saturating_sub(lost).max(6));
                self.rig.restart_on(disk);
            }
        }
        (0..4).for_each(|desk| self.hear(desk));
    }

    fn cut(&mut self, desk: usize) {
        let place = &mut self.places[desk];
        place.online = false;
        place.sent.clear();
    }

    fn ask(&mut self, desk: usize, ask: DeskAsk) -> Result<MeetAnswer, WireError> {
        let seat = self.places[desk].seat;
        self.rig.get(from(seat.desk), seat.ask(ask))
    }

    /// What has been answered of what a desk has sent.
    fn hear(&mut self, desk: usize) {
        let place = &mut self.places[desk];
        let sent = std::mem::take(&mut place.sent);
        for ask in sent {
            match self.rig.answer(ask) {
                None => place.sent.push(ask),
                Some(Ok(MeetAnswer::Updated(Updated { acks, stopped }))) => {
                    acks.iter().for_each(|ack| place.desk.answered(ack.local));
                    stopped.into_iter().for_each(|stopped| place.desk.renumber(stopped.expected));
                }
                Some(Err(error)) => {
                    assert_eq!(error.code, ErrorCode::NoSpace);
                    // Whatever was sent is to be sent again.
                    place.online = false;
                }
                Some(other) => panic!("{other:?}"),
            }
        }
    }

    fn pull(&mut self, desk: usize) {
        loop {
            let log = self.places[desk].desk.log();
            let have = Have { seq: log.head(), hash: log.hash() };
            match self.ask(desk, DeskAsk::Pull { have, wait: false }) {
                Ok(MeetAnswer::Lines(chunk)) => {
                    let Chunk { lines, receipt, head, .. } = chunk;
                    let place = &mut self.places[desk];
                    place.desk.take(lines).expect("lines follow");
                    place.receipt = Some(receipt);
                    if !std::mem::replace(&mut place.online, true) {
                        place.sent.clear();
                        place.desk.connected(head);
                    }
                    if place.desk.log().head() >= head {
                        return;
                    }
                }
                Ok(MeetAnswer::Diverged) => self.recover(desk),
                other => panic!("{other:?}"),
            }
        }
    }

    fn recover(&mut self, desk: usize) {
        self.cut(desk);
        let place = &self.places[desk];
        let receipt = place.receipt.expect("what is held came with one");
        let bytes = codec::encode(&place.desk.log().lines_after(MeetSeq(0)).to_vec());
        let mut fork = None;
        for part in parts(&bytes, 500) {
            match self.ask(desk, DeskAsk::Recover { receipt, part }) {
                Ok(MeetAnswer::More { .. }) => {}
                Ok(MeetAnswer::Recovered(recovered)) => fork = Some(recovered.fork),
                other => panic!("{other:?}"),
            }
        }
        let fork = fork.expect("all parts have come");
        let desk = &mut self.places[desk].desk;
        if fork < desk.log().head() {
            desk.rewind(fork);
        }
    }

    fn send(&mut self, desk: usize, most: usize, answer: bool) {
        if !self.places[desk].online {
            self.pull(desk);
        }
        let place = &mut self.places[desk];
        let proposals = place.desk.to_send(most);
        if proposals.is_empty() {
            return;
        }
        let seat = place.seat;
        let ask = self.rig.ask(from(seat.desk), seat.ask(DeskAsk::Update(proposals)));
        if answer {
            self.places[desk].sent.push(ask);
        } else {
            // An answer is lost with its connection.
            self.cut(desk);
        }
    }

    /// Everybody comes back and stays until nothing is left to do.
    fn settle(&mut self) {
        for _ in 0..20 {
            for desk in 0..4 {
                self.cut(desk);
                self.pull(desk);
                self.send(desk, usize::MAX, true);
                self.rig.settle();
                self.hear(desk);
            }
        }
        (0..4).for_each(|desk| self.pull(desk));
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        let core = self.rig.log(self.meet).clone();
        prop_assert_eq!(self.rig.stored(self.meet).hash(), core.hash());
        prop_assert_eq!(self.rig.meets.durable(self.meet), Some(core.head()));
        for Place { desk, .. } in &self.places {
            prop_assert_eq!(desk.pending(), 0);
            prop_assert_eq!(desk.log().lines_after(MeetSeq(0)), core.lines_after(MeetSeq(0)));
            prop_assert_eq!(&desk.shown(), core.state());
        }
        // L9: what is on the disk comes to the same.
        self.rig.restart();
        prop_assert_eq!(self.rig.log(self.meet).hash_at(core.head()), Some(core.hash()));
        Ok(())
    }
}

fn updates(log: &MeetLog) -> Vec<(MeetSeq, Update)> {
    let lines = (1..).map(MeetSeq).zip(log.lines_after(MeetSeq(0)));
    lines
        .filter_map(
            |(seq, line)| if let What::Update(update) = &line.what { Some((seq, update.clone())) } else { None },
        )
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// L4, L5, L7, L9: answers are lost, writes fail, the core starts again with what is on its disk: every edit has
    /// exactly one line, and everybody has the same log.
    #[test]
    fn every_edit_is_settled_once(steps in steps(false)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        world.settle();
        let log = world.rig.log(world.meet).clone();
        world.check()?;
        let edits: usize = world.places.iter().map(|place| place.edits).sum();
        prop_assert_eq!(updates(&log).len(), edits);
    }

    /// L10: the core comes back with less than it had, again and again: what any desk held is in the log, once.
    #[test]
    fn lost_tails_come_back_from_desks(steps in steps(true)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        let held: Vec<MeetLog> = world.places.iter().map(|place| place.desk.log().clone()).collect();
        world.settle();
        let whole = world.rig.log(world.meet).clone();
        let (core, epochs) = (updates(&whole), |seq| whole.epoch_of(seq));
        world.check()?;
        for log in held {
            for (seq, update) in updates(&log) {
                if matches!(update.verdict, Verdict::Rejected(_)) {
                    continue;
                }
                let asked = |update: &Update| (update.author, update.after, update.path);
                let there = core.iter().filter(|(here, there)| {
                    let merged = there.merged_from;
                    let from = update.merged_from.or_else(|| Some(MeetPosition { epoch: log.epoch_of(seq)?, seq }));
                    let origin = merged.is_some() && merged == from;
                    let first = epochs(*here).zip(from).is_some_and(|(epoch, from)| (epoch, *here) == (from.epoch, from.seq));
                    let sent = merged.is_none() && update.merged_from.is_none() && there.local == update.local;
                    origin || first || sent && asked(there) == asked(&update) && there.value == update.value
                });
                let count = there.count();
                // What was merged had another number before, by which its author may have sent it again.
                let again = |there: &Update| asked(there) == asked(&update) && there.value == update.value;
                let again = update.merged_from.is_some() && core.iter().any(|(_, there)| again(there));
                prop_assert!(count == 1 || count == 0 && again, "{} of line {}: {:?}", count, seq, update);
            }
        }
    }
}

/// L10: the core has an update as its author sent it, and a desk brings it as it was merged once, under another number:
/// it stays one.
#[test]
fn what_was_merged_once_stays_one() {
    let mut world = World::new();
    let stage = Path::Stage(StageNo::new(1).unwrap());
    let name = Path::Meet(MeetLeaf::Name);
    let edit = |desk, path| Step::Edit { desk, path, value: value(path, 0) };
    // Nobody drives the stage: the first is rejected, and not brought back.
    let steps = [
        edit(3, stage),
        edit(3, name),
        edit(1, name),
        Step::Send { desk: 3, most: 2, answer: false },
        Step::Write,
        Step::Pull { desk: 0 },
        Step::Pull { desk: 2 },
        Step::Restart { lost: 2 },
        Step::Send { desk: 1, most: 1, answer: false },
        Step::Pull { desk: 2 },
        Step::Restart { lost: 3 },
    ];
    steps.into_iter().for_each(|step| world.step(step));
    world.settle();
    let log = world.rig.log(world.meet).clone();
    world.check().unwrap();
    let of =
        |author| updates(&log).iter().filter(|(_, update)| (update.author.0, update.path) == (author, name)).count();
    assert_eq!([of(1), of(3)], [1, 1]);
}

/// L10: the core lost even that a desk had joined, and its session: it brings its log by the sealed record, then joins
/// by its password, and is who it was, with its block of entry ids and what it had set.
#[test]
fn a_join_that_was_lost() {
    let mut rig = Rig::new();
    let (table, opened) = rig.meet();
    let meet = table.session.meet;
    let backup = rig.disk.clone();
    let door = rig.seat(meet, 2, "door");
    let mut desk = Desk::new(door.id());
    desk.take(rig.pull_all(door).lines_after(MeetSeq(0)).to_vec()).unwrap();
    desk.edit(Path::Entry(EntryNo(15_000)), value(Path::Entry(EntryNo(15_000)), 7)).unwrap();
    rig.update(door, desk.to_send(9));
    let held = rig.pull_all(door);
    let receipt = rig.pull(door, Have { seq: held.head(), hash: held.hash() }).receipt;
    rig.restart_on(backup);
    assert_eq!(rig.code(from(2), door.ask(DeskAsk::Record)), ErrorCode::BadSession);
    // Another desk comes in between; it gets another block of entry ids.
    rig.seat(meet, 3, "scale");
    let bytes = codec::encode(&held.lines_after(MeetSeq(0)).to_vec());
    let part = parts(&bytes, bytes.len()).remove(0);
    let restore = MeetRequest::Restore { record: opened.record, receipt, part };
    assert_eq!(rig.get(from(2), restore.clone()), Ok(MeetAnswer::Restored));
    let door = rig.seat(meet, 2, "door");
    let log = rig.pull_all(door);
    assert_eq!(log.desks().len(), 3);
    assert_eq!(log.desk(log.author_of(door.id()).unwrap()).unwrap().joined.first_entry, EntryNo(15_000));
    let [(_, update)] = &updates(&log)[..] else { panic!("one update") };
    assert!(matches!(update.verdict, Verdict::Accepted { .. }));
    let head = rig.log(meet).head();
    assert_eq!(rig.get(from(2), restore), Ok(MeetAnswer::Restored), "asked again");
    assert_eq!(rig.log(meet).head(), head);
}
