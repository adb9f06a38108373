//! A core without a process around it: the machine on real files, its writes done at once, and desks that ask it. Syncs
//! are left out, as nothing here dies.

use std::collections::VecDeque;
use std::io;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scorelay_engine::meets::{
    Against, AskId, Asker, HashJob, Hashed, LinkNo, MeetEffects, MeetInput, Meets, OperatorAsk,
};
use scorelay_meets::log::MeetLog;
use scorelay_protocol::error::WireError;
use scorelay_protocol::meet::answer::{Chunk, MeetAnswer, Opened};
use scorelay_protocol::meet::path::{Path as MeetPath, StageNo};
use scorelay_protocol::meet::receipt::Receipt;
use scorelay_protocol::meet::request::{
    Claim, Create, DeskAsk, Have, Join, MeetRequest, Part, Proposal, Results, Session,
};
use scorelay_protocol::meet::secret::{Token, Typed};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, Real};
use sha2::{Digest, Sha256};

use super::*;
use crate::meets::files::disk::RealDisk;

const PASSWORD: &str = "correct horse";
const NEW_PASSWORD: &str = "another password";

/// Writes, and says that it has synced.
#[derive(Debug)]
struct Unsynced;

impl Disk for Unsynced {
    fn write(&mut self, file: &mut fs::File, bytes: &[u8]) -> io::Result<()> {
        RealDisk.write(file, bytes)
    }

    fn sync(&mut self, _: &fs::File) -> io::Result<()> {
        Ok(())
    }
}

/// What a start makes of a directory.
pub(super) fn load(dir: &Path) -> Loaded {
    Files::open_on(dir, NOW, Box::new(Unsynced)).unwrap()
}

/// See above.
pub(super) struct House {
    files: Files,
    meets: Meets,
    now: UnixMillis,
    asked: u64,
    answers: Vec<(AskId, Result<MeetAnswer, WireError>)>,
    random: ChaCha8Rng,
}

/// What a desk holds of a whole meet, and the core's files of it.
pub(super) struct Whole {
    pub(super) meet: MeetId,
    pub(super) files: Vec<(String, Vec<u8>)>,
    pub(super) lines: Vec<Line>,
    pub(super) receipt: Receipt,
    pub(super) record: SealedRecord,
}

impl House {
    /// A core starts on what was read.
    pub(super) fn start(loaded: Loaded, seed: u64) -> Self {
        let Loaded { files, meets, tombstones } = loaded;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let epoch = MeetEpoch(random.next_u64());
        let key = ReceiptKey::new([3; 32]);
        let (meets, effects) = Meets::load(key, epoch, NOW, meets, tombstones).unwrap();
        let mut house = Self { files, meets, now: NOW, asked: 0, answers: Vec::new(), random };
        let mut next = VecDeque::new();
        house.perform(effects, &mut next);
        next.into_iter().for_each(|input| house.put(input));
        house
    }

    fn put(&mut self, input: MeetInput) {
        let mut next = VecDeque::from([input]);
        while let Some(input) = next.pop_front() {
            let random = &mut self.random;
            let effects = self.meets.handle(self.now, input, &mut |bytes| random.fill_bytes(bytes));
            self.perform(effects, &mut next);
        }
    }

    fn perform(&mut self, effects: MeetEffects, next: &mut VecDeque<MeetInput>) {
        self.answers.extend(effects.answers);
        for write in effects.writes {
            assert_eq!(self.files.write(&write), Ok(Wrote::Done), "{write:?}");
            self.files.sync().unwrap();
            next.push_back(MeetInput::Written(write.no));
        }
        for HashJob { job, password, against } in effects.hash {
            let of = |salt| Sha256::new().chain_update(salt).chain_update(password.as_bytes()).finalize().into();
            let result = match against {
                Against::New { salt } => Hashed::Made(PasswordHash { log_n: 1, r: 1, p: 1, salt, hash: of(salt) }),
                Against::Known(known) => Hashed::Matches(of(known.salt) == known.hash),
                Against::Nothing => Hashed::Matches(false),
            };
            next.push_back(MeetInput::Hashed { job, result });
        }
    }

    /// Asks, and waits for as long as an answer is held back.
    pub(super) fn ask(&mut self, request: MeetRequest) -> Result<MeetAnswer, WireError> {
        self.asked += 1;
        let ask = AskId(self.asked);
        let from = Asker { link: LinkNo(1), address: [1; 16], full: true };
        self.put(MeetInput::Ask { ask, from, request });
        loop {
            if let Some(at) = self.answers.iter().position(|(of, _)| *of == ask) {
                return self.answers.swap_remove(at).1;
            }
            self.now = self.meets.next_at().expect("it is answered some time").max(self.now);
            self.put(MeetInput::Time);
        }
    }

    pub(super) fn desk(&mut self, meet: MeetId, desk: u8, ask: DeskAsk) -> Result<MeetAnswer, WireError> {
        self.ask(MeetRequest::Desk { session: Session { meet, token: Token([desk; 32]) }, ask })
    }

    /// A desk gets in by the password.
    pub(super) fn join(&mut self, meet: MeetId, desk: u8, location: &str, password: &str) -> Opened {
        let (token, desk, location) = (Token([desk; 32]), DeskId([desk; 16]), location.to_owned());
        match self.ask(MeetRequest::Join(Join { meet, token, desk, location, password: Typed::new(password) })) {
            Ok(MeetAnswer::Opened(opened)) => opened,
            other => panic!("{other:?}"),
        }
    }

    /// The second desk, after its session was lost.
    pub(super) fn join_again(&mut self, meet: MeetId) {
        self.join(meet, 2, "door", NEW_PASSWORD);
    }

    pub(super) fn pull(&mut self, meet: MeetId, desk: u8) -> Chunk {
        match self.desk(meet, desk, DeskAsk::Pull { have: Have::default(), wait: false }) {
            Ok(MeetAnswer::Lines(chunk)) if chunk.head.0 == chunk.lines.len() as u64 => chunk,
            other => panic!("{other:?}"),
        }
    }

    /// Sets things one after the other, as somebody who saw the lines up to `seen`.
    fn set(&mut self, meet: MeetId, desk: u8, local: u64, seen: u64, sets: &[(&str, Value)]) {
        let epoch = self.meets.log(meet).and_then(|log| log.epoch_of(MeetSeq(seen))).expect("an epoch has begun");
        let after = MeetPosition { epoch, seq: MeetSeq(seen) };
        let proposals = (local..).map(LocalSeq).zip(sets).map(|(local, (path, value))| {
            let path: MeetPath = path.parse().expect("tests name paths");
            Proposal { local, after, path, value: value.clone() }
        });
        let updated = self.desk(meet, desk, DeskAsk::Update(proposals.collect()));
        let Ok(MeetAnswer::Updated(updated)) = updated else { panic!("{updated:?}") };
        assert_eq!((updated.acks.len(), updated.stopped), (sets.len(), None));
    }

    /// A meet with lines of every kind, by two desks, published once and opened again.
    pub(super) fn rich_meet() -> Whole {
        let dir = TempDir::new().unwrap();
        let mut house = Self::start(load(dir.path()), 1);
        let location =
            |name: &str, priority| Location { name: name.into(), priority: Priority::new(priority).unwrap() };
        let made = house.ask(MeetRequest::Create(Create {
            token: Token([1; 32]),
            desk: DeskId([1; 16]),
            location: "table".into(),
            locations: vec![location("table", 100), location("door", 10)],
            password: Typed::new(PASSWORD),
        }));
        let Ok(MeetAnswer::Opened(Opened { meet, .. })) = made else { panic!("{made:?}") };
        house.join(meet, 2, "door", PASSWORD);
        house.desk(meet, 1, DeskAsk::AddLocation(location("Waage „1“", 50))).unwrap();
        let text = |text: &str| Value::Leaf(LeafValue::Text(text.into()));
        let entry = "registration.entries[5000]";
        let squat = Attempt { kg: Real::new(102.5).unwrap(), result: AttemptResult::Good };
        let gone = Value::Leaf(LeafValue::Flag(true));
        house.set(meet, 2, 1, 5, &[("meet.name", text("by the door")), ("meet.city", text("Ulm"))]);
        let sets = [
            ("meet.name", text("Größe")),
            (entry, Value::Entry(EntryState::default())),
            (&format!("{entry}.squat[1]"), Value::Attempt(squat)),
            (&format!("{entry}.deleted"), gone),
            (&format!("{entry}.name"), text("Ana")),
        ];
        house.set(meet, 1, 1, 5, &sets);
        house.set(meet, 2, 3, 5, &[("meet.name", text("refused"))]);
        house.desk(meet, 1, DeskAsk::Drive { stage: StageNo::new(1).unwrap(), claim: Claim::Take }).unwrap();
        let (old, new) = (Typed::new(PASSWORD), Typed::new(NEW_PASSWORD));
        house.desk(meet, 1, DeskAsk::Password { old, new }).unwrap();
        let head = house.meets.log(meet).and_then(MeetLog::sealed_head).expect("it can be sealed");
        let results = Results { head, return_address: "a@example.org".into(), force: true };
        house.desk(meet, 1, DeskAsk::Publish { results, part: part(b"Name\n") }).unwrap();
        house.put(MeetInput::Operator { ask: AskId(0), body: OperatorAsk::Reopen(meet) });
        let head = house.meets.log(meet).unwrap().head().0;
        house.desk(meet, 1, DeskAsk::Display { token: Token([9; 32]) }).unwrap();
        house.set(meet, 1, 6, head, &[("meet.name", text("again"))]);
        let Ok(MeetAnswer::Record(record)) = house.desk(meet, 2, DeskAsk::Record) else { panic!("no record") };
        let Chunk { lines, receipt, .. } = house.pull(meet, 2);
        let folder = dir.path().join("current-meets").join(meet.digits());
        let names = ["auth.json", "opl.csv", "publication.json", "sessions.json", "updates.json.log"];
        let files = names.map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap())).into();
        Whole { meet, files, lines, receipt, record }
    }
}

/// Something in one part.
pub(super) fn part(bytes: &[u8]) -> Part {
    let (sha256, total) = (Sha256::digest(bytes).into(), u32::try_from(bytes.len()).unwrap());
    Part { sha256, total, offset: 0, bytes: bytes.to_vec() }
}
