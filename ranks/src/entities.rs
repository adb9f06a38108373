//! Interned entities: each has a dense handle, and each handle at most one entity. Platform names are interned
//! beside them. Who gives handles (a core) and who only follows (a relay) is decided by `set.rs` and `replica.rs`.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::ids::{Handle, PlatformNo};

/// Entities by handle, and handles by entity at about 10 bytes each.
#[derive(Debug, Clone)]
pub(crate) struct Entities {
    /// Keyed, because people choose their own names: none of them shall be able to choose where it is put.
    hasher: FixedState,
    pub(crate) platforms: Vec<String>,
    by_handle: Vec<Option<WireEntity>>,
    index: HashTable<u32>,
    /// By handle: the boards it has a row on.
    uses: Vec<u16>,
    free: Vec<u32>,
}

impl Entities {
    /// No entities. `key` is a number that nobody outside knows.
    pub(crate) fn new(key: u64) -> Self {
        Self {
            hasher: FixedState::with_seed(key),
            platforms: Vec::new(),
            by_handle: Vec::new(),
            index: HashTable::new(),
            uses: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn platform(&self, name: &str) -> Option<PlatformNo> {
        let at = self.platforms.iter().position(|p| p == name)?;
        u16::try_from(at).ok().map(PlatformNo)
    }

    pub(crate) fn to_wire(&self, entity: &Entity) -> Option<WireEntity> {
        Some(WireEntity { platform: self.platform(entity.platform())?, id: entity.id().clone() })
    }

    pub(crate) fn to_text(&self, entity: &WireEntity) -> Option<Entity> {
        let platform = self.platforms.get(usize::from(entity.platform.0))?;
        Entity::from_parts(platform, entity.id.clone()).ok()
    }

    pub(crate) fn get(&self, handle: Handle) -> Option<&WireEntity> {
        self.by_handle.get(handle.0 as usize)?.as_ref()
    }

    pub(crate) fn find(&self, entity: &WireEntity) -> Option<Handle> {
        let same = |&h: &u32| self.by_handle[h as usize].as_ref() == Some(entity);
        self.index.find(self.hasher.hash_one(entity), same).map(|&h| Handle(h))
    }

    /// One past the largest handle ever bound.
    pub(crate) fn limit(&self) -> u32 {
        self.by_handle.len() as u32
    }

    /// A handle that stands for nothing, the most recently freed first.
    pub(crate) fn unused(&mut self) -> Handle {
        Handle(self.free.pop().unwrap_or(self.by_handle.len() as u32))
    }

    /// Binds an unbound handle to an entity that has none.
    pub(crate) fn bind(&mut self, handle: Handle, entity: WireEntity) {
        let at = handle.0 as usize;
        if self.by_handle.len() <= at {
            self.by_handle.resize(at + 1, None);
            self.uses.resize(at + 1, 0);
        }
        let (hasher, by_handle) = (&self.hasher, &mut self.by_handle);
        let hash = |entity: &WireEntity| hasher.hash_one(entity);
        let hashed = hash(&entity);
        by_handle[at] = Some(entity);
        self.index.insert_unique(hashed, handle.0, |&h| by_handle[h as usize].as_ref().map_or(0, hash));
    }

    /// Takes the entity off a handle. The caller has removed its rows.
    pub(crate) fn unbind(&mut self, handle: Handle) -> Option<WireEntity> {
        let entity = self.by_handle.get_mut(handle.0 as usize)?.take()?;
        if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(&entity), |&h| h == handle.0) {
            entry.remove();
        }
        Some(entity)
    }

    /// Lets `unused` give this handle again.
    pub(crate) fn release(&mut self, handle: Handle) {
        self.free.push(handle.0);
    }

    pub(crate) fn uses(&self, handle: Handle) -> u16 {
        self.uses.get(handle.0 as usize).copied().unwrap_or(0)
    }

    pub(crate) fn used(&mut self, handle: Handle, more: bool) {
        if let Some(uses) = self.uses.get_mut(handle.0 as usize) {
            *uses = if more { uses.saturating_add(1) } else { uses.saturating_sub(1) };
        }
    }
}
