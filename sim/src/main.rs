//! `scorelay-sim`: runs seeds and says what came of them; with `--trace` it runs one and prints every event. The
//! simulation itself is in the library.

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use scorelay_sim::plan::Plan;
use scorelay_sim::run::{self, Outcome};
use scorelay_sim::trace::Lines;

/// How often a long run says how far it is.
const SAID_EVERY: Duration = Duration::from_secs(30);

/// Simulates core, relays and clients on virtual time, each seed twice.
#[derive(Debug, Parser)]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Run the first seed only, once, and print every event.
    #[arg(long)]
    trace: bool,
    /// Print a line for each seed, and the plan of a traced one.
    #[arg(long)]
    verbose: bool,
    /// Threads to run seeds on; as many as there are processors if not given.
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.trace { trace(&options) } else { many(&options) }
}

fn trace(options: &Options) -> ExitCode {
    let plan = Plan::of(options.from);
    if options.verbose {
        println!("{plan:#?}");
    }
    let outcome = run::once(plan, Lines::Printed);
    println!("{}", line(options.from, &outcome));
    match outcome.failure {
        None => ExitCode::SUCCESS,
        Some(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn many(options: &Options) -> ExitCode {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options.threads.unwrap_or_else(processors);
    let began = Instant::now();
    let verbose = options.verbose;
    let done = Mutex::new((0, began));
    let summary = run::seeds(options.from, options.seeds, threads, &|seed, outcome| {
        if verbose {
            println!("{}", line(seed, outcome));
        }
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.0 += 1;
        if done.1.elapsed() >= SAID_EVERY {
            done.1 = Instant::now();
            println!("{} of {} seeds passed in {} s", done.0, options.seeds, began.elapsed().as_secs());
        }
    });
    let (passed, virtual_s) = (summary.passed, summary.ms / 1_000);
    println!(
        "{passed} seeds passed, each run twice: {virtual_s} s of virtual time in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    println!("{}", summary.counts);
    if summary.failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    for failure in &summary.failures {
        println!("{failure}");
    }
    ExitCode::FAILURE
}

fn line(seed: u64, outcome: &Outcome) -> String {
    let Outcome { counts, hash, events, ms, .. } = outcome;
    format!("seed {seed}: {events} events in {} s, hash {hash:016x}: {counts}", ms / 1_000)
}
