//! Every byte of a meet's files flipped, in several ways, and every length that they can be cut to: the core starts on
//! it and serves what stood before the damage or sets aside what it must, and a desk that holds the whole meet brings
//! all of it back.

use std::collections::HashSet;
use std::mem::discriminant;

use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::answer::{Claimed, MeetAnswer};
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest};

use super::house::{House, Whole, load, part};
use super::*;

/// A file as it is found after something happened to it.
struct Damaged<'a> {
    name: &'a str,
    bytes: Vec<u8>,
    /// Where the first byte is that differs, or is missing.
    at: usize,
    cut: bool,
}

impl std::fmt::Display for Damaged<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, bytes, at, cut } = self;
        if *cut { write!(f, "{name} cut at {at}") } else { write!(f, "{name} with {:#04x} at {at}", bytes[*at]) }
    }
}

/// What a start must make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing is wrong; so many lines.
    Good(usize),
    /// The file is set aside; so many lines.
    FileAside(usize),
    /// The folder is set aside.
    FolderAside,
}

/// Every way in which a file is damaged here: bits flipped that make another letter, another case, no text at all, and
/// every shorter length.
fn damages<'a>(name: &'a str, whole: &'a [u8]) -> impl Iterator<Item = Damaged<'a>> {
    (0..whole.len()).flat_map(move |at| {
        let flipped = [0x01, 0x20, 0x80].map(|bits| {
            let mut bytes = whole.to_vec();
            bytes[at] ^= bits;
            Damaged { name, bytes, at, cut: false }
        });
        flipped.into_iter().chain([Damaged { name, bytes: whole[..at].to_vec(), at, cut: true }])
    })
}

/// A data directory that one damage after the other is done to.
struct Bench {
    whole: Whole,
    dir: TempDir,
    /// After what is found once, desks do the same each time.
    brought_back: Vec<Found>,
}

impl Bench {
    fn new() -> Self {
        let whole = House::rich_meet();
        Self { dir: whole.laid_out(), whole, brought_back: Vec::new() }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("current-meets").join(self.whole.meet.digits())
    }

    /// Starts on a damaged file, looks at what is found, and has everything brought back.
    fn check(&mut self, damaged: &Damaged<'_>, expected: Found) {
        let (folder, path) = (self.folder(), self.folder().join(damaged.name));
        fs::write(&path, &damaged.bytes).unwrap();
        let loaded = load(self.dir.path());
        let diag = match expected {
            Found::FolderAside => {
                assert!(loaded.meets.is_empty() && !folder.exists(), "{damaged}");
                let kept = fs::read(beside(&folder, ".bad-1").join(damaged.name)).unwrap();
                assert!(kept == damaged.bytes, "{damaged}");
                Some(self.dir.path().join("diag.log"))
            }
            Found::Good(lines) | Found::FileAside(lines) => {
                let stored = only(&loaded);
                let aside = matches!(expected, Found::FileAside(_));
                assert_eq!(stored.set_aside.is_some(), aside, "{damaged}: {:?}", stored.set_aside);
                assert!(stored.lines[..] == self.whole.lines[..lines] && stored.auth == self.whole.record, "{damaged}");
                let sessions = if damaged.name == "sessions.json" { 0 } else { 3 };
                assert_eq!(stored.sessions.len(), sessions, "{damaged}");
                assert!(stored.publication.is_some(), "{damaged}");
                let kept = fs::read(beside(&path, ".bad-1")).ok();
                assert!(kept == aside.then(|| damaged.bytes.clone()), "{damaged}");
                aside.then(|| folder.join("diag.log"))
            }
        };
        if let Some(diag) = &diag {
            let text = fs::read_to_string(diag).unwrap();
            assert!(text.contains("was set aside"), "{damaged}: {text}");
        }
        if !self.brought_back.contains(&expected) {
            self.bring_back(loaded, damaged, expected);
            self.brought_back.push(expected);
            self.dir = self.whole.laid_out();
        } else if let Some(diag) = diag {
            let undone = match expected {
                Found::FolderAside => fs::rename(beside(&folder, ".bad-1"), &folder),
                _ => fs::rename(beside(&path, ".bad-1"), &path),
            };
            undone.and_then(|()| fs::remove_file(diag)).unwrap();
        }
    }

    /// The second desk comes with all that it holds.
    fn bring_back(&self, loaded: Loaded, damaged: &Damaged<'_>, found: Found) {
        let Whole { meet, lines, receipt, record, .. } = &self.whole;
        let known = match found {
            Found::FolderAside => 0,
            Found::Good(known) | Found::FileAside(known) => known,
        };
        // A session goes on even where the line is lost by which its desk joined.
        let session = known > 0 && damaged.name != "sessions.json";
        let mut house = House::start(loaded, 2);
        let claimed = if known > 0 { Claimed::Known } else { Claimed::Wanted };
        assert_eq!(house.ask(MeetRequest::Claim(*record)), Ok(MeetAnswer::Claimed(claimed)), "{damaged}");
        let part = part(&codec::encode(lines));
        let recovered = house.desk(*meet, 2, DeskAsk::Recover { receipt: *receipt, part: part.clone() });
        if session {
            assert!(matches!(recovered, Ok(MeetAnswer::Recovered(_))), "{damaged}: {recovered:?}");
        } else {
            assert_eq!(recovered.map_err(|error| error.code), Err(ErrorCode::BadSession), "{damaged}");
            let restored = house.ask(MeetRequest::Restore { record: *record, receipt: *receipt, part });
            assert_eq!(restored, Ok(MeetAnswer::Restored), "{damaged}");
            house.join_again(*meet);
        }
        assert_eq!(house.pull(*meet, 2).lines[..lines.len()], *lines, "{damaged}");
        drop(house);
        let again = load(self.dir.path());
        let stored = only(&again);
        assert_eq!((stored.auth, &stored.set_aside, stored.finished), (*record, &None, false), "{damaged}");
        let (brought, more) = stored.lines.split_at(lines.len());
        assert_eq!(brought, lines, "{damaged}");
        assert!(more.iter().all(|line| matches!(line.what, What::Epoch(_))), "{damaged}: {more:?}");
    }
}

impl Whole {
    fn file(&self, name: &str) -> &[u8] {
        &self.files.iter().find(|(of, _)| of == name).expect("it is one of the meet's").1
    }

    /// A data directory of this meet, in memory where there is such a place.
    fn laid_out(&self) -> TempDir {
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let folder = dir.path().join("current-meets").join(self.meet.digits());
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in &self.files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        dir
    }
}

/// L10: of a log, what stands before the damage is served; without its first line nothing is.
#[test]
fn every_byte_of_a_log() {
    let name = "updates.json.log";
    let mut bench = Bench::new();
    let kinds: HashSet<_> = bench.whole.lines.iter().map(|line| discriminant(&line.what)).collect();
    assert_eq!(kinds.len(), 9, "there is a line of every kind");
    let whole = bench.whole.file(name).to_vec();
    for damaged in damages(name, &whole) {
        let lines = whole[..damaged.at].iter().filter(|byte| **byte == b'\n').count();
        let between = damaged.cut && damaged.bytes.ends_with(b"\n");
        let found = match lines {
            0 => Found::FolderAside,
            lines if between => Found::Good(lines),
            lines => Found::FileAside(lines),
        };
        bench.check(&damaged, found);
    }
    assert_eq!(bench.brought_back.len(), 2 * bench.whole.lines.len() - 1);
}

/// L10: a record that is damaged takes its folder with it, and the one that a desk holds makes it anew.
#[test]
fn every_byte_of_a_record() {
    let mut bench = Bench::new();
    let whole = bench.whole.file("auth.json").to_vec();
    damages("auth.json", &whole).for_each(|damaged| bench.check(&damaged, Found::FolderAside));
    assert_eq!(bench.brought_back, [Found::FolderAside]);
}

/// L10: without sessions the meet goes on, and desks join again.
#[test]
fn every_byte_of_the_sessions() {
    let mut bench = Bench::new();
    let whole = bench.whole.file("sessions.json").to_vec();
    let found = Found::FileAside(bench.whole.lines.len());
    damages("sessions.json", &whole).for_each(|damaged| bench.check(&damaged, found));
    assert_eq!(bench.brought_back, [found]);
}

/// L10: without results that were handed in the meet goes on, and the file that tells of them is kept under another
/// name.
#[test]
fn every_byte_of_a_publication() {
    let whole = House::rich_meet();
    let dir = whole.laid_out();
    let folder = dir.path().join("current-meets").join(whole.meet.digits());
    let told = folder.join("publication.json");
    for name in ["publication.json", "opl.csv"] {
        for damaged in damages(name, whole.file(name)) {
            fs::write(folder.join(name), &damaged.bytes).unwrap();
            let loaded = load(dir.path());
            let stored = only(&loaded);
            assert!(stored.set_aside.is_some() && stored.publication.is_none(), "{damaged}");
            assert!(stored.lines == whole.lines && stored.auth == whole.record, "{damaged}");
            fs::rename(beside(&told, ".bad-1"), &told).unwrap();
        }
        fs::write(folder.join(name), whole.file(name)).unwrap();
        assert!(only(&load(dir.path())).publication.is_some());
    }
}
