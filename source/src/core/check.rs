//! Whether an event may be given a number: its lengths and ranges. Whether a board takes it is the core's to know.

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::event::{Cleared, Event};
use scorelay_protocol::limits::{BADGES, BOARD_ID_BYTES, EMOTES, MAX_SCORE, MESSAGE_BYTES, NAME_BYTES, URL_BYTES};

/// Checks an event.
///
/// # Errors
/// [`ErrorCode::BadEvent`], saying which part is wrong.
pub fn event(event: &Event) -> Result<(), WireError> {
    match event {
        Event::Message(message) => {
            names([("name", &message.name), ("room", &message.room)])?;
            names(message.id.iter().map(|id| ("id", id)))?;
            names(message.emotes.iter().map(|emote| ("emote's name", &emote.name)))?;
            text("text", &message.text, MESSAGE_BYTES)?;
            most("emotes", message.emotes.len(), EMOTES)?;
            badges(&message.badges)
        }
        Event::Points(points) => {
            text("board", &points.board, BOARD_ID_BYTES)?;
            if !(-MAX_SCORE..=MAX_SCORE).contains(&points.units) {
                return Err(bad(format!("units of {}, beyond ±{MAX_SCORE}", points.units)));
            }
            Ok(())
        }
        Event::Notice(notice) => {
            names([("name", &notice.name), ("room", &notice.room)])?;
            names(notice.id.iter().map(|id| ("id", id)))?;
            badges(&notice.badges)
        }
        Event::Clear(clear) => {
            let id = if let Cleared::One(id) = &clear.what { Some(("id", id)) } else { None };
            names([("room", &clear.room)].into_iter().chain(id))
        }
        Event::Profile(profile) => {
            names([("name", &profile.name)])?;
            badges(&profile.badges)?;
            let Some(avatar) = &profile.avatar else { return Ok(()) };
            text("avatar", avatar, URL_BYTES)?;
            if !avatar.starts_with("https://") || avatar.chars().any(|c| c.is_control() || c.is_whitespace()) {
                return Err(bad("an avatar that is no https address"));
            }
            Ok(())
        }
    }
}

fn bad(why: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadEvent, why)
}

fn names<'t>(texts: impl IntoIterator<Item = (&'static str, &'t String)>) -> Result<(), WireError> {
    texts.into_iter().try_for_each(|(what, value)| text(what, value, NAME_BYTES))
}

fn badges(badges: &[String]) -> Result<(), WireError> {
    names(badges.iter().map(|badge| ("badge", badge)))?;
    most("badges", badges.len(), BADGES)
}

fn text(what: &str, text: &str, bytes: usize) -> Result<(), WireError> {
    if text.len() > bytes {
        return Err(bad(format!("{what} of {} bytes, more than {bytes}", text.len())));
    }
    Ok(())
}

fn most(what: &str, count: usize, most: usize) -> Result<(), WireError> {
    if count > most {
        return Err(bad(format!("{count} {what}, more than {most}")));
    }
    Ok(())
}
