//! Where a measure ran: processor, memory, kernel, and what was built.

use std::process::Command;

use serde::{Deserialize, Serialize};

/// The machine and the build.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) processor: String,
    /// How many of it this process may use.
    pub(crate) cores: usize,
    /// Memory in GiB.
    pub(crate) memory_gib: u64,
    /// The kernel's version.
    pub(crate) kernel: String,
    /// The compiler's version.
    pub(crate) rustc: String,
    /// The commit, with `+` where files differ from it.
    pub(crate) commit: String,
    /// Day of the run, UTC.
    pub(crate) date: String,
}

impl Machine {
    /// Reads them; what cannot be read is `unknown`.
    pub(crate) fn read() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let value = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = value(&memory, "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let dirty = if said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty() { "" } else { "+" };
        Self {
            processor: value(&info, "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: info.lines().filter(|line| line.starts_with("processor")).count(),
            memory_gib: kib.unwrap_or(0) / (1 << 20),
            kernel: said("uname", &["-sr"]),
            rustc: said("rustc", &["--version"]),
            commit: said("git", &["rev-parse", "--short", "HEAD"]) + dirty,
            date: said("date", &["-u", "+%Y-%m-%d"]),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { processor, cores, memory_gib, kernel, rustc, commit, date } = self;
        write!(f, "{date}, commit {commit}, {cores} cores of {processor}, {memory_gib} GiB, {kernel}, {rustc}")
    }
}

/// What a program printed, trimmed; `unknown` where it is missing or failed.
pub(crate) fn said(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => "unknown".to_owned(),
    }
}
