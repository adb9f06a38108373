//! A simulated disk under the meets: writes become durable some time later. Of those that were not when the process or
//! the machine died, each is there, is gone, or is torn, whatever became of the others. A sync can fail, which the
//! process must not outlive. It can be full, be wiped, and be put back as it was earlier. What is read from it is what
//! the real server's files would give.

use std::collections::{BTreeMap, VecDeque};

use scorelay_engine::meets::{Publication, SessionRecord, StoredMeet, Write, WriteNo, WriteWhat};
use scorelay_protocol::meet::ids::{MeetId, MeetUid};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::receipt::SealedRecord;

use crate::random::Random;

/// What lies on the disk for good.
#[derive(Debug, Clone, Default)]
pub struct Files {
    meets: BTreeMap<MeetId, Folder>,
    tombstones: Vec<(MeetId, MeetUid)>,
}

#[derive(Debug, Clone)]
struct Folder {
    auth: SealedRecord,
    sessions: Vec<SessionRecord>,
    lines: Vec<Line>,
    finished: bool,
    publication: Option<Publication>,
    /// Whether half a line stands at the end of the log.
    torn: bool,
}

/// A disk.
#[derive(Debug, Default)]
pub struct MeetDisk {
    durable: Files,
    written: VecDeque<Write>,
    /// Whether it takes no more lines.
    pub full: bool,
    /// How many of the next syncs fail.
    pub failing: u64,
}

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is under way.
    Written,
    /// There is no space.
    NoSpace,
}

impl MeetDisk {
    /// Writes; durable only when [`MeetDisk::synced`].
    pub fn write(&mut self, write: Write) -> Taken {
        let grows = matches!(
            write.what,
            WriteWhat::Create { .. } | WriteWhat::Lines { .. } | WriteWhat::Log(_) | WriteWhat::Publication(_)
        );
        if self.full && grows {
            return Taken::NoSpace;
        }
        self.written.push_back(write);
        Taken::Written
    }

    /// Everything up to this write is durable; gives the numbers of those that were not.
    pub fn synced(&mut self, up_to: WriteNo) -> Vec<WriteNo> {
        let mut synced = Vec::new();
        while let Some(write) = self.written.pop_front_if(|write| write.no <= up_to) {
            synced.push(write.no);
            self.durable.apply(write, None);
        }
        synced
    }

    /// Whether the sync of everything up to this write fails. Nobody knows then what of it is there, so the process
    /// ends, and what it wrote goes the way of [`MeetDisk::crash`].
    pub fn fails(&mut self, up_to: WriteNo) -> bool {
        let fails = self.failing > 0 && self.written.front().is_some_and(|write| write.no <= up_to);
        self.failing -= u64::from(fails);
        fails
    }

    /// The process or the machine dies: each write, of which a meet has one at most, is there, is gone or, of lines,
    /// stops somewhere.
    pub fn crash(&mut self, random: &mut Random) {
        for write in self.written.drain(..) {
            let whole = match (&write.what, random.below(3)) {
                (_, 0) => continue,
                (WriteWhat::Lines { lines, .. }, 1) => Some(random.below(lines.len() as u64) as usize),
                _ => None,
            };
            self.durable.apply(write, whole);
        }
    }

    /// Writes that are not durable yet.
    pub fn pending(&self) -> usize {
        self.written.len()
    }

    /// A copy of what is durable now.
    pub fn backup(&self) -> Files {
        self.durable.clone()
    }

    /// Puts a copy back in place of everything. Nothing may be running on it.
    pub fn restore(&mut self, files: Files) {
        self.written.clear();
        self.durable = files;
    }

    /// The last lines of a meet's log are torn off. Nothing may be running on it.
    pub fn truncate(&mut self, meet: MeetId, lines: usize) {
        if let Some(folder) = self.durable.meets.get_mut(&meet) {
            folder.lines.truncate(folder.lines.len().saturating_sub(lines));
        }
    }

    /// What a start reads; half a line is set aside with that.
    pub fn load(&mut self) -> (Vec<StoredMeet>, Vec<(MeetId, MeetUid)>) {
        let stored = self.durable.meets.values_mut().map(|folder| StoredMeet {
            auth: folder.auth,
            sessions: folder.sessions.clone(),
            lines: folder.lines.clone(),
            finished: folder.finished,
            publication: folder.publication.clone(),
            set_aside: std::mem::take(&mut folder.torn).then(|| "its last line is torn".to_owned()),
        });
        (stored.collect(), self.durable.tombstones.clone())
    }

    /// The durable lines of a meet.
    pub fn lines(&self, meet: MeetId) -> Option<&[Line]> {
        self.durable.meets.get(&meet).map(|folder| folder.lines.as_slice())
    }
}

impl Files {
    /// Does a write; of lines, where `whole` says how many, only those and half of the next.
    fn apply(&mut self, Write { meet, what, .. }: Write, whole: Option<usize>) {
        if let WriteWhat::Create { auth, sessions, lines } = what {
            self.meets.insert(meet, Folder { auth, sessions, lines, finished: false, publication: None, torn: false });
            return;
        }
        let Some(folder) = self.meets.get_mut(&meet) else { return };
        match what {
            WriteWhat::Create { .. } => {}
            WriteWhat::Lines { after, lines } => {
                folder.lines.truncate(usize::try_from(after.0).unwrap_or(usize::MAX));
                folder.torn = whole.is_some();
                folder.lines.extend(lines.into_iter().take(whole.unwrap_or(usize::MAX)));
            }
            WriteWhat::Log(lines) => folder.lines = lines,
            WriteWhat::Auth(auth) => folder.auth = auth,
            WriteWhat::Sessions(sessions) => folder.sessions = sessions,
            WriteWhat::Publication(publication) => folder.publication = Some(publication),
            WriteWhat::Finish => folder.finished = true,
            WriteWhat::Reopen => folder.finished = false,
            WriteWhat::Remove(uid) => {
                self.meets.remove(&meet);
                self.tombstones.push((meet, uid));
            }
        }
    }
}
