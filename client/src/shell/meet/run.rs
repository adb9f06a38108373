//! One desk, run: saves are done before requests go out, answers come back, and events are given to whoever waits.
//!
//! It works without a connection as well; everything then waits in the file.

use std::path::Path;
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{DeskId, MeetSeq};
use scorelay_protocol::meet::path::Path as MeetPath;
use scorelay_protocol::meet::secret::Token;
use scorelay_protocol::meet::value::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use super::file::{StateFile, StateFileError};
use crate::core::meet::{AskNo, Command, CommandNo, DeskEvent, EditRefused, MeetDesk, NoAnswer, Opening, OpeningError};
use crate::core::{Millis, RequestError, Status};
use crate::shell::driver::Clock;
use crate::shell::{BadUrl, ConnectOptions, Receiver, Sender, connect};

type Answered = (AskNo, Result<MeetAnswer, RequestError>);

/// A desk with its file and, once told to, a connection.
pub struct MeetRun {
    desk: MeetDesk,
    file: StateFile,
    clock: Clock,
    link: Option<Link>,
    asked: FuturesUnordered<Pin<Box<dyn Future<Output = Answered> + Send>>>,
}

struct Link {
    sender: Sender,
    _receiver: Receiver,
    status: watch::Receiver<Status>,
}

impl MeetRun {
    /// The desk that a state file holds, or a new one that it will.
    ///
    /// # Errors
    /// [`StateFileError`].
    pub fn open(path: &Path) -> Result<Self, StateFileError> {
        let (file, saved) = StateFile::open(path)?;
        let seed = rand::random();
        let desk = saved.map_or_else(|| MeetDesk::new(seed), |saved| MeetDesk::load(saved, seed));
        Ok(Self { desk, file, clock: Clock::default(), link: None, asked: FuturesUnordered::new() })
    }

    /// Connects, and stays connected as well as it can. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`BadUrl`] when the URL is no origin of a relay.
    pub fn connect(&mut self, options: ConnectOptions) -> Result<(), BadUrl> {
        let (sender, receiver) = connect(options)?;
        let mut status = sender.state().statuses();
        status.mark_changed();
        self.link = Some(Link { sender, _receiver: receiver, status });
        Ok(())
    }

    /// The desk, to be read.
    pub fn desk(&self) -> &MeetDesk {
        &self.desk
    }

    /// State of the connection, if there is to be one.
    pub fn status(&self) -> Option<Status> {
        self.link.as_ref().map(|link| link.sender.state().status())
    }

    /// Makes a meet or joins one.
    ///
    /// # Errors
    /// [`OpeningError`].
    pub fn begin(&mut self, opening: Opening) -> Result<(), OpeningError> {
        self.desk.open(self.clock.now(), opening, Token(rand::random()), DeskId(rand::random()))
    }

    /// Sets a path. It is kept once [`Self::keep`] or [`Self::event`] was called.
    ///
    /// # Errors
    /// [`EditRefused`].
    pub fn edit(&mut self, path: MeetPath, value: Value) -> Result<(), EditRefused> {
        self.desk.edit(self.clock.now(), path, value)
    }

    /// Sets once more what does not stand.
    ///
    /// # Errors
    /// [`EditRefused`].
    pub fn again(&mut self, seq: MeetSeq) -> Result<(), EditRefused> {
        self.desk.again(self.clock.now(), seq)
    }

    /// Takes what does not stand off the list.
    pub fn dismiss(&mut self, seq: MeetSeq) {
        self.desk.dismiss(self.clock.now(), seq);
    }

    /// Asks the core; the answer is an event.
    pub fn command(&mut self, command: Command) -> CommandNo {
        self.desk.command(self.clock.now(), command)
    }

    /// Keeps everything there is to keep.
    ///
    /// # Errors
    /// [`StateFileError`] when that fails; the desk is then closed.
    pub fn keep(&mut self) -> Result<(), StateFileError> {
        while let Some(save) = self.desk.poll_save() {
            if let Err(error) = self.file.save(&save) {
                self.desk.handle_not_saved(self.clock.now());
                return Err(error);
            }
            self.desk.handle_saved(save.number);
        }
        Ok(())
    }

    /// Runs the desk until there is something to look at. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// [`StateFileError`] when something could not be kept; the desk is then closed.
    pub async fn event(&mut self) -> Result<DeskEvent, StateFileError> {
        loop {
            self.act()?;
            if let Some(event) = self.desk.poll_event() {
                return Ok(event);
            }
            let wake = self.desk.poll_timeout().map(|at| self.clock.instant(at));
            tokio::select! {
                Some((no, answer)) = self.asked.next(), if !self.asked.is_empty() => {
                    let answer = answer.map_err(|error| match error {
                        RequestError::Refused(why) => NoAnswer::Refused(why),
                        _ => NoAnswer::Lost,
                    });
                    self.desk.handle_answer(self.clock.now(), no, answer);
                }
                status = changed(&mut self.link) => self.follow(&status),
                () = until(wake) => self.desk.handle_timeout(self.clock.now()),
            }
        }
    }

    fn follow(&mut self, status: &Status) {
        let now: Millis = self.clock.now();
        // One that came and went unseen counts as well: the desk asks anew on each.
        match status {
            Status::Live { .. } | Status::Stale { .. } => self.desk.handle_connected(now),
            _ => self.desk.handle_disconnected(now),
        }
    }

    fn act(&mut self) -> Result<(), StateFileError> {
        self.keep()?;
        let Some(link) = &self.link else { return Ok(()) };
        while let Some((no, request)) = self.desk.poll_request() {
            let sender = link.sender.clone();
            self.asked.push(Box::pin(async move { (no, sender.meet(request).await) }));
        }
        if let Some(why) = self.desk.poll_bad() {
            link.sender.distrust(why);
        }
        Ok(())
    }
}

async fn changed(link: &mut Option<Link>) -> Status {
    if let Some(link) = link
        && link.status.changed().await.is_ok()
    {
        return link.status.borrow_and_update().clone();
    }
    std::future::pending().await
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
