//! The tidy rules, each a function from one file's path and text to its findings. They look at lines and words only, so
//! that they stay fast and plain; what needs an understanding of Rust is clippy's. The words that are forbidden are
//! glued together here, so that this file may be checked as well. Rules for scripts and npm's files: `rules/web.rs`.

mod web;

use std::fmt;

/// A breach of a rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    path: String,
    /// From 1.
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.message)
    }
}

const MAX_LINES: usize = 500;
const CODEC: &str = "protocol/src/codec.rs";
const CODEC_CRATE: &str = concat!("bincode", "::");
const LEFT_FOR_LATER: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
];
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Folders whose Rust files know no sockets, no clock and no randomness.
const PURE: &[&str] =
    &["protocol/", "ranks/", "meets/", "engine/", "sim/", "relay/src/core/", "client/src/core/", "source/src/core/"];
const IMPURE_WORDS: &[&str] =
    &["tokio", "std::net", "time::Instant", "Instant::now", "SystemTime", "rand::rng", "rand::random", "thread_rng"];
const IMPURE_DEPENDENCIES: &[&str] = &["tokio", "hyper", "socket2", "reqwest"];

/// Marks on a line that say why a test may sleep there.
const SLEEP_MARKS: &[&str] = &["// tidy: poll", "// tidy: virtual time"];

/// Every finding in one file, in the order of the rules.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let rules: [Rule; 9] = [
        header,
        codec_in_one_file,
        length,
        left_for_later,
        sleeping_tests,
        long_tests,
        machine_paths,
        purity,
        manifest,
    ];
    rules
        .iter()
        .chain(&web::RULES)
        .flat_map(|rule| rule(path, text))
        .map(|(line, message)| Finding { path: path.to_owned(), line, message })
        .collect()
}

type Rule = fn(&str, &str) -> Breaches;

/// (line from 1, message)
type Breaches = Vec<(usize, String)>;

fn header(path: &str, text: &str) -> Breaches {
    let starts = text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| line.starts_with("//!"));
    if !path.ends_with(".rs") || starts {
        return Vec::new();
    }
    vec![(1, "begin with `//!`: what this file is, what it deliberately does not do, where to look next".into())]
}

fn codec_in_one_file(path: &str, text: &str) -> Breaches {
    if !path.ends_with(".rs") || path == CODEC {
        return Vec::new();
    }
    code_lines(text)
        .filter(|(_, line)| line.contains(CODEC_CRATE))
        .map(|(number, _)| (number, format!("`{CODEC_CRATE}` is named in {CODEC} only; go through that file")))
        .collect()
}

fn length(path: &str, text: &str) -> Breaches {
    let lines = text.lines().count();
    if !(path.ends_with(".rs") || web::is_ours(path)) || is_generated(text) || lines <= MAX_LINES {
        return Vec::new();
    }
    vec![(lines, format!("{lines} lines; past {MAX_LINES} a file wants two rooms"))]
}

fn left_for_later(path: &str, text: &str) -> Breaches {
    let code = ["rs", "html", "toml", "sh", "yml", "yaml"];
    if !has_extension(path, &code) && !web::is_ours(path) && !path.starts_with(".ci/") {
        return Vec::new();
    }
    breaches(lines(text), LEFT_FOR_LATER, |word| format!("`{word}`: do it, or open an issue"))
}

fn sleeping_tests(path: &str, text: &str) -> Breaches {
    if !path.ends_with(".rs") {
        return Vec::new();
    }
    let whole_file = path.split('/').any(|part| part == "tests" || part == "tests.rs");
    let first = if whole_file { 0 } else { inline_tests_start(text).unwrap_or(usize::MAX) };
    code_lines(text)
        .filter(|(number, line)| *number > first && has_word(line, "sleep("))
        .filter(|(_, line)| !SLEEP_MARKS.iter().any(|mark| line.contains(mark)))
        .map(|(number, _)| {
            let marks = SLEEP_MARKS.join("` or `");
            (number, format!("tests wait for a condition with a deadline; the one helper that polls says `{marks}`"))
        })
        .collect()
}

/// What `test --long` builds and runs of the tests that are left out otherwise; one elsewhere would never run.
const LONG_TESTS: &str = "server/tests/system/";

fn long_tests(path: &str, text: &str) -> Breaches {
    if !path.ends_with(".rs") || path.starts_with(LONG_TESTS) {
        return Vec::new();
    }
    code_lines(text)
        .filter(|(_, line)| line.trim_start().starts_with("#[ignore"))
        .map(|(number, _)| (number, format!("tests that take minutes stand in {LONG_TESTS}, or they never run")))
        .collect()
}

/// The line that opens the file's own `mod tests {`, if there is one; it stands last in a file.
fn inline_tests_start(text: &str) -> Option<usize> {
    let mut marked = false;
    for (number, line) in lines(text) {
        match line.trim() {
            "#[cfg(test)]" => marked = true,
            line if marked && line.starts_with("mod ") && line.ends_with('{') => return Some(number),
            line => marked = marked && line.starts_with("#["),
        }
    }
    None
}

fn machine_paths(path: &str, text: &str) -> Breaches {
    if path.ends_with("Cargo.lock") || path.ends_with("package-lock.json") {
        return Vec::new();
    }
    breaches(lines(text), MACHINE_PATHS, |path| format!("`{path}…` exists on one machine only"))
}

fn purity(path: &str, text: &str) -> Breaches {
    let Some(folder) = PURE.iter().find(|folder| path.starts_with(*folder)) else { return Vec::new() };
    if path.ends_with("Cargo.toml") {
        let heavy = |line: &str| {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            IMPURE_DEPENDENCIES.contains(&name)
        };
        return lines(text)
            .filter(|(_, line)| heavy(line))
            .map(|(number, line)| (number, format!("{folder} is pure: `{line}` does not belong here")))
            .collect();
    }
    // Programs around a pure crate may time it: they are its examples and its `main.rs`.
    if !path.ends_with(".rs") || path.contains("/examples/") || path.ends_with("/src/main.rs") {
        return Vec::new();
    }
    breaches(code_lines(text), IMPURE_WORDS, |word| {
        format!("{folder} is pure: time, random bytes and addresses (core::net) are arguments, not `{word}`")
    })
}

fn manifest(path: &str, text: &str) -> Breaches {
    if !path.ends_with("/Cargo.toml") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if !text.lines().any(|line| line.trim() == "license.workspace = true") {
        found.push((1, "say `license.workspace = true` under [package]".to_owned()));
    }
    let mut lints = text.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    if lints.next() != Some("workspace = true") {
        found.push((1, "say `workspace = true` under [lints]".to_owned()));
    }
    found
}

/// One breach for each line and each of `words` that stands in it.
fn breaches<'a>(
    lines: impl Iterator<Item = (usize, &'a str)>,
    words: &[&str],
    message: impl Fn(&str) -> String,
) -> Breaches {
    let mut found = Vec::new();
    for (number, line) in lines {
        found.extend(words.iter().filter(|word| has_word(line, word)).map(|word| (number, message(word))));
    }
    found
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Lines that are not wholly a comment.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_generated(text: &str) -> bool {
    text.lines().take(5).any(|line| line.contains("@generated"))
}

fn has_extension(path: &str, extensions: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

/// Whether `word` stands in `line` with no letter, digit or `_` joined to a side of it that is one itself; a path
/// that goes on from a relative one is not a word either.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let open_left = if word.starts_with('/') {
            !before.is_some_and(|c| joins(c) || matches!(c, '.' | '-' | '}' | '~'))
        } else {
            !before.is_some_and(joins)
        };
        open_left && !(word.ends_with(joins) && after.is_some_and(joins))
    })
}

#[cfg(test)]
mod tests;
