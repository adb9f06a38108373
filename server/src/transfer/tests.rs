//! What is exported comes back as it was, in both formats, and what is no export is named with its line.

use scorelay_engine::{BoardConfig, Moderation, Scorer, Stored};
use scorelay_protocol::ids::{CoreEpoch, UnixMillis};
use scorelay_protocol::limits::MAX_SCORE;

use super::*;
use crate::core::{BoardFacts, Card, Line};

struct Alone(Engine);

impl Host for Alone {
    fn engine(&self) -> &Engine {
        &self.0
    }

    fn perform(&mut self, input: Input) -> Effects {
        self.0.handle(UnixMillis(1), input)
    }
}

fn engine() -> Alone {
    let board = BoardConfig { decimals: 2, max_rows: 100, ..BoardConfig::new("b", Scorer::External) };
    let (engine, _) = Engine::new(&[board], Stored::default(), [], CoreEpoch(1), &mut || 1).unwrap();
    Alone(engine)
}

fn facts() -> BoardFacts {
    BoardFacts { id: "b".into(), title: "The \"B\"".into(), unit: "points".into(), decimals: 2 }
}

fn rows(named: &[(&str, Units)]) -> read::Rows {
    named.iter().map(|(entity, score)| (entity.parse().unwrap(), *score)).collect()
}

fn lines(rows: &read::Rows) -> impl Iterator<Item = Result<Line, WireError>> {
    rows.iter().cloned().map(|(entity, score)| Ok(Line { entity, score, card: Card::default() }))
}

fn written(format: Format, rows: &read::Rows) -> String {
    let mut bytes = Vec::new();
    write::write(format, &mut bytes, UnixMillis(0), &facts(), lines(rows), None).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn standing(host: &Alone) -> read::Rows {
    host.engine().rows("b").unwrap().map(|row| (row.entity, row.score)).collect()
}

/// E4: both formats hold every score exactly and come back the same.
#[test]
fn files_come_back_as_they_were() {
    let rows =
        rows(&[("a:1", MAX_SCORE), ("word:\"x\", y\u{1f389}", 150), ("b:-", 101), ("c:0", 0), ("c:1", -MAX_SCORE)]);
    for format in [Format::Json, Format::Csv, Format::Items] {
        let text = written(format, &rows);
        assert_eq!(read::read(format, "f", text.as_bytes(), 2).unwrap(), rows, "{text}");
    }
    let text = written(Format::Json, &rows);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["rows"][1]["score"], serde_json::json!(1.5));
    assert_eq!(
        (&value["generated_at"], &value["board"]["title"]),
        (&"1970-01-01T00:00:00Z".into(), &"The \"B\"".into())
    );
    assert!(written(Format::Json, &read::Rows::new()).contains("\"rows\":[\n]"));
}

/// E4: with an earlier export each row says how many ranks it has risen since; what says so can be imported like any.
#[test]
fn rows_say_how_far_they_have_risen() {
    let before = write::Before::new(rows(&[("a:1", 9), ("a:2", 8), ("a:3", 7)]));
    let now = rows(&[("a:3", 900), ("a:4", 800), ("a:1", 700)]);
    let written = |format| {
        let mut bytes = Vec::new();
        write::write(format, &mut bytes, UnixMillis(0), &facts(), lines(&now), Some(&before)).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(written(Format::Csv), "rank,entity,score,risen\n1,a:3,9,2\n2,a:4,8,\n3,a:1,7,-2\n");
    let value: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
    let risen: Vec<_> = value["rows"].as_array().unwrap().iter().map(|row| row["risen"].clone()).collect();
    assert_eq!(serde_json::Value::from(risen), serde_json::json!([2, null, -2]));
    for format in [Format::Json, Format::Csv] {
        assert_eq!(read::read(format, "f", written(format).as_bytes(), 2).unwrap(), now);
    }
}

/// E4: ties keep the order of the file, on an empty board and on one that knew some of them in another order.
#[test]
fn an_import_leaves_the_board_as_the_file_reads() {
    let mut host = engine();
    let file = rows(&[("a:9", 500), ("a:3", 100), ("a:1", 100), ("a:2", 100)]);
    let done = apply(&mut host, "b", ImportMode::Replace, file.clone()).unwrap();
    assert_eq!(done, Imported { rows: 4, set: 4, removed: 0 });
    assert_eq!(standing(&host), file);
    let done = apply(&mut host, "b", ImportMode::Replace, file.clone()).unwrap();
    assert_eq!(done, Imported { rows: 4, set: 0, removed: 0 });

    let other = rows(&[("a:2", 100), ("a:7", 100), ("a:1", 100)]);
    apply(&mut host, "b", ImportMode::Replace, other.clone()).unwrap();
    assert_eq!(standing(&host), other);

    apply(&mut host, "b", ImportMode::Merge, rows(&[("a:7", 5)])).unwrap();
    assert_eq!(standing(&host), rows(&[("a:2", 100), ("a:1", 100), ("a:7", 5)]));
    let refused = apply(&mut host, "none", ImportMode::Merge, Vec::new()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NoSuchBoard);
}

/// E4 and E19: a file that names somebody who is kept off changes nothing of the others, not even since when they
/// stand.
#[test]
fn an_import_that_names_who_is_kept_off_sets_nobody_anew() {
    let mut host = engine();
    host.0.set_erasure_key([3; 32]);
    let file = rows(&[("a:9", 500), ("a:3", 100), ("a:1", 100), ("a:2", 50)]);
    apply(&mut host, "b", ImportMode::Replace, file.clone()).unwrap();
    for what in [
        Moderation::Ban { board: Some("b".into()), entity: "a:9".parse().unwrap() },
        Moderation::Erase { entity: "a:1".parse().unwrap() },
    ] {
        let done = host.perform(Input::Moderate(what)).reply;
        assert_eq!(done, Some(Reply::Moderated { rows: 1 }));
    }
    let before: Vec<_> = host.engine().rows("b").unwrap().collect();
    assert_eq!(before.len(), 2);
    let done = apply(&mut host, "b", ImportMode::Replace, file).unwrap();
    assert_eq!(done, Imported { rows: 2, set: 0, removed: 0 });
    assert_eq!(host.engine().rows("b").unwrap().collect::<Vec<_>>(), before);
}

#[test]
fn rows_are_put_in_the_order_of_their_ranks() {
    let csv = "score,rank,entity,colour\n1,2,a:2,red\n1,1,a:1,blue\n";
    assert_eq!(read::read(Format::Csv, "f", csv.as_bytes(), 0).unwrap(), rows(&[("a:1", 1), ("a:2", 1)]));
    let json =
        r#"{"rows": [{"rank": 2, "entity": "a:2", "score": "1", "x": [1]}, {"rank": 1, "entity": "a:1", "score": 1}]}"#;
    assert_eq!(read::read(Format::Json, "f", json.as_bytes(), 0).unwrap(), rows(&[("a:1", 1), ("a:2", 1)]));
}

#[test]
fn what_is_no_export_is_named_with_its_line() {
    let cases = [
        (Format::Csv, "rank,entity\n1,a:1\n", "line 1: there is no column `score`"),
        (Format::Csv, "rank,entity,score\n1,a:1,2\n2,nobody,1\n", "line 3: `nobody`"),
        (Format::Csv, "rank,entity,score\n1,a:1,0.001\n", "line 2: `0.001`"),
        (Format::Csv, "rank,entity,score\nx,a:1,1\n", "line 2: `x` is no rank"),
        (Format::Csv, "rank,entity,score\n1,a:1\n", "line: 2"),
        (Format::Json, "{\"rows\":[\n{\"rank\":1,\"entity\":\"a:1\",\"score\":1e3}\n]}", "line 2: `1e3`"),
        (Format::Json, "{\"rows\":[\n{\"rank\":1,\"entity\":\"a\",\"score\":1}\n]}", "line 2: `a`"),
        (Format::Json, "{\"rows\":[\n{\"rank\":1,\"entity\":\"a:1\"}\n]}", "line 2: missing field `score`"),
        (Format::Json, "{}", "missing field `rows`"),
        (Format::Json, "{\"rows\":[]} x", "trailing"),
        (Format::Json, "", "EOF"),
    ];
    for (format, text, part) in cases {
        let failure = read::read(format, "file", text.as_bytes(), 2).unwrap_err();
        assert_eq!(failure.code, ErrorCode::BadImport);
        assert!(failure.message.starts_with("file: ") && failure.message.contains(part), "{text}: {}", failure.message);
    }
}

/// E4: an export for a site has what people see of each row; the shape of the site before has its names.
#[test]
fn exports_show_what_people_see() {
    let card = |name: &str, before| Card {
        name: name.into(),
        avatar: (!name.is_empty()).then(|| "https://example.com/a.png".into()),
        badges: vec!["vip".into()],
        before,
    };
    let line = |entity: &str, score, card| Line { entity: entity.parse().unwrap(), score, card };
    let rows = [line("a:1", 150, card("Ada \"L\"", Some(3))), line("a:2", 100, card("", None))];
    let written = |format| {
        let mut bytes = Vec::new();
        let rows = rows.iter().cloned().map(Ok);
        write::write(format, &mut bytes, UnixMillis(7_999), &facts(), rows, Some(&write::Before::Remembered)).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        value
    };
    let avatar = "https://example.com/a.png";
    assert_eq!(
        written(Format::Json)["rows"],
        serde_json::json!([
            { "rank": 1, "entity": "a:1", "score": 1.5, "risen": 2, "name": "Ada \"L\"", "avatar": avatar, "badges": ["vip"] },
            { "rank": 2, "entity": "a:2", "score": 1, "risen": null, "name": "", "avatar": null, "badges": ["vip"] },
        ])
    );
    let badges = serde_json::json!([{ "description": "vip", "imageUrl": "" }]);
    assert_eq!(
        written(Format::Items),
        serde_json::json!({ "generatedAt": 7, "items": [
            { "id": "a:1", "rank": 1, "elo": 1.5, "username": "Ada \"L\"", "delta": 2, "avatar": avatar, "badges": badges },
            { "id": "a:2", "rank": 2, "elo": 1, "username": "2", "delta": 0, "avatar": "", "badges": badges },
        ]})
    );
}
