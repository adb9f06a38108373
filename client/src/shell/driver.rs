//! The task that runs a client: carries out what the core asks for, and tells it what came of that.
//!
//! It waits at one place only, and reads and writes side by side there, so a peer that does not read cannot keep it
//! from noticing anything else.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use super::dial::{DialError, Dialer, Socket};
use super::halves::{Inner, Receiver, Sender, Shared};
use crate::core::{Client, ClientConfig, Disconnect, Millis, Transmit};

/// Milliseconds since the Unix epoch that never run backwards: the time at the start plus what passed since.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    epoch_ms: u64,
}

impl Default for Clock {
    fn default() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { started: Instant::now(), epoch_ms: u64::try_from(epoch.as_millis()).unwrap_or(0) }
    }
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> Millis {
        let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Millis(self.epoch_ms).plus(passed)
    }

    /// The first instant at which [`Self::now`] gives `at`.
    pub fn instant(&self, at: Millis) -> Instant {
        self.started + Duration::from_millis(at.since(Millis(self.epoch_ms)))
    }
}

/// Starts a client's task and gives its halves.
pub(super) fn start(dialer: Dialer, config: ClientConfig) -> (Sender, Receiver) {
    let clock = Clock::default();
    let client = Client::new(config, rand::random(), clock.now());
    let shared = Arc::new(Shared {
        status: watch::Sender::new(client.status()),
        inner: Mutex::new(Inner { client, waiting: HashMap::new() }),
        wake: Notify::new(),
        listen: Notify::new(),
        clock,
    });
    let dropped = CancellationToken::new();
    let driver = Driver { shared: shared.clone(), dialer, transport: Transport::None };
    tokio::spawn(driver.run(dropped.clone()));
    let alive = Arc::new(dropped.drop_guard());
    (Sender::new(shared.clone(), alive.clone()), Receiver::new(shared, alive))
}

enum Transport {
    None,
    Dialing(Pin<Box<dyn Future<Output = Result<Box<Socket>, DialError>> + Send>>),
    Open(Box<Socket>),
}

/// What a transport came to.
enum Came {
    Opened(Result<Box<Socket>, DialError>),
    Message(Option<Result<Message, tungstenite::Error>>),
}

struct Driver {
    shared: Arc<Shared>,
    dialer: Dialer,
    transport: Transport,
}

/// However the task ends, nobody is left waiting.
impl Drop for Driver {
    fn drop(&mut self) {
        let now = self.shared.clock.now();
        self.shared.lock().client.close(now);
        self.publish();
    }
}

impl Driver {
    async fn run(mut self, dropped: CancellationToken) {
        loop {
            let Some(wake_at) = self.act() else { return };
            let shared = self.shared.clone();
            let came = tokio::select! {
                () = dropped.cancelled() => return self.say_goodbye(),
                () = shared.wake.notified() => None,
                () = tokio::time::sleep_until(wake_at) => None,
                came = poll_fn(|cx| self.transport.poll(cx)) => Some(came),
            };
            match came {
                None => {
                    let now = shared.clock.now();
                    let client = &mut shared.lock().client;
                    if client.poll_timeout().is_some_and(|at| at <= now) {
                        client.handle_timeout(now);
                    }
                }
                Some(Came::Opened(result)) => self.opened(result),
                Some(Came::Message(message)) => self.take(message),
            }
        }
    }

    /// Does all that the core asks for; gives the time to come back at, or nothing once it is closed.
    fn act(&mut self) -> Option<Instant> {
        let now = self.shared.clock.now();
        loop {
            let transmit = self.shared.lock().client.poll_transmit(now);
            match transmit {
                None => break,
                Some(Transmit::Connect) => {
                    let dialer = self.dialer.clone();
                    self.transport = Transport::Dialing(Box::pin(async move { dialer.dial().await }));
                }
                Some(Transmit::Send(bytes)) => self.send(bytes),
                Some(Transmit::Close(why)) => {
                    tracing::debug!(%why, "connection given up");
                    self.say_goodbye();
                }
            }
        }
        self.publish();
        let at = self.shared.lock().client.poll_timeout()?;
        Some(self.shared.clock.instant(at))
    }

    /// Hands answers to those who asked, and tells the halves that there may be news.
    fn publish(&self) {
        let mut inner = self.shared.lock();
        while let Some((id, answer)) = inner.client.poll_answer() {
            if let Some(asker) = inner.waiting.remove(&id) {
                // Who asked may have gone away since.
                let _gone = asker.send(answer);
            }
        }
        let status = inner.client.status();
        drop(inner);
        self.shared.status.send_if_modified(|shown| {
            let changed = *shown != status;
            *shown = status;
            changed
        });
        self.shared.listen.notify_one();
    }

    /// Queues a message; what the socket does not take at once goes out while waiting.
    fn send(&mut self, bytes: Vec<u8>) {
        let Transport::Open(socket) = &mut self.transport else { return };
        if let Err(error) = Pin::new(socket.as_mut()).start_send(Message::binary(bytes)) {
            self.lost(error.to_string());
        }
    }

    fn opened(&mut self, result: Result<Box<Socket>, DialError>) {
        let now = self.shared.clock.now();
        let client = &mut self.shared.lock().client;
        match result {
            Ok(socket) => {
                self.transport = Transport::Open(socket);
                client.handle_connected(now);
            }
            Err(why) => {
                tracing::debug!(%why, "cannot connect");
                self.transport = Transport::None;
                client.handle_disconnected(now, Disconnect::Unreachable(why.to_string()));
            }
        }
    }

    fn take(&mut self, message: Option<Result<Message, tungstenite::Error>>) {
        let now = self.shared.clock.now();
        match message {
            Some(Ok(Message::Binary(bytes))) => self.shared.lock().client.handle_message(now, &bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.shared.lock().client.handle_alive(now),
            Some(Ok(Message::Text(_) | Message::Frame(_))) => self.lost("the relay sent text".to_owned()),
            Some(Ok(Message::Close(frame))) => {
                let why = frame.map_or("closed by the relay".to_owned(), |frame| {
                    format!("closed by the relay: {} {}", frame.code, frame.reason)
                });
                self.lost(why.trim_end().to_owned());
            }
            Some(Err(error)) => self.lost(error.to_string()),
            None => self.lost("closed by the relay".to_owned()),
        }
    }

    fn lost(&mut self, why: String) {
        tracing::debug!(%why, "connection lost");
        self.transport = Transport::None;
        let now = self.shared.clock.now();
        self.shared.lock().client.handle_disconnected(now, Disconnect::Lost(why));
    }

    /// Sends a close frame if the socket takes it at once; nobody waits for an answer.
    fn say_goodbye(&mut self) {
        if let Transport::Open(mut socket) = std::mem::replace(&mut self.transport, Transport::None)
            && socket.start_send_unpin(Message::Close(None)).is_ok()
        {
            let _sent_if_possible = socket.flush().now_or_never();
        }
    }
}

impl Transport {
    /// Writes what is queued and reads what has come.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Came> {
        match self {
            Self::None => Poll::Pending,
            Self::Dialing(attempt) => attempt.as_mut().poll(cx).map(Came::Opened),
            Self::Open(socket) => {
                if let Poll::Ready(Err(error)) = socket.poll_flush_unpin(cx) {
                    return Poll::Ready(Came::Message(Some(Err(error))));
                }
                socket.poll_next_unpin(cx).map(Came::Message)
            }
        }
    }
}
