//! Meets of a core's process, asked over a link as a relay does it: what is on the disk after it was killed, what it
//! makes of damage, and what its operator can do.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Instant;

use scorelay_protocol::codec;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::link::{LinkDown, LinkUp, MeetAsk, Role};
use scorelay_protocol::meet::answer::{MeetAnswer, Opened};
use scorelay_protocol::meet::ids::{DeskId, LocalSeq, MeetPosition, MeetSeq, Priority};
use scorelay_protocol::meet::line::{Line, Location, What};
use scorelay_protocol::meet::request::{Create, DeskAsk, Have, Join, MeetRequest, Proposal, Session};
use scorelay_protocol::meet::secret::{Token, Typed};
use scorelay_protocol::meet::value::{LeafValue, Value};
use serde_json::Value as Json;

use crate::common::core::{Core, Home, Watched, failure};
use crate::common::publisher::{Publisher, hello};
use crate::process::scorelay;
use crate::until::{DEADLINE, until};

const MEETS: &str = "[meets]\nkey_file = \"meets.key\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0"];
const PASSWORD: &str = "correct horse";
const TOKEN: Token = Token([5; 32]);

/// A relay's link, with one question at a time.
struct Relay {
    link: Publisher,
    asked: u64,
}

impl Relay {
    fn connect(core: &mut Core) -> Self {
        Self::at(&core.process.address("link"))
    }

    fn at(link: &str) -> Self {
        let link = Publisher::try_connect(link, hello("r", Role::Relay, None)).expect("relays are let in");
        Self { link, asked: 0 }
    }

    fn send(&mut self, request: &MeetRequest) -> u64 {
        self.asked += 1;
        let (id, body) = (self.asked, codec::encode(request));
        self.link.send(&LinkUp::Meet(MeetAsk { id, full: true, address: [0; 16], body }));
        id
    }

    fn ask(&mut self, request: &MeetRequest) -> Result<MeetAnswer, WireError> {
        let id = self.send(request);
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.link.receive(left) {
                Some(LinkDown::Meet { id: of, result }) if of == id => {
                    return result.map(|bytes| codec::decode_client(&bytes).expect("an answer of the protocol"));
                }
                Some(_) => {}
                None => panic!("no answer to {request:?}"),
            }
        }
    }

    fn desk(&mut self, opened: &Opened, ask: DeskAsk) -> Result<MeetAnswer, WireError> {
        self.ask(&MeetRequest::Desk { session: Session { meet: opened.meet, token: TOKEN }, ask })
    }

    fn create(&mut self) -> Opened {
        match self.ask(&create()) {
            Ok(MeetAnswer::Opened(opened)) => opened,
            other => panic!("{other:?}"),
        }
    }

    /// All lines there are.
    fn lines(&mut self, opened: &Opened) -> Vec<Line> {
        match self.desk(opened, DeskAsk::Pull { have: Have::default(), wait: false }) {
            Ok(MeetAnswer::Lines(chunk)) => {
                assert_eq!(chunk.head, MeetSeq(chunk.lines.len() as u64));
                chunk.lines
            }
            other => panic!("{other:?}"),
        }
    }

    /// All lines, once there are more than so many.
    fn lines_past(&mut self, opened: &Opened, count: usize) -> Vec<Line> {
        until("the epoch's line is durable", DEADLINE, || Some(self.lines(opened)).filter(|lines| lines.len() > count))
    }

    /// Sets the meet's name, as a desk that has seen everything.
    fn name(&mut self, opened: &Opened, local: u64, name: &str) {
        let lines = self.lines(opened);
        let epoch = lines.iter().rev().find_map(|line| match line.what {
            What::Epoch(epoch) => Some(epoch),
            _ => None,
        });
        let after = MeetPosition { epoch: epoch.expect("an epoch has begun"), seq: MeetSeq(lines.len() as u64) };
        let value = Value::Leaf(LeafValue::Text(name.into()));
        let path = "meet.name".parse().expect("a path");
        let updated = self.desk(opened, DeskAsk::Update(vec![Proposal { local: LocalSeq(local), after, path, value }]));
        let Ok(MeetAnswer::Updated(updated)) = updated else { panic!("{updated:?}") };
        assert_eq!((updated.acks.len(), updated.stopped), (1, None));
    }
}

fn create() -> MeetRequest {
    let location = Location { name: "Desk".into(), priority: Priority::new(500).expect("a priority") };
    MeetRequest::Create(Create {
        token: TOKEN,
        desk: DeskId([6; 16]),
        location: "Desk".into(),
        locations: vec![location],
        password: Typed::new(PASSWORD),
    })
}

fn operator(home: &Home, arguments: &[&str]) -> Json {
    let data = home.path("data").to_string_lossy().into_owned();
    let output = home.run(&[&["meet"], arguments, &["--json", "--data", &data]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn refused(home: &Home, arguments: &[&str]) -> String {
    let data = home.path("data").to_string_lossy().into_owned();
    failure(&home.run(&[&["meet"], arguments, &["--data", &data]].concat()))
}

/// L9, L18: killed after an answer, the core has everything that was answered; the session goes on, and the same
/// request gets the same answer.
#[test]
fn a_meet_outlives_a_killed_core() {
    let home = Home::with(MEETS);
    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    let opened = relay.create();
    relay.name(&opened, 1, "Größe");
    core.reaches("scorelay_meets_appends_total", 2.0);
    core.reaches("scorelay_meets_meets{state=\"current\"}", 1.0);
    let before = relay.lines(&opened);
    drop(core);
    let folder = home.path("data").join("current-meets").join(opened.meet.digits());
    let log = fs::read_to_string(folder.join("updates.json.log")).unwrap();
    assert_eq!(log.lines().count(), before.len());
    assert!(log.contains(r#""path":"meet.name","value":"Größe""#), "{log}");
    let files = ["auth.json", "sessions.json"].map(|name| fs::read_to_string(folder.join(name)).unwrap());
    assert!(files.iter().all(|text| !text.contains(PASSWORD) && !text.contains(&"05".repeat(32))));

    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    let after = relay.lines_past(&opened, before.len());
    assert_eq!(after[..before.len()], before);
    assert!(matches!(after[before.len()].what, What::Epoch(_)), "a start begins an epoch");
    assert_eq!(relay.create().meet, opened.meet);
    relay.name(&opened, 2, "Mass");
    assert_eq!(operator(&home, &["list"])[0]["name"], "Mass");
}

/// L9, T5: told to end while updates come, the core answers what it took, and has all that it answered.
#[test]
fn a_signal_loses_nothing_that_was_answered() {
    let home = Home::with(MEETS);
    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    let opened = relay.create();
    let lines = relay.lines(&opened);
    let What::Epoch(epoch) = lines[1].what else { panic!("{lines:?}") };
    let after = MeetPosition { epoch, seq: MeetSeq(3) };
    for local in 1..=200 {
        let value = Value::Leaf(LeafValue::Text(format!("name {local}")));
        let proposal = Proposal { local: LocalSeq(local), after, path: "meet.name".parse().expect("a path"), value };
        relay.send(&MeetRequest::Desk {
            session: Session { meet: opened.meet, token: TOKEN },
            ask: DeskAsk::Update(vec![proposal]),
        });
        if local == 150 {
            let sent = Command::new("kill").args(["-TERM", &core.process.pid().to_string()]).status();
            assert!(sent.is_ok_and(|status| status.success()));
        }
    }
    let mut acked = Vec::new();
    while let Some(message) = relay.link.receive(DEADLINE) {
        let LinkDown::Meet { result: Ok(bytes), .. } = message else { continue };
        let Ok(MeetAnswer::Updated(updated)) = codec::decode_client(&bytes) else { continue };
        acked.extend(updated.acks.into_iter().map(|ack| ack.local.0));
    }
    assert_eq!(acked, (1..=acked.len() as u64).collect::<Vec<_>>());
    assert!(!acked.is_empty());
    drop(core);
    let mut core = home.serve(LINK);
    let stored = Relay::connect(&mut core).lines_past(&opened, 3 + acked.len());
    let updates = stored.iter().filter(|line| matches!(line.what, What::Update(_))).count();
    assert!(updates >= acked.len(), "{updates} of {}", acked.len());
}

/// L9, L10: a sync that fails ends the core with the question unanswered; the next one has all that was answered, and
/// answers the same question.
#[test]
fn a_failed_sync_ends_the_core() {
    let home = Home::with(MEETS);
    let mut core = Watched::start(&scorelay(), &home.arguments(LINK), home.dir.path());
    let mut relay = Relay::at(&core.address("link "));
    let opened = relay.create();
    relay.name(&opened, 1, "Kept");
    let before = relay.lines(&opened);
    let folder = home.path("data").join("current-meets").join(opened.meet.digits());
    let sessions = fs::read(folder.join("sessions.json")).unwrap();
    // The new file's bytes go where everything is taken and nothing can be synced.
    symlink("/dev/null", folder.join("sessions.json.new")).unwrap();
    let display = DeskAsk::Display { token: Token([9; 32]) };
    relay.send(&MeetRequest::Desk { session: Session { meet: opened.meet, token: TOKEN }, ask: display.clone() });
    while let Some(message) = relay.link.receive(DEADLINE) {
        assert!(!matches!(message, LinkDown::Meet { .. }), "it is answered: {message:?}");
    }
    let text = failure(&core.output());
    assert!(text.contains("error[store-failed]") && text.contains(&opened.meet.digits()), "{text}");
    assert_eq!(fs::read(folder.join("sessions.json")).unwrap(), sessions);

    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    assert_eq!(relay.lines_past(&opened, before.len())[..before.len()], before);
    assert!(matches!(relay.desk(&opened, display), Ok(MeetAnswer::Display(_))));
}

/// L10: a torn tail and a lost key: what is whole goes on, the rest is kept, and the meet is served.
#[test]
fn a_torn_log_is_served_as_far_as_it_is_whole() {
    let home = Home::with(MEETS);
    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    let opened = relay.create();
    relay.name(&opened, 1, "Lost");
    let before = relay.lines(&opened);
    drop(core);
    let folder = home.path("data").join("current-meets").join(opened.meet.digits());
    let path = folder.join("updates.json.log");
    let log = fs::read(&path).unwrap();
    fs::write(&path, &log[..log.len() - 1]).unwrap();
    fs::remove_file(home.path("meets.key")).unwrap();

    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    let after = relay.lines_past(&opened, before.len() - 1);
    assert_eq!(after[..before.len() - 1], before[..before.len() - 1]);
    assert!(matches!(after[before.len() - 1].what, What::Epoch(_)));
    assert_eq!(fs::read(folder.join("updates.json.log.bad-1")).unwrap(), log[..log.len() - 1]);
    assert!(fs::read_to_string(folder.join("diag.log")).unwrap().contains("set aside"));
}

/// L3, L11: what the operator can do, and that it counts at once.
#[test]
fn an_operator_sees_and_ends_sessions() {
    let home = Home::with(MEETS);
    let mut core = home.serve(LINK);
    assert_eq!(operator(&home, &["list"]), Json::Array(Vec::new()));
    let mut relay = Relay::connect(&mut core);
    let opened = relay.create();
    let meet = opened.meet.to_string();
    let listed = operator(&home, &["list"]);
    assert_eq!((&listed[0]["meet"], &listed[0]["sessions"]), (&Json::from(meet.clone()), &Json::from(1)));
    let sessions = operator(&home, &["sessions", &meet]);
    assert_eq!((&sessions[0]["session"], &sessions[0]["location"]), (&Json::from(opened.session.0), &"Desk".into()));

    let file = home.path("password");
    fs::File::create(&file).unwrap().write_all(b"another password\n").unwrap();
    operator(&home, &["password", &meet, "--password-file", &file.to_string_lossy()]);
    let join = |password: &str| {
        let (token, desk, location) = (Token([7; 32]), DeskId([8; 16]), "Desk".to_owned());
        MeetRequest::Join(Join { meet: opened.meet, token, desk, location, password: Typed::new(password) })
    };
    assert_eq!(relay.ask(&join(PASSWORD)).unwrap_err().code, ErrorCode::BadLogin);
    assert!(matches!(relay.ask(&join("another password")), Ok(MeetAnswer::Opened(_))));

    operator(&home, &["revoke", &meet, &opened.session.0.to_string()]);
    let error = relay.desk(&opened, DeskAsk::Sessions).unwrap_err();
    assert_eq!(error.code, ErrorCode::BadSession);
    assert_eq!(operator(&home, &["cleanup", "--older-than", "0"])["cleared"], Json::Array(Vec::new()));
    assert!(refused(&home, &["sessions", "000-000-000"]).contains("no-such-meet"));
    assert!(refused(&home, &["revoke", &meet, "77"]).contains("no-such-session"));
}

/// L12: a core that keeps no meets says so to everybody; so does a command where no core runs.
#[test]
fn a_core_without_meets_refuses_them() {
    let home = Home::with("");
    assert!(refused(&home, &["list"]).contains("core-away"));
    let mut core = home.serve(LINK);
    let mut relay = Relay::connect(&mut core);
    assert_eq!(relay.ask(&create()).unwrap_err().code, ErrorCode::MeetsNotHere);
    assert!(refused(&home, &["list"]).contains("meets-not-here"));
    assert!(!home.path("data").join("current-meets").exists());
}

/// L10, L12: a key where it would be lost with the meets, a file that cannot be read, and what is no key end the start.
#[test]
fn what_cannot_be_used_ends_the_start() {
    let home = Home::with("[meets]\nkey_file = \"data/meets.key\"\n");
    assert!(home.fails(&[]).contains("must not lie in the data directory"));
    assert!(!home.path("data/meets.key").exists());
    let home = Home::with(MEETS);
    fs::write(home.path("meets.key"), "secret").unwrap();
    assert!(home.fails(&[]).contains("64 hexadecimal digits"));
    fs::remove_file(home.path("meets.key")).unwrap();
    fs::create_dir_all(home.path("data/current-meets/000000001/auth.json")).unwrap();
    assert!(home.fails(&[]).contains("current-meets/000000001/auth.json"));
    let home = Home::with("[meets]\nkey_file = \"k\"\nkeep_days = 0\n");
    assert!(home.fails(&[]).contains("core.toml:3: keep_days: 0 is not within 1 to"));
}
