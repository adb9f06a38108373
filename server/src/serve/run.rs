//! Starting and ending the parts of a core. Everything is bound before the first part runs, so that an address in use
//! leaves nothing half started; the private listener ends last, so that a shutdown can be watched.

use std::process::ExitCode;

use prometheus_client::registry::Registry;
use scorelay_engine::SourceName;
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits;
use scorelay_relay::shell::config::Listen;
use scorelay_relay::shell::http_private::{self, Json, Private};
use scorelay_relay::shell::links::{self, LinkEvent, LinkGate, LinkRules};
use scorelay_relay::shell::tasks::Tasks;
use scorelay_relay::shell::tokens::Tokens;
use scorelay_relay::shell::transport::{Acceptor, LinkAddr, LinkTarget, cannot_listen, loopback};
use scorelay_relay::{Relay, RelayConfig};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::announce::announce;
use super::{FirstFailure, Loaded, join, meets};
use crate::admin;
use crate::config::Config;
use crate::core::{Core, CoreInput, CoreParts};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::sources::SourceConfig;
use crate::sources::failed::FailedMessages;
use crate::sources::supervise::{Supervised, supervise};
use crate::store::admin_socket;
use crate::store::thread::Storage;

/// Link events waiting for the core.
const LINK_EVENTS: usize = 1_024;

/// What was bound.
struct Bound {
    private: Option<TcpListener>,
    admin: Acceptor,
    links: Vec<Acceptor>,
    gate: std::sync::Arc<LinkGate>,
}

/// Runs a core until `shutdown` is cancelled, which a signal, a panic and a failing store do.
pub(super) async fn run(config: Config, loaded: Loaded, shutdown: CancellationToken) -> Result<ExitCode, Failure> {
    let bound = bind(&config).await?;
    let tasks = Tasks::new(shutdown.clone());
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let (to_core, inputs) = mpsc::channel(limits::ENGINE_QUEUE);
    let (to_links, link_events) = mpsc::channel::<LinkEvent>(LINK_EVENTS);

    let addresses: Vec<LinkAddr> = bound.links.iter().map(Acceptor::addr).collect();
    let relay = match start_relay(&config, &bound, &to_links, &mut registry, &tasks).await {
        Ok(relay) => relay,
        Err(failure) => {
            shutdown.cancel();
            join(&tasks).await;
            return Err(failure);
        }
    };
    let failure = FirstFailure::default();
    let failed = FailedMessages::default();
    let names = config.sources.iter().filter_map(|source| SourceName::new(&source.name).ok()).collect();
    let Loaded { store, engine, stored, meets } = loaded;
    let meets = meets.map(|meets| meets::start(meets, &mut registry, &tasks)).transpose()?;
    let (storage, reports) = Storage::start(store, &tasks)?;
    let parts = CoreParts {
        engine,
        stored,
        node: NodeId(rand::random()),
        sources: names,
        inputs,
        links: link_events,
        storage,
        reports,
        metrics: metrics.clone(),
        failed: failed.clone(),
        meets,
    };
    start_core(parts, &tasks, &failure)?;
    for acceptor in bound.links {
        links::serve(acceptor, bound.gate.clone(), to_links.clone(), &tasks, shutdown.clone());
    }
    tasks.spawn("admin socket", admin::socket::serve(bound.admin, to_core.clone(), tasks.clone(), shutdown.clone()));
    start_sources(config.sources, &to_core, &metrics, &failed, &tasks, &shutdown);
    drop((to_core, to_links));

    let (private_tasks, private_stop) = (Tasks::new(shutdown.clone()), CancellationToken::new());
    let private = bound.private.as_ref().and_then(|listener| listener.local_addr().ok());
    let listen = relay.as_ref().and_then(Relay::url);
    if let Some(listener) = bound.private {
        let ready = readiness(relay, shutdown.clone());
        let json: Vec<(_, Json)> = vec![("/stats/failedMessages", Box::new(move || failed.json()))];
        http_private::serve(listener, Private { registry, ready, json }, &private_tasks, private_stop.clone());
    }
    announce(listen, private, &addresses);

    shutdown.cancelled().await;
    let clean = join(&tasks).await;
    private_stop.cancel();
    let clean = join(&private_tasks).await && clean;
    match failure.take() {
        Some(failure) => Err(failure),
        None if clean => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::FAILURE),
    }
}

async fn bind(config: &Config) -> Result<Bound, Failure> {
    let tokens = config.link_tokens_file.as_deref().map(Tokens::read).transpose()?.unwrap_or_default();
    let gate = LinkGate::new(LinkRules { tokens, sources: true, ..LinkRules::default() });
    let private = match config.metrics {
        Listen::Off => None,
        Listen::On(addr) => Some(TcpListener::bind(addr).await.map_err(|e| cannot_listen(&addr, &e))?),
    };
    let mut links = Vec::new();
    for addr in &config.links {
        let acceptor = Acceptor::bind(addr).await?;
        gate.check(&acceptor)?;
        links.push(acceptor);
    }
    let admin = Acceptor::bind(&LinkAddr::Unix(admin_socket(&config.data))).await?;
    Ok(Bound { private, admin, links, gate })
}

/// The relay in this process, which follows the core like any other.
async fn start_relay(
    config: &Config,
    bound: &Bound,
    to_links: &mpsc::Sender<LinkEvent>,
    registry: &mut Registry,
    tasks: &Tasks,
) -> Result<Option<Relay>, Failure> {
    if config.listen == Listen::Off {
        return Ok(None);
    }
    let relay = RelayConfig {
        name: "embedded".into(),
        listen: config.listen,
        tls_certificate_file: config.tls_certificate_file.clone(),
        tls_key_file: config.tls_key_file.clone(),
        pages: config.pages.clone(),
        metrics: Listen::Off,
        tick_ms: config.tick_ms,
        shards: config.shards,
        connections: config.connections,
        connections_per_address: config.connections_per_address,
        trusted_proxies: config.trusted_proxies.clone(),
        ..RelayConfig::default()
    };
    let (connector, acceptor) = loopback();
    let stop = tasks.shutdown().clone();
    let target = LinkTarget::Loop(connector);
    let relay = scorelay_relay::start(relay, target, registry, tasks, stop.clone()).await?;
    links::serve(Acceptor::Loop(acceptor), bound.gate.clone(), to_links.clone(), tasks, stop);
    Ok(Some(relay))
}

/// The core's thread.
fn start_core(parts: CoreParts, tasks: &Tasks, failure: &FirstFailure) -> Result<(), Failure> {
    let (stop, failure) = (tasks.shutdown().clone(), failure.clone());
    let core = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let ended = match runtime {
            Ok(runtime) => runtime.block_on(async { Core::new(parts).run(stop.clone()).await }),
            Err(error) => Err(crate::store::StoreError::Failed(format!("the core has no runtime: {error}")).into()),
        };
        if let Err(error) = ended {
            tracing::error!(%error, "the core stops");
            failure.set(error);
        }
        stop.cancel();
    };
    tasks.thread("core", core).map_err(|error| {
        let text = format!("cannot start a thread: {error}");
        Failure::new(scorelay_protocol::error::ErrorCode::CannotListen, text)
    })
}

fn start_sources(
    sources: Vec<SourceConfig>,
    core: &mpsc::Sender<CoreInput>,
    metrics: &Metrics,
    failed: &FailedMessages,
    tasks: &Tasks,
    stop: &CancellationToken,
) {
    for config in sources {
        let metrics = metrics.source(&config.name, config.kind.name());
        let name = format!("source {}", config.name);
        tasks.spawn(
            name,
            supervise(Supervised { config, core: core.clone(), metrics, failed: failed.clone() }, stop.clone()),
        );
    }
}

/// A core without a relay is ready as soon as it runs.
fn readiness(relay: Option<Relay>, shutdown: CancellationToken) -> Box<dyn Fn() -> Result<(), String> + Send + Sync> {
    Box::new(move || match &relay {
        Some(relay) => relay.readiness.check().map_err(str::to_owned),
        None if shutdown.is_cancelled() => Err("shutting down".into()),
        None => Ok(()),
    })
}
