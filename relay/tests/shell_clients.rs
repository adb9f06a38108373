//! Clients over real sockets: the handshake, watching, and how connections end. Bad input is in `shell_bad_input.rs`,
//! limits of connections in `shell_front.rs`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::collections::BTreeSet;
use std::time::Duration;

use scorelay_protocol::client::{GoAway, RelayMessage, Request, Response};
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{Body, Feed, Standing};
use scorelay_protocol::ids::RequestId;
use scorelay_protocol::{client::ClientMessage, limits};
use shell_kit::client::{Came, TestClient, hello, page};
use shell_kit::{LONG, TestRelay, http, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

fn twitch(n: u32) -> String {
    format!("twitch:{n}")
}

/// E5, T8: a client is welcomed, and gets what it watches in one step with the subscription, then changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_watches_a_page_live() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, vec![(twitch(1), 50), (twitch(2), 40)]).await;
    let mut client = relay.client().await;
    let welcome = client.greet().await;
    assert_eq!((welcome.protocol, welcome.resumed, welcome.tick_ms), (limits::CLIENT_PROTOCOL, false, 10));
    client.watch(vec![Feed::Directory]).await;
    client.until_body(|body| matches!(body, Body::Directory { .. })).await;
    client.watch(vec![page(board, 0)]).await;
    client.until_body(|body| matches!(body, Body::PageSnapshot { rows, .. } if rows.0.len() == 2)).await;
    core.score(board, vec![(twitch(2), 60)]).await;
    client.until_body(|body| matches!(body, Body::PageDelta { ops, .. } if ops.len() == 1)).await;

    let ask = Request::Find { board, entity: twitch(1).parse().unwrap() };
    client.send(&ClientMessage::Request { id: RequestId(7), body: ask }).await;
    let Came::Message(RelayMessage::Response { id, result }) = client.next_but_ticks().await else {
        panic!("no response")
    };
    assert_eq!((id, result), (RequestId(7), Ok(Response::Found(Some(Standing { rank: 2, score: 50 })))));
}

/// T1, T3: of more requests at once than may be unanswered each is answered once, by its id, if only that it is one too
/// many.
#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_answered_once() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, vec![(twitch(1), 50)]).await;
    let mut client = relay.client().await;
    client.join().await;
    let wanted: BTreeSet<u32> = (0..limits::UNANSWERED_REQUESTS as u32 + 30).collect();
    for &id in &wanted {
        let body = Request::Find { board, entity: twitch(id).parse().unwrap() };
        client.send(&ClientMessage::Request { id: RequestId(id), body }).await;
    }
    let mut answered = BTreeSet::new();
    while answered != wanted {
        let Came::Message(RelayMessage::Response { id, result }) = client.next_but_ticks().await else { panic!() };
        let standing = (id.0 == 1).then_some(Standing { rank: 1, score: 50 });
        match result {
            Err(error) if id.0 >= limits::UNANSWERED_REQUESTS as u32 => {
                assert_eq!(error.code, ErrorCode::TooManyRequests);
            }
            result => assert_eq!(result, Ok(Response::Found(standing))),
        }
        assert!(answered.insert(id.0), "{id} is answered twice");
    }
}

/// E14: entities of the address's query are tracked from the start.
#[tokio::test(flavor = "multi_thread")]
async fn the_query_tracks() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, vec![(twitch(1), 50), (twitch(2), 40)]).await;
    let mut client = TestClient::connect(relay.addr(), "/v1/live?track_user=twitch:2&track_user=irc:ann").await;
    let tracked: Vec<String> = client.greet().await.tracked.iter().map(ToString::to_string).collect();
    assert_eq!(tracked, ["twitch:2", "irc:ann"]);
    client
        .until_body(|body| match body {
            Body::Track { standings, .. } => standings.iter().any(|s| s.at.is_some_and(|at| at.rank == 2)),
            _ => false,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_with_the_handshake_is_not_lost() {
    let (_core, relay, _board) = TestRelay::with_core(|_| {}).await;
    let mut stream = TcpStream::connect(relay.addr()).await.unwrap();
    let payload = codec::encode(&hello());
    let mut bytes = http::handshake("/v1/live", http::SUBPROTOCOL).into_bytes();
    // A client's frame is masked; with a mask of zeros the payload stays as it is.
    bytes.extend([0x82, 0x80 | payload.len() as u8, 0, 0, 0, 0]);
    bytes.extend(&payload);
    stream.write_all(&bytes).await.unwrap();
    let answer = http::read(&mut stream).await;
    assert_eq!(answer.status, 101);
    assert!(answer.head.contains("sec-websocket-protocol: scorelay.v1"), "{}", answer.head);
    assert!(answer.head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{}", answer.head);
    let header = timeout(LONG, stream.read_u16()).await.unwrap().unwrap();
    let mut message = vec![0; usize::from(header & 0x7F)];
    stream.read_exact(&mut message).await.unwrap();
    assert_eq!(header >> 8, 0x82);
    assert!(matches!(codec::decode_client(&message), Ok(RelayMessage::Welcome(_))));
}

/// T2: a client that says goodbye, and one that just ends its half, both leave cleanly, each with its reason.
#[tokio::test(flavor = "multi_thread")]
async fn either_way_of_leaving_is_counted() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    let mut polite = relay.client().await;
    polite.greet().await;
    polite.ws.close(None).await.unwrap();
    assert!(matches!(polite.next_but_ticks().await, Came::Close(_)));
    assert!(matches!(polite.next().await, Came::End));
    relay.counts_leave("closed").await;

    let mut halved = relay.client().await;
    halved.join().await;
    halved.watch(vec![page(board, 0)]).await;
    halved.tick().await;
    halved.ws.get_mut().shutdown().await.unwrap();
    while !matches!(halved.next().await, Came::End) {}
    relay.counts_leave("reset").await;

    // The half that the client reads by is gone: the relay learns of it by writing.
    let mut deaf = relay.client().await;
    deaf.join().await;
    deaf.watch(vec![page(board, 0)]).await;
    deaf.tick().await;
    let stream = deaf.ws.get_mut();
    socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(deaf);
    core.score(board, vec![(twitch(1), 1)]).await;
    relay.counts_leave("failed").await;
    relay.shows("scorelay_relay_clients", 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_asked_after_and_then_ended() {
    let (_core, relay, _board) = TestRelay::with_core(|config| {
        config.client_deadlines.ping_after = Duration::from_millis(100);
        config.client_deadlines.gone_after = Duration::from_millis(1_000);
    })
    .await;
    let mut silent = relay.client().await;
    silent.greet().await;
    // Reading would answer pings; the kernel alone does not.
    let start = Instant::now();
    let mut bytes = [0; 4_096];
    until("the error is on its way", async || {
        let peeked = silent.ws.get_ref().peek(&mut bytes).await.unwrap();
        bytes[..peeked].windows(8).any(|part| part == b"too-slow")
    })
    .await;
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    assert_eq!(silent.expelled().await, (ErrorCode::TooSlow, 1008, "too-slow".into()));
    drop(silent);
    relay.counts_leave("silent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_answers_pings_stays() {
    let (core, relay, board) = TestRelay::with_core(|config| {
        config.client_deadlines.ping_after = Duration::from_millis(50);
        config.client_deadlines.gone_after = Duration::from_millis(400);
    })
    .await;
    let mut client = relay.client().await;
    client.join().await;
    client.watch(vec![page(board, 0)]).await;
    client.tick().await;
    let start = Instant::now();
    let heard = "scorelay_relay_client_bytes_in_total";
    let before = relay.metric(heard).await;
    let listen = client.until_body(|body| matches!(body, Body::PageDelta { .. } | Body::PageSnapshot { .. }));
    let late = async {
        // A pong has 6 bytes, and a ping comes after 50 ms: so many take three times as long as silence may last.
        until("it has answered 24 pings", async || relay.metric(heard).await >= before + 24.0 * 6.0).await;
        core.score(board, vec![(twitch(1), 1)]).await;
    };
    tokio::join!(listen, late);
    assert!(start.elapsed() >= Duration::from_millis(1_000), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_has_a_deadline() {
    let (_core, relay, _board) = TestRelay::with_core(|config| {
        config.client_deadlines.first_message = Duration::from_millis(100);
    })
    .await;
    let mut client = relay.client().await;
    assert_eq!(client.expelled().await, (ErrorCode::TooSlow, 1008, "too-slow".into()));
    assert!(matches!(client.next().await, Came::End));
    drop(client);
    relay.counts_leave("too-slow").await;
}

/// T3: a client that does not read costs one unfinished message, and the others' updates go on; a stuck one is let go.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stops_delays_nobody() {
    let (core, relay, board) = TestRelay::with_core(|config| {
        config.client_deadlines.stuck = Duration::from_millis(1_500);
    })
    .await;
    let rows =
        |round: i64| (0..2_000u32).map(|n| (format!("word:{n:0>100}"), i64::from(n % 97) * round)).collect::<Vec<_>>();
    core.score(board, rows(1)).await;
    let stuck = TcpStream::connect(relay.addr()).await.unwrap();
    socket2::SockRef::from(&stuck).set_recv_buffer_size(4_096).unwrap();
    let mut stuck = TestClient::over(stuck, relay.addr(), "/v1/live").await.unwrap();
    stuck.join().await;
    stuck.watch((0..60).map(|n| page(board, n)).collect()).await;
    let mut reader = relay.client().await;
    reader.join().await;
    reader.watch(vec![page(board, 0)]).await;
    let mut round = 1;
    let end = Instant::now() + LONG;
    while relay.metric("scorelay_relay_disconnects_total{reason=\"stuck\"}").await == 0.0 {
        round += 1;
        core.score(board, rows(round)).await;
        let before = Instant::now();
        reader.until_body(|body| matches!(body, Body::PageDelta { .. } | Body::PageSnapshot { .. })).await;
        assert!(before.elapsed() < Duration::from_secs(1), "an update took {:?}", before.elapsed());
        assert!(before < end, "the stuck client is still there");
    }
    assert_eq!(relay.metric("scorelay_relay_clients").await, 1.0);
}

/// T5, E1: at a shutdown every client is told when to come back, and everything ends.
#[tokio::test(flavor = "multi_thread")]
async fn clients_are_sent_away_at_a_shutdown() {
    let (_core, relay, _board) = TestRelay::with_core(|_| {}).await;
    let mut client = relay.client().await;
    client.greet().await;
    let open_socket = TcpStream::connect(relay.addr()).await.unwrap();
    let addr = relay.addr();
    relay.shut_down();
    let Came::Message(RelayMessage::GoAway { reason, retry_after_ms }) = client.next_but_ticks().await else {
        panic!("no GoAway")
    };
    let (least, most) = limits::GO_AWAY_RETRY_MS;
    assert_eq!(reason, GoAway::ShuttingDown);
    assert!((least..=most).contains(&retry_after_ms));
    let Came::Close(Some(frame)) = client.next().await else { panic!("no close frame") };
    assert_eq!(u16::from(frame.code), 1001);
    assert!(matches!(client.next().await, Came::End));
    drop(client);
    let ended = relay.stop().await;
    assert!(ended.is_clean(), "{ended:?}");
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens any more");
    drop(open_socket);
}

/// E1: a client that has answered the close frame holds nobody up, however long it keeps its socket open.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_left_open_after_the_close_frames_is_not_waited_for() {
    let (_core, relay, _board) = TestRelay::with_core(|config| config.client_deadlines.close = 10 * LONG).await;
    let mut expelled = relay.client().await;
    expelled.greet().await;
    expelled.send(&hello()).await;
    assert_eq!(expelled.expelled().await.0, ErrorCode::OutOfOrder);
    // Reading on sends the answer.
    assert!(matches!(expelled.next().await, Came::End));
    relay.shows("scorelay_relay_clients", 0.0).await;

    let mut sent_away = relay.client().await;
    sent_away.greet().await;
    relay.shut_down();
    while !matches!(sent_away.next().await, Came::End) {}
    let ended = relay.stop().await;
    assert!(ended.is_clean(), "{ended:?}");
    drop((expelled, sent_away));
}

/// E1: one that does not answer is waited for, and then cut.
#[tokio::test(flavor = "multi_thread")]
async fn a_close_frame_without_an_answer_is_waited_for() {
    let wait = Duration::from_millis(300);
    let (_core, relay, _board) = TestRelay::with_core(|config| config.client_deadlines.close = wait).await;
    let mut client = relay.client().await;
    client.greet().await;
    let start = Instant::now();
    let ended = relay.stop().await;
    assert!(ended.is_clean(), "{ended:?}");
    assert!(start.elapsed() >= wait / 2, "{:?}", start.elapsed());
    drop(client);
}
