//! What was scored lately, so that it can be taken back when a room's moderators clear messages. It remembers who was
//! given what on boards with `take_back`; how much, and for how long, stands in the limits. A restart forgets it.

use std::collections::VecDeque;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{Clear, Cleared};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::{TAKE_BACK_EVENTS, TAKE_BACK_MS};
use scorelay_protocol::score::Units;

/// Points that were given on one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gave {
    /// Index of the board among the engine's machines.
    pub(crate) machine: usize,
    /// To whom.
    pub(crate) entity: Entity,
    /// How many.
    pub(crate) units: Units,
}

#[derive(Debug)]
struct Event {
    at: UnixMillis,
    author: Entity,
    room: Box<str>,
    id: Option<Box<str>>,
    gave: Vec<Gave>,
}

/// The latest events that gave something, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    events: VecDeque<Event>,
}

impl Recall {
    /// Remembers an event.
    pub(crate) fn note(&mut self, at: UnixMillis, author: &Entity, room: &str, id: Option<&str>, gave: Vec<Gave>) {
        if gave.is_empty() {
            return;
        }
        let stale = |event: &Event| event.at.0.saturating_add(TAKE_BACK_MS) < at.0;
        while self.events.len() >= TAKE_BACK_EVENTS || self.events.front().is_some_and(stale) {
            self.events.pop_front();
        }
        self.events.push_back(Event { at, author: author.clone(), room: room.into(), id: id.map(Into::into), gave });
    }

    /// What cleared messages gave; it is forgotten with this.
    pub(crate) fn take(&mut self, now: UnixMillis, clear: &Clear) -> Vec<Gave> {
        let cleared = |event: &Event| {
            *event.room == *clear.room
                && event.at.0.saturating_add(TAKE_BACK_MS) >= now.0
                && match &clear.what {
                    Cleared::All => true,
                    Cleared::Of(author) => event.author == *author,
                    Cleared::One(id) => event.id.as_deref() == Some(id),
                }
        };
        let mut gave = Vec::new();
        self.events.retain_mut(|event| {
            let goes = cleared(event);
            if goes {
                gave.append(&mut event.gave);
            }
            !goes
        });
        gave
    }

    /// Forgets what an entity was given on a board, or on all.
    pub(crate) fn forget(&mut self, machine: Option<usize>, entity: Option<&Entity>) {
        for event in &mut self.events {
            let goes = |gave: &Gave| {
                machine.is_none_or(|machine| machine == gave.machine)
                    && entity.is_none_or(|entity| *entity == gave.entity)
            };
            event.gave.retain(|gave| !goes(gave));
        }
        self.events.retain(|event| {
            !event.gave.is_empty() && entity.is_none_or(|entity| machine.is_some() || event.author != *entity)
        });
    }
}
