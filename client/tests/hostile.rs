//! Bad bytes and messages that do not fit: the client never panics, never shows half a message, and starts anew.
//! Honest relays are in `convergence.rs`.

mod model;

use model::random::Random;
use scorelay_client::core::{Client, ClientConfig, Disconnect, Millis, Status, Transmit, ViewId};
use scorelay_client::protocol::client::{ClientMessage, RankedRow, RelayMessage, Response, Welcome};
use scorelay_client::protocol::codec;
use scorelay_client::protocol::entity::{EntityId, WireEntity};
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::feed::{BoardInfo, BoardStanding, Body, DirectoryChange, Standing};
use scorelay_client::protocol::ids::{
    BoardNo, Generation, PageNo, PlatformNo, Position, RelayEpoch, RequestId, Slot, TickNo,
};
use scorelay_client::protocol::limits::{BOARDS, MAX_SCORE, RELAY_FRAME_BYTES};
use scorelay_client::protocol::page::{PageOp, PageRows, Row};
use scorelay_client::protocol::tick::{Tick, TickHead};

const NOW: Millis = Millis(1_000);
const BOARD: BoardNo = BoardNo(3);

fn row(id: u64, score: i64) -> Row {
    Row { entity: WireEntity { platform: PlatformNo(0), id: EntityId::Number(id) }, score }
}

fn info(id: &str) -> BoardInfo {
    let (title, unit) = ("Title".to_owned(), "points".to_owned());
    BoardInfo { board: BOARD, id: id.to_owned(), title, unit, decimals: 0, synthetic: false, rows: 2 }
}

fn tick(generation: Option<u32>, bodies: Vec<Body>) -> Tick {
    Tick { head: TickHead { generation: generation.map(Generation), ..TickHead::default() }, bodies }
}

fn welcome() -> RelayMessage {
    RelayMessage::Welcome(Welcome {
        protocol: 1,
        position: Position { epoch: RelayEpoch(9), tick: TickNo(5) },
        resumed: false,
        tick_ms: 50,
        mask_feeds: 512,
        tracked: Vec::new(),
        software: "test".to_owned(),
    })
}

/// What an honest relay sends first to a client with one view and one tracked entity.
fn opening() -> Vec<RelayMessage> {
    let rows = PageRows(vec![row(1, 10), row(2, 5)]);
    let entity = row(1, 0).entity;
    let at = Some(Standing { rank: 1, score: 10 });
    let mut first = tick(
        Some(1),
        vec![
            Body::Directory { reset: true, changes: vec![DirectoryChange::Put(info("messages"))] },
            Body::Track { entity, reset: true, standings: vec![BoardStanding { board: BOARD, at }] },
        ],
    );
    first.head.platforms = vec!["twitch".to_owned()];
    let second = tick(Some(2), vec![Body::PageSnapshot { board: BOARD, page: PageNo(0), rows }]);
    vec![welcome(), RelayMessage::Tick(first), RelayMessage::Tick(second)]
}

fn drain(client: &mut Client) -> Vec<Transmit> {
    std::iter::from_fn(|| client.poll_transmit(NOW)).collect()
}

fn open() -> (Client, ViewId) {
    let mut client = Client::new(ClientConfig::default(), 1, NOW);
    let view = client.watch_board("messages", 1, 10).expect("a window");
    client.track("twitch:1".parse().expect("an entity")).expect("room");
    assert_eq!(drain(&mut client), [Transmit::Connect]);
    client.handle_connected(NOW);
    drain(&mut client);
    (client, view)
}

fn live() -> (Client, ViewId) {
    let (mut client, view) = open();
    for message in opening() {
        client.handle_message(NOW, &codec::encode(&message));
        drain(&mut client);
    }
    assert!(matches!(client.status(), Status::Live { .. }));
    assert!(client.view(view).is_some_and(|view| view.complete && view.rows.len() == 2));
    (client, view)
}

fn rows_of(client: &Client, view: ViewId) -> Vec<(u32, i64)> {
    let rows = client.view(view).expect("the view").rows;
    rows.into_iter().flatten().map(|row| (row.rank, row.score)).collect()
}

/// Whether the client closed the connection as unusable, kept what it showed, and comes back without resuming.
fn starts_anew(mut client: Client, view: ViewId, what: &str) {
    let status = client.status();
    assert!(matches!(&status, Status::Offline { reason: Disconnect::Misfit(_), .. }), "{what}: {status:?}");
    assert_eq!(rows_of(&client, view), [(1, 10), (2, 5)], "{what}: nothing of the message is shown");
    assert!(client.view(view).is_some_and(|view| view.held && !view.complete));
    assert!(matches!(drain(&mut client)[..], [Transmit::Close(Disconnect::Misfit(_))]), "{what}");
    assert_eq!(client.stats().misfits, 1);
    let retry = client.poll_timeout().expect("it tries again");
    client.handle_timeout(retry);
    assert_eq!(drain(&mut client), [Transmit::Connect]);
    client.handle_connected(retry);
    let sent = drain(&mut client);
    let Some(Transmit::Send(hello)) = sent.first() else { panic!("no hello: {sent:?}") };
    let hello = codec::decode_client::<ClientMessage>(hello).expect("a message");
    assert!(matches!(hello, ClientMessage::Hello { resume: None, .. }), "{what}: {hello:?}");
}

/// Every message an honest relay sends, cut short, lengthened or with bits flipped at every place: no panic, and the
/// client either takes it or is offline; what it shows stays a board.
#[test]
fn mangled_bytes_never_panic() {
    let mut random = Random(11);
    let mut messages = opening();
    let ops = vec![
        PageOp::Score { slot: Slot(0), by: 3 },
        PageOp::Move { from: Slot(1), to: Slot(0), by: 20 },
        PageOp::Insert { slot: Slot(2), row: row(7, 1) },
        PageOp::Remove { slot: Slot(0) },
    ];
    messages.push(RelayMessage::Tick(tick(None, vec![Body::PageDelta { board: BOARD, page: PageNo(0), ops }])));
    for (index, target) in messages.iter().enumerate() {
        let honest = codec::encode(target);
        let mut mangled: Vec<Vec<u8>> = (0..honest.len()).map(|end| honest[..end].to_vec()).collect();
        mangled.extend((0..honest.len() * 8).map(|bit| {
            let mut bytes = honest.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        }));
        mangled.push([honest.clone(), vec![0]].concat());
        mangled.extend((0..200).map(|_| (0..random.below(80)).map(|_| random.draw() as u8).collect()));
        for bytes in mangled {
            let (mut client, view) = open();
            for message in &messages[..index] {
                client.handle_message(NOW, &codec::encode(message));
                drain(&mut client);
            }
            client.handle_message(NOW, &bytes);
            for message in &messages[index + 1..] {
                client.handle_message(NOW, &codec::encode(message));
                drain(&mut client);
            }
            let rows = rows_of(&client, view);
            assert!(rows.is_sorted_by(|above, below| above.0 < below.0 && above.1 >= below.1), "{rows:?}");
            while client.poll_event().is_some() {}
        }
    }
}

/// A message that decodes but does not fit is applied in no part, and the next connection does not resume.
#[test]
fn misfits_start_anew() {
    let delta = |ops| Body::PageDelta { board: BOARD, page: PageNo(0), ops };
    // Each comes after an edit that does fit, which must not be seen either.
    let fits = delta(vec![PageOp::Score { slot: Slot(0), by: 1 }]);
    let put = |info: BoardInfo| Body::Directory { reset: false, changes: vec![DirectoryChange::Put(info)] };
    let foreign = WireEntity { platform: PlatformNo(4), id: EntityId::Number(1) };
    let foreign_row = Row { entity: foreign.clone(), score: 0 };
    let standing = |rank, score| {
        let standings = vec![BoardStanding { board: BOARD, at: Some(Standing { rank, score }) }];
        Body::Track { entity: row(1, 0).entity, reset: false, standings }
    };
    let many = (0..=BOARDS as u32).map(|no| DirectoryChange::Put(BoardInfo { board: BoardNo(no), ..info("x") }));
    let cases = [
        ("a slot past the rows", delta(vec![PageOp::Remove { slot: Slot(2) }])),
        ("rows out of order", delta(vec![PageOp::Score { slot: Slot(1), by: 100 }])),
        ("a score past all", delta(vec![PageOp::Score { slot: Slot(0), by: MAX_SCORE }])),
        ("a score past i64", delta(vec![PageOp::Score { slot: Slot(0), by: i64::MAX }])),
        ("an unnamed platform in an edit", delta(vec![PageOp::Insert { slot: Slot(2), row: foreign_row }])),
        ("an unnamed platform tracked", Body::Track { entity: foreign, reset: true, standings: Vec::new() }),
        ("rank 0", standing(0, 1)),
        ("a standing's score past all", standing(1, i64::MIN)),
        ("too many decimals", put(BoardInfo { decimals: 10, ..info("messages") })),
        ("too many boards", Body::Directory { reset: true, changes: many.collect() }),
        (
            "a count of no board",
            Body::Directory { reset: false, changes: vec![DirectoryChange::Rows { board: BoardNo(8), rows: 1 }] },
        ),
        ("the end of no board", Body::Directory { reset: false, changes: vec![DirectoryChange::Gone(BoardNo(8))] }),
    ];
    for (what, body) in cases {
        let (mut client, view) = live();
        let message = RelayMessage::Tick(tick(None, vec![fits.clone(), body]));
        client.handle_message(NOW, &codec::encode(&message));
        starts_anew(client, view, what);
    }
}

/// Messages that fit no place in the order, heads that say the impossible, answers to other questions.
#[test]
fn messages_out_of_place_start_anew() {
    let head = |head: TickHead| RelayMessage::Tick(Tick { head, bodies: Vec::new() });
    let odd_platform = head(TickHead { platforms: vec!["NOT one".to_owned()], ..TickHead::default() });
    let cases = [
        ("a second welcome", welcome()),
        ("a generation not sent", head(TickHead { generation: Some(Generation(9)), ..TickHead::default() })),
        ("a generation again", head(TickHead { generation: Some(Generation(2)), ..TickHead::default() })),
        ("a tick past all time", head(TickHead { ticks: u64::MAX, ..TickHead::default() })),
        ("an odd platform", odd_platform),
    ];
    for (what, message) in cases {
        let (mut client, view) = live();
        client.handle_message(NOW, &codec::encode(&message));
        starts_anew(client, view, what);
    }

    let (mut client, view) = live();
    client.handle_message(NOW, &vec![0; RELAY_FRAME_BYTES + 1]);
    starts_anew(client, view, "a message too long");

    let odd_rows = vec![RankedRow { entity: row(1, 0).entity, score: 1 }];
    let answers = [
        Response::Around { from: 1, rows: Vec::new(), platforms: Vec::new() },
        Response::Found(Some(Standing { rank: 0, score: 1 })),
        Response::Around { from: u32::MAX, rows: odd_rows, platforms: Vec::new() },
    ];
    for answer in answers {
        let (mut client, view) = live();
        let id = client.find(NOW, "messages", "twitch:1".parse().expect("an entity"));
        assert_eq!(drain(&mut client).len(), 1);
        client.handle_message(NOW, &codec::encode(&RelayMessage::Response { id, result: Ok(answer) }));
        assert!(client.poll_answer().is_some_and(|(answered, result)| answered == id && result.is_err()));
        starts_anew(client, view, "an answer to another question");
    }
}

/// A tick before the welcome, and a welcome that resumes what was not asked for, are misfits too.
#[test]
fn greetings_out_of_place() {
    let RelayMessage::Welcome(greeting) = welcome() else { unreachable!("it is one") };
    let resumed = RelayMessage::Welcome(Welcome { resumed: true, ..greeting });
    for message in [RelayMessage::Tick(Tick::default()), resumed] {
        let (mut client, _) = open();
        client.handle_message(NOW, &codec::encode(&message));
        assert!(matches!(client.status(), Status::Offline { reason: Disconnect::Misfit(_), .. }));
    }
}

/// Bodies for feeds that nobody asked for, and answers nobody waits for, are passed over.
#[test]
fn strangers_are_passed_over() {
    let (mut client, view) = live();
    let strangers = vec![
        Body::PageSnapshot { board: BOARD, page: PageNo(7), rows: PageRows(vec![row(5, 1)]) },
        Body::PageDelta { board: BoardNo(9), page: PageNo(0), ops: vec![PageOp::Remove { slot: Slot(4) }] },
        Body::Gone { board: BOARD, page: PageNo(7) },
        Body::TrackNowhere { entity: "irc:nobody".parse().expect("an entity") },
    ];
    client.handle_message(NOW, &codec::encode(&RelayMessage::Tick(tick(None, strangers))));
    let late = RelayMessage::Response { id: RequestId(77), result: Err(WireError::new(ErrorCode::BadRange, "no")) };
    client.handle_message(NOW, &codec::encode(&late));
    assert!(matches!(client.status(), Status::Live { .. }));
    assert_eq!(rows_of(&client, view), [(1, 10), (2, 5)]);
}
