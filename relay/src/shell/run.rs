//! A relay put together: everything is bound first, then the feed thread, the shards and the links start. `start` is
//! for a process that has more to run than a relay; `standalone` is a whole relay process with its private listener.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::{NodeId, RelayEpoch};
use scorelay_protocol::limits;
use scorelay_protocol::link::{LinkHello, Role};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::api::Api;
use super::clock::Clock;
use super::config::{Listen, RelayConfig, read_secret};
use super::feed_thread::{self, FeedParts};
use super::front::{self, Front};
use super::http_private::{self, Private};
use super::links::{self, LinkGate, LinkRules};
use super::metrics::Metrics;
use super::pages::WebPages;
use super::places::Places;
use super::readiness::Readiness;
use super::shards::{self, ShardState};
use super::tasks::{TaskName, Tasks};
use super::tls::TlsFront;
use super::tokens::Tokens;
use super::transport::{Acceptor, LinkAddr, LinkTarget, cannot_listen};
use super::upstream::Upstream;
use crate::core::hub::HubConfig;
use crate::core::published::ShardNo;
use crate::core::shard::ShardConfig;

/// A relay that runs, where it can be reached, and whether it is ready.
#[derive(Debug)]
pub struct Relay {
    /// The public port.
    pub listen: Option<SocketAddr>,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Where relays below may connect.
    pub links: Vec<LinkAddr>,
    /// Whether it has boards.
    pub readiness: Readiness,
}

impl Relay {
    /// Where clients connect and pages are, as a URL.
    pub fn url(&self) -> Option<String> {
        let scheme = if self.tls { "https" } else { "http" };
        self.listen.map(|addr| format!("{scheme}://{addr}"))
    }
}

/// Starts a relay among `tasks`; it ends when `stop` is cancelled, and has ended when its tasks have.
///
/// `config.metrics` and `config.upstream` are not looked at. To be called on a tokio runtime.
///
/// # Errors
/// [`ErrorCode::BadConfig`], [`ErrorCode::BadPages`] or [`ErrorCode::CannotListen`], naming what; nothing runs then.
pub async fn start(
    config: RelayConfig,
    upstream: LinkTarget,
    registry: &mut Registry,
    tasks: &Tasks,
    stop: CancellationToken,
) -> Result<Relay, WireError> {
    config.check()?;
    let token = config.upstream_token_file.as_deref().map(read_secret).transpose()?;
    let tokens = config.link_tokens_file.as_deref().map(Tokens::read).transpose()?.unwrap_or_default();
    let pages = config.pages.as_deref().map(WebPages::read).transpose()?;
    if let Some(pages) = &pages {
        tracing::info!(files = pages.len(), "web pages read");
    }
    let tls = config.tls()?.map(TlsFront::read).transpose()?.map(Arc::new);
    let listener = bind(config.listen).await?;
    let gate = LinkGate::new(LinkRules { tokens, sources: false, deadlines: config.link_deadlines });
    let mut acceptors = Vec::new();
    for addr in &config.links {
        let acceptor = Acceptor::bind(addr).await?;
        gate.check(&acceptor)?;
        acceptors.push(acceptor);
    }
    let relay = Relay {
        tls: tls.is_some(),
        listen: listener.as_ref().and_then(|listener| listener.local_addr().ok()),
        links: acceptors.iter().map(Acceptor::addr).collect(),
        readiness: Readiness::new(stop.clone()),
    };

    let no_thread = |e: std::io::Error| WireError::new(ErrorCode::CannotListen, format!("cannot start a thread: {e}"));
    let (node, epoch) = (NodeId(rand::random()), RelayEpoch(rand::random()));
    let (clock, taken) = (Clock::start(), Arc::new(Notify::new()));
    let metrics = Arc::new(Metrics::new(registry));
    let (feed, inputs) = mpsc::channel(limits::FEED_QUEUE);
    let (to_ask, asks) = mpsc::channel(limits::API_QUEUE);
    let front = Arc::new(Front {
        places: Places::new(&config, metrics.http_sockets.clone()),
        pages,
        tls: tls.clone(),
        api: Api::new(to_ask, metrics.api_questions.clone(), clock.millis()),
        tasks: tasks.clone(),
        metrics: metrics.clone(),
        stop: stop.clone(),
        config: config.clone(),
    });
    let mut shards = Vec::new();
    let mut arrivals = Vec::new();
    for no in (0..shard_count(&config, listener.is_some())).map(ShardNo) {
        let shard = ShardConfig { no, epoch, tick_ms: config.tick_ms, software: crate::SOFTWARE.into() };
        let state = ShardState::new(shard, clock, taken.clone());
        arrivals.push(shards::start(no, state.clone(), front.clone(), feed.clone()).map_err(no_thread)?);
        shards.push(state);
    }
    let hub = HubConfig { node, tick_ms: config.tick_ms };
    let readiness = relay.readiness.clone();
    let parts =
        FeedParts { hub, clock, inputs, asks, shards, taken, metrics: metrics.clone(), readiness, stop: stop.clone() };
    feed_thread::start(parts, tasks).map_err(no_thread)?;
    for acceptor in acceptors {
        links::serve(acceptor, gate.clone(), feed.clone(), tasks, stop.clone());
    }
    if let Some(tls) = tls {
        tasks.spawn("certificate", tls.renew(config.tls_renew, stop.clone()));
    }
    if let Some(listener) = listener {
        tasks.spawn("public listener", front::accept(listener, front, arrivals));
    }
    let hello = LinkHello { protocol: limits::LINK_PROTOCOL, role: Role::Relay, token, node, name: config.name };
    let upstream = Upstream { target: upstream, hello, feed, deadlines: config.link_deadlines, metrics };
    tasks.spawn("upstream", async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = upstream.run() => {}
        }
    });
    Ok(relay)
}

/// Without a public port one shard keeps the feed thread company; no connection will come to it.
fn shard_count(config: &RelayConfig, public: bool) -> u16 {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let wanted = if public { config.shards.unwrap_or_else(cores) } else { 1 };
    u16::try_from(wanted).unwrap_or(u16::MAX)
}

async fn bind(listen: Listen) -> Result<Option<TcpListener>, WireError> {
    match listen {
        Listen::Off => Ok(None),
        Listen::On(addr) => TcpListener::bind(addr).await.map(Some).map_err(|e| cannot_listen(&addr, &e)),
    }
}

/// A relay process.
#[derive(Debug)]
pub struct Standalone {
    /// The relay.
    pub relay: Relay,
    /// The private listener.
    pub metrics: Option<SocketAddr>,
    tasks: Tasks,
    private: (Tasks, CancellationToken),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// Tasks that panicked.
    pub panicked: Vec<TaskName>,
    /// Tasks that did not end in time.
    pub late: Vec<TaskName>,
}

impl Ended {
    /// Whether all went well.
    pub fn is_clean(&self) -> bool {
        self.panicked.is_empty() && self.late.is_empty()
    }
}

/// Starts a relay that connects to `config.upstream`, with its private listener, until `shutdown` is cancelled, which a
/// panic in one of its tasks does too.
///
/// # Errors
/// As [`start`].
pub async fn standalone(config: RelayConfig, shutdown: CancellationToken) -> Result<Standalone, WireError> {
    let missing = || WireError::new(ErrorCode::BadConfig, "upstream: no core or relay to connect to is given");
    let upstream = LinkTarget::Addr(config.upstream.clone().ok_or_else(missing)?);
    let tasks = Tasks::new(shutdown.clone());
    let private = bind(config.metrics).await?;
    let metrics = private.as_ref().and_then(|listener| listener.local_addr().ok());
    let mut registry = Registry::default();
    let started = start(config, upstream, &mut registry, &tasks, shutdown.clone()).await;
    if started.is_err() {
        shutdown.cancel();
    }
    let relay = started?;
    let private_tasks = Tasks::new(shutdown);
    let private_stop = CancellationToken::new();
    if let Some(listener) = private {
        let readiness = relay.readiness.clone();
        let ready = Box::new(move || readiness.check().map_err(str::to_owned));
        http_private::serve(
            listener,
            Private { registry, ready, json: Vec::new() },
            &private_tasks,
            private_stop.clone(),
        );
    }
    Ok(Standalone { relay, metrics, tasks, private: (private_tasks, private_stop) })
}

impl Standalone {
    /// Waits for the shutdown and then, for a bounded time, for everything to end.
    pub async fn join(self) -> Ended {
        self.tasks.shutdown().cancelled().await;
        let within = Duration::from_millis(limits::SHUTDOWN_MS);
        let mut late = self.tasks.ended(within).await.err().unwrap_or_default();
        let (private, stop) = self.private;
        stop.cancel();
        late.extend(private.ended(within).await.err().unwrap_or_default());
        Ended { panicked: [self.tasks.panicked(), private.panicked()].concat(), late }
    }
}
