//! The threads that run clients, one runtime each, and the ramp that starts one client after the other on them.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use scorelay_client::core::{Client, ClientConfig};
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Plan;
use super::compare::Roster;
use super::meters::{Meters, Readings};
use super::mix::Kind;
use super::scout::Ground;
use super::session::{Scroll, Session, Shared};
use super::slot::{Inner, Slot};
use crate::failure::Failure;

/// How long clients may take to leave; each has a limit of its own below it.
const LEAVE_WITHIN: Duration = Duration::from_secs(4);

/// How often to see whether the last clients have connected.
const SETTLED_EVERY: Duration = Duration::from_millis(50);

/// Threads that run clients.
pub(super) struct Crew {
    workers: Vec<Worker>,
    tasks: TaskTracker,
    /// Tells clients to leave.
    leave: CancellationToken,
    done: CancellationToken,
}

struct Worker {
    handle: Handle,
    meters: Arc<Meters>,
}

impl Crew {
    pub(super) fn start(threads: usize) -> Result<Self, Failure> {
        let done = CancellationToken::new();
        let worker = |_| -> Result<Worker, Failure> {
            let cannot = |error| Failure::config(format!("cannot start a thread for clients: {error}"));
            let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
            let (handle, done) = (runtime.handle().clone(), done.clone());
            let run = move || {
                runtime.block_on(done.cancelled());
                runtime.shutdown_background();
            };
            thread::Builder::new().name("clients".to_owned()).spawn(run).map_err(cannot)?;
            Ok(Worker { handle, meters: Arc::default() })
        };
        let workers = (0..threads.max(1)).map(worker).collect::<Result<_, Failure>>()?;
        Ok(Self { workers, tasks: TaskTracker::new(), leave: CancellationToken::new(), done })
    }

    /// A thread for what is not a client, but must not wait for the terminal.
    pub(super) fn first(&self) -> &Handle {
        &self.workers[0].handle
    }

    /// What all of them counted.
    pub(super) fn read(&self) -> Readings {
        let mut sum = Readings::default();
        self.workers.iter().for_each(|worker| sum.add(&worker.meters.read()));
        sum
    }

    /// Starts one client after the other, and waits until each has a connection or has failed to get one. May be dropped
    /// at any time.
    pub(super) async fn ramp(&self, plan: &Plan, ground: &Ground, shared: &Arc<Shared>, roster: &Roster) {
        let start = Instant::now();
        let mut turns = vec![0; plan.mix.kinds().len()];
        for ((no, kind), worker) in (0..plan.clients).zip(plan.mix.deal()).zip(self.workers.iter().cycle()) {
            sleep_until(start + Duration::from_secs(1) * no / plan.connect_rate).await;
            // Boards take turns within each kind: with turns of their own, a board could get one kind only.
            let turn = plan.mix.kinds().iter().position(|(of, _)| *of == kind).map_or(0, |at| {
                turns[at] += 1;
                turns[at] - 1
            });
            let board = turn % ground.boards.len();
            let board = (board as u16, &ground.boards[board]);
            let mut last = 1;
            let config = ClientConfig { agent: AGENT.to_owned(), probes: false };
            let client = Client::new(config, rand::random(), shared.clock.now());
            let inner = match kind {
                Kind::Top(rows) => Inner::window(client, &board.1.id, (1, rows)),
                Kind::Random(rows) => {
                    last = board.1.rows.saturating_sub(rows).saturating_add(1);
                    let from = rand::random_range(1..=last);
                    Inner::window(client, &board.1.id, (from, from + rows - 1))
                }
                Kind::Track => Inner::track(client, ground.entities[turn % ground.entities.len()].clone()),
            };
            // A mix has no windows that a client would not take.
            let Ok(inner) = inner else { continue };
            let slot = Slot { no, board: (board.0, board.1.id.clone()), inner: inner.into() };
            let slot = Arc::new(slot);
            roster.lock().push(slot.clone());
            shared.tally.started.fetch_add(1, Relaxed);
            let scrolls = matches!(kind, Kind::Random(_));
            let scroll = plan.scroll.filter(|_| scrolls).map(|every| Scroll { every, last });
            let (shared, meters, leave) = (shared.clone(), worker.meters.clone(), self.leave.clone());
            // Made there, so that its timer is that thread's.
            let session = async move { Session::new(slot, shared, meters, scroll).run(leave).await };
            self.tasks.spawn_on(session, &worker.handle);
        }
        while !shared.tally.read().is_settled() {
            sleep(SETTLED_EVERY).await;
        }
    }

    /// Has all clients leave, and ends the threads.
    pub(super) async fn leave(&self) {
        self.leave.cancel();
        self.tasks.close();
        // Whoever has not left by then is cut off with the process.
        let _left = timeout(LEAVE_WITHIN, self.tasks.wait()).await;
        self.done.cancel();
    }
}

/// What relays' operators see.
pub(super) const AGENT: &str = concat!("scorelay-load/", env!("CARGO_PKG_VERSION"));
