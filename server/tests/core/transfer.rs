//! `scorelay export` and `scorelay import`, with and without a core that runs.

use std::fs;

use crate::common::core::{Home, failure};
use crate::common::publisher::Publisher;

const BOARD: &str =
    "[[board]]\nid = \"b\"\ntitle = \"The B\"\nunit = \"points\"\ndecimals = 2\nscorer = \"external\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0"];

/// Many ties, more rows than one part of a transfer.
fn fill(source: &mut Publisher) {
    for seq in 1..=9_000u64 {
        let platform = if seq % 3 == 0 { "word" } else { "twitch" };
        let id = if seq % 3 == 0 { format!("é, \"{seq}\"") } else { seq.to_string() };
        assert!(source.points(seq, "b", &format!("{platform}:{id}"), ((seq * 7_919) % 450) as i64 - 100));
        if seq % 2_000 == 0 {
            source.acknowledged(seq);
        }
    }
    source.acknowledged(9_000);
}

/// E4: an export for a website says how far each row has risen since the last one, which it takes the place of.
#[test]
fn an_export_tells_changes_since_the_last() {
    let home = Home::with(BOARD);
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    let give = |source: &mut Publisher, seq, entity, units| {
        assert!(source.points(seq, "b", entity, units));
        source.acknowledged(seq);
    };
    give(&mut source, 1, "t:a", 300);
    give(&mut source, 2, "t:b", 200);
    let (data, file) = (home.path("data"), home.path("site.csv"));
    let [data, file] = [data, file].map(|path| path.to_string_lossy().into_owned());
    let arguments = ["export", "--data", &data, "--board", "b", "--format", "csv", "--since", &file, "--out", &file];
    assert!(home.run(&arguments).status.success());
    assert_eq!(fs::read_to_string(&file).unwrap(), "rank,entity,score,risen\n1,t:a,3,\n2,t:b,2,\n");
    give(&mut source, 3, "t:b", 200);
    give(&mut source, 4, "t:c", 350);
    assert!(home.run(&arguments).status.success());
    assert_eq!(fs::read_to_string(&file).unwrap(), "rank,entity,score,risen\n1,t:b,4,1\n2,t:c,3.5,\n3,t:a,3,-2\n");
    fs::write(&file, "nonsense").unwrap();
    let text = failure(&home.run(&arguments));
    assert!(text.contains("bad-import") && text.contains("site.csv"), "{text}");
}

/// E4: any board can be exported while a core runs and after it, in both formats, and an import makes the same board.
#[test]
fn a_board_goes_out_and_comes_back_the_same() {
    let home = Home::with(BOARD);
    let mut core = home.serve(LINK);
    fill(&mut Publisher::connect(&core.process.address("link"), "s", 1));
    let running = home.rows("b");
    assert_eq!(running.len(), 9_000);
    let mut files = Vec::new();
    for format in ["csv", "json"] {
        let path = home.path(&format!("out.{format}"));
        let (data, file) = (home.path("data"), path.to_string_lossy().into_owned());
        let data = data.to_string_lossy();
        let arguments = ["export", "--data", &data, "--board", "b", "--format", format, "--out", &file];
        let output = home.run(&arguments);
        assert!(output.status.success() && output.stdout.is_empty());
        assert!(!home.path(&format!("out.{format}.part")).exists());
        files.push((format, path));
    }
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&files[1].1).unwrap()).unwrap();
    assert_eq!(json["board"], serde_json::json!({"id": "b", "title": "The B", "unit": "points", "decimals": 2}));
    assert!(json["generated_at"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!(json["rows"][0]["rank"], 1);
    assert_eq!(json["rows"][0]["score"].to_string(), running[0].1, "an exact number");
    assert!(core.process.terminate());
    assert_eq!(home.rows("b"), running, "the same without a core");

    // Into a core that runs, and into a store that nobody serves.
    for (format, path) in &files {
        let other = Home::with(BOARD);
        let core = other.serve(&[]);
        let output = other.import("b", format, path);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "9000 rows on b: 9000 set, 0 removed\n");
        assert_eq!(other.rows("b"), running);
        core.process.kill();
        assert_eq!(other.rows("b"), running, "it was durable before it was answered");
        fs::write(other.path("less.csv"), "rank,entity,score\n1,a:1,3.5\n").unwrap();
        assert!(other.import("b", "csv", &other.path("less.csv")).status.success());
        assert_eq!(other.rows("b"), [("a:1".to_owned(), "3.5".to_owned())]);
        assert!(other.import("b", format, path).status.success());
        assert_eq!(other.rows("b"), running);
    }
}

/// E4: into a data directory that no core has used yet, with the boards of a configuration.
#[test]
fn an_import_can_come_before_the_first_start() {
    let home = Home::with(BOARD);
    fs::write(home.path("in.csv"), "rank,entity,score\n1,a:1,3.5\n2,a:2,3.5\n").unwrap();
    let (data, config, file) = (home.path("data"), home.path("core.toml"), home.path("in.csv"));
    let (data, config, file) = (data.to_string_lossy(), config.to_string_lossy(), file.to_string_lossy());
    let output = home.run(&["import", "--data", &data, "--config", &config, "--board", "b", "--format", "csv", &file]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let core = home.serve(&[]);
    core.reaches("scorelay_core_board_rows{board=\"b\"}", 2.0);
    assert_eq!(home.rows("b").first(), Some(&("a:1".to_owned(), "3.5".to_owned())));
}

#[test]
fn what_cannot_be_exported_or_imported_is_said_and_changes_nothing() {
    let home = Home::with(BOARD);
    fs::write(home.path("good.csv"), "rank,entity,score\n1,a:1,2\n").unwrap();
    fs::write(home.path("bad.csv"), "rank,entity,score\n1,a:1,2\n2,a:2,0.001\n").unwrap();
    fs::write(home.path("twice.csv"), "rank,entity,score\n1,a:1,2\n2,a:1,1\n").unwrap();
    assert!(failure(&home.export("b", "csv")).contains("cannot use"), "no data directory");
    let mut core = Some(home.serve(&[]));
    for _ in ["a core runs", "none does"] {
        assert!(home.import("b", "csv", &home.path("good.csv")).status.success());
        assert!(failure(&home.export("none", "csv")).contains("error[no-such-board]"));
        assert!(failure(&home.import("none", "csv", &home.path("good.csv"))).contains("error[no-such-board]"));
        let text = failure(&home.import("b", "csv", &home.path("bad.csv")));
        assert!(text.contains("error[bad-import]") && text.contains("bad.csv: line 3: `0.001`"), "{text}");
        assert!(failure(&home.import("b", "json", &home.path("good.csv"))).contains("error[bad-import]"));
        assert!(failure(&home.import("b", "csv", &home.path("twice.csv"))).contains("a:1"));
        assert!(failure(&home.import("b", "csv", &home.path("missing.csv"))).contains("error[bad-import]"));
        assert_eq!(home.rows("b"), [("a:1".to_owned(), "2".to_owned())]);
        if let Some(core) = core.take() {
            assert!(core.process.terminate());
        }
    }
}
