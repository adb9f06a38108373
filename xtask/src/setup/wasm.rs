//! The tools that make the client's WebAssembly: the compiler's target, wasm-pack, and the wasm-bindgen programs of the
//! very version that `Cargo.lock` has, since they read what that version wrote. It builds nothing; the npm package's
//! own build script does.

use crate::shell::{self, Result, cargo, installed, read_text, tool};
use std::path::Path;

const TARGET: &str = "wasm32-unknown-unknown";
const WASM_PACK: &str = "0.15.1";

/// Installs those that are missing or have another version.
///
/// # Errors
/// One cannot be installed.
pub(super) fn tools() -> Result {
    target()?;
    program("wasm-pack", "wasm-pack", WASM_PACK, "--locked")?;
    let lock = read_text("Cargo.lock")?.unwrap_or_default();
    let version = locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock has no wasm-bindgen")?;
    // Without --locked: the lock file inside the package names a version that was taken back.
    program("wasm-bindgen", "wasm-bindgen-cli", version, "")
}

fn target() -> Result {
    let libraries = shell::capture(&mut tool("rustc", &format!("--print target-libdir --target {TARGET}")))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    if !installed("rustup") {
        return Err(format!(
            "Rust's target {TARGET} is missing and there is no rustup to install it with; install rustup from \
             https://rustup.rs, or the package of your system that holds the target"
        ));
    }
    println!("installing the target {TARGET} with rustup");
    shell::run(&mut tool("rustup", &format!("target add {TARGET}")))
}

fn program(program: &str, package: &str, version: &str, locked: &str) -> Result {
    let found = installed(program).then(|| shell::capture(&mut tool(program, "--version"))).transpose()?;
    let found = found.as_deref().map(printed_version);
    if found == Some(version) {
        return Ok(());
    }
    let found = found.map_or_else(|| "none is there".to_owned(), |found| format!("{found} is there"));
    println!("installing {package} {version} with cargo: {found} (some minutes)");
    shell::run(&mut cargo(&format!("install {package} --version {version} --force {locked}")))
}

/// `0.2.1` of `name 0.2.1 (more)`.
fn printed_version(output: &str) -> &str {
    output.split_whitespace().nth(1).unwrap_or_default()
}

/// The version of a package that stands in the lock file once.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "bindgen"), None);
        assert_eq!(locked_version("", "wasm-bindgen"), None);
    }

    #[test]
    fn programs_print_their_version_second() {
        assert_eq!(printed_version("wasm-bindgen 0.2.130\n"), "0.2.130");
        assert_eq!(printed_version("wasm-bindgen 0.2.130 (abc 2026)\n"), "0.2.130");
        assert_eq!(printed_version("\n"), "");
    }
}
