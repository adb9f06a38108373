//! A meet's state: what is set at which path.
//!
//! The core, desks and displays hold the same; a desk lays its own pending updates over a copy. Entries that were
//! deleted are still in it, with everything set of them, so that they can be restored.

use std::collections::BTreeMap;

use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::path::{EntryNo, Path, StageNo};
use scorelay_protocol::meet::value::{EntryState, LeafValue, Stage, Value};

/// What is set of a meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetState {
    meet: BTreeMap<MeetLeaf, LeafValue>,
    entries: BTreeMap<EntryNo, Entry>,
    stages: BTreeMap<StageNo, Stage>,
}

/// An entry, deleted or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line that made it: entries are shown in this order.
    pub created: MeetSeq,
    /// What is set of it.
    pub state: EntryState,
}

impl Entry {
    /// Whether it is shown.
    pub fn is_deleted(&self) -> bool {
        self.state.leaves.get(&EntryLeaf::Deleted) == Some(&LeafValue::Flag(true))
    }
}

impl MeetState {
    /// What stands at `path`; [`Value::Absent`] where nothing does.
    pub fn get(&self, path: Path) -> Value {
        let leaf = |value: Option<&LeafValue>| value.cloned().map(Value::Leaf);
        let entry = |entry: EntryNo| self.entries.get(&entry).map(|entry| &entry.state);
        let value = match path {
            Path::Meet(name) => leaf(self.meet.get(&name)),
            Path::Entry(no) => entry(no).cloned().map(Value::Entry),
            Path::EntryLeaf(no, name) => leaf(entry(no).and_then(|entry| entry.leaves.get(&name))),
            Path::Attempt(no, lift, attempt) => {
                entry(no).and_then(|entry| entry.attempts.get(&(lift, attempt))).copied().map(Value::Attempt)
            }
            Path::Stage(no) => self.stages.get(&no).cloned().map(Value::Stage),
        };
        value.unwrap_or(Value::Absent)
    }

    /// Sets `path`; `seq` is the line that does. What does not fit, a value of another kind or a leaf of no entry,
    /// changes nothing and gives false.
    pub fn set(&mut self, seq: MeetSeq, path: Path, value: &Value) -> bool {
        if value.check(path).is_err() {
            return false;
        }
        match (path, value) {
            (Path::Meet(name), Value::Leaf(value)) => drop(self.meet.insert(name, value.clone())),
            (Path::Meet(name), _) => drop(self.meet.remove(&name)),
            (Path::Stage(no), Value::Stage(stage)) => drop(self.stages.insert(no, stage.clone())),
            (Path::Stage(no), _) => drop(self.stages.remove(&no)),
            (Path::Entry(no), Value::Entry(state)) if !self.entries.contains_key(&no) => {
                self.entries.insert(no, Entry { created: seq, state: state.clone() });
            }
            (Path::Entry(_), _) => return false,
            (Path::EntryLeaf(no, name), value) => {
                let Some(Entry { state, .. }) = self.entries.get_mut(&no) else { return false };
                match value {
                    Value::Leaf(value) => drop(state.leaves.insert(name, value.clone())),
                    _ => drop(state.leaves.remove(&name)),
                }
            }
            (Path::Attempt(no, lift, attempt), value) => {
                let Some(Entry { state, .. }) = self.entries.get_mut(&no) else { return false };
                match value {
                    Value::Attempt(value) => drop(state.attempts.insert((lift, attempt), *value)),
                    _ => drop(state.attempts.remove(&(lift, attempt))),
                }
            }
        }
        true
    }

    /// Of all this only what `path` is in: an entry whole, or a leaf, or a stage.
    pub(crate) fn part(&self, path: Path) -> Self {
        let mut part = Self::default();
        match (path.entry(), path) {
            (Some(no), _) => part.entries.extend(self.entries.get(&no).map(|entry| (no, entry.clone()))),
            (None, Path::Meet(name)) => part.meet.extend(self.meet.get(&name).map(|value| (name, value.clone()))),
            (None, Path::Stage(no)) => part.stages.extend(self.stages.get(&no).map(|stage| (no, stage.clone()))),
            (None, _) => {}
        }
        part
    }

    /// An entry, deleted or not.
    pub fn entry(&self, entry: EntryNo) -> Option<&Entry> {
        self.entries.get(&entry)
    }

    /// The entries that are shown, in the order they were made.
    pub fn entries(&self) -> Vec<(EntryNo, &EntryState)> {
        let mut shown: Vec<_> = self.entries.iter().filter(|(_, entry)| !entry.is_deleted()).collect();
        shown.sort_by_key(|(no, entry)| (entry.created, **no));
        shown.into_iter().map(|(no, entry)| (*no, &entry.state)).collect()
    }

    /// Everything that is set, entries whole, in the order of paths.
    pub fn all(&self) -> impl Iterator<Item = (Path, Value)> {
        let meet = self.meet.iter().map(|(name, value)| (Path::Meet(*name), Value::Leaf(value.clone())));
        let entries = self.entries.iter().map(|(no, entry)| (Path::Entry(*no), Value::Entry(entry.state.clone())));
        let stages = self.stages.iter().map(|(no, stage)| (Path::Stage(*no), Value::Stage(stage.clone())));
        meet.chain(entries).chain(stages)
    }
}
