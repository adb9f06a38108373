//! Links over real sockets: joining, chains, tokens, bad peers, silence, and a core that goes and comes back. What
//! links carry is tested without sockets in `link_*.rs`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::time::Duration;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp, Role};
use scorelay_protocol::{codec, frame, limits};
use scorelay_relay::shell::link_io::LinkDeadlines;
use scorelay_relay::shell::links::LinkRules;
use scorelay_relay::shell::tokens::Tokens;
use scorelay_relay::shell::transport::{Acceptor, LinkAddr};
use shell_kit::client::page;
use shell_kit::core::TestCore;
use shell_kit::{LONG, TestRelay, config, until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn hello(role: Role, token: Option<&str>) -> LinkHello {
    let token = token.map(str::to_owned);
    LinkHello { protocol: limits::LINK_PROTOCOL, role, token, node: NodeId(99), name: "test".into() }
}

async fn connect(addr: &LinkAddr) -> TcpStream {
    let LinkAddr::Tcp(host) = addr else { panic!("{addr} is not TCP") };
    TcpStream::connect(host).await.unwrap()
}

/// The next message of a link, `None` at its end.
async fn next(stream: &mut TcpStream) -> Option<LinkDown> {
    let length = timeout(LONG, stream.read_u32()).await.expect("nothing came").ok()?;
    let mut bytes = vec![0; length as usize];
    timeout(LONG, stream.read_exact(&mut bytes)).await.expect("half a frame").ok()?;
    Some(codec::decode_link(&bytes).unwrap())
}

/// What a link's bytes are answered with.
async fn answer(addr: &LinkAddr, bytes: &[u8]) -> Option<LinkDown> {
    let mut stream = connect(addr).await;
    stream.write_all(bytes).await.unwrap();
    next(&mut stream).await
}

async fn refusal(addr: &LinkAddr, bytes: &[u8]) -> ErrorCode {
    match answer(addr, bytes).await {
        Some(LinkDown::Refused(error)) => error.code,
        other => panic!("instead of a refusal: {other:?}"),
    }
}

fn tokens(text: &str) -> Tokens {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tokens");
    std::fs::write(&file, text).unwrap();
    Tokens::read(&file).unwrap()
}

/// E6: a relay shows its token and gets the boards; a wrong or missing token, or one for another role, gets nothing.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_decide_who_may_connect() {
    let rules = LinkRules {
        tokens: tokens(&format!("relay edge {TOKEN}\nsource chat fedcba9876543210")),
        sources: true,
        ..LinkRules::default()
    };
    let core = TestCore::start_with(LinkAddr::Tcp("127.0.0.1:0".into()), rules).await;
    core.board("chat").await;
    for token in [None, Some("0123456789abcdef0123456789abcdee"), Some("fedcba9876543210"), Some("")] {
        let bytes = frame::encode(&LinkUp::Hello(hello(Role::Relay, token)));
        assert_eq!(refusal(&core.addr, &bytes).await, ErrorCode::BadToken, "{token:?}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let mut config = config(&core.addr);
    config.upstream_token_file = Some(file);
    let relay = TestRelay::start(config).await;
    relay.ready().await;
    assert_eq!(core.log().await, ["opened edge"], "the name is the token's");
}

/// E6: a token has its length also where nobody asks for one.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_length_is_refused_everywhere() {
    let (core, relay, _) =
        TestRelay::with_core(|config| config.links = vec![LinkAddr::Tcp("127.0.0.1:0".into())]).await;
    let (least, most) = limits::LINK_TOKEN_BYTES;
    for addr in [&core.addr, &relay.running.relay.links[0]] {
        for length in [0, 1, least - 1, most + 1] {
            let greet = frame::encode(&LinkUp::Hello(hello(Role::Relay, Some(&"t".repeat(length)))));
            assert_eq!(refusal(addr, &greet).await, ErrorCode::BadToken, "{length}");
        }
        for length in [least, most] {
            let greet = frame::encode(&LinkUp::Hello(hello(Role::Relay, Some(&"t".repeat(length)))));
            let answer = answer(addr, &greet).await;
            assert!(matches!(answer, Some(LinkDown::Accepted(_))), "{length}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn an_open_address_needs_tokens() {
    let gate = |tokens| scorelay_relay::shell::links::LinkGate::new(LinkRules { tokens, ..LinkRules::default() });
    let dir = tempfile::tempdir().unwrap();
    let local = [LinkAddr::Tcp("127.0.0.1:0".into()), LinkAddr::Unix(dir.path().join("s"))];
    for addr in local {
        gate(Tokens::default()).check(&Acceptor::bind(&addr).await.unwrap()).unwrap();
    }
    // Bound, and not listened on any further than this.
    let open = Acceptor::bind(&LinkAddr::Tcp("0.0.0.0:0".into())).await.unwrap();
    assert_eq!(gate(Tokens::default()).check(&open).unwrap_err().code, ErrorCode::BadConfig);
    gate(tokens(&format!("relay edge {TOKEN}"))).check(&open).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_peers_are_refused_and_the_others_stay() {
    let (core, relay, board) =
        TestRelay::with_core(|config| config.links = vec![LinkAddr::Tcp("127.0.0.1:0".into())]).await;
    for addr in [&core.addr, &relay.running.relay.links[0]] {
        let greet = frame::encode(&LinkUp::Hello(hello(Role::Relay, None)));
        let code = async |bytes: &[u8]| refusal(addr, bytes).await;
        assert_eq!(code(&frame::encode(&LinkUp::Ping(1))).await, ErrorCode::OutOfOrder);
        assert_eq!(code(&[0, 0, 0, 2, 250, 250]).await, ErrorCode::Malformed);
        assert_eq!(code(&[0xFF; 8]).await, ErrorCode::TooLarge);
        let verbose = LinkHello { name: "x".repeat(limits::LINK_HELLO_BYTES), ..hello(Role::Relay, None) };
        let verbose = frame::encode(&LinkUp::Hello(verbose));
        let head = (limits::LINK_HELLO_BYTES as u32 + 1).to_be_bytes();
        for long in [&verbose[..], &verbose[..100], &verbose[..4], &head] {
            let answer = answer(addr, long).await;
            let Some(LinkDown::Refused(error)) = answer else { panic!("instead of a refusal: {answer:?}") };
            assert_eq!(error.code, ErrorCode::TooLarge);
            assert!(error.message.contains(&limits::LINK_HELLO_BYTES.to_string()), "{error}");
        }
        let old = LinkHello { protocol: 0, ..hello(Role::Relay, None) };
        assert_eq!(code(&frame::encode(&LinkUp::Hello(old))).await, ErrorCode::Version);
        let nameless = LinkHello { name: "An Edge".into(), ..hello(Role::Relay, None) };
        assert_eq!(code(&frame::encode(&LinkUp::Hello(nameless))).await, ErrorCode::BadRange);
        let source = hello(Role::Source { incarnation: 1 }, None);
        assert_eq!(code(&frame::encode(&LinkUp::Hello(source))).await, ErrorCode::RoleRefused);

        // After it was let in.
        for (bad, code) in [(greet.clone(), ErrorCode::OutOfOrder), (vec![0, 0, 0, 1, 250], ErrorCode::Malformed)] {
            let mut stream = connect(addr).await;
            stream.write_all(&[greet.clone(), bad].concat()).await.unwrap();
            let refused = loop {
                match next(&mut stream).await {
                    Some(LinkDown::Refused(error)) => break error.code,
                    Some(_) => {}
                    None => panic!("no refusal"),
                }
            };
            assert_eq!(refused, code);
            assert!(next(&mut stream).await.is_none());
        }
    }
    let mut client = relay.client().await;
    client.join().await;
    client.watch(vec![page(board, 0)]).await;
    core.score(board, vec![("twitch:1".into(), 5)]).await;
    client
        .until_body(|body| {
            matches!(body, Body::PageSnapshot { rows, .. } if rows.0.len() == 1)
                || matches!(body, Body::PageDelta { ops, .. } if !ops.is_empty())
        })
        .await;
}

/// E6, B4: a relay below a relay shows the same board, over TCP and a UNIX socket.
#[tokio::test(flavor = "multi_thread")]
async fn relays_chain() {
    let dir = tempfile::tempdir().unwrap();
    let socket = LinkAddr::Unix(dir.path().join("relay.sock"));
    let (core, first, board) = TestRelay::with_core(|config| config.links = vec![socket.clone()]).await;
    core.score(board, (0..100).map(|n| (format!("twitch:{n}"), n)).collect()).await;
    let second = TestRelay::start(config(&socket)).await;
    second.ready().await;
    first.shows("scorelay_relay_links{state=\"level\"}", 1.0).await;
    second.shows("scorelay_relay_rows", 100.0).await;
    let mut client = second.client().await;
    client.join().await;
    client.watch(vec![page(board, 3)]).await;
    client.until_body(|body| matches!(body, Body::PageSnapshot { rows, .. } if rows.0.len() == 4)).await;
    second.shows("scorelay_relay_pages", 1.0).await;
    second.shows("scorelay_relay_feeds", 2.0).await;
    first.shows("scorelay_relay_pages", 0.0).await;
    core.score(board, vec![("twitch:new".into(), -1)]).await;
    client.until_body(|body| matches!(body, Body::PageDelta { .. } | Body::PageSnapshot { .. })).await;
    let ended = first.stop().await;
    assert!(ended.is_clean(), "{ended:?}");
    assert!(!dir.path().join("relay.sock").exists(), "the socket's file goes with its listener");
}

/// A core that goes leaves the boards standing, stale; another run of it is followed soon, and clients
/// notice nothing but the changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_comes_back_is_followed_again() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, vec![("twitch:1".into(), 5)]).await;
    let mut client = relay.client().await;
    client.join().await;
    client.watch(vec![page(board, 0)]).await;
    client.until_body(|body| matches!(body, Body::PageSnapshot { rows, .. } if rows.0.len() == 1)).await;
    let addr = core.kill().await;
    let stale = |tick: &scorelay_protocol::tick::Tick| tick.head.freshness;
    while !matches!(stale(&client.tick().await), Some(scorelay_protocol::tick::Freshness::Stale { .. })) {}
    relay.shows("scorelay_relay_upstream_connected", 0.0).await;
    relay.shows("scorelay_relay_rows", 1.0).await;
    let again = Instant::now();
    let core = TestCore::start_with(addr, LinkRules::default()).await;
    core.board("chat").await;
    while !matches!(stale(&client.tick().await), Some(scorelay_protocol::tick::Freshness::Live)) {}
    assert!(again.elapsed() < Duration::from_secs(10));
}

/// B2: a peer that says nothing is cut, on either side, and one that answers pings stays.
#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_a_link() {
    let deadlines = LinkDeadlines {
        ping_after: Duration::from_millis(100),
        gone_after: Duration::from_millis(600),
        ..LinkDeadlines::default()
    };
    let rules = LinkRules { deadlines, ..LinkRules::default() };
    let core = TestCore::start_with(LinkAddr::Tcp("127.0.0.1:0".into()), rules).await;
    core.board("chat").await;
    let mut mute = connect(&core.addr).await;
    mute.write_all(&frame::encode(&LinkUp::Hello(hello(Role::Relay, None)))).await.unwrap();
    let start = Instant::now();
    let mut pings = 0;
    while let Some(message) = next(&mut mute).await {
        pings += usize::from(matches!(message, LinkDown::Ping(_)));
    }
    assert!(pings >= 2 && start.elapsed() >= Duration::from_millis(500), "{pings} pings, {:?}", start.elapsed());
    until("the core notes it", async || core.log().await.contains(&"closed silent".to_owned())).await;

    let relay = TestRelay::start(config(&core.addr)).await;
    relay.ready().await;
    relay.shows("scorelay_relay_upstream_connects_total", 1.0).await;
    let quiet = Instant::now() + Duration::from_millis(1_500);
    until("more than the deadline has passed", async || Instant::now() > quiet).await;
    assert_eq!(relay.metric("scorelay_relay_upstream_connects_total").await, 1.0);
    assert_eq!(relay.metric("scorelay_relay_upstream_connected").await, 1.0);
}

/// B2: a peer that does not say who it is, or not to the end, is too slow.
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_without_a_hello_is_too_slow() {
    let deadlines = LinkDeadlines { handshake: Duration::from_millis(200), ..LinkDeadlines::default() };
    let rules = LinkRules { deadlines, ..LinkRules::default() };
    let core = TestCore::start_with(LinkAddr::Tcp("127.0.0.1:0".into()), rules).await;
    let greet = frame::encode(&LinkUp::Hello(hello(Role::Relay, None)));
    for part in [&[][..], &greet[..3], &greet[..4], &greet[..greet.len() - 1]] {
        assert_eq!(refusal(&core.addr, part).await, ErrorCode::TooSlow, "after {} bytes", part.len());
    }
}

/// E1: a peer that keeps its socket after the link has ended holds no shutdown up.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_left_open_after_a_link_is_not_waited_for() {
    let deadlines = LinkDeadlines { handshake: 10 * LONG, ..LinkDeadlines::default() };
    let rules = LinkRules { deadlines, ..LinkRules::default() };
    let core = TestCore::start_with(LinkAddr::Tcp("127.0.0.1:0".into()), rules).await;
    let mut kept = connect(&core.addr).await;
    kept.write_all(&frame::encode(&LinkUp::Ping(1))).await.unwrap();
    assert!(matches!(next(&mut kept).await, Some(LinkDown::Refused(_))));
    assert!(next(&mut kept).await.is_none(), "nothing follows");
    core.kill().await;
    drop(kept);
}

/// B2: an upstream that accepts and then says nothing is left for another attempt.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_leaves_a_silent_upstream() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = LinkAddr::Tcp(listener.local_addr().unwrap().to_string());
    let mut config = config(&addr);
    config.link_deadlines.handshake = Duration::from_millis(300);
    let relay = TestRelay::start(config).await;
    let (first, _) = timeout(LONG, listener.accept()).await.unwrap().unwrap();
    let (mut second, _) = timeout(LONG, listener.accept()).await.unwrap().unwrap();
    let greeting = second.read_u32().await.unwrap();
    let mut bytes = vec![0; greeting as usize];
    second.read_exact(&mut bytes).await.unwrap();
    assert!(matches!(codec::decode_link(&bytes), Ok(LinkUp::Hello(LinkHello { role: Role::Relay, .. }))));
    let refused = LinkDown::Refused(WireError::new(ErrorCode::TooManyLinks, "full"));
    second.write_all(&frame::encode(&refused)).await.unwrap();
    timeout(LONG, listener.accept()).await.unwrap().unwrap();
    drop(first);
    assert!(relay.running.relay.readiness.check().is_err());
    assert!(relay.stop().await.is_clean());
}
