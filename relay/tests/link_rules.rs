//! Single rules of links: what is shared, who is refused, what may not come when, how long a copy counts as live. That
//! copies are right whatever happens is tested in `link_follow.rs`, what links may cost in `link_bounds.rs`.

mod link_model;

use bytes::Bytes;
use link_model::relays::{accepted, carry, carry_down, code, core, hub, joined, rows, take};
use link_model::{DefDraw, Image, at};
use proptest::prelude::*;
use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, NodeId, PlatformNo, Stamp, UnixMillis};
use scorelay_protocol::link::{
    Accepted, Batch, Begin, Bind, BoardChanges, BoardDef, CaughtUp, Chunk, ChunkRow, DefChange, LinkDown, RowChange,
};
use scorelay_protocol::{frame, limits};
use scorelay_ranks::BoardSet;
use scorelay_relay::core::hub::{Hub, Upcall};
use scorelay_relay::core::link_error::LinkError;
use scorelay_relay::core::outlet::LinkId;

/// E7: one encoding of a batch goes to all level links, and a relay passes on the very bytes it got.
#[test]
fn a_batch_is_encoded_once_for_all_links() {
    let mut core = core();
    let links: Vec<LinkId> = (0..3).map(|_| core.outlet.open()).collect();
    let mut hubs: Vec<Hub> = (1..4).map(|node| hub(node, at(0))).collect();
    carry(&mut core, &links, &mut hubs, at(1));
    let middle = &mut hubs[0];
    let below = [middle.link_open(), middle.link_open()];
    while let Some((link, frame)) = middle.poll_link() {
        middle.link_sent(link, frame.len());
    }

    core.batch(DefDraw::Nothing, &rows(3..30, 90));
    let frames: Vec<(LinkId, Bytes)> = std::iter::from_fn(|| core.outlet.poll(Some(&core.set))).collect();
    assert_eq!(frames.len(), links.len());
    let bytes = frames[0].1.as_ptr();
    assert!(frames.iter().all(|(_, frame)| frame.as_ptr() == bytes));
    assert!(matches!(frame::decode(&frames[0].1), Ok(LinkDown::Batch(_))));

    middle.upstream_frame(at(2), frames[0].1.clone()).unwrap();
    let mut passed: Vec<(LinkId, Bytes)> = std::iter::from_fn(|| middle.poll_link()).collect();
    passed.sort_by_key(|(link, _)| *link);
    assert!(passed.iter().map(|(link, _)| *link).eq(below));
    assert!(passed.iter().all(|(_, frame)| frame.as_ptr() == bytes));
}

/// B4: a relay that finds itself on its upstream's way leaves, at once or when the way changes later; the loop's other
/// relays hear of every change.
#[test]
fn loops_are_refused() {
    let mut one = hub(1, at(0));
    assert_eq!(code(take(&mut one, at(0), &accepted(&[9, 1, 2]))), ErrorCode::LinkLoop);

    // Two relays, each the other's upstream, meeting at the same moment.
    let mut two = hub(2, at(0));
    one.link_open();
    two.link_open();
    let greeting = |hub: &mut Hub| hub.poll_link().expect("a greeting").1;
    let (from_one, from_two) = (greeting(&mut one), greeting(&mut two));
    one.upstream_frame(at(1), from_two).unwrap();
    two.upstream_frame(at(1), from_one).unwrap();
    let mut refused = 0;
    for (from, to) in [(&mut one, &mut two)] {
        while let Some((_, frame)) = from.poll_link() {
            if let Err(error) = to.upstream_frame(at(2), frame) {
                assert_eq!(error.code(), ErrorCode::LinkLoop);
                refused += 1;
                break;
            }
        }
    }
    assert_eq!(refused, 1);
    assert_eq!(two.path(), [NodeId(2)]);
}

/// B4: eight relays in a row are served, a ninth is not, nor is one that a change of the way above makes the ninth.
#[test]
fn a_ninth_relay_in_a_row_is_refused() {
    let mut core = core();
    let mut chain = vec![joined(&mut core, 1)];
    for node in 2..=limits::HOPS as u64 {
        let (above, mut below) = (chain.last_mut().unwrap(), hub(node, at(1)));
        above.link_open();
        carry_down(above, &mut below, at(1));
        assert_eq!(below.boards().map(Image::of), Some(Image::of(&core.set)));
        chain.push(below);
    }
    let last = chain.last_mut().unwrap();
    assert_eq!(last.path().len(), 1 + limits::HOPS);
    last.link_open();
    let (_, greeting) = last.poll_link().unwrap();
    let error = hub(99, at(1)).upstream_frame(at(1), greeting).unwrap_err();
    assert!(matches!(error, LinkError::TooFar(9)) && error.code() == ErrorCode::LinkLoop);

    let long: Vec<NodeId> = (100..=100 + limits::HOPS as u64).map(NodeId).collect();
    assert_eq!(code(take(last, at(2), &LinkDown::Path(long))), ErrorCode::LinkLoop);
    assert!(last.boards().is_some(), "what it has is served on");
}

/// E6: what may not come ends the link; the boards stay, stale, and a new link brings them level again.
#[test]
fn what_may_not_come_ends_the_link() {
    let batch = |seq: u64| LinkDown::Batch(Batch { seq: BatchSeq(seq), ..Batch::default() });
    let begin = |core: u64, reset| {
        LinkDown::Begin(Begin { core: CoreEpoch(core), reset, platforms: Vec::new(), boards: Vec::new() })
    };
    let end = |seq| LinkDown::CaughtUp(CaughtUp { seq: BatchSeq(seq), frees: Vec::new() });
    let chunk = LinkDown::Chunk(Chunk { board: BoardNo(77), binds: Vec::new(), rows: Vec::new() });
    let lone_row = LinkDown::Chunk(Chunk {
        board: BoardNo(0),
        binds: Vec::new(),
        rows: vec![ChunkRow::Row { handle: Handle(4_000), score: 1, stamp: Stamp(1) }],
    });
    let hello = accepted(&[0]);
    let old = LinkDown::Accepted(Accepted { protocol: 0, path: Vec::new(), watermark: 0 });
    let (disordered, malformed) = (ErrorCode::OutOfOrder, ErrorCode::Malformed);
    // The core's boards are at batch 3. The link starts level, and away from it with an `Accepted`.
    let cases: Vec<(Vec<LinkDown>, ErrorCode)> = vec![
        (vec![batch(5)], malformed),
        (vec![batch(3)], malformed),
        (vec![chunk.clone()], disordered),
        (vec![end(4)], disordered),
        (vec![hello.clone()], disordered),
        (vec![LinkDown::Ack { up_to: 1 }], disordered),
        (vec![begin(1, false), batch(4)], disordered),
        (vec![begin(1, false), end(2)], disordered),
        (vec![begin(2, false)], disordered),
        (vec![begin(2, true), batch(4)], disordered),
        (vec![begin(2, true), begin(1, false)], disordered),
        (vec![begin(2, true), lone_row], malformed),
        (vec![LinkDown::Refused(WireError::new(ErrorCode::BadToken, "no"))], disordered),
        (vec![old], disordered),
    ];
    let mut core = core();
    for (messages, expected) in cases {
        let mut hub = joined(&mut core, 1);
        assert_eq!(hub.stale_since(), None);
        let (last, before) = messages.split_last().unwrap();
        for message in before {
            take(&mut hub, at(5), message).unwrap();
        }
        assert_eq!(code(take(&mut hub, at(6), last)), expected, "{messages:?}");
        assert_eq!(hub.stale_since(), Some(at(6).wall), "{messages:?}");
        assert_eq!(hub.boards().map(Image::of), Some(Image::of(&core.set)), "{messages:?}");
        assert_eq!(code(take(&mut hub, at(7), &batch(4))), disordered, "nothing may come before a new link");

        let link = core.outlet.open();
        carry(&mut core, &[link], std::slice::from_mut(&mut hub), at(9));
        assert_eq!((hub.level(), hub.stale_since()), (true, None));
        core.outlet.close(link);
    }
    let mut fresh = hub(1, at(0));
    assert_eq!(code(take(&mut fresh, at(1), &batch(1))), disordered);
    take(&mut fresh, at(1), &hello).unwrap();
    assert_eq!(code(take(&mut fresh, at(2), &begin(1, false))), disordered);
    let other = LinkDown::Accepted(Accepted { protocol: limits::LINK_PROTOCOL + 1, path: Vec::new(), watermark: 0 });
    assert_eq!(code(take(&mut fresh, at(3), &other)), ErrorCode::Version);
    assert!(fresh.boards().is_none());
    let refusal = WireError::new(ErrorCode::BadToken, "no such token");
    assert_eq!(take(&mut fresh, at(4), &LinkDown::Refused(refusal.clone())).unwrap(), Some(Upcall::Refused(refusal)));
    assert_eq!(code(fresh.upstream_frame(at(5), Bytes::from_static(&[0, 0, 0, 1, 0xFF])).map(|_| None)), malformed);
}

/// E6: while the core is away a relay serves what it has, marked stale since the first moment anyone above noticed; it
/// is live again only once it is level with an upstream that is.
#[test]
fn stale_goes_down_the_chain_and_ends_with_the_boards() {
    let mut core = core();
    let mut one = joined(&mut core, 1);
    let mut two = hub(2, at(0));
    one.link_open();
    carry_down(&mut one, &mut two, at(1));
    assert_eq!((one.stale_since(), two.stale_since()), (None, None));
    let before = Image::of(&core.set);

    one.upstream_lost(at(100));
    one.upstream_lost(at(150));
    carry_down(&mut one, &mut two, at(200));
    assert_eq!((one.stale_since(), two.stale_since()), (Some(at(100).wall), Some(at(100).wall)));
    // A relay that joins meanwhile is served, and told.
    let mut late = hub(3, at(190));
    let link = one.link_open();
    while let Some((_, frame)) = one.poll_link() {
        late.upstream_frame(at(210), frame).unwrap();
    }
    one.link_closed(link);
    assert_eq!((late.boards().map(Image::of), late.stale_since()), (Some(before.clone()), Some(at(100).wall)));
    // Its own loss does not make it younger.
    late.upstream_lost(at(220));
    assert_eq!(late.stale_since(), Some(at(100).wall));

    core.restart();
    core.batch(DefDraw::Nothing, &rows(10..60, 200));
    core.outlet.open();
    let mut saw_old_while_joining = false;
    while let Some((link, frame)) = core.outlet.poll(Some(&core.set)) {
        core.outlet.sent(link, frame.len());
        one.upstream_frame(at(300), frame).unwrap();
        while let Some((link, frame)) = one.poll_link() {
            one.link_sent(link, frame.len());
            two.upstream_frame(at(310), frame).unwrap();
            let image = two.boards().map(Image::of).unwrap();
            if two.stale_since().is_none() {
                assert_eq!((image == Image::of(&core.set), one.stale_since()), (true, None));
            }
            saw_old_while_joining |= image == before && one.stale_since().is_none();
        }
    }
    assert!(saw_old_while_joining, "it was stale longer than its upstream");
    assert_eq!((one.stale_since(), two.stale_since()), (None, None));
    assert_eq!(two.boards().map(Image::of), Some(Image::of(&core.set)));
}

/// E6: a relay that catches up for long says so, and asks to be called when it is time to.
#[test]
fn catching_up_for_long_is_stale_too() {
    let mut core = core();
    let mut hub = joined(&mut core, 1);
    let begin = Begin { core: core.set.core(), reset: false, platforms: core.set.platforms().to_vec(), boards: vec![] };
    take(&mut hub, at(1_000), &LinkDown::Begin(begin)).unwrap();
    assert_eq!(hub.boards().map(Image::of), Some(Image::of(&core.set)), "the boards change at the end");
    hub.tick(at(1_000));
    let due = at(1_000 + limits::BEHIND_MS);
    assert_eq!((hub.stale_since(), hub.next_tick_at()), (None, Some(due.at)));
    hub.tick(due);
    assert_eq!(hub.stale_since(), Some(at(1_000).wall));
    take(&mut hub, due, &LinkDown::CaughtUp(CaughtUp { seq: core.set.seq(), frees: Vec::new() })).unwrap();
    assert_eq!((hub.stale_since(), hub.level(), hub.rows()), (None, true, 0));
}

fn any_message() -> impl Strategy<Value = LinkDown> {
    let def = |no: u32| BoardDef {
        board: BoardNo(no),
        uid: 1,
        id: format!("b{no}"),
        title: String::new(),
        unit: String::new(),
        decimals: (no % 12) as u8,
        synthetic: false,
    };
    let bind = (0u32..12, 0u16..3, 0u64..12).prop_map(|(handle, platform, id)| {
        let entity = WireEntity { platform: PlatformNo(platform), id: EntityId::Number(id) };
        Bind { handle: Handle(handle), entity }
    });
    let binds = proptest::collection::vec(bind, 0..6);
    let platforms = proptest::collection::vec("[a-c]{0,2}", 0..3);
    let boards = proptest::collection::vec((0u32..11).prop_map(def), 0..4);
    let frees = proptest::collection::vec((0u32..12).prop_map(Handle), 0..3);
    let row = (0u32..12, proptest::option::of(-9i64..9)).prop_map(|(handle, score)| match score {
        Some(score) => ChunkRow::Row { handle: Handle(handle), score, stamp: Stamp(3) },
        None => ChunkRow::Gone { handle: Handle(handle) },
    });
    let change = (0u32..12, proptest::option::of(-9i64..9)).prop_map(|(handle, score)| match score {
        Some(score) => RowChange::Set { handle: Handle(handle), score },
        None => RowChange::Remove { handle: Handle(handle) },
    });
    let changes = (0u32..4, proptest::collection::vec(change, 0..5))
        .prop_map(|(board, changes)| BoardChanges { board: BoardNo(board), changes });
    let defs = proptest::collection::vec(
        prop_oneof![
            (0u32..4).prop_map(move |no| DefChange::Put(def(no))),
            (0u32..4).prop_map(|no| DefChange::Gone(BoardNo(no)))
        ],
        0..2,
    );
    let path = proptest::collection::vec((1u64..30).prop_map(NodeId), 0..4);
    prop_oneof![
        6 => path.clone().prop_map(|path| LinkDown::Accepted(Accepted { protocol: limits::LINK_PROTOCOL, path, watermark: 0 })),
        1 => path.prop_map(LinkDown::Path),
        8 => (0u64..2, any::<bool>(), platforms.clone(), boards).prop_map(|(core, reset, platforms, boards)| {
            LinkDown::Begin(Begin { core: CoreEpoch(core), reset, platforms, boards })
        }),
        12 => (0u32..4, binds.clone(), proptest::collection::vec(row, 0..6))
            .prop_map(|(board, binds, rows)| LinkDown::Chunk(Chunk { board: BoardNo(board), binds, rows })),
        8 => (0u64..4, frees.clone())
            .prop_map(|(seq, frees)| LinkDown::CaughtUp(CaughtUp { seq: BatchSeq(seq), frees })),
        12 => (1u64..5, platforms, binds, defs, proptest::collection::vec(changes, 0..3), frees).prop_map(
            |(seq, platforms, binds, defs, boards, frees)| {
                LinkDown::Batch(Batch { seq: BatchSeq(seq), platforms, binds, defs, boards, frees })
            }
        ),
        2 => proptest::option::of(0u64..9).prop_map(|since| LinkDown::Stale(since.map(UnixMillis))),
        1 => Just(LinkDown::Ping(1)),
        1 => Just(LinkDown::GoAway { retry_after_ms: 1 }),
    ]
}

/// All but handles without rows, which no honest core has.
fn image(set: &BoardSet) -> Image {
    let mut image = Image::of(set);
    image.bound.retain(|handle| set.uses(*handle) > 0);
    image
}

proptest! {
    /// B1: no order of messages and no bytes make a relay panic or break its boards, and one below it follows all
    /// along.
    #[test]
    fn no_order_of_messages_breaks_a_relay(
        messages in proptest::collection::vec(any_message(), 0..80),
        noise in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let (mut above, mut below) = (hub(100, at(0)), hub(200, at(0)));
        above.link_open();
        for (n, message) in messages.iter().enumerate() {
            let now = at(n as u64);
            let result = take(&mut above, now, message);
            if result.is_err() {
                prop_assert!(above.stale_since().is_some() && !above.level());
                take(&mut above, now, &accepted(&[50])).unwrap();
            }
            carry_down(&mut above, &mut below, now);
            prop_assert_eq!(above.boards().map(image), below.boards().map(image));
            for (_, board) in above.boards().iter().flat_map(|set| set.boards()) {
                prop_assert_eq!(board.rows().audit(), Ok(()));
            }
        }
        if above.upstream_frame(at(99), Bytes::from(noise)).is_err() {
            prop_assert!(above.stale_since().is_some() && !above.level());
        }
    }
}
