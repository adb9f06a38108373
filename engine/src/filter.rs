//! Filters: whose events count on a board, and which words, emotes and rooms it leaves out. A filter is configuration;
//! it changes nothing of what stands on a board already.

use std::collections::BTreeSet;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::limits::FILTER_ITEMS;

/// Which events a board takes. What is empty filters nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// At least one of these badges is wanted.
    pub badges: BTreeSet<String>,
    /// None of these badges may be there.
    pub not_badges: BTreeSet<String>,
    /// Platforms that count.
    pub platforms: BTreeSet<String>,
    /// Rooms that count.
    pub rooms: BTreeSet<String>,
    /// Rooms that do not.
    pub not_rooms: BTreeSet<String>,
    /// Entities that never count, as authors or as rows: bots, words without interest.
    pub ignore: BTreeSet<Entity>,
}

impl Filter {
    /// Whether an event of this author, with these badges, in this room, counts.
    pub(crate) fn takes(&self, author: &Entity, badges: &[String], room: &str) -> bool {
        let has = |set: &BTreeSet<String>| badges.iter().any(|badge| set.contains(badge));
        (self.platforms.is_empty() || self.platforms.contains(author.platform()))
            && (self.rooms.is_empty() || self.rooms.contains(room))
            && !self.not_rooms.contains(room)
            && (self.badges.is_empty() || has(&self.badges))
            && !has(&self.not_badges)
            && !self.ignores(author)
    }

    /// Whether this entity never counts.
    pub(crate) fn ignores(&self, entity: &Entity) -> bool {
        !self.ignore.is_empty() && self.ignore.contains(entity)
    }

    /// Why it cannot be, if it cannot.
    pub(crate) fn fault(&self) -> Option<String> {
        let lists = [&self.badges, &self.not_badges, &self.platforms, &self.rooms, &self.not_rooms];
        let longest = lists.map(BTreeSet::len).into_iter().chain([self.ignore.len()]).max().unwrap_or(0);
        (longest > FILTER_ITEMS).then(|| format!("a filter names {longest} things, more than {FILTER_ITEMS}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set<T: Ord + From<&'static str>>(items: &[&'static str]) -> BTreeSet<T> {
        items.iter().map(|&item| T::from(item)).collect()
    }

    #[test]
    fn each_part_filters() {
        let ada: Entity = "twitch:1".parse().unwrap();
        let vip = ["vip".to_owned(), "sub".to_owned()];
        let takes = |filter: Filter| filter.takes(&ada, &vip, "#chat");
        assert!(takes(Filter::default()));
        assert!(takes(Filter { badges: set(&["vip", "moderator"]), ..Filter::default() }));
        assert!(!takes(Filter { badges: set(&["moderator"]), ..Filter::default() }));
        assert!(!takes(Filter { not_badges: set(&["vip"]), ..Filter::default() }));
        assert!(takes(Filter { platforms: set(&["twitch"]), ..Filter::default() }));
        assert!(!takes(Filter { platforms: set(&["irc"]), ..Filter::default() }));
        assert!(takes(Filter { rooms: set(&["#chat"]), ..Filter::default() }));
        assert!(!takes(Filter { rooms: set(&["#other"]), ..Filter::default() }));
        assert!(!takes(Filter { not_rooms: set(&["#chat"]), ..Filter::default() }));
        assert!(!takes(Filter { ignore: [ada.clone()].into(), ..Filter::default() }));
        // Without badges nobody has one of those that are wanted.
        let wanted = Filter { badges: set(&["vip"]), ..Filter::default() };
        assert!(!wanted.takes(&ada, &[], "#chat"));
    }
}
