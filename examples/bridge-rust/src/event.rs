//! Events as JSON: `{"points": {"board": "pxls", "entity": "pxls:ana", "units": 3}}`.

use scorelay_source::entity::{Entity, EntityError};
use scorelay_source::event;
use serde::Deserialize;

/// One event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Json {
    Message(Message),
    Points(Points),
    Notice(Notice),
    Clear(Clear),
    Profile(Profile),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    author: Name,
    name: String,
    room: String,
    text: String,
    id: Option<String>,
    #[serde(default)]
    badges: Vec<String>,
    #[serde(default)]
    emotes: Vec<Emote>,
    #[serde(default)]
    bits: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Emote {
    emote: Name,
    name: String,
    #[serde(default = "once")]
    count: u16,
}

fn once() -> u16 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Points {
    board: String,
    entity: Name,
    units: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notice {
    author: Name,
    name: String,
    room: String,
    id: Option<String>,
    #[serde(default)]
    badges: Vec<String>,
    done: Done,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    GiftedSubs(u32),
    Raid(u32),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clear {
    room: String,
    what: What,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    All,
    Of(Name),
    One(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    entity: Name,
    name: String,
    avatar: Option<String>,
    #[serde(default)]
    badges: Vec<String>,
}

/// An entity, `platform:id`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Name(Entity);

impl TryFrom<String> for Name {
    type Error = EntityError;

    fn try_from(text: String) -> Result<Self, EntityError> {
        text.parse().map(Self)
    }
}

impl From<Json> for event::Event {
    fn from(json: Json) -> Self {
        match json {
            Json::Message(message) => {
                let Message { author, name, room, text, id, badges, emotes, bits } = message;
                let emotes = emotes.into_iter().map(|Emote { emote, name, count }| event::EmoteUse {
                    emote: emote.0,
                    name,
                    count,
                });
                let emotes = emotes.collect();
                Self::Message(event::ChatMessage { author: author.0, name, room, text, id, badges, emotes, bits })
            }
            Json::Points(Points { board, entity, units }) => {
                Self::Points(event::Points { board, entity: entity.0, units })
            }
            Json::Notice(Notice { author, name, room, id, badges, done }) => {
                let done = match done {
                    Done::GiftedSubs(count) => event::Done::GiftedSubs(count),
                    Done::Raid(viewers) => event::Done::Raid(viewers),
                };
                Self::Notice(event::Notice { author: author.0, name, room, id, badges, done })
            }
            Json::Clear(Clear { room, what }) => {
                let what = match what {
                    What::All => event::Cleared::All,
                    What::Of(author) => event::Cleared::Of(author.0),
                    What::One(id) => event::Cleared::One(id),
                };
                Self::Clear(event::Clear { room, what })
            }
            Json::Profile(Profile { entity, name, avatar, badges }) => {
                Self::Profile(event::Profile { entity: entity.0, name, avatar, badges })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use scorelay_source::core::check;

    use super::*;

    fn read(line: &str) -> Result<event::Event, serde_json::Error> {
        serde_json::from_str::<Json>(line).map(Into::into)
    }

    #[test]
    fn the_guide_s_events_are_events() {
        let lines = include_str!("../../../docs/bridge.md").lines().filter(|line| line.starts_with("{\""));
        let events: Vec<event::Event> = lines.map(|line| read(line).unwrap()).collect();
        assert_eq!(events.len(), 5);
        for event in &events {
            check::event(event).unwrap();
        }
        let event::Event::Points(points) = &events[0] else { panic!("{:?}", events[0]) };
        assert_eq!(
            (points.board.as_str(), points.entity.to_string().as_str(), points.units),
            ("pixels", "pxls:ana", 3)
        );
        let event::Event::Notice(notice) = &events[2] else { panic!("{:?}", events[2]) };
        assert_eq!(notice.done, event::Done::GiftedSubs(5));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let points = |more: &str| format!("{{\"points\":{{\"board\":\"b\",\"entity\":\"t:1\"{more}}}}}");
        assert!(read(&points(",\"units\":-1")).is_ok());
        for more in ["", ",\"units\":1.5", ",\"units\":1,\"more\":1"] {
            assert!(read(&points(more)).is_err(), "{more}");
        }
        for wrong in ["{}", "[]", "{\"wave\":{}}", "{\"clear\":{\"room\":\"r\",\"what\":{\"of\":\"nobody\"}}}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
