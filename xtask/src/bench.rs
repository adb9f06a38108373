//! `cargo xtask bench`: installs the peers, builds what is measured as it is released, and starts the measures. What
//! they are and how they are taken is in `bench/`.

use std::path::Path;

use crate::setup;
use crate::shell::{self, Result, cargo, command, root, target_dir};

/// Options of `cargo xtask bench`: those of the measures themselves, passed on.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// M1 to M11, `--all`, `--rounds N`, `--quick`; nothing for a list.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    measures: Vec<String>,
}

/// Takes measures.
///
/// # Errors
/// Something cannot be installed, built or measured.
pub(crate) fn run(args: &Args) -> Result {
    setup::measures()?;
    shell::run(&mut cargo("build --release -p scorelay -p scorelay-relay -p scorelay-bench"))?;
    let release = target_dir().join("release");
    let path = |path: &Path| path.display().to_string();
    let folders = [
        ("--binaries", path(&release)),
        ("--peers", path(&root().join("bench/peers"))),
        ("--out", path(&target_dir().join("bench"))),
    ];
    let mut bench = command(release.join("scorelay-bench"));
    for (option, folder) in &folders {
        bench.arg(option).arg(folder);
    }
    if let Some(chromium) = shell::chromium() {
        bench.env("CHROMIUM", chromium);
    }
    shell::run(bench.args(&args.measures))
}
