//! How a desk looks as JSON and in words.

use std::io::{self, Write};

use scorelay_client::core::Status;
use scorelay_client::core::meet::{DeskState, LoggedOut, Restoring};
use scorelay_client::shell::meet::MeetRun;
use scorelay_meets::desk::{Overruled, Why};
use scorelay_meets::json::value_to_json;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::line::Rejection;
use serde_json::{Value as Json, json};

use crate::failure::Failure;

/// Prints one JSON value on a line; a reader that went away ends the program as it does others.
pub(super) fn print(json: &Json) -> Result<(), Failure> {
    let mut to = io::stdout().lock();
    match writeln!(to, "{json}").and_then(|()| to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(ErrorCode::StoreFailed, format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The desk in a few words for programs.
pub(super) fn summary(run: &MeetRun) -> Json {
    let desk = run.desk();
    json!({
        "meet": desk.meet().map(|meet| meet.to_string()),
        "state": state(&desk.state()),
        "line": desk.log().head().0,
        "finished": desk.is_finished(),
        "pending": desk.pending(),
        "heldUp": desk.held_up().map(|why| why.code.name()),
        "overruled": desk.overruled().iter().map(overruled).collect::<Vec<_>>(),
    })
}

/// A state's name.
pub(super) fn state(state: &DeskState) -> &'static str {
    match state {
        DeskState::NotJoined => "not-joined",
        DeskState::Opening => "opening",
        DeskState::Offline { .. } => "offline",
        DeskState::Resyncing => "resyncing",
        DeskState::Live => "live",
        DeskState::Recovering { .. } => "recovering",
        DeskState::Restoring(Restoring::Claiming | Restoring::Uploading { .. }) => "restoring",
        DeskState::LoggedOut(_) => "logged-out",
        DeskState::Closed => "closed",
    }
}

/// A change that does not stand, and why.
pub(super) fn overruled(overruled: &Overruled) -> Json {
    let (why, by) = match overruled.why {
        Why::By(seq) => ("overruled", Some(seq.0)),
        Why::Rejected(rejection) => match rejection {
            Rejection::Conflict { winner } => ("conflict", Some(winner.0)),
            Rejection::NoSuchEntry => ("no-such-entry", None),
            Rejection::EntryExists => ("entry-exists", None),
            Rejection::NotYourBlock => ("not-your-block", None),
            Rejection::NotDriver => ("not-driver", None),
            Rejection::Late => ("late", None),
        },
    };
    json!({
        "line": overruled.seq.0,
        "path": overruled.path.to_string(),
        "value": value_to_json(&overruled.value),
        "why": why,
        "by": by,
    })
}

/// What people are told while changes wait, like `offline · 4 changes waiting`.
pub(super) fn waiting(run: &MeetRun) -> String {
    let state = match run.desk().state() {
        DeskState::Offline { why: Some(why) } => why.to_string(),
        DeskState::Offline { why: None } => match run.status() {
            Some(Status::Offline { reason, .. }) => format!("offline: {reason}"),
            _ => "offline".to_owned(),
        },
        DeskState::LoggedOut(why) => logged_out(&why).message,
        other => state(&other).to_owned(),
    };
    match run.desk().pending() {
        0 => state,
        1 => format!("{state} · 1 change waiting"),
        count => format!("{state} · {count} changes waiting"),
    }
}

/// Why there is no session.
pub(super) fn logged_out(why: &LoggedOut) -> Failure {
    let session = |text: &str| Failure::new(ErrorCode::BadSession, text);
    match why {
        LoggedOut::PasswordNeeded { restored: false } => session("the session has ended; join again"),
        LoggedOut::PasswordNeeded { restored: true } => session("this desk brought the meet back; join again"),
        LoggedOut::Left => session("this desk has left; join again"),
        LoggedOut::Finished => Failure::new(ErrorCode::MeetFinished, "the meet is finished and was cleared away"),
        LoggedOut::Refused(why) => why.clone().into(),
        LoggedOut::AnotherMeet => Failure::new(ErrorCode::NoSuchMeet, "another meet has this id now"),
    }
}
