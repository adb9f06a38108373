//! Scorers: pure functions from an event to points on one board. One event may give points to several entities, and
//! every board's scorer sees every event. Points become scores by the board's rating, in `board.rs`.

use std::borrow::Cow;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::Event;
use scorelay_protocol::score::{self, Units};

use crate::config::{Rating, Scorer};

/// Points for one entity; borrowed where the event names the entity, owned where the scorer makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given<'e> {
    /// For whom.
    pub(crate) entity: Cow<'e, Entity>,
    /// How many, in the board's units.
    pub(crate) units: Units,
}

impl Scorer {
    /// Gives what `event` is worth on the board with this id.
    pub(crate) fn score<'e>(self, board: &str, event: &'e Event, give: &mut impl FnMut(Given<'e>)) {
        match (self, event) {
            (Self::Messages { points }, Event::Message(message)) => {
                give(Given { entity: Cow::Borrowed(&message.author), units: points });
            }
            (Self::External, Event::Points(points)) if points.board == board => {
                give(Given { entity: Cow::Borrowed(&points.entity), units: points.units });
            }
            (Self::Messages { .. }, Event::Points(_)) | (Self::External, Event::Message(_) | Event::Points(_)) => {}
        }
    }
}

impl Rating {
    /// The score after `units` more, for an entity that had `score`.
    pub(crate) fn rate(self, score: Option<Units>, units: Units) -> Units {
        match self {
            Self::Sum => score::add(score.unwrap_or(0), units),
        }
    }
}
