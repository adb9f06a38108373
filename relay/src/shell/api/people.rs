//! Names and pictures on the feed thread: questions that only the core can answer, kept with whoever waits while they
//! are on their way, and what was answered, remembered for a while. Nothing is told of who has no row, whatever is
//! remembered, so that what an operator takes off the boards is not shown from here either. While the core is away,
//! what it said last is told, however long ago that was.

use std::collections::{BTreeMap, HashMap};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::people::{Known, Named, PeopleAnswer, PeopleRequest};
use scorelay_ranks::BoardSet;
use tokio::sync::oneshot;

use super::ask::{Ask, Found, Profile, Question, Reply, describe, find, look_up, place};
use crate::core::clock::Millis;
use crate::core::hub::Hub;

/// What is on its way, and what is remembered.
#[derive(Debug, Default)]
pub(crate) struct People {
    asked: BTreeMap<u64, Asked>,
    next: u64,
    remembered: Remembered,
}

/// A question on its way to the core.
#[derive(Debug)]
struct Asked {
    what: What,
    reply: oneshot::Sender<Reply>,
    /// When it is answered without the core.
    until: Millis,
}

#[derive(Debug)]
enum What {
    /// Of whom, in order; what was remembered of them; and who was asked for.
    Profiles { wanted: Vec<Entity>, known: HashMap<Entity, Known>, missing: Vec<Entity> },
    /// On which board.
    Search { board: String },
}

/// Answers, for as long as they may be given again. The younger half is full before the older half goes, so that what
/// is remembered is bounded and nothing is looked through.
#[derive(Debug, Default)]
struct Remembered {
    young: HashMap<Entity, (Option<Known>, Millis)>,
    old: HashMap<Entity, (Option<Known>, Millis)>,
}

impl People {
    /// Answers a question now, or has the core asked; where the asker has gone meanwhile, neither.
    pub(crate) fn answer(&mut self, hub: &mut Hub, now: Millis, ask: Ask) {
        let Ask { question, reply } = ask;
        if reply.is_closed() {
            return;
        }
        let Some(set) = hub.boards() else { return send(hub, reply, Found::NotReady) };
        match question {
            Question::Profiles(wanted) => {
                let (mut known, mut missing) = (HashMap::new(), Vec::new());
                for entity in wanted.iter().filter(|entity| has_row(set, entity)) {
                    match self.remembered.get(entity, now) {
                        Some(Some(found)) => drop(known.insert(entity.clone(), found.clone())),
                        Some(None) => {}
                        None => missing.push(entity.clone()),
                    }
                }
                if missing.is_empty() {
                    let found = profiles(set, &wanted, known, &[]);
                    return send(hub, reply, found);
                }
                let request = PeopleRequest::Profiles(missing.clone());
                self.ask(hub, now, &request, What::Profiles { wanted, known, missing }, reply);
            }
            Question::Search { board, name } => {
                if find(set, &board).is_none() {
                    return send(hub, reply, Found::NoBoard);
                }
                let request = PeopleRequest::Search { board: board.clone(), name };
                self.ask(hub, now, &request, What::Search { board }, reply);
            }
            question => {
                let found = look_up(set, question);
                send(hub, reply, found);
            }
        }
    }

    /// The core's answer to the question of this number, or why there is none.
    pub(crate) fn answered(&mut self, hub: &Hub, now: Millis, no: u64, result: Result<PeopleAnswer, WireError>) {
        let Some(Asked { what, reply, .. }) = self.asked.remove(&no) else { return };
        let Some(set) = hub.boards() else { return send(hub, reply, Found::NotReady) };
        let found = match (what, result) {
            (What::Profiles { wanted, mut known, missing }, Ok(PeopleAnswer::Profiles(answers))) => {
                let mut answers: HashMap<_, _> = answers.into_iter().map(|one| (one.entity.clone(), one)).collect();
                for entity in missing {
                    let answer = answers.remove(&entity);
                    known.extend(answer.clone().map(|answer| (entity.clone(), answer)));
                    self.remembered.put(entity, answer, now);
                }
                profiles(set, &wanted, known, &[])
            }
            (What::Profiles { wanted, mut known, mut missing }, _) => {
                missing.retain(|entity| match self.remembered.last(entity) {
                    Some(before) => {
                        known.insert(entity.clone(), before.clone());
                        false
                    }
                    None => true,
                });
                profiles(set, &wanted, known, &missing)
            }
            (What::Search { board }, Ok(PeopleAnswer::Found { people, more })) => matches(set, &board, people, more),
            (What::Search { .. }, _) => Found::Away,
        };
        send(hub, reply, found);
    }

    /// When [`People::give_up`] may have something to answer.
    pub(crate) fn late_at(&self) -> Option<Millis> {
        self.asked.first_key_value().map(|(_, asked)| asked.until)
    }

    /// Answers those who would wait too long for the core without it.
    pub(crate) fn give_up(&mut self, hub: &Hub, now: Millis) {
        while let Some((&no, asked)) = self.asked.first_key_value()
            && asked.until <= now
        {
            self.answered(hub, now, no, Err(WireError::new(ErrorCode::CoreAway, "the core does not answer")));
        }
    }

    fn ask(&mut self, hub: &mut Hub, now: Millis, request: &PeopleRequest, what: What, reply: oneshot::Sender<Reply>) {
        let no = self.next;
        self.next += 1;
        self.asked.insert(no, Asked { what, reply, until: now.plus(limits::PEOPLE_ANSWER_MS) });
        hub.ask_people(no, request);
    }
}

impl Remembered {
    fn get(&self, entity: &Entity, now: Millis) -> Option<Option<&Known>> {
        let (known, at) = self.young.get(entity).or_else(|| self.old.get(entity))?;
        (now.0.saturating_sub(at.0) < limits::PROFILE_MS).then_some(known.as_ref())
    }

    /// What was known last, though it may be old by now.
    fn last(&self, entity: &Entity) -> Option<&Known> {
        self.young.get(entity).or_else(|| self.old.get(entity))?.0.as_ref()
    }

    fn put(&mut self, entity: Entity, known: Option<Known>, now: Millis) {
        if self.young.len() >= limits::PROFILES_KEPT / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(entity, (known, now));
    }
}

fn send(hub: &Hub, reply: oneshot::Sender<Reply>, found: Found) {
    // The asker may have gone just now.
    let _ = reply.send(Reply { stale_since: hub.stale_since(), found });
}

fn has_row(set: &BoardSet, entity: &Entity) -> bool {
    set.find(entity).is_some_and(|handle| set.uses(handle) > 0)
}

/// Profiles as they are shown, of those who have a row now; `pending` are those of whom nothing can be told.
fn profiles(set: &BoardSet, wanted: &[Entity], mut known: HashMap<Entity, Known>, pending: &[Entity]) -> Found {
    let there = wanted.iter().filter(|entity| has_row(set, entity));
    let shown = there.filter_map(|entity| {
        let Known { entity, name, avatar, badges, ranks } = known.remove(entity)?;
        let ranks = ranks.into_iter().filter_map(|(no, rank)| Some((set.board(no)?.def().id.clone(), rank)));
        let name = if name.is_empty() { entity.id().to_string() } else { name };
        Some(Profile { entity, name, avatar, badges, ranks: ranks.collect() })
    });
    let pending = pending.iter().filter(|entity| has_row(set, entity)).cloned();
    Found::Profiles(shown.collect(), pending.collect())
}

/// Whom a search has found, where they stand now.
fn matches(set: &BoardSet, board: &str, people: Vec<Named>, more: bool) -> Found {
    let Some(board) = find(set, board) else { return Found::NoBoard };
    let rows = people.into_iter().filter_map(|Named { entity, name }| Some((place(set, board, entity)?, name)));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|(row, _)| row.rank);
    Found::Search { board: describe(board), rows, more }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(n: usize) -> Entity {
        Entity::new("test", &n.to_string()).unwrap()
    }

    /// E8: what is remembered is given again for a while only, and is bounded.
    #[test]
    fn answers_are_remembered_for_a_while_and_not_too_many() {
        let mut remembered = Remembered::default();
        remembered.put(entity(0), None, Millis(5));
        assert_eq!(remembered.get(&entity(0), Millis(4 + limits::PROFILE_MS)), Some(None));
        assert_eq!(remembered.get(&entity(0), Millis(5 + limits::PROFILE_MS)), None);
        assert_eq!(remembered.last(&entity(0)), None, "that somebody had no row says nothing of who has one now");
        for n in 0..3 * limits::PROFILES_KEPT {
            remembered.put(entity(n), None, Millis(5));
            assert!(remembered.young.len() + remembered.old.len() <= limits::PROFILES_KEPT);
        }
        assert_eq!(remembered.get(&entity(3 * limits::PROFILES_KEPT - 1), Millis(5)), Some(None));
        assert_eq!(remembered.get(&entity(0), Millis(5)), None);
    }
}
