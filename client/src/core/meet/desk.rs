//! A desk of one meet: what it holds, what people do to it, and what can be read of it at any time.
//!
//! What comes from and goes to the transport and the store is in [`super::drive`]; how it gets into a meet in
//! [`super::opening`].

use std::collections::{BTreeMap, VecDeque};

use scorelay_meets::desk::{Desk, Overruled};
use scorelay_meets::log::MeetLog;
use scorelay_meets::state::MeetState;
use scorelay_protocol::codec;
use scorelay_protocol::error::WireError;
use scorelay_protocol::limits::{MEET_LOG_BYTES, MEET_VALUE_BYTES};
use scorelay_protocol::meet::ids::{DeskId, MeetId, MeetSeq};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::receipt::Receipt;
use scorelay_protocol::meet::request::MeetRequest;
use scorelay_protocol::meet::value::Value;

use super::commands::Commands;
use super::saved::{Change, Kept, Save, SavedMeet, SavedSession};
use super::state::{AskNo, Changed, DeskEvent, DeskState, EditRefused, LoggedOut, Opening, Restoring};
use super::upload::Upload;
use crate::core::backoff::Backoff;
use crate::core::time::Millis;

/// A desk of one meet, as a state machine.
///
/// To run it: carry out every [`MeetDesk::poll_save`] and then call [`MeetDesk::handle_saved`], send every
/// [`MeetDesk::poll_request`] and hand its answer to [`MeetDesk::handle_answer`], give up the connection when
/// [`MeetDesk::poll_bad`] says so, tell it when there is a connection and when there is none, take
/// [`MeetDesk::poll_event`] until it is empty, and call [`MeetDesk::handle_timeout`] when [`MeetDesk::poll_timeout`] is
/// reached. After any command or `handle_*`, poll again. Edits are shown at once; nothing is sent before it is saved.
#[derive(Debug)]
pub struct MeetDesk {
    pub(super) session: Option<SavedSession>,
    pub(super) desk: Desk,
    /// The seal on the end of the log.
    pub(super) receipt: Option<Receipt>,
    pub(super) phase: Phase,
    pub(super) connected: bool,
    /// What the core or a relay refused last, while that keeps the desk from following.
    pub(super) trouble: Option<WireError>,
    /// Nothing is asked before.
    pub(super) again_at: Option<Millis>,
    pub(super) backoff: Backoff,
    /// Why updates are not taken, and when they are sent again.
    pub(super) held_up: Option<(WireError, Millis)>,
    pub(super) held_backoff: Backoff,
    pub(super) commands: Commands,
    pub(super) waiting: BTreeMap<AskNo, Waiting>,
    pub(super) next_ask: u64,
    pub(super) outbox: VecDeque<Outgoing>,
    pub(super) kept: Kept,
    /// What the next save changes besides what `kept` tells.
    pub(super) changes: Vec<Change>,
    pub(super) saves: VecDeque<Save>,
    pub(super) last_save: u64,
    pub(super) saved: u64,
    pub(super) bad: Option<String>,
    pub(super) events: VecDeque<DeskEvent>,
    /// What events have told.
    pub(super) told: Told,
    pub(super) log_bytes: usize,
    /// The number of the meet's sealed record as the core last told it.
    pub(super) record_number: Option<u32>,
}

/// Where a desk stands.
#[derive(Debug)]
pub(super) enum Phase {
    NotJoined,
    Opening {
        opening: Opening,
        /// What it was before, to be again if it is refused.
        before: Option<LoggedOut>,
    },
    /// It has a session.
    In(Stage),
    Restoring {
        upload: Option<Upload>,
        /// The core knows the meet, if perhaps not all of it.
        known: bool,
        /// What to go on with.
        then: Option<Opening>,
    },
    Out(LoggedOut),
    Closed,
}

/// What a desk with a session does.
#[derive(Debug)]
pub(super) enum Stage {
    /// Pulls, and has not heard of the core's end of the log since; then `true`.
    Resync(bool),
    Live,
    Recover(Upload),
    /// Holds lines past this one that the core does not have; drops them when it gets the core's.
    Rewind(MeetSeq),
}

/// What an answer is waited for to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Open,
    /// From that line on.
    Pull(MeetSeq),
    /// So many updates.
    Update(usize),
    Recover,
    Record,
    Claim,
    Restore,
    Command(super::state::CommandNo),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub(super) asked: Asked,
    pub(super) deadline: Millis,
}

/// A request that waits for a save.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) no: AskNo,
    pub(super) request: MeetRequest,
    pub(super) after_save: u64,
}

#[derive(Debug)]
pub(super) struct Told {
    state: DeskState,
    pending: usize,
    held_up: Option<WireError>,
    overruled: Vec<MeetSeq>,
    half_full: bool,
}

impl MeetDesk {
    /// A desk that takes part in no meet yet. `seed` is a random number; the waits before asking again follow from it.
    pub fn new(seed: u64) -> Self {
        // Its id is given when it gets into a meet.
        Self::with(seed, None, Desk::new(DeskId([0; 16])), None, Kept::default(), Phase::NotJoined)
    }

    /// A desk as it was saved.
    pub fn load(saved: SavedMeet, seed: u64) -> Self {
        let SavedMeet { session, receipt, desk, kept } = saved;
        let phase = match (session.open, session.member) {
            (true, _) => Phase::In(Stage::Resync(false)),
            (false, Some(_)) => Phase::Out(LoggedOut::PasswordNeeded { restored: false }),
            (false, None) => Phase::NotJoined,
        };
        Self::with(seed, Some(session), desk, receipt, kept, phase)
    }

    fn with(
        seed: u64,
        session: Option<SavedSession>,
        desk: Desk,
        receipt: Option<Receipt>,
        kept: Kept,
        phase: Phase,
    ) -> Self {
        let log_bytes = bytes_of(desk.log().lines_after(MeetSeq(0)));
        let told = Told {
            state: DeskState::NotJoined,
            pending: desk.pending(),
            held_up: None,
            overruled: desk.overruled().iter().map(|overruled| overruled.seq).collect(),
            half_full: false,
        };
        let mut new = Self {
            session,
            desk,
            receipt,
            phase,
            connected: false,
            trouble: None,
            again_at: None,
            backoff: Backoff::new(seed),
            held_up: None,
            held_backoff: Backoff::new(!seed),
            commands: Commands::default(),
            waiting: BTreeMap::new(),
            next_ask: 0,
            outbox: VecDeque::new(),
            kept,
            changes: Vec::new(),
            saves: VecDeque::new(),
            last_save: 0,
            saved: 0,
            bad: None,
            events: VecDeque::new(),
            told,
            log_bytes,
            record_number: None,
        };
        new.told.state = new.state();
        new.tell();
        new
    }

    /// Sets a path; it is shown at once and sent when that can be done.
    ///
    /// # Errors
    /// [`EditRefused`]; nothing is changed then.
    pub fn edit(&mut self, now: Millis, path: Path, value: Value) -> Result<(), EditRefused> {
        self.edit_all(now, vec![(path, value)])
    }

    /// Sets several paths, in this order: all of them or, where one is refused, none.
    ///
    /// # Errors
    /// The first [`EditRefused`]; nothing is changed then.
    pub fn edit_all(&mut self, now: Millis, edits: Vec<(Path, Value)>) -> Result<(), EditRefused> {
        if matches!(self.phase, Phase::Closed) {
            return Err(EditRefused::Closed);
        }
        if let Some((path, _)) = edits.iter().find(|(_, value)| codec::encoded_len(value) > MEET_VALUE_BYTES) {
            return Err(EditRefused::TooLong(*path));
        }
        let mut paths: Vec<_> = edits.iter().map(|(path, _)| *path).collect();
        self.desk.edit_all(edits)?;
        paths.sort_unstable();
        paths.dedup();
        self.events.push_back(DeskEvent::Shown(Changed::Paths(paths)));
        self.settle(now);
        Ok(())
    }

    /// Sets once more what an own update of this line set that does not stand, now that the other value is known.
    ///
    /// # Errors
    /// [`EditRefused`]; nothing is changed then.
    pub fn again(&mut self, now: Millis, seq: MeetSeq) -> Result<(), EditRefused> {
        let mine = self.desk.overruled().iter().find(|overruled| overruled.seq == seq).cloned();
        let Overruled { path, value, .. } = mine.ok_or(EditRefused::NotOverruled(seq))?;
        self.edit(now, path, value)?;
        self.dismiss(now, seq);
        Ok(())
    }

    /// Takes an own update that does not stand off the list.
    pub fn dismiss(&mut self, now: Millis, seq: MeetSeq) {
        self.desk.dismiss(seq);
        self.settle(now);
    }

    /// What it is about.
    pub fn state(&self) -> DeskState {
        match &self.phase {
            Phase::NotJoined => DeskState::NotJoined,
            Phase::Opening { .. } | Phase::Restoring { upload: None, then: Some(_), .. } => DeskState::Opening,
            Phase::Out(why) => DeskState::LoggedOut(why.clone()),
            Phase::Closed => DeskState::Closed,
            Phase::In(_) | Phase::Restoring { .. } if !self.connected => DeskState::Offline { why: None },
            Phase::In(_) | Phase::Restoring { .. } if self.trouble.is_some() => {
                DeskState::Offline { why: self.trouble.clone() }
            }
            Phase::In(Stage::Live) => DeskState::Live,
            Phase::In(Stage::Resync(_)) => DeskState::Resyncing,
            Phase::In(Stage::Rewind(_)) => DeskState::Recovering { sent: 0, total: 0 },
            Phase::In(Stage::Recover(upload)) => {
                let (sent, total) = upload.progress();
                DeskState::Recovering { sent, total }
            }
            Phase::Restoring { upload: None, .. } => DeskState::Restoring(Restoring::Claiming),
            Phase::Restoring { upload: Some(upload), .. } => {
                let (sent, total) = upload.progress();
                DeskState::Restoring(Restoring::Uploading { sent, total })
            }
        }
    }

    /// Which meet, once that is known.
    pub fn meet(&self) -> Option<MeetId> {
        self.session.as_ref().and_then(|session| session.meet)
    }

    /// Who and where this desk is. Holds the token: not for people.
    pub fn session(&self) -> Option<&SavedSession> {
        self.session.as_ref()
    }

    /// The log as far as it has come.
    pub fn log(&self) -> &MeetLog {
        self.desk.log()
    }

    /// What people see: what is settled, and own updates over it.
    pub fn shown(&self) -> MeetState {
        self.desk.shown()
    }

    /// Of that what `path` is in, which is short to copy.
    pub fn shown_at(&self, path: Path) -> MeetState {
        self.desk.shown_at(path)
    }

    /// The desk underneath.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Own updates that have no line yet.
    pub fn pending(&self) -> usize {
        self.desk.pending()
    }

    /// Why own updates are not taken at present, though the desk is live.
    pub fn held_up(&self) -> Option<&WireError> {
        self.held_up.as_ref().map(|(why, _)| why)
    }

    /// Own updates that do not stand, until they are dismissed.
    pub fn overruled(&self) -> &[Overruled] {
        self.desk.overruled()
    }

    /// Whether the meet is finished: what is edited from then on comes too late.
    pub fn is_finished(&self) -> bool {
        self.desk.log().is_finished()
    }

    /// Bytes of the log; it is full at [`MEET_LOG_BYTES`].
    pub fn log_bytes(&self) -> usize {
        self.log_bytes
    }

    /// Events for what has changed since the last ones.
    pub(super) fn tell(&mut self) {
        let state = self.state();
        if state != self.told.state {
            self.told.state = state;
            self.events.push_back(DeskEvent::State);
        }
        let (pending, held_up) = (self.desk.pending(), self.held_up().cloned());
        if (pending, &held_up) != (self.told.pending, &self.told.held_up) {
            (self.told.pending, self.told.held_up) = (pending, held_up);
            self.events.push_back(DeskEvent::Pending);
        }
        let overruled: Vec<_> = self.desk.overruled().iter().map(|overruled| overruled.seq).collect();
        if overruled != self.told.overruled {
            self.told.overruled = overruled;
            self.events.push_back(DeskEvent::Overruled);
        }
        if self.log_bytes >= MEET_LOG_BYTES / 2 && !self.told.half_full {
            self.told.half_full = true;
            self.events.push_back(DeskEvent::LogHalfFull);
        }
    }
}

/// Bytes of lines in a log.
pub(super) fn bytes_of(lines: &[Line]) -> usize {
    lines.iter().map(codec::encoded_len).sum()
}
