//! What is between a bridge and its core, or in its place: a network that splits, merges and breaks, and peers that are
//! dead.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::{LINK_GONE_AFTER_MS, LINK_HANDSHAKE_MS, LINK_PROTOCOL, RECONNECT_MS};
use scorelay_protocol::link::{Accepted, LinkDown};

use super::house::{House, Kind, totals};
use crate::until::DEADLINE;

/// Passes bytes on in pieces of random sizes, smaller and larger than they came, up to so many in all.
fn rechunk(mut from: TcpStream, mut to: TcpStream, seed: u64, most: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut held, mut passed) = (Vec::new(), 0);
    let mut bytes = [0; 4096];
    // What is held back to be merged with more goes on where no more comes.
    from.set_read_timeout(Some(Duration::from_millis(5))).expect("a socket takes a timeout");
    loop {
        let size = random.random_range(1..bytes.len());
        match from.read(&mut bytes[..size]) {
            Ok(0) => break,
            Ok(read) => {
                held.extend_from_slice(&bytes[..read]);
                if random.random_bool(0.5) {
                    continue;
                }
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        while !held.is_empty() {
            let piece = random.random_range(1..=held.len().min(997));
            passed += piece;
            if to.write_all(&held[..piece]).is_err() || passed > most {
                let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                return;
            }
            held.drain(..piece);
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// A way to `core` that splits and merges writes, and breaks within a frame now and then. Gives its address.
fn network(core: &str) -> String {
    let core = core.strip_prefix("tcp:").expect("a tcp link").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = format!("tcp:{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for (near, seed) in listener.incoming().map_while(Result::ok).zip(1u64..) {
            let Ok(far) = TcpStream::connect(&core) else { continue };
            let halves = || Some((near.try_clone().ok()?, far.try_clone().ok()?));
            let Some((near_too, far_too)) = halves() else { continue };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let most = 50_000 * seed as usize;
            std::thread::spawn(move || rechunk(near, far, seed, most));
            std::thread::spawn(move || rechunk(far_too, near_too, 1_000 + seed, most));
        }
    });
    address
}

/// The largest message that there may be.
fn largest() -> String {
    let badges = vec![format!("\"{}\"", "b".repeat(128)); 32].join(",");
    let emote = |n: usize| {
        let entity = format!("emote:{}", format!("{n:03}").repeat(42));
        format!("{{\"emote\":\"{entity}\",\"name\":\"{}\",\"count\":65535}}", "k".repeat(128))
    };
    let emotes = (0..64).map(emote).collect::<Vec<_>>().join(",");
    let (text, name) = ("é".repeat(4_096), "n".repeat(128));
    format!(
        "{{\"message\":{{\"author\":\"t:{author}\",\"name\":\"{name}\",\"room\":\"{name}\",\"text\":\"{text}\",\"id\":null,\
         \"badges\":[{badges}],\"emotes\":[{emotes}],\"bits\":4294967295}}}}",
        author = "a".repeat(128)
    )
}

fn split_and_merged(kind: Kind) {
    let house = House::open();
    let mut bridge = house.bridge(kind, &network(&house.tcp()), "s", &[]);
    let message = largest();
    for batch in 0..20 {
        bridge.give(batch * 200 + 1..=batch * 200 + 200);
        assert!(bridge.line(&message));
    }
    bridge.reaches("all of it is durable", |bridge| bridge.durable == 4_020);
    bridge.done();
    assert_eq!(house.scores("b"), totals(1..=4_000));
    let messages: Vec<i64> = house.scores("messages").into_values().collect();
    assert_eq!(messages, [20]);
}

/// B1: split and merged writes, links that break within a frame, and messages of the largest size.
#[test]
fn a_python_bridge_does_not_mind_how_bytes_come() {
    split_and_merged(Kind::Python);
}

/// B1: the same in Rust.
#[test]
fn a_rust_bridge_does_not_mind_how_bytes_come() {
    split_and_merged(Kind::Rust);
}

/// The next connection, which comes in time.
fn accept(listener: &TcpListener) -> (TcpStream, Instant) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let listener = listener.try_clone().expect("a socket can be cloned");
    std::thread::spawn(move || {
        let _ = sender.send(listener.accept());
    });
    let (stream, _) = receiver.recv_timeout(DEADLINE).expect("it connects again").expect("it can be accepted");
    (stream, Instant::now())
}

fn dead_peers(kind: Kind) {
    const EVENTS: u64 = 30_000;
    let house = House::open();
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let link = format!("tcp:{}", listener.local_addr().expect("it is bound"));
    let mut bridge = house.bridge(kind, &link, "s", &[]);

    let (_silent, first) = accept(&listener);
    // Whoever gives it events does not wait for the peer, however many they are.
    bridge.give(1..=EVENTS);
    bridge.reaches("all of it is kept", |bridge| bridge.kept == EVENTS);

    let (mut deaf, second) = accept(&listener);
    let left = second - first;
    assert!(left >= Duration::from_millis(LINK_HANDSHAKE_MS), "it left after {left:?}");
    // Lets it in after its hello, and neither reads nor says anything again.
    let (mut frames, mut bytes) = (Frames::new(), [0; 512]);
    while frames.take().expect("frames").is_none() {
        let read = deaf.read(&mut bytes).expect("it says hello");
        frames.push(&bytes[..read]);
    }
    let accepted = LinkDown::Accepted(Accepted { protocol: LINK_PROTOCOL, path: vec![NodeId(1)], watermark: 0 });
    deaf.write_all(&frame::encode(&accepted)).expect("it reads");
    let (_third, third) = accept(&listener);
    let left = third - second;
    let most = Duration::from_millis(LINK_GONE_AFTER_MS + 2 * RECONNECT_MS.1) + DEADLINE / 4;
    assert!(left >= Duration::from_millis(LINK_GONE_AFTER_MS) && left < most, "it left after {left:?}");

    bridge.signal("-INT");
    assert_eq!(bridge.finish(), Some(130), "{}", bridge.log());
    let mut bridge = house.bridge(kind, &house.unix(), "s", &[]);
    assert_eq!(bridge.kept, EVENTS);
    bridge.reaches("all of it is durable in the end", |bridge| bridge.durable == EVENTS);
    bridge.done();
    assert_eq!(house.scores("b"), totals(1..=EVENTS));
}

/// B2: a peer that accepts and never answers, then one that never reads: the bridge leaves both, and blocks nobody.
#[test]
fn a_python_bridge_does_not_wait_for_the_dead() {
    dead_peers(Kind::Python);
}

/// B2: the same in Rust.
#[test]
fn a_rust_bridge_does_not_wait_for_the_dead() {
    dead_peers(Kind::Rust);
}
