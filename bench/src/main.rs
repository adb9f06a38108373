//! `scorelay-bench`: takes the measures of MEASURES side by side with their peers. `cargo xtask bench` builds what is
//! measured, installs the peers and starts this.

mod certificate;
mod crowd;
mod draw;
mod failure;
mod floor;
mod looker;
mod machine;
mod measures;
mod peer_viewers;
mod peers;
mod process;
mod redis;
mod report;
mod system;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{Result, fail};
use crate::measures::MEASURES;

/// Takes measures side by side with their peers; `cargo xtask bench` prepares everything and starts this.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Measures, like M1; none for a list.
    names: Vec<String>,
    #[command(subcommand)]
    part: Option<Part>,
    /// All measures, one after the other.
    #[arg(long)]
    all: bool,
    /// Rounds of each.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// A tenth of the load and short runs: shows that everything works, its figures mean nothing.
    #[arg(long)]
    quick: bool,
    /// Folder with the binaries `scorelay` and `scorelay-relay`.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// Folder with the peers and their packages.
    #[arg(long, default_value = "bench/peers")]
    peers: PathBuf,
    /// What a child of this program fills, to be weighed for M6.
    #[arg(long, hide = true)]
    weigh: Option<String>,
    /// Where the figures go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// The page that `--all` writes.
    #[arg(long, default_value = "docs/measures.md")]
    document: PathBuf,
}

/// What measures start of this program.
#[derive(Debug, Subcommand)]
enum Part {
    /// The floor of fan-out: a bare loop of writes.
    #[command(hide = true)]
    Floor(floor::Floor),
    /// Writes the page from the figures that lie there.
    Document,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    match &options.part {
        Some(Part::Floor(floor)) => return floor.run(),
        Some(Part::Document) => return write_document(options),
        None => {}
    }
    if let Some(kind) = &options.weigh {
        return measures::m6::memory::child(kind, options.quick);
    }
    if options.names.is_empty() && !options.all {
        for (id, title, _) in MEASURES {
            println!("{id:4} {title}");
        }
        return Ok(());
    }
    if options.names == [measures::m5::plain::NAME] {
        return measures::m5::plain::serve();
    }
    process::stay_away()?;
    for name in &options.names {
        if !MEASURES.iter().any(|(id, ..)| id.eq_ignore_ascii_case(name)) {
            return fail(format!("there is no measure {name}; without a name they are listed"));
        }
    }
    for (id, title, take) in MEASURES {
        if options.all || options.names.iter().any(|name| id.eq_ignore_ascii_case(name)) {
            eprintln!("{id}: {title}");
            let mut report = report::Report::new(id, title);
            take(options, &mut report)?;
            report.write(&options.out)?;
            println!("{}", report.markdown());
        }
    }
    if options.all && !options.quick { write_document(options) } else { Ok(()) }
}

fn write_document(options: &Options) -> Result {
    Ok(std::fs::write(&options.document, report::document(&options.out)?)?)
}
