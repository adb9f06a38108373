//! One simulated client: the real client core, driven as a program would drive it. Its messages travel as bytes; what
//! it shows is held against the boards after each of them (`client_check.rs`); what its user does is `user.rs`.

use std::collections::BTreeMap;

use scorelay_client::core::{Client, ClientConfig, Disconnect, Event as Notice, Transmit, ViewId};
use scorelay_protocol::client::{ClientMessage, RelayMessage};
use scorelay_protocol::codec;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::frame::{Frames, HEAD_BYTES};
use scorelay_protocol::ids::RequestId;

use crate::answers::Answers;
use crate::client_check::Shown;
use crate::clock::Moment;
use crate::event::{ClientEvent, Event, Party};
use crate::net::{ConnNo, End};
use crate::outbuf::OutBuf;
use crate::report::Oracle;
use crate::stage::Stage;

/// A view as its user asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The client's number for it.
    pub id: ViewId,
    /// First and last rank, 1-based, both included.
    pub ranks: (u32, u32),
}

/// A client.
#[derive(Debug)]
pub struct ClientNode {
    /// Its number.
    pub no: usize,
    /// The real thing.
    pub core: Client,
    /// The relay it is told to connect to.
    pub relay: usize,
    /// Entities in the address it connects to.
    pub url_tracks: Vec<Entity>,
    /// Its views.
    pub views: Vec<Window>,
    /// What it showed last, and what it has been told to look at again.
    pub shown: Shown,
    /// Requests and their answers.
    pub answers: Answers,
    /// Whether it is told of the relay's pings.
    sees_pings: bool,
    /// Since when nothing is wrong with its connection, if nothing is.
    pub healthy_since: Option<Moment>,
    /// Until when the present connection is slow or stuck.
    pub slow_until: Moment,
    attempt: u32,
    link: Option<Link>,
    timer: Option<Moment>,
    /// Times of its latest messages, to hold against the limit.
    sent: Vec<Moment>,
}

#[derive(Debug)]
struct Link {
    conn: ConnNo,
    frames: Frames,
    out: OutBuf,
    /// What was asked on this connection and not answered.
    asked: BTreeMap<RequestId, Moment>,
}

impl ClientNode {
    /// A client that connects at once.
    pub fn new(no: usize, relay: usize, stage: &mut Stage) -> Self {
        // In every fifth run nobody sees pings: the client asks for signs of life itself.
        let sees_pings = !stage.plan.seed.is_multiple_of(5);
        let config = ClientConfig { probes: !sees_pings, ..ClientConfig::default() };
        let core = Client::new(config, stage.identity.word(), stage.now().client());
        Self {
            no,
            core,
            relay,
            url_tracks: Vec::new(),
            views: Vec::new(),
            shown: Shown::default(),
            answers: Answers::default(),
            sees_pings,
            healthy_since: None,
            slow_until: Moment::default(),
            attempt: 0,
            link: None,
            timer: None,
            sent: Vec::new(),
        }
    }

    /// Its timer is due.
    pub fn timeout(&mut self, stage: &mut Stage) {
        if self.timer.is_some_and(|at| at <= stage.now()) {
            self.timer = None;
            self.core.handle_timeout(stage.now().client());
            self.settle(stage);
        }
    }

    /// Whether an attempt to connect is the present one.
    pub fn expects(&self, attempt: u32) -> bool {
        self.link.is_none() && attempt == self.attempt
    }

    /// The attempt to connect came to this.
    pub fn dialed(&mut self, stage: &mut Stage, conn: Option<ConnNo>) {
        let now = stage.now();
        match conn {
            Some(conn) => {
                let (frames, out, asked) = (Frames::new(), OutBuf::default(), BTreeMap::new());
                self.link = Some(Link { conn, frames, out, asked });
                self.healthy_since = Some(now);
                self.slow_until = now;
                stage.counts.connections += 1;
                self.core.handle_connected(now.client());
            }
            None => self.core.handle_disconnected(now.client(), Disconnect::Unreachable("refused".to_owned())),
        }
        self.settle(stage);
    }

    /// Bytes came.
    pub fn receive(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        let Some(link) = self.link.as_mut().filter(|link| link.conn == conn) else { return };
        link.frames.push(bytes);
        while let Some(link) = self.link.as_mut().filter(|link| link.conn == conn) {
            let frame = match link.frames.take() {
                Ok(None) => break,
                Ok(Some(frame)) => frame,
                Err(error) => {
                    stage.fail(Oracle::Conduct, format!("client {} was sent {error}", self.no));
                    break;
                }
            };
            let payload = &frame[HEAD_BYTES..];
            if payload.is_empty() {
                if self.sees_pings {
                    self.core.handle_alive(stage.now().client());
                    self.settle(stage);
                }
                continue;
            }
            match codec::decode_client::<RelayMessage>(payload) {
                Ok(message) => self.overhear(stage, &message),
                Err(error) => stage.fail(Oracle::Conduct, format!("client {} was sent {error}", self.no)),
            }
            stage.counts.messages += 1;
            stage.counts.message_bytes += payload.len() as u64;
            self.core.handle_message(stage.now().client(), payload);
            self.settle(stage);
        }
    }

    /// Notes what a message says before the client sees it.
    fn overhear(&mut self, stage: &mut Stage, message: &RelayMessage) {
        let Some(link) = &mut self.link else { return };
        let (now, no) = (stage.now(), self.no);
        stage.trace.note(now, &[no as u64], || format!("client {no} takes {message:?}"));
        match message {
            RelayMessage::Welcome(welcome) => stage.counts.resumed += u64::from(welcome.resumed),
            RelayMessage::Response { id, .. } => {
                if link.asked.remove(id).is_none() {
                    let what = format!("client {} got an answer to request {id}, which waits for none", self.no);
                    stage.fail(Oracle::Answers, what);
                }
            }
            RelayMessage::Error(error) => {
                stage.fail(Oracle::Conduct, format!("client {} was told {error}", self.no));
            }
            RelayMessage::Tick(_) | RelayMessage::GoAway { .. } => {}
        }
    }

    /// The connection takes more bytes.
    pub fn writable(&mut self, stage: &mut Stage) {
        if let Some(link) = &mut self.link {
            link.out.pump(stage, link.conn, End::Accepter);
        }
    }

    /// The connection is gone.
    pub fn lost(&mut self, stage: &mut Stage, conn: ConnNo) {
        if self.link.as_ref().is_some_and(|link| link.conn == conn) {
            self.link = None;
            self.healthy_since = None;
            self.core.handle_disconnected(stage.now().client(), Disconnect::Lost("gone".to_owned()));
            self.settle(stage);
        }
    }

    /// Its connection, if there is one.
    pub fn conn(&self) -> Option<ConnNo> {
        self.link.as_ref().map(|link| link.conn)
    }

    /// Since when the oldest request of this connection waits.
    pub fn waits_since(&self) -> Option<Moment> {
        self.link.as_ref()?.asked.values().min().copied()
    }

    /// After anything: do what the client wants, and look at what it shows.
    pub fn settle(&mut self, stage: &mut Stage) {
        while let Some(transmit) = self.core.poll_transmit(stage.now().client()) {
            match transmit {
                Transmit::Connect => {
                    self.attempt += 1;
                    stage.dial(Party::Client(self.no), Party::RelayClients(self.relay), self.attempt);
                }
                Transmit::Send(bytes) => self.send(stage, &bytes),
                Transmit::Close(why) => self.close(stage, &why),
            }
        }
        let mut notices = Vec::new();
        while let Some(notice) = self.core.poll_event() {
            notices.push(notice);
        }
        self.look(stage, &notices);
        while let Some((id, result)) = self.core.poll_answer() {
            self.answers.answered(stage, self.no, self.core.position(), id, result);
        }
        if let Some(at) = self.core.poll_timeout() {
            let at = Moment::of_ms(at.0).max(stage.now());
            if self.timer.is_none_or(|planned| planned > at || planned < stage.now()) {
                self.timer = Some(at);
                stage.agenda.at(at, Event::Client(self.no, ClientEvent::Timeout));
            }
        }
    }

    fn look(&mut self, stage: &mut Stage, notices: &[Notice]) {
        let Self { no, core, views, shown, .. } = self;
        shown.look(stage, *no, core, views, notices);
    }

    fn send(&mut self, stage: &mut Stage, bytes: &[u8]) {
        let now = stage.now();
        let Some(link) = &mut self.link else {
            return stage.fail(Oracle::Conduct, format!("client {} sends without a connection", self.no));
        };
        let message = codec::decode_client::<ClientMessage>(bytes);
        let no = self.no;
        stage.trace.note(now, &[no as u64], || format!("client {no} sends {message:?}"));
        match message {
            Ok(ClientMessage::Request { id, .. }) => {
                if link.asked.insert(id, now).is_some() {
                    stage.fail(Oracle::Answers, format!("client {} gave request {id} twice", self.no));
                }
            }
            Ok(ClientMessage::Watch { .. }) => stage.counts.watches += 1,
            Ok(_) => {}
            Err(error) => stage.fail(Oracle::Conduct, format!("client {} sends {error}", self.no)),
        }
        self.sent.retain(|at| now.ms_since(*at) < 1_000);
        self.sent.push(now);
        if self.sent.len() > scorelay_protocol::limits::CLIENT_MESSAGES_PER_SECOND as usize {
            stage.fail(Oracle::Conduct, format!("client {} sends {} messages a second", self.no, self.sent.len()));
        }
        link.out.push(&(bytes.len() as u32).to_be_bytes());
        link.out.push(bytes);
        link.out.pump(stage, link.conn, End::Accepter);
    }

    fn close(&mut self, stage: &mut Stage, why: &Disconnect) {
        stage.say(format_args!("client {} closes: {why}", self.no));
        if let Disconnect::Misfit(_) | Disconnect::Refused(_) | Disconnect::Version(_) = why {
            stage.fail(Oracle::Conduct, format!("client {} gives its relay up: {why}", self.no));
        }
        self.attempt += 1;
        self.healthy_since = None;
        if let Some(link) = self.link.take() {
            stage.close(link.conn, End::Opener);
        }
    }
}
