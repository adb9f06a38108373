//! What people see of entities: names, pictures, badges, and where they stood when ranks were last remembered. Kept for
//! entities that have a row, and for no others, so that there are never more than rows. It scores nothing; how names
//! are compared is `fold.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::event::Profile;
use scorelay_protocol::ids::{BoardNo, Handle};
use scorelay_protocol::limits::{PROFILES_WAITING, SEARCH_FIRST, SEARCH_NAMES, SEARCH_ROWS};
use scorelay_protocol::people::{Known, Named};
use scorelay_ranks::BoardSet;

use crate::batch::Who;
use crate::fold::fold;
use crate::record::{ProfileRecord, StoredProfile};

/// Everything known.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    known: FxHashMap<Handle, Arc<StoredProfile>>,
    /// Folded names and whose they are.
    names: BTreeSet<(Box<str>, Handle)>,
    /// Of entities that get a handle at the next cut, if they get a row.
    fresh: BTreeMap<Entity, StoredProfile>,
    waiting: Waiting,
    /// Whose profile is not stored as it is.
    changed: BTreeSet<Handle>,
    /// Whose profile in the store is to go.
    gone: Vec<Entity>,
}

/// What was told of entities without a row, of those that were told of last. Each has a number, by which they go.
#[derive(Debug, Default)]
struct Waiting {
    told: BTreeMap<Entity, (u64, StoredProfile)>,
    order: BTreeMap<u64, Entity>,
    next: u64,
}

/// What somebody said of an entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'e> {
    pub(crate) name: &'e str,
    /// `None` where nothing was said of them.
    pub(crate) badges: Option<&'e [String]>,
    /// `None` where nothing was said of it.
    pub(crate) avatar: Option<Option<&'e str>>,
}

impl<'e> Seen<'e> {
    /// Of a source that says it all.
    pub(crate) fn whole(profile: &'e Profile) -> Self {
        let Profile { name, avatar, badges, .. } = profile;
        Self { name, badges: Some(badges), avatar: Some(avatar.as_deref()) }
    }
}

impl Profiles {
    /// What the store has of entities that have a row. Others are given back: the store need not keep them.
    pub(crate) fn load(stored: Vec<(Entity, StoredProfile)>, boards: &BoardSet) -> (Self, Vec<Entity>) {
        let mut profiles = Self::default();
        let mut others = Vec::new();
        for (entity, profile) in stored {
            match boards.find(&entity) {
                Some(handle) => profiles.put(handle, profile),
                None => others.push(entity),
            }
        }
        profiles.changed.clear();
        (profiles, others)
    }

    /// Somebody who has a row, or may get one at the next cut, was seen.
    pub(crate) fn saw(&mut self, who: Who, entity: &Entity, seen: Seen<'_>) {
        match who {
            Who::Known(handle) => match self.known.get(&handle) {
                Some(known) if !differs(known, seen) => {}
                known => {
                    let mut profile = match known {
                        Some(known) => StoredProfile::clone(known),
                        None => self.waiting.take(entity),
                    };
                    update(&mut profile, seen);
                    self.put(handle, profile);
                }
            },
            Who::New(_) => {
                let waiting = &mut self.waiting;
                update(self.fresh.entry(entity.clone()).or_insert_with(|| waiting.take(entity)), seen);
            }
        }
    }

    /// Somebody who has no row was told of: it is remembered for a while, should one come.
    pub(crate) fn told(&mut self, entity: &Entity, seen: Seen<'_>) {
        self.waiting.tell(entity, seen);
    }

    /// Whether a handle's entity is known by this name.
    pub(crate) fn is_called(&self, handle: Handle, name: &str) -> bool {
        self.known.get(&handle).is_some_and(|known| known.name == name)
    }

    /// Gives everybody of a platform who is known the picture that `picture` has of them, where it has one.
    pub(crate) fn renew_pictures(
        &mut self,
        boards: &BoardSet,
        platform: &str,
        picture: impl Fn(&Entity) -> Option<String>,
    ) {
        let Some(no) = boards.platforms().iter().position(|name| name == platform) else { return };
        for (&handle, profile) in &mut self.known {
            let is_of_it = boards.wire(handle).is_some_and(|wire| usize::from(wire.platform.0) == no);
            let Some(entity) = is_of_it.then(|| boards.entity(handle)).flatten() else { continue };
            if let Some(address) = picture(&entity)
                && profile.avatar.as_ref() != Some(&address)
            {
                Arc::make_mut(profile).avatar = Some(address);
                self.changed.insert(handle);
            }
        }
    }

    /// A cut gave handles to those of its entities that have a row now.
    pub(crate) fn settle(&mut self, boards: &BoardSet) {
        for (entity, profile) in std::mem::take(&mut self.fresh) {
            if let Some(handle) = boards.find(&entity) {
                self.put(handle, profile);
            }
        }
    }

    /// A handle is about to stand for nothing.
    pub(crate) fn freed(&mut self, boards: &BoardSet, handle: Handle) {
        let Some(profile) = self.known.remove(&handle) else { return };
        self.names.remove(&(fold(&profile.name), handle));
        self.changed.remove(&handle);
        self.gone.extend(boards.entity(handle));
    }

    /// Forgets an entity, in the store too, whether it has a row or not.
    pub(crate) fn erase(&mut self, boards: &BoardSet, entity: &Entity) {
        if let Some(handle) = boards.find(entity) {
            self.freed(boards, handle);
        }
        self.fresh.remove(entity);
        self.waiting.take(entity);
        self.gone.push(entity.clone());
    }

    /// Remembers where everybody stood on a board who still has a row, and forgets where they stood before; gives how
    /// many those are.
    pub(crate) fn remember(&mut self, boards: &BoardSet, no: BoardNo, order: &[WireEntity]) -> u32 {
        let before = self.known.iter_mut().filter(|(_, profile)| profile.ranks.iter().any(|(board, _)| *board == no));
        for (handle, profile) in before {
            Arc::make_mut(profile).ranks.retain(|(board, _)| *board != no);
            self.changed.insert(*handle);
        }
        let stood = order.iter().zip(1..).filter_map(|(entity, rank)| Some((boards.find_wire(entity)?, rank)));
        let mut rows = 0;
        for (handle, rank) in stood.filter(|&(handle, _)| boards.uses(handle) > 0) {
            Arc::make_mut(self.known.entry(handle).or_default()).ranks.push((no, rank));
            self.changed.insert(handle);
            rows += 1;
        }
        rows
    }

    /// What is known of an entity that has a row.
    pub(crate) fn known(&self, boards: &BoardSet, entity: &Entity) -> Option<Known> {
        let handle = boards.find(entity).filter(|&handle| boards.uses(handle) > 0)?;
        let StoredProfile { name, avatar, badges, ranks } =
            self.known.get(&handle).map_or_else(StoredProfile::default, |known| StoredProfile::clone(known));
        Some(Known { entity: entity.clone(), name, avatar, badges, ranks })
    }

    /// What is known of a handle's entity.
    pub(crate) fn get(&self, handle: Handle) -> Option<&Arc<StoredProfile>> {
        self.known.get(&handle)
    }

    /// Whose name begins like this on a board: the best of them, and whether there are more. The first rows of the
    /// board are looked through, so that whoever leads is found however many names begin alike, and of a small board
    /// everybody; then names in their order, so that whoever is named in full is found wherever they stand.
    pub(crate) fn search(&self, boards: &BoardSet, no: BoardNo, name: &str) -> (Vec<Named>, bool) {
        let folded = fold(name);
        let (Some(board), false) = (boards.board(no), folded.is_empty()) else { return (Vec::new(), false) };
        let leads = |handle: u32| {
            self.known.get(&Handle(handle)).is_some_and(|profile| fold(&profile.name).starts_with(&*folded))
        };
        let first = board.rows().range(0, SEARCH_FIRST).zip(0..);
        let mut found: Vec<(u32, Handle)> = first
            .filter_map(|((handle, _), rank)| leads(handle).then_some((rank, Handle(handle))))
            .take(SEARCH_ROWS + 1)
            .collect();
        let mut more = found.len() > SEARCH_ROWS;
        if !more && board.rows().len() > SEARCH_FIRST {
            let from = (Bound::Included((folded.clone(), Handle(0))), Bound::Unbounded);
            let mut names = self.names.range(from).take_while(|(name, _)| name.starts_with(&*folded));
            let looked_at = names.by_ref().take(SEARCH_NAMES);
            let ranked = looked_at.filter_map(|&(_, handle)| Some((board.rows().rank_of(handle.0)?, handle)));
            found.extend(ranked.filter(|(rank, _)| *rank >= SEARCH_FIRST));
            found.sort_unstable();
            more = found.len() > SEARCH_ROWS || names.next().is_some();
        }
        found.truncate(SEARCH_ROWS);
        let people = found.into_iter().filter_map(|(_, handle)| {
            let name = self.known.get(&handle)?.name.clone();
            Some(Named { entity: boards.entity(handle)?, name })
        });
        (people.collect(), more)
    }

    /// Whether the store holds all of it.
    pub(crate) fn is_stored(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty()
    }

    /// Profiles that changed since they were taken last, as they now are; after a cut.
    pub(crate) fn take_changed(&mut self, boards: &BoardSet) -> Vec<ProfileRecord> {
        let changed = std::mem::take(&mut self.changed);
        let there = changed.into_iter().filter_map(|handle| {
            let profile = StoredProfile::clone(self.known.get(&handle)?);
            Some(ProfileRecord { entity: boards.entity(handle)?, profile: Some(profile) })
        });
        let there: Vec<ProfileRecord> = there.collect();
        let mut gone = std::mem::take(&mut self.gone);
        gone.sort_unstable();
        gone.dedup();
        let is_back = |entity: &Entity| boards.find(entity).is_some_and(|handle| self.known.contains_key(&handle));
        let gone = gone.into_iter().filter(|entity| !is_back(entity));
        gone.map(|entity| ProfileRecord { entity, profile: None }).chain(there).collect()
    }

    /// The store has these, and need not.
    pub(crate) fn discard(&mut self, entities: Vec<Entity>) {
        self.gone.extend(entities);
    }

    fn put(&mut self, handle: Handle, profile: StoredProfile) {
        let name = fold(&profile.name);
        let before = self.known.insert(handle, profile.into()).map(|before| fold(&before.name));
        if before.as_ref() != Some(&name) {
            if let Some(before) = before {
                self.names.remove(&(before, handle));
            }
            if !name.is_empty() {
                self.names.insert((name, handle));
            }
        }
        self.changed.insert(handle);
    }
}

impl Waiting {
    fn tell(&mut self, entity: &Entity, seen: Seen<'_>) {
        let mut profile = self.take(entity);
        update(&mut profile, seen);
        self.told.insert(entity.clone(), (self.next, profile));
        self.order.insert(self.next, entity.clone());
        self.next += 1;
        if self.order.len() > PROFILES_WAITING
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.told.remove(&oldest);
        }
    }

    fn take(&mut self, entity: &Entity) -> StoredProfile {
        let Some((no, profile)) = self.told.remove(entity) else { return StoredProfile::default() };
        self.order.remove(&no);
        profile
    }
}

fn differs(known: &StoredProfile, seen: Seen<'_>) -> bool {
    let Seen { name, badges, avatar } = seen;
    !name.is_empty() && known.name != name
        || badges.is_some_and(|badges| known.badges != badges)
        || avatar.is_some_and(|avatar| known.avatar.as_deref() != avatar)
}

fn update(profile: &mut StoredProfile, seen: Seen<'_>) {
    let Seen { name, badges, avatar } = seen;
    if !name.is_empty() {
        name.clone_into(&mut profile.name);
    }
    if let Some(badges) = badges {
        profile.badges = badges.to_vec();
    }
    if let Some(avatar) = avatar {
        profile.avatar = avatar.map(str::to_owned);
    }
}
