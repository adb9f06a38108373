//! M4, latency: how old what a client decodes is, at several loads, through one relay and through two.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::m2;
use crate::Options;
use crate::crowd::{self, Crowd};
use crate::failure::{Failure, Result};
use crate::looker::Looker;
use crate::peers::{self, Load, PeerFigures};
use crate::process::{REST, SERVER};
use crate::redis::Redis;
use crate::report::{Bound, Report, percentile};
use crate::system::{BOARD, Core, Feeder, Relay, by_law};
use crate::world::{World, random};

const LOADS: [u32; 3] = [25, 50, 80];
const UPDATES: u64 = 5000;
const TICK_MS: u32 = 100;
/// Clients by which saturation is estimated.
const PROBE: usize = 4000;
/// One client in so many measures.
const COUNTED: usize = 11;
/// The same for Redis with `ws`, which is saturated by fewer.
const PEER_PROBE: usize = 400;
const PERCENTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
const WS: &str = "ws JSON and Redis";
const ONE: &str = "scorelay, one relay";
const TWO: &str = "scorelay, two relays";

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a client shows something wrong.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    report.note(
        "The age of the newest change in each message when it is decoded, from when the source wrote it: one entity's score is a clock, \
         brought to the time every 10 ms. A change that just missed a tick waits up to a tick (100 ms) more, in Scorelay and in peers.",
    );
    report.note(
        "The workload is M2's. Saturation is where the relay would take all of its core, by what 4,000 clients take.",
    );
    report.note("With two relays, the first runs on the core of source and clients and only passes frames on.");
    let scale = if options.quick { 10 } else { 1 };
    let world = Rc::new(World::new(1_000_000 / scale));
    let mut core = Core::start(options, &world)?;
    let first = core.relay(&SERVER.to_string(), TICK_MS, 1, None)?;
    let passes_on = core.relay(&REST.to_string(), TICK_MS, 1, None)?;
    let second = core.relay(&SERVER.to_string(), TICK_MS, 1, Some(&passes_on))?;
    let share = crowd::run(probe(options, &world, &core, &first, PROBE / scale))?;
    let saturated = (PROBE / scale) as f64 / share;
    report.sample("clients at saturation", ONE, "clients", "", saturated);
    let redis = crowd::run(Redis::start(REST, &world))?;
    report.peers = super::versions(options, &["ws", "redis"]);
    report.peers.push(format!("Redis {}", crowd::run(redis.version())?));
    let peer = Peer { options, world: &world, redis: &redis };
    let figures = crowd::run(peer.take(PEER_PROBE / scale))?;
    let peer_saturated = (PEER_PROBE / scale) as f64 / (figures.server_cpu / figures.seconds);
    report.sample("clients at saturation", WS, "clients", "", peer_saturated);
    for round in 0..options.rounds {
        eprintln!("  round {}", round + 1);
        for load in LOADS {
            let clients = (peer_saturated * f64::from(load) / 100.0) as usize;
            let figures = crowd::run(peer.take(clients))?;
            let case = format!("{load} % load");
            report.sample(&case, WS, "clients", "", clients as f64);
            report.sample(&case, WS, "CPU", "% of a core", figures.server_cpu / figures.seconds * 100.0);
            report.sample(&case, WS, "ticks", "1/s", figures.ticks as f64 / figures.seconds);
            for (what, at) in PERCENTILES {
                report.sample(&case, WS, what, "ms", percentile(&figures.ages, at));
            }
        }
        for load in LOADS {
            let clients = ((saturated * f64::from(load) / 100.0) as usize).min(18_000);
            for (subject, relay) in [(ONE, &first), (TWO, &second)] {
                let run = Run { options, world: &world, core: &core, relay, clients };
                crowd::run(run.measure(&format!("{load} % load"), subject, report))?;
            }
        }
    }
    for load in LOADS {
        let case = format!("{load} % load");
        let medians = |subject| report.figure(&case, subject, "p50").map(|figure| figure.samples.clone());
        let (Some(one), Some(two)) = (medians(ONE), medians(TWO)) else { continue };
        for (one, two) in one.iter().zip(two) {
            report.sample(&case, TWO, "p50 added by the second hop", "ms", two - one);
        }
        report.aim(&case, "p50 added by the second hop", TWO, Bound::AtMost(5.0));
    }
    report.aim_ratio("80 % load", "p99", ONE, WS, Bound::AtMost(1.0 / 3.0));
    Ok(())
}

/// Redis with `ws`.
struct Peer<'a> {
    options: &'a Options,
    world: &'a Rc<World>,
    redis: &'a Redis,
}

impl Peer<'_> {
    async fn take(&self, clients: usize) -> Result<PeerFigures> {
        let timed = Duration::from_secs(if self.options.quick { 2 } else { 5 });
        let sights = m2::sights(self.world, clients, 0);
        let load = Load { clients: &sights, updates: UPDATES, tick_ms: TICK_MS, timed, clock: true };
        peers::redis_ws(self.options, self.redis, self.world, load).await
    }
}

/// The share of its core that a relay takes with so many clients.
async fn probe(options: &Options, world: &Rc<World>, core: &Core, relay: &Relay, clients: usize) -> Result<f64> {
    let mut unseen = Report::new("M4", "");
    let run = Run { options, world, core, relay, clients };
    run.measure("probe", ONE, &mut unseen).await?;
    Ok(unseen.figure("probe", ONE, "CPU").map_or(1.0, |figure| figure.median / 100.0))
}

struct Run<'a> {
    options: &'a Options,
    world: &'a Rc<World>,
    core: &'a Core,
    relay: &'a Relay,
    clients: usize,
}

impl Run<'_> {
    async fn measure(&self, case: &str, subject: &str, report: &mut Report) -> Result {
        let sights = m2::sights(self.world, self.clients, 0);
        let lookers = sights.into_iter().enumerate();
        let lookers = lookers.map(|(at, sight)| Looker::new(BOARD, sight, at.is_multiple_of(COUNTED)));
        let lookers = lookers.collect::<std::result::Result<Vec<_>, _>>().map_err(Failure)?;
        let crowd = Crowd::connect(self.relay.listen, lookers).await?;
        self.core.check(&[&crowd]).await?;
        let feeder = Feeder::start(self.core, UPDATES, true, by_law(self.world.clone(), random()))?;
        sleep(Duration::from_secs(2)).await;
        let calm = self.relay.calm().await?;
        for looker in &crowd.viewers {
            looker.borrow_mut().ages.clear();
        }
        let phases = ["apply", "tick", "pass"];
        let mut sums = Vec::new();
        for phase in phases {
            sums.push(self.phase(phase).await?);
        }
        let (started, cpu) = (Instant::now(), self.relay.process.cpu()?);
        sleep(Duration::from_secs(if self.options.quick { 2 } else { 5 })).await;
        let share = (self.relay.process.cpu()? - cpu) / started.elapsed().as_secs_f64() * 100.0;
        for (phase, (sum, count)) in phases.into_iter().zip(sums) {
            let now = self.phase(phase).await?;
            let each = (now.0 - sum) / (now.1 - count).max(1.0);
            let what = match phase {
                "apply" => "apply, each link frame",
                "tick" => "diff and encode, each tick",
                _ => "write, each pass",
            };
            report.sample(case, subject, what, "ms", each * 1e3);
        }
        feeder.stop().await?;
        self.core.check(&[&crowd]).await?;
        let mut ages: Vec<f64> =
            crowd.viewers.iter().flat_map(|looker| looker.borrow().ages.clone()).map(f64::from).collect();
        ages.sort_by(f64::total_cmp);
        report.sample(case, subject, "clients", "", self.clients as f64);
        report.sample(case, subject, "CPU", "% of a core", share);
        report.sample(case, subject, "pace slowed", "of 1", f64::from(u8::from(!calm)));
        for (what, at) in PERCENTILES {
            report.sample(case, subject, what, "ms", percentile(&ages, at));
        }
        Ok(())
    }

    /// Seconds spent in a phase so far, and how often.
    async fn phase(&self, phase: &str) -> Result<(f64, f64)> {
        let name = format!("scorelay_relay_{phase}_seconds");
        Ok((self.relay.metric(&format!("{name}_sum")).await?, self.relay.metric(&format!("{name}_count")).await?))
    }
}
