//! What outlives the process: rows, boards, watermarks and counters in an embedded store, and the lock that keeps a
//! second process away. How records are laid out stands in `keys.rs`, schema versions in `schema.rs`, how a lost tail
//! is noticed in `mark.rs` and `journal.rs`; `thread.rs` writes while the engine goes on.
//!
//! ```text
//! DIR/LOCK          held while a process uses DIR
//! DIR/store/db      the embedded store
//! DIR/store/mark    the number of the last commit that was durable
//! DIR/erasure.key   the key by which erased entities are known
//! ```

mod error;
mod journal;
mod keys;
mod lock;
mod mark;
mod schema;
#[cfg(test)]
mod tests;
pub(crate) mod thread;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use scorelay_engine::{BoardConfig, Commit, Engine, Loader, ProfileRecord, StartError, Startup, Stored, StoredRow};
use scorelay_protocol::ids::{BoardNo, CoreEpoch};

use crate::failure::Failure;
use crate::key_file;

pub use error::StoreError;
pub(crate) use lock::DirLock;
use mark::Mark;
use schema::{MIGRATIONS, Migration};

/// All records in one keyspace, so that no part of them can be lost without the commit's number.
const KEYSPACE: &str = "state";
/// Nothing is read after the start, so the cache serves compactions only.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// Small enough that replaying the journal at a start takes a fraction of a second.
const MEMTABLE_BYTES: u64 = 16 * 1024 * 1024;
/// Records in the journal from which on an orderly end leaves none: a start reads each of them, which takes several times
/// what reading it from a table does.
const JOURNAL_RECORDS: u64 = 50_000;
/// How long an end waits for its records to be in tables; after that they stay in the journal, where they are as safe.
const TABLES_WITHIN: Duration = Duration::from_secs(5);

/// An open store. One thread at a time uses it.
pub(crate) struct Store {
    state: Keyspace,
    db: Database,
    mark: Mark,
    /// Number of the last commit, 0 before the first.
    commits: u64,
    /// Records in the journal.
    journaled: u64,
    // Dropped last: the directory is free once everything above is closed.
    lock: DirLock,
}

impl Store {
    /// Opens the store of a data directory, made if there is none, and checks that nothing durable is missing.
    ///
    /// # Errors
    /// [`StoreError`]: the directory is in use, cannot be used, or its store is damaged or of a newer version.
    pub(crate) fn open(lock: DirLock) -> Result<Self, StoreError> {
        Self::open_with(lock, MIGRATIONS)
    }

    fn open_with(lock: DirLock, migrations: &[Migration]) -> Result<Self, StoreError> {
        let folder = lock.dir().join("store");
        guarded(&folder, || {
            std::fs::create_dir_all(&folder).map_err(|e| StoreError::directory(&folder, &e))?;
            let mark = Mark::open(&folder.join("mark"))?;
            let tail_lost = |found| StoreError::TailLost { folder: folder.clone(), durable: mark.number(), found };
            let (found, journaled) = journal::check(&folder.join("db"))?;
            match found {
                Some(found) if found < mark.number() => return Err(tail_lost(found)),
                _ => {}
            }
            let db = Database::builder(folder.join("db"))
                .cache_size(CACHE_BYTES)
                .worker_threads(1)
                .manual_journal_persist(true)
                .open()
                .map_err(|e| StoreError::opening(&folder, &e))?;
            let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
            let state = db.keyspace(KEYSPACE, options).map_err(|e| StoreError::opening(&folder, &e))?;
            let found = head(&state)?.map_or(0, |head| head.commits);
            if found < mark.number() {
                return Err(tail_lost(found));
            }
            schema::migrate(&db, &state, migrations)?;
            Ok(Self { state, db, mark, commits: found, journaled, lock })
        })
    }

    /// Reads everything but the rows.
    ///
    /// # Errors
    /// [`StoreError`] when something cannot be read or understood.
    pub(crate) fn stored(&self) -> Result<Stored, StoreError> {
        guarded(self.folder(), || {
            let head = head(&self.state)?.unwrap_or_default();
            let catalog = match self.state.get(keys::CATALOG)? {
                Some(bytes) => keys::decode(&bytes)?,
                None => Default::default(),
            };
            let mut players = Vec::new();
            for record in self.state.prefix(keys::PLAYERS) {
                let (key, value) = record.into_inner()?;
                players.push(keys::player(&key, &value)?);
            }
            let mut seasons = Vec::new();
            for record in self.state.prefix(keys::SEASONS) {
                let (key, value) = record.into_inner()?;
                seasons.push(keys::season(&key, &value)?);
            }
            let mut profiles = Vec::new();
            for record in self.state.prefix(keys::PROFILES) {
                let (key, value) = record.into_inner()?;
                profiles.push(keys::profile(&key, &value)?);
            }
            let kept_off = match self.state.get(keys::KEPT_OFF)? {
                Some(bytes) => keys::kept_off(&bytes)?,
                None => Default::default(),
            };
            let mut watermarks = Vec::new();
            for record in self.state.prefix(keys::WATERMARKS) {
                let (key, value) = record.into_inner()?;
                watermarks.push(keys::watermark(&key, &value)?);
            }
            Ok(Stored {
                catalog,
                players,
                seasons,
                profiles,
                kept_off,
                watermarks,
                next_batch: head.next_batch,
                clock: head.clock,
            })
        })
    }

    /// An engine over everything stored. `stored` is what [`Store::stored`] gave.
    ///
    /// # Errors
    /// The configuration of the boards is not valid, or the store is damaged.
    pub(crate) fn engine(
        &self,
        boards: &[BoardConfig],
        stored: Stored,
        core: CoreEpoch,
        uids: &mut dyn FnMut() -> u64,
    ) -> Result<(Engine, Vec<Startup>), Failure> {
        let failed = |error: StartError| match error {
            StartError::Damaged(why) => StoreError::damaged(why).within(self.folder()).into(),
            other => Failure::new(other.code(), other.to_string()),
        };
        let mut loader = Loader::new(boards, stored, core, uids).map_err(failed)?;
        self.rows(keys::ROWS, |row| loader.row(row).map_err(failed))?;
        loader.finish().map_err(failed)
    }

    /// Reads all rows of a board, in no order that means anything.
    ///
    /// # Errors
    /// [`StoreError`] when one cannot be read or understood, or what `each` says.
    pub(crate) fn rows_of<E: From<StoreError>>(
        &self,
        board: BoardNo,
        each: impl FnMut(StoredRow) -> Result<(), E>,
    ) -> Result<(), E> {
        self.rows(&keys::of_board(keys::ROWS, board), each)
    }

    fn rows<E: From<StoreError>>(
        &self,
        prefix: &[u8],
        mut each: impl FnMut(StoredRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut records = guarded(self.folder(), || Ok(self.state.prefix(prefix)))?;
        let mut next = || {
            guarded(self.folder(), || {
                let Some(record) = records.next() else { return Ok(None) };
                let (key, value) = record.into_inner()?;
                Ok(Some(keys::row(&key, &value)?))
            })
        };
        while let Some(row) = next()? {
            each(row)?;
        }
        Ok(())
    }

    /// Stores a commit whole and returns once it is durable.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; the store must then not be written any more.
    pub(crate) fn commit(&mut self, commit: &Commit) -> Result<(), StoreError> {
        let number = self.commits + 1;
        let mut batch = self.db.batch().durability(Some(PersistMode::SyncData));
        for board in &commit.dropped {
            for kind in [keys::ROWS, keys::PLAYERS, keys::SEASONS] {
                for record in self.state.prefix(keys::of_board(kind, *board)) {
                    batch.remove(&self.state, record.key()?);
                }
            }
        }
        if let Some(catalog) = &commit.catalog {
            batch.insert(&self.state, keys::CATALOG, keys::encode(catalog));
        }
        for record in &commit.rows {
            let key = keys::entity_key(keys::ROWS, record.board, &record.entity);
            match &record.row {
                Some(row) => batch.insert(&self.state, key, keys::encode(row)),
                None => batch.remove(&self.state, key),
            }
        }
        for record in &commit.players {
            let key = keys::entity_key(keys::PLAYERS, record.board, &record.entity);
            match &record.playing {
                Some(playing) => batch.insert(&self.state, key, keys::playing(playing)),
                None => batch.remove(&self.state, key),
            }
        }
        for (board, ends) in &commit.seasons {
            batch.insert(&self.state, keys::of_board(keys::SEASONS, *board), keys::encode(ends));
        }
        for ProfileRecord { entity, profile } in &commit.profiles {
            let key = keys::profile_key(entity);
            match profile {
                Some(profile) => batch.insert(&self.state, key, keys::encode_profile(profile)),
                None => batch.remove(&self.state, key),
            }
        }
        if let Some(kept_off) = &commit.kept_off {
            batch.insert(&self.state, keys::KEPT_OFF, keys::encode_kept_off(kept_off));
        }
        for record in &commit.watermarks {
            let key = keys::watermark_key(&record.source);
            match &record.mark {
                Some(mark) => batch.insert(&self.state, key, keys::encode(mark)),
                None => batch.remove(&self.state, key),
            }
        }
        let head = keys::Head { commits: number, next_batch: commit.next_batch, clock: commit.clock };
        batch.insert(&self.state, keys::HEAD, head.encode());
        let records = batch.len() as u64;
        batch.commit().map_err(|error| StoreError::failed(&error))?;
        self.journaled += records;
        self.mark.advance(number)?;
        self.commits = number;
        Ok(())
    }

    /// The key by which erased entities are known, made when first wanted. It lies beside the store, not in it, so that
    /// a copy of the store alone tells nobody who was erased.
    ///
    /// # Errors
    /// [`StoreError::Directory`] when it cannot be read or made.
    pub(crate) fn erasure_key(&self) -> Result<[u8; 32], StoreError> {
        let path = self.lock.dir().join("erasure.key");
        let key = key_file::load(&path).map_err(|why| StoreError::Directory { path, why })?;
        Ok(key.bytes)
    }

    /// Closes the store. Where its journal has become long, a next start will not have to read it.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the last commit's number or the journal cannot be written.
    pub(crate) fn close(self) -> Result<(), StoreError> {
        self.mark.sync()?;
        let in_tables = self.journaled >= JOURNAL_RECORDS && self.to_tables();
        let journals = self.folder().join("db");
        let Self { state, db, lock, .. } = self;
        // Both, as either keeps the library's threads.
        drop((state, db));
        if in_tables {
            journal::empty(&journals)?;
        }
        drop(lock);
        Ok(())
    }

    /// Has everything written to tables; whether all of it was in time.
    fn to_tables(&self) -> bool {
        let deadline = Instant::now() + TABLES_WITHIN;
        let asked = guarded(self.folder(), || Ok(self.state.rotate_memtable()?)).is_ok();
        while asked && self.state.sealed_memtable_count() > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        asked && self.state.sealed_memtable_count() == 0
    }

    fn folder(&self) -> &Path {
        self.mark.path().parent().unwrap_or(Path::new("."))
    }
}

fn head(state: &Keyspace) -> Result<Option<keys::Head>, StoreError> {
    state.get(keys::HEAD)?.map(|bytes| keys::Head::decode(&bytes)).transpose()
}

/// Where the admin socket of a data directory is.
pub(crate) fn admin_socket(dir: &Path) -> PathBuf {
    dir.join("admin.sock")
}

/// Turns a panic of the store's library over bytes it cannot understand into an error: damage is not our bug.
fn guarded<T>(folder: &Path, read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(StoreError::Damaged { folder: folder.to_owned(), why: "it cannot be parsed".into() }))
        .map_err(|error| error.within(folder))
}
