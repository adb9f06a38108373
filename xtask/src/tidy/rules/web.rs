//! The tidy rules for scripts, style sheets and what npm reads. They know no grammar: type errors are the TypeScript
//! compiler's to find.

use super::{Breaches, Rule, code_lines, has_extension, has_word, is_generated, lines};

pub(super) const RULES: [Rule; 4] = [header, no_cjs, sleeping_tests, no_hosts];

/// How a file's comment may begin.
const COMMENTS: &[&str] = &["//", "/*"];
/// Words that wait for a time instead of for what should happen.
const SLEEPS: &[&str] = &["sleep(", "delay(", "waitForTimeout(", "timers/promises"];
/// A mark on a line that says why a test may sleep there.
const POLL: &str = "// tidy: poll";

/// Whether the file is a script or a style sheet.
pub(super) fn is_ours(path: &str) -> bool {
    has_extension(path, &["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "css"])
}

fn header(path: &str, text: &str) -> Breaches {
    let mut first = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("#!"));
    let starts = first.next().is_some_and(|line| COMMENTS.iter().any(|comment| line.starts_with(comment)));
    if !is_ours(path) || is_generated(text) || starts {
        return Vec::new();
    }
    vec![(1, "begin with a comment: what this file is, what it deliberately does not do, where to look next".into())]
}

fn no_cjs(path: &str, _: &str) -> Breaches {
    if !has_extension(path, &["cjs", "cts"]) {
        return Vec::new();
    }
    vec![(1, "some tools take such files for assets; say `\"type\": \"commonjs\"` in a package.json beside it".into())]
}

fn sleeping_tests(path: &str, text: &str) -> Breaches {
    let parts = ["test", "tests", "e2e", "packaging-tests"];
    let is_test =
        path.contains(".test.") || path.contains(".spec.") || path.split('/').any(|part| parts.contains(&part));
    if !is_test || !is_ours(path) {
        return Vec::new();
    }
    let sleeps = |line: &str| {
        // Timers that bound a wait are right; a promise that only a timer resolves is a sleep.
        let timer = has_word(line, "setTimeout(") && line.contains("new Promise");
        timer || SLEEPS.iter().any(|word| has_word(line, word))
    };
    code_lines(text)
        .filter(|(_, line)| sleeps(line) && !line.contains(POLL))
        .map(|(number, _)| {
            (number, format!("tests wait for a condition with a deadline; the one helper that polls says `{POLL}`"))
        })
        .collect()
}

/// Where packages come from is the business of whoever installs them.
fn no_hosts(path: &str, text: &str) -> Breaches {
    let name = path.rsplit('/').next().unwrap_or(path);
    let names_host: fn(&str) -> bool = match name {
        "package-lock.json" => |line| line.trim_start().starts_with("\"resolved\"") && line.contains("://"),
        ".npmrc" => |line| line.contains("registry") && line.contains("//") || line.contains("_auth"),
        _ => return Vec::new(),
    };
    lines(text)
        .filter(|(_, line)| names_host(line))
        .map(|(number, _)| (number, "names a registry; .npmrc says `omit-lockfile-registry-resolved=true`".to_owned()))
        .collect()
}
