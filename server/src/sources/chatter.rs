//! What Twitch says of a chat message in the tags beside it, and the events that lines of chat come to: messages, gifts
//! and raids, messages taken back. Used by the IRC and the HTTP stream source; it decides names and entities, not
//! whether anything counts.

use scorelay_engine::scoring::emotes::twitch_emotes;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{ChatMessage, Clear, Cleared, Done, EmoteUse, Event, Notice};
use scorelay_protocol::limits;

/// The tags of one line that matter here.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    user_id: Option<String>,
    id: Option<String>,
    display_name: Option<String>,
    login: Option<String>,
    badges: Vec<String>,
    emotes: Option<String>,
    bits: u32,
    msg_id: Option<String>,
    viewers: u32,
    target_user: Option<String>,
    target_message: Option<String>,
}

impl Tags {
    /// From names and unescaped values.
    pub(crate) fn collect<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut found = Self::default();
        for (name, value) in tags.into_iter().filter(|(_, value)| !value.is_empty()) {
            let number = || value.parse().unwrap_or(0);
            match name {
                "user-id" => found.user_id = Some(value.into()),
                "id" => found.id = Some(value.into()),
                "display-name" => found.display_name = Some(value.trim().into()),
                "login" => found.login = Some(value.into()),
                "badges" => found.badges = badges(value),
                "emotes" => found.emotes = Some(value.into()),
                "bits" => found.bits = number(),
                "msg-id" => found.msg_id = Some(value.into()),
                "msg-param-viewerCount" => found.viewers = number(),
                "target-user-id" => found.target_user = Some(value.into()),
                "target-msg-id" => found.target_message = Some(value.into()),
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
    let text = clipped(text, limits::MESSAGE_BYTES);
    Some(Event::Message(ChatMessage {
        author: person(tags.user_id.as_deref(), nick)?,
        name: name(&tags, nick),
        room: clipped(room, limits::NAME_BYTES),
        emotes: tags.emotes.as_deref().map_or_else(Vec::new, |emotes| uses(emotes, &text)),
        text,
        id: tags.id.filter(|id| id.len() <= limits::NAME_BYTES),
        badges: tags.badges,
        bits: tags.bits,
    }))
}

/// What a `USERNOTICE` tells: each subscription given away, and raids. Of several subscriptions given at once Twitch
/// tells one by one besides telling how many; the latter is passed over.
///
/// `None` where it is something else.
pub(crate) fn notice(nick: &str, room: &str, tags: Tags) -> Option<Event> {
    let done = match tags.msg_id.as_deref()? {
        "subgift" | "anonsubgift" => Done::GiftedSubs(1),
        "raid" => Done::Raid(tags.viewers),
        _ => return None,
    };
    let nick = tags.login.as_deref().unwrap_or(nick);
    Some(Event::Notice(Notice {
        author: person(tags.user_id.as_deref(), nick)?,
        name: name(&tags, nick),
        room: clipped(room, limits::NAME_BYTES),
        id: tags.id.filter(|id| id.len() <= limits::NAME_BYTES),
        badges: tags.badges,
        done,
    }))
}

/// What a `CLEARCHAT` or `CLEARMSG` takes back: a whole room's messages, one person's, or one message.
///
/// `None` where it names no room.
pub(crate) fn clear(room: &str, nick: Option<&str>, tags: &Tags) -> Option<Event> {
    let room = clipped(room, limits::NAME_BYTES);
    if room.is_empty() {
        return None;
    }
    let what = match (&tags.target_message, &tags.target_user, nick) {
        (Some(id), ..) => Cleared::One(clipped(id, limits::NAME_BYTES)),
        (None, None, None) => Cleared::All,
        (None, user, nick) => Cleared::Of(person(user.as_deref(), nick.unwrap_or_default())?),
    };
    Some(Event::Clear(Clear { room, what }))
}

fn person(user_id: Option<&str>, nick: &str) -> Option<Entity> {
    let entity = match user_id {
        Some(id) => Entity::new("twitch", id),
        None => Entity::new("irc", nick),
    };
    entity.ok()
}

fn name(tags: &Tags, nick: &str) -> String {
    let name = tags.display_name.as_deref().filter(|name| !name.is_empty());
    clipped(name.unwrap_or(nick), limits::NAME_BYTES)
}

fn uses(tag: &str, text: &str) -> Vec<EmoteUse> {
    let found = twitch_emotes(tag, text).into_iter();
    let uses = found.filter_map(|found| {
        let emote = Entity::new("emote", &format!("twitch:{}", found.id)).ok()?;
        (found.name.len() <= limits::NAME_BYTES).then_some(EmoteUse { emote, name: found.name, count: found.count })
    });
    uses.take(limits::EMOTES).collect()
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
    fn emotes_and_bits_are_counted() {
        let tags = Tags::parse("emotes=25:0-4,6-10/1902:12-16;bits=100;user-id=5");
        let Some(Event::Message(message)) = message("ada", "#c", "Kappa Kappa Keepo Cheer100", tags) else {
            panic!("a message")
        };
        let uses: Vec<_> = message.emotes.iter().map(|e| (e.emote.to_string(), e.name.as_str(), e.count)).collect();
        assert_eq!(uses, [("emote:twitch:25".to_owned(), "Kappa", 2), ("emote:twitch:1902".to_owned(), "Keepo", 1)]);
        assert_eq!(message.bits, 100);
    }

    #[test]
    fn gifts_and_raids_are_told_and_other_notices_are_not() {
        let done = |tags: &str| match notice("", "#c", Tags::parse(tags)) {
            Some(Event::Notice(notice)) => Some((notice.author.to_string(), notice.name, notice.done)),
            _ => None,
        };
        let ada = "user-id=7;login=ada;display-name=Ada;";
        let of_ada = |done| Some(("twitch:7".to_owned(), "Ada".to_owned(), done));
        assert_eq!(done(&format!("{ada}msg-id=subgift")), of_ada(Done::GiftedSubs(1)));
        assert_eq!(done(&format!("{ada}msg-id=raid;msg-param-viewerCount=300")), of_ada(Done::Raid(300)));
        assert_eq!(done(&format!("{ada}msg-id=submysterygift;msg-param-mass-gift-count=5")), None);
        assert_eq!(done("msg-id=raid"), None);
    }

    #[test]
    fn what_is_cleared_is_a_room_a_person_or_a_message() {
        let what = |room: &str, nick: Option<&str>, tags: &str| match clear(room, nick, &Tags::parse(tags)) {
            Some(Event::Clear(clear)) => Some(clear.what),
            _ => None,
        };
        assert_eq!(what("#c", None, ""), Some(Cleared::All));
        assert_eq!(what("#c", Some("ada"), "target-user-id=7"), Some(Cleared::Of("twitch:7".parse().unwrap())));
        assert_eq!(what("#c", Some("ada"), ""), Some(Cleared::Of("irc:ada".parse().unwrap())));
        assert_eq!(what("#c", None, "target-msg-id=m-1"), Some(Cleared::One("m-1".into())));
        assert_eq!(what("", None, ""), None);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(limits::MESSAGE_BYTES);
        let Some(Event::Message(message)) = message("ada", &long, &long, Tags::default()) else { panic!("a message") };
        assert_eq!(message.text.len(), limits::MESSAGE_BYTES);
        assert_eq!(message.room.len(), limits::NAME_BYTES);
    }
}
