//! Programs under measure: started on one core, read by their kernel accounts, ended with their owner.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::failure::{Result, fail};

/// The core that what is measured runs on.
pub(crate) const SERVER: usize = 0;
/// The core of everything else: load, the Scorelay core where the relay is measured, this program.
pub(crate) const REST: usize = 1;

/// Sockets that the largest measure opens, and some.
const FILES: u64 = 20_000;
const LINE_WITHIN: Duration = Duration::from_secs(120);

/// A running program; killed when dropped.
pub(crate) struct Process {
    child: Child,
    name: String,
    lines: Receiver<String>,
    seen: Vec<String>,
    /// Its standard input.
    pub(crate) stdin: ChildStdin,
}

impl Process {
    /// Starts a program on a core; its standard error goes to a file in `logs`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(core: usize, program: &Path, arguments: &[&str], logs: &Path) -> Result<Self> {
        Self::start_on(&core.to_string(), program, arguments, logs)
    }

    /// Like [`Process::start`], on a list of cores as `taskset` takes it, like `0,1`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start_on(cores: &str, program: &Path, arguments: &[&str], logs: &Path) -> Result<Self> {
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = File::create(logs.join(format!("{name}-{}.log", free_port()?)))?;
        let mut child = Command::new("taskset")
            .args(["-c", cores])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let (Some(stdout), Some(stdin)) = (child.stdout.take(), child.stdin.take()) else {
            return fail(format!("{name} has no standard input and output"));
        };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, name, lines, seen: Vec::new(), stdin })
    }

    /// The rest of the first line it prints that begins with `what` and a blank, like `listen`.
    ///
    /// # Errors
    /// It ended, or said nothing like it in two minutes.
    pub(crate) fn said(&mut self, what: &str) -> Result<String> {
        let prefix = format!("{what} ");
        let deadline = Instant::now() + LINE_WITHIN;
        loop {
            if let Some(rest) = self.seen.iter().find_map(|line| line.strip_prefix(&prefix)) {
                return Ok(rest.to_owned());
            }
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => return fail(format!("{} ended early; see its log", self.name)),
                Err(RecvTimeoutError::Timeout) => return fail(format!("{} never said `{what}`", self.name)),
            }
        }
    }

    /// Writes a line to its standard input.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn tell(&mut self, line: &str) -> Result {
        writeln!(self.stdin, "{line}")?;
        Ok(self.stdin.flush()?)
    }

    /// Writes a line, and gives the rest of the next line it prints that begins with `what` and a blank.
    ///
    /// # Errors
    /// It has ended, or does not answer.
    pub(crate) fn ask(&mut self, line: &str, what: &str) -> Result<String> {
        self.seen.clear();
        while self.lines.try_recv().is_ok() {}
        self.tell(line)?;
        self.said(what)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor time of all its threads so far, in seconds, to a hundredth.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid()))?;
        // The name before the last bracket may hold blanks.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        Ok((ticks(11) + ticks(12)) / rustix::param::clock_ticks_per_second() as f64)
    }

    /// A line of `/proc/PID/status` in bytes, like `VmRSS` or `RssAnon`.
    ///
    /// # Errors
    /// It has ended, or there is no such line.
    pub(crate) fn memory(&self, what: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        match line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()) {
            Some(kib) => Ok(kib * 1024),
            None => fail(format!("no {what} of {}", self.name)),
        }
    }

    /// `kill -9`, and it is gone.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(crate) fn kill(&mut self) -> Result {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end by SIGTERM and waits for it; killed after half a minute.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(crate) fn stop(mut self) -> Result {
        let _ = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.child.try_wait()?.is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of loopback that was free a moment ago.
///
/// # Errors
/// There is none.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until something accepts connections there.
///
/// # Errors
/// Nothing did in two minutes.
pub(crate) fn accepts(address: &str) -> Result {
    let deadline = Instant::now() + LINE_WITHIN;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            return fail(format!("nothing listens on {address}"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Keeps this program, and what it starts without another word, on the core that is not measured, and lets it open as
/// many sockets as the system allows.
///
/// # Errors
/// The machine has no second core.
pub(crate) fn stay_away() -> Result {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(REST);
    rustix::thread::sched_setaffinity(None, &cores)?;
    let mut files = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    if files.maximum.is_some_and(|most| most < FILES) {
        return fail(format!("this shell may open fewer than {FILES} files; raise it first: ulimit -Hn {FILES}"));
    }
    files.current = files.maximum;
    Ok(rustix::process::setrlimit(rustix::process::Resource::Nofile, files)?)
}
