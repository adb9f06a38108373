//! The relay's paths: following the core, bringing watched feeds up to date at a tick, walking connections, greeting new
//! ones. A core, a relay with one shard, and real clients, put together without sockets.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use scorelay_client::core::{Client, ClientConfig, Millis as ClientMillis, Transmit, ViewId};
use scorelay_protocol::client::ClientMessage;
use scorelay_protocol::codec;
use scorelay_protocol::ids::{NodeId, RelayEpoch, UnixMillis};
use scorelay_protocol::limits::TICK_MS;
use scorelay_relay::core::clock::Millis;
use scorelay_relay::core::hub::{Hub, HubConfig};
use scorelay_relay::core::inlet::Now;
use scorelay_relay::core::outgoing::{Outgoing, Wire};
use scorelay_relay::core::outlet::Outlet;
use scorelay_relay::core::published::{ConnId, Published, ShardNo};
use scorelay_relay::core::shard::{Shard, ShardConfig, Walk};

use crate::boards::{Core, ROWS, author, changes};
use crate::counted::counted;
use crate::draw::Draw;

/// Connections.
const VIEWERS: usize = 500;
/// Ticks that are counted.
const TICKS: usize = 20;
/// Rounds until a client sees all: the directory, pages by the numbers it gives, and what did not fit with the first.
const GREETING: usize = 3;
/// Messages between two ticks: 5,000 a second.
const PER_TICK: usize = 250;

/// A wire that is always ready, and keeps what it is sent if that is wanted.
#[derive(Debug, Default, Clone)]
struct Sink(Rc<RefCell<Sunk>>);

#[derive(Debug, Default)]
struct Sunk {
    keeps: bool,
    bytes: usize,
    messages: Vec<Vec<u8>>,
}

impl Wire for Sink {
    fn ready(&mut self) -> bool {
        true
    }

    fn send(&mut self, message: &mut Outgoing) {
        let mut sunk = self.0.borrow_mut();
        sunk.bytes += message.payload().len();
        if sunk.keeps {
            sunk.messages.push(message.payload().to_vec());
        }
    }
}

/// A client with its connection.
struct Viewer {
    client: Client,
    /// Its window, if it looks at any.
    view: Option<ViewId>,
    wire: Sink,
    id: ConnId,
}

/// A core, a relay and its clients.
pub(crate) struct House {
    core: Core,
    hub: Hub,
    shard: Shard<Sink>,
    viewers: Vec<Viewer>,
    outlet: Outlet,
    ms: u64,
    counts: Counts,
}

/// What is counted, and how much of it there was.
#[derive(Default)]
struct Counts {
    what: What,
    found: usize,
}

#[derive(Default, PartialEq, Eq, Clone, Copy)]
enum What {
    #[default]
    Nothing,
    Follow,
    Diff,
    Walk,
}

impl House {
    /// A relay that is level with its core; nobody is connected.
    pub(crate) fn new() -> Self {
        let config = HubConfig { node: NodeId(2), tick_ms: TICK_MS };
        let shard = ShardConfig { no: ShardNo(0), epoch: RelayEpoch(9), tick_ms: TICK_MS, software: "counts".into() };
        let mut house = Self {
            core: Core::new(),
            hub: Hub::new(config, now(0)),
            shard: Shard::new(shard),
            viewers: Vec::new(),
            outlet: Outlet::new(vec![NodeId(1)]),
            ms: 0,
            counts: Counts::default(),
        };
        house.outlet.open();
        house.link();
        assert!(house.hub.level(), "the relay has joined");
        house.tick();
        house
    }

    /// Moves frames from core to relay.
    fn link(&mut self) {
        let mut frames = Vec::new();
        while let Some((link, frame)) = self.outlet.poll(Some(self.core.engine.boards())) {
            self.outlet.sent(link, frame.len());
            frames.push(frame);
        }
        self.receive(frames);
    }

    fn receive(&mut self, frames: Vec<Bytes>) {
        let (hub, now) = (&mut self.hub, now(self.ms));
        let mut frames = Some(frames);
        let mut run = || {
            for frame in frames.take().unwrap_or_default() {
                hub.upstream_frame(now, frame).expect("a core's frames fit");
            }
        };
        if self.counts.what == What::Follow { counted(run) } else { run() }
    }

    /// A tick's worth of messages is scored and reaches the relay.
    fn chat(&mut self) {
        let messages = self.core.messages(PER_TICK);
        let batches = self.core.take(messages);
        if self.counts.what == What::Follow {
            self.counts.found += changes(&batches);
        }
        batches.into_iter().for_each(|batch| self.outlet.cut(batch));
        self.link();
    }

    /// Time for a tick: feeds, then connections.
    fn tick(&mut self) {
        self.ms += TICK_MS;
        for command in self.shard.drain_commands() {
            self.hub.command(command);
        }
        let (hub, now) = (&mut self.hub, now(self.ms));
        let published = if self.counts.what == What::Diff { counted(|| hub.tick(now)) } else { hub.tick(now) };
        let Some(published) = published else { return };
        if self.counts.what == What::Diff {
            self.counts.found += published.changed.len();
        }
        self.publish(published);
    }

    fn publish(&mut self, published: Arc<Published>) {
        let before = self.shard.counts().messages;
        let (shard, at) = (&mut self.shard, Millis(self.ms));
        let mut published = Some(published);
        let mut run = || {
            published.take().into_iter().for_each(|published| shard.publish(published));
            while shard.walk(at, usize::MAX) == Walk::More {}
        };
        if self.counts.what == What::Walk {
            counted(run);
            self.counts.found += (self.shard.counts().messages - before) as usize;
        } else {
            run();
        }
    }

    /// Clients come, each with what it wants to see; nothing of them has reached the relay yet.
    fn come(&mut self) {
        let mut crowd = Draw(7);
        for n in 0..VIEWERS {
            let mut client = Client::new(ClientConfig::default(), n as u64, ClientMillis(self.ms));
            // As many look at the top, at windows somewhere, and after somebody, as in measure M2.
            let view = match n % 10 {
                0..5 => Some((1, 100)),
                5..9 => Some(1 + crowd.below(ROWS - 50)).map(|from| (from, from + 49)),
                _ => None,
            };
            let view = view.map(|(from, to)| client.watch_board("chat", from, to).expect("a window"));
            if view.is_none() {
                client.track(author(crowd.zipf(ROWS))).expect("there is room");
            }
            let wire = Sink::default();
            wire.0.borrow_mut().keeps = true;
            let id = self.shard.open(Millis(self.ms), wire.clone(), Vec::new());
            assert_eq!(client.poll_transmit(ClientMillis(self.ms)), Some(Transmit::Connect));
            client.handle_connected(ClientMillis(self.ms));
            self.viewers.push(Viewer { client, view, wire, id });
        }
    }

    /// What the clients want to say.
    fn said(&mut self) -> Vec<(ConnId, ClientMessage)> {
        let mut said = Vec::new();
        for viewer in &mut self.viewers {
            viewer.client.handle_timeout(ClientMillis(self.ms));
            while let Some(transmit) = viewer.client.poll_transmit(ClientMillis(self.ms)) {
                if let Transmit::Send(bytes) = transmit {
                    said.push((viewer.id, codec::decode_client(&bytes).expect("a client's message")));
                }
            }
        }
        said
    }

    fn hear(&mut self, said: Vec<(ConnId, ClientMessage)>) {
        for (id, message) in said {
            self.shard.receive(Millis(self.ms), id, message).expect("a client behaves");
        }
    }

    /// What came for each client since it was last asked.
    pub(crate) fn came(&mut self) -> Vec<Vec<Vec<u8>>> {
        self.viewers.iter().map(|viewer| std::mem::take(&mut viewer.wire.0.borrow_mut().messages)).collect()
    }

    /// Gives clients what came for them.
    pub(crate) fn give(&mut self, came: &[Vec<Vec<u8>>]) {
        for (viewer, messages) in self.viewers.iter_mut().zip(came) {
            for message in messages {
                viewer.client.handle_message(ClientMillis(self.ms), message);
            }
        }
    }

    /// A round of talk: clients say what they want, and get what is there for it.
    fn talk(&mut self, counts: bool) {
        let mut said = Some(self.said());
        let mut run = || {
            self.hear(said.take().unwrap_or_default());
            self.tick();
        };
        if counts {
            counted(run)
        } else {
            run()
        }
        // Later than anything that is put off.
        self.ms += 1_000;
        let came = self.came();
        self.give(&came);
    }

    /// A house full of clients that see what they want to.
    pub(crate) fn full() -> Self {
        let mut house = Self::new();
        house.come();
        (0..GREETING).for_each(|_| house.talk(false));
        assert_eq!(house.rows(), VIEWERS / 2 * 100 + VIEWERS * 2 / 5 * 50, "everybody sees a whole window");
        house
    }

    /// Everybody who looks at a window looks elsewhere, and what they are sent for it waits for [`House::came`].
    pub(crate) fn look_away(&mut self) {
        let mut crowd = Draw(8);
        for viewer in &mut self.viewers {
            if let Some(view) = viewer.view {
                let from = 1 + crowd.below(ROWS - 100);
                viewer.client.set_window(view, from, from + 99).expect("a window");
            }
        }
        let said = self.said();
        self.hear(said);
        self.tick();
    }

    /// Rows in sight of all clients.
    pub(crate) fn rows(&self) -> usize {
        let views = self.viewers.iter().filter_map(|viewer| viewer.client.view(viewer.view?));
        views.map(|view| view.rows.iter().flatten().count()).sum()
    }

    /// Ticks with chat; messages are kept for [`House::came`] where they are wanted.
    pub(crate) fn run(&mut self, ticks: usize, keeps: bool) {
        self.viewers.iter().for_each(|viewer| viewer.wire.0.borrow_mut().keeps = keeps);
        for _ in 0..ticks {
            self.chat();
            self.tick();
        }
    }

    fn count(mut self, what: What) -> usize {
        self.run(4, false);
        self.counts.what = what;
        self.run(TICKS, false);
        self.counts.found
    }
}

fn now(ms: u64) -> Now {
    Now { at: Millis(ms), wall: UnixMillis(1_000_000 + ms) }
}

/// Frames into the relay's boards.
pub(crate) fn follow() -> usize {
    House::full().count(What::Follow)
}

/// Watched feeds at a tick.
pub(crate) fn diff() -> usize {
    House::full().count(What::Diff)
}

/// Connections at a tick.
pub(crate) fn walk() -> usize {
    House::full().count(What::Walk)
}

/// New connections, from their first message to their first page.
pub(crate) fn greet() -> usize {
    let mut house = House::new();
    house.come();
    (0..GREETING).for_each(|_| house.talk(true));
    VIEWERS
}
