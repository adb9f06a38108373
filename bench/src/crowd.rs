//! Many WebSocket clients on this program's one core: what each does with a message is its [`Viewer`]'s affair.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinHandle, LocalSet};
use tokio_rustls::rustls::ClientConfig;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use crate::failure::{Failure, Result, fail};

/// Handshakes at the same time.
const AT_ONCE: usize = 64;
const READ_BYTES: usize = 4096;
const MESSAGE_BYTES: usize = 64 << 20;
/// Sockets of one local address: below what a system has ports for.
const PER_ADDRESS: usize = 20_000;

/// How clients connect.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Handshakes at the same time.
    pub(crate) at_once: usize,
    /// Bytes that the kernel keeps for a client that does not read.
    pub(crate) receive_bytes: Option<u32>,
    /// TLS, where the server speaks it.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { at_once: AT_ONCE, receive_bytes: None, tls: None }
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One client's side.
pub(crate) trait Viewer: 'static {
    /// Path and query that it opens.
    fn path(&self) -> String {
        "/".to_owned()
    }

    /// The subprotocol it asks for.
    fn subprotocol(&self) -> Option<&'static str> {
        None
    }

    /// The connection is open: what to send.
    fn open(&mut self) -> Vec<Message> {
        Vec::new()
    }

    /// It was poked: what to send.
    fn poked(&mut self) -> Vec<Message> {
        Vec::new()
    }

    /// A message came: what to send.
    ///
    /// # Errors
    /// The message is wrong, which ends the measure.
    fn take(&mut self, message: &[u8]) -> std::result::Result<Vec<Message>, String>;
}

/// What came to a crowd.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Binary and text messages.
    pub(crate) messages: Cell<u64>,
    /// Their payloads' bytes.
    pub(crate) bytes: Cell<u64>,
    /// Connections that ended, with the first reason.
    pub(crate) lost: Cell<u64>,
    why: RefCell<Option<String>>,
}

/// Connected clients. Dropped, all hang up.
pub(crate) struct Crowd<V> {
    /// What came.
    pub(crate) counters: Rc<Counters>,
    /// Each client.
    pub(crate) viewers: Vec<Rc<RefCell<V>>>,
    reins: Vec<Rc<Rein>>,
    tasks: Vec<JoinHandle<()>>,
}

/// What a connection's task is told from outside.
#[derive(Debug, Default)]
struct Rein {
    held: Cell<bool>,
    pull: Notify,
}

impl<V: Viewer> Crowd<V> {
    /// Connects all viewers; returns when every handshake is done.
    ///
    /// # Errors
    /// One could not connect.
    pub(crate) async fn connect(to: SocketAddr, viewers: Vec<V>) -> Result<Self> {
        Self::connect_with(to, viewers, Terms::default()).await
    }

    /// Like [`Crowd::connect`], on other terms.
    ///
    /// # Errors
    /// One could not connect.
    pub(crate) async fn connect_with(to: SocketAddr, viewers: Vec<V>, terms: Terms) -> Result<Self> {
        let counters = Rc::new(Counters::default());
        let viewers: Vec<_> = viewers.into_iter().map(|viewer| Rc::new(RefCell::new(viewer))).collect();
        let places = Rc::new(Semaphore::new(terms.at_once));
        let connecting = viewers.iter().enumerate().map(|(at, viewer)| {
            let (viewer, places, terms) = (viewer.clone(), places.clone(), terms.clone());
            tokio::task::spawn_local(async move {
                let _place = places.acquire().await;
                let request = (viewer.borrow().path(), viewer.borrow().subprotocol());
                dial(to, at, &request.0, request.1, &terms).await
            })
        });
        let (mut tasks, mut reins) = (Vec::new(), Vec::new());
        for (connecting, viewer) in connecting.collect::<Vec<_>>().into_iter().zip(&viewers) {
            let socket = connecting.await.map_err(|error| Failure(error.to_string()))??;
            let rein = Rc::new(Rein::default());
            tasks.push(tokio::task::spawn_local(serve(socket, viewer.clone(), counters.clone(), rein.clone())));
            reins.push(rein);
        }
        Ok(Self { counters, viewers, reins, tasks })
    }

    /// Has a client read nothing, or read again.
    pub(crate) fn hold(&self, client: usize, held: bool) {
        self.reins[client].held.set(held);
        self.reins[client].pull.notify_one();
    }

    /// Asks every viewer whether it has something to send.
    pub(crate) fn poke(&self) {
        (0..self.reins.len()).for_each(|client| self.poke_one(client));
    }

    /// Asks one viewer whether it has something to send.
    pub(crate) fn poke_one(&self, client: usize) {
        self.reins[client].pull.notify_one();
    }

    /// Fails if any connection was lost or any message was wrong.
    ///
    /// # Errors
    /// The first reason.
    pub(crate) fn check(&self) -> Result {
        match self.counters.lost.get() {
            0 => Ok(()),
            lost => fail(format!("{lost} clients were lost: {}", self.counters.why.borrow().as_deref().unwrap_or("?"))),
        }
    }
}

impl<V> Drop for Crowd<V> {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Counters {
    fn lose(&self, why: String) {
        self.lost.set(self.lost.get() + 1);
        self.why.borrow_mut().get_or_insert(why);
    }
}

async fn dial(
    to: SocketAddr,
    at: usize,
    path: &str,
    subprotocol: Option<&'static str>,
    terms: &Terms,
) -> Result<Socket> {
    let scheme = if terms.tls.is_some() { "wss" } else { "ws" };
    let mut request = format!("{scheme}://{to}{path}").into_client_request()?;
    if let Some(subprotocol) = subprotocol {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(subprotocol));
    }
    let socket = TcpSocket::new_v4()?;
    if at >= PER_ADDRESS {
        socket.bind(format!("127.0.0.{}:0", 2 + at / PER_ADDRESS).parse()?)?;
    }
    if let Some(bytes) = terms.receive_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(1 << 20)
        .max_message_size(Some(MESSAGE_BYTES))
        .max_frame_size(Some(MESSAGE_BYTES));
    let connector = terms.tls.clone().map_or(Connector::Plain, Connector::Rustls);
    let handshake = client_async_tls_with_config(request, stream, Some(config), Some(connector));
    let (socket, _) = Box::pin(handshake).await?;
    Ok(socket)
}

async fn serve<V: Viewer>(mut socket: Socket, viewer: Rc<RefCell<V>>, counters: Rc<Counters>, rein: Rc<Rein>) {
    let mut answers = viewer.borrow_mut().open();
    loop {
        for answer in answers {
            if let Err(error) = socket.send(answer).await {
                return counters.lose(error.to_string());
            }
        }
        let held = rein.held.get();
        let came = tokio::select! {
            came = socket.next(), if !held => came,
            () = rein.pull.notified() => {
                answers = viewer.borrow_mut().poked();
                continue;
            }
        };
        answers = match came {
            Some(Ok(message @ (Message::Binary(_) | Message::Text(_)))) => {
                let bytes = message.into_data();
                counters.messages.set(counters.messages.get() + 1);
                counters.bytes.set(counters.bytes.get() + bytes.len() as u64);
                let answers = viewer.borrow_mut().take(&bytes);
                match answers {
                    Ok(answers) => answers,
                    Err(why) => return counters.lose(why),
                }
            }
            Some(Ok(Message::Close(frame))) => return counters.lose(format!("closed: {frame:?}")),
            Some(Ok(_)) => Vec::new(),
            Some(Err(error)) => return counters.lose(error.to_string()),
            None => return counters.lose("the connection ended".to_owned()),
        };
    }
}

/// A client that only counts.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    /// Messages so far.
    pub(crate) messages: u64,
}

impl Viewer for Counting {
    fn take(&mut self, _message: &[u8]) -> std::result::Result<Vec<Message>, String> {
        self.messages += 1;
        Ok(Vec::new())
    }
}

/// Runs what a measure does on this core.
///
/// # Errors
/// What it gave.
pub(crate) fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

/// Waits until something holds, looking every few milliseconds.
///
/// # Errors
/// It did not within the time.
pub(crate) async fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) -> Result {
    let deadline = Instant::now() + within;
    while !holds() {
        if Instant::now() > deadline {
            return fail(format!("not within {} s: {what}", within.as_secs()));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
