//! How the meets begin: from what is on the disk.
//!
//! What follows by the rules is served, what does not is set aside; desks bring back the rest. Every unfinished meet is
//! given this core's epoch before anything else.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_meets::chain::ReceiptKey;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{MeetEpoch, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Line, What};
use scorelay_protocol::meet::receipt::SealedRecord;

use super::effects::{MeetEffects, Publication, SessionRecord};
use super::gate::Gate;
use super::machine::Meets;
use super::meet::{Begun, Meet};
use super::pulls::Parked;
use super::steps::{Out, StepWhat};
use super::uploads::Uploads;

/// A meet as it is on the disk.
#[derive(Debug, Clone)]
pub struct StoredMeet {
    /// `auth.json`.
    pub auth: SealedRecord,
    /// `sessions.json`.
    pub sessions: Vec<SessionRecord>,
    /// The log, as far as it could be read.
    pub lines: Vec<Line>,
    /// Whether the folder is among the finished meets.
    pub finished: bool,
    /// `publication.json`, with `opl.csv` unless it was handed over.
    pub publication: Option<Publication>,
    /// Why a file was set aside, if one was.
    pub set_aside: Option<String>,
}

impl Meets {
    /// The meets that are on the disk, for a core of this key and of an epoch that was just drawn.
    ///
    /// # Errors
    /// `store-damaged` when two folders hold the same meet.
    pub fn load(
        key: ReceiptKey,
        epoch: MeetEpoch,
        now: UnixMillis,
        stored: Vec<StoredMeet>,
        tombstones: Vec<(MeetId, MeetUid)>,
    ) -> Result<(Self, MeetEffects), WireError> {
        let mut meets = Self {
            key,
            epoch,
            meets: BTreeMap::new(),
            tombstones: tombstones.into_iter().map(|(id, uid)| (uid, id)).collect(),
            unusable: BTreeSet::new(),
            gate: Gate::default(),
            parked: Parked::default(),
            uploads: Uploads::default(),
            cleanups: Vec::new(),
            unsettled: BTreeSet::new(),
            late: BTreeMap::new(),
            now,
            out: Out::default(),
        };
        for stored in stored {
            meets.begin(now, stored)?;
        }
        let effects = std::mem::take(&mut meets.out.effects);
        Ok((meets, effects))
    }

    fn begin(&mut self, now: UnixMillis, stored: StoredMeet) -> Result<(), WireError> {
        let StoredMeet { auth, sessions, lines, finished, publication, set_aside } = stored;
        let (id, uid) = (auth.record.meet, auth.record.uid);
        if self.meets.contains_key(&id) || self.unusable.contains(&id) {
            let text = format!("two folders hold the meet {id}: move one of them away");
            return Err(WireError::new(ErrorCode::StoreDamaged, text));
        }
        if let Some(why) = set_aside {
            self.out.note(id, format!("set aside: {why}"));
        }
        let mut log = MeetLog::new();
        let bad = lines.into_iter().find_map(|line| log.push(line).err());
        let own = matches!(log.line(MeetSeq(1)), Some(Line { what: What::Created { id: of, uid: behind, .. }, .. })
            if (*of, *behind) == (id, uid));
        if !own {
            self.unusable.insert(id);
            self.out.note(id, "its log does not begin with this meet, and it is not served until a desk restores it");
            return Ok(());
        }
        // The record is from this core's own disk: if another key sealed it, that one is lost.
        let sealed = if self.key.verify_record(&auth) { auth } else { self.key.seal_record(auth.record) };
        let durable = log.head();
        let begun = Begun { sealed, log, sessions, epoch: self.epoch, durable, there: true };
        let mut meet = Meet::new(begun);
        meet.in_finished = finished;
        if let Some(bad) = bad {
            self.out.note(id, format!("set aside: {bad}; what is before it is served"));
            meet.rewrite = true;
            meet.steps.push(StepWhat::Lines);
        }
        if sealed != auth {
            meet.steps.push(StepWhat::Auth);
        }
        if !meet.log.is_finished() {
            meet.begin_epoch(now)?;
        }
        // Only of a publication that the log tells of: another one's log was not written or is lost.
        meet.publication = publication.filter(|known| known.uid == uid && known.number <= meet.log.publications());
        if let Some(publication) = meet.publication.as_mut().filter(|known| known.handed_over.is_some()) {
            publication.csv = Vec::new();
        }
        match &meet.publication {
            Some(publication) if publication.handed_over.is_none() => {
                self.out.effects.publish.push(publication.clone());
            }
            Some(publication) if publication.number == meet.log.publications() => {}
            _ if meet.log.publications() > 0 => {
                self.out.note(id, "the results of the last publication are not here: publish again");
            }
            _ => {}
        }
        self.meets.insert(id, meet);
        self.go_on(now, id);
        Ok(())
    }
}
