//! `cargo xtask demo`: core, relay and a synthetic crowd in one process, with the web pages, or with `scorelay watch`
//! in this terminal. It sets up what building needs, starts, waits and stops; the server writes only under
//! `target/demo/`. What is shown is the business of `server/` and `web/`.

mod running;

use crate::setup;
use crate::shell::{self, Result, cargo, command, npm, root, target_dir};
use running::{POLL, Running};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(60);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Where the pages are built to.
const PAGES: &str = "web/dist";

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Port for clients on 127.0.0.1; another free one is taken if it is in use.
    #[arg(long, default_value_t = 7420)]
    port: u16,
    /// Chatters in the synthetic crowd.
    #[arg(long, default_value_t = 2_000)]
    rows: u32,
    /// Messages per second of the synthetic crowd.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Show a board in this terminal instead of serving the web pages; needs neither Node nor npm.
    #[arg(long)]
    terminal: bool,
    /// Stop by itself after so many seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

/// Builds, starts, shows, and stops on Ctrl-C or when the time is up.
///
/// # Errors
/// Something could not be built or started, ended by itself, or did not stop.
pub(crate) fn run(args: &Args) -> Result {
    if !args.terminal {
        build_pages()?;
    }
    println!("building the release binaries (the first time takes some minutes)");
    shell::run(&mut cargo("build --release --locked -p scorelay -p scorelay-relay"))?;
    let binary = target_dir().join("release/scorelay");

    let port = free_port(args.port)?;
    if port != args.port {
        println!("port {} is in use; taking {port}", args.port);
    }
    let metrics = free_port(0)?;
    let folder = target_dir().join("demo").join(port.to_string());
    let data = folder.join("data");
    remove_old(&data)?;
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;

    let stop = stop_on_signals()?;
    let log = folder.join("server.log");
    let mut server = Running::start("the server", server_command(&binary, args, port, metrics, &data, &log)?)?;
    let shown = wait_until_ready(&mut server, metrics, &stop).and_then(|ready| match ready {
        true => {
            println!("serving on http://127.0.0.1:{port}, metrics on http://127.0.0.1:{metrics}/metrics; Ctrl-C ends");
            let end = args.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
            if args.terminal {
                watch(&mut server, &binary, port, end, &stop)
            } else {
                serve(&mut server, port, end, &stop)
            }
        }
        false => Ok(()),
    });
    let stopped = server.stop();
    shown.and(stopped).map_err(|error| with_log(&error, &log))?;
    println!("demo ended; the server's log is {}", log.display());
    Ok(())
}

/// The server's command. It gets a process group of its own, so that Ctrl-C reaches it only through [`Running::stop`].
fn server_command(binary: &Path, args: &Args, port: u16, metrics: u16, data: &Path, log: &Path) -> Result<Command> {
    let failed = |error| format!("cannot write {}: {error}", log.display());
    let output = std::fs::File::create(log).map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let mut serve = command(binary);
    serve.args(["serve", "--demo"]);
    serve.arg("--data").arg(data);
    serve.arg("--listen").arg(format!("127.0.0.1:{port}"));
    serve.arg("--metrics").arg(format!("127.0.0.1:{metrics}"));
    serve.arg("--demo-size").arg(args.rows.to_string());
    serve.arg("--demo-rate").arg(args.rate.to_string());
    if !args.terminal {
        serve.arg("--pages").arg(root().join(PAGES));
    }
    serve.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    Ok(serve)
}

/// The web pages and the npm package that they import, with whatever building them needs.
fn build_pages() -> Result {
    setup::web()?;
    println!("building the npm package and the web pages");
    shell::run(&mut npm("run --silent build -w scorelay"))?;
    shell::run(&mut npm("run --silent build -w web"))
}

/// Says where the pages are, and waits for a signal, the end of the time, or the end of the server.
fn serve(server: &mut Running, port: u16, end: Option<Instant>, stop: &AtomicBool) -> Result {
    if !answers_200(port, "/") {
        return Err(format!("the server does not serve the pages of {PAGES}"));
    }
    println!("\nopen http://127.0.0.1:{port}/");
    while !is_over(end, stop) {
        server.must_run()?;
        std::thread::sleep(POLL);
    }
    Ok(())
}

/// Runs `scorelay watch` until a signal, the end of the time, or the end of one of the two processes.
fn watch(server: &mut Running, binary: &Path, port: u16, end: Option<Instant>, stop: &AtomicBool) -> Result {
    let mut watch = command(binary);
    watch.arg("watch").arg(format!("http://127.0.0.1:{port}"));
    watch.args(["--board", "messages", "--from", "1", "--to", "20"]);
    let mut watch = Running::start("`scorelay watch`", watch)?;
    loop {
        if is_over(end, stop) {
            return watch.stop();
        }
        server.must_run()?;
        if let Some(status) = watch.ended()? {
            return if status.success() || stop.load(Ordering::Relaxed) { Ok(()) } else { Err(watch.died(status)) };
        }
        std::thread::sleep(POLL);
    }
}

fn is_over(end: Option<Instant>, stop: &AtomicBool) -> bool {
    stop.load(Ordering::Relaxed) || end.is_some_and(|end| Instant::now() >= end)
}

/// Polls `/readyz` until it answers 200; false if a signal came first.
fn wait_until_ready(server: &mut Running, metrics: u16, stop: &AtomicBool) -> Result<bool> {
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        server.must_run()?;
        if answers_200(metrics, "/readyz") {
            return Ok(true);
        }
        std::thread::sleep(POLL);
    }
    Err(format!("the server was not ready within {} s", READY_WITHIN.as_secs()))
}

fn answers_200(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ANSWER_WITHIN)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut status)?;
        // A connection closed before all is read is reset under the server's next write.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        Ok(String::from_utf8_lossy(&status).into_owned())
    };
    ask().is_ok_and(|status| status.starts_with("HTTP/1.") && status.ends_with(" 200"))
}

/// `wanted` if it can be listened on, else any free port of the loopback.
fn free_port(wanted: u16) -> Result<u16> {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)),
        other => other,
    };
    let port = listener.and_then(|listener| listener.local_addr()).map(|address| address.port());
    port.map_err(|error| format!("cannot listen on 127.0.0.1:{wanted}: {error}; choose another with --port"))
}

/// A demo starts with an empty board, whatever an earlier one with another schema left behind.
fn remove_old(data: &Path) -> Result {
    match std::fs::remove_dir_all(data) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("cannot remove {}: {error}", data.display())),
        _ => Ok(()),
    }
}

fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| format!("cannot catch signals: {error}"))?;
    }
    Ok(stop)
}

fn with_log(error: &str, log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n");
    format!("{error}\nthe end of {}:\n{last}", log.display())
}

#[cfg(test)]
mod tests;
