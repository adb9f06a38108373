//! Display links, and `scorelay meet watch-display`, which prints what one shows.
//!
//! A link's token stands behind `#`, so that browsers do not send it to any server.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use scorelay_client::core::Event;
use scorelay_client::core::meet::MeetSnapshot;
use scorelay_client::core::meet::display::MeetDisplay;
use scorelay_client::shell::{ConnectOptions, connect};
use scorelay_meets::json::state_to_json;
use scorelay_meets::state::MeetState;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path};
use scorelay_protocol::meet::request::Session;
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
    let token = URL_SAFE_NO_PAD.encode(token.0);
    format!("{}/overlay?meet={}#{token}", url.trim_end_matches('/'), meet.digits())
}

/// The relay, the meet and the token of a link; how it is to be shown is of no account.
fn address(link: &str) -> Option<(&str, Session)> {
    let (address, token) = link.trim().split_once('#')?;
    let (url, query) = address.split_once("/overlay?")?;
    let meet = query.split('&').find_map(|part| part.strip_prefix("meet="))?;
    let token = URL_SAFE_NO_PAD.decode(token).ok()?;
    Some((url, Session { meet: meet.parse().ok()?, token: Token(token.try_into().ok()?) }))
}

impl WatchDisplayArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let bad = || Failure::new(ErrorCode::BadSession, "this is not a display link");
        let (url, session) = address(&self.link).ok_or_else(bad)?;
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
    let (sender, mut receiver) = connected;
    sender.watch_meet(session.meet, session.token);
    let mut shown: Option<MeetDisplay> = None;
    while let Some(event) = receiver.recv().await {
        if let Event::Refused(why) = event {
            return Err(why.into());
        }
        let Some(MeetSnapshot { display, held, gone }) = receiver.state().meet(session.meet) else { continue };
        if let Some(why) = gone {
            return Err(why.into());
        }
        if !held && display.is_known() {
            print(shown.as_ref(), &display)?;
            shown = Some(display);
        }
    }
    Ok(())
}

/// Prints everything at first, and then what changed.
fn print(before: Option<&MeetDisplay>, now: &MeetDisplay) -> Result<(), Failure> {
    let (state, finished) = (now.state(), now.is_finished());
    let Some(before) = before else {
        return output::print(&json!({"everything": state_to_json(state), "finished": finished}));
    };
    changed(before.state(), state)
        .into_iter()
        .try_for_each(|path| output::print(&edits::change(path, &state.get(path))))?;
    if finished != before.is_finished() {
        output::print(&json!({"finished": finished}))?;
    }
    Ok(())
}

/// The paths that hold another value than before. An entry that was there before is not named whole.
fn changed(before: &MeetState, now: &MeetState) -> BTreeSet<Path> {
    let all = before.all().chain(now.all()).map(|(path, _)| path);
    let parts = all.flat_map(|path| match path {
        Path::Entry(no) if before.entry(no).is_some() && now.entry(no).is_some() => parts(no),
        path => vec![path],
    });
    parts.filter(|path| before.get(*path) != now.get(*path)).collect()
}

fn parts(entry: EntryNo) -> Vec<Path> {
    let leaves = EntryLeaf::ALL.iter().map(|leaf| Path::EntryLeaf(entry, *leaf));
    let attempts =
        Lift::ALL.into_iter().flat_map(|lift| AttemptNo::all().map(move |no| Path::Attempt(entry, lift, no)));
    leaves.chain(attempts).collect()
}
