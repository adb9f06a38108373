//! M7: from the bytes of a message to rows that a page can draw, in Node and in Chromium.
//!
//! The frames are made here (`frames.rs`), of a board that changes as boards do; `bench/peers/decode.mjs` hands each to
//! the npm package, to a decoder of the same frames written by hand, and, as rows, to `JSON.parse` and MessagePack.
//! After every frame all of them must hold the same rows before anything is timed.

mod board;
mod frames;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Options;
use crate::failure::{Result, fail};
use crate::process::{Process, SERVER};
use crate::report::{Bound, Report};

const OWN: &str = "scorelay";
const JSON: &str = "JSON.parse";
const WHAT: &str = "rows decoded";

/// One subject's rate in one case.
#[derive(Deserialize)]
struct Sample {
    case: String,
    subject: String,
    rows_per_ms: f64,
}

/// Takes the measure.
///
/// # Errors
/// A program is missing, or decoders disagree.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    let folder = tempfile::tempdir()?;
    let cases = frames::cases(options.quick);
    let data = folder.path().join("frames.json");
    std::fs::write(&data, serde_json::to_vec(&cases)?)?;
    let peers = std::fs::canonicalize(&options.peers)?;
    let package = package(&peers)?;
    let seconds = if options.quick { "0.02" } else { "0.2" };
    let mut runners = Vec::new();
    for (engine, script) in [("Node", "decode-node.mjs"), ("Chromium", "decode-chromium.mjs")] {
        let script = peers.join(script);
        let arguments = [&script, &data, &package].map(|path| path.to_string_lossy().into_owned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain([seconds]).collect();
        let mut runner = Process::start(SERVER, Path::new("node"), &arguments, folder.path())?;
        match runner.said("ready") {
            Ok(versions) => report.peers.extend(versions.split(", ").map(str::to_owned)),
            Err(failure) => return fail(format!("{engine}: {failure}: {}", log(folder.path()))),
        }
        let checked = runner.ask("check", "checked");
        checked.map_err(|failure| crate::failure::Failure(format!("{engine}: {failure}: {}", log(folder.path()))))?;
        runners.push((engine, runner));
    }
    report.peers.sort();
    report.peers.dedup();
    for _ in 0..options.rounds {
        for (engine, runner) in &mut runners {
            let line = runner.ask("round", "samples")?;
            for Sample { case, subject, rows_per_ms } in serde_json::from_str::<Vec<Sample>>(&line)? {
                report.sample(&format!("{engine}: {case}"), &subject, WHAT, "rows/ms", rows_per_ms);
            }
        }
    }
    for (engine, _) in &runners {
        for case in &cases {
            let name = format!("{engine}: {}", case.name);
            match case.differing {
                1 => report.aim_ratio(&name, WHAT, OWN, JSON, Bound::AtLeast(1.0)),
                50 => report.aim_ratio(&name, WHAT, OWN, JSON, Bound::AtLeast(5.0)),
                _ => {}
            }
        }
    }
    notes(&cases, report);
    Ok(())
}

fn notes(cases: &[frames::Case], report: &mut Report) {
    report.note(
        "Scorelay is the built npm package as a page uses it, from the socket's message event to the view's snapshot. \
         Node: processor time of the whole process; Chromium: time within the page.",
    );
    report.note(
        "JSON.parse and MessagePack are given the rows that differ, as {rank, entity, score}, and put them into a copy \
         of the rows; the decoder written by hand reads the same frames as Scorelay, checks nothing but its reach, and \
         knows only pages. Unchanged rows stay the same objects in all of them, so that a page draws only changes.",
    );
    for case in cases {
        let (wire, json) = case.bytes();
        report.note(format!("{}: {wire:.0} bytes a frame, {json:.0} as JSON.", case.name));
    }
}

/// The built npm package, in the same tree as the peers.
fn package(peers: &Path) -> Result<PathBuf> {
    let package = peers.join("../../client-wasm/npm/dist/index.mjs");
    match std::fs::canonicalize(&package) {
        Ok(found) => Ok(found),
        Err(_) => fail(format!("{} is not built: npm run build -w scorelay", package.display())),
    }
}

/// What programs under measure wrote to their standard error.
fn log(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let logs = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
    logs.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
}
