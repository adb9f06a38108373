//! How records lie in the store: one byte for the kind, then what names the record; values in the protocol's codec.
//! A change here is a new schema (`schema.rs`).
//!
//! | key | value |
//! | --- | --- |
//! | `r` board number (u32, big endian) entity (text) | score and stamp |
//! | `w` source name and incarnation | last event and when it came |
//! | `m` `catalog` | boards and the next number |
//! | `m` `head` | number of the commit, next link batch, clock |
//! | `m` `schema` | version of this table (u32, big endian) |

use scorelay_engine::{SourceKey, StoredRow};
use scorelay_protocol::codec::{self, Decode};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, Stamp, UnixMillis};
use scorelay_protocol::score::Units;

use super::StoreError;

pub(super) use scorelay_protocol::codec::encode;

pub(super) const ROWS: &[u8] = b"r";
pub(super) const WATERMARKS: &[u8] = b"w";
pub(super) const CATALOG: &[u8] = b"mcatalog";
pub(super) const HEAD: &[u8] = b"mhead";
pub(super) const SCHEMA: &[u8] = b"mschema";

/// What changes with every commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head {
    pub(super) commits: u64,
    pub(super) next_batch: BatchSeq,
    pub(super) clock: UnixMillis,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(&(self.commits, self.next_batch, self.clock))
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let (commits, next_batch, clock) = decode(bytes)?;
        Ok(Self { commits, next_batch, clock })
    }
}

/// The prefix of all rows of a board.
pub(super) fn rows_of(board: BoardNo) -> Vec<u8> {
    [ROWS, &board.0.to_be_bytes()].concat()
}

pub(super) fn row_key(board: BoardNo, entity: &Entity) -> Vec<u8> {
    let mut key = rows_of(board);
    key.extend_from_slice(entity.to_string().as_bytes());
    key
}

pub(super) fn row(key: &[u8], value: &[u8]) -> Result<StoredRow, StoreError> {
    let strange = || StoreError::damaged("a row's key is not one");
    let (board, entity) = key.get(ROWS.len()..).and_then(<[u8]>::split_first_chunk).ok_or_else(strange)?;
    let entity = std::str::from_utf8(entity).ok().and_then(|text| text.parse().ok()).ok_or_else(strange)?;
    let (score, stamp): (Units, Stamp) = decode(value)?;
    Ok(StoredRow { board: BoardNo(u32::from_be_bytes(*board)), entity, score, stamp })
}

pub(super) fn watermark_key(source: &SourceKey) -> Vec<u8> {
    let mut key = WATERMARKS.to_vec();
    codec::encode_into(source, &mut key);
    key
}

pub(super) fn watermark(key: &[u8], value: &[u8]) -> Result<(SourceKey, u64, UnixMillis), StoreError> {
    let (seq, at) = decode(value)?;
    Ok((decode(key.get(WATERMARKS.len()..).unwrap_or_default())?, seq, at))
}

pub(super) fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, StoreError> {
    codec::decode_link(bytes).map_err(|error| StoreError::damaged(error.to_string()))
}
