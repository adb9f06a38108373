//! Connections and their ends, requests, pace, limits, and what scrolling costs: one behaviour per test, on virtual
//! time. Random scripts are in `convergence.rs`, bad bytes in `hostile.rs`.

mod model;

use std::collections::BTreeSet;

use model::script::{Options, Script};
use scorelay_client::core::{
    Answer, Client, ClientConfig, CommandError, Disconnect, Event, Millis, RequestError, Status, Transmit,
};
use scorelay_client::protocol::client::{Add, ClientMessage, GoAway, RelayMessage, Request, Welcome};
use scorelay_client::protocol::codec;
use scorelay_client::protocol::entity::{EntityId, WireEntity};
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::feed::{BoardInfo, BoardStanding, Body, DirectoryChange, Feed, Standing};
use scorelay_client::protocol::ids::{
    BoardNo, Generation, PageNo, PlatformNo, Position, RelayEpoch, TickNo, UnixMillis,
};
use scorelay_client::protocol::limits::{
    CLIENT_MESSAGES_PER_SECOND, CLIENT_RECONNECT_MS, CLIENT_REQUEST_MS, GONE_AFTER_MS, HANDSHAKE_MS, MASK_FEEDS,
    MASK_TRACKS, PING_AFTER_MS,
};
use scorelay_client::protocol::tick::{Freshness, Tick, TickHead, Total};

const START: Millis = Millis(1_000);

fn sent(client: &mut Client, now: Millis) -> Vec<ClientMessage> {
    let transmits = std::iter::from_fn(|| client.poll_transmit(now));
    let message = |transmit| match transmit {
        Transmit::Send(bytes) => codec::decode_client(&bytes).expect("the client sends messages"),
        other => panic!("expected messages, not {other:?}"),
    };
    transmits.map(message).collect()
}

fn receive(client: &mut Client, now: Millis, message: &RelayMessage) {
    client.handle_message(now, &codec::encode(message));
}

fn welcome(resumed: bool) -> RelayMessage {
    RelayMessage::Welcome(Welcome {
        protocol: 1,
        position: Position { epoch: RelayEpoch(9), tick: TickNo(5) },
        resumed,
        tick_ms: 50,
        mask_feeds: MASK_FEEDS as u32,
        tracked: Vec::new(),
        software: "test".to_owned(),
    })
}

fn tick(head: TickHead, bodies: Vec<Body>) -> RelayMessage {
    RelayMessage::Tick(Tick { head, bodies })
}

fn directory() -> RelayMessage {
    let info = board(3);
    let head = TickHead { generation: Some(Generation(1)), ..TickHead::default() };
    tick(head, vec![Body::Directory { reset: true, changes: vec![DirectoryChange::Put(info)] }])
}

fn board(number: u32) -> BoardInfo {
    BoardInfo {
        board: BoardNo(number),
        id: "messages".to_owned(),
        title: String::new(),
        unit: String::new(),
        decimals: 0,
        synthetic: false,
        rows: 1_000_000,
    }
}

/// Dials at the time it asks for, and gives that time.
fn dial(client: &mut Client, now: Millis) -> Millis {
    let at = client.poll_timeout().map_or(now, |at| at.max(now));
    client.handle_timeout(at);
    let mut transmits: Vec<_> = std::iter::from_fn(|| client.poll_transmit(at)).collect();
    assert_eq!(transmits.pop(), Some(Transmit::Connect));
    at
}

fn live() -> Client {
    let mut client = Client::new(ClientConfig::default(), 1, START);
    assert_eq!(client.poll_transmit(START), Some(Transmit::Connect));
    client.handle_connected(START);
    sent(&mut client, START);
    receive(&mut client, START, &welcome(false));
    receive(&mut client, START, &directory());
    assert_eq!(sent(&mut client, START), []);
    client
}

fn entity(text: &str) -> scorelay_client::protocol::entity::Entity {
    text.parse().expect("an entity")
}

/// The first messages go out without waiting for an answer, and name no numbers.
#[test]
fn greeting_is_one_flight() {
    let mut client = Client::new(ClientConfig::default(), 1, START);
    client.watch_board("messages", 1, 50).expect("a window");
    client.track(entity("twitch:5")).expect("room");
    assert_eq!(client.poll_transmit(START), Some(Transmit::Connect));
    assert!(matches!(client.status(), Status::Connecting { .. }));
    client.handle_connected(START);
    let messages = sent(&mut client, START);
    let add = |feed| Add { feed, known: None };
    let adds = vec![add(Feed::Directory), add(Feed::Track { entity: entity("twitch:5") })];
    assert!(matches!(messages[0], ClientMessage::Hello { resume: None, .. }));
    assert_eq!(messages[1..], [ClientMessage::Watch { generation: Generation(1), remove: Vec::new(), add: adds }]);
    receive(&mut client, START, &welcome(false));
    assert_eq!(sent(&mut client, START), []);
    receive(&mut client, START, &directory());
    let page = |page| add(Feed::Page { board: BoardNo(3), page: PageNo(page) });
    let pages = ClientMessage::Watch { generation: Generation(2), remove: Vec::new(), add: vec![page(0), page(1)] };
    assert_eq!(sent(&mut client, START), [pages]);
}

/// T2: an end of the connection is seen with its reason, and the client comes back by itself.
#[test]
fn states_follow_the_connection() {
    let mut client = live();
    assert_eq!(client.status(), Status::Live { since: START });
    let since = UnixMillis(77);
    let stale = TickHead { freshness: Some(Freshness::Stale { since }), ..TickHead::default() };
    receive(&mut client, START, &tick(stale, Vec::new()));
    assert_eq!(client.status(), Status::Stale { since });

    let cut = START.plus(500);
    client.handle_disconnected(cut, Disconnect::Lost("reset".to_owned()));
    let reason = Disconnect::Lost("reset".to_owned());
    let retry_at = client.poll_timeout();
    assert_eq!(client.status(), Status::Offline { since: cut, reason: reason.clone(), retry_at });
    let at = dial(&mut client, cut);
    assert_eq!(client.status(), Status::Offline { since: cut, reason, retry_at: None });
    client.handle_disconnected(at, Disconnect::Unreachable("refused".to_owned()));
    assert!(
        matches!(client.status(), Status::Offline { since, reason: Disconnect::Unreachable(_), .. } if since == cut)
    );

    let at = dial(&mut client, at);
    client.handle_connected(at);
    let messages = sent(&mut client, at);
    let position = Some(Position { epoch: RelayEpoch(9), tick: TickNo(7) });
    assert!(matches!(&messages[0], ClientMessage::Hello { resume, .. } if *resume == position), "{messages:?}");
    receive(&mut client, at, &welcome(false));
    receive(&mut client, at, &directory());
    assert_eq!(client.status(), Status::Live { since: at });

    client.close(at);
    assert_eq!(client.status(), Status::Closed { since: at });
    assert_eq!(client.poll_transmit(at), Some(Transmit::Close(Disconnect::Closed)));
    assert_eq!((client.poll_transmit(at), client.poll_timeout()), (None, None));
    let _late = client.find(at, "messages", entity("a:b"));
    let closed = Err(RequestError::Disconnected(Disconnect::Closed));
    assert!(client.poll_answer().is_some_and(|(_, answer)| answer == closed));
}

/// Waits between attempts grow to a ceiling, and are short again only after a connection that lasted.
#[test]
fn reconnects_with_jitter() {
    let longest_wait = |lasts_ms: u64| {
        let mut longest = 0;
        for seed in 0..40 {
            let mut client = Client::new(ClientConfig::default(), seed, START);
            client.poll_transmit(START);
            let mut now = START;
            for _ in 0..12 {
                client.handle_connected(now);
                sent(&mut client, now);
                receive(&mut client, now, &welcome(false));
                now = now.plus(lasts_ms);
                client.handle_disconnected(now, Disconnect::Lost(String::new()));
                let at = dial(&mut client, now);
                longest = longest.max(at.since(now));
                now = at;
            }
        }
        longest
    };
    let (first, longest) = CLIENT_RECONNECT_MS;
    assert!(longest_wait(longest) <= first);
    let unstable = longest_wait(longest - 1);
    assert!(unstable > longest * 3 / 4 && unstable <= longest, "{unstable}");
}

/// A relay that says how long to stay away is obeyed, within reason, and resumed from.
#[test]
fn go_away_is_kept_to() {
    for (asked, least, most) in [(4_000, 4_000, 4_250), (u32::MAX, 60_000, 60_250)] {
        let mut client = live();
        let reason = GoAway::ShuttingDown;
        receive(&mut client, START, &RelayMessage::GoAway { reason, retry_after_ms: asked });
        assert_eq!(client.poll_transmit(START), Some(Transmit::Close(Disconnect::GoAway(reason))));
        let wait = client.poll_timeout().expect("it comes back").since(START);
        assert!((least..=most).contains(&wait), "{wait}");
        let at = dial(&mut client, START);
        client.handle_connected(at);
        assert!(matches!(sent(&mut client, at)[0], ClientMessage::Hello { resume: Some(_), .. }));
    }
}

/// A relay that refuses to say anything is left, before and after its greeting.
#[test]
fn silence_ends_a_connection() {
    let mut client = Client::new(ClientConfig::default(), 1, START);
    client.poll_transmit(START);
    client.handle_timeout(START.plus(HANDSHAKE_MS));
    assert!(matches!(client.poll_transmit(START), Some(Transmit::Close(Disconnect::Unreachable(_)))));

    let mut client = live();
    let quiet = START.plus(PING_AFTER_MS);
    assert_eq!(client.poll_timeout(), Some(quiet));
    client.handle_timeout(quiet);
    let probe = sent(&mut client, quiet);
    let [ClientMessage::Request { id, body: Request::Find { .. } }] = probe[..] else { panic!("{probe:?}") };
    let refused = Err(WireError::new(ErrorCode::UnknownBoard, "no such board"));
    receive(&mut client, quiet, &RelayMessage::Response { id, result: refused });
    assert_eq!(client.poll_answer(), None, "nobody asked");

    let again = quiet.plus(PING_AFTER_MS);
    client.handle_timeout(again);
    assert_eq!(sent(&mut client, again).len(), 1);
    client.handle_timeout(quiet.plus(GONE_AFTER_MS));
    assert!(matches!(client.status(), Status::Offline { reason: Disconnect::Silent, .. }));
    assert!(client.poll_answer().is_none());
}

/// T1: a request has exactly one outcome: an answer, a refusal, or an error that tells whether to try again.
#[test]
fn requests_end_once() {
    let mut client = live();
    let unknown = client.find(START, "nothing", entity("a:b"));
    let no_board = RequestError::NoSuchBoard("nothing".to_owned());
    assert!(!no_board.retryable());
    assert_eq!(client.poll_answer(), Some((unknown, Err(no_board))));

    let (first, second) =
        (client.find(START, "messages", entity("a:b")), client.find(START, "messages", entity("a:c")));
    assert_eq!(sent(&mut client, START).len(), 2);
    let found = scorelay_client::protocol::client::Response::Found(None);
    receive(&mut client, START, &RelayMessage::Response { id: second, result: Ok(found.clone()) });
    assert_eq!(client.poll_answer(), Some((second, Ok(Answer::Found(None)))));
    assert!(std::iter::from_fn(|| client.poll_event()).all(|event| !matches!(event, Event::Refused(_))));

    let late = START.plus(CLIENT_REQUEST_MS);
    client.handle_timeout(late);
    assert_eq!(client.poll_answer(), Some((first, Err(RequestError::TimedOut))));
    receive(&mut client, late, &RelayMessage::Response { id: first, result: Ok(found) });
    assert_eq!(client.poll_answer(), None);

    let cut_off = client.find(late, "messages", entity("a:b"));
    assert_eq!(sent(&mut client, late).len(), 1);
    client.handle_disconnected(late, Disconnect::Lost(String::new()));
    let (id, answer) = client.poll_answer().expect("an end");
    assert!(id == cut_off && answer.is_err_and(|error| error.retryable()));

    // Asked while offline: it waits for the next connection.
    let waiting = client.find(late, "messages", entity("a:b"));
    let at = dial(&mut client, late);
    client.handle_connected(at);
    sent(&mut client, at);
    receive(&mut client, at, &welcome(false));
    assert_eq!(sent(&mut client, at), []);
    receive(&mut client, at, &directory());
    assert!(matches!(sent(&mut client, at)[..], [ClientMessage::Request { id, .. }] if id == waiting));

    let many: BTreeSet<_> = (0..100).map(|_| client.find(at, "messages", entity("a:b"))).collect();
    let refused = std::iter::from_fn(|| client.poll_answer()).filter(|answer| answer.1 == Err(RequestError::TooMany));
    let refused = refused.count();
    assert!((1..100).contains(&refused) && many.len() == 100);
}

/// A wild scroll is merged into fewer messages than a relay allows; the last position wins.
#[test]
fn scrolling_stays_below_the_limit() {
    let mut client = live();
    let view = client.watch_board("messages", 1, 50).expect("a window");
    let mut watches = Vec::new();
    let mut last = BTreeSet::new();
    let mut mask = |messages: Vec<ClientMessage>, now: u64| {
        for message in messages {
            let ClientMessage::Watch { remove, add, .. } = message else { panic!("{message:?}") };
            watches.push(now);
            remove.iter().for_each(|feed| assert!(last.remove(feed)));
            add.into_iter().for_each(|add| assert!(last.insert(add.feed)));
        }
        last.clone()
    };
    for millisecond in 0..3_000 {
        let now = START.plus(millisecond);
        let from = 1 + 320 * (millisecond as u32 + 1);
        client.set_window(view, from, from + 31).expect("a window");
        mask(sent(&mut client, now), millisecond);
    }
    let ready = client.poll_timeout().expect("a mask to send");
    let last = mask(sent(&mut client, ready), 3_001);
    let page = Feed::Page { board: BoardNo(3), page: PageNo(30_000) };
    assert_eq!(last, BTreeSet::from([page]));
    for start in 0..2_000 {
        let within = watches.iter().filter(|at| (start..start + 1_000).contains(*at)).count();
        assert!(within <= CLIENT_MESSAGES_PER_SECOND as usize);
    }
    assert!(watches.len() > 60, "it still follows the scroll: {}", watches.len());
}

/// Masks, windows and tracked entities past their limits are refused or cut, never sent.
#[test]
fn limits_are_kept() {
    let mut client = live();
    for (from, to) in [(0, 5), (5, 4)] {
        assert_eq!(client.watch_board("messages", from, to), Err(CommandError::BadWindow { from, to }));
    }
    assert!(matches!(client.watch_board("messages", 1, u32::MAX), Err(CommandError::TooWide { .. })));
    let last = client.watch_board("messages", u32::MAX - 40, u32::MAX).expect("a window past the end is empty");
    assert!(client.view(last).is_some_and(|view| view.rows.is_empty()));
    for start in 0..40 {
        client.watch_board("messages", start * 3_200 + 1, start * 3_200 + 3_200).expect("a window");
    }
    for number in 0..MASK_TRACKS {
        client.track(entity(&format!("twitch:{number}"))).expect("room");
    }
    assert_eq!(client.track(entity("twitch:99")), Err(CommandError::TooManyTracks));
    let messages = sent(&mut client, START);
    let [ClientMessage::Watch { add, .. }] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(add.len(), MASK_FEEDS - 1);

    // A relay that refuses all the same is left: its mask is not the one this client thinks it has.
    receive(&mut client, START, &RelayMessage::Error(WireError::new(ErrorCode::MaskFull, "full")));
    assert!(matches!(client.status(), Status::Offline { reason: Disconnect::Refused(_), .. }));
}

/// T2: what a relay says before it closes is the reason for the end.
#[test]
fn refusals_are_reasons() {
    let mut client = live();
    let error = WireError::new(ErrorCode::TooFast, "slower");
    receive(&mut client, START, &RelayMessage::Error(error.clone()));
    assert!(matches!(client.status(), Status::Live { .. }));
    client.handle_disconnected(START, Disconnect::Lost("closed".to_owned()));
    assert!(matches!(client.status(), Status::Offline { reason: Disconnect::Refused(why), .. } if why == error));
    let events: Vec<_> = std::iter::from_fn(|| client.poll_event()).collect();
    assert!(events.contains(&Event::Refused(error)));
}

/// A pace is asked for on every connection.
#[test]
fn pace_is_kept_over_reconnects() {
    let mut client = live();
    client.pace(2_000);
    assert_eq!(sent(&mut client, START), [ClientMessage::Pace { every_ms: 2_000 }]);
    client.handle_disconnected(START, Disconnect::Lost(String::new()));
    let at = dial(&mut client, START);
    client.handle_connected(at);
    receive(&mut client, at, &welcome(false));
    assert!(sent(&mut client, at).contains(&ClientMessage::Pace { every_ms: 2_000 }));
    client.pace(0);
    assert_eq!(sent(&mut client, at), [ClientMessage::Pace { every_ms: 0 }]);
}

/// E5, E12, E13: a first window is about a kilobyte, what lies outside it costs nothing, scrolling on costs one page,
/// and scrolling back to an unchanged page a few bytes.
#[test]
fn scrolling_back_costs_only_changes() {
    let mut script = Script::new(5, Options::default());
    let view = script.watch("messages", 1, 32);
    script.settle();
    let bytes = |script: &Script| script.client.stats().bytes_in;
    let first = bytes(&script);
    assert!(first < 1_024, "{first} bytes for welcome, directory and 32 rows");

    script.scroll(view, 33, 64);
    script.settle();
    let second = bytes(&script) - first;
    assert!((100..600).contains(&second), "{second} bytes for a page");

    let known = |script: &Script| script.conn.as_ref().expect("connected").known_adds;
    assert_eq!(known(&script), 0);
    // The model may send a snapshot where a delta would do; one of these is a delta.
    let mut cheapest = u64::MAX;
    for round in 0..8 {
        let before = bytes(&script);
        script.scroll(view, 1 + 32 * (round % 2), 32 + 32 * (round % 2));
        script.settle();
        cheapest = cheapest.min(bytes(&script) - before);
    }
    assert!(cheapest < 32, "{cheapest} bytes for a page seen before");
    assert_eq!(known(&script), 8);
    script.check_settled();
}

/// An exact row count ends with the last view of its board: the directory's own may not come again.
#[test]
fn row_counts_do_not_outlive_their_view() {
    let mut client = live();
    let rows = |client: &Client| client.directory().map(|boards| boards[0].rows);
    let total = |rows| {
        let totals = vec![Total { board: BoardNo(3), rows }];
        tick(TickHead { totals, ..TickHead::default() }, Vec::new())
    };
    let view = client.watch_board("messages", 1, 32).expect("a window");
    assert_eq!(sent(&mut client, START).len(), 1);
    receive(&mut client, START, &total(999_000));
    assert_eq!(rows(&client), Some(999_000));
    client.unwatch(view);
    assert_eq!(sent(&mut client, START).len(), 1);
    assert_eq!(rows(&client), Some(1_000_000));
    receive(&mut client, START, &total(999_001));
    assert_eq!(rows(&client), Some(1_000_000), "this was on its way while the mask changed");
}

/// E14: after a resumed connection, standings are not shown by the boards of a directory that is no longer right.
#[test]
fn standings_wait_for_their_directory() {
    let track = |board, rank| {
        let at = Some(Standing { rank, score: 7 });
        let entity = WireEntity { platform: PlatformNo(0), id: EntityId::Number(5) };
        Body::Track { entity, reset: true, standings: vec![BoardStanding { board: BoardNo(board), at }] }
    };
    let named = |generation| TickHead {
        generation: Some(Generation(generation)),
        platforms: vec!["twitch".to_owned()],
        ..TickHead::default()
    };
    let mut client = live();
    client.track(entity("twitch:5")).expect("room");
    assert_eq!(sent(&mut client, START).len(), 1);
    receive(&mut client, START, &tick(named(2), vec![track(3, 1)]));
    let shown = client.tracked(&entity("twitch:5")).expect("tracked");
    assert_eq!(shown.on("messages").and_then(|place| place.at).map(|at| at.rank), Some(1));

    client.handle_disconnected(START, Disconnect::Lost("test".to_owned()));
    let at = dial(&mut client, START);
    client.handle_connected(at);
    sent(&mut client, at);
    let RelayMessage::Welcome(welcome) = welcome(true) else { unreachable!("made as one") };
    let position = Position { tick: TickNo(20), ..welcome.position };
    receive(&mut client, at, &RelayMessage::Welcome(Welcome { position, ..welcome }));
    receive(&mut client, at, &tick(named(1), vec![track(4, 2)]));
    let held = client.tracked(&entity("twitch:5")).expect("tracked");
    assert_eq!((held.held, held.places), (true, shown.places));

    let changes = vec![DirectoryChange::Put(board(4))];
    receive(&mut client, at, &tick(TickHead::default(), vec![Body::Directory { reset: true, changes }]));
    let shown = client.tracked(&entity("twitch:5")).expect("tracked");
    assert_eq!(shown.on("messages").and_then(|place| place.at).map(|at| at.rank), Some(2));
}

/// E14: an entity of the URL is tracked without being asked for, until the user drops it.
#[test]
fn entities_of_the_url() {
    let mut script = Script::new(6, Options { url_tracks: true, ..Options::default() });
    script.settle();
    script.check_settled();
    let tracked: Vec<_> = script.client.tracks().cloned().collect();
    let [entity] = &tracked[..] else { panic!("{tracked:?}") };
    assert!(script.client.tracked(entity).is_some_and(|track| track.known && track.places.len() == 3));
    script.client.untrack(entity);
    for _ in 0..2 {
        script.settle();
        assert_eq!(script.client.tracks().count(), 0);
        let mask = script.conn.as_ref().expect("connected").mask();
        assert!(!mask.contains(&Feed::Track { entity: entity.clone() }));
        script.cut();
    }
}
