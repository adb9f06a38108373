//! Bytes that a peer should not have sent: cut short, flipped, random, with absurd lengths, or with something behind
//! them. Each is an error or a message that can be encoded again; none panics. The right bytes are in `tests/golden`.

mod entities;
mod lengths;
#[path = "../common/link_strategies.rs"]
mod link_strategies;
#[path = "../common/meet_strategies.rs"]
mod meet_strategies;
mod meets;
mod pages;
mod scores;
#[path = "../common/strategies.rs"]
mod strategies;
#[path = "../common/vectors.rs"]
mod vectors;

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use scorelay_protocol::client::{ClientMessage, RelayMessage};
use scorelay_protocol::codec::{self, CodecError, Decode, Encode};
use scorelay_protocol::frame::{self, FrameError};
use scorelay_protocol::link::{LinkDown, LinkUp};
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChange};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::request::MeetRequest;
use scorelay_protocol::people::{PeopleAnswer, PeopleRequest};

use vectors::{Kind, Vector};

/// Whether the bytes are a message; if so, it can be encoded again, in no more bytes, and read back.
fn survives<T: Encode + Decode<()> + PartialEq + Debug>(
    bytes: &[u8],
    decode: fn(&[u8]) -> Result<T, CodecError>,
) -> Result<(), CodecError> {
    let value = decode(bytes)?;
    let again = codec::encode(&value);
    assert!(again.len() <= bytes.len(), "{value:?} came in fewer bytes than it takes");
    assert_eq!(decode(&again).expect("its own bytes"), value);
    Ok(())
}

/// Whether the bytes are a message of the hop that a vector is of.
fn decode(kind: Kind, bytes: &[u8]) -> Result<(), CodecError> {
    let length = |error| match error {
        FrameError::Codec(error) => error,
        error => CodecError::Malformed(error.to_string()),
    };
    match kind {
        Kind::Client => survives::<ClientMessage>(bytes, codec::decode_client),
        Kind::Relay => survives::<RelayMessage>(bytes, codec::decode_client),
        Kind::Up => survives::<LinkUp>(bytes, codec::decode_link),
        Kind::Down => survives::<LinkDown>(bytes, codec::decode_link),
        Kind::PeopleAsk => survives::<PeopleRequest>(bytes, codec::decode_client),
        Kind::PeopleAnswer => survives::<PeopleAnswer>(bytes, codec::decode_link),
        Kind::Ask => survives::<MeetRequest>(bytes, codec::decode_client),
        Kind::Answer => survives::<MeetAnswer>(bytes, codec::decode_client),
        Kind::Line => survives::<Line>(bytes, codec::decode_client),
        Kind::Log => survives::<Vec<Line>>(bytes, codec::decode_log),
        Kind::Changes => survives::<Vec<PublicChange>>(bytes, codec::decode_client),
        Kind::FrameUp => frame::decode::<LinkUp>(bytes).map(drop).map_err(length),
        Kind::FrameDown => frame::decode::<LinkDown>(bytes).map(drop).map_err(length),
    }
}

fn is_frame(vector: &Vector) -> bool {
    matches!(vector.kind(), Kind::FrameUp | Kind::FrameDown)
}

const KINDS: [Kind; 13] = [
    Kind::Client,
    Kind::Relay,
    Kind::Up,
    Kind::Down,
    Kind::FrameUp,
    Kind::FrameDown,
    Kind::PeopleAsk,
    Kind::PeopleAnswer,
    Kind::Ask,
    Kind::Answer,
    Kind::Line,
    Kind::Log,
    Kind::Changes,
];

/// E5: a message cut short anywhere is an error.
#[test]
fn every_truncation_is_an_error() {
    for vector in vectors::all() {
        assert!(decode(vector.kind(), &vector.bytes).is_ok(), "{}", vector.name);
        for len in 0..vector.bytes.len() {
            assert!(decode(vector.kind(), &vector.bytes[..len]).is_err(), "{} cut to {len}", vector.name);
        }
    }
}

/// E5: bytes after a message are an error, not a second message.
#[test]
fn trailing_bytes_are_refused() {
    for vector in vectors::all() {
        for rest in [&[0][..], &[0xff], &vector.bytes] {
            let bytes = [&vector.bytes, rest].concat();
            match decode(vector.kind(), &bytes) {
                Err(CodecError::Trailing(count)) => assert_eq!(count, rest.len(), "{}", vector.name),
                Err(CodecError::Malformed(_)) if is_frame(&vector) => {}
                other => panic!("{} with {} more bytes: {other:?}", vector.name, rest.len()),
            }
        }
    }
}

/// E5: a flipped bit gives an error or another message, which can be encoded.
#[test]
fn every_bit_flip_is_survived() {
    let (mut messages, mut errors) = (0, 0);
    for vector in vectors::all() {
        for bit in 0..vector.bytes.len() * 8 {
            let mut bytes = vector.bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            match decode(vector.kind(), &bytes) {
                Ok(()) => messages += 1,
                Err(_) => errors += 1,
            }
        }
    }
    assert!(messages > 1_000 && errors > 1_000, "{messages} messages, {errors} errors");
}

fn round_trip<T: Encode + Decode<()> + PartialEq + Debug>(
    value: &T,
    decode: fn(&[u8]) -> Result<T, CodecError>,
) -> TestCaseResult {
    let bytes = codec::encode(value);
    prop_assert_eq!(&decode(&bytes).expect("its own bytes"), value);
    let mut into = vec![7];
    codec::encode_into(value, &mut into);
    prop_assert_eq!(&into[1..], &bytes);
    prop_assert_eq!(frame::encode(value).len(), frame::HEAD_BYTES + bytes.len());
    Ok(())
}

proptest! {
    /// E5: whatever a client may say is read as it was meant.
    #[test]
    fn client_messages_round_trip(message in strategies::client()) {
        round_trip(&message, codec::decode_client)?;
    }

    /// E5: whatever a relay may say is read as it was meant.
    #[test]
    fn relay_messages_round_trip(message in strategies::relay()) {
        round_trip(&message, codec::decode_client)?;
    }

    /// E5: whatever may go up a link is read as it was meant.
    #[test]
    fn upward_messages_round_trip(message in link_strategies::up()) {
        round_trip(&message, codec::decode_link)?;
        prop_assert_eq!(frame::decode::<LinkUp>(&frame::encode(&message)).unwrap(), message);
    }

    /// E5: whatever may go down a link is read as it was meant.
    #[test]
    fn downward_messages_round_trip(message in link_strategies::down()) {
        round_trip(&message, codec::decode_link)?;
        prop_assert_eq!(frame::decode::<LinkDown>(&frame::encode(&message)).unwrap(), message);
    }

    /// E5: noise never panics, on no hop.
    #[test]
    fn noise_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..400), first in 0u8..18) {
        for kind in KINDS {
            let _ = decode(kind, &bytes);
            // The first byte is a tag: most noise ends there.
            let _ = decode(kind, &[&[first], bytes.as_slice()].concat());
        }
    }

    /// E5: messages that are spliced, or have bytes changed, doubled or taken out, never panic.
    #[test]
    fn mangled_messages_are_survived(
        a in any::<prop::sample::Index>(),
        b in any::<prop::sample::Index>(),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let all = vectors::all();
        let (one, other) = (a.get(&all), b.get(&all));
        let (end, start) = (cut.0.index(one.bytes.len() + 1), cut.1.index(other.bytes.len() + 1));
        let mut bytes = [&one.bytes[..end], &other.bytes[start..]].concat();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        for kind in [one.kind(), other.kind()] {
            let _ = decode(kind, &bytes);
        }
    }
}
