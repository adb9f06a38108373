//! `cargo xtask tidy`: the rules of this code base that the compiler does not know, over the files git tracks. This
//! file reads and reports; the rules are pure functions over one file's text in `tidy/rules.rs`.

mod rules;

use crate::shell::{Result, read_text, tracked_files};

/// Reports every breach of every rule as `file:line: message`.
///
/// # Errors
/// There was a finding, or the files could not be read.
pub(crate) fn run() -> Result {
    let mut findings = Vec::new();
    let files = tracked_files()?;
    for path in &files {
        if let Some(text) = read_text(path)? {
            findings.extend(rules::check(path, &text));
        }
    }
    if findings.is_empty() {
        println!("{} files are tidy", files.len());
        return Ok(());
    }
    for finding in &findings {
        println!("{finding}");
    }
    Err(format!("{} places are not tidy", findings.len()))
}
