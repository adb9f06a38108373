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
