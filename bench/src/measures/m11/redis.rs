//! Redis: filled once, and started on what it wrote of that, as a snapshot (RDB) or as the log of its commands (AOF).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::rows::Rows;
use super::{Start, TOP, WITHIN};
use crate::failure::{Result, fail};
use crate::process::{Process, SERVER, accepts, free_port};

const PROGRAM: &str = "redis-server";
const NO_RDB: [&str; 2] = ["--save", ""];
/// The log is not rewritten, else it would be a snapshot.
const AOF: [&str; 6] = ["--appendonly", "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0"];

/// Which file is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rdb,
    Aof,
}

impl Kind {
    fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::Rdb => NO_RDB.to_vec(),
            Self::Aof => [&NO_RDB[..], &AOF[..]].concat(),
        }
    }
}

/// Fills a folder with the file.
pub(super) fn fill(folder: &Path, kind: Kind, rows: &Rows) -> Result {
    std::fs::create_dir_all(folder)?;
    let (process, address) = start(folder, kind)?;
    accepts(&address)?;
    let mut wire = Wire::open(&address)?;
    let mut writer = wire.to.try_clone()?;
    let commands = rows.commands();
    let sent = std::thread::spawn(move || writer.write_all(commands.as_bytes()));
    for _ in &rows.0 {
        if wire.line()? != ":1" {
            return fail("redis did not take a row");
        }
    }
    match sent.join() {
        Ok(result) => result?,
        Err(_) => return fail("the rows were not sent"),
    }
    if kind == Kind::Rdb {
        wire.ask("SAVE")?;
    }
    drop(wire);
    process.stop()
}

/// Starts it on the file and waits for the first right answer.
pub(super) fn measure(folder: &Path, kind: Kind, rows: &Rows) -> Result<Start> {
    let begin = Instant::now();
    let (process, address) = start(folder, kind)?;
    let deadline = begin + WITHIN;
    let expected: Vec<String> =
        rows.top(TOP).iter().flat_map(|(entity, score)| [entity.clone(), score.to_string()]).collect();
    let answer = loop {
        if Instant::now() > deadline {
            return fail("redis did not load its file in time");
        }
        // While it loads it takes connections, and answers LOADING.
        if let Ok(mut wire) = Wire::open(&address)
            && let Ok(answer) = wire.list(&format!("ZREVRANGE board 0 {} WITHSCORES", TOP - 1))
            && !answer.is_empty()
        {
            break answer;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = begin.elapsed().as_secs_f64();
    if answer != expected {
        return fail("redis shows other rows");
    }
    let count = Wire::open(&address)?.ask("ZCARD board")?;
    if count != format!(":{}", rows.0.len()) {
        return fail(format!("redis has {count} rows"));
    }
    let start = Start::read(seconds, &process)?;
    process.stop()?;
    Ok(start)
}

fn start(folder: &Path, kind: Kind) -> Result<(Process, String)> {
    let port = free_port()?.to_string();
    let dir = folder.to_string_lossy().into_owned();
    let fixed = ["--port", &port, "--bind", "127.0.0.1", "--dir", &dir];
    let process = Process::start(SERVER, Path::new(PROGRAM), &[&fixed[..], &kind.arguments()].concat(), folder)?;
    Ok((process, format!("127.0.0.1:{port}")))
}

/// A connection, for inline commands.
struct Wire {
    to: TcpStream,
    from: BufReader<TcpStream>,
}

impl Wire {
    fn open(address: &str) -> Result<Self> {
        let to = TcpStream::connect(address)?;
        Ok(Self { from: BufReader::new(to.try_clone()?), to })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        if line.is_empty() || line.starts_with('-') {
            return fail(format!("redis answers {:?}", line.trim_end()));
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    fn ask(&mut self, command: &str) -> Result<String> {
        self.to.write_all(format!("{command}\r\n").as_bytes())?;
        self.line()
    }

    fn list(&mut self, command: &str) -> Result<Vec<String>> {
        let length = |line: &str| line.get(1..).and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
        let head = self.ask(command)?;
        let mut items = Vec::new();
        for _ in 0..length(&head) {
            let bytes = length(&self.line()?);
            let mut item = vec![0; bytes + 2];
            self.from.read_exact(&mut item)?;
            item.truncate(bytes);
            items.push(String::from_utf8_lossy(&item).into_owned());
        }
        Ok(items)
    }
}
