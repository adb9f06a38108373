//! What people type: locations, passwords, paths with values.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use scorelay_meets::json::value_from_json;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::meet::ids::Priority;
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::path::Path as MeetPath;
use scorelay_protocol::meet::secret::{Password, Typed};
use scorelay_protocol::meet::value::Value;

use crate::failure::Failure;

/// Where the password comes from.
#[derive(Debug, Args)]
pub(super) struct PasswordFrom {
    /// A file whose first line is the password; without it, it is asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordFrom {
    pub(super) fn read(&self) -> Result<Typed, Failure> {
        password("Password: ", self.password_file.as_deref())
    }
}

/// Reads a password from a file, or asks for it.
pub(super) fn password(prompt: &str, file: Option<&Path>) -> Result<Typed, Failure> {
    let text = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            text.map_err(|error| Failure::new(ErrorCode::BadPassword, format!("{}: {error}", path.display())))?
        }
        None => typed(prompt).map_err(|error| Failure::new(ErrorCode::BadPassword, error.to_string()))?,
    };
    let line = text.lines().next().unwrap_or_default();
    let password = Password::new(line).map_err(|error| Failure::new(ErrorCode::BadPassword, error.to_string()))?;
    Ok(password.into())
}

/// A line of standard input; a terminal does not show it.
fn typed(prompt: &str) -> std::io::Result<String> {
    let stdin = std::io::stdin();
    let mut line = String::new();
    if !stdin.is_terminal() {
        stdin.lock().read_line(&mut line)?;
        return Ok(line);
    }
    eprint!("{prompt}");
    std::io::stderr().flush()?;
    let before = rustix::termios::tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_modes.remove(rustix::termios::LocalModes::ECHO);
    rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &silent)?;
    let read = stdin.lock().read_line(&mut line);
    rustix::termios::tcsetattr(&stdin, rustix::termios::OptionalActions::Now, &before)?;
    eprintln!();
    read.map(|_| line)
}

/// `name=priority`.
#[derive(Debug, Clone)]
pub(super) struct NamedLocation(pub(super) Location);

impl FromStr for NamedLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, priority) = text.rsplit_once('=').ok_or("a location is its name and priority, like desk=100")?;
        let priority = priority.trim().parse().ok().and_then(Priority::new);
        let priority = priority.ok_or("a priority is a number from 0 to 1000")?;
        Ok(Self(Location { name: name.trim().to_owned(), priority }))
    }
}

/// Pairs of paths and values, from arguments or, without any, from lines of standard input.
pub(super) fn pairs(arguments: &[String]) -> Result<Vec<(MeetPath, Value)>, Failure> {
    if !arguments.is_empty() {
        if !arguments.len().is_multiple_of(2) {
            let text = "after each path comes its value as JSON";
            return Err(Failure::new(ErrorCode::BadValue, text));
        }
        return arguments.chunks(2).map(|pair| one(&pair[0], &pair[1])).collect();
    }
    let mut pairs = Vec::new();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| Failure::new(ErrorCode::BadValue, format!("standard input: {error}")))?;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let at = |failure: Failure| Failure { message: format!("line {}: {}", number + 1, failure.message), ..failure };
        let (path, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        pairs.push(one(path, value.trim()).map_err(at)?);
    }
    Ok(pairs)
}

fn one(path: &str, value: &str) -> Result<(MeetPath, Value), Failure> {
    let path = self::path(path)?;
    let bad = |why: String| Failure::new(ErrorCode::BadValue, format!("{path}: {why}"));
    let json = serde_json::from_str(value).map_err(|error| bad(format!("no JSON: {error}")))?;
    let value = value_from_json(path, &json).map_err(|error| bad(error.to_string()))?;
    Ok((path, value))
}

/// A path.
pub(super) fn path(text: &str) -> Result<MeetPath, Failure> {
    text.parse().map_err(|error| Failure::new(ErrorCode::BadPath, format!("{text:?} is {error}")))
}
