//! The public port: accepts sockets within the limits, spreads them over the shards, speaks HTTP with each until it
//! becomes a WebSocket, and then takes the raw stream back. What is said on it afterwards is in `conn.rs`.

use std::convert::Infallible;
use std::net::IpAddr;
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
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;

use super::address::{Admission, Full, Permit, client_address};
use super::config::RelayConfig;
use super::conn::Conn;
use super::leave::Leave;
use super::links::ACCEPT_AGAIN;
use super::metrics::Metrics;
use super::problem::{Answer, problem, text};
use super::query::tracks;
use super::shards::{Arrivals, Arrived, Entered, ShardState};
use super::tasks::Tasks;
use super::wire::Socket;

/// What all shards share.
pub(crate) struct Front {
    pub(crate) config: RelayConfig,
    pub(crate) tasks: Tasks,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) stop: CancellationToken,
}

/// A new socket's place: among the handshakes, and among the connections if it is known whose it is.
pub(crate) struct Place {
    _handshake: OwnedSemaphorePermit,
    connection: Connection,
}

enum Connection {
    /// A trusted proxy's: the request will tell.
    Unknown,
    Counted(Permit),
    /// Has become a client.
    Taken,
    Refused(Full),
}

/// Accepts until the shutdown.
pub(crate) async fn accept(listener: TcpListener, front: Arc<Front>, shards: Vec<Arrivals>) {
    let handshakes = Arc::new(Semaphore::new(limits::HANDSHAKES));
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
        let Ok(handshake) = handshakes.clone().try_acquire_owned() else {
            front.metrics.refuse(ErrorCode::TooManyConnections);
            continue;
        };
        let connection = if front.config.trusted_proxies.iter().any(|range| range.holds(peer.ip())) {
            Connection::Unknown
        } else {
            front.admission.admit(peer.ip()).map_or_else(Connection::Refused, Connection::Counted)
        };
        let place = Place { _handshake: handshake, connection };
        // A socket that has failed already, or a shard that ends, leaves nothing to be said.
        if let Ok(stream) = stream.into_std() {
            let _ = shard.send(Arrived { stream, peer, place });
        }
    }
}

/// Speaks HTTP with a new socket, in a task of its own on the current shard.
pub(crate) fn spawn(state: Arc<ShardState>, front: Arc<Front>, arrived: Arrived) {
    let tasks = front.tasks.clone();
    let handshake = async move {
        let Ok(stream) = TcpStream::from_std(arrived.stream) else { return };
        let (stop, within) = (front.stop.clone(), front.config.client_deadlines.handshake);
        let http = Arc::new(Http { state, front, peer: arrived.peer.ip(), place: Mutex::new(arrived.place) });
        let service = service_fn(move |request| {
            let answer = http.answer(request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(within)
            .max_buf_size(limits::HTTP_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::select! {
            () = stop.cancelled() => {}
            // Neither a peer that breaks off nor one that is too slow has anybody to be told.
            _ = timeout(within, connection) => {}
        }
    };
    tasks.spawn("handshakes", handshake);
}

/// One socket while it speaks HTTP.
struct Http {
    state: Arc<ShardState>,
    front: Arc<Front>,
    peer: IpAddr,
    place: Mutex<Place>,
}

type Refusal = (StatusCode, WireError);

impl Http {
    fn answer(&self, mut request: Request<Incoming>) -> Answer {
        let answered = match request.uri().path() {
            "/v1/live" => self.live(&mut request),
            "/" if matches!(*request.method(), Method::GET | Method::HEAD) => Ok(self.welcome()),
            "/" => Err(refusal(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadRequest, "only GET is answered here")),
            path => Err(refusal(StatusCode::NOT_FOUND, ErrorCode::NotFound, format!("no such page: {path}"))),
        };
        answered.unwrap_or_else(|(status, error)| {
            self.front.metrics.refuse(error.code);
            let mut answer = problem(status, &error);
            if status == StatusCode::UPGRADE_REQUIRED {
                let headers = answer.headers_mut();
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            if status == StatusCode::METHOD_NOT_ALLOWED {
                answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            answer
        })
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
        let permit = self.permit(request.headers())?;
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

    /// Counts the socket among the connections, if it is not yet.
    fn permit(&self, headers: &HeaderMap) -> Result<Permit, Refusal> {
        let mut place = self.place.lock();
        let permit = match std::mem::replace(&mut place.connection, Connection::Taken) {
            Connection::Counted(permit) => Ok(permit),
            Connection::Refused(full) => Err(full),
            Connection::Unknown => {
                let lines = headers.get_all("x-forwarded-for").into_iter();
                let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
                let client = client_address(self.peer, &self.front.config.trusted_proxies, lines.into_iter());
                self.front.admission.admit(client)
            }
            Connection::Taken => {
                let text = "this socket has been upgraded already";
                return Err(refusal(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, text));
            }
        };
        permit.map_err(|full| {
            place.connection = Connection::Refused(full);
            let (status, text) = match full {
                Full::Total => (StatusCode::SERVICE_UNAVAILABLE, "this relay has all the connections it may"),
                Full::Address => (StatusCode::TOO_MANY_REQUESTS, "this address has all the connections it may"),
            };
            refusal(status, ErrorCode::TooManyConnections, text)
        })
    }
}

fn refusal(status: StatusCode, code: ErrorCode, text: impl Into<String>) -> Refusal {
    (status, WireError::new(code, text))
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
    let Some((socket, early)) = take_back(upgrade, &state).await else { return };
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
async fn take_back(upgrade: OnUpgrade, state: &ShardState) -> Option<(Arc<Socket>, Vec<u8>)> {
    let parts = upgrade.await.ok()?.downcast::<TokioIo<TcpStream>>().ok()?;
    let socket = Socket::new(parts.io.into_inner(), state.clock, state.traffic.clone()).ok()?;
    Some((socket, parts.read_buf.to_vec()))
}
