//! What displays may be shown of a meet: its state as far as it is durable, and which line set what.
//!
//! Nothing leaves here that `scorelay_meets::audience` does not let through. Who asks, and how answers are cut into
//! parts, is in `public.rs`.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_meets::audience::{all_for_displays, for_displays};
use scorelay_meets::log::MeetLog;
use scorelay_meets::state::MeetState;
use scorelay_protocol::meet::answer::PublicChange;
use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::line::{Line, Update, Verdict, What};
use scorelay_protocol::meet::path::Path;

#[derive(Debug, Default)]
pub(super) struct Shown {
    state: MeetState,
    /// The last line that set a path; entries whole have theirs in the state.
    set_by: BTreeMap<Path, MeetSeq>,
    finished: bool,
    seq: MeetSeq,
}

impl Shown {
    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// Goes on to a line of the log that is durable now.
    pub(super) fn advance(&mut self, log: &MeetLog, to: MeetSeq) {
        while self.seq < to {
            let Some(line) = log.line(MeetSeq(self.seq.0 + 1)) else { return };
            self.seq = MeetSeq(self.seq.0 + 1);
            match &line.what {
                What::Finished => self.finished = true,
                What::Reopened => self.finished = false,
                What::Update(Update { path, value, verdict: Verdict::Accepted { .. }, .. }) => {
                    self.state.set(self.seq, *path, value);
                    self.set_by.insert(*path, self.seq);
                }
                _ => {}
            }
        }
    }

    /// All there is to be seen, in the order of paths.
    pub(super) fn all(&self) -> impl Iterator<Item = PublicChange> {
        all_for_displays(&self.state).map(|(path, value)| PublicChange { seq: self.seq_of(path), path, value })
    }

    /// What changed for displays in these lines, which are durable and end where this stands.
    pub(super) fn changes(&self, lines: &[Line]) -> Vec<PublicChange> {
        let mut paths = BTreeSet::new();
        for line in lines {
            if let What::Update(Update { path, verdict: Verdict::Accepted { .. }, .. }) = &line.what {
                paths.insert(*path);
            }
        }
        let whole = |path: &Path| {
            let entry = path.entry().map(Path::Entry);
            entry.is_some_and(|entry| entry != *path && paths.contains(&entry))
        };
        let apart = paths.iter().filter(|path| !whole(path));
        let change = |path: &Path| {
            let value = for_displays(*path, &self.state.get(*path))?;
            Some(PublicChange { seq: self.seq_of(*path), path: *path, value })
        };
        apart.filter_map(change).collect()
    }

    fn seq_of(&self, path: Path) -> MeetSeq {
        let made = match path {
            Path::Entry(entry) => self.state.entry(entry).map(|entry| entry.created),
            _ => None,
        };
        made.or_else(|| self.set_by.get(&path).copied()).unwrap_or_default()
    }
}
