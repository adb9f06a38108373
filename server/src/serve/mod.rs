//! A core put together: the store is loaded, then everything is bound, then storage, core, sources, links and the
//! embedded relay run until a signal, a panic or a store that fails. What each of them does stands in its own folder;
//! here is only the order in which they start and end.

mod announce;
mod meets;
mod run;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scorelay_engine::{Engine, Stored};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::ids::CoreEpoch;
use scorelay_protocol::limits;
use scorelay_relay::shell::signals::Signals;
use scorelay_relay::shell::tasks::Tasks;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::failure::Failure;
use crate::store::{DirLock, Store};

/// Everything that was read from the data directory.
struct Loaded {
    store: Store,
    engine: Engine,
    stored: Stored,
    meets: Option<meets::LoadedMeets>,
}

/// Serves until a signal or a failure, and ends in order.
///
/// # Errors
/// What could not be started, or what failed while it ran. A part that panicked or did not end in time is named in the
/// log and makes the exit code.
pub(crate) fn serve(config: Config) -> Result<ExitCode, Failure> {
    let loaded = load(&config)?;
    let failed = |error: std::io::Error| Failure::new(ErrorCode::CannotListen, format!("cannot start: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    let ended = runtime.block_on(async {
        let signals = Signals::hear().map_err(failed)?;
        let shutdown = CancellationToken::new();
        tokio::spawn(signals.cancel(shutdown.clone()));
        run::run(config, loaded, shutdown).await
    });
    // Tasks that did not end have been named; they are not waited for a second time.
    runtime.shutdown_background();
    ended
}

/// Reads everything into memory before anything listens.
fn load(config: &Config) -> Result<Loaded, Failure> {
    let start = std::time::Instant::now();
    let store = Store::open(DirLock::take(&config.data)?)?;
    let stored = store.stored()?;
    let core = CoreEpoch(rand::random());
    let (mut engine, report) = store.engine(&config.boards, stored.clone(), core, &mut rand::random)?;
    for news in report {
        tracing::info!("{news}");
    }
    engine.set_erasure_key(store.erasure_key()?);
    engine.set_emote_words(config.emotes.clone());
    let rows: u64 = engine.boards().boards().map(|(_, board)| u64::from(board.rows().len())).sum();
    tracing::info!(rows, ms = start.elapsed().as_millis() as u64, "boards loaded");
    let meets = config.meets.as_ref().map(|meets| meets::load(meets, &config.data)).transpose()?;
    Ok(Loaded { store, engine, stored, meets })
}

/// The first failure of a part, kept for the end of the process.
#[derive(Debug, Clone, Default)]
struct FirstFailure(Arc<Mutex<Option<Failure>>>);

impl FirstFailure {
    fn set(&self, failure: Failure) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    fn take(&self) -> Option<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Waits until all have ended, for a bounded time, and says in the log what did not go well.
async fn join(tasks: &Tasks) -> bool {
    let late = tasks.ended(Duration::from_millis(limits::SHUTDOWN_MS)).await.err().unwrap_or_default();
    let panicked = tasks.panicked();
    for task in &panicked {
        tracing::error!(%task, "a task panicked");
    }
    for task in &late {
        tracing::error!(%task, "a task did not end in time");
    }
    late.is_empty() && panicked.is_empty()
}
