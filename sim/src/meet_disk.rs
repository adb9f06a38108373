//! A simulated disk under the meets: writes are done in order, become durable some time later, and are lost in a crash if
//! they were not; of the last one that gets there, lines may be torn off. It can be full, be wiped, and be put back as it
//! was earlier. What is read from it is what the real server's files would give.

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
}

/// A disk.
#[derive(Debug, Default)]
pub struct MeetDisk {
    durable: Files,
    written: VecDeque<Write>,
    /// Whether it takes no more lines.
    pub full: bool,
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

    /// The process or the machine dies: any number of the oldest writes may have got there, of the next one perhaps some
    /// lines; the rest is gone.
    pub fn crash(&mut self, random: &mut Random) {
        let lucky = random.below(self.written.len() as u64 + 1) as usize;
        for write in self.written.drain(..lucky) {
            self.durable.apply(write, None);
        }
        if let Some(Write { no, meet, what: WriteWhat::Lines { after, lines } }) = self.written.pop_front() {
            let whole = random.below(lines.len() as u64 + 1) as usize;
            let what = WriteWhat::Lines { after, lines };
            self.durable.apply(Write { no, meet, what }, Some(whole));
        }
        self.written.clear();
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

    /// What a start reads.
    pub fn load(&self) -> (Vec<StoredMeet>, Vec<(MeetId, MeetUid)>) {
        let stored = self.durable.meets.values().map(|folder| StoredMeet {
            auth: folder.auth,
            sessions: folder.sessions.clone(),
            lines: folder.lines.clone(),
            finished: folder.finished,
            publication: folder.publication.clone(),
            set_aside: None,
        });
        (stored.collect(), self.durable.tombstones.clone())
    }

    /// The durable lines of a meet.
    pub fn lines(&self, meet: MeetId) -> Option<&[Line]> {
        self.durable.meets.get(&meet).map(|folder| folder.lines.as_slice())
    }
}

impl Files {
    /// Does a write; of lines only the first `whole`.
    fn apply(&mut self, Write { meet, what, .. }: Write, whole: Option<usize>) {
        if let WriteWhat::Create { auth, sessions, lines } = what {
            self.meets.insert(meet, Folder { auth, sessions, lines, finished: false, publication: None });
            return;
        }
        let Some(folder) = self.meets.get_mut(&meet) else { return };
        match what {
            WriteWhat::Create { .. } => {}
            WriteWhat::Lines { after, lines } => {
                folder.lines.truncate(usize::try_from(after.0).unwrap_or(usize::MAX));
                let whole = whole.unwrap_or(lines.len());
                folder.lines.extend(lines.into_iter().take(whole));
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
