//! Property test of the whole path from batches to clients: whatever boards, masks, wires and connections do, after
//! every message a client holds exactly the boards of one tick, and after quiet those of now.

mod feeds_support;

use feeds_support::client::page;
use feeds_support::core::{Plan, board_id, entity};
use feeds_support::house::House;
use proptest::prelude::*;
use scorelay_protocol::client::ClientMessage;
use scorelay_protocol::feed::Feed;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::tick::Freshness;

const BOARDS: u32 = 3;
const ENTITIES: u32 = 150;

#[derive(Debug, Clone)]
enum Op {
    /// Rows that get a score, or go.
    Batch(Vec<(u32, u32, Option<i64>)>),
    /// Many newcomers or leavers at once.
    Raid {
        board: u32,
        from: u32,
        count: u32,
        score: Option<i64>,
    },
    /// One leaves every board, and another comes in with the handle that this frees.
    Replace {
        leaver: u32,
        board: u32,
        comer: u32,
        score: i64,
    },
    Put(u32),
    Drop(u32),
    RestartCore,
    Run(u64),
    /// A window of pages, and perhaps the directory and an entity.
    Scroll {
        seat: usize,
        board: u32,
        from: u32,
        count: u32,
        track: Option<u32>,
    },
    /// Out of the mask and in again at once.
    Again {
        seat: usize,
    },
    Evict {
        seat: usize,
    },
    Shut {
        seat: usize,
        shut: bool,
    },
    Reconnect {
        seat: usize,
        resume: bool,
    },
    Pace {
        seat: usize,
        ms: u32,
    },
    Level(bool),
    Stale(bool),
}

fn op() -> impl Strategy<Value = Op> {
    let seat = 0..4usize;
    let row = (0..BOARDS, 0..ENTITIES, prop::option::weighted(0.8, 0..40i64));
    let raid = (0..BOARDS, 0..ENTITIES, 1..80u32, prop::option::weighted(0.7, 0..40i64));
    let replace = (0..ENTITIES, 0..BOARDS, 0..ENTITIES, 0..40i64);
    let scroll = (seat.clone(), 0..BOARDS, 0..6u32, 0..4u32, prop::option::of(0..ENTITIES));
    prop_oneof![
        12 => prop::collection::vec(row, 0..12).prop_map(Op::Batch),
        3 => raid.prop_map(|(board, from, count, score)| Op::Raid { board, from, count, score }),
        3 => replace.prop_map(|(leaver, board, comer, score)| Op::Replace { leaver, board, comer, score }),
        1 => (0..BOARDS).prop_map(Op::Put),
        1 => (0..BOARDS).prop_map(Op::Drop),
        1 => Just(Op::RestartCore),
        12 => prop_oneof![0..60u64, 0..400u64, Just(1_500u64)].prop_map(Op::Run),
        8 => scroll.prop_map(|(seat, board, from, count, track)| Op::Scroll { seat, board, from, count, track }),
        1 => seat.clone().prop_map(|seat| Op::Again { seat }),
        1 => seat.clone().prop_map(|seat| Op::Evict { seat }),
        3 => (seat.clone(), any::<bool>()).prop_map(|(seat, shut)| Op::Shut { seat, shut }),
        2 => (seat.clone(), prop::bool::weighted(0.7)).prop_map(|(seat, resume)| Op::Reconnect { seat, resume }),
        1 => (seat, prop_oneof![Just(0u32), 0..900u32]).prop_map(|(seat, ms)| Op::Pace { seat, ms }),
        1 => any::<bool>().prop_map(Op::Level),
        1 => any::<bool>().prop_map(Op::Stale),
    ]
}

fn perform(house: &mut House, op: &Op) {
    match op {
        Op::Batch(rows) => {
            let rows = rows.iter().map(|&(board, n, score)| (board, entity(n), score)).collect();
            house.batch(&Plan { rows, ..Plan::default() });
        }
        Op::Raid { board, from, count, score } => {
            let rows = (*from..from + count).map(|n| (*board, entity(n % ENTITIES), *score)).collect();
            house.batch(&Plan { rows, ..Plan::default() });
        }
        Op::Replace { leaver, board, comer, score } => {
            let rows = (0..BOARDS).map(|board| (board, entity(*leaver), None)).collect();
            house.batch(&Plan { rows, ..Plan::default() });
            let rows = vec![(*board, entity(*comer), Some(*score))];
            house.batch(&Plan { rows, ..Plan::default() });
        }
        Op::Put(no) => house.batch(&Plan { puts: vec![*no], ..Plan::default() }),
        Op::Drop(no) => house.batch(&Plan { drops: vec![*no], ..Plan::default() }),
        Op::RestartCore => house.restart_core(),
        Op::Run(ms) => house.run(*ms),
        Op::Scroll { seat, board, from, count, track } => {
            let mut feeds = vec![Feed::Directory];
            let client = &house.seats[*seat].client;
            if let Some(board) = client.board(&board_id(*board)) {
                feeds.extend((*from..from + count).map(|no| page(board, no)));
            }
            feeds.extend(track.map(|n| Feed::Track { entity: entity(n) }));
            house.watch(*seat, &feeds);
        }
        Op::Again { seat } => {
            let feeds = house.seats[*seat].client.watches();
            // Its directory may be older than a board's end, of which it then learns by `Gone`.
            let message = house.seats[*seat].client.change(feeds[..feeds.len() / 2].to_vec(), feeds);
            house.say(*seat, message).expect("the shard takes it");
        }
        Op::Evict { seat } => {
            let client = &mut house.seats[*seat].client;
            for feed in client.pages.keys().cloned().collect::<Vec<_>>() {
                client.evict(&feed);
            }
        }
        Op::Shut { seat, shut } => house.seats[*seat].wire.shut(*shut),
        Op::Reconnect { seat, resume } => {
            house.reconnect(*seat, *resume);
            house.watch(*seat, &[Feed::Directory]);
        }
        Op::Pace { seat, ms } => house.say(*seat, ClientMessage::Pace { every_ms: *ms }).expect("the shard takes it"),
        Op::Level(level) => house.level = *level,
        Op::Stale(stale) => {
            let since = UnixMillis(house.now.0);
            house.feeds.set_freshness(if *stale { Freshness::Stale { since } } else { Freshness::Live });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// E12, E13, E14, E16, T8: only what is watched is sent, scrolling back and coming back fill in what was missed,
    /// tracked entities follow everywhere, and rows and boards that come and go are sent as changes.
    #[test]
    fn every_message_leads_to_the_boards_of_one_tick(ops in prop::collection::vec(op(), 1..70)) {
        let mut house = House::new();
        house.batch(&Plan { puts: (0..BOARDS).collect(), ..Plan::default() });
        for seat in 0..4 {
            house.join(&[entity(seat)]);
            house.watch(seat as usize, &[Feed::Directory, Feed::Track { entity: entity(seat) }]);
        }
        house.run(100);
        for op in &ops {
            perform(&mut house, op);
        }
        house.level = true;
        for seat in 0..house.seats.len() {
            house.seats[seat].wire.shut(false);
        }
        house.settle();
    }
}
