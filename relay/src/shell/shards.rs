//! A shard's thread: a single-threaded runtime on which the shard's handshakes and connections run, and the loop that
//! takes ticks from the feed thread and walks the connections that are due, in chunks, so that reads get their turn
//! between. What a connection is due is decided in `core/shard.rs`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use scorelay_protocol::limits;
use slab::Slab;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::address::Permit;
use super::clock::Clock;
use super::feed_thread::FeedInput;
use super::front::{self, Front};
use super::governor::Governor;
use super::leave::Leave;
use super::metrics::Traffic;
use super::places::Place;
use super::wire::{ClientWire, Socket};
use crate::core::published::{Answer, Published, ShardNo};
use crate::core::shard::{Shard, ShardConfig, Walk};

/// One shard, shared by its tasks, which all run on its one thread, and the feed thread.
#[derive(Debug)]
pub(crate) struct ShardState {
    pub(crate) clock: Clock,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) pure: Mutex<Shard<ClientWire>>,
    sockets: Mutex<Slab<Arc<Socket>>>,
    inbox: Mutex<Vec<Arc<Published>>>,
    answers: Mutex<Vec<Answer>>,
    /// Something may be due.
    walk: Notify,
    /// There may be commands for the feed thread.
    commands: Notify,
    /// A connection ended.
    left: Notify,
    /// The inbox was emptied; one for all shards.
    taken: Arc<Notify>,
}

impl ShardState {
    pub(crate) fn new(config: ShardConfig, clock: Clock, taken: Arc<Notify>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            traffic: Arc::default(),
            pure: Mutex::new(Shard::new(config)),
            sockets: Mutex::default(),
            inbox: Mutex::default(),
            answers: Mutex::default(),
            walk: Notify::new(),
            commands: Notify::new(),
            left: Notify::new(),
            taken,
        })
    }

    /// The shard was told something: there may be something to send or to ask for.
    pub(crate) fn kick(&self) {
        self.walk.notify_one();
        self.commands.notify_one();
    }

    /// Hands over a tick; called by the feed thread.
    pub(crate) fn publish(&self, published: Arc<Published>) {
        self.inbox.lock().push(published);
        self.walk.notify_one();
    }

    /// Hands over an answer between ticks; called by the feed thread. How many there are is bounded by what was asked.
    pub(crate) fn answer(&self, answer: Answer) {
        self.answers.lock().push(answer);
        self.walk.notify_one();
    }

    /// How many ticks it has not taken yet.
    pub(crate) fn behind(&self) -> usize {
        self.inbox.lock().len()
    }

    /// Has the socket's deadlines watched until [`ShardState::leave`].
    pub(crate) fn enter(&self, socket: Arc<Socket>) -> usize {
        self.sockets.lock().insert(socket)
    }

    pub(crate) fn leave(&self, key: usize) {
        self.sockets.lock().remove(key);
        self.left.notify_one();
    }

    /// Takes the answers and the ticks that wait; whether there were any ticks.
    fn take_inbox(&self) -> bool {
        let answers = std::mem::take(&mut *self.answers.lock());
        if !answers.is_empty() {
            let mut pure = self.pure.lock();
            for answer in answers {
                pure.answer(answer);
            }
        }
        let published = std::mem::take(&mut *self.inbox.lock());
        if published.is_empty() {
            return false;
        }
        self.taken.notify_one();
        let mut pure = self.pure.lock();
        for published in published {
            pure.publish(published);
        }
        true
    }

    fn resume(&self) {
        let mut pure = self.pure.lock();
        for conn in pure.take_resumed() {
            if let Some(wire) = pure.wire_mut(conn) {
                wire.resume();
            }
        }
    }
}

/// A socket on its way to a shard.
pub(crate) struct Arrived {
    pub(crate) stream: std::net::TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) place: Place,
}

/// Where new sockets go.
pub(crate) type Arrivals = mpsc::UnboundedSender<Arrived>;

/// Starts a shard's thread.
pub(crate) fn start(
    no: ShardNo,
    state: Arc<ShardState>,
    front: Arc<Front>,
    feed: mpsc::Sender<FeedInput>,
) -> io::Result<Arrivals> {
    let (to, from) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tasks = front.tasks.clone();
    tasks.thread(format!("shard {}", no.0), move || {
        runtime.block_on(serve(&state, &front, from, feed));
    })?;
    Ok(to)
}

async fn serve(
    state: &Arc<ShardState>,
    front: &Arc<Front>,
    mut arrivals: mpsc::UnboundedReceiver<Arrived>,
    feed: mpsc::Sender<FeedInput>,
) {
    let accept = async {
        while let Some(arrived) = arrivals.recv().await {
            front::spawn(state.clone(), front.clone(), arrived);
        }
        std::future::pending::<()>().await;
    };
    let work = async { tokio::join!(accept, walk(state, front), command(state, &feed), sweep(state, front)) };
    tokio::select! {
        _ = work => {}
        () = end(state, front) => {}
    }
}

/// Waits for the shutdown, then sees the connections off.
async fn end(state: &ShardState, front: &Front) {
    front.stop.cancelled().await;
    for (_, socket) in &*state.sockets.lock() {
        socket.end(Leave::shutting_down());
    }
    let gone = async {
        while !state.sockets.lock().is_empty() {
            state.left.notified().await;
        }
    };
    // The sweep cuts what does not close in time.
    let _ = timeout(front.config.client_deadlines.close * 2, gone).await;
    state.traffic.flush(&front.metrics);
}

async fn walk(state: &ShardState, front: &Front) {
    let mut governor = Governor::new(front.config.tick_ms);
    loop {
        let ticked = state.take_inbox();
        let due = state.pure.lock().next_walk_at();
        match due {
            Some(at) if at <= state.clock.millis() => {
                let started = Instant::now();
                while state.pure.lock().walk(state.clock.millis(), limits::SHARD_CHUNK) == Walk::More {
                    tokio::task::yield_now().await;
                }
                // Walks between ticks only serve the few that asked for something.
                if ticked {
                    let took = started.elapsed();
                    front.metrics.pass_seconds.observe(took.as_secs_f64());
                    if let Some(level) = governor.passed(took, &front.metrics) {
                        state.pure.lock().overload(level);
                    }
                }
                state.traffic.flush(&front.metrics);
                state.commands.notify_one();
                // Reads come before the next pass even where passes never end.
                tokio::task::yield_now().await;
            }
            Some(at) => tokio::select! {
                () = state.walk.notified() => {}
                () = sleep_until(state.clock.instant(at)) => {}
            },
            None => state.walk.notified().await,
        }
        state.resume();
    }
}

async fn command(state: &ShardState, feed: &mpsc::Sender<FeedInput>) {
    loop {
        state.commands.notified().await;
        let commands = state.pure.lock().drain_commands();
        if !commands.is_empty() && feed.send(FeedInput::Commands(commands)).await.is_err() {
            return;
        }
    }
}

async fn sweep(state: &ShardState, front: &Front) {
    let deadlines = front.config.client_deadlines;
    let shortest =
        [deadlines.first_message, deadlines.ping_after, deadlines.gone_after, deadlines.stuck, deadlines.close];
    let shortest = shortest.into_iter().min().unwrap_or(Duration::MAX);
    let every = (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(1));
    loop {
        sleep(every).await;
        let now = state.clock.millis();
        for (_, socket) in &*state.sockets.lock() {
            socket.sweep(now, &deadlines);
        }
        state.traffic.flush(&front.metrics);
    }
}

/// A client counted in both places: among the shard's sockets and by its address.
pub(crate) struct Entered {
    state: Arc<ShardState>,
    key: usize,
    _permit: Permit,
}

impl Entered {
    pub(crate) fn new(state: Arc<ShardState>, socket: Arc<Socket>, permit: Permit) -> Self {
        let key = state.enter(socket);
        Self { state, key, _permit: permit }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.state.leave(self.key);
    }
}
