//! `scorelay meet`: a desk of a meet on the command line, good enough to script a whole meet with.
//!
//! Each command opens the desk's state file, does one thing, and prints JSON. What a desk is, and how it is kept, is in
//! the client; everything that is typed here stays in the file until the core has it.

mod desk;
mod display;
mod edits;
mod follow;
mod input;
mod manage;
mod opening;
mod operator;
mod output;

use clap::{Args, Subcommand};

use crate::failure::Failure;

/// What to do with a meet.
#[derive(Debug, Args)]
pub(super) struct MeetArgs {
    #[command(subcommand)]
    command: MeetCommand,
}

#[derive(Debug, Subcommand)]
enum MeetCommand {
    /// Makes a meet and joins it.
    Create(opening::CreateArgs),
    /// Joins a meet; also again, once its session has ended.
    Join(opening::JoinArgs),
    /// Sets one path or several; without a connection they wait in the state file.
    Set(edits::SetArgs),
    /// Gets all that was changed, and sends what waits.
    Sync(edits::SyncArgs),
    /// Prints what is shown, changes that wait included.
    Get(edits::GetArgs),
    /// Prints the lines of the meet's log.
    Log(edits::LogArgs),
    /// Prints the changes that wait, and those that do not stand.
    Pending(edits::PendingArgs),
    /// Sets once more what does not stand.
    Again(edits::AgainArgs),
    /// Takes a change that does not stand off the list.
    Dismiss(edits::DismissArgs),
    /// Prints changes as they come, as JSON lines.
    Follow(follow::FollowArgs),
    /// Prints the sessions of the meet, as this desk is told of them.
    Who(manage::WhoArgs),
    /// Ends another session of the meet.
    End(manage::EndArgs),
    /// Ends this desk's session; what it holds stays in the state file.
    Leave(manage::LeaveArgs),
    /// Changes the meet's password, at the location that made it.
    ChangePassword(manage::ChangePasswordArgs),
    /// Adds a location, at the location that made the meet.
    AddLocation(manage::AddLocationArgs),
    /// Claims a stage, takes it over or leaves it.
    Drive(manage::DriveArgs),
    /// Makes a display link and prints it.
    Display(manage::DisplayArgs),
    /// Prints what a display link shows, as JSON lines.
    WatchDisplay(display::WatchDisplayArgs),
    /// Hands over the results and finishes the meet.
    Publish(manage::PublishArgs),
    #[command(flatten)]
    Operator(operator::OperatorCommand),
}

impl MeetArgs {
    /// Does it.
    ///
    /// # Errors
    /// What the core refused, what did not come about in time, or a state file that cannot be used.
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            MeetCommand::Create(args) => args.run(),
            MeetCommand::Join(args) => args.run(),
            MeetCommand::Set(args) => args.run(),
            MeetCommand::Sync(args) => args.run(),
            MeetCommand::Get(args) => args.run(),
            MeetCommand::Log(args) => args.run(),
            MeetCommand::Pending(args) => args.run(),
            MeetCommand::Again(args) => args.run(),
            MeetCommand::Dismiss(args) => args.run(),
            MeetCommand::Follow(args) => args.run(),
            MeetCommand::Who(args) => args.run(),
            MeetCommand::End(args) => args.run(),
            MeetCommand::Leave(args) => args.run(),
            MeetCommand::ChangePassword(args) => args.run(),
            MeetCommand::AddLocation(args) => args.run(),
            MeetCommand::Drive(args) => args.run(),
            MeetCommand::Display(args) => args.run(),
            MeetCommand::WatchDisplay(args) => args.run(),
            MeetCommand::Publish(args) => args.run(),
            MeetCommand::Operator(command) => command.run(),
        }
    }
}
