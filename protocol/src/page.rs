//! Rows of a page and the list edits between two states of one.
//!
//! Ranks are implied by slots. How a relay finds short edits is its own affair; here is what they mean
//! ([`apply`]) and their bytes: an edit's kind and slot share one byte, and a snapshot's scores are stored as
//! drops from row to row.

use crate::codec::{self, BorrowDecode, BorrowDecoder, Decode, DecodeError, Decoder, Encode, EncodeError, Encoder};
use crate::entity::WireEntity;
use crate::ids::{PageNo, Slot};
use crate::limits::MAX_SCORE;
use crate::score::Units;

const ROWS: usize = PageNo::ROWS as usize;
const KIND_SHIFT: u32 = 5;
const SLOT_MASK: u8 = 31;

/// A row: who, and with what score. Its rank is implied by its slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<E = WireEntity> {
    /// Who stands here.
    pub entity: E,
    /// Score in the board's units.
    pub score: Units,
}

/// One list edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageOp<E = WireEntity> {
    /// The row at `slot` changes its score.
    Score {
        /// Which row.
        slot: Slot,
        /// Added to its score.
        by: Units,
    },
    /// The row at `from` is taken out and put in so that it then stands at `to`.
    Move {
        /// Where it stands now.
        from: Slot,
        /// Where it stands after.
        to: Slot,
        /// Added to its score.
        by: Units,
    },
    /// A row comes in so that it then stands at `slot`; those from there on shift down.
    Insert {
        /// Where it stands after.
        slot: Slot,
        /// The row.
        row: Row<E>,
    },
    /// The row at `slot` goes; those after it shift up.
    Remove {
        /// Which row.
        slot: Slot,
    },
}

/// An edit names a slot that the page does not have, or would make it longer than 32 rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page edit does not fit the page it is applied to")]
pub struct Misfit;

/// Applies one edit to a page's rows.
///
/// # Errors
/// [`Misfit`] when a slot is outside the rows; `rows` is then unchanged.
pub fn apply<E>(rows: &mut Vec<Row<E>>, op: PageOp<E>) -> Result<(), Misfit> {
    let at = |slot: Slot| usize::from(slot.0);
    match op {
        PageOp::Score { slot, by } => {
            let row = rows.get_mut(at(slot)).ok_or(Misfit)?;
            row.score = row.score.checked_add(by).ok_or(Misfit)?;
        }
        PageOp::Move { from, to, by } => {
            if at(from) >= rows.len() || at(to) >= rows.len() {
                return Err(Misfit);
            }
            let score = rows[at(from)].score.checked_add(by).ok_or(Misfit)?;
            let mut row = rows.remove(at(from));
            row.score = score;
            rows.insert(at(to), row);
        }
        PageOp::Insert { slot, row } => {
            if at(slot) > rows.len() || rows.len() >= ROWS {
                return Err(Misfit);
            }
            rows.insert(at(slot), row);
        }
        PageOp::Remove { slot } => {
            if at(slot) >= rows.len() {
                return Err(Misfit);
            }
            rows.remove(at(slot));
        }
    }
    Ok(())
}

fn head(kind: u8, slot: Slot) -> u8 {
    debug_assert!(slot.0 <= SLOT_MASK);
    kind << KIND_SHIFT | slot.0
}

/// One byte `kind * 32 + slot` (score 0, move 1, insert 2, remove 3), then what the kind needs.
impl Encode for PageOp {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Self::Score { slot, by } => {
                head(0, *slot).encode(encoder)?;
                by.encode(encoder)
            }
            Self::Move { from, to, by } => {
                head(1, *from).encode(encoder)?;
                to.0.encode(encoder)?;
                by.encode(encoder)
            }
            Self::Insert { slot, row } => {
                head(2, *slot).encode(encoder)?;
                row.entity.encode(encoder)?;
                row.score.encode(encoder)
            }
            Self::Remove { slot } => head(3, *slot).encode(encoder),
        }
    }
}

fn checked(score: Units) -> Result<Units, DecodeError> {
    if (-MAX_SCORE..=MAX_SCORE).contains(&score) { Ok(score) } else { Err(codec::invalid("a score past 2^53 - 1")) }
}

fn read_op<D: Decoder<Context = C>, C>(decoder: &mut D) -> Result<PageOp, DecodeError> {
    let byte = u8::decode(decoder)?;
    let slot = Slot(byte & SLOT_MASK);
    Ok(match byte >> KIND_SHIFT {
        0 => PageOp::Score { slot, by: i64::decode(decoder)? },
        1 => {
            let to = u8::decode(decoder)?;
            if to > SLOT_MASK {
                return Err(codec::invalid("a slot past 31"));
            }
            PageOp::Move { from: slot, to: Slot(to), by: i64::decode(decoder)? }
        }
        2 => {
            let entity = WireEntity::decode(decoder)?;
            PageOp::Insert { slot, row: Row { entity, score: checked(i64::decode(decoder)?)? } }
        }
        3 => PageOp::Remove { slot },
        _ => return Err(codec::invalid("an unknown page edit")),
    })
}

impl<C> Decode<C> for PageOp {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_op(decoder)
    }
}

impl<'de, C> BorrowDecode<'de, C> for PageOp {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_op(decoder)
    }
}

/// All rows of a page in rank order, 0 to 32, scores never rising.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRows(pub Vec<Row>);

/// One byte for the count; the first row's entity and score; then each row's entity and how far its score
/// lies below the row before, as an unsigned varint.
impl Encode for PageRows {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u8).encode(encoder)?;
        let mut above: Option<Units> = None;
        for row in &self.0 {
            row.entity.encode(encoder)?;
            match above {
                None => row.score.encode(encoder)?,
                Some(score) => score.abs_diff(row.score).encode(encoder)?,
            }
            above = Some(row.score);
        }
        Ok(())
    }
}

fn read_rows<D: Decoder<Context = C>, C>(decoder: &mut D) -> Result<PageRows, DecodeError> {
    let count = usize::from(u8::decode(decoder)?);
    if count > ROWS {
        return Err(codec::invalid("a page of more than 32 rows"));
    }
    let mut rows: Vec<Row> = Vec::with_capacity(count);
    for _ in 0..count {
        let entity = WireEntity::decode(decoder)?;
        let score = match rows.last() {
            None => i64::decode(decoder)?,
            Some(above) => {
                let drop = u64::decode(decoder)?;
                above.score.checked_sub_unsigned(drop).ok_or(codec::invalid("a score past 2^53 - 1"))?
            }
        };
        rows.push(Row { entity, score: checked(score)? });
    }
    Ok(PageRows(rows))
}

impl<C> Decode<C> for PageRows {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_rows(decoder)
    }
}

impl<'de, C> BorrowDecode<'de, C> for PageRows {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_rows(decoder)
    }
}
