//! `cargo xtask rows`: which tests show which requirement. The rows stand in `docs/requirements.md`; a test shows a row
//! by naming its id in its doc comment. Whether the test really shows it is for a reader to judge. Tests in Rust are
//! found here, those in scripts by `rows/scripts.rs`.

mod scripts;

use crate::shell::{self, Result, read_text, tracked_files};
use std::collections::BTreeMap;

const PAGE: &str = "docs/requirements.md";

/// Options of `cargo xtask rows`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// List only the rows that no test names.
    #[arg(long)]
    missing: bool,
}

/// A requirement's id: its group and number within it, so that E2 sorts before E10.
type Id = (char, u32);

/// A test and the rows that its doc comment names.
#[derive(Debug, PartialEq, Eq)]
struct Test {
    /// `file:line name`, with `(long)` after it where only `--long` runs it.
    place: String,
    rows: Vec<Id>,
}

/// Lists the rows with their tests.
///
/// # Errors
/// A test names a row that does not exist, or the files cannot be read.
pub(crate) fn run(args: &Args) -> Result {
    let (rows, tests) = read()?;
    let by_row = index(&rows, &tests)?;
    let mut report = String::new();
    for (id, text) in &rows {
        let tests = by_row.get(id).map_or(&[][..], Vec::as_slice);
        if args.missing && !tests.is_empty() {
            continue;
        }
        report += &format!("{} {text}\n", shown(*id));
        for test in tests {
            report += &format!("    {test}\n");
        }
    }
    shell::print(&report)?;
    shell::print(&count(&rows, &by_row))
}

/// The check alone, with one line of counts.
///
/// # Errors
/// As [`run`].
pub(crate) fn summary() -> Result {
    let (rows, tests) = read()?;
    shell::print(&count(&rows, &index(&rows, &tests)?))
}

fn count(rows: &BTreeMap<Id, String>, by_row: &BTreeMap<Id, Vec<String>>) -> String {
    format!("{} of {} rows are named by a test\n", by_row.len(), rows.len())
}

fn read() -> Result<(BTreeMap<Id, String>, Vec<Test>)> {
    let page = read_text(PAGE)?.ok_or_else(|| format!("{PAGE} is not UTF-8"))?;
    let rows = parse_rows(&page)?;
    let mut tests = Vec::new();
    for path in &tracked_files()? {
        let find = match path.rsplit('.').next() {
            Some("rs") => find_tests,
            Some("ts" | "tsx" | "mts" | "js" | "jsx" | "mjs") => scripts::find_tests,
            _ => continue,
        };
        if let Some(text) = read_text(path)? {
            tests.extend(find(path, &text));
        }
    }
    Ok((rows, tests))
}

/// The rows of every table `| id | text |`.
fn parse_rows(page: &str) -> Result<BTreeMap<Id, String>> {
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        let Some((id, text)) = line.strip_prefix("| ").and_then(|line| line.split_once(" | ")) else { continue };
        let &[id] = ids(id).as_slice() else { continue };
        let text = text.trim_end_matches(['|', ' ']).to_owned();
        if rows.insert(id, text).is_some() {
            return Err(format!("{PAGE}: {} stands there twice", shown(id)));
        }
    }
    if rows.is_empty() {
        return Err(format!("{PAGE} holds no rows of the form `| E1 | text |`"));
    }
    Ok(rows)
}

/// The places that name each row.
fn index(rows: &BTreeMap<Id, String>, tests: &[Test]) -> Result<BTreeMap<Id, Vec<String>>> {
    let mut by_row: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for test in tests {
        for id in &test.rows {
            if rows.contains_key(id) {
                by_row.entry(*id).or_default().push(test.place.clone());
            } else {
                unknown.push(format!("{} names {}", test.place, shown(*id)));
            }
        }
    }
    if unknown.is_empty() {
        Ok(by_row)
    } else {
        Err(format!("rows that {PAGE} does not have:\n{}", unknown.join("\n")))
    }
}

/// The tests of a file that name rows: a doc comment, then attributes with a `test` among them, then `fn name`.
fn find_tests(path: &str, text: &str) -> Vec<Test> {
    let mut found = Vec::new();
    let (mut rows, mut is_test, mut is_long): (Vec<Id>, bool, bool) = (Vec::new(), false, false);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(doc) = line.strip_prefix("///") {
            rows.extend(ids(doc));
            continue;
        }
        if let Some(attribute) = line.strip_prefix("#[") {
            let name = attribute.split([']', '(', ' ', '=']).next().unwrap_or_default();
            is_test |= name == "test" || name.ends_with("::test") || name == "wasm_bindgen_test";
            is_long |= name == "ignore";
            continue;
        }
        if is_test
            && !rows.is_empty()
            && let Some(name) = function_name(line)
        {
            rows.sort_unstable();
            rows.dedup();
            let long = if is_long { " (long)" } else { "" };
            found.push(Test { place: format!("{path}:{} {name}{long}", index + 1), rows: std::mem::take(&mut rows) });
        }
        (is_test, is_long) = (false, false);
        rows.clear();
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split([' ', '(', '<']).skip_while(|word| *word != "fn");
    words.nth(1)
}

/// The words of a text that are a group's letter and a number.
fn ids(text: &str) -> Vec<Id> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
    words.filter_map(id).collect()
}

fn id(word: &str) -> Option<Id> {
    let mut chars = word.chars();
    let group = chars.next().filter(|group| "ELSBT".contains(*group))?;
    let number = chars.as_str();
    let plain = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| plain).map(|number| (group, number))
}

fn shown((group, number): Id) -> String {
    format!("{group}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str =
        "# Title\n\n| id | must |\n| --- | --- |\n| E1 | Load first |\n| E12 | Masks |\n| T2 | Halves |\n";

    #[test]
    fn rows_are_read_in_order_and_once() {
        let rows = parse_rows(ROWS).expect("the table is right");
        let shown: Vec<String> = rows.iter().map(|(id, text)| format!("{} {text}", shown(*id))).collect();
        assert_eq!(shown, ["E1 Load first", "E12 Masks", "T2 Halves"]);
        assert!(parse_rows("| E1 | a |\n| E1 | b |\n").is_err_and(|error| error.contains("E1 stands there twice")));
        assert!(parse_rows("nothing\n").is_err());
    }

    #[test]
    fn tests_are_found_by_the_rows_they_name() {
        // Not written as it stands in a file, or these would be found as tests of this file.
        let text = "\
//· E12: only watched pages travel, and E1, E12 again.
#[test]
\x23[ignore = \"needs an hour\"]
fn masks() {}

//· T2 in a helper is no test.
fn helper() {}

    //· T2: both halves.
    #[tokio::test(start_paused = true)]
    async fn halves() {}

//· E1
#[wasm_bindgen_test]
fn in_node() {}

#[test]
fn names_none() {}

//· Not an id: E123, HE1, e1, E1x, E-1, M4.
#[test]
fn names_none_either() {}
"
        .replace('·', "/");
        let masks = Test { place: "a.rs:4 masks (long)".into(), rows: vec![('E', 1), ('E', 12)] };
        let halves = Test { place: "a.rs:11 halves".into(), rows: vec![('T', 2)] };
        let in_node = Test { place: "a.rs:15 in_node".into(), rows: vec![('E', 1)] };
        assert_eq!(find_tests("a.rs", &text), [masks, halves, in_node]);
    }

    #[test]
    fn a_row_that_does_not_exist_is_an_error() {
        let rows = parse_rows(ROWS).expect("the table is right");
        let test = |id| [Test { place: "a.rs:1 name".into(), rows: vec![id] }];
        assert_eq!(index(&rows, &test(('E', 12))).map(|found| found.len()), Ok(1));
        let error = index(&rows, &test(('E', 99))).expect_err("there is no E99");
        assert!(error.ends_with("a.rs:1 name names E99"), "{error}");
    }

    #[test]
    fn the_page_of_this_checkout_can_be_read() {
        let page = read_text(PAGE).expect("the page is there").expect("it is text");
        let rows = parse_rows(&page).expect("it holds rows");
        let count = |group| rows.keys().filter(|(of, _)| *of == group).count();
        assert_eq!(['E', 'L', 'S', 'B', 'T'].map(count), [21, 19, 8, 9, 9]);
    }
}
