//! M11: how long a core takes from its start on a million rows to the first right snapshot at a client, and a relay
//! that joins it; and what Redis takes to load a file of its own of the same rows.

mod redis;
mod rows;
mod scorelay;

use std::process::Command;
use std::time::Duration;

use crate::Options;
use crate::failure::Result;
use crate::process::Process;
use crate::report::{Bound, Report};

use redis::Kind;
use rows::Rows;
use scorelay::{House, Round};

/// Rows that a client looks at first.
const TOP: usize = 100;
/// A start that takes longer has failed.
const WITHIN: Duration = Duration::from_secs(60);

const SECONDS: &str = "start to first right snapshot";
const CPU: &str = "CPU until then";
const MEMORY: &str = "peak memory";

/// What a start took.
struct Start {
    seconds: f64,
    cpu: f64,
    bytes: u64,
}

impl Start {
    fn read(seconds: f64, process: &Process) -> Result<Self> {
        Ok(Self { seconds, cpu: process.cpu()?, bytes: process.memory("VmHWM")? })
    }

    fn note(&self, report: &mut Report, case: &str, subject: &str) {
        report.sample(case, subject, SECONDS, "s", self.seconds);
        report.sample(case, subject, CPU, "s", self.cpu);
        report.sample(case, subject, MEMORY, "MB", self.bytes as f64 / 1e6);
    }
}

/// Takes the measure.
///
/// # Errors
/// Something does not start, or shows other rows.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    let count = if options.quick { 100_000 } else { 1_000_000 };
    let case = format!("{} rows", if options.quick { "100,000" } else { "1,000,000" });
    let rows = Rows::draw(count);
    let folder = tempfile::tempdir()?;
    let (rdb, aof) = (folder.path().join("rdb"), folder.path().join("aof"));
    redis::fill(&rdb, Kind::Rdb, &rows)?;
    redis::fill(&aof, Kind::Aof, &rows)?;
    let house = House::fill(options, folder.path(), &rows)?;
    for _ in 0..options.rounds {
        let Round { core, relay, alone } = house.measure()?;
        core.note(report, &case, "core with its relay");
        relay.note(report, &case, "relay that joins");
        alone.note(report, &case, "core alone");
        redis::measure(&rdb, Kind::Rdb, &rows)?.note(report, &case, "redis RDB");
        redis::measure(&aof, Kind::Aof, &rows)?.note(report, &case, "redis AOF");
    }
    for what in [SECONDS, MEMORY] {
        for subject in ["core with its relay", "relay that joins"] {
            report.aim_ratio(&case, what, subject, "redis RDB", Bound::AtMost(1.0));
        }
    }
    report.aim_ratio(&case, MEMORY, "core alone", "redis RDB", Bound::AtMost(1.0));
    report.aim_ratio(&case, SECONDS, "core with its relay", "redis AOF", Bound::AtMost(1.0));

    let version = Command::new("redis-server").arg("--version").output()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    report.peers.push(format!("redis {}", version.split("v=").nth(1).unwrap_or("").split(' ').next().unwrap_or("")));
    report.note(
        "Files are in the page cache for everybody: data directories are copied just before each start, Redis \
         has just written its own.",
    );
    report.note(
        "The board was made by `scorelay import`; that, and filling Redis, are not timed. Core and Redis run \
         on one processor core, the relay that joins on the other, with the core's sending on the first.",
    );
    report.note(
        "The first right snapshot: ranks 1 to 100 as they were imported, and the count of rows, at a client \
         that watches; for Redis ZREVRANGE of the same over a new connection, tried every 2 ms. Redis: \
         `--save \"\"`, RDB by SAVE; AOF with its commands as they came, not rewritten.",
    );
    report.note(
        "A core with its relay holds two copies of the board, a core alone and a relay one. The core alone is \
         timed until a relay may join; it shows nothing to clients.",
    );
    Ok(())
}
