//! The smaller things a desk asks: locations, stages, sessions, display links.
//!
//! Who asks is known by now; the larger things have files of their own, which `machine.rs` names.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_LOCATIONS, MEET_LOG_BYTES, MEET_LOG_SPARE_BYTES};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_protocol::meet::line::{Location, What};
use scorelay_protocol::meet::path::StageNo;
use scorelay_protocol::meet::request::{Claim, SessionNo};
use scorelay_protocol::meet::secret::Token;

use super::login::check_name;
use super::machine::{Meets, Reply, Used};
use super::meet::{Meet, log_full};
use super::sessions::{bad_session, hashed};
use super::steps::StepWhat;

impl Meet {
    /// Checks that a desk may still add to the log; the core keeps some room for itself.
    fn check_open(&self) -> Result<(), WireError> {
        if self.log.is_finished() {
            return Err(WireError::new(ErrorCode::MeetFinished, "the meet is finished"));
        }
        if self.bytes > MEET_LOG_BYTES - MEET_LOG_SPARE_BYTES { Err(log_full()) } else { Ok(()) }
    }

    /// The last line of which that holds.
    fn last_line(&self, holds: impl Fn(&What) -> bool) -> Option<MeetSeq> {
        let at = self.log.lines_after(MeetSeq(0)).iter().rposition(|line| holds(&line.what))?;
        Some(MeetSeq(at as u64 + 1))
    }
}

impl Meets {
    pub(super) fn add_location(&mut self, now: UnixMillis, used: Used, location: Location) -> Result<Reply, WireError> {
        self.creator(used)?;
        check_name(&location.name)?;
        let meet = self.used(used.meet)?;
        if let Some(known) = meet.log.locations().iter().find(|known| known.name == location.name) {
            if *known != location {
                let text = "there is a location of this name with another priority";
                return Err(WireError::new(ErrorCode::BadLocations, text));
            }
            // One that is in no line of its own is in the first.
            let line = meet.last_line(|what| *what == What::Location(location.clone()));
            return Ok(Reply::Written(MeetAnswer::Done(line.unwrap_or(MeetSeq(1)))));
        }
        meet.check_open()?;
        if meet.log.locations().len() >= MEET_LOCATIONS {
            let text = format!("a meet has at most {MEET_LOCATIONS} locations");
            return Err(WireError::new(ErrorCode::MeetFull, text));
        }
        let seq = meet.push(now, What::Location(location))?;
        Ok(Reply::Written(MeetAnswer::Done(seq)))
    }

    pub(super) fn drive(
        &mut self,
        now: UnixMillis,
        used: Used,
        stage: StageNo,
        claim: Claim,
    ) -> Result<Reply, WireError> {
        let author = self.author(used)?;
        let meet = self.used(used.meet)?;
        let driver = meet.log.driver(stage);
        let wanted = match claim {
            Claim::Take if driver.is_some_and(|driver| driver != author) => {
                let text = format!("another desk drives stage {}", stage.get());
                return Err(WireError::new(ErrorCode::StageTaken, text));
            }
            Claim::Take | Claim::TakeOver => Some(author),
            Claim::Leave if driver == Some(author) => None,
            Claim::Leave => driver,
        };
        let seq = if wanted == driver {
            let last = meet.last_line(|what| matches!(what, What::Driver { stage: of, .. } if *of == stage));
            last.unwrap_or_default()
        } else {
            meet.check_open()?;
            meet.push(now, What::Driver { stage, author: wanted })?
        };
        Ok(Reply::Written(MeetAnswer::Done(seq)))
    }

    pub(super) fn sessions(&mut self, now: UnixMillis, used: Used) -> Result<Reply, WireError> {
        let list = self.used(used.meet)?.sessions.list(now, Some(used.session));
        Ok(Reply::Now(MeetAnswer::Sessions(list)))
    }

    pub(super) fn revoke(&mut self, id: MeetId, no: SessionNo) -> Result<Reply, WireError> {
        let meet = self.used(id)?;
        if meet.sessions.end(no)? {
            meet.steps.push(StepWhat::Sessions);
            self.end_parked(id, Some(no), &bad_session());
        }
        Ok(Reply::Written(MeetAnswer::Ended))
    }

    pub(super) fn display(&mut self, now: UnixMillis, used: Used, token: Token) -> Result<Reply, WireError> {
        let meet = self.used(used.meet)?;
        if meet.log.is_finished() {
            return Err(WireError::new(ErrorCode::MeetFinished, "the meet is finished"));
        }
        let place = meet.location_of(used.desk).ok_or_else(bad_session)?;
        let name = meet.log.locations()[usize::from(place)].name.clone();
        let session = meet.sessions.open(now, hashed(&token), None, &name)?;
        meet.steps.push(StepWhat::Sessions);
        Ok(Reply::Written(MeetAnswer::Display(session.no)))
    }
}
