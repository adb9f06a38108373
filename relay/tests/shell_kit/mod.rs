//! What the tests of the relay's shell share: a core that speaks links over real sockets (`core.rs`), clients that
//! speak WebSocket (`client.rs`), and relays with ports of their own. The tests are in `shell_*.rs`.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

pub(crate) mod client;
pub(crate) mod core;
pub(crate) mod http;
#[path = "../meet_core/mod.rs"]
pub(crate) mod meet_core;

use std::net::SocketAddr;
use std::time::Duration;

use scorelay_protocol::ids::BoardNo;
use scorelay_relay::shell::config::{Listen, RelayConfig};
use scorelay_relay::shell::run::{Ended, Standalone};
use scorelay_relay::shell::transport::LinkAddr;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::client::TestClient;
use self::core::TestCore;

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Asks again and again until the answer is yes.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds().await {
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await; // tidy: poll
    }
}

/// A relay of this process.
pub(crate) struct TestRelay {
    pub(crate) running: Standalone,
    shutdown: CancellationToken,
}

/// Ports of its own, one shard, a short tick.
pub(crate) fn config(upstream: &LinkAddr) -> RelayConfig {
    let any = Listen::On(SocketAddr::from(([127, 0, 0, 1], 0)));
    let upstream = Some(upstream.clone());
    RelayConfig { upstream, listen: any, metrics: any, shards: Some(1), tick_ms: 10, ..RelayConfig::default() }
}

impl TestRelay {
    pub(crate) async fn start(config: RelayConfig) -> Self {
        let shutdown = CancellationToken::new();
        let running = scorelay_relay::standalone(config, shutdown.clone()).await.unwrap();
        Self { running, shutdown }
    }

    /// A relay below a core with one board, when it has the board.
    pub(crate) async fn with_core(change: impl FnOnce(&mut RelayConfig)) -> (TestCore, Self, BoardNo) {
        let core = TestCore::start().await;
        let board = core.board("chat").await;
        let mut config = config(&core.addr);
        change(&mut config);
        let relay = Self::start(config).await;
        relay.ready().await;
        (core, relay, board)
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.running.relay.listen.unwrap()
    }

    pub(crate) async fn ready(&self) {
        until("the relay has its boards", async || self.running.relay.readiness.check().is_ok()).await;
    }

    pub(crate) async fn client(&self) -> TestClient {
        TestClient::connect(self.addr(), "/v1/live").await
    }

    /// The value of a line of `/metrics`, 0 where there is none.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let answer = http::get(self.running.metrics.unwrap(), "/metrics").await;
        let value = answer.body.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok());
        value.unwrap_or(0.0)
    }

    /// Waits until a line of `/metrics` has this value.
    pub(crate) async fn shows(&self, line: &str, value: f64) {
        until(&format!("{line} {value}"), async || self.metric(line).await == value).await;
    }

    /// Waits until a client's connection has ended for this reason.
    pub(crate) async fn counts_leave(&self, reason: &str) {
        self.shows(&format!("scorelay_relay_disconnects_total{{reason=\"{reason}\"}}"), 1.0).await;
    }

    pub(crate) fn shut_down(&self) {
        self.shutdown.cancel();
    }

    pub(crate) async fn stop(self) -> Ended {
        self.shutdown.cancel();
        self.running.join().await
    }
}
