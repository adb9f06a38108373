//! Whatever happens on the links of a core with four relays, two of them chained below others, every copy is at every
//! moment exactly what the core's boards were at one batch, and in the end what they are. The core is a naive one, in
//! `link_model/`; single rules of links are in `link_rules.rs`.

mod link_model;

use std::collections::VecDeque;

use bytes::Bytes;
use link_model::{Core, DefDraw, Draw, Image, at};
use proptest::prelude::*;
use scorelay_protocol::ids::NodeId;
use scorelay_relay::core::hub::{Hub, HubConfig};
use scorelay_relay::core::outlet::{LinkId, LinkLimits};

/// So small that a few batches make a link lag, that boards take several chunks, and frees several ends.
const LIMITS: LinkLimits = LinkLimits { queue_bytes: 1_200, chunk_rows: 3, frees: 2 };
/// No frame of these tests is longer.
const LONGEST_FRAME: usize = 2_000;
/// By relay: whether its upstream is the core, or which relay.
const ABOVE: [Option<usize>; 4] = [None, None, Some(1), Some(2)];

#[derive(Debug, Clone)]
enum Step {
    Batch(DefDraw, Vec<Draw>),
    /// The sender's shell gets rid of up to so many frames.
    Send(u8, u8),
    /// So many of them arrive.
    Deliver(u8, u8),
    Cut(u8),
    Join(u8),
    RestartRelay(u8),
    RestartCore,
}

fn step() -> impl Strategy<Value = Step> {
    let draw = (any::<u8>(), 0u16..60, proptest::option::weighted(0.7, any::<i16>()))
        .prop_map(|(board, entity, score)| Draw { board, entity, score });
    let def = prop_oneof![
        20 => Just(DefDraw::Nothing),
        3 => Just(DefDraw::Make),
        1 => any::<u8>().prop_map(DefDraw::Describe),
        1 => any::<u8>().prop_map(DefDraw::Drop),
    ];
    let relay = 0..ABOVE.len() as u8;
    prop_oneof![
        40 => (def, proptest::collection::vec(draw, 0..25)).prop_map(|(def, draws)| Step::Batch(def, draws)),
        40 => (relay.clone(), 1u8..12).prop_map(|(relay, n)| Step::Send(relay, n)),
        40 => (relay.clone(), 1u8..12).prop_map(|(relay, n)| Step::Deliver(relay, n)),
        2 => relay.clone().prop_map(Step::Cut),
        6 => relay.clone().prop_map(Step::Join),
        1 => relay.prop_map(Step::RestartRelay),
        1 => Just(Step::RestartCore),
    ]
}

/// A relay and the link above it.
struct Node {
    hub: Hub,
    link: Option<LinkId>,
    /// Given by the sender's outlet, and still with it.
    queue: VecDeque<Bytes>,
    /// On the way.
    wire: VecDeque<Bytes>,
}

struct World {
    core: Core,
    nodes: Vec<Node>,
    now: u64,
    runs: u64,
}

impl World {
    fn new() -> Self {
        let mut world = Self { core: Core::new(LIMITS), nodes: Vec::new(), now: 0, runs: 0 };
        world.nodes = ABOVE
            .iter()
            .map(|_| Node { hub: world.hub(), link: None, queue: VecDeque::new(), wire: VecDeque::new() })
            .collect();
        world
    }

    fn hub(&mut self) -> Hub {
        self.runs += 1;
        Hub::with_limits(HubConfig { node: NodeId(self.runs), tick_ms: 50 }, at(self.now), LIMITS)
    }

    fn step(&mut self, step: &Step) {
        self.now += 7;
        match *step {
            Step::Batch(def, ref draws) => self.core.batch(def, draws),
            Step::Send(relay, n) => self.send(relay.into(), n),
            Step::Deliver(relay, n) => self.deliver(relay.into(), n),
            Step::Cut(relay) => self.cut(relay.into()),
            Step::Join(relay) => self.join(relay.into()),
            Step::RestartRelay(relay) => {
                self.cut(relay.into());
                self.cut_below(Some(relay.into()));
                self.nodes[usize::from(relay)].hub = self.hub();
            }
            Step::RestartCore => {
                self.cut_below(None);
                self.core.restart();
            }
        }
        self.poll();
        self.check();
    }

    fn cut_below(&mut self, above: Option<usize>) {
        for (relay, _) in ABOVE.iter().enumerate().filter(|(_, of)| **of == above) {
            self.cut(relay);
        }
    }

    fn cut(&mut self, relay: usize) {
        let Some(link) = self.nodes[relay].link.take() else { return };
        match ABOVE[relay] {
            None => self.core.outlet.close(link),
            Some(above) => self.nodes[above].hub.link_closed(link),
        }
        let node = &mut self.nodes[relay];
        node.queue.clear();
        node.wire.clear();
        node.hub.upstream_lost(at(self.now));
    }

    fn join(&mut self, relay: usize) {
        if self.nodes[relay].link.is_none() {
            self.nodes[relay].link = Some(match ABOVE[relay] {
                None => self.core.outlet.open(),
                Some(above) => self.nodes[above].hub.link_open(),
            });
        }
    }

    fn send(&mut self, relay: usize, n: u8) {
        for _ in 0..n {
            let (Some(frame), Some(link)) = (self.nodes[relay].queue.pop_front(), self.nodes[relay].link) else {
                return;
            };
            match ABOVE[relay] {
                None => self.core.outlet.sent(link, frame.len()),
                Some(above) => self.nodes[above].hub.link_sent(link, frame.len()),
            }
            self.nodes[relay].wire.push_back(frame);
        }
    }

    fn deliver(&mut self, relay: usize, n: u8) {
        for _ in 0..n {
            let node = &mut self.nodes[relay];
            let Some(frame) = node.wire.pop_front() else { return };
            let upcall = node.hub.upstream_frame(at(self.now), frame).expect("an honest upstream is understood");
            assert_eq!(upcall, None);
            self.check_copy(relay);
        }
    }

    fn poll(&mut self) {
        while let Some((link, frame)) = self.core.outlet.poll(Some(&self.core.set)) {
            self.put(None, link, frame);
        }
        for above in 0..self.nodes.len() {
            while let Some((link, frame)) = self.nodes[above].hub.poll_link() {
                self.put(Some(above), link, frame);
            }
        }
    }

    fn put(&mut self, above: Option<usize>, link: LinkId, frame: Bytes) {
        assert!(frame.len() <= LONGEST_FRAME, "a frame of {} bytes", frame.len());
        let mut below = self.nodes.iter_mut().zip(ABOVE);
        let (node, _) = below.find(|(node, of)| *of == above && node.link == Some(link)).expect("an open link");
        node.queue.push_back(frame);
    }

    /// No reader sees anything but the boards at one batch.
    fn check_copy(&self, relay: usize) {
        if let Some(set) = self.nodes[relay].hub.boards() {
            let was = self.core.history.get(&(set.core(), set.seq())).expect("a batch that was cut");
            let mut is = Image::of(set);
            // Handles without rows may be freed a little later.
            assert!(was.bound.iter().all(|handle| is.bound.contains(handle)));
            is.bound.clone_from(&was.bound);
            assert_eq!(&is, was);
        }
    }

    fn check(&self) {
        for (node, above) in self.nodes.iter().zip(ABOVE) {
            if let (Some(link), None) = (node.link, above) {
                let queued: usize = node.queue.iter().map(Bytes::len).sum();
                assert_eq!(self.core.outlet.queued(link), Some(queued));
                assert!(queued <= LIMITS.queue_bytes + LONGEST_FRAME, "{queued} bytes wait");
            }
        }
    }

    /// Everything connects and everything arrives.
    fn quiesce(&mut self) {
        for relay in 0..self.nodes.len() {
            self.join(relay);
        }
        for _ in 0..10_000 {
            self.poll();
            let busy = |node: &Node| !node.queue.is_empty() || !node.wire.is_empty();
            if !self.nodes.iter().any(busy) {
                return;
            }
            for relay in 0..self.nodes.len() {
                self.send(relay, 3);
                self.deliver(relay, 3);
            }
        }
        panic!("frames never end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, ..ProptestConfig::default() })]

    /// E6: relays hold the boards through lag, cuts and restarts of relays and core, and never anything in between.
    /// B4: many relays on one core, chained too.
    #[test]
    fn every_copy_is_the_core_at_one_batch(steps in proptest::collection::vec(step(), 1..250)) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.quiesce();
        world.now += 10_000;
        let boards = Image::of(&world.core.set);
        for (node, above) in world.nodes.iter().zip(ABOVE) {
            let copy = node.hub.boards().map(Image::of);
            prop_assert_eq!(copy.as_ref(), Some(&boards));
            prop_assert!(node.hub.level());
            prop_assert_eq!(node.hub.stale_since(), None);
            let up = above.map_or(world.core.outlet.path(), |above| world.nodes[above].hub.path());
            prop_assert_eq!(&node.hub.path()[..up.len()], up);
            prop_assert_eq!(node.hub.path().len(), up.len() + 1);
        }
    }
}
