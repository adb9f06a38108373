//! The least HTTP client there is: one request, one answer, as bytes on a socket, so that tests see what is really
//! sent.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::LONG;

/// What came back.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// The head as it was sent.
    sent: String,
    pub(crate) body: String,
}

impl HttpAnswer {
    /// A header's value; heads are in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The tag, whose case matters.
    pub(crate) fn etag(&self) -> &str {
        self.sent.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// A field of a problem+json body.
    pub(crate) fn problem(&self, field: &str) -> serde_json::Value {
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        body[field].clone()
    }
}

pub(crate) async fn get(addr: SocketAddr, path: &str) -> HttpAnswer {
    send(addr, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await
}

/// A handshake with these further headers, each with its line's end.
pub(crate) fn handshake(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

pub(crate) const SUBPROTOCOL: &str = "Sec-WebSocket-Protocol: scorelay.v1\r\n";

/// Sends a request and reads to the end of the answer's declared length.
pub(crate) async fn send(addr: SocketAddr, request: &str) -> HttpAnswer {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    read(&mut stream).await
}

/// Reads one answer.
pub(crate) async fn read(stream: &mut TcpStream) -> HttpAnswer {
    let mut answer = read_head(stream).await;
    let length = answer.header("content-length").map(|length| length.parse().unwrap());
    let mut body = vec![0; length.unwrap_or(0)];
    timeout(LONG, stream.read_exact(&mut body)).await.unwrap().unwrap();
    answer.body = String::from_utf8(body).unwrap();
    answer
}

/// Reads an answer's head, all there is after HEAD.
pub(crate) async fn read_head(stream: &mut TcpStream) -> HttpAnswer {
    let mut bytes = Vec::new();
    let sent = loop {
        let byte = timeout(LONG, stream.read_u8()).await.unwrap().unwrap();
        bytes.push(byte);
        if bytes.ends_with(b"\r\n\r\n") {
            break String::from_utf8(bytes).unwrap();
        }
    };
    let head = sent.to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    HttpAnswer { status, head, sent, body: String::new() }
}
