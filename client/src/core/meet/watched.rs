//! The meets that a client shows by display links: one feed each, beside the boards' feeds.
//!
//! What is shown stays while a connection is lost, until the next one has sent it anew.

use scorelay_protocol::client::{Add, ClientMessage};
use scorelay_protocol::error::WireError;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::Generation;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::secret::Token;

use super::display::MeetDisplay;
use crate::core::apply::Misfit;
use crate::core::sorted::Map;

/// Meets by id.
#[derive(Debug, Default)]
pub(crate) struct WatchedMeets {
    meets: Map<MeetId, Watched>,
    leaving: Vec<Feed>,
}

#[derive(Debug)]
struct Watched {
    token: Token,
    display: MeetDisplay,
    /// In the mask since then.
    added: Option<Generation>,
    /// Whether what is held is this connection's.
    level: bool,
    gone: Option<WireError>,
}

/// What a client shows of a meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetSnapshot {
    /// What is held.
    pub display: MeetDisplay,
    /// Whether that is what a connection before sent, since the present one has not yet.
    pub held: bool,
    /// Why nothing comes any more, if that is so.
    pub gone: Option<WireError>,
}

/// What a tick's bodies make of meets.
pub(crate) type Staged = Vec<(MeetId, Result<MeetDisplay, WireError>)>;

impl WatchedMeets {
    /// Shows a meet; by another link than before, anew.
    pub(crate) fn insert(&mut self, meet: MeetId, token: Token) {
        if self.meets.get(&meet).is_some_and(|known| known.token == token && known.gone.is_none()) {
            return;
        }
        self.remove(meet);
        let display = MeetDisplay::new();
        self.meets.insert(meet, Watched { token, display, added: None, level: false, gone: None });
    }

    pub(crate) fn remove(&mut self, meet: MeetId) {
        if let Some(Watched { token, added: Some(_), .. }) = self.meets.remove(&meet) {
            self.leaving.push(Feed::Meet { meet, display: token });
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.meets.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = MeetId> {
        self.meets.keys().copied()
    }

    /// What is shown.
    pub(crate) fn snapshot(&self, meet: MeetId) -> Option<MeetSnapshot> {
        let Watched { display, level, gone, .. } = self.meets.get(&meet)?;
        Some(MeetSnapshot { display: display.clone(), held: !level && display.is_known(), gone: gone.clone() })
    }

    /// The `Watch` with what meets change of the mask; `sent` is the last generation that was sent.
    pub(crate) fn with(&mut self, watch: Option<ClientMessage>, sent: &mut Generation) -> Option<ClientMessage> {
        let missing = |meet: &Watched| meet.added.is_none() && meet.gone.is_none();
        if self.leaving.is_empty() && !self.meets.values().any(missing) {
            return watch;
        }
        let (generation, mut remove, mut add) = match watch {
            Some(ClientMessage::Watch { generation, remove, add }) => (generation, remove, add),
            _ => (Generation(sent.0.checked_add(1)?), Vec::new(), Vec::new()),
        };
        *sent = generation;
        remove.append(&mut self.leaving);
        for (meet, watched) in self.meets.iter_mut().filter(|(_, watched)| missing(watched)) {
            watched.added = Some(generation);
            add.push(Add { feed: Feed::Meet { meet: *meet, display: watched.token }, known: None });
        }
        Some(ClientMessage::Watch { generation, remove, add })
    }

    /// What a tick makes of the meets; nothing is changed yet. `echoed` is the last `Watch` that the relay has taken
    /// in.
    pub(crate) fn stage(&self, bodies: &[Body], echoed: Generation) -> Result<Staged, Misfit> {
        let mut staged = Staged::new();
        let current = |meet: &MeetId| {
            let watched = self.meets.get(meet)?;
            watched.added.filter(|added| *added <= echoed).map(|_| watched)
        };
        for body in bodies {
            match body {
                Body::Meet { meet, reset, finished, changes } => {
                    let Some(watched) = current(meet) else { continue };
                    let before = staged.iter().rev().find(|(of, _)| of == meet).map(|(_, result)| result);
                    let base = match before {
                        Some(Ok(display)) => Some(display),
                        Some(Err(_)) => None,
                        None => Some(&watched.display).filter(|_| watched.level),
                    };
                    let mut display = match base {
                        _ if *reset => MeetDisplay::new(),
                        Some(display) => display.clone(),
                        None => return Err(Misfit("changes of a meet that was not sent")),
                    };
                    let applied = display.apply(*reset, *finished, changes);
                    applied.map_err(|_| Misfit("changes that cannot be of a meet"))?;
                    staged.push((*meet, Ok(display)));
                }
                Body::MeetGone { meet, why } if current(meet).is_some() => staged.push((*meet, Err(why.clone()))),
                _ => {}
            }
        }
        Ok(staged)
    }

    /// Takes over what was staged; gives the meets that changed.
    pub(crate) fn commit(&mut self, staged: Staged) -> Vec<MeetId> {
        let mut changed = Vec::new();
        for (meet, result) in staged {
            let Some(watched) = self.meets.get_mut(&meet) else { continue };
            match result {
                Ok(display) => (watched.display, watched.level) = (display, true),
                Err(why) => (watched.gone, watched.added, watched.level) = (Some(why), None, false),
            }
            changed.push(meet);
        }
        changed
    }

    /// The connection is gone: the mask is empty, what is shown stays.
    pub(crate) fn lost(&mut self) {
        self.leaving.clear();
        for watched in self.meets.values_mut() {
            (watched.added, watched.level) = (None, false);
        }
    }
}
