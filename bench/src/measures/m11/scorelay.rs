//! A core over a data directory that an import filled, and a relay that joins it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use scorelay_client::shell::{ConnectOptions, connect};

use super::rows::Rows;
use super::{Start, TOP, WITHIN};
use crate::Options;
use crate::failure::{Result, fail};
use crate::process::{Process, REST, SERVER};

const BOARD: &str = "board";
const CONFIG: &str = "[[board]]\nid = \"board\"\nscorer = \"external\"\nmax_rows = 2000000\n";
const QUIET: [&str; 4] = ["--metrics", "none", "--connections", "100"];

/// What is started.
pub(super) struct House<'a> {
    binaries: &'a Path,
    folder: PathBuf,
    rows: &'a Rows,
}

/// One round: a core with its own relay, a relay that joins it, and a core alone.
pub(super) struct Round {
    pub(super) core: Start,
    pub(super) relay: Start,
    /// Until a relay may join; its memory is that of one copy.
    pub(super) alone: Start,
}

impl<'a> House<'a> {
    /// Makes the data directory.
    pub(super) fn fill(options: &'a Options, folder: &Path, rows: &'a Rows) -> Result<Self> {
        let house = Self { binaries: &options.binaries, folder: folder.to_owned(), rows };
        std::fs::write(house.path("core.toml"), CONFIG)?;
        std::fs::write(house.path("rows.csv"), rows.csv())?;
        let import = Command::new(house.binaries.join("scorelay"))
            .args(["import", "--format", "csv", "--board", BOARD, "--data", &house.path("filled")])
            .args(["--config", &house.path("core.toml"), &house.path("rows.csv")])
            .output()?;
        if !import.status.success() {
            return fail(format!("the import failed: {}", String::from_utf8_lossy(&import.stderr)));
        }
        Ok(house)
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    /// Starts everything anew on a copy of the data.
    pub(super) fn measure(&self) -> Result<Round> {
        self.copy()?;
        let link = format!("unix:{}", self.path("core.sock"));
        let begin = Instant::now();
        let mut core = self.core(&["--listen", "127.0.0.1:0", "--link", &link])?;
        let origin = core.said("listen")?;
        self.shows(&origin)?;
        let of_core = Start::read(begin.elapsed().as_secs_f64(), &core)?;

        let begin = Instant::now();
        let arguments = [&["--upstream", &link, "--listen", "127.0.0.1:0"][..], &QUIET[..]].concat();
        let mut relay = Process::start(REST, &self.binaries.join("scorelay-relay"), &arguments, &self.folder)?;
        let origin = relay.said("listen")?;
        self.shows(&origin)?;
        let of_relay = Start::read(begin.elapsed().as_secs_f64(), &relay)?;
        relay.stop()?;
        core.stop()?;

        self.copy()?;
        let begin = Instant::now();
        let mut core = self.core(&["--listen", "none", "--link", &link])?;
        core.said("link")?;
        let alone = Start::read(begin.elapsed().as_secs_f64(), &core)?;
        core.stop()?;
        Ok(Round { core: of_core, relay: of_relay, alone })
    }

    fn core(&self, more: &[&str]) -> Result<Process> {
        let (config, data) = (self.path("core.toml"), self.path("data"));
        let arguments = [&["serve", "--config", &config, "--data", &data][..], more, &QUIET[..]].concat();
        Process::start(SERVER, &self.binaries.join("scorelay"), &arguments, &self.folder)
    }

    fn copy(&self) -> Result {
        let data = self.path("data");
        let _ = std::fs::remove_dir_all(&data);
        let copied = Command::new("cp").args(["-r", &self.path("filled"), &data]).status()?;
        if copied.success() { Ok(()) } else { fail("the data cannot be copied") }
    }

    /// Waits until a client of this relay shows what is to be shown.
    fn shows(&self, origin: &str) -> Result {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match tokio::time::timeout(WITHIN, self.look(origin)).await {
                Ok(result) => result,
                Err(_) => fail("no client showed the board in time"),
            }
        })
    }

    async fn look(&self, origin: &str) -> Result {
        let Ok((sender, mut receiver)) = connect(ConnectOptions::new(origin)) else {
            return fail(format!("{origin} is no relay"));
        };
        let Ok(view) = sender.watch_board(BOARD, 1, TOP as u32) else { return fail("the board cannot be watched") };
        loop {
            let Some(shown) = sender.state().view(view) else { return fail("the view is gone") };
            if shown.complete && shown.total > 0 {
                let rows = shown.rows.iter().flatten().map(|row| (row.entity.to_string(), row.score));
                let right = shown.total as usize == self.rows.0.len() && rows.eq(self.rows.top(TOP).iter().cloned());
                return if right { Ok(()) } else { fail("a client shows other rows") };
            }
            // A relay that is not level yet tells when it is.
            let heard = tokio::time::timeout(Duration::from_millis(100), receiver.recv()).await;
            if matches!(heard, Ok(None)) {
                return fail("the client was closed");
            }
        }
    }
}
