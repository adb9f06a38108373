//! The platform names of this relay epoch, by the relay's numbers.
//!
//! Every connection is told the names anew from number 0 on; within one epoch they are the same, so rows kept over
//! a resume stay readable. Entities of rows are turned into text here and nowhere else.

use scorelay_protocol::entity::{Entity, WireEntity, check_platform};
use scorelay_protocol::limits::PLATFORMS;

use super::apply::Misfit;

/// Names by number.
#[derive(Debug, Default)]
pub(crate) struct Platforms {
    names: Vec<String>,
    /// How many of them this connection was told.
    told: usize,
}

impl Platforms {
    /// A connection begins; `resumed` if it is one to the same epoch.
    pub(crate) fn restart(&mut self, resumed: bool) {
        self.told = 0;
        if !resumed {
            self.names.clear();
        }
    }

    /// Takes in names that continue the list. After an error the connection must be given up.
    pub(crate) fn learn(&mut self, names: &[String]) -> Result<(), Misfit> {
        for name in names {
            match self.names.get(self.told) {
                Some(known) if known == name => {}
                Some(_) => return Err(Misfit("a platform's number changed its meaning")),
                None if self.names.len() == PLATFORMS => return Err(Misfit("too many platforms")),
                None => {
                    check_platform(name).map_err(|_| Misfit("a platform's name is not one"))?;
                    self.names.push(name.clone());
                }
            }
            self.told += 1;
        }
        Ok(())
    }

    /// Checks that the entity's platform was named on this connection.
    pub(crate) fn check(&self, entity: &WireEntity) -> Result<(), Misfit> {
        if usize::from(entity.platform.0) < self.told { Ok(()) } else { Err(Misfit("an unnamed platform")) }
    }

    /// The names by number.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The entity in full; `None` if its platform was never named.
    pub(crate) fn entity(&self, entity: &WireEntity) -> Option<Entity> {
        full(&self.names, entity)
    }
}

/// The entity in full by this list of names.
pub(crate) fn full(names: &[String], entity: &WireEntity) -> Option<Entity> {
    let name = names.get(usize::from(entity.platform.0))?;
    Entity::from_parts(name, entity.id.clone()).ok()
}
