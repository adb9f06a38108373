//! Golden vectors: the bytes in `docs/vectors.txt` and in the worked example of `docs/protocol.md` are those that the
//! code makes and reads. The values stand here by name, the bytes only in the documents, so that neither can change
//! alone. Bytes that are wrong on purpose are in `tests/hostile`.

mod client;
mod docs;
mod link;
mod make;
mod meets;
mod primitives;
mod relay;
mod session;
mod variants;
#[path = "../common/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::fmt::Debug;

use scorelay_protocol::client::{ClientMessage, RelayMessage};
use scorelay_protocol::codec::{self, CodecError, Decode, Encode};
use scorelay_protocol::feed::Body;
use scorelay_protocol::frame;
use scorelay_protocol::ids::{BoardNo, PageNo};
use scorelay_protocol::link::{LinkDown, LinkUp};
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChange};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::request::MeetRequest;
use scorelay_protocol::page::PageRows;
use scorelay_protocol::people::{PeopleAnswer, PeopleRequest};

use make::to_hex;
use vectors::{Kind, Vector};

/// A message of any hop.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Message {
    Client(ClientMessage),
    Relay(RelayMessage),
    Up(LinkUp),
    Down(LinkDown),
    FrameUp(LinkUp),
    FrameDown(LinkDown),
    PeopleAsk(PeopleRequest),
    PeopleAnswer(PeopleAnswer),
    Ask(MeetRequest),
    Answer(MeetAnswer),
    Line(Line),
    Log(Vec<Line>),
    Changes(Vec<PublicChange>),
}

/// What every vector of both documents says, by its name.
fn values() -> BTreeMap<&'static str, Message> {
    let mut values = BTreeMap::new();
    let lists = [client::values(), relay::head_values(), relay::body_values(), relay::other_values()];
    let lists = lists.into_iter().chain([
        link::up_values(),
        link::down_values(),
        link::people_values(),
        session::values(),
        meets::values(),
    ]);
    for (name, message) in lists.flatten() {
        assert!(values.insert(name, message).is_none(), "two values have the name {name}");
    }
    values
}

fn check<T: Encode + Decode<()> + PartialEq + Debug>(
    vector: &Vector,
    value: &T,
    decode: fn(&[u8]) -> Result<T, CodecError>,
) {
    let name = vector.name;
    let bytes = codec::encode(value);
    assert_eq!(to_hex(&bytes), to_hex(&vector.bytes), "{name}: the code makes the first, the documents say the second");
    assert_eq!(&decode(&vector.bytes).expect("documented bytes"), value, "{name}");
    assert_eq!(codec::encoded_len(value), bytes.len(), "{name}");
}

fn check_frame<T: Encode + Decode<()> + PartialEq + Debug>(vector: &Vector, value: &T) {
    let name = vector.name;
    let bytes = frame::encode(value);
    assert_eq!(to_hex(&bytes), to_hex(&vector.bytes), "{name}: the code makes the first, the documents say the second");
    assert_eq!(&frame::decode::<T>(&vector.bytes).expect("documented bytes"), value, "{name}");
}

/// E5: every documented message is exactly these bytes, both ways; none is documented without a value or the other way
/// round.
#[test]
fn documents_and_code_agree_on_every_byte() {
    let mut values = values();
    for vector in vectors::all() {
        let name = vector.name;
        let value = values.remove(name).unwrap_or_else(|| panic!("{name} is documented twice or has no value"));
        match (vector.kind(), &value) {
            (Kind::Client, Message::Client(value)) => check(&vector, value, codec::decode_client),
            (Kind::Relay, Message::Relay(value)) => check(&vector, value, codec::decode_client),
            (Kind::Up, Message::Up(value)) => check(&vector, value, codec::decode_link),
            (Kind::Down, Message::Down(value)) => check(&vector, value, codec::decode_link),
            (Kind::FrameUp, Message::FrameUp(value)) => check_frame(&vector, value),
            (Kind::FrameDown, Message::FrameDown(value)) => check_frame(&vector, value),
            (Kind::PeopleAsk, Message::PeopleAsk(value)) => check(&vector, value, codec::decode_client),
            (Kind::PeopleAnswer, Message::PeopleAnswer(value)) => check(&vector, value, codec::decode_link),
            (Kind::Ask, Message::Ask(value)) => check(&vector, value, codec::decode_client),
            (Kind::Answer, Message::Answer(value)) => check(&vector, value, codec::decode_client),
            (Kind::Line, Message::Line(value)) => check(&vector, value, codec::decode_client),
            (Kind::Log, Message::Log(value)) => check(&vector, value, codec::decode_log),
            (Kind::Changes, Message::Changes(value)) => check(&vector, value, codec::decode_client),
            (kind, value) => panic!("{name} is named {kind:?} and is {value:?}"),
        }
    }
    let names: Vec<_> = values.keys().collect();
    assert!(names.is_empty(), "{names:?} are not documented");
}

/// Every variant that some vector has, with its tag.
fn seen() -> variants::Seen {
    let mut seen = variants::Seen::default();
    for message in values().values() {
        match message {
            Message::Client(message) => seen.client(message),
            Message::Relay(message) => seen.relay(message),
            Message::Up(message) | Message::FrameUp(message) => seen.up(message),
            Message::Down(message) | Message::FrameDown(message) => seen.down(message),
            Message::PeopleAsk(request) => seen.people_ask(request),
            Message::PeopleAnswer(answer) => seen.people_answer(answer),
            Message::Ask(_) | Message::Answer(_) | Message::Line(_) | Message::Log(_) | Message::Changes(_) => {}
        }
    }
    seen
}

/// The same of the types of meets, which have names of their own.
fn seen_of_meets() -> meets::SeenMeets {
    let mut seen = meets::SeenMeets::default();
    for message in values().values() {
        match message {
            Message::Ask(request) => seen.request(request),
            Message::Answer(answer) => seen.answer(answer),
            Message::Line(line) => seen.line(line),
            Message::Log(lines) => lines.iter().for_each(|line| seen.line(line)),
            Message::Changes(changes) => seen.changes(changes),
            Message::Client(_) | Message::Relay(_) | Message::Up(_) | Message::Down(_) => {}
            Message::FrameUp(_) | Message::FrameDown(_) => {}
            Message::PeopleAsk(_) | Message::PeopleAnswer(_) => {}
        }
    }
    seen
}

/// E5: every variant of every message is in some vector; one that is new does not compile until it is listed.
#[test]
fn every_variant_has_a_vector() {
    let missing = [seen().missing(), seen_of_meets().missing()].concat();
    assert!(missing.is_empty(), "no vector has {missing:?}");
}

/// E5: what travels most is small: a changed score, a jump, and a whole page of rows with numbers for ids.
#[test]
fn frequent_messages_are_small() {
    let bytes = |name| vectors::all().into_iter().find(|vector| vector.name == name).map(|vector| vector.bytes.len());
    assert_eq!(bytes("relay.page-delta.score"), Some(9));
    assert_eq!(bytes("relay.page-delta.move"), Some(10));
    assert_eq!(bytes("down.batch.one-score"), Some(14));
    let rows = (0..32).map(|i| make::row(0, &(900_000_000 + i).to_string(), 50_000 - 700 * i)).collect();
    let page = Body::PageSnapshot { board: BoardNo(0), page: PageNo(3_000), rows: PageRows(rows) };
    assert!(codec::encoded_len(&page) < 32 * 10, "{} bytes", codec::encoded_len(&page));
}

/// T1: an answer to a request and a message sent unasked are told apart by their first byte.
#[test]
fn answers_and_broadcasts_are_told_apart() {
    for vector in vectors::all().iter().filter(|vector| vector.kind() == Kind::Relay) {
        let answers = match codec::decode_client::<RelayMessage>(&vector.bytes).unwrap() {
            RelayMessage::Response { .. } => true,
            RelayMessage::Tick(_) | RelayMessage::Welcome(_) => false,
            RelayMessage::Error(_) | RelayMessage::GoAway { .. } => false,
        };
        assert_eq!(vector.bytes[0] == 2, answers, "{}: the first byte alone tells", vector.name);
    }
}
