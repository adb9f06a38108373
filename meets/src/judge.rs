//! Which update stands: the rule of conflicts, and what else speaks against one.
//!
//! An update must outrank, by its location's priority, every accepted line of other clients on the same path that its
//! author had not seen; on a tie the standing one stays. One equal to what stands is accepted.

use std::ops::RangeInclusive;

use scorelay_protocol::meet::ids::{Author, MeetSeq};
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::line::{Rejection, Verdict};
use scorelay_protocol::meet::path::{EntryNo, Path};
use scorelay_protocol::meet::value::Value;

use crate::log::MeetLog;

/// Which lines an update's author had seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    up_to: MeetSeq,
    also: RangeInclusive<MeetSeq>,
}

impl Seen {
    /// Everything up to a line.
    pub(crate) fn up_to(up_to: MeetSeq) -> Self {
        // Lines up to 0 there are none.
        Self { up_to, also: MeetSeq(0)..=MeetSeq(0) }
    }

    /// These too.
    pub(crate) fn and(self, also: RangeInclusive<MeetSeq>) -> Self {
        Self { also, ..self }
    }

    fn has(&self, seq: MeetSeq) -> bool {
        seq <= self.up_to || self.also.contains(&seq)
    }
}

impl MeetLog {
    /// What is to be decided of an update by a desk that has joined, of a value that its path takes.
    pub(crate) fn judge(&self, author: Author, seen: Seen, path: Path, value: &Value) -> Verdict {
        match self.objection(author, path) {
            Some(rejection) => Verdict::Rejected(rejection),
            None => self.contest(author, &seen, path, value),
        }
    }

    fn objection(&self, author: Author, path: Path) -> Option<Rejection> {
        if self.is_finished() {
            return Some(Rejection::Late);
        }
        match path {
            Path::Entry(entry) if self.state.entry(entry).is_some() => Some(Rejection::EntryExists),
            Path::Entry(entry) if !self.desk(author).is_some_and(|desk| desk.owns(entry)) => {
                Some(Rejection::NotYourBlock)
            }
            Path::EntryLeaf(entry, _) | Path::Attempt(entry, ..) if self.state.entry(entry).is_none() => {
                Some(Rejection::NoSuchEntry)
            }
            Path::Stage(stage) if self.driver(stage) != Some(author) => Some(Rejection::NotDriver),
            _ => None,
        }
    }

    fn contest(&self, author: Author, seen: &Seen, path: Path, value: &Value) -> Verdict {
        let hidden_by = path.entry().and_then(|entry| self.deleted_by(entry));
        if self.state.get(path) == *value {
            return Verdict::Accepted { overrules: Vec::new(), hidden_by };
        }
        let own = self.priority(author);
        let unseen = self.stands.get(&path).into_iter().flatten();
        let rivals = unseen.filter(|stand| !seen.has(stand.seq) && stand.author != author);
        let mut overrules = Vec::new();
        let mut winner = None;
        for rival in rivals {
            if own > self.priority(rival.author) {
                overrules.push(rival.seq);
            } else {
                winner = Some(rival.seq);
            }
        }
        match winner {
            Some(winner) => Verdict::Rejected(Rejection::Conflict { winner }),
            None => Verdict::Accepted { overrules, hidden_by },
        }
    }

    /// The line that deleted an entry, if it is deleted.
    fn deleted_by(&self, entry: EntryNo) -> Option<MeetSeq> {
        let state = self.state.entry(entry)?;
        let deletions = self.stands.get(&Path::EntryLeaf(entry, EntryLeaf::Deleted));
        // One made deleted has no line but the one that made it.
        state.is_deleted().then(|| deletions.and_then(|lines| lines.last()).map_or(state.created, |line| line.seq))
    }
}
