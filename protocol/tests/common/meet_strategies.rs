//! Any request, answer and line of meets. What a peer may not send is made from bytes, in the tests that use these.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::{
    Ack, Chunk, Claimed, MeetAnswer, Opened, PublicChange, PublicChanges, Recovered, SessionInfo, Stopped, Updated,
};
use scorelay_protocol::meet::ids::{
    Author, DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority,
};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::line::{Joined, Line, Location, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path, StageNo};
use scorelay_protocol::meet::receipt::{AuthRecord, ChainHash, Head, PasswordHash, Receipt, SealedRecord};
use scorelay_protocol::meet::request::{
    Claim, Create, DeskAsk, Have, Join, MeetRequest, Part, Proposal, PublicAt, Results, Session, SessionNo,
};
use scorelay_protocol::meet::secret::{Token, Typed};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Plate, Real, Stage, Value};

use crate::strategies::{error, number, small, text};

fn meet() -> impl Strategy<Value = MeetId> {
    (0..MeetId::COUNT).prop_map(|number| MeetId::new(number).expect("nine digits"))
}

fn uid() -> impl Strategy<Value = MeetUid> {
    any::<[u8; 16]>().prop_map(MeetUid)
}

fn desk() -> impl Strategy<Value = DeskId> {
    any::<[u8; 16]>().prop_map(DeskId)
}

fn token() -> impl Strategy<Value = Token> {
    any::<[u8; 32]>().prop_map(Token)
}

fn session() -> impl Strategy<Value = Session> {
    (meet(), token()).prop_map(|(meet, token)| Session { meet, token })
}

fn seq() -> impl Strategy<Value = MeetSeq> {
    number().prop_map(MeetSeq)
}

fn epoch() -> impl Strategy<Value = MeetEpoch> {
    any::<u64>().prop_map(MeetEpoch)
}

fn author() -> impl Strategy<Value = Author> {
    any::<u16>().prop_map(Author)
}

fn millis() -> impl Strategy<Value = UnixMillis> {
    number().prop_map(UnixMillis)
}

fn position() -> impl Strategy<Value = MeetPosition> {
    (epoch(), seq()).prop_map(|(epoch, seq)| MeetPosition { epoch, seq })
}

fn hash() -> impl Strategy<Value = ChainHash> {
    any::<[u8; 32]>().prop_map(ChainHash)
}

fn location() -> impl Strategy<Value = Location> {
    (text(), 0u16..=1_000)
        .prop_map(|(name, priority)| Location { name, priority: Priority::new(priority).expect("a priority") })
}

fn stage_no() -> impl Strategy<Value = StageNo> {
    (1u8..=99).prop_map(|number| StageNo::new(number).expect("a stage"))
}

fn attempt_no() -> impl Strategy<Value = AttemptNo> {
    (1u8..=5).prop_map(|number| AttemptNo::new(number).expect("an attempt"))
}

fn lift() -> impl Strategy<Value = Lift> {
    select(&Lift::ALL[..])
}

fn entry_no() -> impl Strategy<Value = EntryNo> {
    small().prop_map(EntryNo)
}

pub(crate) fn path() -> impl Strategy<Value = Path> {
    prop_oneof![
        select(MeetLeaf::ALL).prop_map(Path::Meet),
        entry_no().prop_map(Path::Entry),
        (entry_no(), select(EntryLeaf::ALL)).prop_map(|(entry, leaf)| Path::EntryLeaf(entry, leaf)),
        (entry_no(), lift(), attempt_no()).prop_map(|(entry, lift, no)| Path::Attempt(entry, lift, no)),
        stage_no().prop_map(Path::Stage),
    ]
}

fn real() -> impl Strategy<Value = Real> {
    let bits = any::<u64>().prop_filter_map("finite", |bits| Real::new(f64::from_bits(bits)));
    prop_oneof![bits, (-400i32..4_000).prop_map(|quarters| Real::new(f64::from(quarters) / 4.0).expect("finite"))]
}

fn leaf_value() -> impl Strategy<Value = LeafValue> {
    let plate = (real(), small(), text()).prop_map(|(kg, pairs, color)| Plate { kg, pairs, color });
    prop_oneof![
        Just(LeafValue::Null),
        any::<bool>().prop_map(LeafValue::Flag),
        real().prop_map(LeafValue::Number),
        text().prop_map(LeafValue::Text),
        vec(text(), 0..3).prop_map(LeafValue::Texts),
        vec(real(), 0..4).prop_map(LeafValue::Numbers),
        vec(plate, 0..3).prop_map(LeafValue::Plates),
    ]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let result = select(vec![AttemptResult::Open, AttemptResult::Good, AttemptResult::NoLift]);
    (real(), result).prop_map(|(kg, result)| Attempt { kg, result })
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaves = btree_map(select(EntryLeaf::ALL), leaf_value(), 0..4);
    let attempts = btree_map((lift(), attempt_no()), attempt(), 0..4);
    let entry = (leaves, attempts).prop_map(|(leaves, attempts)| EntryState { leaves, attempts });
    let stage = (text(), option::of(lift()), option::of(attempt_no()), option::of(entry_no()));
    let stage = stage.prop_map(|(flight, lift, attempt, lifter)| Stage { flight, lift, attempt, lifter });
    prop_oneof![
        Just(Value::Absent),
        leaf_value().prop_map(Value::Leaf),
        attempt().prop_map(Value::Attempt),
        entry.prop_map(Value::Entry),
        stage.prop_map(Value::Stage),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let accepted = (vec(seq(), 0..3), option::of(seq()));
    let others = vec![
        Rejection::NoSuchEntry,
        Rejection::EntryExists,
        Rejection::NotYourBlock,
        Rejection::NotDriver,
        Rejection::Late,
    ];
    let rejection = prop_oneof![seq().prop_map(|winner| Rejection::Conflict { winner }), select(others)];
    prop_oneof![
        accepted.prop_map(|(overrules, hidden_by)| Verdict::Accepted { overrules, hidden_by }),
        rejection.prop_map(Verdict::Rejected),
    ]
}

pub(crate) fn line() -> impl Strategy<Value = Line> {
    let created = (meet(), uid(), vec(location(), 0..3));
    let joined = (desk(), any::<u16>(), entry_no());
    let update = (author(), number(), position(), path(), value(), option::of(position()), verdict());
    let update = update.prop_map(|(author, local, after, path, value, merged_from, verdict)| Update {
        author,
        local: LocalSeq(local),
        after,
        path,
        value,
        merged_from,
        verdict,
    });
    let published = (author(), small(), any::<[u8; 32]>());
    let what = prop_oneof![
        1 => created.prop_map(|(id, uid, locations)| What::Created { id, uid, locations }),
        1 => epoch().prop_map(What::Epoch),
        1 => location().prop_map(What::Location),
        1 => joined.prop_map(|(desk, location, first_entry)| What::Joined(Joined { desk, location, first_entry })),
        4 => update.prop_map(What::Update),
        1 => (stage_no(), option::of(author())).prop_map(|(stage, author)| What::Driver { stage, author }),
        1 => published.prop_map(|(author, number, csv)| What::Published { author, number, csv }),
        1 => Just(What::Finished),
        1 => Just(What::Reopened),
    ];
    (millis(), what).prop_map(|(at, what)| Line { at, what })
}

fn head() -> impl Strategy<Value = Head> {
    (uid(), epoch(), seq(), hash()).prop_map(|(uid, epoch, seq, hash)| Head { uid, epoch, seq, hash })
}

fn receipt() -> impl Strategy<Value = Receipt> {
    (head(), any::<[u8; 32]>()).prop_map(|(head, mac)| Receipt { head, mac })
}

fn record() -> impl Strategy<Value = SealedRecord> {
    let password = (any::<u8>(), small(), small(), any::<[u8; 16]>(), any::<[u8; 32]>());
    let password = password.prop_map(|(log_n, r, p, salt, hash)| PasswordHash { log_n, r, p, salt, hash });
    (meet(), uid(), small(), password, any::<[u8; 32]>()).prop_map(|(meet, uid, number, password, mac)| SealedRecord {
        record: AuthRecord { meet, uid, number, password },
        mac,
    })
}

fn part() -> impl Strategy<Value = Part> {
    let part = (any::<[u8; 32]>(), small(), small(), vec(any::<u8>(), 0..40));
    part.prop_map(|(sha256, total, offset, bytes)| Part { sha256, total, offset, bytes })
}

fn typed() -> impl Strategy<Value = Typed> {
    text().prop_map(Typed::new)
}

fn ask() -> impl Strategy<Value = DeskAsk> {
    let have = (seq(), hash()).prop_map(|(seq, hash)| Have { seq, hash });
    let proposal = (number(), position(), path(), value());
    let proposal =
        proposal.prop_map(|(local, after, path, value)| Proposal { local: LocalSeq(local), after, path, value });
    let claim = select(vec![Claim::Take, Claim::TakeOver, Claim::Leave]);
    let results = (head(), text(), any::<bool>());
    let results = results.prop_map(|(head, return_address, force)| Results { head, return_address, force });
    prop_oneof![
        (have, any::<bool>()).prop_map(|(have, wait)| DeskAsk::Pull { have, wait }),
        vec(proposal, 0..3).prop_map(DeskAsk::Update),
        location().prop_map(DeskAsk::AddLocation),
        (stage_no(), claim).prop_map(|(stage, claim)| DeskAsk::Drive { stage, claim }),
        Just(DeskAsk::Sessions),
        small().prop_map(|no| DeskAsk::Revoke(SessionNo(no))),
        (typed(), typed()).prop_map(|(old, new)| DeskAsk::Password { old, new }),
        Just(DeskAsk::Record),
        token().prop_map(|token| DeskAsk::Display { token }),
        (results, part()).prop_map(|(results, part)| DeskAsk::Publish { results, part }),
        (receipt(), part()).prop_map(|(receipt, part)| DeskAsk::Recover { receipt, part }),
    ]
}

fn public_at() -> impl Strategy<Value = PublicAt> {
    (epoch(), seq()).prop_map(|(epoch, seq)| PublicAt { epoch, seq })
}

pub(crate) fn request() -> impl Strategy<Value = MeetRequest> {
    let create = (token(), desk(), text(), vec(location(), 0..3), typed());
    let create = create.prop_map(|(token, desk, location, locations, password)| Create {
        token,
        desk,
        location,
        locations,
        password,
    });
    let join = (meet(), token(), desk(), text(), typed());
    let join = join.prop_map(|(meet, token, desk, location, password)| Join { meet, token, desk, location, password });
    let public = (session(), option::of(public_at()), option::of(path()), any::<bool>());
    prop_oneof![
        1 => create.prop_map(MeetRequest::Create),
        1 => join.prop_map(MeetRequest::Join),
        6 => (session(), ask()).prop_map(|(session, ask)| MeetRequest::Desk { session, ask }),
        1 => public.prop_map(|(session, have, from, wait)| MeetRequest::Public { session, have, from, wait }),
        1 => record().prop_map(MeetRequest::Claim),
        1 => (record(), receipt(), part()).prop_map(|(record, receipt, part)| MeetRequest::Restore { record, receipt, part }),
    ]
}

fn session_info() -> impl Strategy<Value = SessionInfo> {
    let info = (small(), option::of(desk()), text(), millis(), option::of(millis()), option::of(seq()), any::<bool>());
    info.prop_map(|(no, desk, location, opened, expires, seen, own)| SessionInfo {
        no: SessionNo(no),
        desk,
        location,
        opened,
        expires,
        seen,
        own,
    })
}

pub(crate) fn change() -> impl Strategy<Value = PublicChange> {
    (seq(), path(), value()).prop_map(|(seq, path, value)| PublicChange { seq, path, value })
}

pub(crate) fn answer() -> impl Strategy<Value = MeetAnswer> {
    let opened = (meet(), uid(), small(), millis(), record());
    let opened = opened.prop_map(|(meet, uid, session, expires, record)| Opened {
        meet,
        uid,
        session: SessionNo(session),
        expires,
        record,
    });
    let chunk = (seq(), vec(line(), 0..3), receipt(), seq(), small());
    let chunk = chunk.prop_map(|(after, lines, receipt, head, record)| Chunk { after, lines, receipt, head, record });
    let ack = (number(), seq(), verdict());
    let ack = ack.prop_map(|(local, seq, verdict)| Ack { local: LocalSeq(local), seq, verdict });
    let stopped = (number(), error()).prop_map(|(expected, why)| Stopped { expected: LocalSeq(expected), why });
    let updated = (vec(ack, 0..3), option::of(stopped)).prop_map(|(acks, stopped)| Updated { acks, stopped });
    let recovered = (seq(), small(), small());
    let recovered = recovered.prop_map(|(fork, updates, rejected)| Recovered { fork, updates, rejected });
    let public = (public_at(), any::<bool>(), any::<bool>(), vec(change(), 0..3), option::of(path()));
    let public =
        public.prop_map(|(at, reset, finished, changes, next)| PublicChanges { at, reset, finished, changes, next });
    prop_oneof![
        opened.prop_map(MeetAnswer::Opened),
        chunk.prop_map(MeetAnswer::Lines),
        Just(MeetAnswer::Diverged),
        updated.prop_map(MeetAnswer::Updated),
        seq().prop_map(MeetAnswer::Done),
        vec(session_info(), 0..3).prop_map(MeetAnswer::Sessions),
        Just(MeetAnswer::Ended),
        record().prop_map(MeetAnswer::Record),
        small().prop_map(|no| MeetAnswer::Display(SessionNo(no))),
        small().prop_map(|offset| MeetAnswer::More { offset }),
        (seq(), small()).prop_map(|(seq, number)| MeetAnswer::Published { seq, number }),
        recovered.prop_map(MeetAnswer::Recovered),
        public.prop_map(MeetAnswer::Public),
        select(vec![Claimed::Known, Claimed::Wanted, Claimed::Finished]).prop_map(MeetAnswer::Claimed),
        Just(MeetAnswer::Restored),
    ]
}
