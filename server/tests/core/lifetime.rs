//! Starting and stopping in order: nothing is lost, and everything that can be asked is there from the start.

use crate::common::core::{Home, Watched};
use crate::common::publisher::Publisher;
use crate::process::{get, metric, scorelay};
use crate::until::{DEADLINE, until};
use scorelay_protocol::link::LinkDown;

const BOARD: &str = "[[board]]\nid = \"b\"\nscorer = \"external\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0"];

/// E1: SIGTERM and Ctrl-C save everything, links are dismissed, and the next run has it before it listens.
#[test]
fn a_signal_saves_everything_and_the_next_run_has_it() {
    let home = Home::with(BOARD);
    for (round, signal) in ["-TERM", "-INT"].into_iter().enumerate() {
        let mut core = Watched::start(&scorelay(), &home.arguments(LINK), home.dir.path());
        let metrics = core.address("metrics ");
        let mut source = Publisher::connect(&core.address("link "), "s", 1);
        let first = source.acked + 1;
        assert_eq!(source.acked, round as u64 * 500, "what was saved is acknowledged on connecting");
        for seq in first..first + 500 {
            assert!(source.points(seq, "b", &format!("t:{seq}"), seq as i64));
        }
        let applied = "scorelay_core_events_total{source=\"s\",outcome=\"applied\"}";
        until("all were applied", DEADLINE, || metric(&metrics, applied).filter(|count| *count == 500.0));
        core.signal(signal);
        let goodbye = until("the link is dismissed", DEADLINE, || match source.receive(DEADLINE) {
            Some(LinkDown::GoAway { .. }) => Some(true),
            None => Some(false),
            Some(_) => None,
        });
        assert!(goodbye, "the link ended without a word");
        assert_eq!(source.acked, first + 499, "everything is acknowledged before the link is dismissed");
        let output = core.output();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!home.path("data/admin.sock").exists());
        let rows = home.rows("b");
        assert_eq!(rows.len(), (round + 1) * 500);
        assert_eq!(rows[0], (format!("t:{}", first + 499), (first + 499).to_string()));
    }
}

/// E1: the very first thing that can be asked shows the boards of the last run.
#[test]
fn boards_are_there_before_anything_listens() {
    let home = Home::with(BOARD);
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    source.points(1, "b", "t:1", 5);
    source.acknowledged(1);
    core.process.kill();
    let mut core = home.serve(&["--listen", "127.0.0.1:0"]);
    assert!(core.process.address("listen").starts_with("http://127.0.0.1:"));
    assert_eq!(home.rows("b"), [("t:1".to_owned(), "5".to_owned())]);
    core.reaches("scorelay_relay_rows", 1.0);
}

/// E17: counters and health are on the private listener from the start, and say what the process does.
#[test]
fn the_private_listener_shows_health_and_counters() {
    let home = Home::new();
    let mut core = home.serve(&["--listen", "127.0.0.1:0", "--demo", "--demo-size", "50", "--demo-rate", "500"]);
    let listen = core.process.address("listen");
    for (path, status) in [("/livez", "200"), ("/readyz", "200"), ("/metrics", "200"), ("/boards", "404")] {
        let (line, _) = get(&core.metrics, path).expect("it answers");
        assert!(line.contains(status), "{path}: {line}");
    }
    assert!(
        get(&listen, "/metrics").is_some_and(|(line, _)| line.contains("404")),
        "the public port shows no counters"
    );
    core.reaches("scorelay_core_events_total{source=\"demo\",outcome=\"applied\"}", 100.0);
    core.reaches("scorelay_core_commit_seconds_count", 2.0);
    core.reaches("scorelay_core_batches_total", 5.0);
    core.reaches("scorelay_core_changes_total", 100.0);
    core.reaches("scorelay_core_board_rows{board=\"messages\"}", 10.0);
    core.reaches("scorelay_core_links{state=\"level\"}", 1.0);
    core.reaches("scorelay_relay_rows", 10.0);
    assert_eq!(core.metric("scorelay_core_source_up{source=\"demo\",kind=\"demo\"}"), 1.0);
    assert!(core.process.terminate());
}
