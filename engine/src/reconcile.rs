//! Matches the configured boards with the stored ones: which go on under their number, which are new, which are gone.
//! It touches no rows; `start.rs` loads those of the boards that go on.

use std::collections::BTreeSet;

use scorelay_protocol::ids::BoardNo;
use scorelay_protocol::limits::BOARDS;
use scorelay_protocol::link::BoardDef;

use crate::board::BoardMachine;
use crate::config::BoardConfig;
use crate::error::StartError;
use crate::moderate::archive_config;
use crate::record::{Catalog, StoredBoard};
use crate::scorer::Scorer;
use crate::start::Startup;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Reconciled {
    /// The boards to serve, by number.
    pub(crate) machines: Vec<BoardMachine>,
    /// All boards, the retired ones too.
    pub(crate) catalog: Catalog,
    /// Boards whose rows have to go.
    pub(crate) dropped: Vec<BoardNo>,
    /// What the operator should know.
    pub(crate) report: Vec<Startup>,
}

/// Matches `configs` with the stored `catalog`. A board goes on, also out of retirement, where decimals, scorer, rating
/// and syntheticness are as they were; otherwise it starts anew under another number.
///
/// # Errors
/// [`StartError`] when a configuration is not valid or the catalog contradicts itself.
pub(crate) fn reconcile(
    configs: &[BoardConfig],
    catalog: Catalog,
    uids: &mut dyn FnMut() -> u64,
) -> Result<Reconciled, StartError> {
    check_configs(configs)?;
    check_catalog(&catalog)?;
    let Catalog { boards: mut stored, mut next } = catalog;
    let mut machines = Vec::new();
    let mut boards = Vec::new();
    let mut dropped = Vec::new();
    let mut report = Vec::new();
    for config in configs {
        let id = config.id.clone();
        let known = stored.iter().position(|board| board.def.id == config.id).map(|at| stored.remove(at));
        let number = match known {
            Some(board) if board.scorer == Scorer::Archive => {
                let why = "an archive has this id; give the board another".to_owned();
                return Err(StartError::Config { board: board.def.id, why });
            }
            Some(board) if same(&board, config) => {
                if board.retired {
                    report.push(Startup::Revived { id });
                }
                (board.def.board, board.def.uid)
            }
            other => {
                match other {
                    Some(board) => {
                        dropped.push(board.def.board);
                        report.push(Startup::Replaced { id });
                    }
                    None => report.push(Startup::Made { id }),
                }
                let number = next;
                let after = next.0.checked_add(1);
                next = BoardNo(after.ok_or_else(|| StartError::Damaged("board numbers have run out".to_owned()))?);
                (number, uids())
            }
        };
        machines.push(BoardMachine::new(number.0, config.clone()));
        boards.push(describe(number, config));
    }
    for mut board in stored {
        if board.scorer == Scorer::Archive {
            machines.push(BoardMachine::new(board.def.board, archive_config(&board.def)));
            boards.push(board);
            continue;
        }
        if !board.retired {
            report.push(Startup::Retired { id: board.def.id.clone() });
        }
        board.retired = true;
        boards.push(board);
    }
    machines.sort_by_key(|machine| machine.no);
    boards.sort_by_key(|board| board.def.board);
    Ok(Reconciled { machines, catalog: Catalog { boards, next }, dropped, report })
}

fn check_configs(configs: &[BoardConfig]) -> Result<(), StartError> {
    if configs.len() > BOARDS {
        return Err(StartError::TooManyBoards(configs.len()));
    }
    let mut ids = BTreeSet::new();
    for config in configs {
        config.check()?;
        if !ids.insert(&config.id) {
            let why = "another board has this id too".to_owned();
            return Err(StartError::Config { board: config.id.clone(), why });
        }
    }
    Ok(())
}

fn check_catalog(catalog: &Catalog) -> Result<(), StartError> {
    let (mut ids, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for StoredBoard { def, .. } in &catalog.boards {
        if !ids.insert(&def.id) || !numbers.insert(def.board) || def.board >= catalog.next {
            return Err(StartError::Damaged(format!("board {:?} (number {}) is there twice", def.id, def.board)));
        }
    }
    Ok(())
}

fn same(board: &StoredBoard, config: &BoardConfig) -> bool {
    board.def.decimals == config.decimals
        && board.def.synthetic == config.synthetic
        && board.scorer == config.scorer
        && board.rating.agrees(config.rating)
}

fn describe((board, uid): (BoardNo, u64), config: &BoardConfig) -> StoredBoard {
    let def = BoardDef {
        board,
        uid,
        id: config.id.clone(),
        title: config.title.clone(),
        unit: config.unit.clone(),
        decimals: config.decimals,
        synthetic: config.synthetic,
    };
    StoredBoard { def, scorer: config.scorer.clone(), rating: config.rating, retired: false }
}
