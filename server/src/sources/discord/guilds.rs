//! What the gateway's events come to: messages, profiles, messages taken back. Knows the channels' names, which the
//! gateway tells apart from the messages; a thread counts as the channel that it hangs on. Fields that are not needed
//! are not read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{ChatMessage, Clear, Cleared, Event, Profile};
use scorelay_protocol::limits;
use serde::{Deserialize, Deserializer};

use super::{Scope, emojis};
use crate::sources::Dropped;

/// What people write themselves: a message, and an answer to one. Other kinds are Discord's own notices.
const WRITTEN: [u8; 2] = [0, 19];

/// What an event came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Something that happened.
    Event(Event),
    /// Something else, and what stood there.
    Dropped(Dropped, String),
}

/// Channels and people that the gateway told of.
#[derive(Debug, Default)]
pub(super) struct Guilds {
    channels: BTreeMap<u64, Channel>,
    /// Rooms in which something was written, by their servers.
    heard: BTreeSet<(u64, String)>,
    /// What was last told of each author's name and picture.
    faces: HashMap<u64, u64>,
}

#[derive(Debug)]
struct Channel {
    guild: u64,
    room: String,
    /// Where it is a thread: the channel it hangs on.
    thread_of: Option<u64>,
}

/// Discord's numbers are texts, since they are too long for a browser's.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(from)?;
    text.parse().map_err(serde::de::Error::custom)
}

fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::<Id>::deserialize(from)?.map(|id| id.0))
}

#[derive(Deserialize, Clone, Copy)]
struct Id(#[serde(deserialize_with = "id")] u64);

#[derive(Deserialize)]
struct User {
    #[serde(deserialize_with = "id")]
    id: u64,
    username: String,
    global_name: Option<String>,
    avatar: Option<String>,
    #[serde(default)]
    bot: bool,
    #[serde(default)]
    system: bool,
}

#[derive(Deserialize)]
struct Member {
    nick: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(deserialize_with = "id")]
    id: u64,
    #[serde(deserialize_with = "id")]
    channel_id: u64,
    #[serde(default, deserialize_with = "maybe")]
    guild_id: Option<u64>,
    #[serde(rename = "type")]
    kind: u8,
    author: User,
    member: Option<Member>,
    content: String,
    #[serde(default, deserialize_with = "maybe")]
    webhook_id: Option<u64>,
}

#[derive(Deserialize)]
struct Deleted {
    #[serde(default, deserialize_with = "maybe")]
    id: Option<u64>,
    #[serde(default)]
    ids: Vec<Id>,
    #[serde(deserialize_with = "id")]
    channel_id: u64,
    #[serde(default, deserialize_with = "maybe")]
    guild_id: Option<u64>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(deserialize_with = "id")]
    guild_id: u64,
    user: Thing,
}

/// Something of which the id is all that counts.
#[derive(Deserialize)]
struct Thing {
    #[serde(deserialize_with = "id")]
    id: u64,
}

#[derive(Deserialize)]
struct ChannelData {
    #[serde(deserialize_with = "id")]
    id: u64,
    #[serde(default, deserialize_with = "maybe")]
    guild_id: Option<u64>,
    #[serde(rename = "type")]
    kind: u8,
    name: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    parent_id: Option<u64>,
}

#[derive(Deserialize)]
struct GuildData {
    #[serde(deserialize_with = "id")]
    id: u64,
    #[serde(default)]
    channels: Vec<ChannelData>,
    #[serde(default)]
    threads: Vec<ChannelData>,
    #[serde(default)]
    unavailable: bool,
}

impl Guilds {
    /// Takes an event by its name and adds what it comes to.
    pub(super) fn tell(&mut self, scope: &Scope, name: &str, data: &str, told: &mut Vec<Told>) {
        let read = match name {
            "MESSAGE_CREATE" => serde_json::from_str(data).map(|message| self.message(scope, message, data, told)),
            "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => {
                serde_json::from_str(data).map(|deleted| self.deleted(scope, deleted, told))
            }
            "GUILD_BAN_ADD" => serde_json::from_str(data).map(|ban| self.banned(scope, &ban, told)),
            "GUILD_CREATE" => serde_json::from_str(data).map(|guild| self.guild(guild)),
            "GUILD_DELETE" => serde_json::from_str(data).map(|guild| self.left(&guild)),
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => {
                serde_json::from_str(data).map(|channel| self.channel(None, channel))
            }
            "CHANNEL_DELETE" | "THREAD_DELETE" => {
                serde_json::from_str(data).map(|gone: Thing| drop(self.channels.remove(&gone.id)))
            }
            _ => Ok(()),
        };
        if read.is_err() {
            told.push(Told::Dropped(Dropped::Unparsable, data.to_owned()));
        }
    }

    fn message(&mut self, scope: &Scope, message: Message, data: &str, told: &mut Vec<Told>) {
        let author = &message.author;
        let machine = author.bot || author.system || message.webhook_id.is_some();
        let room = self.room(scope, message.guild_id, message.channel_id);
        let (Some(room), true, true) = (room, WRITTEN.contains(&message.kind), scope.bots || !machine) else {
            told.push(Told::Dropped(Dropped::Ignored, String::new()));
            return;
        };
        let Some(entity) = person(author.id) else {
            told.push(Told::Dropped(Dropped::Unparsable, data.to_owned()));
            return;
        };
        let nick = message.member.and_then(|member| member.nick);
        let name = [nick, author.global_name.clone()].into_iter().flatten().find(|name| !name.trim().is_empty());
        let name = clipped(name.as_deref().unwrap_or(&author.username).trim(), limits::NAME_BYTES);
        let (text, emotes) = emojis::read(&message.content);
        let profile = self.face(author, &entity, &name);
        if let Some(guild) = message.guild_id.filter(|_| self.heard.len() < limits::DISCORD_CHANNELS) {
            self.heard.insert((guild, room.clone()));
        }
        told.push(Told::Event(Event::Message(ChatMessage {
            author: entity,
            name,
            room,
            text: clipped(&text, limits::MESSAGE_BYTES),
            id: Some(message.id.to_string()),
            badges: Vec::new(),
            emotes,
            bits: 0,
        })));
        told.extend(profile.map(|profile| Told::Event(Event::Profile(profile))));
    }

    /// The room of a channel that is read.
    fn room(&self, scope: &Scope, guild: Option<u64>, channel: u64) -> Option<String> {
        let guild = guild.filter(|guild| scope.guilds.is_empty() || scope.guilds.contains(guild))?;
        let known = self.channels.get(&channel).filter(|known| known.guild == guild);
        let main = known.and_then(|known| known.thread_of).unwrap_or(channel);
        if !scope.channels.is_empty() && !scope.channels.contains(&main) && !scope.channels.contains(&channel) {
            return None;
        }
        let named = self.channels.get(&main).or(known);
        Some(named.map_or_else(|| main.to_string(), |named| named.room.clone()))
    }

    /// What people see of an author, where there is a picture or was one, and something of it changed.
    fn face(&mut self, author: &User, entity: &Entity, name: &str) -> Option<Profile> {
        let mut now = DefaultHasher::new();
        (&author.avatar, name).hash(&mut now);
        let now = now.finish();
        let before = self.faces.get(&author.id).copied();
        if before == Some(now) || (before.is_none() && author.avatar.is_none()) {
            return None;
        }
        if before.is_none() && self.faces.len() >= limits::DISCORD_AUTHORS {
            self.faces.clear();
        }
        self.faces.insert(author.id, now);
        let hash = author.avatar.as_ref().filter(|hash| hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        let avatar = hash.map(|hash| format!("https://cdn.discordapp.com/avatars/{}/{hash}.png?size=128", author.id));
        Some(Profile {
            entity: entity.clone(),
            name: name.to_owned(),
            avatar: avatar.filter(|address| address.len() <= limits::URL_BYTES),
            badges: Vec::new(),
        })
    }

    fn deleted(&mut self, scope: &Scope, deleted: Deleted, told: &mut Vec<Told>) {
        let Some(room) = self.room(scope, deleted.guild_id, deleted.channel_id) else { return };
        let ids = deleted.id.into_iter().chain(deleted.ids.iter().map(|id| id.0));
        told.extend(
            ids.map(|id| Told::Event(Event::Clear(Clear { room: room.clone(), what: Cleared::One(id.to_string()) }))),
        );
    }

    /// Whoever is banned loses what was written anywhere on that server.
    fn banned(&mut self, scope: &Scope, ban: &Ban, told: &mut Vec<Told>) {
        let Some(entity) = person(ban.user.id) else { return };
        if !scope.guilds.is_empty() && !scope.guilds.contains(&ban.guild_id) {
            return;
        }
        let rooms = self.heard.range((ban.guild_id, String::new())..).take_while(|(guild, _)| *guild == ban.guild_id);
        told.extend(rooms.map(|(_, room)| {
            Told::Event(Event::Clear(Clear { room: room.clone(), what: Cleared::Of(entity.clone()) }))
        }));
    }

    fn guild(&mut self, guild: GuildData) {
        self.channels.retain(|_, channel| channel.guild != guild.id);
        for channel in guild.channels.into_iter().chain(guild.threads) {
            self.channel(Some(guild.id), channel);
        }
    }

    /// An outage keeps what is known; leaving a server does not.
    fn left(&mut self, guild: &GuildData) {
        if !guild.unavailable {
            self.channels.retain(|_, channel| channel.guild != guild.id);
            self.heard.retain(|(heard, _)| *heard != guild.id);
        }
    }

    fn channel(&mut self, guild: Option<u64>, data: ChannelData) {
        let Some(guild) = guild.or(data.guild_id) else { return };
        if self.channels.len() >= limits::DISCORD_CHANNELS && !self.channels.contains_key(&data.id) {
            return;
        }
        let room = match data.name.as_deref() {
            Some(name) if !name.is_empty() => clipped(&format!("#{name}"), limits::NAME_BYTES),
            _ => data.id.to_string(),
        };
        // Other channels have a parent, too: the category that they stand in.
        let thread_of = data.parent_id.filter(|_| (10..=12).contains(&data.kind));
        self.channels.insert(data.id, Channel { guild, room, thread_of });
    }
}

fn person(id: u64) -> Option<Entity> {
    Entity::new("discord", &id.to_string()).ok()
}

/// As much of `text` as fits into `bytes`, cut between characters.
fn clipped(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}
