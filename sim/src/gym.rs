//! A gym: desks of a meet, displays and a core on virtual time, without a network between them that would do anything
//! but be there or not. What happens is written down by a test, step by step; the real machine, the real desks, a disk.
//! Runs with a bad network and random events are `world.rs`.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_client::core::Millis;
use scorelay_client::core::meet::display::MeetDisplay;
use scorelay_client::core::meet::{
    AskNo, Command, DeskEvent, DeskState, Key, LoggedOut, MeetDesk, NoAnswer, Opening, SavedMeet,
};
use scorelay_meets::audience::all_for_displays;
use scorelay_meets::state::MeetState;
use scorelay_protocol::codec;
use scorelay_protocol::error::WireError;
use scorelay_protocol::link::MeetAsk;
use scorelay_protocol::meet::answer::{MeetAnswer, PublicChanges};
use scorelay_protocol::meet::ids::{DeskId, MeetId, MeetSeq, Priority};
use scorelay_protocol::meet::line::{Line, Location};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::request::{MeetRequest, PublicAt, Session};
use scorelay_protocol::meet::secret::{Token, Typed};

use crate::clock::Moment;
use crate::event::Event;
use crate::meet_core::{MeetCore, Sent};
use crate::meet_disk::MeetDisk;
use crate::net::ConnNo;
use crate::plan::{FaultRates, Plan};
use crate::stage::Stage;
use crate::trace::Lines;

/// Virtual milliseconds after which something that is waited for will not come.
const PATIENCE_MS: u64 = 600_000;
/// The password of all meets.
const PASSWORD: &str = "a strong one, hopefully";

/// Desks, displays and a core.
#[derive(Debug)]
pub struct Gym {
    /// Time and randomness.
    pub stage: Stage,
    /// Under the core.
    pub disk: MeetDisk,
    /// Seals receipts; lies elsewhere than on the disk.
    pub key: [u8; 32],
    core: Option<MeetCore>,
    run: u32,
    seats: Vec<Seat>,
    /// What desks asked and were answered.
    pub traffic: Traffic,
    conns: u32,
    asked: u64,
    /// Answers to displays.
    answers: Vec<Result<MeetAnswer, WireError>>,
}

/// Messages between desks and core, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests of desks.
    pub requests: usize,
    /// Bytes of them, and of the longest.
    pub up: (usize, usize),
    /// Bytes of the answers, and of the longest.
    pub down: (usize, usize),
}

/// By which displays ask.
const DISPLAYS: ConnNo = ConnNo(u32::MAX);

/// A display, by a link of its own.
#[derive(Debug)]
pub struct Display {
    session: Session,
    at: Option<PublicAt>,
    seen: MeetDisplay,
    heard: Vec<u8>,
}

impl Display {
    /// What it shows, as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        codec::encode(&self.seen.state().all().collect::<Vec<_>>())
    }

    /// Whether it was ever sent this text.
    pub fn heard(&self, text: &str) -> bool {
        self.heard.windows(text.len()).any(|part| part == text.as_bytes())
    }
}

/// A desk and what it has kept.
#[derive(Debug)]
struct Seat {
    desk: MeetDesk,
    kept: BTreeMap<Key, Vec<u8>>,
    /// Its way to the core, if there is one.
    conn: Option<ConnNo>,
    wants: bool,
    asked: BTreeMap<u64, AskNo>,
    events: Vec<DeskEvent>,
}

impl Gym {
    /// A core that runs on an empty disk, and so many desks without a connection.
    pub fn new(seed: u64, desks: usize) -> Self {
        let plan = Plan { faults: FaultRates::default(), sync_ms: 5, ..Plan::of(seed) };
        let mut stage = Stage::new(plan, Lines::None);
        let seat = |stage: &mut Stage| Seat {
            desk: MeetDesk::new(stage.identity.word()),
            kept: BTreeMap::new(),
            conn: None,
            wants: false,
            asked: BTreeMap::new(),
            events: Vec::new(),
        };
        let seats = (0..desks).map(|_| seat(&mut stage)).collect();
        let mut gym = Self {
            stage,
            disk: MeetDisk::default(),
            key: [7; 32],
            core: None,
            run: 0,
            seats,
            traffic: Traffic::default(),
            conns: 0,
            asked: 0,
            answers: Vec::new(),
        };
        gym.start();
        gym
    }

    /// The core starts, on what the disk holds.
    pub fn start(&mut self) {
        self.run += 1;
        self.core = MeetCore::start(&mut self.stage, &mut self.disk, self.run, self.key);
        for seat in 0..self.seats.len() {
            if self.seats[seat].wants {
                self.online(seat);
            }
        }
    }

    /// The core dies; unsynced writes may be lost, connections are.
    pub fn kill(&mut self) {
        self.core = None;
        self.disk.crash(&mut self.stage.faults);
        for seat in 0..self.seats.len() {
            self.cut(seat);
        }
    }

    /// The core's machine, while it runs.
    pub fn core(&self) -> Option<&MeetCore> {
        self.core.as_ref()
    }

    /// The desk at a seat.
    pub fn desk(&self, seat: usize) -> &MeetDesk {
        &self.seats[seat].desk
    }

    /// Its events since the last call.
    pub fn events(&mut self, seat: usize) -> Vec<DeskEvent> {
        std::mem::take(&mut self.seats[seat].events)
    }

    /// Does something with a desk.
    pub fn with<R>(&mut self, seat: usize, act: impl FnOnce(&mut MeetDesk, Millis) -> R) -> R {
        let now = self.stage.now().client();
        act(&mut self.seats[seat].desk, now)
    }

    /// A desk gets a connection, and a new one whenever the core comes back.
    pub fn online(&mut self, seat: usize) {
        self.seats[seat].wants = true;
        if self.core.is_none() || self.seats[seat].conn.is_some() {
            return;
        }
        self.conns += 1;
        self.seats[seat].conn = Some(ConnNo(self.conns));
        self.with(seat, MeetDesk::handle_connected);
    }

    /// A desk has no connection any more.
    pub fn offline(&mut self, seat: usize) {
        self.seats[seat].wants = false;
        self.cut(seat);
    }

    fn cut(&mut self, seat: usize) {
        let Some(conn) = self.seats[seat].conn.take() else { return };
        self.seats[seat].asked.clear();
        if let Some(core) = &mut self.core {
            core.gone(&mut self.stage, &mut self.disk, conn);
        }
        self.with(seat, MeetDesk::handle_disconnected);
    }

    /// A desk's program ends and is started again on what it kept; it is offline then.
    pub fn reopen(&mut self, seat: usize) {
        self.offline(seat);
        let saved = SavedMeet::load(&self.seats[seat].kept).expect("invariant: what was saved can be read");
        let seed = self.stage.identity.word();
        self.seats[seat].desk = saved.map_or_else(|| MeetDesk::new(seed), |saved| MeetDesk::load(saved, seed));
    }

    /// A seat makes the meet: locations `a`, `b`, `c`, … with these priorities, itself at the first.
    pub fn create(&mut self, seat: usize, priorities: &[u16]) -> MeetId {
        let locations = priorities.iter().enumerate().map(|(at, priority)| Location {
            name: name(at),
            priority: Priority::new(*priority).expect("invariant: tests name priorities up to 1000"),
        });
        let opening =
            Opening::Create { location: name(0), locations: locations.collect(), password: Typed::new(PASSWORD) };
        self.online(seat);
        self.open(seat, opening);
        self.until("the meet is made", |gym| gym.is_level(seat));
        self.desk(seat).meet().expect("invariant: a desk that is live knows its meet")
    }

    /// A seat joins at the location of its own number.
    pub fn join(&mut self, seat: usize, meet: MeetId) {
        self.join_as(seat, seat, meet);
    }

    /// A seat joins at the location of this number.
    pub fn join_as(&mut self, seat: usize, location: usize, meet: MeetId) {
        let opening = Opening::Join { meet, location: name(location), password: Typed::new(PASSWORD) };
        self.online(seat);
        self.open(seat, opening);
        self.until("the desk has joined", |gym| gym.is_level(seat));
    }

    fn open(&mut self, seat: usize, opening: Opening) {
        let (mut token, mut id) = ([0; 32], [0; 16]);
        for byte in token.iter_mut().chain(&mut id) {
            *byte = self.stage.identity.below(256) as u8;
        }
        let opened = self.with(seat, |desk, now| desk.open(now, opening, Token(token), DeskId(id)));
        opened.expect("invariant: tests open what can be opened");
    }

    /// Whether a desk is live, with nothing pending.
    pub fn is_level(&self, seat: usize) -> bool {
        let desk = self.desk(seat);
        desk.state() == DeskState::Live && desk.pending() == 0
    }

    /// Whether a desk has no session any more.
    pub fn is_logged_out(&self, seat: usize) -> bool {
        matches!(self.desk(seat).state(), DeskState::LoggedOut(LoggedOut::PasswordNeeded { .. }))
    }

    /// A desk makes a display link.
    pub fn display(&mut self, seat: usize) -> Display {
        let mut token = [0; 32];
        token.fill_with(|| self.stage.identity.below(256) as u8);
        let token = Token(token);
        let command = self.with(seat, |desk, now| desk.command(now, Command::Display(token)));
        self.until("the display link is made", |gym| {
            let answers = gym.seats[seat].events.iter();
            answers.clone().any(|event| matches!(event, DeskEvent::Answer(no, Ok(_)) if *no == command))
        });
        let meet = self.desk(seat).meet().expect("invariant: a desk that makes a link knows its meet");
        Display { session: Session { meet, token }, at: None, seen: MeetDisplay::new(), heard: Vec::new() }
    }

    /// A display asks for what changed, as relays do for it.
    ///
    /// # Panics
    /// Where it is refused, or cannot follow.
    pub fn refresh(&mut self, display: &mut Display) {
        let have = display.at;
        let first = self.public(display, have, None);
        let mut next = first.next;
        display.at = Some(first.at);
        while let Some(from) = next {
            next = self.public(display, None, Some(from)).next;
            let have = display.at;
            display.at = Some(self.public(display, have, None).at);
        }
    }

    fn public(&mut self, display: &mut Display, have: Option<PublicAt>, from: Option<Path>) -> PublicChanges {
        self.asked += 1;
        let request = MeetRequest::Public { session: display.session, have, from, wait: false };
        let ask = MeetAsk { id: self.asked, full: false, address: [0; 16], body: codec::encode(&request) };
        let sent = self.put(DISPLAYS, ask);
        self.deliver(sent);
        self.until("the display is answered", |gym| !gym.answers.is_empty());
        match self.answers.pop() {
            Some(Ok(MeetAnswer::Public(changes))) => {
                let bytes = codec::encode(&changes.changes);
                display.heard.extend_from_slice(&bytes);
                let reset = changes.reset && from.is_none();
                display.seen.apply(reset, changes.finished, &bytes).expect("a display cannot follow");
                changes
            }
            other => panic!("a display was answered {other:?}"),
        }
    }

    /// So much time passes.
    pub fn wait_ms(&mut self, ms: u64) {
        let end = self.stage.now().plus_ms(ms);
        self.until_within("time passes", ms + PATIENCE_MS, |gym| gym.stage.now() >= end);
    }

    /// Runs until everybody who has a connection is level and holds the same log.
    pub fn settle(&mut self) {
        self.until("everybody is level", |gym| {
            let online = (0..gym.seats.len()).filter(|seat| gym.seats[*seat].conn.is_some());
            online.clone().all(|seat| gym.is_level(seat))
                && gym.disk.pending() == 0
                && online.map(|seat| gym.desk(seat).log().hash().0).collect::<BTreeSet<_>>().len() <= 1
        });
    }

    /// Runs until `what` is so.
    ///
    /// # Panics
    /// When it never is.
    pub fn until(&mut self, what: &str, so: impl FnMut(&Self) -> bool) {
        self.until_within(what, PATIENCE_MS, so);
    }

    fn until_within(&mut self, what: &str, ms: u64, mut so: impl FnMut(&Self) -> bool) {
        let end = self.stage.now().plus_ms(ms);
        self.pump();
        while !so(self) {
            assert!(self.stage.failure.is_none(), "{:?}", self.stage.failure);
            assert!(self.stage.now() < end, "{what}: never; {}", self.states());
            self.step();
        }
    }

    fn states(&self) -> String {
        let states =
            self.seats.iter().map(|seat| format!("{:?} with {} pending", seat.desk.state(), seat.desk.pending()));
        states.collect::<Vec<_>>().join(", ")
    }

    /// The next thing that is due.
    fn step(&mut self) {
        let timers = self.seats.iter().filter_map(|seat| seat.desk.poll_timeout());
        let next = timers.min().map(|at| Moment::of_ms(at.0));
        let due = self.stage.agenda.next_at();
        match (due, next) {
            (Some(due), next) if next.is_none_or(|next| due <= next) => {
                if let Some(event) = self.stage.agenda.take() {
                    self.handle(event);
                }
            }
            (_, Some(next)) => {
                self.stage.agenda.skip_to(next);
                for seat in 0..self.seats.len() {
                    self.with(seat, MeetDesk::handle_timeout);
                }
            }
            (_, None) => self.stage.agenda.skip_to(self.stage.now().plus_ms(1_000)),
        }
        self.pump();
    }

    fn handle(&mut self, event: Event) {
        let Some(core) = &mut self.core else { return };
        let Event::Meets(run, event) = event else { return };
        if run != self.run {
            return;
        }
        if MeetCore::ends(&mut self.disk, event) {
            return self.kill();
        }
        let sent = core.handle(&mut self.stage, &mut self.disk, event);
        self.deliver(sent);
    }

    fn deliver(&mut self, sent: Vec<Sent>) {
        let now = self.stage.now().client();
        for (conn, id, result) in sent {
            let bytes = result.as_ref().map_or(0, Vec::len);
            let result = result.map(|bytes| {
                codec::decode_client::<MeetAnswer>(&bytes).expect("invariant: the core's answers can be decoded")
            });
            if conn == DISPLAYS {
                self.answers.push(result);
                continue;
            }
            let Some(seat) = self.seats.iter_mut().find(|seat| seat.conn == Some(conn)) else { continue };
            let Some(ask) = seat.asked.remove(&id) else { continue };
            let (all, longest) = self.traffic.down;
            self.traffic.down = (all + bytes, longest.max(bytes));
            seat.desk.handle_answer(now, ask, result.map_err(NoAnswer::Refused));
        }
    }

    /// Carries out what desks want, until they want nothing more.
    fn pump(&mut self) {
        let mut busy = true;
        while busy {
            busy = false;
            for seat in 0..self.seats.len() {
                busy |= self.pump_seat(seat);
            }
        }
    }

    fn pump_seat(&mut self, at: usize) -> bool {
        let mut busy = false;
        let seat = &mut self.seats[at];
        while let Some(save) = seat.desk.poll_save() {
            save.apply(&mut seat.kept);
            seat.desk.handle_saved(save.number);
            busy = true;
        }
        while let Some(event) = seat.desk.poll_event() {
            seat.events.push(event);
        }
        assert!(seat.desk.poll_bad().is_none(), "a desk finds fault with the core");
        let mut requests: Vec<(AskNo, MeetRequest)> = Vec::new();
        while let Some(request) = seat.desk.poll_request() {
            requests.push(request);
        }
        for (ask, request) in requests {
            busy = true;
            self.ask(at, ask, &request);
        }
        busy
    }

    fn ask(&mut self, at: usize, ask: AskNo, request: &MeetRequest) {
        let Some(conn) = self.seats[at].conn else { return };
        self.asked += 1;
        self.seats[at].asked.insert(self.asked, ask);
        let body = codec::encode(request);
        let (all, longest) = self.traffic.up;
        self.traffic.requests += 1;
        self.traffic.up = (all + body.len(), longest.max(body.len()));
        let sent = self.put(conn, MeetAsk { id: self.asked, full: true, address: [at as u8; 16], body });
        self.deliver(sent);
    }

    fn put(&mut self, conn: ConnNo, ask: MeetAsk) -> Vec<Sent> {
        let Some(core) = &mut self.core else { return Vec::new() };
        core.ask(&mut self.stage, &mut self.disk, conn, ask)
    }

    /// Holds everything against everything: all desks have the log that lies on the disk, byte for byte, and show what
    /// it comes to when it is replayed.
    ///
    /// # Panics
    /// Where that is not so.
    pub fn check(&mut self, meet: MeetId) {
        self.settle();
        let lines: Vec<Line> = self.disk.lines(meet).expect("invariant: the meet is on the disk").to_vec();
        let mut replayed = scorelay_meets::log::MeetLog::new();
        for line in &lines {
            replayed.push(line.clone()).expect("a line of the disk's log cannot follow");
        }
        let bytes = codec::encode(&lines);
        for (no, seat) in self.seats.iter().enumerate().filter(|(_, seat)| seat.desk.meet() == Some(meet)) {
            let own = seat.desk.log().lines_after(MeetSeq(0)).to_vec();
            assert_eq!(codec::encode(&own), bytes, "desk {no}'s log");
            assert_eq!(seat.desk.shown(), *replayed.state(), "what desk {no} shows");
            let saved =
                SavedMeet::load(&seat.kept).expect("what a desk keeps can be read").expect("it keeps something");
            let kept = MeetDesk::load(saved, 0);
            assert_eq!(kept.log().hash(), replayed.hash(), "what desk {no} keeps");
        }
    }

    /// What displays are to see of a state.
    pub fn for_displays(state: &MeetState) -> Vec<u8> {
        codec::encode(&all_for_displays(state).collect::<Vec<_>>())
    }
}

fn name(at: usize) -> String {
    char::from(b'a' + u8::try_from(at).unwrap_or(25).min(25)).to_string()
}
