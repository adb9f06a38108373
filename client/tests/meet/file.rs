//! State files: what is kept in one, and what becomes of it when its end is torn off, a byte flips, or two programs
//! want it.

use std::path::PathBuf;

use scorelay_client::core::meet::{Change, Key, MeetDesk, Save, SavedMeet};
use scorelay_client::shell::meet::{StateFile, StateFileError};

use crate::hall::{Hall, text};

/// A folder of this test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("scorelay-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("desk.meet")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The saves of a desk that was offline for a while.
fn saves() -> (Vec<Save>, MeetDesk) {
    let mut hall = Hall::new(41);
    hall.meet(&["platform"]);
    hall.edit(1, "meet.name", text("one"));
    hall.settle();
    hall.disconnect(1);
    hall.edit(1, "meet.city", text("two"));
    hall.settle();
    let saved = SavedMeet::load(&hall.seats[1].kept).expect("it can be read").expect("it is there");
    (hall.seats[1].saves.clone(), MeetDesk::load(saved, 1))
}

fn loaded(saved: Option<SavedMeet>) -> MeetDesk {
    MeetDesk::load(saved.expect("it holds a meet"), 1)
}

/// L7: what was saved is there when the file is opened again, in one file or written anew.
#[test]
fn a_state_file_keeps_a_desk() {
    let folder = Folder::new("keeps");
    let (saves, desk) = saves();
    let (mut file, saved) = StateFile::open(&folder.file()).unwrap();
    assert!(saved.is_none());
    saves.iter().for_each(|save| file.save(save).unwrap());
    drop(file);
    let (mut file, saved) = StateFile::open(&folder.file()).unwrap();
    let again = loaded(saved);
    assert_eq!((again.log().hash(), again.pending()), (desk.log().hash(), 1));
    assert_eq!(again.shown(), desk.shown());
    let session = file.kept()[&Key::Session].clone();
    for number in 0..400 {
        file.save(&Save { number, changes: vec![Change::Put(Key::Session, session.clone())] }).unwrap();
    }
    drop(file);
    let long = std::fs::metadata(folder.file()).unwrap().len();
    let (file, saved) = StateFile::open(&folder.file()).unwrap();
    assert_eq!(loaded(saved).shown(), desk.shown());
    assert!(std::fs::metadata(folder.file()).unwrap().len() < long / 4, "it is written anew");
    drop(file);
    assert_eq!(loaded(StateFile::open(&folder.file()).unwrap().1).log().hash(), desk.log().hash());
}

/// L7: a record that was not written to its end was never saved: the file is good up to there, wherever it is cut.
#[test]
fn a_torn_end_is_cut_off() {
    let folder = Folder::new("torn");
    let (saves, _) = saves();
    let (mut file, _) = StateFile::open(&folder.file()).unwrap();
    let mut ends = vec![std::fs::metadata(folder.file()).unwrap().len()];
    for save in &saves {
        file.save(save).unwrap();
        ends.push(std::fs::metadata(folder.file()).unwrap().len());
    }
    drop(file);
    let whole = std::fs::read(folder.file()).unwrap();
    for cut in (ends[0]..=whole.len() as u64).rev().step_by(7) {
        std::fs::write(folder.file(), &whole[..usize::try_from(cut).unwrap()]).unwrap();
        let done = ends.iter().filter(|end| **end <= cut).count() - 1;
        let mut kept = std::collections::BTreeMap::new();
        saves[..done].iter().for_each(|save| save.apply(&mut kept));
        let (mut file, _) = StateFile::open(&folder.file()).unwrap();
        assert_eq!(*file.kept(), kept, "cut at {cut}");
        // What is saved next is not behind the torn end.
        for save in &saves[done..] {
            file.save(save).unwrap();
            save.apply(&mut kept);
        }
        drop(file);
        assert_eq!(*StateFile::open(&folder.file()).unwrap().0.kept(), kept);
    }
}

/// L7: a byte that flipped, wherever it is, is told, and the file stays as it is.
#[test]
fn a_flipped_byte_is_told() {
    let folder = Folder::new("flipped");
    let (saves, _) = saves();
    let (mut file, _) = StateFile::open(&folder.file()).unwrap();
    saves.iter().for_each(|save| file.save(save).unwrap());
    drop(file);
    let whole = std::fs::read(folder.file()).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(folder.file(), &bytes).unwrap();
        let refused = StateFile::open(&folder.file());
        let told = matches!(refused, Err(StateFileError::Damaged { .. } | StateFileError::NotOne(_)));
        assert!(told, "byte {at}: {:?}", refused.map(drop));
        assert_eq!(std::fs::read(folder.file()).unwrap(), bytes);
    }
}

/// L7: one program at a time; the file is nobody else's to read.
#[test]
fn a_state_file_is_used_by_one() {
    let folder = Folder::new("one");
    let (file, _) = StateFile::open(&folder.file()).unwrap();
    assert!(matches!(StateFile::open(&folder.file()), Err(StateFileError::InUse(_))));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(folder.file()).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(file);
    assert!(StateFile::open(&folder.file()).is_ok());
}
