//! The public and the private port as HTTP sees them: routes, refused handshakes, limits of connections, trusted
//! proxies. What clients say once they are connected is in `shell_clients.rs`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::time::Duration;

use scorelay_protocol::error::ErrorCode;
use shell_kit::http::{self, SUBPROTOCOL, handshake};
use shell_kit::{LONG, TestRelay, config, core::TestCore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

async fn refused(relay: &TestRelay, request: &str, status: u16, code: ErrorCode) {
    let answer = http::send(relay.addr(), request).await;
    assert_eq!(answer.status, status, "{request}\n{answer:?}");
    assert_eq!(answer.problem("type"), format!("urn:scorelay:error:{}", code.name()), "{request}");
    assert_eq!(answer.problem("code"), code.number(), "{request}");
    assert_eq!(answer.problem("status"), status, "{request}");
    assert!(!answer.problem("detail").as_str().unwrap().is_empty(), "{request}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_addresses_and_methods_are_problems() {
    let (_core, relay, _board) = TestRelay::with_core(|_| {}).await;
    let front = http::get(relay.addr(), "/").await;
    assert_eq!((front.status, front.body.contains("/v1/live")), (200, true));
    let plain = |line: &str| format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n");
    refused(&relay, &plain("GET /v2/live"), 404, ErrorCode::NotFound).await;
    refused(&relay, &plain("POST /"), 405, ErrorCode::BadRequest).await;
    refused(&relay, &plain("GET /v1/live"), 426, ErrorCode::BadRequest).await;
    refused(&relay, &plain("POST /v1/live"), 405, ErrorCode::BadRequest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_must_be_one_and_offer_the_subprotocol() {
    let (_core, relay, _board) = TestRelay::with_core(|_| {}).await;
    refused(&relay, &handshake("/v1/live", ""), 400, ErrorCode::Version).await;
    let other = "Sec-WebSocket-Protocol: scorelay.v2, chat\r\n";
    refused(&relay, &handshake("/v1/live", other), 400, ErrorCode::Version).await;
    let old = handshake("/v1/live", SUBPROTOCOL).replace("Version: 13", "Version: 8");
    refused(&relay, &old, 426, ErrorCode::BadRequest).await;
    let keyless = handshake("/v1/live", SUBPROTOCOL).replace("dGhlIHNhbXBsZSBub25jZQ==", "short");
    refused(&relay, &keyless, 400, ErrorCode::BadRequest).await;
    refused(&relay, &handshake("/v1/live?track_user=Nobody", SUBPROTOCOL), 400, ErrorCode::BadEntity).await;
    let many: String = (0..17).map(|n| format!("&track_user=a:{n}")).collect();
    refused(&relay, &handshake(&format!("/v1/live?x{many}"), SUBPROTOCOL), 400, ErrorCode::MaskFull).await;
    // Any origin, and a list of offers with the right one in it.
    let offers = "Origin: https://elsewhere.example\r\nSec-WebSocket-Protocol: chat, scorelay.v1\r\n";
    assert_eq!(http::send(relay.addr(), &handshake("/v1/live", offers)).await.status, 101);
    let code = ErrorCode::Version.name();
    relay.shows(&format!("scorelay_relay_refused_total{{reason=\"{code}\"}}"), 2.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_head_and_a_slow_one_end_the_socket() {
    let (_core, relay, _board) = TestRelay::with_core(|config| {
        config.client_deadlines.handshake = Duration::from_millis(300);
    })
    .await;
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(20_000));
    assert_eq!(http::send(relay.addr(), &long).await.status, 431);

    let start = Instant::now();
    let mut slow = TcpStream::connect(relay.addr()).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let mut rest = Vec::new();
    timeout(LONG, slow.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(start.elapsed() >= Duration::from_millis(250), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_in_all_and_by_address() {
    let (_core, relay, _board) = TestRelay::with_core(|config| {
        config.connections = 3;
        config.connections_per_address = 2;
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let from = |client: &str| handshake("/v1/live", &format!("{SUBPROTOCOL}X-Forwarded-For: {client}\r\n"));
    let mut open = Vec::new();
    for client in ["6.6.6.6, 1.1.1.1", "1.1.1.1"] {
        let mut stream = TcpStream::connect(relay.addr()).await.unwrap();
        stream.write_all(from(client).as_bytes()).await.unwrap();
        assert_eq!(http::read(&mut stream).await.status, 101);
        open.push(stream);
    }
    refused(&relay, &from("1.1.1.1"), 429, ErrorCode::TooManyConnections).await;
    let mut third = TcpStream::connect(relay.addr()).await.unwrap();
    third.write_all(from("2.2.2.2").as_bytes()).await.unwrap();
    assert_eq!(http::read(&mut third).await.status, 101);
    refused(&relay, &from("3.3.3.3"), 503, ErrorCode::TooManyConnections).await;
    drop(open);
    relay.shows("scorelay_relay_clients", 1.0).await;
    assert_eq!(http::send(relay.addr(), &from("1.1.1.1")).await.status, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_says_whose_connection_it_is() {
    let (_core, relay, _board) = TestRelay::with_core(|config| config.connections_per_address = 1).await;
    let from = |client: &str| handshake("/v1/live", &format!("{SUBPROTOCOL}X-Forwarded-For: {client}\r\n"));
    let mut first = TcpStream::connect(relay.addr()).await.unwrap();
    first.write_all(from("1.1.1.1").as_bytes()).await.unwrap();
    assert_eq!(http::read(&mut first).await.status, 101);
    refused(&relay, &from("2.2.2.2"), 429, ErrorCode::TooManyConnections).await;
}

/// E17: metrics and health are on a listener of their own; readiness waits for the boards and ends with the shutdown.
#[tokio::test(flavor = "multi_thread")]
async fn the_private_port_tells_how_it_is() {
    let core = TestCore::start().await;
    let addr = core.kill().await;
    let relay = TestRelay::start(config(&addr)).await;
    let private = relay.running.metrics.unwrap();
    let status = async |path: &str| http::get(private, path).await.status;
    assert_eq!((status("/livez").await, status("/readyz").await, status("/other").await), (200, 503, 404));
    assert_eq!(http::get(relay.addr(), "/metrics").await.status, 404, "not on the public port");
    let core = TestCore::start_with(addr, Default::default()).await;
    core.board("chat").await;
    relay.ready().await;
    assert_eq!(status("/readyz").await, 200);
    relay.shows("scorelay_relay_upstream_connected", 1.0).await;
    relay.shows("scorelay_relay_stale_seconds", 0.0).await;
    let metrics = http::get(private, "/metrics").await;
    assert!(metrics.body.contains("scorelay_relay_upstream_bytes_total "), "{}", metrics.body);
    assert!(metrics.body.ends_with("# EOF\n"));
}
