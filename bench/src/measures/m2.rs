//! M2, masks: half of the clients look at the first hundred, most others at windows anywhere, some follow one entity.

use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::crowd::{self, Crowd};
use crate::failure::{Failure, Result};
use crate::looker::{Looker, Sight};
use crate::peers::{self, Load};
use crate::process::{REST, SERVER};
use crate::redis::Redis;
use crate::report::{Bound, Report};
use crate::system::{BOARD, Core, Feeder, Relay, by_law, entity};
use crate::world::{World, random};

const ROWS: usize = 1_000_000;
const CLIENTS: usize = 5000;
/// With the tenth of the clients that track, 15,000 in all.
const MORE_TRACKERS: usize = 14_500;
const UPDATES: u64 = 5000;
const TICK_MS: u32 = 100;
/// One client in so many counts the rows that its messages make different.
const COUNTED: usize = 20;
const PER_ROW: &str = "CPU per differing row";
const PER_TICK: &str = "CPU per tick";

/// Relays with several shards: what the case is called, the cores they run on, and how many shards.
const SHARDS: [(&str, &str, usize); 3] =
    [("two shards on one core", "0", 2), ("four shards on one core", "0", 4), ("two shards on two cores", "0,1", 2)];

/// Relays that are put below the core, beside the one that is there.
const LINKS: [usize; 3] = [0, 8, 16];

/// Colyseus is given one of so many clients: with all of them it makes no tick in ten seconds.
const COLYSEUS_SHARE: usize = 10;
const WS: &str = "ws JSON";
const WS_AND_REDIS: &str = "ws JSON and Redis";
const COLYSEUS: &str = "Colyseus";
const COLYSEUS_AND_REDIS: &str = "Colyseus and Redis";

/// A crowd under measure.
struct Case {
    name: &'static str,
    clients: usize,
    more_trackers: usize,
    updates: u64,
}

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a client shows something wrong.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    let scale = if options.quick { 10 } else { 1 };
    report.note("Scorelay: one relay with one shard on a core of its own, ticks of 100 ms; core, source and clients on the other core.");
    report.note("A row differs for a client if its message makes another entity or another score stand at that rank of its window; one client in 20 counts them.");
    report.note("Redis with `ws`: node-redis with raw ZREVRANGE, each window asked for once a tick in one pipeline, one text for all who look at the same, no compression.");
    report.note("Colyseus: the same board in Redis, one StateView for all who look at the same, a tenth of the clients, as it keeps no pace with all.");
    report
        .note("The peers count the rows that they send; they tell a tracked rank every tick, Scorelay once a second.");
    let world = Rc::new(World::new(ROWS / scale));
    let small = Rc::new(World::new(ROWS / scale / 10));
    let mut core = Core::start(options, &world)?;
    let relay = core.relay(&SERVER.to_string(), TICK_MS, 1, None)?;
    let mut small_core = Core::start(options, &small)?;
    let small_relay = small_core.relay(&SERVER.to_string(), TICK_MS, 1, None)?;
    let redis = crowd::run(Redis::start(REST, &world))?;
    report.peers = super::versions(options, &["ws", "redis", "@colyseus/core", "@colyseus/schema"]);
    report.peers.push(format!("Redis {}", crowd::run(redis.version())?));
    let clients = CLIENTS / scale;
    let cases = [
        Case { name: "as described", clients, more_trackers: 0, updates: UPDATES },
        Case { name: "half the connections", clients: clients / 2, more_trackers: 0, updates: UPDATES },
        Case { name: "a quarter of the connections", clients: clients / 4, more_trackers: 0, updates: UPDATES },
        Case { name: "500 updates a second", clients, more_trackers: 0, updates: UPDATES / 10 },
        Case { name: "50 updates a second", clients, more_trackers: 0, updates: UPDATES / 100 },
        Case { name: "15,000 trackers", clients, more_trackers: MORE_TRACKERS / scale, updates: UPDATES },
    ];
    for round in 0..options.rounds {
        eprintln!("  round {}", round + 1);
        for case in &cases {
            crowd::run(measure(options, case, &world, &core, &relay, report))?;
        }
        for (name, cores, shards) in SHARDS {
            // Each for itself, so that no other relay follows the core meanwhile.
            let several = core.relay(cores, TICK_MS, shards, None)?;
            let case = Case { name, clients, more_trackers: 0, updates: UPDATES };
            crowd::run(measure(options, &case, &world, &core, &several, report))?;
        }
        crowd::run(others(options, &redis, &world, clients, report))?;
        for relays in LINKS {
            crowd::run(links(options, relays, &small, &mut small_core, report))?;
        }
        let tenth = Case { name: "a tenth of the rows", clients, more_trackers: 0, updates: UPDATES };
        crowd::run(measure(options, &tenth, &small, &small_core, &small_relay, report))?;
    }
    let subject = "scorelay relay";
    report.aim_ratio("as described", PER_ROW, subject, WS, Bound::AtMost(0.1));
    report.aim_ratio("as described", PER_ROW, "scorelay relay and core", WS_AND_REDIS, Bound::AtMost(0.1));
    report.aim_cases(PER_TICK, subject, "as described", "half the connections", Bound::AtMost(2.0));
    report.aim_cases(PER_TICK, subject, "as described", "a tenth of the rows", Bound::AtMost(1.5));
    for (name, ..) in SHARDS {
        report.aim_cases("CPU per message", subject, name, "as described", Bound::AtMost(1.1));
    }
    Ok(())
}

/// The same done by what is usually taken for it.
async fn others(options: &Options, redis: &Redis, world: &Rc<World>, clients: usize, report: &mut Report) -> Result {
    let timed = Duration::from_secs(if options.quick { 2 } else { 6 });
    let sights = sights(world, clients, 0);
    let load = Load { clients: &sights, updates: UPDATES, tick_ms: TICK_MS, timed, clock: false };
    let ws = peers::redis_ws(options, redis, world, load).await?;
    let few = Load { clients: &sights[..clients / COLYSEUS_SHARE], ..load };
    let colyseus = peers::colyseus(options, redis, world, few).await?;
    for (case, node, both, figures) in
        [("as described", WS, WS_AND_REDIS, ws), ("a tenth of the connections", COLYSEUS, COLYSEUS_AND_REDIS, colyseus)]
    {
        let rows = figures.rows as f64;
        report.sample(case, node, PER_ROW, "µs", figures.server_cpu * 1e6 / rows);
        report.sample(case, both, PER_ROW, "µs", (figures.server_cpu + figures.redis_cpu) * 1e6 / rows);
        report.sample(case, node, "ticks", "1/s", figures.ticks as f64 / figures.seconds);
        report.sample(case, node, "messages", "1/s", figures.messages as f64 / figures.seconds);
        report.sample(case, node, "differing rows", "1/s", rows / figures.seconds);
        report.sample(case, node, "payload per differing row", "bytes", figures.bytes as f64 / rows);
    }
    Ok(())
}

/// What a relay below costs the core: relays without clients, on the board with a tenth of the rows.
async fn links(options: &Options, relays: usize, world: &Rc<World>, core: &mut Core, report: &mut Report) -> Result {
    let mut below = Vec::new();
    for _ in 0..relays {
        below.push(core.relay(&SERVER.to_string(), TICK_MS, 1, None)?);
    }
    let feeder = Feeder::start(core, UPDATES, false, by_law(world.clone(), random()))?;
    sleep(Duration::from_secs(1)).await;
    let (started, cpu) = (Instant::now(), core.process.cpu()?);
    let mut relay_cpu = 0.0;
    for relay in &below {
        relay_cpu -= relay.process.cpu()?;
    }
    let bytes = match below.first() {
        Some(relay) => -relay.metric("scorelay_relay_upstream_bytes_total").await?,
        None => 0.0,
    };
    sleep(Duration::from_secs(if options.quick { 1 } else { 4 })).await;
    let took = started.elapsed().as_secs_f64();
    let cpu = (core.process.cpu()? - cpu) / took * 100.0;
    for relay in &below {
        relay_cpu += relay.process.cpu()?;
    }
    let case = format!("{relays} relays more below the core");
    report.sample(&case, "scorelay core", "CPU", "% of a core", cpu);
    if let Some(relay) = below.first() {
        let bytes = bytes + relay.metric("scorelay_relay_upstream_bytes_total").await?;
        report.sample(&case, "link", "traffic", "KiB/s", bytes / took / 1024.0);
        report.sample(
            &case,
            "each relay",
            "CPU without clients",
            "% of a core",
            relay_cpu / took * 100.0 / relays as f64,
        );
    }
    feeder.stop().await
}

/// What the clients of the workload look at; the same each time.
pub(super) fn sights(world: &World, clients: usize, more_trackers: usize) -> Vec<Sight> {
    let mut random = random();
    let rows = world.rows.len() as u32;
    let tracked = |random: &mut ChaCha8Rng| Sight::Track(entity(world.rows[random.random_range(0..rows as usize)].id));
    let mut sights: Vec<Sight> = (0..clients)
        .map(|client| match client % 10 {
            0..5 => Sight::Window(1, 100),
            5..9 => {
                let from = random.random_range(1..=rows - 50);
                Sight::Window(from, from + 49)
            }
            _ => tracked(&mut random),
        })
        .collect();
    sights.extend((0..more_trackers).map(|_| tracked(&mut random)));
    sights
}

async fn measure(
    options: &Options,
    case: &Case,
    world: &Rc<World>,
    core: &Core,
    relay: &Relay,
    report: &mut Report,
) -> Result {
    let sights = sights(world, case.clients, case.more_trackers);
    // Ten kinds of clients take turns: one in 21 meets each kind.
    let counted = |at: usize| at.is_multiple_of(COUNTED + 1);
    let lookers = sights.into_iter().enumerate().map(|(at, sight)| Looker::new(BOARD, sight, counted(at)));
    let lookers = lookers.collect::<std::result::Result<Vec<_>, _>>().map_err(Failure)?;
    let everybody = lookers.len();
    let crowd = Crowd::connect(relay.listen, lookers).await?;
    core.check(&[&crowd]).await?;
    let feeder = Feeder::start(core, case.updates, false, by_law(world.clone(), random()))?;
    sleep(Duration::from_secs(2)).await;
    let calm = relay.calm().await?;
    let started = Instant::now();
    let before = (relay.process.cpu()?, core.process.cpu()?, crowd.counters.messages.get(), crowd.counters.bytes.get());
    let differing = || crowd.viewers.iter().map(|looker| looker.borrow().differing).sum::<u64>();
    let counting = crowd.viewers.iter().enumerate().filter(|(at, _)| counted(*at)).count();
    let rows = differing();
    sleep(Duration::from_secs(if options.quick { 2 } else { 6 })).await;
    let took = started.elapsed().as_secs_f64();
    let (cpu, core_cpu) = (relay.process.cpu()? - before.0, core.process.cpu()? - before.1);
    let messages = crowd.counters.messages.get() - before.2;
    let bytes = crowd.counters.bytes.get() - before.3;
    let rows = (differing() - rows) as f64 * everybody as f64 / counting as f64;
    feeder.stop().await?;
    core.check(&[&crowd]).await?;
    let (name, subject) = (case.name, "scorelay relay");
    report.sample(name, subject, PER_ROW, "µs", cpu * 1e6 / rows);
    report.sample(name, "scorelay relay and core", PER_ROW, "µs", (cpu + core_cpu) * 1e6 / rows);
    report.sample(name, subject, PER_TICK, "ms", cpu * f64::from(TICK_MS) / took);
    report.sample(name, subject, "CPU per message", "µs", cpu * 1e6 / messages as f64);
    report.sample(name, subject, "CPU", "% of a core", cpu / took * 100.0);
    report.sample(name, "scorelay core", "CPU", "% of a core", core_cpu / took * 100.0);
    report.sample(name, subject, "pace slowed", "of 1", f64::from(u8::from(!calm)));
    report.sample(name, subject, "messages", "1/s", messages as f64 / took);
    report.sample(name, subject, "differing rows", "1/s", rows / took);
    report.sample(name, subject, "payload per differing row", "bytes", bytes as f64 / rows);
    Ok(())
}
