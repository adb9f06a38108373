//! Lengths that no bytes follow, numbers in longer forms than needed, and the largest messages that there may be.

use std::fmt::Debug;

use scorelay_protocol::client::{Add, ClientMessage, RankedRow, RelayMessage, Response, Welcome};
use scorelay_protocol::codec::{self, CodecError, Decode};
use scorelay_protocol::entity::{Entity, EntityId, WireEntity};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{BoardInfo, BoardStanding, Body, DirectoryChange, Feed, Standing};
use scorelay_protocol::frame::{self, FrameError};
use scorelay_protocol::ids::{
    BatchSeq, BoardNo, Generation, Handle, PageNo, PlatformNo, Position, RequestId, Slot, Stamp, TickNo,
};
use scorelay_protocol::limits::{self, CLIENT_DECODE_BYTES, LINK_DECODE_BYTES, MAX_SCORE};
use scorelay_protocol::link::{Batch, Bind, BoardChanges, Chunk, ChunkRow, LinkDown, RowChange};
use scorelay_protocol::page::{PageOp, PageRows, Row};
use scorelay_protocol::tick::{Tick, TickHead};

use crate::{decode, vectors};

const OVER: &str = "malformed message: limit exceeded";

fn text<T: Debug>(result: Result<T, CodecError>) -> String {
    result.expect_err("a length without bytes").to_string()
}

fn claim(before: &[u8], count: usize) -> Vec<u8> {
    [before, &codec::encode(&(count as u64))].concat()
}

/// A list that claims one element more than its hop's memory holds is refused for that, before anything is read or
/// allocated; one that just fits is refused for what is missing.
pub(crate) fn bounded<T: Decode<()> + Debug>(
    before: &[u8],
    element: usize,
    limit: usize,
    decode: fn(&[u8]) -> Result<T, CodecError>,
) {
    let most = limit / element;
    for count in [most + 1, u32::MAX as usize, 1 << 32, usize::MAX] {
        assert_eq!(text(decode(&claim(before, count))), OVER, "{count} after {before:?}");
    }
    // What stands before it claims some bytes of its own.
    let fits = (limit - 256) / element;
    assert!(text(decode(&claim(before, fits))).contains("unexpected end"), "{fits} after {before:?}");
}

/// E5: the memory that a few bytes can claim is bounded on both hops.
#[test]
fn absurd_lengths_are_refused_before_they_cost_memory() {
    let relay = codec::decode_client::<RelayMessage>;
    bounded(&[0, 0], size_of::<Body>(), CLIENT_DECODE_BYTES, relay);
    bounded(&[0, 4], size_of::<String>(), CLIENT_DECODE_BYTES, relay);
    bounded(&[0, 0, 1, 0, 0, 0], size_of::<PageOp>(), CLIENT_DECODE_BYTES, relay);
    bounded(&[0, 0, 1, 2, 0, 7, 1], size_of::<BoardStanding>(), CLIENT_DECODE_BYTES, relay);
    bounded(&[0, 0, 1, 4, 1], size_of::<DirectoryChange>(), CLIENT_DECODE_BYTES, relay);
    bounded(&[3, 1], 1, CLIENT_DECODE_BYTES, relay);
    let client = codec::decode_client::<ClientMessage>;
    bounded(&[1, 1], size_of::<Feed>(), CLIENT_DECODE_BYTES, client);
    bounded(&[1, 1, 0], size_of::<Add>(), CLIENT_DECODE_BYTES, client);
    bounded(&[0, 0], 1, CLIENT_DECODE_BYTES, client);
    let down = codec::decode_link::<LinkDown>;
    bounded(&[3, 0], size_of::<Bind>(), LINK_DECODE_BYTES, down);
    bounded(&[3, 0, 0], size_of::<ChunkRow>(), LINK_DECODE_BYTES, down);
    bounded(&[4, 1], size_of::<Handle>(), LINK_DECODE_BYTES, down);
    bounded(&[5, 1, 0, 0, 0], size_of::<BoardChanges>(), LINK_DECODE_BYTES, down);
    bounded(&[5, 1, 0, 0, 0, 1, 0], size_of::<RowChange>(), LINK_DECODE_BYTES, down);
}

/// E5: an absurd length in any place of any message never panics.
#[test]
fn absurd_lengths_anywhere_are_survived() {
    let absurd: [&[u8]; 4] = [
        &[0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0x80],
        &[0xfc, 0xff, 0xff, 0xff, 0xff],
        &[0xfb, 0xff, 0xff],
    ];
    for vector in vectors::all() {
        for at in 0..vector.bytes.len() {
            for length in absurd {
                let bytes = [&vector.bytes[..at], length, &vector.bytes[at + 1..]].concat();
                let _ = decode(vector.kind(), &bytes);
            }
        }
    }
}

/// B1: a frame that claims more than a link allows is refused by its length alone.
#[test]
fn frames_that_claim_too_much_are_refused() {
    for claimed in [limits::LINK_FRAME_BYTES + 1, u32::MAX as usize] {
        let bytes = (claimed as u32).to_be_bytes();
        assert!(matches!(frame::decode::<LinkDown>(&bytes), Err(FrameError::TooLong(n)) if n == claimed));
    }
}

/// Decoders take a longer form than needed, as the page says they may; encoders give the shortest.
#[test]
fn longer_forms_of_numbers_are_read_and_never_written() {
    for bytes in [&[5][..], &[0xfb, 5, 0], &[0xfc, 5, 0, 0, 0]] {
        let value: u32 = codec::decode_client(bytes).unwrap();
        assert_eq!((value, codec::encode(&value).as_slice()), (5, &[5][..]));
    }
    // A tag, a generation and two lengths, each in a longer form.
    let bytes = [0xfb, 1, 0, 0xfb, 1, 0, 0xfc, 0, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    let message: ClientMessage = codec::decode_client(&bytes).unwrap();
    assert_eq!(codec::encode(&message), [1, 1, 0, 0]);
    let code: ErrorCode = codec::decode_client(&[0xfb, 1, 0]).unwrap();
    assert_eq!(code, ErrorCode::Malformed);
}

/// Forms wider than the field, bytes that begin nothing, unknown tags and flags, and bytes that are no bool.
#[test]
fn what_no_field_can_be_is_refused() {
    assert!(codec::decode_client::<u16>(&[0xfc, 5, 0, 0, 0]).is_err());
    assert!(codec::decode_client::<u32>(&[0xfd, 5, 0, 0, 0, 0, 0, 0, 0]).is_err());
    assert!(codec::decode_client::<u64>(&[0xff]).is_err());
    assert!(codec::decode_client::<bool>(&[2]).is_err());
    assert!(codec::decode_client::<Option<u32>>(&[2, 0]).is_err());
    assert!(codec::decode_client::<String>(&[1, 0xff]).is_err());
    for tag in [4, 250] {
        assert!(codec::decode_client::<ClientMessage>(&[tag, 0, 0]).is_err(), "{tag}");
    }
    for flags in [64, 128, 255] {
        assert!(codec::decode_client::<TickHead>(&[flags]).is_err(), "{flags}");
    }
    for tag in [6, 7] {
        assert!(codec::decode_client::<Body>(&[tag, 0, 0]).is_err(), "{tag}");
    }
}

fn longest(i: usize) -> WireEntity {
    let id = EntityId::parse(&format!("{i:x<width$}", width = limits::ENTITY_ID_BYTES)).expect("an id");
    WireEntity { platform: PlatformNo(limits::PLATFORMS as u16 - 1), id }
}

fn longest_entity() -> Entity {
    Entity::new(&"p".repeat(limits::PLATFORM_BYTES), &"i".repeat(limits::ENTITY_ID_BYTES)).expect("an entity")
}

pub(crate) fn fits<T: codec::Encode + Decode<()> + PartialEq + Debug>(
    value: &T,
    most: usize,
    decode: fn(&[u8]) -> Result<T, CodecError>,
) {
    let bytes = codec::encode(value);
    assert!(bytes.len() <= most, "{} bytes", bytes.len());
    assert_eq!(&decode(&bytes).expect("it fits"), value);
}

/// The largest messages that a mask, a directory and a request allow fit their hop and can be decoded.
#[test]
fn the_largest_messages_of_the_client_hop_fit() {
    let rows = || (0..32).map(|i| Row { entity: longest(i), score: MAX_SCORE - 2 * (i as i64) * (MAX_SCORE / 31) });
    let whole = |i| Body::PageSnapshot {
        board: BoardNo(u32::MAX),
        page: PageNo(u32::MAX - i),
        rows: PageRows(rows().collect()),
    };
    let info = |board| {
        let text = |len| "é".repeat(len / 2);
        DirectoryChange::Put(BoardInfo {
            board: BoardNo(u32::MAX - board),
            id: text(limits::BOARD_ID_BYTES),
            title: text(limits::BOARD_TEXT_BYTES),
            unit: text(limits::BOARD_TEXT_BYTES),
            decimals: 9,
            synthetic: true,
            rows: u32::MAX,
        })
    };
    let standing =
        |board| BoardStanding { board: BoardNo(board), at: Some(Standing { rank: u32::MAX, score: -MAX_SCORE }) };
    let boards = || 0..limits::BOARDS as u32;
    let track = |i| Body::Track { entity: longest(i), reset: true, standings: boards().map(standing).collect() };
    let pages = (limits::MASK_FEEDS - limits::MASK_TRACKS - 1) as u32;
    let mut bodies: Vec<Body> = (0..pages).map(whole).collect();
    bodies.extend((0..limits::MASK_TRACKS).map(track));
    bodies.push(Body::Directory { reset: true, changes: boards().map(info).collect() });
    let platforms = vec!["p".repeat(limits::PLATFORM_BYTES); limits::PLATFORMS];
    let head = TickHead { ticks: u64::MAX, platforms, ..TickHead::default() };
    fits(&RelayMessage::Tick(Tick { head, bodies }), limits::RELAY_FRAME_BYTES, codec::decode_client);

    let ops = vec![PageOp::Score { slot: Slot(31), by: 1 }; limits::DELTA_BYTES / 2];
    let delta = Body::PageDelta { board: BoardNo(0), page: PageNo(0), ops };
    let tick = Tick { head: TickHead::default(), bodies: vec![delta] };
    fits(&RelayMessage::Tick(tick), limits::RELAY_FRAME_BYTES, codec::decode_client);

    let count = 2 * limits::AROUND_ROWS as usize + 1;
    let rows = (0..count).map(|i| RankedRow { entity: longest(i), score: MAX_SCORE }).collect();
    let platforms = vec!["p".repeat(limits::PLATFORM_BYTES); count];
    let result = Ok(Response::Around { from: u32::MAX, rows, platforms });
    fits(&RelayMessage::Response { id: RequestId(1), result }, limits::RELAY_FRAME_BYTES, codec::decode_client);

    let welcome = Welcome {
        protocol: 1,
        position: Position::default(),
        resumed: true,
        tick_ms: 50,
        mask_feeds: limits::MASK_FEEDS as u32,
        tracked: vec![longest_entity(); limits::MASK_TRACKS],
        software: "s".repeat(limits::NAME_BYTES),
    };
    fits(&RelayMessage::Welcome(welcome), limits::RELAY_FRAME_BYTES, codec::decode_client);

    let page = Feed::Page { board: BoardNo(u32::MAX), page: PageNo(u32::MAX) };
    let track = Feed::Track { entity: longest_entity() };
    let pages = limits::MASK_FEEDS - limits::MASK_TRACKS;
    let remove = [vec![page; pages], vec![track; limits::MASK_TRACKS]].concat();
    let add = remove.iter().map(|feed| Add { feed: feed.clone(), known: Some(TickNo(u64::MAX)) }).collect();
    let watch = ClientMessage::Watch { generation: Generation(u32::MAX), remove, add };
    fits(&watch, limits::CLIENT_FRAME_BYTES, codec::decode_client);
}

/// The largest batch and the largest chunk fit a link's frame and can be decoded.
#[test]
fn the_largest_messages_of_a_link_fit() {
    let bind = |i: usize| Bind { handle: Handle(limits::HANDLES - 1), entity: longest(i) };
    let set = |_| RowChange::Set { handle: Handle(limits::HANDLES - 1), score: -MAX_SCORE };
    let changes: Vec<RowChange> = (0..limits::BATCH_CHANGES).map(set).collect();
    let batch = Batch {
        seq: BatchSeq(u64::MAX >> 20),
        platforms: vec!["p".repeat(limits::PLATFORM_BYTES); limits::PLATFORMS],
        binds: (0..limits::BATCH_CHANGES).map(bind).collect(),
        defs: vec![],
        boards: vec![BoardChanges { board: BoardNo(0), changes }],
        frees: vec![Handle(limits::HANDLES - 1); limits::BATCH_CHANGES],
    };
    fits(&LinkDown::Batch(batch), limits::LINK_FRAME_BYTES, codec::decode_link);

    let row = |_| ChunkRow::Row { handle: Handle(limits::HANDLES - 1), score: MAX_SCORE, stamp: Stamp(u64::MAX) };
    let chunk = Chunk {
        board: BoardNo(0),
        binds: (0..limits::CHUNK_ROWS).map(bind).collect(),
        rows: (0..limits::CHUNK_ROWS).map(row).collect(),
    };
    fits(&LinkDown::Chunk(chunk), limits::LINK_FRAME_BYTES, codec::decode_link);
}
