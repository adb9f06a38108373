//! The task of one client: it dials, reads, pings and scrolls, and carries out what the client's state machine asks for.
//! Counting and checking happen right where a message is applied; nothing here waits for anything but its own socket and
//! clock.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, StreamExt};
use parking_lot::Mutex;
use scorelay_client::core::{Disconnect, Event, Status, Transmit};
use scorelay_client::shell::{Clock, DialError, Dialer, Socket};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use super::agree::Agreement;
use super::meters::{Meters, Tally};
use super::reasons::{of_dial, of_disconnect};
use super::slot::{Inner, Slot};

/// How long a connection that this side ends may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// A time that never comes.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3_600);

/// What all clients share.
pub(super) struct Shared {
    pub(super) dialer: Dialer,
    pub(super) clock: Clock,
    pub(super) tally: Tally,
    pub(super) agreement: Mutex<Agreement>,
    /// Between two pings of one client.
    pub(super) ping_every: Duration,
}

/// Where a client that scrolls may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scroll {
    pub(super) every: Duration,
    /// The last rank that its window may begin at.
    pub(super) last: u32,
}

/// A client's task.
pub(super) struct Session {
    slot: Arc<Slot>,
    shared: Arc<Shared>,
    meters: Arc<Meters>,
    scroll: Option<Scroll>,
    transport: Transport,
    /// Whether something waits to be written.
    unsent: bool,
    timer: Pin<Box<Sleep>>,
    ping_at: Instant,
    scroll_at: Instant,
    pinged: Option<Instant>,
    dialed: Instant,
    heard: Option<Instant>,
    seen: Seen,
    whole: bool,
    /// Changes counted so far.
    changes: u64,
    misfits: u64,
    was_connected: bool,
    failure: Option<DialError>,
}

enum Transport {
    None,
    Dialing(Pin<Box<dyn Future<Output = Result<Box<Socket>, DialError>> + Send>>),
    Open(Box<Socket>),
}

/// How the client is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Trying,
    Connected,
    Down,
}

/// What a task waited for.
enum Came {
    Opened(Result<Box<Socket>, DialError>),
    Message(Option<Result<Message, tungstenite::Error>>),
    Time,
    Stop,
}

impl Session {
    pub(super) fn new(slot: Arc<Slot>, shared: Arc<Shared>, meters: Arc<Meters>, scroll: Option<Scroll>) -> Self {
        let now = Instant::now();
        Self {
            ping_at: now + random(shared.ping_every),
            scroll_at: now + scroll.map_or(NEVER, |scroll| random(scroll.every)),
            timer: Box::pin(sleep_until(now)),
            transport: Transport::None,
            unsent: false,
            pinged: None,
            dialed: now,
            heard: None,
            seen: Seen::Trying,
            whole: false,
            changes: 0,
            misfits: 0,
            was_connected: false,
            failure: None,
            slot,
            shared,
            meters,
            scroll,
        }
    }

    /// Runs until `stop`, then takes leave of the relay.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let slot = self.slot.clone();
        let mut stopped = pin!(stop.cancelled_owned());
        loop {
            self.act(&mut slot.inner.lock());
            let came = poll_fn(|cx| match stopped.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Came::Stop),
                Poll::Pending => self.poll(cx),
            });
            match came.await {
                Came::Message(Some(Ok(Message::Binary(bytes)))) => self.apply(&mut slot.inner.lock(), &bytes),
                Came::Message(message) => self.take(&mut slot.inner.lock(), message),
                Came::Opened(result) => self.opened(&mut slot.inner.lock(), result),
                Came::Time => self.time(&mut slot.inner.lock()),
                Came::Stop => return self.leave().await,
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Came> {
        match &mut self.transport {
            Transport::None => {}
            Transport::Dialing(attempt) => {
                if let Poll::Ready(result) = attempt.as_mut().poll(cx) {
                    return Poll::Ready(Came::Opened(result));
                }
            }
            Transport::Open(socket) => {
                if self.unsent {
                    match socket.poll_flush_unpin(cx) {
                        Poll::Ready(Ok(())) => self.unsent = false,
                        Poll::Ready(Err(error)) => return Poll::Ready(Came::Message(Some(Err(error)))),
                        Poll::Pending => {}
                    }
                }
                if let Poll::Ready(message) = socket.poll_next_unpin(cx) {
                    return Poll::Ready(Came::Message(message));
                }
            }
        }
        self.timer.as_mut().poll(cx).map(|()| Came::Time)
    }

    /// Does what the client asks for, and sees to being woken in time.
    fn act(&mut self, inner: &mut Inner) {
        let now = self.shared.clock.now();
        while let Some(transmit) = inner.client.poll_transmit(now) {
            match transmit {
                Transmit::Connect => {
                    let dialer = self.shared.dialer.clone();
                    self.dialed = Instant::now();
                    self.transport = Transport::Dialing(Box::pin(async move { dialer.dial().await }));
                }
                Transmit::Send(bytes) => self.send(inner, Message::binary(bytes)),
                Transmit::Close(why) => {
                    self.transport = Transport::None;
                    self.down(&why);
                }
            }
        }
        let wake = inner.client.poll_timeout().map(|at| self.shared.clock.instant(at));
        let own = self.ping_at.min(self.scroll_at);
        let at = wake.map_or(own, |at| at.min(own));
        // A timer that fires too early looks again; setting it anew at each message would cost more.
        if at < self.timer.deadline() || self.timer.is_elapsed() {
            self.timer.as_mut().reset(at);
        }
    }

    fn send(&mut self, inner: &mut Inner, message: Message) {
        let Transport::Open(socket) = &mut self.transport else { return };
        match Pin::new(socket.as_mut()).start_send(message) {
            Ok(()) => self.unsent = true,
            Err(error) => self.ended(inner, Disconnect::Lost(error.to_string())),
        }
    }

    fn opened(&mut self, inner: &mut Inner, result: Result<Box<Socket>, DialError>) {
        let now = self.shared.clock.now();
        match result {
            Ok(socket) => {
                self.transport = Transport::Open(socket);
                (self.heard, self.pinged) = (None, None);
                inner.client.handle_connected(now);
            }
            Err(error) => {
                let why = Disconnect::Unreachable(error.to_string());
                self.failure = Some(error);
                self.ended(inner, why);
            }
        }
    }

    /// A message of the relay's: applied, counted, and now and then compared.
    fn apply(&mut self, inner: &mut Inner, bytes: &Bytes) {
        let now = Instant::now();
        inner.client.handle_message(self.shared.clock.now(), bytes);
        let stats = inner.client.stats();
        self.meters.messages.fetch_add(1, Relaxed);
        self.meters.bytes.fetch_add(bytes.len() as u64, Relaxed);
        self.meters.changes.fetch_add(stats.changes - self.changes, Relaxed);
        self.changes = stats.changes;
        if let Some(before) = self.heard.replace(now) {
            self.meters.gaps.note(now - before);
        }
        if stats.misfits > self.misfits {
            self.misfits = stats.misfits;
            if let Status::Offline { reason, .. } = inner.client.status() {
                self.shared.tally.wrong(format!("client {}: {reason}", self.slot.no));
            }
        }
        let (mut shows, mut status) = (false, false);
        while let Some(event) = inner.client.poll_event() {
            match event {
                Event::StatusChanged => status = true,
                Event::ViewChanged(_) | Event::TrackChanged(_) => shows = true,
                _ => {}
            }
        }
        if status && self.seen != Seen::Connected {
            self.greeted(inner, now);
        }
        if shows {
            self.changed(inner, now);
        }
        if inner.client.position().is_some_and(|at| Agreement::looks_at(at.tick))
            && let Err(wrong) = inner.agree(&self.shared.agreement, &self.slot)
        {
            self.shared.tally.wrong(wrong.to_string());
        }
    }

    fn greeted(&mut self, inner: &Inner, now: Instant) {
        if matches!(inner.client.status(), Status::Live { .. } | Status::Stale { .. }) {
            self.meters.connects.note(now - self.dialed);
            self.see(Seen::Connected);
            self.whole = false;
            if std::mem::replace(&mut self.was_connected, true) {
                self.shared.tally.again.fetch_add(1, Relaxed);
            }
        }
    }

    fn changed(&mut self, inner: &mut Inner, now: Instant) {
        if !self.whole && self.seen == Seen::Connected && inner.is_whole() {
            self.whole = true;
            self.meters.wholes.note(now - self.dialed);
        }
        if inner.suspects.is_some() {
            let held = inner.places(&self.slot.board.1);
            if let Some(suspects) = &mut inner.suspects {
                suspects.held(held.as_ref());
            }
        }
    }

    /// Anything but a message of the protocol.
    fn take(&mut self, inner: &mut Inner, message: Option<Result<Message, tungstenite::Error>>) {
        let why = match message {
            Some(Ok(Message::Pong(_))) => {
                if let Some(pinged) = self.pinged.take() {
                    self.meters.pings.note(pinged.elapsed());
                }
                return inner.client.handle_alive(self.shared.clock.now());
            }
            Some(Ok(Message::Ping(_))) => return inner.client.handle_alive(self.shared.clock.now()),
            Some(Ok(Message::Close(Some(frame)))) => format!("closed by the relay: {} {}", frame.code, frame.reason),
            Some(Ok(Message::Close(None))) | None => "closed by the relay".to_owned(),
            Some(Ok(_)) => "the relay sent text".to_owned(),
            Some(Err(error)) => error.to_string(),
        };
        self.ended(inner, Disconnect::Lost(why));
    }

    fn time(&mut self, inner: &mut Inner) {
        let now = self.shared.clock.now();
        if inner.client.poll_timeout().is_some_and(|at| at <= now) {
            inner.client.handle_timeout(now);
        }
        let now = Instant::now();
        if self.ping_at <= now {
            self.ping_at = now + self.shared.ping_every;
            // One at a time: a pong says nothing of the ping before.
            if self.seen == Seen::Connected && self.pinged.is_none() {
                self.pinged = Some(now);
                self.send(inner, Message::Ping(Bytes::new()));
            }
        }
        if self.scroll_at <= now {
            self.scroll_at = now + NEVER;
            if let Some(scroll) = self.scroll {
                self.scroll_at = now + scroll.every / 2 + random(scroll.every);
                inner.scroll(rand::random_range(1..=scroll.last));
            }
        }
    }

    /// The connection or the attempt is over.
    fn ended(&mut self, inner: &mut Inner, why: Disconnect) {
        self.transport = Transport::None;
        inner.client.handle_disconnected(self.shared.clock.now(), why.clone());
        match inner.client.status() {
            // What the relay said before it closed is the better reason.
            Status::Offline { reason, .. } => self.down(&reason),
            _ => self.down(&why),
        }
    }

    fn down(&mut self, why: &Disconnect) {
        (self.unsent, self.pinged, self.heard) = (false, None, None);
        let failure = self.failure.take();
        let reason = failure.as_ref().map_or_else(|| of_disconnect(why), of_dial);
        let tally = &self.shared.tally;
        match self.seen {
            Seen::Connected => tally.lost(reason, why.to_string()),
            Seen::Trying | Seen::Down => tally.failed(reason, why.to_string()),
        }
        self.see(Seen::Down);
    }

    fn see(&mut self, seen: Seen) {
        let tally = &self.shared.tally;
        let gauge = |seen| match seen {
            Seen::Trying => None,
            Seen::Connected => Some(&tally.connected),
            Seen::Down => Some(&tally.down),
        };
        if let Some(gauge) = gauge(seen) {
            gauge.fetch_add(1, Relaxed);
        }
        if let Some(gauge) = gauge(std::mem::replace(&mut self.seen, seen)) {
            gauge.fetch_sub(1, Relaxed);
        }
    }

    /// Closes the connection as WebSockets are closed.
    async fn leave(self) {
        let Transport::Open(mut socket) = self.transport else { return };
        let goodbye = async {
            if socket.send(Message::Close(None)).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        };
        // A relay that does not answer has no say in how long this takes.
        let _answered = timeout(GOODBYE, goodbye).await;
    }
}

/// Some time up to `most`.
fn random(most: Duration) -> Duration {
    most.mul_f64(rand::random())
}
