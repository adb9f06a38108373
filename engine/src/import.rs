//! Imports: rows put on a board from outside, checked whole before the first is applied. The rows take the same road as
//! scored ones, through the open batch and as many cuts as it takes. Files and their formats are the server's affair.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::Handle;
use scorelay_protocol::limits::{MAX_ROWS, MAX_SCORE};
use scorelay_protocol::link::Batch;
use scorelay_protocol::score::Units;

use crate::batch::Who;
use crate::effects::Reply;
use crate::engine::Engine;
use crate::input::ImportMode;

impl Engine {
    /// Applies an import, but for rows of whoever is kept off, and cuts after it, so that none of it is left open.
    pub(crate) fn import(
        &mut self,
        board: &str,
        mode: ImportMode,
        rows: &[(Entity, Units)],
        batches: &mut Vec<Batch>,
    ) -> Reply {
        self.cut(batches);
        let machine = match self.machine_of(board) {
            Ok(machine) => machine,
            Err(error) => return Reply::Refused(error),
        };
        if let Err(error) = self.check_import(rows) {
            return Reply::Refused(error);
        }
        let removed = match mode {
            ImportMode::Merge => 0,
            ImportMode::Replace => self.remove_others(machine, rows, batches),
        };
        let mut set = 0;
        for (entity, score) in rows {
            // Who is kept off does not come back by an old export either.
            if self.stays_off(machine, entity) {
                continue;
            }
            if self.set_score(machine, entity, batches, |_| *score) {
                set += 1;
            }
        }
        self.cut(batches);
        let rows = self.boards().board(self.number(machine)).map_or(0, |board| board.rows().len());
        Reply::Imported { rows, set, removed }
    }

    fn check_import(&self, rows: &[(Entity, Units)]) -> Result<(), WireError> {
        let bad = |why: String| Err(WireError::new(ErrorCode::BadImport, why));
        if rows.len() > MAX_ROWS as usize {
            return bad(format!("{} rows, more than {MAX_ROWS}", rows.len()));
        }
        let mut named = BTreeSet::new();
        for (i, (entity, score)) in rows.iter().enumerate() {
            if !(-MAX_SCORE..=MAX_SCORE).contains(score) {
                return bad(format!("row {}: a score beyond ±{MAX_SCORE} units", i + 1));
            }
            if !named.insert(entity) {
                return bad(format!("row {}: {entity} stands in an earlier row already", i + 1));
            }
        }
        if !self.has_room(rows.iter().map(|(entity, _)| entity)) {
            return bad("more platforms or entities than there may be".to_owned());
        }
        Ok(())
    }

    /// Removes the rows of entities that are not named.
    fn remove_others(&mut self, machine: usize, rows: &[(Entity, Units)], batches: &mut Vec<Batch>) -> u32 {
        let named: FxHashSet<Handle> = rows.iter().filter_map(|(entity, _)| self.boards().find(entity)).collect();
        let standing = self.boards().board(self.number(machine)).into_iter().flat_map(|board| board.rows().iter());
        let others: Vec<Handle> =
            standing.map(|(handle, _)| Handle(handle)).filter(|handle| !named.contains(handle)).collect();
        for &handle in &others {
            self.cut_if_full(batches);
            self.touch(machine, Who::Known(handle), None);
        }
        self.cut(batches);
        others.len() as u32
    }
}
