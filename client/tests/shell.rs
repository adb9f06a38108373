//! The tokio shell over a real socket on the loopback, against the model relay: halves, answers, reconnects. What the
//! core does in all this is tested in the other files.
#![cfg(feature = "shell")]

mod model;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use model::conn::Conn;
use model::random::Random;
use model::world::World;
use model::{Relay, State};
use scorelay_client::core::{Disconnect, Event, RequestError, Status, ViewId};
use scorelay_client::protocol::client::RelayMessage;
use scorelay_client::protocol::codec;
use scorelay_client::protocol::limits::SUBPROTOCOL;
use scorelay_client::protocol::tick::Freshness;
use scorelay_client::shell::{ConnectOptions, Receiver, Sender, connect};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

const WITHIN: Duration = Duration::from_secs(20);

struct Server {
    relay: Arc<Mutex<Relay>>,
    address: SocketAddr,
    /// Raised to cut all connections.
    cut: watch::Sender<u32>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve() -> Server {
    let mut random = Random(3);
    let mut world = World::default();
    world.add("messages", 90, &mut random);
    let relay = Arc::new(Mutex::new(Relay::new(&mut random, &world)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let cut = watch::Sender::new(0);
    let (shared, cuts) = (relay.clone(), cut.clone());
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (shared, mut cut) = (shared.clone(), cuts.subscribe());
            tokio::spawn(async move {
                tokio::select! {
                    () = talk(stream, shared) => {}
                    _ = cut.changed() => {}
                }
            });
        }
    });
    Server { relay, address, cut, task }
}

#[expect(clippy::result_large_err, reason = "the handshake's callback has this type")]
async fn talk(stream: TcpStream, relay: Arc<Mutex<Relay>>) {
    let agree = |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
        assert_eq!(request.uri().path(), "/v1/live");
        assert_eq!(request.headers()["sec-websocket-protocol"], SUBPROTOCOL);
        response.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().expect("a header"));
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, agree).await else { return };
    let mut conn = Conn::new(&relay.lock().expect("no panic under this lock"), Vec::new());
    let mut random = Random(4);
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    loop {
        let reply = tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    let message = codec::decode_client(&bytes).expect("the client sends messages");
                    conn.receive(&relay.lock().expect("no panic under this lock"), message)
                }
                Some(Ok(_)) => None,
                _ => return,
            },
            _ = ticks.tick() => {
                let relay = relay.lock().expect("no panic under this lock");
                conn.flush(&relay, Freshness::Live, &mut random).map(RelayMessage::Tick)
            }
        };
        if let Some(reply) = reply
            && socket.send(Message::binary(codec::encode(&reply))).await.is_err()
        {
            return;
        }
    }
}

fn join(server: &Server) -> (Sender, Receiver) {
    connect(ConnectOptions::new(format!("http://{}", server.address))).expect("a good URL")
}

async fn until(sender: &Sender, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut statuses = sender.state().statuses();
    let reached = tokio::time::timeout(WITHIN, statuses.wait_for(|status| wanted(status))).await;
    reached.unwrap_or_else(|_| panic!("not {what}: {:?}", sender.state().status())).expect("the client runs").clone()
}

async fn complete(receiver: &mut Receiver, view: ViewId) -> Vec<(u32, i64)> {
    let wait = async {
        loop {
            let snapshot = receiver.state().view(view).expect("the view");
            if snapshot.complete {
                return snapshot.rows.into_iter().flatten().map(|row| (row.rank, row.score)).collect();
            }
            receiver.recv().await.expect("the client runs");
        }
    };
    tokio::time::timeout(WITHIN, wait).await.expect("rows in time")
}

fn truth(state: &State, from: usize, to: usize) -> Vec<(u32, i64)> {
    let (_, rows) = state.named("messages").expect("the board");
    (from..=to.min(rows.len())).map(|rank| (rank as u32, rows[rank - 1].1)).collect()
}

fn is_live(status: &Status) -> bool {
    matches!(status, Status::Live { .. })
}

/// T1: an answer is the return of its call, and never among what `recv` gives. E5: rows arrive by the binary protocol.
#[tokio::test]
async fn answers_and_broadcasts_are_apart() {
    let server = serve().await;
    let (sender, mut receiver) = join(&server);
    let view = sender.watch_board("messages", 20, 40).expect("a window");
    let rows = complete(&mut receiver, view).await;
    let (entity, expected, state) = {
        let relay = server.relay.lock().expect("no panic under this lock");
        let state = relay.now().clone();
        (state.named("messages").expect("the board").1[24].0.clone(), truth(&state, 20, 40), state)
    };
    assert_eq!(rows, expected);

    while let Ok(event) = tokio::time::timeout(Duration::ZERO, receiver.recv()).await {
        assert!(event.is_some());
    }
    let (found, around, missing) = tokio::join!(
        sender.find("messages", entity.clone()),
        sender.around("messages", entity.clone(), 2),
        sender.find("nothing", entity.clone()),
    );
    assert_eq!(found.map(|standing| standing.map(|at| at.rank)), Ok(Some(25)));
    let around: Vec<_> = around.expect("an answer").iter().map(|row| (row.rank, row.score)).collect();
    assert_eq!(around, truth(&state, 23, 27));
    assert_eq!(missing, Err(RequestError::NoSuchBoard("nothing".to_owned())));
    let quiet = tokio::time::timeout(Duration::ZERO, receiver.recv()).await;
    assert!(quiet.is_err(), "no broadcast came of it: {quiet:?}");
}

/// T2: each half lives without the other, both see a disconnect and its reason, and the client comes back by itself.
#[tokio::test]
async fn halves_live_apart() {
    let server = serve().await;
    let (sender, mut receiver) = join(&server);
    let view = sender.watch_board("messages", 1, 50).expect("a window");
    let before = complete(&mut receiver, view).await;
    let is_offline = |status: &Status| matches!(status, Status::Offline { reason: Disconnect::Lost(_), .. });

    let mut statuses = receiver.state().statuses();
    server.cut.send_modify(|times| *times += 1);
    until(&sender, "offline", is_offline).await;
    assert!(tokio::time::timeout(WITHIN, statuses.wait_for(is_offline)).await.is_ok());
    until(&sender, "live again", is_live).await;
    assert_eq!(complete(&mut receiver, view).await, before);
    assert_eq!(receiver.state().stats().resumed, 1);

    drop(sender);
    server.cut.send_modify(|times| *times += 1);
    let heard = async { while receiver.recv().await.is_some_and(|event| event != Event::StatusChanged) {} };
    tokio::time::timeout(WITHIN, heard).await.expect("the other half is told");
    assert_eq!(complete(&mut receiver, view).await, before);

    let (sender, receiver) = join(&server);
    drop(receiver);
    until(&sender, "live", is_live).await;
    let found = sender.find("messages", "nobody:0".parse().expect("an entity")).await;
    assert_eq!(found, Ok(None));
}

/// Closing ends both halves, and whoever waits.
#[tokio::test]
async fn closing_ends_both() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = nobody.local_addr().expect("it is bound");
    drop(nobody);
    let (sender, mut receiver) = connect(ConnectOptions::new(format!("ws://{address}"))).expect("a good URL");
    let unreachable = |status: &Status| matches!(status, Status::Offline { reason: Disconnect::Unreachable(_), .. });
    until(&sender, "unreachable", unreachable).await;
    let asker = sender.clone();
    let asked = tokio::spawn(async move { asker.find("messages", "a:b".parse().expect("an entity")).await });
    tokio::task::yield_now().await;
    sender.close();
    let answer = tokio::time::timeout(WITHIN, asked).await.expect("an end").expect("no panic");
    assert_eq!(answer, Err(RequestError::Disconnected(Disconnect::Closed)));
    let ended = async { while receiver.recv().await.is_some() {} };
    tokio::time::timeout(WITHIN, ended).await.expect("the receiving half ends");
    assert!(matches!(receiver.state().status(), Status::Closed { .. }));
}

/// A TLS origin is dialed with TLS: a plain server's answer is an error, not a hang or a panic.
#[tokio::test]
async fn tls_is_spoken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let first = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut byte = [0];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut byte).await.expect("a byte");
        byte[0]
    });
    let (sender, _receiver) =
        connect(ConnectOptions::new(format!("https://localhost:{}", address.port()))).expect("a URL");
    let hello = tokio::time::timeout(WITHIN, first).await.expect("it dials").expect("no panic");
    assert_eq!(hello, 0x16, "a TLS handshake record");
    until(&sender, "offline", |status| matches!(status, Status::Offline { .. })).await;
}
