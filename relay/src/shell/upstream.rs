//! The connecting end of a link, as a relay uses it: connects, says hello, hands every frame to the feed thread, and
//! starts over with full jitter when the link ends. What the frames mean is the hub's affair.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::link::{Accepted, LinkDown, LinkHello, LinkUp};
use scorelay_protocol::{frame, limits};
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::feed_thread::FeedInput;
use super::frame_reader::{FrameReader, refusal};
use super::link_io::{LinkDeadlines, LinkEnd, Pulse, send_frames, write};
use super::metrics::Metrics;
use super::transport::{BoxIo, LinkTarget};

/// An accepted link to upstream, as the feed thread sees it.
#[derive(Debug)]
pub(crate) struct Session {
    out: mpsc::UnboundedSender<Bytes>,
    pulse: Arc<Pulse>,
    fate: Arc<Fate>,
}

#[derive(Debug, Default)]
struct Fate {
    ended: CancellationToken,
    end: Mutex<Option<LinkEnd>>,
    retry_after: Mutex<Option<Duration>>,
}

impl Session {
    /// Queues a whole frame. How much waits is known from [`FeedInput::Sent`] and bounded by the hub.
    pub(crate) fn send(&self, frame: Bytes) {
        // A link that has ended is on its way to the feed thread as `Lost`.
        let _ = self.out.send(frame);
    }

    /// Upstream asked for a pong.
    pub(crate) fn answer(&self, number: u64) {
        self.pulse.answer(number);
    }

    /// Upstream is about to close, and wants the next link after this time.
    pub(crate) fn retry_after(&self, wait: Duration) {
        *self.fate.retry_after.lock() = Some(wait);
    }

    /// Ends the link.
    pub(crate) fn end(self, end: LinkEnd) {
        *self.fate.end.lock() = Some(end);
        self.fate.ended.cancel();
    }
}

/// What a relay needs to follow its upstream.
pub(crate) struct Upstream {
    pub(crate) target: LinkTarget,
    pub(crate) hello: LinkHello,
    pub(crate) feed: mpsc::Sender<FeedInput>,
    pub(crate) deadlines: LinkDeadlines,
    pub(crate) metrics: Arc<Metrics>,
}

impl Upstream {
    /// Connects again and again; ends only by being dropped.
    pub(crate) async fn run(self) {
        let mut failures = 0;
        let mut said = None;
        loop {
            let started = Instant::now();
            let (end, retry_after) = self.once().await;
            if said.as_ref() == Some(&end) {
                tracing::debug!(upstream = %self.target, %end, "still no link to upstream");
            } else {
                tracing::warn!(upstream = %self.target, %end, "no link to upstream");
                said = Some(end);
            }
            // A link that is accepted only to break at once is a failure too.
            if started.elapsed() >= Duration::from_millis(limits::RECONNECT_MS.1) {
                failures = 0;
                said = None;
            }
            sleep(retry_after.unwrap_or_default() + jitter(failures)).await;
            failures += 1;
        }
    }

    /// One link, from connecting to its end; how long upstream wants to be left alone.
    async fn once(&self) -> (LinkEnd, Option<Duration>) {
        let handshake = timeout(self.deadlines.handshake, self.open());
        let (accepted, mut reader, mut write_half) = match handshake.await {
            Ok(Ok(open)) => open,
            Ok(Err(end)) => return (end, None),
            Err(_) => return (LinkEnd::Failed("no answer in time".into()), None),
        };
        let (pulse, fate) = (Pulse::new(), Arc::<Fate>::default());
        let (out, mut queue) = mpsc::unbounded_channel();
        let (_nothing, mut beside) = mpsc::unbounded_channel();
        let session = Session { out, pulse: pulse.clone(), fate: fate.clone() };
        if self.feed.send(FeedInput::Accepted(accepted, session)).await.is_err() {
            return (LinkEnd::Finished, None);
        }
        self.metrics.upstream_connects.inc();
        self.metrics.upstream_connected.set(1);
        tracing::info!(upstream = %self.target, "link to upstream accepted");
        let sent = |bytes, _| {
            let feed = self.feed.clone();
            async move { drop(feed.send(FeedInput::Sent(bytes)).await) }
        };
        let end = tokio::select! {
            end = self.read(&mut reader, &pulse) => end,
            end = send_frames::<LinkUp, _>(&mut write_half, (&mut queue, &mut beside), &pulse, self.deadlines, sent) => end,
            () = fate.ended.cancelled() => fate.end.lock().take().unwrap_or(LinkEnd::Finished),
        };
        self.metrics.upstream_connected.set(0);
        let _ = self.feed.send(FeedInput::Lost).await;
        let retry_after = *fate.retry_after.lock();
        (end, retry_after)
    }

    async fn open(&self) -> Result<(Accepted, FrameReader<ReadHalf<BoxIo>>, WriteHalf<BoxIo>), LinkEnd> {
        let io = self.target.connect().await.map_err(|e| LinkEnd::Failed(e.to_string()))?;
        let (read_half, mut write_half) = tokio::io::split(io);
        let hello = frame::encode(&LinkUp::Hello(self.hello.clone()));
        write(&mut write_half, &hello, self.deadlines.send).await?;
        let mut reader = FrameReader::new(read_half);
        let answer = reader.next().await?;
        match frame::decode(&answer) {
            Ok(LinkDown::Accepted(accepted)) => Ok((accepted, reader, write_half)),
            Ok(LinkDown::Refused(error)) => Err(LinkEnd::Refused(error)),
            Ok(_) => Err(LinkEnd::Refused(WireError::new(ErrorCode::OutOfOrder, "the answer to Hello was neither"))),
            Err(error) => Err(LinkEnd::Refused(refusal(&error))),
        }
    }

    async fn read(&self, reader: &mut FrameReader<ReadHalf<BoxIo>>, pulse: &Pulse) -> LinkEnd {
        loop {
            let frame = match reader.next().await {
                Ok(frame) => frame,
                Err(end) => return end,
            };
            pulse.heard();
            self.metrics.upstream_frames.inc();
            self.metrics.upstream_bytes.inc_by(frame.len() as u64);
            if pulse.busy(self.feed.send(FeedInput::Frame(frame))).await.is_err() {
                return LinkEnd::Finished;
            }
        }
    }
}

/// Full jitter: anything up to a bound that doubles with each failure.
fn jitter(failures: u32) -> Duration {
    let (first, longest) = limits::RECONNECT_MS;
    let bound = first.saturating_mul(1 << failures.min(16)).min(longest);
    Duration::from_millis(rand::random_range(0..=bound))
}
