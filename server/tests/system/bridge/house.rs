//! A core that is killed and comes back at the same addresses, and bridges that are fed line by line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use tempfile::TempDir;

use crate::process::{Process, free_port, path, ready, scorelay};
use crate::until::{DEADLINE, until};

/// Which of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Python,
    Rust,
}

/// Where the program in Python is.
pub(super) fn python_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/bridge-python")
}

/// The system's Python.
pub(super) fn python() -> Command {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(found, "python3 is missing: install it, for instance with `apt-get install python3`");
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

impl Kind {
    fn command(self) -> Command {
        match self {
            Self::Python => {
                let mut command = python();
                command.arg(python_folder().join("scorelay_bridge.py"));
                command
            }
            Self::Rust => {
                let program = scorelay().with_file_name("scorelay-bridge");
                assert!(
                    program.exists(),
                    "{} is missing: run `cargo build --workspace --bins` first",
                    program.display()
                );
                Command::new(program)
            }
        }
    }
}

/// A core with a board `b` that sources score, and one of messages.
pub(super) struct House {
    dir: TempDir,
    port: u16,
    tokens: bool,
    core: Option<Process>,
}

impl House {
    /// With a running core.
    pub(super) fn open() -> Self {
        Self::with(None)
    }

    /// With a running core that wants tokens, these.
    pub(super) fn with(tokens: Option<&str>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let boards = "[[board]]\nid = \"b\"\nscorer = \"external\"\n[[board]]\nid = \"messages\"\n";
        std::fs::write(dir.path().join("core.toml"), boards).expect("it can be written");
        if let Some(tokens) = tokens {
            std::fs::write(dir.path().join("tokens"), tokens).expect("it can be written");
        }
        let mut house = Self { dir, port: free_port(), tokens: tokens.is_some(), core: None };
        house.start();
        house
    }

    /// A file here.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The address of the core's TCP link.
    pub(super) fn tcp(&self) -> String {
        format!("tcp:127.0.0.1:{}", self.port)
    }

    /// The address of its UNIX socket.
    pub(super) fn unix(&self) -> String {
        format!("unix:{}", path(&self.file("core.sock")))
    }

    /// Starts the core and waits until it is ready.
    pub(super) fn start(&mut self) {
        let [data, config, tokens] = ["data", "core.toml", "tokens"].map(|name| self.file(name));
        let (tcp, unix) = (self.tcp(), self.unix());
        let mut arguments = vec!["serve", "--data", path(&data), "--config", path(&config), "--listen", "none"];
        arguments.extend(["--metrics", "127.0.0.1:0", "--link", &tcp, "--link", &unix]);
        if self.tokens {
            arguments.extend(["--link-tokens-file", path(&tokens)]);
        }
        let mut core = Process::start(&scorelay(), &arguments, self.dir.path());
        ready(&core.address("metrics"));
        self.core = Some(core);
    }

    /// `kill -9` of the core.
    pub(super) fn kill(&mut self) {
        self.core.take().expect("it runs").kill();
    }

    /// The scores of a board.
    pub(super) fn scores(&self, board: &str) -> BTreeMap<String, i64> {
        let data = self.file("data");
        let arguments = ["export", "--data", path(&data), "--board", board, "--format", "csv"];
        let output = Command::new(scorelay()).args(arguments).output().expect("it can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        let row = |line: &str| {
            let mut fields = line.split(',').skip(1);
            let entity = fields.next().expect("an entity").to_owned();
            (entity, fields.next().expect("a score").parse().expect("a whole number"))
        };
        text.lines().skip(1).map(row).collect()
    }

    /// Starts a bridge whose journal is here, and waits until it says what it has kept.
    pub(super) fn bridge(&self, kind: Kind, link: &str, name: &str, more: &[&str]) -> Bridge {
        let mut bridge = self.spawn(kind, link, name, more);
        until("the bridge says what it has kept", DEADLINE, || {
            bridge.look();
            assert!(!bridge.has_ended(), "it ended: {}", bridge.log());
            bridge.said_kept.then_some(())
        });
        bridge
    }

    /// Starts a bridge, which may end by itself.
    pub(super) fn spawn(&self, kind: Kind, link: &str, name: &str, more: &[&str]) -> Bridge {
        self.spawn_at(kind, link, name, &self.file(&format!("{name}.journal")), more)
    }

    /// Starts a bridge with this journal.
    pub(super) fn spawn_at(&self, kind: Kind, link: &str, name: &str, journal: &Path, more: &[&str]) -> Bridge {
        let log = self.file(&format!("{name}-{}.log", free_port()));
        let mut child = kind
            .command()
            .args(["--link", link, "--name", name, "--journal", path(journal), "--progress"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("the test's directory can be written"))
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start the bridge ({kind:?}): {error}"));
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        Bridge { child, stdin, lines, log, said_kept: false, kept: 0, durable: 0 }
    }
}

/// A running bridge.
pub(super) struct Bridge {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    log: PathBuf,
    said_kept: bool,
    /// Position of the last event that it said is in its journal.
    pub(super) kept: u64,
    /// Position of the last event that it said is durable.
    pub(super) durable: u64,
}

/// Points whose number tells for whom and how many.
pub(super) fn points(number: u64) -> (String, i64) {
    (format!("t:{}", number % 7), (number % 3) as i64 + 1)
}

/// What points up to a number come to.
pub(super) fn totals(numbers: impl Iterator<Item = u64>) -> BTreeMap<String, i64> {
    let mut totals = BTreeMap::new();
    for (entity, units) in numbers.map(points) {
        *totals.entry(entity).or_default() += units;
    }
    totals
}

impl Bridge {
    /// Reads what it said so far.
    pub(super) fn look(&mut self) {
        for line in self.lines.try_iter() {
            let (what, number) = line.split_once(' ').expect("two words");
            let number = number.parse().expect("a number");
            match what {
                "kept" => (self.said_kept, self.kept) = (true, number),
                "durable" => self.durable = number,
                other => panic!("it said {other}"),
            }
        }
    }

    /// Writes a line to it; whether it took it.
    pub(super) fn line(&mut self, line: &str) -> bool {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(format!("{line}\n").as_bytes()).is_ok()
    }

    /// Gives it points of these numbers.
    pub(super) fn give(&mut self, numbers: impl Iterator<Item = u64>) {
        let line = |number| {
            let (entity, units) = points(number);
            format!("{{\"points\":{{\"board\":\"b\",\"entity\":\"{entity}\",\"units\":{units}}}}}")
        };
        let lines: Vec<String> = numbers.map(line).collect();
        if !lines.is_empty() {
            assert!(self.line(&lines.join("\n")), "it does not read: {}", self.log());
        }
    }

    /// Waits until it has kept and been told this.
    pub(super) fn reaches(&mut self, what: &str, probe: impl Fn(&Self) -> bool) {
        until(what, DEADLINE, || {
            self.look();
            assert!(!self.has_ended(), "it ended: {}", self.log());
            probe(self).then_some(())
        });
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_some()
    }

    /// What it wrote to standard error.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kill -9`, and it is gone.
    pub(super) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }

    /// Sends a signal.
    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "{name} was not sent");
    }

    /// Ends its input; its exit code once it has ended.
    pub(super) fn finish(&mut self) -> Option<i32> {
        self.stdin = None;
        until("the bridge ends", DEADLINE, || self.child.try_wait().ok().flatten()).code()
    }

    /// Ends its input, after which all it was given is durable.
    pub(super) fn done(mut self) {
        let code = self.finish();
        assert_eq!(code, Some(0), "{}", self.log());
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- bridge ---\n{}", self.log());
        }
    }
}

/// Runs Python's own tests of its program.
pub(super) fn python_tests() -> Output {
    let mut command = python();
    command.args(["-m", "unittest", "test_bridge"]).current_dir(python_folder());
    command.output().expect("python3 can be started")
}
