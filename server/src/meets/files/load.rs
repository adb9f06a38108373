//! What a start reads: every line is checked against the chain, every other file against its checksum. What is not as
//! it was written is set aside under another name, never deleted, and what stands before it goes on; a folder without a
//! usable log or `auth.json` is set aside whole, so that desks can bring the meet back.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use scorelay_engine::meets::{Publication, SessionRecord, StoredMeet};
use scorelay_meets::chain::then;
use scorelay_meets::json::line_from_json;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::receipt::SealedRecord;

use super::disk::{self, Disk, RealDisk};
use super::records::{self, Record};
use super::{
    AUTH, Counts, Files, FilesError, Folder, LOG, LogEnd, SESSIONS, TOMBSTONES, diag, folder, free_name, parent,
    publication_names,
};

/// Everything there was.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// To go on writing.
    pub(crate) files: Files,
    /// Current and finished meets.
    pub(crate) meets: Vec<StoredMeet>,
    /// Meets that were cleared away.
    pub(crate) tombstones: Vec<(MeetId, MeetUid)>,
}

type Read<T> = Result<T, FilesError>;

impl Files {
    /// Reads all meets of a data directory that is ours; folders are made if there are none.
    ///
    /// # Errors
    /// [`FilesError::Unreadable`] when something cannot be read, whatever it holds, or something damaged cannot be set
    /// aside.
    pub(crate) fn open(dir: &Path, now: UnixMillis) -> Read<Loaded> {
        Self::open_on(dir, now, Box::new(RealDisk))
    }

    pub(super) fn open_on(dir: &Path, now: UnixMillis, disk: Box<dyn Disk>) -> Read<Loaded> {
        let files =
            Self { dir: dir.to_owned(), disk, meets: BTreeMap::new(), dirty: Vec::new(), counts: Counts::default() };
        let mut loading = Loading { files, now, meets: BTreeMap::new(), tombstones: Vec::new() };
        loading.all()?;
        let Loading { files, meets, tombstones, .. } = loading;
        Ok(Loaded { files, meets: meets.into_values().collect(), tombstones })
    }
}

struct Loading {
    files: Files,
    now: UnixMillis,
    meets: BTreeMap<MeetId, StoredMeet>,
    tombstones: Vec<(MeetId, MeetUid)>,
}

/// What a log's file comes to.
struct GoodLines {
    lines: Vec<Line>,
    end: LogEnd,
    /// What is wrong with the first line that is not among them.
    bad: Option<String>,
}

impl Loading {
    fn all(&mut self) -> Read<()> {
        for finished in [false, true] {
            let path = parent(&self.files.dir, finished);
            // They hold birth dates and hashes of passwords.
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(|error| FilesError::unreadable(&path, &error))?;
        }
        self.sync(&self.files.dir.clone())?;
        self.tombstones()?;
        for finished in [false, true] {
            let path = parent(&self.files.dir, finished);
            for found in names(&path)? {
                let digits = found.len() == 9 && found.bytes().all(|byte| byte.is_ascii_digit());
                match found.parse::<MeetId>() {
                    Ok(meet) if digits => self.meet(meet, finished)?,
                    _ if found.ends_with(".new") || found.ends_with(".gone") => remove_all(&path.join(&found))?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// A line that is damaged is lost, those after it are not.
    fn tombstones(&mut self) -> Read<()> {
        let path = self.files.dir.join(TOMBSTONES);
        let bytes = read(&path)?.unwrap_or_default();
        let mut good = Vec::new();
        let mut damaged = false;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
            match text.and_then(records::read_tombstone) {
                Some(stone) => {
                    self.tombstones.push(stone);
                    good.extend_from_slice(line);
                }
                None => damaged = true,
            }
        }
        if damaged {
            self.set_aside(None, &path, "a line is not what was written", &good)?;
        }
        Ok(())
    }

    fn meet(&mut self, meet: MeetId, finished: bool) -> Read<()> {
        let dir = folder(&self.files.dir, meet, finished);
        for name in names(&dir)?.iter().filter(|name| name.ends_with(".new")) {
            remove_all(&dir.join(name))?;
        }
        let auth: Option<SealedRecord> = read_record(&dir.join(AUTH))?;
        let Some(GoodLines { lines, end, bad }) = self.lines(&dir)? else {
            return self.give_up(&dir, "it has no log");
        };
        let (Some(auth), Some(Line { what: What::Created { id, uid, .. }, .. })) = (auth, lines.first()) else {
            return self.give_up(&dir, "its auth.json or the first line of its log is missing or damaged");
        };
        if (*id, *uid) != (meet, auth.record.uid) || auth.record.meet != meet {
            return self.give_up(&dir, "its files belong to different meets");
        }
        if self.tombstones.iter().any(|(_, gone)| gone == uid) {
            return remove_all(&dir);
        }
        // After a move that was not synced, or a backup that was put over what was there.
        if let Some(other) = self.meets.get(&meet) {
            if other.lines.len() >= lines.len() {
                return self.give_up(&dir, "the meet is there twice, and the other one goes further");
            }
            let other = folder(&self.files.dir, meet, !finished);
            self.give_up(&other, "the meet is there twice, and the other one goes further")?;
        }
        let mut wrong = Vec::new();
        if let Some(bad) = bad {
            let good = read(&dir.join(LOG))?.unwrap_or_default();
            let good = &good[..usize::try_from(end.bytes).unwrap_or(good.len()).min(good.len())];
            wrong.push(self.set_aside(Some(&dir), &dir.join(LOG), &bad, good)?);
        }
        let sessions = match read_record::<Vec<SessionRecord>>(&dir.join(SESSIONS))? {
            Some(sessions) => sessions,
            None => {
                let none = Vec::<SessionRecord>::new();
                let why = "it is missing or damaged: desks join again";
                wrong.push(self.set_aside(Some(&dir), &dir.join(SESSIONS), why, none.text().as_bytes())?);
                none
            }
        };
        let publication = self.publication(&dir, &mut wrong)?;
        self.files.meets.insert(meet, Folder { finished, log: end });
        let set_aside = (!wrong.is_empty()).then(|| wrong.join("; "));
        self.meets.insert(meet, StoredMeet { auth, sessions, lines, finished, publication, set_aside });
        Ok(())
    }

    /// The lines up to the first that is not what was written; `None` without a file. They are durable before anybody
    /// sees them: a process that was killed may not have come to that.
    fn lines(&mut self, dir: &Path) -> Read<Option<GoodLines>> {
        let path = dir.join(LOG);
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let synced = fs::File::open(&path).and_then(|file| self.files.disk.sync(&file));
        synced.map_err(|error| FilesError::unreadable(&path, &error))?;
        let mut log = MeetLog::new();
        let mut end = LogEnd::default();
        let mut bad = None;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let seq = MeetSeq(end.seq.0 + 1);
            match good_line(&log, seq, line) {
                Ok(line) => bad = log.push(line).err().map(|error| error.to_string()),
                Err(why) => bad = Some(format!("line {seq}: {why}")),
            }
            if bad.is_some() {
                break;
            }
            end = LogEnd { bytes: end.bytes + line.len() as u64, seq, hash: log.hash() };
        }
        Ok(Some(GoodLines { lines: log.lines_after(MeetSeq(0)).to_vec(), end, bad }))
    }

    /// The last publication.
    fn publication(&self, dir: &Path, wrong: &mut Vec<String>) -> Read<Option<Publication>> {
        let mut last = None;
        for number in 1u32.. {
            let (csv, json) = publication_names(number);
            let (csv, path) = (read(&dir.join(csv))?, dir.join(json));
            let Some(text) = read(&path)? else { break };
            let text = String::from_utf8(text).ok();
            match text.zip(csv).and_then(|(text, csv)| records::read_publication(&text, csv)) {
                Some(publication) => last = Some(publication),
                None => {
                    let to = free_name(&path, "bad");
                    fs::rename(&path, &to).map_err(|e| FilesError::unreadable(&path, &e))?;
                    wrong.push(format!("{}: it or its results are missing or damaged", path.display()));
                    break;
                }
            }
        }
        Ok(last)
    }

    /// Keeps a damaged file under another name and goes on with these bytes in its place.
    fn set_aside(&mut self, dir: Option<&Path>, path: &Path, why: &str, good: &[u8]) -> Read<String> {
        let failed = |error: std::io::Error| FilesError::unreadable(path, &error);
        let kept = free_name(path, "bad");
        if path.exists() {
            fs::hard_link(path, &kept).map_err(failed)?;
        }
        disk::replace(&mut *self.files.disk, path, good).map_err(|error| {
            // It is as it was, and the next start would keep it once more.
            let _ = fs::remove_file(&kept);
            failed(error)
        })?;
        let dir = dir.unwrap_or(&self.files.dir).to_owned();
        self.sync(&dir)?;
        let text = format!("{} was set aside: {why}", path.display());
        diag::note(&dir, self.now, &text);
        tracing::warn!("{text}");
        Ok(text)
    }

    /// A folder that is no meet any more.
    fn give_up(&mut self, dir: &Path, why: &str) -> Read<()> {
        let to = free_name(dir, "bad");
        fs::rename(dir, &to).map_err(|error| FilesError::unreadable(dir, &error))?;
        self.sync(dir.parent().unwrap_or(dir))?;
        let text = format!("{} was set aside as {}: {why}", dir.display(), to.display());
        diag::note(&self.files.dir, self.now, &text);
        tracing::error!("{text}. Its desks can bring it back");
        Ok(())
    }

    fn sync(&mut self, dir: &Path) -> Read<()> {
        disk::sync_dir(&mut *self.files.disk, dir).map_err(|error| FilesError::unreadable(dir, &error))
    }
}

/// The line in these bytes, if it is the one that was written there.
fn good_line(log: &MeetLog, seq: MeetSeq, bytes: &[u8]) -> Result<Line, String> {
    let text = bytes.strip_suffix(b"\n").ok_or("it was not written to its end")?;
    let text = std::str::from_utf8(text).map_err(|_| "not text")?;
    let read = line_from_json(text).map_err(|error| error.to_string())?;
    if read.seq != seq || then(log.hash(), &read.line) != read.hash {
        return Err("its number or hash is another one's".into());
    }
    Ok(read.line)
}

/// `None` where there is none, or one that is damaged.
fn read_record<T: Record>(path: &Path) -> Read<Option<T>> {
    Ok(read(path)?.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| T::read(&text)))
}

/// A file's bytes; `None` where there is no file.
fn read(path: &Path) -> Read<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FilesError::unreadable(path, &error)),
    }
}

/// Names in a folder, in order.
fn names(path: &Path) -> Read<Vec<String>> {
    let failed = |error: std::io::Error| FilesError::unreadable(path, &error);
    let names = fs::read_dir(path).map_err(failed)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
    let names = names.collect::<Result<Vec<_>, std::io::Error>>().map_err(failed)?;
    let mut names: Vec<String> = names.into_iter().flatten().collect();
    names.sort_unstable();
    Ok(names)
}

fn remove_all(path: &Path) -> Read<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|error| FilesError::unreadable(path, &error))
}
