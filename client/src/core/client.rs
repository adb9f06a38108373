//! The client: its commands, and what can be read of it at any time.
//!
//! What comes from and goes to the transport is in `drive`; how to run the whole is said at [`Client`].

use std::collections::VecDeque;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::{Position, RequestId};
use scorelay_protocol::limits::{MASK_TRACKS, MAX_PACE_MS};

use super::budget::Budget;
use super::connection::{Connection, Phase};
use super::directory::BoardSummary;
use super::events::{Event, Events};
use super::replica::Replica;
use super::requests::{Answer, Question, RequestError, Requests};
use super::status::{Disconnect, Status};
use super::time::Millis;
use super::track::TrackSnapshot;
use super::view::{LevelView, ViewId, ViewSnapshot};
use super::views::Views;

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Name and version of the program, for the relay's operator.
    pub agent: String,
    /// Whether to ask for a sign of life after quiet. Where the transport sees pings and reports them by
    /// [`Client::handle_alive`], that is not needed.
    pub probes: bool,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self { agent: concat!("scorelay-client/", env!("CARGO_PKG_VERSION")).to_owned(), probes: true }
    }
}

/// Why a command was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Ranks are 1-based, and a window's last rank is not above its first.
    #[error("no window of ranks: {from} to {to}")]
    BadWindow {
        /// First rank.
        from: u32,
        /// Last rank.
        to: u32,
    },
    /// The window has more ranks than can be watched at once.
    #[error("a window has at most {most} ranks")]
    TooWide {
        /// Most ranks.
        most: u32,
    },
    /// There is no such view, or no longer.
    #[error("no such view")]
    UnknownView,
    /// No more entities can be tracked.
    #[error("at most {MASK_TRACKS} entities can be tracked")]
    TooManyTracks,
}

/// What the transport is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transmit {
    /// Open a connection; then call [`Client::handle_connected`] or [`Client::handle_disconnected`].
    Connect,
    /// Send this binary message on the open connection.
    Send(Vec<u8>),
    /// Close or abandon the connection or attempt, and report nothing more of it.
    Close(Disconnect),
}

/// What went over all connections so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Connections that were greeted.
    pub connections: u64,
    /// Of these, those that brought the client up to date from where it was.
    pub resumed: u64,
    /// Messages received.
    pub messages_in: u64,
    /// Bytes of messages received.
    pub bytes_in: u64,
    /// Messages sent.
    pub messages_out: u64,
    /// Bytes of messages sent.
    pub bytes_out: u64,
    /// Messages that could not be read or did not fit.
    pub misfits: u64,
    /// Edits of pages, rows of pages that were sent whole, and standings of tracked entities.
    pub changes: u64,
}

/// A client of one relay address, as a state machine.
///
/// To run it: carry out every [`Client::poll_transmit`], report what came of it by the `handle_*` functions, take
/// [`Client::poll_event`] and [`Client::poll_answer`] until they are empty, and call [`Client::handle_timeout`] when
/// [`Client::poll_timeout`] is reached. After any command or `handle_*`, poll again.
#[derive(Debug)]
pub struct Client {
    pub(super) config: ClientConfig,
    pub(super) connection: Connection,
    pub(super) replica: Replica,
    pub(super) views: Views,
    pub(super) requests: Requests,
    #[cfg(feature = "meets")]
    pub(super) meets: super::meet::watched::WatchedMeets,
    pub(super) events: Events,
    pub(super) budget: Budget,
    /// Messages to send, before any others.
    pub(super) outbox: VecDeque<Vec<u8>>,
    pub(super) connect: bool,
    pub(super) close: Option<Disconnect>,
    /// Whether the mask may differ from what views and tracked entities want.
    pub(super) mask_dirty: bool,
    pub(super) pace_ms: u32,
    pub(super) pace_sent_ms: u32,
    /// The last error the relay sent outside of answers: a close that follows is because of it.
    pub(super) refused: Option<scorelay_protocol::error::WireError>,
    pub(super) last_tick: Option<Millis>,
    pub(super) stats: Stats,
}

impl Client {
    /// A client that will connect at once. `seed` is a random number; the waits before connecting again follow
    /// from it.
    pub fn new(config: ClientConfig, seed: u64, now: Millis) -> Self {
        let mut client = Self {
            connection: Connection::new(now, seed, config.probes),
            config,
            replica: Replica::new(),
            views: Views::default(),
            requests: Requests::default(),
            #[cfg(feature = "meets")]
            meets: super::meet::watched::WatchedMeets::default(),
            events: Events::default(),
            budget: Budget::new(now),
            outbox: VecDeque::new(),
            connect: false,
            close: None,
            mask_dirty: false,
            pace_ms: 0,
            pace_sent_ms: 0,
            refused: None,
            last_tick: None,
            stats: Stats::default(),
        };
        client.handle_timeout(now);
        client
    }

    /// Watches the ranks `from` to `to` (1-based, both included) of the board of this id, which need not exist yet.
    ///
    /// # Errors
    /// [`CommandError`] when the window is none or too wide.
    pub fn watch_board(&mut self, board: &str, from: u32, to: u32) -> Result<ViewId, CommandError> {
        let view = self.views.insert(board, from, to)?;
        self.mask_dirty = true;
        self.events.views.insert(view);
        Ok(view)
    }

    /// Moves a view's window.
    ///
    /// # Errors
    /// [`CommandError`] when the window is none or too wide, or there is no such view; it is then unchanged.
    pub fn set_window(&mut self, view: ViewId, from: u32, to: u32) -> Result<(), CommandError> {
        if self.views.set_window(view, from, to)? {
            self.mask_dirty = true;
            self.events.views.insert(view);
        }
        Ok(())
    }

    /// Ends a view. One that is ended already is passed over.
    pub fn unwatch(&mut self, view: ViewId) {
        self.mask_dirty |= self.views.remove(view);
        self.events.views.remove(&view);
    }

    /// Follows an entity on every board. One that is followed already is passed over.
    ///
    /// # Errors
    /// [`CommandError::TooManyTracks`].
    pub fn track(&mut self, entity: Entity) -> Result<(), CommandError> {
        if self.replica.tracks.contains(&entity) {
            return Ok(());
        }
        if !self.replica.tracks.has_room() {
            return Err(CommandError::TooManyTracks);
        }
        self.replica.tracks.insert(entity);
        self.mask_dirty = true;
        Ok(())
    }

    /// Follows an entity no longer.
    pub fn untrack(&mut self, entity: &Entity) {
        self.replica.tracks.remove(entity);
        self.events.tracks.remove(entity);
        self.mask_dirty = true;
    }

    /// Asks where an entity stands on a board. While there is no connection the question waits for one. The answer
    /// comes once, from [`Self::poll_answer`].
    pub fn find(&mut self, now: Millis, board: &str, entity: Entity) -> RequestId {
        self.ask(now, Question::Find { board: board.to_owned(), entity })
    }

    /// Asks for up to `rows` rows on each side of an entity on a board; else like [`Self::find`].
    pub fn around(&mut self, now: Millis, board: &str, entity: Entity, rows: u32) -> RequestId {
        self.ask(now, Question::Around { board: board.to_owned(), entity, rows })
    }

    /// Shows what a display link shows of a meet.
    #[cfg(feature = "meets")]
    pub fn watch_meet(
        &mut self,
        meet: scorelay_protocol::meet::ids::MeetId,
        display: scorelay_protocol::meet::secret::Token,
    ) {
        self.meets.insert(meet, display);
        self.reserve_for_meets();
        self.events.meets.insert(meet);
    }

    /// Shows a meet no longer.
    #[cfg(feature = "meets")]
    pub fn unwatch_meet(&mut self, meet: scorelay_protocol::meet::ids::MeetId) {
        self.meets.remove(meet);
        self.reserve_for_meets();
        self.events.meets.remove(&meet);
    }

    #[cfg(feature = "meets")]
    fn reserve_for_meets(&mut self) {
        self.replica.reserved = self.meets.len() * scorelay_protocol::limits::MASK_MEET_FEEDS;
        self.mask_dirty = true;
    }

    /// What is shown of a meet; `None` if it is not watched.
    #[cfg(feature = "meets")]
    pub fn meet(&self, meet: scorelay_protocol::meet::ids::MeetId) -> Option<super::meet::MeetSnapshot> {
        self.meets.snapshot(meet)
    }

    /// Asks the core something about meets; the answer comes once, from [`Self::poll_answer`]. Unlike other questions
    /// it does not outlast the connection: whoever asks knows what to ask on the next one.
    #[cfg(feature = "meets")]
    pub fn ask_meet(&mut self, now: Millis, request: &scorelay_protocol::meet::request::MeetRequest) -> RequestId {
        self.ask(now, Question::Meet(scorelay_protocol::codec::encode(request)))
    }

    fn ask(&mut self, now: Millis, question: Question) -> RequestId {
        let id = self.requests.ask(now, question);
        match self.connection.phase() {
            Phase::Ended => self.requests.disconnected(&Disconnect::Closed, true),
            _ => self.requests.refuse_unknown(&self.replica.directory),
        }
        id
    }

    /// Asks for at most one tick in so many milliseconds, 0 for as fast as it goes; kept over reconnects.
    pub fn pace(&mut self, every_ms: u32) {
        self.pace_ms = every_ms.min(MAX_PACE_MS);
    }

    /// State of the connection.
    pub fn status(&self) -> Status {
        self.connection.status(self.replica.freshness)
    }

    /// What a view shows; `None` if there is no such view.
    pub fn view(&self, view: ViewId) -> Option<ViewSnapshot> {
        self.views.snapshot(view, &self.replica)
    }

    /// What a view shows, without a copy, if its window is complete and kept current by the connection: for whoever
    /// keeps what it was told before, and wants to look only at what differs.
    pub fn level_view(&self, view: ViewId) -> Option<LevelView<'_>> {
        self.views.level(view, &self.replica)
    }

    /// Entities followed, those of the connection's URL among them.
    pub fn tracks(&self) -> impl Iterator<Item = &Entity> {
        self.replica.tracks.entities()
    }

    /// Where a followed entity stands; `None` if it is not followed.
    pub fn tracked(&self, entity: &Entity) -> Option<TrackSnapshot> {
        self.replica.tracks.snapshot(entity, &self.replica.directory)
    }

    /// The boards, in the relay's order, as last heard; `None` before the first time.
    pub fn directory(&self) -> Option<Vec<BoardSummary>> {
        let heard = self.replica.directory.heard();
        heard.then(|| self.replica.directory.list().map(|(_, board)| board).collect())
    }

    /// The relay's epoch and tick that everything complete is as of; kept while offline.
    pub fn position(&self) -> Option<Position> {
        self.replica.position
    }

    /// When the last tick was applied.
    pub fn last_tick(&self) -> Option<Millis> {
        self.last_tick
    }

    /// What went over all connections so far.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The next thing to look at again.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop()
    }

    /// The next answer to a request.
    pub fn poll_answer(&mut self) -> Option<(RequestId, Result<Answer, RequestError>)> {
        self.requests.poll_answer()
    }
}
