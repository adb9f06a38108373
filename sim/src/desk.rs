//! One simulated desk: the real client with a real desk of a meet on it, over the same network and relays as everybody
//! else. What it keeps becomes durable some time later, and is lost with its program if it did not. What its people do,
//! and what must come of that, is in `desk_user.rs`.

use std::collections::{BTreeMap, VecDeque};

use scorelay_client::core::meet::{
    AskNo, Command, DeskEvent as Notice, DeskState, Done, Key, MeetDesk, NoAnswer, Save, SavedMeet,
};
use scorelay_client::core::{Answer, Client, ClientConfig, Disconnect, RequestError, Status, Transmit};
use scorelay_meets::audience::all_for_displays;
use scorelay_protocol::client::RelayMessage;
use scorelay_protocol::codec;
use scorelay_protocol::feed::Body;
use scorelay_protocol::frame::{Frames, HEAD_BYTES};
use scorelay_protocol::ids::RequestId;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::MeetId;
use scorelay_protocol::meet::secret::Token;

use crate::clock::Moment;
use crate::desk_user::{Book, PRIVATE};
use crate::event::{DeskEvent, Event, Party};
use crate::net::{ConnNo, End};
use crate::outbuf::OutBuf;
use crate::report::Oracle;
use crate::stage::Stage;

/// Longest time that saving takes.
const SAVE_MS: u64 = 20;

/// A desk.
#[derive(Debug)]
pub struct DeskNode {
    /// Its number.
    pub no: usize,
    /// The real thing.
    pub desk: MeetDesk,
    /// What its people did.
    pub book: Book,
    /// The relay it is told to connect to.
    pub relay: usize,
    core: Client,
    kept: BTreeMap<Key, Vec<u8>>,
    unsaved: VecDeque<Save>,
    /// Counts its programs: what was meant for an earlier one is dropped.
    run: u32,
    attempt: u32,
    link: Option<Link>,
    /// The client is let in.
    up: bool,
    asked: BTreeMap<RequestId, AskNo>,
    timer: Option<Moment>,
    /// The display link that it makes, and the one by which it looks.
    linked: Option<Token>,
    looks: Option<Token>,
}

#[derive(Debug)]
struct Link {
    conn: ConnNo,
    frames: Frames,
    out: OutBuf,
}

impl DeskNode {
    /// A desk that connects at once.
    pub fn new(no: usize, relay: usize, stage: &mut Stage) -> Self {
        Self {
            no,
            desk: MeetDesk::new(stage.identity.word()),
            book: Book::default(),
            relay,
            core: client(stage),
            kept: BTreeMap::new(),
            unsaved: VecDeque::new(),
            run: 0,
            attempt: 0,
            link: None,
            up: false,
            asked: BTreeMap::new(),
            timer: None,
            linked: None,
            looks: None,
        }
    }

    /// Looks at the meet as displays do, beside being a desk; makes a link for that where there is none.
    pub fn look(&mut self, stage: &mut Stage) {
        let Some(meet) = stage.meet else { return };
        let gone = self.core.meet(meet).is_some_and(|snapshot| snapshot.gone.is_some());
        if gone && self.looks == stage.display {
            stage.display = None;
        }
        match stage.display {
            None if self.no == 0 && self.linked.is_none() && self.desk.state() == DeskState::Live => {
                let mut token = [0; 32];
                token.fill_with(|| stage.identity.below(256) as u8);
                self.linked = Some(Token(token));
                self.desk.command(stage.now().client(), Command::Display(Token(token)));
            }
            Some(token) if self.looks != Some(token) => {
                self.looks = Some(token);
                self.core.watch_meet(meet, token);
            }
            _ => {}
        }
    }

    /// What is wrong with what it shows as a display.
    pub fn displayed(&self, meet: MeetId) -> Option<&'static str> {
        let snapshot = self.looks.and_then(|_| self.core.meet(meet));
        let Some(snapshot) = snapshot else { return Some("does not look yet") };
        if snapshot.gone.is_some() {
            return Some("looks by a link that is gone");
        }
        let shown: Vec<_> = snapshot.display.state().all().collect();
        let is: Vec<_> = all_for_displays(self.desk.log().state()).collect();
        (snapshot.held || shown != is).then_some("shows another state than displays should")
    }

    /// Handles what is on the agenda for it.
    pub fn handle(&mut self, stage: &mut Stage, event: DeskEvent) {
        match event {
            DeskEvent::Timeout if self.timer.is_some_and(|at| at <= stage.now()) => {
                self.timer = None;
                self.core.handle_timeout(stage.now().client());
                self.desk.handle_timeout(stage.now().client());
            }
            DeskEvent::Saved(run) if run == self.run => {
                if let Some(save) = self.unsaved.pop_front() {
                    save.apply(&mut self.kept);
                    stage.meet_held |= self.kept.contains_key(&Key::Receipt);
                    self.desk.handle_saved(save.number);
                    self.book.saved(save.number);
                }
            }
            DeskEvent::Act => self.act(stage),
            DeskEvent::Timeout | DeskEvent::Saved(_) => return,
        }
        self.settle(stage);
    }

    /// Whether an attempt to connect is the present one.
    pub fn expects(&self, attempt: u32) -> bool {
        self.link.is_none() && attempt == self.attempt
    }

    /// The attempt to connect came to this.
    pub fn dialed(&mut self, stage: &mut Stage, conn: Option<ConnNo>) {
        let now = stage.now().client();
        match conn {
            Some(conn) => {
                self.link = Some(Link { conn, frames: Frames::new(), out: OutBuf::default() });
                self.core.handle_connected(now);
            }
            None => self.core.handle_disconnected(now, Disconnect::Unreachable("refused".to_owned())),
        }
        self.settle(stage);
    }

    /// Bytes came.
    pub fn receive(&mut self, stage: &mut Stage, conn: ConnNo, bytes: &[u8]) {
        let Some(link) = self.link.as_mut().filter(|link| link.conn == conn) else { return };
        link.frames.push(bytes);
        while let Some(link) = self.link.as_mut().filter(|link| link.conn == conn) {
            match link.frames.take() {
                Ok(None) => break,
                Ok(Some(frame)) => match &frame[HEAD_BYTES..] {
                    [] => self.core.handle_alive(stage.now().client()),
                    payload => {
                        overhear(stage, self.no, payload);
                        self.core.handle_message(stage.now().client(), payload);
                    }
                },
                Err(error) => return stage.fail(Oracle::Conduct, format!("desk {} was sent {error}", self.no)),
            }
            self.settle(stage);
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
            self.core.handle_disconnected(stage.now().client(), Disconnect::Lost("gone".to_owned()));
            self.settle(stage);
        }
    }

    /// Its connection, if there is one.
    pub fn conn(&self) -> Option<ConnNo> {
        self.link.as_ref().map(|link| link.conn)
    }

    /// Its program ends, and is started again on what was saved by then.
    pub fn reopen(&mut self, stage: &mut Stage) {
        stage.say(format_args!("desk {} is closed and opened again; {} saves are lost", self.no, self.unsaved.len()));
        if let Some(link) = self.link.take() {
            stage.orphan(link.conn, End::Opener, 50);
        }
        self.run += 1;
        self.attempt += 1;
        self.unsaved.clear();
        self.book.lost_unsaved();
        let seed = stage.identity.word();
        self.desk = match SavedMeet::load(&self.kept) {
            Ok(Some(saved)) => MeetDesk::load(saved, seed),
            Ok(None) => MeetDesk::new(seed),
            Err(error) => return stage.fail(Oracle::Store, format!("desk {}: {error}", self.no)),
        };
        self.core = client(stage);
        self.up = false;
        (self.linked, self.looks) = (None, None);
        self.asked.clear();
        self.settle(stage);
    }

    /// After anything: do what client and desk want.
    pub fn settle(&mut self, stage: &mut Stage) {
        let now = stage.now().client();
        let mut busy = true;
        while busy {
            busy = self.settle_client(stage);
            while let Some(save) = self.desk.poll_save() {
                self.book.saving(save.number);
                self.unsaved.push_back(save);
                let ms = stage.users.between(0, SAVE_MS);
                stage.agenda.after_ms(ms, Event::Desk(self.no, DeskEvent::Saved(self.run)));
            }
            while let Some(event) = self.desk.poll_event() {
                match event {
                    Notice::Answer(_, Ok(Done::Display(_))) => stage.display = self.linked.take(),
                    Notice::Answer(_, Err(_)) => self.linked = None,
                    _ => {}
                }
            }
            while let Some((ask, request)) = self.desk.poll_request() {
                let no = self.no;
                stage.trace.note(stage.agenda.now(), &[no as u64], || format!("desk {no} asks {request:?}"));
                self.asked.insert(self.core.ask_meet(now, &request), ask);
                busy = true;
            }
            if let Some(why) = self.desk.poll_bad() {
                stage.fail(Oracle::Conduct, format!("desk {} finds fault: {why}", self.no));
            }
        }
        let timers = [self.core.poll_timeout(), self.desk.poll_timeout()];
        if let Some(at) = timers.into_iter().flatten().min() {
            let at = Moment::of_ms(at.0).max(stage.now());
            if self.timer.is_none_or(|planned| planned > at || planned < stage.now()) {
                self.timer = Some(at);
                stage.agenda.at(at, Event::Desk(self.no, DeskEvent::Timeout));
            }
        }
    }

    fn settle_client(&mut self, stage: &mut Stage) -> bool {
        let now = stage.now().client();
        let mut busy = false;
        while let Some(transmit) = self.core.poll_transmit(now) {
            busy = true;
            match transmit {
                Transmit::Connect => {
                    self.attempt += 1;
                    stage.dial(Party::Desk(self.no), Party::RelayClients(self.relay), self.attempt);
                }
                Transmit::Send(bytes) => self.send(stage, &bytes),
                Transmit::Close(why) => self.close(stage, &why),
            }
        }
        while self.core.poll_event().is_some() {}
        let up = matches!(self.core.status(), Status::Live { .. } | Status::Stale { .. });
        if up != self.up {
            (self.up, busy) = (up, true);
            if up {
                self.desk.handle_connected(now);
            } else {
                self.asked.clear();
                self.desk.handle_disconnected(now);
            }
        }
        while let Some((id, result)) = self.core.poll_answer() {
            let Some(ask) = self.asked.remove(&id) else { continue };
            busy = true;
            let no = self.no;
            stage.trace.note(stage.agenda.now(), &[no as u64], || format!("desk {no} is answered {result:?}"));
            let answer = match result {
                Ok(Answer::Meet(answer)) => Ok(*answer),
                Err(RequestError::Refused(error)) => Err(NoAnswer::Refused(error)),
                Ok(_) | Err(_) => Err(NoAnswer::Lost),
            };
            if let Ok(MeetAnswer::Updated(updated)) = &answer {
                self.book.acked.extend(updated.acks.iter().map(|ack| (ack.seq, ack.local)));
            }
            self.desk.handle_answer(now, ask, answer);
        }
        busy
    }

    fn send(&mut self, stage: &mut Stage, bytes: &[u8]) {
        let Some(link) = &mut self.link else {
            return stage.fail(Oracle::Conduct, format!("desk {} sends without a connection", self.no));
        };
        link.out.push(&(bytes.len() as u32).to_be_bytes());
        link.out.push(bytes);
        link.out.pump(stage, link.conn, End::Accepter);
    }

    fn close(&mut self, stage: &mut Stage, why: &Disconnect) {
        stage.say(format_args!("desk {} closes: {why}", self.no));
        if let Disconnect::Misfit(_) | Disconnect::Refused(_) | Disconnect::Version(_) = why {
            stage.fail(Oracle::Conduct, format!("desk {} gives its relay up: {why}", self.no));
        }
        self.attempt += 1;
        if let Some(link) = self.link.take() {
            stage.close(link.conn, End::Opener);
        }
    }
}

/// Displays are sent nothing private; answers to desks are another matter.
fn overhear(stage: &mut Stage, no: usize, payload: &[u8]) {
    let Ok(RelayMessage::Tick(tick)) = codec::decode_client::<RelayMessage>(payload) else { return };
    for body in tick.bodies {
        if let Body::Meet { changes, .. } = body {
            stage.counts.displayed += 1;
            if changes.windows(PRIVATE.len()).any(|part| part == PRIVATE.as_bytes()) {
                stage.fail(Oracle::Conduct, format!("the display at desk {no} was sent something private"));
            }
        }
    }
}

fn client(stage: &mut Stage) -> Client {
    Client::new(ClientConfig::default(), stage.identity.word(), stage.now().client())
}
