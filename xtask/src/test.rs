//! `cargo xtask test`: the list of everything that must hold, quick checks first. It says what is run and in which
//! order; how stages are run and summed up is in `stages.rs`, what gets installed in `setup.rs`.

use crate::shell::{cargo, npm, run as run_command, shown};
use crate::stages::{Stage, run_all};
use crate::{counts, errors, rows, setup, tidy};
use std::process::{Command, ExitCode};

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run the full counts, the tests that need an hour, and the check of dependencies too.
    #[arg(long)]
    long: bool,
}

/// Runs all stages; fails if one does.
pub(crate) fn run(args: &Args) -> ExitCode {
    if run_all(&stages(args.long)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

const WASM: &str = "-p scorelay-client-wasm --all-features --target wasm32-unknown-unknown --locked";

fn stages(long: bool) -> Vec<Stage> {
    let seeds = if long { 20_000 } else { 300 };
    let packaging = if long { "run test:all" } else { "run test" };
    let mut stages = vec![
        stage("set-up", "cargo xtask setup", setup::everything),
        cargo_stage("format", "fmt --all --check"),
        stage("tidy", "cargo xtask tidy", tidy::run),
        stage("rows", "cargo xtask rows", rows::summary),
        cargo_stage("clippy", "clippy --workspace --all-targets --locked -- -D warnings"),
        cargo_stage("clippy of wasm", &format!("clippy --all-targets {WASM} -- -D warnings")),
        stage("errors page", "cargo xtask errors --check", errors::check),
        cargo_stage("build", "build --workspace --bins --locked"),
        cargo_stage("tests", "test --workspace --locked --no-fail-fast"),
        cargo_stage("wasm tests", &format!("test {WASM}")),
        // Builds, and fails when it is larger than its budget or its types do not check.
        npm_stage("package", "run build -w scorelay"),
        npm_stage("package tests", "run test -w scorelay"),
        npm_stage("pages", "run build -w web"),
        npm_stage("page tests", "run test -w web"),
        npm_stage("browser tests", "run test:browser -w web"),
        npm_stage("system tests", "run test:system -w web"),
        npm_stage("openapi", "run test:openapi -w web"),
        npm_stage("packaging", &format!("{packaging} -w scorelay-packaging-tests")),
        npm_stage("examples", "run test:examples -w scorelay-packaging-tests"),
        cargo_stage("simulation", &format!("run -p scorelay-sim --release --locked -- --seeds {seeds}")),
    ];
    if long {
        stages.extend([
            cargo_stage("release build", "build --workspace --bins --release --locked"),
            // All tests that take minutes are there; building every other one for that would take longer still.
            cargo_stage("long tests", "test -p scorelay --test system --release --locked -- --ignored"),
            stage("counts", "cargo xtask counts", counts::check),
            stage("dependencies", "cargo deny check bans licenses sources", || {
                setup::cargo_tool("deny", "cargo-deny")?;
                run_command(&mut cargo("deny check bans licenses sources"))
            }),
            // Last, because it alone needs more of the network than a package registry.
            stage("advisories", "cargo deny check advisories", || {
                if run_command(&mut cargo("deny fetch")).is_err() {
                    println!(
                        "NOT CHECKED: the database of advisories (github.com/RustSec/advisory-db) is out of reach"
                    );
                    return Ok(());
                }
                run_command(&mut cargo("deny check advisories"))
            }),
        ]);
    }
    stages
}

fn stage(name: &'static str, again: &str, run: impl Fn() -> crate::shell::Result + 'static) -> Stage {
    Stage { name, again: again.to_owned(), run: Box::new(run) }
}

fn cargo_stage(name: &'static str, arguments: &str) -> Stage {
    let arguments = arguments.to_owned();
    let start = move || -> Command { cargo(&arguments) };
    Stage { name, again: shown(&start()), run: Box::new(move || run_command(&mut start())) }
}

fn npm_stage(name: &'static str, arguments: &str) -> Stage {
    let arguments = arguments.to_owned();
    let start = move || -> Command { npm(&arguments) };
    Stage { name, again: shown(&start()), run: Box::new(move || run_command(&mut start())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_run_holds_every_stage_of_the_short_one() {
        let names = |long| stages(long).iter().map(|stage| stage.name).collect::<Vec<_>>();
        let (short, long) = (names(false), names(true));
        assert!(long.starts_with(&short) && long.len() > short.len(), "{short:?} {long:?}");
    }

    #[test]
    fn a_stage_can_be_seen_again_by_what_it_says() {
        let again: Vec<String> = stages(true).into_iter().map(|stage| stage.again).collect();
        assert!(again.iter().all(|line| line.starts_with("cargo ") || line.starts_with("npm ")), "{again:?}");
        assert!(again.contains(&"cargo run -p scorelay-sim --release --locked -- --seeds 20000".to_owned()));
    }
}
