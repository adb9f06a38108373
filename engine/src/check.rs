//! Whether an event may be scored: lengths, ranges, and a board that takes it. Entities are valid by their type
//! already. It changes nothing; what a refused event does to its source's watermark is in `sources.rs`.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::{ChatMessage, Cleared, Event, Points, Profile};
use scorelay_protocol::limits::{BADGES, EMOTES, MAX_SCORE, MESSAGE_BYTES, NAME_BYTES, URL_BYTES};

use crate::board::BoardMachine;
use crate::scorer::Scorer;

/// Checks an event.
///
/// # Errors
/// [`ErrorCode::BadEvent`], saying which part is wrong; the part itself is not echoed.
pub(crate) fn event(machines: &[BoardMachine], event: &Event) -> Result<(), WireError> {
    match event {
        Event::Message(message) => self::message(message),
        Event::Points(points) => self::points(machines, points),
        Event::Notice(notice) => {
            names([("author's name", &notice.name), ("room", &notice.room)])?;
            names(notice.id.iter().map(|id| ("notice's id", id)))?;
            badges(&notice.badges)
        }
        Event::Clear(clear) => {
            let id = if let Cleared::One(id) = &clear.what { Some(("message id", id)) } else { None };
            names([("room", &clear.room)].into_iter().chain(id))
        }
        Event::Profile(profile) => self::profile(profile),
    }
}

/// A refusal of an event.
pub(crate) fn bad(why: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadEvent, why)
}

fn names<'t>(texts: impl IntoIterator<Item = (&'static str, &'t String)>) -> Result<(), WireError> {
    for (what, text) in texts {
        if text.len() > NAME_BYTES {
            return Err(bad(format!("a {what} of {} bytes, more than {NAME_BYTES}", text.len())));
        }
    }
    Ok(())
}

fn badges(badges: &[String]) -> Result<(), WireError> {
    names(badges.iter().map(|badge| ("badge", badge)))?;
    if badges.len() > BADGES {
        return Err(bad(format!("{} badges, more than {BADGES}", badges.len())));
    }
    Ok(())
}

fn message(message: &ChatMessage) -> Result<(), WireError> {
    names([("author's name", &message.name), ("room", &message.room)])?;
    names(message.id.iter().map(|id| ("message id", id)))?;
    names(message.emotes.iter().map(|emote| ("emote's name", &emote.name)))?;
    badges(&message.badges)?;
    if message.emotes.len() > EMOTES {
        return Err(bad(format!("{} emotes, more than {EMOTES}", message.emotes.len())));
    }
    if message.text.len() > MESSAGE_BYTES {
        return Err(bad(format!("a message of {} bytes, more than {MESSAGE_BYTES}", message.text.len())));
    }
    Ok(())
}

fn profile(profile: &Profile) -> Result<(), WireError> {
    names([("name", &profile.name)])?;
    badges(&profile.badges)?;
    match &profile.avatar {
        Some(url) if url.len() > URL_BYTES => {
            Err(bad(format!("an avatar's address of {} bytes, more than {URL_BYTES}", url.len())))
        }
        Some(url) if !url.starts_with("https://") || url.chars().any(|c| c.is_control() || c.is_whitespace()) => {
            Err(bad("an avatar's address that is not https"))
        }
        Some(_) | None => Ok(()),
    }
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
