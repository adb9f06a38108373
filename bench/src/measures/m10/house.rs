//! The core with its relay, meets with their desks and displays, and what has to agree before and after anything is
//! timed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use scorelay_client::core::meet::Opening;
use scorelay_meets::audience::all_for_displays;
use scorelay_meets::json::line_from_json;
use scorelay_meets::log::MeetLog;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq, Priority};
use scorelay_protocol::meet::line::Location;
use scorelay_protocol::meet::secret::Typed;
use tokio::sync::Semaphore;

use super::seat::{Display, Seat};
use super::shape::Acks;
use crate::Options;
use crate::failure::{Result, fail};
use crate::process::{Process, REST, SERVER};

const PASSWORD: &str = "correct horse battery";
/// Meets that are made at once; the core hashes two passwords at a time.
const AT_ONCE: usize = 6;
/// Everybody is level within this after the last update.
const LEVEL_WITHIN: Duration = Duration::from_secs(30);

/// One meet.
pub(super) struct Meet {
    id: MeetId,
    /// Its desks, the one that made it first.
    pub(super) desks: Vec<Seat>,
    /// Its displays.
    pub(super) displays: Vec<Display>,
}

/// A core with everybody.
pub(super) struct House {
    core: Process,
    address: String,
    metrics: String,
    data: PathBuf,
    /// Where desks note their acknowledgements.
    pub(super) acks: Acks,
}

impl House {
    /// Starts a core that keeps meets. Until [`House::pin`] it may use all processors.
    pub(super) fn start(options: &Options, folder: &std::path::Path) -> Result<Self> {
        let (config, data) = (folder.join("core.toml"), folder.join("data"));
        std::fs::write(&config, "[meets]\nkey_file = \"meets.key\"\n")?;
        let (config, dir) = (config.to_string_lossy(), data.to_string_lossy());
        let arguments = ["serve", "--config", &config, "--data", &dir, "--listen", "127.0.0.1:0"];
        let bounds = ["--metrics", "127.0.0.1:0", "--connections-per-address", "20000"];
        let program = options.binaries.join("scorelay");
        let mut core = Process::start(SERVER, &program, &[&arguments[..], &bounds].concat(), folder)?;
        let bare = |origin: String| origin.trim_start_matches("http://").to_owned();
        let (address, metrics) = (bare(core.said("listen")?), bare(core.said("metrics")?));
        let house = Self { core, address, metrics, data, acks: Acks::default() };
        house.affinity(&format!("{SERVER},{REST}"))?;
        Ok(house)
    }

    /// Gives the core one processor only.
    pub(super) fn pin(&self) -> Result {
        self.affinity(&SERVER.to_string())
    }

    fn affinity(&self, cores: &str) -> Result {
        let set = Command::new("taskset").args(["-acp", cores, &self.core.pid().to_string()]).output()?;
        if set.status.success() { Ok(()) } else { fail("the core cannot be given its processors") }
    }

    /// Makes meets, each with desks and displays, and registers lifters at each desk.
    pub(super) async fn meets(&self, count: usize, desks: usize, displays: usize, lifters: u32) -> Result<Vec<Meet>> {
        let room = Semaphore::new(AT_ONCE);
        let meets = (0..count).map(|_| async {
            let _one = room.acquire().await;
            self.meet(desks, displays, lifters).await
        });
        try_join_all(meets).await
    }

    async fn meet(&self, desks: usize, displays: usize, lifters: u32) -> Result<Meet> {
        let name = |desk: usize| format!("room {desk}");
        let mut locations = Vec::new();
        for desk in 0..desks {
            let Some(priority) = Priority::new(desk as u16) else { return fail("too many desks") };
            locations.push(Location { name: name(desk), priority });
        }
        let first = Seat::open(&self.address, &self.acks).await?;
        let password = || Typed::new(PASSWORD);
        let id = first.enter(Opening::Create { location: name(0), locations, password: password() }).await?;
        let link = first.link().await?;
        let mut seats = vec![first];
        for desk in 1..desks {
            let seat = Seat::open(&self.address, &self.acks).await?;
            seat.enter(Opening::Join { meet: id, location: name(desk), password: password() }).await?;
            seats.push(seat);
        }
        for seat in &seats {
            seat.register(lifters).await?;
        }
        let mut screens = Vec::new();
        for _ in 0..displays {
            screens.push(Display::open(&self.address, id, link).await?);
        }
        Ok(Meet { id, desks: seats, displays: screens })
    }

    /// Files and folders synced so far.
    pub(super) fn syncs(&self) -> Result<u64> {
        let mut stream = TcpStream::connect(&self.metrics)?;
        write!(stream, "GET /metrics HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.metrics)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let value =
            answer.lines().find_map(|line| line.strip_prefix("scorelay_meets_syncs_total ")?.trim().parse().ok());
        value.map_or_else(|| fail("the core counts no syncs"), Ok)
    }

    /// Processor time of the core.
    pub(super) fn cpu(&self) -> Result<f64> {
        self.core.cpu()
    }

    /// Holds every desk's log against the core's file, and every display against what the log makes of it.
    pub(super) async fn check(&self, meets: &[Meet]) -> Result {
        for meet in meets {
            let file = self.data.join("current-meets").join(meet.id.digits()).join("updates.json.log");
            let mut log = MeetLog::new();
            for line in std::fs::read_to_string(&file)?.lines() {
                let read = line_from_json(line).ok().and_then(|read| log.push(read.line).ok());
                if read.is_none() {
                    return fail(format!("{}: a line does not follow", file.display()));
                }
            }
            let public: Vec<_> = all_for_displays(log.state()).collect();
            let deadline = Instant::now() + LEVEL_WITHIN;
            loop {
                let same =
                    |desk: &Seat| desk.read(|desk| desk.log().lines_after(MeetSeq(0)) == log.lines_after(MeetSeq(0)));
                let desks = meet.desks.iter().filter(|desk| !same(desk)).count();
                let displays = meet.displays.iter().filter(|display| display.shows(meet.id) != public).count();
                if desks + displays == 0 {
                    break;
                }
                if Instant::now() > deadline {
                    return fail(format!("{desks} desks and {displays} displays differ from the core's file"));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }
}
