//! What a shard makes of each client message, and of those it must refuse.

mod feeds_support;

use feeds_support::client::page;
use feeds_support::core::entity;
use feeds_support::house::{EPOCH, House, TestWire};
use scorelay_protocol::client::{Add, ClientMessage, GoAway, Request, Response};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{Body, Feed, Standing};
use scorelay_protocol::ids::{BoardNo, Generation, Position, RelayEpoch, RequestId, TickNo};
use scorelay_protocol::limits::{
    AGENT_BYTES, AROUND_ROWS, CLIENT_MESSAGES_PER_SECOND, CLIENT_RATE_SECONDS, MASK_FEEDS, MASK_TRACKS, MAX_PACE_MS,
    TICK_MS, UNANSWERED_REQUESTS,
};
use scorelay_relay::core::shard::Reading;

fn hello() -> ClientMessage {
    ClientMessage::Hello { resume: None, agent: String::new() }
}

fn code(result: Result<(), scorelay_protocol::error::WireError>) -> ErrorCode {
    result.expect_err("a refusal").code
}

fn tracks(count: usize) -> Vec<Feed> {
    (0..count).map(|n| Feed::Track { entity: entity(n as u32) }).collect()
}

#[test]
fn hello_comes_first_and_once() {
    let mut house = House::with_rows(3);
    assert_eq!(code(house.say(0, hello())), ErrorCode::OutOfOrder);
    let shard = &mut house.shards[0];
    let conn = shard.open(house.now, Default::default(), Vec::new());
    for message in [
        ClientMessage::Pace { every_ms: 0 },
        ClientMessage::Watch { generation: Generation(1), remove: Vec::new(), add: Vec::new() },
        ClientMessage::Request { id: RequestId(1), body: Request::Find { board: BoardNo(0), entity: entity(1) } },
    ] {
        assert_eq!(shard.receive(house.now, conn, message).unwrap_err().code, ErrorCode::OutOfOrder);
    }
    assert_eq!(shard.receive(house.now, conn, hello()), Ok(Reading::Go));
}

#[test]
fn an_agent_is_a_name_and_no_more() {
    let mut house = House::with_rows(3);
    let shard = &mut house.shards[0];
    for (bytes, refused) in [(AGENT_BYTES, false), (AGENT_BYTES + 1, true), (60_000, true)] {
        let conn = shard.open(house.now, Default::default(), Vec::new());
        let hello = ClientMessage::Hello { resume: None, agent: "a".repeat(bytes) };
        match (shard.receive(house.now, conn, hello), refused) {
            (Ok(Reading::Go), false) => {}
            (Err(error), true) => {
                assert_eq!(error.code, ErrorCode::TooLarge);
                assert!(error.message.contains("agent") && error.message.contains("128"), "{}", error.message);
            }
            (other, _) => panic!("{bytes} bytes: {other:?}"),
        }
    }
}

#[test]
fn a_watch_whose_generation_does_not_rise_changes_nothing() {
    let mut house = House::with_rows(3);
    house.look(0, [0]);
    house.run(100);
    for old in [0, house.client(0).generation.0] {
        let remove = vec![house.page(0)];
        house.say(0, ClientMessage::Watch { generation: Generation(old), remove, add: Vec::new() }).unwrap();
    }
    house.score([(1, 77)]);
    house.run(100);
    let codes: Vec<ErrorCode> = house.client(0).errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, [ErrorCode::OldGeneration, ErrorCode::OldGeneration]);
    assert_eq!(house.client(0).rows(&house.page(0))[0], (entity(1), 77), "the page is still watched");
}

#[test]
fn a_mask_holds_so_many_feeds_and_no_more() {
    let mut house = House::with_rows(3);
    let full = MASK_FEEDS as u32 - 1;
    house.look(0, 0..full);
    house.run(3_000);
    house.settle();
    assert!(house.client(0).errors.is_empty() && house.client(0).watches().len() == MASK_FEEDS);

    house.look(0, 1..full + 1);
    house.run(500);
    assert!(house.client(0).errors.is_empty(), "a full mask may still be changed");

    let one_more = house.page(9_999);
    let message = house.seats[0].client.change(Vec::new(), vec![one_more.clone()]);
    house.say(0, message).unwrap();
    house.run(500);
    assert_eq!(house.client(0).errors.pop_code(), Some(ErrorCode::MaskFull));
    house.seats[0].client.drop_feed(&one_more);

    let seat = house.join(&[entity(0), entity(0), entity(1)]);
    house.watch(seat, &tracks(MASK_TRACKS));
    house.run(500);
    assert_eq!(house.client(seat).welcome.as_ref().unwrap().tracked, [entity(0), entity(1)]);
    assert!(house.client(seat).errors.is_empty() && house.client(seat).all_admitted());
    house.watch(seat, &tracks(MASK_TRACKS + 1));
    house.run(500);
    assert_eq!(house.client(seat).errors.pop_code(), Some(ErrorCode::MaskFull));
    let excess: Vec<_> = (0..MASK_TRACKS as u32 + 5).map(entity).collect();
    let seat = house.join(&excess);
    house.run(500);
    assert_eq!(house.client(seat).welcome.as_ref().unwrap().tracked, excess[..MASK_TRACKS]);
}

trait PopCode {
    fn pop_code(&self) -> Option<ErrorCode>;
}

impl PopCode for Vec<scorelay_protocol::error::WireError> {
    fn pop_code(&self) -> Option<ErrorCode> {
        self.last().map(|error| error.code)
    }
}

#[test]
fn a_feed_of_an_unknown_board_is_reported_and_the_rest_goes_on() {
    let mut house = House::with_rows(3);
    let strangers = [page(BoardNo(4_000), 1), page(BoardNo(1), 1)];
    let add = strangers.iter().cloned().chain([house.page(0), Feed::Directory]).collect();
    let message = house.seats[0].client.change(Vec::new(), add);
    strangers.iter().for_each(|feed| house.seats[0].client.drop_feed(feed));
    house.say(0, message).unwrap();
    house.settle();
    let errors = &house.client(0).errors;
    assert_eq!((errors.len(), errors[0].code), (1, ErrorCode::UnknownBoard));
    assert!(house.client(0).is_admitted(&house.page(0)));
}

#[test]
fn ticks_of_another_relay_or_of_the_future_are_not_believed() {
    let mut house = House::with_rows(40);
    house.look(0, [0, 1]);
    house.run(100);
    let now = house.client(0).position.tick;
    let (other, future) = (RelayEpoch(EPOCH.0 + 1), TickNo(now.0 + 1_000));
    for (epoch, tick, known, expected) in
        [(EPOCH, now, now, true), (EPOCH, now, future, false), (EPOCH, future, now, false), (other, now, now, false)]
    {
        let wire = TestWire::default();
        let conn = house.shards[0].open(house.now, wire.clone(), Vec::new());
        let resume = Some(Position { epoch, tick });
        let add = vec![Add { feed: page(BoardNo(0), 0), known: Some(known) }];
        for message in [
            ClientMessage::Hello { resume, agent: String::new() },
            ClientMessage::Watch { generation: Generation(1), remove: Vec::new(), add },
        ] {
            house.shards[0].receive(house.now, conn, message).unwrap();
        }
        let bodies = house.bodies_for(0, &wire);
        let unchanged = matches!(&bodies[..], [Body::PageDelta { ops, .. }] if ops.is_empty());
        let whole = matches!(&bodies[..], [Body::PageSnapshot { .. }]);
        assert!(if expected { unchanged } else { whole }, "{epoch:?} {tick:?} {known:?}: {bodies:?}");
    }
}

#[test]
fn who_talks_too_fast_is_shown_out() {
    let mut house = House::with_rows(3);
    house.run(u64::from(CLIENT_RATE_SECONDS) * 1_000);
    let pace = || ClientMessage::Pace { every_ms: 0 };
    for _ in 0..CLIENT_MESSAGES_PER_SECOND * CLIENT_RATE_SECONDS {
        house.say(0, pace()).unwrap();
    }
    assert_eq!(code(house.say(0, pace())), ErrorCode::TooFast);
    house.run(u64::from(CLIENT_RATE_SECONDS) * 1_000);
    house.say(0, pace()).unwrap();
}

#[test]
fn finds_an_entity_and_those_around_it() {
    let mut house = House::with_rows(200);
    let board = house.client(0).board("board0").unwrap();
    let mut id = 0;
    let mut ask = |house: &mut House, body: Request| {
        id += 1;
        house.say(0, ClientMessage::Request { id: RequestId(id), body }).unwrap();
        house.run(100);
        house.client(0).responses[&RequestId(id)].clone()
    };
    let find = |board, n| Request::Find { board, entity: entity(n) };
    let around = |n, rows| Request::Around { board, entity: entity(n), rows };
    let found = ask(&mut house, find(board, 7));
    assert_eq!(found, Ok(Response::Found(Some(Standing { rank: 8, score: 1_930 }))));
    assert_eq!(ask(&mut house, find(board, 4_000)), Ok(Response::Found(None)));
    assert_eq!(ask(&mut house, find(BoardNo(9), 7)).unwrap_err().code, ErrorCode::UnknownBoard);
    assert_eq!(ask(&mut house, around(7, AROUND_ROWS + 1)).unwrap_err().code, ErrorCode::BadRange);
    let nobody = Response::Around { from: 1, rows: Vec::new(), platforms: Vec::new() };
    assert_eq!(ask(&mut house, around(4_000, 3)), Ok(nobody));
    for (n, from, to) in [(0, 0, 4), (100, 97, 104), (199, 196, 200)] {
        let Ok(Response::Around { from: rank, rows, platforms }) = ask(&mut house, around(n, 3)) else { panic!() };
        let name = |row: &scorelay_protocol::client::RankedRow| {
            format!("{}:{}", platforms[usize::from(row.entity.platform.0)], row.entity.id)
        };
        assert_eq!(rank, from + 1);
        assert_eq!(
            rows.iter().map(name).collect::<Vec<_>>(),
            (from..to).map(|n| entity(n).to_string()).collect::<Vec<_>>()
        );
        assert!(rows.iter().zip(from..).all(|(row, n)| row.score == i64::from(10 * (200 - n))));
    }
}

/// T3: a question too many is refused at once, by a code of its own; answers that cannot be sent stop the reading.
#[test]
fn too_many_open_questions_are_refused() {
    let mut house = House::with_rows(3);
    house.run(2_000);
    house.seats[0].wire.shut(true);
    let body = Request::Find { board: BoardNo(0), entity: entity(1) };
    let most = UNANSWERED_REQUESTS as u32;
    for id in 1..=2 * most {
        assert_eq!(house.seats[0].reading, Reading::Go);
        house.say(0, ClientMessage::Request { id: RequestId(id), body: body.clone() }).unwrap();
    }
    assert_eq!(house.seats[0].reading, Reading::Hold);
    house.run(1_000);
    assert_eq!(house.seats[0].reading, Reading::Hold, "answered, but not out");
    house.seats[0].wire.shut(false);
    house.run(100);
    assert_eq!(house.seats[0].reading, Reading::Go);
    let responses = &house.client(0).responses;
    assert_eq!(responses.len(), 2 * UNANSWERED_REQUESTS);
    for (id, result) in responses {
        let refused = result.as_ref().err().map(|error| error.code);
        assert_eq!(refused, (id.0 > most).then_some(ErrorCode::TooManyRequests), "{id:?}");
    }
}

#[test]
fn a_hidden_tab_gets_the_newest_state_at_its_own_pace() {
    let mut house = House::with_rows(40);
    let seat = house.join(&[]);
    for seat in [0, seat] {
        house.look(seat, [0]);
    }
    house.say(seat, ClientMessage::Pace { every_ms: 2_000 }).unwrap();
    house.run(4_000);
    let before = (house.client(0).ticks, house.client(seat).ticks);
    for round in 0..200 {
        house.score([(round % 40, 500 + i64::from(round))]);
        house.run(TICK_MS);
    }
    let after = (house.client(0).ticks, house.client(seat).ticks);
    assert!((195..=200).contains(&(after.0 - before.0)), "{before:?} {after:?}");
    assert!((4..=6).contains(&(after.1 - before.1)), "{before:?} {after:?}");
    house.say(seat, ClientMessage::Pace { every_ms: u32::MAX }).unwrap();
    house.score([(1, 9_999)]);
    house.run(u64::from(MAX_PACE_MS));
    assert_eq!(house.client(seat).rows(&house.page(0))[0], (entity(1), 9_999), "no pace is slower than the slowest");
}

#[test]
fn everyone_is_told_to_leave() {
    let mut house = House::with_rows(3);
    let seat = house.join(&[]);
    house.run(1_000);
    house.seats[seat].wire.shut(true);
    for shard in &mut house.shards {
        shard.go_away(GoAway::ShuttingDown, || 700);
    }
    house.run(100);
    assert!(house.client(0).going_away && !house.client(seat).going_away);
    house.seats[seat].wire.shut(false);
    house.run(100);
    assert!(house.client(seat).going_away);
}
