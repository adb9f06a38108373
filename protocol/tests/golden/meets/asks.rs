//! What the vectors `meet.ask.*` say.

use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::path::StageNo;
use scorelay_protocol::meet::request::{Claim, Create, DeskAsk, Join, MeetRequest, PublicAt, Results, SessionNo};
use scorelay_protocol::meet::secret::Typed;
use scorelay_protocol::meet::value::{AttemptResult, Value};

use super::lines::attempt;
use super::{
    EPOCH, Values, at, desk, have, head, location, meet, part, path, proposal, receipt, record, session, text, token,
};
use crate::Message;

fn password() -> Typed {
    Typed::new("correct horse battery")
}

pub(super) fn values() -> Values {
    let main = || "Main".to_owned();
    let create = Create {
        token: token(0xab),
        desk: desk(0x22),
        location: main(),
        locations: vec![location("Main", 20), location("Warm-up", 10)],
        password: password(),
    };
    let join = Join {
        meet: meet(),
        token: token(0xcd),
        desk: desk(0x33),
        location: "Warm-up".to_owned(),
        password: password(),
    };
    let held = PublicAt { epoch: EPOCH, seq: MeetSeq(300) };
    let public = |have, from, wait| MeetRequest::Public { session: session(), have, from, wait };
    let restore =
        MeetRequest::Restore { record: record(0), receipt: receipt(), part: part(70_000, 32_768, &[1, 2, 3]) };
    let requests = [
        ("meet.ask.create", MeetRequest::Create(create)),
        ("meet.ask.join", MeetRequest::Join(join)),
        ("meet.ask.public", public(None, None, false)),
        ("meet.ask.public.rest", public(None, Some(path("registration.entries[5027]")), false)),
        ("meet.ask.public.changes", public(Some(held), None, true)),
        ("meet.ask.claim", MeetRequest::Claim(record(2))),
        ("meet.ask.restore", restore),
    ];
    let within = asks().into_iter().map(|(name, ask)| (name, MeetRequest::Desk { session: session(), ask }));
    requests.into_iter().chain(within).map(|(name, request)| (name, Message::Ask(request))).collect()
}

fn asks() -> Vec<(&'static str, DeskAsk)> {
    let drive = |claim| DeskAsk::Drive { stage: StageNo::new(2).expect("a stage"), claim };
    let updates = vec![
        proposal(1, at(300), "meet.name", text("Open 2026")),
        proposal(2, at(12), "registration.entries[5027].squat[1]", attempt(102.5, AttemptResult::Open)),
        proposal(3, at(300), "meet.country", Value::Absent),
    ];
    let results = Results { head: head(301, 0x55), return_address: "director@example.com".to_owned(), force: false };
    vec![
        ("meet.ask.pull.first", DeskAsk::Pull { have: have(0, 0), wait: false }),
        ("meet.ask.pull.wait", DeskAsk::Pull { have: have(300, 0x55), wait: true }),
        ("meet.ask.update", DeskAsk::Update(updates)),
        ("meet.ask.update.none", DeskAsk::Update(vec![])),
        ("meet.ask.add-location", DeskAsk::AddLocation(location("Platform 2", 15))),
        ("meet.ask.drive.take", drive(Claim::Take)),
        ("meet.ask.drive.take-over", drive(Claim::TakeOver)),
        ("meet.ask.drive.leave", drive(Claim::Leave)),
        ("meet.ask.sessions", DeskAsk::Sessions),
        ("meet.ask.revoke", DeskAsk::Revoke(SessionNo(4))),
        ("meet.ask.password", DeskAsk::Password { old: password(), new: Typed::new("even more horses") }),
        ("meet.ask.record", DeskAsk::Record),
        ("meet.ask.display", DeskAsk::Display { token: token(0xef) }),
        ("meet.ask.publish", DeskAsk::Publish { results, part: part(5, 0, b"OPL F") }),
        ("meet.ask.recover", DeskAsk::Recover { receipt: receipt(), part: part(300, 250, &[0xfa, 0xfb]) }),
    ]
}
