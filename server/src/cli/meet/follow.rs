//! `scorelay meet follow`: what changes, as JSON lines, for as long as somebody reads them.

use std::time::Duration;

use clap::Args;
use scorelay_client::core::meet::{Changed, DeskEvent};
use scorelay_client::shell::meet::MeetRun;
use serde_json::json;
use tokio::time::Instant;

use super::desk::{File, on_runtime, until, unusable};
use super::{edits, output};
use crate::failure::Failure;

/// What to follow.
#[derive(Debug, Args)]
pub(super) struct FollowArgs {
    /// The relay, like http://127.0.0.1:7420.
    url: String,
    #[command(flatten)]
    file: File,
    /// Stop after so many seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

impl FollowArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut run = self.file.open()?;
        on_runtime(async {
            let options = scorelay_client::shell::ConnectOptions::new(self.url.as_str());
            run.connect(options).map_err(|error| Failure::config(error.to_string()))?;
            let end = self.seconds.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
            loop {
                tokio::select! {
                    event = run.event() => tell(&run, event.map_err(unusable)?)?,
                    () = until(end) => return Ok(()),
                    asked = tokio::signal::ctrl_c() => {
                        return asked.map_err(|error| Failure::config(error.to_string()));
                    }
                }
            }
        })
    }
}

fn tell(run: &MeetRun, event: DeskEvent) -> Result<(), Failure> {
    let desk = run.desk();
    match event {
        DeskEvent::State => output::print(&json!({
            "state": output::state(&desk.state()),
            "line": desk.log().head().0,
            "finished": desk.is_finished(),
        })),
        DeskEvent::Pending => {
            let held_up = desk.held_up().map(|why| why.code.name());
            output::print(&json!({"pending": desk.pending(), "heldUp": held_up}))
        }
        DeskEvent::Overruled => {
            let list: Vec<_> = desk.overruled().iter().map(output::overruled).collect();
            output::print(&json!({"overruled": list}))
        }
        DeskEvent::LogHalfFull => output::print(&json!({"logBytes": desk.log_bytes()})),
        DeskEvent::Shown(Changed::Paths(paths)) => {
            let shown = desk.shown();
            paths.into_iter().try_for_each(|path| output::print(&edits::change(path, &shown.get(path))))
        }
        DeskEvent::Shown(Changed::Everything) => {
            output::print(&json!({"everything": scorelay_meets::json::state_to_json(&desk.shown())}))
        }
        DeskEvent::NotOpened(_) | DeskEvent::Answer(..) => Ok(()),
    }
}
