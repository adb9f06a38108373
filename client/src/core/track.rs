//! What a user of the client sees of a tracked entity.
//!
//! How it is kept current is in `tracks`.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::Standing;

/// One entity on every board there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackSnapshot {
    /// Who.
    pub entity: Entity,
    /// One per board of the directory, in its order.
    pub places: Vec<Place>,
    /// Whether the relay has said where it stands; else `places` is empty.
    pub known: bool,
    /// Whether this is what a connection before said, since the present one has not yet.
    pub held: bool,
}

impl TrackSnapshot {
    /// The place on the board of this id; `None` if the entity does not stand on it.
    pub fn on(&self, board: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.board == board && place.at.is_some())
    }
}

/// An entity's place on a board; absence is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The board's id.
    pub board: String,
    /// Digits after the point of its scores.
    pub decimals: u8,
    /// Rank and score in units; `None` where the entity does not stand.
    pub at: Option<Standing>,
}
