//! Any message of either hop, as far as a peer may send it: valid entities and rows, otherwise anything. What a peer
//! may not send is made from bytes, in the tests that use these.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use scorelay_protocol::client::{Add, ClientMessage, GoAway, RankedRow, RelayMessage, Request, Response, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::entity::{Entity, EntityId, WireEntity};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::{BoardInfo, BoardStanding, Body, DirectoryChange, Feed, Standing};
use scorelay_protocol::ids::{
    BoardNo, Generation, PageNo, PlatformNo, Position, RelayEpoch, RequestId, Slot, TickNo, UnixMillis,
};
use scorelay_protocol::limits::MAX_SCORE;
use scorelay_protocol::page::{PageOp, PageRows, Row};
use scorelay_protocol::score::Units;
use scorelay_protocol::tick::{Freshness, Tick, TickHead, Total};

/// Numbers of all sizes, the edges of their forms among them.
pub(crate) fn number() -> impl Strategy<Value = u64> {
    let edges = vec![0, 1, 250, 251, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, 1 << 53, u64::MAX];
    prop_oneof![2 => 0u64..300, 1 => 0u64..70_000, 1 => any::<u64>(), 2 => prop::sample::select(edges)]
}

pub(crate) fn small() -> impl Strategy<Value = u32> {
    number().prop_map(|n| u32::try_from(n).unwrap_or(n as u32))
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z ]{0,12}", 1 => ".{0,40}", 1 => Just("e".repeat(251))]
}

pub(crate) fn score() -> impl Strategy<Value = Units> {
    prop_oneof![4 => -1_000i64..1_000, 1 => -MAX_SCORE..=MAX_SCORE, 1 => Just(MAX_SCORE), 1 => Just(-MAX_SCORE)]
}

pub(crate) fn id() -> impl Strategy<Value = EntityId> {
    let text = "[^\\p{Cc}]{1,32}".prop_filter("short enough", |text| text.len() <= 128);
    let text = prop_oneof![text, "0[0-9]{1,4}", "[0-9]{21,30}", "[a-z]:[a-z: ]{1,9}"];
    prop_oneof![number().prop_map(EntityId::Number), text.prop_map(|text| EntityId::parse(&text).expect("an id")),]
}

pub(crate) fn wire_entity() -> impl Strategy<Value = WireEntity> {
    let platform = prop_oneof![4 => 0u16..4, 1 => any::<u16>()];
    (platform, id()).prop_map(|(platform, id)| WireEntity { platform: PlatformNo(platform), id })
}

pub(crate) fn entity() -> impl Strategy<Value = Entity> {
    ("[a-z0-9_-]{1,32}", id()).prop_map(|(platform, id)| Entity::from_parts(&platform, id).expect("a platform"))
}

pub(crate) fn board() -> impl Strategy<Value = BoardNo> {
    small().prop_map(BoardNo)
}

fn page() -> impl Strategy<Value = PageNo> {
    small().prop_map(PageNo)
}

fn position() -> impl Strategy<Value = Position> {
    (any::<u64>(), number()).prop_map(|(epoch, tick)| Position { epoch: RelayEpoch(epoch), tick: TickNo(tick) })
}

pub(crate) fn error() -> impl Strategy<Value = WireError> {
    let code = prop_oneof![
        prop::sample::select(ErrorCode::ALL),
        any::<u16>().prop_map(|n| codec::decode_client::<ErrorCode>(&codec::encode(&n)).expect("any number is a code")),
    ];
    (code, text()).prop_map(|(code, text)| WireError::new(code, text))
}

fn feed() -> impl Strategy<Value = Feed> {
    prop_oneof![
        Just(Feed::Directory),
        (board(), page()).prop_map(|(board, page)| Feed::Page { board, page }),
        entity().prop_map(|entity| Feed::Track { entity }),
    ]
}

pub(crate) fn client() -> impl Strategy<Value = ClientMessage> {
    let add = (feed(), option::of(number().prop_map(TickNo))).prop_map(|(feed, known)| Add { feed, known });
    let watch = (small().prop_map(Generation), vec(feed(), 0..5), vec(add, 0..5));
    let find = (board(), entity()).prop_map(|(board, entity)| Request::Find { board, entity });
    let around = (board(), entity(), small());
    let around = around.prop_map(|(board, entity, rows)| Request::Around { board, entity, rows });
    let request = (small().prop_map(RequestId), prop_oneof![find, around]);
    prop_oneof![
        (option::of(position()), text()).prop_map(|(resume, agent)| ClientMessage::Hello { resume, agent }),
        watch.prop_map(|(generation, remove, add)| ClientMessage::Watch { generation, remove, add }),
        request.prop_map(|(id, body)| ClientMessage::Request { id, body }),
        small().prop_map(|every_ms| ClientMessage::Pace { every_ms }),
    ]
}

pub(crate) fn row() -> impl Strategy<Value = Row> {
    (wire_entity(), score()).prop_map(|(entity, score)| Row { entity, score })
}

/// Up to 32 rows, scores never rising.
pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    vec(row(), 0..=32).prop_map(|mut rows| {
        rows.sort_by_key(|row| std::cmp::Reverse(row.score));
        rows
    })
}

pub(crate) fn op() -> impl Strategy<Value = PageOp> {
    let slot = || (0u8..32).prop_map(Slot);
    let by = || prop_oneof![4 => -100i64..100, 1 => any::<i64>()];
    prop_oneof![
        (slot(), by()).prop_map(|(slot, by)| PageOp::Score { slot, by }),
        (slot(), slot(), by()).prop_map(|(from, to, by)| PageOp::Move { from, to, by }),
        (slot(), row()).prop_map(|(slot, row)| PageOp::Insert { slot, row }),
        slot().prop_map(|slot| PageOp::Remove { slot }),
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    (small(), score()).prop_map(|(rank, score)| Standing { rank, score })
}

fn directory_change() -> impl Strategy<Value = DirectoryChange> {
    let info = (board(), text(), text(), text(), any::<u8>(), any::<bool>(), small());
    let info = info.prop_map(|(board, id, title, unit, decimals, synthetic, rows)| BoardInfo {
        board,
        id,
        title,
        unit,
        decimals,
        synthetic,
        rows,
    });
    prop_oneof![
        info.prop_map(DirectoryChange::Put),
        (board(), small()).prop_map(|(board, rows)| DirectoryChange::Rows { board, rows }),
        board().prop_map(DirectoryChange::Gone),
    ]
}

pub(crate) fn body() -> impl Strategy<Value = Body> {
    let delta = (board(), page(), vec(op(), 0..6));
    let snapshot = (board(), page(), rows());
    let at = (board(), option::of(standing())).prop_map(|(board, at)| BoardStanding { board, at });
    let track = (wire_entity(), any::<bool>(), vec(at, 0..4));
    let directory = (any::<bool>(), vec(directory_change(), 0..4));
    prop_oneof![
        delta.prop_map(|(board, page, ops)| Body::PageDelta { board, page, ops }),
        snapshot.prop_map(|(board, page, rows)| Body::PageSnapshot { board, page, rows: PageRows(rows) }),
        track.prop_map(|(entity, reset, standings)| Body::Track { entity, reset, standings }),
        entity().prop_map(|entity| Body::TrackNowhere { entity }),
        directory.prop_map(|(reset, changes)| Body::Directory { reset, changes }),
        (board(), page()).prop_map(|(board, page)| Body::Gone { board, page }),
    ]
}

fn head() -> impl Strategy<Value = TickHead> {
    let ticks = prop_oneof![Just(1), number()];
    let total = (board(), small()).prop_map(|(board, rows)| Total { board, rows });
    let stale = number().prop_map(|since| Freshness::Stale { since: UnixMillis(since) });
    let freshness = option::of(prop_oneof![Just(Freshness::Live), stale]);
    let pending = prop_oneof![Just(0), small()];
    let parts =
        (ticks, option::of(small().prop_map(Generation)), vec(text(), 0..3), vec(total, 0..3), freshness, pending);
    parts.prop_map(|(ticks, generation, platforms, totals, freshness, pending)| TickHead {
        ticks,
        generation,
        platforms,
        totals,
        freshness,
        pending,
    })
}

pub(crate) fn relay() -> impl Strategy<Value = RelayMessage> {
    let tick = (head(), vec(body(), 0..5)).prop_map(|(head, bodies)| Tick { head, bodies });
    let welcome = (any::<u16>(), position(), any::<bool>(), small(), small(), vec(entity(), 0..3), text());
    let welcome = welcome.prop_map(|(protocol, position, resumed, tick_ms, mask_feeds, tracked, software)| Welcome {
        protocol,
        position,
        resumed,
        tick_ms,
        mask_feeds,
        tracked,
        software,
    });
    let ranked = (wire_entity(), score()).prop_map(|(entity, score)| RankedRow { entity, score });
    let around = (small(), vec(ranked, 0..4), vec(text(), 0..3));
    let answer = prop_oneof![
        option::of(standing()).prop_map(|standing| Ok(Response::Found(standing))),
        around.prop_map(|(from, rows, platforms)| Ok(Response::Around { from, rows, platforms })),
        error().prop_map(Err),
    ];
    let reason = prop_oneof![Just(GoAway::ShuttingDown), Just(GoAway::Overloaded)];
    prop_oneof![
        4 => tick.prop_map(RelayMessage::Tick),
        1 => welcome.prop_map(RelayMessage::Welcome),
        1 => (small().prop_map(RequestId), answer).prop_map(|(id, result)| RelayMessage::Response { id, result }),
        1 => error().prop_map(RelayMessage::Error),
        1 => (reason, small()).prop_map(|(reason, ms)| RelayMessage::GoAway { reason, retry_after_ms: ms }),
    ]
}
