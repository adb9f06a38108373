//! The worked example of the chapter on meets in `docs/protocol.md`: its log comes to what the page says, its hashes
//! and seals are those of the key that it names, and both desks end the same. That its bytes are the code's is checked
//! in `protocol/tests/golden`.

#[path = "../../../protocol/tests/common/vectors.rs"]
#[allow(dead_code, reason = "the vectors of other chapters are read elsewhere")]
mod vectors;

use scorelay_meets::chain::ReceiptKey;
use scorelay_meets::desk::{Desk, Why};
use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::{Chunk, MeetAnswer, Opened, Updated};
use scorelay_protocol::meet::ids::{Author, DeskId, MeetId, MeetSeq};
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{DeskAsk, Have, MeetRequest, Proposal};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, Real, Value};

fn bytes(name: &str) -> Vec<u8> {
    let all = vectors::session();
    all.into_iter().find(|vector| vector.name == name).unwrap_or_else(|| panic!("no {name}")).bytes
}

fn answer(name: &str) -> MeetAnswer {
    codec::decode_client(&bytes(&format!("session.meet.answer.{name}"))).expect("documented bytes")
}

fn ask(name: &str) -> MeetRequest {
    codec::decode_client(&bytes(&format!("session.meet.ask.{name}"))).expect("documented bytes")
}

fn chunk(name: &str) -> Chunk {
    let MeetAnswer::Lines(chunk) = answer(name) else { panic!("{name} has no lines") };
    chunk
}

fn opened(name: &str) -> Opened {
    let MeetAnswer::Opened(opened) = answer(name) else { panic!("{name} opens nothing") };
    opened
}

fn lines() -> Vec<Line> {
    let (first, rest) = (chunk("pulled"), chunk("told"));
    assert_eq!((first.after, rest.after), (MeetSeq(0), MeetSeq(first.lines.len() as u64)));
    [first.lines, rest.lines].concat()
}

fn squat() -> Path {
    "registration.entries[5000].squat[1]".parse().expect("a path")
}

fn declared(kg: f64) -> Value {
    Value::Attempt(Attempt { kg: Real::new(kg).expect("a finite number"), result: AttemptResult::Open })
}

/// L4: the lines of the example are those that a core writes for what is asked in it, verdicts and all, and they end as
/// the page says.
#[test]
fn the_example_is_what_a_core_would_say() {
    let lines = lines();
    let mut log = MeetLog::new();
    for line in &lines {
        let What::Update(update) = &line.what else {
            log.push(line.clone()).unwrap();
            continue;
        };
        let (local, after, path, value) = (update.local, update.after, update.path, update.value.clone());
        let proposal = Proposal { local, after, path, value };
        log.answer(UnixMillis(line.at.0), update.author, proposal).unwrap();
    }
    assert_eq!(log.lines_after(MeetSeq(0)), lines);
    assert_eq!(log.state().get(squat()), declared(102.5));
    assert!(vectors::PROTOCOL.contains(&format!("`{}`", log.hash())), "the page does not say {}", log.hash());
    let asked = [("offline", 6, "first"), ("stronger", 7, "overrules"), ("weaker", 8, "rejected")];
    for (asked, seq, answered) in asked {
        let MeetRequest::Desk { ask: DeskAsk::Update(proposals), .. } = ask(asked) else { panic!("{asked}") };
        let MeetAnswer::Updated(Updated { acks, stopped: None }) = answer(answered) else { panic!("{answered}") };
        let Some(Line { what: What::Update(update), .. }) = log.line(MeetSeq(seq)) else { panic!("line {seq}") };
        let [Proposal { local, after, path, value }] = &proposals[..] else { panic!("{asked}: one update") };
        assert_eq!((local, after, path, value), (&update.local, &update.after, &update.path, &update.value));
        assert_eq!((acks[0].local, acks[0].seq, &acks[0].verdict), (update.local, MeetSeq(seq), &update.verdict));
    }
}

/// L10: hashes, receipts and the record are sealed by the key that the page names, as it says.
#[test]
fn the_examples_seals_are_right() {
    let key = ReceiptKey::new([0x2a; 32]);
    let mut log = MeetLog::new();
    for (name, have) in [("pulled", "pull"), ("told", "wait")] {
        let chunk = chunk(name);
        let MeetRequest::Desk { ask: DeskAsk::Pull { have, .. }, .. } = ask(have) else { panic!("{have}") };
        assert_eq!(have, Have { seq: log.head(), hash: log.hash() });
        for line in chunk.lines {
            log.push(line).unwrap();
        }
        assert_eq!(log.sealed_head(), Some(chunk.receipt.head));
        assert_eq!(key.seal(chunk.receipt.head), chunk.receipt);
        assert_eq!((chunk.head, chunk.record), (log.head(), 0));
    }
    let (first, second) = (opened("created"), opened("joined"));
    assert_eq!((first.record, first.meet, Some(first.uid)), (second.record, second.meet, log.uid()));
    assert_eq!(key.seal_record(first.record.record), first.record);
    assert_eq!(MeetId::new(123_456_789), Some(first.meet));
}

/// L8: a desk that follows the page shows what it set, then what stands, and says what of its own does not.
#[test]
fn a_desk_follows_the_example() {
    let mut desk = Desk::new(DeskId([0xb2; 16]));
    desk.take(chunk("pulled").lines).unwrap();
    assert_eq!(desk.author(), Some(Author(1)));
    for (kg, asked) in [(100.0, "offline"), (105.0, "weaker")] {
        desk.edit(squat(), declared(kg)).unwrap();
        let MeetRequest::Desk { ask: DeskAsk::Update(proposals), .. } = ask(asked) else { panic!("{asked}") };
        assert_eq!(desk.to_send(10), proposals);
        assert_eq!(desk.shown().get(squat()), declared(kg));
    }
    assert_eq!(desk.pending(), 2);
    desk.take(chunk("told").lines).unwrap();
    assert_eq!((desk.pending(), desk.shown().get(squat())), (0, declared(102.5)));
    let lost: Vec<_> = desk.overruled().iter().map(|lost| (lost.seq, lost.value.clone())).collect();
    assert_eq!(lost, [(MeetSeq(6), declared(100.0)), (MeetSeq(8), declared(105.0))]);
    assert_eq!(desk.overruled()[0].why, Why::By(MeetSeq(7)));
}
