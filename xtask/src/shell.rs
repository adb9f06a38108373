//! How xtask finds the checkout and starts other programs. It runs them and says which one failed and how to run it
//! again; it decides nothing about what should run, which is the business of `test.rs`, `setup.rs` and `demo.rs`.

use std::ffi::OsStr;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A failure is a message for a person: what went wrong, and what to do next.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_path_buf)
}

/// The folder cargo builds into.
pub(crate) fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// `program` started in the checkout, without the variables that `cargo run` set for xtask itself: build scripts
/// watch some of them, and crates would be built anew each time a person changes between `cargo` and `cargo xtask`.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    command
}

fn set_by_cargo_run(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| variable.starts_with(prefix))
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&variable)
}

/// The cargo that runs xtask, with arguments split at blanks.
pub(crate) fn cargo(arguments: &str) -> Command {
    tool(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// npm in the checkout, with arguments split at blanks. What it runs finds the debug binaries and the browser by
/// `SCORELAY_BIN`, `SCORELAY_RELAY_BIN` and `CHROMIUM`.
pub(crate) fn npm(arguments: &str) -> Command {
    let mut npm = tool("npm", arguments);
    let debug = target_dir().join("debug");
    npm.env("SCORELAY_BIN", debug.join("scorelay")).env("SCORELAY_RELAY_BIN", debug.join("scorelay-relay"));
    if let Some(chromium) = chromium() {
        npm.env("CHROMIUM", chromium);
    }
    npm
}

/// A program found in [`search_path`], with arguments split at blanks; what it starts finds the same programs.
pub(crate) fn tool(program: impl AsRef<OsStr>, arguments: &str) -> Command {
    let mut command = command(program);
    if let Ok(path) = std::env::join_paths(search_path()) {
        command.env("PATH", path);
    }
    command.args(arguments.split_whitespace());
    command
}

/// `PATH`, then where cargo installs to, then where Debian keeps daemons, which an ordinary user's `PATH` lacks: the
/// tests start one.
fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let more = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    for folder in cargo_home().map(|home| home.join("bin")).into_iter().chain(more) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn cargo_home() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home)
}

/// Whether `program` can be started by name from [`tool`].
pub(crate) fn installed(program: &str) -> bool {
    find(program).is_some()
}

fn find(program: &str) -> Option<PathBuf> {
    search_path().iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The browser of the tests: what `CHROMIUM` names, else the one that is installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(find))
}

/// Runs to the end, output straight to the terminal.
///
/// # Errors
/// The program could not be started, or ended with anything but success.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", shown(command))) }
}

/// Runs to the end and returns its standard output; its standard error goes to the terminal.
///
/// # Errors
/// As [`run`], or the output is not UTF-8.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(format!("`{}` ended with {}", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{}` printed something that is not UTF-8", shown(command)))
}

/// Whether the program starts and ends well, its output thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Prints a whole report; a reader that closes early, as `head` does, is no failure.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub(crate) fn print(report: &str) -> Result {
    match std::io::stdout().write_all(report.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write to standard output: {error}")),
        _ => Ok(()),
    }
}

/// Paths of the files git tracks, relative to the checkout, sorted; those deleted but not yet committed are left out.
///
/// # Errors
/// git is missing, or this is not a git checkout.
pub(crate) fn tracked_files() -> Result<Vec<String>> {
    let listed = capture(command("git").args(["ls-files", "-z"]))
        .map_err(|error| format!("{error}; the checks read what git tracks, so run them in a git checkout"))?;
    let root = root();
    let mut files: Vec<String> =
        listed.split('\0').filter(|path| !path.is_empty() && root.join(path).is_file()).map(str::to_owned).collect();
    files.sort();
    Ok(files)
}

/// The text of a file of the checkout, or nothing if it holds no UTF-8, as images do not.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read_text(path: &str) -> Result<Option<String>> {
    let bytes = std::fs::read(root().join(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
    Ok(String::from_utf8(bytes).ok())
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", shown(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("xtask/Cargo.toml").is_file());
    }

    #[test]
    fn a_failing_command_is_named_with_its_arguments() {
        let error = run(command("false").arg("--really")).expect_err("false must fail");
        assert!(error.starts_with("`false --really` ended with exit status: 1"), "{error}");
        let error = run(&mut command("no-such-program-here")).expect_err("there is no such program");
        assert!(error.starts_with("cannot start `no-such-program-here`"), "{error}");
    }

    #[test]
    fn output_is_captured_only_from_success() {
        assert_eq!(capture(command("echo").arg("seen")), Ok("seen\n".to_owned()));
        assert!(capture(command("sh").args(["-c", "echo seen; exit 3"])).is_err());
    }

    #[test]
    fn cargo_run_leaves_no_trace_in_what_is_started() {
        let environment = capture(&mut command("env")).expect("env runs");
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some(), "cargo sets it for tests too");
        assert!(!environment.contains("CARGO_PKG_NAME="), "{environment}");
    }

    #[test]
    fn programs_are_found_by_name() {
        assert!(installed("sh"));
        assert!(!installed("no-such-program-here"));
    }
}
