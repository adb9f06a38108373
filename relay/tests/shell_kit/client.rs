//! A client for tests: messages in and out, or any WebSocket frame, or raw bytes. It keeps no state of what is watched;
//! the real client has a crate of its own.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use scorelay_protocol::client::{Add, ClientMessage, RelayMessage, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::{BoardNo, Generation, PageNo};
use scorelay_protocol::tick::Tick;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::LONG;

pub(crate) struct TestClient {
    pub(crate) ws: WebSocketStream<TcpStream>,
    generation: u32,
}

/// What came next.
#[derive(Debug)]
pub(crate) enum Came {
    Message(RelayMessage),
    Close(Option<CloseFrame>),
    /// The stream's end, with or without an error.
    End,
}

pub(crate) fn hello() -> ClientMessage {
    ClientMessage::Hello { resume: None, agent: "test".into() }
}

pub(crate) fn page(board: BoardNo, page: u32) -> Feed {
    Feed::Page { board, page: PageNo(page) }
}

impl TestClient {
    /// Connects, without a hello.
    pub(crate) async fn connect(addr: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        Self::over(stream, addr, path).await.unwrap()
    }

    /// The same as a proxy does it for a client at another address.
    pub(crate) async fn forwarded(addr: SocketAddr, from: &'static str) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        Self::with_header(stream, addr, "/v1/live", Some(from)).await.unwrap()
    }

    /// Connects over a stream that is there already.
    pub(crate) async fn over(stream: TcpStream, addr: SocketAddr, path: &str) -> Result<Self, Error> {
        Self::with_header(stream, addr, path, None).await
    }

    async fn with_header(
        stream: TcpStream,
        addr: SocketAddr,
        path: &str,
        from: Option<&'static str>,
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{addr}{path}").into_client_request()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("scorelay.v1"));
        if let Some(from) = from {
            request.headers_mut().insert("X-Forwarded-For", HeaderValue::from_static(from));
        }
        let (ws, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Self { ws, generation: 0 })
    }

    pub(crate) async fn send(&mut self, message: &ClientMessage) {
        self.frame(Message::Binary(codec::encode(message).into())).await;
    }

    /// Sends any frame; that the other end is gone already is no error.
    pub(crate) async fn frame(&mut self, message: Message) {
        let _ = self.ws.send(message).await;
    }

    /// Says hello and waits for the welcome.
    pub(crate) async fn greet(&mut self) -> Welcome {
        self.send(&hello()).await;
        match self.next().await {
            Came::Message(RelayMessage::Welcome(welcome)) => welcome,
            other => panic!("instead of a welcome: {other:?}"),
        }
    }

    /// Says hello and waits until the connection knows the boards.
    pub(crate) async fn join(&mut self) {
        self.greet().await;
        self.watch(vec![Feed::Directory]).await;
        self.until_body(|body| matches!(body, Body::Directory { changes, .. } if !changes.is_empty())).await;
    }

    /// Adds feeds to the mask.
    pub(crate) async fn watch(&mut self, feeds: Vec<Feed>) {
        self.generation += 1;
        let add = feeds.into_iter().map(|feed| Add { feed, known: None }).collect();
        let generation = Generation(self.generation);
        self.send(&ClientMessage::Watch { generation, remove: Vec::new(), add }).await;
    }

    /// The next thing from the relay, pings and pongs apart.
    pub(crate) async fn next(&mut self) -> Came {
        loop {
            match timeout(LONG, self.ws.next()).await.expect("nothing came from the relay") {
                Some(Ok(Message::Binary(bytes))) => {
                    return Came::Message(codec::decode_client(&bytes).expect("a relay's message"));
                }
                Some(Ok(Message::Close(frame))) => return Came::Close(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Came::End,
            }
        }
    }

    /// The next thing that is no tick.
    pub(crate) async fn next_but_ticks(&mut self) -> Came {
        loop {
            match self.next().await {
                Came::Message(RelayMessage::Tick(_)) => {}
                other => return other,
            }
        }
    }

    pub(crate) async fn tick(&mut self) -> Tick {
        match self.next().await {
            Came::Message(RelayMessage::Tick(tick)) => tick,
            other => panic!("instead of a tick: {other:?}"),
        }
    }

    /// Ticks until one has a body that is looked for.
    pub(crate) async fn until_body(&mut self, mut wanted: impl FnMut(&Body) -> bool) {
        while !self.tick().await.bodies.iter().any(&mut wanted) {}
    }

    /// The error and the close frame that end a connection, whatever came before.
    pub(crate) async fn expelled(&mut self) -> (ErrorCode, u16, String) {
        let mut code = None;
        loop {
            match self.next().await {
                Came::Message(RelayMessage::Error(error)) => code = Some(error.code),
                Came::Message(_) => {}
                Came::Close(Some(frame)) => {
                    let code = code.expect("an error before the close frame");
                    return (code, frame.code.into(), frame.reason.to_string());
                }
                other => panic!("instead of an error and a close frame: {other:?}"),
            }
        }
    }
}

/// The first frames of a client that watches some feeds.
pub(crate) fn opening(feeds: Vec<Feed>) -> [Message; 2] {
    let add = feeds.into_iter().map(|feed| Add { feed, known: None }).collect();
    let watch = ClientMessage::Watch { generation: Generation(1), remove: Vec::new(), add };
    [hello(), watch].map(|message| Message::Binary(codec::encode(&message).into()))
}
