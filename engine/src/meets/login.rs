//! Whatever needs a password: making a meet, joining one, and another password for one.
//!
//! What can be refused without a hash is refused at once; only then a task goes through the gate (`gate.rs`). An
//! unknown id is treated as a meet with another password, so that nobody can tell.

use scorelay_meets::log::MeetLog;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{MEET_DESKS, MEET_LOCATION_BYTES, MEET_LOCATIONS, MEET_LOGIN_MS, MEETS};
use scorelay_protocol::meet::answer::{MeetAnswer, Opened};
use scorelay_protocol::meet::ids::{DeskId, MeetId, MeetSeq, MeetUid};
use scorelay_protocol::meet::line::{Joined, Line, Location, What};
use scorelay_protocol::meet::receipt::{AuthRecord, PasswordHash};
use scorelay_protocol::meet::request::{Create, Join};
use scorelay_protocol::meet::secret::{Password, Typed};

use super::effects::{Against, JobNo, Report, SessionRecord};
use super::gate::{Job, Lane, Task};
use super::input::{AskId, Hashed};
use super::machine::{Asked, Meets, Random, Reply, Used};
use super::meet::{Begun, Meet};
use super::sessions::hashed;
use super::steps::StepWhat;

/// What a password is hashed for.
#[derive(Debug)]
pub(super) enum Purpose {
    /// To join.
    Join { asked: Asked, joining: Joining },
    /// To make a meet.
    Create { asked: Asked, creating: Box<Creating> },
    /// To answer the making of a meet once more.
    CreateAgain { asked: Asked, creating: Box<Creating> },
    /// To see whether another password may be set.
    Old { asked: Asked, meet: MeetId, new: Password },
    /// To see whether it has been set already: a lost answer is asked for again with the old one.
    Again { asked: Asked, meet: MeetId },
    /// To set it.
    New { asked: Asked, meet: MeetId },
    /// To set it for the operator.
    Operator { ask: AskId, meet: MeetId },
}

#[derive(Debug)]
pub(super) struct Joining {
    meet: MeetId,
    token: [u8; 32],
    desk: DeskId,
    location: String,
}

#[derive(Debug)]
pub(super) struct Creating {
    token: [u8; 32],
    desk: DeskId,
    /// The creator's is the first.
    locations: Vec<Location>,
}

fn bad_login() -> WireError {
    WireError::new(ErrorCode::BadLogin, "no meet has this id with this password")
}

fn checked(typed: Typed) -> Result<Password, WireError> {
    typed.check().map_err(|error| WireError::new(ErrorCode::BadPassword, error.to_string()))
}

/// Checks a location's name.
pub(super) fn check_name(name: &str) -> Result<(), WireError> {
    if (1..=MEET_LOCATION_BYTES).contains(&name.len()) {
        Ok(())
    } else {
        let text = format!("a location's name has 1 to {MEET_LOCATION_BYTES} bytes");
        Err(WireError::new(ErrorCode::BadLocations, text))
    }
}

/// The locations with the creator's first.
fn ordered(mut locations: Vec<Location>, own: &str) -> Result<Vec<Location>, WireError> {
    if locations.len() > MEET_LOCATIONS {
        let text = format!("a meet has at most {MEET_LOCATIONS} locations");
        return Err(WireError::new(ErrorCode::MeetFull, text));
    }
    for (at, location) in locations.iter().enumerate() {
        check_name(&location.name)?;
        if locations[..at].iter().any(|other| other.name == location.name) {
            return Err(WireError::new(ErrorCode::BadLocations, "two locations have the same name"));
        }
    }
    let first = locations.iter().position(|location| location.name == own);
    let first = first.ok_or_else(|| WireError::new(ErrorCode::BadLocations, "the own location is none of them"))?;
    locations[..=first].rotate_right(1);
    Ok(locations)
}

impl Meets {
    pub(super) fn create(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        create: Create,
        random: Random,
    ) -> Result<Reply, WireError> {
        let Create { token, desk, location, locations, password } = create;
        let password = checked(password)?;
        let locations = ordered(locations, &location)?;
        let creating = Box::new(Creating { token: hashed(&token), desk, locations });
        let task = self.create_task(now, asked, creating, password, random)?;
        self.gate.submit(now, task)?;
        Ok(Reply::Later)
    }

    fn create_task(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        creating: Box<Creating>,
        password: Password,
        random: Random,
    ) -> Result<Task, WireError> {
        let known = self.made_with(&creating.token).map(|meet| (meet.id, meet.sealed.record.password));
        let (checks, against, purpose) = if let Some((meet, password)) = known {
            (Some(meet), Against::Known(password), Purpose::CreateAgain { asked, creating })
        } else {
            self.check_room()?;
            let mut salt = [0; 16];
            random(&mut salt);
            (None, Against::New { salt }, Purpose::Create { asked, creating })
        };
        Ok(Task { from: Some(asked.from), since: now, lane: Lane::Create, checks, password, against, purpose })
    }

    /// The meet that has a session of this token.
    fn made_with(&self, token: &[u8; 32]) -> Option<&Meet> {
        self.meets.values().find(|meet| !meet.leaving && meet.sessions.of(token).is_some())
    }

    /// Checks that there may be one more unfinished meet.
    pub(super) fn check_room(&self) -> Result<(), WireError> {
        if self.meets.values().filter(|meet| !meet.log.is_finished()).count() < MEETS {
            Ok(())
        } else {
            Err(WireError::new(ErrorCode::MeetFull, format!("this server has its {MEETS} meets")))
        }
    }

    pub(super) fn join(&mut self, now: UnixMillis, asked: Asked, join: Join) -> Result<Reply, WireError> {
        let Join { meet: id, token, desk, location, password } = join;
        let password = checked(password)?;
        let meet = self.meet(id);
        let known = meet.as_ref().is_some_and(|meet| meet.author(desk).is_some());
        let against = meet.map_or(Against::Nothing, |meet| Against::Known(meet.sealed.record.password));
        let joining = Joining { meet: id, token: hashed(&token), desk, location };
        let lane = if known { Lane::Known } else { Lane::New };
        let purpose = Purpose::Join { asked, joining };
        let task = Task { from: Some(asked.from), since: now, lane, checks: Some(id), password, against, purpose };
        self.gate.submit(now, task)?;
        Ok(Reply::Later)
    }

    pub(super) fn password(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        used: Used,
        old: Typed,
        new: Typed,
    ) -> Result<Reply, WireError> {
        self.creator(used)?;
        let (new, old) = (checked(new)?, checked(old)?);
        let against = Against::Known(self.used(used.meet)?.sealed.record.password);
        let purpose = Purpose::Old { asked, meet: used.meet, new };
        let (from, checks) = (Some(asked.from), Some(used.meet));
        let task = Task { from, since: now, lane: Lane::Known, checks, password: old, against, purpose };
        self.gate.submit(now, task)?;
        Ok(Reply::Later)
    }

    /// The operator gives a meet another password.
    pub(super) fn operator_password(
        &mut self,
        now: UnixMillis,
        ask: AskId,
        meet: MeetId,
        password: Password,
        random: Random,
    ) -> Result<(), WireError> {
        let mut salt = [0; 16];
        random(&mut salt);
        let (against, purpose) = (Against::New { salt }, Purpose::Operator { ask, meet });
        self.gate
            .submit(now, Task { from: None, since: now, lane: Lane::Known, checks: None, password, against, purpose })
    }

    pub(super) fn hashed(&mut self, now: UnixMillis, job: JobNo, result: Hashed, random: Random) {
        let Some(Job { task, gone }) = self.gate.done(job) else { return };
        let Task { from, since, checks, password, purpose, .. } = task;
        if let Some((meet, from)) = checks.zip(from) {
            if result == Hashed::Matches(true) {
                self.gate.was_right(meet, from);
            } else if let (Purpose::Old { asked, meet, new }, false) = (&purpose, gone) {
                // Wrong so far, unless the new one is set already.
                return self.old_was_wrong(*asked, *meet, new.clone(), since);
            } else {
                self.wrong(now, meet, since, &purpose, gone);
                return;
            }
        }
        if gone && !matches!(purpose, Purpose::Operator { .. }) {
            return;
        }
        let made = if let Hashed::Made(hash) = result { Some(hash) } else { None };
        let (asked, done) = match purpose {
            Purpose::Join { asked, joining } => (asked, self.joined(now, asked, &joining)),
            Purpose::Create { asked, creating } => {
                (asked, self.created(now, asked, since, creating, password, made, random))
            }
            Purpose::CreateAgain { asked, creating } => {
                let joining = self.made_with(&creating.token).map(|meet| Joining {
                    meet: meet.id,
                    token: creating.token,
                    desk: creating.desk,
                    location: creating.locations[0].name.clone(),
                });
                (asked, joining.ok_or_else(bad_login).and_then(|joining| self.joined(now, asked, &joining)))
            }
            Purpose::Old { asked, meet, new } => {
                let mut salt = [0; 16];
                random(&mut salt);
                let (against, purpose) = (Against::New { salt }, Purpose::New { asked, meet });
                let (from, lane) = (Some(asked.from), Lane::Known);
                self.gate.go_on(Task { from, since, lane, checks: None, password: new, against, purpose });
                return;
            }
            Purpose::Again { asked, meet } => (asked, self.record_again(meet, asked)),
            Purpose::New { asked, meet } => {
                let set = self.set_password(meet, made);
                (asked, set.map(|sealed| self.answer_written(Some(meet), asked, MeetAnswer::Record(sealed))))
            }
            Purpose::Operator { ask, meet } => {
                match self.set_password(meet, made) {
                    Ok(_) => self.report_written(meet, ask, Report::Done),
                    Err(error) => self.out.report(ask, Err(error)),
                }
                return self.go_on(now, meet);
            }
        };
        if let Err(error) = done {
            self.out.answer(asked.ask, Err(error));
        }
        // Which meet it was, the answer's own function knows; all that has a step without a write begins one.
        self.go_on_all(now);
    }

    fn go_on_all(&mut self, now: UnixMillis) {
        let waits = |meet: &&Meet| meet.steps.out.is_none() && !meet.steps.next.is_empty();
        for id in self.meets.values().filter(waits).map(|meet| meet.id).collect::<Vec<_>>() {
            self.go_on(now, id);
        }
    }

    fn wrong(&mut self, now: UnixMillis, meet: MeetId, since: UnixMillis, purpose: &Purpose, gone: bool) {
        let asked = match purpose {
            Purpose::Join { asked, .. }
            | Purpose::Create { asked, .. }
            | Purpose::CreateAgain { asked, .. }
            | Purpose::Old { asked, .. }
            | Purpose::Again { asked, .. }
            | Purpose::New { asked, .. } => *asked,
            Purpose::Operator { .. } => return,
        };
        self.gate.was_wrong(now, meet, asked.from);
        if self.meets.contains_key(&meet) {
            self.out.note(meet, "a wrong password");
        }
        if !gone {
            let at = UnixMillis(since.0.saturating_add(MEET_LOGIN_MS)).max(now);
            self.late.insert((at, asked.ask), (asked.from.link, bad_login()));
        }
    }

    fn old_was_wrong(&mut self, asked: Asked, id: MeetId, new: Password, since: UnixMillis) {
        let Some(meet) = self.meet(id) else {
            self.out.answer(asked.ask, Err(bad_login()));
            return;
        };
        let against = Against::Known(meet.sealed.record.password);
        let purpose = Purpose::Again { asked, meet: id };
        let (from, checks) = (Some(asked.from), Some(id));
        self.gate.go_on(Task { from, since, lane: Lane::Known, checks, password: new, against, purpose });
    }

    fn record_again(&mut self, id: MeetId, asked: Asked) -> Result<(), WireError> {
        let sealed = self.meet(id).ok_or_else(bad_login)?.sealed;
        self.answer_written(Some(id), asked, MeetAnswer::Record(sealed));
        Ok(())
    }

    fn set_password(
        &mut self,
        id: MeetId,
        made: Option<PasswordHash>,
    ) -> Result<scorelay_protocol::meet::receipt::SealedRecord, WireError> {
        let key = self.key.clone();
        let no_meet = || WireError::new(ErrorCode::NoSuchMeet, "the meet is gone");
        let meet = self.meet(id).ok_or_else(no_meet)?;
        let password = made.ok_or_else(no_hash)?;
        let number = meet.sealed.record.number.saturating_add(1);
        meet.sealed = key.seal_record(AuthRecord { number, password, ..meet.sealed.record });
        meet.steps.push(StepWhat::Auth);
        let sealed = meet.sealed;
        self.out.note(id, "another password");
        Ok(sealed)
    }

    fn joined(&mut self, now: UnixMillis, asked: Asked, joining: &Joining) -> Result<(), WireError> {
        let meet = self.meet(joining.meet).ok_or_else(bad_login)?;
        let Joining { token, desk, location, .. } = joining;
        let before = meet.location_of(*desk);
        let place = match before {
            Some(place) => usize::from(place),
            None => place_of(&meet.log, location)?,
        };
        let first_entry = meet.log.next_block();
        if before.is_none() && (meet.log.desks().len() >= MEET_DESKS || first_entry.is_none()) {
            let text = format!("{MEET_DESKS} desks have joined the meet, and more cannot");
            return Err(WireError::new(ErrorCode::MeetFull, text));
        }
        let name = meet.log.locations()[place].name.clone();
        let session = meet.sessions.open(now, *token, Some(*desk), &name)?;
        if let (None, Some(first_entry), Ok(location)) = (before, first_entry, u16::try_from(place)) {
            let joined = What::Joined(Joined { desk: *desk, location, first_entry });
            if let Err(error) = meet.push(now, joined) {
                meet.sessions.end(session.no)?;
                return Err(error);
            }
        }
        meet.steps.push(StepWhat::Sessions);
        let answer = opened(meet, &session);
        if before.is_none() {
            self.out.note(joining.meet, format!("desk {desk} joined at {name:?}"));
        }
        self.answer_written(Some(joining.meet), asked, answer);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "all of a task, taken apart")]
    fn created(
        &mut self,
        now: UnixMillis,
        asked: Asked,
        since: UnixMillis,
        creating: Box<Creating>,
        password: Password,
        made: Option<PasswordHash>,
        random: Random,
    ) -> Result<(), WireError> {
        if self.made_with(&creating.token).is_some() {
            // Asked twice before the first was done: the password decides.
            let task = self.create_task(since, asked, creating, password, random)?;
            self.gate.go_on(task);
            return Ok(());
        }
        self.check_room()?;
        let password = made.ok_or_else(no_hash)?;
        let id = self.draw_id(random)?;
        let mut uid = MeetUid([0; 16]);
        random(&mut uid.0);
        let sealed = self.key.seal_record(AuthRecord { meet: id, uid, number: 0, password });
        let mut log = MeetLog::new();
        let Creating { token, desk, locations } = *creating;
        let name = locations[0].name.clone();
        for what in [What::Created { id, uid, locations }, What::Epoch(self.epoch)] {
            log.push(Line { at: now, what }).map_err(|error| super::meet::bad_log(&error))?;
        }
        let begun = Begun { sealed, log, sessions: Vec::new(), epoch: self.epoch, durable: MeetSeq(0), there: false };
        let mut meet = Meet::new(begun);
        meet.steps.push(StepWhat::Create);
        self.meets.insert(id, meet);
        let joining = Joining { meet: id, token, desk, location: name };
        let joined = self.joined(now, asked, &joining);
        if joined.is_err() {
            self.meets.remove(&id);
        }
        joined
    }

    /// Draws an id that no meet has or had.
    fn draw_id(&self, random: Random) -> Result<MeetId, WireError> {
        for _ in 0..1_000 {
            let mut bytes = [0; 8];
            random(&mut bytes);
            let number = u64::from_le_bytes(bytes) % u64::from(MeetId::COUNT);
            let id = u32::try_from(number).ok().and_then(MeetId::new);
            if let Some(id) = id.filter(|id| self.is_free(*id)) {
                return Ok(id);
            }
        }
        Err(WireError::new(ErrorCode::MeetFull, "no id was found for one more meet"))
    }

    /// Whether no meet has or had an id.
    pub(super) fn is_free(&self, id: MeetId) -> bool {
        let had = self.tombstones.values().any(|gone| *gone == id);
        !had && !self.meets.contains_key(&id) && !self.unusable.contains(&id)
    }
}

fn no_hash() -> WireError {
    WireError::new(ErrorCode::MeetBusy, "the password could not be hashed: try again")
}

fn place_of(log: &MeetLog, name: &str) -> Result<usize, WireError> {
    let names = log.locations().iter().map(|location| location.name.as_str());
    names.clone().position(|known| known == name).ok_or_else(|| {
        let text = format!("the meet has no such location; it has {}", names.collect::<Vec<_>>().join(", "));
        WireError::new(ErrorCode::NoSuchLocation, text)
    })
}

fn opened(meet: &Meet, session: &SessionRecord) -> MeetAnswer {
    MeetAnswer::Opened(Opened {
        meet: meet.id,
        uid: meet.uid,
        session: session.no,
        expires: session.expires.unwrap_or_default(),
        record: meet.sealed,
    })
}
