//! `scorelay watch --json` as a child process: the newest state it printed.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::process::{Process, scorelay};
use crate::until::until;

/// A running watch.
pub(crate) struct Watch {
    process: Process,
    last: Option<Value>,
    pub(crate) updates: usize,
}

/// One row as printed.
pub(crate) type Row = (u64, String, i64);

impl Watch {
    /// Watches ranks `from` to `to` of a board.
    pub(crate) fn start(origin: &str, board: &str, (from, to): (u32, u32), tracks: &[&str], dir: &Path) -> Self {
        let (from, to) = (from.to_string(), to.to_string());
        let mut arguments = vec!["watch", origin, "--board", board, "--from", &from, "--to", &to, "--json"];
        for entity in tracks {
            arguments.extend(["--track", entity]);
        }
        Self { process: Process::start(&scorelay(), &arguments, dir), last: None, updates: 0 }
    }

    /// The newest state; `None` before the first.
    pub(crate) fn state(&mut self) -> Option<&Value> {
        for line in self.process.lines.try_iter() {
            let value: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("not JSON: {e}: {line}"));
            self.last = Some(value);
            self.updates += 1;
        }
        self.last.as_ref()
    }

    /// Rows of the newest state.
    pub(crate) fn rows(&mut self) -> Option<Vec<Row>> {
        Some(rows(self.state()?))
    }

    /// Whether it says that the core is away.
    pub(crate) fn stale(&mut self) -> Option<bool> {
        self.state()?["stale"].as_bool()
    }

    /// Waits until it shows these rows.
    pub(crate) fn shows(&mut self, rows: &[Row], within: Duration) {
        let mut last = None;
        until(&format!("watch shows {rows:?}"), within, || {
            last = self.rows();
            (last.as_deref() == Some(rows)).then_some(())
        });
    }

    /// Waits until it says stale, or live.
    pub(crate) fn says_stale(&mut self, stale: bool, within: Duration) {
        until(&format!("watch says stale: {stale}"), within, || (self.stale() == Some(stale)).then_some(()));
    }
}

/// Rows of a printed state.
pub(crate) fn rows(state: &Value) -> Vec<Row> {
    let rows = state["rows"].as_array().expect("rows is a list");
    let row = |row: &Value| -> Option<Row> {
        Some((row["rank"].as_u64()?, row["entity"].as_str()?.to_owned(), row["score"].as_i64()?))
    };
    rows.iter().map(|value| row(value).unwrap_or_else(|| panic!("not a row: {value}"))).collect()
}
