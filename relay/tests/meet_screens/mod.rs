//! Screens that watch meets, on virtual time: a naive core, a relay with two shards, and wires that can be shut.
//! Whenever a screen is sent anything it must show what its meet was at some line; tests say when it must show what it
//! is.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use scorelay_protocol::client::{Add, ClientMessage, RelayMessage};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::{Body, Feed};
use scorelay_protocol::ids::{BatchSeq, CoreEpoch, Generation, Position, RelayEpoch, TickNo};
use scorelay_protocol::limits::TICK_MS;
use scorelay_protocol::link::{Begin, CaughtUp, LinkDown, LinkUp};
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::Session;
use scorelay_protocol::meet::value::Value;
use scorelay_protocol::{codec, frame};
use scorelay_relay::core::clock::Millis;
use scorelay_relay::core::hub::Hub;
use scorelay_relay::core::inlet::Now;
use scorelay_relay::core::outgoing::{Outgoing, Wire};
use scorelay_relay::core::published::{ConnId, ShardNo};
use scorelay_relay::core::shard::{Shard, ShardConfig, Walk};

use crate::link_model;
use crate::link_model::relays::{accepted, hub, take};
use crate::meet_core::{Answered, MeetCore, Shown, feed};

const EPOCH: RelayEpoch = RelayEpoch(77);

/// A wire that the test opens and shuts.
#[derive(Default, Clone)]
pub(crate) struct TestWire(pub(crate) Rc<RefCell<(bool, VecDeque<Vec<u8>>)>>);

impl Wire for TestWire {
    fn ready(&mut self) -> bool {
        !self.0.borrow().0
    }

    fn send(&mut self, message: &mut Outgoing) {
        self.0.borrow_mut().1.push_back(message.payload().to_vec());
    }
}

pub(crate) struct Screen {
    pub(crate) shard: usize,
    pub(crate) conn: ConnId,
    pub(crate) wire: TestWire,
    pub(crate) session: Session,
    pub(crate) position: Position,
    pub(crate) generation: Generation,
    pub(crate) watches: bool,
    /// What it shows, once it shows anything.
    pub(crate) shows: Option<Shown>,
    pub(crate) gone: Option<ErrorCode>,
    pub(crate) errors: Vec<ErrorCode>,
    pub(crate) pending: u32,
    pub(crate) bodies: usize,
    pub(crate) resets: usize,
}

pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) hub: Hub,
    pub(crate) shards: Vec<Shard<TestWire>>,
    pub(crate) core: MeetCore<u64>,
    /// Whether there is a link to the core, and answers under way on it.
    pub(crate) linked: bool,
    pub(crate) delay_ms: u64,
    pub(crate) under_way: VecDeque<(Millis, u64, Answered)>,
    pub(crate) screens: Vec<Screen>,
    /// Everything that each meet ever was.
    pub(crate) history: BTreeMap<MeetId, Vec<Shown>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let shard =
            |no| Shard::new(ShardConfig { no: ShardNo(no), epoch: EPOCH, tick_ms: TICK_MS, software: String::new() });
        let mut world = Self {
            now: Millis(1_000),
            hub: hub(1, link_model::at(1_000)),
            shards: vec![shard(0), shard(1)],
            core: MeetCore::default(),
            linked: false,
            delay_ms: 0,
            under_way: VecDeque::new(),
            screens: Vec::new(),
            history: BTreeMap::new(),
        };
        world.link();
        world
    }

    fn at(&self) -> Now {
        link_model::at(self.now.0)
    }

    /// A link to the core, which has no boards.
    pub(crate) fn link(&mut self) {
        let now = self.at();
        let begin = Begin { core: CoreEpoch(1), reset: true, platforms: Vec::new(), boards: Vec::new() };
        let end = CaughtUp { seq: BatchSeq(0), frees: Vec::new() };
        for message in [accepted(&[9]), LinkDown::Begin(begin), LinkDown::CaughtUp(end)] {
            take(&mut self.hub, now, &message).unwrap();
        }
        self.linked = true;
    }

    pub(crate) fn unlink(&mut self) {
        self.linked = false;
        self.under_way.clear();
        self.core.hang_up();
        self.hub.upstream_lost(self.at());
    }

    pub(crate) fn open(&mut self, session: Session) {
        self.core.open(session);
        self.remember(session.meet);
    }

    pub(crate) fn remember(&mut self, meet: MeetId) {
        let shown = self.core.shown(meet);
        self.history.entry(meet).or_default().push(shown);
    }

    pub(crate) fn answer(&mut self, answers: Vec<(u64, Answered)>) {
        let at = self.now.plus(self.delay_ms);
        self.under_way.extend(answers.into_iter().map(|(id, result)| (at, id, result)));
    }

    pub(crate) fn set(&mut self, meet: MeetId, path: Path, value: Value) {
        let answers = self.core.line(meet, Some((path, value)));
        self.remember(meet);
        self.answer(answers);
    }

    /// A screen that watches a meet.
    pub(crate) fn screen(&mut self, session: Session) -> usize {
        let shard = self.screens.len() % self.shards.len();
        let wire = TestWire::default();
        let conn = self.shards[shard].open(self.now, wire.clone(), Vec::new());
        self.screens.push(Screen {
            shard,
            conn,
            wire,
            session,
            position: Position { epoch: EPOCH, tick: TickNo(0) },
            generation: Generation(0),
            watches: false,
            shows: None,
            gone: None,
            errors: Vec::new(),
            pending: 0,
            bodies: 0,
            resets: 0,
        });
        let screen = self.screens.len() - 1;
        self.say(screen, ClientMessage::Hello { resume: None, agent: String::new() });
        self.deliver();
        self.watch(screen, None);
        screen
    }

    /// The connection is lost and made again; the screen says what it holds.
    pub(crate) fn reconnect(&mut self, screen: usize) {
        let Screen { shard, conn, position, .. } = self.screens[screen];
        self.shards[shard].closed(conn).unwrap();
        let wire = TestWire::default();
        let conn = self.shards[shard].open(self.now, wire.clone(), Vec::new());
        (self.screens[screen].wire, self.screens[screen].conn) = (wire, conn);
        self.screens[screen].generation = Generation(0);
        self.say(screen, ClientMessage::Hello { resume: Some(position), agent: String::new() });
        self.deliver();
        let known = self.screens[screen].shows.is_some().then_some(position.tick);
        self.watch(screen, known);
    }

    pub(crate) fn watch(&mut self, screen: usize, known: Option<TickNo>) {
        let feed = feed(self.screens[screen].session);
        self.screens[screen].watches = true;
        self.change(screen, Vec::new(), vec![Add { feed, known }]);
    }

    pub(crate) fn unwatch(&mut self, screen: usize) {
        let feed = feed(self.screens[screen].session);
        self.screens[screen].watches = false;
        self.screens[screen].shows = None;
        self.change(screen, vec![feed], Vec::new());
    }

    pub(crate) fn change(&mut self, screen: usize, remove: Vec<Feed>, add: Vec<Add>) {
        self.screens[screen].generation.0 += 1;
        let generation = self.screens[screen].generation;
        self.say(screen, ClientMessage::Watch { generation, remove, add });
    }

    fn say(&mut self, screen: usize, message: ClientMessage) {
        let Screen { shard, conn, .. } = self.screens[screen];
        self.shards[shard].receive(self.now, conn, message).unwrap();
        while self.shards[shard].walk(self.now, 16) == Walk::More {}
    }

    /// Time passes.
    pub(crate) fn run(&mut self, ms: u64) {
        let until = self.now.plus(ms);
        loop {
            self.pump();
            let answers = self.under_way.front().map(|(at, ..)| *at);
            let walks = self.shards.iter().filter_map(Shard::next_walk_at);
            let next = walks.chain(self.hub.next_tick_at()).chain(answers).min();
            match next.filter(|at| *at <= until) {
                // Whatever was due by now has been done; what is due again at once may wait a moment.
                Some(at) if self.now < until => self.now = self.now.plus(1).max(at).min(until),
                _ => break,
            }
        }
        self.now = until;
    }

    fn pump(&mut self) {
        let now = self.at();
        let commands: Vec<_> = self.shards.iter_mut().flat_map(Shard::drain_commands).collect();
        commands.into_iter().for_each(|command| self.hub.command(command));
        while let Some((_, id, result)) = self.under_way.pop_front_if(|(at, ..)| *at <= now.at) {
            take(&mut self.hub, now, &LinkDown::Meet { id, result }).unwrap();
        }
        if self.hub.next_tick_at().is_some_and(|at| at <= now.at)
            && let Some(published) = self.hub.tick(now)
        {
            self.shards.iter_mut().for_each(|shard| shard.publish(published.clone()));
        }
        self.ask();
        for shard in &mut self.shards {
            while shard.next_walk_at().is_some_and(|at| at <= now.at) && shard.walk(now.at, 4) == Walk::More {}
        }
        self.deliver();
    }

    fn ask(&mut self) {
        while let Some(bytes) = self.hub.poll_upstream() {
            assert!(self.linked, "a question without a link");
            self.hub.upstream_sent(bytes.len());
            let LinkUp::Meet(ask) = frame::decode(&bytes).unwrap() else { panic!("no question") };
            assert!(!ask.full && ask.address == [0; 16], "a relay's own question is for what all may carry");
            let answers = self.core.ask(ask.id, ask);
            self.answer(answers);
        }
    }

    fn deliver(&mut self) {
        for screen in &mut self.screens {
            loop {
                let Some(bytes) = screen.wire.0.borrow_mut().1.pop_front() else { break };
                screen.receive(&bytes, &self.history[&screen.session.meet]);
            }
        }
    }

    /// Every screen that watches shows what its meet is.
    pub(crate) fn check(&self) {
        for (no, screen) in self.screens.iter().enumerate().filter(|(_, screen)| screen.watches) {
            assert_eq!(screen.shows.as_ref(), Some(&self.core.shown(screen.session.meet)), "screen {no}");
            assert_eq!((screen.gone, screen.pending), (None, 0), "screen {no}");
        }
    }
}

impl Screen {
    fn receive(&mut self, bytes: &[u8], history: &[Shown]) {
        match codec::decode_client(bytes).unwrap() {
            RelayMessage::Tick(tick) => {
                self.position.tick.0 += tick.head.ticks;
                self.pending = tick.head.pending;
                for body in &tick.bodies {
                    self.body(body);
                }
                if let Some(shows) = &self.shows {
                    assert!(history.iter().rev().any(|then| then == shows), "what was never there");
                }
            }
            RelayMessage::Welcome(welcome) => {
                self.position = welcome.position;
                if !welcome.resumed {
                    self.shows = None;
                }
            }
            RelayMessage::Error(error) => self.errors.push(error.code),
            other => panic!("{other:?}"),
        }
    }

    fn body(&mut self, body: &Body) {
        self.bodies += 1;
        match body {
            Body::Meet { meet, .. } | Body::MeetGone { meet, .. } if *meet != self.session.meet => {
                panic!("of another meet: {meet}")
            }
            // Of a feed that it has left: told before the relay knew.
            _ if !self.watches => {}
            Body::Meet { reset, .. } => {
                self.resets += usize::from(*reset);
                assert!(*reset || self.shows.is_some(), "changes of nothing");
                self.shows.get_or_insert_default().body(body);
            }
            Body::MeetGone { why, .. } => {
                self.gone = Some(why.code);
                self.watches = false;
            }
            other => panic!("{other:?}"),
        }
    }
}
