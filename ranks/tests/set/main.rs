//! [`BoardSet`] as a core writes it and as relays follow it: batch by batch, after joining, after lagging, and against
//! input that no core sends. The order within one board is tested in `model.rs` beside this folder.

mod errors;
mod follow;
mod hostile;
mod lists;
mod walk;
mod writer;

use std::collections::BTreeMap;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, CoreEpoch, Handle};
use scorelay_protocol::link::BoardDef;
use scorelay_ranks::{BoardSet, RowKey};

/// Everything that two sets must have in common to be equal.
#[derive(Debug, PartialEq, Eq)]
struct Image {
    core: CoreEpoch,
    seq: BatchSeq,
    platforms: Vec<String>,
    boards: Vec<(BoardDef, Vec<RowImage>)>,
    entities: BTreeMap<Handle, Entity>,
}

type RowImage = (u32, RowKey, Entity);

/// What a set says, after everything it says has been checked against itself.
fn image(set: &BoardSet) -> Image {
    check(set).expect("a set agrees with itself");
    let row = |(handle, key)| (handle, key, set.entity(Handle(handle)).expect("rows are of bound handles"));
    Image {
        core: set.core(),
        seq: set.seq(),
        platforms: set.platforms().to_vec(),
        boards: set.boards().map(|(_, board)| (board.def().clone(), board.rows().iter().map(row).collect())).collect(),
        entities: bound(set).map(|handle| (handle, set.entity(handle).expect("a bound handle"))).collect(),
    }
}

fn bound(set: &BoardSet) -> impl Iterator<Item = Handle> {
    (0..set.handle_limit()).map(Handle).filter(|handle| set.wire(*handle).is_some())
}

/// Whether orders are sound, each entity is found under its handle only, and rows are counted rightly.
fn check(set: &BoardSet) -> Result<(), String> {
    for (no, board) in set.boards() {
        board.rows().audit()?;
        if board.def().board != no {
            return Err(format!("board {no} is defined as {}", board.def().board));
        }
        if let Some((handle, _)) = board.rows().iter().find(|(handle, _)| set.wire(Handle(*handle)).is_none()) {
            return Err(format!("board {no} has a row of handle {handle}, which stands for nothing"));
        }
    }
    for handle in (0..set.handle_limit()).map(Handle) {
        let rows = set.boards().filter(|(_, board)| board.rows().get(handle.0).is_some()).count();
        if usize::from(set.uses(handle)) != rows {
            return Err(format!("handle {handle} has {rows} rows and {} are counted", set.uses(handle)));
        }
        let Some(entity) = set.wire(handle) else { continue };
        if set.find_wire(entity) != Some(handle) {
            return Err(format!("{entity:?} of handle {handle} is found under {:?}", set.find_wire(entity)));
        }
    }
    Ok(())
}
