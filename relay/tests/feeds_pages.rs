//! Pages, tracked entities and the directory as clients see them: what travels when, and that it is no more than that.

mod feeds_support;

use feeds_support::core::{Plan, entity};
use feeds_support::house::House;
use scorelay_protocol::client::{Request, Response};
use scorelay_protocol::codec::encoded_len;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{Body, Feed, Standing};
use scorelay_protocol::ids::{BoardNo, RequestId, Slot, UnixMillis};
use scorelay_protocol::link::DefChange;
use scorelay_protocol::page::PageOp;
use scorelay_protocol::tick::Freshness;

/// E12: only watched pages travel, and what travels is small.
#[test]
fn only_watched_pages_travel() {
    let mut house = House::with_rows(3_200);
    house.look(0, [2]);
    house.run(100);
    let (ticks, published) = (house.client(0).ticks, house.published.len());
    house.score([(96, 31_045), (3_000, 2_003)]);
    house.run(500);
    assert_eq!((house.client(0).ticks, house.published.len()), (ticks, published), "other pages changed in place");

    house.score([(70, 31_305), (3_000, 2_004)]);
    house.run(500);
    assert_eq!(house.client(0).ticks, ticks + 1);
    assert_eq!(house.published.last().unwrap().changed.len(), 1);
    let board = house.client(0).board("board0").unwrap();
    let Feed::Page { page, .. } = house.page(2) else { unreachable!() };
    let ops = vec![PageOp::Score { slot: Slot(6), by: 5 }];
    assert_eq!(house.client(0).last.bodies, [Body::PageDelta { board, page, ops }]);
    assert!(house.client(0).last_bytes <= 12, "{} bytes", house.client(0).last_bytes);
}

/// E12: a row that jumps over the whole board costs two edits on each watched page between, however many rows shift.
#[test]
fn a_jump_over_a_page_is_two_edits() {
    let mut house = House::with_rows(3_200);
    house.look(0, [1]);
    house.run(100);
    house.score([(3_199, 1_000_000)]);
    house.run(100);
    let [Body::PageDelta { ops, .. }] = &house.client(0).last.bodies[..] else { panic!("{:?}", house.client(0).last) };
    assert!(matches!(ops[..], [PageOp::Remove { slot: Slot(31) }, PageOp::Insert { slot: Slot(0), .. }]), "{ops:?}");
}

/// E13: scrolling back to a page costs only what changed there, and next to nothing if nothing did.
#[test]
fn scrolling_back_costs_only_what_changed() {
    let mut house = House::with_rows(3_200);
    house.look(0, [3]);
    house.run(100);
    let whole = house.client(0).last_bytes;
    house.look(0, [50]);
    house.run(60_000);
    house.look(0, [3]);
    house.run(100);
    let client = house.client(0);
    assert!(matches!(&client.last.bodies[..], [Body::PageDelta { ops, .. }] if ops.is_empty()), "{:?}", client.last);
    assert!(encoded_len(&client.last.bodies[0]) < 8);

    house.look(0, [50]);
    house.run(100);
    house.score([(96, 31_045)]);
    house.look(0, [3]);
    house.run(100);
    let client = house.client(0);
    assert!(matches!(&client.last.bodies[..], [Body::PageDelta { ops, .. }] if ops.len() == 1), "{:?}", client.last);
    assert!(client.last_bytes * 8 < whole, "{} bytes instead of {whole}", client.last_bytes);
}

/// E13: a lost connection that comes back is told only what it missed.
#[test]
fn coming_back_costs_only_what_changed() {
    let mut house = House::with_rows(3_200);
    house.look(0, [3, 4]);
    house.run(100);
    let whole = house.client(0).last_bytes;
    house.reconnect(0, true);
    house.score([(96, 31_045)]);
    house.look(0, [3, 4]);
    house.run(100);
    let client = house.client(0);
    assert!(client.welcome.as_ref().unwrap().resumed);
    // The directory and page 4 are as they were; the list of platforms begins anew with each connection.
    let sizes: Vec<usize> = client.last.bodies.iter().map(encoded_len).collect();
    assert!(sizes.len() == 3 && sizes.iter().all(|&size| size < 8), "{sizes:?} instead of {whole}");
}

/// E16: the first rows of a new board, and rows that go, are sent as changes to the page that is watched already.
#[test]
fn first_rows_and_removals_are_changes() {
    let mut house = House::with_rows(0);
    house.look(0, [0]);
    house.run(100);
    assert_eq!(house.client(0).rows(&house.page(0)), []);
    house.score([(1, 5), (2, 7), (3, 6)]);
    house.run(100);
    let rows = |house: &House| house.client(0).rows(&house.page(0));
    assert_eq!(rows(&house), [(entity(2), 7), (entity(3), 6), (entity(1), 5)]);
    house.score((10..40).map(|n| (n, 1)));
    house.run(100);
    house.batch(&Plan { rows: vec![(0, entity(2), None)], ..Plan::default() });
    house.run(100);
    let last = &house.client(0).last;
    assert!(
        matches!(&last.bodies[..], [Body::PageDelta { ops, .. }] if matches!(ops[0], PageOp::Remove { slot: Slot(0) })),
        "{last:?}"
    );
    assert_eq!(house.client(0).last.head.totals.len(), 1);
    house.settle();
}

/// T8: who joins late gets the state and every later change in one step, while changes go on.
#[test]
fn a_late_joiner_misses_nothing() {
    let mut house = House::with_rows(100);
    for round in 0..40 {
        house.score([(round, 5_000 + i64::from(round))]);
        if round == 20 {
            house.join(&[]);
            house.look(1, [0, 1]);
        }
        house.run(17);
    }
    house.run(2_000);
    house.settle();
    assert!(house.client(1).ticks > 5);
}

/// E14: entities named in the address are followed on every board, wherever they stand, also on boards made later.
#[test]
fn tracked_entities_are_followed_everywhere() {
    let mut house = House::with_rows(500);
    let strange = "nowhere:1".parse().unwrap();
    let seat = house.join(&[entity(400), strange]);
    house.run(100);
    let board = house.client(0).board("board0").unwrap();
    let at = |house: &House, n| house.client(seat).tracks[&entity(n)].clone();
    assert_eq!(at(&house, 400), [(board, Standing { rank: 401, score: 1_000 })].into());
    assert_eq!(house.client(seat).tracks[&"nowhere:1".parse().unwrap()], [].into());

    house.score([(400, 9_999)]);
    house.run(50);
    assert_eq!(at(&house, 400)[&board], Standing { rank: 1, score: 9_999 }, "its own score at the next tick");
    house.score([(401, 10_000)]);
    house.run(1_100);
    assert_eq!(at(&house, 400)[&board], Standing { rank: 2, score: 9_999 }, "its rank within about a second");

    let rows = vec![(1, entity(400), Some(3)), (0, entity(400), None)];
    house.batch(&Plan { puts: vec![1], rows, ..Plan::default() });
    house.run(50);
    let new = house.client(0).board("board1").unwrap();
    assert_eq!(at(&house, 400), [(new, Standing { rank: 1, score: 3 })].into());
    house.batch(&Plan { drops: vec![1], ..Plan::default() });
    house.run(50);
    assert_eq!(at(&house, 400), [].into());
}

/// E21: rows that are put aside under another id are where tracked entities stand from then on.
#[test]
fn tracked_entities_are_followed_into_an_archive() {
    let mut house = House::with_rows(40);
    let seat = house.join(&[entity(3)]);
    house.watch(seat, &[Feed::Track { entity: entity(3) }, Feed::Directory]);
    house.run(100);
    house.batch(&Plan { renames: vec![(0, 5)], puts: vec![0], ..Plan::default() });
    house.settle();
    let (archive, held) = (house.client(seat).board("board5").unwrap(), &house.client(seat).tracks[&entity(3)]);
    assert_eq!(*held, [(archive, Standing { rank: 4, score: 370 })].into());
}

#[test]
fn watchers_of_a_board_that_goes_are_told_so() {
    let mut house = House::with_rows(100);
    house.look(0, [0, 1]);
    house.run(100);
    let gone = house.page(0);
    house.batch(&Plan { drops: vec![0], ..Plan::default() });
    house.run(100);
    assert_eq!(house.client(0).watches(), [Feed::Directory]);
    assert!(house.client(0).directory.is_empty());

    // The same name again is another board; the old number only ever says that it is gone.
    house.batch(&Plan { puts: vec![0], rows: vec![(0, entity(1), Some(1))], ..Plan::default() });
    house.run(100);
    let message = house.seats[0].client.change(Vec::new(), vec![gone.clone()]);
    house.say(0, message).unwrap();
    house.run(100);
    assert!(matches!(house.client(0).last.bodies[..], [Body::Gone { .. }]));
    assert_ne!(house.page(0), gone);
    house.look(0, [0]);
    house.run(100);
    house.settle();
}

#[test]
fn a_board_that_goes_and_comes_back_within_a_tick_is_read_anew() {
    let mut house = House::with_rows(40);
    house.look(0, [0]);
    house.run(100);
    let def = house.set.defs().next().unwrap().clone();
    let mut batch = house.core.batch(&Plan { drops: vec![0], ..Plan::default() });
    batch.defs.push(DefChange::Put(def.clone()));
    house.core.set.put_board(def).unwrap();
    let feeds = &mut house.feeds;
    house.set.apply(&batch, &mut |event| feeds.observe(&event)).unwrap();
    house.score([(7, 1)]);
    house.run(2_000);
    assert_eq!(house.client(0).rows(&house.page(0)), [(entity(7), 1)]);
    house.settle();
}

/// A core that comes back with other numbers for everything shows clients nothing but what really changed.
#[test]
fn after_a_restart_of_the_core_only_net_changes_are_sent() {
    let mut house = House::with_rows(300);
    house.look(0, [0, 1, 2]);
    house.join(&[entity(9)]);
    house.run(2_000);
    let ticks = |house: &House| (house.client(0).ticks, house.client(1).ticks);
    let before = ticks(&house);
    house.restart_core();
    house.run(2_000);
    assert_eq!(ticks(&house), before);
    house.restart_core();
    house.score([(40, 2_601)]);
    house.run(2_000);
    assert_eq!(ticks(&house), (before.0 + 1, before.1));
    assert!(house.client(0).last_bytes < 12);
    house.settle();
}

/// A freed handle is given to another entity while nobody looks at the page; the page is looked at again in the very
/// tick in which it changes once more.
#[test]
fn a_reused_handle_on_a_page_that_comes_back_is_another_row() {
    let mut house = House::with_rows(40);
    house.look(0, [0]);
    house.run(100);
    house.join(&[]);
    house.look(1, [1]);
    house.look(0, []);
    house.run(100);
    house.batch(&Plan { rows: vec![(0, entity(5), None)], ..Plan::default() });
    house.score([(900, 350)]);
    house.look(0, [0]);
    house.score([(901, 351)]);
    house.run(2_000);
    assert_eq!(house.client(0).rows(&house.page(0))[5..7], [(entity(901), 351), (entity(900), 350)]);
    house.settle();
}

#[test]
fn before_there_are_boards_clients_are_greeted_and_wait() {
    let mut house = House::new();
    house.level = false;
    house.feeds.set_freshness(Freshness::Stale { since: UnixMillis(3) });
    house.join(&[entity(1)]);
    house.watch(0, &[Feed::Directory]);
    let find = Request::Find { board: BoardNo(0), entity: entity(1) };
    house.say(0, scorelay_protocol::client::ClientMessage::Request { id: RequestId(1), body: find.clone() }).unwrap();
    house.run(1_000);
    let client = house.client(0);
    assert!(client.welcome.is_some() && client.pending > 0 && !client.is_admitted(&Feed::Directory));
    assert_eq!(client.freshness, Some(Freshness::Stale { since: UnixMillis(3) }));
    assert_eq!(client.responses[&RequestId(1)].as_ref().unwrap_err().code, ErrorCode::NotReady);

    house.level = true;
    house.feeds.set_freshness(Freshness::Live);
    house.batch(&Plan { puts: vec![0], rows: vec![(0, entity(1), Some(4))], ..Plan::default() });
    house.say(0, scorelay_protocol::client::ClientMessage::Request { id: RequestId(2), body: find }).unwrap();
    house.run(100);
    house.settle();
    let found = Response::Found(Some(Standing { rank: 1, score: 4 }));
    assert_eq!(house.client(0).responses[&RequestId(2)], Ok(found));
    assert_eq!(house.client(0).freshness, Some(Freshness::Live));
}

#[test]
fn row_counts_of_the_directory_come_every_thirty_seconds_and_totals_with_the_rows() {
    let mut house = House::with_rows(10);
    let seat = house.join(&[]);
    house.look(seat, [0]);
    house.run(40_000);
    house.score([(50, 0)]);
    house.run(100);
    let board = house.client(0).board("board0").unwrap();
    let count = |house: &House, seat| {
        (house.client(seat).directory[&board].rows, house.client(seat).totals.get(&board).copied())
    };
    assert_eq!(count(&house, seat), (11, Some(11)), "after quiet, counts are told at once");
    house.score([(51, 0)]);
    house.run(10_000);
    assert_eq!(count(&house, seat), (11, Some(12)));
    assert_eq!(count(&house, 0), (11, None), "it watches no page");
    house.run(30_000);
    assert_eq!(count(&house, 0), (12, None));
}
