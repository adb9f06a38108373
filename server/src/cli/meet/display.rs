//! Display links, and `scorelay meet watch-display`, which prints what one shows.
//!
//! A link's token stands behind `#`, so that browsers do not send it to any server.

use std::time::Duration;

use clap::Args;
use scorelay_client::core::RequestError;
use scorelay_client::core::meet::display::MeetDisplay;
use scorelay_client::shell::{ConnectOptions, connect};
use scorelay_meets::json::state_to_json;
use scorelay_protocol::codec;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChanges};
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::request::{MeetRequest, Session};
use scorelay_protocol::meet::secret::Token;
use serde_json::json;
use tokio::time::Instant;

use super::desk::{on_runtime, until};
use super::{edits, output};
use crate::failure::Failure;

/// Which link.
#[derive(Debug, Args)]
pub(super) struct WatchDisplayArgs {
    /// The link, as `display` prints it.
    link: String,
    /// Stop after so many seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

/// The link to what displays see of a meet.
pub(super) fn link(url: &str, meet: MeetId, token: Token) -> String {
    let token: String = token.0.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}/overlay/{}#{token}", url.trim_end_matches('/'), meet.digits())
}

/// The relay, the meet and the token of a link.
fn parts(link: &str) -> Option<(&str, Session)> {
    let (address, token) = link.trim().split_once('#')?;
    let (url, meet) = address.rsplit_once("/overlay/")?;
    let mut bytes = [0; 32];
    if token.len() != 64 || !token.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&token[2 * at..2 * at + 2], 16).ok()?;
    }
    Some((url, Session { meet: meet.parse().ok()?, token: Token(bytes) }))
}

impl WatchDisplayArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let bad = || Failure::new(ErrorCode::BadSession, "this is not a display link");
        let (url, session) = parts(&self.link).ok_or_else(bad)?;
        on_runtime(async {
            let end = self.seconds.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
            tokio::select! {
                ended = watch(url, session) => ended,
                () = until(end) => Ok(()),
                asked = tokio::signal::ctrl_c() => asked.map_err(|error| Failure::config(error.to_string())),
            }
        })
    }
}

async fn watch(url: &str, session: Session) -> Result<(), Failure> {
    let connected = connect(ConnectOptions::new(url)).map_err(|error| Failure::config(error.to_string()))?;
    let (sender, _receiver) = connected;
    let mut display = MeetDisplay::new();
    let (mut have, mut from, mut finished_before) = (None, None, false);
    // Whether all that is held came in parts, and what changed meanwhile has not come yet.
    let mut parted = false;
    let mut pause = Duration::from_millis(250);
    loop {
        let wait = from.is_none() && !parted;
        let request = MeetRequest::Public { session, have: have.filter(|_| from.is_none()), from, wait };
        let changes = match sender.meet(request).await {
            Ok(MeetAnswer::Public(changes)) => changes,
            Ok(_) => return Err(Failure::new(ErrorCode::CoreAway, "the core answered another question")),
            Err(error) if error.retryable() => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(10));
                continue;
            }
            Err(RequestError::Refused(why)) => return Err(why.into()),
            Err(error) => return Err(Failure::new(ErrorCode::CoreAway, error.to_string())),
        };
        pause = Duration::from_millis(250);
        let PublicChanges { at, reset, finished, changes, next } = changes;
        let paths = display.apply(reset, finished, &codec::encode(&changes));
        let paths = paths.map_err(|error| Failure::new(ErrorCode::CoreAway, error.to_string()))?;
        if from.is_none() {
            have = Some(at);
        }
        let rest = from.is_some();
        from = next;
        if from.is_some() || rest {
            parted = true;
        } else if reset || std::mem::take(&mut parted) {
            output::print(&json!({"everything": state_to_json(display.state()), "finished": finished}))?;
        } else {
            paths.into_iter().try_for_each(|path| output::print(&edits::change(path, &display.state().get(path))))?;
            if finished != finished_before {
                output::print(&json!({"finished": finished}))?;
            }
        }
        finished_before = finished;
    }
}
