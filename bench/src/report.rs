//! What a measure found: samples of many runs, their median and range, ratios between runs of the same round, a table
//! for people and JSON for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Result;
use crate::machine::Machine;

/// One measure's figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Like `M1`.
    pub(crate) id: String,
    /// What is measured, in a line.
    pub(crate) title: String,
    /// Where and with what it ran.
    pub(crate) machine: Machine,
    /// Versions of the peers, as `name version`.
    pub(crate) peers: Vec<String>,
    /// How peers were set up and what else a reader has to know, a sentence each.
    pub(crate) notes: Vec<String>,
    /// The figures.
    pub(crate) figures: Vec<Figure>,
    /// What was to be reached, and whether it was.
    pub(crate) aims: Vec<Aim>,
}

/// Something measured several times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What was done, like `2,000 connections, 20 Hz`.
    pub(crate) case: String,
    /// Who did it, like `scorelay` or `bun publish`.
    pub(crate) subject: String,
    /// What of it, like `CPU per message`.
    pub(crate) what: String,
    /// Like `µs`.
    pub(crate) unit: String,
    /// One value for each round, in their order.
    pub(crate) samples: Vec<f64>,
    /// Median of the samples.
    pub(crate) median: f64,
    /// The least and the greatest.
    pub(crate) range: (f64, f64),
}

/// What MEASURES asks for, beside what was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Aim {
    /// In words, like `at most 1.3 of the floor`.
    pub(crate) aim: String,
    /// Median of what the rounds gave.
    pub(crate) found: f64,
    /// The least and the greatest of them.
    pub(crate) range: (f64, f64),
    /// Whether the median reaches it.
    pub(crate) met: bool,
}

const INTRODUCTION: &str = "# Measures

How fast Scorelay is, measured side by side with its peers: all subjects of a measure take turns in one run on one machine, the server under
measure on one core and everything else on the other. Figures are medians of the runs with their range; aims compare what was measured in
the same round. Processor time is the kernel's account of the process. Before and after anything is timed, what every client shows is
compared with what the core says. `cargo xtask bench M2` takes one measure, `cargo xtask bench --all` takes all and writes this page.

";

/// How a figure is to compare.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// At most so much.
    AtMost(f64),
    /// At least so much.
    AtLeast(f64),
}

impl Report {
    /// An empty report.
    pub(crate) fn new(id: &str, title: &str) -> Self {
        let (id, title, machine) = (id.to_owned(), title.to_owned(), Machine::read());
        Self { id, title, machine, peers: Vec::new(), notes: Vec::new(), figures: Vec::new(), aims: Vec::new() }
    }

    /// Adds a sentence that a reader has to know.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds one round's value to a figure, which is made with its first.
    pub(crate) fn sample(&mut self, case: &str, subject: &str, what: &str, unit: &str, value: f64) {
        let same = |figure: &&mut Figure| figure.case == case && figure.subject == subject && figure.what == what;
        let figure = match self.figures.iter_mut().find(same) {
            Some(figure) => figure,
            None => {
                let (case, subject) = (case.to_owned(), subject.to_owned());
                let (what, unit) = (what.to_owned(), unit.to_owned());
                self.figures.push(Figure {
                    case,
                    subject,
                    what,
                    unit,
                    samples: vec![],
                    median: 0.0,
                    range: (0.0, 0.0),
                });
                self.figures.last_mut().expect("invariant: just pushed")
            }
        };
        figure.samples.push(value);
        (figure.median, figure.range) = summary(&figure.samples);
    }

    /// The figure that was sampled under these names.
    pub(crate) fn figure(&self, case: &str, subject: &str, what: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.case == case && figure.subject == subject && figure.what == what)
    }

    /// Compares two subjects of a case round by round and notes whether the median of their ratios is within the bound.
    /// Nothing is noted where one of them was not measured.
    pub(crate) fn aim_ratio(&mut self, case: &str, what: &str, subject: &str, to: &str, bound: Bound) {
        let Some(ratios) = self.ratios(what, (case, subject), (case, to)) else { return };
        self.push_aim(format!("{case}: {what}, {subject} / {to}, {bound}"), &ratios, bound);
    }

    /// Like [`Report::aim_ratio`], of one subject in two cases.
    pub(crate) fn aim_cases(&mut self, what: &str, subject: &str, case: &str, to: &str, bound: Bound) {
        let Some(ratios) = self.ratios(what, (case, subject), (to, subject)) else { return };
        self.push_aim(format!("{subject}: {what}, {case} / {to}, {bound}"), &ratios, bound);
    }

    fn ratios(&self, what: &str, own: (&str, &str), other: (&str, &str)) -> Option<Vec<f64>> {
        let (own, other) = (self.figure(own.0, own.1, what)?, self.figure(other.0, other.1, what)?);
        Some(own.samples.iter().zip(&other.samples).map(|(own, other)| own / other).collect())
    }

    /// Notes whether a figure's median is within the bound.
    pub(crate) fn aim(&mut self, case: &str, what: &str, subject: &str, bound: Bound) {
        let Some(figure) = self.figure(case, subject, what) else { return };
        let (samples, unit) = (figure.samples.clone(), figure.unit.clone());
        self.push_aim(format!("{case}: {what}, {subject}, {bound} {unit}"), &samples, bound);
    }

    fn push_aim(&mut self, aim: String, samples: &[f64], bound: Bound) {
        let (found, range) = summary(samples);
        let met = match bound {
            Bound::AtMost(most) => found <= most,
            Bound::AtLeast(least) => found >= least,
        };
        self.aims.push(Aim { aim, found, range, met });
    }

    /// The report as Markdown, for the terminal and for `docs/measures.md`.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## {}: {}\n\n", self.id, self.title);
        text.push_str(
            "| case | subject | what | median | range | unit | runs |\n| --- | --- | --- | ---: | --- | --- | ---: |\n",
        );
        for Figure { case, subject, what, median, range, unit, samples } in &self.figures {
            let (low, high) = (number(range.0), number(range.1));
            let runs = samples.len();
            let median = number(*median);
            let _ = writeln!(text, "| {case} | {subject} | {what} | {median} | {low} to {high} | {unit} | {runs} |");
        }
        if !self.aims.is_empty() {
            text.push_str("\n| aim | found | range | |\n| --- | ---: | --- | --- |\n");
            for Aim { aim, found, range, met } in &self.aims {
                let said = if *met { "met" } else { "**missed**" };
                let (found, low, high) = (number(*found), number(range.0), number(range.1));
                let _ = writeln!(text, "| {aim} | {found} | {low} to {high} | {said} |");
            }
        }
        if !self.peers.is_empty() {
            let _ = writeln!(text, "\nPeers: {}.", self.peers.join(", "));
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(text, "- {note}");
        }
        text
    }

    /// Writes `NAME.json` into the folder.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result {
        std::fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(self)?;
        Ok(std::fs::write(folder.join(format!("{}.json", self.id)), text)?)
    }
}

/// All reports of a folder as one page, in the order of their numbers.
///
/// # Errors
/// A file there is no report.
pub(crate) fn document(folder: &Path) -> Result<String> {
    let mut reports = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let report: Report = serde_json::from_slice(&std::fs::read(&path)?)?;
            reports.push(report);
        }
    }
    reports.sort_by_key(|report| report.id.trim_start_matches('M').parse::<u32>().unwrap_or(0));
    let mut text = String::from(INTRODUCTION);
    let mut machines: Vec<(String, Vec<&str>)> = Vec::new();
    for report in &reports {
        let said = report.machine.to_string();
        match machines.iter_mut().find(|(machine, _)| *machine == said) {
            Some((_, ids)) => ids.push(&report.id),
            None => machines.push((said, vec![&report.id])),
        }
    }
    for (machine, ids) in machines {
        let _ = writeln!(text, "- {}: {machine}.", ids.join(", "));
    }
    for report in &reports {
        let _ = write!(text, "\n{}", report.markdown());
    }
    Ok(text)
}

/// Median and range; zeros of nothing.
pub(crate) fn summary(samples: &[f64]) -> (f64, (f64, f64)) {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else { return (0.0, (0.0, 0.0)) };
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    ((low + high) / 2.0, (*least, *most))
}

/// The value below which a share of the sorted values lies; 0 of none.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(0.0)
}

/// Three digits that count, without an exponent.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    let digits = if size == 0.0 || size >= 100.0 { 0 } else { (2 - size.log10().floor() as i32).clamp(0, 6) as usize };
    format!("{value:.digits$}")
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "at most {}", number(*most)),
            Self::AtLeast(least) => write!(f, "at least {}", number(*least)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_lie_in_the_middle() {
        assert_eq!(summary(&[3.0, 1.0, 2.0]), (2.0, (1.0, 3.0)));
        assert_eq!(summary(&[4.0, 1.0, 2.0, 3.0]), (2.5, (1.0, 4.0)));
        assert_eq!(summary(&[]), (0.0, (0.0, 0.0)));
    }

    #[test]
    fn numbers_keep_three_digits() {
        assert_eq!(
            ["0", "0.00123", "1.23", "12.3", "1235"],
            [0.0, 0.001234, 1.234, 12.34, 1234.6].map(number).each_ref().map(String::as_str)
        );
    }

    #[test]
    fn ratios_are_those_of_the_same_round() {
        let mut report = Report::new("M0", "a test");
        for (own, other) in [(1.0, 2.0), (10.0, 20.0), (3.0, 2.0)] {
            report.sample("case", "own", "cpu", "µs", own);
            report.sample("case", "other", "cpu", "µs", other);
        }
        report.aim_ratio("case", "cpu", "own", "other", Bound::AtMost(0.5));
        let aim = &report.aims[0];
        assert_eq!((aim.found, aim.range, aim.met), (0.5, (0.5, 1.5), true));
    }
}
