//! A flood of words that nobody ever wrote before, on a board with room for few: it stays as long as it may be, core
//! and relay take no more memory for it, and whoever looks at the words that count sees them rightly all the while.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use scorelay_protocol::event::{ChatMessage, Event};

use crate::process::{Process, path, ready, resident, scorelay, scorelay_relay};
use crate::source::Source;
use crate::until::{DEADLINE, until};
use crate::watch::Watch;

const ROWS: usize = 1_000;
/// Messages of one third; each brings two new words.
const THIRD: u64 = 150_000;
/// What a process may take in the second and last third beyond what it has after the first: the core's store has
/// buffers of 16 MiB that fill late, but 600,000 words of 40 bytes with their entries would be more.
const MORE: u64 = 40 * 1024 * 1024;

fn message(n: u64) -> Event {
    let often = if n.is_multiple_of(3) { "often" } else { "" };
    Event::Message(ChatMessage {
        author: format!("t:{}", n % 50).parse().expect("an entity"),
        name: "somebody".into(),
        room: "#room".into(),
        text: format!("always {often} never-{n:020}-seen-before nor-this-{n:020}-ever"),
        id: None,
        badges: Vec::new(),
        emotes: Vec::new(),
        bits: 0,
    })
}

/// Rows of the board by export.
fn exported(data: &Path) -> Vec<(String, i64)> {
    let arguments = ["export", "--data", path(data), "--board", "words", "--format", "csv"];
    let output = Command::new(scorelay()).args(arguments).output().expect("it can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let row = |line: &str| {
        let (rest, score) = line.rsplit_once(',').expect("columns");
        let (_, entity) = rest.split_once(',').expect("columns");
        (entity.to_owned(), score.parse().expect("a whole number"))
    };
    String::from_utf8_lossy(&output.stdout).lines().skip(1).map(row).collect()
}

/// S3, S6: 900,000 new words on a board of 1,000 rows.
#[test]
fn a_flood_of_new_words_is_held_in_bounds() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (config, data) = (dir.join("core.toml"), dir.join("data"));
    let board = format!("[[board]]\nid = \"words\"\nscorer = \"words\"\nmax_rows = {ROWS}\n");
    std::fs::write(&config, board).expect("the test's directory can be written");
    let arguments = ["serve", "--config", path(&config), "--data", path(&data), "--listen", "none"];
    let more = ["--link", "tcp:127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut core = Process::start(&scorelay(), &[&arguments[..], &more[..]].concat(), dir);
    let link = core.address("link");
    let more = ["--upstream", &link, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut relay = Process::start(&scorelay_relay(), &more, dir);
    ready(&relay.address("metrics"));
    let mut watch = Watch::start(&relay.address("listen"), "words", (1, 2), &["word:often"], dir);
    let mut source = Source::connect(&link, "flood");
    let mut after_first = None;
    for third in 0..3 {
        source.publish((third * THIRD..(third + 1) * THIRD).map(message));
        let said = ((third + 1) * THIRD) as i64;
        let often = (said + 2) / 3;
        watch.shows(&[(1, "word:always".into(), said), (2, "word:often".into(), often)], DEADLINE);
        until("the board is full, and no more", DEADLINE, || {
            let state = watch.state()?;
            let tracked = &state["tracked"][0];
            let right = state["total"] == ROWS && tracked["rank"] == 2 && tracked["score"] == often;
            right.then_some(())
        });
        let now = (resident(core.pid()), resident(relay.pid()));
        let before = *after_first.get_or_insert(now);
        eprintln!("{said} messages: {} kB in the core, {} kB in the relay", now.0 / 1024, now.1 / 1024);
        assert!(now.0 <= before.0 + MORE && now.1 <= before.1 + MORE, "{before:?} bytes have become {now:?}");
    }
    let rows = exported(&data);
    assert_eq!(rows.len(), ROWS);
    assert!(rows[2..].iter().all(|(entity, score)| *score == 1 && entity.starts_with("word:n")), "{:?}", &rows[..5]);
    let different: BTreeSet<&String> = rows.iter().map(|(entity, _)| entity).collect();
    assert_eq!(different.len(), ROWS);
    assert!(relay.terminate() && core.terminate(), "both end well");
}
