//! Real files in temporary folders: what is written is read back. Damage is in `damage.rs` and, of every byte, in
//! `every_byte.rs`; a disk that is full or fails is in `disk.rs`; `house.rs` is a core on such files. All use what is
//! here.

mod damage;
mod disk;
mod every_byte;
mod house;

use std::fs;

use scorelay_engine::meets::{Publication, SessionRecord, StoredMeet, Write, WriteNo, WriteWhat};
use scorelay_meets::chain::ReceiptKey;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{
    Author, DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority,
};
use scorelay_protocol::meet::line::{Joined, Line, Location, Update, Verdict, What};
use scorelay_protocol::meet::path::EntryNo;
use scorelay_protocol::meet::receipt::{AuthRecord, PasswordHash, SealedRecord};
use scorelay_protocol::meet::request::SessionNo;
use scorelay_protocol::meet::value::{LeafValue, Value};
use tempfile::TempDir;

use super::write::Wrote;
use super::*;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

fn meet(number: u32) -> MeetId {
    MeetId::new(number).unwrap()
}

fn uid(meet: MeetId) -> MeetUid {
    let mut uid = [7; 16];
    uid[..9].copy_from_slice(meet.digits().as_bytes());
    MeetUid(uid)
}

fn auth(meet: MeetId) -> SealedRecord {
    let password = PasswordHash { log_n: 15, r: 8, p: 3, salt: [1; 16], hash: [2; 32] };
    ReceiptKey::new([3; 32]).seal_record(AuthRecord { meet, uid: uid(meet), number: 4, password })
}

fn sessions() -> Vec<SessionRecord> {
    let session = |no: u32, desk: Option<DeskId>| SessionRecord {
        no: SessionNo(no),
        token: [u8::try_from(no).unwrap(); 32],
        desk,
        location: "Platform \"1\"\n".into(),
        opened: NOW,
        expires: desk.map(|_| UnixMillis(NOW.0 + 5)),
    };
    vec![session(1, Some(DeskId([9; 16]))), session(2, None)]
}

fn first_lines(id: MeetId) -> Vec<Line> {
    let location = Location { name: "Platform 1".into(), priority: Priority::new(500).unwrap() };
    let joined = Joined { desk: DeskId([9; 16]), location: 0, first_entry: EntryNo(5_000) };
    [What::Created { id, uid: uid(id), locations: vec![location] }, What::Epoch(MeetEpoch(6)), What::Joined(joined)]
        .map(|what| Line { at: NOW, what })
        .into()
}

fn update(local: u64) -> Line {
    let update = Update {
        author: Author(0),
        local: LocalSeq(local),
        after: MeetPosition { epoch: MeetEpoch(6), seq: MeetSeq(3) },
        path: "meet.name".parse().unwrap(),
        value: Value::Leaf(LeafValue::Text(format!("Größe {local}"))),
        merged_from: None,
        verdict: Verdict::Accepted { overrules: Vec::new(), hidden_by: None },
    };
    Line { at: NOW, what: What::Update(update) }
}

fn publication(id: MeetId, number: u32) -> Publication {
    Publication {
        meet: id,
        uid: uid(id),
        number,
        name: "A meet".into(),
        return_address: "a@example.org".into(),
        seq: MeetSeq(3),
        at: NOW,
        csv: format!("Name\nÄnne {number}\n").into_bytes(),
        handed_over: None,
    }
}

fn write(meet: MeetId, what: WriteWhat) -> Write {
    Write { no: WriteNo(1), meet, what }
}

fn create(id: MeetId) -> Write {
    write(id, WriteWhat::Create { auth: auth(id), sessions: sessions(), lines: first_lines(id) })
}

fn append(id: MeetId, after: u64, lines: Vec<Line>) -> Write {
    write(id, WriteWhat::Lines { after: MeetSeq(after), lines })
}

fn open(dir: &TempDir) -> Loaded {
    Files::open(dir.path(), NOW).unwrap()
}

fn done(files: &mut Files, write: &Write) {
    assert_eq!(files.write(write), Ok(Wrote::Done));
    files.sync().unwrap();
}

/// A data directory with one meet of five lines.
fn one_meet(id: MeetId) -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut files = open(&dir).files;
    done(&mut files, &create(id));
    done(&mut files, &append(id, 3, vec![update(1), update(2)]));
    dir
}

fn only(loaded: &Loaded) -> &StoredMeet {
    assert_eq!(loaded.meets.len(), 1);
    &loaded.meets[0]
}

fn all_lines(id: MeetId) -> Vec<Line> {
    [first_lines(id), vec![update(1), update(2)]].concat()
}

/// L9, L18: everything is read back as it was written, from the files that the design names.
#[test]
fn what_is_written_is_read_back() {
    let id = meet(7_042_930);
    let dir = one_meet(id);
    let mut files = open(&dir).files;
    done(&mut files, &write(id, WriteWhat::Publication(publication(id, 1))));
    done(&mut files, &write(id, WriteWhat::Publication(publication(id, 2))));
    let placed = Publication { handed_over: Some("/results/1".into()), ..publication(id, 2) };
    done(&mut files, &write(id, WriteWhat::Publication(placed.clone())));
    done(&mut files, &write(id, WriteWhat::Finish));
    let loaded = open(&dir);
    let stored = only(&loaded);
    assert_eq!((stored.auth, &stored.sessions), (auth(id), &sessions()));
    assert_eq!((&stored.lines, stored.finished), (&all_lines(id), true));
    assert_eq!((&stored.publication, &stored.set_aside), (&Some(placed), &None));
    let folder = dir.path().join("finished-meets/007042930");
    let names = ["auth.json", "opl-2.csv", "opl.csv", "publication-2.json", "publication.json", "sessions.json"];
    let mut found: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, [&names[..], &["updates.json.log"]].concat());
    assert_eq!(fs::read_to_string(folder.join("opl.csv")).unwrap(), "Name\nÄnne 1\n");
    let log = fs::read_to_string(folder.join("updates.json.log")).unwrap();
    assert_eq!(log.lines().count(), 5);
    assert!(log.lines().nth(4).unwrap().contains(r#""path":"meet.name","value":"Größe 2""#), "{log}");
}

/// L9: sessions, record and folder change as a whole.
#[test]
fn records_and_folders_are_replaced() {
    let id = meet(1);
    let dir = one_meet(id);
    let mut files = open(&dir).files;
    let mut other = auth(id);
    other.record.number = 5;
    done(&mut files, &write(id, WriteWhat::Auth(other)));
    done(&mut files, &write(id, WriteWhat::Sessions(sessions()[..1].to_vec())));
    done(&mut files, &write(id, WriteWhat::Finish));
    done(&mut files, &write(id, WriteWhat::Reopen));
    done(&mut files, &append(id, 5, vec![update(3)]));
    let loaded = open(&dir);
    let stored = only(&loaded);
    assert_eq!((stored.auth.record.number, stored.sessions.len()), (5, 1));
    assert_eq!((stored.lines.len(), stored.finished), (6, false));
}

/// L10: another log takes the place of the one that is there, which keeps its bytes under another name.
#[test]
fn a_replaced_log_is_kept() {
    let id = meet(1);
    let dir = one_meet(id);
    let log = dir.path().join("current-meets/000000001/updates.json.log");
    let before = fs::read(&log).unwrap();
    let mut files = open(&dir).files;
    done(&mut files, &write(id, WriteWhat::Log(first_lines(id))));
    done(&mut files, &append(id, 3, vec![update(1)]));
    assert_eq!(fs::read(super::beside(&log, ".old-1")).unwrap(), before);
    assert_eq!(only(&open(&dir)).lines, all_lines(id)[..4]);
}

/// L11: a meet that was cleared away leaves its uid, also where the folder could not go.
#[test]
fn a_removed_meet_leaves_a_tombstone() {
    let id = meet(1);
    let dir = one_meet(id);
    let mut files = open(&dir).files;
    done(&mut files, &write(id, WriteWhat::Finish));
    let folder = dir.path().join("finished-meets/000000001");
    let copy = dir.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    done(&mut files, &write(id, WriteWhat::Remove(uid(id))));
    assert!(!folder.exists());
    fs::rename(&copy, &folder).unwrap();
    let loaded = open(&dir);
    assert_eq!((loaded.meets.len(), loaded.tombstones), (0, vec![(id, uid(id))]));
    assert!(!folder.exists());
}
