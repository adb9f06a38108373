//! `scorelay watch`: a live board in the terminal, or as one JSON object per update.
//!
//! It follows one client until it is told to stop. What counts as an update is in `update`, how it looks in `screen`
//! and `json`; connecting and staying connected is the client's affair.

mod json;
mod output;
mod screen;
mod update;

use std::io;
use std::num::NonZeroU64;
use std::time::Duration;

use clap::Args;
use futures_util::FutureExt;
use scorelay_client::core::{Disconnect, Event, Presence, Status, ViewId};
use scorelay_client::shell::{ConnectOptions, Receiver, Sender, connect};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior};

use crate::failure::Failure;
use output::Output;
use update::Updates;

/// How often the ages on the screen are drawn anew.
const REDRAW: Duration = Duration::from_secs(1);

/// What to watch, and how to show it.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// The relay, like http://127.0.0.1:7420.
    url: String,
    /// The board's id.
    #[arg(long, value_name = "ID")]
    board: String,
    /// First rank, from 1.
    #[arg(long, value_name = "N", default_value_t = 1)]
    from: u32,
    /// Last rank, this one included.
    #[arg(long, value_name = "M", default_value_t = 20)]
    to: u32,
    /// Follow this entity too, like twitch:1234, wherever it stands; repeatable.
    #[arg(long = "track", value_name = "ENTITY")]
    tracks: Vec<Entity>,
    /// Print one JSON object per update.
    #[arg(long)]
    json: bool,
    /// Wait for a board that does not exist yet.
    #[arg(long)]
    wait: bool,
    /// Stop after so many updates.
    #[arg(long, value_name = "N")]
    count: Option<NonZeroU64>,
    /// Stop after so many seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

/// Watches until a signal, the end of `--count` or `--seconds`, or the reader of its output goes away.
///
/// # Errors
/// A URL, window or entity that cannot be; a board that does not exist (without `--wait`); fewer updates than `--count`
/// within `--seconds`; output that cannot be written.
pub fn run(args: WatchArgs) -> Result<(), Failure> {
    // Output may block for long; the client runs on a thread of its own meanwhile.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::config(format!("cannot start: {error}")))?;
    let result = runtime.block_on(watch(&args));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match result {
        Err(Ended::Failed(failure)) => Err(failure),
        Err(Ended::Output(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(ErrorCode::StoreFailed, format!("cannot write the output: {error}")))
        }
        Ok(()) | Err(Ended::Output(_)) => Ok(()),
    }
}

/// Why watching ended early.
enum Ended {
    Failed(Failure),
    Output(io::Error),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

async fn watch(args: &WatchArgs) -> Result<(), Ended> {
    let agent = concat!("scorelay-watch/", env!("CARGO_PKG_VERSION")).to_owned();
    let options = ConnectOptions { url: args.url.clone(), agent };
    let (sender, receiver) = connect(options).map_err(|error| Failure::config(error.to_string()))?;
    let window = sender.watch_board(&args.board, args.from, args.to);
    let view = window.map_err(|error| Failure::new(ErrorCode::BadRange, format!("--from and --to: {error}")))?;
    for entity in &args.tracks {
        let tracked = sender.track(entity.clone());
        tracked.map_err(|error| Failure::new(ErrorCode::MaskFull, format!("--track: {error}")))?;
    }
    let signals = Signals::new()?;
    let output = Output::open(args.json)?;
    let mut watch = Watch { args, sender, view, output, updates: Updates::default(), shown: 0, complained: None };
    let result = watch.follow(receiver, signals).await;
    watch.output.close();
    result
}

struct Watch<'a> {
    args: &'a WatchArgs,
    sender: Sender,
    view: ViewId,
    output: Output,
    updates: Updates,
    /// Updates shown so far.
    shown: u64,
    /// The reason for being offline that was told last.
    complained: Option<Disconnect>,
}

impl Watch<'_> {
    async fn follow(&mut self, mut receiver: Receiver, mut signals: Signals) -> Result<(), Ended> {
        let end = self.args.seconds.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
        let mut redraw = tokio::time::interval(REDRAW);
        redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_enough() {
            tokio::select! {
                event = receiver.recv() => {
                    let Some(event) = event else { return Ok(()) };
                    self.note(event);
                    // One update for all that came together.
                    while let Some(Some(event)) = receiver.recv().now_or_never() {
                        self.note(event);
                    }
                    self.update()?;
                }
                _ = redraw.tick() => self.redraw()?,
                Some(()) = signals.resizes.recv() => self.redraw()?,
                () = asked_to_stop(&mut signals.stops) => return Ok(()),
                () = until(end) => return self.time_is_up(),
            }
        }
        Ok(())
    }

    fn is_enough(&self) -> bool {
        self.args.count.is_some_and(|count| self.shown >= count.get())
    }

    fn time_is_up(&self) -> Result<(), Ended> {
        match self.args.count {
            None => Ok(()),
            Some(count) => {
                let text = format!("{} of {count} updates came within the time given", self.shown);
                Err(Failure::new(ErrorCode::TooSlow, text).into())
            }
        }
    }

    fn note(&self, event: Event) {
        if let Event::Refused(error) = event {
            tracing::warn!(%error, "refused by the relay");
        }
    }

    fn update(&mut self) -> Result<(), Ended> {
        let state = self.sender.state();
        let status = state.status();
        let Some(view) = state.view(self.view) else { return Ok(()) };
        if view.presence == Presence::Absent && !self.args.wait && self.updates.last().is_none() {
            return Err(self.unknown_board().into());
        }
        let tracks: Vec<_> = self.args.tracks.iter().filter_map(|entity| state.tracked(entity)).collect();
        let live = matches!(status, Status::Live { .. });
        if let Some(update) = self.updates.take(&view, &tracks, live) {
            self.shown += 1;
            self.output.update(update)?;
        }
        self.complain(&status);
        self.redraw()
    }

    /// Where no screen shows the state, standard error tells why nothing comes.
    fn complain(&mut self, status: &Status) {
        match status {
            Status::Offline { reason, .. } if self.complained.as_ref() != Some(reason) => {
                self.complained = Some(reason.clone());
                if !self.output.is_screen() {
                    eprintln!("{reason}; trying again");
                }
            }
            Status::Live { .. } => self.complained = None,
            _ => {}
        }
    }

    fn redraw(&mut self) -> Result<(), Ended> {
        let state = self.sender.state();
        let frame = screen::Frame {
            board: &self.args.board,
            update: self.updates.last(),
            status: state.status(),
            now: state.now(),
            last_tick: state.last_tick(),
        };
        Ok(self.output.redraw(&frame)?)
    }

    fn unknown_board(&self) -> Failure {
        let boards = self.sender.state().directory().unwrap_or_default();
        let ids: Vec<_> = boards.into_iter().map(|board| screen::clean(&board.id)).collect();
        let there = if ids.is_empty() { "there are none".to_owned() } else { format!("there are {}", ids.join(", ")) };
        let text = format!("no board has the id {:?}; {there}; --wait waits for it", self.args.board);
        Failure::new(ErrorCode::NoSuchBoard, text)
    }
}

/// Waits until then, or for ever.
async fn until(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

/// The signals that matter to a program on a terminal.
struct Signals {
    stops: [Signal; 3],
    resizes: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let stops = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hang_up] = stops.map(signal);
        Ok(Self { stops: [interrupt?, terminate?, hang_up?], resizes: signal(SignalKind::window_change())? })
    }
}

/// Waits until someone asks to stop.
async fn asked_to_stop([interrupt, terminate, hang_up]: &mut [Signal; 3]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}
