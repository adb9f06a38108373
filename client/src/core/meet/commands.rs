//! Commands of people that the core answers: each gets exactly one answer, whatever becomes of the connection.
//!
//! They wait until the desk is live. Asking the core the same again gives the same answer, so one whose answer was lost
//! is asked again.

use std::collections::VecDeque;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::receipt::Head;
use scorelay_protocol::meet::request::{DeskAsk, Results};

use super::desk::{Asked, MeetDesk, Phase};
use super::state::{Command, CommandNo, DeskEvent, Done, LoggedOut};
use super::upload::Upload;
use crate::core::time::Millis;

/// Commands that have no answer yet.
#[derive(Debug, Default)]
pub(super) struct Commands {
    open: VecDeque<Open>,
    given: u64,
}

#[derive(Debug)]
struct Open {
    no: CommandNo,
    command: Command,
    /// Of results: what they were made from, and their bytes.
    results: Option<(Head, Upload)>,
    asked: bool,
}

impl Commands {
    /// All are to be asked again.
    pub(super) fn lost(&mut self) {
        self.open.iter_mut().for_each(|open| open.asked = false);
    }
}

impl MeetDesk {
    /// Asks the core; the answer comes once, as [`DeskEvent::Answer`].
    pub fn command(&mut self, now: Millis, command: Command) -> CommandNo {
        self.commands.given += 1;
        let no = CommandNo(self.commands.given);
        let results = match &command {
            Command::Publish { csv, .. } => self.desk.log().sealed_head().map(|head| (head, Upload::new(csv.clone()))),
            _ => None,
        };
        self.commands.open.push_back(Open { no, command, results, asked: false });
        if let Phase::NotJoined | Phase::Out(_) | Phase::Closed = self.phase {
            self.refuse_commands(&no_session());
        }
        self.settle(now);
        no
    }

    /// Does not wait for a command's answer any longer. The core may have done it.
    pub fn cancel(&mut self, no: CommandNo) {
        self.commands.open.retain(|open| open.no != no);
    }

    /// Answers all commands with this.
    pub(super) fn refuse_commands(&mut self, why: &WireError) {
        for open in self.commands.open.drain(..) {
            self.events.push_back(DeskEvent::Answer(open.no, Err(why.clone())));
        }
    }

    /// Where the session was just ended by this desk itself, that is done; else false. The pull that waited may hear of
    /// it before the command does.
    pub(super) fn end_by_leaving(&mut self) -> bool {
        let own = self.session.as_ref().and_then(|session| session.member).map(|member| member.session);
        let leaves = |open: &Open| open.asked && own.is_some_and(|own| open.command == Command::Revoke(own));
        let Some(at) = self.commands.open.iter().position(leaves) else { return false };
        if let Some(open) = self.commands.open.remove(at) {
            self.events.push_back(DeskEvent::Answer(open.no, Ok(Done::Nothing)));
        }
        self.log_out(LoggedOut::Left);
        true
    }

    /// What is to be asked for commands now, marked as asked.
    pub(super) fn next_commands(&mut self) -> Vec<(CommandNo, DeskAsk)> {
        let unasked = self.commands.open.iter_mut().filter(|open| !open.asked);
        unasked
            .filter_map(|open| {
                open.asked = true;
                let ask = match open.command.clone() {
                    Command::AddLocation(location) => DeskAsk::AddLocation(location),
                    Command::Drive(stage, claim) => DeskAsk::Drive { stage, claim },
                    Command::Sessions => DeskAsk::Sessions,
                    Command::Revoke(no) => DeskAsk::Revoke(no),
                    Command::Password { old, new } => DeskAsk::Password { old, new },
                    Command::Display(token) => DeskAsk::Display { token },
                    Command::Publish { return_address, force, .. } => {
                        let (head, upload) = open.results.as_ref()?;
                        let results = Results { head: *head, return_address, force };
                        DeskAsk::Publish { results, part: upload.part() }
                    }
                };
                Some((open.no, ask))
            })
            .collect()
    }

    /// A command has its answer, or part of one. An error says that the answer is to another question.
    pub(super) fn command_answered(&mut self, no: CommandNo, answer: MeetAnswer) -> Result<(), &'static str> {
        let Some(at) = self.commands.open.iter().position(|open| open.no == no) else { return Ok(()) };
        let open = &mut self.commands.open[at];
        let done = match (answer, &open.command) {
            (MeetAnswer::Done(seq), Command::AddLocation(_) | Command::Drive(..)) => Done::Line(seq),
            (MeetAnswer::Sessions(sessions), Command::Sessions) => Done::Sessions(sessions),
            (MeetAnswer::Ended, Command::Revoke(session)) => {
                let own = self.session.as_ref().and_then(|own| own.member).map(|member| member.session);
                if own == Some(*session) {
                    self.end_by_leaving();
                    return Ok(());
                }
                Done::Nothing
            }
            (MeetAnswer::Record(record), Command::Password { .. }) => {
                self.keep_record(record)?;
                Done::Nothing
            }
            (MeetAnswer::Display(session), Command::Display(_)) => Done::Display(session),
            (MeetAnswer::Published { seq, number }, Command::Publish { .. }) => Done::Published { seq, number },
            (MeetAnswer::More { offset }, Command::Publish { .. }) => {
                if let Some((_, upload)) = &mut open.results {
                    upload.has(offset);
                }
                open.asked = false;
                return Ok(());
            }
            _ => return Err("an answer to another question"),
        };
        self.commands.open.remove(at);
        self.events.push_back(DeskEvent::Answer(no, Ok(done)));
        Ok(())
    }

    /// A command was refused, or its answer was lost; it is asked again where that may help.
    pub(super) fn command_refused(&mut self, now: Millis, no: CommandNo, why: Option<WireError>) {
        let Some(at) = self.commands.open.iter().position(|open| open.no == no) else { return };
        match why {
            Some(why) if !matches!(why.code, ErrorCode::CoreAway | ErrorCode::BadPart) => {
                self.commands.open.remove(at);
                self.events.push_back(DeskEvent::Answer(no, Err(why)));
            }
            why => {
                let open = &mut self.commands.open[at];
                open.asked = false;
                if let (Some(_), Some((_, upload))) = (&why, &mut open.results) {
                    upload.restart();
                }
                self.pause(now, why);
            }
        }
    }

    /// Whether an ask is a command's.
    pub(super) fn is_command(asked: Asked) -> bool {
        matches!(asked, Asked::Command(_))
    }
}

/// What a command is told that cannot be asked.
pub(super) fn no_session() -> WireError {
    WireError::new(ErrorCode::BadSession, "this desk has no session; join the meet")
}
