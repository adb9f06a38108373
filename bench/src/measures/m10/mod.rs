//! M10: how soon a desk's update is acknowledged, and how many syncs that takes: with many meets at once, and when all
//! desks of one meet burst. Beside it servers that sync each update by itself, and the disk's own sync.

mod house;
mod peer;
mod seat;
mod shape;

use std::fs::File;
use std::io::Write;
use std::path::Path as FilePath;
use std::time::{Duration, Instant};

use scorelay_protocol::meet::leaf::EntryLeaf;
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Real, Value};

use crate::Options;
use crate::failure::Result;
use crate::report::{Bound, Report, percentile};

use house::{House, Meet};
use peer::{Peer, PeerDesk};
use shape::{Acks, Shape};

/// About what a line of an attempt takes in the core's file.
const LINE_BYTES: usize = 200;
/// Updates of each desk in a burst.
const BURST: usize = 100;
/// Syncs of the disk alone, for each round.
const SYNCS: usize = 300;

const ACKS: &str = "acks per second";
const P50: &str = "p50 of the ack";
const P99: &str = "p99 of the ack";
const PER_ACK: &str = "fsyncs per ack";

const OURS: &str = "scorelay";
const RUST: &str = "one fsync per update, binary";
const NODE: &str = "one fsync per update, JSON on ws";
const DISK: &str = "the disk's fdatasync";

/// How much is done.
struct Size {
    meets: usize,
    desks: usize,
    displays: usize,
    bursting: usize,
    steady: Duration,
    chain: Duration,
}

impl Size {
    fn of(options: &Options) -> Self {
        let (meets, bursting) = if options.quick { (10, 8) } else { (200, 20) };
        let seconds = |full| Duration::from_secs(if options.quick { 2 } else { full });
        Self { meets, desks: 3, displays: 20, bursting, steady: seconds(6), chain: seconds(3) }
    }
}

/// Takes the measure.
///
/// # Errors
/// Something does not start, or a desk or display holds anything but what the core's file says.
pub(crate) fn take(options: &Options, report: &mut Report) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, measure(options, report))
}

/// The measured loads, the same for everybody.
struct Load {
    name: String,
    /// Whether it is that of many meets, else that of the one that bursts.
    many: bool,
    shape: Box<dyn Fn(usize) -> Shape>,
}

fn loads(size: &Size) -> Vec<Load> {
    let Size { meets, desks, displays, bursting, steady, chain } = *size;
    let all = meets * desks;
    vec![
        Load {
            name: format!("{meets} meets, {desks} desks, {displays} displays, 1 update/s a desk"),
            many: true,
            shape: Box::new(move |at| Shape::Steady {
                first: Duration::from_secs(1).mul_f64(at as f64 / all as f64),
                until: Instant::now() + steady,
            }),
        },
        Load {
            name: format!("one meet, {bursting} desks, {BURST} updates each at once"),
            many: false,
            shape: Box::new(|_| Shape::Burst(BURST)),
        },
        Load {
            name: format!("one meet, {bursting} desks, each the next on its ack"),
            many: false,
            shape: Box::new(move |_| Shape::Chain { until: Instant::now() + chain }),
        },
    ]
}

async fn measure(options: &Options, report: &mut Report) -> Result {
    let size = Size::of(options);
    let folder = tempfile::tempdir()?;
    let house = House::start(options, folder.path())?;
    let meets = house.meets(size.meets, size.desks, size.displays, 1).await?;
    let bursting = house.meets(1, size.bursting, size.displays, 7).await?;
    house.pin()?;
    house.check(&meets).await?;
    house.check(&bursting).await?;
    house.acks.take();

    let mut peers = [(RUST, Peer::rust(folder.path().join("rust"))?), (NODE, Peer::node(options, folder.path())?)];
    let mut peer_desks: Vec<[Vec<PeerDesk>; 2]> = Vec::new();
    for (_, peer) in &peers {
        peer_desks.push([peer.desks(size.meets, size.desks).await?, peer.desks(1, size.bursting).await?]);
    }
    let loads = loads(&size);
    for _ in 0..options.rounds {
        for Load { name, many, shape } in &loads {
            disk(report, name, folder.path())?;
            ours(report, name, &house, if *many { &meets } else { &bursting }, shape).await?;
            for ((subject, peer), desks) in peers.iter_mut().zip(&mut peer_desks) {
                let (acks, before, begin) = (Acks::default(), peer.syncs()?, Instant::now());
                peer::run(&mut desks[usize::from(!many)], shape, &acks).await?;
                let took = begin.elapsed();
                note(report, name, subject, took, &acks.take(), peer.syncs()? - before);
            }
        }
    }
    house.check(&meets).await?;
    house.check(&bursting).await?;

    for Load { name, many, .. } in &loads {
        report.aim_ratio(name, P99, OURS, DISK, Bound::AtMost(3.0));
        if !many {
            report.aim_ratio(name, PER_ACK, OURS, RUST, Bound::AtMost(0.1));
        }
    }
    let node = std::process::Command::new("node").arg("--version").output()?;
    report.peers.push(format!("node {}", String::from_utf8_lossy(&node.stdout).trim()));
    report.peers.push("ws as in bench/peers/package.json".to_owned());
    report.note(
        "An ack is timed from the edit at the desk to the answer that its line is durable, through core and \
         relay in one process, on one processor core with the peers' servers; clients and displays are on the \
         other.",
    );
    report.note(
        "Desks and displays are scorelay-client's state machines. Before and after, every desk's log was the \
         core's file, line by line, and every display showed what that makes public.",
    );
    report.note(
        "The peers acknowledge and tell nobody else; ours tells two further desks and the displays of each \
         update. Both peers append to a file per meet and wait for fdatasync in 8 threads, not one behind the \
         other.",
    );
    report.note(
        "The disk's fdatasync: 200 bytes appended and synced, again and again, on an idle server just before. \
         fsyncs of ours: the core's counter `scorelay_meets_syncs_total`.",
    );
    Ok(())
}

/// Has the desks of these meets make updates.
async fn ours(
    report: &mut Report,
    case: &str,
    house: &House,
    meets: &[Meet],
    shape: &dyn Fn(usize) -> Shape,
) -> Result {
    let shown =
        |meets: &[Meet]| meets.iter().flat_map(|meet| &meet.displays).map(|display| display.messages()).sum::<u64>();
    let (before, cpu, seen, begin) = (house.syncs()?, house.cpu()?, shown(meets), Instant::now());
    for (at, desk) in meets.iter().flat_map(|meet| &meet.desks).enumerate() {
        desk.begin(shape(at));
    }
    for desk in meets.iter().flat_map(|meet| &meet.desks) {
        desk.settled().await?;
    }
    let took = begin.elapsed();
    let acks = house.acks.take();
    report.sample(case, OURS, "CPU per ack", "µs", (house.cpu()? - cpu) / acks.len() as f64 * 1e6);
    report.sample(case, OURS, "messages to displays per ack", "", (shown(meets) - seen) as f64 / acks.len() as f64);
    note(report, case, OURS, took, &acks, house.syncs()? - before);
    Ok(())
}

fn note(report: &mut Report, case: &str, subject: &str, took: Duration, acks: &[f64], syncs: u64) {
    report.sample(case, subject, ACKS, "/s", acks.len() as f64 / took.as_secs_f64());
    report.sample(case, subject, P50, "ms", percentile(acks, 0.5));
    report.sample(case, subject, P99, "ms", percentile(acks, 0.99));
    report.sample(case, subject, PER_ACK, "", syncs as f64 / acks.len() as f64);
}

/// What a sync takes here.
fn disk(report: &mut Report, case: &str, folder: &FilePath) -> Result {
    let mut file = File::options().create(true).append(true).open(folder.join("alone"))?;
    let mut took = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begin = Instant::now();
        file.write_all(&[b' '; LINE_BYTES])?;
        file.sync_data()?;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    report.sample(case, DISK, P50, "ms", percentile(&took, 0.5));
    report.sample(case, DISK, P99, "ms", percentile(&took, 0.99));
    Ok(())
}

/// Edits that make so many entries from this number on, and the paths of all their attempts.
fn entries(first: EntryNo, count: u32) -> (Vec<(Path, Value)>, Vec<Path>) {
    let numbers = (0..count).map(|at| EntryNo(first.0 + at));
    let entry = |no: EntryNo| {
        let mut entry = EntryState::default();
        entry.leaves.insert(EntryLeaf::Name, LeafValue::Text(format!("Lifter {}", no.0)));
        (Path::Entry(no), Value::Entry(entry))
    };
    let paths =
        |no| Lift::ALL.into_iter().flat_map(move |lift| AttemptNo::all().map(move |at| Path::Attempt(no, lift, at)));
    (numbers.clone().map(entry).collect(), numbers.flat_map(paths).collect())
}

/// The value of a desk's update of this number; each differs from the one before.
fn attempt(number: usize) -> Value {
    let kg = Real::new(number as f64 * 0.5).unwrap_or(Real::new(0.0).expect("invariant: zero is finite"));
    Value::Attempt(Attempt { kg, result: AttemptResult::Good })
}
