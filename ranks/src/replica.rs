//! How a [`BoardSet`] follows a link: batches, and chunks while it catches up. Each change is told to an observer, so
//! that feeds can mark what it touched. After an error the set is of no further use: the link starts over.

use scorelay_protocol::entity::WireEntity;
use scorelay_protocol::ids::{BoardNo, Handle, Stamp};
use scorelay_protocol::link::{Batch, Begin, Bind, BoardChanges, CaughtUp, Chunk, ChunkRow, DefChange, RowChange};
use scorelay_protocol::{entity, limits};

use crate::set::{BoardSet, SetError};

/// What a change did to a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetEvent {
    /// A row changed its score, its rank, or both.
    Moved(Moved),
    /// A handle stands for nothing any more. Its rows are gone already, each with a [`SetEvent::Moved`].
    Freed {
        /// The handle.
        handle: Handle,
        /// What it stood for.
        entity: WireEntity,
    },
    /// A board is new or described anew.
    BoardPut(BoardNo),
    /// A board and all its rows are gone; no [`SetEvent::Moved`] is told for them.
    BoardGone(BoardNo),
}

/// A change of one row. Rows between the two ranks shifted by one; without one of the ranks, all from the other on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The board.
    pub board: BoardNo,
    /// Whose row.
    pub handle: Handle,
    /// 0-based rank before, `None` for a new row.
    pub old: Option<u32>,
    /// 0-based rank after, `None` for a row that is gone.
    pub new: Option<u32>,
}

impl BoardSet {
    /// A new set with the boards and platforms of `begin`, without rows.
    ///
    /// # Errors
    /// [`SetError`] when a name or a board is not allowed.
    pub fn begun(begin: &Begin) -> Result<Self, SetError> {
        let mut set = Self::new(begin.core);
        set.rebegin(begin, &mut |_| {})?;
        Ok(set)
    }

    /// Takes on the boards and platforms of `begin`; rows of boards it names stay.
    ///
    /// # Errors
    /// [`SetError`] when a name or a board is not allowed.
    pub fn rebegin(&mut self, begin: &Begin, observe: &mut impl FnMut(SetEvent)) -> Result<(), SetError> {
        let known = self.platforms().len().min(begin.platforms.len());
        let renamed = self.platforms().iter().zip(&begin.platforms).position(|(ours, theirs)| ours != theirs);
        if let Some(number) = renamed {
            return Err(SetError::Platform(number));
        }
        self.add_platforms(&begin.platforms[known..])?;
        let gone: Vec<BoardNo> =
            self.boards.keys().copied().filter(|no| !begin.boards.iter().any(|def| def.board == *no)).collect();
        for board in gone {
            self.drop_board(board);
            observe(SetEvent::BoardGone(board));
        }
        for def in &begin.boards {
            self.put_board(def.clone())?;
            observe(SetEvent::BoardPut(def.board));
        }
        Ok(())
    }

    /// Applies rows sent while catching up.
    ///
    /// # Errors
    /// [`SetError`] when the chunk names what does not exist.
    pub fn chunk(&mut self, chunk: &Chunk, observe: &mut impl FnMut(SetEvent)) -> Result<(), SetError> {
        self.add_binds(&chunk.binds, observe)?;
        for row in &chunk.rows {
            match *row {
                ChunkRow::Row { handle, score, stamp } => {
                    let change = self.set_row(chunk.board, handle, score, stamp)?;
                    let (old, new) = (change.old.map(|(rank, _)| rank), Some(change.new));
                    observe(SetEvent::Moved(Moved { board: chunk.board, handle, old, new }));
                }
                ChunkRow::Gone { handle } => {
                    if let Some(old) = self.remove_row(chunk.board, handle) {
                        observe(SetEvent::Moved(Moved { board: chunk.board, handle, old: Some(old), new: None }));
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends catching up.
    ///
    /// # Errors
    /// [`SetError::StillUsed`] when a freed handle has rows.
    pub fn caught_up(&mut self, end: &CaughtUp, observe: &mut impl FnMut(SetEvent)) -> Result<(), SetError> {
        self.add_frees(&end.frees, observe)?;
        self.advance(end.seq);
        Ok(())
    }

    /// Applies the next batch.
    ///
    /// # Errors
    /// [`SetError`] when it is not the next one or names what does not exist.
    pub fn apply(&mut self, batch: &Batch, observe: &mut impl FnMut(SetEvent)) -> Result<(), SetError> {
        if batch.seq.0 != self.seq.0.wrapping_add(1) {
            return Err(SetError::Sequence { after: self.seq, got: batch.seq });
        }
        self.add_platforms(&batch.platforms)?;
        self.add_binds(&batch.binds, observe)?;
        for change in &batch.defs {
            match change {
                DefChange::Put(def) => {
                    self.put_board(def.clone())?;
                    observe(SetEvent::BoardPut(def.board));
                }
                DefChange::Gone(board) => {
                    self.drop_board(*board).ok_or(SetError::UnknownBoard(*board))?;
                    observe(SetEvent::BoardGone(*board));
                }
            }
        }
        for changes in &batch.boards {
            self.add_changes(batch, changes, observe)?;
        }
        self.add_frees(&batch.frees, observe)?;
        self.advance(batch.seq);
        Ok(())
    }

    fn add_changes(
        &mut self,
        batch: &Batch,
        changes: &BoardChanges,
        observe: &mut impl FnMut(SetEvent),
    ) -> Result<(), SetError> {
        let board = changes.board;
        if changes.changes.len() > limits::BATCH_CHANGES {
            return Err(SetError::Limit("changes in a batch"));
        }
        for (index, change) in changes.changes.iter().enumerate() {
            let moved = match *change {
                RowChange::Set { handle, score } => {
                    let change = self.set_row(board, handle, score, Stamp::new(batch.seq, index as u32))?;
                    Moved { board, handle, old: change.old.map(|(rank, _)| rank), new: Some(change.new) }
                }
                RowChange::Remove { handle } => {
                    let old = self.remove_row(board, handle).ok_or(SetError::NoRow { board, handle })?;
                    Moved { board, handle, old: Some(old), new: None }
                }
            };
            observe(SetEvent::Moved(moved));
        }
        Ok(())
    }

    fn add_platforms(&mut self, names: &[String]) -> Result<(), SetError> {
        for name in names {
            let next = self.entities.platforms.len();
            entity::check_platform(name).map_err(|_| SetError::Platform(next))?;
            if next >= limits::PLATFORMS {
                return Err(SetError::Limit("platforms"));
            }
            self.entities.platforms.push(name.clone());
        }
        Ok(())
    }

    fn add_binds(&mut self, binds: &[Bind], observe: &mut impl FnMut(SetEvent)) -> Result<(), SetError> {
        for bind in binds {
            let platform = usize::from(bind.entity.platform.0);
            if platform >= self.entities.platforms.len() {
                return Err(SetError::Platform(platform));
            }
            if bind.handle.0 >= limits::HANDLES {
                return Err(SetError::Limit("handles"));
            }
            match self.entities.find(&bind.entity) {
                Some(handle) if handle == bind.handle => continue,
                Some(elsewhere) => self.clear(elsewhere, observe),
                None => {}
            }
            self.clear(bind.handle, observe);
            self.entities.bind(bind.handle, bind.entity.clone());
        }
        Ok(())
    }

    fn add_frees(&mut self, frees: &[Handle], observe: &mut impl FnMut(SetEvent)) -> Result<(), SetError> {
        for &handle in frees {
            if self.entities.uses(handle) != 0 {
                return Err(SetError::StillUsed(handle));
            }
            self.clear(handle, observe);
        }
        Ok(())
    }

    /// Takes a handle out of use together with any rows it still has.
    fn clear(&mut self, handle: Handle, observe: &mut impl FnMut(SetEvent)) {
        if self.entities.uses(handle) != 0 {
            let boards: Vec<BoardNo> = self.boards.keys().copied().collect();
            for board in boards {
                if let Some(old) = self.remove_row(board, handle) {
                    observe(SetEvent::Moved(Moved { board, handle, old: Some(old), new: None }));
                }
            }
        }
        if let Some(entity) = self.entities.unbind(handle) {
            observe(SetEvent::Freed { handle, entity });
        }
    }
}
