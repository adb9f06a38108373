//! Scorelay under measure: a core with one board of a world, relays below it, and a source that gives points.

use std::cell::Cell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use scorelay_client::core::RankedRow;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{Event, Points};
use scorelay_source::{Settings, Source};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Options;
use crate::certificate::Certificate;
use crate::crowd::{Crowd, Viewer};
use crate::failure::{Failure, Result, fail};
use crate::looker::Looker;
use crate::process::{Process, REST, accepts};
use crate::world::World;

/// The board's id.
pub(crate) const BOARD: &str = "board";
/// Between two lots of updates.
const LOT: Duration = Duration::from_millis(10);
const CALM_WITHIN: Duration = Duration::from_secs(15);
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// The entity whose score is a clock.
pub(crate) const CLOCK: u64 = 1;

/// A core and what belongs to it.
pub(crate) struct Core {
    /// The process.
    pub(crate) process: Process,
    binaries: PathBuf,
    dir: TempDir,
    relays: usize,
    /// What the clock shows, in microseconds since this program began.
    clock: Rc<Cell<u64>>,
}

/// A relay.
pub(crate) struct Relay {
    /// The process.
    pub(crate) process: Process,
    /// Where clients connect.
    pub(crate) listen: SocketAddr,
    /// Its metrics, as `http://…`.
    pub(crate) metrics: String,
    /// Where further relays connect, as `unix:…`.
    pub(crate) link: String,
}

impl Core {
    /// Starts a core whose one board has the world's rows.
    ///
    /// # Errors
    /// Something does not start, or refuses the rows.
    pub(crate) fn start(options: &Options, world: &World) -> Result<Self> {
        let binaries = std::path::absolute(&options.binaries)?;
        let dir = tempfile::tempdir()?;
        let config =
            "[[board]]\nid = \"board\"\nscorer = \"external\"\nunit = \"points\"\n[meets]\nkey_file = \"meets.key\"\n";
        std::fs::write(dir.path().join("core.toml"), config)?;
        world.write_csv(&dir.path().join("rows.csv"))?;
        let import = "import --config core.toml --data data --board board --format csv rows.csv";
        let mut import_with = Command::new(binaries.join("scorelay"));
        let output = import_with.args(import.split(' ')).current_dir(dir.path()).output()?;
        if !output.status.success() {
            return fail(format!("the import failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let process = serve(&binaries, &dir)?;
        Ok(Self { process, binaries, dir, relays: 0, clock: Rc::default() })
    }

    /// Kills the core and starts it again on what it has stored.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn restart(&mut self) -> Result {
        self.process.kill()?;
        self.process = serve(&self.binaries, &self.dir)?;
        Ok(())
    }

    /// Starts a relay on a core of the machine, below this core or the link of another relay.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn relay(&mut self, on: &str, tick_ms: u32, shards: usize, below: Option<&Relay>) -> Result<Relay> {
        self.relay_with(on, tick_ms, shards, below, None)
    }

    /// Like [`Core::relay`], with TLS where there is a certificate.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn relay_with(
        &mut self,
        on: &str,
        tick_ms: u32,
        shards: usize,
        below: Option<&Relay>,
        tls: Option<&Certificate>,
    ) -> Result<Relay> {
        self.relays += 1;
        let own = format!("unix:{}", path(&self.dir, &format!("relay-{}.sock", self.relays)));
        let upstream =
            below.map_or_else(|| format!("unix:{}", path(&self.dir, "core.sock")), |below| below.link.clone());
        let (tick_ms, shards) = (tick_ms.to_string(), shards.to_string());
        let arguments = [
            "--upstream",
            &upstream,
            "--link",
            &own,
            "--listen",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
            "--tick-ms",
            &tick_ms,
            "--shards",
            &shards,
            "--connections",
            "100000",
            "--connections-per-address",
            "100000",
        ];
        let files = tls.map(|tls| [tls.certificate(), tls.key()].map(|file| file.display().to_string()));
        let mut arguments = arguments.to_vec();
        if let Some([certificate, key]) = &files {
            arguments.extend(["--tls-certificate-file", certificate, "--tls-key-file", key]);
        }
        let program = self.binaries.join("scorelay-relay");
        let mut process = Process::start_on(on, &program, &arguments, self.dir.path())?;
        let (listen, metrics) = (process.said("listen")?, process.said("metrics")?);
        let listen = listen.rsplit('/').next().unwrap_or_default().parse()?;
        accepts(&format!("{listen}"))?;
        Ok(Relay { process, listen, metrics, link: own })
    }

    /// A source of this core.
    ///
    /// # Errors
    /// Its journal cannot be made.
    fn source(&self) -> Result<Source> {
        let link: scorelay_source::Address =
            format!("unix:{}", path(&self.dir, "core.sock")).parse().map_err(|error| Failure(format!("{error}")))?;
        Ok(Source::open(link, Settings::new("bench"), &self.dir.path().join("bench.journal"), false)?)
    }

    /// All rows of the board by rank, asked of the running core itself.
    ///
    /// # Errors
    /// The core does not answer.
    pub(crate) fn rows(&self) -> Result<Vec<RankedRow>> {
        let out = path(&self.dir, "fresh.csv");
        let data = path(&self.dir, "data");
        let arguments = ["export", "--data", &data, "--board", BOARD, "--format", "csv", "--out", &out];
        let output = Command::new(self.binaries.join("scorelay")).args(arguments).output()?;
        if !output.status.success() {
            return fail(format!("the export failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let text = std::fs::read_to_string(&out)?;
        let row = |line: &str| {
            let mut parts = line.split(',');
            let (rank, entity, score) = (parts.next()?, parts.next()?, parts.next()?);
            Some(RankedRow { rank: rank.parse().ok()?, entity: entity.parse().ok()?, score: score.parse().ok()? })
        };
        text.lines().skip(1).map(|line| row(line).ok_or_else(|| Failure(format!("not a row: {line}")))).collect()
    }

    /// Waits until what every client shows is what the core says, with nothing given points meanwhile; how many rows
    /// were compared.
    ///
    /// # Errors
    /// Somebody shows something else for a minute.
    pub(crate) async fn check<V: Viewer + std::borrow::Borrow<Looker>>(&self, crowds: &[&Crowd<V>]) -> Result<usize> {
        let deadline = Instant::now() + SETTLED_WITHIN;
        loop {
            let fresh = self.rows()?;
            let ranks: HashMap<&Entity, usize> = fresh.iter().enumerate().map(|(at, row)| (&row.entity, at)).collect();
            let lookers = || crowds.iter().flat_map(|crowd| &crowd.viewers);
            for crowd in crowds {
                crowd.check()?;
            }
            let shows = |viewer: &V| <V as std::borrow::Borrow<Looker>>::borrow(viewer).shows(&fresh, &ranks);
            let wrong = lookers().filter(|looker| !shows(&looker.borrow())).count();
            if wrong == 0 {
                let rows = |viewer: &V| <V as std::borrow::Borrow<Looker>>::borrow(viewer).rows().len();
                return Ok(lookers().map(|looker| rows(&looker.borrow())).sum());
            }
            if Instant::now() > deadline {
                return fail(format!("{wrong} clients do not show what the core says"));
            }
            sleep(Duration::from_millis(200)).await;
        }
    }
}

fn serve(binaries: &Path, dir: &TempDir) -> Result<Process> {
    let (config, data) = (path(dir, "core.toml"), path(dir, "data"));
    let link = format!("unix:{}", path(dir, "core.sock"));
    let arguments = ["serve", "--config", &config, "--data", &data, "--listen", "none", "--link", &link];
    let more = ["--metrics", "127.0.0.1:0"];
    let mut process = Process::start(REST, &binaries.join("scorelay"), &[&arguments[..], &more].concat(), dir.path())?;
    process.said("link")?;
    Ok(process)
}

impl Relay {
    /// Waits until no shard slows its clients' pace, which a crowd that comes all at once has it do for some seconds; whether
    /// one still does after a quarter of a minute.
    ///
    /// # Errors
    /// The relay does not answer.
    pub(crate) async fn calm(&self) -> Result<bool> {
        let deadline = Instant::now() + CALM_WITHIN;
        while self.metric("scorelay_relay_overload").await? > 0.0 {
            if Instant::now() > deadline {
                return Ok(false);
            }
            sleep(Duration::from_millis(200)).await;
        }
        Ok(true)
    }

    /// A number that the relay shows, by its name with labels.
    ///
    /// # Errors
    /// The relay does not answer, or shows no such number.
    pub(crate) async fn metric(&self, name: &str) -> Result<f64> {
        let host = self.metrics.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await?;
        stream
            .write_all(format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes())
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.ok_or_else(|| Failure(format!("the relay does not show {name}")))
    }
}

/// Gives points at a steady pace until dropped or told to stop.
pub(crate) struct Feeder {
    task: tokio::task::JoinHandle<Result>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Feeder {
    /// Gives so many points a second, each of one unit to whom `draw` names. With a clock, the score of one more entity
    /// is brought to the time with each lot: who sees it knows how old what it sees is.
    ///
    /// # Errors
    /// The source cannot be opened.
    pub(crate) fn start(
        core: &Core,
        per_second: u64,
        with_clock: bool,
        mut draw: impl FnMut() -> Entity + 'static,
    ) -> Result<Self> {
        let source = core.source()?;
        let clock = core.clock.clone();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let task = tokio::task::spawn_local(async move {
            let (started, mut given) = (Instant::now(), 0);
            for lot in 1.. {
                sleep_until(started + LOT * lot).await;
                if *stopped.borrow() {
                    break;
                }
                let due = per_second * u64::from(lot) * LOT.as_millis() as u64 / 1000;
                let points = |entity, units| Event::Points(Points { board: BOARD.to_owned(), entity, units });
                let mut events: Vec<Event> = (given..due).map(|_| points(draw(), 1)).collect();
                if with_clock {
                    let now = micros();
                    events.push(points(entity(CLOCK), (now - clock.replace(now)) as i64));
                }
                given = due;
                if !events.is_empty() {
                    source.publish_all(&events).await?;
                }
            }
            source.flush().await?;
            source.close().await;
            Ok(())
        });
        Ok(Self { task, stop })
    }

    /// Stops, and waits until everything given is durable.
    ///
    /// # Errors
    /// The core refused something.
    pub(crate) async fn stop(self) -> Result {
        let _ = self.stop.send(true);
        self.task.await.map_err(|error| Failure(error.to_string()))?
    }
}

/// Microseconds since this program first asked.
pub(crate) fn micros() -> u64 {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_micros() as u64
}

/// Draws entities of a world by its law.
pub(crate) fn by_law(world: Rc<World>, mut random: ChaCha8Rng) -> impl FnMut() -> Entity {
    move || entity(world.rows[world.draw(&mut random)].id)
}

/// The entity of a world's number.
pub(crate) fn entity(id: u64) -> Entity {
    Entity::new("twitch", &id.to_string()).expect("invariant: a number is an id")
}

fn path(dir: &TempDir, name: &str) -> String {
    dir.path().join(name).display().to_string()
}
