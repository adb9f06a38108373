//! A source's patience and bounds, on virtual time: dead peers, windows, waits, refusals.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::{Event, Points};
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::{
    LINK_GONE_AFTER_MS, LINK_HANDSHAKE_MS, LINK_PROTOCOL, LINK_SEND_MS, MESSAGE_BYTES, RECONNECT_MS, SOURCE_WINDOW,
};
use scorelay_protocol::link::{Accepted, LinkDown, LinkHello, LinkUp, Role};
use scorelay_source::core::journal::Kept;
use scorelay_source::core::{End, Settings, SourceCore, check};

fn event() -> Event {
    Event::Points(Points { board: "b".into(), entity: "t:1".parse().expect("an entity"), units: 1 })
}

fn keep(source: &mut SourceCore, count: usize) {
    source.keep(SourceCore::encode(&vec![event(); count]).expect("good events"));
}

fn connected() -> SourceCore {
    let mut source = SourceCore::new(Settings::new("s"), Kept::new(1));
    source.dialing(0);
    source.connected(0, NodeId(1), 2);
    source
}

fn accepted() -> SourceCore {
    let mut source = connected();
    let accepted = Accepted { protocol: LINK_PROTOCOL, path: vec![NodeId(2)], watermark: 0 };
    tell(&mut source, 0, &LinkDown::Accepted(accepted)).expect("it goes on");
    assert!(source.is_linked());
    source
}

fn tell(source: &mut SourceCore, now: u64, message: &LinkDown) -> Result<(), End> {
    source.received(now, &frame::encode(message))
}

/// What it says first.
fn hello() -> LinkUp {
    let role = Role::Source { incarnation: 1 };
    LinkUp::Hello(LinkHello { protocol: LINK_PROTOCOL, role, token: None, node: NodeId(1), name: "s".into() })
}

/// Takes all that there is to send.
fn said(source: &mut SourceCore, now: u64) -> Vec<LinkUp> {
    let mut frames = Frames::new();
    loop {
        let bytes = source.output(now).to_vec();
        if bytes.is_empty() {
            break;
        }
        source.wrote(now, bytes.len());
        frames.push(&bytes);
    }
    std::iter::from_fn(|| frames.take().expect("frames"))
        .map(|frame| frame::decode(&frame).expect("a message"))
        .collect()
}

/// Lets time pass as it is asked for, taking what is sent where `reads`, until the link ends.
fn ends(source: &mut SourceCore, reads: bool) -> (u64, End, usize) {
    let mut pings = 0;
    for _ in 0..100 {
        let due = source.due().expect("there is a link");
        if let Err(end) = source.tick(due) {
            return (due, end, pings);
        }
        if reads {
            pings += said(source, due).iter().filter(|message| matches!(message, LinkUp::Ping(_))).count();
        }
    }
    panic!("it never ends");
}

/// B2: a peer that accepts and never answers, never says anything more, or never reads, is left.
#[test]
fn nobody_waits_for_a_dead_peer() {
    let (at, end, _) = ends(&mut connected(), false);
    assert_eq!((at, end), (LINK_HANDSHAKE_MS, End::Unanswered));

    let mut source = accepted();
    said(&mut source, 0);
    let (at, end, pings) = ends(&mut source, true);
    assert_eq!((at, end), (LINK_GONE_AFTER_MS, End::Silent));
    assert!(pings >= 3, "{pings}");

    let mut source = accepted();
    said(&mut source, 0);
    keep(&mut source, 10);
    assert!(!source.output(1).is_empty());
    for now in (0..1 + LINK_SEND_MS).step_by(1_000) {
        source.tick(now).unwrap();
        tell(&mut source, now, &LinkDown::Pong(1)).unwrap();
    }
    assert_eq!(source.tick(1 + LINK_SEND_MS), Err(End::Stuck));
}

/// B2: what is kept is bounded, and so is what is under way.
#[test]
fn a_window_is_all_that_is_sent_and_a_limit_all_that_is_kept() {
    let mut source = accepted();
    let window = SOURCE_WINDOW as usize;
    keep(&mut source, window + 1_000);
    let count = |said: Vec<LinkUp>| said.iter().filter(|message| matches!(message, LinkUp::Publish { .. })).count();
    assert_eq!(count(said(&mut source, 1)), window);
    tell(&mut source, 1, &LinkDown::Ack { up_to: 400 }).unwrap();
    assert_eq!(count(said(&mut source, 1)), 400);
    assert_eq!(source.durable(), 400);

    let more = |count| SourceCore::encode(&vec![event(); count]).unwrap();
    let room = Settings::new("s").events - (window + 600);
    assert!(source.has_room(&more(room)) && !source.has_room(&more(room + 1)));
}

/// B2: a peer that asks for signs of life and does not take them costs no memory.
#[test]
fn of_many_pings_the_newest_is_answered() {
    let mut source = accepted();
    for number in 1..=1_000 {
        tell(&mut source, 1, &LinkDown::Ping(number)).unwrap();
    }
    assert_eq!(said(&mut source, 1), [hello(), LinkUp::Pong(1_000)]);
}

#[test]
fn waits_grow_spread_and_begin_anew() {
    let mut source = SourceCore::new(Settings::new("s"), Kept::new(1));
    for failures in 0..10 {
        let bound = (RECONNECT_MS.0 << failures).min(RECONNECT_MS.1);
        source.dialing(0);
        source.ended(0, &End::Closed, bound);
        assert_eq!(source.dial_at(), Some(bound));
    }
    source.dialing(0);
    source.connected(0, NodeId(1), 2);
    let accepted = Accepted { protocol: LINK_PROTOCOL, path: vec![NodeId(2)], watermark: 0 };
    keep(&mut source, 1);
    tell(&mut source, 0, &LinkDown::Accepted(accepted)).unwrap();
    tell(&mut source, 0, &LinkDown::Ack { up_to: 1 }).unwrap();
    tell(&mut source, 0, &LinkDown::GoAway { retry_after_ms: 700 }).unwrap();
    source.ended(10, &End::Closed, RECONNECT_MS.0);
    assert_eq!(source.dial_at(), Some(10 + 700 + RECONNECT_MS.0));
}

#[test]
fn a_refusal_that_stays_is_the_end_and_another_is_not() {
    for (code, last) in [(ErrorCode::BadToken, true), (ErrorCode::SourceBusy, false), (ErrorCode::SourceGap, false)] {
        let mut source = connected();
        let refusal = WireError::new(code, "no");
        let end = tell(&mut source, 0, &LinkDown::Refused(refusal.clone())).unwrap_err();
        assert_eq!(end, End::Refused(refusal.clone()));
        source.ended(0, &end, 0);
        assert_eq!((source.dial_at(), source.refused()), if last { (None, Some(&refusal)) } else { (Some(0), None) });
    }
}

#[test]
fn a_core_that_does_not_keep_to_the_protocol_is_left() {
    let accepted_again = LinkDown::Accepted(Accepted { protocol: LINK_PROTOCOL, path: Vec::new(), watermark: 0 });
    for wrong in [accepted_again, LinkDown::Ack { up_to: 1 }, LinkDown::Stale(None)] {
        assert!(matches!(tell(&mut accepted(), 0, &wrong), Err(End::Wrong(_))), "{wrong:?}");
    }
    assert!(matches!(tell(&mut connected(), 0, &LinkDown::Ack { up_to: 0 }), Err(End::Wrong(_))));
    assert!(matches!(accepted().received(0, &[0, 0, 0, 1, 200]), Err(End::Wrong(_))));
    assert!(matches!(accepted().received(0, &[0xFF; 4]), Err(End::Wrong(_))));
}

#[test]
fn an_event_that_could_not_be_scored_gets_no_number() {
    let message = |text: usize, badges: usize| {
        Event::Message(scorelay_protocol::event::ChatMessage {
            author: "t:1".parse().unwrap(),
            name: "n".into(),
            room: "r".into(),
            text: "x".repeat(text),
            id: None,
            badges: vec!["vip".into(); badges],
            emotes: Vec::new(),
            bits: 0,
        })
    };
    check::event(&message(MESSAGE_BYTES, 32)).unwrap();
    for wrong in [message(MESSAGE_BYTES + 1, 0), message(0, 33)] {
        assert_eq!(SourceCore::encode(&[event(), wrong]).unwrap_err().code, ErrorCode::BadEvent);
    }
}
