//! How records lie in the store: one byte for the kind, then what names the record; values in the protocol's codec.
//! A change here is a new schema (`schema.rs`).
//!
//! | key | value |
//! | --- | --- |
//! | `r` board number (u32, big endian) entity (text) | score and stamp |
//! | `p` board number (u32, big endian) entity (text) | of an open rating period: which, rating before it, points in it |
//! | `s` board number (u32, big endian) | when its season ends |
//! | `n` entity (text) | name, avatar, badges, ranks by board number |
//! | `w` source name and incarnation | last event and when it came |
//! | `m` `catalog` | boards and the next number |
//! | `m` `kept-off` | banned entities with their boards, hashes of erased ones |
//! | `m` `head` | number of the commit, next link batch, clock |
//! | `m` `schema` | version of this table (u32, big endian) |

use scorelay_engine::{Playing, SourceKey, StoredKeptOff, StoredProfile, StoredRow};
use scorelay_protocol::codec::{self, Decode};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, Stamp, UnixMillis};
use scorelay_protocol::score::Units;

use super::StoreError;

pub(super) use scorelay_protocol::codec::encode;

pub(super) const ROWS: &[u8] = b"r";
pub(super) const PLAYERS: &[u8] = b"p";
pub(super) const SEASONS: &[u8] = b"s";
pub(super) const PROFILES: &[u8] = b"n";
pub(super) const WATERMARKS: &[u8] = b"w";
pub(super) const KEPT_OFF: &[u8] = b"mkept-off";
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

/// The prefix of all records of this kind that belong to a board.
pub(super) fn of_board(kind: &[u8], board: BoardNo) -> Vec<u8> {
    [kind, &board.0.to_be_bytes()].concat()
}

/// The key of a record of this kind that belongs to an entity on a board.
pub(super) fn entity_key(kind: &[u8], board: BoardNo, entity: &Entity) -> Vec<u8> {
    let mut key = of_board(kind, board);
    key.extend_from_slice(entity.to_string().as_bytes());
    key
}

/// The board and the entity of such a key.
fn board_and_entity(key: &[u8]) -> Result<(BoardNo, Entity), StoreError> {
    let strange = || StoreError::damaged("the key of a row or player is not one");
    let (board, entity) = key.get(1..).and_then(<[u8]>::split_first_chunk).ok_or_else(strange)?;
    let entity = std::str::from_utf8(entity).ok().and_then(|text| text.parse().ok()).ok_or_else(strange)?;
    Ok((BoardNo(u32::from_be_bytes(*board)), entity))
}

pub(super) fn row(key: &[u8], value: &[u8]) -> Result<StoredRow, StoreError> {
    let (board, entity) = board_and_entity(key)?;
    let (score, stamp): (Units, Stamp) = decode(value)?;
    Ok(StoredRow { board, entity, score, stamp })
}

pub(super) fn playing(playing: &Playing) -> Vec<u8> {
    encode(&(playing.period, playing.base, playing.points))
}

pub(super) fn player(key: &[u8], value: &[u8]) -> Result<(BoardNo, Entity, Playing), StoreError> {
    let (board, entity) = board_and_entity(key)?;
    let (period, base, points) = decode(value)?;
    Ok((board, entity, Playing { period, base, points }))
}

pub(super) fn season(key: &[u8], value: &[u8]) -> Result<(BoardNo, UnixMillis), StoreError> {
    let board = key.get(1..).and_then(|board| board.try_into().ok());
    let board = board.ok_or_else(|| StoreError::damaged("the key of a season is not one"))?;
    Ok((BoardNo(u32::from_be_bytes(board)), decode(value)?))
}

pub(super) fn profile_key(entity: &Entity) -> Vec<u8> {
    [PROFILES, entity.to_string().as_bytes()].concat()
}

pub(super) fn encode_profile(profile: &StoredProfile) -> Vec<u8> {
    let StoredProfile { name, avatar, badges, ranks } = profile;
    encode(&(name, avatar, badges, ranks))
}

pub(super) fn profile(key: &[u8], value: &[u8]) -> Result<(Entity, StoredProfile), StoreError> {
    let entity = key.get(1..).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
    let entity = entity.ok_or_else(|| StoreError::damaged("the key of a profile is not one"))?;
    let (name, avatar, badges, ranks) = decode(value)?;
    Ok((entity, StoredProfile { name, avatar, badges, ranks }))
}

pub(super) fn encode_kept_off(kept_off: &StoredKeptOff) -> Vec<u8> {
    encode(&(&kept_off.banned, &kept_off.erased))
}

pub(super) fn kept_off(value: &[u8]) -> Result<StoredKeptOff, StoreError> {
    let (banned, erased) = decode(value)?;
    Ok(StoredKeptOff { banned, erased })
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
