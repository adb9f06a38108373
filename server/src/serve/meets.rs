//! The meets of a core put together: files are read before anything listens, then the threads that write and hash, and
//! the publisher, run until the core lets them go.

use std::path::Path;
use std::time::{Duration, Instant};

use prometheus_client::registry::Registry;
use scorelay_engine::meets::{MeetEffects, Meets};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits::MEETS;
use scorelay_protocol::meet::ids::MeetEpoch;
use scorelay_relay::shell::tasks::Tasks;
use tokio::sync::mpsc;

use crate::config::MeetsConfig;
use crate::core::{MeetParts, unix_now};
use crate::failure::Failure;
use crate::meets::files::{Files, Loaded, MeetStorage};
use crate::meets::key;
use crate::meets::lanes::{Cost, Lanes};
use crate::meets::metrics::MeetMetrics;
use crate::publish::{self, Pace, Target};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Meets as they were found.
pub(super) struct LoadedMeets {
    files: Files,
    meets: (Meets, MeetEffects),
    publish: Target,
    keep: Duration,
}

/// Reads the key and all meets of a data directory that is ours.
///
/// # Errors
/// The key or a file cannot be used.
pub(super) fn load(config: &MeetsConfig, data: &Path) -> Result<LoadedMeets, Failure> {
    let start = Instant::now();
    let key = key::load(&config.key_file, data)?;
    let now = unix_now();
    let Loaded { files, meets, tombstones } = Files::open(data, now)?;
    let found = meets.len();
    let meets = Meets::load(key, MeetEpoch(rand::random()), now, meets, tombstones)?;
    tracing::info!(meets = found, ms = start.elapsed().as_millis() as u64, "meets loaded");
    Ok(LoadedMeets { files, meets, publish: config.publish.clone(), keep: config.keep_days * DAY })
}

/// Starts what works for the meets.
///
/// # Errors
/// The system has no threads to give.
pub(super) fn start(loaded: LoadedMeets, registry: &mut Registry, tasks: &Tasks) -> Result<MeetParts, Failure> {
    let LoadedMeets { files, meets, publish, keep } = loaded;
    let failed = |error: std::io::Error| {
        Failure::new(ErrorCode::CannotListen, format!("cannot start a thread for meets: {error}"))
    };
    let metrics = MeetMetrics::register(registry);
    let (storage, reports) = MeetStorage::start(files, tasks).map_err(failed)?;
    let (lanes, hashed) = Lanes::start(Cost::NEW, tasks).map_err(failed)?;
    let (publisher, publications) = mpsc::unbounded_channel();
    // Never more than are under way; the publisher waits for the core otherwise.
    let (to, tried) = mpsc::channel(MEETS);
    let stop = tasks.shutdown().clone();
    tasks.spawn("publisher", publish::run(publish, Pace::default(), publications, to, stop));
    Ok(MeetParts { meets, storage, reports, lanes, hashed, publisher, tried, keep, metrics })
}
