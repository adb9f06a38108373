//! A program that publishes numbered events over a link, sends them again until they are acknowledged, and knows
//! exactly what it has been promised.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use scorelay_protocol::error::WireError;
use scorelay_protocol::event::{Event, Points};
use scorelay_protocol::frame::{self, Frames};
use scorelay_protocol::ids::NodeId;
use scorelay_protocol::limits::LINK_PROTOCOL;
use scorelay_protocol::link::{LinkDown, LinkHello, LinkUp, Role};

use crate::until::DEADLINE;

/// One connection of a source.
pub(crate) struct Publisher {
    stream: TcpStream,
    frames: Frames,
    /// The last event that is durable.
    pub(crate) acked: u64,
}

/// What a publisher says first.
pub(crate) fn hello(name: &str, role: Role, token: Option<&str>) -> LinkHello {
    LinkHello { protocol: LINK_PROTOCOL, role, token: token.map(str::to_owned), node: NodeId(1), name: name.into() }
}

impl Publisher {
    /// Connects and says `hello`; the answer may be a refusal.
    pub(crate) fn try_connect(link: &str, hello: LinkHello) -> Result<Self, WireError> {
        let stream = TcpStream::connect(link.strip_prefix("tcp:").expect("a tcp link")).expect("the core listens");
        stream.set_nodelay(true).expect("a socket takes options");
        let mut publisher = Self { stream, frames: Frames::new(), acked: 0 };
        publisher.send(&LinkUp::Hello(hello));
        match publisher.receive(DEADLINE) {
            Some(LinkDown::Accepted(accepted)) => {
                publisher.acked = accepted.watermark;
                Ok(publisher)
            }
            Some(LinkDown::Refused(error)) => Err(error),
            other => panic!("neither accepted nor refused: {other:?}"),
        }
    }

    /// Connects as a source; its watermark is in `acked`.
    pub(crate) fn connect(link: &str, name: &str, incarnation: u128) -> Self {
        let hello = hello(name, Role::Source { incarnation }, None);
        Self::try_connect(link, hello).unwrap_or_else(|error| panic!("refused: {error}"))
    }

    /// Whether the core took it.
    pub(crate) fn send(&mut self, message: &LinkUp) -> bool {
        self.stream.write_all(&frame::encode(message)).is_ok()
    }

    /// Publishes points for an entity.
    pub(crate) fn points(&mut self, seq: u64, board: &str, entity: &str, units: i64) -> bool {
        let entity = entity.parse().expect("an entity");
        let event = Event::Points(Points { board: board.into(), entity, units });
        self.send(&LinkUp::Publish { seq, event })
    }

    /// The next message, if one comes in time; `None` also where the link has ended.
    pub(crate) fn receive(&mut self, within: Duration) -> Option<LinkDown> {
        let deadline = Instant::now() + within;
        let mut bytes = [0; 4096];
        loop {
            if let Some(frame) = self.frames.take().expect("frames of the protocol") {
                let message = frame::decode(&frame).expect("a message of the protocol");
                match message {
                    LinkDown::Ping(number) => {
                        self.send(&LinkUp::Pong(number));
                    }
                    LinkDown::Ack { up_to } => {
                        assert!(up_to >= self.acked, "acknowledgements never fall");
                        self.acked = up_to;
                        return Some(message);
                    }
                    _ => return Some(message),
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left)).expect("a socket takes a timeout");
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(read) => self.frames.push(&bytes[..read]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if Instant::now() >= deadline {
                        return None;
                    }
                }
                Err(_) => return None,
            }
        }
    }

    /// Waits until everything up to `seq` is durable.
    pub(crate) fn acknowledged(&mut self, seq: u64) {
        let deadline = Instant::now() + DEADLINE;
        while self.acked < seq {
            assert!(Instant::now() < deadline, "only {} of {seq} acknowledged", self.acked);
            self.receive(Duration::from_secs(1));
        }
    }

    /// Waits for the refusal that ends the link.
    pub(crate) fn refused(&mut self) -> WireError {
        let deadline = Instant::now() + DEADLINE;
        loop {
            assert!(Instant::now() < deadline, "not refused");
            if let Some(LinkDown::Refused(error)) = self.receive(Duration::from_secs(1)) {
                return error;
            }
        }
    }
}
