//! A local server that the core's sources connect to: each connection is handed to the test, which reads and writes it
//! as it likes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::until::{DEADLINE, until};

/// The server.
pub(crate) struct Listener {
    listener: TcpListener,
}

/// One connection.
pub(crate) struct Peer {
    socket: TcpStream,
    stream: BufReader<Box<dyn Stream>>,
}

/// Bytes both ways, with or without TLS.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl Listener {
    /// On a free port.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a socket takes options");
        Self { listener }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().expect("a bound socket has an address").port()
    }

    /// The next connection.
    pub(crate) fn accept(&self) -> Peer {
        let socket = self.socket();
        let stream = socket.try_clone().expect("a socket can be cloned");
        Peer { socket, stream: BufReader::new(Box::new(stream)) }
    }

    /// The next connection's socket.
    pub(crate) fn socket(&self) -> TcpStream {
        let (stream, _) = until("the source connects", DEADLINE, || self.listener.accept().ok());
        stream.set_nonblocking(false).expect("a socket takes options");
        stream.set_nodelay(true).expect("a socket takes options");
        stream.set_read_timeout(Some(DEADLINE)).expect("a socket takes a timeout");
        stream
    }

    /// Whether a connection waits.
    pub(crate) fn has_waiting(&self) -> bool {
        self.listener.accept().is_ok()
    }

    /// The next connection, over TLS, or why its handshake failed.
    pub(crate) fn accept_tls(&self, config: &Arc<ServerConfig>) -> Result<Peer, String> {
        let mut socket = self.socket();
        let mut tls = ServerConnection::new(Arc::clone(config)).expect("the configuration can be used");
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).map_err(|error| error.to_string())?;
        }
        let stream = StreamOwned::new(tls, socket.try_clone().expect("a socket can be cloned"));
        Ok(Peer { socket, stream: BufReader::new(Box::new(stream)) })
    }

    /// The next connection, answered as an endless HTTP answer.
    pub(crate) fn accept_http(&self) -> Peer {
        let mut peer = self.accept();
        peer.answer_http();
        peer
    }
}

impl Peer {
    /// Reads a request and begins an endless HTTP answer; gives the request's first line.
    pub(crate) fn answer_http(&mut self) -> String {
        let request = self.line();
        while !self.line().is_empty() {}
        self.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
        request
    }

    /// The next line, without its end.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("the source writes");
        line.trim_end().to_owned()
    }

    /// The next line, nothing where the other side ends or breaks the connection instead.
    pub(crate) fn line_or_end(&mut self) -> Option<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).ok().filter(|read| *read > 0).map(|_| line)
    }

    /// Reads lines up to one that is as wanted.
    pub(crate) fn until(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.line();
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Writes; whether the other side took it.
    pub(crate) fn write(&mut self, text: &str) -> bool {
        self.write_bytes(text.as_bytes())
    }

    /// Writes bytes that need not be whole characters.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> bool {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).and_then(|()| stream.flush()).is_ok()
    }

    /// Waits until the other side has ended the connection.
    pub(crate) fn ended(mut self) -> bool {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).is_ok()
    }

    /// Ends the connection.
    pub(crate) fn close(self) {
        // It may have gone away before.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// A block of the chat stream.
pub(crate) fn block(nick: &str, body: &str) -> String {
    let data = serde_json::json!({
        "command": "", "room": "#room", "nick": nick, "target": "", "body": body, "tags": "",
    });
    format!("event: privmsg\nse-data: {data}\n\n")
}
