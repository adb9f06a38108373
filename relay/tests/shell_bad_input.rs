//! What clients may do wrong on an open connection: each wrong gets its error and its close code, and nobody else
//! notices. Wrong handshakes are in `shell_front.rs`, wrong links in `shell_links.rs`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use scorelay_protocol::client::{ClientMessage, RelayMessage, Request};
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::{BoardNo, RequestId};
use scorelay_protocol::limits;
use shell_kit::TestRelay;
use shell_kit::client::{Came, TestClient, hello, page};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

/// A relay and a client that must not notice anything.
async fn bystander() -> (shell_kit::core::TestCore, TestRelay, BoardNo, TestClient) {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    let mut client = relay.client().await;
    client.join().await;
    client.watch(vec![page(board, 0)]).await;
    client.tick().await;
    (core, relay, board, client)
}

async fn unharmed(core: &shell_kit::core::TestCore, board: BoardNo, client: &mut TestClient) {
    core.score(board, vec![("twitch:1".into(), i64::from(rand::random::<u16>()) + 1)]).await;
    client.until_body(|body| matches!(body, Body::PageDelta { .. } | Body::PageSnapshot { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_message_has_its_error_and_close_code() {
    let (core, relay, board, mut other) = bystander().await;
    let watch = codec::encode(&ClientMessage::Pace { every_ms: 1 });
    let binary = |bytes: Vec<u8>| Message::Binary(bytes.into());
    let cases: [(&str, bool, Message, ErrorCode, u16); 7] = [
        ("nothing at all", true, binary(vec![]), ErrorCode::Malformed, 1002),
        ("an unknown message", true, binary(vec![250, 1, 2]), ErrorCode::Malformed, 1002),
        ("a message and more", true, binary([watch.clone(), vec![0]].concat()), ErrorCode::Malformed, 1002),
        ("text", true, Message::Text("{}".into()), ErrorCode::NotBinary, 1003),
        ("too much", true, binary(vec![0; limits::CLIENT_FRAME_BYTES + 1]), ErrorCode::TooLarge, 1009),
        ("a message before Hello", false, binary(watch), ErrorCode::OutOfOrder, 1002),
        ("Hello again", true, binary(codec::encode(&hello())), ErrorCode::OutOfOrder, 1002),
    ];
    for (what, greet, message, code, close) in cases {
        let mut client = relay.client().await;
        if greet {
            client.greet().await;
        }
        client.frame(message).await;
        assert_eq!(client.expelled().await, (code, close, code.name().to_owned()), "{what}");
        assert!(matches!(client.next().await, Came::End), "{what}");
    }
    unharmed(&core, board, &mut other).await;
    relay.shows("scorelay_relay_clients", 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn truncated_messages_are_malformed() {
    let (core, relay, board, mut other) = bystander().await;
    let whole = codec::encode(&ClientMessage::Request {
        id: RequestId(1),
        body: Request::Around { board, entity: "twitch:1234".parse().unwrap(), rows: 5 },
    });
    for length in 1..whole.len() {
        let mut client = relay.client().await;
        client.greet().await;
        client.frame(Message::Binary(whole[..length].to_vec().into())).await;
        assert_eq!(client.expelled().await.0, ErrorCode::Malformed, "{length} of {} bytes", whole.len());
    }
    unharmed(&core, board, &mut other).await;
}

/// Random bytes, below WebSocket and in its messages: the connection ends or the bytes were a message, never more.
#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_harm_nobody() {
    let (core, relay, board, mut other) = bystander().await;
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    for round in 0..60 {
        let mut client = relay.client().await;
        client.greet().await;
        let mut bytes = vec![0; random.random_range(1..300)];
        random.fill_bytes(&mut bytes);
        if round % 2 == 0 {
            client.frame(Message::Binary(bytes.into())).await;
        } else {
            let _ = client.ws.get_mut().write_all(&bytes).await;
        }
        let _ = client.ws.get_mut().shutdown().await;
        loop {
            match client.next().await {
                Came::End => break,
                Came::Message(RelayMessage::Tick(_) | RelayMessage::Error(_) | RelayMessage::Response { .. }) => {}
                Came::Close(_) => {}
                Came::Message(other) => panic!("seed {seed} round {round}: {other:?}"),
            }
        }
    }
    unharmed(&core, board, &mut other).await;
    relay.shows("scorelay_relay_clients", 1.0).await;
}

/// E12: a mask has a size; what is over it is refused, the mask stays, and the connection lives on. Boards that are
/// not there and absurd ranges are answered.
#[tokio::test(flavor = "multi_thread")]
async fn refusals_that_a_connection_survives() {
    let (core, _relay, board, mut client) = bystander().await;
    let nowhere = BoardNo(4_000_000);
    let error = async |client: &mut TestClient| loop {
        match client.next().await {
            Came::Message(RelayMessage::Error(error)) => return error.code,
            Came::Message(RelayMessage::Response { result: Err(error), .. }) => return error.code,
            Came::Message(_) => {}
            other => panic!("instead of an error: {other:?}"),
        }
    };
    client.watch((0..=limits::MASK_FEEDS as u32).map(|n| page(board, n)).collect()).await;
    assert_eq!(error(&mut client).await, ErrorCode::MaskFull);
    let tracks = (0..=limits::MASK_TRACKS).map(|n| Feed::Track { entity: format!("a:{n}").parse().unwrap() });
    client.watch(tracks.collect()).await;
    assert_eq!(error(&mut client).await, ErrorCode::MaskFull);
    let entity = "twitch:1".parse().unwrap();
    let ask = Request::Around { board: nowhere, entity, rows: u32::MAX };
    client.send(&ClientMessage::Request { id: RequestId(1), body: ask }).await;
    assert!(matches!(error(&mut client).await, ErrorCode::UnknownBoard | ErrorCode::BadRange));
    client.watch(vec![page(board, u32::MAX)]).await;
    client.until_body(|body| matches!(body, Body::PageSnapshot { rows, .. } if rows.0.is_empty())).await;
    unharmed(&core, board, &mut client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_pings_have_a_rate() {
    let (core, relay, board, mut other) = bystander().await;
    let pace = Message::Binary(codec::encode(&ClientMessage::Pace { every_ms: 1 }).into());
    for message in [pace, Message::Ping(Vec::new().into())] {
        let mut client = relay.client().await;
        client.greet().await;
        // Far more than a slow machine's seconds allow.
        for _ in 0..30 * limits::CLIENT_MESSAGES_PER_SECOND {
            client.frame(message.clone()).await;
        }
        assert_eq!(client.expelled().await, (ErrorCode::TooFast, 1008, "too-fast".into()));
    }
    unharmed(&core, board, &mut other).await;
}
