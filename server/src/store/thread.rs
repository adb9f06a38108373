//! The storage thread: takes commits one after the other, makes each durable, and says so. The engine never waits for
//! it. After a failed write it takes nothing more, as what the disk holds is then unknown until the next start.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use scorelay_engine::Commit;
use scorelay_relay::shell::tasks::Tasks;
use tokio::sync::mpsc as async_mpsc;

use super::{Store, StoreError};

/// What became of one commit, in the order in which they were given.
pub(crate) type Report = Result<Stored, StoreError>;

/// A commit that is durable.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The commit.
    pub(crate) commit: Commit,
    /// How long it took.
    pub(crate) took: Duration,
}

/// The way to the thread. Dropping it closes the store and ends the thread.
#[derive(Debug)]
pub(crate) struct Storage {
    commits: mpsc::Sender<Commit>,
}

impl Storage {
    /// Starts the thread; its reports come out of the receiver, which ends after the store is closed.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the system has no thread to give.
    pub(crate) fn start(
        store: Store,
        tasks: &Tasks,
    ) -> Result<(Self, async_mpsc::UnboundedReceiver<Report>), StoreError> {
        let (commits, from) = mpsc::channel();
        let (to, reports) = async_mpsc::unbounded_channel();
        tasks
            .thread("storage", move || run(store, &from, &to))
            .map_err(|error| StoreError::Failed(format!("no thread for it: {error}")))?;
        Ok((Self { commits }, reports))
    }

    /// Gives the thread a commit. Where the thread has ended, its last report says why.
    pub(crate) fn commit(&self, commit: Commit) {
        let _ = self.commits.send(commit);
    }
}

fn run(mut store: Store, commits: &mpsc::Receiver<Commit>, reports: &async_mpsc::UnboundedSender<Report>) {
    while let Ok(commit) = commits.recv() {
        let start = Instant::now();
        let report = store.commit(&commit).map(|()| Stored { commit, took: start.elapsed() });
        let failed = report.is_err();
        // Where nobody listens any more, the core is gone and will not be told.
        let _ = reports.send(report);
        if failed {
            return;
        }
    }
    if let Err(error) = store.close() {
        let _ = reports.send(Err(error));
    }
}
