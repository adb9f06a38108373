//! What the vectors `relay.*` say: the tick's head, each body, and everything else.

use scorelay_protocol::client::{GoAway, RankedRow, RelayMessage, Response, Welcome};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::{BoardInfo, BoardStanding, Body, DirectoryChange, Standing};
use scorelay_protocol::ids::{BoardNo, Generation, PageNo, Position, RelayEpoch, RequestId, Slot, TickNo, UnixMillis};
use scorelay_protocol::limits::MAX_SCORE;
use scorelay_protocol::page::{PageOp, PageRows, Row};
use scorelay_protocol::score::Units;
use scorelay_protocol::tick::{Freshness, Tick, TickHead, Total};

use crate::Message;
use crate::make::{entity, meet_id, row, texts, tick, wire};

type Values = Vec<(&'static str, Message)>;

fn relay(values: impl IntoIterator<Item = (&'static str, RelayMessage)>) -> Values {
    values.into_iter().map(|(name, message)| (name, Message::Relay(message))).collect()
}

fn total(board: u32, rows: u32) -> Total {
    Total { board: BoardNo(board), rows }
}

fn delta(board: u32, page: u32, ops: Vec<PageOp>) -> Body {
    Body::PageDelta { board: BoardNo(board), page: PageNo(page), ops }
}

fn snapshot(board: u32, page: u32, rows: Vec<Row>) -> Body {
    Body::PageSnapshot { board: BoardNo(board), page: PageNo(page), rows: PageRows(rows) }
}

fn standing(board: u32, at: Option<(u32, Units)>) -> BoardStanding {
    BoardStanding { board: BoardNo(board), at: at.map(|(rank, score)| Standing { rank, score }) }
}

/// `relay.tick.*`
pub(crate) fn head_values() -> Values {
    let none = TickHead::default;
    let heads = [
        ("relay.tick.nothing", none()),
        ("relay.tick.ticks", TickHead { ticks: 1200, ..none() }),
        ("relay.tick.generation", TickHead { generation: Some(Generation(3)), ..none() }),
        ("relay.tick.platforms", TickHead { platforms: texts(&["twitch", "emote"]), ..none() }),
        ("relay.tick.totals", TickHead { totals: vec![total(0, 1_000_000), total(2, 0)], ..none() }),
        ("relay.tick.live", TickHead { freshness: Some(Freshness::Live), ..none() }),
        (
            "relay.tick.stale",
            TickHead { freshness: Some(Freshness::Stale { since: UnixMillis(1_790_000_000_000) }), ..none() },
        ),
        ("relay.tick.pending", TickHead { pending: 40, ..none() }),
    ];
    let everything = Tick {
        head: TickHead {
            ticks: 2,
            generation: Some(Generation(1)),
            platforms: texts(&["twitch"]),
            totals: vec![total(0, 2)],
            freshness: Some(Freshness::Live),
            pending: 1,
        },
        bodies: vec![snapshot(0, 0, vec![row(0, "1234", 5), row(0, "99", 5)]), delta(0, 1, vec![])],
    };
    let alone = heads.map(|(name, head)| (name, RelayMessage::Tick(Tick { head, bodies: vec![] })));
    relay(alone.into_iter().chain([("relay.tick.everything", RelayMessage::Tick(everything))]))
}

/// Every body, each alone in a tick.
pub(crate) fn body_values() -> Values {
    let pages = [
        ("relay.page-delta.unchanged", delta(0, 3, vec![])),
        ("relay.page-delta.score", delta(0, 0, vec![PageOp::Score { slot: Slot(0), by: 1 }])),
        ("relay.page-delta.score-down", delta(0, 3, vec![PageOp::Score { slot: Slot(31), by: -5_000_000_000 }])),
        ("relay.page-delta.move", delta(0, 0, vec![PageOp::Move { from: Slot(7), to: Slot(2), by: 3 }])),
        ("relay.page-delta.insert", delta(1, 0, vec![PageOp::Insert { slot: Slot(4), row: row(0, "1234", 250) }])),
        (
            "relay.page-delta.insert-text",
            delta(1, 0, vec![PageOp::Insert { slot: Slot(31), row: row(1, "kappa", -1) }]),
        ),
        ("relay.page-delta.remove", delta(0, 0, vec![PageOp::Remove { slot: Slot(31) }])),
        (
            "relay.page-delta.several",
            delta(
                0,
                300,
                vec![
                    PageOp::Remove { slot: Slot(4) },
                    PageOp::Insert { slot: Slot(0), row: row(0, "18446744073709551615", 90) },
                    PageOp::Score { slot: Slot(3), by: 10 },
                ],
            ),
        ),
        (
            "relay.page-snapshot",
            snapshot(0, 0, vec![row(0, "1234", 100), row(1, "kappa", 100), row(0, "5", -1), row(0, "6", -MAX_SCORE)]),
        ),
        ("relay.page-snapshot.empty", snapshot(0, 31_250, vec![])),
        ("relay.gone", Body::Gone { board: BoardNo(1), page: PageNo(7) }),
    ];
    let others = [
        (
            "relay.track.all",
            Body::Track {
                entity: wire(0, "1234"),
                reset: true,
                standings: vec![standing(0, Some((1, 5))), standing(2, Some((250_000, 1250)))],
            },
        ),
        (
            "relay.track.change",
            Body::Track { entity: wire(1, "kappa"), reset: false, standings: vec![standing(2, None)] },
        ),
        ("relay.meet.all", Body::Meet { meet: meet_id(7), reset: true, finished: false, changes: vec![0xBE, 0xEF] }),
        (
            "relay.meet.finished",
            Body::Meet { meet: meet_id(123_456_789), reset: false, finished: true, changes: vec![0] },
        ),
        (
            "relay.meet-gone",
            Body::MeetGone { meet: meet_id(7), why: WireError::new(ErrorCode::BadSession, "no such session") },
        ),
        ("relay.track.nowhere", Body::TrackNowhere { entity: entity("newsite:1") }),
        (
            "relay.directory.all",
            Body::Directory {
                reset: true,
                changes: vec![
                    put(0, ["chat", "Chat messages", "messages"], 0, false, 70_000),
                    put(1, ["elo", "Elo (demo)", "points"], 2, true, 3),
                ],
            },
        ),
        (
            "relay.directory.changes",
            Body::Directory {
                reset: false,
                changes: vec![
                    DirectoryChange::Rows { board: BoardNo(0), rows: 70_016 },
                    DirectoryChange::Gone(BoardNo(1)),
                    put(2, ["elo", "Elo", "points"], 1, false, 0),
                ],
            },
        ),
    ];
    relay(pages.into_iter().chain(others).map(|(name, body)| (name, RelayMessage::Tick(tick(vec![body])))))
}

fn put(board: u32, [id, title, unit]: [&str; 3], decimals: u8, synthetic: bool, rows: u32) -> DirectoryChange {
    let (id, title, unit) = (id.to_owned(), title.to_owned(), unit.to_owned());
    DirectoryChange::Put(BoardInfo { board: BoardNo(board), id, title, unit, decimals, synthetic, rows })
}

/// `relay.welcome.*`, answers, errors and the end.
pub(crate) fn other_values() -> Values {
    let welcome = |tick, resumed, tracked| {
        RelayMessage::Welcome(Welcome {
            protocol: 1,
            position: Position { epoch: RelayEpoch(0x0123_4567_89ab_cdef), tick: TickNo(tick) },
            resumed,
            tick_ms: 50,
            mask_feeds: 512,
            tracked,
            software: "scorelay-relay 0.1.0".to_owned(),
        })
    };
    let answer = |id, result| RelayMessage::Response { id: RequestId(id), result };
    let around = Response::Around {
        from: 4,
        rows: vec![RankedRow { entity: wire(1, "héllo"), score: 12 }, RankedRow { entity: wire(0, "7"), score: 12 }],
        platforms: texts(&["twitch", "word"]),
    };
    let nobody = Response::Around { from: 1, rows: vec![], platforms: vec![] };
    relay([
        ("relay.welcome.new", welcome(1000, false, vec![])),
        ("relay.welcome.resumed", welcome(70_000, true, vec![entity("twitch:1234"), entity("irc:alice")])),
        ("relay.response.found", answer(1, Ok(Response::Found(Some(Standing { rank: 17, score: 1250 }))))),
        ("relay.response.not-found", answer(1, Ok(Response::Found(None)))),
        ("relay.response.around", answer(300, Ok(around))),
        ("relay.response.around-nobody", answer(300, Ok(nobody))),
        ("relay.response.meet", answer(2, Ok(Response::Meet(vec![0xBE, 0xEF])))),
        ("relay.response.refused", answer(2, Err(WireError::new(ErrorCode::UnknownBoard, "no board 9")))),
        ("relay.error", RelayMessage::Error(WireError::new(ErrorCode::MaskFull, "more than 512 feeds"))),
        ("relay.error.unknown", RelayMessage::Error(WireError::new(ErrorCode::Unknown(60_000), "news"))),
        ("relay.go-away.shutting-down", RelayMessage::GoAway { reason: GoAway::ShuttingDown, retry_after_ms: 1734 }),
        ("relay.go-away.overloaded", RelayMessage::GoAway { reason: GoAway::Overloaded, retry_after_ms: 250 }),
    ])
}
