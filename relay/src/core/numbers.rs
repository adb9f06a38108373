//! This relay's own numbers for boards and platforms. They only ever grow while the process lives, so that a core that
//! lost its store, or gives its numbers anew, never makes a client misread one. Nothing is forgotten here; which
//! boards there are is told to clients by `directory.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::ids::{BoardNo, PlatformNo};
use scorelay_ranks::BoardSet;

/// Stands for every platform that found the table full, which takes a core that lost its store some sixty times and
/// had other platforms each time.
const ONE_TOO_MANY: &str = "unknown";

/// How the core's numbers become the relay's.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    /// The boards there are, by the core's number.
    boards: BTreeMap<BoardNo, Known>,
    /// Numbers given so far.
    given: u32,
    names: Arc<[String]>,
    /// By the core's platform number.
    platforms: Vec<PlatformNo>,
}

#[derive(Debug, PartialEq, Eq)]
struct Known {
    no: BoardNo,
    id: String,
    uid: u64,
}

impl Numbers {
    /// Takes in the boards and platforms of `set`; gives the relay's numbers of boards that are gone.
    pub(crate) fn follow(&mut self, set: &BoardSet) -> Vec<BoardNo> {
        self.follow_platforms(set);
        let mut before = std::mem::take(&mut self.boards);
        for def in set.defs() {
            let same = |known: &Known| known.uid == def.uid && known.id == def.id;
            // Almost always under the same number; elsewhere only after a core lost its store.
            let at = match before.get(&def.board) {
                Some(known) if same(known) => Some(def.board),
                _ => before.iter().find(|(_, known)| same(known)).map(|(&no, _)| no),
            };
            let known = at.and_then(|at| before.remove(&at)).unwrap_or_else(|| {
                self.given += 1;
                Known { no: BoardNo(self.given - 1), id: def.id.clone(), uid: def.uid }
            });
            self.boards.insert(def.board, known);
        }
        before.into_values().map(|known| known.no).collect()
    }

    /// Takes in platforms that are new in `set`, which is the set followed before or one in its place.
    fn follow_platforms(&mut self, set: &BoardSet) {
        let mut names = Vec::new();
        self.platforms.clear();
        for name in set.platforms() {
            let all = self.names.iter().chain(&names);
            let known = all.clone().position(|n| n == name);
            let count = all.count();
            let no = known.unwrap_or(count.min(usize::from(u16::MAX)));
            if no == count {
                names.push(if no == usize::from(u16::MAX) { ONE_TOO_MANY.to_owned() } else { name.clone() });
            }
            self.platforms.push(PlatformNo(no as u16));
        }
        if !names.is_empty() {
            self.names = self.names.iter().cloned().chain(names).collect();
        }
    }

    /// Whether `set` has platforms that are not taken in.
    pub(crate) fn lags_platforms(&self, set: &BoardSet) -> bool {
        self.platforms.len() != set.platforms().len()
    }

    /// Names of all platforms so far, by the relay's number.
    pub(crate) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// How many board numbers were given so far.
    pub(crate) fn given(&self) -> u32 {
        self.given
    }

    /// The relay's number of a board, by the core's.
    pub(crate) fn board(&self, core: BoardNo) -> Option<BoardNo> {
        Some(self.boards.get(&core)?.no)
    }

    /// The core's number of a board, by the relay's.
    pub(crate) fn core_board(&self, no: BoardNo) -> Option<BoardNo> {
        self.boards.iter().find(|(_, known)| known.no == no).map(|(&core, _)| core)
    }

    /// All boards there are: the core's number and the relay's.
    pub(crate) fn boards(&self) -> impl Iterator<Item = (BoardNo, BoardNo)> {
        self.boards.iter().map(|(&core, known)| (core, known.no))
    }

    /// An entity by the relay's numbers.
    pub(crate) fn entity(&self, core: &WireEntity) -> Option<WireEntity> {
        let platform = *self.platforms.get(usize::from(core.platform.0))?;
        Some(WireEntity { platform, id: core.id.clone() })
    }

    /// An entity by the relay's numbers, once its platform has one.
    pub(crate) fn own(&self, entity: &Entity) -> Option<WireEntity> {
        let at = self.names.iter().position(|name| name == entity.platform())?;
        Some(WireEntity { platform: PlatformNo(at as u16), id: entity.id().clone() })
    }

    /// Whether an entity by the core's numbers is `own` by the relay's.
    pub(crate) fn same(&self, core: &WireEntity, own: &WireEntity) -> bool {
        self.platforms.get(usize::from(core.platform.0)) == Some(&own.platform) && core.id == own.id
    }

    /// The core's numbers for an entity by the relay's.
    pub(crate) fn core_entity(&self, own: &WireEntity) -> Option<WireEntity> {
        let at = self.platforms.iter().position(|no| *no == own.platform)?;
        Some(WireEntity { platform: PlatformNo(at as u16), id: own.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::entity::EntityId;
    use scorelay_protocol::ids::CoreEpoch;
    use scorelay_protocol::link::BoardDef;

    fn set(platforms: &[&str], boards: &[(u32, &str, u64)]) -> BoardSet {
        let mut set = BoardSet::new(CoreEpoch(1));
        for name in platforms {
            set.platform_no(name).unwrap();
        }
        for &(no, id, uid) in boards {
            let (id, text) = (id.to_owned(), String::new());
            let def = BoardDef {
                board: BoardNo(no),
                uid,
                id,
                title: text.clone(),
                unit: text,
                decimals: 0,
                synthetic: false,
            };
            set.put_board(def).unwrap();
        }
        set
    }

    #[test]
    fn a_number_means_the_same_board_for_as_long_as_the_relay_lives() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.follow(&set(&[], &[(3, "a", 30), (5, "b", 50)])), []);
        assert_eq!((numbers.board(BoardNo(3)), numbers.board(BoardNo(5))), (Some(BoardNo(0)), Some(BoardNo(1))));

        // The store was lost: numbers start again, and `a` is another board of the same name.
        let gone = numbers.follow(&set(&[], &[(3, "b", 50), (4, "a", 31)]));
        assert_eq!(gone, [BoardNo(0)]);
        assert_eq!((numbers.board(BoardNo(3)), numbers.board(BoardNo(4))), (Some(BoardNo(1)), Some(BoardNo(2))));
        assert_eq!(numbers.core_board(BoardNo(1)), Some(BoardNo(3)));

        // Back under its old identity, it is new all the same: its number was told to be gone.
        assert_eq!(numbers.follow(&set(&[], &[(3, "a", 30)])), [BoardNo(1), BoardNo(2)]);
        assert_eq!(numbers.board(BoardNo(3)), Some(BoardNo(3)));
        assert_eq!(numbers.given(), 4);
    }

    #[test]
    fn platform_names_are_only_ever_appended() {
        let mut numbers = Numbers::default();
        numbers.follow(&set(&["twitch", "irc"], &[]));
        let swapped = set(&["irc", "emote", "twitch"], &[]);
        assert!(numbers.lags_platforms(&swapped));
        numbers.follow(&swapped);
        assert_eq!(**numbers.names(), ["twitch", "irc", "emote"].map(str::to_owned));

        let entity: Entity = "twitch:7".parse().unwrap();
        let core = swapped.to_wire(&entity).unwrap();
        let own = numbers.entity(&core).unwrap();
        assert_eq!(own, WireEntity { platform: PlatformNo(0), id: EntityId::Number(7) });
        assert!(numbers.same(&core, &own) && !numbers.same(&own, &own));
        assert_eq!(numbers.core_entity(&own), Some(core));
    }
}
