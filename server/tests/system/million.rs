//! A board of 1,000,000 rows: windows anywhere are right, only watched pages travel, and scrolling back costs only what
//! changed.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::PageNo;
use scorelay_protocol::tick::Tick;

use crate::process::{Process, path, ready, scorelay};
use crate::source::Source;
use crate::until::DEADLINE;
use crate::watch::Watch;
use crate::wire::{Bare, known, page};

const ROWS: u64 = 1_000_000;

/// The score of the row that is imported at a rank: falling by two, so that there is room between.
fn score(rank: u64) -> i64 {
    2 * (ROWS - rank) as i64
}

fn entity(rank: u64) -> String {
    format!("twitch:{}", 100_000_000 + rank)
}

fn import(dir: &Path) {
    let config = "[[board]]\nid = \"big\"\nscorer = \"external\"\nunit = \"points\"\n";
    std::fs::write(dir.join("core.toml"), config).expect("the test's directory can be written");
    let mut rows = String::from("rank,entity,score\n");
    for rank in 1..=ROWS {
        writeln!(rows, "{rank},{},{}", entity(rank), score(rank)).expect("writing to memory");
    }
    std::fs::write(dir.join("rows.csv"), rows).expect("the test's directory can be written");
    let arguments =
        ["import", "--config", "core.toml", "--data", "data", "--board", "big", "--format", "csv", "rows.csv"];
    let status = Command::new(scorelay()).args(arguments).current_dir(dir).status().expect("import starts");
    assert!(status.success());
}

/// The bodies of a tick that are about one page.
fn of_page(tick: &Tick, wanted: u32) -> Option<Body> {
    let about = |body: &&Body| match body {
        Body::PageSnapshot { page, .. } | Body::PageDelta { page, .. } => *page == PageNo(wanted),
        _ => false,
    };
    tick.bodies.iter().find(about).cloned()
}

/// E12, E13, E16: a million rows, windows anywhere; bytes only for what is watched, and only for what changed.
#[test]
fn a_million_rows_cost_only_what_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    import(dir);
    let config = dir.join("core.toml");
    let data = dir.join("data");
    let arguments = ["serve", "--config", path(&config), "--data", path(&data)];
    let more = ["--listen", "127.0.0.1:0", "--link", "tcp:127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut core = Process::start(&scorelay(), &[&arguments[..], &more[..]].concat(), dir);
    let (origin, link, metrics) = (core.address("listen"), core.address("link"), core.address("metrics"));
    ready(&metrics);

    // Windows anywhere, the last one reaching past the end.
    for from in [1, 33, 31_990, 500_000, 999_981] {
        let to = from + 39;
        let mut watch = Watch::start(&origin, "big", (from as u32, to as u32), &[&entity(777_777)], dir);
        let rows: Vec<_> = (from..=to.min(ROWS)).map(|rank| (rank, entity(rank), score(rank))).collect();
        watch.shows(&rows, DEADLINE);
        let state = watch.state().cloned().expect("it showed rows");
        assert_eq!((state["total"].as_u64(), state["tracked"][0]["rank"].as_u64()), (Some(ROWS), Some(777_777)));
    }

    let (mut bare, _) = Bare::connect(&origin, None);
    let board = bare.board("big");
    bare.watch(Vec::new(), vec![page(board, 0), page(board, 15_625)]);
    let first = bare.tick("the first page", |tick| of_page(tick, 0));
    assert!(matches!(first, Body::PageSnapshot { rows, .. } if rows.0.len() == 32));
    bare.bytes_within(Duration::from_millis(300));

    // Changes where nobody looks: not a byte.
    let mut source = Source::connect(&link, "points");
    for rank in (300_000..300_050).chain(900_000..900_050) {
        source.give("big", &entity(rank), 1);
    }
    assert_eq!(bare.bytes_within(Duration::from_millis(300)), 0, "nothing that is watched changed");

    // A score where somebody looks: a handful of bytes.
    let before = bare.bytes;
    source.give("big", &entity(500_010), 1);
    let change = bare.tick("the middle page", |tick| of_page(tick, 15_625));
    assert!(matches!(&change, Body::PageDelta { ops, .. } if ops.len() == 1), "{change:?}");
    let spent = bare.bytes - before;
    assert!(spent <= 12, "one score took {spent} bytes");

    // Away and back: an unchanged page costs a few bytes, a changed one its change.
    let held = bare.tick;
    let leave = |pages: &[u32]| pages.iter().map(|&n| page(board, n).feed).collect::<Vec<_>>();
    bare.watch(leave(&[0, 15_625]), vec![page(board, 200)]);
    bare.tick("the page scrolled to", |tick| of_page(tick, 200));
    source.give("big", &entity(500_011), 1);
    bare.bytes_within(Duration::from_millis(200));
    let before = bare.bytes;
    bare.watch(leave(&[200]), vec![known(board, 0, Some(held)), known(board, 15_625, Some(held))]);
    let (mut unchanged, mut changed) = (None, None);
    bare.tick("both pages again", |tick| {
        unchanged = unchanged.take().or(of_page(tick, 0));
        changed = changed.take().or(of_page(tick, 15_625));
        (unchanged.is_some() && changed.is_some()).then_some(())
    });
    assert!(matches!(&unchanged, Some(Body::PageDelta { ops, .. }) if ops.is_empty()), "{unchanged:?}");
    assert!(matches!(&changed, Some(Body::PageDelta { ops, .. }) if ops.len() == 1), "{changed:?}");
    let spent = bare.bytes - before;
    assert!(spent <= 40, "scrolling back took {spent} bytes");
    assert!(core.terminate());
}
