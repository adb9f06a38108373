//! A load from its first connection to its last: looks around, starts the clients, shows what happens once a second,
//! and ends when its time is over or somebody asks for it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};
use scorelay_client::shell::{Address, Clock, Dialer};
use scorelay_protocol::error::ErrorCode;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::agree::Agreement;
use super::compare::{Asked, Comparer, Roster, unsettled};
use super::crew::{AGENT, Crew};
use super::http::Http;
use super::meters::{Readings, Tallied};
use super::scout::{Ground, scout};
use super::session::Shared;
use super::summary::{Steady, Summary};
use super::{Plan, files};
use crate::failure::Failure;
use crate::sources::tls::{self, Trust};

/// Pings of all clients together, per second: enough for percentiles, next to nothing for a relay.
const PINGS_PER_SECOND: u32 = 100;
/// A client pings no more often than this.
const PING_EVERY: Duration = Duration::from_secs(1);
/// How long comparing may go on after the load's time: 20 seconds decide about a suspect, and some come late.
const LAST_WITHIN: Duration = Duration::from_secs(40);
/// How a process ends that Ctrl-C ends.
const INTERRUPTED: i32 = 130;

/// Whoever shows a load to people. What it returns ends the load, as if it had been asked to stop.
pub trait Show {
    /// A second has passed.
    ///
    /// # Errors
    /// Nobody can be shown anything any more.
    fn second(&mut self, second: &Second) -> io::Result<()>;

    /// Something to be told at once.
    ///
    /// # Errors
    /// Nobody can be shown anything any more.
    fn say(&mut self, text: &str) -> io::Result<()>;

    /// The end; connections are still open.
    ///
    /// # Errors
    /// Nobody can be shown anything any more.
    fn end(&mut self, summary: &Summary) -> io::Result<()>;
}

/// What happened in about a second.
#[derive(Debug, Clone)]
pub struct Second {
    /// Since the first client was started.
    pub at: Duration,
    /// How long it took.
    pub took: Duration,
    /// Clients that there are to be.
    pub wanted: u32,
    /// What was counted in it.
    pub readings: Readings,
    /// What clients have come to so far.
    pub tallied: Tallied,
    /// Rows so far that were compared with another client's.
    pub agreed: u64,
    /// What the relay said over HTTP so far.
    pub asked: Asked,
    /// Processor time of this process in it.
    pub cpu: Duration,
}

/// Makes the load, and shows it.
///
/// # Errors
/// It cannot begin: the URL, the files this process may open, a relay that does not answer, a board that is not there.
/// What happens later is in the summary.
pub fn run(plan: &Plan, show: &mut dyn Show) -> Result<Summary, Failure> {
    let address = plan.url.parse::<Address>().map_err(|error| Failure::config(error.to_string()))?;
    files::allow(plan.clients)?;
    let trust = match &plan.ca_file {
        Some(path) => Trust::read(path).map_err(Failure::config)?,
        None => Trust::web(),
    };
    let tls = tls::client(&trust).map_err(|error| Failure::config(format!("TLS: {error}")))?;
    let http = Http::new(address.origin(), tls.clone());
    let dialer = Dialer::with_tls(address, Arc::new(tls));
    let crew = Crew::start(plan.threads)?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::config(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let load = Load::new(plan, dialer, crew)?;
        load.run(http, show).await
    })
}

struct Load<'a> {
    plan: &'a Plan,
    crew: Crew,
    shared: Arc<Shared>,
    roster: Arc<Roster>,
    asked: Arc<Mutex<Asked>>,
    /// Cancelled by who wants it to end.
    stop: CancellationToken,
}

/// What was counted up to some moment.
struct Mark {
    at: Instant,
    cpu: Duration,
    readings: Readings,
}

impl<'a> Load<'a> {
    fn new(plan: &'a Plan, dialer: Dialer, crew: Crew) -> Result<Self, Failure> {
        let stop = CancellationToken::new();
        let handle = crew.first().clone();
        let _guard = handle.enter();
        let signals = Signals::new().map_err(|error| Failure::config(format!("cannot hear signals: {error}")))?;
        // Beside the clients, since the thread that shows may be held up by a terminal.
        handle.spawn(heed(signals, stop.clone()));
        let shared = Shared {
            dialer,
            clock: Clock::default(),
            tally: Default::default(),
            agreement: Agreement::new().into(),
            ping_every: PING_EVERY.max(Duration::from_secs(1) * plan.clients / PINGS_PER_SECOND),
        };
        Ok(Self { plan, crew, shared: Arc::new(shared), roster: Arc::default(), asked: Arc::default(), stop })
    }

    async fn run(&self, http: Http, show: &mut dyn Show) -> Result<Summary, Failure> {
        let scouting = scout(&self.shared.dialer, &self.plan.url, AGENT, &self.plan.boards);
        let ground = tokio::select! {
            ground = scouting => ground?,
            () = self.stop.cancelled() => {
                let text = "stopped before the first client was started";
                return Err(Failure::new(ErrorCode::Unreachable, text));
            }
        };
        let last = CancellationToken::new();
        let comparer = Comparer::new(http, self.roster.clone(), self.asked.clone()).run(last.clone());
        let mut comparing = self.crew.first().spawn(comparer);

        let begun = self.mark();
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        second.tick().await;
        let mut before = self.mark();
        let mut ramp = Box::pin(self.crew.ramp(self.plan, &ground, &self.shared, &self.roster));
        let mut steady: Option<Mark> = None;
        let mut until: Option<Instant> = None;
        let mut ended: Option<Mark> = None;
        loop {
            tokio::select! {
                () = &mut ramp, if steady.is_none() => {
                    steady = Some(self.mark());
                    until = self.plan.time.and_then(|time| Instant::now().checked_add(time));
                }
                _ = second.tick() => {
                    let now = self.mark();
                    if show.second(&self.second(&begun, &before, &now)).is_err() {
                        break;
                    }
                    before = now;
                }
                () = self.stop.cancelled() => break,
                // The second time, comparing has had its time too.
                () = until_then(until) => {
                    if ended.is_some() {
                        break;
                    }
                    ended = Some(self.mark());
                    until = Instant::now().checked_add(LAST_WITHIN);
                    last.cancel();
                    let text = "time is over; comparing once more what clients hold with what the relay says";
                    if show.say(text).is_err() {
                        break;
                    }
                }
                _ = &mut comparing, if ended.is_some() => break,
            }
        }
        comparing.abort();
        let ended = ended.unwrap_or_else(|| self.mark());
        unsettled(&self.roster, &self.asked);
        let summary = self.summary(&ground, &begun, steady.as_ref(), &ended);
        // Whoever cannot be shown this still gets an exit code.
        let _shown = show.end(&summary);
        self.crew.leave().await;
        Ok(summary)
    }

    fn mark(&self) -> Mark {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let cpu = Duration::new(cpu.tv_sec.unsigned_abs(), u32::try_from(cpu.tv_nsec).unwrap_or(0));
        Mark { at: Instant::now(), cpu, readings: self.crew.read() }
    }

    fn second(&self, begun: &Mark, before: &Mark, now: &Mark) -> Second {
        Second {
            at: now.at - begun.at,
            took: now.at - before.at,
            wanted: self.plan.clients,
            readings: now.readings.since(&before.readings),
            tallied: self.shared.tally.read(),
            agreed: self.shared.agreement.lock().compared(),
            asked: self.asked.lock().clone(),
            cpu: now.cpu.saturating_sub(before.cpu),
        }
    }

    fn summary(&self, ground: &Ground, begun: &Mark, steady: Option<&Mark>, ended: &Mark) -> Summary {
        let from = steady.unwrap_or(begun);
        Summary {
            plan: self.plan.clone(),
            boards: ground.boards.iter().map(|board| board.id.clone()).collect(),
            took: ended.at - begun.at,
            all: self.crew.read(),
            steady: Steady {
                whole: steady.is_some(),
                took: ended.at - from.at,
                readings: ended.readings.since(&from.readings),
                cpu: ended.cpu.saturating_sub(from.cpu),
            },
            tallied: self.shared.tally.read(),
            agreed: self.shared.agreement.lock().compared(),
            asked: self.asked.lock().clone(),
        }
    }
}

/// Waits until then, or for ever.
async fn until_then(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

/// Those that ask a program to stop.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> io::Result<Self> {
        let [interrupt, terminate, hang_up] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        Ok(Self([interrupt?, terminate?, hang_up?]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hang_up] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}

/// The first signal asks to stop, the second ends the process.
async fn heed(mut signals: Signals, stop: CancellationToken) {
    signals.next().await;
    stop.cancel();
    signals.next().await;
    std::process::exit(INTERRUPTED);
}
