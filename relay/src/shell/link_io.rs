//! One established link's liveness and sending half, the same on both ends: frames in order, pings and pongs between
//! them, a deadline on silence and on sends that do not move. Reading and meaning are in `links.rs` and `upstream.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use scorelay_protocol::codec::Encode;
use scorelay_protocol::error::WireError;
use scorelay_protocol::link::{LinkDown, LinkUp};
use scorelay_protocol::{frame, limits};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};

/// Deadlines of a link; [`limits`] by default, shorter in tests.
#[derive(Debug, Clone, Copy)]
pub struct LinkDeadlines {
    /// From connect to the answered `Hello`.
    pub handshake: Duration,
    /// Quiet time after which the peer is pinged.
    pub ping_after: Duration,
    /// Quiet time after which it is cut.
    pub gone_after: Duration,
    /// Time without progress that a send may take.
    pub send: Duration,
}

impl Default for LinkDeadlines {
    fn default() -> Self {
        Self {
            handshake: Duration::from_millis(limits::LINK_HANDSHAKE_MS),
            ping_after: Duration::from_millis(limits::LINK_PING_AFTER_MS),
            gone_after: Duration::from_millis(limits::LINK_GONE_AFTER_MS),
            send: Duration::from_millis(limits::LINK_SEND_MS),
        }
    }
}

/// Why a link ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEnd {
    /// The peer closed it.
    Closed,
    /// Nothing was heard for too long.
    Silent,
    /// A send made no progress for too long.
    Stuck,
    /// The transport failed.
    Failed(String),
    /// It was refused, by this side or the other, before or after it was accepted.
    Refused(WireError),
    /// This side ended it.
    Finished,
}

impl LinkEnd {
    /// A word for metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
            Self::Finished => "finished",
        }
    }
}

impl fmt::Display for LinkEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed by the peer"),
            Self::Silent => f.write_str("the peer has gone silent"),
            Self::Stuck => f.write_str("the peer does not take what is sent"),
            Self::Failed(why) => f.write_str(why),
            Self::Refused(error) => error.fmt(f),
            Self::Finished => f.write_str("ended here"),
        }
    }
}

/// A message that can ask for and give a sign of life.
pub(crate) trait Heartbeat: Encode {
    fn ping(number: u64) -> Self;
    fn pong(number: u64) -> Self;
}

impl Heartbeat for LinkUp {
    fn ping(number: u64) -> Self {
        Self::Ping(number)
    }
    fn pong(number: u64) -> Self {
        Self::Pong(number)
    }
}

impl Heartbeat for LinkDown {
    fn ping(number: u64) -> Self {
        Self::Ping(number)
    }
    fn pong(number: u64) -> Self {
        Self::Pong(number)
    }
}

/// What the reading half tells the sending half.
#[derive(Debug)]
pub(crate) struct Pulse {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug)]
struct State {
    heard: Instant,
    /// What came is waiting for this side: the peer's silence says nothing.
    busy: bool,
    /// Only the newest ping is answered, so that nothing piles up.
    pong: Option<u64>,
    last: Option<(Bytes, LinkEnd)>,
}

impl Pulse {
    pub(crate) fn new() -> Arc<Self> {
        let state = State { heard: Instant::now(), busy: false, pong: None, last: None };
        Arc::new(Self { state: Mutex::new(state), wake: Notify::new() })
    }

    /// Something came.
    pub(crate) fn heard(&self) {
        self.state.lock().heard = Instant::now();
    }

    /// Waits for something of this side's own while nothing is read.
    pub(crate) async fn busy<T>(&self, own: impl Future<Output = T>) -> T {
        self.state.lock().busy = true;
        let result = own.await;
        let mut state = self.state.lock();
        state.busy = false;
        state.heard = Instant::now();
        result
    }

    /// The peer asked for a pong.
    pub(crate) fn answer(&self, number: u64) {
        self.state.lock().pong = Some(number);
        self.wake.notify_one();
    }

    /// Sends this frame before what waits, and ends the link for this reason.
    pub(crate) fn end_with(&self, last: Bytes, end: LinkEnd) {
        self.state.lock().last = Some((last, end));
        self.wake.notify_one();
    }
}

/// Frames that wait to be sent.
type Queue = mpsc::UnboundedReceiver<Bytes>;

/// Sends what comes through `out`, and in turn with that what comes `beside` it, until `out` is closed; answers and
/// asks for signs of life, and gives the reason it ended. `sent` is told the bytes of frames that came through either
/// and have left.
pub(crate) async fn send_frames<M: Heartbeat, F: Future<Output = ()>>(
    io: &mut (impl AsyncWrite + Unpin),
    (out, beside): (&mut Queue, &mut Queue),
    pulse: &Pulse,
    deadlines: LinkDeadlines,
    mut sent: impl FnMut(usize, usize) -> F,
) -> LinkEnd {
    let mut pings = 0;
    loop {
        let (heard, pong, last) = {
            let mut state = pulse.state.lock();
            let heard = if state.busy { Instant::now() } else { state.heard };
            (heard, state.pong.take(), state.last.take())
        };
        let quiet = heard.elapsed();
        if quiet >= deadlines.gone_after {
            return LinkEnd::Silent;
        }
        if let Some((last, end)) = last {
            return write(io, &last, deadlines.send).await.err().unwrap_or(end);
        }
        // A ping is due once for each further `ping_after` of silence.
        let due = u32::try_from(quiet.as_millis() / deadlines.ping_after.as_millis().max(1)).unwrap_or(u32::MAX);
        let mut control = Vec::new();
        control.extend(pong.map(|number| frame::encode(&M::pong(number))));
        if due == 0 {
            pings = 0;
        } else if due > pings {
            pings = due;
            control.push(frame::encode(&M::ping(u64::from(due))));
        }
        for frame in control {
            if let Err(end) = write(io, &frame, deadlines.send).await {
                return end;
            }
        }
        let next_ping = heard + deadlines.ping_after.saturating_mul(pings.saturating_add(1));
        let wake_at = next_ping.min(heard + deadlines.gone_after);
        tokio::select! {
            biased;
            () = pulse.wake.notified() => {}
            () = tokio::time::sleep_until(wake_at) => {}
            Some(frame) = beside.recv() => match write_ready(io, (None, Some(frame)), (out, beside), deadlines.send).await {
                Ok((bytes, aside)) => sent(bytes, aside).await,
                Err(end) => return end,
            },
            frame = out.recv() => {
                let Some(frame) = frame else { return LinkEnd::Finished };
                match write_ready(io, (Some(frame), None), (out, beside), deadlines.send).await {
                    Ok((bytes, aside)) => sent(bytes, aside).await,
                    Err(end) => return end,
                }
            }
        }
    }
}

/// Writes what was taken from the queues and what else waits in them, in turn, up to a buffer's worth, and gives the
/// bytes of each.
async fn write_ready(
    io: &mut (impl AsyncWrite + Unpin),
    mut next: (Option<Bytes>, Option<Bytes>),
    (out, beside): (&mut Queue, &mut Queue),
    deadline: Duration,
) -> Result<(usize, usize), LinkEnd> {
    let mut written = (0, 0);
    while next.0.is_some() || next.1.is_some() {
        let (frame, aside) = next;
        if let Some(frame) = aside {
            write(io, &frame, deadline).await?;
            written.1 += frame.len();
        }
        if let Some(frame) = frame {
            write(io, &frame, deadline).await?;
            written.0 += frame.len();
        }
        let room = written.0 + written.1 < limits::LINK_UNSENT_BYTES as usize;
        next = if room { (out.try_recv().ok(), beside.try_recv().ok()) } else { (None, None) };
    }
    Ok(written)
}

/// Writes all of `bytes`; each step must make progress within the deadline.
pub(crate) async fn write(
    io: &mut (impl AsyncWrite + Unpin),
    mut bytes: &[u8],
    deadline: Duration,
) -> Result<(), LinkEnd> {
    while !bytes.is_empty() {
        match timeout(deadline, io.write(bytes)).await {
            Err(_) => return Err(LinkEnd::Stuck),
            Ok(Ok(0)) => return Err(LinkEnd::Closed),
            Ok(Ok(taken)) => bytes = &bytes[taken..],
            Ok(Err(e)) => return Err(LinkEnd::Failed(e.to_string())),
        }
    }
    match timeout(deadline, io.flush()).await {
        Err(_) => Err(LinkEnd::Stuck),
        Ok(Err(e)) => Err(LinkEnd::Failed(e.to_string())),
        Ok(Ok(())) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    /// T3: what goes beside a long queue waits for the frame under way and for one more at most, and is counted apart.
    #[tokio::test]
    async fn what_goes_beside_does_not_wait_for_the_queue() {
        let (mut near, mut far) = tokio::io::duplex(64);
        let (out, mut queue) = mpsc::unbounded_channel();
        let (answers, mut beside) = mpsc::unbounded_channel();
        for _ in 0..100 {
            out.send(Bytes::from_static(&[0; 1_000])).unwrap();
        }
        let pulse = Pulse::new();
        let mut sums = (0, 0);
        let sent = |bytes, aside| {
            sums = (sums.0 + bytes, sums.1 + aside);
            async {}
        };
        let deadlines = LinkDeadlines::default();
        let reading = async {
            let mut bytes = vec![0; 500];
            far.read_exact(&mut bytes).await.unwrap();
            answers.send(Bytes::from_static(&[1; 10])).unwrap();
            drop(out);
            while bytes.len() < 100_010 && far.read_buf(&mut bytes).await.unwrap() > 0 {}
            bytes
        };
        let sending = send_frames::<LinkUp, _>(&mut near, (&mut queue, &mut beside), &pulse, deadlines, sent);
        let (end, bytes) = tokio::join!(sending, reading);
        assert_eq!(end, LinkEnd::Finished);
        let first = bytes.iter().position(|byte| *byte == 1).unwrap();
        assert!(first <= 2_000, "after {first} bytes");
        assert_eq!(sums, (100_000, 10));
    }
}
