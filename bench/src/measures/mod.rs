//! The measures, one file each. Each takes all its rounds, interleaved, and fills in its report.

use std::path::PathBuf;

use crate::Options;
use crate::failure::Result;
use crate::report::Report;

mod m1;
mod m10;
mod m11;
mod m2;
mod m3;
mod m4;
pub(crate) mod m5;
pub(crate) mod m6;
mod m7;
mod m8;
mod m9;

/// Id, title, and what takes the measure.
pub(crate) type Measure = (&'static str, &'static str, fn(&Options, &mut Report) -> Result);

/// All of them, in their order.
pub(crate) const MEASURES: &[Measure] = &[
    ("M1", "fan-out: everybody looks at the first hundred", m1::take),
    ("M2", "masks: windows anywhere on a board of a million rows", m2::take),
    ("M3", "bytes: what travels for each row that differs", m3::take),
    ("M4", "latency: how old what is decoded is", m4::take),
    ("M5", "memory: what an idle connection takes", m5::take),
    ("M6", "ranks: a million rows in order", m6::take),
    ("M7", "decoding: from a message's bytes to rows that a page can draw", m7::take),
    ("M8", "slow and gone: who stops reading, comes back, scrolls", m8::take),
    ("M9", "logins: what fifty a second cost those who look on", m9::take),
    ("M10", "meets: acknowledging updates", m10::take),
    ("M11", "start: a core with a million rows, and a relay that joins it", m11::take),
];

/// Bun's program: where its package moves it after installing, or where it lies before.
fn bun(options: &Options) -> PathBuf {
    let packages = options.peers.join("node_modules");
    let moved = packages.join("bun/bin/bun.exe");
    if moved.is_file() { moved } else { packages.join("@oven/bun-linux-x64/bin/bun") }
}

/// Names and versions of npm packages among the peers.
fn versions(options: &Options, packages: &[&str]) -> Vec<String> {
    let version = |package: &&str| {
        let file = options.peers.join("node_modules").join(package).join("package.json");
        let package_json: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        Some(format!("{package} {}", package_json["version"].as_str()?))
    };
    packages.iter().filter_map(version).collect()
}
