//! Sends events, one JSON object a line of standard input, to a Scorelay core: what `scorelay-source` is for, in a
//! small program. It takes the same lines and options as `examples/bridge-python`, and has the same journal.

mod event;

use std::error::Error;
use std::io::{BufRead, BufReader, IsTerminal, Read, Stdin, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use clap::Parser;
use scorelay_source::core::check;
use scorelay_source::event::Event;
use scorelay_source::{Address, Settings, Source};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The longest line, in bytes: room for the largest event however it is escaped.
const LINE_BYTES: u64 = 1024 * 1024;
/// Bytes read at once, and with that events kept at once.
const READ_BYTES: usize = 64 * 1024;

/// Sends events, one JSON object a line of standard input, to a Scorelay core.
#[derive(Debug, Parser)]
#[command(after_help = "Exit codes: 0 all is durable, 1 refused, 3 some is not durable yet but kept, 130 interrupted.")]
struct Options {
    /// tcp:HOST:PORT or unix:PATH
    #[arg(long)]
    link: Address,
    /// This source's name: 1 to 32 of a-z 0-9 _ -
    #[arg(long)]
    name: String,
    /// File for what is not durable yet; delete it only to begin anew.
    #[arg(long)]
    journal: PathBuf,
    /// File with the link's token.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// Sync the journal: nothing is lost when the power fails either.
    #[arg(long)]
    fsync: bool,
    /// Print `kept N` and `durable N` as events are.
    #[arg(long)]
    progress: bool,
    /// Seconds to wait at the end until all is durable.
    #[arg(long, default_value_t = 30)]
    drain: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let code = run(Options::parse()).await.unwrap_or_else(|error| {
        eprintln!("{error}");
        1
    });
    // The thread that reads standard input is not waited for.
    std::process::exit(code)
}

/// Publishes standard input to its end, waits until all of it is durable, and gives the exit code.
async fn publish(source: &Source, drain: Duration, say: &impl Fn(&str, u64)) -> Result<i32, Box<dyn Error>> {
    let mut lines = lines();
    while let Some(events) = lines.recv().await {
        let events = events?;
        if !events.is_empty() {
            say("kept", source.publish_all(&events).await?);
        }
    }
    match timeout(drain, source.flush()).await {
        Ok(flushed) => flushed.map(|()| 0).map_err(Into::into),
        Err(_) => {
            eprintln!("{} events are not durable yet; the journal keeps them", source.kept() - source.durable());
            Ok(3)
        }
    }
}

async fn run(options: Options) -> Result<i32, Box<dyn Error>> {
    let mut settings = Settings::new(options.name);
    if let Some(file) = options.token_file {
        settings.token = Some(std::fs::read_to_string(file)?.trim().to_owned());
    }
    let source = Source::open(options.link, settings, &options.journal, options.fsync)?;
    let result = feed(&source, Duration::from_secs(options.drain), options.progress).await;
    source.close().await;
    result
}

/// Publishes until it is done, interrupted or refused, and says how far it is.
async fn feed(source: &Source, drain: Duration, progress: bool) -> Result<i32, Box<dyn Error>> {
    let say = |what: &str, position: u64| {
        if progress {
            // Nobody has to listen.
            let _ = writeln!(std::io::stdout(), "{what} {position}");
        }
    };
    say("kept", source.kept());
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut told = source.durable();
    let mut publish = pin!(publish(source, drain, &say));
    let result = loop {
        tokio::select! {
            durable = source.durable_after(told) => {
                told = durable;
                say("durable", told);
            }
            result = &mut publish => break result,
            error = source.ended() => break Err(error.into()),
            _ = interrupt.recv() => break Ok(130),
            _ = terminate.recv() => break Ok(130),
        }
    };
    if source.durable() > told {
        say("durable", source.durable());
    }
    result
}

/// Reads standard input to its end on a thread of its own, as a read of it cannot be given up.
fn lines() -> mpsc::Receiver<std::io::Result<Vec<Event>>> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(READ_BYTES, std::io::stdin());
        while let Some(events) = next(&mut input).transpose() {
            if sender.blocking_send(events).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The events of the lines that have come, as many at once; none at the end. Waits for one line only.
fn next(input: &mut BufReader<Stdin>) -> std::io::Result<Option<Vec<Event>>> {
    let mut events = Vec::new();
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok((!events.is_empty()).then_some(events));
        }
        if line.len() as u64 == LINE_BYTES && line.last() != Some(&b'\n') {
            let text = format!("a line of {LINE_BYTES} bytes or more");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
        }
        if !line.trim_ascii().is_empty() {
            match read(&line) {
                Ok(event) => events.push(event),
                Err(error) => eprintln!("not an event: {error}: {}", shown(&line)),
            }
        }
        if !input.buffer().contains(&b'\n') {
            return Ok(Some(events));
        }
    }
}

fn read(line: &[u8]) -> Result<Event, Box<dyn Error>> {
    let event = Event::from(serde_json::from_slice::<event::Json>(line)?);
    check::event(&event)?;
    Ok(event)
}

/// The beginning of a line.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(200)]).trim_end().to_owned()
}
