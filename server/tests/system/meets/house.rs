//! A core with meets, two relays in a chain below it, and the files that all of it leaves.

use std::path::{Path, PathBuf};
use std::process::Command;

use scorelay_client::core::meet::Opening;
use scorelay_meets::json::line_from_json;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::codec;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq, Priority};
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::secret::Typed;
use scorelay_protocol::meet::value::{LeafValue, Value};

use super::seat::Seat;
use crate::process::{Process, path, ready, scorelay, scorelay_relay};
use crate::until::{DEADLINE, until};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Core and relays.
pub(crate) struct House {
    dir: tempfile::TempDir,
    core: Option<Process>,
    relays: [Process; 2],
    /// Where clients connect: the first relay, and the one below it.
    pub(crate) origins: [String; 2],
}

impl House {
    /// Everything runs.
    pub(crate) fn open() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("core.toml"), "[meets]\nkey_file = \"meets.key\"\n").expect("it can be written");
        let core = core(dir.path());
        let [up, down] = ["core.sock", "relay.sock"].map(|name| format!("unix:{}", path(&dir.path().join(name))));
        let relay = |arguments: &[&str]| Process::start(&scorelay_relay(), arguments, dir.path());
        let listen = ["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
        let first = [&["--upstream", &up, "--link", &down], &listen[..]].concat();
        let second = [&["--upstream", &down], &listen[..]].concat();
        let mut relays = [relay(&first), relay(&second)];
        let origins = [relays[0].address("listen"), relays[1].address("listen")];
        for relay in &mut relays {
            ready(&relay.address("metrics"));
        }
        Self { dir, core: Some(core), relays, origins }
    }

    /// `kill -9` of the core.
    pub(crate) fn kill(&mut self) {
        self.core.take().expect("the core runs").kill();
    }

    /// The core starts again.
    pub(crate) fn start(&mut self) {
        self.core = Some(core(self.dir.path()));
    }

    /// A relay stands still, with its connections open, or goes on.
    pub(crate) fn stand_still(&self, relay: usize, still: bool) {
        let signal = if still { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.relays[relay].pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal} was not sent");
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where the core keeps meets under way.
    pub(crate) fn current(&self) -> PathBuf {
        self.dir().join("data/current-meets")
    }

    /// A desk without a connection.
    pub(crate) fn seat(&self, no: usize) -> Seat {
        Seat::new(self.dir().join(format!("desk-{no}.state")))
    }

    /// The origin that a desk of this number connects to.
    pub(crate) fn origin(&self, no: usize) -> &str {
        &self.origins[no % 2]
    }

    /// A meet with so many desks, the first having made it, at locations of these priorities.
    pub(crate) fn meet(&self, priorities: &[u16]) -> (MeetId, Vec<Seat>) {
        let seats: Vec<Seat> = (0..priorities.len()).map(|no| self.seat(no)).collect();
        let locations = priorities.iter().enumerate().map(|(no, priority)| Location {
            name: name(no),
            priority: Priority::new(*priority).expect("tests name priorities up to 1000"),
        });
        seats[0].online(self.origin(0));
        seats[0].begin(Opening::Create {
            location: name(0),
            locations: locations.collect(),
            password: Typed::new(PASSWORD),
        });
        let meet = seats[0].level().meet.expect("a desk that is live knows its meet");
        for (no, seat) in seats.iter().enumerate().skip(1) {
            seat.online(self.origin(no));
            join(seat, no, meet);
        }
        (meet, seats)
    }

    /// Waits until all desks are level, and holds them against each other and the core's file.
    pub(crate) fn check(&self, meet: MeetId, seats: &[Seat]) {
        for seat in seats {
            seat.level();
        }
        let all = || seats.iter().map(Seat::seen).collect::<Vec<_>>();
        until("all hold the same log", DEADLINE, || {
            let seen = all();
            seen.iter().all(|one| one.pending == 0 && one.lines == seen[0].lines).then_some(())
        });
        // A core that has just started again may not have mended its file yet.
        let log = until("the core's log is what the desks hold", DEADLINE, || {
            let (log, bytes) = self.readable(meet)?;
            all().iter().all(|seen| seen.lines == bytes).then_some(log)
        });
        for (no, seen) in all().into_iter().enumerate() {
            assert_eq!(seen.shown, *log.state(), "what desk {no} shows");
        }
    }

    /// The core's log as it lies on the disk, replayed, and its lines' bytes.
    pub(crate) fn log(&self, meet: MeetId) -> (MeetLog, Vec<u8>) {
        self.readable(meet).expect("the log can be read with a text editor, and each line follows")
    }

    /// The same, where the file is there and sound.
    fn readable(&self, meet: MeetId) -> Option<(MeetLog, Vec<u8>)> {
        let file = self.current().join(meet.digits()).join("updates.json.log");
        let text = std::fs::read_to_string(&file).ok()?;
        let mut log = MeetLog::new();
        for line in text.lines() {
            log.push(line_from_json(line).ok()?.line).ok()?;
        }
        let bytes = codec::encode(&log.lines_after(MeetSeq(0)).to_vec());
        Some((log, bytes))
    }
}

fn core(dir: &Path) -> Process {
    let (config, data) = (dir.join("core.toml"), dir.join("data"));
    let link = format!("unix:{}", path(&dir.join("core.sock")));
    let arguments = ["serve", "--config", path(&config), "--data", path(&data)];
    let more = ["--listen", "none", "--link", &link, "--metrics", "127.0.0.1:0"];
    Process::start(&scorelay(), &[&arguments[..], &more[..]].concat(), dir)
}

/// A desk joins at the location of its number, and gets level.
pub(crate) fn join(seat: &Seat, no: usize, meet: MeetId) {
    seat.begin(Opening::Join { meet, location: name(no), password: Typed::new(PASSWORD) });
    seat.level();
}

pub(crate) fn name(no: usize) -> String {
    format!("room {no}")
}

pub(crate) fn text(text: &str) -> Value {
    Value::Leaf(LeafValue::Text(text.to_owned()))
}
