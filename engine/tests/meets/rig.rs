//! A machine with a disk, lanes and a clock in a test's hands.
//!
//! With every answer it is checked that what it shows is on the disk, whatever else a test looks at.

use std::collections::{BTreeMap, VecDeque};

use scorelay_engine::meets::{
    Against, AskId, Asker, HashJob, Hashed, LinkNo, MeetEffects, MeetInput, Meets, Note, OperatorAsk, Publication,
    Report, StoredMeet, Write, WriteWhat,
};
use scorelay_meets::chain::ReceiptKey;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::answer::{Chunk, MeetAnswer, Opened, PublicChanges, Updated};
use scorelay_protocol::meet::ids::{DeskId, LocalSeq, MeetEpoch, MeetId, MeetPosition, MeetSeq, MeetUid, Priority};
use scorelay_protocol::meet::line::{Line, Location, What};
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::receipt::PasswordHash;
use scorelay_protocol::meet::request::{Create, DeskAsk, Have, Join, MeetRequest, Part, Proposal, PublicAt, Session};
use scorelay_protocol::meet::secret::{Password, Token, Typed};
use scorelay_protocol::meet::value::{LeafValue, Value};
use sha2::{Digest, Sha256};

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const START: u64 = 1_000_000;

/// What is on the disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    pub(crate) meets: BTreeMap<MeetId, StoredMeet>,
    pub(crate) tombstones: Vec<(MeetId, MeetUid)>,
    /// Logs that were set aside.
    pub(crate) aside: Vec<Vec<Line>>,
}

impl Disk {
    fn apply(&mut self, write: Write) {
        let id = write.meet;
        if let WriteWhat::Create { auth, sessions, lines } = write.what {
            let meet = StoredMeet { auth, sessions, lines, finished: false, publication: None, set_aside: None };
            self.meets.insert(id, meet);
            return;
        }
        let meet = self.meets.get_mut(&id).expect("the meet is on the disk");
        match write.what {
            WriteWhat::Create { .. } => unreachable!("done above"),
            WriteWhat::Lines { after, lines } => {
                assert_eq!(after.0, meet.lines.len() as u64, "lines go to the end of the file");
                meet.lines.extend(lines);
            }
            WriteWhat::Log(lines) => self.aside.push(std::mem::replace(&mut meet.lines, lines)),
            WriteWhat::Auth(auth) => meet.auth = auth,
            WriteWhat::Sessions(sessions) => meet.sessions = sessions,
            WriteWhat::Publication(publication) => meet.publication = Some(publication),
            WriteWhat::Finish => meet.finished = true,
            WriteWhat::Reopen => meet.finished = false,
            WriteWhat::Remove(uid) => {
                self.tombstones.push((id, uid));
                self.meets.remove(&id);
            }
        }
    }
}

/// See above.
pub(crate) struct Rig {
    pub(crate) meets: Meets,
    pub(crate) now: u64,
    pub(crate) disk: Disk,
    pub(crate) hash: VecDeque<HashJob>,
    pub(crate) writes: VecDeque<Write>,
    pub(crate) publish: Vec<Publication>,
    pub(crate) notes: Vec<Note>,
    pub(crate) answers: BTreeMap<AskId, Result<MeetAnswer, WireError>>,
    pub(crate) reports: BTreeMap<AskId, Result<Report, WireError>>,
    of: BTreeMap<AskId, MeetId>,
    asks: u64,
    epochs: u64,
    random: u64,
}

pub(crate) fn key() -> ReceiptKey {
    ReceiptKey::new([7; 32])
}

/// Somebody who asks, by a link and from an address of this number.
pub(crate) fn from(number: u8) -> Asker {
    Asker { link: LinkNo(u64::from(number)), address: [number; 16], full: true }
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self::on(Disk::default(), 1)
    }

    /// A core that begins on this disk.
    pub(crate) fn on(disk: Disk, epoch: u64) -> Self {
        let stored = disk.meets.values().cloned().collect();
        let now = UnixMillis(START);
        let loaded = Meets::load(key(), MeetEpoch(epoch), now, stored, disk.tombstones.clone());
        let (meets, effects) = loaded.expect("it begins");
        let mut rig = Self {
            meets,
            now: START,
            disk,
            hash: VecDeque::new(),
            writes: VecDeque::new(),
            publish: Vec::new(),
            notes: Vec::new(),
            answers: BTreeMap::new(),
            reports: BTreeMap::new(),
            of: BTreeMap::new(),
            asks: 0,
            epochs: epoch,
            random: epoch,
        };
        rig.collect(effects);
        rig
    }

    /// The core dies, with all that is not on the disk, and begins again.
    pub(crate) fn restart(&mut self) {
        self.restart_on(self.disk.clone());
    }

    /// The same, on another disk.
    pub(crate) fn restart_on(&mut self, disk: Disk) {
        let (now, asks, notes) = (self.now, self.asks, std::mem::take(&mut self.notes));
        *self = Self { now, asks, ..Self::on(disk, self.epochs + 1) };
        self.notes.splice(0..0, notes);
    }

    fn collect(&mut self, effects: MeetEffects) {
        let MeetEffects { answers, reports, hash, writes, publish, notes } = effects;
        for (ask, answer) in answers {
            self.check(ask, &answer);
            assert!(self.answers.insert(ask, answer).is_none(), "one answer to {ask:?}");
        }
        self.reports.extend(reports);
        self.hash.extend(hash);
        self.writes.extend(writes);
        self.publish.extend(publish);
        self.notes.extend(notes);
        assert!(self.hash.len() <= scorelay_protocol::limits::MEET_LANES);
        for (at, write) in self.writes.iter().enumerate() {
            assert!(self.writes.iter().skip(at + 1).all(|other| other.meet != write.meet), "one write of a meet");
        }
    }

    /// What is shown is on the disk.
    fn check(&self, ask: AskId, answer: &Result<MeetAnswer, WireError>) {
        let stored = self.of.get(&ask).and_then(|meet| self.disk.meets.get(meet));
        let lines = stored.map_or(&[][..], |stored| &stored.lines[..]);
        let line = |seq: MeetSeq| &lines[usize::try_from(seq.0 - 1).unwrap()];
        match answer {
            Ok(MeetAnswer::Lines(chunk)) => {
                for (at, shown) in (chunk.after.0 + 1..).zip(&chunk.lines) {
                    assert_eq!(line(MeetSeq(at)), shown, "a line is shown that is not on the disk");
                }
                assert!(key().verify(&chunk.receipt));
            }
            Ok(MeetAnswer::Updated(updated)) => {
                for ack in &updated.acks {
                    let same = matches!(&line(ack.seq).what, What::Update(update)
                        if update.local == ack.local && update.verdict == ack.verdict);
                    assert!(same, "an update is answered that is not on the disk");
                }
            }
            Ok(MeetAnswer::Public(public)) => assert!(public.at.seq.0 <= lines.len() as u64),
            Ok(MeetAnswer::Done(seq)) => assert!(seq.0 <= lines.len() as u64),
            _ => {}
        }
    }

    pub(crate) fn put(&mut self, input: MeetInput) {
        let random = &mut self.random;
        let mut draw = |bytes: &mut [u8]| {
            for byte in bytes {
                *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = u8::try_from(*random >> 56).unwrap();
            }
        };
        let effects = self.meets.handle(UnixMillis(self.now), input, &mut draw);
        self.collect(effects);
    }

    /// Asks and lets nothing else happen.
    pub(crate) fn ask(&mut self, from: Asker, request: MeetRequest) -> AskId {
        self.asks += 1;
        let ask = AskId(self.asks);
        let meet = match &request {
            MeetRequest::Desk { session, .. } | MeetRequest::Public { session, .. } => Some(session.meet),
            _ => None,
        };
        meet.map(|meet| self.of.insert(ask, meet));
        self.put(MeetInput::Ask { ask, from, request });
        ask
    }

    /// What was answered so far.
    pub(crate) fn answer(&mut self, ask: AskId) -> Option<Result<MeetAnswer, WireError>> {
        self.answers.remove(&ask)
    }

    /// Hashes a password, if one waits for that.
    pub(crate) fn hash(&mut self) -> bool {
        let Some(HashJob { job, password, against }) = self.hash.pop_front() else { return false };
        let of = |salt: [u8; 16]| Sha256::new().chain_update(salt).chain_update(password.as_bytes()).finalize().into();
        let result = match against {
            Against::New { salt } => Hashed::Made(PasswordHash { log_n: 1, r: 1, p: 1, salt, hash: of(salt) }),
            Against::Known(known) => Hashed::Matches(of(known.salt) == known.hash),
            Against::Nothing => Hashed::Matches(false),
        };
        self.put(MeetInput::Hashed { job, result });
        true
    }

    /// Does a write, if there is one to do.
    pub(crate) fn write(&mut self) -> bool {
        let Some(write) = self.writes.pop_front() else { return false };
        let no = write.no;
        self.disk.apply(write);
        self.put(MeetInput::Written(no));
        true
    }

    /// Fails a write.
    pub(crate) fn fail(&mut self) {
        let write = self.writes.pop_front().expect("there is something to write").no;
        self.put(MeetInput::NotWritten { write, why: no_space() });
    }

    /// Does all that is to be done now.
    pub(crate) fn settle(&mut self) {
        while self.hash() || self.write() {}
    }

    /// Lets so much time pass, at its pace.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        self.settle();
        while let Some(at) = self.meets.next_at().filter(|at| at.0 <= end) {
            assert!(at.0 > self.now || self.now == START, "time goes on");
            self.now = at.0.max(self.now);
            self.put(MeetInput::Time);
            self.settle();
        }
        self.now = end;
        self.put(MeetInput::Time);
        self.settle();
    }

    /// Asks and has it answered, if need be later.
    pub(crate) fn get(&mut self, from: Asker, request: MeetRequest) -> Result<MeetAnswer, WireError> {
        let ask = self.ask(from, request);
        self.settle();
        for _ in 0..100 {
            if let Some(answer) = self.answer(ask) {
                return answer;
            }
            let at = self.meets.next_at().expect("it is answered some time");
            self.pass(at.0.saturating_sub(self.now));
        }
        panic!("not answered");
    }

    pub(crate) fn code(&mut self, from: Asker, request: MeetRequest) -> ErrorCode {
        self.get(from, request).expect_err("an error").code
    }

    pub(crate) fn operator(&mut self, body: OperatorAsk) -> Result<Report, WireError> {
        self.asks += 1;
        let ask = AskId(self.asks);
        self.put(MeetInput::Operator { ask, body });
        self.settle();
        self.reports.remove(&ask).expect("it is answered")
    }

    /// A meet of three locations, made by desk 1 at the first, with its session.
    pub(crate) fn meet(&mut self) -> (Seat, Opened) {
        let made = self.get(from(1), MeetRequest::Create(create(1)));
        let Ok(MeetAnswer::Opened(opened)) = made else { panic!("{made:?}") };
        (Seat { desk: 1, session: Session { meet: opened.meet, token: token(1) } }, opened)
    }

    /// A desk joins.
    pub(crate) fn seat(&mut self, meet: MeetId, desk: u8, location: &str) -> Seat {
        let joined = self.get(from(desk), MeetRequest::Join(join(meet, desk, location)));
        assert!(matches!(joined, Ok(MeetAnswer::Opened(_))), "{joined:?}");
        Seat { desk, session: Session { meet, token: token(desk) } }
    }

    pub(crate) fn log(&self, meet: MeetId) -> &MeetLog {
        self.meets.log(meet).expect("there is such a meet")
    }

    /// The log on the disk.
    pub(crate) fn stored(&self, meet: MeetId) -> MeetLog {
        log_of(&self.disk.meets[&meet].lines)
    }

    pub(crate) fn pull(&mut self, seat: Seat, have: Have) -> Chunk {
        match self.get(from(seat.desk), seat.ask(DeskAsk::Pull { have, wait: false })) {
            Ok(MeetAnswer::Lines(chunk)) => chunk,
            other => panic!("{other:?}"),
        }
    }

    /// Everything, chunk by chunk.
    pub(crate) fn pull_all(&mut self, seat: Seat) -> MeetLog {
        let mut log = MeetLog::new();
        loop {
            let chunk = self.pull(seat, Have { seq: log.head(), hash: log.hash() });
            for line in chunk.lines {
                log.push(line).expect("lines follow");
            }
            if log.head() == chunk.head {
                return log;
            }
        }
    }

    /// Everything that is shown, with no write done meanwhile.
    pub(crate) fn pull_all_shown(&mut self, seat: Seat) -> MeetLog {
        let mut log = MeetLog::new();
        loop {
            let have = Have { seq: log.head(), hash: log.hash() };
            let ask = self.ask(from(seat.desk), seat.ask(DeskAsk::Pull { have, wait: false }));
            let Some(Ok(MeetAnswer::Lines(chunk))) = self.answer(ask) else { panic!("lines") };
            for line in chunk.lines {
                log.push(line).expect("lines follow");
            }
            if log.head() == chunk.head {
                return log;
            }
        }
    }

    /// Sets paths, having seen everything, with the numbers that follow.
    pub(crate) fn set(&mut self, seat: Seat, sets: &[(&str, Value)]) -> Updated {
        let proposals = self.proposals(seat, sets);
        self.update(seat, proposals)
    }

    pub(crate) fn update(&mut self, seat: Seat, proposals: Vec<Proposal>) -> Updated {
        match self.get(from(seat.desk), seat.ask(DeskAsk::Update(proposals))) {
            Ok(MeetAnswer::Updated(updated)) => updated,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn proposals(&self, seat: Seat, sets: &[(&str, Value)]) -> Vec<Proposal> {
        let log = self.log(seat.session.meet);
        let author = log.author_of(seat.id()).expect("it has joined");
        let next = log.desk(author).unwrap().next_local();
        let after = MeetPosition { epoch: log.epoch_of(log.head()).unwrap(), seq: log.head() };
        let numbered = (next.0..).map(LocalSeq).zip(sets);
        numbered
            .map(|(local, (path, value))| Proposal { local, after, path: path_of(path), value: value.clone() })
            .collect()
    }

    pub(crate) fn public(&mut self, session: Session, have: Option<PublicAt>, rest: Option<Path>) -> PublicChanges {
        let request = MeetRequest::Public { session, have, from: rest, wait: false };
        match self.get(Asker { full: false, ..from(200) }, request) {
            Ok(MeetAnswer::Public(public)) => public,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn noted(&self, text: &str) -> bool {
        self.notes.iter().any(|note| note.text.contains(text))
    }
}

/// A desk's session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) desk: u8,
    pub(crate) session: Session,
}

impl Seat {
    pub(crate) fn ask(self, ask: DeskAsk) -> MeetRequest {
        MeetRequest::Desk { session: self.session, ask }
    }

    pub(crate) fn id(self) -> DeskId {
        DeskId([self.desk; 16])
    }
}

pub(crate) fn no_space() -> WireError {
    WireError::new(ErrorCode::NoSpace, "no space on the disk")
}

pub(crate) fn token(number: u8) -> Token {
    Token([number; 32])
}

pub(crate) fn typed(password: &str) -> Typed {
    Typed::new(password)
}

pub(crate) fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

pub(crate) fn location(name: &str, priority: u16) -> Location {
    Location { name: name.to_owned(), priority: Priority::new(priority).unwrap() }
}

pub(crate) fn create(desk: u8) -> Create {
    Create {
        token: token(desk),
        desk: DeskId([desk; 16]),
        location: "table".to_owned(),
        locations: vec![location("scale", 10), location("table", 100), location("door", 1)],
        password: typed(PASSWORD),
    }
}

pub(crate) fn join(meet: MeetId, desk: u8, location: &str) -> Join {
    let (token, desk) = (token(desk), DeskId([desk; 16]));
    Join { meet, token, desk, location: location.to_owned(), password: typed(PASSWORD) }
}

pub(crate) fn path_of(text: &str) -> Path {
    text.parse().expect("a path")
}

pub(crate) fn text(text: &str) -> Value {
    Value::Leaf(LeafValue::Text(text.to_owned()))
}

pub(crate) fn log_of(lines: &[Line]) -> MeetLog {
    let mut log = MeetLog::new();
    for line in lines {
        log.push(line.clone()).expect("lines follow");
    }
    log
}

/// Something as parts of so many bytes.
pub(crate) fn parts(whole: &[u8], size: usize) -> Vec<Part> {
    let sha256 = Sha256::digest(whole).into();
    let total = u32::try_from(whole.len()).unwrap();
    let part = |(at, bytes): (usize, &[u8])| Part {
        sha256,
        total,
        offset: u32::try_from(at * size).unwrap(),
        bytes: bytes.to_vec(),
    };
    whole.chunks(size).enumerate().map(part).collect()
}
