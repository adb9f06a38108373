//! Meets at the boundary: nothing is sent before it is saved, refused calls change nothing, and displays are told what
//! changed. That desks do the right thing is tried in `client/tests/meet`, with a core in `npm/test`.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use scorelay_client::protocol::client::ClientMessage;
use scorelay_client::protocol::codec;
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::feed::Body;
use scorelay_client::protocol::meet::answer::PublicChange;
use scorelay_client::protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_client::protocol::tick::TickHead;
use scorelay_client_wasm::Core;
use scorelay_meets::json::value_from_json;

use crate::reader::{Record, Shown, read};
use crate::relay::{NOW, echo, live, new, receive, sent, tick};

const RANDOM: [u8; 48] = [7; 48];
const LOCATIONS: &str = r#"[["Platform", 20]]"#;
const PASSWORD: &str = "correct horse battery";
const MEET: &str = "123-456-789";

fn create(core: &mut Core, desk: u32) -> Result<(), String> {
    core.create_meet(NOW, desk, "Platform".to_owned(), LOCATIONS, PASSWORD.to_owned(), &RANDOM)
}

fn requests(records: &[Record]) -> usize {
    sent(records).iter().filter(|message| matches!(message, ClientMessage::Request { .. })).count()
}

fn saves(records: &[Record]) -> Vec<f64> {
    records
        .iter()
        .filter_map(|record| if let Record::Save { number, .. } = record { Some(*number) } else { None })
        .collect()
}

/// L7: what a desk asks waits for its save, and a desk whose save failed asks nothing.
#[test]
fn nothing_is_sent_before_it_is_saved() {
    let mut core = live();
    let (desk, other) = (core.new_desk(NOW, 1.0), core.new_desk(NOW, 2.0));
    create(&mut core, desk).expect("a desk that takes part in no meet");
    create(&mut core, other).expect("another");
    let records = read(&core.poll(NOW));
    assert_eq!((saves(&records), requests(&records)), (vec![1.0, 1.0], 0), "{records:?}");
    let records = read(&core.saved(NOW, desk, 1.0));
    assert_eq!((saves(&records), requests(&records)), (vec![], 1), "{records:?}");
    let records = read(&core.not_saved(NOW, other));
    let closed = |record: &Record| matches!(record, Record::State { desk, kind: 7, .. } if *desk == other);
    assert!(records.iter().any(closed) && requests(&records) == 0, "{records:?}");
    assert_eq!(requests(&read(&core.saved(NOW, other, 1.0))), 0);
}

fn code(refused: Result<impl Sized, String>) -> String {
    refused.err().expect("refused").lines().next().expect("a code").to_owned()
}

/// L12: each mistake has its code; passwords and tokens are in none of the texts.
#[test]
fn refusals_have_codes() {
    let mut core = live();
    let desk = core.new_desk(NOW, 1.0);
    assert_eq!(code(Core::meet_id("12")), "bad-meet");
    assert_eq!(Core::meet_id("123 456 789").as_deref(), Ok(MEET));
    let short = core.join_meet(NOW, desk, MEET, "Platform".to_owned(), "hunter2".to_owned(), &RANDOM);
    assert!(short.as_ref().is_err_and(|error| !error.contains("hunter2")));
    assert_eq!(code(short), "bad-password");
    let password = || PASSWORD.to_owned();
    for locations in
        ["", "{}", r#"[["Platform"]]"#, r#"[["Platform", 1001]]"#, r#"[["Platform", 0.5]]"#, r#"[["", 1]]"#]
    {
        let refused = core.create_meet(NOW, desk, "Platform".to_owned(), locations, password(), &RANDOM);
        assert_eq!(code(refused), "bad-locations", "{locations}");
    }
    assert_eq!(code(core.set_meet(NOW, desk, r#"[["meet.name", "x"]]"#)), "not-ready");
    assert_eq!(code(core.set_meet(NOW, desk, r#"[["meet.nme", "x"]]"#)), "bad-path");
    assert_eq!(code(core.set_meet(NOW, desk, r#"[["meet.name", 1]]"#)), "bad-value");
    assert_eq!(code(core.set_meet(NOW, desk, "[[")), "bad-value");
    assert_eq!(code(core.set_again(NOW, desk, 1.0)), "not-overruled");
    assert_eq!(code(core.drive(NOW, desk, 100, 0)), "bad-path");
    assert_eq!(code(core.watch_meet(MEET, &[1])), "bad-link");
    for kept in [&[][..], &[9; 9], &[0; 13], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]] {
        assert_eq!(code(core.load_desk(NOW, 1.0, kept)), "bad-state-file", "{kept:?}");
    }
    create(&mut core, desk).expect("a desk that takes part in no meet");
    assert_eq!(code(create(&mut core, desk)), "takes-part");
    core.close_desk(desk);
    assert_eq!(code(core.set_meet(NOW, desk, "[]")), "meet-closed");
    assert_eq!(code(core.sessions(NOW, desk)), "meet-closed");
}

/// Numbers are out of JavaScript's hands: whatever they are, nothing panics.
#[test]
fn no_number_panics() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.5, 1e300] {
        let mut core = new();
        let desk = core.new_desk(number, number);
        create(&mut core, desk).expect("a desk that takes part in no meet");
        for desk in [desk, u32::MAX] {
            core.cancel(desk, number);
            for output in [core.saved(number, desk, number), core.dismiss(number, desk, number), core.poll(number)] {
                read(&output);
            }
            assert!(core.add_location(number, desk, "Scales".to_owned(), number).is_err() || number == -1.0);
        }
    }
}

fn change(seq: u64, path: &str, json: &str) -> PublicChange {
    let path = path.parse().expect("a path");
    let json = serde_json::from_str(json).expect("JSON");
    PublicChange { seq: MeetSeq(seq), path, value: value_from_json(path, &json).expect("a value") }
}

fn body(reset: bool, changes: &[PublicChange]) -> Body {
    let meet: MeetId = MEET.parse().expect("an id");
    Body::Meet { meet, reset, finished: false, changes: codec::encode(&changes.to_vec()) }
}

/// Flags, why nothing comes any more, and what changed.
type Display = (u8, Option<String>, Vec<Shown>);

fn displays(records: Vec<Record>) -> Vec<Display> {
    let display = |record| match record {
        Record::Display { meet, flags, gone, changes } => {
            assert_eq!(meet, MEET);
            Some((flags, gone.map(|(code, ..)| code), changes))
        }
        _ => None,
    };
    records.into_iter().filter_map(display).collect()
}

/// L14: a display is told all at first, then what changed, and keeps it while there is no connection.
#[test]
fn a_display_is_told_what_changed() {
    let mut core = live();
    core.watch_meet(MEET, &[3; 32]).expect("a link");
    let asked = sent(&read(&core.poll(NOW)));
    let generation = match &asked[..] {
        [ClientMessage::Watch { generation, .. }] => generation.0,
        other => panic!("not one watch: {other:?}"),
    };
    let entry = "registration.entries[5000]";
    let all = [change(4, "meet.name", r#""Open""#), change(9, entry, r#"{"name":"Ada"}"#)];
    let told = |path: &str, created: f64, json: &str| (path.to_owned(), created, json.to_owned());
    let first = receive(&mut core, &tick(echo(generation), vec![body(true, &all)]));
    let expected = vec![told("meet.name", 0.0, r#""Open""#), told(entry, 9.0, r#"{"name":"Ada"}"#)];
    assert_eq!(displays(first), [(1, None, expected)]);
    let weight = [change(12, "registration.entries[5000].lot", "7.0")];
    let next = receive(&mut core, &tick(TickHead::default(), vec![body(false, &weight)]));
    assert_eq!(displays(next), [(1, None, vec![told(entry, 9.0, r#"{"name":"Ada","lot":7.0}"#)])]);
    let lost = read(&core.disconnected(NOW, false, "gone".to_owned()));
    assert_eq!(displays(lost), [(1 | 4, None, vec![])]);
}

/// L14: why nothing comes any more has a code.
#[test]
fn a_display_whose_link_is_refused_is_told() {
    let mut core = live();
    core.watch_meet(MEET, &[3; 32]).expect("a link");
    core.poll(NOW);
    let why = WireError::new(ErrorCode::BadSession, "no such link");
    let gone = Body::MeetGone { meet: MEET.parse().expect("an id"), why };
    let records = receive(&mut core, &tick(echo(2), vec![gone]));
    assert_eq!(displays(records), [(0, Some("bad-session".to_owned()), vec![])]);
}
