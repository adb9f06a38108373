//! What links may cost: memory of one that lags, sizes of frames, rows that are held back. The rules of conduct are in
//! `link_rules.rs`.

mod link_model;

use link_model::relays::{core, hub, joined, take};
use link_model::{Image, at};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, NodeId, Stamp};
use scorelay_protocol::link::{Batch, Begin, BoardChanges, BoardDef, Chunk, ChunkRow, LinkDown, RowChange};
use scorelay_protocol::{frame, limits};
use scorelay_ranks::BoardSet;
use scorelay_relay::core::link_error::LinkError;
use scorelay_relay::core::outlet::Outlet;

/// E6: a link whose peer reads nothing costs its queue and some bits, however much changes meanwhile.
#[test]
fn a_lagging_link_costs_bits() {
    const ENTITIES: u32 = 60_000;
    let mut set = BoardSet::new(CoreEpoch(1));
    let def = |no: u32| BoardDef {
        board: BoardNo(no),
        uid: u64::from(no),
        id: format!("b{no}"),
        title: String::new(),
        unit: String::new(),
        decimals: 0,
        synthetic: false,
    };
    let boards = [BoardNo(0), BoardNo(1)];
    for board in boards {
        set.put_board(def(board.0)).unwrap();
    }
    for n in 0..ENTITIES {
        let (handle, _) = set.intern(&Entity::new("twitch", &n.to_string()).unwrap()).unwrap();
        for board in boards {
            set.set_row(board, handle, 0, Stamp(u64::from(n))).unwrap();
        }
    }
    let mut outlet = Outlet::new(vec![NodeId(0)]);
    let link = outlet.open();
    let mut relay = hub(1, at(0));
    let mut bring = |outlet: &mut Outlet, set: &BoardSet| {
        while let Some((link, frame)) = outlet.poll(Some(set)) {
            outlet.sent(link, frame.len());
            relay.upstream_frame(at(1), frame).unwrap();
        }
        Image::of(relay.boards().unwrap())
    };
    assert_eq!(bring(&mut outlet, &set), Image::of(&set));

    let mut waiting = Vec::new();
    for seq in 1..=150 {
        let mut batch = Batch { seq: BatchSeq(seq), ..Batch::default() };
        for board in boards {
            let changes = (0..1_500u32).map(|i| {
                let handle = Handle((i * 37 + seq as u32 * 1_009) % ENTITIES);
                RowChange::Set { handle, score: seq as i64 * 1_000_000 }
            });
            let changes: Vec<RowChange> = changes.collect();
            for (index, change) in changes.iter().enumerate() {
                if let RowChange::Set { handle, score } = *change {
                    set.set_row(board, handle, score, Stamp::new(batch.seq, index as u32)).unwrap();
                }
            }
            batch.boards.push(BoardChanges { board, changes });
        }
        set.advance(batch.seq);
        outlet.cut(batch);
        while let Some((_, frame)) = outlet.poll(Some(&set)) {
            waiting.push(frame);
        }
        assert!(outlet.queued(link).unwrap() <= limits::LINK_QUEUE_BYTES);
        assert!(outlet.held(link).unwrap() <= 2 * (ENTITIES as usize / 8 + 1_024), "bits by handle and board");
    }
    assert_eq!(outlet.counts(), (0, 1));
    for frame in waiting {
        outlet.sent(link, frame.len());
        relay.upstream_frame(at(2), frame).unwrap();
    }
    assert!(relay.boards().unwrap().seq() < set.seq());
    let mut bytes = 0;
    while let Some((link, frame)) = outlet.poll(Some(&set)) {
        bytes += frame.len();
        outlet.sent(link, frame.len());
        relay.upstream_frame(at(2), frame).unwrap();
    }
    assert_eq!(outlet.counts(), (1, 0));
    assert_eq!(relay.boards().map(Image::of), Some(Image::of(&set)));
    assert!(bytes < 2 * ENTITIES as usize * 40, "{bytes} bytes for rows as they stand, each once");
}

/// B1: the largest things that a link carries stay within a frame.
#[test]
fn the_largest_frames_fit() {
    let mut set = BoardSet::new(CoreEpoch(u64::MAX));
    let board = BoardNo(u32::MAX);
    let text = "x".repeat(limits::BOARD_TEXT_BYTES);
    let def = |no: u32| BoardDef {
        board: BoardNo(no),
        uid: u64::MAX,
        id: "y".repeat(limits::BOARD_ID_BYTES),
        title: text.clone(),
        unit: text.clone(),
        decimals: limits::MAX_DECIMALS,
        synthetic: true,
    };
    for no in 0..limits::BOARDS as u32 {
        set.put_board(def(board.0 - no)).unwrap();
    }
    for no in 0..limits::PLATFORMS {
        set.platform_no(&format!("{no:a>width$}", width = limits::PLATFORM_BYTES)).unwrap();
    }
    for n in 0..3 * limits::CHUNK_ROWS {
        let id = format!("{n:x>width$}", width = limits::ENTITY_ID_BYTES);
        let platform = set.platforms()[limits::PLATFORMS - 1].clone();
        let (handle, _) = set.intern(&Entity::new(&platform, &id).unwrap()).unwrap();
        set.set_row(board, handle, -limits::MAX_SCORE, Stamp(u64::MAX - n as u64)).unwrap();
    }
    let mut outlet = Outlet::new(vec![NodeId(u64::MAX); limits::HOPS]);
    let link = outlet.open();
    let mut chunks = 0;
    while let Some((link, frame)) = outlet.poll(Some(&set)) {
        outlet.sent(link, frame.len());
        chunks += usize::from(matches!(frame::decode(&frame).unwrap(), LinkDown::Chunk(_)));
        assert!(frame.len() <= limits::LINK_FRAME_BYTES, "{} bytes", frame.len());
        assert!(frame.len() <= limits::LINK_QUEUE_BYTES / 2);
    }
    assert_eq!((chunks, outlet.counts()), (3, (1, 0)));

    // A board that goes with all its rows frees more handles than one frame names.
    let frees: Vec<Handle> = (1 << 20..(1 << 20) + 300_000).map(Handle).collect();
    set.advance(BatchSeq(1));
    outlet.cut(Batch { seq: set.seq(), frees: frees.clone(), ..Batch::default() });
    let mut freed = Vec::new();
    while let Some((_, frame)) = outlet.poll(Some(&set)) {
        outlet.sent(link, frame.len());
        match frame::decode(&frame).unwrap() {
            LinkDown::CaughtUp(end) => freed.extend(end.frees),
            other => assert!(matches!(other, LinkDown::Begin(Begin { reset: false, .. })), "{other:?}"),
        }
    }
    assert_eq!((freed, outlet.counts()), (frees, (1, 0)));
}

/// E6: what a relay holds back while it catches up is bounded; past that it starts from nothing.
#[test]
fn too_much_held_back_is_given_up() {
    let mut core = core();
    let mut hub = joined(&mut core, 1);
    let boards: Vec<BoardDef> = core.set.defs().cloned().collect();
    let begin = Begin { core: core.set.core(), reset: false, platforms: core.set.platforms().to_vec(), boards };
    take(&mut hub, at(1), &LinkDown::Begin(begin)).unwrap();
    let rows = vec![ChunkRow::Gone { handle: Handle(1) }; limits::CHUNK_ROWS];
    let chunk = LinkDown::Chunk(Chunk { board: BoardNo(0), binds: Vec::new(), rows });
    let mut chunks = 0;
    let error = loop {
        match take(&mut hub, at(2), &chunk) {
            Ok(_) => chunks += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, LinkError::TooMuch));
    assert_eq!(chunks, limits::HELD_ROWS / limits::CHUNK_ROWS);
    assert_eq!(hub.boards().map(Image::of), Some(Image::of(&core.set)));
}
