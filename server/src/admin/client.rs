//! The command's end of the admin socket. Blocking, as a command does nothing else meanwhile; what is said is in
//! `mod.rs`.

use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use scorelay_protocol::score::Units;

use super::meets::{MeetCommand, MeetReply};
use super::{Moderate, Part, Reply, Request, code};
use crate::core::{BoardFacts, Card, Imported, Line};
use crate::failure::Failure;
use crate::store;

/// A connection to a running core.
pub(crate) struct AdminClient {
    read: BufReader<UnixStream>,
    write: BufWriter<UnixStream>,
}

impl AdminClient {
    /// Connects to the core that runs on a data directory; `None` if none does.
    ///
    /// # Errors
    /// The socket is there and cannot be used.
    pub(crate) fn connect(dir: &Path) -> Result<Option<Self>, Failure> {
        let path = store::admin_socket(dir);
        let failed = |error: std::io::Error| {
            Failure::new(ErrorCode::DataInUse, format!("cannot talk to the core at {}: {error}", path.display()))
        };
        let stream = match UnixStream::connect(&path) {
            Ok(stream) => stream,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let write = BufWriter::new(stream.try_clone().map_err(failed)?);
        Ok(Some(Self { read: BufReader::new(stream), write }))
    }

    /// What is known of a board.
    ///
    /// # Errors
    /// What the core answers, or that it went away.
    pub(crate) fn describe(&mut self, board: &str) -> Result<BoardFacts, Failure> {
        self.say(&Request::Describe { board: board.into() })?;
        self.board()
    }

    /// A board, and its rows as they come; with `remember` their ranks can be remembered then.
    ///
    /// # Errors
    /// What the core answers, or that it went away.
    pub(crate) fn export(mut self, board: &str, remember: bool) -> Result<(BoardFacts, RowStream), Failure> {
        self.say(&Request::Export { board: board.into(), remember })?;
        let facts = self.board()?;
        Ok((facts, RowStream { client: self, part: Vec::new().into_iter(), ended: false }))
    }

    /// Puts rows on a board in the place of those that are there; returns once that is durable.
    ///
    /// # Errors
    /// What the core answers, or that it went away.
    pub(crate) fn import(&mut self, board: &str, rows: &[(Entity, Units)]) -> Result<Imported, Failure> {
        self.say(&Request::Import { board: board.into() })?;
        for part in rows.chunks(limits::TRANSFER_ROWS) {
            let part = part.iter().map(|(entity, score)| (entity.to_string(), *score)).collect();
            self.say(&Part::Rows(part))?;
        }
        self.say(&Part::End)?;
        match self.hear()? {
            Reply::Imported(imported) => Ok(imported),
            other => Err(unexpected(other)),
        }
    }

    /// Takes something off boards, or keeps it off; gives the rows that went, once that is durable.
    ///
    /// # Errors
    /// What the core answers, or that it went away.
    pub(crate) fn moderate(&mut self, what: Moderate) -> Result<u32, Failure> {
        self.say(&Request::Moderate(what))?;
        match self.hear()? {
            Reply::Moderated { rows } => Ok(rows),
            other => Err(unexpected(other)),
        }
    }

    /// Something about meets.
    ///
    /// # Errors
    /// What the core answers, or that it went away.
    pub(crate) fn meets(&mut self, command: MeetCommand) -> Result<MeetReply, Failure> {
        self.say(&Request::Meets(command))?;
        match self.hear()? {
            Reply::Meets(reply) => Ok(reply),
            other => Err(unexpected(other)),
        }
    }

    fn board(&mut self) -> Result<BoardFacts, Failure> {
        match self.hear()? {
            Reply::Board(facts) => Ok(facts),
            other => Err(unexpected(other)),
        }
    }

    fn say(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(value).map_err(|error| gone(&error))?;
        line.push(b'\n');
        // Parts of an import are buffered; whatever awaits an answer is read after this, which flushes.
        self.write.write_all(&line).map_err(|error| gone(&error))
    }

    fn hear(&mut self) -> Result<Reply, Failure> {
        self.write.flush().map_err(|error| gone(&error))?;
        let mut line = String::new();
        match self.read.read_line(&mut line) {
            Ok(0) => Err(gone(&"it closed the connection")),
            Ok(_) => serde_json::from_str(&line).map_err(|error| gone(&error)),
            Err(error) => Err(gone(&error)),
        }
    }
}

/// The rows of an export, as they come.
pub(crate) struct RowStream {
    client: AdminClient,
    part: std::vec::IntoIter<(String, Units, Card)>,
    ended: bool,
}

impl RowStream {
    /// Has the ranks remembered; returns once that is durable. Only for an export that said so, after its last row.
    ///
    /// # Errors
    /// What the core answers, or that it went away.
    pub(crate) fn remember(mut self) -> Result<(), Failure> {
        self.client.say(&Part::End)?;
        match self.client.hear()? {
            Reply::Remembered => Ok(()),
            other => Err(unexpected(other)),
        }
    }
}

impl Iterator for RowStream {
    type Item = Result<Line, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((entity, score, card)) = self.part.next() {
                let entity = entity.parse().map_err(|_| WireError::new(ErrorCode::BadEntity, entity));
                return Some(entity.map(|entity| Line { entity, score, card }));
            }
            if self.ended {
                return None;
            }
            match self.client.hear() {
                Ok(Reply::Rows(rows)) => self.part = rows.into_iter(),
                Ok(Reply::End) => self.ended = true,
                Ok(other) => {
                    self.ended = true;
                    return Some(Err(unexpected(other).into()));
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
    }
}

fn gone(why: &dyn std::fmt::Display) -> Failure {
    Failure::new(ErrorCode::ShuttingDown, format!("the core went away: {why}"))
}

fn unexpected(reply: Reply) -> Failure {
    match reply {
        Reply::Error { code: name, message } => Failure::new(code(&name), message),
        _ => gone(&"it answered something else"),
    }
}
