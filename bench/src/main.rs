//! `scorelay-bench`: takes the measures of MEASURES side by side with their peers. `cargo xtask bench` builds what is
//! measured, installs the peers and starts this.

mod failure;
mod machine;
mod measures;
mod process;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::failure::{Result, fail};
use crate::measures::MEASURES;

/// Takes measures side by side with their peers; `cargo xtask bench` prepares everything and starts this.
#[derive(Debug, Parser)]
pub struct Options {
    /// Measures, like M1; none for a list.
    names: Vec<String>,
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
    /// Where the figures go.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
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
    Ok(())
}
