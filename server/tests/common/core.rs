//! A core as its operator runs it, on free ports of loopback, and the commands beside it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;

use crate::process::{Process, metric, ready, scorelay};
use crate::until::{DEADLINE, until};

/// A folder with a data directory and, perhaps, a configuration.
pub(crate) struct Home {
    pub(crate) dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary directory") }
    }

    /// With this configuration.
    pub(crate) fn with(config: &str) -> Self {
        let home = Self::new();
        std::fs::write(home.dir.path().join("core.toml"), config).expect("it can be written");
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// The arguments of `serve` here, on free ports, without a relay unless `more` says otherwise.
    pub(crate) fn arguments(&self, more: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = vec!["serve".into(), "--data".into(), self.text("data")];
        if self.path("core.toml").exists() {
            all.extend(["--config".into(), self.text("core.toml")]);
        }
        for (flag, value) in [("--listen", "none"), ("--metrics", "127.0.0.1:0")] {
            if !more.contains(&flag) {
                all.extend([flag.into(), value.into()]);
            }
        }
        all.extend(more.iter().map(|&argument| argument.to_owned()));
        all
    }

    /// Starts a core and waits until it is ready.
    pub(crate) fn serve(&self, more: &[&str]) -> Core {
        let arguments = self.arguments(more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut process = Process::start(&scorelay(), &arguments, self.dir.path());
        let metrics = process.address("metrics");
        ready(&metrics);
        Core { process, metrics }
    }

    /// Runs a command that ends by itself.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run(arguments)
    }

    /// A `serve` that is expected to fail: what it wrote to standard error.
    pub(crate) fn fails(&self, more: &[&str]) -> String {
        let arguments = self.arguments(more);
        failure(&run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// `export` of a board as it says it.
    pub(crate) fn export(&self, board: &str, format: &str) -> Output {
        self.run(&["export", "--data", &self.text("data"), "--board", board, "--format", format])
    }

    /// The rows of a board by export, in order.
    pub(crate) fn rows(&self, board: &str) -> Vec<(String, String)> {
        let output = self.export(board, "csv");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("rank,entity,score"));
        let row = |(line, rank): (&str, usize)| {
            let fields: Vec<&str> = line.splitn(3, ',').collect();
            assert_eq!(fields[0], rank.to_string());
            (fields[1].to_owned(), fields[2].to_owned())
        };
        lines.zip(1..).map(row).collect()
    }

    /// The rows of a board by entity.
    pub(crate) fn scores(&self, board: &str) -> BTreeMap<String, String> {
        self.rows(board).into_iter().collect()
    }

    /// `import` of a file.
    pub(crate) fn import(&self, board: &str, format: &str, file: &Path) -> Output {
        let file = file.to_string_lossy();
        self.run(&["import", "--data", &self.text("data"), "--board", board, "--format", format, &file])
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(scorelay()).args(arguments).output().expect("it can be started")
}

/// The standard error of a command that must have failed.
pub(crate) fn failure(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it did not fail: {text}");
    text
}

/// A core whose end is watched: how it ended and what it said.
pub(crate) struct Watched {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watched {
    /// Starts a program with these arguments.
    pub(crate) fn start(program: &Path, arguments: &[String], dir: &Path) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Self { child, lines }
    }

    /// The address of the next line that begins with `what`.
    pub(crate) fn address(&mut self, what: &str) -> String {
        let address = self.lines.find_map(|line| line.ok()?.strip_prefix(what).map(str::to_owned));
        address.unwrap_or_else(|| panic!("it ended without saying its {what}"))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} was not sent");
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_some()
    }

    /// Waits for its end.
    pub(crate) fn output(mut self) -> Output {
        until("it ends", DEADLINE, || self.has_ended().then_some(()));
        self.child.wait_with_output().expect("it has ended")
    }
}

/// A running core.
pub(crate) struct Core {
    pub(crate) process: Process,
    pub(crate) metrics: String,
}

impl Core {
    /// A metric, 0 where it is not there yet.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        metric(&self.metrics, name).unwrap_or(0.0)
    }

    /// Waits until a metric has at least this value.
    pub(crate) fn reaches(&self, name: &str, value: f64) {
        until(&format!("{name} reaches {value}"), DEADLINE, || (self.metric(name) >= value).then_some(()));
    }
}
