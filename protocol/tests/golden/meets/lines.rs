//! What the vectors `meet.line.*` and `meet.log.*` say: every kind of line, of value and of verdict.

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{LocalSeq, MeetEpoch, MeetPosition, MeetSeq};
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::line::{Joined, Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, StageNo};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Plate, Stage, Value};

use super::{EPOCH, NOON, Values, at, author, desk, location, meet, number, path, real, text, uid};
use crate::Message;
use crate::make::texts;

fn accepted() -> Verdict {
    Verdict::Accepted { overrules: vec![], hidden_by: None }
}

fn update(to: &str, value: Value, verdict: Verdict) -> Update {
    let (author, local) = (author(1), LocalSeq(12));
    Update { author, local, after: at(300), path: path(to), value, merged_from: None, verdict }
}

pub(super) fn attempt(kg: f64, result: AttemptResult) -> Value {
    Value::Attempt(Attempt { kg: real(kg), result })
}

fn entry() -> Value {
    let leaves = [
        (EntryLeaf::Day, LeafValue::Number(real(1.0))),
        (EntryLeaf::Name, LeafValue::Text("Zoë".to_owned())),
        (EntryLeaf::BirthDate, LeafValue::Text("1999-12-31".to_owned())),
        (EntryLeaf::Guest, LeafValue::Flag(false)),
    ];
    let no = |number| AttemptNo::new(number).expect("an attempt");
    let opener = Attempt { kg: real(100.0), result: AttemptResult::Open };
    let attempts = [((Lift::Squat, no(1)), opener), ((Lift::Deadlift, no(1)), opener)];
    Value::Entry(EntryState { leaves: leaves.into(), attempts: attempts.into() })
}

fn plates() -> Value {
    let plate = |kg, pairs, color: &str| Plate { kg: real(kg), pairs, color: color.to_owned() };
    Value::Leaf(LeafValue::Plates(vec![plate(25.0, 8, "#FF0000"), plate(0.25, 1, "#FFF")]))
}

fn updates() -> Vec<(&'static str, Update)> {
    let rejected = |rejection| Verdict::Rejected(rejection);
    let leaf = |value| Value::Leaf(value);
    let stage = Stage {
        flight: "A".to_owned(),
        lift: Some(Lift::Bench),
        attempt: AttemptNo::new(2),
        lifter: Some(EntryNo(5_027)),
    };
    let nobody = Stage { flight: String::new(), lift: None, attempt: None, lifter: None };
    let overrules = Verdict::Accepted { overrules: vec![MeetSeq(6), MeetSeq(300)], hidden_by: None };
    let hidden = Verdict::Accepted { overrules: vec![], hidden_by: Some(MeetSeq(280)) };
    let merged_from = Some(MeetPosition { epoch: MeetEpoch(9), seq: MeetSeq(290) });
    let entries = "registration.entries[5027]";
    let of = |leaf: &str| format!("{entries}{leaf}");
    vec![
        ("meet.line.update.text", update("meet.name", text("Open 2026"), accepted())),
        (
            "meet.line.update.texts",
            update("meet.divisions", leaf(LeafValue::Texts(texts(&["Open", "Novice"]))), accepted()),
        ),
        (
            "meet.line.update.numbers",
            update("meet.weightClassesKgMen", leaf(LeafValue::Numbers(vec![real(82.5), real(-0.0)])), accepted()),
        ),
        ("meet.line.update.plates", update("meet.plates", plates(), accepted())),
        ("meet.line.update.absent", update("meet.country", Value::Absent, accepted())),
        ("meet.line.update.null", update(&of(".memberId"), leaf(LeafValue::Null), accepted())),
        ("meet.line.update.flag", update(&of(".deleted"), leaf(LeafValue::Flag(true)), accepted())),
        ("meet.line.update.hidden", update(&of(".bodyweightKg"), number(82.35), hidden)),
        ("meet.line.update.attempt", update(&of(".squat[1]"), attempt(102.5, AttemptResult::Open), accepted())),
        ("meet.line.update.good", update(&of(".bench[2]"), attempt(80.0, AttemptResult::Good), overrules)),
        ("meet.line.update.no-lift", update(&of(".deadlift[5]"), attempt(150.0, AttemptResult::NoLift), accepted())),
        ("meet.line.update.entry", update(entries, entry(), accepted())),
        ("meet.line.update.stage", update("live[1]", Value::Stage(stage), accepted())),
        ("meet.line.update.merged", Update { merged_from, ..update("meet.city", text("Oslo"), accepted()) }),
        (
            "meet.line.rejected.conflict",
            update("meet.city", text("Oslo"), rejected(Rejection::Conflict { winner: MeetSeq(301) })),
        ),
        ("meet.line.rejected.no-such-entry", update(&of(".lot"), number(7.0), rejected(Rejection::NoSuchEntry))),
        ("meet.line.rejected.entry-exists", update(entries, entry(), rejected(Rejection::EntryExists))),
        ("meet.line.rejected.not-your-block", update(entries, entry(), rejected(Rejection::NotYourBlock))),
        ("meet.line.rejected.not-driver", update("live[99]", Value::Stage(nobody), rejected(Rejection::NotDriver))),
        ("meet.line.rejected.late", update("meet.name", text(""), rejected(Rejection::Late))),
    ]
}

pub(super) fn created() -> What {
    What::Created { id: meet(), uid: uid(), locations: vec![location("Main", 20), location("Warm-up", 10)] }
}

pub(super) fn joined(byte: u8, location: u16, first_entry: u32) -> What {
    What::Joined(Joined { desk: desk(byte), location, first_entry: EntryNo(first_entry) })
}

pub(super) fn line(what: What) -> Line {
    Line { at: NOON, what }
}

pub(super) fn values() -> Values {
    let stage = StageNo::new(1).expect("a stage");
    let others = [
        ("meet.line.created", created()),
        ("meet.line.epoch", What::Epoch(EPOCH)),
        ("meet.line.location", What::Location(location("Zweite Bühne", 1_000))),
        ("meet.line.joined", joined(0x22, 1, 15_000)),
        ("meet.line.driver", What::Driver { stage, author: Some(author(300)) }),
        ("meet.line.driver.nobody", What::Driver { stage, author: None }),
        ("meet.line.published", What::Published { author: author(0), number: 1, csv: [0x33; 32] }),
        ("meet.line.finished", What::Finished),
        ("meet.line.reopened", What::Reopened),
    ];
    let updates = updates().into_iter().map(|(name, update)| (name, What::Update(update)));
    let lines = others.into_iter().chain(updates).map(|(name, what)| (name, Message::Line(line(what))));
    let log = vec![line(created()), Line { at: UnixMillis(1_790_000_000_001), what: What::Epoch(EPOCH) }];
    lines.chain([("meet.log.short", Message::Log(log)), ("meet.log.empty", Message::Log(vec![]))]).collect()
}
