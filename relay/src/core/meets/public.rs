//! What displays see of one meet: its public state, kept as the core tells it, and the bodies that say all of it or
//! what changed. Entries are kept whole, as the core tells them to whoever holds nothing; what changes within one is
//! folded in. It asks for nothing (`display.rs`) and trusts the core with leaving out what is private.

use std::collections::BTreeMap;

use scorelay_protocol::codec;
use scorelay_protocol::feed::Body;
use scorelay_protocol::meet::answer::PublicChange;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::value::Value;

/// The public state of one meet.
#[derive(Debug, Default)]
pub(super) struct Public {
    set: BTreeMap<Path, (MeetSeq, Value)>,
    finished: bool,
    /// Paths that changed since [`Public::told`], and the lines that set them; nothing where all is new.
    touched: Option<BTreeMap<Path, MeetSeq>>,
    finished_told: bool,
}

/// Two are equal that show the same.
impl PartialEq for Public {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set && self.finished == other.finished
    }
}

impl Public {
    /// Takes a change in.
    pub(super) fn change(&mut self, change: PublicChange) {
        let PublicChange { seq, path, value } = change;
        if let Some(touched) = &mut self.touched {
            touched.insert(path, seq);
        }
        let entry = path.entry().filter(|_| !matches!(path, Path::Entry(_)));
        let Some(entry) = entry else {
            match value {
                Value::Absent => drop(self.set.remove(&path)),
                value => drop(self.set.insert(path, (seq, value))),
            }
            return;
        };
        let Some((_, Value::Entry(state))) = self.set.get_mut(&Path::Entry(entry)) else { return };
        match (path, value) {
            (Path::EntryLeaf(_, leaf), Value::Leaf(value)) => drop(state.leaves.insert(leaf, value)),
            (Path::EntryLeaf(_, leaf), _) => drop(state.leaves.remove(&leaf)),
            (Path::Attempt(_, lift, no), Value::Attempt(value)) => drop(state.attempts.insert((lift, no), value)),
            (Path::Attempt(_, lift, no), _) => drop(state.attempts.remove(&(lift, no))),
            _ => {}
        }
    }

    /// Takes in whether the meet is finished.
    pub(super) fn finish(&mut self, finished: bool) {
        self.finished = finished;
    }

    /// Whether there is anything that was not told.
    pub(super) fn is_untold(&self) -> bool {
        self.finished != self.finished_told || self.touched.as_ref().is_none_or(|touched| !touched.is_empty())
    }

    /// The body of all there is.
    pub(super) fn snapshot(&self, meet: MeetId) -> Vec<u8> {
        let all = self.set.iter().map(|(path, (seq, value))| (*seq, *path, value));
        body(meet, true, self.finished, self.set.len(), all)
    }

    /// The body of what changed since the last call; `None` where all is new.
    pub(super) fn told(&mut self, meet: MeetId) -> Option<Vec<u8>> {
        self.finished_told = self.finished;
        let touched = self.touched.replace(BTreeMap::new())?;
        let within_new = |path: &Path| match (path, path.entry()) {
            (Path::Entry(_), _) | (_, None) => false,
            (_, Some(entry)) => touched.contains_key(&Path::Entry(entry)),
        };
        let told: Vec<_> = touched.iter().filter(|(path, _)| !within_new(path)).collect();
        let values: Vec<_> = told.iter().map(|(path, seq)| (**seq, **path, self.at(**path))).collect();
        Some(body(
            meet,
            false,
            self.finished,
            values.len(),
            values.iter().map(|(seq, path, value)| (*seq, *path, value)),
        ))
    }

    fn at(&self, path: Path) -> Value {
        let entry = path.entry().and_then(|entry| match self.set.get(&Path::Entry(entry)) {
            Some((_, Value::Entry(state))) => Some(state),
            _ => None,
        });
        let found = match path {
            Path::EntryLeaf(_, leaf) => {
                entry.and_then(|entry| entry.leaves.get(&leaf)).map(|value| Value::Leaf(value.clone()))
            }
            Path::Attempt(_, lift, no) => {
                entry.and_then(|entry| entry.attempts.get(&(lift, no))).copied().map(Value::Attempt)
            }
            Path::Meet(_) | Path::Entry(_) | Path::Stage(_) => self.set.get(&path).map(|(_, value)| value.clone()),
        };
        found.unwrap_or(Value::Absent)
    }
}

fn body<'a>(
    meet: MeetId,
    reset: bool,
    finished: bool,
    count: usize,
    changes: impl Iterator<Item = (MeetSeq, Path, &'a Value)>,
) -> Vec<u8> {
    // Field by field what the list's derived form is, without a copy of every value.
    let mut bytes = codec::encode(&(count as u64));
    for (seq, path, value) in changes {
        codec::encode_into(&(seq, path, value), &mut bytes);
    }
    codec::encode(&Body::Meet { meet, reset, finished, changes: bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
    use scorelay_protocol::meet::path::EntryNo;
    use scorelay_protocol::meet::value::{EntryState, LeafValue};

    fn text(text: &str) -> Value {
        Value::Leaf(LeafValue::Text(text.to_owned()))
    }

    fn change(seq: u64, path: Path, value: Value) -> PublicChange {
        PublicChange { seq: MeetSeq(seq), path, value }
    }

    fn read(bytes: &[u8]) -> (bool, bool, Vec<PublicChange>) {
        match codec::decode_link(bytes).unwrap() {
            Body::Meet { reset, finished, changes, .. } => (reset, finished, codec::decode_link(&changes).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// T8: a snapshot and the changes after it say what the state is, each path once.
    #[test]
    fn changes_within_an_entry_are_folded_into_it() {
        let meet = MeetId::new(7).unwrap();
        let mut public = Public::default();
        let (name, entry) = (Path::Meet(MeetLeaf::Name), Path::Entry(EntryNo(5)));
        public.change(change(1, name, text("a")));
        public.change(change(2, entry, Value::Entry(EntryState::default())));
        assert!(public.is_untold() && public.told(meet).is_none() && !public.is_untold());
        let team = Path::EntryLeaf(EntryNo(5), EntryLeaf::Team);
        public.change(change(3, team, text("b")));
        assert_eq!(read(&public.told(meet).unwrap()), (false, false, vec![change(3, team, text("b"))]));
        public.change(change(4, name, Value::Absent));
        public.finish(true);
        assert_eq!(read(&public.told(meet).unwrap()), (false, true, vec![change(4, name, Value::Absent)]));
        let leaves = [(EntryLeaf::Team, LeafValue::Text("b".to_owned()))].into();
        let whole = Value::Entry(EntryState { leaves, ..EntryState::default() });
        assert_eq!(read(&public.snapshot(meet)), (true, true, vec![change(2, entry, whole)]));
    }

    #[test]
    fn nothing_new_is_said_with_whether_it_is_finished() {
        let meet = MeetId::new(123_456_789).unwrap();
        for finished in [false, true] {
            let mut public = Public::default();
            public.finish(finished);
            let body = codec::encode(&super::super::unchanged(meet, &public.snapshot(meet)));
            assert_eq!(read(&body), (false, finished, Vec::new()));
        }
    }
}
