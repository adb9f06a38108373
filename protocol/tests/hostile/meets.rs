//! Requests, answers and lines of meets: whatever is right comes back as it was, what no field may hold is refused, a
//! few bytes cost little memory, and the largest there may be fit their hop. Cuts and flips are in `main.rs`.

use std::fmt::Debug;

use proptest::prelude::*;
use scorelay_protocol::client::{ClientMessage, Request};
use scorelay_protocol::codec::{self, Decode};
use scorelay_protocol::ids::{RequestId, UnixMillis};
use scorelay_protocol::limits::{self, CLIENT_DECODE_BYTES, MEET_LOG_DECODE_BYTES};
use scorelay_protocol::link::LinkDown;
use scorelay_protocol::meet::answer::{Ack, Chunk, MeetAnswer, PublicChange, PublicChanges, SessionInfo};
use scorelay_protocol::meet::ids::{Author, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority};
use scorelay_protocol::meet::leaf::{EntryLeaf, Kind, MeetLeaf};
use scorelay_protocol::meet::line::{Line, Location, Update, Verdict, What};
use scorelay_protocol::meet::path::{EntryNo, Path};
use scorelay_protocol::meet::receipt::{ChainHash, Head, Receipt};
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest, Part, Proposal, PublicAt, Results, Session};
use scorelay_protocol::meet::secret::{Token, Typed};
use scorelay_protocol::meet::value::{EntryState, LeafValue, Plate, Real, Value};

use crate::lengths::{bounded, fits};
use crate::{meet_strategies, round_trip};

proptest! {
    /// L4: whatever a client may ask about meets is read as it was meant.
    #[test]
    fn requests_round_trip(request in meet_strategies::request()) {
        round_trip(&request, codec::decode_client)?;
    }

    /// L4: whatever the core may answer is read as it was meant.
    #[test]
    fn answers_round_trip(answer in meet_strategies::answer()) {
        round_trip(&answer, codec::decode_client)?;
    }

    /// L10: a log that travels from core to desk and back is the same byte for byte, or its hashes would not be.
    #[test]
    fn logs_round_trip(lines in prop::collection::vec(meet_strategies::line(), 0..6)) {
        round_trip(&lines, codec::decode_log)?;
        for line in lines {
            round_trip(&line, codec::decode_client)?;
        }
    }

    /// L5: whatever displays are told is read as it was meant.
    #[test]
    fn changes_round_trip(changes in prop::collection::vec(meet_strategies::change(), 0..6)) {
        round_trip(&changes, codec::decode_client)?;
    }

    /// L8: a path and its text are each other's, and two values are the same exactly if their bytes are.
    #[test]
    fn paths_and_values_have_one_form(
        path in meet_strategies::path(),
        one in meet_strategies::value(),
        other in meet_strategies::value(),
    ) {
        prop_assert_eq!(path.to_string().parse::<Path>(), Ok(path));
        prop_assert_eq!(one == other, codec::encode(&one) == codec::encode(&other));
    }
}

fn refused<T: Decode<()> + Debug>(bytes: &[u8]) -> String {
    codec::decode_client::<T>(bytes).expect_err("no value").to_string()
}

/// L12: what no field may hold, and tags that there are not.
#[test]
fn what_no_field_may_hold_is_refused() {
    assert!(refused::<MeetId>(&codec::encode(&1_000_000_000u32)).contains("9 digits"));
    assert!(refused::<Priority>(&codec::encode(&1_001u16)).contains("1000"));
    assert!(refused::<MeetRequest>(&[6]).contains("unknown variant"));
    assert!(refused::<DeskAsk>(&[11]).contains("unknown variant"));
    assert!(refused::<MeetAnswer>(&[15]).contains("unknown variant"));
    assert!(refused::<What>(&[9]).contains("unknown variant"));
    assert!(refused::<Verdict>(&[1, 6]).contains("unknown variant"));
    assert!(refused::<Value>(&[5]).contains("unknown variant"));
    assert!(refused::<Value>(&[1, 7]).contains("unknown variant"));
    for path in [&[0, 24][..], &[0, 255], &[2, 1, 25], &[3, 1, 3, 1], &[3, 1, 0, 0], &[3, 1, 0, 6], &[4, 0], &[4, 100]]
    {
        assert!(codec::decode_client::<Path>(path).is_err(), "{path:?}");
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(refused::<Real>(&codec::encode(&number)).contains("not finite"));
    }
    // Two leaves of an entry, in falling order; the same twice.
    for leaves in [[9, 3], [3, 3]] {
        let bytes = [3, 2, leaves[0], 0, leaves[1], 0, 0];
        assert!(refused::<Value>(&bytes).contains("not in order"));
    }
    let password = Typed::new("x".repeat(limits::MEET_PASSWORD_BYTES));
    assert!(codec::decode_client::<Typed>(&codec::encode(&password)).is_ok());
    let password = Typed::new("x".repeat(limits::MEET_PASSWORD_BYTES + 1));
    assert!(refused::<Typed>(&codec::encode(&password)).contains("a password of this length"));
}

/// L12: the memory that a few bytes can claim is bounded in every list of a request, an answer and a log.
#[test]
fn absurd_lengths_are_refused_before_they_cost_memory() {
    let session = codec::encode(&Session { meet: MeetId::new(0).expect("an id"), token: Token([0; 32]) });
    let within = |ask: &[u8]| [&[2][..], &session, ask].concat();
    let client = codec::decode_client::<MeetRequest>;
    bounded(&within(&[1]), size_of::<Proposal>(), CLIENT_DECODE_BYTES, client);
    // A proposal of an entry's leaves, and of its attempts.
    bounded(&within(&[1, 1, 1, 1, 1, 1, 1, 3]), size_of::<(EntryLeaf, LeafValue)>(), CLIENT_DECODE_BYTES, client);
    let texts = within(&[1, 1, 1, 1, 1, 0, 10, 1, 4]);
    bounded(&texts, size_of::<String>(), CLIENT_DECODE_BYTES, client);
    let plates = within(&[1, 1, 1, 1, 1, 0, 17, 1, 6]);
    bounded(&plates, size_of::<Plate>(), CLIENT_DECODE_BYTES, client);
    let create = [&[0][..], &[0; 32], &[0; 16], &[0]].concat();
    bounded(&create, size_of::<Location>(), CLIENT_DECODE_BYTES, client);

    let answer = codec::decode_client::<MeetAnswer>;
    bounded(&[1, 0], size_of::<Line>(), CLIENT_DECODE_BYTES, answer);
    bounded(&[3], size_of::<Ack>(), CLIENT_DECODE_BYTES, answer);
    bounded(&[5], size_of::<SessionInfo>(), CLIENT_DECODE_BYTES, answer);
    bounded(&[12, 0, 0, 1, 0], size_of::<PublicChange>(), CLIENT_DECODE_BYTES, answer);
    bounded(&[], size_of::<Line>(), MEET_LOG_DECODE_BYTES, codec::decode_log);
    bounded(&[], size_of::<PublicChange>(), CLIENT_DECODE_BYTES, codec::decode_client::<Vec<PublicChange>>);
}

fn real(number: f64) -> Real {
    Real::new(number).expect("a finite number")
}

fn fullest(kind: Kind) -> LeafValue {
    let text = |bytes: usize| "é".repeat(bytes / 2);
    match kind {
        Kind::Text(most) => LeafValue::Text(text(most)),
        Kind::Flag => LeafValue::Flag(true),
        Kind::Number => LeafValue::Number(real(f64::MIN)),
        Kind::Texts => LeafValue::Texts(vec![text(256); limits::MEET_LIST_ITEMS]),
        Kind::Numbers => LeafValue::Numbers(vec![real(f64::MAX); limits::MEET_LIST_ITEMS]),
        Kind::Plates => {
            let plate = Plate { kg: real(0.25), pairs: u32::MAX, color: text(256) };
            LeafValue::Plates(vec![plate; limits::MEET_PLATES])
        }
    }
}

fn head() -> Head {
    Head { uid: MeetUid([255; 16]), epoch: MeetEpoch(u64::MAX), seq: MeetSeq(u64::MAX), hash: ChainHash([255; 32]) }
}

fn part() -> Part {
    Part { sha256: [255; 32], total: u32::MAX, offset: u32::MAX, bytes: vec![255; limits::MEET_CHUNK_BYTES] }
}

fn session() -> Session {
    Session { meet: MeetId::new(MeetId::COUNT - 1).expect("an id"), token: Token([255; 32]) }
}

/// A part of an upload as large as it may be fits a client's message with everything around it.
#[test]
fn the_largest_requests_fit() {
    let results = Results { head: head(), return_address: "x".repeat(limits::MEET_ADDRESS_BYTES), force: true };
    let receipt = Receipt { head: head(), mac: [255; 32] };
    for ask in [DeskAsk::Publish { results, part: part() }, DeskAsk::Recover { receipt, part: part() }] {
        let request = MeetRequest::Desk { session: session(), ask };
        fits(&request, limits::CLIENT_FRAME_BYTES, codec::decode_client);
        let body = Request::Meet(codec::encode(&request));
        fits(
            &ClientMessage::Request { id: RequestId(u32::MAX), body },
            limits::CLIENT_FRAME_BYTES,
            codec::decode_client,
        );
    }
}

/// An answer to displays as large as it may be fits a link and a client, a run of many small changes and one of few
/// large ones.
#[test]
fn the_largest_answers_fit() {
    let public = |change: PublicChange| {
        let count = limits::MEET_PUBLIC_BYTES / codec::encoded_len(&change);
        let changes = vec![change; count];
        let at = PublicAt { epoch: MeetEpoch(u64::MAX), seq: MeetSeq(u64::MAX) };
        MeetAnswer::Public(PublicChanges { at, reset: true, finished: false, changes, next: None })
    };
    let state = EntryState {
        leaves: EntryLeaf::ALL.iter().map(|leaf| (*leaf, fullest(leaf.kind()))).collect(),
        ..EntryState::default()
    };
    let whole = PublicChange { seq: MeetSeq(1), path: Path::Entry(EntryNo(5_000)), value: Value::Entry(state) };
    let leaf = |value| PublicChange {
        seq: MeetSeq(1_000),
        path: Path::EntryLeaf(EntryNo(5_000), EntryLeaf::BodyweightKg),
        value: Value::Leaf(value),
    };
    for change in [whole, leaf(LeafValue::Number(real(82.5)))] {
        let answer = public(change);
        fits(&answer, limits::RELAY_FRAME_BYTES, codec::decode_client);
        let down = LinkDown::Meet { id: u64::from(u32::MAX), result: Ok(codec::encode(&answer)) };
        fits(&down, limits::LINK_FRAME_BYTES, codec::decode_link);
    }
    for leaf in MeetLeaf::ALL {
        let change =
            PublicChange { seq: MeetSeq(1), path: Path::Meet(*leaf), value: Value::Leaf(fullest(leaf.kind())) };
        fits(&change, limits::MEET_PUBLIC_BYTES, codec::decode_client);
    }
}

/// L10: a log of ordinary lines, as long as two full ones come to, can be brought back whole.
#[test]
fn the_longest_logs_can_be_read() {
    let update = Update {
        author: Author(0),
        local: LocalSeq(1_000),
        after: MeetPosition { epoch: MeetEpoch(u64::MAX), seq: MeetSeq(1_000) },
        path: Path::EntryLeaf(EntryNo(5_000), EntryLeaf::BodyweightKg),
        value: Value::Leaf(LeafValue::Number(real(82.5))),
        merged_from: None,
        verdict: Verdict::Accepted { overrules: vec![], hidden_by: None },
    };
    let line = Line { at: UnixMillis(1_790_000_000_000), what: What::Update(update) };
    let most = 2 * limits::MEET_LOG_BYTES;
    let count = most / codec::encoded_len(&line);
    let lines = vec![line.clone(); count];
    fits(&lines, most + 16, codec::decode_log);
    let chunk = Chunk {
        after: MeetSeq(0),
        lines: vec![line; limits::MEET_CHUNK_BYTES / 40],
        receipt: Receipt { head: head(), mac: [0; 32] },
        head: MeetSeq(0),
        record: 0,
    };
    fits(&MeetAnswer::Lines(chunk), 2 * limits::MEET_CHUNK_BYTES, codec::decode_client);
}
