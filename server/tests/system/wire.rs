//! A bare client on a socket that counts every byte it is sent. It understands messages but holds no replica: what
//! travels is what it is here to see.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use scorelay_protocol::client::{Add, ClientMessage, RelayMessage, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::feed::{Body, DirectoryChange, Feed};
use scorelay_protocol::ids::{BoardNo, Generation, PageNo, Position, TickNo};
use scorelay_protocol::limits::SUBPROTOCOL;
use scorelay_protocol::tick::Tick;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

use crate::until::DEADLINE;

/// A connection.
pub(crate) struct Bare {
    socket: WebSocket<TcpStream>,
    generation: Generation,
    /// Bytes of all messages so far, without WebSocket headers.
    pub(crate) bytes: usize,
    /// The tick it has been brought to.
    pub(crate) tick: TickNo,
}

impl Bare {
    /// Connects and says `Hello`.
    pub(crate) fn connect(origin: &str, resume: Option<Position>) -> (Self, Welcome) {
        let host = origin.strip_prefix("http://").expect("an http origin");
        let stream = TcpStream::connect(host).expect("the relay listens");
        let mut request = format!("ws://{host}/v1/live").into_client_request().expect("a valid address");
        let protocol = SUBPROTOCOL.parse().expect("a valid header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (mut socket, _) = client(request, stream).expect("the relay upgrades");
        let hello = ClientMessage::Hello { resume, agent: "system test".into() };
        socket.send(Message::binary(codec::encode(&hello))).expect("the relay reads");
        socket.get_mut().set_read_timeout(Some(Duration::from_millis(20))).expect("a socket takes a timeout");
        let mut bare = Self { socket, generation: Generation(0), bytes: 0, tick: TickNo(0) };
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < DEADLINE, "no welcome");
            if let Some(RelayMessage::Welcome(welcome)) = bare.receive() {
                bare.tick = welcome.position.tick;
                return (bare, welcome);
            }
        }
    }

    /// Changes the mask.
    pub(crate) fn watch(&mut self, remove: Vec<Feed>, add: Vec<Add>) {
        self.generation.0 += 1;
        let message = ClientMessage::Watch { generation: self.generation, remove, add };
        self.socket.send(Message::binary(codec::encode(&message))).expect("the relay reads");
    }

    /// The next message, if one comes within a moment.
    pub(crate) fn receive(&mut self) -> Option<RelayMessage> {
        match self.socket.read() {
            Ok(Message::Binary(bytes)) => {
                self.bytes += bytes.len();
                let message = codec::decode_client(&bytes).expect("a message of the protocol");
                if let RelayMessage::Tick(tick) = &message {
                    self.tick.0 += tick.head.ticks;
                }
                Some(message)
            }
            Ok(_) => None,
            Err(Error::Io(e)) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => None,
            Err(error) => panic!("the relay ended the connection: {error}"),
        }
    }

    /// The next tick for which `wanted` gives something.
    pub(crate) fn tick<T>(&mut self, what: &str, mut wanted: impl FnMut(&Tick) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(RelayMessage::Tick(tick)) = self.receive()
                && let Some(found) = wanted(&tick)
            {
                return found;
            }
            assert!(start.elapsed() < DEADLINE, "gave up: {what}");
        }
    }

    /// The number of a board, from the directory.
    pub(crate) fn board(&mut self, id: &str) -> BoardNo {
        self.watch(Vec::new(), vec![Add { feed: Feed::Directory, known: None }]);
        self.tick("the directory names the board", |tick| {
            tick.bodies.iter().find_map(|body| match body {
                Body::Directory { changes, .. } => changes.iter().find_map(|change| match change {
                    DirectoryChange::Put(info) if info.id == id => Some(info.board),
                    _ => None,
                }),
                _ => None,
            })
        })
    }

    /// Bytes that come while `time` passes.
    pub(crate) fn bytes_within(&mut self, time: Duration) -> usize {
        let (start, before) = (Instant::now(), self.bytes);
        while start.elapsed() < time {
            self.receive();
        }
        self.bytes - before
    }
}

/// A page, not held before.
pub(crate) fn page(board: BoardNo, page: u32) -> Add {
    known(board, page, None)
}

/// A page, held as of a tick.
pub(crate) fn known(board: BoardNo, page: u32, known: Option<TickNo>) -> Add {
    Add { feed: Feed::Page { board, page: PageNo(page) }, known }
}
