//! A message on its way to one client, and what takes it: the [`Wire`]. The payload is laid down behind a little free
//! room, so that the WebSocket header can be put directly before it and both leave in one write. How a wire writes is
//! the shell's affair.

use scorelay_protocol::client::RelayMessage;
use scorelay_protocol::codec;

/// Free bytes before the payload: the longest header of a WebSocket message from a server.
pub const HEADROOM: usize = 10;

/// One whole message, with room for its frame header before it.
#[derive(Debug)]
pub struct Outgoing {
    buf: Vec<u8>,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { buf: vec![0; HEADROOM] }
    }
}

impl Outgoing {
    /// A message of its own; those of a walk are laid into one scratch instead.
    pub fn of(message: &RelayMessage) -> Self {
        let mut out = Self::default();
        codec::encode_into(message, out.buffer());
        out
    }

    /// The message without its header.
    pub fn payload(&self) -> &[u8] {
        &self.buf[HEADROOM..]
    }

    /// Puts `header` directly before the payload and gives both in one piece.
    ///
    /// # Panics
    /// When `header` is longer than [`HEADROOM`]; no WebSocket header of a server is.
    pub fn framed(&mut self, header: &[u8]) -> &[u8] {
        let start = HEADROOM - header.len();
        self.buf[start..HEADROOM].copy_from_slice(header);
        &self.buf[start..]
    }

    /// Empties the payload; what is appended to the buffer afterwards becomes the next one.
    pub(crate) fn start(&mut self) -> &mut Vec<u8> {
        self.buf.truncate(HEADROOM);
        &mut self.buf
    }

    /// Takes over a payload that was encoded before.
    pub(crate) fn put(&mut self, payload: &[u8]) {
        self.start().extend_from_slice(payload);
    }

    /// The buffer to append to.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }
}

/// What carries messages to one client.
pub trait Wire {
    /// Whether the message before is out and the connection open, so that another may be sent now.
    fn ready(&mut self) -> bool;

    /// Takes one whole message. What the socket does not take at once the wire keeps and finishes by itself, and it
    /// is not ready until then.
    fn send(&mut self, message: &mut Outgoing);

    /// Where the client is, as questions about meets say it; all zeros where that is not known.
    fn address(&self) -> [u8; 16] {
        [0; 16]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scorelay_protocol::client::GoAway;

    #[test]
    fn a_header_stands_directly_before_the_payload() {
        let message = RelayMessage::GoAway { reason: GoAway::ShuttingDown, retry_after_ms: 7 };
        let mut out = Outgoing::of(&message);
        let payload = codec::encode(&message);
        assert_eq!(out.payload(), payload);
        assert_eq!(out.framed(&[0x82, 3]), [&[0x82, 3], payload.as_slice()].concat());
        assert_eq!(out.framed(&[9; HEADROOM]).len(), HEADROOM + payload.len());
        out.put(&[1, 2]);
        assert_eq!(out.payload(), [1, 2]);
    }
}
