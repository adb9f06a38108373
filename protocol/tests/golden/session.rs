//! The worked example of `docs/protocol.md`: what its messages say, and that applying them gives the rows that the page
//! shows after each. How a real client applies messages is in the client crate.

use scorelay_protocol::client::{Add, ClientMessage, RelayMessage, Request, Response, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::feed::{BoardInfo, Body, DirectoryChange, Feed, Standing};
use scorelay_protocol::ids::{BoardNo, Generation, PageNo, Position, RelayEpoch, RequestId, Slot, TickNo};
use scorelay_protocol::page::{self, PageOp, PageRows, Row};
use scorelay_protocol::tick::{Freshness, Tick, TickHead, Total};

use crate::Message;
use crate::make::{entity, page as page_feed, row, texts};
use crate::vectors::{self, Kind, PROTOCOL};

fn hello(resume: Option<Position>) -> ClientMessage {
    ClientMessage::Hello { resume, agent: "example/1.0".to_owned() }
}

fn watch(generation: u32, remove: Vec<Feed>, feed: Feed, known: Option<u64>) -> ClientMessage {
    let add = vec![Add { feed, known: known.map(TickNo) }];
    ClientMessage::Watch { generation: Generation(generation), remove, add }
}

fn at(tick: u64) -> Position {
    Position { epoch: RelayEpoch(0x0123_4567_89ab_cdef), tick: TickNo(tick) }
}

fn welcome(tick: u64, resumed: bool) -> RelayMessage {
    RelayMessage::Welcome(Welcome {
        protocol: 1,
        position: at(tick),
        resumed,
        tick_ms: 50,
        mask_feeds: 512,
        tracked: vec![],
        software: "scorelay-relay 0.1.0".to_owned(),
    })
}

fn rows(rows: u32) -> Vec<Total> {
    vec![Total { board: BoardNo(0), rows }]
}

fn tick(head: TickHead, bodies: Vec<Body>) -> RelayMessage {
    RelayMessage::Tick(Tick { head, bodies })
}

fn snapshot(page: u32, rows: Vec<Row>) -> Body {
    Body::PageSnapshot { board: BoardNo(0), page: PageNo(page), rows: PageRows(rows) }
}

fn delta(ops: Vec<PageOp>) -> Body {
    Body::PageDelta { board: BoardNo(0), page: PageNo(0), ops }
}

fn head(ticks: u64, generation: Option<u32>) -> TickHead {
    TickHead { ticks, generation: generation.map(Generation), ..TickHead::default() }
}

pub(crate) fn values() -> Vec<(&'static str, Message)> {
    let (client, relay) = (Message::Client, Message::Relay);
    let chat = DirectoryChange::Put(BoardInfo {
        board: BoardNo(0),
        id: "chat".to_owned(),
        title: "Chat messages".to_owned(),
        unit: "messages".to_owned(),
        decimals: 0,
        synthetic: false,
        rows: 3,
    });
    let directory = Body::Directory { reset: true, changes: vec![chat] };
    let find = Request::Find { board: BoardNo(0), entity: entity("twitch:99") };
    let found = Response::Found(Some(Standing { rank: 3, score: 38 }));
    vec![
        ("session.client.hello", client(hello(None))),
        ("session.client.directory", client(watch(1, vec![], Feed::Directory, None))),
        ("session.relay.welcome", relay(welcome(1000, false))),
        (
            "session.relay.directory",
            relay(tick(TickHead { freshness: Some(Freshness::Live), ..head(1, Some(1)) }, vec![directory])),
        ),
        ("session.client.first-page", client(watch(2, vec![], page_feed(0, 0), None))),
        (
            "session.relay.first-page",
            relay(tick(
                TickHead { platforms: texts(&["twitch"]), totals: rows(3), ..head(2, Some(2)) },
                vec![snapshot(0, vec![row(0, "1234", 40), row(0, "99", 38), row(0, "7", 38)])],
            )),
        ),
        (
            "session.relay.delta",
            relay(tick(head(5, None), vec![delta(vec![PageOp::Move { from: Slot(2), to: Slot(0), by: 3 }])])),
        ),
        ("session.client.scroll", client(watch(3, vec![page_feed(0, 0)], page_feed(0, 1), None))),
        ("session.relay.scroll", relay(tick(head(1, Some(3)), vec![snapshot(1, vec![])]))),
        ("session.relay.total", relay(tick(TickHead { totals: rows(4), ..head(20, None) }, vec![]))),
        ("session.client.back", client(watch(4, vec![page_feed(0, 1)], page_feed(0, 0), Some(1008)))),
        (
            "session.relay.back",
            relay(tick(
                head(1, Some(4)),
                vec![delta(vec![
                    PageOp::Move { from: Slot(1), to: Slot(0), by: 2 },
                    PageOp::Insert { slot: Slot(3), row: row(0, "5", 1) },
                ])],
            )),
        ),
        ("session.client.find", client(ClientMessage::Request { id: RequestId(1), body: find })),
        ("session.relay.found", relay(RelayMessage::Response { id: RequestId(1), result: Ok(found) })),
        ("session.client.resume", client(hello(Some(at(1030))))),
        ("session.relay.resumed", relay(welcome(1040, true))),
    ]
}

/// Page 0 of the example's board and where the connection stands.
#[derive(Default)]
struct Shown {
    tick: u64,
    rows: Vec<Row>,
}

impl Shown {
    fn take(&mut self, message: RelayMessage) {
        match message {
            RelayMessage::Welcome(welcome) => self.tick = welcome.position.tick.0,
            RelayMessage::Tick(tick) => {
                self.tick += tick.head.ticks;
                for body in tick.bodies {
                    match body {
                        Body::PageSnapshot { page: PageNo(0), rows, .. } => self.rows = rows.0,
                        Body::PageDelta { page: PageNo(0), ops, .. } => {
                            ops.into_iter().for_each(|op| page::apply(&mut self.rows, op).expect("it fits"));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&self) -> String {
        let row = |row: &Row| format!("twitch:{} {}", row.entity.id, row.score);
        let rows: Vec<String> = self.rows.iter().map(row).collect();
        format!("tick {}: {}", self.tick, rows.join(", "))
    }
}

/// E5: read as described, the example's bytes give the rows that the page shows, the scroll back among them.
#[test]
fn the_example_adds_up() {
    let mut shown = Shown::default();
    let mut states = Vec::new();
    for vector in vectors::session().iter().filter(|vector| vector.kind() == Kind::Relay) {
        shown.take(codec::decode_client(&vector.bytes).unwrap());
        states.push((vector.name, shown.text()));
    }
    let state = |name| &states.iter().find(|(n, _)| *n == name).unwrap().1;
    for name in ["session.relay.first-page", "session.relay.delta", "session.relay.back"] {
        let text = format!("`{}`", state(name));
        assert!(PROTOCOL.contains(&text), "after {name} the page does not show {text}");
    }
}
