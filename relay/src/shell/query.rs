//! The query of `/v1/live`: `track_user=platform:id`, repeatable; other keys are passed over.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;

/// The entities to track, each once.
///
/// # Errors
/// [`ErrorCode::BadEntity`] for a text that is none, [`ErrorCode::MaskFull`] for too many.
pub(crate) fn tracks(query: Option<&str>) -> Result<Vec<Entity>, WireError> {
    let mut tracks = Vec::new();
    for pair in query.unwrap_or_default().split('&') {
        let Some(("track_user", value)) = pair.split_once('=') else { continue };
        let bad = |what: &str| WireError::new(ErrorCode::BadEntity, format!("track_user: {what}"));
        let text = percent_decode(value, b' ').ok_or_else(|| bad("not percent-encoded text"))?;
        let entity: Entity = text.parse().map_err(|e: scorelay_protocol::entity::EntityError| bad(&e.to_string()))?;
        if tracks.contains(&entity) {
            continue;
        }
        if tracks.len() == limits::MASK_TRACKS {
            let text = format!("at most {} entities are tracked", limits::MASK_TRACKS);
            return Err(WireError::new(ErrorCode::MaskFull, text));
        }
        tracks.push(entity);
    }
    Ok(tracks)
}

/// `%41+b` is `A b` where a `plus` is a space. `None` for what is not percent-encoded UTF-8.
pub(crate) fn percent_decode(text: &str, plus: u8) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => plus,
            b'%' => {
                let mut digit = || (rest.next()? as char).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: Option<&str>) -> Result<Vec<String>, ErrorCode> {
        tracks(query).map(|all| all.iter().map(ToString::to_string).collect()).map_err(|e| e.code)
    }

    #[test]
    fn tracked_entities_stand_in_the_query() {
        assert_eq!(names(None).unwrap(), [""; 0]);
        assert_eq!(names(Some("a=b&track_user&x")).unwrap(), [""; 0]);
        let query = "track_user=twitch:123&q=1&track_user=emote%3a7tv%3AX+y&track_user=twitch:123";
        assert_eq!(names(Some(query)).unwrap(), ["twitch:123", "emote:7tv:X y"]);
        for bad in ["", "twitch", "Twitch:1", "a:", "a:%", "a:%4", "a:%zz", "a:%ff", "a:%00"] {
            assert_eq!(names(Some(&format!("track_user={bad}"))), Err(ErrorCode::BadEntity), "{bad}");
        }
        let many: Vec<String> = (0..=limits::MASK_TRACKS).map(|n| format!("track_user=a:{n}")).collect();
        assert_eq!(names(Some(&many.join("&"))), Err(ErrorCode::MaskFull));
        assert_eq!(names(Some(&many[1..].join("&"))).unwrap().len(), limits::MASK_TRACKS);
    }
}
