//! A disk that is full or fails, files that somebody else has changed, and the thread that writes.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use scorelay_engine::meets::Note;
use scorelay_relay::shell::tasks::Tasks;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::meets::files::disk::{Disk, RealDisk};

/// The real disk with a mind of its own.
#[derive(Debug, Clone)]
struct OddDisk {
    /// Bytes it still takes.
    room: Arc<AtomicUsize>,
    syncs_fail: Arc<AtomicBool>,
    /// Files that were synced, by their numbers.
    synced: Arc<Mutex<Vec<u64>>>,
}

impl OddDisk {
    fn new() -> Self {
        Self { room: Arc::new(AtomicUsize::new(usize::MAX)), syncs_fail: Arc::default(), synced: Arc::default() }
    }

    fn room(&self, bytes: usize) {
        self.room.store(bytes, Ordering::Relaxed);
    }
}

impl Disk for OddDisk {
    fn write(&mut self, file: &mut fs::File, bytes: &[u8]) -> io::Result<()> {
        let room = self.room.load(Ordering::Relaxed);
        let fits = &bytes[..bytes.len().min(room)];
        RealDisk.write(file, fits)?;
        self.room.store(room - if room == usize::MAX { 0 } else { fits.len() }, Ordering::Relaxed);
        if fits.len() == bytes.len() { Ok(()) } else { Err(ErrorKind::StorageFull.into()) }
    }

    fn sync(&mut self, file: &fs::File) -> io::Result<()> {
        if self.syncs_fail.load(Ordering::Relaxed) {
            return Err(io::Error::other("the disk is gone"));
        }
        self.synced.lock().unwrap().push(file.metadata()?.ino());
        RealDisk.sync(file)
    }
}

/// L12: wherever in a write the disk is full, nothing of it is there, and what was there goes on.
#[test]
fn no_space_takes_everything_back() {
    let id = meet(1);
    let disk = OddDisk::new();
    let dir = one_meet(id);
    let mut files = Files::open_on(dir.path(), NOW, Box::new(disk.clone())).unwrap().files;
    let mut other = auth(id);
    other.record.number = 5;
    let writes = [
        append(id, 5, vec![update(3), update(4)]),
        create(meet(2)),
        write(id, WriteWhat::Log(first_lines(id))),
        write(id, WriteWhat::Auth(other)),
        write(id, WriteWhat::Sessions(Vec::new())),
        write(id, WriteWhat::Publication(publication(id, 1))),
        write(id, WriteWhat::Remove(uid(id))),
    ];
    for write in &writes {
        for room in [0, 1, 30, 50] {
            disk.room(room);
            if matches!(write.what, WriteWhat::Create { .. }) && room == 50 {
                disk.room(1_000);
            }
            assert_eq!(files.write(write), Ok(Wrote::NoSpace), "{write:?}");
            disk.room(usize::MAX);
            files.sync().unwrap();
            let loaded = open(&dir);
            let stored = only(&loaded);
            assert_eq!((&stored.lines, stored.auth, &stored.set_aside), (&all_lines(id), auth(id), &None), "{write:?}");
            assert_eq!((&stored.sessions, &stored.publication), (&sessions(), &None), "{write:?}");
            let folder = dir.path().join("current-meets/000000001");
            assert_eq!(fs::read_dir(folder).unwrap().count(), 3, "{write:?}");
            assert_eq!(fs::read_dir(dir.path().join("current-meets")).unwrap().count(), 1, "{write:?}");
        }
    }
    done(&mut files, &writes[0]);
    assert_eq!(only(&open(&dir)).lines.len(), 7);
}

/// What was left behind where a meet is to be made is in nobody's way.
#[test]
fn leftovers_do_not_hinder() {
    let dir = TempDir::new().unwrap();
    let mut files = open(&dir).files;
    fs::create_dir(dir.path().join("current-meets/000000001.new")).unwrap();
    fs::write(dir.path().join("current-meets/000000001.new/opl.csv"), "x").unwrap();
    done(&mut files, &create(meet(1)));
    assert_eq!(only(&open(&dir)).lines, first_lines(meet(1)));
    assert_eq!(fs::read_dir(dir.path().join("current-meets/000000001")).unwrap().count(), 3);
}

/// L10: a start that finds no space to set something aside leaves everything as it was.
#[test]
fn no_space_at_the_start_changes_nothing() {
    let id = meet(1);
    let dir = one_meet(id);
    let folder = dir.path().join("current-meets/000000001");
    let path = folder.join("updates.json.log");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let disk = OddDisk::new();
    disk.room(100);
    let error = Files::open_on(dir.path(), NOW, Box::new(disk)).unwrap_err();
    assert!(matches!(&error, FilesError::Unreadable { path: named, .. } if *named == path), "{error}");
    assert_eq!(fs::read(&path).unwrap(), whole[..whole.len() - 1]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
    assert_eq!(only(&open(&dir)).lines, all_lines(id)[..4]);
}

/// L9: a start syncs the logs that it serves: who wrote them may have been killed before.
#[test]
fn a_start_makes_logs_durable() {
    let disk = OddDisk::new();
    let dir = one_meet(meet(1));
    let log = fs::metadata(dir.path().join("current-meets/000000001/updates.json.log")).unwrap().ino();
    Files::open_on(dir.path(), NOW, Box::new(disk.clone())).unwrap();
    assert!(disk.synced.lock().unwrap().contains(&log));
}

/// A failed sync is the end: it is neither tried again nor taken for success.
#[tokio::test]
async fn a_failed_sync_ends_the_thread() {
    let id = meet(1);
    let disk = OddDisk::new();
    let dir = one_meet(id);
    let files = Files::open_on(dir.path(), NOW, Box::new(disk.clone())).unwrap().files;
    let tasks = Tasks::new(CancellationToken::new());
    let (storage, mut reports) = MeetStorage::start(files, &tasks).unwrap();
    disk.syncs_fail.store(true, Ordering::Relaxed);
    storage.write(append(id, 5, vec![update(3)]));
    let error = reports.recv().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    disk.syncs_fail.store(false, Ordering::Relaxed);
    storage.write(append(id, 6, vec![update(4)]));
    assert!(reports.recv().await.is_none());
}

/// A file that somebody else has been at is not written to.
#[test]
fn a_changed_log_is_not_written_to() {
    let id = meet(1);
    let dir = one_meet(id);
    let mut files = open(&dir).files;
    let path = dir.path().join("current-meets/000000001/updates.json.log");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.clone() + "\n").unwrap();
    assert!(files.write(&append(id, 5, vec![update(3)])).is_err());
    fs::write(&path, text).unwrap();
    assert!(files.write(&append(id, 4, vec![update(3)])).is_err());
    assert!(files.write(&append(meet(2), 0, vec![update(3)])).is_err());
    done(&mut files, &append(id, 5, vec![update(3)]));
}

/// What cannot be read is not taken for damaged.
#[test]
fn what_cannot_be_read_stops_the_start() {
    let id = meet(1);
    let dir = one_meet(id);
    let path = dir.path().join("current-meets/000000001/auth.json");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = Files::open(dir.path(), NOW).unwrap_err();
    assert!(matches!(&error, FilesError::Unreadable { path: named, .. } if *named == path), "{error}");
    assert!(dir.path().join("current-meets/000000001").exists());
}

/// Many meets' lines wait for one round of syncs, one for each file; each write is told of, in order.
#[tokio::test]
async fn the_thread_tells_of_all_writes() {
    let dir = TempDir::new().unwrap();
    let tasks = Tasks::new(CancellationToken::new());
    let (storage, mut reports) = MeetStorage::start(open(&dir).files, &tasks).unwrap();
    let mut writes: Vec<Write> = (0..20).map(|number| create(meet(number))).collect();
    writes.extend((0..20).map(|number| append(meet(number), 3, vec![update(1)])));
    for (no, write) in (1..).zip(&mut writes) {
        write.no = WriteNo(no);
    }
    for write in writes {
        storage.write(write);
    }
    storage.note(NOW, Note { meet: Some(meet(3)), text: "two\nlines".into() });
    storage.note(NOW, Note { meet: None, text: "all".into() });
    drop(storage);
    let mut told = Vec::new();
    let mut appends = 0;
    while let Some(report) = reports.recv().await {
        let done = report.unwrap();
        appends += done.counts.appends;
        assert!(done.counts.syncs >= done.writes.len() as u64);
        told.extend(done.writes);
    }
    let expected: Vec<_> = (1..=40).map(|no| (WriteNo(no), Outcome::Written)).collect();
    assert_eq!((told, appends), (expected, 40));
    assert!(open(&dir).meets.iter().all(|stored| stored.lines.len() == 4));
    let note = fs::read_to_string(dir.path().join("current-meets/000000003/diag.log")).unwrap();
    assert_eq!(note, "2023-11-14T22:13:20Z two lines\n");
    assert!(fs::read_to_string(dir.path().join("diag.log")).unwrap().ends_with(" all\n"));
}

/// `diag.log` never takes more than two files.
#[test]
fn notes_are_bounded() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("diag.log");
    fs::write(&path, "x".repeat(usize::try_from(diag::MOST).unwrap())).unwrap();
    diag::note(dir.path(), NOW, "new");
    assert_eq!(fs::read_to_string(&path).unwrap(), "2023-11-14T22:13:20Z new\n");
    assert_eq!(fs::metadata(dir.path().join("diag.log.1")).unwrap().len(), diag::MOST);
}
