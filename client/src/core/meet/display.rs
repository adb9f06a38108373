//! What a display holds of a meet: the public state, as relays tell it change by change.
//!
//! It knows nothing of conflicts, pending updates or recovery, and nothing that only desks may see comes here.

use scorelay_meets::state::MeetState;
use scorelay_protocol::codec;
use scorelay_protocol::meet::answer::PublicChange;
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path};
use scorelay_protocol::meet::value::{EntryState, Value};

/// What is shown of a meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeetDisplay {
    state: MeetState,
    finished: bool,
    known: bool,
}

/// Changes that cannot be of a meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("changes that cannot be of a meet's public state")]
pub struct BadChanges;

impl MeetDisplay {
    /// A display that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the changes of a [`scorelay_protocol::feed::Body::Meet`]; gives the paths that changed.
    ///
    /// # Errors
    /// [`BadChanges`]; nothing is changed then.
    pub fn apply(&mut self, reset: bool, finished: bool, changes: &[u8]) -> Result<Vec<Path>, BadChanges> {
        let changes: Vec<PublicChange> = codec::decode_link(changes).map_err(|_| BadChanges)?;
        if !reset && !self.known {
            return Err(BadChanges);
        }
        let mut state = if reset { MeetState::default() } else { self.state.clone() };
        for PublicChange { seq, path, value } in &changes {
            let set = match (path, value) {
                (Path::Entry(entry), Value::Entry(whole)) if state.entry(*entry).is_some() => {
                    replace(&mut state, *entry, whole);
                    true
                }
                _ => state.set(*seq, *path, value),
            };
            if !set {
                return Err(BadChanges);
            }
        }
        *self = Self { state, finished, known: true };
        Ok(changes.into_iter().map(|change| change.path).collect())
    }

    /// What is shown.
    pub fn state(&self) -> &MeetState {
        &self.state
    }

    /// Whether the meet is finished.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether anything has come yet.
    pub fn is_known(&self) -> bool {
        self.known
    }
}

/// An entry that is there is set to be this, leaf by leaf: it keeps its place.
fn replace(state: &mut MeetState, entry: EntryNo, whole: &EntryState) {
    let seq = state.entry(entry).map(|entry| entry.created).unwrap_or_default();
    for leaf in EntryLeaf::ALL {
        let value = whole.leaves.get(leaf).cloned().map_or(Value::Absent, Value::Leaf);
        state.set(seq, Path::EntryLeaf(entry, *leaf), &value);
    }
    for lift in Lift::ALL {
        for no in AttemptNo::all() {
            let value = whole.attempts.get(&(lift, no)).copied().map_or(Value::Absent, Value::Attempt);
            state.set(seq, Path::Attempt(entry, lift, no), &value);
        }
    }
}
