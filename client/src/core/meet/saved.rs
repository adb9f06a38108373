//! What a desk keeps over restarts, as keys and bytes, so that a file and a browser's database can both hold it.
//!
//! [`Save`] says what to change, [`SavedMeet::load`] makes sense of everything that was saved. Where the bytes lie and
//! how they are protected is the shell's business.

use std::collections::BTreeMap;

use scorelay_meets::desk::{Desk, Overruled, Pending, Why};
use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::meet::ids::{DeskId, LocalSeq, MeetId, MeetPosition, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Line, Location, Rejection};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::receipt::{Receipt, SealedRecord};
use scorelay_protocol::meet::request::SessionNo;
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::Value;

/// What something that is kept is kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Who and where this desk is, and its session.
    Session,
    /// The seal on the end of the log.
    Receipt,
    /// A line of the log.
    Line(MeetSeq),
    /// An own update without a line, by [`Pending::no`].
    Pending(u64),
    /// Own updates of this line that do not stand.
    Overruled(MeetSeq),
}

impl Key {
    /// The key as bytes: one of its kind, eight of its number in big endian, so that they sort as keys do.
    pub fn to_bytes(self) -> [u8; 9] {
        let (kind, number) = match self {
            Self::Session => (0, 0),
            Self::Receipt => (1, 0),
            Self::Line(MeetSeq(seq)) => (2, seq),
            Self::Pending(no) => (3, no),
            Self::Overruled(MeetSeq(seq)) => (4, seq),
        };
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    /// The key of these bytes.
    pub fn from_bytes(bytes: [u8; 9]) -> Option<Self> {
        let [kind, number @ ..] = bytes;
        let number = u64::from_be_bytes(number);
        match (kind, number) {
            (0, 0) => Some(Self::Session),
            (1, 0) => Some(Self::Receipt),
            (2, seq) => Some(Self::Line(MeetSeq(seq))),
            (3, no) => Some(Self::Pending(no)),
            (4, seq) => Some(Self::Overruled(MeetSeq(seq))),
            _ => None,
        }
    }
}

/// One change of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Keeps this under the key, in the place of what was there.
    Put(Key, Vec<u8>),
    /// Keeps nothing under the key any more.
    Remove(Key),
    /// Keeps no lines after this one.
    CutLines(MeetSeq),
}

/// Changes that are done together or not at all, and for good before [`super::MeetDesk::handle_saved`] is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// Its number; they rise one by one and are done in that order.
    pub number: u64,
    /// What to change, in order.
    pub changes: Vec<Change>,
}

impl Save {
    /// Does the changes on a map, as a store in memory.
    pub fn apply(&self, kept: &mut BTreeMap<Key, Vec<u8>>) {
        for change in &self.changes {
            match change {
                Change::Put(key, bytes) => drop(kept.insert(*key, bytes.clone())),
                Change::Remove(key) => drop(kept.remove(key)),
                Change::CutLines(last) => {
                    kept.retain(|key, _| !matches!(key, Key::Line(seq) if seq > last));
                }
            }
        }
    }
}

/// Who and where a desk is, and its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSession {
    /// Who.
    pub desk: DeskId,
    /// Proof of the session; also of one that is being opened.
    pub token: Token,
    /// Where it stands.
    pub location: String,
    /// Of the meet that it makes; empty where it joins one.
    pub locations: Vec<Location>,
    /// Which meet; not known until it is made.
    pub meet: Option<MeetId>,
    /// What the core told when the desk first got in.
    pub member: Option<Member>,
    /// Whether the token was good when last used.
    pub open: bool,
}

/// What a desk knows that was let in once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What stands behind the meet's id.
    pub uid: MeetUid,
    /// The session's number.
    pub session: SessionNo,
    /// What brings the meet back if the core loses everything.
    pub record: SealedRecord,
}

/// Everything that was kept, read back.
#[derive(Debug, Clone)]
pub struct SavedMeet {
    pub(super) session: SavedSession,
    pub(super) receipt: Option<Receipt>,
    pub(super) desk: Desk,
    pub(super) kept: Kept,
}

/// What is kept is not what a desk saves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what was kept of the meet cannot be used: {0}")]
pub struct BadSaved(pub String);

impl SavedMeet {
    /// Makes sense of what was kept; `None` where nothing was.
    ///
    /// # Errors
    /// [`BadSaved`] when it is not what [`Save`]s come to.
    pub fn load(kept: &BTreeMap<Key, Vec<u8>>) -> Result<Option<Self>, BadSaved> {
        let Some(session) = kept.get(&Key::Session) else {
            return if kept.is_empty() { Ok(None) } else { Err(BadSaved("it names no session".to_owned())) };
        };
        let session = session_from(session)?;
        let (mut log, mut receipt) = (MeetLog::new(), None);
        let (mut pending, mut overruled) = (Vec::new(), Vec::new());
        for (key, bytes) in kept {
            match key {
                Key::Session => {}
                Key::Receipt => receipt = Some(decoded::<Receipt>(bytes)?),
                Key::Line(seq) => {
                    let pushed = log.push(decoded::<Line>(bytes)?).map_err(|error| BadSaved(error.to_string()))?;
                    if pushed != *seq {
                        return Err(BadSaved(format!("line {pushed} is missing")));
                    }
                }
                Key::Pending(no) => pending.push(pending_from(*no, bytes)?),
                Key::Overruled(seq) => overruled.extend(overruled_from(*seq, bytes)?),
            }
        }
        if receipt.map(|receipt| receipt.head) != log.sealed_head() {
            return Err(BadSaved("the receipt is not of the log's end".to_owned()));
        }
        let kept = Kept::of(&pending, &overruled);
        let overruled = kept.overruled();
        // Those with a number were sent before the others; edits keep their order among themselves.
        pending.sort_by_key(|pending| (pending.local.is_none(), pending.no));
        let desk = Desk::restored(session.desk, log, pending, overruled);
        Ok(Some(Self { session, receipt, desk, kept }))
    }
}

/// What is kept of pending and overruled updates, to tell what a save has to change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pending: BTreeMap<u64, Pending>,
    overruled: BTreeMap<MeetSeq, Vec<Overruled>>,
}

impl Kept {
    pub(super) fn of(pending: &[Pending], overruled: &[Overruled]) -> Self {
        let mut kept = Self::default();
        kept.pending.extend(pending.iter().map(|pending| (pending.no, pending.clone())));
        for item in overruled {
            kept.overruled.entry(item.seq).or_default().push(item.clone());
        }
        kept
    }

    /// Updates without a line, as they are kept, in order.
    pub(super) fn pending(&self) -> Vec<Pending> {
        let mut pending: Vec<_> = self.pending.values().cloned().collect();
        pending.sort_by_key(|pending| (pending.local.is_none(), pending.no));
        pending
    }

    /// Updates that do not stand, as they are kept, in the order of the lines that say so.
    pub(super) fn overruled(&self) -> Vec<Overruled> {
        let mut overruled: Vec<_> = self.overruled.values().flatten().cloned().collect();
        overruled.sort_by_key(|item| match item.why {
            Why::By(seq) => (seq, item.seq),
            Why::Rejected(_) => (item.seq, item.seq),
        });
        overruled
    }

    /// Takes over what `desk` has now; gives the changes that keep it.
    pub(super) fn follow(&mut self, desk: &Desk) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut there = Vec::with_capacity(desk.pending());
        // Called after every edit, so nothing is copied that is kept already.
        let new = desk.pending_unless(|no, local, after, path, value| {
            there.push(no);
            self.pending
                .get(&no)
                .is_some_and(|kept| (kept.local, kept.after, kept.path, &kept.value) == (local, after, path, value))
        });
        if self.pending.len() + new.len() > there.len() {
            there.sort_unstable();
            self.pending.retain(|no, _| {
                let stays = there.binary_search(no).is_ok();
                if !stays {
                    changes.push(Change::Remove(Key::Pending(*no)));
                }
                stays
            });
        }
        for pending in new {
            let bytes = codec::encode(&(pending.local, pending.after, pending.path, &pending.value));
            changes.push(Change::Put(Key::Pending(pending.no), bytes));
            self.pending.insert(pending.no, pending);
        }
        let overruled = Self::of(&[], desk.overruled()).overruled;
        let gone = self.overruled.keys().filter(|seq| !overruled.contains_key(seq));
        changes.extend(gone.map(|seq| Change::Remove(Key::Overruled(*seq))));
        for (seq, items) in overruled.iter().filter(|(seq, items)| self.overruled.get(seq) != Some(items)) {
            let items: Vec<KeptOverruled> = items.iter().map(kept_overruled).collect();
            changes.push(Change::Put(Key::Overruled(*seq), codec::encode(&items)));
        }
        self.overruled = overruled;
        changes
    }
}

type KeptOverruled = (Path, Value, Result<MeetSeq, Rejection>);
type KeptSession = (DeskId, Token, String, Vec<Location>, Option<MeetId>, Option<KeptMember>, bool);
type KeptMember = (MeetUid, SessionNo, SealedRecord);

fn kept_overruled(overruled: &Overruled) -> KeptOverruled {
    let why = match overruled.why {
        Why::By(seq) => Ok(seq),
        Why::Rejected(rejection) => Err(rejection),
    };
    (overruled.path, overruled.value.clone(), why)
}

fn overruled_from(seq: MeetSeq, bytes: &[u8]) -> Result<Vec<Overruled>, BadSaved> {
    let items = decoded::<Vec<KeptOverruled>>(bytes)?;
    Ok(items
        .into_iter()
        .map(|(path, value, why)| Overruled { seq, path, value, why: why.map_or_else(Why::Rejected, Why::By) })
        .collect())
}

fn pending_from(no: u64, bytes: &[u8]) -> Result<Pending, BadSaved> {
    let (local, after, path, value) = decoded::<(Option<LocalSeq>, MeetPosition, Path, Value)>(bytes)?;
    Ok(Pending { no, local, after, path, value })
}

/// The bytes a session is kept as.
pub(super) fn session_bytes(session: &SavedSession) -> Vec<u8> {
    let SavedSession { desk, token, location, locations, meet, member, open } = session.clone();
    let member: Option<KeptMember> = member.map(|member| (member.uid, member.session, member.record));
    let kept: KeptSession = (desk, token, location, locations, meet, member, open);
    codec::encode(&kept)
}

fn session_from(bytes: &[u8]) -> Result<SavedSession, BadSaved> {
    let (desk, token, location, locations, meet, member, open) = decoded::<KeptSession>(bytes)?;
    let member = member.map(|(uid, session, record)| Member { uid, session, record });
    Ok(SavedSession { desk, token, location, locations, meet, member, open })
}

fn decoded<T: codec::Decode<()>>(bytes: &[u8]) -> Result<T, BadSaved> {
    codec::decode_client(bytes).map_err(|error| BadSaved(error.to_string()))
}
