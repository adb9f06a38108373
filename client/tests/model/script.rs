//! A random script over world, relay, network and client on virtual time, with what must hold after every step.
//!
//! Everything follows from one seed, which is in the text of every failure.

use std::collections::{BTreeMap, VecDeque};

use scorelay_client::core::{
    Answer, Client, ClientConfig, Disconnect, Event, Millis, Presence, RequestError, Status, Transmit, ViewId,
};
use scorelay_client::protocol::client::{ClientMessage, RelayMessage};
use scorelay_client::protocol::codec;
use scorelay_client::protocol::entity::Entity;
use scorelay_client::protocol::feed::Feed;
use scorelay_client::protocol::ids::{PageNo, RelayEpoch, RequestId, UnixMillis};
use scorelay_client::protocol::tick::Freshness;

use super::conn::Conn;
use super::random::Random;
use super::world::{IDS, World, entity};
use super::{Relay, State};

/// What a script does besides changing boards and scrolling.
#[derive(Clone, Copy, Default)]
pub struct Options {
    pub cuts: bool,
    pub restarts: bool,
    pub boards: bool,
    pub url_tracks: bool,
}

pub struct Script {
    pub random: Random,
    pub now: Millis,
    pub world: World,
    pub relay: Relay,
    pub conn: Option<Conn>,
    pub client: Client,
    past: BTreeMap<RelayEpoch, Vec<State>>,
    to_relay: VecDeque<(Millis, Vec<u8>)>,
    to_client: VecDeque<(Millis, Vec<u8>)>,
    dialing: Option<Millis>,
    freshness: Freshness,
    options: Options,
    pub views: BTreeMap<ViewId, Window>,
    pub asked: BTreeMap<RequestId, Entity>,
    pub answers: usize,
    url: Vec<Entity>,
}

pub struct Window {
    pub board: &'static str,
    pub from: u32,
    pub to: u32,
    shown: Option<scorelay_client::core::ViewSnapshot>,
}

impl Script {
    pub fn new(seed: u64, options: Options) -> Self {
        let mut random = Random(seed);
        let mut world = World::default();
        for id in IDS {
            world.add(id, 110, &mut random);
        }
        let relay = Relay::new(&mut random, &world);
        let url = if options.url_tracks { vec![entity(&mut random)] } else { Vec::new() };
        Self {
            client: Client::new(ClientConfig::default(), seed, Millis(0)),
            random,
            now: Millis(0),
            world,
            relay,
            conn: None,
            past: BTreeMap::new(),
            to_relay: VecDeque::new(),
            to_client: VecDeque::new(),
            dialing: None,
            freshness: Freshness::Live,
            options,
            views: BTreeMap::new(),
            asked: BTreeMap::new(),
            answers: 0,
            url,
        }
    }

    pub fn watch(&mut self, board: &'static str, from: u32, to: u32) -> ViewId {
        let view = self.client.watch_board(board, from, to).expect("a window");
        self.views.insert(view, Window { board, from, to, shown: None });
        view
    }

    pub fn scroll(&mut self, view: ViewId, from: u32, to: u32) {
        self.client.set_window(view, from, to).expect("a window");
        let window = self.views.get_mut(&view).expect("a view of this script");
        (window.from, window.to) = (from, to);
    }

    /// One random step.
    pub fn step(&mut self) {
        self.now = self.now.plus(self.random.below(30) + 1);
        match self.random.below(8) {
            0 => self.user(),
            1 if self.options.cuts && self.random.one_in(6) => self.cut(),
            2 if self.options.restarts && self.random.one_in(12) => self.restart(),
            3 if self.random.one_in(10) => {
                let stale = Freshness::Stale { since: UnixMillis(self.now.0) };
                self.freshness = if self.freshness == Freshness::Live { stale } else { Freshness::Live };
            }
            _ => self.world.change(&mut self.random, self.options.boards),
        }
        self.relay.tick(&self.world, self.now.0.is_multiple_of(7));
        self.carry();
    }

    /// Lets time pass without changes until nothing is under way and the client has all there is.
    pub fn settle(&mut self) {
        self.freshness = Freshness::Live;
        self.relay.tick(&self.world, true);
        let mut quiet = 0;
        for _ in 0..5_000 {
            self.now = self.now.plus(20);
            let before = self.client.stats();
            self.carry();
            let idle = self.client.stats() == before && self.to_client.is_empty() && self.to_relay.is_empty();
            let live = matches!(self.client.status(), Status::Live { .. });
            quiet = if idle && live { quiet + 1 } else { 0 };
            if quiet == 100 && self.asked.is_empty() {
                return;
            }
        }
        panic!("no rest within 100 s: {:?}, {} unanswered", self.client.status(), self.asked.len());
    }

    fn user(&mut self) {
        let from = self.random.below(130) as u32 + 1;
        let to = from + self.random.below(70) as u32;
        let view = self.views.keys().nth(self.random.below(self.views.len() as u64) as usize).copied();
        match (self.random.below(12), view) {
            (0, Some(view)) => {
                self.client.unwatch(view);
                self.views.remove(&view);
            }
            (1 | 2, _) | (_, None) => {
                let board = IDS[self.random.below(3) as usize];
                self.watch(board, from, to);
            }
            (3, _) => {
                let entity = entity(&mut self.random);
                let _full = self.client.track(entity);
            }
            (4, _) => {
                let tracked = self.client.tracks().next().cloned();
                tracked.into_iter().for_each(|entity| self.client.untrack(&entity));
            }
            (5, _) => {
                let entity = entity(&mut self.random);
                let id = match self.random.one_in(2) {
                    true => self.client.find(self.now, "messages", entity.clone()),
                    false => self.client.around(self.now, "messages", entity.clone(), 3),
                };
                self.asked.insert(id, entity);
            }
            (_, Some(view)) => self.scroll(view, from, to),
        }
    }

    pub fn cut(&mut self) {
        self.to_client.clear();
        self.to_relay.clear();
        if self.conn.take().is_some() || self.dialing.take().is_some() {
            self.client.handle_disconnected(self.now, Disconnect::Lost("cut".to_owned()));
            self.look(0);
        }
    }

    /// Another relay takes the place of this one.
    pub fn restart(&mut self) {
        self.cut();
        let new = Relay::new(&mut self.random, &self.world);
        let old = std::mem::replace(&mut self.relay, new);
        self.past.insert(old.epoch, old.history);
    }

    /// Moves what is due: timers, dialing, messages both ways.
    pub fn carry(&mut self) {
        if self.client.poll_timeout().is_some_and(|at| at <= self.now) {
            self.client.handle_timeout(self.now);
        }
        if self.dialing.is_some_and(|at| at <= self.now) {
            self.dialing = None;
            if self.options.cuts && self.random.one_in(5) {
                self.client.handle_disconnected(self.now, Disconnect::Unreachable("no".to_owned()));
            } else {
                self.conn = Some(Conn::new(&self.relay, self.url.clone()));
                self.client.handle_connected(self.now);
            }
        }
        self.transmit();
        while let Some((_, bytes)) = self.to_relay.pop_front_if(|(at, _)| *at <= self.now) {
            let message = codec::decode_client::<ClientMessage>(&bytes).expect("the client sends messages");
            let Some(conn) = &mut self.conn else { continue };
            if let Some(reply) = conn.receive(&self.relay, message) {
                self.send(&reply);
            }
        }
        if self.random.below(3) > 0
            && let Some(tick) =
                self.conn.as_mut().and_then(|conn| conn.flush(&self.relay, self.freshness, &mut self.random))
        {
            self.send(&RelayMessage::Tick(tick));
        }
        while let Some((_, bytes)) = self.to_client.pop_front_if(|(at, _)| *at <= self.now) {
            self.look(0);
            self.client.handle_message(self.now, &bytes);
            self.look(1);
        }
        self.transmit();
        self.look(usize::MAX);
    }

    fn send(&mut self, message: &RelayMessage) {
        let last = self.to_client.back().map_or(self.now, |(at, _)| *at);
        let at = self.now.plus(self.random.below(60)).max(last);
        self.to_client.push_back((at, codec::encode(message)));
    }

    fn transmit(&mut self) {
        while let Some(transmit) = self.client.poll_transmit(self.now) {
            match transmit {
                Transmit::Connect => self.dialing = Some(self.now.plus(self.random.below(80))),
                Transmit::Send(bytes) => {
                    let last = self.to_relay.back().map_or(self.now, |(at, _)| *at);
                    let at = self.now.plus(self.random.below(60)).max(last);
                    self.to_relay.push_back((at, bytes));
                }
                Transmit::Close(why) => panic!("an honest relay is never left: {why}"),
            }
        }
    }

    /// Checks all views, and that what changed was announced. After one message a view is announced at most
    /// `announced_most` times.
    fn look(&mut self, announced_most: usize) {
        let mut announced: BTreeMap<ViewId, usize> = BTreeMap::new();
        while let Some(event) = self.client.poll_event() {
            if let Event::ViewChanged(view) = event {
                *announced.entry(view).or_default() += 1;
            }
        }
        if announced_most == 1 {
            assert!(announced.values().all(|times| *times == 1), "a view is announced once for a message");
        }
        while let Some((id, answer)) = self.client.poll_answer() {
            self.answers += 1;
            let entity = self.asked.remove(&id).expect("one answer for each request");
            self.check_answer(&entity, answer);
        }
        for (id, window) in &mut self.views {
            let snapshot = self.client.view(*id).expect("a view of this script");
            check_view(&self.client, window, &snapshot, &self.relay, &self.past);
            let was_held = window.shown.as_ref().is_some_and(|shown| shown.held);
            let let_go = was_held && !snapshot.held && snapshot.presence == Presence::Present;
            assert!(!let_go || snapshot.complete, "what is held gives way to a whole window: {snapshot:?}");
            if window.shown.as_ref() != Some(&snapshot) {
                assert!(announced.contains_key(id), "{id:?} changed in silence: {:?} to {snapshot:?}", window.shown);
                window.shown = Some(snapshot);
            }
        }
    }

    fn check_answer(&self, entity: &Entity, answer: Result<Answer, RequestError>) {
        match answer {
            Ok(Answer::Found(_)) => {}
            Ok(Answer::Around(rows)) => {
                assert!(rows.is_empty() || rows.iter().any(|row| row.entity == *entity));
                assert!(rows.windows(2).all(|pair| pair[0].rank + 1 == pair[1].rank && pair[0].score >= pair[1].score));
            }
            Ok(other) => panic!("nobody asked for {other:?}"),
            Err(error) => {
                let boards_vary = self.options.boards;
                assert!(boards_vary || error.retryable(), "{error}");
            }
        }
    }

    /// What must hold when all is quiet.
    pub fn check_settled(&self) {
        assert!(matches!(self.client.status(), Status::Live { .. }), "{:?}", self.client.status());
        let mut pages = std::collections::BTreeSet::new();
        for (id, window) in &self.views {
            let snapshot = self.client.view(*id).expect("a view of this script");
            let Some((info, rows)) = self.relay.now().named(window.board) else {
                assert_eq!(snapshot.presence, Presence::Absent);
                continue;
            };
            assert!(snapshot.complete && !snapshot.held, "{snapshot:?}");
            assert_eq!((snapshot.total, &snapshot.title), (rows.len() as u32, &info.title));
            let to = window.to.min(rows.len() as u32);
            assert_eq!(snapshot.rows.len() as u32, (to + 1).saturating_sub(window.from));
            let (first, last) = (PageNo::of_index(window.from - 1).0, PageNo::of_index(window.to - 1).0);
            pages.extend((first..=last).map(|page| Feed::Page { board: info.board, page: PageNo(page) }));
        }
        for entity in self.client.tracks() {
            let tracked = self.client.tracked(entity).expect("it is tracked");
            assert!(tracked.known && !tracked.held);
            assert_eq!(tracked.places.len(), self.relay.now().boards.len());
            for (place, (number, (info, _))) in tracked.places.iter().zip(&self.relay.now().boards) {
                assert_eq!((&place.board, place.at), (&info.id, self.relay.now().standing(*number, entity)));
            }
        }
        let mask = self.conn.as_ref().expect("settled is connected").mask();
        let watched: std::collections::BTreeSet<_> =
            mask.into_iter().filter(|feed| matches!(feed, Feed::Page { .. })).collect();
        assert_eq!(watched, pages, "only the pages under views are watched");
        let boards: Vec<_> = self.relay.now().boards.values().map(|(info, _)| info.id.clone()).collect();
        let listed: Vec<_> = self.client.directory().expect("it came").into_iter().map(|board| board.id).collect();
        assert_eq!(listed, boards);
    }
}

/// The rows that are there, and the title above them, are those of the client's position; a complete window has all.
fn check_view(
    client: &Client,
    window: &Window,
    snapshot: &scorelay_client::core::ViewSnapshot,
    relay: &Relay,
    past: &BTreeMap<RelayEpoch, Vec<State>>,
) {
    if snapshot.held {
        assert!(!snapshot.complete);
        let shown = window.shown.as_ref().expect("what is held was shown");
        let before: BTreeMap<_, _> = shown.rows.iter().flatten().map(|row| (row.rank, row)).collect();
        let kept = |row: &scorelay_client::core::RankedRow| before.get(&row.rank).is_none_or(|old| *old == row);
        assert!(snapshot.rows.iter().flatten().all(kept), "what is held does not change");
        return;
    }
    let some: Vec<_> = snapshot.rows.iter().flatten().collect();
    if !snapshot.complete && some.is_empty() {
        return;
    }
    let position = client.position().expect("there are rows");
    let history = if position.epoch == relay.epoch { &relay.history } else { &past[&position.epoch] };
    let state = &history[position.tick.0 as usize];
    let (info, rows) = state.named(window.board).expect("there are rows");
    for row in some {
        let (entity, score) = &rows[row.rank as usize - 1];
        assert_eq!((&row.entity, row.score), (entity, *score), "rank {} at {position:?}", row.rank);
    }
    assert_eq!(snapshot.from, window.from);
    for (index, row) in snapshot.rows.iter().enumerate() {
        assert!(row.as_ref().is_none_or(|row| row.rank == window.from + index as u32));
    }
    if snapshot.complete {
        assert_eq!(info.title, snapshot.title);
        let last = window.to.min(rows.len() as u32);
        assert_eq!(snapshot.rows.len() as u32, (last + 1).saturating_sub(window.from), "{snapshot:?}");
        assert!(snapshot.rows.iter().all(Option::is_some));
        assert_eq!(snapshot.total, rows.len() as u32);
    }
}
