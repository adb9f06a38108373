//! The `scorelay-relay` program: reads its configuration, runs a relay until a signal, and says how it ended. What a
//! relay is stands in `shell/run.rs`.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_relay::shell::args::Args;
use scorelay_relay::shell::run::{Standalone, standalone};
use scorelay_relay::shell::signals::Signals;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let args = Args::parse();
    start_log(args.log.as_deref());
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("scorelay-relay: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Sends the log to standard error; standard output is for the addresses.
fn start_log(given: Option<&str>) {
    let general = std::env::var("RUST_LOG").ok();
    let filter = EnvFilter::builder().parse_lossy(given.or(general.as_deref()).unwrap_or("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

fn run(args: Args) -> Result<ExitCode, WireError> {
    let config = args.config()?;
    let failed = |e: std::io::Error| WireError::new(ErrorCode::CannotListen, format!("cannot start: {e}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let signals = Signals::hear().map_err(failed)?;
        let relay = standalone(config, shutdown.clone()).await?;
        announce(&relay);
        tokio::spawn(signals.cancel(shutdown));
        let ended = relay.join().await;
        for task in &ended.panicked {
            tracing::error!(%task, "a task panicked");
        }
        for task in &ended.late {
            tracing::error!(%task, "a task did not end in time");
        }
        Ok(if ended.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// One line on standard output per address, for people and scripts: what it is and where.
fn announce(running: &Standalone) {
    if let Some(url) = running.relay.url() {
        println!("listen {url}");
    }
    if let Some(addr) = running.metrics {
        println!("metrics http://{addr}");
    }
    for link in &running.relay.links {
        println!("link {link}");
    }
}
