//! `scorelay meet list`, `sessions`, `revoke`, `password`, `reopen` and `cleanup`: what the operator of a core can do
//! about meets, over the admin socket of the core that runs. What each means is decided by the core.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits::MEET_KEPT_DAYS;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::time::rfc3339;

use super::input::password;
use crate::admin::client::AdminClient;
use crate::admin::meets::{MeetCommand, MeetFacts, MeetReply, SessionFacts};
use crate::config::DEFAULT_DATA;
use crate::failure::Failure;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What an operator does.
#[derive(Debug, Subcommand)]
pub(super) enum OperatorCommand {
    /// Lists the meets of the core that runs here.
    List(AtCore),
    /// Lists the sessions of a meet that are alive.
    Sessions(SessionsArgs),
    /// Ends a session; desk and display have to join or be linked again.
    Revoke(RevokeArgs),
    /// Gives a meet another password; sessions stay.
    Password(PasswordArgs),
    /// Opens a finished meet again, for updates and corrections.
    Reopen(SessionsArgs),
    /// Clears away meets that were finished long ago and whose results were handed over. Backups are yours to make.
    Cleanup(CleanupArgs),
}

/// Which core, and how to print.
#[derive(Debug, Args)]
pub(super) struct AtCore {
    /// Data directory of the core.
    #[arg(long, env = "SCORELAY_DATA", value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// A meet.
#[derive(Debug, Args)]
pub(super) struct SessionsArgs {
    #[command(flatten)]
    at: AtCore,
    /// The meet's id, like 123-456-789.
    #[arg(value_name = "ID")]
    meet: MeetId,
}

/// A session of a meet.
#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    at: AtCore,
    /// The meet's id.
    #[arg(value_name = "ID")]
    meet: MeetId,
    /// The session's number, as `sessions` lists it.
    #[arg(value_name = "NO")]
    session: u32,
}

/// A meet and where its new password comes from.
#[derive(Debug, Args)]
pub(super) struct PasswordArgs {
    #[command(flatten)]
    at: AtCore,
    /// The meet's id.
    #[arg(value_name = "ID")]
    meet: MeetId,
    /// A file whose first line is the password; without it, it is asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Which meets go.
#[derive(Debug, Args)]
pub(super) struct CleanupArgs {
    #[command(flatten)]
    at: AtCore,
    /// Those finished more than so many days ago.
    #[arg(long, value_name = "DAYS", default_value_t = MEET_KEPT_DAYS)]
    older_than: u32,
}

impl OperatorCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// No core runs there, or it refuses.
    pub(super) fn run(self) -> Result<(), Failure> {
        let (at, command) = match self {
            Self::List(at) => (at, MeetCommand::List),
            Self::Sessions(args) => (args.at, MeetCommand::Sessions { meet: args.meet.to_string() }),
            Self::Revoke(args) => (args.at, MeetCommand::Revoke { meet: args.meet.to_string(), session: args.session }),
            Self::Password(args) => {
                let typed = password("New password: ", args.password_file.as_deref())?.check();
                let bad = |error: &dyn std::fmt::Display| Failure::new(ErrorCode::BadPassword, error.to_string());
                let typed = typed.map_err(|error| bad(&error))?;
                let text = String::from_utf8(typed.as_bytes().to_vec()).map_err(|error| bad(&error))?;
                (args.at, MeetCommand::Password { meet: args.meet.to_string(), password: text })
            }
            Self::Reopen(args) => (args.at, MeetCommand::Reopen { meet: args.meet.to_string() }),
            Self::Cleanup(args) => {
                (args.at, MeetCommand::Cleanup { older_than_ms: u64::from(args.older_than) * DAY_MS })
            }
        };
        let none = || Failure::new(ErrorCode::CoreAway, format!("no core runs on {}", at.data.display()));
        let reply = AdminClient::connect(&at.data)?.ok_or_else(none)?.meets(command)?;
        print(&text(&reply, at.json))
    }
}

/// A reader that went away ends the program as it does others.
fn print(text: &str) -> Result<(), Failure> {
    let mut to = io::stdout().lock();
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(ErrorCode::StoreFailed, format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

fn text(reply: &MeetReply, json: bool) -> String {
    if json {
        let value = match reply {
            MeetReply::Meets(meets) => serde_json::json!(meets),
            MeetReply::Sessions(sessions) => serde_json::json!(sessions),
            MeetReply::Done => serde_json::json!({"done": true}),
            MeetReply::Cleared(meets) => serde_json::json!({ "cleared": meets }),
        };
        return format!("{value}\n");
    }
    let at = |millis: &u64| rfc3339(UnixMillis(*millis));
    match reply {
        MeetReply::Meets(meets) if meets.is_empty() => "no meets\n".into(),
        MeetReply::Meets(meets) => {
            let row = |facts: &MeetFacts| {
                let finished =
                    facts.finished.as_ref().map_or_else(|| "current".into(), |on| format!("finished {}", at(on)));
                let MeetFacts { meet, name, created, lines, bytes, entries, desks, sessions, .. } = facts;
                let counts = format!("{entries} entries, {desks} desks, {sessions} sessions");
                let results = match (facts.publications, facts.handed_over) {
                    (0, _) => String::new(),
                    (all, over) => format!(", {over} of {all} results handed over"),
                };
                format!(
                    "{meet}  {finished}  made {}  {name:?}: {counts}, {lines} lines, {bytes} bytes{results}\n",
                    at(created)
                )
            };
            meets.iter().map(row).collect()
        }
        MeetReply::Sessions(sessions) if sessions.is_empty() => "no sessions\n".into(),
        MeetReply::Sessions(sessions) => {
            let row = |facts: &SessionFacts| {
                let who = facts.desk.as_ref().map_or_else(|| "display".into(), |desk| format!("desk {desk}"));
                let until = facts.expires.as_ref().map_or_else(|| "the meet's end".into(), at);
                let seen = facts.seen.map(|seq| format!(", has line {seq}")).unwrap_or_default();
                let SessionFacts { session, location, opened, .. } = facts;
                format!("{session:>4}  {who} at {location:?}, since {}, until {until}{seen}\n", at(opened))
            };
            sessions.iter().map(row).collect()
        }
        MeetReply::Done => "done\n".into(),
        MeetReply::Cleared(meets) if meets.is_empty() => "nothing to clear away\n".into(),
        MeetReply::Cleared(meets) => meets.iter().map(|meet| format!("{meet} cleared away\n")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L3, L11: what an operator sees, and what a script does.
    #[test]
    fn replies_are_printed_for_people_and_programs() {
        let facts = MeetFacts {
            meet: "123-456-789".into(),
            name: "A \"meet\"".into(),
            created: 1_700_000_000_000,
            finished: Some(1_700_000_001_000),
            lines: 7,
            bytes: 900,
            entries: 2,
            desks: 1,
            sessions: 3,
            publications: 2,
            handed_over: 1,
        };
        let meets = MeetReply::Meets(vec![facts]);
        let expected = concat!(
            "123-456-789  finished 2023-11-14T22:13:21Z  made 2023-11-14T22:13:20Z  \"A \\\"meet\\\"\": 2 entries, 1 desks, ",
            "3 sessions, 7 lines, 900 bytes, 1 of 2 results handed over\n"
        );
        assert_eq!(text(&meets, false), expected);
        let json: serde_json::Value = serde_json::from_str(&text(&meets, true)).unwrap();
        assert_eq!((&json[0]["meet"], &json[0]["handed_over"]), (&"123-456-789".into(), &1.into()));
        let display = SessionFacts {
            session: 2,
            desk: None,
            location: "1".into(),
            opened: 1_700_000_000_000,
            expires: None,
            seen: Some(5),
        };
        let printed = text(&MeetReply::Sessions(vec![display]), false);
        assert_eq!(printed, "   2  display at \"1\", since 2023-11-14T22:13:20Z, until the meet's end, has line 5\n");
        assert_eq!(text(&MeetReply::Cleared(Vec::new()), false), "nothing to clear away\n");
    }
}
