//! Finds the tests of scripts (TypeScript and JavaScript) that name rows: a comment, then a call of `test`, `it` or
//! `describe`. It reads line by line and knows no grammar; what the ids mean is in `rows.rs`.

use super::{Id, Test, ids};

const CALLS: &[&str] = &["test", "it", "describe"];

/// The tests of a file whose comment right before them names rows.
pub(super) fn find_tests(path: &str, text: &str) -> Vec<Test> {
    let mut found = Vec::new();
    let (mut rows, mut in_comment): (Vec<Id>, bool) = (Vec::new(), false);
    let mut lines = text.lines().map(str::trim).enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        if in_comment || line.starts_with("/*") || line.starts_with("//") {
            in_comment = (in_comment || line.starts_with("/*")) && !line.ends_with("*/");
            rows.extend(ids(line));
            continue;
        }
        if is_call(line) && !rows.is_empty() {
            // A formatter may put a long name on a line of its own.
            let name = quoted(line).or_else(|| lines.peek().and_then(|(_, next)| quoted(next))).unwrap_or_default();
            rows.sort_unstable();
            rows.dedup();
            found.push(Test { place: format!("{path}:{} {name}", index + 1), rows: std::mem::take(&mut rows) });
        }
        rows.clear();
    }
    found
}

/// Whether the line begins with `test(`, `it.each(` or the like.
fn is_call(line: &str) -> bool {
    let name = line.split(['(', '.']).next().unwrap_or_default();
    CALLS.contains(&name) && line.contains('(')
}

/// The first text in quotation marks.
fn quoted(line: &str) -> Option<&str> {
    let start = line.find(['"', '\'', '`'])?;
    let mark = line.get(start..=start)?;
    let rest = line.get(start + 1..)?;
    rest.get(..rest.find(mark)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_by_the_rows_they_name() {
        let text = "\
/** A file about E1. */

import x;

/** E12: only watched pages travel. */
test(\"masks\", async () => {

  /**
   * E13, E12: filled in.
   */
  it.each([1])(
    'scrolls',

// T2
describe(`halves`, () => {

/** E5 in a helper is no test. */
function helper() {}
test(\"names none\", () => {
";
        let test = |place: &str, rows: &[Id]| Test { place: place.into(), rows: rows.to_vec() };
        let wanted = [
            test("a.ts:6 masks", &[('E', 12)]),
            test("a.ts:11 scrolls", &[('E', 12), ('E', 13)]),
            test("a.ts:15 halves", &[('T', 2)]),
        ];
        assert_eq!(find_tests("a.ts", text), wanted);
    }

    #[test]
    fn names_may_hold_other_quotation_marks() {
        assert_eq!(quoted("test(\"it's\", f)"), Some("it's"));
        assert_eq!(quoted("test(name, f)"), None);
        assert_eq!(quoted("test(\"open"), None);
    }
}
