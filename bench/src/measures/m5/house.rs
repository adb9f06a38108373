//! A core with one board, and the relays under measure.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Options;
use crate::failure::{Result, fail};
use crate::process::{Process, REST, SERVER};

/// Rows of the board.
pub(crate) const ROWS: u32 = 100_000;

/// A core that stands still.
pub(crate) struct House {
    folder: TempDir,
    _core: Process,
}

impl House {
    /// Fills a core's board and starts it.
    ///
    /// # Errors
    /// The binaries are missing or do not start.
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(path("core.toml"), "[[board]]\nid = \"chat\"\nscorer = \"external\"\nunit = \"points\"\n")?;
        let mut rows = String::from("rank,entity,score\n");
        for rank in 1..=ROWS {
            let _ = writeln!(rows, "{rank},twitch:{},{}", 100_000_000 + rank, 3 * (ROWS - rank));
        }
        std::fs::write(path("rows.csv"), rows)?;
        let core = options.binaries.join("scorelay");
        let (config, data) = (path("core.toml"), path("data"));
        let import = ["import", "--config", &config, "--data", &data, "--board", "chat", "--format", "csv"];
        let output = Command::new(&core).args(import).arg(path("rows.csv")).output()?;
        if !output.status.success() {
            return fail(format!("the import failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let link = format!("unix:{}", path("core.sock"));
        let serve = ["serve", "--config", &config, "--data", &data, "--listen", "none", "--metrics", "none"];
        let mut core = Process::start(REST, &core, &[&serve[..], &["--link", &link]].concat(), folder.path())?;
        core.said("link")?;
        Ok(Self { folder, _core: core })
    }

    /// Where logs go.
    pub(crate) fn logs(&self) -> &Path {
        self.folder.path()
    }

    /// A fresh relay with one shard.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn relay(&self, options: &Options) -> Result<Process> {
        let link = format!("unix:{}", self.folder.path().join("core.sock").display());
        let most = "20000";
        let arguments = [
            ["--upstream", &link],
            ["--listen", "127.0.0.1:0"],
            ["--metrics", "127.0.0.1:0"],
            ["--shards", "1"],
            ["--connections", most],
            ["--connections-per-address", most],
        ];
        let program = options.binaries.join("scorelay-relay");
        let mut relay = Process::start(SERVER, &program, &arguments.concat(), self.folder.path())?;
        ready(&relay.said("metrics")?)?;
        Ok(relay)
    }
}

/// Waits until a relay holds its core's boards.
fn ready(metrics: &str) -> Result {
    let address = metrics.trim_start_matches("http://");
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let mut answer = String::new();
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    fail("the relay never was ready")
}
