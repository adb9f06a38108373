//! A client's socket after the upgrade, shared by the shard that writes ticks past tungstenite and by the connection's
//! own task that reads through it. What the socket does not take at once stays here, in order, and is sent on by that
//! task (`conn.rs`). It decides nothing about closing.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use scorelay_protocol::error::WireError;
use scorelay_protocol::limits;

use super::clock::Clock;
use super::config::ClientDeadlines;
use super::leave::Leave;
use super::metrics::Traffic;
use super::stream::Stream;
use super::transport::limit_unsent;
use crate::core::clock::Millis;
use crate::core::outgoing::{Outgoing, Wire};

const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;

/// One client's socket.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
    clock: Clock,
    traffic: Arc<Traffic>,
    /// Where the client is.
    address: [u8; 16],
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What the socket has not taken yet; from `sent` on.
    out: Vec<u8>,
    sent: usize,
    /// How much of `out` was put behind an unfinished message.
    behind: usize,
    /// When something of `out` was last taken, or `out` began to wait.
    moved: Millis,
    heard: Millis,
    opened: Millis,
    pinged: bool,
    greeted: bool,
    held: bool,
    stage: Stage,
    waker: Option<Waker>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Open,
    /// The task is to end it like this.
    Ending(Leave),
    /// The close frame is queued, since then.
    Closing(Millis),
    /// The task is to drop it now.
    Cut,
}

/// What the connection's task is to do, apart from reading and writing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Go on.
    Go,
    /// Begin to close.
    End(Leave),
    /// Drop it.
    Cut,
}

impl Socket {
    pub(crate) fn new(stream: Stream, address: [u8; 16], clock: Clock, traffic: Arc<Traffic>) -> io::Result<Arc<Self>> {
        stream.tcp().set_nodelay(true)?;
        limit_unsent(stream.tcp(), limits::CLIENT_UNSENT_BYTES)?;
        let now = clock.millis();
        let state = State {
            out: Vec::new(),
            sent: 0,
            behind: 0,
            moved: now,
            heard: now,
            opened: now,
            pinged: false,
            greeted: false,
            held: false,
            stage: Stage::Open,
            waker: None,
        };
        Ok(Arc::new(Self { stream, clock, traffic, address, state: Mutex::new(state) }))
    }

    /// Whether something that was to be sent is not out yet.
    fn waits(&self, state: &State) -> bool {
        !state.out.is_empty() || !self.stream.is_flushed()
    }

    /// Appends to what waits, after offering it to the socket if nothing does.
    fn push(&self, state: &mut State, bytes: &[u8]) {
        let taken = if state.out.is_empty() { self.offer(bytes) } else { Ok(0) };
        match taken {
            Ok(taken) if taken == bytes.len() => {
                if !self.stream.is_flushed() {
                    state.moved = self.clock.millis();
                    state.wake();
                }
            }
            Ok(taken) => {
                if state.out.is_empty() {
                    state.moved = self.clock.millis();
                } else {
                    state.behind += bytes.len();
                }
                state.out.extend_from_slice(&bytes[taken..]);
                state.wake();
            }
            Err(_) => state.end(Leave::Failed),
        }
    }

    /// One write, of as much as the socket takes now.
    fn offer(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.stream.try_write(bytes) {
            Ok(taken) => {
                Traffic::add(&self.traffic.bytes_out, taken);
                Ok(taken)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Sends on what waits; ready when nothing does any more.
    pub(crate) fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state.lock();
        while state.sent < state.out.len() {
            std::task::ready!(self.stream.poll_write_ready(cx))?;
            let taken = self.offer(&state.out[state.sent..])?;
            if taken > 0 {
                state.sent += taken;
                state.moved = self.clock.millis();
            }
        }
        std::task::ready!(self.stream.poll_flush(cx))?;
        // The memory goes too: most connections never need it again.
        state.out = Vec::new();
        state.sent = 0;
        state.behind = 0;
        Poll::Ready(Ok(()))
    }

    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_read_ready(cx)
    }

    /// Has the current task woken by [`Socket::end`], by data that waits, and when it is no longer held.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut state = self.state.lock();
        if !state.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
    }

    /// What the task is to do next.
    pub(crate) fn order(&self) -> Order {
        match &self.state.lock().stage {
            Stage::Open | Stage::Closing(_) => Order::Go,
            Stage::Ending(leave) => Order::End(leave.clone()),
            Stage::Cut => Order::Cut,
        }
    }

    /// Has the task end the connection, unless it is ending already.
    pub(crate) fn end(&self, leave: Leave) {
        self.state.lock().end(leave);
    }

    /// Queues the last frames: a message if there is one, and the close frame.
    pub(crate) fn close(&self, leave: &Leave, last: Option<&[u8]>) {
        let mut state = self.state.lock();
        state.stage = Stage::Closing(self.clock.millis());
        if let Some(payload) = last {
            let (header, length) = binary_header(payload.len());
            self.push(&mut state, &[&header[..length], payload].concat());
            Traffic::add(&self.traffic.messages_out, 1);
        }
        if let Some((code, reason)) = leave.close() {
            let mut frame = vec![CLOSE, reason.len() as u8 + 2];
            frame.extend_from_slice(&u16::from(code).to_be_bytes());
            frame.extend_from_slice(reason.as_bytes());
            self.push(&mut state, &frame);
        }
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&self) {
        self.stream.finish();
    }

    /// Reads and forgets what has arrived; ready at the end of the stream.
    pub(crate) fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut sink = [0; 1024];
        loop {
            match self.stream.try_read(&mut sink) {
                Ok(0) => return Poll::Ready(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if std::task::ready!(self.stream.poll_read_ready(cx)).is_err() {
                        return Poll::Ready(());
                    }
                }
                Err(_) => return Poll::Ready(()),
            }
        }
    }

    /// Whether nothing may be read now: the shard said so, or too many answers wait.
    pub(crate) fn paused(&self) -> bool {
        self.state.lock().paused()
    }

    /// Reads nothing, or reads again.
    pub(crate) fn hold(&self, held: bool) {
        let mut state = self.state.lock();
        state.held = held;
        if !held {
            state.heard = self.clock.millis();
            state.wake();
        }
    }

    /// `Hello` has come.
    pub(crate) fn greeted(&self) {
        self.state.lock().greeted = true;
    }

    /// Pings or ends the connection if one of its deadlines has passed.
    pub(crate) fn sweep(&self, now: Millis, deadlines: &ClientDeadlines) {
        let mut state = self.state.lock();
        let waits = self.waits(&state);
        // A socket that takes some of what waits shows life as well as one that says something.
        let sign = if waits { state.heard.max(state.moved) } else { state.heard };
        match state.stage {
            Stage::Closing(since) if passed(now, since, deadlines.close) => {
                state.stage = Stage::Cut;
                state.wake();
            }
            Stage::Open if waits && passed(now, state.moved, deadlines.stuck) => state.end(Leave::Stuck),
            Stage::Open if !state.greeted && passed(now, state.opened, deadlines.first_message) => {
                state.end(Leave::slow("no Hello came in time"));
            }
            Stage::Open if state.paused() => {}
            Stage::Open if passed(now, sign, deadlines.gone_after) => state.end(Leave::Silent),
            Stage::Open if !state.pinged && passed(now, sign, deadlines.ping_after) => {
                state.pinged = true;
                self.push(&mut state, &[PING, 0]);
            }
            Stage::Open | Stage::Ending(_) | Stage::Closing(_) | Stage::Cut => {}
        }
    }
}

impl State {
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }

    fn end(&mut self, leave: Leave) {
        if self.stage == Stage::Open {
            self.stage = Stage::Ending(leave);
            self.wake();
        }
    }

    fn paused(&self) -> bool {
        self.held || self.behind > limits::CLIENT_REPLY_BYTES
    }
}

fn passed(now: Millis, since: Millis, deadline: Duration) -> bool {
    u128::from(now.since(since)) >= deadline.as_millis()
}

/// The header of a binary message from a server, and how many of the bytes it has.
fn binary_header(payload: usize) -> ([u8; 10], usize) {
    let mut header = [0; 10];
    header[0] = BINARY;
    let length = payload as u64;
    match payload {
        0..=125 => {
            header[1] = payload as u8;
            (header, 2)
        }
        126..=0xFFFF => {
            header[1] = 126;
            header[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            (header, 4)
        }
        _ => {
            header[1] = 127;
            header[2..10].copy_from_slice(&length.to_be_bytes());
            (header, 10)
        }
    }
}

/// The shard's end of a client's socket.
#[derive(Debug)]
pub(crate) struct ClientWire(pub(crate) Arc<Socket>);

impl ClientWire {
    /// Reads from the client again.
    pub(crate) fn resume(&self) {
        self.0.hold(false);
    }
}

impl Wire for ClientWire {
    fn ready(&mut self) -> bool {
        let state = self.0.state.lock();
        !self.0.waits(&state) && state.stage == Stage::Open
    }

    fn send(&mut self, message: &mut Outgoing) {
        let (header, length) = binary_header(message.payload().len());
        let mut state = self.0.state.lock();
        if state.stage == Stage::Open {
            self.0.push(&mut state, message.framed(&header[..length]));
            Traffic::add(&self.0.traffic.messages_out, 1);
        }
    }

    fn address(&self) -> [u8; 16] {
        self.0.address
    }
}

/// The task's end of a client's socket, as tungstenite wants it: reads from it, and writes of pongs and close frames
/// that queue behind what the shard sends.
#[derive(Debug)]
pub(crate) struct TaskEnd(pub(crate) Arc<Socket>);

impl Read for TaskEnd {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.stream.try_read(buf)?;
        if bytes > 0 {
            let mut state = self.0.state.lock();
            state.heard = self.0.clock.millis();
            state.pinged = false;
            Traffic::add(&self.0.traffic.bytes_in, bytes);
        }
        Ok(bytes)
    }
}

impl Write for TaskEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state.lock();
        if state.behind > limits::CLIENT_REPLY_BYTES {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.0.push(&mut state, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client's message that is no message of the protocol.
pub(crate) fn malformed(error: &dyn std::fmt::Display) -> Leave {
    Leave::Error(WireError::new(scorelay_protocol::error::ErrorCode::Malformed, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_standard() {
        for (payload, wanted) in [
            (0, &[0x82, 0][..]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (65_535, &[0x82, 126, 0xFF, 0xFF]),
            (65_536, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let (header, length) = binary_header(payload);
            assert_eq!(&header[..length], wanted);
        }
    }
}
