//! A source on a link, as small as one can be: it publishes events and waits until they are acknowledged.

use std::io::{Read, Write};
use std::net::TcpStream;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{Event, Points};
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::{LINK_PROTOCOL, SOURCE_WINDOW};
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp, Role};

/// A connected source.
pub(crate) struct Source {
    stream: TcpStream,
    frames: Frames,
    seq: u64,
    acked: u64,
}

impl Source {
    /// Connects to a core's `tcp:` link.
    pub(crate) fn connect(link: &str, name: &str) -> Self {
        let stream = TcpStream::connect(link.strip_prefix("tcp:").expect("a tcp link")).expect("the core listens");
        stream.set_read_timeout(Some(crate::until::DEADLINE)).expect("a socket takes a timeout");
        let mut source = Self { stream, frames: Frames::new(), seq: 0, acked: 0 };
        let role = Role::Source { incarnation: 7 };
        let hello = LinkHello { protocol: LINK_PROTOCOL, role, token: None, node: NodeId(7), name: name.into() };
        source.send(&LinkUp::Hello(hello));
        match source.receive() {
            LinkDown::Accepted(accepted) => (source.seq, source.acked) = (accepted.watermark, accepted.watermark),
            other => panic!("not accepted: {other:?}"),
        }
        source
    }

    fn send(&mut self, message: &LinkUp) {
        self.stream.write_all(&frame::encode(message)).expect("the core reads");
    }

    fn receive(&mut self) -> LinkDown {
        let mut buffer = [0; 4096];
        loop {
            if let Some(frame) = self.frames.take().expect("frames of the protocol") {
                return frame::decode(&frame).expect("a message of the protocol");
            }
            let read = self.stream.read(&mut buffer).expect("the core writes");
            assert!(read > 0, "the core closed the link");
            self.frames.push(&buffer[..read]);
        }
    }

    /// Gives points, and waits until that is durable.
    pub(crate) fn give(&mut self, board: &str, entity: &str, units: i64) {
        let entity: Entity = entity.parse().expect("an entity");
        self.publish([Event::Points(Points { board: board.into(), entity, units })].into_iter());
    }

    /// Publishes events as fast as the core takes them, and waits until all are durable.
    pub(crate) fn publish(&mut self, mut events: impl Iterator<Item = Event>) {
        let (mut bytes, at_once) = (Vec::new(), SOURCE_WINDOW / 4);
        loop {
            for event in events.by_ref().take(at_once as usize) {
                self.seq += 1;
                bytes.extend(frame::encode(&LinkUp::Publish { seq: self.seq, event }));
            }
            if bytes.is_empty() {
                return self.acknowledged(self.seq);
            }
            self.stream.write_all(&bytes).expect("the core reads");
            bytes.clear();
            self.acknowledged(self.seq.saturating_sub(2 * at_once));
        }
    }

    fn acknowledged(&mut self, seq: u64) {
        while self.acked < seq {
            match self.receive() {
                LinkDown::Ack { up_to } => self.acked = up_to,
                LinkDown::Ping(number) => self.send(&LinkUp::Pong(number)),
                _ => {}
            }
        }
    }
}
