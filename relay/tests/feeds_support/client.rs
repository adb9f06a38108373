//! A client that follows the protocol by its letter: it applies messages whole, knows which `Watch` each answers, keeps
//! what it scrolled away from, and panics on anything a relay must not send.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::client::{Add, ClientMessage, RelayMessage, Response, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::error::WireError;
use scorelay_protocol::feed::{BoardInfo, Body, DirectoryChange, Feed, Standing};
use scorelay_protocol::ids::{BoardNo, Generation, PageNo, Position, RequestId, TickNo};
use scorelay_protocol::limits::RELAY_FRAME_BYTES;
use scorelay_protocol::page::{self, Row};
use scorelay_protocol::tick::{Freshness, Tick};

/// A feed of the mask.
#[derive(Debug, Clone, Default)]
struct Member {
    since: Generation,
    admitted: bool,
    known: bool,
}

#[derive(Default)]
pub(crate) struct Client {
    pub(crate) position: Position,
    pub(crate) welcome: Option<Welcome>,
    pub(crate) freshness: Option<Freshness>,
    pub(crate) generation: Generation,
    pub(crate) echoed: Generation,
    mask: BTreeMap<Feed, Member>,
    /// Feeds that left the mask, with the generation that said so.
    left: BTreeMap<Feed, Generation>,
    pub(crate) pages: BTreeMap<Feed, Vec<Row>>,
    /// As of which tick it holds feeds that are not in the mask, or not yet again.
    cached: BTreeMap<Feed, TickNo>,
    pub(crate) tracks: BTreeMap<Entity, BTreeMap<BoardNo, Standing>>,
    pub(crate) directory: BTreeMap<BoardNo, BoardInfo>,
    pub(crate) platforms: Vec<String>,
    pub(crate) totals: BTreeMap<BoardNo, u32>,
    pub(crate) pending: u32,
    pub(crate) errors: Vec<WireError>,
    pub(crate) responses: BTreeMap<RequestId, Result<Response, WireError>>,
    pub(crate) going_away: bool,
    /// Bytes of ticks and how many there were.
    pub(crate) bytes: usize,
    pub(crate) ticks: usize,
    pub(crate) last: Tick,
    pub(crate) last_bytes: usize,
}

pub(crate) fn page(board: BoardNo, page: u32) -> Feed {
    Feed::Page { board, page: PageNo(page) }
}

impl Client {
    /// The first message of a connection whose address names `tracks`. Without `resume` everything held is forgotten.
    pub(crate) fn hello(&mut self, resume: bool, tracks: &[Entity]) -> ClientMessage {
        let members: Vec<Feed> =
            std::mem::take(&mut self.mask).into_iter().filter(|(_, m)| m.admitted).map(|(f, _)| f).collect();
        for feed in members {
            self.cached.insert(feed, self.position.tick);
        }
        let before = if resume { Some(self.position) } else { None };
        if !resume {
            self.forget();
        }
        let at = self.position;
        let held = std::mem::take(self);
        *self = Self {
            position: at,
            pages: held.pages,
            cached: held.cached,
            tracks: held.tracks,
            directory: held.directory,
            bytes: held.bytes,
            ticks: held.ticks,
            ..Self::default()
        };
        let tracked = tracks.iter().map(|entity| (Feed::Track { entity: entity.clone() }, Member::default()));
        self.mask.extend(tracked);
        ClientMessage::Hello { resume: before, agent: "test".to_owned() }
    }

    fn forget(&mut self) {
        self.pages.clear();
        self.cached.clear();
        self.tracks.clear();
        self.directory.clear();
    }

    /// Changes the mask to exactly these feeds; those already in stay as they are.
    pub(crate) fn watch(&mut self, feeds: &[Feed]) -> ClientMessage {
        let wanted: BTreeSet<&Feed> = feeds.iter().collect();
        let remove = self.mask.keys().filter(|feed| !wanted.contains(feed)).cloned().collect();
        let add = wanted.into_iter().filter(|feed| !self.mask.contains_key(feed)).cloned().collect();
        self.change(remove, add)
    }

    /// Takes feeds out of the mask, then puts feeds in.
    pub(crate) fn change(&mut self, remove: Vec<Feed>, add: Vec<Feed>) -> ClientMessage {
        self.generation = Generation(self.generation.0 + 1);
        for feed in remove.iter().chain(&add) {
            if let Some(member) = self.mask.remove(feed) {
                self.left.insert(feed.clone(), self.generation);
                if member.admitted {
                    self.cached.insert(feed.clone(), self.position.tick);
                }
            }
        }
        let add = add.into_iter().map(|feed| {
            let known = self.cached.get(&feed).copied();
            let member = Member { since: self.generation, admitted: false, known: known.is_some() };
            self.mask.insert(feed.clone(), member);
            Add { feed, known }
        });
        let add = add.collect();
        ClientMessage::Watch { generation: self.generation, remove, add }
    }

    /// Forgets a page that was scrolled away from.
    pub(crate) fn evict(&mut self, feed: &Feed) {
        if !self.mask.contains_key(feed) && self.cached.remove(feed).is_some() {
            self.pages.remove(feed);
        }
    }

    /// The mask was refused or a feed of it: as if it had not been asked for.
    pub(crate) fn drop_feed(&mut self, feed: &Feed) {
        self.mask.remove(feed);
    }

    pub(crate) fn holds(&self) -> impl Iterator<Item = (&Feed, &Vec<Row>)> {
        let admitted = self.mask.iter().filter(|(_, member)| member.admitted).map(|(feed, _)| feed);
        admitted.filter_map(|feed| Some((feed, self.pages.get(feed)?)))
    }

    pub(crate) fn is_admitted(&self, feed: &Feed) -> bool {
        self.mask.get(feed).is_some_and(|member| member.admitted)
    }

    pub(crate) fn all_admitted(&self) -> bool {
        self.mask.values().all(|member| member.admitted)
    }

    pub(crate) fn watches(&self) -> Vec<Feed> {
        self.mask.keys().cloned().collect()
    }

    pub(crate) fn rows(&self, feed: &Feed) -> Vec<(Entity, i64)> {
        self.pages[feed].iter().map(|row| (self.text(&row.entity), row.score)).collect()
    }

    fn text(&self, entity: &WireEntity) -> Entity {
        let name = &self.platforms[usize::from(entity.platform.0)];
        Entity::from_parts(name, entity.id.clone()).unwrap()
    }

    /// Takes one message in; whether it was a tick.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> bool {
        assert!(bytes.len() <= RELAY_FRAME_BYTES);
        match codec::decode_client(bytes).expect("a well-formed message") {
            RelayMessage::Tick(tick) => {
                self.bytes += bytes.len();
                self.ticks += 1;
                self.last_bytes = bytes.len();
                self.last = tick.clone();
                self.tick(tick);
                return true;
            }
            RelayMessage::Welcome(welcome) => {
                assert!(self.welcome.is_none(), "a second welcome");
                if !welcome.resumed {
                    self.forget();
                }
                self.position = welcome.position;
                self.mask.retain(|feed, member| match feed {
                    Feed::Track { entity } => member.since > Generation(0) || welcome.tracked.contains(entity),
                    Feed::Directory | Feed::Page { .. } | Feed::Meet { .. } => true,
                });
                self.welcome = Some(welcome);
            }
            RelayMessage::Response { id, result } => assert!(self.responses.insert(id, result).is_none()),
            RelayMessage::Error(error) => self.errors.push(error),
            RelayMessage::GoAway { .. } => self.going_away = true,
        }
        false
    }

    fn tick(&mut self, tick: Tick) {
        assert!(self.welcome.is_some(), "a tick before the welcome");
        self.position.tick.0 += tick.head.ticks;
        if let Some(generation) = tick.head.generation {
            assert!(generation > self.echoed && generation <= self.generation);
            self.echoed = generation;
        }
        self.platforms.extend(tick.head.platforms);
        self.freshness = tick.head.freshness.or(self.freshness);
        for total in tick.head.totals {
            self.totals.insert(total.board, total.rows);
        }
        for body in tick.bodies {
            self.body(body);
        }
        self.pending = tick.head.pending;
        let counted = self.mask.values().filter(|m| m.since <= self.echoed && !m.admitted).count();
        if self.errors.is_empty() {
            assert_eq!(self.pending as usize, counted, "pending");
        }
    }

    /// Whether a body of this feed is about the member the client has; if so, the member.
    fn member(&mut self, feed: &Feed) -> Option<&mut Member> {
        let echoed = self.echoed;
        match self.mask.get_mut(feed) {
            Some(member) if member.since <= echoed => Some(member),
            _ => {
                let left = self.left.get(feed);
                assert!(left.is_some_and(|left| *left > echoed), "a body of {feed:?}, which is not watched");
                None
            }
        }
    }

    fn body(&mut self, body: Body) {
        match body {
            Body::PageSnapshot { board, page, rows } => {
                let feed = Feed::Page { board, page };
                let Some(member) = self.member(&feed) else { return };
                member.admitted = true;
                self.cached.remove(&feed);
                self.pages.insert(feed, rows.0);
            }
            Body::PageDelta { board, page, ops } => {
                let feed = Feed::Page { board, page };
                let Some(member) = self.member(&feed) else { return };
                assert!(member.admitted || member.known, "a delta on nothing");
                member.admitted = true;
                self.cached.remove(&feed);
                let rows = self.pages.get_mut(&feed).expect("the page it is based on");
                for op in ops {
                    page::apply(rows, op).expect("edits that fit");
                }
            }
            Body::Gone { board, page } => {
                let feed = Feed::Page { board, page };
                if self.member(&feed).is_some() {
                    self.mask.remove(&feed);
                    self.pages.remove(&feed);
                    self.cached.remove(&feed);
                }
            }
            Body::Track { entity, reset, standings } => {
                let entity = self.text(&entity);
                let feed = Feed::Track { entity: entity.clone() };
                let Some(member) = self.member(&feed) else { return };
                assert!(member.admitted || member.known || reset);
                member.admitted = true;
                self.cached.remove(&feed);
                let held = self.tracks.entry(entity).or_default();
                if reset {
                    held.clear();
                }
                for standing in standings {
                    match standing.at {
                        Some(at) => held.insert(standing.board, at),
                        None => held.remove(&standing.board),
                    };
                }
            }
            Body::TrackNowhere { entity } => {
                let feed = Feed::Track { entity: entity.clone() };
                let Some(member) = self.member(&feed) else { return };
                member.admitted = true;
                self.cached.remove(&feed);
                self.tracks.insert(entity, BTreeMap::new());
            }
            Body::Directory { reset, changes } => {
                let Some(member) = self.member(&Feed::Directory) else { return };
                assert!(member.admitted || member.known || reset);
                member.admitted = true;
                self.cached.remove(&Feed::Directory);
                if reset {
                    self.directory.clear();
                }
                for change in changes {
                    self.edit_directory(change);
                }
            }
            Body::Meet { meet, .. } | Body::MeetGone { meet, .. } => panic!("nobody watches meet {meet} here"),
        }
    }

    fn edit_directory(&mut self, change: DirectoryChange) {
        match change {
            DirectoryChange::Put(info) => drop(self.directory.insert(info.board, info)),
            DirectoryChange::Rows { board, rows } => self.directory.get_mut(&board).expect("a known board").rows = rows,
            DirectoryChange::Gone(board) => drop(self.directory.remove(&board).expect("a known board")),
        }
    }

    /// The relay's number of a board by its id.
    pub(crate) fn board(&self, id: &str) -> Option<BoardNo> {
        self.directory.values().find(|info| info.id == id).map(|info| info.board)
    }
}
