//! A local server that the core's sources connect to: each connection is handed to the test, which reads and writes it
//! as it likes.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use crate::until::{DEADLINE, until};

/// The server.
pub(crate) struct Listener {
    listener: TcpListener,
}

/// One connection.
pub(crate) struct Peer {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

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
        let (stream, _) = until("the source connects", DEADLINE, || self.listener.accept().ok());
        stream.set_nonblocking(false).expect("a socket takes options");
        stream.set_nodelay(true).expect("a socket takes options");
        stream.set_read_timeout(Some(DEADLINE)).expect("a socket takes a timeout");
        let lines = BufReader::new(stream.try_clone().expect("a socket can be cloned"));
        Peer { stream, lines }
    }

    /// The next connection, answered as an endless HTTP answer.
    pub(crate) fn accept_http(&self) -> Peer {
        let mut peer = self.accept();
        while !peer.line().is_empty() {}
        peer.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
        peer
    }
}

impl Peer {
    /// The next line, without its end.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("the source writes");
        line.trim_end().to_owned()
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
        self.stream.write_all(text.as_bytes()).is_ok()
    }

    /// Writes bytes that need not be whole characters.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Waits until the other side has ended the connection.
    pub(crate) fn ended(mut self) -> bool {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.lines, &mut rest).is_ok()
    }

    /// Ends the connection.
    pub(crate) fn close(self) {
        // It may have gone away before.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// A block of the chat stream.
pub(crate) fn block(nick: &str, body: &str) -> String {
    let data = serde_json::json!({
        "command": "", "room": "#room", "nick": nick, "target": "", "body": body, "tags": "",
    });
    format!("event: privmsg\nse-data: {data}\n\n")
}
