//! What JavaScript gives for meets: ids, secrets, edits, and what it kept of a desk.

use std::collections::BTreeMap;

use scorelay_client::core::meet::{EditRefused, Key, OpeningError, SavedMeet};
use scorelay_client::protocol::error::ErrorCode;
use scorelay_client::protocol::limits::{MEET_LOCATION_BYTES, MEET_LOCATIONS};
use scorelay_client::protocol::meet::ids::{DeskId, MeetId, Priority};
use scorelay_client::protocol::meet::line::Location;
use scorelay_client::protocol::meet::path::{Path, StageNo};
use scorelay_client::protocol::meet::secret::{Password, Token, Typed};
use scorelay_client::protocol::meet::value::Value;
use scorelay_meets::desk::EditError;
use scorelay_meets::json::value_from_json;
use serde_json::Value as Json;

use crate::errors::Failure;

/// An error of a command.
pub(super) fn failed(code: ErrorCode, why: impl ToString) -> Failure {
    Failure { code: code.name(), retryable: code.retryable(), message: why.to_string() }
}

fn own(code: &'static str, why: impl ToString) -> Failure {
    Failure { code, retryable: false, message: why.to_string() }
}

pub(super) fn no_desk() -> Failure {
    own("meet-closed", "this desk is closed")
}

pub(super) fn meet(text: &str) -> Result<MeetId, Failure> {
    text.parse().map_err(|error| own("bad-meet", error))
}

pub(super) fn password(text: String) -> Result<Typed, Failure> {
    let checked = Password::new(text).map_err(|error| failed(ErrorCode::BadPassword, error))?;
    Ok(checked.into())
}

/// Bytes drawn at random.
pub(super) fn token(random: &[u8]) -> Result<Token, Failure> {
    random.try_into().map(Token).map_err(|_| own("bad-link", "a display link's token is 32 bytes"))
}

/// A token and a desk's id of bytes drawn at random.
pub(super) fn secrets(random: &[u8]) -> Result<(Token, DeskId), Failure> {
    let (token, desk) = random.split_at_checked(32).unwrap_or_default();
    let desk = desk.try_into().map_err(|_| own("broken", "48 random bytes are wanted"))?;
    Ok((self::token(token)?, DeskId(desk)))
}

pub(super) fn stage(number: u8) -> Result<StageNo, Failure> {
    StageNo::new(number).ok_or_else(|| failed(ErrorCode::BadPath, "stages are 1 to 99"))
}

pub(super) fn location(name: String, priority: f64) -> Result<Location, Failure> {
    let whole = (0.0..=1_000.0).contains(&priority) && priority.fract() == 0.0;
    let number = Priority::new(if whole { priority as u16 } else { u16::MAX });
    let bad = |why: &str| failed(ErrorCode::BadLocations, why);
    let priority = number.ok_or_else(|| bad("a priority is a whole number from 0 to 1000"))?;
    if name.is_empty() || name.len() > MEET_LOCATION_BYTES {
        return Err(bad("a location's name has 1 to 64 bytes"));
    }
    Ok(Location { name, priority })
}

/// `[["Platform", 20], …]`.
pub(super) fn locations(json: &str) -> Result<Vec<Location>, Failure> {
    let bad = || failed(ErrorCode::BadLocations, "locations are names with priorities");
    let all: Vec<Json> = serde_json::from_str(json).map_err(|_| bad())?;
    if all.len() > MEET_LOCATIONS {
        return Err(failed(ErrorCode::BadLocations, "too many locations"));
    }
    let one = |json: &Json| {
        let (name, priority) = (json.get(0).and_then(Json::as_str), json.get(1).and_then(Json::as_f64));
        location(name.ok_or_else(bad)?.to_owned(), priority.ok_or_else(bad)?)
    };
    all.iter().map(one).collect()
}

/// `[["meet.name", "Open 2026"], …]`.
pub(super) fn edits(json: &str) -> Result<Vec<(Path, Value)>, Failure> {
    let bad = |why: &str| failed(ErrorCode::BadValue, why);
    let all: Vec<Json> = serde_json::from_str(json).map_err(|error| bad(&format!("no JSON: {error}")))?;
    let one = |json: &Json| {
        let text = json.get(0).and_then(Json::as_str).unwrap_or_default();
        let path: Path = text.parse().map_err(|error| failed(ErrorCode::BadPath, format!("\"{text}\" is {error}")))?;
        let value = value_from_json(path, json.get(1).unwrap_or(&Json::Null));
        Ok((path, value.map_err(|error| bad(&format!("{path}: {error}")))?))
    };
    all.iter().map(one).collect()
}

/// What was kept: of each a key of nine bytes, four with the length of what follows, and that.
pub(super) fn kept(mut bytes: &[u8]) -> Result<SavedMeet, Failure> {
    let damaged = |why: String| failed(ErrorCode::BadStateFile, why);
    let mut kept = BTreeMap::new();
    while let Some((key, rest)) = bytes.split_first_chunk::<9>() {
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("it ends too early".into()))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (value, rest) = rest.split_at_checked(length).ok_or_else(|| damaged("it ends too early".into()))?;
        let key = Key::from_bytes(*key).ok_or_else(|| damaged("a key of no kind".into()))?;
        kept.insert(key, value.to_vec());
        bytes = rest;
    }
    let saved = SavedMeet::load(&kept).map_err(|error| damaged(error.to_string()))?;
    saved.ok_or_else(|| damaged("nothing was kept".into()))
}

impl From<OpeningError> for Failure {
    fn from(error: OpeningError) -> Self {
        let code = match error {
            OpeningError::AnotherMeet => "another-meet",
            OpeningError::TakesPart => "takes-part",
        };
        own(code, error)
    }
}

impl From<EditRefused> for Failure {
    fn from(error: EditRefused) -> Self {
        match error {
            EditRefused::Edit(EditError::Value(_)) => failed(ErrorCode::BadValue, error),
            EditRefused::Edit(EditError::NoPlace(_)) => failed(ErrorCode::BadPath, error),
            EditRefused::Edit(EditError::NothingThere) => failed(ErrorCode::NotReady, error),
            EditRefused::TooLong(_) => own("too-long", error),
            EditRefused::Closed => own("meet-closed", error),
            EditRefused::NotOverruled(_) => own("not-overruled", error),
        }
    }
}
