//! Node and what npm installs. Node itself is never installed from here: systems carry it in too many ways; the
//! packages are, exactly as `package-lock.json` has them, and only when they are not those already.

use crate::shell::{self, Result, installed, npm, root, tool};
use std::path::Path;

const OLDEST_NODE: u32 = 20;
/// A copy of the lock file that the packages in `node_modules` were installed from.
const STAMP: &str = "node_modules/.installed-package-lock.json";

/// Whether Node and npm are there.
///
/// # Errors
/// One is missing or too old; the message says what to do.
pub(super) fn check() -> Result {
    let advice = format!("install Node {OLDEST_NODE} or later with npm from https://nodejs.org, or by your system");
    for program in ["node", "npm"] {
        if !installed(program) {
            return Err(format!("`{program}` is missing, which builds and tests the npm package; {advice}"));
        }
    }
    let version = shell::capture(&mut tool("node", "--version"))?;
    match major(&version) {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => Err(format!("this is Node {}; {advice}", version.trim())),
    }
}

/// `20` of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the npm packages of all workspaces, unless those of this lock file are there.
///
/// # Errors
/// npm failed, or the files cannot be read or written.
pub(super) fn packages() -> Result {
    install(".", "ci --no-audit --no-fund")
}

/// Installs the packages of the measures' peers, unless those of their lock file are there. Not by `npm ci`: that one
/// insists on entries for every platform of a native package that is optional, which not every registry tells of.
///
/// # Errors
/// As [`packages`].
pub(super) fn peers() -> Result {
    install("bench/peers", "install --no-save --no-audit --no-fund")
}

fn install(folder: &str, arguments: &str) -> Result {
    let folder = root().join(folder);
    let (lock, stamp) = (folder.join("package-lock.json"), folder.join(STAMP));
    if same(&lock, &stamp)? {
        return Ok(());
    }
    println!("installing the npm packages of {} with `npm {arguments}`", lock.display());
    shell::run(npm(arguments).current_dir(&folder))?;
    std::fs::copy(&lock, &stamp).map_err(|error| format!("cannot write {}: {error}", stamp.display()))?;
    Ok(())
}

/// Whether the second file is there and equals the first.
fn same(lock: &Path, stamp: &Path) -> Result<bool> {
    let wanted = std::fs::read(lock).map_err(|error| format!("cannot read {}: {error}", lock.display()))?;
    Ok(std::fs::read(stamp).is_ok_and(|found| found == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1.0"), Some(8));
        assert_eq!(major("20"), None);
    }

    #[test]
    fn packages_are_current_only_with_the_very_lock_file() {
        let file = |path: &str| root().join(path);
        assert_eq!(same(&file("Cargo.toml"), &file("Cargo.toml")), Ok(true));
        assert_eq!(same(&file("Cargo.toml"), &file("Cargo.lock")), Ok(false));
        assert_eq!(same(&file("Cargo.toml"), &file("no-such-file")), Ok(false));
        assert!(same(&file("no-such-file"), &file("Cargo.toml")).is_err());
    }
}
