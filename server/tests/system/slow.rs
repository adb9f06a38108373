//! Clients that never read: they cost the relay no memory, and the others nothing.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use scorelay_protocol::client::{Add, ClientMessage, RelayMessage};
use scorelay_protocol::codec;
use scorelay_protocol::feed::{Body, DirectoryChange, Feed};
use scorelay_protocol::ids::{Generation, PageNo};
use scorelay_protocol::limits::SUBPROTOCOL;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::process::{Process, metric, path, ready, resident, scorelay, scorelay_relay};
use crate::until::{DEADLINE, throughout, until};

const CLIENTS: usize = 1_000;
const STUCK: usize = 100;

/// Connects and watches the first four pages of the board.
async fn watcher(host: &str) -> WebSocketStream<TcpStream> {
    let mut request = format!("ws://{host}/v1/live").into_client_request().expect("a valid address");
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().expect("a valid header"));
    let stream = TcpStream::connect(host).await.expect("the relay listens");
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("the relay upgrades");
    let directory = vec![Add { feed: Feed::Directory, known: None }];
    let hello = ClientMessage::Hello { resume: None, agent: "system test".into() };
    let watch = |generation, remove, add| ClientMessage::Watch { generation: Generation(generation), remove, add };
    for message in [hello, watch(1, Vec::new(), directory)] {
        socket.send(Message::binary(codec::encode(&message))).await.expect("the relay reads");
    }
    let board = loop {
        let message = socket.next().await.expect("the relay answers").expect("without an error");
        let RelayMessage::Tick(tick) = codec::decode_client(&message.into_data()).expect("a message") else { continue };
        let put = tick.bodies.iter().find_map(|body| match body {
            Body::Directory { changes, .. } => changes.iter().find_map(|change| match change {
                DirectoryChange::Put(info) => Some(info.board),
                _ => None,
            }),
            _ => None,
        });
        if let Some(board) = put {
            break board;
        }
    };
    let pages = (0..4).map(|page| Add { feed: Feed::Page { board, page: PageNo(page) }, known: None }).collect();
    socket.send(Message::binary(codec::encode(&watch(2, Vec::new(), pages)))).await.expect("the relay reads");
    socket
}

/// 1,000 clients of a busy board, 100 of which never read: what the relay's memory does from second `from` to `to`.
fn run(from: Duration, to: Duration) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let dir = dir.path();
    let data = dir.join("data");
    let arguments = ["serve", "--demo", "--demo-size", "2000", "--demo-rate", "2000", "--data", path(&data)];
    let more = ["--listen", "none", "--link", "tcp:127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut core = Process::start(&scorelay(), &[&arguments[..], &more[..]].concat(), dir);
    let link = core.address("link");
    let arguments = ["--upstream", &link, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut relay = Process::start(&scorelay_relay(), &arguments, dir);
    let (origin, metrics) = (relay.address("listen"), relay.address("metrics"));
    ready(&metrics);

    let host = origin.strip_prefix("http://").expect("an http origin").to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (heard, mut stuck) = (std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)), Vec::new());
    let counter = heard.clone();
    let client_thread = std::thread::spawn(move || {
        runtime.block_on(async move {
            for n in 0..CLIENTS {
                let mut socket = watcher(&host).await;
                if n < STUCK {
                    stuck.push(socket);
                    continue;
                }
                let counter = counter.clone();
                tokio::spawn(async move {
                    while let Some(Ok(_)) = socket.next().await {
                        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                });
            }
            // They read nothing until the relay goes, but show that they live: otherwise it would take them for gone.
            let mut last = watcher(&host).await;
            let mut beat = tokio::time::interval(Duration::from_secs(10));
            loop {
                tokio::select! {
                    message = last.next() => if !matches!(message, Some(Ok(_))) { break },
                    _ = beat.tick() => for socket in &mut stuck {
                        let _ = socket.send(Message::Pong(Vec::new().into())).await;
                    },
                }
            }
            drop(stuck);
        });
    });
    until("all clients are there", 2 * DEADLINE, || {
        (metric(&metrics, "scorelay_relay_clients")? >= (CLIENTS + 1) as f64).then_some(())
    });
    let start = Instant::now();
    let heard = || heard.load(std::sync::atomic::Ordering::Relaxed);
    throughout("the clients stay", from, || metric(&metrics, "scorelay_relay_clients") == Some((CLIENTS + 1) as f64));
    let (memory, messages) = (resident(relay.pid()), heard());
    throughout("the clients stay", to - start.elapsed(), || {
        metric(&metrics, "scorelay_relay_clients") == Some((CLIENTS + 1) as f64)
    });
    let (grown, told) = (resident(relay.pid()).saturating_sub(memory), heard() - messages);
    println!("memory grew by {grown} bytes while {told} messages were read");
    assert!(grown < 2 << 20, "the relay grew by {grown} bytes");
    let readers = (CLIENTS - STUCK) as u64;
    assert!(told >= readers * (to - from).as_secs(), "only {told} messages for {readers} readers");
    assert!(relay.terminate() && core.terminate());
    client_thread.join().expect("the clients end with the relay");
}

/// T3: stuck clients cost no memory and delay nobody; the short form.
#[test]
fn stuck_clients_cost_nothing() {
    run(Duration::from_secs(5), Duration::from_secs(12));
}

/// T3: the same from second 10 to second 60.
#[test]
#[ignore = "takes a minute; part of `cargo xtask test --long`"]
fn stuck_clients_cost_nothing_for_a_minute() {
    run(Duration::from_secs(10), Duration::from_secs(60));
}
