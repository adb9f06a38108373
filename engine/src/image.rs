//! [`Image`]: a store as a plain value. It says, in code, what storing a commit means, and stands in for a store in
//! tests and in the simulation. It is not meant for production: nothing in it is durable.

use std::collections::BTreeMap;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{BatchSeq, BoardNo, Stamp, UnixMillis};
use scorelay_protocol::score::Units;

use crate::input::SourceKey;
use crate::periods::Playing;
use crate::record::{Catalog, Commit, ProfileRecord, Stored, StoredKeptOff, StoredProfile, StoredRow};

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    catalog: Catalog,
    rows: BTreeMap<(BoardNo, Entity), (Units, Stamp)>,
    players: BTreeMap<(BoardNo, Entity), Playing>,
    seasons: BTreeMap<BoardNo, UnixMillis>,
    profiles: BTreeMap<Entity, StoredProfile>,
    kept_off: StoredKeptOff,
    watermarks: BTreeMap<SourceKey, (u64, UnixMillis)>,
    next_batch: BatchSeq,
    clock: UnixMillis,
}

impl Image {
    /// Takes in a commit: dropped boards first, then everything else.
    pub fn store(&mut self, commit: &Commit) {
        if !commit.dropped.is_empty() {
            self.rows.retain(|(board, _), _| !commit.dropped.contains(board));
            self.players.retain(|(board, _), _| !commit.dropped.contains(board));
        }
        if let Some(catalog) = &commit.catalog {
            self.catalog = catalog.clone();
        }
        for record in &commit.rows {
            let key = (record.board, record.entity.clone());
            match record.row {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
        for record in &commit.players {
            let key = (record.board, record.entity.clone());
            match record.playing {
                Some(playing) => self.players.insert(key, playing),
                None => self.players.remove(&key),
            };
        }
        self.seasons.retain(|board, _| !commit.dropped.contains(board));
        self.seasons.extend(commit.seasons.iter().copied());
        for ProfileRecord { entity, profile } in &commit.profiles {
            match profile {
                Some(profile) => self.profiles.insert(entity.clone(), profile.clone()),
                None => self.profiles.remove(entity),
            };
        }
        if let Some(kept_off) = &commit.kept_off {
            self.kept_off = kept_off.clone();
        }
        for record in &commit.watermarks {
            match record.mark {
                Some(mark) => self.watermarks.insert(record.source.clone(), mark),
                None => self.watermarks.remove(&record.source),
            };
        }
        self.next_batch = commit.next_batch;
        self.clock = commit.clock;
    }

    /// What a start reads, but for the rows.
    pub fn stored(&self) -> Stored {
        Stored {
            catalog: self.catalog.clone(),
            players: self.players.iter().map(|((board, entity), &playing)| (*board, entity.clone(), playing)).collect(),
            seasons: self.seasons.iter().map(|(&board, &ends)| (board, ends)).collect(),
            profiles: self.profiles.clone().into_iter().collect(),
            kept_off: self.kept_off.clone(),
            watermarks: self.watermarks.iter().map(|(key, &(seq, at))| (key.clone(), seq, at)).collect(),
            next_batch: self.next_batch,
            clock: self.clock,
        }
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = StoredRow> {
        self.rows.iter().map(|((board, entity), &(score, stamp))| StoredRow {
            board: *board,
            entity: entity.clone(),
            score,
            stamp,
        })
    }

    /// The last stored event of a source, 0 if none.
    pub fn watermark(&self, source: &SourceKey) -> u64 {
        self.watermarks.get(source).map_or(0, |&(seq, _)| seq)
    }
}
