//! The cut: turns the open batch into a link batch and brings the boards to it. Here rows get stamps, newcomers get
//! handles, boards lose what is over their `max_rows`, and handles without rows are freed. Collecting what changed for
//! storage is `commit.rs`.

use scorelay_protocol::ids::{BatchSeq, BoardNo, Handle, Stamp};
use scorelay_protocol::link::{Batch, Bind, BoardChanges, RowChange};
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;

use crate::batch::{OpenBatch, Touched, Who, standing};
use crate::board::BoardMachine;
use crate::commit::Uncommitted;
use crate::evict::{self, Victims};
use crate::profiles::Profiles;

/// What happens to one board's rows, settled before any stamp is given.
#[derive(Debug, Default)]
struct Plan {
    /// New scores, in the order in which they were reached.
    sets: Vec<(Who, Units)>,
    /// Rows to remove.
    removes: Vec<Handle>,
}

/// Cuts `open` into a batch, unless every score ends where it began.
pub(crate) fn cut(
    boards: &mut BoardSet,
    machines: &[BoardMachine],
    open: OpenBatch,
    log: &mut Uncommitted,
    profiles: &mut Profiles,
) -> Option<Batch> {
    let mut plans: Vec<(BoardNo, Plan)> = machines
        .iter()
        .filter_map(|machine| {
            let touched = open.boards.get(&machine.no)?;
            Some((machine.no, plan(boards, machine, touched)))
        })
        .collect();
    plans.sort_unstable_by_key(|&(board, _)| board);
    let mut cut = Cut {
        batch: Batch { seq: BatchSeq(boards.seq().0 + 1), ..Batch::default() },
        handles: vec![None; open.newcomers.len()],
        open: &open,
        boards,
        log,
        profiles,
    };
    for (board, plan) in plans {
        cut.board(board, plan);
    }
    cut.finish()
}

/// Settles which rows a board will have.
fn plan(boards: &BoardSet, machine: &BoardMachine, touched: &Touched) -> Plan {
    let mut changed: Vec<(u64, Who, Option<Units>)> = touched
        .rows
        .iter()
        .filter(|&(&who, touch)| touch.score != standing(boards, machine.no, who))
        .map(|(&who, touch)| (touch.order, who, touch.score))
        .collect();
    changed.sort_unstable_by_key(|&(order, ..)| order);

    let mut plan = Plan::default();
    for &(_, who, score) in &changed {
        match (who, score) {
            (who, Some(score)) => plan.sets.push((who, score)),
            (Who::Known(handle), None) => plan.removes.push(handle),
            // A row that came and went within the batch.
            (Who::New(_), None) => {}
        }
    }
    let Some(board) = boards.board(machine.no) else { return plan };
    let added = plan.sets.iter().filter(|&&(who, _)| standing(boards, machine.no, who).is_none()).count();
    let after = board.rows().len() as usize + added - plan.removes.len();
    let excess = after.saturating_sub(machine.config.max_rows as usize);
    if excess > 0 {
        let scores: Vec<Units> = plan.sets.iter().map(|&(_, score)| score).collect();
        let is_changed = |handle: u32| {
            let who = Who::Known(Handle(handle));
            touched.rows.get(&who).is_some_and(|touch| touch.score != standing(boards, machine.no, who))
        };
        let Victims { standing: out, incoming } = evict::victims(board.rows(), is_changed, &scores, excess);
        plan.removes.extend(out.into_iter().map(Handle));
        let mut leaves = vec![false; plan.sets.len()];
        for i in incoming {
            leaves[i] = true;
            if let (who @ Who::Known(handle), _) = plan.sets[i]
                && standing(boards, machine.no, who).is_some()
            {
                plan.removes.push(handle);
            }
        }
        let mut leaves = leaves.into_iter();
        plan.sets.retain(|_| !leaves.next().unwrap_or(false));
    }
    plan
}

struct Cut<'a> {
    batch: Batch,
    /// By newcomer: its handle, once a row of it stands.
    handles: Vec<Option<Handle>>,
    open: &'a OpenBatch,
    boards: &'a mut BoardSet,
    log: &'a mut Uncommitted,
    profiles: &'a mut Profiles,
}

impl Cut<'_> {
    fn board(&mut self, board: BoardNo, plan: Plan) {
        let mut changes = Vec::with_capacity(plan.sets.len() + plan.removes.len());
        for (who, score) in plan.sets {
            let handle = self.handle(who);
            let stamp = Stamp::new(self.batch.seq, changes.len() as u32);
            self.boards
                .set_row(board, handle, score, stamp)
                .expect("invariant: a machine's board exists as long as the engine, and the handle was bound before");
            self.log.set(board, handle);
            changes.push(RowChange::Set { handle, score });
        }
        for handle in plan.removes {
            remove(self.boards, self.log, board, handle);
            changes.push(RowChange::Remove { handle });
            self.batch.frees.push(handle);
        }
        if !changes.is_empty() {
            self.batch.boards.push(BoardChanges { board, changes });
        }
    }

    /// The handle of a row's entity, bound now if it has none.
    fn handle(&mut self, who: Who) -> Handle {
        let index = match who {
            Who::Known(handle) => return handle,
            Who::New(index) => index as usize,
        };
        if let Some(handle) = self.handles[index] {
            return handle;
        }
        let named = self.boards.platforms().len();
        let (handle, _) = self
            .boards
            .intern(&self.open.newcomers[index])
            .expect("invariant: `has_room` holds for every newcomer, and an entity's platform is valid by its type");
        self.batch.platforms.extend_from_slice(&self.boards.platforms()[named..]);
        let entity =
            self.boards.wire(handle).cloned().expect("invariant: an interned entity is found under its handle");
        self.batch.binds.push(Bind { handle, entity });
        self.handles[index] = Some(handle);
        handle
    }

    fn finish(mut self) -> Option<Batch> {
        if self.batch.boards.is_empty() {
            return None;
        }
        self.batch.frees.sort_unstable();
        self.batch.frees.dedup();
        let (boards, profiles) = (self.boards, self.profiles);
        // A handle that still has a row elsewhere is not freed.
        self.batch.frees.retain(|&handle| {
            let is_unused = boards.uses(handle) == 0;
            if is_unused {
                profiles.freed(boards, handle);
            }
            is_unused && boards.free(handle).is_ok()
        });
        boards.advance(self.batch.seq);
        Some(self.batch)
    }
}

/// Removes a row and notes it for the next commit, while its handle still names the entity.
pub(crate) fn remove(boards: &mut BoardSet, log: &mut Uncommitted, board: BoardNo, handle: Handle) {
    if let Some(entity) = boards.entity(handle) {
        log.removed(board, entity);
    }
    boards.remove_row(board, handle);
}
