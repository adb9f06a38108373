//! `scorelay meet create` and `join`.

use clap::Args;
use scorelay_client::core::meet::{DeskEvent, DeskState, Opening};
use scorelay_client::shell::meet::MeetRun;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::MeetId;

use super::desk::{Online, logged_out, unusable, wait};
use super::input::{NamedLocation, PasswordFrom};
use super::output;
use crate::failure::Failure;

/// A meet to be made.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    online: Online,
    /// Where this desk stands: one of the locations.
    #[arg(long, value_name = "NAME")]
    location: String,
    /// All locations with their priorities, like `desk=100,platform=50`; in a conflict the higher wins.
    #[arg(long, value_name = "NAME=PRIORITY", value_delimiter = ',', required = true)]
    locations: Vec<NamedLocation>,
    #[command(flatten)]
    password: PasswordFrom,
}

/// A meet to be joined.
#[derive(Debug, Args)]
pub(super) struct JoinArgs {
    #[command(flatten)]
    online: Online,
    /// The meet's id, like 123-456-789.
    #[arg(value_name = "ID")]
    meet: MeetId,
    /// Where this desk stands.
    #[arg(long, value_name = "NAME")]
    location: String,
    #[command(flatten)]
    password: PasswordFrom,
}

impl CreateArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let locations = self.locations.into_iter().map(|NamedLocation(location)| location).collect();
        let password = self.password.read()?;
        open(&self.online, Opening::Create { location: self.location, locations, password })
    }
}

impl JoinArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let password = self.password.read()?;
        open(&self.online, Opening::Join { meet: self.meet, location: self.location, password })
    }
}

fn open(online: &Online, opening: Opening) -> Result<(), Failure> {
    let mut run = MeetRun::open(online.file().path()).map_err(unusable)?;
    begin(&mut run, opening)?;
    online.run(&mut run, async |run| {
        let deadline = online.deadline();
        wait(run, deadline, |run, event| match (event, run.desk().state()) {
            (Some(DeskEvent::NotOpened(why)), _) => Some(Err(why.clone().into())),
            (_, DeskState::Live) => Some(output::print(&output::summary(run))),
            (_, state) => logged_out(&state).map(Err),
        })
        .await
    })
}

fn begin(run: &mut MeetRun, opening: Opening) -> Result<(), Failure> {
    run.begin(opening).map_err(|error| Failure::new(ErrorCode::BadStateFile, error.to_string()))
}
