//! The relay's side of one connection in the model: a mask, a cursor, and what the client was told.
//!
//! What it may choose freely (deltas or snapshots, how many new feeds a message admits, when to send) it chooses at
//! random.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_client::protocol::client::{ClientMessage, RankedRow, RelayMessage, Request, Response, Welcome};
use scorelay_client::protocol::entity::Entity;
use scorelay_client::protocol::error::{ErrorCode, WireError};
use scorelay_client::protocol::feed::{BoardStanding, Body, DirectoryChange, Feed};
use scorelay_client::protocol::ids::{Generation, TickNo};
use scorelay_client::protocol::limits::{CLIENT_PROTOCOL, MASK_FEEDS};
use scorelay_client::protocol::page::PageOp;
use scorelay_client::protocol::tick::{Freshness, Tick, TickHead, Total};

use super::random::Random;
use super::{Relay, State};

/// What the client has of a feed in the mask.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Held {
    /// Nothing was sent yet; the client said to know this tick.
    Pending(Option<TickNo>),
    /// As of the cursor.
    Level,
}

pub struct Conn {
    cursor: TickNo,
    mask: BTreeMap<Feed, Held>,
    generation: Generation,
    told_generation: Generation,
    told_platforms: usize,
    told_totals: BTreeMap<scorelay_client::protocol::ids::BoardNo, u32>,
    told_stale: Option<Freshness>,
    greeted: bool,
    resumed: bool,
    of_url: Vec<Entity>,
    /// Adds that came with a known tick.
    pub known_adds: usize,
}

impl Conn {
    pub fn new(relay: &Relay, of_url: Vec<Entity>) -> Self {
        Self {
            cursor: relay.position().tick,
            mask: BTreeMap::new(),
            generation: Generation(0),
            told_generation: Generation(0),
            told_platforms: 0,
            told_totals: BTreeMap::new(),
            told_stale: None,
            greeted: false,
            resumed: false,
            of_url,
            known_adds: 0,
        }
    }

    /// Feeds in the mask.
    pub fn mask(&self) -> BTreeSet<Feed> {
        self.mask.keys().cloned().collect()
    }

    pub fn receive(&mut self, relay: &Relay, message: ClientMessage) -> Option<RelayMessage> {
        assert!(self.greeted || matches!(message, ClientMessage::Hello { .. }), "Hello comes first");
        match message {
            ClientMessage::Hello { resume, .. } => {
                assert!(!self.greeted, "Hello came twice");
                self.greeted = true;
                self.resumed = resume.is_some_and(|position| position.epoch == relay.epoch);
                self.cursor = relay.position().tick;
                let pending = |entity: &Entity| (Feed::Track { entity: entity.clone() }, Held::Pending(None));
                self.mask.extend(self.of_url.iter().map(pending));
                Some(RelayMessage::Welcome(Welcome {
                    protocol: CLIENT_PROTOCOL,
                    position: relay.position(),
                    resumed: self.resumed,
                    tick_ms: 50,
                    mask_feeds: MASK_FEEDS as u32,
                    tracked: self.of_url.clone(),
                    software: "model".to_owned(),
                }))
            }
            ClientMessage::Watch { generation, remove, add } => {
                assert!(generation > self.generation, "generations rise");
                self.generation = generation;
                for feed in remove {
                    self.mask.remove(&feed);
                }
                for add in add {
                    self.known_adds += usize::from(add.known.is_some());
                    assert!(add.known.is_none_or(|tick| tick <= relay.position().tick), "known before its time");
                    self.mask.insert(add.feed, Held::Pending(add.known));
                }
                assert!(self.mask.len() <= MASK_FEEDS);
                None
            }
            ClientMessage::Pace { .. } => None,
            ClientMessage::Request { id, body } => Some(RelayMessage::Response { id, result: answer(relay, body) }),
        }
    }

    /// The message that brings this connection to the relay's tick, if there is anything to say.
    pub fn flush(&mut self, relay: &Relay, freshness: Freshness, random: &mut Random) -> Option<Tick> {
        if !self.greeted {
            return None;
        }
        let (old, new, now) = (relay.at(self.cursor), relay.now(), relay.position().tick);
        let mut bodies = Vec::new();
        let mut admitted = random.below(4) + 1;
        for (feed, held) in self.mask.clone() {
            let from = match held {
                Held::Level => Some(old),
                Held::Pending(_) if admitted == 0 => continue,
                Held::Pending(known) => {
                    admitted -= 1;
                    known.map(|tick| relay.at(tick))
                }
            };
            self.mask.insert(feed.clone(), Held::Level);
            let first = held != Held::Level;
            if let Some(body) = self.body(relay, &feed, from, first, random) {
                bodies.push(body);
            }
        }
        let totals = self.totals(new);
        let head = TickHead {
            ticks: now.0 - self.cursor.0,
            generation: (self.generation != self.told_generation).then_some(self.generation),
            platforms: relay.platforms[self.told_platforms..].to_vec(),
            totals,
            freshness: (self.told_stale.unwrap_or(Freshness::Live) != freshness).then_some(freshness),
            pending: self.mask.values().filter(|held| matches!(held, Held::Pending(_))).count() as u32,
        };
        let silent = TickHead { ticks: head.ticks, ..TickHead::default() } == head && bodies.is_empty();
        if silent {
            return None;
        }
        self.told_generation = self.generation;
        self.told_platforms = relay.platforms.len();
        self.told_stale = Some(freshness);
        self.cursor = now;
        Some(Tick { head, bodies })
    }

    fn totals(&mut self, new: &State) -> Vec<Total> {
        let mut totals = Vec::new();
        for (number, (_, rows)) in &new.boards {
            let watched = self.mask.keys().any(|feed| matches!(feed, Feed::Page { board, .. } if board == number));
            let rows = rows.len() as u32;
            if !watched {
                self.told_totals.remove(number);
            } else if self.told_totals.insert(*number, rows) != Some(rows) {
                totals.push(Total { board: *number, rows });
            }
        }
        totals
    }

    fn body(
        &mut self,
        relay: &Relay,
        feed: &Feed,
        from: Option<&State>,
        first: bool,
        random: &mut Random,
    ) -> Option<Body> {
        let new = relay.now();
        match feed {
            Feed::Directory => directory(from.filter(|_| !first), new),
            Feed::Page { board, page } => {
                let Some(rows) = new.page(*board, *page) else {
                    self.mask.remove(feed);
                    return Some(Body::Gone { board: *board, page: *page });
                };
                let base = from.and_then(|state| state.page(*board, *page));
                match base {
                    Some(base) if base == rows && !first => None,
                    Some(base) if !random.one_in(4) => {
                        Some(Body::PageDelta { board: *board, page: *page, ops: edits(relay, base, rows) })
                    }
                    _ => Some(Body::PageSnapshot { board: *board, page: *page, rows: relay.rows(rows) }),
                }
            }
            Feed::Track { entity } => track(relay, entity, from.filter(|_| !first)),
            Feed::Meet { meet, .. } => panic!("nobody watches meet {meet} here"),
        }
    }
}

fn directory(from: Option<&State>, new: &State) -> Option<Body> {
    let Some(old) = from else {
        let changes = new.boards.values().map(|(info, _)| DirectoryChange::Put(info.clone())).collect();
        return Some(Body::Directory { reset: true, changes });
    };
    let gone = old.boards.keys().filter(|number| !new.boards.contains_key(number));
    let mut changes: Vec<_> = gone.map(|number| DirectoryChange::Gone(*number)).collect();
    for (number, (info, _)) in &new.boards {
        match old.boards.get(number) {
            Some((before, _)) if before == info => {}
            Some((before, _)) if before.title == info.title => {
                changes.push(DirectoryChange::Rows { board: *number, rows: info.rows });
            }
            _ => changes.push(DirectoryChange::Put(info.clone())),
        }
    }
    (!changes.is_empty()).then_some(Body::Directory { reset: false, changes })
}

fn track(relay: &Relay, entity: &Entity, from: Option<&State>) -> Option<Body> {
    let new = relay.now();
    let Some(wire) = relay.wire(entity) else {
        return from.is_none().then(|| Body::TrackNowhere { entity: entity.clone() });
    };
    let standing = |number| BoardStanding { board: number, at: new.standing(number, entity) };
    let standings = new.boards.keys().copied().map(standing);
    let changed = |standing: &BoardStanding| match from {
        Some(old) => old.standing(standing.board, entity) != standing.at,
        None => standing.at.is_some(),
    };
    let standings: Vec<_> = standings.filter(changed).collect();
    let reset = from.is_none();
    (reset || !standings.is_empty()).then_some(Body::Track { entity: wire, reset, standings })
}

fn answer(relay: &Relay, request: Request) -> Result<Response, WireError> {
    let unknown = || WireError::new(ErrorCode::UnknownBoard, "no such board");
    match request {
        Request::Find { board, entity } => {
            relay.now().boards.get(&board).ok_or_else(unknown)?;
            Ok(Response::Found(relay.now().standing(board, &entity)))
        }
        Request::Meet(_) => Err(WireError::new(ErrorCode::CoreAway, "there is no core here")),
        Request::Around { board, entity, rows } => {
            let (_, all) = relay.now().boards.get(&board).ok_or_else(unknown)?;
            let index = all.iter().position(|(other, _)| *other == entity);
            let range = index.map_or(0..0, |i| i.saturating_sub(rows as usize)..(i + 1 + rows as usize).min(all.len()));
            let from = range.start as u32 + 1;
            let row = |row| {
                let row = relay.row(row);
                RankedRow { entity: row.entity, score: row.score }
            };
            Ok(Response::Around {
                from,
                rows: all[range].iter().map(row).collect(),
                platforms: relay.platforms.clone(),
            })
        }
    }
}

/// Edits from `old` to `new`: settles one slot after the other.
fn edits(relay: &Relay, old: &[(Entity, i64)], new: &[(Entity, i64)]) -> Vec<PageOp> {
    use scorelay_client::protocol::ids::Slot;
    let slot = |index: usize| Slot(index as u8);
    let mut page = old.to_vec();
    let mut ops = Vec::new();
    for (index, (entity, score)) in new.iter().enumerate() {
        match page.iter().position(|(other, _)| other == entity) {
            Some(at) if at == index => {
                if page[at].1 != *score {
                    ops.push(PageOp::Score { slot: slot(at), by: score - page[at].1 });
                }
            }
            Some(at) => {
                ops.push(PageOp::Move { from: slot(at), to: slot(index), by: score - page[at].1 });
                page.remove(at);
                page.insert(index, (entity.clone(), *score));
            }
            None => {
                if page.len() == 32 {
                    let gone = page.iter().rposition(|(other, _)| !new.iter().any(|(kept, _)| kept == other));
                    let gone = gone.expect("invariant: a full page with a newcomer has a leaver");
                    ops.push(PageOp::Remove { slot: slot(gone) });
                    page.remove(gone);
                }
                ops.push(PageOp::Insert { slot: slot(index), row: relay.row(&(entity.clone(), *score)) });
                page.insert(index, (entity.clone(), *score));
            }
        }
    }
    ops.extend((new.len()..page.len()).rev().map(|index| PageOp::Remove { slot: slot(index) }));
    ops
}
