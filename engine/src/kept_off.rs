//! Who is kept off boards: banned entities by name, erased ones by a keyed hash alone. The key is the caller's, from a
//! file apart from the store: without it nobody can find out from the store whether somebody was erased.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit, Mac};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits::KEPT_OFF;
use sha2::Sha256;

use crate::record::StoredKeptOff;

/// The first half of a keyed hash of an entity's text.
pub type EntityHash = [u8; 16];

/// Who is kept off.
#[derive(Default)]
pub(crate) struct KeptOff {
    banned: BTreeMap<Entity, Off>,
    erased: BTreeSet<EntityHash>,
    key: [u8; 32],
    changed: bool,
}

/// Where somebody is banned.
#[derive(Debug, Default, PartialEq, Eq)]
struct Off {
    everywhere: bool,
    boards: BTreeSet<String>,
}

impl std::fmt::Debug for KeptOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptOff").field("banned", &self.banned.len()).field("erased", &self.erased.len()).finish()
    }
}

impl KeptOff {
    /// As the store has it.
    pub(crate) fn load(stored: StoredKeptOff) -> Self {
        let mut kept_off = Self { erased: stored.erased.into_iter().collect(), ..Self::default() };
        for (entity, board) in stored.banned {
            kept_off.insert(entity, board);
        }
        kept_off
    }

    /// The key of the hashes. Who was erased under another key is not kept off any more.
    pub(crate) fn set_key(&mut self, key: [u8; 32]) {
        self.key = key;
    }

    /// Whether an entity is banned from a board.
    pub(crate) fn is_banned(&self, entity: &Entity, board: &str) -> bool {
        self.banned.get(entity).is_some_and(|off| off.everywhere || off.boards.contains(board))
    }

    /// Whether an entity is banned from any board.
    pub(crate) fn has_bans_of(&self, entity: &Entity) -> bool {
        self.banned.contains_key(entity)
    }

    /// Whether anybody was erased.
    pub(crate) fn has_erased(&self) -> bool {
        !self.erased.is_empty()
    }

    /// Whether an entity was erased.
    pub(crate) fn is_erased(&self, entity: &Entity) -> bool {
        self.has_erased() && self.erased.contains(&self.hash(entity))
    }

    /// Bans an entity.
    ///
    /// # Errors
    /// [`ErrorCode::KeptOffFull`] when as many are kept off as may be.
    pub(crate) fn ban(&mut self, entity: Entity, board: Option<String>) -> Result<(), WireError> {
        self.has_room()?;
        self.insert(entity, board);
        self.changed = true;
        Ok(())
    }

    /// Ends a ban; whether there was one.
    pub(crate) fn unban(&mut self, entity: &Entity, board: Option<&str>) -> bool {
        let Some(off) = self.banned.get_mut(entity) else { return false };
        let was = match board {
            None => std::mem::take(&mut off.everywhere),
            Some(board) => off.boards.remove(board),
        };
        if *off == Off::default() {
            self.banned.remove(entity);
        }
        self.changed |= was;
        was
    }

    /// Remembers that an entity was erased, and forgets its bans, which name it.
    ///
    /// # Errors
    /// [`ErrorCode::KeptOffFull`] when as many are kept off as may be.
    pub(crate) fn erase(&mut self, entity: &Entity) -> Result<(), WireError> {
        self.has_room()?;
        self.banned.remove(entity);
        self.erased.insert(self.hash(entity));
        self.changed = true;
        Ok(())
    }

    /// Whether the store holds all of it.
    pub(crate) fn is_stored(&self) -> bool {
        !self.changed
    }

    /// All of it, if it changed since it was taken last.
    pub(crate) fn take_changed(&mut self) -> Option<StoredKeptOff> {
        std::mem::take(&mut self.changed).then(|| {
            let banned = self.banned.iter().flat_map(|(entity, off)| {
                let everywhere = off.everywhere.then_some(None);
                let boards = off.boards.iter().map(|board| Some(board.clone()));
                everywhere.into_iter().chain(boards).map(|board| (entity.clone(), board))
            });
            StoredKeptOff { banned: banned.collect(), erased: self.erased.iter().copied().collect() }
        })
    }

    fn insert(&mut self, entity: Entity, board: Option<String>) {
        let off = self.banned.entry(entity).or_default();
        match board {
            None => off.everywhere = true,
            Some(board) => {
                off.boards.insert(board);
            }
        }
    }

    fn has_room(&self) -> Result<(), WireError> {
        if self.banned.len() + self.erased.len() < KEPT_OFF {
            return Ok(());
        }
        Err(WireError::new(
            ErrorCode::KeptOffFull,
            format!("{KEPT_OFF} entities are kept off, which is as many as may be"),
        ))
    }

    fn hash(&self, entity: &Entity) -> EntityHash {
        let mut mac = <Hmac<Sha256>>::new_from_slice(&self.key).expect("invariant: a key of any length does for HMAC");
        mac.update(entity.to_string().as_bytes());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut half = EntityHash::default();
        half.copy_from_slice(&whole[..16]);
        half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_are_kept_by_board_and_erasures_by_hash_alone() {
        let (ada, bo): (Entity, Entity) = ("twitch:1".parse().unwrap(), "twitch:2".parse().unwrap());
        let mut off = KeptOff::default();
        off.set_key([7; 32]);
        off.ban(ada.clone(), Some("chat".into())).unwrap();
        off.ban(bo.clone(), None).unwrap();
        assert!(off.is_banned(&ada, "chat") && !off.is_banned(&ada, "emotes") && off.is_banned(&bo, "emotes"));
        off.erase(&bo).unwrap();
        assert!(off.is_erased(&bo) && !off.is_erased(&ada) && !off.is_banned(&bo, "chat"));

        let stored = off.take_changed().unwrap();
        assert!(off.is_stored() && off.take_changed().is_none());
        assert_eq!(stored.banned, [(ada.clone(), Some("chat".to_owned()))]);
        let mut back = KeptOff::load(stored);
        assert!(back.is_banned(&ada, "chat") && !back.is_erased(&bo));
        back.set_key([7; 32]);
        assert!(back.is_erased(&bo));
        assert!(back.unban(&ada, Some("chat")) && !back.unban(&ada, None));
        assert!(!back.is_banned(&ada, "chat") && !back.is_stored());
    }
}
