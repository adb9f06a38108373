//! The source against a small model of a core, on virtual time: both are killed, links break, bytes come in any pieces,
//! and in the end every event counts exactly once.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scorelay_protocol::event::{Event, Points};
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::LINK_PROTOCOL;
use scorelay_protocol::link::{Accepted, LinkDown, LinkUp, Role};
use scorelay_source::core::journal::Kept;
use scorelay_source::core::{End, Settings, SourceCore};

/// What a core knows of events: numbers of the last ones, and what they were.
#[derive(Debug, Default, Clone)]
struct Known {
    watermarks: BTreeMap<u128, u64>,
    events: Vec<i64>,
}

/// A core with one link at most. What it has applied is durable after a commit.
#[derive(Debug, Default)]
struct Core {
    durable: Known,
    applied: Known,
    link: Option<Link>,
}

#[derive(Debug, Default)]
struct Link {
    frames: Frames,
    out: Vec<u8>,
    incarnation: Option<u128>,
}

impl Core {
    fn receive(&mut self, bytes: &[u8]) {
        let link = self.link.as_mut().expect("there is a link");
        link.frames.push(bytes);
        while let Some(frame) = link.frames.take().expect("frames") {
            match frame::decode(&frame).expect("a message") {
                LinkUp::Hello(hello) => {
                    let Role::Source { incarnation } = hello.role else { panic!("a source") };
                    link.incarnation = Some(incarnation);
                    let watermark = self.durable.watermarks.get(&incarnation).copied().unwrap_or(0);
                    let accepted = Accepted { protocol: LINK_PROTOCOL, path: vec![NodeId(1)], watermark };
                    link.out.extend(frame::encode(&LinkDown::Accepted(accepted)));
                }
                LinkUp::Publish { seq, event: Event::Points(points) } => {
                    let incarnation = link.incarnation.expect("hello came first");
                    let known = self.applied.watermarks.entry(incarnation).or_default();
                    assert!(seq <= *known + 1, "a gap: {seq} after {known}");
                    if seq == *known + 1 {
                        *known = seq;
                        self.applied.events.push(points.units);
                    }
                }
                LinkUp::Ping(number) => link.out.extend(frame::encode(&LinkDown::Pong(number))),
                LinkUp::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn commit(&mut self) {
        self.durable = self.applied.clone();
        if let Some(link) = &mut self.link
            && let Some(up_to) = link.incarnation.and_then(|incarnation| self.durable.watermarks.get(&incarnation))
        {
            link.out.extend(frame::encode(&LinkDown::Ack { up_to: *up_to }));
        }
    }

    fn kill(&mut self) {
        (self.applied, self.link) = (self.durable.clone(), None);
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }
}

struct World {
    random: Random,
    now: u64,
    journal: Vec<u8>,
    source: SourceCore,
    core: Core,
}

fn points(units: i64) -> Event {
    Event::Points(Points { board: "b".into(), entity: "t:1".parse().expect("an entity"), units })
}

fn open(journal: &mut Vec<u8>) -> SourceCore {
    let kept = if journal.is_empty() { Kept::new(1) } else { Kept::read(journal).expect("a journal") };
    let mut source = SourceCore::new(Settings::new("s"), kept);
    *journal = source.rewrite().expect("the first thing that it wants");
    source
}

impl World {
    fn new(seed: u64) -> Self {
        let mut journal = Vec::new();
        let source = open(&mut journal);
        Self { random: Random(seed), now: 0, journal, source, core: Core::default() }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    /// Keeps some events; where the power goes meanwhile, part of them is in the journal.
    fn publish(&mut self, killed: bool) {
        let first = self.source.kept() as i64 + 1;
        let count = self.below(20) as i64;
        let events: Vec<Event> = (first..first + count).map(points).collect();
        let events = SourceCore::encode(&events).expect("good events");
        let records = SourceCore::records(&events);
        if killed {
            let cut = self.below(records.len() + 1);
            self.journal.extend(&records[..cut]);
            self.restart();
        } else {
            self.journal.extend(records);
            self.source.keep(events);
        }
    }

    fn restart(&mut self) {
        self.core.link = None;
        self.source = open(&mut self.journal);
    }

    fn end(&mut self, end: &End) {
        self.core.link = None;
        let random = self.below(10_000) as u64;
        self.source.ended(self.now, end, random);
    }

    /// What happens by itself: links, time, some bytes each way.
    fn go_on(&mut self, ms: u64) {
        self.now += ms;
        if self.source.dial_at().is_some_and(|at| at <= self.now) {
            self.source.dialing(self.now);
            self.core.link = Some(Link::default());
            let spare = u128::from(self.now) + 2;
            self.source.connected(self.now, NodeId(1), spare);
        }
        if self.source.dial_at().is_none() && self.core.link.is_none() {
            return self.end(&End::Closed);
        }
        if let Err(end) = self.source.tick(self.now) {
            return self.end(&end);
        }
        if self.core.link.is_none() {
            return;
        }
        let most = self.below(3_000);
        let up = self.source.output(self.now);
        let up = up[..up.len().min(most)].to_vec();
        self.source.wrote(self.now, up.len());
        self.core.receive(&up);
        let most = self.below(100);
        let out = &mut self.core.link.as_mut().expect("it is there").out;
        let down: Vec<u8> = out.drain(..out.len().min(most)).collect();
        if !down.is_empty()
            && let Err(end) = self.source.received(self.now, &down)
        {
            self.end(&end);
        }
        if let Some(journal) = self.source.rewrite() {
            self.journal = journal;
        }
    }

    /// Whatever may go wrong does.
    fn suffer(&mut self) {
        match self.below(100) {
            0 => self.restart(),
            1 => self.publish(true),
            2 => self.core.kill(),
            3 => self.end(&End::Closed),
            4..10 => self.core.commit(),
            10..20 => self.publish(false),
            20..22 => self.now += 3_000,
            _ => self.go_on(10),
        }
    }

    fn rest(&mut self) {
        for _ in 0..100_000 {
            if self.source.durable() == self.source.kept() {
                return;
            }
            self.go_on(50);
            self.core.commit();
        }
        panic!("{} of {} are durable", self.source.durable(), self.source.kept());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// B3: a source that is killed in mid-batch, a core that is killed, links that break: totals are exact. B1:
    /// whatever the pieces in which bytes come.
    #[test]
    fn every_event_counts_once(seed in any::<u64>()) {
        let mut world = World::new(seed);
        for _ in 0..3_000 {
            world.suffer();
        }
        world.rest();
        let all: Vec<i64> = (1..=world.source.kept() as i64).collect();
        prop_assert!(all.len() > 500);
        prop_assert_eq!(&world.core.durable.events, &all);
        prop_assert_eq!(world.core.durable.watermarks.len(), 1);
    }

    /// B3: where the core has lost its store, it is sent all that is kept, once, under a new incarnation.
    #[test]
    fn a_core_that_lost_everything_gets_what_is_kept(seed in any::<u64>()) {
        let mut world = World::new(seed);
        for _ in 0..1_000 {
            world.suffer();
        }
        let lost = world.source.durable();
        world.core = Core::default();
        world.rest();
        world.publish(false);
        world.rest();
        let kept: Vec<i64> = (lost as i64 + 1..=world.source.kept() as i64).collect();
        prop_assert_eq!(&world.core.durable.events, &kept);
    }
}
