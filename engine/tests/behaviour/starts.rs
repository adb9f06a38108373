//! Starts: configured boards meet stored ones. Which keep their number and rows, which begin anew, what is reported,
//! and stores that contradict themselves.

use crate::support::*;
use scorelay_engine::{
    BoardConfig, Catalog, Engine, Image, Rating, Scorer, StartError, Startup, Stored, StoredBoard, StoredRow,
};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Stamp};
use scorelay_protocol::limits::{BOARDS, MAX_SCORE};
use scorelay_protocol::link::BoardDef;

/// A store with rows on `pxls` and `bits`.
fn stored() -> Image {
    let mut rig = Rig::new(vec![external("pxls", 10), external("bits", 10)]);
    for (board, to, units) in [("pxls", "t:a", 3), ("pxls", "t:b", 3), ("pxls", "t:c", 1), ("bits", "t:a", 8)] {
        rig.give(live(points(board, to, units)));
    }
    rig.commit();
    rig.image
}

fn def(rig: &Rig, id: &str) -> BoardDef {
    let no = rig.engine.board_no(id).unwrap();
    rig.engine.boards().board(no).unwrap().def().clone()
}

#[test]
fn a_new_description_keeps_number_and_rows() {
    let before = Rig::over(vec![external("pxls", 10), external("bits", 10)], stored()).0;
    let described = BoardConfig { title: "Pixels!".into(), unit: "dots".into(), ..external("pxls", 20) };
    let (mut rig, report) = Rig::over(vec![external("bits", 10), described], stored());
    assert_eq!(report, []);
    let expected = BoardDef { title: "Pixels!".into(), unit: "dots".into(), ..def(&before, "pxls") };
    assert_eq!(def(&rig, "pxls"), expected);
    assert_eq!(rig.ranking("pxls"), ["t:a 3", "t:b 3", "t:c 1"]);
    rig.commit();
    assert!(rig.image.stored().catalog.boards.iter().any(|board| board.def == expected));
}

#[test]
fn a_board_whose_scores_mean_something_else_begins_anew() {
    let spoil: [fn(&mut BoardConfig); 3] =
        [|board| board.decimals = 2, |board| board.synthetic = true, |board| board.scorer = Scorer::messages(1)];
    for change in spoil {
        let mut pxls = external("pxls", 10);
        change(&mut pxls);
        let (mut rig, report) = Rig::over(vec![pxls, external("bits", 10)], stored());
        assert_eq!(report, [Startup::Replaced { id: "pxls".into() }]);
        assert_eq!(rig.engine.board_no("pxls"), Some(BoardNo(2)));
        assert_eq!(rig.ranking("pxls"), [""; 0]);
        assert!(rig.engine.boards().find(&entity("t:b")).is_none());
        assert!(rig.engine.is_uncommitted());
        rig.commit();
        assert_eq!(rig.image.rows().count(), 1, "its rows are gone with the first commit");
        rig.kill();
        assert_eq!(rig.engine.board_no("pxls"), Some(BoardNo(2)));
        assert!(!rig.engine.is_uncommitted());
    }
}

#[test]
fn a_board_that_is_not_configured_any_more_can_come_back() {
    let (mut rig, report) = Rig::over(vec![external("bits", 10)], stored());
    assert_eq!(report, [Startup::Retired { id: "pxls".into() }]);
    assert_eq!(rig.engine.board_no("pxls"), None);
    assert!(rig.engine.rows("pxls").is_none());
    rig.commit();
    let (_, report) = Rig::over(vec![external("bits", 10)], rig.image.clone());
    assert_eq!(report, [], "said once");

    let (mut rig, report) = Rig::over(vec![external("bits", 10), external("pxls", 10)], rig.image);
    assert_eq!(report, [Startup::Revived { id: "pxls".into() }]);
    assert_eq!(rig.engine.board_no("pxls"), Some(BoardNo(0)));
    assert_eq!(rig.ranking("pxls"), ["t:a 3", "t:b 3", "t:c 1"]);
    rig.commit();
    assert!(rig.image.stored().catalog.boards.iter().all(|board| !board.retired));
}

#[test]
fn numbers_are_never_used_again() {
    let mut image = stored();
    let mut seen = vec![BoardNo(0), BoardNo(1)];
    for decimals in 1..5 {
        let pxls = BoardConfig { decimals, ..external("pxls", 10) };
        let (mut rig, _) = Rig::over(vec![pxls], image);
        let no = rig.engine.board_no("pxls").unwrap();
        assert!(!seen.contains(&no));
        seen.push(no);
        rig.commit();
        image = rig.image;
    }
    assert_eq!(image.stored().catalog.next, BoardNo(6));
}

#[test]
fn a_board_made_smaller_is_trimmed_at_the_start() {
    let (mut rig, report) = Rig::over(vec![external("pxls", 1), external("bits", 10)], stored());
    assert_eq!(report, [Startup::Trimmed { id: "pxls".into(), rows: 2 }]);
    assert_eq!(rig.ranking("pxls"), ["t:b 3"], "of equal scores the older leaves first");
    rig.give(live(points("pxls", "t:z", 4)));
    rig.commit();
    rig.kill();
    assert_eq!(rig.ranking("pxls"), ["t:z 4"]);
    assert_eq!(rig.ranking("bits"), ["t:a 8"]);
}

fn start(configs: &[BoardConfig], stored: Stored, rows: Vec<StoredRow>) -> StartError {
    Engine::new(configs, stored, rows, CoreEpoch(1), &mut || 1).map(|_| ()).expect_err("a refused start")
}

#[test]
fn bad_configurations_are_refused() {
    let twice = [external("pxls", 1), messages("pxls", 1)];
    let many: Vec<BoardConfig> = (0..=BOARDS).map(|i| external(&format!("b{i}"), 1)).collect();
    for configs in [&twice[..], &many, &[external("", 1)], &[external("pxls", 0)]] {
        assert_eq!(start(configs, Stored::default(), Vec::new()).code(), ErrorCode::BadConfig);
    }
    let (rig, report) = Rig::over(many[..BOARDS].to_vec(), Image::default());
    assert_eq!(report.len(), BOARDS);
    assert_eq!(rig.engine.boards().defs().count(), BOARDS);
}

#[test]
fn a_store_that_contradicts_itself_is_refused() {
    let row = |board, to: &str, score| StoredRow {
        board: BoardNo(board),
        entity: entity(to),
        score,
        stamp: Stamp::new(BatchSeq(1), 0),
    };
    let configs = [external("pxls", 10)];
    let good = Stored { catalog: catalog(&["pxls"], 1), ..Stored::default() };
    for rows in [
        vec![row(7, "t:a", 1)],
        vec![row(0, "t:a", 1), row(0, "t:a", 2)],
        vec![row(0, "t:a", MAX_SCORE + 1)],
        vec![row(0, "t:a", i64::MIN)],
    ] {
        assert_eq!(start(&configs, good.clone(), rows).code(), ErrorCode::StoreDamaged);
    }
    for catalog in [catalog(&["pxls", "pxls"], 2), catalog(&["pxls"], 0)] {
        let stored = Stored { catalog, ..Stored::default() };
        assert_eq!(start(&configs, stored, Vec::new()).code(), ErrorCode::StoreDamaged);
    }
}

fn catalog(ids: &[&str], next: u32) -> Catalog {
    let boards = ids.iter().zip(0..).map(|(id, board)| StoredBoard {
        def: BoardDef {
            board: BoardNo(board),
            uid: 1,
            id: (*id).into(),
            title: String::new(),
            unit: String::new(),
            decimals: 0,
            synthetic: false,
        },
        scorer: Scorer::External,
        rating: Rating::Sum,
        retired: false,
    });
    Catalog { boards: boards.collect(), next: BoardNo(next) }
}

#[test]
fn batches_go_on_above_every_stored_stamp() {
    let stored = Stored { catalog: catalog(&["pxls"], 1), next_batch: BatchSeq(5), ..Stored::default() };
    let row =
        |batch| StoredRow { board: BoardNo(0), entity: entity("t:a"), score: 1, stamp: Stamp::new(BatchSeq(batch), 0) };
    for (batch, seq) in [(2, 4), (4, 4), (9, 9)] {
        let rows = vec![row(batch)];
        let (engine, _) = Engine::new(&[external("pxls", 1)], stored.clone(), rows, CoreEpoch(1), &mut || 1).unwrap();
        assert_eq!(engine.boards().seq(), BatchSeq(seq));
    }
}
