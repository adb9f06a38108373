//! Web pages at the public port: what is served and how, what is not, and how long sockets that load pages may stay.
//! Folders that cannot be served are in `src/shell/pages/folder.rs`, the port's other routes in `shell_front.rs`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::fs;
use std::time::Duration;

use scorelay_protocol::client::RelayMessage;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::{codec, limits};
use scorelay_relay::shell::config::RelayConfig;
use shell_kit::client::hello;
use shell_kit::core::TestCore;
use shell_kit::http::{self, HttpAnswer, SUBPROTOCOL, handshake};
use shell_kit::{LONG, TestRelay, until};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, timeout};

const BIG: usize = 4 * 1024 * 1024;

/// A relay with web pages. The core and the folder live as long as it.
struct Served {
    relay: TestRelay,
    _core: TestCore,
    _folder: TempDir,
}

async fn serve(change: impl FnOnce(&mut RelayConfig)) -> Served {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>front"),
        ("boards/index.html", "<!doctype html>boards"),
        ("overlay.html", "<!doctype html>overlay"),
        ("overlay.html.gz", "packed"),
        ("assets/app-1.js", "plain"),
        ("assets/app-1.js.br", "brotli"),
        ("assets/app-1.js.gz", "gzip"),
        ("assets/core-1.wasm", "wasm"),
        ("icon.svg", "<svg/>"),
        ("a b.txt", "space"),
        ("other.bin2", "other"),
        (".env", "secret"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    fs::write(folder.path().join("big"), vec![b'x'; BIG]).unwrap();
    let pages = folder.path().to_owned();
    let (core, relay, _board) = TestRelay::with_core(|config| {
        config.pages = Some(pages);
        change(config);
    })
    .await;
    Served { relay, _core: core, _folder: folder }
}

fn request(line: &str, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

impl Served {
    async fn get(&self, path: &str, headers: &str) -> HttpAnswer {
        http::send(self.relay.addr(), &request(&format!("GET {path}"), headers)).await
    }

    async fn open(&self) -> TcpStream {
        TcpStream::connect(self.relay.addr()).await.unwrap()
    }

    /// Asks for the big file on a socket whose reader has little room, and reads its head.
    async fn begin_big(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 * 1024).unwrap();
        let mut stream = socket.connect(self.relay.addr()).await.unwrap();
        stream.write_all(request("GET /big", "").as_bytes()).await.unwrap();
        assert_eq!(http::read_head(&mut stream).await.header("content-length"), Some(BIG.to_string().as_str()));
        stream
    }
}

async fn ask(stream: &mut TcpStream, path: &str) -> HttpAnswer {
    stream.write_all(request(&format!("GET {path}"), "").as_bytes()).await.unwrap();
    http::read(stream).await
}

/// Reads to the end of the stream; whether it ended by itself or was reset.
async fn drained(stream: &mut TcpStream) -> usize {
    let mut rest = Vec::new();
    // A socket that is cut with unread bytes on either side is reset.
    let _ = timeout(LONG, stream.read_to_end(&mut rest)).await.unwrap();
    rest.len()
}

/// E13: one port serves the web pages beside the live socket.
#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_their_type_and_rules() {
    let served = serve(|_| {}).await;
    for (path, body, content_type, cache) in [
        ("/", "<!doctype html>front", "text/html; charset=utf-8", "no-cache"),
        ("/index.html?board=chat", "<!doctype html>front", "text/html; charset=utf-8", "no-cache"),
        ("/boards/", "<!doctype html>boards", "text/html; charset=utf-8", "no-cache"),
        ("/overlay.html", "<!doctype html>overlay", "text/html; charset=utf-8", "no-cache"),
        ("/overlay?meet=123456789", "<!doctype html>overlay", "text/html; charset=utf-8", "no-cache"),
        ("/assets/app-1.js", "plain", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/core-1.wasm", "wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/icon.svg", "<svg/>", "image/svg+xml", "no-cache"),
        ("/a%20b.txt", "space", "text/plain; charset=utf-8", "no-cache"),
        ("/%61%20b.t%78t", "space", "text/plain; charset=utf-8", "no-cache"),
        ("/other.bin2", "other", "application/octet-stream", "no-cache"),
    ] {
        let answer = served.get(path, "Origin: https://elsewhere.example\r\n").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        assert_eq!(answer.header("cache-control"), Some(cache), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        let is_document = content_type.starts_with("text/html") || content_type.starts_with("image/svg");
        let policy = answer.header("content-security-policy");
        assert_eq!(policy.is_some_and(|policy| policy.contains("'wasm-unsafe-eval'")), is_document, "{path}");
        assert_eq!(answer.header("referrer-policy").is_some(), is_document, "{path}");
    }
    let folder = served.get("/boards?track_user=irc:ann", "").await;
    assert_eq!((folder.status, folder.header("location")), (308, Some("/boards/?track_user=irc:ann")));
    served.relay.shows("scorelay_relay_http_answers_total{status=\"2xx\"}", 11.0).await;
    served.relay.shows("scorelay_relay_http_answers_total{status=\"3xx\"}", 1.0).await;
    assert!(served.relay.metric("scorelay_relay_http_bytes_total").await > 1_000.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_and_what_the_asker_has_come_without_a_body() {
    let served = serve(|_| {}).await;
    let mut stream = served.open().await;
    stream.write_all(request("HEAD /assets/app-1.js", "").as_bytes()).await.unwrap();
    let head = http::read_head(&mut stream).await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("5")));
    // No body is between this answer and the next.
    let whole = ask(&mut stream, "/assets/app-1.js").await;
    assert_eq!((whole.status, whole.body.as_str()), (200, "plain"));

    // Heads are read in lower case, tags are not.
    let get = request("GET /assets/app-1.js", "Connection: close\r\n");
    stream.write_all(get.as_bytes()).await.unwrap();
    let mut text = String::new();
    timeout(LONG, stream.read_to_string(&mut text)).await.unwrap().unwrap();
    let tag = text.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    for (tags, status) in [
        (tag.to_owned(), 304),
        (format!("\"x\", W/{tag}"), 304),
        ("*".into(), 304),
        ("\"x\"".into(), 200),
        (tag.to_uppercase() + "x", 200),
    ] {
        let mut stream = served.open().await;
        let get = request("GET /assets/app-1.js", &format!("If-None-Match: {tags}\r\n"));
        stream.write_all(get.as_bytes()).await.unwrap();
        let answer = http::read_head(&mut stream).await;
        assert_eq!(answer.status, status, "{tags}");
        assert_eq!(answer.header("etag"), Some(tag.to_lowercase().as_str()));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(status == 200 || answer.header("content-length").is_none_or(|length| length == "0"), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_copies_are_sent_to_those_who_like_them() {
    let served = serve(|_| {}).await;
    let mut tags = Vec::new();
    for (accept, body, coding) in [
        ("gzip, deflate, br", "brotli", Some("br")),
        ("br;q=0.1, gzip", "gzip", Some("gzip")),
        ("deflate", "plain", None),
    ] {
        let answer = served.get("/assets/app-1.js", &format!("Accept-Encoding: {accept}\r\n")).await;
        assert_eq!((answer.body.as_str(), answer.header("content-encoding")), (body, coding), "{accept}");
        assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        tags.push(answer.header("etag").unwrap().to_owned());
    }
    tags.dedup();
    assert_eq!(tags.len(), 3, "each copy has a tag of its own");
    assert_eq!(served.get("/", "Accept-Encoding: br\r\n").await.header("content-encoding"), None);
    assert_eq!(served.get("/overlay", "Accept-Encoding: gzip\r\n").await.body, "packed");
    assert_eq!(served.get("/assets/app-1.js.br", "").await.status, 404, "copies have no address of their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_served() {
    let served = serve(|_| {}).await;
    let long = format!("/{}", "x/".repeat(7_000));
    for path in [
        "/missing.html",
        "/assets",
        "/assets/",
        "/.env",
        "/../shell_pages.rs",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/boards/../index.html",
        "/boards%2findex.html",
        "//index.html",
        "//etc/passwd",
        "/./index.html",
        "/index.html/",
        "/overlay/",
        "/overlay.",
        "/overlay.html.html",
        "/boards/overlay",
        "/index.html%00",
        "/%00",
        "/%",
        "/%ff",
        "/INDEX.HTML",
        "/c:%5cwindows",
        "/v1/other",
        &long,
    ] {
        let answer = served.get(path, "").await;
        assert_eq!((answer.status, answer.problem("code")), (404, ErrorCode::NotFound.number().into()), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    for method in ["POST", "DELETE", "OPTIONS"] {
        let answer = http::send(served.relay.addr(), &request(&format!("{method} /"), "Content-Length: 0\r\n")).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("get, head")), "{method}");
        assert_eq!(answer.problem("code"), ErrorCode::BadRequest.number());
    }
    let answer = served.get(&"x".repeat(20_000), "").await;
    assert!(answer.status == 431 || answer.status == 400, "{}", answer.status);
    let answer = http::send(served.relay.addr(), "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(answer.status, 400);
}

/// E13: a socket that has loaded pages may become a client, also with everything sent at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_loaded_pages_becomes_a_client() {
    let served = serve(|_| {}).await;
    let mut stream = served.open().await;
    assert_eq!(ask(&mut stream, "/").await.status, 200);
    served.relay.shows("scorelay_relay_http_sockets", 1.0).await;
    let mut bytes = request("GET /boards/", "").into_bytes();
    bytes.extend(request("GET /missing", "").into_bytes());
    bytes.extend(handshake("/v1/live", SUBPROTOCOL).into_bytes());
    let payload = codec::encode(&hello());
    // A client's frame is masked; with a mask of zeros the payload stays as it is.
    bytes.extend([0x82, 0x80 | payload.len() as u8, 0, 0, 0, 0]);
    bytes.extend(&payload);
    stream.write_all(&bytes).await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(http::read(&mut stream).await.status);
    }
    assert_eq!(statuses, [200, 404, 101]);
    let header = timeout(LONG, stream.read_u16()).await.unwrap().unwrap();
    let mut message = vec![0; usize::from(header & 0x7F)];
    stream.read_exact(&mut message).await.unwrap();
    assert!(matches!(codec::decode_client(&message), Ok(RelayMessage::Welcome(_))));
    served.relay.shows("scorelay_relay_clients", 1.0).await;
    served.relay.shows("scorelay_relay_http_sockets", 0.0).await;
}

/// T3: who takes nothing of a page is let go, in time and without a place kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stops_is_let_go() {
    let served = serve(|config| config.client_deadlines.http_window = Duration::from_millis(400)).await;
    let start = Instant::now();
    let mut stuck = served.begin_big().await;
    served.relay.shows("scorelay_relay_http_sockets", 0.0).await;
    assert!(start.elapsed() >= Duration::from_millis(350), "{:?}", start.elapsed());
    assert!(drained(&mut stuck).await < BIG);
}

/// T3: one that is only slow gets all of it, however many deadlines pass meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_gets_everything() {
    let served = serve(|config| {
        config.client_deadlines.http_window = Duration::from_millis(1_000);
        config.client_deadlines.handshake = Duration::from_millis(500);
    })
    .await;
    let start = Instant::now();
    let mut slow = served.begin_big().await;
    let mut pace = interval(Duration::from_millis(40));
    let mut bytes = vec![0; 64 * 1024];
    for _ in 0..BIG / bytes.len() {
        pace.tick().await;
        timeout(LONG, slow.read_exact(&mut bytes)).await.unwrap().unwrap();
        assert!(bytes.iter().all(|&byte| byte == b'x'));
    }
    assert!(start.elapsed() >= Duration::from_millis(2_000), "{:?}", start.elapsed());
    assert_eq!(ask(&mut slow, "/").await.status, 200, "and may ask on");
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_half_a_head_end_a_socket_between_requests_too() {
    let served = serve(|config| config.client_deadlines.handshake = Duration::from_millis(400)).await;
    for more in ["", "GET / HTTP/1.1\r\nHo"] {
        let mut stream = served.open().await;
        assert_eq!(ask(&mut stream, "/").await.status, 200);
        let start = Instant::now();
        stream.write_all(more.as_bytes()).await.unwrap();
        assert_eq!(drained(&mut stream).await, 0, "{more:?}");
        assert!(start.elapsed() >= Duration::from_millis(350), "{more:?} {:?}", start.elapsed());
    }
    served.relay.shows("scorelay_relay_http_sockets", 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_has_an_age_and_a_number_of_requests() {
    let served = serve(|config| config.client_deadlines.http_socket = Duration::from_millis(1_000)).await;
    let mut aged = served.open().await;
    let (start, mut requests) = (Instant::now(), 0);
    until("it is old", async || {
        requests += 1;
        let answer = ask(&mut aged, "/").await;
        answer.status == 200 && answer.header("connection") == Some("close")
    })
    .await;
    assert!(start.elapsed() >= Duration::from_millis(450), "{:?}", start.elapsed());
    assert!(requests < limits::HTTP_REQUESTS);
    assert_eq!(drained(&mut aged).await, 0);

    let served = serve(|_| {}).await;
    let mut busy = served.open().await;
    for number in 1..=limits::HTTP_REQUESTS {
        let is_last = ask(&mut busy, "/").await.header("connection") == Some("close");
        assert_eq!(is_last, number == limits::HTTP_REQUESTS, "{number}");
    }
    assert_eq!(drained(&mut busy).await, 0);
}

/// E13, T3: however many sockets load pages, and however slowly, clients get in.
#[tokio::test(flavor = "multi_thread")]
async fn readers_of_pages_keep_no_client_out() {
    let served = serve(|config| {
        config.http_sockets = 2;
        config.connections = 1;
    })
    .await;
    let mut kept = served.open().await;
    assert_eq!(ask(&mut kept, "/").await.header("connection"), None);
    // Past half of the places nobody is kept waiting for nothing.
    let mut second = served.open().await;
    assert_eq!(ask(&mut second, "/").await.header("connection"), Some("close"));
    assert_eq!(drained(&mut second).await, 0);
    served.relay.shows("scorelay_relay_http_sockets", 1.0).await;
    let slow = served.begin_big().await;
    let mut third = served.open().await;
    let refused = ask(&mut third, "/").await;
    assert_eq!((refused.status, refused.problem("code")), (503, ErrorCode::TooManyConnections.number().into()));
    assert_eq!((refused.header("connection"), drained(&mut third).await), (Some("close"), 0));

    let mut client = served.relay.client().await;
    client.greet().await;
    let full = http::send(served.relay.addr(), &handshake("/v1/live", SUBPROTOCOL)).await;
    assert_eq!(full.status, 503, "clients have a bound of their own");
    drop((client, slow));
    served.relay.shows("scorelay_relay_clients", 0.0).await;
    served.relay.shows("scorelay_relay_http_sockets", 1.0).await;
    kept.write_all(handshake("/v1/live", SUBPROTOCOL).as_bytes()).await.unwrap();
    assert_eq!(http::read(&mut kept).await.status, 101);
}
