//! Page rows that cannot be said, edits that cannot be read, and edits that do not fit the page they come to.

use proptest::prelude::*;
use scorelay_protocol::codec;
use scorelay_protocol::entity::{EntityId, WireEntity};
use scorelay_protocol::ids::{PlatformNo, Slot};
use scorelay_protocol::limits::MAX_SCORE;
use scorelay_protocol::page::{Misfit, PageOp, PageRows, Row, apply};

use crate::strategies;

fn rows(bytes: &[u8]) -> Result<PageRows, String> {
    codec::decode_client(bytes).map_err(|e| e.to_string())
}

fn op(bytes: &[u8]) -> Result<PageOp, String> {
    codec::decode_client(bytes).map_err(|e| e.to_string())
}

/// A row of entity 7 with this score, as the first of a page or as an insertion.
fn with_score(before: &[u8], score: i64) -> Vec<u8> {
    [before, &[0, 7], &codec::encode(&score)].concat()
}

fn page(count: u64) -> Vec<Row> {
    let entity = |i| WireEntity { platform: PlatformNo(0), id: EntityId::Number(i) };
    (0..count).map(|i| Row { entity: entity(i), score: 100 - i as i64 }).collect()
}

/// E5: rows beyond a page, and scores beyond the bounds, cannot be said.
#[test]
fn rows_that_cannot_be_are_refused() {
    assert_eq!(rows(&[0]).unwrap().0, []);
    let full = codec::encode(&PageRows(page(32)));
    assert_eq!(rows(&full).unwrap().0.len(), 32);
    let mut more = full.clone();
    more[0] = 33;
    more.extend([0, 99, 0]);
    assert!(rows(&more).unwrap_err().contains("more than 32 rows"));
    for score in [MAX_SCORE, -MAX_SCORE] {
        assert_eq!(rows(&with_score(&[1], score)).unwrap().0[0].score, score);
        assert!(op(&with_score(&[2 << 5], score)).is_ok());
    }
    for score in [MAX_SCORE + 1, -MAX_SCORE - 1, i64::MAX, i64::MIN] {
        assert!(rows(&with_score(&[1], score)).unwrap_err().contains("past 2^53"), "{score}");
        assert!(op(&with_score(&[2 << 5], score)).unwrap_err().contains("past 2^53"), "{score}");
    }
    for (drop, fits) in [(2 * MAX_SCORE as u64, true), (2 * MAX_SCORE as u64 + 1, false), (u64::MAX, false)] {
        let second = [&[0, 8][..], &codec::encode(&drop)].concat();
        let bytes = [with_score(&[2], MAX_SCORE), second].concat();
        assert_eq!(rows(&bytes).is_ok(), fits, "{drop}");
    }
}

#[test]
fn edits_that_cannot_be_are_refused() {
    for kind in 4..8u8 {
        assert!(op(&[kind << 5, 0, 0]).unwrap_err().contains("unknown page edit"), "{kind}");
    }
    assert_eq!(op(&[1 << 5, 31, 2]).unwrap(), PageOp::Move { from: Slot(0), to: Slot(31), by: 1 });
    assert!(op(&[1 << 5, 32, 2]).unwrap_err().contains("a slot past 31"));
    assert!(op(&[1 << 5, 255, 2]).unwrap_err().contains("a slot past 31"));
}

/// E13: an edit that does not fit is an error and leaves the page as it was.
#[test]
fn edits_that_do_not_fit_change_nothing() {
    let row = || page(1).remove(0);
    let (slot, score) = (|n| Slot(n), |slot, by| PageOp::Score { slot: Slot(slot), by });
    let cases = [
        (0, score(0, 1)),
        (0, PageOp::Remove { slot: slot(0) }),
        (0, PageOp::Move { from: slot(0), to: slot(0), by: 0 }),
        (0, PageOp::Insert { slot: slot(1), row: row() }),
        (2, score(2, 1)),
        (2, score(0, i64::MAX)),
        (2, PageOp::Remove { slot: slot(2) }),
        (2, PageOp::Move { from: slot(2), to: slot(0), by: 0 }),
        (2, PageOp::Move { from: slot(0), to: slot(2), by: 0 }),
        (2, PageOp::Move { from: slot(1), to: slot(0), by: i64::MAX }),
        (2, PageOp::Insert { slot: slot(3), row: row() }),
        (2, PageOp::Insert { slot: slot(31), row: row() }),
        (32, PageOp::Insert { slot: slot(31), row: row() }),
        (32, PageOp::Insert { slot: slot(0), row: row() }),
    ];
    for (count, edit) in cases {
        let mut rows = page(count);
        assert_eq!(apply(&mut rows, edit.clone()), Err(Misfit), "{edit:?} on {count} rows");
        assert_eq!(rows, page(count), "{edit:?}");
    }
}

/// E13: a row moves up and down as described: it then stands at `to`, the others keep their order.
#[test]
fn moves_are_as_described() {
    for (from, to) in (0..8u8).flat_map(|from| (0..8u8).map(move |to| (from, to))) {
        let mut rows = page(8);
        apply(&mut rows, PageOp::Move { from: Slot(from), to: Slot(to), by: 5 }).unwrap();
        let mut expected = page(8);
        let mut moved = expected.remove(usize::from(from));
        moved.score += 5;
        assert_eq!(rows[usize::from(to)], moved);
        rows.remove(usize::from(to));
        assert_eq!(rows, expected);
    }
}

proptest! {
    /// E5: whatever bytes come, scores of page rows never rise and stay in bounds.
    #[test]
    fn rising_scores_cannot_be_said(count in 0u8..34, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok((rows, _)) = first_rows(&[&[count], bytes.as_slice()].concat()) {
            prop_assert!(rows.0.is_sorted_by(|above, below| above.score >= below.score));
            prop_assert!(rows.0.iter().all(|row| (-MAX_SCORE..=MAX_SCORE).contains(&row.score)));
        }
    }

    /// E13: any edits on any page end in a page or an error; those that fit can be undone.
    #[test]
    fn edits_end_in_a_page_or_an_error(
        mut rows in strategies::rows(),
        ops in prop::collection::vec(strategies::op(), 0..40),
    ) {
        for op in ops {
            let before = rows.clone();
            match apply(&mut rows, op.clone()) {
                Ok(()) => {
                    prop_assert!(rows.len() <= 32);
                    let mut back = rows.clone();
                    if let Some(undo) = undo(&before, op) {
                        prop_assert_eq!(apply(&mut back, undo), Ok(()));
                        prop_assert_eq!(back, before);
                    }
                }
                Err(Misfit) => prop_assert_eq!(&rows, &before),
            }
        }
    }
}

/// Page rows at the start of these bytes, and how many bytes they are.
fn first_rows(bytes: &[u8]) -> Result<(PageRows, usize), String> {
    match codec::decode_client(bytes) {
        Ok(rows) => Ok((rows, bytes.len())),
        Err(codec::CodecError::Trailing(rest)) => Ok((rows(&bytes[..bytes.len() - rest])?, bytes.len() - rest)),
        Err(error) => Err(error.to_string()),
    }
}

/// The edit that leads back to `before`; `None` where no single one does.
fn undo(before: &[Row], op: PageOp) -> Option<PageOp> {
    Some(match op {
        PageOp::Score { slot, by } => PageOp::Score { slot, by: by.checked_neg()? },
        PageOp::Move { from, to, by } => PageOp::Move { from: to, to: from, by: by.checked_neg()? },
        PageOp::Insert { slot, .. } => PageOp::Remove { slot },
        PageOp::Remove { slot } => PageOp::Insert { slot, row: before[usize::from(slot.0)].clone() },
    })
}
