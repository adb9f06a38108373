//! What the commands have in common: the state file, the connection, and waiting for something to come about.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use scorelay_client::core::meet::{Command, DeskEvent, DeskState, Done};
use scorelay_client::shell::ConnectOptions;
use scorelay_client::shell::meet::{MeetRun, StateFileError};
use scorelay_protocol::error::ErrorCode;
use tokio::time::Instant;

use super::output;
use crate::failure::Failure;

/// A desk's file.
#[derive(Debug, Args)]
pub(super) struct File {
    /// The desk's state file; it holds the session, so keep it to yourself.
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
}

/// A desk with its relay.
#[derive(Debug, Args)]
pub(super) struct Online {
    /// The relay, like http://127.0.0.1:7420.
    url: String,
    #[command(flatten)]
    file: File,
    /// Give up after so many seconds.
    #[arg(long, value_name = "N", default_value_t = 30)]
    seconds: u64,
}

impl File {
    /// The desk that it holds.
    pub(super) fn open(&self) -> Result<MeetRun, Failure> {
        // None is made where somebody mistyped its name.
        let run = if self.state.exists() { Some(MeetRun::open(&self.state).map_err(unusable)?) } else { None };
        run.filter(|run| run.desk().meet().is_some()).ok_or_else(|| {
            let text = format!("{} holds no meet; create or join one", self.state.display());
            Failure::new(ErrorCode::BadStateFile, text)
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.state
    }
}

impl Online {
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(Duration::from_secs(self.seconds))
    }

    /// Opens the desk of the file, connects it, and does this with it.
    pub(super) fn with<T>(&self, work: impl AsyncFnOnce(&mut MeetRun) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut run = self.file.open()?;
        self.run(&mut run, work)
    }

    /// Connects a desk and does this with it.
    pub(super) fn run<T>(
        &self,
        run: &mut MeetRun,
        work: impl AsyncFnOnce(&mut MeetRun) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        run.keep().map_err(unusable)?;
        let agent = concat!("scorelay-meet/", env!("CARGO_PKG_VERSION")).to_owned();
        let options = ConnectOptions { url: self.url.clone(), agent };
        on_runtime(async {
            run.connect(options).map_err(|error| Failure::config(error.to_string()))?;
            work(run).await
        })
    }

    /// Brings the desk level, lets it ask this, and gives the answer.
    pub(super) fn command(&self, command: Command) -> Result<Done, Failure> {
        self.with(async |run| {
            let deadline = self.deadline();
            let asked = run.command(command);
            wait(run, deadline, |_, event| match event {
                Some(DeskEvent::Answer(no, answer)) if *no == asked => Some(answer.clone().map_err(Failure::from)),
                _ => None,
            })
            .await
        })
    }
}

/// Runs this to its end; what it left behind has a second to go away.
pub(super) fn on_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::config(format!("cannot start: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// A state file that cannot be used.
pub(super) fn unusable(error: StateFileError) -> Failure {
    Failure::new(ErrorCode::BadStateFile, error.to_string())
}

/// Runs the desk until `done` says so, which is asked at once and after every event.
pub(super) async fn wait<T>(
    run: &mut MeetRun,
    deadline: Option<Instant>,
    mut done: impl FnMut(&mut MeetRun, Option<&DeskEvent>) -> Option<Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut event = None;
    loop {
        if let Some(result) = done(run, event.as_ref()) {
            run.keep().map_err(unusable)?;
            return result;
        }
        event = tokio::select! {
            event = run.event() => Some(event.map_err(unusable)?),
            () = until(deadline) => return Err(too_late(run)),
        };
    }
}

pub(super) async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Why nothing came of it in time.
fn too_late(run: &MeetRun) -> Failure {
    let code = match run.desk().state() {
        DeskState::Offline { why: Some(why) } => return why.into(),
        DeskState::LoggedOut(_) => ErrorCode::BadSession,
        _ => ErrorCode::CoreAway,
    };
    Failure::new(code, format!("{}; nothing came of it in time", output::waiting(run)))
}

/// Whether all that was known when it was asked is sent and settled, or why that cannot be.
pub(super) fn settled(run: &MeetRun) -> Option<Result<(), Failure>> {
    let desk = run.desk();
    match desk.state() {
        DeskState::Live if desk.pending() == 0 => Some(Ok(())),
        DeskState::Live => match desk.held_up() {
            Some(why) if !why.code.retryable() => Some(Err(why.clone().into())),
            _ => None,
        },
        state => logged_out(&state).map(Err),
    }
}

/// The failure that a desk without a session ends with.
pub(super) fn logged_out(state: &DeskState) -> Option<Failure> {
    match state {
        DeskState::LoggedOut(why) => Some(output::logged_out(why)),
        DeskState::NotJoined => Some(Failure::new(ErrorCode::BadSession, "this desk is in no meet; join it again")),
        DeskState::Closed => Some(Failure::new(ErrorCode::BadStateFile, "the state file could not be written")),
        _ => None,
    }
}
