//! What `Core` wants done: dialing, closing, sending, waking, and what it says of the connection's state.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use scorelay_client::protocol::client::{ClientMessage, GoAway, RelayMessage};
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::ids::UnixMillis;
use scorelay_client::protocol::limits::{self, GONE_AFTER_MS, HANDSHAKE_MS, PING_AFTER_MS};
use scorelay_client::protocol::tick::{Freshness, TickHead};
use scorelay_client_wasm::Core;

use crate::reader::{Record, read};
use crate::relay::{NOW, directory, live, new, receive, sent, shown, tick, welcome};

fn timer(records: &[Record]) -> Option<f64> {
    if let Some(Record::Timer(at)) = records.last() { *at } else { None }
}

/// T2: the states of a connection, each told once.
#[test]
fn from_dialing_to_live() {
    let mut core = new();
    let connecting = Record::Status { kind: 0, since: NOW, retry_at: None, last_update: None, error: None };
    let by = NOW + HANDSHAKE_MS as f64;
    assert_eq!(read(&core.poll(NOW)), [Record::Connect, connecting, Record::Timer(Some(by))]);
    assert_eq!(read(&core.poll(NOW)), [Record::Timer(Some(by))]);

    let opened = read(&core.connected(NOW));
    let [ClientMessage::Hello { agent, .. }, ClientMessage::Watch { .. }] = &sent(&opened)[..] else {
        panic!("{opened:?}")
    };
    assert_eq!(agent, "test");
    assert_eq!(shown(opened), []);
    assert_eq!(shown(receive(&mut core, &welcome())), []);
    let first = receive(&mut core, &directory());
    let live = Record::Status { kind: 1, since: NOW, retry_at: None, last_update: Some(NOW), error: None };
    assert_eq!((&first[0], timer(&first)), (&live, Some(NOW + PING_AFTER_MS as f64)));

    let since = UnixMillis(NOW as u64 - 77);
    let stale = TickHead { freshness: Some(Freshness::Stale { since }), ..TickHead::default() };
    let stale = shown(receive(&mut core, &tick(stale, Vec::new())));
    let last_update = Some(NOW);
    assert_eq!(stale, [Record::Status { kind: 2, since: NOW - 77.0, retry_at: None, last_update, error: None }]);

    let closed = read(&core.close(NOW + 1.0));
    let status = Record::Status { kind: 4, since: NOW + 1.0, retry_at: None, last_update, error: None };
    assert_eq!(closed, [Record::Close("closed".to_owned()), status, Record::Timer(None)]);
    assert_eq!(core.stats()[..3], [1.0, 0.0, 3.0]);
}

/// T2: each end of a connection has a code of its own.
#[test]
fn reasons_have_codes() {
    let ended = |records: Vec<Record>| {
        let status = records.into_iter().find(|record| matches!(record, Record::Status { .. }));
        let Some(Record::Status { kind: 3, retry_at, error: Some((code, retryable, message)), .. }) = status else {
            panic!("not offline: {status:?}")
        };
        assert!(!message.is_empty() && retry_at.is_some_and(|at| at >= NOW));
        (code, retryable)
    };
    let is = |core: &mut Core, message| ended(receive(core, &message));
    let code = |code: &str, retryable| (code.to_owned(), retryable);

    assert_eq!(ended(read(&new().disconnected(NOW, true, "refused".to_owned()))), code("unreachable", true));
    assert_eq!(ended(read(&live().disconnected(NOW, false, "1006".to_owned()))), code("lost", true));
    assert_eq!(ended(read(&live().timeout(NOW + GONE_AFTER_MS as f64))), code("silent", true));
    for (reason, name) in [(GoAway::ShuttingDown, "going-away"), (GoAway::Overloaded, "overloaded")] {
        assert_eq!(is(&mut live(), RelayMessage::GoAway { reason, retry_after_ms: 100 }), code(name, true));
    }
    let full = RelayMessage::Error(WireError::new(ErrorCode::MaskFull, "full"));
    assert_eq!(is(&mut live(), full), code("mask-full", false));
    assert_eq!(is(&mut live(), welcome()), code("misfit", true));
    let RelayMessage::Welcome(mut other) = welcome() else { unreachable!("made as one") };
    other.protocol += 1;
    let mut core = new();
    core.connected(NOW);
    assert_eq!(is(&mut core, RelayMessage::Welcome(other)), code("version", false));

    let mut core = live();
    let error = RelayMessage::Error(WireError::new(ErrorCode::TooFast, "slower"));
    let refused = Record::Refused(("too-fast".to_owned(), true, "slower".to_owned()));
    assert_eq!(shown(receive(&mut core, &error)), [refused]);
    assert_eq!(ended(read(&core.disconnected(NOW, false, String::new()))), code("too-fast", true));
}

/// T2: hurrying cuts a wait short, and asks an open connection for a sign of life.
#[test]
fn hurry() {
    let mut core = live();
    assert!(matches!(sent(&read(&core.hurry(NOW)))[..], [ClientMessage::Request { .. }]));
    let mut core = new();
    core.poll(NOW);
    core.disconnected(NOW, true, String::new());
    assert_eq!(read(&core.hurry(NOW))[0], Record::Connect);
}

/// Commands go out with the next poll, all in one message.
#[test]
fn commands_wait_for_a_poll() {
    let mut core = live();
    core.watch("messages", 1, 50).expect("a window");
    core.watch("messages", 20, 80).expect("a window");
    core.track("twitch:5").expect("room");
    core.pace(2_000);
    let messages = sent(&read(&core.poll(NOW)));
    let [ClientMessage::Watch { add, .. }, ClientMessage::Pace { every_ms: 2_000 }] = &messages[..] else {
        panic!("{messages:?}")
    };
    assert_eq!(add.len(), 4, "three pages and one entity");
}

/// What JavaScript checks arguments by is what holds here.
#[test]
fn limits_are_those_of_the_protocol() {
    let expected = [15_808, limits::MASK_TRACKS as u32, limits::MAX_PACE_MS, limits::AROUND_ROWS, 32, 128];
    assert_eq!(Core::limits(), expected);
    assert_eq!(Core::protocol(), limits::SUBPROTOCOL);
    let mut core = live();
    assert!(core.watch("messages", 1, Core::limits()[0]).is_ok());
    assert!(core.watch("messages", 1, Core::limits()[0] + 1).is_err());
}
