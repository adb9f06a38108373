//! What a store gives back after it was closed, killed, damaged, or written by another version.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use scorelay_engine::{
    Catalog, Image, PlayerRecord, Playing, ProfileRecord, Rating, RowRecord, Scorer, SourceKey, SourceName,
    StoredBoard, StoredKeptOff, StoredProfile, WatermarkRecord,
};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::ids::{BatchSeq, Stamp, UnixMillis};
use scorelay_protocol::link::BoardDef;
use tempfile::TempDir;

use super::*;

fn catalog(numbers: &[u32]) -> Catalog {
    let board = |&no: &u32| StoredBoard {
        def: BoardDef {
            board: BoardNo(no),
            uid: u64::from(no) * 1_000,
            id: format!("b{no}"),
            title: "B".into(),
            unit: "points".into(),
            decimals: 0,
            synthetic: false,
        },
        scorer: Scorer::External,
        rating: Rating::Sum,
        retired: false,
    };
    Catalog { boards: numbers.iter().map(board).collect(), next: BoardNo(9) }
}

fn source() -> SourceKey {
    SourceKey { name: SourceName::new("s").unwrap(), incarnation: 7 }
}

/// The `n`th of a run of commits that set, change and remove rows.
fn commit(n: u64) -> Commit {
    let row = |i: u64, row| RowRecord { board: BoardNo(1), entity: format!("t:{i}").parse().unwrap(), row };
    let mut rows: Vec<RowRecord> =
        (n * 3..n * 3 + 8).map(|i| row(i, Some(((n * 100 + i) as i64, Stamp::new(BatchSeq(n), i as u32))))).collect();
    if n > 3 {
        rows.push(row(n * 2, None));
    }
    Commit {
        dropped: Vec::new(),
        catalog: (n == 1).then(|| catalog(&[1, 2])),
        rows,
        players: vec![PlayerRecord {
            board: BoardNo(1),
            entity: format!("t:{}", n % 3).parse().unwrap(),
            playing: (!n.is_multiple_of(4)).then_some(Playing { period: n, base: 1_200, points: -(n as i64) }),
        }],
        seasons: vec![(BoardNo(1 + n as u32 % 2), UnixMillis(n * 7))],
        profiles: vec![ProfileRecord {
            entity: format!("t:{}", n % 5).parse().unwrap(),
            profile: (!n.is_multiple_of(3)).then(|| StoredProfile {
                name: format!("n{n}"),
                avatar: n.is_multiple_of(2).then(|| "https://example.com/a.png".into()),
                badges: vec!["vip".into()],
                ranks: vec![(BoardNo(1), n as u32)],
            }),
        }],
        kept_off: n.is_multiple_of(2).then(|| StoredKeptOff {
            banned: vec![("t:1".parse().unwrap(), None), ("t:2".parse().unwrap(), Some(format!("b{n}")))],
            erased: vec![[n as u8; 16]],
        }),
        watermarks: vec![WatermarkRecord { source: source(), mark: Some((n, UnixMillis(n))) }],
        next_batch: BatchSeq(n + 1),
        clock: UnixMillis(n),
    }
}

fn open(dir: &Path) -> Result<Store, StoreError> {
    Store::open(DirLock::take(dir)?)
}

/// Everything a store holds.
fn content(store: &Store) -> Result<(Stored, Vec<StoredRow>), StoreError> {
    let mut rows = Vec::new();
    store.rows(keys::ROWS, |row| {
        rows.push(row);
        Ok::<(), StoreError>(())
    })?;
    Ok((store.stored()?, rows))
}

fn expected(image: &Image) -> (Stored, Vec<StoredRow>) {
    let mut rows: Vec<StoredRow> = image.rows().collect();
    rows.sort_by_key(|row| (row.board, row.entity.to_string()));
    (image.stored(), rows)
}

fn filled(commits: u64) -> (TempDir, Image) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let mut image = Image::default();
    for n in 1..=commits {
        let commit = commit(n);
        store.commit(&commit).unwrap();
        image.store(&commit);
        if n == commits / 2 {
            // So that half of it lies in tables and half in the journal.
            store.state.rotate_memtable_and_wait().unwrap();
        }
    }
    store.close().unwrap();
    (dir, image)
}

#[test]
fn a_store_gives_back_what_was_committed() {
    let (dir, image) = filled(20);
    let store = open(dir.path()).unwrap();
    assert_eq!(content(&store).unwrap(), expected(&image));
    assert_eq!(store.commits, 20);
}

/// A journal that has become long is empty after an orderly end; what was in it is there, and what is written afterwards
/// goes over it, also after an end that is none.
#[test]
fn a_long_journal_is_not_read_again() {
    let (dir, mut image) = filled(4);
    let many = |n: u64, score: i64| {
        let rows = (0..JOURNAL_RECORDS).map(|i| RowRecord {
            board: BoardNo(2),
            entity: format!("many:{i}").parse().unwrap(),
            row: Some((score, Stamp::new(BatchSeq(n), i as u32))),
        });
        Commit { rows: rows.collect(), ..commit(n) }
    };
    for n in [5, 6] {
        let mut store = open(dir.path()).unwrap();
        let commit = many(n, n as i64);
        store.commit(&commit).unwrap();
        image.store(&commit);
        store.close().unwrap();
        let files = Files::read(&dir.path().join("store"));
        assert_eq!(journal(&files).1.1, 0, "bytes of the journal");
        assert_eq!(content(&open(dir.path()).unwrap()).unwrap(), expected(&image));
    }
    let mut store = open(dir.path()).unwrap();
    assert_eq!((store.commits, store.journaled), (6, 0));
    let last = commit(7);
    store.commit(&last).unwrap();
    image.store(&last);
    drop(store);
    let store = open(dir.path()).unwrap();
    assert!((1..50).contains(&store.journaled), "{} records", store.journaled);
    assert_eq!(content(&store).unwrap(), expected(&image));
}

#[test]
fn a_dropped_board_takes_its_rows_along() {
    let (dir, mut image) = filled(4);
    let mut store = open(dir.path()).unwrap();
    let last = Commit {
        dropped: vec![BoardNo(1)],
        catalog: Some(catalog(&[2])),
        rows: Vec::new(),
        players: Vec::new(),
        seasons: Vec::new(),
        ..commit(5)
    };
    store.commit(&last).unwrap();
    image.store(&last);
    assert_eq!(content(&store).unwrap(), expected(&image));
    assert!(content(&store).unwrap().1.is_empty());
}

#[test]
fn a_second_opener_is_told_that_the_directory_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).unwrap();
    let error = open(dir.path()).err().unwrap();
    assert_eq!(error.code(), ErrorCode::DataInUse);
    first.close().unwrap();
    open(dir.path()).unwrap();
}

fn move_head(state: &Keyspace, batch: &mut fjall::OwnedWriteBatch) -> Result<(), StoreError> {
    let clock = state.get(keys::HEAD)?.map(|bytes| keys::Head::decode(&bytes)).transpose()?;
    let mut head = clock.unwrap_or_default();
    head.clock = UnixMillis(head.clock.0 + 1_000_000);
    batch.insert(state, keys::HEAD, head.encode());
    Ok(())
}

/// B8: an older schema is brought up to date once, a newer one is refused and left alone.
#[test]
fn schemas_are_migrated_once_and_newer_ones_refused() {
    let (dir, _) = filled(3);
    let open_with = |steps: &[Migration]| Store::open_with(DirLock::take(dir.path())?, &[MIGRATIONS, steps].concat());
    let clock = |store: &Store| store.stored().unwrap().clock;
    let known = MIGRATIONS.len() as u32 + 1;
    assert_eq!(clock(&open_with(&[]).unwrap()), UnixMillis(3));
    assert_eq!(clock(&open_with(&[move_head]).unwrap()), UnixMillis(1_000_003));
    assert_eq!(clock(&open_with(&[move_head]).unwrap()), UnixMillis(1_000_003), "once");
    let error = open_with(&[]).err().unwrap();
    assert!(matches!(error, StoreError::Newer { found, known: k, .. } if (found, k) == (known + 1, known)), "{error}");
    assert_eq!(error.code(), ErrorCode::StoreDamaged);
    assert_eq!(clock(&open_with(&[move_head, move_head]).unwrap()), UnixMillis(2_000_003));
}

/// B8: a store as the first version wrote it is brought up to date, and has all that it had.
#[test]
fn a_store_of_the_first_schema_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut image = Image::default();
    let mut store = Store::open_with(DirLock::take(dir.path()).unwrap(), &[]).unwrap();
    for n in 1..=3 {
        let commit = Commit { players: Vec::new(), seasons: Vec::new(), kept_off: None, ..commit(n) };
        store.commit(&commit).unwrap();
        image.store(&commit);
    }
    store.close().unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(content(&store).unwrap(), expected(&image));
    assert_eq!(store.state.get(keys::SCHEMA).unwrap().as_deref(), Some(&2u32.to_be_bytes()[..]));
}

/// All files of a folder, without the zeros at the end of a journal that was made larger than it is used.
struct Files(BTreeMap<PathBuf, (Vec<u8>, u64)>);

impl Files {
    fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mut bytes = fs::read(&path).unwrap();
                    let length = bytes.len() as u64;
                    let used = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
                    bytes.truncate(used);
                    files.insert(path, (bytes, length));
                }
            }
        }
        Self(files)
    }

    fn write(&self, folder: &Path) {
        fs::remove_dir_all(folder).unwrap();
        for (path, (bytes, length)) in &self.0 {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
            fs::File::options().write(true).open(path).unwrap().set_len(*length).unwrap();
        }
    }
}

/// A corrupt store: whatever byte is flipped, it is either found or changes nothing that is read.
#[test]
fn a_flipped_byte_is_found_or_changes_nothing() {
    const FLIPS: usize = 400;
    let (dir, image) = filled(12);
    let folder = dir.path().join("store");
    let files = Files::read(&folder);
    let expected = expected(&image);
    let total: usize = files.0.values().map(|(bytes, _)| bytes.len()).sum();
    let (mut found, mut harmless) = (0, 0);
    let mut at = 0;
    for flip in 0..FLIPS {
        // Every file gets some, small ones too.
        let (path, (bytes, _)) = files.0.iter().nth(flip % files.0.len()).unwrap();
        at = (at + total / FLIPS + 7) % total;
        if bytes.is_empty() {
            continue;
        }
        let (byte, bit) = (at % bytes.len(), flip / files.0.len() % 8);
        files.write(&folder);
        let mut damaged = bytes.clone();
        damaged[byte] ^= 1 << bit;
        let file = fs::File::options().write(true).open(path).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &damaged, 0).unwrap();
        let opened = open(dir.path());
        let read = opened.and_then(|store| content(&store));
        match read {
            Ok(read) if read == expected => harmless += 1,
            Ok(read) => panic!(
                "bit {bit} of byte {byte} in {} changed what is read and was not found: {} rows, clock {}",
                path.display(),
                read.1.len(),
                read.0.clock
            ),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::StoreDamaged, "{error}");
                found += 1;
            }
        }
    }
    assert!(found > FLIPS / 3, "{found} found, {harmless} harmless");
}

/// What the store's library would not notice: a batch that is put before or after others. Every bit of every sequence
/// number of the journal is found or changes nothing.
#[test]
fn a_batch_out_of_order_is_found() {
    let (dir, image) = filled(6);
    let folder = dir.path().join("store");
    let files = Files::read(&folder);
    let expected = expected(&image);
    let (journal, (bytes, _)) = journal(&files);
    let starts: Vec<usize> = (0..bytes.len().saturating_sub(13))
        .filter(|at| (*at == 0 || bytes[..*at].ends_with(b"FJL\x03")) && bytes[*at] == 1)
        .collect();
    assert_eq!(starts.len(), 7, "the schema and six commits; the format is the one known here");
    let mut found = 0;
    for start in &starts {
        for bit in 0..16 {
            let mut damaged = bytes.clone();
            damaged[start + 5 + bit / 8] ^= 1 << (bit % 8);
            files.write(&folder);
            let file = fs::File::options().write(true).open(journal).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, &damaged, 0).unwrap();
            match open(dir.path()).and_then(|store| content(&store)) {
                Ok(read) => assert_eq!(read, expected, "bit {bit} of the batch at {start}"),
                Err(error) => {
                    assert_eq!(error.code(), ErrorCode::StoreDamaged, "{error}");
                    found += 1;
                }
            }
        }
    }
    assert!(found > starts.len() * 16 / 2, "{found} found");
}

fn journal(files: &Files) -> (&PathBuf, &(Vec<u8>, u64)) {
    let journals = files.0.iter().filter(|(path, _)| path.extension().is_some_and(|extension| extension == "jnl"));
    journals.max().expect("there is a journal")
}

/// A journal that breaks off is taken for one that was being written; the mark knows better.
#[test]
fn a_lost_tail_is_found_and_can_be_accepted() {
    let (dir, image) = filled(6);
    let folder = dir.path().join("store");
    let files = Files::read(&folder);
    let (journal, (bytes, _)) = journal(&files);
    fs::write(journal, &bytes[..bytes.len() - 3]).unwrap();
    let error = open(dir.path()).err().unwrap();
    assert!(matches!(error, StoreError::TailLost { durable: 6, found: 5, .. }), "{error}");
    assert!(error.to_string().contains("Restore it from a backup"));
    assert!(open(dir.path()).is_err(), "it stays found");
    assert_eq!(fs::read(journal).unwrap(), bytes[..bytes.len() - 3], "and is left for whoever can repair it");

    fs::remove_file(folder.join("mark")).unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(store.stored().unwrap().clock, UnixMillis(5));
    assert_ne!(content(&store).unwrap(), expected(&image));
}
