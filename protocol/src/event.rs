//! What sources report: the things that boards score.
//!
//! An event says what happened, never what it is worth; that is a scorer's affair. Points scored elsewhere come as
//! [`Points`].

use crate::codec::{Decode, Encode};
use crate::entity::Entity;
use crate::score::Units;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// Somebody wrote something.
    Message(ChatMessage),
    /// Somebody was given points on one board, scored elsewhere.
    Points(Points),
    /// Somebody did something for a room, besides writing.
    Notice(Notice),
    /// Messages were taken back by a room's moderators.
    Clear(Clear),
    /// What people see of an entity.
    Profile(Profile),
}

/// A chat message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ChatMessage {
    /// Who wrote it.
    pub author: Entity,
    /// The author's name as people see it.
    pub name: String,
    /// Channel or room, as its platform names it.
    pub room: String,
    /// What was written.
    pub text: String,
    /// The platform's id of the message, where it has one: a repeat is counted once.
    pub id: Option<String>,
    /// Marks beside the author's name, like `moderator` or `partner`.
    pub badges: Vec<String>,
    /// Emotes that the platform itself found in the text, each once.
    pub emotes: Vec<EmoteUse>,
    /// Bits cheered with it.
    pub bits: u32,
}

/// How often a message has an emote.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct EmoteUse {
    /// The emote, like `emote:twitch:25`.
    pub emote: Entity,
    /// What is written for it.
    pub name: String,
    /// How often.
    pub count: u16,
}

/// Points for one entity on one board.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Points {
    /// The board's id; it takes them only if it is scored elsewhere.
    pub board: String,
    /// For whom.
    pub entity: Entity,
    /// How many, in the board's units.
    pub units: Units,
}

/// Something done for a room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Notice {
    /// Who did it.
    pub author: Entity,
    /// The author's name as people see it.
    pub name: String,
    /// Channel or room, as its platform names it.
    pub room: String,
    /// The platform's id of it, where it has one: a repeat is counted once.
    pub id: Option<String>,
    /// Marks beside the author's name.
    pub badges: Vec<String>,
    /// What was done.
    pub done: Done,
}

/// What somebody did for a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Done {
    /// Gave so many subscriptions away.
    GiftedSubs(u32),
    /// Brought so many viewers along.
    Raid(u32),
}

/// Messages of a room that were taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Clear {
    /// Channel or room, as its platform names it.
    pub room: String,
    /// Which of its messages.
    pub what: Cleared,
}

/// Which messages were taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Cleared {
    /// All of them.
    All,
    /// Those of one author.
    Of(Entity),
    /// The one with this id.
    One(String),
}

/// What people see of an entity, besides its messages.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Profile {
    /// Whose.
    pub entity: Entity,
    /// The name as people see it.
    pub name: String,
    /// Where a picture is: an `https:` address.
    pub avatar: Option<String>,
    /// Marks beside the name.
    pub badges: Vec<String>,
}
