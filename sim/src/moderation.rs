//! What operators did about rows, by the tests' own account: who must not be seen any more, and what each archive must
//! hold. From the state on in which somebody was banned or erased, no relay and no client may show them; an archive is
//! the board at its end, and loses rows only to operators.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scorelay_client::core::ViewSnapshot;
use scorelay_engine::{Engine, Moderation, Scorer};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;

use crate::history::{Board, State};

/// Who is kept off, each since which state.
#[derive(Debug, Clone, Default)]
pub struct KeptOff {
    /// From one board, or from all.
    banned: BTreeMap<(Entity, Option<String>), u64>,
    erased: BTreeMap<Entity, u64>,
}

impl KeptOff {
    /// The core did this, and its boards are in this state now.
    pub fn done(&mut self, what: &Moderation, state: u64) {
        match what {
            Moderation::Ban { board, entity } => {
                self.banned.insert((entity.clone(), board.clone()), state);
            }
            Moderation::Unban { board, entity } => {
                self.banned.remove(&(entity.clone(), board.clone()));
            }
            Moderation::Erase { entity } => {
                self.banned.retain(|(banned, _), _| banned != entity);
                self.erased.insert(entity.clone(), state);
            }
            Moderation::Remove { .. } | Moderation::Reset { .. } | Moderation::Archive { .. } => {}
        }
    }

    /// A core starts with this from a store: it counts from its first state on.
    pub fn starts(&mut self, state: u64) {
        self.banned.values_mut().chain(self.erased.values_mut()).for_each(|since| *since = state);
    }

    /// Whether an entity is kept off a board.
    pub fn holds(&self, entity: &Entity, board: &str) -> bool {
        self.hides(entity, board, u64::MAX)
    }

    /// How many are kept off.
    pub fn len(&self) -> usize {
        self.banned.len() + self.erased.len()
    }

    /// Whether nobody is kept off.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether whoever is in a state may not show an entity on a board.
    fn hides(&self, entity: &Entity, board: &str, state: u64) -> bool {
        let since = |since: Option<&u64>| since.is_some_and(|&since| since <= state);
        since(self.erased.get(entity))
            || since(self.banned.get(&(entity.clone(), None)))
            || since(self.banned.get(&(entity.clone(), Some(board.to_owned()))))
    }

    /// Looks through a relay's boards in a state.
    ///
    /// # Errors
    /// Who has a row and may not.
    pub fn check_boards(&self, set: &BoardSet, state: u64) -> Result<(), String> {
        let who: BTreeSet<&Entity> = self.banned.keys().map(|(entity, _)| entity).chain(self.erased.keys()).collect();
        for entity in who {
            let Some(handle) = set.find(entity) else { continue };
            for (_, board) in set.boards().filter(|(_, board)| board.rows().get(handle.0).is_some()) {
                let id = &board.def().id;
                if self.hides(entity, id, state) {
                    return Err(format!("{entity} is kept off and has a row on {id:?}"));
                }
            }
        }
        Ok(())
    }

    /// Looks through what a client shows in a state.
    ///
    /// # Errors
    /// Who is shown and may not be.
    pub fn check_view(&self, view: &ViewSnapshot, state: &State) -> Result<(), String> {
        if self.is_empty() {
            return Ok(());
        }
        match view.rows.iter().flatten().find(|row| self.hides(&row.entity, &view.board, state.nth)) {
            Some(row) => Err(format!("shows {} on {:?}, who is kept off", row.entity, view.board)),
            None => Ok(()),
        }
    }
}

/// What archives hold.
#[derive(Debug, Default)]
pub struct Archives {
    boards: BTreeMap<String, Vec<(Entity, Units)>>,
    /// Whom an operator takes off something with the present input.
    acting: Option<Entity>,
}

impl Archives {
    /// The core is about to do this.
    pub fn acts(&mut self, what: &Moderation) {
        self.acting = taken(what).map(|(entity, _)| entity.clone());
    }

    /// It has done so, or has not.
    pub fn acted(&mut self, what: &Moderation, done: bool) {
        self.acting = None;
        let Some((entity, from)) = taken(what).filter(|_| done) else { return };
        for (_, rows) in self.boards.iter_mut().filter(|(id, _)| from.is_none_or(|from| from == *id)) {
            rows.retain(|(there, _)| there != entity);
        }
    }

    /// A core starts with these archives.
    pub fn starts(&mut self, engine: &Engine) {
        let archive = |id: &&str| engine.config(id).is_some_and(|config| config.scorer == Scorer::Archive);
        let ids = engine.boards().defs().map(|def| def.id.as_str()).filter(archive);
        self.boards = ids.map(|id| (id.to_owned(), rows(engine, id))).collect();
    }

    /// A board was put aside under this id; it stood like this at its end.
    ///
    /// # Errors
    /// What differs.
    pub fn closed(&mut self, engine: &Engine, id: &str, end: &Arc<Board>) -> Result<(), String> {
        let stands = rows(engine, id);
        let ended: Vec<(Entity, Units)> = end.rows().map(|row| ((*row.entity).clone(), row.score)).collect();
        // A season that ends at the moment of an operator's command is closed before it, and the command takes its row
        // off the archive too.
        let kept = |rows: &[(Entity, Units)]| {
            rows.iter().filter(|(entity, _)| self.acting.as_ref() != Some(entity)).cloned().collect::<Vec<_>>()
        };
        if kept(&stands) != kept(&ended) {
            let (has, had, was) = (stands.len(), ended.len(), &end.def.id);
            return Err(format!("archive {id:?} has {has} rows, not the {had} that {was:?} ended with"));
        }
        self.boards.insert(id.to_owned(), stands);
        Ok(())
    }

    /// Archives stand as they did, but for those whom an operator took off.
    ///
    /// # Errors
    /// What differs.
    pub fn check(&self, engine: &Engine) -> Result<(), String> {
        for (id, before) in &self.boards {
            if engine.board_no(id).is_none() {
                return Err(format!("archive {id:?} is gone"));
            }
            let mut now = rows(engine, id).into_iter();
            for row in before {
                if now.next().as_ref() != Some(row) {
                    return Err(format!("archive {id:?} has lost {}", row.0));
                }
            }
            if let Some((entity, _)) = now.next() {
                return Err(format!("archive {id:?} has {entity}, who was not on the board at its end"));
            }
        }
        Ok(())
    }
}

/// Whom it takes off, and which board; `None` for all.
fn taken(what: &Moderation) -> Option<(&Entity, Option<&String>)> {
    match what {
        Moderation::Remove { board, entity } | Moderation::Ban { board, entity } => Some((entity, board.as_ref())),
        Moderation::Erase { entity } => Some((entity, None)),
        Moderation::Unban { .. } | Moderation::Reset { .. } | Moderation::Archive { .. } => None,
    }
}

fn rows(engine: &Engine, id: &str) -> Vec<(Entity, Units)> {
    engine.rows(id).into_iter().flatten().map(|row| (row.entity, row.score)).collect()
}
