//! Replicas of tracked entities: rank and score on every board.
//!
//! Entities asked for by the client and those in the URL's query (which the relay names in its `Welcome`) are held
//! alike. What is shown of them is in [`super::track`].

use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::{BoardStanding, Standing};
use scorelay_protocol::ids::{BoardNo, Generation};
use scorelay_protocol::limits::{BOARDS, MASK_TRACKS, MAX_SCORE};

use super::apply::Misfit;
use super::directory::Directory;
use super::sorted::{Map, Set};
use super::track::{Place, TrackSnapshot};

/// Tracked entities, and those the relay is still to be told to drop.
#[derive(Debug, Default)]
pub(crate) struct Tracks {
    tracks: Map<Entity, Track>,
    leaving: Set<Entity>,
    /// Of the URL, but dropped by the user: every new connection must be told so.
    unwanted: Set<Entity>,
    /// Those of the URL that this connection's first `Watch` took out of the mask, until the relay has named them.
    taken_out: Set<Entity>,
    /// Whether a relay has said which are of the URL.
    url_known: bool,
}

#[derive(Debug, Default)]
struct Track {
    /// Of the URL: the relay puts it into every connection's mask by itself.
    of_url: bool,
    /// The generation that put it into the mask, once it is in it.
    added: Option<Generation>,
    level: bool,
    standings: Standings,
    /// What to show until this connection has said where the entity stands, and which boards there are.
    held: Option<TrackSnapshot>,
}

/// Where an entity stands; boards not named are ones it does not stand on.
pub(crate) type Standings = Map<BoardNo, Standing>;

impl Tracks {
    /// Whether one more may be tracked.
    pub(crate) fn has_room(&self) -> bool {
        self.tracks.len() < MASK_TRACKS
    }

    pub(crate) fn contains(&self, entity: &Entity) -> bool {
        self.tracks.contains_key(entity)
    }

    pub(crate) fn len(&self) -> usize {
        self.tracks.len()
    }

    pub(crate) fn entities(&self) -> impl Iterator<Item = &Entity> {
        self.tracks.keys()
    }

    /// From now on tracked; the next `Watch` says so.
    pub(crate) fn insert(&mut self, entity: Entity) {
        self.leaving.remove(&entity);
        let of_url = self.unwanted.remove(&entity);
        self.tracks.get_or_insert_with(entity, Track::default).of_url |= of_url;
    }

    /// No longer tracked; the next `Watch` says so.
    pub(crate) fn remove(&mut self, entity: &Entity) {
        let Some(track) = self.tracks.remove(entity) else {
            return;
        };
        if track.added.is_some() {
            self.leaving.insert(entity.clone());
        }
        if track.of_url {
            self.unwanted.insert(entity.clone());
        }
    }

    /// Entities of the URL that the user does not want, for a new connection's first `Watch` to take out.
    pub(crate) fn take_out_unwanted(&mut self) -> impl Iterator<Item = &Entity> {
        self.taken_out = self.unwanted.clone();
        self.taken_out.iter()
    }

    /// Takes the entities that the relay is to be told to drop.
    pub(crate) fn take_leaving(&mut self) -> Vec<Entity> {
        std::mem::take(&mut self.leaving).into_iter().collect()
    }

    /// Puts those that are not in the mask into it, as far as there is room; gives them. As long as nobody has said
    /// what the URL puts there, half of the room is left to it: a mask too full would be refused whole.
    pub(crate) fn add_missing(&mut self, generation: Generation) -> Vec<Entity> {
        let most = if self.url_known { MASK_TRACKS } else { MASK_TRACKS / 2 };
        let there = self.tracks.values().filter(|track| track.added.is_some()).count();
        let missing = self.tracks.iter_mut().filter(|(_, track)| track.added.is_none());
        let added = missing.take(most.saturating_sub(there)).map(|(entity, track)| {
            (track.added, track.level) = (Some(generation), false);
            entity.clone()
        });
        added.collect()
    }

    /// The connection is gone: nothing is in a mask, and what was shown is held.
    pub(crate) fn release_all(&mut self, directory: &Directory) {
        self.leaving.clear();
        for (entity, track) in self.tracks.iter_mut() {
            if track.level && directory.level() {
                track.held = Some(TrackSnapshot { held: true, ..shown(entity, track, directory) });
            }
            (track.added, track.level) = (None, false);
            track.standings.clear();
        }
    }

    /// Before a new connection's first `Watch`: those of the URL come by themselves.
    pub(crate) fn expect_url(&mut self) {
        for track in self.tracks.values_mut().filter(|track| track.of_url) {
            track.added = Some(Generation(0));
        }
    }

    /// The relay's `Welcome` names the entities of the URL.
    pub(crate) fn welcome(&mut self, of_url: Vec<Entity>) -> Result<(), Misfit> {
        if of_url.len() > MASK_TRACKS {
            return Err(Misfit("too many tracked entities"));
        }
        self.url_known = true;
        for (entity, track) in self.tracks.iter_mut() {
            if track.of_url && !of_url.contains(entity) {
                (track.of_url, track.added) = (false, None);
            }
        }
        for entity in of_url {
            // What was dropped since this connection's first `Watch` could not be known to be of the URL.
            if self.unwanted.contains(&entity) || self.leaving.contains(&entity) {
                self.unwanted.insert(entity.clone());
                self.leaving.insert(entity);
                continue;
            }
            // One that was taken out and is wanted again by now has to be put in by the next `Watch`.
            let there = !self.taken_out.contains(&entity);
            let track = self.tracks.get_or_insert_with(entity, Track::default);
            track.of_url = true;
            if there {
                track.added.get_or_insert(Generation(0));
            }
        }
        self.taken_out.clear();
        Ok(())
    }

    /// The generation that put the entity into the mask, if it is in it.
    pub(crate) fn added(&self, entity: &Entity) -> Option<Generation> {
        self.tracks.get(entity).and_then(|track| track.added)
    }

    /// The standings that the next body is applied to; `None` before the first.
    pub(crate) fn base(&self, entity: &Entity) -> Option<&Standings> {
        self.tracks.get(entity).filter(|track| track.level).map(|track| &track.standings)
    }

    /// Takes new standings: the entity is level now.
    pub(crate) fn commit(&mut self, entity: &Entity, standings: Standings) {
        if let Some(track) = self.tracks.get_mut(entity) {
            track.standings = standings;
            track.level = true;
        }
    }

    /// What there is to see.
    pub(crate) fn snapshot(&self, entity: &Entity, directory: &Directory) -> Option<TrackSnapshot> {
        let track = self.tracks.get(entity)?;
        Some(match &track.held {
            Some(held) if !(track.level && directory.level()) => held.clone(),
            _ => shown(entity, track, directory),
        })
    }
}

fn shown(entity: &Entity, track: &Track, directory: &Directory) -> TrackSnapshot {
    // A directory from before the connection may name boards that its numbers no longer stand for.
    let known = track.level && directory.level();
    let places = directory.list().filter(|_| known).map(|(no, board)| {
        let at = track.standings.get(&no).copied();
        Place { board: board.id, decimals: board.decimals, at }
    });
    TrackSnapshot { entity: entity.clone(), places: places.collect(), known, held: false }
}

/// `base` after a body; `base` is `None` where nothing was sent before.
pub(crate) fn patched(base: Option<Standings>, reset: bool, changes: Vec<BoardStanding>) -> Result<Standings, Misfit> {
    let base = if reset { Some(Standings::default()) } else { base };
    let mut standings = base.ok_or(Misfit("changes of a tracked entity that was not sent"))?;
    for BoardStanding { board, at } in changes {
        match at {
            Some(at) if at.rank == 0 || !(-MAX_SCORE..=MAX_SCORE).contains(&at.score) => {
                return Err(Misfit("a standing that cannot be"));
            }
            Some(at) => standings.insert(board, at),
            None => drop(standings.remove(&board)),
        };
        // As they come: a map of many more would be slow to fill.
        if standings.len() > 2 * BOARDS {
            break;
        }
    }
    if standings.len() > BOARDS { Err(Misfit("standings on too many boards")) } else { Ok(standings) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity() -> Entity {
        "twitch:1".parse().unwrap()
    }

    /// E14: an entity of the URL that the first `Watch` took out, and that is wanted again before the relay has named
    /// it, is asked for.
    #[test]
    fn second_thoughts_before_the_welcome_count() {
        let mut tracks = Tracks::default();
        tracks.welcome(vec![entity()]).unwrap();
        tracks.remove(&entity());
        tracks.release_all(&Directory::default());
        tracks.expect_url();
        assert_eq!(tracks.take_out_unwanted().count(), 1);
        tracks.insert(entity());
        tracks.welcome(vec![entity()]).unwrap();
        assert_eq!(tracks.add_missing(Generation(2)), [entity()]);
    }

    /// E14: an entity of the URL that was dropped, followed again and dropped again stays dropped on later connections.
    #[test]
    fn dropped_twice_is_dropped() {
        let mut tracks = Tracks::default();
        tracks.welcome(vec![entity()]).unwrap();
        tracks.remove(&entity());
        assert_eq!(tracks.take_leaving(), [entity()]);
        tracks.insert(entity());
        assert_eq!(tracks.add_missing(Generation(2)), [entity()]);
        tracks.remove(&entity());
        tracks.release_all(&Directory::default());
        tracks.expect_url();
        assert_eq!(tracks.take_out_unwanted().count(), 1);
        tracks.welcome(vec![entity()]).unwrap();
        assert!(!tracks.contains(&entity()));
    }

    /// E14: the URL's entities and one's own together never overfill a mask, once the URL's are known.
    #[test]
    fn there_is_room_for_the_url() {
        let entity = |n: usize| -> Entity { format!("twitch:{n}").parse().unwrap() };
        let mut tracks = Tracks::default();
        (0..MASK_TRACKS).for_each(|n| tracks.insert(entity(n)));
        assert_eq!(tracks.add_missing(Generation(1)).len(), MASK_TRACKS / 2);
        tracks.welcome((100..105).map(entity).collect()).unwrap();
        assert_eq!(tracks.add_missing(Generation(2)).len(), MASK_TRACKS - MASK_TRACKS / 2 - 5);
        tracks.release_all(&Directory::default());
        tracks.expect_url();
        assert_eq!(tracks.add_missing(Generation(1)).len(), MASK_TRACKS - 5);
        tracks.remove(&entity(100));
        assert_eq!(tracks.add_missing(Generation(2)).len(), 1);
    }

    /// E14: whoever drops an entity of the URL before the relay has named it, or after having asked for it too, is not
    /// shown it again, on this connection or a later one.
    #[test]
    fn what_was_dropped_stays_dropped_whoever_asked_for_it() {
        let dropped_while_greeting = |tracks: &mut Tracks| {
            tracks.remove(&entity());
            tracks.welcome(vec![entity()]).unwrap();
        };
        let dropped_later = |tracks: &mut Tracks| {
            tracks.welcome(vec![entity()]).unwrap();
            tracks.remove(&entity());
        };
        let drops: [fn(&mut Tracks); 2] = [dropped_while_greeting, dropped_later];
        for drop in drops {
            let mut tracks = Tracks::default();
            tracks.insert(entity());
            assert_eq!(tracks.add_missing(Generation(1)), [entity()]);
            drop(&mut tracks);
            assert_eq!(tracks.take_leaving(), [entity()]);
            tracks.release_all(&Directory::default());
            tracks.expect_url();
            tracks.welcome(vec![entity()]).unwrap();
            assert!(!tracks.contains(&entity()));
            assert_eq!(tracks.take_leaving(), [entity()], "the relay put it into the mask again");
        }
    }
}
