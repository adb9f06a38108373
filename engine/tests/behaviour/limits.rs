//! Batches stay within their limits however much happens between two cuts, and nothing is lost where one is cut early.
//! Limits on single events are in `events.rs`.

use std::collections::BTreeMap;

use crate::support::*;
use scorelay_engine::Input;
use scorelay_protocol::codec::encode;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{
    BATCH_CHANGES, ENTITY_ID_BYTES, LINK_FRAME_BYTES, MAX_SCORE, PLATFORM_BYTES, PLATFORMS,
};
use scorelay_protocol::link::LinkDown;

#[test]
fn a_batch_is_cut_early_where_it_is_full() {
    let mut rig = Rig::new(vec![messages("a", 1_000_000), messages("b", 1_000), messages("c", 1_000_000)]);
    let authors = BATCH_CHANGES + 700;
    let mut tally: BTreeMap<String, i64> = BTreeMap::new();
    for i in 0..2 * authors {
        let author = format!("t:{}", (i * 7) % authors);
        // Not through the rig: comparing everything after each of so many events would take minutes.
        let effects = rig.engine.handle(UnixMillis(1), live(message(&author)));
        for batch in &effects.batches {
            let changes: usize = batch.boards.iter().map(|board| board.changes.len()).sum();
            assert!((BATCH_CHANGES / 2..=BATCH_CHANGES).contains(&changes), "{changes} changes");
            rig.replica.apply(batch, &mut |_| {}).unwrap();
            rig.batches += 1;
        }
        *tally.entry(author).or_default() += 1;
    }
    assert!(rig.batches > 3);
    rig.cut();
    for id in ["a", "c"] {
        let rows: BTreeMap<String, i64> =
            rig.engine.rows(id).unwrap().map(|row| (row.entity.to_string(), row.score)).collect();
        assert_eq!(rows, tally);
    }
    assert_eq!(rig.ranking("b").len(), 1_000);
    rig.commit();
    let before = contents(rig.engine.boards());
    rig.kill();
    assert_eq!(contents(rig.engine.boards()), before);
}

#[test]
fn the_largest_batch_fits_a_frame() {
    let mut rig = Rig::new(vec![external("pxls", 1_000_000)]);
    let platform = |i: usize| format!("{:p<1$}", i % PLATFORMS, PLATFORM_BYTES);
    let entity = |i: usize| Entity::new(&platform(i), &format!("{i:x>0$}", ENTITY_ID_BYTES)).unwrap();
    let rows = (0..3 * BATCH_CHANGES).map(|i| (entity(i), -MAX_SCORE + i as i64)).collect();
    let import = Input::Import { board: "pxls".into(), mode: scorelay_engine::ImportMode::Merge, rows };
    let effects = rig.give(import);
    let longest = effects.batches.iter().map(|batch| encode(&LinkDown::Batch(batch.clone())).len()).max();
    assert!(longest.unwrap() < LINK_FRAME_BYTES, "{longest:?} bytes");
    assert_eq!(effects.batches[0].platforms.len(), PLATFORMS);
}
