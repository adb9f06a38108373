//! Feeds, two shards and clients on virtual time. After every message each client's pages, totals and tracked scores
//! are compared with the boards as they were at that very tick.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use scorelay_protocol::client::{ClientMessage, RelayMessage};
use scorelay_protocol::codec;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::feed::{Body, Feed, Standing};
use scorelay_protocol::ids::{RelayEpoch, TickNo, UnixMillis};
use scorelay_protocol::limits::{self, TICK_MS};
use scorelay_protocol::link::Begin;
use scorelay_protocol::tick::Freshness;
use scorelay_ranks::BoardSet;
use scorelay_relay::core::clock::Millis;
use scorelay_relay::core::feeds::Feeds;
use scorelay_relay::core::outgoing::{Outgoing, Wire};
use scorelay_relay::core::published::{ConnId, Published, ShardNo};
use scorelay_relay::core::shard::{Reading, Shard, ShardConfig, Walk};

use super::client::{Client, page};
use super::core::{Core, Plan, entity};

/// Rows of every board, by its id.
pub(crate) type Boards = BTreeMap<String, Vec<(Entity, i64)>>;

/// A wire that the test opens and shuts.
#[derive(Default, Clone, Debug)]
pub(crate) struct TestWire(Rc<RefCell<WireState>>);

#[derive(Default, Debug)]
struct WireState {
    shut: bool,
    messages: VecDeque<Vec<u8>>,
}

impl TestWire {
    pub(crate) fn shut(&self, shut: bool) {
        self.0.borrow_mut().shut = shut;
    }

    pub(crate) fn next(&self) -> Option<Vec<u8>> {
        self.0.borrow_mut().messages.pop_front()
    }
}

impl Wire for TestWire {
    fn ready(&mut self) -> bool {
        !self.0.borrow().shut
    }

    fn send(&mut self, message: &mut Outgoing) {
        assert!(self.ready(), "a message on a wire that is not ready");
        self.0.borrow_mut().messages.push_back(message.payload().to_vec());
    }
}

pub(crate) struct Seat {
    pub(crate) client: Client,
    pub(crate) wire: TestWire,
    pub(crate) shard: usize,
    pub(crate) conn: ConnId,
    pub(crate) reading: Reading,
    tracks: Vec<Entity>,
}

pub(crate) struct House {
    pub(crate) now: Millis,
    pub(crate) core: Core,
    pub(crate) set: BoardSet,
    /// Whether the set may be shown.
    pub(crate) level: bool,
    pub(crate) feeds: Feeds,
    pub(crate) shards: Vec<Shard<TestWire>>,
    pub(crate) seats: Vec<Seat>,
    /// Boards as of each tick.
    pub(crate) history: BTreeMap<TickNo, Boards>,
    pub(crate) published: Vec<std::sync::Arc<Published>>,
}

pub(crate) const EPOCH: RelayEpoch = RelayEpoch(77);

impl House {
    pub(crate) fn new() -> Self {
        let core = Core::default();
        let config =
            |no| ShardConfig { no: ShardNo(no), epoch: EPOCH, tick_ms: TICK_MS, software: "test 1".to_owned() };
        let mut feeds = Feeds::new(TICK_MS, Freshness::Stale { since: UnixMillis(5) });
        let begin = Begin { core: core.set.core(), reset: true, platforms: Vec::new(), boards: Vec::new() };
        let set = BoardSet::begun(&begin).unwrap();
        feeds.swapped(&set);
        feeds.set_freshness(Freshness::Live);
        Self {
            now: Millis(1_000),
            core,
            set,
            level: true,
            feeds,
            shards: vec![Shard::new(config(0)), Shard::new(config(1))],
            seats: Vec::new(),
            history: BTreeMap::new(),
            published: Vec::new(),
        }
    }

    /// A house with one board, `board0`, whose row of rank `r` is entity `r` with score `10 * (rows - r)`, and one
    /// client that watches the directory.
    pub(crate) fn with_rows(rows: u32) -> Self {
        let mut house = Self::new();
        house.batch(&Plan { puts: vec![0], ..Plan::default() });
        for from in (0..rows).step_by(limits::BATCH_CHANGES) {
            let to = rows.min(from + limits::BATCH_CHANGES as u32);
            house.score((from..to).map(|n| (n, i64::from(10 * (rows - n)))));
        }
        house.join(&[]);
        house.watch(0, &[Feed::Directory]);
        house.run(2_000);
        house
    }

    /// Rows of `board0` get scores.
    pub(crate) fn score(&mut self, rows: impl IntoIterator<Item = (u32, i64)>) {
        let rows = rows.into_iter().map(|(n, score)| (0, entity(n), Some(score))).collect();
        self.batch(&Plan { rows, ..Plan::default() });
    }

    /// The client of a seat.
    pub(crate) fn client(&self, seat: usize) -> &Client {
        &self.seats[seat].client
    }

    /// A page of `board0`.
    pub(crate) fn page(&self, no: u32) -> Feed {
        page(self.client(0).board("board0").unwrap(), no)
    }

    /// A client watches the directory and these pages of `board0`.
    pub(crate) fn look(&mut self, seat: usize, pages: impl IntoIterator<Item = u32>) {
        let pages = pages.into_iter().map(|no| self.page(no));
        let feeds: Vec<Feed> = [Feed::Directory].into_iter().chain(pages).collect();
        self.watch(seat, &feeds);
    }

    /// A client takes a seat and says hello.
    pub(crate) fn join(&mut self, tracks: &[Entity]) -> usize {
        let shard = self.seats.len() % self.shards.len();
        let wire = TestWire::default();
        let conn = self.shards[shard].open(self.now, wire.clone(), tracks.to_vec());
        let client = Client::default();
        self.seats.push(Seat { client, wire, shard, conn, reading: Reading::Go, tracks: tracks.to_vec() });
        let seat = self.seats.len() - 1;
        self.hello(seat, false);
        seat
    }

    fn hello(&mut self, seat: usize, resume: bool) {
        let Seat { client, tracks, .. } = &mut self.seats[seat];
        let hello = client.hello(resume, tracks);
        self.say(seat, hello).unwrap();
    }

    /// The connection is lost, with what was on its way, and made again.
    pub(crate) fn reconnect(&mut self, seat: usize, resume: bool) {
        let Seat { shard, conn, tracks, .. } = &self.seats[seat];
        let (shard, conn, tracks) = (*shard, *conn, tracks.clone());
        assert!(self.shards[shard].closed(conn).is_some());
        let wire = TestWire::default();
        let conn = self.shards[shard].open(self.now, wire.clone(), tracks);
        (self.seats[seat].wire, self.seats[seat].conn, self.seats[seat].reading) = (wire, conn, Reading::Go);
        self.hello(seat, resume);
    }

    pub(crate) fn say(&mut self, seat: usize, message: ClientMessage) -> Result<(), WireError> {
        let Seat { shard, conn, .. } = self.seats[seat];
        self.seats[seat].reading = self.shards[shard].receive(self.now, conn, message)?;
        Ok(())
    }

    pub(crate) fn watch(&mut self, seat: usize, feeds: &[Feed]) {
        let message = self.seats[seat].client.watch(feeds);
        self.say(seat, message).unwrap();
    }

    /// A batch of the core arrives.
    pub(crate) fn batch(&mut self, plan: &Plan) {
        let batch = self.core.batch(plan);
        let feeds = &mut self.feeds;
        self.set.apply(&batch, &mut |event| feeds.observe(&event)).unwrap();
    }

    /// The core starts again with other numbers.
    pub(crate) fn restart_core(&mut self) {
        self.core.restart();
        self.set = self.core.set.clone();
        self.feeds.swapped(&self.set);
    }

    /// Time passes.
    pub(crate) fn run(&mut self, ms: u64) {
        let until = self.now.plus(ms);
        self.pump();
        while let Some(at) = self.next_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.pump();
        }
        self.now = until;
    }

    /// Runs a while and gives the bodies of all ticks that come by a wire no client listens to.
    pub(crate) fn bodies_for(&mut self, shard: usize, wire: &TestWire) -> Vec<Body> {
        let mut bodies = Vec::new();
        for _ in 0..20 {
            self.now = self.now.plus(TICK_MS);
            self.commands();
            let set = self.level.then_some(&self.set);
            if let Some(published) = self.feeds.tick(self.now, set) {
                self.publish(published);
            }
            while self.shards[shard].walk(self.now, 64) == Walk::More {}
            while let Some(bytes) = wire.next() {
                if let RelayMessage::Tick(tick) = codec::decode_client(&bytes).unwrap() {
                    bodies.extend(tick.bodies);
                }
            }
        }
        bodies
    }

    /// When anything wants to be done next.
    pub(crate) fn next_at(&self) -> Option<Millis> {
        let walks = self.shards.iter().filter_map(Shard::next_walk_at);
        walks.chain(self.feeds.next_tick_at()).min()
    }

    /// Does all that wants to be done by now.
    pub(crate) fn pump(&mut self) {
        while self.next_at().is_some_and(|at| at <= self.now) || !self.commands() {
            if self.feeds.next_tick_at().is_some_and(|at| at <= self.now) {
                let set = self.level.then_some(&self.set);
                if let Some(published) = self.feeds.tick(self.now, set) {
                    self.publish(published);
                }
            }
            for shard in &mut self.shards {
                while shard.next_walk_at().is_some_and(|at| at <= self.now) && shard.walk(self.now, 2) == Walk::More {}
                for id in shard.take_resumed() {
                    for seat in self.seats.iter_mut().filter(|seat| seat.conn == id) {
                        seat.reading = Reading::Go;
                    }
                }
            }
            self.deliver();
        }
    }

    /// Carries commands to the feeds; whether there were none.
    fn commands(&mut self) -> bool {
        let commands: Vec<_> = self.shards.iter_mut().flat_map(Shard::drain_commands).collect();
        let none = commands.is_empty();
        for command in commands {
            self.feeds.command(command);
        }
        none
    }

    fn publish(&mut self, published: std::sync::Arc<Published>) {
        let before = self.history.last_key_value();
        let boards =
            if self.level { self.boards() } else { before.map(|(_, boards)| boards.clone()).unwrap_or_default() };
        self.history.insert(published.tick, boards);
        for shard in &mut self.shards {
            shard.publish(published.clone());
        }
        self.published.push(published);
    }

    pub(crate) fn boards(&self) -> Boards {
        let rows = |board: &scorelay_ranks::Board| {
            let entity = |handle| self.set.entity(scorelay_protocol::ids::Handle(handle)).unwrap();
            board.rows().iter().map(|(handle, key)| (entity(handle), key.score)).collect()
        };
        self.set.boards().map(|(_, board)| (board.def().id.clone(), rows(board))).collect()
    }

    fn deliver(&mut self) {
        for seat in &mut self.seats {
            while let Some(bytes) = seat.wire.next() {
                if seat.client.receive(&bytes) {
                    check(&seat.client, &self.history);
                }
            }
        }
    }

    /// Lets it become quiet, row counts of the directory included, and then checks everything.
    pub(crate) fn settle(&mut self) {
        self.run(40_000);
        self.check_now();
        assert_eq!(self.next_at(), None, "a quiet relay has nothing to do");
    }

    /// Checks that every client has everything it watches as it now stands, ranks and counts included.
    fn check_now(&self) {
        let boards = self.boards();
        for seat in &self.seats {
            let client = &seat.client;
            assert!(client.all_admitted(), "{:?}", client.watches());
            assert_eq!(client.echoed, client.generation, "a change of the mask was not echoed");
            check_pages(client, &boards);
            for feed in client.watches() {
                let Feed::Track { entity } = feed else { continue };
                let found = boards.iter().filter_map(|(id, rows)| {
                    let rank = rows.iter().position(|(e, _)| *e == entity)?;
                    let board = self.seats.iter().find_map(|seat| seat.client.board(id)).unwrap();
                    Some((board, Standing { rank: rank as u32 + 1, score: rows[rank].1 }))
                });
                assert_eq!(client.tracks[&entity], found.collect(), "{entity}");
            }
            for info in client.directory.values() {
                assert_eq!(info.rows as usize, boards[&info.id].len(), "count of {}", info.id);
            }
        }
    }
}

/// Checks what a client holds against the boards as of its tick.
fn check(client: &Client, history: &BTreeMap<TickNo, Boards>) {
    let boards = history.get(&client.position.tick).expect("a tick that was published");
    check_pages(client, boards);
    if !client.is_admitted(&Feed::Directory) {
        return;
    }
    let known: Vec<&String> = client.directory.values().map(|info| &info.id).collect();
    assert_eq!(known.len(), boards.len(), "{known:?}");
    for feed in client.watches().iter().filter(|feed| client.is_admitted(feed)) {
        let Feed::Track { entity } = feed else { continue };
        let scores = |(id, rows): (&String, &Vec<(Entity, i64)>)| {
            Some((client.board(id)?, rows.iter().find(|(e, _)| e == entity)?.1))
        };
        let held: BTreeMap<_, _> = client.tracks[entity].iter().map(|(&board, at)| (board, at.score)).collect();
        assert_eq!(held, boards.iter().filter_map(scores).collect(), "{entity}");
    }
}

fn check_pages(client: &Client, boards: &Boards) {
    for (feed, _) in client.holds() {
        let Feed::Page { board, page } = feed else { continue };
        let Some(info) = client.directory.get(board) else { continue };
        let rows = boards.get(&info.id).expect("a board of that tick");
        let from = (page.first_index() as usize).min(rows.len());
        let to = (from + 32).min(rows.len());
        assert_eq!(client.rows(feed), rows[from..to], "{feed:?} at {:?}", client.position.tick);
        assert_eq!(client.totals.get(board), Some(&(rows.len() as u32)), "total of {}", info.id);
    }
}
