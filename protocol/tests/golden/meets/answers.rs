//! What the vectors `meet.answer.*` and `meet.changes.*` say.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::{
    Ack, Chunk, Claimed, MeetAnswer, Opened, PublicChange, PublicChanges, Recovered, SessionInfo, Stopped, Updated,
};
use scorelay_protocol::meet::ids::{LocalSeq, MeetEpoch, MeetSeq};
use scorelay_protocol::meet::line::{Rejection, Verdict, What};
use scorelay_protocol::meet::request::{PublicAt, SessionNo};
use scorelay_protocol::meet::value::{AttemptResult, Value};

use super::lines::{attempt, joined, line};
use super::{EPOCH, NOON, Values, change, desk, meet, path, receipt, record, text, uid};
use crate::Message;

fn sessions() -> Vec<SessionInfo> {
    let week = UnixMillis(NOON.0 + 7 * 24 * 3_600_000);
    vec![
        SessionInfo {
            no: SessionNo(1),
            desk: Some(desk(0x22)),
            location: "Main".to_owned(),
            opened: NOON,
            expires: Some(week),
            seen: Some(MeetSeq(300)),
            own: true,
        },
        SessionInfo {
            no: SessionNo(2),
            desk: None,
            location: "Main".to_owned(),
            opened: NOON,
            expires: None,
            seen: None,
            own: false,
        },
    ]
}

fn updated() -> Updated {
    let accepted = Verdict::Accepted { overrules: vec![MeetSeq(298)], hidden_by: None };
    let rejected = Verdict::Rejected(Rejection::Conflict { winner: MeetSeq(299) });
    let ack = |local, seq, verdict| Ack { local: LocalSeq(local), seq: MeetSeq(seq), verdict };
    Updated { acks: vec![ack(1, 301, accepted), ack(2, 302, rejected)], stopped: None }
}

fn changes() -> Vec<PublicChange> {
    vec![
        change(301, "meet.name", text("Open 2026")),
        change(302, "registration.entries[5027].squat[1]", attempt(102.5, AttemptResult::Good)),
        change(290, "live[1]", Value::Absent),
    ]
}

pub(super) fn values() -> Values {
    let opened = Opened {
        meet: meet(),
        uid: uid(),
        session: SessionNo(1),
        expires: UnixMillis(NOON.0 + 7 * 24 * 3_600_000),
        record: record(0),
    };
    let lines = vec![line(What::Finished), line(joined(0x33, 1, 15_000))];
    let chunk =
        |after, lines| Chunk { after: MeetSeq(after), lines, receipt: receipt(), head: MeetSeq(305), record: 2 };
    let why = WireError::new(ErrorCode::UpdateGap, "update 4 has not come yet");
    let stopped = Updated { acks: vec![], stopped: Some(Stopped { expected: LocalSeq(4), why }) };
    let public = |seq, reset, changes, next: Option<&str>| {
        MeetAnswer::Public(PublicChanges {
            at: PublicAt { epoch: EPOCH, seq: MeetSeq(seq) },
            reset,
            finished: !reset,
            changes,
            next: next.map(path),
        })
    };
    let recovered = Recovered { fork: MeetSeq(280), updates: 12, rejected: 1 };
    let lost = PublicAt { epoch: MeetEpoch(7), seq: MeetSeq(0) };
    let nothing = PublicChanges { at: lost, reset: true, finished: false, changes: vec![], next: None };
    let answers = [
        ("meet.answer.opened", MeetAnswer::Opened(opened)),
        ("meet.answer.lines", MeetAnswer::Lines(chunk(298, lines))),
        ("meet.answer.lines.none", MeetAnswer::Lines(chunk(300, vec![]))),
        ("meet.answer.diverged", MeetAnswer::Diverged),
        ("meet.answer.updated", MeetAnswer::Updated(updated())),
        ("meet.answer.updated.stopped", MeetAnswer::Updated(stopped)),
        ("meet.answer.done", MeetAnswer::Done(MeetSeq(303))),
        ("meet.answer.sessions", MeetAnswer::Sessions(sessions())),
        ("meet.answer.ended", MeetAnswer::Ended),
        ("meet.answer.record", MeetAnswer::Record(record(1))),
        ("meet.answer.display", MeetAnswer::Display(SessionNo(2))),
        ("meet.answer.more", MeetAnswer::More { offset: 32_768 }),
        ("meet.answer.published", MeetAnswer::Published { seq: MeetSeq(304), number: 1 }),
        ("meet.answer.recovered", MeetAnswer::Recovered(recovered)),
        ("meet.answer.public.all", public(300, true, changes(), Some("registration.entries[5400]"))),
        ("meet.answer.public.changes", public(302, false, changes(), None)),
        ("meet.answer.public.empty", MeetAnswer::Public(nothing)),
        ("meet.answer.claimed.known", MeetAnswer::Claimed(Claimed::Known)),
        ("meet.answer.claimed.wanted", MeetAnswer::Claimed(Claimed::Wanted)),
        ("meet.answer.claimed.finished", MeetAnswer::Claimed(Claimed::Finished)),
        ("meet.answer.restored", MeetAnswer::Restored),
    ];
    let answers = answers.into_iter().map(|(name, answer)| (name, Message::Answer(answer)));
    let changes = [("meet.changes.some", changes()), ("meet.changes.none", vec![])];
    answers.chain(changes.into_iter().map(|(name, changes)| (name, Message::Changes(changes)))).collect()
}
