//! `scorelay board` and `scorelay erase`, with and without a core that runs.

use crate::common::core::{Home, failure};
use crate::common::publisher::Publisher;

const BOARDS: &str = "[[board]]\nid = \"a\"\nscorer = \"external\"\n[[board]]\nid = \"b\"\nscorer = \"external\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0"];
const ERASED: &str = "twitch:718293645546372819";

fn give(source: &mut Publisher, from: u64, entities: &[&str]) -> u64 {
    let mut seq = from;
    for board in ["a", "b"] {
        for entity in entities {
            assert!(source.points(seq, board, entity, 10));
            seq += 1;
        }
    }
    source.acknowledged(seq - 1);
    seq
}

/// A command that must succeed: the rows it says it took off.
fn rows_taken(home: &Home, arguments: &[&str]) -> String {
    let data = home.path("data").to_string_lossy().into_owned();
    let output = home.run(&[arguments, &["--data", &data]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn entities(home: &Home, board: &str) -> Vec<String> {
    home.rows(board).into_iter().map(|(entity, _)| entity).collect()
}

/// E18: rows are taken off, kept off, put aside and emptied, by the running core and over a kill, with the same words.
#[test]
fn an_operator_moderates_boards() {
    let home = Home::with(BOARDS);
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    let next = give(&mut source, 1, &["t:one", "t:two", "t:three"]);
    assert_eq!(rows_taken(&home, &["board", "remove", "--board", "a", "t:one"]), "1 rows");
    assert_eq!(entities(&home, "a"), ["t:two", "t:three"]);
    assert_eq!(rows_taken(&home, &["board", "ban", "t:two"]), "2 rows");
    let next = give(&mut source, next, &["t:one", "t:two"]);
    assert_eq!(entities(&home, "a"), ["t:three", "t:one"]);
    assert_eq!(entities(&home, "b"), ["t:one", "t:three"]);
    core.process.kill();

    // What was answered is durable; without a core the store itself is asked.
    assert_eq!(entities(&home, "a"), ["t:three", "t:one"]);
    assert_eq!(rows_taken(&home, &["board", "archive", "--board", "a", "--to", "a-old", "--title", "Old"]), "2 rows");
    assert_eq!((entities(&home, "a").len(), entities(&home, "a-old")), (0, vec!["t:three".into(), "t:one".into()]));
    assert_eq!(rows_taken(&home, &["board", "reset", "--board", "b"]), "2 rows");

    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    let next = give(&mut source, next, &["t:two", "t:three"]);
    assert_eq!(entities(&home, "b"), ["t:three"], "the ban holds over a restart");
    assert_eq!(rows_taken(&home, &["board", "unban", "t:two"]), "0 rows");
    give(&mut source, next, &["t:two"]);
    assert_eq!(entities(&home, "b"), ["t:three", "t:two"]);
    assert_eq!(entities(&home, "a-old"), ["t:three", "t:one"]);

    let data = home.path("data").to_string_lossy().into_owned();
    for (arguments, code) in [
        (vec!["board", "reset", "--board", "nope"], "no-such-board"),
        (vec!["board", "archive", "--board", "b", "--to", "a-old"], "bad-moderation"),
        (vec!["board", "reset", "--board", "a-old"], "bad-moderation"),
        (vec!["board", "remove", "nobody"], "platform:id"),
    ] {
        let text = failure(&home.run(&[&arguments[..], &["--data", &data]].concat()));
        assert!(text.contains(code), "{arguments:?}: {text}");
    }
}

/// E19: an erased entity is gone from every board, archives too, and neither its next event nor a restart brings it
/// back.
#[test]
fn an_erased_entity_is_gone_for_good() {
    let home = Home::with(BOARDS);
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    let next = give(&mut source, 1, &[ERASED, "t:other"]);
    rows_taken(&home, &["board", "archive", "--board", "a", "--to", "old"]);
    assert_eq!(rows_taken(&home, &["erase", ERASED]), "2 rows");
    assert_eq!(
        (entities(&home, "old"), entities(&home, "b")),
        (vec!["t:other".to_owned()], vec!["t:other".to_owned()])
    );
    let next = give(&mut source, next, &[ERASED]);
    core.process.kill();
    let mut core = home.serve(LINK);
    let mut source = Publisher::connect(&core.process.address("link"), "s", 1);
    give(&mut source, next, &[ERASED, "t:other"]);
    assert_eq!((entities(&home, "a"), entities(&home, "b")), (vec!["t:other".to_owned()], vec!["t:other".to_owned()]));
}
