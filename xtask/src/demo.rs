//! `cargo xtask demo`: core, relay and a synthetic crowd in one process, and `scorelay watch` on it in this terminal. It
//! starts, waits and stops, and writes only under `target/demo/`; what is shown is the business of `server/`.

use crate::shell::{self, Result, cargo, command, shown, target_dir};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(60);
/// Longer than the server's own time limit for its shutdown.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

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
    /// Stop by itself after so many seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
}

/// Builds, starts, shows, and stops on Ctrl-C or when the time is up.
///
/// # Errors
/// Something could not be built or started, ended by itself, or did not stop.
pub(crate) fn run(args: &Args) -> Result {
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
    let mut server = Running::start("the server", serve(&binary, args, port, metrics, &data, &log)?)?;
    let shown = wait_until_ready(&mut server, metrics, &stop).and_then(|ready| match ready {
        true => {
            println!("serving on http://127.0.0.1:{port}, metrics on http://127.0.0.1:{metrics}/metrics; Ctrl-C ends");
            show(&mut server, &binary, port, args.seconds, &stop)
        }
        false => Ok(()),
    });
    let stopped = server.stop();
    shown.and(stopped).map_err(|error| with_log(&error, &log))?;
    println!("demo ended; the server's log is {}", log.display());
    Ok(())
}

/// The server's command. It gets a process group of its own, so that Ctrl-C reaches it only through [`Running::stop`].
fn serve(binary: &Path, args: &Args, port: u16, metrics: u16, data: &Path, log: &Path) -> Result<Command> {
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
    serve.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0);
    Ok(serve)
}

/// Runs `scorelay watch` until a signal, the end of the time, or the end of one of the two processes.
fn show(server: &mut Running, binary: &Path, port: u16, seconds: Option<u64>, stop: &AtomicBool) -> Result {
    let mut watch = command(binary);
    watch.arg("watch").arg(format!("http://127.0.0.1:{port}"));
    watch.args(["--board", "messages", "--from", "1", "--to", "20"]);
    let mut watch = Running::start("`scorelay watch`", watch)?;
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    loop {
        if stop.load(Ordering::Relaxed) || end.is_some_and(|end| Instant::now() >= end) {
            return watch.stop();
        }
        server.must_run()?;
        if let Some(status) = watch.ended()? {
            return if status.success() || stop.load(Ordering::Relaxed) { Ok(()) } else { Err(watch.died(status)) };
        }
        std::thread::sleep(POLL);
    }
}

/// Polls `/readyz` until it answers 200; false if a signal came first.
fn wait_until_ready(server: &mut Running, metrics: u16, stop: &AtomicBool) -> Result<bool> {
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        server.must_run()?;
        if is_ready(metrics) {
            return Ok(true);
        }
        std::thread::sleep(POLL);
    }
    Err(format!("the server was not ready within {} s", READY_WITHIN.as_secs()))
}

fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ANSWER_WITHIN)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.set_write_timeout(Some(ANSWER_WITHIN))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
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

/// A process that never outlives its owner.
struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    fn start(name: &'static str, mut command: Command) -> Result<Self> {
        let child = command.spawn().map_err(|error| format!("cannot start `{}`: {error}", shown(&command)))?;
        Ok(Self { name, child })
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().map_err(|error| format!("cannot ask for the state of {}: {error}", self.name))
    }

    fn must_run(&mut self) -> Result {
        self.ended()?.map_or(Ok(()), |status| Err(self.died(status)))
    }

    fn died(&self, status: ExitStatus) -> String {
        format!("{} ended by itself with {status}", self.name)
    }

    /// SIGTERM, then waits for the end; a process that does not end in time is killed and named.
    fn stop(&mut self) -> Result {
        if self.ended()?.is_some() {
            return Ok(());
        }
        terminate(self.child.id())?;
        let deadline = Instant::now() + STOPPED_WITHIN;
        while self.ended()?.is_none() {
            if Instant::now() >= deadline {
                self.kill();
                return Err(format!("{} did not stop within {} s; killed", self.name, STOPPED_WITHIN.as_secs()));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    fn kill(&mut self) {
        // Both fail only when the process is gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The standard library can only kill; the shell's own `kill` is everywhere, its program is not.
fn terminate(pid: u32) -> Result {
    shell::run(command("sh").args(["-c", "kill -TERM \"$1\"", "sh", &pid.to_string()]))
}

#[cfg(test)]
mod tests;
