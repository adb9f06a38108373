//! A meet that a client shows by a display link: in the mask, brought up to date, held while offline, and ended.

use scorelay_client::core::meet::MeetSnapshot;
use scorelay_client::core::{Client, ClientConfig, Event, Millis, Transmit};
use scorelay_protocol::client::{ClientMessage, RelayMessage, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::{Generation, Position, RelayEpoch, TickNo};
use scorelay_protocol::limits::CLIENT_PROTOCOL;
use scorelay_protocol::meet::answer::PublicChange;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::Value;
use scorelay_protocol::tick::{Tick, TickHead};

use crate::hall::text;

const TOKEN: Token = Token([5; 32]);

fn meet() -> MeetId {
    MeetId::new(123_456_789).expect("an id")
}

fn receive(client: &mut Client, now: u64, message: &RelayMessage) {
    client.handle_message(Millis(now), &codec::encode(message));
}

fn sent(client: &mut Client, now: u64) -> Vec<ClientMessage> {
    let transmits = std::iter::from_fn(|| client.poll_transmit(Millis(now)));
    transmits
        .filter_map(|transmit| match transmit {
            Transmit::Send(bytes) => Some(codec::decode_client(&bytes).expect("a message")),
            _ => None,
        })
        .collect()
}

/// Connects; gives the feeds that were asked for after the greeting, and the last generation.
fn connect(client: &mut Client, now: u64) -> (Vec<Feed>, Generation) {
    client.handle_timeout(Millis(now));
    sent(client, now);
    client.handle_connected(Millis(now));
    sent(client, now);
    receive(
        client,
        now,
        &RelayMessage::Welcome(Welcome {
            protocol: CLIENT_PROTOCOL,
            position: Position { epoch: RelayEpoch(now), tick: TickNo(1) },
            resumed: false,
            tick_ms: 50,
            mask_feeds: 512,
            tracked: Vec::new(),
            software: "test".to_owned(),
        }),
    );
    let (mut feeds, mut last) = (Vec::new(), Generation(1));
    for message in sent(client, now) {
        if let ClientMessage::Watch { generation, add, .. } = message {
            feeds.extend(add.into_iter().map(|add| add.feed));
            last = generation;
        }
    }
    (feeds, last)
}

fn tick(client: &mut Client, now: u64, generation: Option<Generation>, body: Body) {
    let head = TickHead { generation, ..TickHead::default() };
    receive(client, now, &RelayMessage::Tick(Tick { head, bodies: vec![body] }));
}

fn changes(reset: bool, path: &str, value: Value) -> Body {
    let path: Path = path.parse().expect("a path");
    let changes = codec::encode(&vec![PublicChange { seq: MeetSeq(1), path, value }]);
    Body::Meet { meet: meet(), reset, finished: false, changes }
}

fn shown(client: &Client, path: &str) -> Value {
    client.meet(meet()).expect("it is watched").display.state().get(path.parse().expect("a path"))
}

/// L5: what comes is shown, survives a lost connection as held, and is replaced by what the next one sends.
#[test]
fn a_display_is_kept_current() {
    let mut client = Client::new(ClientConfig::default(), 1, Millis(0));
    client.watch_meet(meet(), TOKEN);
    let (feeds, generation) = connect(&mut client, 0);
    assert_eq!(feeds, [Feed::Meet { meet: meet(), display: TOKEN }]);
    // Of a mask that was before this one: passed over.
    tick(&mut client, 0, None, changes(true, "meet.name", text("early")));
    assert_eq!(shown(&client, "meet.name"), Value::Absent);
    tick(&mut client, 0, Some(generation), changes(true, "meet.name", text("Open")));
    tick(&mut client, 0, None, changes(false, "meet.city", text("Bern")));
    assert_eq!((shown(&client, "meet.name"), shown(&client, "meet.city")), (text("Open"), text("Bern")));
    assert!(std::iter::from_fn(|| client.poll_event()).any(|event| event == Event::MeetChanged(meet())));

    let lost = scorelay_client::core::Disconnect::Lost("gone".to_owned());
    client.handle_disconnected(Millis(1), lost);
    let MeetSnapshot { held, gone, .. } = client.meet(meet()).expect("it is watched");
    assert!(held && gone.is_none() && shown(&client, "meet.city") == text("Bern"));
    let (feeds, generation) = connect(&mut client, 60_000);
    assert_eq!(feeds.len(), 1);
    tick(&mut client, 60_000, Some(generation), changes(true, "meet.name", text("Final")));
    assert_eq!((shown(&client, "meet.name"), shown(&client, "meet.city")), (text("Final"), Value::Absent));
    assert!(!client.meet(meet()).expect("it is watched").held);
}

/// L12, L14: a link that is refused ends the feed with the reason, and only a new link asks again; changes that cannot
/// be end the connection.
#[test]
fn a_display_ends() {
    let mut client = Client::new(ClientConfig::default(), 1, Millis(0));
    client.watch_meet(meet(), TOKEN);
    let (_, generation) = connect(&mut client, 0);
    let why = WireError::new(ErrorCode::BadSession, "revoked");
    tick(&mut client, 0, Some(generation), Body::MeetGone { meet: meet(), why: why.clone() });
    assert_eq!(client.meet(meet()).expect("it is watched").gone, Some(why));
    assert_eq!(sent(&mut client, 0), []);
    let other = Token([6; 32]);
    client.watch_meet(meet(), other);
    let again = sent(&mut client, 0);
    let [ClientMessage::Watch { generation, add, .. }] = &again[..] else { panic!("{again:?}") };
    assert_eq!(add[0].feed, Feed::Meet { meet: meet(), display: other });
    tick(&mut client, 0, Some(*generation), changes(false, "meet.name", text("of what?")));
    assert_eq!(client.stats().misfits, 1);
    client.unwatch_meet(meet());
    assert!(client.meet(meet()).is_none());
}
