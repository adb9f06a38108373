//! One write of the engine's. Everything but lines is durable when it is done; lines wait for [`Files::sync`], so that
//! many meets' share what a sync costs. No space: everything is taken back and the next write may come. Any other
//! failure leaves it open what the disk holds, and is the end.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use scorelay_engine::meets::{Publication, Write, WriteWhat};
use scorelay_meets::chain::then;
use scorelay_meets::json::line_to_json;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::receipt::SealedRecord;

use super::disk::{self, is_full};
use super::records::{self, Record};
use super::{
    AUTH, Counts, Files, FilesError, Folder, LOG, LogEnd, SESSIONS, TOMBSTONES, beside, folder, free_name, parent,
    publication_names,
};

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    /// It is done; lines once they are synced.
    Done,
    /// There is no space. Nothing of it is there.
    NoSpace,
}

impl Files {
    /// Does a write.
    ///
    /// # Errors
    /// [`FilesError::Failed`]: nothing may be written any more.
    pub(super) fn write(&mut self, Write { meet, what, .. }: &Write) -> Result<Wrote, FilesError> {
        let path = match what {
            WriteWhat::Create { .. } => parent(&self.dir, false),
            _ => self.folder(*meet)?,
        };
        let written = match what {
            WriteWhat::Create { auth, sessions, lines } => self.create(*meet, auth, &sessions.text(), lines),
            WriteWhat::Lines { after, lines } => self.append(*meet, *after, lines),
            WriteWhat::Log(lines) => self.replace_log(*meet, &path, lines),
            WriteWhat::Auth(auth) => self.replace(&path, AUTH, auth.text().as_bytes()),
            WriteWhat::Sessions(sessions) => self.replace(&path, SESSIONS, sessions.text().as_bytes()),
            WriteWhat::Publication(publication) => self.publication(&path, publication),
            WriteWhat::Finish => self.move_to(*meet, true),
            WriteWhat::Reopen => self.move_to(*meet, false),
            WriteWhat::Remove(uid) => self.remove(*meet, *uid),
        };
        match written {
            Ok(()) => Ok(Wrote::Done),
            Err(error) if is_full(&error) => Ok(Wrote::NoSpace),
            Err(error) => Err(FilesError::failed(&path, &error)),
        }
    }

    /// Makes all lines durable that were written.
    ///
    /// # Errors
    /// [`FilesError::Failed`]: what of them is on the disk is not known, and a second try would not tell.
    pub(super) fn sync(&mut self) -> Result<(), FilesError> {
        for (path, file) in std::mem::take(&mut self.dirty) {
            self.disk.sync(&file).map_err(|error| FilesError::failed(&path, &error))?;
            self.counts.syncs += 1;
        }
        Ok(())
    }

    /// What was done since this was last asked.
    pub(super) fn counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    /// A meet's folder.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn folder(&self, meet: MeetId) -> Result<std::path::PathBuf, FilesError> {
        match self.meets.get(&meet) {
            Some(known) => Ok(folder(&self.dir, meet, known.finished)),
            None => Err(FilesError::failed(&folder(&self.dir, meet, false), &"there is no such meet")),
        }
    }

    fn create(&mut self, meet: MeetId, auth: &SealedRecord, sessions: &str, lines: &[Line]) -> io::Result<()> {
        let path = folder(&self.dir, meet, false);
        let new = beside(&path, ".new");
        let (text, log) = rendered(LogEnd::default(), lines);
        // Left behind by one that found no space, and could not be removed then.
        let _ = fs::remove_dir_all(&new);
        let made = fs::create_dir(&new).and_then(|()| {
            disk::make(&mut *self.disk, &new.join(AUTH), auth.text().as_bytes())?;
            disk::make(&mut *self.disk, &new.join(SESSIONS), sessions.as_bytes())?;
            disk::make(&mut *self.disk, &new.join(LOG), text.as_bytes())?;
            disk::sync_dir(&mut *self.disk, &new)?;
            self.counts.syncs += 4;
            fs::rename(&new, &path)
        });
        if let Err(error) = made {
            // Where even that fails, the next start does it.
            let _ = fs::remove_dir_all(&new);
            return Err(error);
        }
        self.counts.appends += 1;
        self.meets.insert(meet, Folder { finished: false, log });
        self.sync_dir(&parent(&self.dir, false))
    }

    /// Lines at the end; where there is no space for all of them, the file is cut back to what it was.
    fn append(&mut self, meet: MeetId, after: MeetSeq, lines: &[Line]) -> io::Result<()> {
        let Some(Folder { finished, log: end }) = self.meets.get(&meet).copied() else { return Err(unexpected()) };
        let path = folder(&self.dir, meet, finished).join(LOG);
        let mut file = File::options().append(true).open(&path)?;
        if after != end.seq || file.metadata()?.len() != end.bytes {
            return Err(unexpected());
        }
        let (text, log) = rendered(end, lines);
        let written = self.disk.write(&mut file, text.as_bytes());
        let written = match written {
            Err(error) if is_full(&error) => {
                file.set_len(end.bytes).map_err(io::Error::other)?;
                Err(error)
            }
            Err(error) => return Err(error),
            Ok(()) => {
                self.counts.appends += 1;
                self.meets.insert(meet, Folder { finished, log });
                Ok(())
            }
        };
        if self.dirty.iter().all(|(known, _)| *known != path) {
            self.dirty.push((path, file));
        }
        written
    }

    /// The log that is there keeps its bytes under another name.
    fn replace_log(&mut self, meet: MeetId, dir: &Path, lines: &[Line]) -> io::Result<()> {
        let Some(Folder { finished, .. }) = self.meets.get(&meet).copied() else { return Err(unexpected()) };
        let path = dir.join(LOG);
        let (text, log) = rendered(LogEnd::default(), lines);
        let old = free_name(&path, "old");
        fs::hard_link(&path, &old)?;
        if let Err(error) = disk::replace(&mut *self.disk, &path, text.as_bytes()) {
            let _ = fs::remove_file(&old);
            return Err(error);
        }
        // What was written to the old one is not worth a sync any more.
        self.dirty.retain(|(dirty, _)| *dirty != path);
        self.counts.appends += 1;
        self.counts.syncs += 1;
        self.meets.insert(meet, Folder { finished, log });
        self.sync_dir(dir)
    }

    fn replace(&mut self, dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        disk::replace(&mut *self.disk, &dir.join(name), bytes)?;
        self.counts.syncs += 1;
        self.sync_dir(dir)
    }

    /// The results stand there before anything says so.
    fn publication(&mut self, dir: &Path, publication: &Publication) -> io::Result<()> {
        let (csv, json) = publication_names(publication.number);
        let csv = dir.join(csv);
        let known = fs::read(&csv).is_ok_and(|there| there == publication.csv);
        if !known {
            disk::replace(&mut *self.disk, &csv, &publication.csv)?;
            self.counts.syncs += 1;
        }
        let text = records::publication_text(publication);
        self.replace(dir, &json, text.as_bytes()).inspect_err(|_| {
            if !known && !dir.join(&json).exists() {
                let _ = fs::remove_file(&csv);
            }
        })
    }

    fn move_to(&mut self, meet: MeetId, to_finished: bool) -> io::Result<()> {
        let Some(Folder { finished, log }) = self.meets.get(&meet).copied() else { return Err(unexpected()) };
        if finished == to_finished {
            return Ok(());
        }
        // Lines that wait for a sync are found under their new name.
        let (from, to) = (folder(&self.dir, meet, finished), folder(&self.dir, meet, to_finished));
        fs::rename(&from, &to)?;
        self.meets.insert(meet, Folder { finished: to_finished, log });
        self.sync_dir(&parent(&self.dir, to_finished))?;
        self.sync_dir(&parent(&self.dir, finished))
    }

    /// The tombstone comes first: a folder that is left behind goes at the next start.
    fn remove(&mut self, meet: MeetId, uid: MeetUid) -> io::Result<()> {
        let Some(Folder { finished, .. }) = self.meets.get(&meet).copied() else { return Err(unexpected()) };
        let path = self.dir.join(TOMBSTONES);
        let mut file = File::options().create(true).append(true).open(&path)?;
        let before = file.metadata()?.len();
        if let Err(error) = self.disk.write(&mut file, records::tombstone_text(meet, uid).as_bytes()) {
            if is_full(&error) {
                file.set_len(before).map_err(io::Error::other)?;
            }
            return Err(error);
        }
        self.disk.sync(&file).map_err(io::Error::other)?;
        self.counts.syncs += 1;
        self.sync_dir(&self.dir.clone())?;
        let dir = folder(&self.dir, meet, finished);
        let gone = beside(&dir, ".gone");
        fs::rename(&dir, &gone)?;
        self.meets.remove(&meet);
        self.dirty.retain(|(path, _)| !path.starts_with(&dir));
        self.sync_dir(&parent(&self.dir, finished))?;
        fs::remove_dir_all(&gone)
    }

    /// A folder's sync that fails for want of space is a failure like any other: the names are changed already.
    fn sync_dir(&mut self, dir: &Path) -> io::Result<()> {
        self.counts.syncs += 1;
        disk::sync_dir(&mut *self.disk, dir).map_err(io::Error::other)
    }
}

/// Lines as text, and where a log that ended at `end` ends with them.
fn rendered(end: LogEnd, lines: &[Line]) -> (String, LogEnd) {
    let LogEnd { bytes, mut seq, mut hash } = end;
    let mut text = String::new();
    for line in lines {
        seq = MeetSeq(seq.0 + 1);
        hash = then(hash, line);
        text.push_str(&line_to_json(seq, line, hash));
        text.push('\n');
    }
    let bytes = bytes + text.len() as u64;
    (text, LogEnd { bytes, seq, hash })
}

/// Somebody else has been at the files.
fn unexpected() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is not as it was left")
}
