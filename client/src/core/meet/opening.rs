//! How a desk gets into a meet, and back in after its session or the whole meet was lost at the core.
//!
//! A token is saved before it is sent, so that a lost answer can be asked for again with the same one. Passwords are
//! held only until they are answered, and never saved.

use scorelay_meets::desk::Desk;
use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::meet::answer::{Claimed, MeetAnswer, Opened};
use scorelay_protocol::meet::ids::{DeskId, MeetSeq};
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::receipt::SealedRecord;
use scorelay_protocol::meet::request::{Create, Join, MeetRequest};
use scorelay_protocol::meet::secret::Token;

use super::commands::no_session;
use super::desk::{Asked, MeetDesk, Phase, Stage};
use super::saved::{Change, Key, Member, SavedSession, session_bytes};
use super::state::{DeskEvent, LoggedOut, Opening, OpeningError};
use super::upload::Upload;
use crate::core::time::Millis;

impl MeetDesk {
    /// Makes a meet or joins one; also joins its own again, once its session has ended. `token` and `desk` are drawn at
    /// random each time; where a lost answer is asked for again, the ones of then are used.
    ///
    /// # Errors
    /// [`OpeningError`]; nothing is changed then.
    pub fn open(&mut self, now: Millis, opening: Opening, token: Token, desk: DeskId) -> Result<(), OpeningError> {
        let before = match &self.phase {
            Phase::NotJoined => None,
            Phase::Out(why) => Some(why.clone()),
            _ => return Err(OpeningError::TakesPart),
        };
        let (location, locations, meet) = match &opening {
            Opening::Create { location, locations, .. } => (location.clone(), locations.clone(), None),
            Opening::Join { meet, location, .. } => (location.clone(), Vec::new(), Some(*meet)),
        };
        let session = match &self.session {
            Some(own) if own.member.is_some() => {
                if meet.is_none() || meet != own.meet {
                    return Err(OpeningError::AnotherMeet);
                }
                SavedSession { token, open: false, ..own.clone() }
            }
            Some(own) if (&own.location, &own.locations, own.meet) == (&location, &locations, meet) => own.clone(),
            _ => SavedSession { desk, token, location, locations, meet, member: None, open: false },
        };
        if session.member.is_none() {
            self.desk = Desk::new(session.desk);
        }
        self.phase = match session.member {
            // A core that lost the meet gets it back first: to ask it for that meet would look like a wrong password.
            Some(_) => Phase::Restoring { upload: None, known: false, then: Some(opening) },
            None => Phase::Opening { opening, before },
        };
        self.keep_session(session);
        (self.again_at, self.trouble) = (None, None);
        self.settle(now);
        Ok(())
    }

    pub(super) fn keep_session(&mut self, session: SavedSession) {
        self.changes.push(Change::Put(Key::Session, session_bytes(&session)));
        self.session = Some(session);
    }

    pub(super) fn keep_record(&mut self, record: SealedRecord) -> Result<(), &'static str> {
        let Some(session) = &self.session else { return Ok(()) };
        let Some(member) = session.member else { return Ok(()) };
        if (Some(record.record.meet), record.record.uid) != (session.meet, member.uid) {
            return Err("another meet's record");
        }
        let session = SavedSession { member: Some(Member { record, ..member }), ..session.clone() };
        self.keep_session(session);
        Ok(())
    }

    /// The request that opens a session.
    pub(super) fn open_request(&self) -> Option<MeetRequest> {
        let (Phase::Opening { opening, .. }, Some(session)) = (&self.phase, &self.session) else { return None };
        let SavedSession { token, desk, location, .. } = session.clone();
        Some(match opening.clone() {
            Opening::Create { locations, password, .. } => {
                MeetRequest::Create(Create { token, desk, location, locations, password })
            }
            Opening::Join { meet, password, location } => {
                MeetRequest::Join(Join { meet, token, desk, location, password })
            }
        })
    }

    pub(super) fn opened(&mut self, opened: Opened) -> Result<(), &'static str> {
        let Some(session) = self.session.clone() else { return Ok(()) };
        if session.meet.is_some_and(|meet| meet != opened.meet) {
            return Err("another meet was opened");
        }
        let Opened { meet, uid, session: no, record, .. } = opened;
        if session.member.is_some_and(|member| member.uid != uid) || self.log().uid().is_some_and(|own| own != uid) {
            self.log_out(LoggedOut::AnotherMeet);
            return Ok(());
        }
        let member = Some(Member { uid, session: no, record });
        self.keep_session(SavedSession { meet: Some(meet), member, open: true, ..session });
        self.phase = Phase::In(Stage::Resync(false));
        self.backoff.reset();
        Ok(())
    }

    pub(super) fn open_refused(&mut self, now: Millis, why: Option<WireError>) {
        let Phase::Opening { before, .. } = &self.phase else { return };
        match why {
            Some(why) if !why.code.retryable() => {
                self.phase = before.clone().map_or(Phase::NotJoined, Phase::Out);
                self.events.push_back(DeskEvent::NotOpened(why));
            }
            why => self.pause(now, why),
        }
    }

    /// The core does not know the session.
    pub(super) fn session_lost(&mut self) {
        if self.end_by_leaving() {
            return;
        }
        self.forget_asked();
        let member = self.session.as_ref().is_some_and(|session| session.member.is_some());
        if member {
            self.phase = Phase::Restoring { upload: None, known: false, then: None };
        } else {
            self.log_out(LoggedOut::PasswordNeeded { restored: false });
        }
    }

    /// There is no session any more.
    pub(super) fn log_out(&mut self, why: LoggedOut) {
        self.forget_asked();
        if let Some(session) = self.session.clone().filter(|session| session.open) {
            self.keep_session(SavedSession { open: false, ..session });
        }
        self.phase = Phase::Out(why);
        self.refuse_commands(&no_session());
    }

    pub(super) fn restore_request(&self) -> Option<(Asked, MeetRequest)> {
        let Phase::Restoring { upload, .. } = &self.phase else { return None };
        let record = self.session.as_ref()?.member?.record;
        match upload {
            None => Some((Asked::Claim, MeetRequest::Claim(record))),
            Some(upload) => {
                let request = MeetRequest::Restore { record, receipt: self.receipt?, part: upload.part() };
                Some((Asked::Restore, request))
            }
        }
    }

    /// An answer to `Claim` or `Restore`.
    pub(super) fn restore_answered(&mut self, answer: MeetAnswer) -> Result<(), &'static str> {
        self.backoff.reset();
        let wanted = matches!(answer, MeetAnswer::Claimed(_)).then(|| self.upload_of_log());
        let Phase::Restoring { upload, known, then } = &mut self.phase else { return Ok(()) };
        match answer {
            MeetAnswer::Claimed(Claimed::Known) => match self.receipt {
                // The core may have lost that this desk ever joined: it gets the lines that say so before the desk
                // joins anew.
                Some(_) => (*upload, *known) = (wanted, true),
                None => {
                    let then = then.take();
                    self.restored(false, then);
                }
            },
            MeetAnswer::Claimed(Claimed::Finished) => self.log_out(LoggedOut::Finished),
            MeetAnswer::Claimed(Claimed::Wanted) => match self.receipt {
                Some(_) => *upload = wanted,
                None => {
                    let why = WireError::new(ErrorCode::NoSuchMeet, "the core lost the meet, and so did this desk");
                    self.log_out(LoggedOut::Refused(why));
                }
            },
            MeetAnswer::More { offset } => {
                if let Some(upload) = upload {
                    upload.has(offset);
                }
            }
            MeetAnswer::Restored => {
                let (restored, then) = (!*known, then.take());
                self.restored(restored, then);
            }
            _ => return Err("an answer to another question"),
        }
        Ok(())
    }

    /// The core knows the meet: the desk joins it, if it was told to.
    fn restored(&mut self, restored: bool, then: Option<Opening>) {
        let out = LoggedOut::PasswordNeeded { restored };
        match then {
            Some(opening) => self.phase = Phase::Opening { opening, before: Some(out) },
            None => self.log_out(out),
        }
    }

    pub(super) fn restore_refused(&mut self, now: Millis, why: Option<WireError>) {
        let Phase::Restoring { upload, known, then } = &mut self.phase else { return };
        match why {
            Some(why) if !why.code.retryable() && *known => {
                let then = then.take();
                self.restored(false, then);
            }
            Some(why) if !why.code.retryable() => self.log_out(LoggedOut::Refused(why)),
            why => {
                if let (Some(upload), Some(ErrorCode::BadPart)) = (upload, why.as_ref().map(|why| why.code)) {
                    upload.restart();
                }
                self.pause(now, why);
            }
        }
    }

    /// The log as it is brought to the core.
    pub(super) fn upload_of_log(&self) -> Upload {
        let lines: Vec<Line> = self.log().lines_after(MeetSeq(0)).to_vec();
        Upload::new(codec::encode(&lines))
    }
}
