//! Imports: replaced and merged boards, sizes beyond a batch, and rows that cannot be taken. Formats of files are the
//! server's.

use crate::support::*;
use scorelay_engine::{ImportMode, Input, Reply};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::{BATCH_CHANGES, MAX_SCORE, PLATFORMS};
use scorelay_protocol::score::Units;

fn import(mode: ImportMode, rows: &[(&str, Units)]) -> Input {
    let rows = rows.iter().map(|&(to, score)| (entity(to), score)).collect();
    Input::Import { board: "pxls".into(), mode, rows }
}

fn rig() -> Rig {
    let mut rig = Rig::new(vec![external("pxls", 5), messages("chat", 5)]);
    for (to, units) in [("t:a", 5), ("t:b", 4), ("t:c", 3)] {
        rig.give(live(points("pxls", to, units)));
    }
    rig.give(live(message("t:a")));
    rig
}

#[test]
fn a_merge_leaves_other_rows() {
    let mut rig = rig();
    let reply = rig.reply(import(ImportMode::Merge, &[("t:c", 9), ("t:d", 4), ("t:b", 4)]));
    assert_eq!(reply, Reply::Imported { rows: 4, set: 2, removed: 0 });
    assert_eq!(rig.ranking("pxls"), ["t:c 9", "t:a 5", "t:b 4", "t:d 4"]);
    assert!(!rig.engine.is_open());
}

/// E16: rows that an import does not name are removed as changes, and entities that stand nowhere else are freed.
#[test]
fn a_replacement_removes_other_rows() {
    let mut rig = rig();
    let reply = rig.reply(import(ImportMode::Replace, &[("t:z", 1), ("t:c", 1)]));
    assert_eq!(reply, Reply::Imported { rows: 2, set: 2, removed: 2 });
    assert_eq!(rig.ranking("pxls"), ["t:z 1", "t:c 1"]);
    assert_eq!(rig.ranking("chat"), ["t:a 1"]);
    assert!(rig.engine.boards().find(&entity("t:b")).is_none());
    rig.commit();
    rig.kill();
    assert_eq!(rig.ranking("pxls"), ["t:z 1", "t:c 1"]);
    assert_eq!(rig.reply(import(ImportMode::Replace, &[])), Reply::Imported { rows: 0, set: 0, removed: 2 });
}

#[test]
fn an_import_keeps_to_max_rows() {
    let mut rig = rig();
    let rows: Vec<(String, Units)> = (0..9).map(|i| (format!("n:{i}"), 100 - i)).collect();
    let rows: Vec<(&str, Units)> = rows.iter().map(|(to, score)| (to.as_str(), *score)).collect();
    let reply = rig.reply(import(ImportMode::Replace, &rows));
    assert_eq!(reply, Reply::Imported { rows: 5, set: 9, removed: 3 });
    assert_eq!(rig.ranking("pxls"), ["n:0 100", "n:1 99", "n:2 98", "n:3 97", "n:4 96"]);
}

#[test]
fn an_import_takes_as_many_batches_as_it_needs() {
    let mut rig = Rig::new(vec![external("pxls", 1_000_000)]);
    let count = 3 * BATCH_CHANGES + 10;
    let rows: Vec<(Entity, Units)> =
        (0..count).map(|i| (Entity::new("t", &i.to_string()).unwrap(), (count - i / 4) as i64)).collect();
    let expected: Vec<String> = rows.iter().map(|(to, score)| format!("{to} {score}")).collect();
    let whole = Input::Import { board: "pxls".into(), mode: ImportMode::Replace, rows };
    let effects = rig.give(whole.clone());
    assert_eq!(effects.batches.len(), 4);
    assert_eq!(rig.ranking("pxls"), expected, "ties rank as given");
    rig.commit();
    assert_eq!(rig.give(whole).batches, [], "the same again changes nothing");
    rig.kill();
    assert_eq!(rig.ranking("pxls"), expected);
    let effects = rig.give(import(ImportMode::Replace, &[("t:1", 1)]));
    assert_eq!(effects.reply, Some(Reply::Imported { rows: 1, set: 1, removed: count as u32 - 1 }));
    rig.commit();
    rig.kill();
    assert_eq!(rig.ranking("pxls"), ["t:1 1"]);
}

#[test]
fn a_bad_import_changes_nothing() {
    let mut rig = rig();
    rig.cut();
    let before = contents(rig.engine.boards());
    let unknown = Input::Import { board: "nowhere".into(), mode: ImportMode::Replace, rows: Vec::new() };
    let crowd = (0..=PLATFORMS).map(|i| (Entity::new(&format!("p{i}"), "1").unwrap(), 1)).collect();
    let crowd = Input::Import { board: "pxls".into(), mode: ImportMode::Replace, rows: crowd };
    let bad = [
        (unknown, ErrorCode::NoSuchBoard, "nowhere"),
        (crowd, ErrorCode::BadImport, "platforms"),
        (import(ImportMode::Replace, &[("t:a", 1), ("t:b", MAX_SCORE + 1)]), ErrorCode::BadImport, "row 2"),
        (import(ImportMode::Merge, &[("t:a", 1), ("t:b", 1), ("t:a", 1)]), ErrorCode::BadImport, "row 3"),
    ];
    for (input, code, part) in bad {
        let effects = rig.give(input);
        let Some(Reply::Refused(error)) = effects.reply else { panic!("{effects:?}") };
        assert_eq!(error.code, code);
        assert!(error.message.contains(part), "{error}");
        assert_eq!(contents(rig.engine.boards()), before);
    }
}
