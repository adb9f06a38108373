//! tokio-tungstenite as it comes: a server with a task for each connection and a broadcast channel for the topic. Started
//! as a program of its own by the measure.

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::failure::Result;

/// What this program is given as its name of a measure, to be this server.
pub(crate) const NAME: &str = "idle-tungstenite";

/// Serves until it is killed.
///
/// # Errors
/// It cannot listen.
pub(crate) fn serve() -> Result {
    let mut files = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    files.current = files.maximum;
    rustix::process::setrlimit(rustix::process::Resource::Nofile, files)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listen {}", listener.local_addr()?);
        let (topic, _) = broadcast::channel::<Message>(16);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(client(stream, topic.subscribe()));
        }
    })
}

async fn client(stream: TcpStream, mut topic: broadcast::Receiver<Message>) {
    let Ok(socket) = accept_hdr_async(stream, protocol).await else { return };
    let (mut to, mut from) = socket.split();
    loop {
        tokio::select! {
            message = from.next() => match message {
                Some(Ok(Message::Text(_))) => {
                    if to.send(Message::text("x".repeat(1_200))).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                None | Some(Err(_)) => return,
            },
            message = topic.recv() => {
                let Ok(message) = message else { return };
                if to.send(message).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[expect(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
fn protocol(_: &Request, mut response: Response) -> std::result::Result<Response, ErrorResponse> {
    response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("scorelay.v1"));
    Ok(response)
}
