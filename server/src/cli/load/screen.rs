//! A load's progress: on a terminal some lines that are drawn over each second, elsewhere one line a second. The summary
//! follows; with `--json` it is one object on standard output, and all else goes to standard error.

use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::time::Duration;

use rustix::termios::tcgetwinsize;

use crate::load::{Counts, Reasons, Second, Show, Summary};

/// A terminal's width where it does not tell its own.
const USUAL_COLUMNS: usize = 80;
const CLEAR_LINE: &str = "\x1b[K";

pub(super) struct Screen {
    json: bool,
    terminal: bool,
    /// Lines drawn last, to be drawn over.
    drawn: usize,
}

impl Screen {
    pub(super) fn open(json: bool) -> Self {
        let terminal = if json { stderr().is_terminal() } else { stdout().is_terminal() };
        Self { json, terminal, drawn: 0 }
    }

    fn columns(&self) -> usize {
        let size = if self.json { tcgetwinsize(stderr()) } else { tcgetwinsize(stdout()) };
        size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(USUAL_COLUMNS)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if self.json {
            stderr().write_all(text.as_bytes())?;
            stderr().flush()
        } else {
            stdout().write_all(text.as_bytes())?;
            stdout().flush()
        }
    }
}

impl Show for Screen {
    fn second(&mut self, second: &Second) -> io::Result<()> {
        if !self.terminal {
            return self.write(&format!("{}\n", parts(second).join("  ")));
        }
        // Over the lines before; those may have been more.
        let mut text = if self.drawn > 0 { format!("\x1b[{}A", self.drawn) } else { String::new() };
        let (lines, columns) = (parts(second), self.columns());
        for line in &lines {
            // One that went on in the next line would be drawn over in part only.
            let line: String = line.chars().take(columns).collect();
            text.push_str(&format!("{line}{CLEAR_LINE}\r\n"));
        }
        text.push_str("\x1b[J");
        self.drawn = lines.len();
        self.write(&text)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.drawn = 0;
        self.write(&format!("{text}\n"))
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.drawn = 0;
        let mut text = String::from("\n");
        for line in summary.lines() {
            text.push_str(&format!("{line}\n"));
        }
        self.write(&text)?;
        if self.json {
            writeln!(stdout(), "{}", summary.json())?;
        }
        stdout().flush()
    }
}

/// What there is to say of a second, a subject each.
fn parts(second: &Second) -> Vec<String> {
    let Second { readings, tallied, asked, .. } = second;
    let seconds = second.took.as_secs_f64().max(0.001);
    let rate = |count: u64| count as f64 / seconds;
    let mut parts = vec![
        format!("{:.0} s  clients {}/{}", second.at.as_secs_f64(), tallied.connected, second.wanted),
        format!(
            "in: {:.0} messages/s, {:.0} changes/s, {:.2} MB/s",
            rate(readings.messages),
            rate(readings.changes),
            rate(readings.bytes) / 1e6
        ),
        format!("ping {}  gaps {}", times(&readings.pings), times(&readings.gaps)),
        format!("own cpu {:.0} %", 100.0 * second.cpu.as_secs_f64() / seconds),
        format!(
            "rows compared: {} among clients, {} with HTTP{}",
            second.agreed,
            asked.compared.same + asked.compared.wrong,
            if asked.answers == 0 && asked.failures > 0 { " (no answer)" } else { "" }
        ),
        format!("wrong {}", tallied.wrong + asked.compared.wrong),
    ];
    for (what, reasons) in [("failed", &tallied.failed), ("lost", &tallied.lost)] {
        if !reasons.is_empty() {
            parts.push(format!("{what} {}", told(reasons)));
        }
    }
    if tallied.again > 0 {
        parts.push(format!("connected again {}", tallied.again));
    }
    parts
}

fn told(reasons: &Reasons) -> String {
    let reason = |(reason, (count, _)): (&String, &(u64, String))| format!("{count} {reason}");
    reasons.iter().map(reason).collect::<Vec<_>>().join(", ")
}

/// Median and 99th percentile.
fn times(counts: &Counts) -> String {
    let millis = |share| counts.quantile(share).as_ref().map(Duration::as_secs_f64).map(|seconds| seconds * 1e3);
    match millis(0.5).zip(millis(0.99)) {
        Some((half, most)) => format!("{half:.1}/{most:.1} ms"),
        None => "-".to_owned(),
    }
}
