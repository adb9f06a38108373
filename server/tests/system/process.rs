//! Programs of this workspace as child processes: started, read, killed. A process that is dropped is killed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::until::{DEADLINE, until};

/// The core's program.
pub(crate) fn scorelay() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_scorelay"))
}

/// The relay's program, built beside the core's.
pub(crate) fn scorelay_relay() -> PathBuf {
    let path = scorelay().with_file_name("scorelay-relay");
    assert!(path.exists(), "{} is missing: run `cargo build --workspace --bins` first", path.display());
    path
}

/// A port of loopback that was free a moment ago, for what must come back at the same address.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// A path of a temporary directory as an argument.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("temporary paths are text")
}

/// A running program whose standard output is read line by line.
pub(crate) struct Process {
    child: Child,
    name: String,
    log: PathBuf,
    pub(crate) lines: Receiver<String>,
    seen: Vec<String>,
}

impl Process {
    /// Starts it; its standard error goes to a file in `dir`, shown when a test fails.
    pub(crate) fn start(program: &Path, arguments: &[&str], dir: &Path) -> Self {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = dir.join(format!("{name}-{}.log", free_port()));
        let stderr = File::create(&log).expect("the test's directory can be written");
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {}: {e}", program.display()));
        let stdout = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, name, log, lines, seen: Vec::new() }
    }

    /// The address it said it is bound to: the rest of the first line that begins with `what`, like `listen`.
    pub(crate) fn address(&mut self, what: &str) -> String {
        let prefix = format!("{what} ");
        until(&format!("{} says its {what} address", self.name), DEADLINE, || {
            self.seen.extend(self.lines.try_iter());
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{} ended with {status}", self.name);
            }
            self.seen.iter().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }

    /// SIGTERM; gives whether it ended well.
    pub(crate) fn terminate(mut self) -> bool {
        let sent = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "SIGTERM was not sent");
        until(&format!("{} ends after SIGTERM", self.name), DEADLINE, || self.child.try_wait().ok().flatten()).success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let mut log = String::new();
            let _ = File::open(&self.log).and_then(|mut file| file.read_to_string(&mut log));
            eprintln!("--- {} ---\n{log}", self.name);
        }
    }
}

/// Bytes of memory a process holds.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse().expect("a number of kB");
    kib * 1024
}

/// GET of `path` at an `http://host:port` address: the status line and the body, or nothing where nobody answers.
pub(crate) fn get(origin: &str, path: &str) -> Option<(String, String)> {
    let host = origin.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.lines().next()?.to_owned(), body.to_owned()))
}

/// The value of a metric; `name` with its labels as printed.
pub(crate) fn metric(origin: &str, name: &str) -> Option<f64> {
    let (_, body) = get(origin, "/metrics")?;
    body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Waits until `/readyz` says yes.
pub(crate) fn ready(origin: &str) {
    until(&format!("{origin} is ready"), DEADLINE, || get(origin, "/readyz")?.0.contains(" 200 ").then_some(()));
}
