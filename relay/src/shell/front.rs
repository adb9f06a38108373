//! The public port: accepts sockets within the limits, spreads them over the shards, speaks HTTP with each until it
//! becomes a WebSocket, and then takes the raw stream back. Web pages are in `pages/`, JSON about boards in `api/`,
//! what is said on a WebSocket is in `conn.rs`, how long a reader of web pages may take in `paced.rs`.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;

use super::address::{Full, Permit};
use super::api::{self, Api};
use super::config::RelayConfig;
use super::conn::Conn;
use super::leave::Leave;
use super::links::ACCEPT_AGAIN;
use super::metrics::Metrics;
use super::paced::Paced;
use super::pages::WebPages;
use super::places::{Place, Places};
use super::problem::{Answer, Refusal, problem, refusal, text};
use super::query::tracks;
use super::shards::{Arrivals, Arrived, Entered, ShardState};
use super::stream::Stream;
use super::tasks::Tasks;
use super::tls::TlsFront;
use super::transport::limit_unsent;
use super::wire::Socket;

/// What all shards share.
pub(crate) struct Front {
    pub(crate) config: RelayConfig,
    pub(crate) tasks: Tasks,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) places: Places,
    pub(crate) pages: Option<WebPages>,
    /// TLS, where it ends here.
    pub(crate) tls: Option<Arc<TlsFront>>,
    pub(crate) api: Api,
    pub(crate) stop: CancellationToken,
}

/// Seconds after which to ask again where nothing is known of when there will be room.
const RETRY_AFTER: &str = "1";

/// Accepts until the shutdown.
pub(crate) async fn accept(listener: TcpListener, front: Arc<Front>, shards: Vec<Arrivals>) {
    for shard in shards.iter().cycle() {
        let (stream, peer) = loop {
            tokio::select! {
                () = front.stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => break accepted,
                    Err(error) => {
                        tracing::warn!(%error, "a socket could not be accepted");
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                },
            }
        };
        let Some(place) = front.places.handshake() else {
            front.metrics.refuse(ErrorCode::TooManyConnections);
            continue;
        };
        // A socket that has failed already, or a shard that ends, leaves nothing to be said.
        if let Ok(stream) = stream.into_std() {
            let _ = shard.send(Arrived { stream, peer, place });
        }
    }
}

/// Speaks HTTP with a new socket, in a task of its own on the current shard.
pub(crate) fn spawn(state: Arc<ShardState>, front: Arc<Front>, arrived: Arrived) {
    let tasks = front.tasks.clone();
    let conversation = async move {
        let Ok(stream) = TcpStream::from_std(arrived.stream) else { return };
        if stream.set_nodelay(true).and_then(|()| limit_unsent(&stream, limits::HTTP_UNSENT_BYTES)).is_err() {
            return;
        }
        let Some(tls) = front.tls.as_ref().map(|tls| tls.acceptor()) else {
            return converse(state, front, stream, arrived.peer, arrived.place).await;
        };
        let (stop, within) = (front.stop.clone(), front.config.client_deadlines.handshake);
        let handshake = timeout(within, Box::pin(tls.accept(stream)));
        // Whoever does not speak TLS, or trusts somebody else, has been told so by it.
        if let Some(Ok(Ok(stream))) = stop.run_until_cancelled(handshake).await {
            converse(state, front, stream, arrived.peer, arrived.place).await;
        }
    };
    tasks.spawn("http", conversation);
}

/// A socket's whole conversation in HTTP.
async fn converse<S>(state: Arc<ShardState>, front: Arc<Front>, stream: S, peer: SocketAddr, place: Place)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (stop, deadlines) = (front.stop.clone(), front.config.client_deadlines);
    let stream = Paced::new(stream, deadlines.http_window, front.metrics.http_bytes.clone());
    let socket = Mutex::new(HttpSocket { place, requests: 0, opened: Instant::now() });
    let http = Arc::new(Http { state, front, peer: peer.ip(), socket });
    let service = service_fn(move |request| {
        let http = http.clone();
        async move { Ok::<_, Infallible>(http.answer(request).await) }
    });
    // hyper counts this time from the end of the answer before, too.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.handshake)
        .max_buf_size(limits::HTTP_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        () = stop.cancelled() => {}
        // Neither a peer that breaks off nor one that is too slow has anybody to be told.
        _ = timeout(deadlines.http_socket, connection) => {}
    }
}

/// One socket while it speaks HTTP.
struct Http {
    state: Arc<ShardState>,
    front: Arc<Front>,
    peer: IpAddr,
    socket: Mutex<HttpSocket>,
}

/// What is known of it.
struct HttpSocket {
    place: Place,
    requests: u32,
    opened: Instant,
}

impl Http {
    async fn answer(&self, mut request: Request<Incoming>) -> Answer {
        let answer = match api::find(request.uri().path()) {
            Some(found) => self.ask(found, &request).await,
            None => self.route(&mut request).unwrap_or_else(|refusal| self.refuse(refusal)),
        };
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return answer;
        }
        let answer = self.stay(request.headers(), answer);
        self.front.metrics.answered(answer.status());
        answer
    }

    async fn ask(&self, found: api::Matched<'_>, request: &Request<Incoming>) -> Answer {
        let address = self.front.places.address(self.peer, request.headers());
        let answer = self.front.api.answer(found, request, address, self.state.clock.millis()).await;
        api::for_browsers(answer.unwrap_or_else(|refusal| self.refuse(refusal)))
    }

    fn route(&self, request: &mut Request<Incoming>) -> Result<Answer, Refusal> {
        if request.uri().path() == "/v1/live" {
            return self.live(request);
        }
        if let Some(pages) = &self.front.pages {
            return pages.answer(request);
        }
        match request.uri().path() {
            "/" if matches!(*request.method(), Method::GET | Method::HEAD) => Ok(self.welcome()),
            "/" => Err(refusal(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadRequest, "only GET is answered here")),
            path => Err(refusal(StatusCode::NOT_FOUND, ErrorCode::NotFound, format!("no such page: {path}"))),
        }
    }

    fn refuse(&self, (status, error): Refusal) -> Answer {
        self.front.metrics.refuse(error.code);
        let mut answer = problem(status, &error);
        let headers = answer.headers_mut();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        answer
    }

    /// The answer, with which the socket goes over from the handshakes to those that load web pages, or ends.
    fn stay(&self, asked: &HeaderMap, answer: Answer) -> Answer {
        let mut socket = self.socket.lock();
        socket.requests += 1;
        let is_old = socket.opened.elapsed() > self.front.config.client_deadlines.http_socket / 2;
        let has_had_enough = is_old || socket.requests >= limits::HTTP_REQUESTS;
        let (mut answer, ends) = match self.front.places.read(&mut socket.place, self.peer, asked) {
            Ok(crowded) => (answer, crowded || has_had_enough),
            Err(full) => (self.refuse(too_many(full, "sockets for web pages")), true),
        };
        if ends {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    fn welcome(&self) -> Answer {
        let body = format!("{}: live boards at /v1/live\n", crate::SOFTWARE);
        text(StatusCode::OK, "text/plain; charset=utf-8", body)
    }

    /// Turns the socket into a client's.
    fn live(&self, request: &mut Request<Incoming>) -> Result<Answer, Refusal> {
        let key = websocket_key(request)?;
        let tracked = tracks(request.uri().query()).map_err(|error| (StatusCode::BAD_REQUEST, error))?;
        if self.front.stop.is_cancelled() {
            let text = "this relay shuts down";
            return Err(refusal(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ShuttingDown, text));
        }
        let permit = self.front.places.client(self.peer, request.headers());
        let permit = permit.map_err(|full| too_many(full, "connections"))?;
        let upgrade = hyper::upgrade::on(request);
        let (state, front) = (self.state.clone(), self.front.clone());
        self.front.tasks.spawn("clients", client(state, front, upgrade, permit, tracked));
        let mut answer = text(StatusCode::SWITCHING_PROTOCOLS, "", "");
        let headers = answer.headers_mut();
        headers.clear();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(limits::SUBPROTOCOL));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
        Ok(answer)
    }
}

fn too_many(full: Full, what: &str) -> Refusal {
    let (status, whose) = match full {
        Full::Total => (StatusCode::SERVICE_UNAVAILABLE, "relay"),
        Full::Address => (StatusCode::TOO_MANY_REQUESTS, "address"),
    };
    refusal(status, ErrorCode::TooManyConnections, format!("this {whose} has all the {what} it may"))
}

/// Checks that this is a WebSocket handshake for the one subprotocol spoken, and gives the answer to its key.
fn websocket_key(request: &Request<Incoming>) -> Result<HeaderValue, Refusal> {
    let headers = request.headers();
    let lists = |name: header::HeaderName, wanted: &str, same: fn(&str, &str) -> bool| {
        let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|word| same(word.trim(), wanted))
    };
    if request.method() != Method::GET {
        let text = "a WebSocket begins with GET";
        return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadRequest, text));
    }
    let any_case = str::eq_ignore_ascii_case;
    let upgrades = lists(header::CONNECTION, "upgrade", any_case) && lists(header::UPGRADE, "websocket", any_case);
    if !upgrades || !lists(header::SEC_WEBSOCKET_VERSION, "13", str::eq) {
        let text = "this address speaks WebSocket, version 13";
        return Err(refusal(StatusCode::UPGRADE_REQUIRED, ErrorCode::BadRequest, text));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let key = key.and_then(|key| HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok());
    let key = key.ok_or_else(|| refusal(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, "no Sec-WebSocket-Key"))?;
    if !lists(header::SEC_WEBSOCKET_PROTOCOL, limits::SUBPROTOCOL, str::eq) {
        let text = format!("the subprotocol {} is spoken here, and was not offered", limits::SUBPROTOCOL);
        return Err(refusal(StatusCode::BAD_REQUEST, ErrorCode::Version, text));
    }
    Ok(key)
}

/// A client, from the handshake's end to its own.
async fn client(state: Arc<ShardState>, front: Arc<Front>, upgrade: OnUpgrade, permit: Permit, tracked: Vec<Entity>) {
    let Some((socket, early)) = take_back(upgrade, &permit, &state).await else { return };
    let _entered = Entered::new(state.clone(), socket.clone(), permit);
    if front.stop.is_cancelled() {
        socket.end(Leave::shutting_down());
    }
    front.metrics.connects.inc();
    front.metrics.clients.inc();
    let leave = Box::new(Conn::new(state, socket, early, tracked)).await;
    tracing::debug!(reason = leave.label(), "client left");
    front.metrics.disconnected(&leave);
}

/// The raw stream after the answer to the handshake is out, and what came early. A copy of it, because the bytes are a
/// part of HTTP's whole buffer.
async fn take_back(upgrade: OnUpgrade, permit: &Permit, state: &ShardState) -> Option<(Arc<Socket>, Vec<u8>)> {
    let (stream, early) = match upgrade.await.ok()?.downcast::<TokioIo<Paced<TcpStream>>>() {
        Ok(parts) => (Stream::from(parts.io.into_inner().into_inner()), parts.read_buf),
        Err(upgraded) => {
            let parts = upgraded.downcast::<TokioIo<Paced<TlsStream<TcpStream>>>>().ok()?;
            (Stream::from(parts.io.into_inner().into_inner()), parts.read_buf)
        }
    };
    let socket = Socket::new(stream, permit.address(), state.clock, state.traffic.clone()).ok()?;
    Some((socket, early.to_vec()))
}
