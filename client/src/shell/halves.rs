//! The two halves of a client: one asks, one hears. Either may be dropped; the other goes on.
//!
//! Both look at the same core behind a lock that is never held across a wait; `driver` runs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::Standing;
use scorelay_protocol::ids::RequestId;
use tokio::sync::{Notify, oneshot, watch};
use tokio_util::sync::DropGuard;

use super::driver::Clock;
use crate::core::{
    Answer, BoardSummary, Client, CommandError, Disconnect, Event, Millis, RankedRow, RequestError, Stats, Status,
    TrackSnapshot, ViewId, ViewSnapshot,
};

/// What the halves and the driver share.
pub(super) struct Shared {
    pub(super) inner: Mutex<Inner>,
    /// Wakes the driver: there may be something to send.
    pub(super) wake: Notify,
    /// Wakes the receiving half: there may be events.
    pub(super) listen: Notify,
    pub(super) status: watch::Sender<Status>,
    pub(super) clock: Clock,
}

/// The core, and who waits for which answer.
pub(super) struct Inner {
    pub(super) client: Client,
    pub(super) waiting: HashMap<RequestId, oneshot::Sender<Result<Answer, RequestError>>>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the client holds, to be read at any time; it keeps no connection alive.
#[derive(Clone)]
pub struct State {
    shared: Arc<Shared>,
}

impl State {
    /// State of the connection.
    pub fn status(&self) -> Status {
        self.shared.lock().client.status()
    }

    /// The status, and every later one. Both halves learn of a disconnect and its reason by it.
    pub fn statuses(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// What a view shows; `None` if there is no such view.
    pub fn view(&self, view: ViewId) -> Option<ViewSnapshot> {
        self.shared.lock().client.view(view)
    }

    /// Where a tracked entity stands; `None` if it is not tracked.
    pub fn tracked(&self, entity: &Entity) -> Option<TrackSnapshot> {
        self.shared.lock().client.tracked(entity)
    }

    /// What is shown of a meet; `None` if it is not watched.
    #[cfg(feature = "meets")]
    pub fn meet(&self, meet: scorelay_protocol::meet::ids::MeetId) -> Option<crate::core::meet::MeetSnapshot> {
        self.shared.lock().client.meet(meet)
    }

    /// The boards; `None` before they were heard of.
    pub fn directory(&self) -> Option<Vec<BoardSummary>> {
        self.shared.lock().client.directory()
    }

    /// When the last tick was applied, in milliseconds since the Unix epoch, like the times of a [`Status`].
    pub fn last_tick(&self) -> Option<Millis> {
        self.shared.lock().client.last_tick()
    }

    /// The time now, on the clock of a [`Status`].
    pub fn now(&self) -> Millis {
        self.shared.clock.now()
    }

    /// What went over all connections so far.
    pub fn stats(&self) -> Stats {
        self.shared.lock().client.stats()
    }
}

/// The half that asks.
#[derive(Clone)]
pub struct Sender {
    state: State,
    /// Dropped with the last half: then the connection ends.
    _alive: Arc<DropGuard>,
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>, alive: Arc<DropGuard>) -> Self {
        Self { state: State { shared }, _alive: alive }
    }

    /// What the client holds.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Watches the ranks `from` to `to` (1-based, both included) of the board of this id, which need not exist yet.
    ///
    /// # Errors
    /// [`CommandError`] when the window is none or too wide.
    pub fn watch_board(&self, board: &str, from: u32, to: u32) -> Result<ViewId, CommandError> {
        self.command(|client| client.watch_board(board, from, to))
    }

    /// Moves a view's window.
    ///
    /// # Errors
    /// [`CommandError`] when the window is none or too wide, or there is no such view.
    pub fn set_window(&self, view: ViewId, from: u32, to: u32) -> Result<(), CommandError> {
        self.command(|client| client.set_window(view, from, to))
    }

    /// Ends a view.
    pub fn unwatch(&self, view: ViewId) {
        self.command(|client| client.unwatch(view));
    }

    /// Follows an entity on every board.
    ///
    /// # Errors
    /// [`CommandError::TooManyTracks`].
    pub fn track(&self, entity: Entity) -> Result<(), CommandError> {
        self.command(|client| client.track(entity))
    }

    /// Follows an entity no longer.
    pub fn untrack(&self, entity: &Entity) {
        self.command(|client| client.untrack(entity));
    }

    /// Asks for at most one tick in so many milliseconds, 0 for as fast as it goes.
    pub fn pace(&self, every_ms: u32) {
        self.command(|client| client.pace(every_ms));
    }

    /// Where an entity stands on a board; `None` where it does not.
    ///
    /// # Errors
    /// [`RequestError`] when no answer came, or a refusal.
    pub async fn find(&self, board: &str, entity: Entity) -> Result<Option<Standing>, RequestError> {
        match self.ask(|client, now| client.find(now, board, entity)).await? {
            Answer::Found(standing) => Ok(standing),
            _ => unreachable!("invariant: the core matches answers with questions"),
        }
    }

    /// Up to `rows` rows on each side of an entity on a board; none where the entity is not on it.
    ///
    /// # Errors
    /// [`RequestError`] when no answer came, or a refusal.
    pub async fn around(&self, board: &str, entity: Entity, rows: u32) -> Result<Vec<RankedRow>, RequestError> {
        match self.ask(|client, now| client.around(now, board, entity, rows)).await? {
            Answer::Around(rows) => Ok(rows),
            _ => unreachable!("invariant: the core matches answers with questions"),
        }
    }

    /// What the core answers about meets.
    ///
    /// # Errors
    /// [`RequestError`] when no answer came on this connection, or a refusal.
    #[cfg(feature = "meets")]
    pub async fn meet(
        &self,
        request: scorelay_protocol::meet::request::MeetRequest,
    ) -> Result<scorelay_protocol::meet::answer::MeetAnswer, RequestError> {
        match self.ask(|client, now| client.ask_meet(now, &request)).await? {
            Answer::Meet(answer) => Ok(*answer),
            _ => unreachable!("invariant: the core matches answers with questions"),
        }
    }

    /// Shows what a display link shows of a meet; what is held is read from [`State::meet`].
    #[cfg(feature = "meets")]
    pub fn watch_meet(
        &self,
        meet: scorelay_protocol::meet::ids::MeetId,
        display: scorelay_protocol::meet::secret::Token,
    ) {
        self.command(|client| client.watch_meet(meet, display));
    }

    /// Shows a meet no longer.
    #[cfg(feature = "meets")]
    pub fn unwatch_meet(&self, meet: scorelay_protocol::meet::ids::MeetId) {
        self.command(|client| client.unwatch_meet(meet));
    }

    /// Gives up the connection, since what came over it cannot be; the client connects again by itself.
    #[cfg(feature = "meets")]
    pub(super) fn distrust(&self, why: String) {
        let now = self.state.now();
        self.command(|client| client.distrust(now, why));
    }

    /// Ends the client for both halves.
    pub fn close(&self) {
        let now = self.state.now();
        self.command(|client| client.close(now));
    }

    fn command<T>(&self, command: impl FnOnce(&mut Client) -> T) -> T {
        let result = command(&mut self.state.shared.lock().client);
        self.state.shared.wake.notify_one();
        result
    }

    async fn ask(&self, ask: impl FnOnce(&mut Client, Millis) -> RequestId) -> Result<Answer, RequestError> {
        let now = self.state.now();
        let (answer, answered) = oneshot::channel();
        {
            let mut inner = self.state.shared.lock();
            let id = ask(&mut inner.client, now);
            inner.waiting.insert(id, answer);
        }
        self.state.shared.wake.notify_one();
        answered.await.unwrap_or(Err(RequestError::Disconnected(Disconnect::Closed)))
    }
}

/// The half that hears what changes.
pub struct Receiver {
    state: State,
    _alive: Arc<DropGuard>,
}

impl Receiver {
    pub(super) fn new(shared: Arc<Shared>, alive: Arc<DropGuard>) -> Self {
        Self { state: State { shared }, _alive: alive }
    }

    /// What the client holds.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The next thing to look at again; never an answer to a request. `None` once the client is closed. Whoever is
    /// slow to call this finds the newest state, and missed only states in between. Nothing is lost when the future
    /// is dropped.
    pub async fn recv(&mut self) -> Option<Event> {
        loop {
            let listening = self.state.shared.listen.notified();
            {
                let mut inner = self.state.shared.lock();
                if let Some(event) = inner.client.poll_event() {
                    return Some(event);
                }
                if matches!(inner.client.status(), Status::Closed { .. }) {
                    return None;
                }
            }
            listening.await;
        }
    }
}
