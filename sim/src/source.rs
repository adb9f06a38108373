//! The source that can replay: it numbers its events, keeps them, and sends them again until the core says that they
//! are durable. It speaks the link's bytes over the network. Its events are the ground truth for the exact board
//! (`tally.rs`).

use scorelay_engine::{SourceKey, SourceName};
use scorelay_protocol::event::{Event as Happening, Points};
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::{LINK_PROTOCOL, RECONNECT_MS};
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp, Role};

use crate::entities::{entity, tame};
use crate::event::{Event, Party, SourceEvent};
use crate::net::{ConnNo, End};
use crate::outbuf::OutBuf;
use crate::plan::EXACT_BOARD;
use crate::report::Oracle;
use crate::stage::Stage;

/// Events that may be under way without being acknowledged.
const WINDOW: u64 = 200;

/// The source.
#[derive(Debug)]
pub struct SourceNode {
    /// Its numbering.
    pub key: SourceKey,
    /// All its events; the first has number 1.
    pub events: Vec<Happening>,
    /// The last event that the core said is durable.
    pub acknowledged: u64,
    attempt: u32,
    link: Option<Link>,
}

#[derive(Debug)]
struct Link {
    conn: ConnNo,
    frames: Frames,
    out: OutBuf,
    /// The next event to send, once the core has said where to begin.
    next: Option<u64>,
}

impl SourceNode {
    /// A source that has sent nothing.
    pub fn new(incarnation: u128) -> Self {
        let name = SourceName::new("replaying").expect("invariant: a short name without control characters");
        Self { key: SourceKey { name, incarnation }, events: Vec::new(), acknowledged: 0, attempt: 0, link: None }
    }

    /// Handles what is on the agenda for it.
    pub fn handle(&mut self, stage: &mut Stage, event: SourceEvent) {
        match event {
            SourceEvent::Happen if !stage.resting => {
                let plan = &stage.plan;
                let (entities, long, points) = (plan.entities, plan.long_ids_permille, plan.points);
                let who = entity(tame(stage.work.skewed(entities)), long);
                let units = stage.work.between(0, points) as i64 - i64::from(stage.work.permille(150));
                self.events.push(Happening::Points(Points { board: EXACT_BOARD.to_owned(), entity: who, units }));
                let mean = stage.plan.event_every_us.1;
                let us = stage.work.between(1, 2 * mean);
                stage.agenda.after_us(us, Event::Source(SourceEvent::Happen));
                self.pump(stage);
            }
            SourceEvent::Happen => {}
            SourceEvent::Redial => {
                if self.link.is_none() {
                    self.attempt += 1;
                    stage.dial(Party::Source, Party::Core, self.attempt);
                }
            }
        }
    }

    /// Whether an attempt to connect is the present one.
    pub fn expects(&self, attempt: u32) -> bool {
        self.link.is_none() && attempt == self.attempt
    }

    /// The attempt to connect came to this.
    pub fn dialed(&mut self, stage: &mut Stage, conn: Option<ConnNo>) {
        let Some(conn) = conn else { return self.redial_later(stage) };
        let hello = LinkHello {
            protocol: LINK_PROTOCOL,
            role: Role::Source { incarnation: self.key.incarnation },
            token: None,
            node: NodeId(1),
            name: self.key.name.as_str().to_owned(),
        };
        let mut out = OutBuf::default();
        out.push(&frame::encode(&LinkUp::Hello(hello)));
        self.link = Some(Link { conn, frames: Frames::new(), out, next: None });
        self.pump(stage);
    }

    /// Bytes came.
    pub fn receive(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        let Some(link) = self.link.as_mut().filter(|link| link.conn == conn) else { return };
        link.frames.push(bytes);
        while let Ok(Some(frame)) = link.frames.take() {
            match frame::decode(&frame) {
                Ok(LinkDown::Accepted(accepted)) => {
                    if accepted.watermark < self.acknowledged {
                        let (was, is) = (self.acknowledged, accepted.watermark);
                        stage.fail(Oracle::Store, format!("event {was} was acknowledged; now the watermark is {is}"));
                    }
                    link.next = Some(accepted.watermark + 1);
                    self.acknowledged = self.acknowledged.max(accepted.watermark);
                }
                Ok(LinkDown::Ack { up_to }) => self.acknowledged = self.acknowledged.max(up_to),
                Ok(LinkDown::Ping(number)) => link.out.push(&frame::encode(&LinkUp::Pong(number))),
                other => stage.fail(Oracle::Conduct, format!("the source was sent {other:?}")),
            }
        }
        self.pump(stage);
    }

    /// The connection takes more, or there is more to send.
    pub fn pump(&mut self, stage: &mut Stage) {
        let Some(Link { conn, out, next, .. }) = &mut self.link else { return };
        loop {
            if let Some(seq) = *next
                && out.is_empty()
                && seq <= self.acknowledged + WINDOW
                && let Some(event) = self.events.get(seq as usize - 1)
            {
                out.push(&frame::encode(&LinkUp::Publish { seq, event: event.clone() }));
                *next = Some(seq + 1);
            }
            if out.pump(stage, *conn, End::Accepter) == 0 {
                return;
            }
        }
    }

    /// The connection is gone.
    pub fn lost(&mut self, stage: &mut Stage, conn: ConnNo) {
        if self.link.as_ref().is_some_and(|link| link.conn == conn) {
            self.link = None;
            self.redial_later(stage);
        }
    }

    /// It closes its connection and comes back at once, before the core can have made everything durable.
    pub fn restart(&mut self, stage: &mut Stage) {
        if let Some(link) = self.link.take() {
            stage.close(link.conn, End::Opener);
            stage.agenda.after_ms(1, Event::Source(SourceEvent::Redial));
        }
    }

    /// Its connection, if there is one.
    pub fn conn(&self) -> Option<ConnNo> {
        self.link.as_ref().map(|link| link.conn)
    }

    /// Whether everything it has is durable at the core.
    pub fn is_quiet(&self) -> bool {
        self.acknowledged == self.events.len() as u64
    }

    fn redial_later(&mut self, stage: &mut Stage) {
        let ms = stage.faults.between(0, RECONNECT_MS.0 * 4);
        stage.agenda.after_ms(ms, Event::Source(SourceEvent::Redial));
    }
}
