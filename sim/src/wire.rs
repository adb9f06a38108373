//! The wire between a shard and one client: holds the one unfinished message and says so. The shard owns one handle,
//! the relay's I/O another; bytes leave when the network takes them.

use std::cell::RefCell;
use std::rc::Rc;

use scorelay_protocol::frame::HEAD_BYTES;
use scorelay_relay::core::outgoing::{Outgoing, Wire};

use crate::net::{ConnNo, End};
use crate::outbuf::OutBuf;
use crate::stage::Stage;

/// A handle to one client connection's sending half.
#[derive(Debug, Clone, Default)]
pub struct SimWire(Rc<RefCell<Half>>);

#[derive(Debug, Default)]
struct Half {
    out: OutBuf,
    closed: bool,
    /// A message was given while another was unfinished.
    crowded: bool,
}

impl Wire for SimWire {
    fn ready(&mut self) -> bool {
        let half = self.0.borrow();
        half.out.is_empty() && !half.closed
    }

    fn send(&mut self, message: &mut Outgoing) {
        let mut half = self.0.borrow_mut();
        half.crowded |= !half.out.is_empty();
        // The network's messages are framed like those of links; a WebSocket header would say the same.
        let len = message.payload().len() as u32;
        half.out.push(message.framed(&len.to_be_bytes()));
    }
}

impl SimWire {
    /// Writes what the network takes; true if the wire became ready by that.
    pub fn pump(&self, stage: &mut Stage, conn: ConnNo) -> bool {
        let half = &mut *self.0.borrow_mut();
        half.out.pump(stage, conn, End::Opener) > 0 && half.out.is_empty()
    }

    /// Asks for a sign of life, unless something is on its way that is one. A frame without a message stands for that
    /// of a WebSocket.
    pub fn ping(&self) {
        let half = &mut *self.0.borrow_mut();
        if half.out.is_empty() && !half.closed {
            half.out.push(&[0; HEAD_BYTES]);
        }
    }

    /// Whether a message is unfinished.
    pub fn is_busy(&self) -> bool {
        !self.0.borrow().out.is_empty()
    }

    /// Whether a second message was ever given while one was unfinished.
    pub fn was_crowded(&self) -> bool {
        self.0.borrow().crowded
    }

    /// The connection is closing: nothing more is taken.
    pub fn close(&self) {
        self.0.borrow_mut().closed = true;
    }
}
