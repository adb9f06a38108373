//! Redis, started for this measure, through its Unix socket. Commands are made before the clock runs.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::load::{Load, Work};
use super::{Subject, Timing};
use crate::failure::{Result, fail};
use crate::process::{Process, SERVER};

/// What it is called in the figures.
pub(crate) const NAME: &str = "Redis";

/// Operations in one pipelined write.
const PIPELINED: usize = 100;

/// A server and a connection.
pub(crate) struct Redis {
    process: Process,
    reader: BufReader<UnixStream>,
    names: Vec<String>,
}

/// Commands to be written together, and how many answers they have.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    answers: usize,
}

impl Batch {
    fn add(&mut self, words: &[&str]) {
        // Writing to memory does not fail.
        let _ = write!(self.bytes, "*{}\r\n", words.len());
        for word in words {
            let _ = write!(self.bytes, "${}\r\n{word}\r\n", word.len());
        }
        self.answers += 1;
    }
}

/// Its version, for the report.
pub(crate) fn version() -> String {
    let said = crate::machine::said("redis-server", &["--version"]);
    let version = said.split_whitespace().find_map(|word| word.strip_prefix("v=")).unwrap_or("of an unknown version");
    format!("Redis {version}")
}

impl Redis {
    /// A server that holds the boards as the load has them.
    ///
    /// # Errors
    /// It is not installed, or does not answer.
    pub(crate) fn start(load: &Load, folder: &Path) -> Result<Self> {
        let socket = folder.join("redis.sock");
        let _ = std::fs::remove_file(&socket);
        let path = socket.to_string_lossy();
        let options = ["--port", "0", "--unixsocket", &path, "--save", "", "--appendonly", "no", "--io-threads", "1"];
        let process = Process::start(SERVER, Path::new("redis-server"), &options, folder)?;
        let deadline = Instant::now() + Duration::from_secs(20);
        let stream = loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(error) if Instant::now() > deadline => return fail(format!("Redis does not answer: {error}")),
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let names = (0..load.rows).map(Load::entity).collect();
        let mut redis = Self { process, reader: BufReader::with_capacity(1 << 16, stream), names };
        redis.fill(load)?;
        Ok(redis)
    }

    fn fill(&mut self, load: &Load) -> Result {
        for (keys, board) in load.keys.iter().zip(0..) {
            let board = key(board);
            let rows: Vec<(String, &String)> =
                keys.iter().zip(&self.names).map(|(key, name)| (key.score.to_string(), name)).collect();
            let batches: Vec<Batch> = rows
                .chunks(1_000)
                .map(|rows| {
                    let mut batch = Batch::default();
                    let pairs = rows.iter().flat_map(|(score, name)| [score.as_str(), name.as_str()]);
                    let words: Vec<&str> = ["ZADD", &board].into_iter().chain(pairs).collect();
                    batch.add(&words);
                    batch
                })
                .collect();
            for batch in batches {
                self.send(&batch, |_| {})?;
            }
        }
        Ok(())
    }

    /// Writes commands, and gives each of their answers' lines to `each`.
    fn send(&mut self, batch: &Batch, mut each: impl FnMut(&[u8])) -> Result {
        self.reader.get_mut().write_all(&batch.bytes)?;
        let mut line = Vec::new();
        let mut left = batch.answers;
        while left > 0 {
            line.clear();
            if self.reader.read_until(b'\n', &mut line)? < 3 {
                return fail("Redis went away");
            }
            let rest = &line[1..line.len() - 2];
            let count = || std::str::from_utf8(rest).ok().and_then(|text| text.parse::<usize>().ok());
            match line[0] {
                b'*' => left += count().unwrap_or(0),
                b'$' => {
                    let mut text = vec![0; count().unwrap_or(0) + 2];
                    self.reader.read_exact(&mut text)?;
                    each(&text[..text.len() - 2]);
                }
                b'-' => return fail(format!("Redis: {}", String::from_utf8_lossy(rest))),
                _ => each(rest),
            }
            left -= 1;
        }
        Ok(())
    }

    /// What its main thread took so far, in seconds.
    fn cpu(&self) -> Result<f64> {
        let pid = self.process.pid();
        let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat"))?;
        let nanoseconds = text.split(' ').next().and_then(|word| word.parse::<f64>().ok());
        Ok(nanoseconds.unwrap_or(0.0) * 1e-9)
    }

    fn batches<T>(&self, items: &[T], add: impl Fn(&mut Batch, &T, &[String])) -> Vec<Batch> {
        let batch = |items: &[T]| {
            let mut batch = Batch::default();
            items.iter().for_each(|item| add(&mut batch, item, &self.names));
            batch
        };
        items.chunks(PIPELINED).map(batch).collect()
    }
}

fn key(board: u32) -> String {
    format!("board-{board}")
}

impl Subject for Redis {
    fn name(&self) -> &'static str {
        NAME
    }

    fn run(&mut self, operation: usize, work: &Work) -> Result<Option<Timing>> {
        let range = |batch: &mut Batch, board: u32, from: u32, last: u32| {
            batch.add(&["ZREVRANGE", &key(board), &from.to_string(), &last.to_string(), "WITHSCORES"]);
        };
        let batches = match operation {
            0 => self.batches(&work.updates, |batch, update, names| {
                let (board, name) = (key(update.board), names[update.handle as usize].as_str());
                batch.add(&["ZREVRANK", &board, name]);
                batch.add(&["ZADD", &board, &update.key.score.to_string(), name]);
                batch.add(&["ZREVRANK", &board, name]);
            }),
            1 => self.batches(&work.handles, |batch, &(board, handle), names| {
                batch.add(&["ZREVRANK", &key(board), &names[handle as usize]]);
            }),
            2 => self.batches(&work.ranks, |batch, &(board, rank), _| range(batch, board, rank, rank)),
            _ => self.batches(&work.pages, |batch, &(board, from), _| range(batch, board, from, from + 31)),
        };
        let start = self.cpu()?;
        let mut sum = 0u64;
        for batch in &batches {
            self.send(batch, |line| sum += line.len() as u64)?;
        }
        Ok(Some(Timing { seconds: self.cpu()? - start, sum }))
    }

    fn scores(&mut self, board: u32, from: u32) -> Result<Vec<i64>> {
        let mut batch = Batch::default();
        batch.add(&["ZREVRANGE", &key(board), &from.to_string(), &(from + 31).to_string(), "WITHSCORES"]);
        let mut lines = Vec::new();
        self.send(&batch, |line| lines.push(String::from_utf8_lossy(line).into_owned()))?;
        // A name, a score, a name, a score.
        let scores = lines.iter().skip(1).step_by(2);
        scores.map(|text| Ok(text.parse::<f64>()? as i64)).collect()
    }

    fn exact(&self) -> bool {
        false
    }
}
