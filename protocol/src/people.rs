//! What is known of entities besides their scores, and how it is asked for: over links, by relays, for whoever asks
//! those over HTTP. It is never part of a batch, so that nobody pays for names and pictures that nobody looks at.

use crate::codec::{Decode, Encode};
use crate::entity::Entity;
use crate::ids::BoardNo;

/// A question to the core.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PeopleRequest {
    /// What is known of entities, at most [`crate::limits::PROFILES_ASKED`].
    Profiles(Vec<Entity>),
    /// Whose name begins like this, on one board.
    Search {
        /// The board's id.
        board: String,
        /// 1 to [`crate::limits::SEARCH_BYTES`] bytes; case and accents do not matter.
        name: String,
    },
}

/// The core's answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PeopleAnswer {
    /// Of those who were asked for and have a row on any board, in the order of the question.
    Profiles(Vec<Known>),
    /// The best of those who were found.
    Found {
        /// At most [`crate::limits::SEARCH_ROWS`], the best rank first.
        people: Vec<Named>,
        /// Whether there are others whose name begins like this.
        more: bool,
    },
}

/// What is known of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Known {
    /// Whom.
    pub entity: Entity,
    /// The name as people see it; empty where nobody has said it.
    pub name: String,
    /// Where a picture is: an `https:` address.
    pub avatar: Option<String>,
    /// Marks beside the name.
    pub badges: Vec<String>,
    /// Where the entity stood on boards when their ranks were last remembered; 1-based.
    pub ranks: Vec<(BoardNo, u32)>,
}

/// An entity and its name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Named {
    /// Whom.
    pub entity: Entity,
    /// The name as people see it.
    pub name: String,
}
