//! M1, fan-out: everybody looks at the first hundred, and gets one message a tick.

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::certificate::Certificate;
use crate::crowd::{self, Counting, Crowd, Terms, Viewer, until};
use crate::failure::{Result, fail};
use crate::looker::{Looker, Sight};
use crate::process::{Process, SERVER};
use crate::report::{Bound, Report};
use crate::system::{BOARD, Core, Feeder, entity};
use crate::world::{World, random};

const ROWS: usize = 1000;
const SHOWN: u32 = 100;
const UPDATES: u64 = 200;
const WS: &str = "ws JSON";
/// With 8,000 over TLS, ticks leave Node no time for handshakes: not all were done after six minutes.
const WS_OVER_TLS: usize = 2000;
const CPU: &str = "CPU per message";

/// Connections, milliseconds of a tick, and whether it is over TLS.
const CASES: [(usize, u32, bool); 4] = [(2000, 50, false), (8000, 100, false), (2000, 50, true), (8000, 100, true)];

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a client shows something wrong.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    report.peers = super::versions(options, &["bun", "ws"]);
    report.note("Scorelay's relay has one shard; the core, the source and all clients run on the other core.");
    report
        .note("The floor and Bun send as many bytes as Scorelay's messages have on average; `ws` sends its own JSON.");
    report.note("Bun: `publish` to one topic, no compression. `ws`: text made once per tick, no compression.");
    report.note(format!("`ws` over TLS has {WS_OVER_TLS} connections at most: with 8,000 its ticks leave no time for handshakes, of which not all were done after six minutes."));
    let world = Rc::new(World::new(ROWS));
    let certificate = Certificate::make()?;
    for round in 0..options.rounds {
        for (clients, tick_ms, tls) in CASES {
            let case = name(options, clients, tick_ms, tls);
            let clients = if options.quick { clients / 10 } else { clients };
            eprintln!("  round {}: {case}", round + 1);
            let tls = tls.then_some(&certificate);
            let run = Run { options, case: &case, clients, tick_ms, tls };
            let bytes = crowd::run(run.scorelay(&world, report))?;
            run.peers(bytes, report)?;
        }
    }
    for (clients, tick_ms, tls) in CASES {
        let case = name(options, clients, tick_ms, tls);
        // MEASURES sets the floor's bound for TCP; with TLS it is noted the same way.
        report.aim_ratio(&case, CPU, "scorelay", "send loop", Bound::AtMost(1.3));
        report.aim_ratio(&case, CPU, "scorelay", "bun publish", Bound::AtMost(1.0));
        report.aim_ratio(&case, CPU, "scorelay", WS, Bound::AtMost(0.2));
    }
    Ok(())
}

fn name(options: &Options, clients: usize, tick_ms: u32, tls: bool) -> String {
    let clients = if options.quick { clients / 10 } else { clients };
    format!("{clients} connections, {} Hz, {}", 1000 / tick_ms, if tls { "TLS" } else { "TCP" })
}

struct Run<'a> {
    options: &'a Options,
    case: &'a str,
    clients: usize,
    tick_ms: u32,
    tls: Option<&'a Certificate>,
}

impl Run<'_> {
    fn terms(&self) -> Terms {
        Terms { tls: self.tls.map(|tls| tls.client.clone()), ..Terms::default() }
    }

    /// Payload bytes of a message, on average.
    async fn scorelay(&self, world: &Rc<World>, report: &mut Report) -> Result<usize> {
        let mut core = Core::start(self.options, world)?;
        let relay = core.relay_with(&SERVER.to_string(), self.tick_ms, 1, None, self.tls)?;
        let lookers = (0..self.clients).map(|_| Looker::new(BOARD, Sight::Window(1, SHOWN), false));
        let lookers = lookers.collect::<std::result::Result<_, _>>().map_err(crate::failure::Failure)?;
        let crowd = Crowd::connect_with(relay.listen, lookers, self.terms()).await?;
        core.check(&[&crowd]).await?;
        let (rows, mut random) = (world.clone(), random());
        let draw = move || entity(rows.rows[random.random_range(0..SHOWN as usize * 6 / 5)].id);
        let feeder = Feeder::start(&core, UPDATES, false, draw)?;
        let bytes = self.measure("scorelay", &relay.process, &crowd, report).await?;
        feeder.stop().await?;
        core.check(&[&crowd]).await?;
        Ok(bytes)
    }

    fn peers(&self, bytes: usize, report: &mut Report) -> Result {
        let (tick_ms, updates, size) = (self.tick_ms.to_string(), UPDATES.to_string(), bytes.to_string());
        let own = std::env::current_exe()?;
        let (bun, node) = (super::bun(self.options), Path::new("node"));
        let script = |name: &str| self.options.peers.join(name).display().to_string();
        let (publish, json) = (script("publish-bun.mjs"), script("fanout-ws.mjs"));
        let mut peers: [(&str, &Path, Vec<&str>); 3] = [
            ("send loop", &own, vec!["floor", "--bytes", &size, "--tick-ms", &tick_ms]),
            ("bun publish", &bun, vec![&publish, &size, &tick_ms]),
            (WS, node, vec![&json, &tick_ms, &updates]),
        ];
        let files = self.tls.map(|tls| [tls.certificate(), tls.key()].map(|file| file.display().to_string()));
        if let Some([certificate, key]) = &files {
            peers[0].2.push("--tls");
            peers.iter_mut().for_each(|peer| peer.2.extend([certificate.as_str(), key]));
        }
        for (subject, program, arguments) in peers {
            if subject == WS && self.tls.is_some() && self.clients > WS_OVER_TLS {
                continue;
            }
            let logs = tempfile::tempdir()?;
            let mut process = Process::start(SERVER, program, &arguments, logs.path())?;
            let listen: SocketAddr = process.said("listen")?.parse()?;
            crowd::run(async {
                let viewers = (0..self.clients).map(|_| Counting::default()).collect();
                let crowd = Crowd::connect_with(listen, viewers, self.terms()).await?;
                self.measure(subject, &process, &crowd, report).await
            })?;
        }
        Ok(())
    }

    /// Payload bytes of a message, on average.
    async fn measure<V: Viewer>(
        &self,
        subject: &str,
        process: &Process,
        crowd: &Crowd<V>,
        report: &mut Report,
    ) -> Result<usize> {
        let counters = crowd.counters.clone();
        let everybody = 2 * self.clients as u64;
        let before = counters.messages.get();
        until("everybody is sent messages", Duration::from_secs(30), || counters.messages.get() >= before + everybody)
            .await?;
        let started = Instant::now();
        let (cpu, messages, bytes) = (process.cpu()?, counters.messages.get(), counters.bytes.get());
        sleep(if self.options.quick { Duration::from_secs(1) } else { Duration::from_secs(5) }).await;
        let (cpu, took) = (process.cpu()? - cpu, started.elapsed().as_secs_f64());
        let (messages, bytes) = (counters.messages.get() - messages, counters.bytes.get() - bytes);
        crowd.check()?;
        if messages == 0 {
            return fail(format!("{subject} sent nothing"));
        }
        report.sample(self.case, subject, CPU, "µs", cpu * 1e6 / messages as f64);
        report.sample(
            self.case,
            subject,
            "messages per connection",
            "1/s",
            messages as f64 / took / self.clients as f64,
        );
        report.sample(self.case, subject, "payload", "bytes", bytes as f64 / messages as f64);
        report.sample(self.case, subject, "CPU", "% of a core", cpu / took * 100.0);
        Ok((bytes / messages) as usize)
    }
}
