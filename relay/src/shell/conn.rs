//! One client's own task after the upgrade: reads messages and hands them to the shard, sends on what the socket did
//! not take, and closes. Ticks are written by the shard through `wire.rs`; deadlines are swept by `shards.rs`.

use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use scorelay_protocol::client::ClientMessage;
use scorelay_protocol::codec;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::leave::Leave;
use super::metrics::Traffic;
use super::shards::ShardState;
use super::wire::{ClientWire, Order, Socket, TaskEnd, malformed};
use crate::core::clock::Millis;
use crate::core::published::ConnId;
use crate::core::shard::Reading;

/// Messages handled before other connections get a turn.
const TURN: u32 = 16;

/// A client's connection.
pub(crate) struct Conn {
    shard: Arc<ShardState>,
    socket: Arc<Socket>,
    id: ConnId,
    ws: WebSocket<TaskEnd>,
    /// Whether the socket has been read empty.
    dry: bool,
    /// Whether what comes can no longer be told apart into frames.
    garbled: bool,
    phase: Phase,
    allowance: Allowance,
}

enum Phase {
    Open,
    /// The last frames are being sent.
    Flushing(Leave),
    /// They are out; the client's answer is awaited.
    Lingering(Leave),
}

impl Conn {
    /// Joins the shard. `early` came with the handshake.
    pub(crate) fn new(shard: Arc<ShardState>, socket: Arc<Socket>, early: Vec<u8>, tracks: Vec<Entity>) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(limits::CLIENT_READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(limits::CLIENT_REPLY_BYTES)
            .max_message_size(Some(limits::CLIENT_FRAME_BYTES))
            .max_frame_size(Some(limits::CLIENT_FRAME_BYTES));
        let ws = WebSocket::from_partially_read(TaskEnd(socket.clone()), early, Role::Server, Some(config));
        let now = shard.clock.millis();
        let id = shard.pure.lock().open(now, ClientWire(socket.clone()), tracks);
        shard.kick();
        let allowance = Allowance::full(now);
        Self { shard, socket, id, ws, dry: false, garbled: false, phase: Phase::Open, allowance }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Leave> {
        let waits = self.read(cx);
        if let Poll::Ready(Err(_)) = self.socket.poll_drain(cx) {
            self.socket.end(Leave::Failed);
        }
        // Reading may have brought an order, and draining may allow to read again.
        if self.socket.order() != Order::Go || (!waits && !self.socket.paused()) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Leave> {
        let drained = self.socket.poll_drain(cx).map(|drained| drained.is_ok());
        let cut = self.socket.order() == Order::Cut;
        match &self.phase {
            Phase::Open => Poll::Pending,
            // Nothing more can be said to a client that takes nothing.
            Phase::Flushing(leave @ (Leave::Failed | Leave::Stuck)) => Poll::Ready(leave.clone()),
            Phase::Flushing(leave) if cut || drained == Poll::Ready(false) => Poll::Ready(leave.clone()),
            // The client has said its last word already.
            Phase::Flushing(leave @ (Leave::Closed | Leave::Reset)) if drained.is_ready() => Poll::Ready(leave.clone()),
            Phase::Flushing(leave) if drained.is_ready() => {
                self.socket.finish();
                self.phase = Phase::Lingering(leave.clone());
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Phase::Lingering(leave) if cut => Poll::Ready(leave.clone()),
            Phase::Lingering(leave) => {
                let leave = leave.clone();
                self.poll_answer(cx).map(|()| leave)
            }
            Phase::Flushing(_) => Poll::Pending,
        }
    }

    /// Reads on until the client has answered the close frame. Closing a socket with unread bytes would take that
    /// frame away from the client again; a client that has answered has read it, and sends nothing after its own. Its
    /// FIN is not waited for then: a client may keep its half open as long as it likes, and a relay that shuts down
    /// would have to stay for it.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURN {
            if self.garbled {
                return self.socket.poll_discard(cx);
            }
            if self.dry {
                match ready!(self.socket.poll_read_ready(cx)) {
                    Ok(()) => self.dry = false,
                    Err(_) => return Poll::Ready(()),
                }
            }
            match self.ws.read() {
                Ok(Message::Close(_)) => return Poll::Ready(()),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => self.dry = true,
                Err(error) => match leave_of(error) {
                    Leave::Closed | Leave::Reset | Leave::Failed => return Poll::Ready(()),
                    _ => self.garbled = true,
                },
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads until there is nothing more, it is to be held back, or the turn is over; whether the task will be woken
    /// when there is more.
    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        for _ in 0..TURN {
            if self.socket.paused() {
                return false;
            }
            if self.dry {
                match self.socket.poll_read_ready(cx) {
                    Poll::Pending => return true,
                    Poll::Ready(Ok(())) => self.dry = false,
                    Poll::Ready(Err(_)) => {
                        self.socket.end(Leave::Failed);
                        return false;
                    }
                }
            }
            let leave = match self.ws.read() {
                Ok(message) => self.take(message).err(),
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    self.dry = true;
                    None
                }
                Err(error) => {
                    self.garbled = true;
                    Some(leave_of(error))
                }
            };
            if let Some(leave) = leave {
                self.socket.end(leave);
                return false;
            }
        }
        false
    }

    fn take(&mut self, message: Message) -> Result<(), Leave> {
        let now = self.shard.clock.millis();
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            Message::Text(_) => {
                let error = WireError::new(ErrorCode::NotBinary, "only binary messages are spoken here");
                return Err(Leave::Error(error));
            }
            // Pongs were heard by arriving, and pings are answered by the next read, which is work too.
            Message::Ping(_) | Message::Pong(_) if self.allowance.take(now) => return Ok(()),
            Message::Ping(_) | Message::Pong(_) => {
                let text = format!("more than {} pings in a second", limits::CLIENT_MESSAGES_PER_SECOND);
                return Err(Leave::Error(WireError::new(ErrorCode::TooFast, text)));
            }
            // The reply is sent by the next read, which then ends.
            Message::Close(_) | Message::Frame(_) => return Ok(()),
        };
        Traffic::add(&self.shard.traffic.messages_in, 1);
        let message: ClientMessage = codec::decode_client(&bytes).map_err(|e| malformed(&e))?;
        let agent = match &message {
            ClientMessage::Hello { agent, .. } => {
                self.socket.greeted();
                Some(agent.clone())
            }
            _ => None,
        };
        let reading = self.shard.pure.lock().receive(now, self.id, message);
        self.shard.kick();
        if reading.map_err(Leave::Error)? == Reading::Hold {
            self.socket.hold(true);
        }
        if let Some(agent) = agent {
            // Neither its address nor whom it follows belongs into a log; the text is the client's, so it is escaped.
            tracing::debug!(?agent, "a client is here");
        }
        Ok(())
    }

    fn close(&mut self, leave: Leave) {
        self.shard.pure.lock().closed(self.id);
        self.shard.kick();
        let last = leave.last_words().map(|message| codec::encode(&message));
        self.socket.close(&leave, last.as_deref());
        self.phase = Phase::Flushing(leave);
    }
}

/// Serves the connection to its end and gives the reason. Written out, because an `async fn` would hold it twice.
impl Future for Conn {
    type Output = Leave;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Leave> {
        self.socket.register(cx.waker());
        if matches!(self.phase, Phase::Open) {
            match self.socket.order() {
                Order::Go => return self.poll_open(cx),
                Order::End(leave) => self.close(leave),
                Order::Cut => return Poll::Ready(Leave::Failed),
            }
        }
        self.poll_end(cx)
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        if let Phase::Open = self.phase {
            self.shard.pure.lock().closed(self.id);
            self.shard.kick();
        }
    }
}

fn leave_of(error: Error) -> Leave {
    let refused = |code, text: String| Leave::Error(WireError::new(code, text));
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Leave::Closed,
        Error::Protocol(tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            Leave::Reset
        }
        Error::Io(_) => Leave::Failed,
        Error::Capacity(_) => {
            let most = limits::CLIENT_FRAME_BYTES;
            refused(ErrorCode::TooLarge, format!("a message of more than {most} bytes"))
        }
        Error::Utf8(_) => refused(ErrorCode::NotBinary, "only binary messages are spoken here".into()),
        other => malformed(&other),
    }
}

/// Pings a client may still send, messages being counted by the shard: it fills up again with time.
struct Allowance {
    thousandths: u64,
    since: Millis,
}

impl Allowance {
    const MOST: u64 = limits::CLIENT_MESSAGES_PER_SECOND as u64 * 1_000;

    fn full(now: Millis) -> Self {
        Self { thousandths: Self::MOST, since: now }
    }

    fn take(&mut self, now: Millis) -> bool {
        let gained = now.since(self.since).saturating_mul(u64::from(limits::CLIENT_MESSAGES_PER_SECOND));
        self.since = now;
        self.thousandths = self.thousandths.saturating_add(gained).min(Self::MOST);
        match self.thousandths.checked_sub(1_000) {
            Some(left) => {
                self.thousandths = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowance_is_a_second_of_pings_and_fills_up_again() {
        let mut allowance = Allowance::full(Millis(0));
        let per_second = limits::CLIENT_MESSAGES_PER_SECOND;
        assert_eq!((0..1_000).filter(|_| allowance.take(Millis(0))).count(), per_second as usize);
        assert!(!allowance.take(Millis(9)));
        assert!(allowance.take(Millis(10)), "one more after a hundredth of a second");
        assert!(!allowance.take(Millis(10)));
        assert_eq!((0..1_000).filter(|_| allowance.take(Millis(60_000))).count(), per_second as usize);
    }
}
