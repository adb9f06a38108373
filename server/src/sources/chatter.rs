//! Who wrote a chat message and what is known of them, from the tags that Twitch puts beside it. Used by the IRC and
//! the HTTP stream source; it decides names and entities, not whether a message counts.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{ChatMessage, Event};
use scorelay_protocol::limits;

/// The tags of one message that matter here.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    user_id: Option<String>,
    id: Option<String>,
    display_name: Option<String>,
    badges: Vec<String>,
}

impl Tags {
    /// From names and unescaped values.
    pub(crate) fn collect<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut found = Self::default();
        for (name, value) in tags.into_iter().filter(|(_, value)| !value.is_empty()) {
            match name {
                "user-id" => found.user_id = Some(value.into()),
                "id" => found.id = Some(value.into()),
                "display-name" => found.display_name = Some(value.trim().into()),
                "badges" => found.badges = badges(value),
                _ => {}
            }
        }
        found
    }

    /// From the form in which they stand in an IRC line, `name=value;name=value`.
    pub(crate) fn parse(text: &str) -> Self {
        Self::collect(text.trim_start_matches('@').split(';').filter_map(|tag| tag.split_once('=')))
    }
}

/// `moderator/1,subscriber/12` without the versions.
fn badges(text: &str) -> Vec<String> {
    let names = text.split(',').map(|badge| badge.split('/').next().unwrap_or(badge));
    names.filter(|name| !name.is_empty()).map(|name| clipped(name, limits::NAME_BYTES)).take(limits::BADGES).collect()
}

/// A message as boards see it: by `twitch:ID` where the tags have one, else by `irc:NICK`.
///
/// `None` where neither is an entity.
pub(crate) fn message(nick: &str, room: &str, text: &str, tags: Tags) -> Option<Event> {
    let author = match &tags.user_id {
        Some(id) => Entity::new("twitch", id),
        None => Entity::new("irc", nick),
    };
    let name = tags.display_name.filter(|name| !name.is_empty()).unwrap_or_else(|| nick.to_owned());
    Some(Event::Message(ChatMessage {
        author: author.ok()?,
        name: clipped(&name, limits::NAME_BYTES),
        room: clipped(room, limits::NAME_BYTES),
        text: clipped(text, limits::MESSAGE_BYTES),
        id: tags.id.filter(|id| id.len() <= limits::NAME_BYTES),
        badges: tags.badges,
    }))
}

/// As much of `text` as fits into `bytes`, cut between characters.
fn clipped(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_makes_a_twitch_entity_and_its_absence_an_irc_one() {
        let tags = Tags::parse("badges=moderator/1,subscriber/12;display-name=Äda;id=m-1;user-id=42;mod=");
        let Some(Event::Message(message)) = message("ada", "#c", "hi", tags) else { panic!("a message") };
        assert_eq!(message.author.to_string(), "twitch:42");
        assert_eq!((message.name.as_str(), message.id.as_deref()), ("Äda", Some("m-1")));
        assert_eq!(message.badges, ["moderator", "subscriber"]);

        let Some(Event::Message(plain)) = self::message("ada", "#c", "hi", Tags::parse("")) else {
            panic!("a message")
        };
        assert_eq!(plain.author.to_string(), "irc:ada");
        assert_eq!(plain.name, "ada");
        assert!(self::message("", "#c", "hi", Tags::default()).is_none());
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(limits::MESSAGE_BYTES);
        let Some(Event::Message(message)) = message("ada", &long, &long, Tags::default()) else { panic!("a message") };
        assert_eq!(message.text.len(), limits::MESSAGE_BYTES);
        assert_eq!(message.room.len(), limits::NAME_BYTES);
    }
}
