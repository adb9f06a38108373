//! Desks, what they saved, and a real core between them, all in one test's hands: who is connected, which answers are
//! lost, what each disk holds when somebody starts again.

use std::collections::BTreeMap;

use scorelay_client::core::Millis;
use scorelay_client::core::meet::{AskNo, DeskEvent, DeskState, Key, MeetDesk, NoAnswer, Opening, Save, SavedMeet};
use scorelay_engine::meets::{
    Against, AskId, Asker, Hashed, LinkNo, MeetEffects, MeetInput, Meets, StoredMeet, Write, WriteWhat,
};
use scorelay_meets::chain::{ReceiptKey, sha256};
use scorelay_meets::log::MeetLog;
use scorelay_protocol::error::WireError;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::MeetAnswer;
use scorelay_protocol::meet::ids::{DeskId, MeetEpoch, MeetId, MeetSeq, MeetUid, Priority};
use scorelay_protocol::meet::line::{Line, Location, What};
use scorelay_protocol::meet::receipt::PasswordHash;
use scorelay_protocol::meet::request::{DeskAsk, MeetRequest};
use scorelay_protocol::meet::secret::{Token, Typed};
use scorelay_protocol::meet::value::{LeafValue, Value};

pub(crate) type Disk = BTreeMap<MeetId, StoredMeet>;

pub(crate) struct Core {
    meets: Meets,
    pub(crate) disk: Disk,
    tombstones: Vec<(MeetId, MeetUid)>,
    asks: BTreeMap<AskId, (usize, u64, AskNo)>,
}

pub(crate) struct Seat {
    pub(crate) desk: MeetDesk,
    pub(crate) kept: BTreeMap<Key, Vec<u8>>,
    /// Every save that was done, in order.
    pub(crate) saves: Vec<Save>,
    /// Counts connections; answers to requests of an earlier one do not arrive.
    conn: u64,
    pub(crate) up: bool,
    /// Answers to be lost from now on.
    pub(crate) deaf: bool,
    pub(crate) events: Vec<DeskEvent>,
    pub(crate) bad: Vec<String>,
    /// What was asked, in order.
    pub(crate) asked: Vec<MeetRequest>,
}

pub(crate) struct Hall {
    pub(crate) now: u64,
    pub(crate) core: Option<Core>,
    pub(crate) seats: Vec<Seat>,
    key: u8,
    epoch: u64,
    given: u64,
    pub(crate) random: u64,
    /// Changes every answer before it arrives.
    pub(crate) forge: Option<fn(&mut MeetAnswer)>,
    /// Whether every request is looked at for what it shows that is not saved; that takes its time.
    pub(crate) looks: bool,
}

pub(crate) fn draw(random: &mut u64) -> u64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

pub(crate) fn text(text: &str) -> Value {
    Value::Leaf(LeafValue::Text(text.to_owned()))
}

pub(crate) fn password() -> Typed {
    Typed::new("correct horse")
}

pub(crate) fn locations() -> Vec<Location> {
    let place = |name: &str, priority| Location {
        name: name.to_owned(),
        priority: Priority::new(priority).expect("a priority"),
    };
    vec![place("desk", 100), place("platform", 50), place("door", 10)]
}

fn hash_of(salt: [u8; 16], password: &[u8]) -> [u8; 32] {
    sha256(&[&salt[..], password].concat())
}

fn put(disk: &mut Disk, tombstones: &mut Vec<(MeetId, MeetUid)>, write: Write) {
    let Write { meet: id, what, .. } = write;
    match what {
        WriteWhat::Create { auth, sessions, lines } => {
            let meet = StoredMeet { auth, sessions, lines, finished: false, publication: None, set_aside: None };
            disk.insert(id, meet);
        }
        WriteWhat::Remove(uid) => {
            tombstones.push((id, uid));
            disk.remove(&id);
        }
        what => {
            let meet = disk.get_mut(&id).expect("the meet is on the disk");
            match what {
                WriteWhat::Lines { lines, .. } => meet.lines.extend(lines),
                WriteWhat::Log(lines) => meet.lines = lines,
                WriteWhat::Auth(auth) => meet.auth = auth,
                WriteWhat::Sessions(sessions) => meet.sessions = sessions,
                WriteWhat::Publication(publication) => meet.publication = Some(publication),
                WriteWhat::Finish => meet.finished = true,
                WriteWhat::Reopen => meet.finished = false,
                WriteWhat::Create { .. } | WriteWhat::Remove(_) => unreachable!("done above"),
            }
        }
    }
}

impl Hall {
    pub(crate) fn new(seed: u64) -> Self {
        let mut hall = Self {
            now: 1_000_000,
            core: None,
            seats: Vec::new(),
            key: 7,
            epoch: 0,
            given: 0,
            random: seed,
            forge: None,
            looks: true,
        };
        hall.start(Disk::new());
        hall
    }

    /// A core starts on this disk; one that ran is gone with what it had in memory.
    pub(crate) fn start(&mut self, disk: Disk) {
        self.epoch += 1;
        let tombstones = self.core.take().map(|core| core.tombstones).unwrap_or_default();
        let stored = disk.values().cloned().collect();
        let key = ReceiptKey::new([self.key; 32]);
        let (meets, effects) =
            Meets::load(key, MeetEpoch(self.epoch), UnixMillis(self.now), stored, tombstones.clone())
                .expect("it starts");
        self.core = Some(Core { meets, disk, tombstones, asks: BTreeMap::new() });
        self.perform(effects);
        for seat in 0..self.seats.len() {
            if self.seats[seat].up {
                self.connect(seat);
            }
        }
    }

    pub(crate) fn restart(&mut self) {
        let disk = self.core.as_ref().map(|core| core.disk.clone()).unwrap_or_default();
        self.start(disk);
    }

    pub(crate) fn disk(&self) -> Disk {
        self.core.as_ref().map(|core| core.disk.clone()).unwrap_or_default()
    }

    fn put(&mut self, input: MeetInput) {
        let Some(core) = &mut self.core else { return };
        let random = &mut self.random;
        let mut fill = |bytes: &mut [u8]| bytes.iter_mut().for_each(|byte| *byte = (draw(random) & 0xFF) as u8);
        let effects = core.meets.handle(UnixMillis(self.now), input, &mut fill);
        self.perform(effects);
    }

    fn perform(&mut self, effects: MeetEffects) {
        let MeetEffects { answers, hash, writes, .. } = effects;
        for (ask, answer) in answers {
            self.answer(ask, answer);
        }
        for write in writes {
            let no = write.no;
            let Some(core) = &mut self.core else { return };
            put(&mut core.disk, &mut core.tombstones, write);
            self.put(MeetInput::Written(no));
        }
        for job in hash {
            let result = match job.against {
                Against::New { salt } => {
                    let hash = hash_of(salt, job.password.as_bytes());
                    Hashed::Made(PasswordHash { log_n: 15, r: 8, p: 3, salt, hash })
                }
                Against::Known(known) => Hashed::Matches(hash_of(known.salt, job.password.as_bytes()) == known.hash),
                Against::Nothing => Hashed::Matches(false),
            };
            self.put(MeetInput::Hashed { job: job.job, result });
        }
    }

    fn answer(&mut self, ask: AskId, mut answer: Result<MeetAnswer, WireError>) {
        let core = self.core.as_mut();
        let Some((seat, conn, no)) = core.and_then(|core| core.asks.remove(&ask)) else { return };
        if let (Some(forge), Ok(answer)) = (self.forge, &mut answer) {
            forge(answer);
        }
        let now = Millis(self.now);
        let seat = &mut self.seats[seat];
        if seat.up && seat.conn == conn && !seat.deaf {
            seat.desk.handle_answer(now, no, answer.map_err(NoAnswer::Refused));
        }
    }

    /// Another desk, without a connection.
    pub(crate) fn seat(&mut self, desk: MeetDesk, kept: BTreeMap<Key, Vec<u8>>) -> usize {
        let (saves, events, bad, asked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        self.seats.push(Seat { desk, kept, saves, conn: 0, up: false, deaf: false, events, bad, asked });
        self.seats.len() - 1
    }

    pub(crate) fn connect(&mut self, seat: usize) {
        let now = Millis(self.now);
        let seat = &mut self.seats[seat];
        (seat.conn, seat.up) = (seat.conn + 1, true);
        seat.desk.handle_connected(now);
    }

    pub(crate) fn disconnect(&mut self, seat: usize) {
        let now = Millis(self.now);
        let seat = &mut self.seats[seat];
        seat.up = false;
        seat.desk.handle_disconnected(now);
    }

    /// The desk's program ends and begins again with what it had saved.
    pub(crate) fn reload(&mut self, seat: usize) {
        let seed = draw(&mut self.random);
        let saved = SavedMeet::load(&self.seats[seat].kept).expect("what is saved can be read");
        let up = self.seats[seat].up;
        self.seats[seat].desk = saved.map_or_else(|| MeetDesk::new(seed), |saved| MeetDesk::load(saved, seed));
        if up {
            self.connect(seat);
        }
    }

    /// Does what the desk wants done; false if that is nothing.
    pub(crate) fn step(&mut self, at: usize) -> bool {
        let seat = &mut self.seats[at];
        let mut did = false;
        while let Some(event) = seat.desk.poll_event() {
            seat.events.push(event);
        }
        if let Some(save) = seat.desk.poll_save() {
            save.apply(&mut seat.kept);
            seat.desk.handle_saved(save.number);
            seat.saves.push(save);
            did = true;
        }
        if let Some(why) = seat.desk.poll_bad() {
            seat.bad.push(why);
            did = true;
        }
        if let Some((no, request)) = seat.desk.poll_request() {
            if self.looks {
                check_saved(seat, &request);
            }
            seat.asked.push(request.clone());
            self.given += 1;
            let (ask, conn) = (AskId(self.given), seat.conn);
            let from = Asker { link: LinkNo(at as u64), address: [at as u8; 16], full: true };
            if let Some(core) = &mut self.core {
                core.asks.insert(ask, (at, conn, no));
            }
            self.put(MeetInput::Ask { ask, from, request });
            did = true;
        }
        did
    }

    /// Lets everything happen that happens without time.
    pub(crate) fn settle(&mut self) {
        for _ in 0..100_000 {
            let mut did = false;
            for seat in 0..self.seats.len() {
                did |= self.step(seat);
            }
            if !did {
                return;
            }
        }
        panic!("it never comes to rest: {:?}", self.seats.iter().map(|seat| seat.desk.state()).collect::<Vec<_>>());
    }

    /// Lets time pass, up to this much, with all that is due in it.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        self.settle();
        while self.now < end {
            let core = self.core.as_ref().and_then(|core| core.meets.next_at()).map(|at| at.0);
            let desks = self.seats.iter().filter_map(|seat| seat.desk.poll_timeout()).map(|at| at.0);
            let next = desks.chain(core).min().unwrap_or(end);
            self.now = next.clamp(self.now + 1, end);
            self.put(MeetInput::Time);
            let now = Millis(self.now);
            self.seats.iter_mut().for_each(|seat| seat.desk.handle_timeout(now));
            self.settle();
        }
    }

    /// Makes a meet at the desk's location, and seats others at theirs, all live.
    pub(crate) fn meet(&mut self, others: &[&str]) -> MeetId {
        let first = self.seat(MeetDesk::new(1), BTreeMap::new());
        let create = Opening::Create { location: "desk".to_owned(), locations: locations(), password: password() };
        self.open(first, create);
        self.connect(first);
        self.pass(5_000);
        let meet = self.seats[first].desk.meet().expect("the meet was made");
        for location in others {
            let seat = self.seat(MeetDesk::new(2), BTreeMap::new());
            self.open(seat, join(meet, location));
            self.connect(seat);
            self.pass(5_000);
        }
        for seat in &self.seats {
            assert_eq!(seat.desk.state(), DeskState::Live, "{:?}", seat.events);
        }
        meet
    }

    pub(crate) fn open(&mut self, seat: usize, opening: Opening) {
        let mut bytes = [0; 32];
        bytes.iter_mut().for_each(|byte| *byte = (draw(&mut self.random) & 0xFF) as u8);
        let mut id = [0; 16];
        id.copy_from_slice(&bytes[16..]);
        let now = Millis(self.now);
        self.seats[seat].desk.open(now, opening, Token(bytes), DeskId(id)).expect("it may be opened");
    }

    pub(crate) fn edit(&mut self, seat: usize, path: &str, value: Value) {
        let now = Millis(self.now);
        self.seats[seat].desk.edit(now, path.parse().expect("a path"), value).expect("an edit");
    }

    pub(crate) fn log(&self, meet: MeetId) -> &MeetLog {
        self.core.as_ref().and_then(|core| core.meets.log(meet)).expect("the core has the meet")
    }

    /// All are live, hold the core's log, have nothing pending, and what they saved says the same.
    pub(crate) fn check_level(&self, meet: MeetId) {
        let log = self.log(meet);
        for (at, seat) in self.seats.iter().enumerate() {
            assert_eq!(seat.desk.state(), DeskState::Live, "desk {at}: {:?}", seat.events.last());
            assert_eq!(seat.desk.log().lines_after(MeetSeq(0)), log.lines_after(MeetSeq(0)), "desk {at}");
            assert_eq!((seat.desk.pending(), seat.desk.shown() == *log.state()), (0, true), "desk {at}");
            let saved = SavedMeet::load(&seat.kept).expect("it can be read").expect("it is there");
            let again = MeetDesk::load(saved, 1);
            assert_eq!(again.log().hash(), log.hash());
            let sorted = |desk: &MeetDesk| {
                let mut told: Vec<_> = desk.overruled().iter().map(|told| format!("{told:?}")).collect();
                told.sort();
                told
            };
            assert_eq!(sorted(&again), sorted(&seat.desk));
        }
    }

    /// How many lines set a path to a value, by whether they were accepted.
    pub(crate) fn lines_with(&self, meet: MeetId, value: &Value) -> usize {
        let is = |line: &&Line| matches!(&line.what, What::Update(update) if update.value == *value);
        self.log(meet).lines_after(MeetSeq(0)).iter().filter(is).count()
    }
}

pub(crate) fn join(meet: MeetId, location: &str) -> Opening {
    Opening::Join { meet, location: location.to_owned(), password: password() }
}

/// Nothing is sent that is not saved: neither updates with their numbers nor tokens. What was on its way out when its
/// line came is in the log.
fn check_saved(seat: &Seat, request: &MeetRequest) {
    let saved = SavedMeet::load(&seat.kept).expect("it can be read");
    let saved = MeetDesk::load(saved.expect("who asks has saved its session"), 1);
    match request {
        MeetRequest::Desk { ask: DeskAsk::Update(updates), .. } => {
            let kept = saved.desk().pending_updates();
            for update in updates {
                let same = kept.iter().any(|kept| {
                    (kept.local, kept.after, kept.path) == (Some(update.local), update.after, update.path)
                        && kept.value == update.value
                });
                let settled = saved.log().lines_after(MeetSeq(0)).iter().any(|line| {
                    matches!(&line.what, What::Update(line)
                        if (line.local, line.after, line.path) == (update.local, update.after, update.path)
                            && line.value == update.value)
                });
                assert!(same || settled, "sent without being saved: {update:?}");
            }
        }
        MeetRequest::Create(create) => assert_eq!(saved.session().map(|own| own.token), Some(create.token)),
        MeetRequest::Join(join) => assert_eq!(saved.session().map(|own| own.token), Some(join.token)),
        _ => {}
    }
}
