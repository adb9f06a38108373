//! Peers that do what a relay does, on a board in Redis: Node with `ws` and JSON, and Colyseus. Each is checked, then
//! given points, and timed.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::crowd::Crowd;
use crate::failure::{Result, fail};
use crate::looker::Sight;
use crate::peer_viewers::{JsonViewer, Seated, query};
use crate::process::{Process, REST, SERVER};
use crate::redis::{Connection, RankedText, Redis, RedisFeeder};
use crate::world::{World, random};

/// Clients of Colyseus that decode what they are sent.
const DECODING: usize = 12;
const SETTLED_WITHIN: Duration = Duration::from_secs(120);
/// Beats that a figure is taken over at least, however slow they are.
const BEATS: u64 = 3;
const BEATS_WITHIN: Duration = Duration::from_secs(90);

/// What the peer is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load<'a> {
    /// What each client looks at.
    pub(crate) clients: &'a [Sight],
    /// Points a second.
    pub(crate) updates: u64,
    /// Milliseconds between two beats, if it can keep them.
    pub(crate) tick_ms: u32,
    /// How long it is timed; longer where it makes fewer than three beats.
    pub(crate) timed: Duration,
    /// Whether there is a clock on the board.
    pub(crate) clock: bool,
}

/// What it did while it was timed.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeerFigures {
    /// How long that was.
    pub(crate) seconds: f64,
    /// Processor time of Node.
    pub(crate) server_cpu: f64,
    /// Processor time of Redis, the points' included.
    pub(crate) redis_cpu: f64,
    /// Beats.
    pub(crate) ticks: u64,
    /// Messages sent with changes.
    pub(crate) messages: u64,
    /// Rows that differed from what was sent before, each counted for every client that it was sent to.
    pub(crate) rows: u64,
    /// Payload bytes of the messages that came to the clients.
    pub(crate) bytes: u64,
    /// How old the clock was whenever it came, in milliseconds, ascending.
    pub(crate) ages: Vec<f64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Stats {
    ticks: u64,
    messages: u64,
    rows: u64,
}

/// Node with `ws`, sending JSON.
///
/// # Errors
/// Something does not start, or a client shows something else than Redis says.
pub(crate) async fn redis_ws(
    options: &Options,
    redis: &Redis,
    world: &Rc<World>,
    load: Load<'_>,
) -> Result<PeerFigures> {
    let logs = tempfile::tempdir()?;
    let (mut process, listen) = start(options, "redis-ws.mjs", redis, load.tick_ms, logs.path())?;
    let viewers = load.clients.iter().map(|sight| JsonViewer::new(sight.clone())).collect();
    let crowd = Crowd::connect(listen, viewers).await?;
    check_json(redis, &crowd).await?;
    let mut figures = time(redis, world, load, &mut process, &crowd).await?;
    let ages = crowd.viewers.iter().flat_map(|viewer| std::mem::take(&mut viewer.borrow_mut().ages));
    figures.ages = ages.map(f64::from).collect();
    figures.ages.sort_by(f64::total_cmp);
    check_json(redis, &crowd).await?;
    Ok(figures)
}

/// Colyseus with a `StateView` for each sight. A few of the clients are Colyseus' own decoder, and are checked; the others
/// join and count.
///
/// # Errors
/// Something does not start, or a client shows something else than Redis says.
pub(crate) async fn colyseus(
    options: &Options,
    redis: &Redis,
    world: &Rc<World>,
    load: Load<'_>,
) -> Result<PeerFigures> {
    let logs = tempfile::tempdir()?;
    let (mut process, listen) = start(options, "colyseus.mjs", redis, load.tick_ms, logs.path())?;
    let every = load.clients.len().div_ceil(DECODING).max(1);
    let checked: Vec<&Sight> = load.clients.iter().step_by(every).collect();
    let queries: Vec<String> = load.clients.iter().map(query).collect();
    let said = process.ask(&format!("seats {}", serde_json::to_string(&queries)?), "seats")?;
    let (mut decoding, mut counting) = (Vec::new(), Vec::new());
    for (at, path) in serde_json::from_str::<Vec<String>>(&said)?.into_iter().enumerate() {
        if at % every == 0 { decoding.push(path) } else { counting.push(Seated::new(path)) }
    }
    let script = options.peers.join("colyseus-check.mjs").display().to_string();
    let arguments = [script, listen.to_string(), serde_json::to_string(&decoding)?];
    let mut decoder = Process::start(REST, Path::new("node"), &arguments.each_ref().map(String::as_str), logs.path())?;
    let crowd = Crowd::connect(listen, counting).await?;
    check_decoded(redis, &checked, &mut decoder).await?;
    let figures = time(redis, world, load, &mut process, &crowd).await?;
    check_decoded(redis, &checked, &mut decoder).await?;
    match crowd.viewers.iter().find(|viewer| viewer.borrow().patches == 0) {
        Some(_) => fail("a client of Colyseus was sent no changes"),
        None => Ok(figures),
    }
}

fn start(options: &Options, script: &str, redis: &Redis, tick_ms: u32, logs: &Path) -> Result<(Process, SocketAddr)> {
    let (script, tick_ms) = (options.peers.join(script).display().to_string(), tick_ms.to_string());
    let mut process = Process::start(SERVER, Path::new("node"), &[&script, &redis.socket(), &tick_ms], logs)?;
    let listen = process.said("listen")?.parse()?;
    Ok((process, listen))
}

async fn time<V: crate::crowd::Viewer>(
    redis: &Redis,
    world: &Rc<World>,
    load: Load<'_>,
    process: &mut Process,
    crowd: &Crowd<V>,
) -> Result<PeerFigures> {
    let feeder = RedisFeeder::start(redis, world.clone(), random(), load.updates, load.clock).await?;
    beats(process, BEATS).await?;
    let before = stats(process)?;
    let (started, cpu, redis_cpu) = (Instant::now(), process.cpu()?, redis.process.cpu()?);
    let bytes = crowd.counters.bytes.get();
    sleep(load.timed).await;
    let made = stats(process)?.ticks - before.ticks;
    beats(process, BEATS.saturating_sub(made)).await?;
    let after = stats(process)?;
    let figures = PeerFigures {
        seconds: started.elapsed().as_secs_f64(),
        server_cpu: process.cpu()? - cpu,
        redis_cpu: redis.process.cpu()? - redis_cpu,
        ticks: after.ticks - before.ticks,
        messages: after.messages - before.messages,
        rows: after.rows - before.rows,
        bytes: crowd.counters.bytes.get() - bytes,
        ages: Vec::new(),
    };
    feeder.stop().await?;
    crowd.check()?;
    if figures.rows == 0 {
        return fail("the peer sent nothing that differed");
    }
    Ok(figures)
}

fn stats(process: &mut Process) -> Result<Stats> {
    Ok(serde_json::from_str(&process.ask("stats", "stats")?)?)
}

/// Waits for so many beats.
async fn beats(process: &mut Process, count: u64) -> Result {
    let (wanted, deadline) = (stats(process)?.ticks + count, Instant::now() + BEATS_WITHIN);
    while stats(process)?.ticks < wanted {
        if Instant::now() > deadline {
            return fail(format!("the peer made fewer than {count} beats in {} s", BEATS_WITHIN.as_secs()));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// What Redis says now, asked once for each sight.
#[derive(Default)]
struct Fresh(HashMap<String, Vec<RankedText>>);

impl Fresh {
    async fn rows(&mut self, connection: &mut Connection, sight: &Sight) -> Result<&[RankedText]> {
        let key = query(sight);
        if !self.0.contains_key(&key) {
            let rows = match sight {
                Sight::Window(from, to) => connection.window(*from, *to).await?,
                Sight::Track(entity) => connection.row(&entity.to_string()).await?.into_iter().collect(),
            };
            self.0.insert(key.clone(), rows);
        }
        Ok(&self.0[&key])
    }
}

async fn check_json(redis: &Redis, crowd: &Crowd<JsonViewer>) -> Result {
    let (mut connection, mut fresh) = (redis.connect().await?, Fresh::default());
    let deadline = Instant::now() + SETTLED_WITHIN;
    for viewer in &crowd.viewers {
        let sight = viewer.borrow().sight().clone();
        let wanted = fresh.rows(&mut connection, &sight).await?;
        while viewer.borrow().rows() != wanted {
            crowd.check()?;
            if Instant::now() > deadline {
                return fail(format!("a client with {} does not show what Redis says", query(&sight)));
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

async fn check_decoded(redis: &Redis, sights: &[&Sight], decoder: &mut Process) -> Result {
    let (mut connection, mut fresh) = (redis.connect().await?, Fresh::default());
    let mut wanted = Vec::new();
    for sight in sights {
        wanted.push(fresh.rows(&mut connection, sight).await?.to_vec());
    }
    let deadline = Instant::now() + SETTLED_WITHIN;
    loop {
        let shown: Vec<Vec<RankedText>> = serde_json::from_str(&decoder.ask("rows", "rows")?)?;
        if shown == wanted {
            return Ok(());
        }
        if Instant::now() > deadline {
            return fail("Colyseus' own client does not show what Redis says");
        }
        sleep(Duration::from_millis(100)).await;
    }
}
