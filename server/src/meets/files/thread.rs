//! The thread that writes meets' files: takes writes in order, does all that wait, syncs each file that it touched
//! once, and then says so of all of them. After a failure it takes nothing more, as what the disk holds is then unknown
//! until the next start.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use scorelay_engine::meets::{Note, Write, WriteNo};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::MEET_COMMIT_MS;
use scorelay_relay::shell::tasks::Tasks;
use tokio::sync::mpsc as async_mpsc;

use super::write::Wrote;
use super::{Counts, Files, FilesError, diag};

/// What became of one run of writes, in the order in which they were given.
pub(crate) type Report = Result<Done, FilesError>;

/// Writes that were done, or found no space.
#[derive(Debug)]
pub(crate) struct Done {
    /// What became of each.
    pub(crate) writes: Vec<(WriteNo, Outcome)>,
    /// What that took on the disk.
    pub(crate) counts: Counts,
    /// How long it took.
    pub(crate) took: Duration,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is durable.
    Written,
    /// Nothing of it is there: the disk is full.
    NoSpace,
}

#[derive(Debug)]
enum Order {
    Write(Write),
    Note(UnixMillis, Note),
}

/// The way to the thread. Dropping it ends the thread, once all is written.
#[derive(Debug)]
pub(crate) struct MeetStorage {
    orders: mpsc::Sender<Order>,
}

impl MeetStorage {
    /// Starts the thread; its reports come out of the receiver, which ends with it.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(crate) fn start(files: Files, tasks: &Tasks) -> std::io::Result<(Self, async_mpsc::UnboundedReceiver<Report>)> {
        let (orders, from) = mpsc::channel();
        let (to, reports) = async_mpsc::unbounded_channel();
        tasks.thread("meet files", move || run(files, &from, &to))?;
        Ok((Self { orders }, reports))
    }

    /// Gives the thread a write. Where the thread has ended, its last report says why.
    pub(crate) fn write(&self, write: Write) {
        let _ = self.orders.send(Order::Write(write));
    }

    /// Has something noted in a `diag.log`, after the writes before it.
    pub(crate) fn note(&self, at: UnixMillis, note: Note) {
        let _ = self.orders.send(Order::Note(at, note));
    }
}

fn run(mut files: Files, orders: &mpsc::Receiver<Order>, reports: &async_mpsc::UnboundedSender<Report>) {
    while let Ok(first) = orders.recv() {
        let start = Instant::now();
        let report = together(&mut files, first, orders, start);
        let failed = report.is_err();
        if !matches!(&report, Ok(done) if done.writes.is_empty()) {
            // Where nobody listens any more, the core is gone and will not be told.
            let _ = reports.send(report);
        }
        if failed {
            return;
        }
    }
}

/// Does `first` and what waits behind it. Nothing is waited for: while these are synced, the next ones gather.
fn together(files: &mut Files, first: Order, orders: &mpsc::Receiver<Order>, start: Instant) -> Report {
    let mut writes = Vec::new();
    let mut next = Some(first);
    while let Some(order) = next {
        match order {
            Order::Write(write) => {
                let outcome = match files.write(&write)? {
                    Wrote::Done => Outcome::Written,
                    Wrote::NoSpace => Outcome::NoSpace,
                };
                writes.push((write.no, outcome));
            }
            Order::Note(at, note) => files.note(at, &note),
        }
        let more = start.elapsed() < Duration::from_millis(MEET_COMMIT_MS);
        next = if more { orders.try_recv().ok() } else { None };
    }
    files.sync()?;
    Ok(Done { writes, counts: files.counts(), took: start.elapsed() })
}

impl Files {
    fn note(&self, at: UnixMillis, note: &Note) {
        let folder = note.meet.and_then(|meet| self.folder(meet).ok());
        diag::note(folder.as_ref().unwrap_or(&self.dir), at, &note.text);
    }
}
