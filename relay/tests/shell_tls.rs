//! The public port with TLS: pages, clients, slow readers, certificates that are renewed, and files that are wrong.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::BoardNo;
use scorelay_relay::shell::config::RelayConfig;
use shell_kit::client::{TestClient, page};
use shell_kit::core::TestCore;
use shell_kit::{TestRelay, config, http, until};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const NAME: &str = "relay.example";

/// Writes a certificate and its key; gives the certificate.
fn certify(dir: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    std::fs::write(dir.join("key.pem"), signing_key.serialize_pem()).unwrap();
    std::fs::write(dir.join("cert.pem"), cert.pem()).unwrap();
    cert.der().clone()
}

fn with_tls(config: &mut RelayConfig, dir: &Path) {
    config.tls_certificate_file = Some(dir.join("cert.pem"));
    config.tls_key_file = Some(dir.join("key.pem"));
    config.tls_renew = Duration::from_millis(20);
}

/// A relay that speaks TLS, and what it shows.
async fn relay(
    change: impl FnOnce(&mut RelayConfig),
) -> (TestCore, TestRelay, BoardNo, TempDir, CertificateDer<'static>) {
    let dir = tempfile::tempdir().unwrap();
    let certificate = certify(dir.path());
    let (core, relay, board) = TestRelay::with_core(|config| {
        with_tls(config, dir.path());
        change(config);
    })
    .await;
    (core, relay, board, dir, certificate)
}

async fn dial(to: SocketAddr, trusted: &CertificateDer<'static>) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(to).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).unwrap(), stream).await
}

/// Speaks TLS for others: an address where everything is passed on to the relay.
async fn stripped(to: SocketAddr, trusted: CertificateDer<'static>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut plain, _)) = listener.accept().await {
            let trusted = trusted.clone();
            tokio::spawn(async move {
                let mut tls = dial(to, &trusted).await.unwrap();
                // Either side may end as it likes.
                let _ = copy_bidirectional(&mut plain, &mut tls).await;
            });
        }
    });
    addr
}

/// E5: pages and live boards over TLS, many times more than fits a record or a socket's buffer among it.
#[tokio::test(flavor = "multi_thread")]
async fn pages_and_boards_travel_encrypted() {
    let (core, relay, board, _dir, certificate) = relay(|_| {}).await;
    assert_eq!(relay.running.relay.url().unwrap(), format!("https://{}", relay.addr()));
    let addr = stripped(relay.addr(), certificate).await;
    assert!(http::get(addr, "/").await.body.contains("/v1/live"));

    let entity = |n: i64| format!("chat:{}{n}", "somebody with a very long name ".repeat(3));
    core.score(board, (0..2_000).map(|n| (entity(n), n)).collect()).await;
    let mut client = TestClient::connect(addr, "/v1/live").await;
    client.join().await;
    client.watch((0..60).map(|n| page(board, n)).collect()).await;
    let mut rows = 0;
    client
        .until_body(|body| {
            if let Body::PageSnapshot { rows: more, .. } = body {
                rows += more.0.len();
            }
            rows >= 60 * 32
        })
        .await;
    for score in 3_000..3_050 {
        core.score(board, vec![(entity(0), score)]).await;
        client.until_body(|body| matches!(body, Body::PageDelta { .. } | Body::PageSnapshot { .. })).await;
    }
    drop(client);
    until("it is counted as gone", async || relay.metric("scorelay_relay_clients").await == 0.0).await;
    assert!(relay.stop().await.is_clean());
}

/// T3: who does not read costs one unfinished message, also encrypted, delays nobody, and is let go.
#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_reader_that_stops_delays_nobody() {
    let (core, relay, board, _dir, certificate) = relay(|config| {
        config.client_deadlines.stuck = Duration::from_millis(1_500);
    })
    .await;
    let entity = |n: i64| format!("chat:{}{n}", "somebody with a very long name ".repeat(3));
    core.score(board, (0..2_000).map(|n| (entity(n), n)).collect()).await;

    let stuck = dial(relay.addr(), &certificate).await.unwrap();
    socket2::SockRef::from(stuck.get_ref().0).set_recv_buffer_size(4_096).unwrap();
    let mut stuck = over(stuck, relay.addr()).await;
    let feeds = (0..60).map(|n| page(board, n)).collect::<Vec<_>>();
    for message in shell_kit::client::opening(feeds) {
        futures_util::SinkExt::send(&mut stuck, message).await.unwrap();
    }

    let mut other = TestClient::connect(stripped(relay.addr(), certificate).await, "/v1/live").await;
    other.join().await;
    other.watch(vec![page(board, 0)]).await;
    let mut score = 10_000;
    until("the stuck client is let go", async || {
        score += 2_000;
        core.score(board, (0..2_000).map(|n| (entity(n), score + n)).collect()).await;
        other.until_body(|body| matches!(body, Body::PageDelta { .. } | Body::PageSnapshot { .. })).await;
        relay.metric("scorelay_relay_disconnects_total{reason=\"stuck\"}").await == 1.0
    })
    .await;
    drop(stuck);
}

async fn over(
    stream: TlsStream<TcpStream>,
    addr: SocketAddr,
) -> tokio_tungstenite::WebSocketStream<TlsStream<TcpStream>> {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let mut request = format!("ws://{addr}/v1/live").into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "scorelay.v1".parse().unwrap());
    tokio_tungstenite::client_async(request, stream).await.unwrap().0
}

/// Somebody who does not speak TLS is not served, and harms nobody.
#[tokio::test(flavor = "multi_thread")]
async fn plain_text_and_garbage_are_turned_away() {
    let (_core, relay, _board, _dir, certificate) = relay(|_| {}).await;
    for said in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(), &[0x16, 3, 1, 0xFF, 0xFF], &[0; 300]] {
        let mut socket = TcpStream::connect(relay.addr()).await.unwrap();
        socket.write_all(said).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // The relay may reset it while it still has something to say.
        let _ = socket.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(http::get(stripped(relay.addr(), certificate).await, "/").await.status, 200);
}

/// A certificate that is renewed counts without a restart; wrong files change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_counts() {
    let (_core, relay, _board, dir, old) = relay(|_| {}).await;
    assert!(dial(relay.addr(), &old).await.is_ok());
    std::fs::write(dir.path().join("cert.pem"), "not a certificate").unwrap();
    assert!(dial(relay.addr(), &old).await.is_ok());
    let new = certify(dir.path());
    until("the new one is shown", async || dial(relay.addr(), &new).await.is_ok()).await;
    assert!(dial(relay.addr(), &old).await.is_err());
}

/// Files that are wrong are told before anything listens.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_files_end_the_start() {
    let core = TestCore::start().await;
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    certify(one.path());
    certify(other.path());
    let (cert, key) = (one.path().join("cert.pem"), one.path().join("key.pem"));
    let wrong = [
        (Some(cert.clone()), None, "tls_key_file: the certificate's key is missing"),
        (None, Some(key.clone()), "tls_certificate_file: the key's certificate is missing"),
        (Some(key.clone()), Some(key.clone()), "has no certificate in it"),
        (Some(cert.clone()), Some(cert.clone()), "tls_key_file: "),
        (Some(cert.clone()), Some(other.path().join("key.pem")), "does not belong to"),
        (Some(one.path().join("none.pem")), Some(key), "tls_certificate_file: "),
    ];
    for (certificate, key, text) in wrong {
        let mut config = config(&core.addr);
        (config.tls_certificate_file, config.tls_key_file) = (certificate, key);
        let stop = tokio_util::sync::CancellationToken::new();
        let error = scorelay_relay::standalone(config, stop).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadConfig);
        assert!(error.message.contains(text), "{}", error.message);
    }
}
