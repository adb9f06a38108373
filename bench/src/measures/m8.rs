//! M8, slow and gone: some stop reading, all come back at once, all scroll at once, and the core dies and comes back.

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Options;
use crate::crowd::{self, Counting, Crowd, Terms, Viewer, until};
use crate::failure::{Failure, Result};
use crate::looker::{Looker, Sight};
use crate::process::{Process, SERVER};
use crate::report::{Bound, Report, percentile};
use crate::system::{BOARD, Core, Feeder, entity};
use crate::world::{World, random};

const ROWS: usize = 100_000;
const SHOWN: u32 = 100;
const UPDATES: u64 = 5000;
const TICK_MS: u32 = 50;
const CLIENTS: usize = 1000;
/// The kernel's buffer of every client, so that whoever does not read is noticed in seconds.
const RECEIVE_BYTES: u32 = 4096;
const WITHIN: Duration = Duration::from_secs(60);
const STALL: &str = "a tenth stops reading";
const GROWN: &str = "memory grown, second 10 to 60";
const RATE: &str = "memory grown each second";
const P99: &str = "p99 of those who read";

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a client shows something wrong.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    report.peers = super::versions(options, &["bun", "ws"]);
    report.note(format!("{CLIENTS} clients at ranks 1 to 100, 20 Hz, every row of them changing; the kernel keeps 4 KiB for each client."));
    report.note("Bun publishes as many bytes as Scorelay sends, `ws` sends its JSON; both as they come, without a limit on what waits.");
    report.note("Peers stall for 25 s, and what they grow each second is taken from second 10 on; they send no clock, so their age is not known.");
    let world = Rc::new(World::new(ROWS));
    for round in 0..options.rounds {
        eprintln!("  round {}", round + 1);
        let bytes = crowd::run(scorelay(options, &world, report))?;
        peers(options, bytes, report)?;
    }
    report.aim(STALL, GROWN, "scorelay", Bound::AtMost(2.0));
    report.aim(STALL, "p99 of those who read, to before", "scorelay", Bound::AtMost(1.1));
    Ok(())
}

fn clients(options: &Options) -> usize {
    if options.quick { CLIENTS / 10 } else { CLIENTS }
}

/// Little is kept for whoever does not read.
fn slow() -> Terms {
    Terms { receive_bytes: Some(RECEIVE_BYTES), ..Terms::default() }
}

/// All handshakes at once.
fn together() -> Terms {
    Terms { at_once: CLIENTS, ..Terms::default() }
}

fn lookers(options: &Options) -> Result<Vec<Looker>> {
    let looker = |at: usize| Looker::new(BOARD, Sight::Window(1, SHOWN), at % 10 == 1);
    (0..clients(options)).map(looker).collect::<std::result::Result<_, _>>().map_err(Failure)
}

fn feeder(core: &Core, world: &Rc<World>) -> Result<Feeder> {
    let (rows, mut random) = (world.clone(), random());
    Feeder::start(core, UPDATES, true, move || entity(rows.rows[random.random_range(0..SHOWN as usize)].id))
}

/// Payload bytes of a message, on average.
async fn scorelay(options: &Options, world: &Rc<World>, report: &mut Report) -> Result<usize> {
    let mut core = Core::start(options, world)?;
    let relay = core.relay(&SERVER.to_string(), TICK_MS, 1, None)?;
    let crowd = Crowd::connect_with(relay.listen, lookers(options)?, slow()).await?;
    core.check(&[&crowd]).await?;
    let feed = feeder(&core, world)?;
    sleep(Duration::from_secs(3)).await;

    let before = p99(&crowd, Duration::from_secs(if options.quick { 2 } else { 10 })).await;
    let counted = (crowd.counters.messages.get(), crowd.counters.bytes.get());
    hold(&crowd, true);
    let started = Instant::now();
    let (from, to) = if options.quick { (2, 6) } else { (10, 60) };
    sleep_until(started + Duration::from_secs(from)).await;
    let memory = relay.process.memory("VmRSS")?;
    let during = p99(&crowd, Duration::from_secs(to - from)).await;
    let grown = relay.process.memory("VmRSS")? as f64 - memory as f64;
    report.sample(STALL, "scorelay", GROWN, "MiB", grown / f64::from(1 << 20));
    report.sample(STALL, "scorelay", RATE, "KiB/s", grown / 1024.0 / (to - from) as f64);
    report.sample(STALL, "scorelay", "p99 before", "ms", before);
    report.sample(STALL, "scorelay", P99, "ms", during);
    report.sample(STALL, "scorelay", "p99 of those who read, to before", "times", during / before);
    let messages = crowd.counters.messages.get() - counted.0;
    let bytes = (crowd.counters.bytes.get() - counted.1) / messages.max(1);
    hold(&crowd, false);
    feed.stop().await?;
    core.check(&[&crowd]).await?;

    // All scroll at once: each to ranks nobody looked at.
    let mut random = random();
    for looker in &crowd.viewers {
        let from = random.random_range(1..=world.rows.len() as u32 - 50);
        looker.borrow_mut().scroll(from, from + 49).map_err(Failure)?;
    }
    let started = Instant::now();
    crowd.poke();
    until("all have scrolled", WITHIN, || complete(&crowd)).await?;
    report.sample("all scroll at once", "scorelay", "until all are current", "ms", millis(started));
    core.check(&[&crowd]).await?;

    // All come back at once.
    drop(crowd);
    let started = Instant::now();
    let crowd = Crowd::connect_with(relay.listen, lookers(options)?, together()).await?;
    until("all are back", WITHIN, || complete(&crowd)).await?;
    report.sample("all reconnect at once", "scorelay", "until all are current", "ms", millis(started));

    // The core dies, and comes back with what it has stored.
    let started = Instant::now();
    core.restart()?;
    report.sample("the core is killed", "scorelay", "until it serves again", "ms", millis(started));
    let feed = feeder(&core, world)?;
    let first = crowd.viewers[1].borrow().rows();
    until("clients see new scores", WITHIN, || crowd.viewers[1].borrow().rows() != first).await?;
    report.sample("the core is killed", "scorelay", "until clients see new scores", "ms", millis(started));
    feed.stop().await?;
    core.check(&[&crowd]).await?;
    Ok(bytes as usize)
}

fn peers(options: &Options, bytes: usize, report: &mut Report) -> Result {
    let (tick_ms, updates, size) = (TICK_MS.to_string(), UPDATES.to_string(), bytes.to_string());
    let (bun, node) = (super::bun(options), Path::new("node"));
    let script = |name: &str| options.peers.join(name).display().to_string();
    let (publish, json) = (script("publish-bun.mjs"), script("fanout-ws.mjs"));
    let peers: [(&str, &Path, Vec<&str>); 2] =
        [("bun publish", &bun, vec![&publish, &size, &tick_ms]), ("ws JSON", node, vec![&json, &tick_ms, &updates])];
    for (subject, program, arguments) in peers {
        let logs = tempfile::tempdir()?;
        let mut process = Process::start(SERVER, program, &arguments, logs.path())?;
        let listen: SocketAddr = process.said("listen")?.parse()?;
        crowd::run(async {
            let counting = || (0..clients(options)).map(|_| Counting::default()).collect::<Vec<_>>();
            let crowd = Crowd::connect_with(listen, counting(), slow()).await?;
            sleep(Duration::from_secs(3)).await;
            hold(&crowd, true);
            let (from, to) = if options.quick { (2, 6) } else { (10, 25) };
            sleep(Duration::from_secs(from)).await;
            let memory = process.memory("VmRSS")?;
            sleep(Duration::from_secs(to - from)).await;
            let grown = process.memory("VmRSS")? as f64 - memory as f64;
            report.sample(STALL, subject, RATE, "KiB/s", grown / 1024.0 / (to - from) as f64);
            drop(crowd);
            let started = Instant::now();
            let crowd = Crowd::connect_with(listen, counting(), together()).await?;
            let told = || crowd.viewers.iter().all(|viewer| viewer.borrow().messages > 0);
            until("all are told", WITHIN, told).await?;
            report.sample("all reconnect at once", subject, "until all have a message", "ms", millis(started));
            Ok(())
        })?;
    }
    Ok(())
}

fn hold<V: Viewer>(crowd: &Crowd<V>, held: bool) {
    for client in (0..crowd.viewers.len()).step_by(10) {
        crowd.hold(client, held);
    }
}

fn complete(crowd: &Crowd<Looker>) -> bool {
    crowd.viewers.iter().all(|looker| looker.borrow().complete())
}

/// The age that all but a hundredth of what comes in the next while stays below, in milliseconds.
async fn p99(crowd: &Crowd<Looker>, within: Duration) -> f64 {
    for looker in &crowd.viewers {
        looker.borrow_mut().ages.clear();
    }
    sleep(within).await;
    let mut ages: Vec<f64> =
        crowd.viewers.iter().flat_map(|looker| looker.borrow().ages.clone()).map(f64::from).collect();
    ages.sort_by(f64::total_cmp);
    percentile(&ages, 0.99)
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
