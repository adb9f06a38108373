//! Redis as the board of peers: the system's `redis-server` on a core of its own with nothing kept on disk, a world's rows
//! in one sorted set, and points given to them.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::failure::{Failure, Result, fail};
use crate::process::Process;
use crate::system::{CLOCK, micros};
use crate::world::World;

/// The sorted set's key.
pub(crate) const KEY: &str = "board";
/// Between two lots of updates.
const LOT: Duration = Duration::from_millis(10);
const UP_WITHIN: Duration = Duration::from_secs(30);
/// Rows of one `ZADD`.
const AT_ONCE: usize = 1000;

/// A running Redis.
pub(crate) struct Redis {
    /// The process.
    pub(crate) process: Process,
    dir: TempDir,
}

/// What Redis answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Nothing there.
    Nil,
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several.
    List(Vec<Reply>),
}

/// A row as Redis says it: rank, id, score.
pub(crate) type RankedText = (u32, String, i64);

impl Redis {
    /// Starts one on a core; it holds the world's rows when this returns.
    ///
    /// # Errors
    /// It does not start or refuses the rows.
    pub(crate) async fn start(core: usize, world: &World) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let socket = dir.path().join("redis.sock").display().to_string();
        let arguments = ["--port", "0", "--unixsocket", &socket, "--save", "", "--appendonly", "no"];
        let program = PathBuf::from("redis-server");
        let process = Process::start(core, &program, &arguments, dir.path())?;
        let redis = Self { process, dir };
        let mut connection = redis.connect().await?;
        for rows in world.rows.chunks(AT_ONCE) {
            let mut command = Command::new(2 + 2 * rows.len());
            command.put("ZADD").put(KEY);
            for row in rows {
                command.put(&row.score.to_string()).put(&member(row.id));
            }
            connection.send(&command.0).await?;
            connection.reply().await?;
        }
        match connection.ask(&["ZCARD", KEY]).await? {
            Reply::Number(rows) if rows == world.rows.len() as i64 => Ok(redis),
            other => fail(format!("Redis holds {other:?} of {} rows", world.rows.len())),
        }
    }

    /// The path of its socket.
    pub(crate) fn socket(&self) -> String {
        self.dir.path().join("redis.sock").display().to_string()
    }

    /// Version of the server, as `redis 7.0.15`.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) async fn version(&self) -> Result<String> {
        let Reply::Text(text) = self.connect().await?.ask(&["INFO", "server"]).await? else {
            return fail("Redis does not say its version");
        };
        let version = text.lines().find_map(|line| line.strip_prefix("redis_version:"));
        Ok(format!("redis {}", version.unwrap_or("?").trim()))
    }

    /// A connection, as soon as it takes some.
    ///
    /// # Errors
    /// It takes none in half a minute.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let deadline = Instant::now() + UP_WITHIN;
        loop {
            match UnixStream::connect(self.socket()).await {
                Ok(stream) => return Ok(Connection { stream: BufReader::with_capacity(1 << 16, stream) }),
                Err(error) if Instant::now() > deadline => return fail(format!("Redis does not start: {error}")),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// A connection to it.
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
}

struct Command(Vec<u8>);

impl Command {
    fn new(parts: usize) -> Self {
        Self(format!("*{parts}\r\n").into_bytes())
    }

    fn put(&mut self, part: &str) -> &mut Self {
        self.0.extend_from_slice(format!("${}\r\n{part}\r\n", part.len()).as_bytes());
        self
    }
}

impl Connection {
    /// One command's answer.
    ///
    /// # Errors
    /// Redis is gone or refuses it.
    pub(crate) async fn ask(&mut self, parts: &[&str]) -> Result<Reply> {
        let mut command = Command::new(parts.len());
        parts.iter().for_each(|part| {
            command.put(part);
        });
        self.send(&command.0).await?;
        self.reply().await
    }

    /// The rows of a window of ranks, both included.
    ///
    /// # Errors
    /// Redis is gone or answers something else.
    pub(crate) async fn window(&mut self, from: u32, to: u32) -> Result<Vec<RankedText>> {
        let (first, last) = ((from - 1).to_string(), (to - 1).to_string());
        let Reply::List(flat) = self.ask(&["ZREVRANGE", KEY, &first, &last, "WITHSCORES"]).await? else {
            return fail("Redis does not answer with rows");
        };
        let row = |(at, pair): (usize, &[Reply])| match pair {
            [Reply::Text(id), Reply::Text(score)] => Ok((from + at as u32, id.clone(), score.parse()?)),
            _ => fail("Redis does not answer with ids and scores"),
        };
        flat.chunks(2).enumerate().map(row).collect()
    }

    /// The row of one member.
    ///
    /// # Errors
    /// Redis is gone or answers something else.
    pub(crate) async fn row(&mut self, id: &str) -> Result<Option<RankedText>> {
        match (self.ask(&["ZREVRANK", KEY, id]).await?, self.ask(&["ZSCORE", KEY, id]).await?) {
            (Reply::Number(above), Reply::Text(score)) => {
                Ok(Some((u32::try_from(above)? + 1, id.to_owned(), score.parse()?)))
            }
            (Reply::Nil, Reply::Nil) => Ok(None),
            other => fail(format!("Redis answers {other:?}")),
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result {
        Ok(self.stream.get_mut().write_all(bytes).await?)
    }

    async fn reply(&mut self) -> Result<Reply> {
        match self.line().await? {
            (b'*', count) if count >= 0 => {
                let mut list = Vec::with_capacity(usize::try_from(count)?);
                for _ in 0..count {
                    list.push(Box::pin(self.reply()).await?);
                }
                Ok(Reply::List(list))
            }
            (b'$', length) if length >= 0 => {
                let mut bytes = vec![0; usize::try_from(length)? + 2];
                self.stream.read_exact(&mut bytes).await?;
                bytes.truncate(bytes.len() - 2);
                Ok(Reply::Text(String::from_utf8(bytes)?))
            }
            (b':', number) => Ok(Reply::Number(number)),
            _ => Ok(Reply::Nil),
        }
    }

    /// A line's kind and number; of a status the number is 0.
    async fn line(&mut self) -> Result<(u8, i64)> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return fail("Redis closed the connection");
        }
        let line = line.trim_end();
        match line.as_bytes().first() {
            Some(b'-') => fail(format!("Redis refuses: {line}")),
            Some(b'+') => Ok((b'+', 0)),
            Some(kind) => Ok((*kind, line[1..].parse()?)),
            None => fail("Redis answers with an empty line"),
        }
    }
}

/// Gives points at a steady pace, pipelined, until told to stop.
pub(crate) struct RedisFeeder {
    task: JoinHandle<Result<u64>>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl RedisFeeder {
    /// Gives so many points a second by the world's law. With a clock, the score of one more member is brought to the
    /// time with each lot, as `system.rs` does it.
    ///
    /// # Errors
    /// Redis is gone.
    pub(crate) async fn start(
        redis: &Redis,
        world: Rc<World>,
        mut random: ChaCha8Rng,
        per_second: u64,
        clock: bool,
    ) -> Result<Self> {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut connection = redis.connect().await?;
        let task = tokio::task::spawn_local(async move {
            let (started, mut given) = (Instant::now(), 0);
            for lot in 1.. {
                sleep_until(started + LOT * lot).await;
                if *stopped.borrow() {
                    break;
                }
                let due = per_second * u64::from(lot) * LOT.as_millis() as u64 / 1000;
                let mut bytes = Vec::new();
                for _ in given..due {
                    let mut command = Command::new(4);
                    let id = member(world.rows[world.draw(&mut random)].id);
                    bytes.extend_from_slice(&command.put("ZINCRBY").put(KEY).put("1").put(&id).0);
                }
                if clock {
                    let (now, id) = (micros().to_string(), member(CLOCK));
                    bytes.extend_from_slice(&Command::new(4).put("ZADD").put(KEY).put(&now).put(&id).0);
                }
                connection.send(&bytes).await?;
                for _ in 0..due - given + u64::from(clock) {
                    connection.reply().await?;
                }
                given = due;
            }
            Ok(given)
        });
        Ok(Self { task, stop })
    }

    /// Stops, and says how many points Redis took.
    ///
    /// # Errors
    /// Redis refused something.
    pub(crate) async fn stop(self) -> Result<u64> {
        let _ = self.stop.send(true);
        self.task.await.map_err(|error| Failure(error.to_string()))?
    }
}

/// A world's number as Redis has it.
pub(crate) fn member(id: u64) -> String {
    format!("twitch:{id}")
}
