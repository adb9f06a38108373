//! M5: what an idle connection costs in memory: 15,000 of them with a window each, on a relay, and with a subscription
//! each on the peers. User space is the growth of the server's anonymous memory, the kernel's share is told apart.

mod client;
mod house;
mod kernel;
pub(crate) mod plain;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Options;
use crate::failure::{Result, fail};
use crate::machine::said;
use crate::process::{Process, SERVER, accepts};
use crate::report::{Bound, Report};

use client::{Client, Window};
use house::House;
use kernel::Kernel;

const CONNECTIONS: usize = 15_000;
const SCORELAY: &str = "scorelay";
const TUNGSTENITE: &str = "tokio-tungstenite";
const BUN: &str = "bun";
const WS: &str = "ws";
const SAME: &str = "the same top 100";
const OWN: &str = "a window of 50 each, anywhere";
const USER: &str = "user space for each connection";

/// Takes the measure.
///
/// # Errors
/// A server does not start, or does not keep its connections.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    let count = if options.quick { CONNECTIONS / 10 } else { CONNECTIONS };
    let house = House::start(options)?;
    let windows = |n: usize| Window::own(n, house::ROWS);
    for round in 0..options.rounds {
        let base = 2 + round * 16;
        let relay = || house.relay(options);
        idle(report, SAME, SCORELAY, relay()?, base, count, |_| Say::Watch(Window::TOP))?;
        idle(report, OWN, SCORELAY, relay()?, base + 4, count, |n| Say::Watch(windows(n)))?;
        for (at, (subject, program, argument)) in peers(options)?.into_iter().enumerate() {
            let peer = Process::start(SERVER, Path::new(&program), &[&argument], house.logs())?;
            idle(report, SAME, subject, peer, base + 8 + 2 * at, count, |_| Say::Subscribe)?;
        }
    }
    for case in [SAME, OWN] {
        report.aim(case, USER, SCORELAY, Bound::AtMost(4.0));
    }
    for peer in [TUNGSTENITE, BUN, WS] {
        report.aim_ratio(SAME, USER, SCORELAY, peer, Bound::AtMost(1.0));
    }
    versions(options, report);
    notes(report, count);
    Ok(())
}

/// What a client says after its handshake.
enum Say {
    /// Hello, and the window.
    Watch(Window),
    /// A peer's subscription.
    Subscribe,
}

/// The peers that a round starts: subject, program and its argument.
fn peers(options: &Options) -> Result<[(&'static str, String, String); 3]> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let own = std::env::current_exe()?;
    let bun = super::bun(options);
    Ok([
        (TUNGSTENITE, text(&own), plain::NAME.to_owned()),
        (BUN, text(&bun), text(&options.peers.join("idle-bun.mjs"))),
        (WS, "node".to_owned(), text(&options.peers.join("idle-ws.mjs"))),
    ])
}

/// Connects, lets the server come to rest, and notes by how much it has grown.
fn idle(
    report: &mut Report,
    case: &str,
    subject: &str,
    mut server: Process,
    base: usize,
    count: usize,
    say: impl Fn(usize) -> Say,
) -> Result {
    let address = server.said("listen")?.trim_start_matches("http://").to_owned();
    accepts(&address)?;
    // The first connections bring what a server makes once.
    let mut clients = Vec::with_capacity(count);
    connect(&mut clients, 20, &address, base, &say)?;
    let before = settled(&server)?;
    let kernel = Kernel::read();
    connect(&mut clients, count, &address, base, &say)?;
    let after = settled(&server)?;
    let kernel = Kernel::read().since(&kernel);
    let grown = (count - 20) as f64;
    let gone = clients.iter().filter(|client| client.is_gone()).count();
    if gone > 0 {
        return fail(format!("{subject} lost {gone} of {count} idle connections"));
    }
    let each = |bytes: f64| bytes / grown / 1024.0;
    report.sample(case, subject, USER, "KiB", each(after as f64 - before as f64));
    report.sample(case, subject, "kernel for each connection, both ends", "KiB", each(kernel.slab));
    report.sample(case, subject, "socket buffers for each connection, both ends", "KiB", each(kernel.buffers));
    drop(clients);
    server.stop()
}

fn connect(clients: &mut Vec<Client>, count: usize, address: &str, base: usize, say: &impl Fn(usize) -> Say) -> Result {
    let from = clients.len();
    for n in from..count {
        // Several addresses to come from, for a port is used again only after a minute.
        let mut client = Client::connect(address, [127, 0, 1, (base + n / 5_000) as u8])?;
        match say(n) {
            Say::Watch(window) => client.watch(window)?,
            Say::Subscribe => client.subscribe()?,
        }
        clients.push(client);
    }
    for (client, n) in clients[from..].iter_mut().zip(from..) {
        match say(n) {
            Say::Watch(window) => client.sees(window)?,
            Say::Subscribe => client.is_answered()?,
        }
    }
    Ok(())
}

/// Its anonymous memory once that has stood still for two seconds; whatever it is after twenty.
fn settled(server: &Process) -> Result<u64> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let (mut last, mut since) = (0, Instant::now());
    loop {
        let now = server.memory("RssAnon")?;
        if now.abs_diff(last) > 64 * 1024 {
            (last, since) = (now, Instant::now());
        }
        if since.elapsed() > Duration::from_secs(2) || Instant::now() > deadline {
            return Ok(now);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn versions(options: &Options, report: &mut Report) {
    let bun = super::bun(options);
    let ws = std::fs::read_to_string(options.peers.join("node_modules/ws/package.json")).unwrap_or_default();
    let ws = serde_json::from_str::<serde_json::Value>(&ws).unwrap_or_default();
    report.peers = vec![
        format!("Bun {}", said(&bun.to_string_lossy(), &["--version"])),
        format!("ws {} on Node {}", ws["version"].as_str().unwrap_or("unknown"), said("node", &["--version"])),
        "tokio-tungstenite as in Cargo.lock".to_owned(),
    ];
}

fn notes(report: &mut Report, count: usize) {
    report.note(format!(
        "{count} connections, without TLS and without compression; the relay has one shard, a board of {} rows, and \
         nothing changes. User space is RssAnon after all clients have their window and memory has stood still for two \
         seconds, less the same with 20 connections.",
        house::ROWS
    ));
    report.note(
        "Each peer's client subscribes to one topic and is answered with 1.2 kB of JSON, as a window would be. \
         tokio-tungstenite: accept_async and a task for each, a broadcast channel for the topic, default buffers. \
         Bun: Bun.serve, ws.subscribe, defaults. ws: defaults, clients kept in a Set.",
    );
    report.note("Centrifugo publishes 11.6 KB for each connection with one subscription; it was not run here.");
    report.note("The kernel's share is that of both ends, which are on this machine: half of it is the server's.");
}
