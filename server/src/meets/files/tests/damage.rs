//! What a start makes of files that were cut off, changed, removed or put back: nothing is ever read that was not
//! written, what is whole goes on, and what is not is kept under another name.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::meets::files::records::Record;

/// L10: wherever a log breaks off, what is whole before that is served, and goes on; the rest is kept.
#[test]
fn a_torn_tail_is_set_aside() {
    let id = meet(1);
    let dir = one_meet(id);
    let path = dir.path().join("current-meets/000000001/updates.json.log");
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1).collect();
    let about_an_end = |cut: &usize| ends.iter().any(|end| cut.abs_diff(*end) < 2);
    for cut in (ends[2]..whole.len()).filter(|cut| cut % 23 == 0 || about_an_end(cut)) {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut loaded = open(&dir);
        let lines = ends.iter().filter(|end| **end <= cut).count();
        let stored = only(&loaded);
        assert_eq!(stored.lines, all_lines(id)[..lines], "cut at {cut}");
        assert_eq!(stored.set_aside.is_some(), !ends.contains(&cut), "cut at {cut}");
        let after = u64::try_from(lines).unwrap();
        done(&mut loaded.files, &append(id, after, vec![update(after - 2)]));
        let again = open(&dir);
        assert_eq!((only(&again).lines.len(), &only(&again).set_aside), (lines + 1, &None), "cut at {cut}");
        let bad = beside(&path, ".bad-1");
        if bad.exists() {
            assert_eq!(fs::read(&bad).unwrap(), whole[..cut]);
            fs::remove_file(bad).unwrap();
        }
    }
}

/// L10: no record is ever read that was not written, whichever bit is another.
#[test]
fn a_flipped_bit_of_a_record_is_noticed() {
    let id = meet(1);
    let noticed = |text: &str, read: &dyn Fn(&str) -> bool| {
        assert!(read(text));
        for at in 0..text.len() * 8 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(!String::from_utf8(bytes).is_ok_and(|text| read(&text)), "bit {at} of {text}");
        }
    };
    noticed(&auth(id).text(), &|text| SealedRecord::read(text).is_some());
    noticed(&sessions().text(), &|text| Vec::<SessionRecord>::read(text).is_some());
    let csv = publication(id, 1).csv;
    noticed(&records::publication_text(&publication(id, 1)), &|text| {
        records::read_publication(text, csv.clone()).is_some()
    });
    noticed(records::tombstone_text(id, uid(id)).trim_end(), &|text| records::read_tombstone(text).is_some());
    let text = records::publication_text(&publication(id, 1));
    assert_eq!(records::read_publication(&text, b"other results".to_vec()), None);
}

/// L10: of files that are missing, those that can be done without are; else the folder is set aside, and its id is
/// free.
#[test]
fn missing_files_are_noticed() {
    for (name, there) in [("updates.json.log", false), ("auth.json", false), ("sessions.json", true)] {
        let id = meet(1);
        let dir = one_meet(id);
        fs::remove_file(dir.path().join("current-meets/000000001").join(name)).unwrap();
        let mut loaded = open(&dir);
        assert_eq!(loaded.meets.len(), usize::from(there), "{name}");
        if there {
            let stored = only(&loaded);
            assert!(stored.set_aside.is_some() && stored.sessions.is_empty() && stored.lines == all_lines(id));
        } else {
            done(&mut loaded.files, &create(id));
            assert_eq!(only(&open(&dir)).lines, first_lines(id), "{name}");
        }
    }
}

/// L10: an empty directory is a core without meets; leftovers of what was never finished are not meets.
#[test]
fn a_wiped_directory_is_empty() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("current-meets/000000001.new")).unwrap();
    fs::write(dir.path().join("current-meets/notes.txt"), "by hand").unwrap();
    let loaded = open(&dir);
    assert!(loaded.meets.is_empty() && loaded.tombstones.is_empty());
    assert!(!dir.path().join("current-meets/000000001.new").exists());
    assert!(dir.path().join("current-meets/notes.txt").exists());
    let mode = fs::metadata(dir.path().join("finished-meets")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "only for its owner");
}

/// L10: after a backup was put over it, of a meet that is there twice the one that goes further counts.
#[test]
fn of_two_folders_the_longer_log_counts() {
    let id = meet(1);
    let dir = one_meet(id);
    let mut files = open(&dir).files;
    done(&mut files, &write(id, WriteWhat::Finish));
    let mut other = open(&TempDir::new().unwrap()).files;
    other.dir = dir.path().to_owned();
    done(&mut other, &create(id));
    let loaded = open(&dir);
    assert_eq!((&only(&loaded).lines, only(&loaded).finished), (&all_lines(id), true));
    assert!(dir.path().join("current-meets/000000001.bad-1").exists());
}

/// A damaged tombstone is lost alone.
#[test]
fn a_damaged_tombstone_is_set_aside() {
    let dir = TempDir::new().unwrap();
    let line = |number: u32| records::tombstone_text(meet(number), uid(meet(number)));
    let text = line(1) + &line(2).replace("000-000-002", "000-000-003") + &line(4) + "{\"torn";
    fs::write(dir.path().join(TOMBSTONES), text).unwrap();
    let stones = [1, 4].map(|number| (meet(number), uid(meet(number))));
    assert_eq!(open(&dir).tombstones, stones);
    assert_eq!(open(&dir).tombstones, stones);
    assert!(dir.path().join("meet-tombstones.json.log.bad-1").exists());
}
