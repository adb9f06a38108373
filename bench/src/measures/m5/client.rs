//! A client reduced to its socket: an upgrade, a few frames, and then silence.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use scorelay_protocol::client::{Add, ClientMessage, RelayMessage};
use scorelay_protocol::codec;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::{BoardNo, Generation, PageNo};
use socket2::{Domain, Socket, Type};

use crate::failure::{Result, fail};

/// The number that a relay gives to the only board there is.
const BOARD: BoardNo = BoardNo(0);

/// Pages that are looked at, both ends included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    first: u32,
    last: u32,
}

impl Window {
    /// The best 100 rows.
    pub(crate) const TOP: Self = Self { first: 0, last: 3 };

    /// 50 rows that hardly anybody else looks at, of a board of so many.
    pub(crate) fn own(n: usize, rows: u32) -> Self {
        let from = (n as u32).wrapping_mul(2_654_435_761) % (rows - 50);
        Self { first: from / PageNo::ROWS, last: (from + 49) / PageNo::ROWS }
    }
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
}

impl Client {
    /// Connects from an address of loopback, and becomes a WebSocket.
    ///
    /// # Errors
    /// It is refused.
    pub(crate) fn connect(to: &str, from: [u8; 4]) -> Result<Self> {
        let to: SocketAddr = to.parse()?;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect(&to.into())?;
        socket.set_tcp_nodelay(true)?;
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "GET /v1/live HTTP/1.1\r\nHost: {to}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: scorelay.v1\r\n\r\n"
        )?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        if !head.starts_with(b"HTTP/1.1 101") {
            return fail(format!("no upgrade: {}", String::from_utf8_lossy(&head)));
        }
        Ok(Self { stream })
    }

    /// Says hello and asks for a window.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn watch(&mut self, window: Window) -> Result {
        let hello = ClientMessage::Hello { resume: None, agent: "scorelay-bench".to_owned() };
        let pages = (window.first..=window.last).map(|page| Feed::Page { board: BOARD, page: PageNo(page) });
        let add = std::iter::once(Feed::Directory).chain(pages).map(|feed| Add { feed, known: None }).collect();
        let watch = ClientMessage::Watch { generation: Generation(1), remove: Vec::new(), add };
        self.send(0x82, &codec::encode(&hello))?;
        self.send(0x82, &codec::encode(&watch))
    }

    /// Subscribes at a peer.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) fn subscribe(&mut self) -> Result {
        self.send(0x81, b"top")
    }

    /// Reads until the whole window has come.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn sees(&mut self, window: Window) -> Result {
        let mut missing: Vec<u32> = (window.first..=window.last).collect();
        while !missing.is_empty() {
            match codec::decode_client(&self.message()?)? {
                RelayMessage::Tick(tick) => missing.retain(|missing| {
                    !tick.bodies.iter().any(|body| match body {
                        Body::PageSnapshot { board, page, rows } => {
                            (*board, page.0, rows.0.len()) == (BOARD, *missing, PageNo::ROWS as usize)
                        }
                        _ => false,
                    })
                }),
                RelayMessage::Welcome(_) => {}
                other => return fail(format!("the relay says {other:?}")),
            }
        }
        Ok(())
    }

    /// Reads a peer's answer.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn is_answered(&mut self) -> Result {
        let answer = self.message()?;
        if answer.len() < 1_000 { fail("a short answer") } else { Ok(()) }
    }

    /// Whether the other end has closed it.
    pub(crate) fn is_gone(&self) -> bool {
        let _ = self.stream.set_nonblocking(true);
        match self.stream.peek(&mut [0]) {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }

    /// Sends a frame, masked with zeros.
    fn send(&mut self, first: u8, payload: &[u8]) -> Result {
        let mut frame = vec![first];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length => frame.extend([0x80 | 126, (length >> 8) as u8, length as u8]),
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        Ok(self.stream.write_all(&frame)?)
    }

    /// The next message, as long as it is one that a server sends in one frame.
    fn message(&mut self) -> Result<Vec<u8>> {
        loop {
            let mut head = [0; 2];
            self.stream.read_exact(&mut head)?;
            let length = match head[1] {
                126 => {
                    let mut length = [0; 2];
                    self.stream.read_exact(&mut length)?;
                    usize::from(u16::from_be_bytes(length))
                }
                short @ 0..126 => usize::from(short),
                _ => return fail("a message longer than any window"),
            };
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload)?;
            match head[0] {
                0x81 | 0x82 => return Ok(payload),
                0x89 | 0x8a => {}
                other => return fail(format!("a frame that begins with {other:#x}: {payload:?}")),
            }
        }
    }
}
