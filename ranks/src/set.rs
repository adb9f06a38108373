//! [`BoardSet`]: all boards with all their rows, the same structure in the core, where the engine writes it step by
//! step, and in a relay, where it follows the link (`replica.rs`). It keeps order and identity; it knows no scorers,
//! no storage and no feeds.

use std::collections::BTreeMap;

use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, PlatformNo, Stamp};
use scorelay_protocol::limits;
use scorelay_protocol::link::BoardDef;
use scorelay_protocol::score::Units;

use crate::entities::Entities;
use crate::index::{Change, RankIndex};
use crate::key::RowKey;

/// All boards of one run of a core.
#[derive(Debug, Clone)]
pub struct BoardSet {
    pub(crate) core: CoreEpoch,
    pub(crate) seq: BatchSeq,
    pub(crate) entities: Entities,
    pub(crate) boards: BTreeMap<BoardNo, Board>,
}

/// One board: its definition and its rows in rank order.
#[derive(Debug, Clone)]
pub struct Board {
    pub(crate) def: BoardDef,
    pub(crate) rows: RankIndex,
}

impl Board {
    /// What it is called and how its scores are read.
    pub fn def(&self) -> &BoardDef {
        &self.def
    }

    /// Its rows. A [`RowKey`]'s stamp is the number of a [`Stamp`].
    pub fn rows(&self) -> &RankIndex {
        &self.rows
    }
}

/// Why a change cannot be made to a [`BoardSet`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// No board has this number.
    #[error("there is no board number {0}")]
    UnknownBoard(BoardNo),
    /// A row was named by a handle that stands for nothing.
    #[error("handle {0} stands for no entity")]
    Unbound(Handle),
    /// An entity names a platform that has no name yet, or a name is not allowed or not the one it was before.
    #[error("platform number {0} has no valid name")]
    Platform(usize),
    /// A batch does not follow the one before.
    #[error("batch {got} came after batch {after}")]
    Sequence {
        /// The set's batch.
        after: BatchSeq,
        /// The one that came.
        got: BatchSeq,
    },
    /// A row to be removed is not there.
    #[error("handle {handle} has no row on board {board} to remove")]
    NoRow {
        /// The board.
        board: BoardNo,
        /// The row's handle.
        handle: Handle,
    },
    /// A limit of [`limits`] was passed.
    #[error("more {0} than allowed")]
    Limit(&'static str),
    /// A freed handle still has rows.
    #[error("handle {0} was freed while it has rows")]
    StillUsed(Handle),
}

impl BoardSet {
    /// No boards, before any batch.
    pub fn new(core: CoreEpoch) -> Self {
        Self { core, seq: BatchSeq(0), entities: Entities::new(core.0), boards: BTreeMap::new() }
    }

    /// The run of the core that gave the numbers in here.
    pub fn core(&self) -> CoreEpoch {
        self.core
    }

    /// The last batch contained.
    pub fn seq(&self) -> BatchSeq {
        self.seq
    }

    /// Platform names by number.
    pub fn platforms(&self) -> &[String] {
        &self.entities.platforms
    }

    /// All boards by number.
    pub fn boards(&self) -> impl Iterator<Item = (BoardNo, &Board)> {
        self.boards.iter().map(|(&no, board)| (no, board))
    }

    /// Definitions of all boards by number.
    pub fn defs(&self) -> impl Iterator<Item = &BoardDef> {
        self.boards.values().map(Board::def)
    }

    /// One board.
    pub fn board(&self, board: BoardNo) -> Option<&Board> {
        self.boards.get(&board)
    }

    /// The handle of an entity, if it has one.
    pub fn find(&self, entity: &Entity) -> Option<Handle> {
        self.entities.find(&self.entities.to_wire(entity)?)
    }

    /// The handle of an entity in its short form.
    pub fn find_wire(&self, entity: &WireEntity) -> Option<Handle> {
        self.entities.find(entity)
    }

    /// A handle's entity, by the core's platform numbers.
    pub fn wire(&self, handle: Handle) -> Option<&WireEntity> {
        self.entities.get(handle)
    }

    /// A handle's entity as text.
    pub fn entity(&self, handle: Handle) -> Option<Entity> {
        self.entities.to_text(self.entities.get(handle)?)
    }

    /// An entity's text form, where its platform is known.
    pub fn to_text(&self, entity: &WireEntity) -> Option<Entity> {
        self.entities.to_text(entity)
    }

    /// An entity's short form, where its platform is known.
    pub fn to_wire(&self, entity: &Entity) -> Option<WireEntity> {
        self.entities.to_wire(entity)
    }

    /// One past the largest handle ever bound: the size of tables by handle.
    pub fn handle_limit(&self) -> u32 {
        self.entities.limit()
    }

    /// On how many boards a handle has a row.
    pub fn uses(&self, handle: Handle) -> u16 {
        self.entities.uses(handle)
    }

    /// The number of a platform, given now if it has none; whether it is new.
    ///
    /// # Errors
    /// [`SetError`] when the name is not allowed or there are as many platforms as may be.
    pub fn platform_no(&mut self, name: &str) -> Result<(PlatformNo, bool), SetError> {
        if let Some(no) = self.entities.platform(name) {
            return Ok((no, false));
        }
        let next = self.entities.platforms.len();
        if next >= limits::PLATFORMS {
            return Err(SetError::Limit("platforms"));
        }
        scorelay_protocol::entity::check_platform(name).map_err(|_| SetError::Platform(next))?;
        self.entities.platforms.push(name.to_owned());
        Ok((PlatformNo(next as u16), true))
    }

    /// The handle of an entity, bound now if it has none; whether it is new.
    ///
    /// # Errors
    /// As [`BoardSet::platform_no`].
    pub fn intern(&mut self, entity: &Entity) -> Result<(Handle, bool), SetError> {
        let (platform, _) = self.platform_no(entity.platform())?;
        let wire = WireEntity { platform, id: entity.id().clone() };
        if let Some(handle) = self.entities.find(&wire) {
            return Ok((handle, false));
        }
        let handle = self.entities.unused();
        self.entities.bind(handle, wire);
        Ok((handle, true))
    }

    /// Takes a handle without rows out of use; it may be given to another entity afterwards.
    ///
    /// # Errors
    /// [`SetError::StillUsed`] when it has rows.
    pub fn free(&mut self, handle: Handle) -> Result<(), SetError> {
        if self.entities.uses(handle) != 0 {
            return Err(SetError::StillUsed(handle));
        }
        if self.entities.unbind(handle).is_some() {
            self.entities.release(handle);
        }
        Ok(())
    }

    /// Makes a board, or describes one anew; its rows stay.
    ///
    /// # Errors
    /// [`SetError::Limit`] when there are as many boards as may be or a text is too long.
    pub fn put_board(&mut self, def: BoardDef) -> Result<(), SetError> {
        check_def(&def)?;
        if let Some(board) = self.boards.get_mut(&def.board) {
            board.def = def;
            return Ok(());
        }
        if self.boards.len() >= limits::BOARDS {
            return Err(SetError::Limit("boards"));
        }
        self.boards.insert(def.board, Board { def, rows: RankIndex::new() });
        Ok(())
    }

    /// Fills a new board at once; much faster than row by row. Rows it had are replaced.
    ///
    /// # Errors
    /// [`SetError`] for an unknown board, an unbound handle or a score out of bounds; the board is then unchanged.
    pub fn load_rows(&mut self, board: BoardNo, rows: &[(Handle, Units, Stamp)]) -> Result<(), SetError> {
        for &(handle, score, _) in rows {
            self.check_row(handle, score)?;
        }
        let table = self.boards.get_mut(&board).ok_or(SetError::UnknownBoard(board))?;
        for (handle, _) in &table.rows {
            self.entities.used(Handle(handle), false);
        }
        table.rows =
            RankIndex::build(rows.iter().map(|&(handle, score, stamp)| (handle.0, RowKey { score, stamp: stamp.0 })));
        for (handle, _) in &table.rows {
            self.entities.used(Handle(handle), true);
        }
        Ok(())
    }

    /// Drops a board with its rows and gives the handles that had one, in rank order.
    pub fn drop_board(&mut self, board: BoardNo) -> Option<Vec<Handle>> {
        let dropped = self.boards.remove(&board)?;
        let handles: Vec<Handle> = dropped.rows.iter().map(|(handle, _)| Handle(handle)).collect();
        for &handle in &handles {
            self.entities.used(handle, false);
        }
        Some(handles)
    }

    /// Gives a row its score, new or not.
    ///
    /// # Errors
    /// [`SetError`] for an unknown board, an unbound handle or a score out of bounds.
    pub fn set_row(&mut self, board: BoardNo, handle: Handle, score: Units, stamp: Stamp) -> Result<Change, SetError> {
        self.check_row(handle, score)?;
        let table = self.boards.get_mut(&board).ok_or(SetError::UnknownBoard(board))?;
        let change = table.rows.set(handle.0, RowKey { score, stamp: stamp.0 });
        if change.old.is_none() {
            self.entities.used(handle, true);
        }
        Ok(change)
    }

    /// What is neither bound nor in bounds could not be told to a client.
    fn check_row(&self, handle: Handle, score: Units) -> Result<(), SetError> {
        if self.entities.get(handle).is_none() {
            return Err(SetError::Unbound(handle));
        }
        if score.unsigned_abs() > limits::MAX_SCORE.unsigned_abs() {
            return Err(SetError::Limit("units in a score"));
        }
        Ok(())
    }

    /// Removes a row and gives the 0-based rank it had.
    pub fn remove_row(&mut self, board: BoardNo, handle: Handle) -> Option<u32> {
        let (rank, _) = self.boards.get_mut(&board)?.rows.remove(handle.0)?;
        self.entities.used(handle, false);
        Some(rank)
    }

    /// Says that everything up to this batch is in here.
    pub fn advance(&mut self, seq: BatchSeq) {
        self.seq = seq;
    }
}

fn check_def(def: &BoardDef) -> Result<(), SetError> {
    if def.decimals > limits::MAX_DECIMALS {
        return Err(SetError::Limit("decimals"));
    }
    let fits = (1..=limits::BOARD_ID_BYTES).contains(&def.id.len())
        && def.title.len() <= limits::BOARD_TEXT_BYTES
        && def.unit.len() <= limits::BOARD_TEXT_BYTES;
    if fits { Ok(()) } else { Err(SetError::Limit("characters in a board's texts")) }
}
