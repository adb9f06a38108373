//! The one tool that pip installs: a public tester of HTTP interfaces, in a virtual environment under `target/`. Python
//! itself comes from the system's packages.

use crate::shell::{self, Result, command, root};

const REQUIREMENTS: &str = "web/tests/openapi/requirements.txt";
const FOLDER: &str = "target/schemathesis";

/// Whether Python can make virtual environments, which Debian packs apart.
pub(super) fn can_make_environments() -> bool {
    shell::succeeds(command("python3").args(["-c", "import ensurepip, venv"]))
}

/// Installs the tester, unless that of this list is there.
///
/// # Errors
/// Python or pip failed, or the files cannot be read or written.
pub(super) fn tester() -> Result {
    let (folder, requirements) = (root().join(FOLDER), root().join(REQUIREMENTS));
    let stamp = folder.join("installed-requirements.txt");
    let wanted = std::fs::read(&requirements).map_err(|error| format!("cannot read {REQUIREMENTS}: {error}"))?;
    if std::fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("installing Schemathesis from {REQUIREMENTS} into {FOLDER} with pip");
    shell::run(command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = folder.join("bin/pip");
    let quiet = ["install", "--quiet", "--disable-pip-version-check", "--requirement"];
    shell::run(command(&pip).args(quiet).arg(&requirements))?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}
