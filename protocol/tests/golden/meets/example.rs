//! The worked example of the chapter on meets: a meet of two desks, and a conflict. Its hashes and seals stand here as
//! they are; that they are right, and that its lines come to what the page says, is checked in the crate `meets`.

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::{Ack, Chunk, MeetAnswer, Opened, Updated};
use scorelay_protocol::meet::ids::{DeskId, LocalSeq, MeetSeq, MeetUid};
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::line::{Joined, Line, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::EntryNo;
use scorelay_protocol::meet::receipt::{AuthRecord, ChainHash, Head, PasswordHash, Receipt, SealedRecord};
use scorelay_protocol::meet::request::{Create, DeskAsk, Have, Join, MeetRequest, Proposal, Session, SessionNo};
use scorelay_protocol::meet::secret::Typed;
use scorelay_protocol::meet::value::{AttemptResult, EntryState, LeafValue, Value};

use super::lines::attempt;
use super::{EPOCH, Values, at, author, location, meet, proposal, token};
use crate::Message;
use crate::vectors::hex;

const SQUAT: &str = "registration.entries[5000].squat[1]";
const BEGUN: u64 = 1_790_000_000_000;

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().expect("as many bytes")
}

fn uid() -> MeetUid {
    MeetUid(bytes("5e ed 00 11 22 33 44 55 66 77 88 99 aa bb cc dd"))
}

fn main_desk() -> DeskId {
    DeskId([0xa1; 16])
}

fn other_desk() -> DeskId {
    DeskId([0xb2; 16])
}

fn hash_after(seq: u64) -> ChainHash {
    ChainHash(match seq {
        5 => bytes(HASH_5),
        8 => bytes(HASH_8),
        _ => [0; 32],
    })
}

fn have(seq: u64) -> Have {
    Have { seq: MeetSeq(seq), hash: hash_after(seq) }
}

fn receipt(seq: u64, mac: &str) -> Receipt {
    Receipt { head: Head { uid: uid(), epoch: EPOCH, seq: MeetSeq(seq), hash: hash_after(seq) }, mac: bytes(mac) }
}

fn record() -> SealedRecord {
    let password = PasswordHash { log_n: 15, r: 8, p: 3, salt: [0x77; 16], hash: bytes(SCRYPT) };
    SealedRecord { record: AuthRecord { meet: meet(), uid: uid(), number: 0, password }, mac: bytes(RECORD_MAC) }
}

fn lifter() -> Value {
    let name = LeafValue::Text("Ada".to_owned());
    Value::Entry(EntryState { leaves: [(EntryLeaf::Name, name)].into(), ..EntryState::default() })
}

fn squat(kg: f64) -> Value {
    attempt(kg, AttemptResult::Open)
}

fn line(after_ms: u64, what: What) -> Line {
    Line { at: UnixMillis(BEGUN + after_ms), what }
}

fn update(by: u16, proposal: Proposal, verdict: Verdict) -> What {
    let Proposal { local, after, path, value } = proposal;
    What::Update(Update { author: author(by), local, after, path, value, merged_from: None, verdict })
}

fn accepted(overrules: &[u64]) -> Verdict {
    Verdict::Accepted { overrules: overrules.iter().copied().map(MeetSeq).collect(), hidden_by: None }
}

fn lost() -> Verdict {
    Verdict::Rejected(Rejection::Conflict { winner: MeetSeq(7) })
}

fn lines() -> Vec<Line> {
    let joined = |desk, location, first| What::Joined(Joined { desk, location, first_entry: EntryNo(first) });
    let locations = vec![location("Platform", 20), location("Warm-up", 10)];
    vec![
        line(0, What::Created { id: meet(), uid: uid(), locations }),
        line(0, What::Epoch(EPOCH)),
        line(0, joined(main_desk(), 0, 5_000)),
        line(60_000, joined(other_desk(), 1, 15_000)),
        line(70_000, update(0, proposal(1, at(4), "registration.entries[5000]", lifter()), accepted(&[]))),
        line(80_000, update(1, proposal(1, at(5), SQUAT, squat(100.0)), accepted(&[]))),
        line(81_000, update(0, proposal(2, at(5), SQUAT, squat(102.5)), accepted(&[6]))),
        line(82_000, update(1, proposal(2, at(5), SQUAT, squat(105.0)), lost())),
    ]
}

fn opened(session: u32, expires_ms: u64) -> MeetAnswer {
    let expires = UnixMillis(BEGUN + expires_ms);
    MeetAnswer::Opened(Opened { meet: meet(), uid: uid(), session: SessionNo(session), expires, record: record() })
}

fn chunk(after: u64, last: u64, mac: &str) -> MeetAnswer {
    let run = usize::try_from(after).expect("small")..usize::try_from(last).expect("small");
    let (lines, receipt) = (lines()[run].to_vec(), receipt(last, mac));
    MeetAnswer::Lines(Chunk { after: MeetSeq(after), lines, receipt, head: MeetSeq(last), record: 0 })
}

fn acked(local: u64, seq: u64, verdict: Verdict) -> MeetAnswer {
    let ack = Ack { local: LocalSeq(local), seq: MeetSeq(seq), verdict };
    MeetAnswer::Updated(Updated { acks: vec![ack], stopped: None })
}

pub(super) fn values() -> Values {
    let week = 7 * 24 * 3_600_000;
    let password = || Typed::new("correct horse battery");
    let create = Create {
        token: token(0xa0),
        desk: main_desk(),
        location: "Platform".to_owned(),
        locations: vec![location("Platform", 20), location("Warm-up", 10)],
        password: password(),
    };
    let join = Join {
        meet: meet(),
        token: token(0xb0),
        desk: other_desk(),
        location: "Warm-up".to_owned(),
        password: password(),
    };
    let desk = |byte, ask| MeetRequest::Desk { session: Session { meet: meet(), token: token(byte) }, ask };
    let update =
        |byte, local, after, kg| desk(byte, DeskAsk::Update(vec![proposal(local, at(after), SQUAT, squat(kg))]));
    let pull = |byte, seq, wait| desk(byte, DeskAsk::Pull { have: have(seq), wait });
    let asks = [
        ("session.meet.ask.create", MeetRequest::Create(create)),
        ("session.meet.ask.join", MeetRequest::Join(join)),
        ("session.meet.ask.pull", pull(0xb0, 0, false)),
        ("session.meet.ask.offline", update(0xb0, 1, 5, 100.0)),
        ("session.meet.ask.stronger", update(0xa0, 2, 5, 102.5)),
        ("session.meet.ask.weaker", update(0xb0, 2, 5, 105.0)),
        ("session.meet.ask.wait", pull(0xb0, 5, true)),
    ];
    let answers = [
        ("session.meet.answer.created", opened(1, week)),
        ("session.meet.answer.joined", opened(2, 60_000 + week)),
        ("session.meet.answer.pulled", chunk(0, 5, MAC_5)),
        ("session.meet.answer.first", acked(1, 6, accepted(&[]))),
        ("session.meet.answer.overrules", acked(2, 7, accepted(&[6]))),
        ("session.meet.answer.rejected", acked(2, 8, lost())),
        ("session.meet.answer.told", chunk(5, 8, MAC_8)),
    ];
    let asks = asks.into_iter().map(|(name, request)| (name, Message::Ask(request)));
    asks.chain(answers.into_iter().map(|(name, answer)| (name, Message::Answer(answer)))).collect()
}

const HASH_5: &str = "d0 8d f4 14 64 a3 e3 93 c7 7d 95 dd 63 c9 62 05 b0 99 e7 7e b4 bc b2 9c ac d5 da 35 fe a9 ce 6d";
const HASH_8: &str = "29 4a 31 2f 93 90 5c d0 fc d6 ba 30 13 8e 15 08 f7 7d 11 5a f8 4b 2e 3a 9a 40 b0 7c af 0d bf 26";
const SCRYPT: &str = "72 91 25 4e c8 8d 00 9b 2c 5c 4c 1f 9e 1e 2d 9a db 0f 6f 62 45 ef ce dc b3 5f 6a b4 5c dc 78 aa";
const RECORD_MAC: &str =
    "0e ca bd d7 96 ca f9 0f 9c 1f 7a 73 5b 04 06 01 46 1f 55 0e 8f e7 8a 2f f5 8f bf 0f 20 61 09 2a";
const MAC_5: &str = "3d 01 03 46 83 da b9 52 7a 36 b8 a3 79 fc 47 40 b4 d3 5c a1 94 89 98 de 3e 8b e0 6f 08 ac 28 e4";
const MAC_8: &str = "6a 44 8b 09 d0 9a b1 b5 9e 47 91 1c f4 2e 1a 2e f7 31 fb f9 99 d4 4a 9b 58 6d c2 fa e5 8b 1d 70";
