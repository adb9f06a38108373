//! What a relay asks of a core about meets, answered by a naive one: a list of public changes, folded from its
//! beginning for each answer, and questions that wait. Any other question is answered with its own bytes, backwards,
//! where the way it came may carry meets.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::link::MeetAsk;
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChange, PublicChanges};
use scorelay_protocol::meet::ids::{MeetEpoch, MeetId, MeetSeq};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{MeetRequest, PublicAt, Session};
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::Value;

pub(crate) type Answered = Result<Vec<u8>, WireError>;

/// A meet by its number, seen by the token of this byte.
pub(crate) fn session(meet: u32, token: u8) -> Session {
    Session { meet: MeetId::new(meet).unwrap(), token: Token([token; 32]) }
}

pub(crate) fn feed(session: Session) -> Feed {
    Feed::Meet { meet: session.meet, display: session.token }
}

/// What is set of a meet; entries whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Shown {
    pub(crate) set: BTreeMap<Path, (MeetSeq, Value)>,
    pub(crate) finished: bool,
}

impl Shown {
    pub(crate) fn apply(&mut self, change: &PublicChange) {
        let Some(entry) = change.path.entry().filter(|_| !matches!(change.path, Path::Entry(_))) else {
            self.set.remove(&change.path);
            if change.value != Value::Absent {
                self.set.insert(change.path, (change.seq, change.value.clone()));
            }
            return;
        };
        let (_, whole) = self.set.get_mut(&Path::Entry(entry)).expect("a leaf of an entry that is there");
        let Value::Entry(state) = whole else { panic!("{whole:?} where an entry stands") };
        match (change.path, &change.value) {
            (Path::EntryLeaf(_, leaf), Value::Leaf(value)) => drop(state.leaves.insert(leaf, value.clone())),
            (Path::EntryLeaf(_, leaf), Value::Absent) => drop(state.leaves.remove(&leaf)),
            (Path::Attempt(_, lift, no), Value::Attempt(value)) => drop(state.attempts.insert((lift, no), *value)),
            (Path::Attempt(_, lift, no), Value::Absent) => drop(state.attempts.remove(&(lift, no))),
            odd => panic!("a relay passed on {odd:?}"),
        }
    }

    /// Takes a body in as a display does.
    pub(crate) fn body(&mut self, body: &Body) {
        let Body::Meet { reset, finished, changes, .. } = body else { panic!("{body:?} is no meet") };
        if *reset {
            self.set.clear();
        }
        self.finished = *finished;
        let changes: Vec<PublicChange> = codec::decode_link(changes).unwrap();
        assert!(changes.is_sorted_by(|a, b| a.path < b.path), "in the order of paths, each once");
        changes.iter().for_each(|change| self.apply(change));
    }
}

/// One meet of the core.
#[derive(Debug, Default)]
struct Meet {
    /// Changes in the order of their lines; a line that displays see nothing of has none.
    lines: Vec<Option<PublicChange>>,
    finished: bool,
}

impl Meet {
    fn shown(&self) -> Shown {
        let mut shown = Shown { finished: self.finished, ..Shown::default() };
        self.lines.iter().flatten().for_each(|change| shown.apply(change));
        shown
    }
}

/// A core as far as relays see it. `K` says where answers go.
#[derive(Debug)]
pub(crate) struct MeetCore<K> {
    epoch: MeetEpoch,
    meets: BTreeMap<MeetId, Meet>,
    displays: BTreeSet<(MeetId, [u8; 32])>,
    parked: Vec<(K, Session, PublicAt, bool)>,
    /// Most changes in one part.
    pub(crate) part: usize,
    /// Everything is refused with this.
    pub(crate) refuses: Option<ErrorCode>,
    /// All that was asked.
    pub(crate) asked: Vec<MeetAsk>,
}

impl<K> Default for MeetCore<K> {
    fn default() -> Self {
        Self {
            epoch: MeetEpoch(1),
            meets: BTreeMap::new(),
            displays: BTreeSet::new(),
            parked: Vec::new(),
            part: 10_000,
            refuses: None,
            asked: Vec::new(),
        }
    }
}

impl<K> MeetCore<K> {
    pub(crate) fn open(&mut self, session: Session) {
        self.meets.entry(session.meet).or_default();
        self.displays.insert((session.meet, session.token.0));
    }

    /// The answers to be given now.
    pub(crate) fn ask(&mut self, key: K, ask: MeetAsk) -> Vec<(K, Answered)> {
        let request = codec::decode_link::<MeetRequest>(&ask.body);
        let full = ask.full;
        let mut echo = ask.body.clone();
        self.asked.push(ask);
        let refused = |code| Err(WireError::new(code, "as the test wants it"));
        if let Some(code) = self.refuses {
            return vec![(key, refused(code))];
        }
        match request {
            Ok(MeetRequest::Public { session, have, from, wait }) => {
                if !self.displays.contains(&(session.meet, session.token.0)) {
                    return vec![(key, refused(ErrorCode::BadSession))];
                }
                let answer = self.public(session, have, from);
                match have {
                    Some(at) if wait && answer.changes.is_empty() && !answer.reset => {
                        let finished = self.meets[&session.meet].finished;
                        self.parked.push((key, session, at, finished));
                        Vec::new()
                    }
                    _ => vec![(key, Ok(codec::encode(&MeetAnswer::Public(answer))))],
                }
            }
            _ if full => {
                echo.reverse();
                vec![(key, Ok(echo))]
            }
            _ => vec![(key, refused(ErrorCode::MeetsNotHere))],
        }
    }

    fn public(&self, session: Session, have: Option<PublicAt>, from: Option<Path>) -> PublicChanges {
        let meet = &self.meets[&session.meet];
        let seq = MeetSeq(meet.lines.len() as u64);
        let at = PublicAt { epoch: self.epoch, seq };
        let finished = meet.finished;
        let known = have.filter(|have| have.epoch == self.epoch);
        if let Some(have) = known {
            let lines = meet.lines.iter().skip(have.seq.0 as usize).flatten();
            let last: BTreeMap<Path, &PublicChange> = lines.map(|change| (change.path, change)).collect();
            let whole = |path: &Path| {
                let entry = path.entry().map(Path::Entry).filter(|entry| entry != path);
                entry.is_some_and(|entry| last.contains_key(&entry))
            };
            // An entry that is new is told whole, as it now stands.
            let shown = meet.shown();
            let now = |change: &PublicChange| match shown.set.get(&change.path) {
                Some((seq, value)) => PublicChange { seq: *seq, path: change.path, value: value.clone() },
                None => change.clone(),
            };
            let changes = last.values().filter(|change| !whole(&change.path)).map(|change| now(change)).collect();
            return PublicChanges { at, reset: false, finished, changes, next: None };
        }
        let shown = meet.shown();
        let rest = shown.set.iter().filter(|(path, _)| from.is_none_or(|from| **path >= from));
        let mut changes: Vec<_> =
            rest.map(|(path, (seq, value))| PublicChange { seq: *seq, path: *path, value: value.clone() }).collect();
        let next = changes.get(self.part).map(|change| change.path);
        changes.truncate(self.part);
        PublicChanges { at, reset: from.is_none(), finished, changes, next }
    }

    /// A line is durable; answers to those who waited for it.
    pub(crate) fn line(&mut self, meet: MeetId, change: Option<(Path, Value)>) -> Vec<(K, Answered)> {
        let meet = self.meets.get_mut(&meet).unwrap();
        let seq = MeetSeq(meet.lines.len() as u64 + 1);
        meet.lines.push(change.map(|(path, value)| PublicChange { seq, path, value }));
        self.wake(false)
    }

    pub(crate) fn finish(&mut self, meet: MeetId, finished: bool) -> Vec<(K, Answered)> {
        self.meets.get_mut(&meet).unwrap().finished = finished;
        self.line(meet, None)
    }

    /// Answers to those for whom there is something, or to all who wait.
    pub(crate) fn wake(&mut self, all: bool) -> Vec<(K, Answered)> {
        let mut answers = Vec::new();
        for (key, session, at, finished) in std::mem::take(&mut self.parked) {
            let answer = self.public(session, Some(at), None);
            if all || answer.reset || !answer.changes.is_empty() || answer.finished != finished {
                answers.push((key, Ok(codec::encode(&MeetAnswer::Public(answer)))));
            } else {
                self.parked.push((key, session, at, finished));
            }
        }
        answers
    }

    /// A display's token is worth nothing any more.
    pub(crate) fn revoke(&mut self, session: Session) -> Vec<(K, Answered)> {
        self.displays.remove(&(session.meet, session.token.0));
        let (gone, stay) = std::mem::take(&mut self.parked).into_iter().partition(|(_, by, _, _)| *by == session);
        self.parked = stay;
        let refused = || Err(WireError::new(ErrorCode::BadSession, "revoked"));
        let gone: Vec<(K, Session, PublicAt, bool)> = gone;
        gone.into_iter().map(|(key, ..)| (key, refused())).collect()
    }

    /// The links are gone, and who waited on them.
    pub(crate) fn hang_up(&mut self) {
        self.parked.clear();
    }

    /// The core starts again, with another epoch.
    pub(crate) fn restart(&mut self) {
        self.epoch = MeetEpoch(self.epoch.0 + 1);
        self.hang_up();
    }

    /// How many questions wait.
    pub(crate) fn waiting(&self) -> usize {
        self.parked.len()
    }

    pub(crate) fn shown(&self, meet: MeetId) -> Shown {
        self.meets[&meet].shown()
    }
}
