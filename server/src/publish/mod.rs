//! Hands results over to where they are published, until that has succeeded, and says of each try what came of it.
//!
//! [`run`] is a task of its own: it takes [`Publication`]s that are on the disk already and reports [`Tried`]. Where
//! they go is a [`Target`]: a folder (`folder.rs`) or issues of a GitLab project (`gitlab/`). Whoever starts the task
//! gives it, after a restart, everything again that has not been handed over: each target looks for what is there
//! before it makes anything. What is published, and when, is decided by `scorelay_engine::meets`.

mod config;
mod folder;
mod gitlab;
mod results;
#[cfg(test)]
mod tests;
mod wait;

pub use config::{Complaint, GitlabConfig, GitlabTable, PublishTable, Target};
pub use wait::Pace;

use std::time::SystemTime;

use scorelay_engine::meets::Publication;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{MeetId, MeetUid};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::gitlab::Gitlab;
use self::wait::Wait;

/// What came of a try to hand results over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Whose.
    pub meet: MeetId,
    /// Which.
    pub number: u32,
    /// Where they are now, or why they are not there yet; they are tried again.
    pub result: Result<String, String>,
}

/// What a target says of one try.
#[derive(Debug)]
enum Outcome {
    /// They are there.
    Done(String),
    /// They are not, and nothing was begun.
    Failed {
        why: String,
        /// How long the server wants to be left alone.
        after: Option<Duration>,
    },
    /// Nobody knows: something was begun, and the answer was lost.
    Unclear(String),
    /// Something may have been begun before this process was started: it is looked for once more after a while.
    Later,
}

impl Outcome {
    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into(), after: None }
    }
}

/// Results on their way.
struct Job {
    publication: Publication,
    wait: Wait,
    due: Instant,
    /// Whether something may have been begun that is not known of.
    resumed: bool,
    /// What was uploaded for it already, as it is linked to.
    attached: Option<String>,
}

impl Job {
    fn key(&self) -> (MeetUid, u32) {
        (self.publication.uid, self.publication.number)
    }
}

/// Hands over what comes by `publications`, until `stop` or until the sender is gone and nothing is left to do. Reports
/// go to `tried`, one for each try.
pub async fn run(
    target: Target,
    pace: Pace,
    mut publications: mpsc::UnboundedReceiver<Publication>,
    tried: mpsc::Sender<Tried>,
    stop: CancellationToken,
) {
    let place = match target {
        Target::Folder(folder) => Place::Folder(folder),
        Target::Gitlab(config) => Place::Gitlab(Gitlab::new(config, pace.request)),
    };
    let mut jobs: Vec<Job> = Vec::new();
    let mut open = true;
    while open || !jobs.is_empty() {
        let next = jobs.iter().map(|job| job.due).min();
        tokio::select! {
            () = stop.cancelled() => return,
            publication = publications.recv(), if open => match publication {
                Some(publication) => take(&mut jobs, publication, pace),
                None => open = false,
            },
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let Some(at) = jobs.iter().position(|job| Some(job.due) == next) else { continue };
                let mut job = jobs.swap_remove(at);
                let outcome = tokio::select! {
                    () = stop.cancelled() => return,
                    outcome = place.hand_over(&mut job) => outcome,
                };
                let Some(result) = settle(job, outcome, &mut jobs) else { continue };
                if tried.send(result).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The same results given twice are handed over once; what came last counts.
fn take(jobs: &mut Vec<Job>, publication: Publication, pace: Pace) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let age = now.saturating_sub(Duration::from_millis(publication.at.0));
    let job =
        Job { resumed: age >= pace.fresh, publication, wait: Wait::new(pace), due: Instant::now(), attached: None };
    match jobs.iter_mut().find(|known| known.key() == job.key()) {
        Some(known) => known.publication = job.publication,
        None => jobs.push(job),
    }
}

/// What is reported of a try; what has not succeeded is put off.
fn settle(mut job: Job, outcome: Outcome, jobs: &mut Vec<Job>) -> Option<Tried> {
    let Publication { meet, number, .. } = job.publication;
    let tried = |result| Some(Tried { meet, number, result });
    let (pause, report) = match outcome {
        Outcome::Done(place) => {
            tracing::info!(%meet, number, place, "results were handed over");
            return tried(Ok(place));
        }
        Outcome::Failed { why, after } => (job.wait.next(after), Some(why)),
        Outcome::Unclear(why) => (job.wait.after_unclear(), Some(why)),
        Outcome::Later => {
            job.resumed = false;
            (job.wait.after_unclear(), None)
        }
    };
    if let Some(why) = &report {
        let again_in_ms = pause.as_millis() as u64;
        tracing::warn!(%meet, number, why, again_in_ms, "results could not be handed over");
    }
    job.due = Instant::now() + pause;
    jobs.push(job);
    report.and_then(|why| tried(Err(why)))
}

/// A target in use.
enum Place {
    Folder(std::path::PathBuf),
    Gitlab(Gitlab),
}

impl Place {
    async fn hand_over(&self, job: &mut Job) -> Outcome {
        match self {
            Self::Folder(folder) => {
                let (folder, publication) = (folder.clone(), job.publication.clone());
                let put = tokio::task::spawn_blocking(move || folder::put(&folder, &publication)).await;
                match put {
                    Ok(Ok(file)) => Outcome::Done(file.display().to_string()),
                    Ok(Err(why)) => Outcome::failed(why),
                    Err(error) => Outcome::failed(error.to_string()),
                }
            }
            Self::Gitlab(gitlab) => gitlab.hand_over(job).await,
        }
    }
}

/// What a publication is found by, wherever it is.
fn mark(publication: &Publication) -> String {
    format!("{}/{}", publication.uid, publication.number)
}

/// The moment so long before another.
fn before(at: UnixMillis, by: Duration) -> UnixMillis {
    UnixMillis(at.0.saturating_sub(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
}
