//! `cargo xtask errors`: keeps `docs/errors.md` equal to what the error codes in `protocol/` say of themselves. The
//! page is printed by the example `errors` of `scorelay-protocol`; nothing here knows a code.

use crate::shell::{Result, capture, cargo, read_text, root};

const PAGE: &str = "docs/errors.md";
const PRINT: &str = "run --quiet --locked -p scorelay-protocol --example errors";

/// Options of `cargo xtask errors`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the page is not what the codes say.
    #[arg(long)]
    check: bool,
}

/// Writes the page, or checks it.
///
/// # Errors
/// The page could not be printed or written, or does not match when checking.
pub(crate) fn run(args: &Args) -> Result {
    if args.check {
        return check();
    }
    let page = capture(&mut cargo(PRINT))?;
    std::fs::write(root().join(PAGE), page).map_err(|error| format!("cannot write {PAGE}: {error}"))?;
    println!("wrote {PAGE}");
    Ok(())
}

/// Compares the page in the checkout with what the codes say.
///
/// # Errors
/// They differ; the message names the first line that does.
pub(crate) fn check() -> Result {
    let wanted = capture(&mut cargo(PRINT))?;
    let found = if root().join(PAGE).exists() { read_text(PAGE)?.unwrap_or_default() } else { String::new() };
    match first_difference(&wanted, &found) {
        None => Ok(()),
        Some(line) => Err(format!("{PAGE}:{line}: not what the codes in protocol/ say; run `cargo xtask errors`")),
    }
}

/// The number of the first line that differs, from 1.
fn first_difference(wanted: &str, found: &str) -> Option<usize> {
    if wanted == found {
        return None;
    }
    let same = wanted.lines().zip(found.lines()).take_while(|(wanted, found)| wanted == found).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some(2));
        assert_eq!(first_difference("a\n", ""), Some(1));
        assert_eq!(first_difference("a\n", "a"), Some(2));
    }
}
