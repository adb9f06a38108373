//! What `Client::hurry` makes happen at once, and what it leaves alone: waits between connections, and dead connections
//! that nobody has noticed. How connections go otherwise is in `lifecycle.rs`.

mod model;

use model::script::{Options, Script};
use scorelay_client::core::{Client, ClientConfig, Disconnect, Event, Millis, Status, Transmit};
use scorelay_client::protocol::client::{ClientMessage, GoAway, RelayMessage, Request};
use scorelay_client::protocol::codec;
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::ids::RequestId;
use scorelay_client::protocol::limits::{GONE_AFTER_MS, HANDSHAKE_MS, PING_AFTER_MS};

/// A client that is connected and has all there is, and the time now.
fn live() -> (Client, Millis) {
    let mut script = Script::new(3, Options::default());
    script.settle();
    let quiet = script.now.plus(1);
    script.client.handle_alive(quiet);
    assert_eq!(script.client.poll_transmit(quiet), None);
    (script.client, quiet)
}

fn transmits(client: &mut Client, now: Millis) -> Vec<Transmit> {
    std::iter::from_fn(|| client.poll_transmit(now)).collect()
}

fn probes(client: &mut Client, now: Millis) -> Vec<RequestId> {
    let probe = |transmit| match transmit {
        Transmit::Send(bytes) => match codec::decode_client(&bytes) {
            Ok(ClientMessage::Request { id, body: Request::Find { .. } }) => id,
            other => panic!("not a probe: {other:?}"),
        },
        other => panic!("not a probe: {other:?}"),
    };
    transmits(client, now).into_iter().map(probe).collect()
}

/// T2: who waits to connect again connects at once, and says so.
#[test]
fn waits_for_nothing() {
    let mut waited = 0;
    for _ in 0..8 {
        let (mut client, now) = live();
        // Failures in a row make the wait a long one.
        let mut now = now;
        for _ in 0..6 {
            client.handle_disconnected(now, Disconnect::Unreachable(String::new()));
            now = client.poll_timeout().expect("it comes back").max(now);
            client.handle_timeout(now);
            assert_eq!(transmits(&mut client, now), [Transmit::Connect]);
        }
        client.handle_disconnected(now, Disconnect::Unreachable(String::new()));
        std::iter::from_fn(|| client.poll_event()).for_each(drop);
        waited += client.poll_timeout().expect("it comes back").since(now);

        client.hurry(now);
        assert_eq!(transmits(&mut client, now), [Transmit::Connect]);
        assert!(matches!(client.status(), Status::Offline { retry_at: None, .. }));
        assert!(std::iter::from_fn(|| client.poll_event()).any(|event| event == Event::StatusChanged));

        // Once is enough.
        client.hurry(now);
        assert_eq!(transmits(&mut client, now), []);
        assert_eq!(client.poll_timeout(), Some(now.plus(HANDSHAKE_MS)));
    }
    assert!(waited > 0, "nothing was cut short");
}

/// A relay that said how long to stay away is not hurried.
#[test]
fn a_relay_that_asked_for_time_gets_it() {
    let (mut client, now) = live();
    let away = RelayMessage::GoAway { reason: GoAway::ShuttingDown, retry_after_ms: 4_000 };
    client.handle_message(now, &codec::encode(&away));
    assert_eq!(transmits(&mut client, now), [Transmit::Close(Disconnect::GoAway(GoAway::ShuttingDown))]);
    let early = now.plus(1_000);
    client.hurry(early);
    assert_eq!(transmits(&mut client, early), []);
    assert_eq!(client.poll_timeout(), Some(now.plus(4_000)), "then at once");
    let late = now.plus(4_000);
    client.hurry(late);
    assert_eq!(transmits(&mut client, late), [Transmit::Connect]);
}

/// T2: a connection that died unnoticed is given up soon after, and tried again.
#[test]
fn a_dead_connection_is_noticed() {
    let (mut client, now) = live();
    client.hurry(now);
    assert_eq!(probes(&mut client, now).len(), 1);
    let gone = now.plus(GONE_AFTER_MS - PING_AFTER_MS);
    for at in [Millis(gone.0 - 1), gone] {
        assert!(matches!(client.status(), Status::Live { .. }));
        client.handle_timeout(at);
    }
    assert!(matches!(client.status(), Status::Offline { reason: Disconnect::Silent, .. }));
}

/// After a long sleep nothing was heard for too long already: it dials in the same call.
#[test]
fn after_sleep_it_dials() {
    let (mut client, now) = live();
    let woken = now.plus(3_600_000);
    client.hurry(woken);
    assert_eq!(transmits(&mut client, woken), [Transmit::Close(Disconnect::Silent), Transmit::Connect]);
}

/// However often it is hurried, one sign of life is asked for at a time; what comes meanwhile is no reason for another.
#[test]
fn one_probe_at_a_time() {
    let (mut client, now) = live();
    client.hurry(now);
    let first = probes(&mut client, now);
    assert_eq!(first.len(), 1);
    for millisecond in 1..50 {
        let now = now.plus(millisecond);
        client.handle_alive(now);
        client.hurry(now);
        assert_eq!(probes(&mut client, now), []);
    }
    let answered = now.plus(50);
    let result = Err(WireError::new(ErrorCode::UnknownBoard, "no such board"));
    client.handle_message(answered, &codec::encode(&RelayMessage::Response { id: first[0], result }));
    assert_eq!(client.poll_timeout(), Some(answered.plus(PING_AFTER_MS)), "it is as if nothing had been");
    client.hurry(answered);
    assert_eq!(probes(&mut client, answered).len(), 1);
}

/// Where the transport itself sees that the peer lives, where it is being dialed, and when all is over, nothing
/// happens.
#[test]
fn otherwise_nothing() {
    let config = ClientConfig { probes: false, ..ClientConfig::default() };
    let start = Millis(1_000);
    let mut client = Client::new(config, 1, start);
    assert_eq!(transmits(&mut client, start), [Transmit::Connect]);
    let calm = |client: &mut Client, now: Millis| {
        let (status, timeout) = (client.status(), client.poll_timeout());
        client.hurry(now);
        assert_eq!((client.status(), client.poll_timeout()), (status, timeout));
        assert_eq!(transmits(client, now), []);
    };
    calm(&mut client, start.plus(10));
    client.handle_connected(start.plus(20));
    assert_eq!(transmits(&mut client, start.plus(20)).len(), 2);
    calm(&mut client, start.plus(30));
    client.close(start.plus(40));
    assert_eq!(transmits(&mut client, start.plus(40)), [Transmit::Close(Disconnect::Closed)]);
    calm(&mut client, start.plus(50));
}
