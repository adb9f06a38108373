//! What a desk asks of the core besides changes: sessions, locations, stages, display links, publication.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use scorelay_client::core::meet::{Command, Done};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::path::StageNo;
use scorelay_protocol::meet::request::{Claim, SessionNo};
use scorelay_protocol::meet::secret::Token;
use serde_json::json;

use super::desk::{Online, settled, wait};
use super::display::link;
use super::input::{self, NamedLocation};
use super::output;
use crate::failure::Failure;

/// Whose sessions.
#[derive(Debug, Args)]
pub(super) struct WhoArgs {
    #[command(flatten)]
    online: Online,
}

/// Which session.
#[derive(Debug, Args)]
pub(super) struct EndArgs {
    #[command(flatten)]
    online: Online,
    /// Its number, as `who` prints it.
    session: u32,
}

/// Which desk.
#[derive(Debug, Args)]
pub(super) struct LeaveArgs {
    #[command(flatten)]
    online: Online,
}

/// The passwords.
#[derive(Debug, Args)]
pub(super) struct ChangePasswordArgs {
    #[command(flatten)]
    online: Online,
    /// A file whose first line is the password as it is; without it, it is asked for.
    #[arg(long, value_name = "FILE")]
    old_password_file: Option<PathBuf>,
    /// A file whose first line is the new password; without it, it is asked for.
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

/// Which location.
#[derive(Debug, Args)]
pub(super) struct AddLocationArgs {
    #[command(flatten)]
    online: Online,
    /// Its name and priority.
    #[arg(value_name = "NAME=PRIORITY")]
    location: NamedLocation,
}

/// Which stage.
#[derive(Debug, Args)]
pub(super) struct DriveArgs {
    #[command(flatten)]
    online: Online,
    /// The stage: 1 to 99.
    stage: u8,
    /// What about it.
    #[arg(value_enum, default_value_t = ClaimArg::Take)]
    claim: ClaimArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ClaimArg {
    /// Drives it, if nobody else does.
    Take,
    /// Drives it, whoever does now.
    TakeOver,
    /// Drives it no longer.
    Leave,
}

/// Which meet's link.
#[derive(Debug, Args)]
pub(super) struct DisplayArgs {
    #[command(flatten)]
    online: Online,
}

/// What to publish.
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    #[command(flatten)]
    online: Online,
    /// The results: an OPL file.
    csv: PathBuf,
    /// The e-mail address that questions about them go to.
    #[arg(long, value_name = "ADDRESS")]
    return_address: String,
    /// Leave desks behind that have not sent all they have.
    #[arg(long)]
    force: bool,
}

impl WhoArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Done::Sessions(sessions) = self.online.command(Command::Sessions)? else { return Err(odd()) };
        let list = sessions.iter().map(|session| {
            json!({
                "session": session.no.0,
                "kind": if session.desk.is_some() { "desk" } else { "display" },
                "location": session.location,
                "opened": session.opened.0,
                "expires": session.expires.map(|at| at.0),
                "seen": session.seen.map(|seq| seq.0),
                "own": session.own,
            })
        });
        output::print(&list.collect())
    }
}

impl EndArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.online.command(Command::Revoke(SessionNo(self.session))).map(drop)
    }
}

impl LeaveArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let run = self.online.file().open()?;
        let member = run.desk().session().and_then(|session| session.member);
        drop(run);
        let own = member.ok_or_else(|| Failure::new(ErrorCode::BadSession, "this desk was never let in"))?;
        self.online.command(Command::Revoke(own.session)).map(drop)
    }
}

impl ChangePasswordArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let old = input::password("Password as it is: ", self.old_password_file.as_deref())?;
        let new = input::password("New password: ", self.new_password_file.as_deref())?;
        self.online.command(Command::Password { old, new }).map(drop)
    }
}

impl AddLocationArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        done_in(&self.online.command(Command::AddLocation(self.location.0))?)
    }
}

impl DriveArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let stage = StageNo::new(self.stage);
        let stage = stage.ok_or_else(|| Failure::new(ErrorCode::BadPath, "a stage is a number from 1 to 99"))?;
        let claim = match self.claim {
            ClaimArg::Take => Claim::Take,
            ClaimArg::TakeOver => Claim::TakeOver,
            ClaimArg::Leave => Claim::Leave,
        };
        done_in(&self.online.command(Command::Drive(stage, claim))?)
    }
}

impl DisplayArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let meet = self.online.file().open()?.desk().meet();
        let meet = meet.ok_or_else(odd)?;
        let token = Token(rand::random());
        let Done::Display(session) = self.online.command(Command::Display(token))? else { return Err(odd()) };
        output::print(&json!({"session": session.0, "link": link(self.online.url(), meet, token)}))
    }
}

impl PublishArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let unread =
            |error: std::io::Error| Failure::new(ErrorCode::BadImport, format!("{}: {error}", self.csv.display()));
        let csv = std::fs::read(&self.csv).map_err(unread)?;
        // The results are of the end of the log: the desk is brought there first.
        self.online.with(async |run| wait(run, self.online.deadline(), |run, _| settled(run)).await)?;
        let command = Command::Publish { csv, return_address: self.return_address, force: self.force };
        match self.online.command(command)? {
            Done::Published { seq, number } => output::print(&json!({"line": seq.0, "number": number})),
            _ => Err(odd()),
        }
    }
}

fn done_in(done: &Done) -> Result<(), Failure> {
    let Done::Line(seq) = done else { return Err(odd()) };
    output::print(&json!({"line": seq.0}))
}

fn odd() -> Failure {
    Failure::new(ErrorCode::BadStateFile, "the desk gave no answer that fits")
}
