//! What the vectors `meet.*` and the example of the chapter on meets say, in the words of the code. What the example's
//! lines come to, and its seals, are checked where they are made, in the crate `meets`.

mod answers;
mod asks;
mod example;
mod leaves;
mod lines;
mod variants;

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::PublicChange;
use scorelay_protocol::meet::ids::{
    Author, DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority,
};
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::receipt::{AuthRecord, ChainHash, Head, PasswordHash, Receipt, SealedRecord};
use scorelay_protocol::meet::request::{Have, Part, Proposal, Session};
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::{LeafValue, Real, Value};

use crate::Message;

pub(crate) use variants::SeenMeets;

type Values = Vec<(&'static str, Message)>;

pub(crate) fn values() -> Values {
    let lists = [asks::values(), answers::values(), lines::values(), example::values()];
    lists.into_iter().flatten().collect()
}

const EPOCH: MeetEpoch = MeetEpoch(0x0102_0304_0506_0708);
const NOON: UnixMillis = UnixMillis(1_790_000_000_000);

fn meet() -> MeetId {
    MeetId::new(123_456_789).expect("nine digits")
}

fn uid() -> MeetUid {
    MeetUid([0x11; 16])
}

fn desk(byte: u8) -> DeskId {
    DeskId([byte; 16])
}

fn token(byte: u8) -> Token {
    Token([byte; 32])
}

fn session() -> Session {
    Session { meet: meet(), token: token(0xab) }
}

fn location(name: &str, priority: u16) -> Location {
    Location { name: name.to_owned(), priority: Priority::new(priority).expect("a priority") }
}

fn at(seq: u64) -> MeetPosition {
    MeetPosition { epoch: EPOCH, seq: MeetSeq(seq) }
}

fn real(number: f64) -> Real {
    Real::new(number).expect("a finite number")
}

fn path(text: &str) -> Path {
    text.parse().expect("a path")
}

fn text(text: &str) -> Value {
    Value::Leaf(LeafValue::Text(text.to_owned()))
}

fn number(number: f64) -> Value {
    Value::Leaf(LeafValue::Number(real(number)))
}

fn proposal(local: u64, after: MeetPosition, to: &str, value: Value) -> Proposal {
    Proposal { local: LocalSeq(local), after, path: path(to), value }
}

fn head(seq: u64, hash: u8) -> Head {
    Head { uid: uid(), epoch: EPOCH, seq: MeetSeq(seq), hash: ChainHash([hash; 32]) }
}

fn receipt() -> Receipt {
    Receipt { head: head(300, 0x55), mac: [0x66; 32] }
}

fn record(number: u32) -> SealedRecord {
    let password = PasswordHash { log_n: 15, r: 8, p: 3, salt: [0x77; 16], hash: [0x88; 32] };
    SealedRecord { record: AuthRecord { meet: meet(), uid: uid(), number, password }, mac: [0x99; 32] }
}

fn have(seq: u64, hash: u8) -> Have {
    Have { seq: MeetSeq(seq), hash: ChainHash([hash; 32]) }
}

fn part(total: u32, offset: u32, bytes: &[u8]) -> Part {
    Part { sha256: [0x44; 32], total, offset, bytes: bytes.to_vec() }
}

fn change(seq: u64, at: &str, value: Value) -> PublicChange {
    PublicChange { seq: MeetSeq(seq), path: path(at), value }
}

fn author(number: u16) -> Author {
    Author(number)
}
