//! Clients that read slowly, look deep, or want much at once: what they get, when, and what they cost.

mod feeds_support;

use feeds_support::core::Plan;
use feeds_support::house::House;
use scorelay_protocol::codec::encoded_len;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::limits::{
    ADMIT_BYTES, BATCH_CHANGES, DEEP_EVERY, MASK_FEEDS, RELAY_FRAME_BYTES, SHALLOW_PAGES, TICK_MS,
};
use scorelay_relay::core::shard::Overload;

/// T3: a client that reads nothing delays nobody, nothing is kept for it, and when it reads again it is brought to now
/// by one message no longer than what it watches.
#[test]
fn a_stuck_client_delays_nobody_and_comes_back_by_one_message() {
    let mut house = House::with_rows(200);
    let stuck = house.join(&[]);
    let third = house.join(&[]);
    for seat in [0, stuck, third] {
        house.look(seat, [0, 1]);
    }
    house.run(1_000);
    let whole = house.client(third).last_bytes;
    let before: Vec<usize> = (0..3).map(|seat| house.client(seat).ticks).collect();
    house.seats[stuck].wire.shut(true);
    for round in 0..400 {
        house.score([(round % 50, 10_000 + i64::from(round))]);
        house.run(TICK_MS);
    }
    for seat in [0, third] {
        assert!(house.client(seat).ticks >= before[seat] + 395, "{}", house.client(seat).ticks);
    }
    assert_eq!(house.client(stuck).ticks, before[stuck]);
    house.seats[stuck].wire.shut(false);
    house.run(TICK_MS);
    assert_eq!(house.client(stuck).ticks, before[stuck] + 1);
    // Scores have grown by a digit or two.
    assert!(house.client(stuck).last_bytes <= whole + 64, "{} > {whole}", house.client(stuck).last_bytes);
    house.settle();
}

/// T3: one that lags by a few ticks only is brought on by the deltas that it missed.
#[test]
fn a_short_lag_is_made_up_by_deltas() {
    let mut house = House::with_rows(200);
    house.look(0, [0]);
    house.run(1_000);
    house.seats[0].wire.shut(true);
    for round in 0..3 {
        house.score([(5, 1_950 + round)]);
        house.run(TICK_MS);
    }
    house.seats[0].wire.shut(false);
    house.run(TICK_MS);
    let last = &house.client(0).last;
    assert!(
        last.bodies.len() == 2 && last.bodies.iter().all(|body| matches!(body, Body::PageDelta { .. })),
        "{last:?}"
    );
    house.settle();
}

#[test]
fn deep_pages_are_served_every_few_ticks() {
    let mut house = House::with_rows(2_000);
    let deep = house.join(&[]);
    house.look(0, [SHALLOW_PAGES - 1, SHALLOW_PAGES]);
    house.look(deep, [SHALLOW_PAGES]);
    house.run(1_000);
    let busy = |house: &mut House| {
        let before = [0, deep].map(|seat| house.client(seat).ticks);
        for round in 0..80 {
            house.score([(SHALLOW_PAGES * 32 + 3, 14_850 + round % 7)]);
            house.run(TICK_MS);
        }
        [0, deep].map(|seat| house.client(seat).ticks).iter().zip(before).map(|(now, before)| now - before).collect()
    };
    let near = |got: &[usize], wanted: [usize; 2]| {
        assert!(
            got.iter().zip(wanted).all(|(&got, wanted)| got.abs_diff(wanted) <= 2),
            "{got:?} instead of {wanted:?}"
        );
    };
    let every = DEEP_EVERY as usize;
    let got: Vec<usize> = busy(&mut house);
    near(&got, [80, 80 / every]);
    for (level, wanted) in [(Overload::Deep, [80, 40 / every]), (Overload::All, [40, 40 / every])] {
        house.shards.iter_mut().for_each(|shard| shard.overload(level));
        let got = busy(&mut house);
        near(&got, wanted);
    }
    house.look(deep, [SHALLOW_PAGES + 1]);
    house.run(2 * TICK_MS + TICK_MS);
    assert!(house.client(deep).all_admitted(), "what is new is not put off");
    house.settle();
}

#[test]
fn many_new_pages_come_in_order_a_bit_at_a_time() {
    let mut house = House::with_rows(32 * 300);
    let board = house.page(0);
    let pages: Vec<Feed> = (0..300).rev().map(|no| house.page(no)).collect();
    assert_eq!(pages[299], board);
    let message = house.seats[0].client.change(Vec::new(), pages.clone());
    house.say(0, message).unwrap();
    let mut came = Vec::new();
    let mut pending = u32::MAX;
    while pending > 0 {
        let ticks = house.client(0).ticks;
        house.score([(1, i64::from(pending))]);
        house.run(TICK_MS / 2);
        if house.client(0).ticks == ticks {
            continue;
        }
        let client = house.client(0);
        let snapshots = client.last.bodies.iter().filter(|body| matches!(body, Body::PageSnapshot { .. }));
        let new: Vec<&Body> = snapshots.filter(|body| !came.contains(&name(body))).collect();
        assert!(new.iter().map(|body| encoded_len(*body)).sum::<usize>() <= ADMIT_BYTES);
        came.extend(new.into_iter().map(name));
        assert!(client.pending < pending || came.len() == pages.len());
        pending = client.pending;
    }
    assert_eq!(came, pages);
    house.settle();
}

fn name(body: &Body) -> Feed {
    let Body::PageSnapshot { board, page, .. } = body else { panic!("{body:?}") };
    Feed::Page { board: *board, page: *page }
}

/// The longest message there can be: a full mask of pages full of the longest ids, all replaced while the client did
/// not read.
#[test]
fn a_full_mask_of_the_longest_rows_fits_one_message() {
    let pages = MASK_FEEDS as u32 - 1;
    let long = |n: u32| -> Entity { format!("twitch:{n:x>128}").parse().unwrap() };
    let mut house = House::with_rows(0);
    let fill = |house: &mut House, from: u32, score: i64| {
        for start in (0..pages * 32).step_by(BATCH_CHANGES / 2) {
            let end = (pages * 32).min(start + BATCH_CHANGES as u32 / 2);
            let rows = (start..end).map(|n| (0, long(from + n), Some(score))).collect();
            house.batch(&Plan { rows, ..Plan::default() });
        }
    };
    fill(&mut house, 0, 1);
    house.look(0, 0..pages);
    house.run(20_000);
    assert!(house.client(0).all_admitted());
    house.seats[0].wire.shut(true);
    fill(&mut house, 100_000, 1 << 50);
    house.run(1_000);
    house.seats[0].wire.shut(false);
    house.run(TICK_MS);
    let bytes = house.client(0).last_bytes;
    assert!((RELAY_FRAME_BYTES / 2..=RELAY_FRAME_BYTES).contains(&bytes), "{bytes}");
    house.settle();

    // The same, told by deltas as far as they are taken: every score changes a little, three times.
    house.seats[0].wire.shut(true);
    for by in 1..=3 {
        fill(&mut house, 100_000, (1 << 50) + by);
        house.run(TICK_MS);
    }
    house.seats[0].wire.shut(false);
    house.run(TICK_MS);
    assert!(house.client(0).last_bytes <= RELAY_FRAME_BYTES);
    house.settle();
}
