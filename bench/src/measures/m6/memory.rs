//! What a row weighs. Each structure is filled in a child of this program, with a million rows and then a million
//! updates, and weighed by the memory that the kernel has given to it.

use std::hint::black_box;
use std::process::Command;

use scorelay_protocol::entity::WireEntity;
use scorelay_protocol::ids::{BoardNo, CoreEpoch, Handle, PlatformNo, Stamp};
use scorelay_protocol::link::{Begin, Bind, Chunk, ChunkRow};
use scorelay_ranks::BoardSet;

use super::load::{DRAWS, Load};
use super::local::{Counted, Indexset, Local, Ranked, Wabi, named};
use crate::Options;
use crate::failure::{Failure, Result, fail};
use crate::report::{Bound, Report};

const CASE: &str = "1,000,000 rows and as many uniform updates";
const BESIDE: &str = "memory beside the ids";
const IDS: &str = "memory of the ids";
const KINDS: [&str; 5] = ["scorelay, core", "scorelay, relay", "indexset", "wabi_tree", "BTreeSet, no ranks"];
/// Rows of a chunk on a link.
const CHUNK: usize = 1_000;

/// Weighs all of them.
///
/// # Errors
/// A child fails.
pub(crate) fn weigh(options: &Options, report: &mut Report) -> Result {
    for _ in 0..options.rounds.min(3) {
        for kind in KINDS {
            let mut child = Command::new(std::env::current_exe()?);
            // Large tables come from the kernel and go back to it, so that what was freed does not count.
            child.env("MALLOC_MMAP_THRESHOLD_", "131072").args(["--weigh", kind]);
            if options.quick {
                child.arg("--quick");
            }
            let output = child.output()?;
            let said = String::from_utf8_lossy(&output.stdout);
            let words: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let [ids, rows] = words[..] else {
                return fail(format!("{kind} was not weighed: {}", String::from_utf8_lossy(&output.stderr)));
            };
            report.sample(CASE, kind, BESIDE, "bytes/row", rows);
            if ids > 0.0 {
                report.sample(CASE, kind, IDS, "bytes/row", ids);
            }
        }
    }
    report.aim(CASE, BESIDE, KINDS[0], Bound::AtMost(50.0));
    report.aim(CASE, BESIDE, KINDS[1], Bound::AtMost(50.0));
    report.note(
        "Memory is what the kernel has given (RssAnon) for a board set as the core fills it, at once, and as a relay \
         does, chunk by chunk; the ids are the entities with what finds them by name. The peers have no ids.",
    );
    Ok(())
}

/// What the child does: prints bytes per row of the ids, and of the rows beside them.
///
/// # Errors
/// There is no such kind.
pub(crate) fn child(kind: &str, quick: bool) -> Result {
    let mut load = Load::new(DRAWS[0], quick);
    let rows = load.rows;
    let start = held()?;
    let (ids, end) = match kind {
        "scorelay, core" => {
            let mut set = named(&load)?;
            let named = held()?;
            load_all(&mut set, &load)?;
            (named - start, updated(&mut set, &mut load)?)
        }
        "scorelay, relay" => {
            let ids = named(&load)?;
            let named = held()? - start;
            drop(ids);
            let mut set = followed(&load)?;
            (named, updated(&mut set, &mut load)?)
        }
        "indexset" => (0.0, updated(&mut Local::<Indexset>::new(&load), &mut load)?),
        "wabi_tree" => (0.0, updated(&mut Local::<Wabi>::new(&load), &mut load)?),
        <std::collections::BTreeSet<super::local::Entry> as Counted>::NAME => {
            (0.0, updated(&mut Local::<super::Plain>::new(&load), &mut load)?)
        }
        _ => return fail(format!("there is no {kind}")),
    };
    let rows = f64::from(rows);
    println!("{} {}", ids / rows, (end - start - ids) / rows);
    Ok(())
}

/// As many updates as there are rows; gives what is held then.
fn updated(ranked: &mut impl Ranked, load: &mut Load) -> Result<f64> {
    for _ in 0..load.rows / 10_000 {
        load.draw(10_000).updates.iter().for_each(|update| {
            black_box(ranked.set(update));
        });
    }
    held()
}

fn load_all(set: &mut BoardSet, load: &Load) -> Result {
    let row = |(key, handle): (&scorelay_ranks::RowKey, u32)| (Handle(handle), key.score, Stamp(key.stamp));
    let rows: Vec<_> = load.keys[0].iter().zip(0..).map(row).collect();
    Ok(set.load_rows(BoardNo(0), &rows)?)
}

/// A set that followed a link to where the load is.
fn followed(load: &Load) -> Result<BoardSet> {
    let core = named(load)?;
    let begin = Begin {
        core: CoreEpoch(1),
        platforms: core.platforms().to_vec(),
        boards: core.defs().cloned().collect(),
        reset: true,
    };
    drop(core);
    let mut set = BoardSet::begun(&begin)?;
    let all: Vec<u32> = (0..load.rows).collect();
    for handles in all.chunks(CHUNK) {
        let mut chunk = Chunk { board: BoardNo(0), binds: Vec::new(), rows: Vec::new() };
        for &handle in handles {
            let name = Load::entity(handle);
            let id = name.split_once(':').map_or(name.as_str(), |(_, id)| id);
            let id = scorelay_protocol::entity::EntityId::parse(id).map_err(|error| Failure(error.to_string()))?;
            let key = load.keys[0][handle as usize];
            let handle = Handle(handle);
            chunk.binds.push(Bind { handle, entity: WireEntity { platform: PlatformNo(0), id } });
            chunk.rows.push(ChunkRow::Row { handle, score: key.score, stamp: Stamp(key.stamp) });
        }
        set.chunk(&chunk, &mut |_| {})?;
    }
    Ok(set)
}

/// Bytes that the kernel has given to this process.
fn held() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    match line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<f64>().ok()) {
        Some(kib) => Ok(kib * 1024.0),
        None => fail("the kernel does not tell what this process holds"),
    }
}
