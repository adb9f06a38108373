//! Whether an event may be scored: lengths, ranges, and a board that takes it. Entities are valid by their type already.
//! It changes nothing; what a refused event does to its source's watermark is in `sources.rs`.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::{ChatMessage, Event, Points};
use scorelay_protocol::limits::{BADGES, MAX_SCORE, MESSAGE_BYTES, NAME_BYTES};

use crate::board::BoardMachine;
use crate::config::Scorer;

/// Checks an event.
///
/// # Errors
/// [`ErrorCode::BadEvent`], saying which part is wrong; the part itself is not echoed.
pub(crate) fn event(machines: &[BoardMachine], event: &Event) -> Result<(), WireError> {
    match event {
        Event::Message(message) => self::message(message),
        Event::Points(points) => self::points(machines, points),
    }
}

/// A refusal of an event.
pub(crate) fn bad(why: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadEvent, why)
}

fn message(message: &ChatMessage) -> Result<(), WireError> {
    let names = [("author's name", &message.name), ("room", &message.room)];
    let id = message.id.iter().map(|id| ("message id", id));
    let badges = message.badges.iter().map(|badge| ("badge", badge));
    for (what, text) in names.into_iter().chain(id).chain(badges) {
        if text.len() > NAME_BYTES {
            return Err(bad(format!("a {what} of {} bytes, more than {NAME_BYTES}", text.len())));
        }
    }
    if message.badges.len() > BADGES {
        return Err(bad(format!("{} badges, more than {BADGES}", message.badges.len())));
    }
    if message.text.len() > MESSAGE_BYTES {
        return Err(bad(format!("a message of {} bytes, more than {MESSAGE_BYTES}", message.text.len())));
    }
    Ok(())
}

fn points(machines: &[BoardMachine], points: &Points) -> Result<(), WireError> {
    if !(-MAX_SCORE..=MAX_SCORE).contains(&points.units) {
        return Err(bad(format!("points of {} units, beyond ±{MAX_SCORE}", points.units)));
    }
    match machines.iter().find(|machine| machine.config.id == points.board) {
        None => Err(bad("points for a board that does not exist")),
        Some(machine) if machine.config.scorer != Scorer::External => {
            Err(bad(format!("points for board {:?}, which is not scored elsewhere", points.board)))
        }
        Some(_) => Ok(()),
    }
}
