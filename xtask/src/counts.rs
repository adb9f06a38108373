//! `cargo xtask counts`: how many instructions each pure hot path takes, counted by callgrind, beside what it took when
//! `bench/counts.toml` was written. Such counts are the same on a busy machine, so a regression shows at once. What runs on
//! each path is in `bench/counts`; times are the affair of `bench/`.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::setup;
use crate::shell::{self, Result, capture, cargo, command, print, root, target_dir};

/// Options of `cargo xtask counts`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these paths.
    paths: Vec<String>,
    /// Write what is counted now as the reference.
    #[arg(long)]
    accept: bool,
}

const REFERENCE: &str = "bench/counts.toml";
/// A count may rise by this part of itself: small changes elsewhere move code and its inlining.
const MAY_RISE: f64 = 0.03;
/// A change below this is none.
const NOTHING: f64 = 0.000_5;

/// Instructions of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Count {
    path: String,
    instructions: u64,
    /// Of what there were how many: `message`, 1000.
    each: String,
    items: u64,
}

/// What was counted once, and by which build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Reference {
    build: String,
    paths: Vec<(String, u64)>,
}

/// Counts, compares and prints a table.
///
/// # Errors
/// A count rose, has no reference, or could not be taken.
pub(crate) fn run(args: &Args) -> Result {
    setup::valgrind()?;
    shell::run(&mut cargo("build --release --package scorelay-counts --locked"))?;
    let known = listed()?;
    if let Some(unknown) = args.paths.iter().find(|name| !known.contains(name)) {
        return Err(format!("there is no path {unknown}, but {}", known.join(", ")));
    }
    let wanted = known.iter().filter(|name| args.paths.is_empty() || args.paths.contains(name));
    let counts = wanted.map(|name| count(name)).collect::<Result<Vec<_>>>()?;
    let mut reference = std::fs::read_to_string(root().join(REFERENCE)).map(|text| read(&text)).unwrap_or_default();
    let build = build()?;
    let comparable = reference.build == build;
    print(&table(&counts, comparable.then_some(&reference)))?;
    if args.accept {
        reference
            .paths
            .retain(|(name, _)| comparable && known.contains(name) && !counts.iter().any(|count| count.path == *name));
        reference.paths.extend(counts.into_iter().map(|count| (count.path, count.instructions)));
        reference.paths.sort_by_key(|(name, _)| known.iter().position(|known| known == name));
        reference.build = build;
        return std::fs::write(root().join(REFERENCE), written(&reference))
            .map_err(|error| format!("cannot write {REFERENCE}: {error}"));
    }
    if !comparable {
        println!("NOT COMPARED: {REFERENCE} is of {}, and this is {build}", reference.build);
        return Ok(());
    }
    verdict(&counts, &reference)
}

/// The stage of `cargo xtask test --long`.
///
/// # Errors
/// As [`run`].
pub(crate) fn check() -> Result {
    run(&Args { paths: Vec::new(), accept: false })
}

fn program() -> PathBuf {
    target_dir().join("release/scorelay-counts")
}

fn listed() -> Result<Vec<String>> {
    Ok(capture(&mut command(program()))?.lines().map(str::to_owned).collect())
}

fn count(name: &str) -> Result<Count> {
    let folder = target_dir().join("counts");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let file = folder.join(format!("{name}.out"));
    let mut valgrind = command("valgrind");
    // The address of the stack, and with it how memory is aligned, depends on the size of the environment.
    valgrind.env_clear();
    valgrind.args(["--quiet", "--tool=callgrind", "--toggle-collect=*counted_part*"]);
    valgrind.arg(format!("--callgrind-out-file={}", file.display())).arg(program()).arg(name);
    let said = capture(&mut valgrind)?;
    let profile = std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let number = |text: &str| text.trim().parse::<u64>().ok().filter(|number| *number > 0);
    let instructions = profile.lines().find_map(|line| number(line.strip_prefix("totals:")?));
    let words: Vec<&str> = said.split_whitespace().collect();
    match (instructions, &words[..]) {
        (Some(instructions), [_, each, items]) => {
            let items = number(items).ok_or_else(|| format!("{name} did nothing: {said}"))?;
            Ok(Count { path: name.to_owned(), instructions, each: (*each).to_owned(), items })
        }
        _ => Err(format!("callgrind collected nothing of {name}")),
    }
}

/// What a count depends on besides the code.
fn build() -> Result<String> {
    let rustc = capture(command("rustc").arg("--version"))?;
    Ok(format!("{} on {}", rustc.trim(), std::env::consts::ARCH))
}

fn read(text: &str) -> Reference {
    let mut reference = Reference::default();
    for (key, value) in text.lines().filter_map(|line| line.split_once(" = ")) {
        match value.trim().parse() {
            Ok(instructions) => reference.paths.push((key.to_owned(), instructions)),
            Err(_) if key == "build" => reference.build = value.trim_matches('"').to_owned(),
            Err(_) => {}
        }
    }
    reference
}

fn written(reference: &Reference) -> String {
    let mut text = format!(
        "# Instructions of the pure hot paths, for what bench/counts does on each; `cargo xtask counts` compares, and\n\
         # `cargo xtask counts --accept` writes this file.\n\nbuild = \"{}\"\n\n[instructions]\n",
        reference.build
    );
    for (path, instructions) in &reference.paths {
        let _ = writeln!(text, "{path} = {instructions}");
    }
    text
}

fn change(count: &Count, reference: &Reference) -> Option<f64> {
    let (_, before) = reference.paths.iter().find(|(path, _)| *path == count.path)?;
    Some(count.instructions as f64 / *before as f64 - 1.0)
}

fn table(counts: &[Count], reference: Option<&Reference>) -> String {
    let mut text = format!("{:<8} {:>13} {:>18}  {}\n", "path", "instructions", "for each", "against the reference");
    for count in counts {
        let each = format!("{} {}", count.instructions / count.items, count.each);
        let compared = match reference.map(|reference| change(count, reference)) {
            None => String::new(),
            Some(None) => "none yet".to_owned(),
            Some(Some(change)) if change.abs() < NOTHING => "the same".to_owned(),
            Some(Some(change)) => format!("{:+.1} %", change * 100.0),
        };
        text += format!("{:<8} {:>13} {each:>18}  {compared}", count.path, count.instructions).trim_end();
        text += "\n";
    }
    text
}

fn verdict(counts: &[Count], reference: &Reference) -> Result {
    let mut wrong = Vec::new();
    let mut fell = Vec::new();
    for count in counts {
        match change(count, reference) {
            None => wrong.push(format!("{} has no reference", count.path)),
            Some(change) if change > MAY_RISE => {
                wrong.push(format!("{} takes {:.1} % more", count.path, change * 100.0))
            }
            Some(change) if change < -MAY_RISE => fell.push(count.path.as_str()),
            Some(_) => {}
        }
    }
    if !fell.is_empty() {
        println!("{} fell by more than the tolerance: keep it so with `cargo xtask counts --accept`", fell.join(", "));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}; `callgrind_annotate target/counts/PATH.out` shows where; where it has to be so, \
         `cargo xtask counts --accept` makes it the reference",
        wrong.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> Reference {
        Reference { build: "rustc 1 on x".into(), paths: vec![("walk".into(), 1_000), ("rank".into(), 500)] }
    }

    fn count(path: &str, instructions: u64) -> Count {
        Count { path: path.into(), instructions, each: "row".into(), items: 10 }
    }

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(read(&written(&reference())), reference());
    }

    #[test]
    fn the_reference_of_this_checkout_names_its_build() {
        let text = shell::read_text(REFERENCE).expect("it is there").expect("it is text");
        let reference = read(&text);
        assert!(reference.build.starts_with("rustc ") && reference.paths.len() > 5, "{reference:?}");
    }

    #[test]
    fn a_little_more_is_let_pass_and_more_than_that_is_not() {
        assert_eq!(verdict(&[count("walk", 1_029), count("rank", 300)], &reference()), Ok(()));
        let error = verdict(&[count("walk", 1_031), count("rank", 500)], &reference()).expect_err("it rose");
        assert!(error.starts_with("walk takes 3.1 % more; ") && error.contains("--accept"), "{error}");
        let error = verdict(&[count("new", 1)], &reference()).expect_err("nothing to compare with");
        assert!(error.starts_with("new has no reference; "), "{error}");
    }

    #[test]
    fn the_table_shows_each_and_the_change() {
        let shown = table(&[count("walk", 1_100), count("rank", 500), count("new", 7)], Some(&reference()));
        let lines: Vec<Vec<&str>> = shown.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["walk", "1100", "110", "row", "+10.0", "%"]);
        assert_eq!(lines[1], ["rank", "500", "50", "row", "the", "same"]);
        assert_eq!(lines[2], ["new", "7", "0", "row", "none", "yet"]);
    }
}
