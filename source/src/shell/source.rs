//! The handle that programs hold: publish, wait, close. The task that speaks with the core is in `run.rs`.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use scorelay_protocol::error::WireError;
use scorelay_protocol::event::Event;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::address::Address;
use super::file::JournalFile;
use super::run;
use crate::core::{Settings, SourceCore};

/// A source of events. It may be shared; dropped, it ends its link. What was published and is not durable yet stays in
/// the journal, for the next source that opens it.
#[derive(Debug)]
pub struct Source {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// Why an event was not kept, or a source ended.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// An event that the protocol does not allow, by its code `bad-event`. Nothing of what was given was kept.
    #[error("{0}")]
    BadEvent(WireError),
    /// The core does not want this source, and would not the next time.
    #[error("error[{}]: {}", .0.code, .0.message)]
    Refused(WireError),
    /// The journal cannot be written.
    #[error("the journal cannot be written: {0}")]
    Journal(String),
}

/// What handle and task have in common.
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    /// There is more to send.
    pub(super) wake: Notify,
    /// Something about the state is another: events became durable, or the source ended.
    pub(super) changes: watch::Sender<()>,
    started: Instant,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) core: SourceCore,
    journal: JournalFile,
    broken: Option<String>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Shared {
    /// Milliseconds since the source was opened.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The moment so many milliseconds after the source was opened.
    pub(super) fn at(&self, ms: u64) -> Instant {
        self.started + std::time::Duration::from_millis(ms)
    }

    /// Writes the journal anew where that is due, and tells who waits. False where the source has ended.
    pub(super) fn settle(&self, state: &mut State) -> bool {
        if state.broken.is_none()
            && let Some(bytes) = state.core.rewrite()
            && let Err(error) = state.journal.replace(&bytes)
        {
            state.broken = Some(error.to_string());
        }
        self.changes.send_replace(());
        state.check().is_ok()
    }
}

impl State {
    fn check(&self) -> Result<(), SourceError> {
        if let Some(error) = self.core.refused() {
            return Err(SourceError::Refused(error.clone()));
        }
        self.broken.as_ref().map_or(Ok(()), |error| Err(SourceError::Journal(error.clone())))
    }

    fn keep(&mut self, events: Vec<Vec<u8>>) -> Result<u64, SourceError> {
        let appended = self.journal.append(&SourceCore::records(&events));
        appended.map_err(|error| SourceError::Journal(error.to_string()))?;
        Ok(self.core.keep(events))
    }
}

impl Source {
    /// Opens a journal, or makes one, and speaks with the core at `link` from a task of its own. With `sync` every
    /// [`Source::publish_all`] waits until the disk has what it wrote: then not even a power cut loses anything.
    ///
    /// Writes to the journal are short, and are done where they are asked for.
    ///
    /// # Errors
    /// What the file system says; `WouldBlock` where another process has the journal, `InvalidData` where it is none.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub fn open(link: Address, settings: Settings, journal: &Path, sync: bool) -> io::Result<Self> {
        let (journal, kept) = JournalFile::open(journal, rand::random(), sync)?;
        let mut state = State { core: SourceCore::new(settings, kept), journal, broken: None };
        if let Some(bytes) = state.core.rewrite() {
            state.journal.replace(&bytes)?;
        }
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            wake: Notify::new(),
            changes: watch::Sender::new(()),
            started: Instant::now(),
        });
        let task = tokio::spawn(run::run(shared.clone(), link));
        Ok(Self { shared, task })
    }

    /// Keeps one event, and gives its position. As [`Source::publish_all`].
    ///
    /// # Errors
    /// As [`Source::publish_all`].
    pub async fn publish(&self, event: &Event) -> Result<u64, SourceError> {
        self.publish_all(std::slice::from_ref(event)).await
    }

    /// Keeps events, all or none, and gives the position of the last; they are sent as soon as may be. Waits while too
    /// much is kept already ([`Settings::events`], [`Settings::bytes`]); dropped while it waits, it keeps nothing.
    ///
    /// # Errors
    /// [`SourceError`]; nothing was kept then.
    pub async fn publish_all(&self, events: &[Event]) -> Result<u64, SourceError> {
        let events = SourceCore::encode(events).map_err(SourceError::BadEvent)?;
        let mut changes = self.shared.changes.subscribe();
        loop {
            {
                let mut state = self.shared.state.lock();
                state.check()?;
                if state.core.has_room(&events) {
                    let position = state.keep(events)?;
                    self.shared.wake.notify_one();
                    return Ok(position);
                }
            }
            self.changed(&mut changes).await;
        }
    }

    /// Waits until everything that is kept now is durable.
    ///
    /// # Errors
    /// [`SourceError`], where the source has ended.
    pub async fn flush(&self) -> Result<(), SourceError> {
        let kept = self.kept();
        let mut changes = self.shared.changes.subscribe();
        loop {
            {
                let state = self.shared.state.lock();
                state.check()?;
                if state.core.durable() >= kept {
                    return Ok(());
                }
            }
            self.changed(&mut changes).await;
        }
    }

    /// Waits until this source has ended, and gives why. It ends by itself only where it cannot go on.
    pub async fn ended(&self) -> SourceError {
        let mut changes = self.shared.changes.subscribe();
        loop {
            if let Err(error) = self.shared.state.lock().check() {
                return error;
            }
            self.changed(&mut changes).await;
        }
    }

    /// Waits until more is durable than this position, and gives up to where. Never ends where the source has.
    pub async fn durable_after(&self, position: u64) -> u64 {
        let mut changes = self.shared.changes.subscribe();
        loop {
            let durable = self.durable();
            if durable > position {
                return durable;
            }
            self.changed(&mut changes).await;
        }
    }

    /// Position of the last event that is in the journal, 0 for none.
    pub fn kept(&self) -> u64 {
        self.shared.state.lock().core.kept()
    }

    /// Position of the last event that the core has made durable, 0 for none.
    pub fn durable(&self) -> u64 {
        self.shared.state.lock().core.durable()
    }

    /// Whether the core has let it in.
    pub fn is_linked(&self) -> bool {
        self.shared.state.lock().core.is_linked()
    }

    /// Ends the link, and lets go of the journal.
    pub async fn close(mut self) {
        self.task.abort();
        // That it was cancelled is what was wanted.
        let _ = (&mut self.task).await;
    }

    async fn changed(&self, changes: &mut watch::Receiver<()>) {
        // The sender lives as long as this.
        let _ = changes.changed().await;
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.task.abort();
    }
}
