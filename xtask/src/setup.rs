//! What the tests and the demo need besides a Rust toolchain, installed when missing and announced when installed. It
//! changes the machine only as root, and otherwise says what a person has to install. This file is about components of
//! Rust and packages of the system; the tools of the npm package are in `setup/wasm.rs`, Node in `setup/node.rs`,
//! what pip installs in `setup/python.rs`.

mod node;
mod python;
mod wasm;

use crate::shell::{self, Result, cargo, command, installed};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A program from the system's packages.
struct Package {
    program: &'static str,
    found: fn(&Package) -> bool,
    /// Its package in Debian and Ubuntu.
    name: &'static str,
    reason: &'static str,
    /// The service that the package would start.
    service: Option<&'static str>,
}

const PACKAGES: &[Package] = &[
    Package {
        program: "git",
        found: in_path,
        name: "git",
        reason: "the checks read the list of tracked files",
        service: None,
    },
    Package {
        program: "ngircd",
        found: in_path,
        name: "ngircd",
        reason: "the end-to-end test talks on a real IRC server",
        service: Some("ngircd.service"),
    },
    Package {
        program: "python3",
        found: in_path,
        name: "python3",
        reason: "the bridge in Python is tested",
        service: None,
    },
    Package {
        program: "python3 -m venv",
        found: |_| python::can_make_environments(),
        name: "python3-venv",
        reason: "the HTTP interface is tried by a tester that pip installs",
        service: None,
    },
    Package {
        program: "chromium",
        found: |_| shell::chromium().is_some(),
        name: "chromium",
        reason: "the web pages are tested in a real browser (the variable CHROMIUM may name another)",
        service: None,
    },
];

/// What only the measures need.
const MEASURED: &[Package] = &[
    Package {
        program: "redis-server",
        found: in_path,
        name: "redis-server",
        reason: "it is one of the peers",
        service: Some("redis-server.service"),
    },
    Package {
        program: "taskset",
        found: in_path,
        name: "util-linux",
        reason: "servers under measure have a core of their own",
        service: None,
    },
];
/// What counts instructions; only the long run needs it.
const VALGRIND: Package = Package {
    program: "valgrind",
    found: in_path,
    name: "valgrind",
    reason: "instructions of the hot paths are counted by its tool callgrind",
    service: None,
};

fn in_path(package: &Package) -> bool {
    installed(package.program)
}

/// Sub-commands of cargo that rustup brings: (sub-command, component).
const COMPONENTS: &[(&str, &str)] = &[("fmt", "rustfmt"), ("clippy", "clippy")];

/// Installs what `cargo xtask test` needs and does not find.
///
/// # Errors
/// Something is missing and cannot be installed from here; the message says what to install.
pub(crate) fn everything() -> Result {
    components()?;
    packages(PACKAGES)?;
    python::tester()?;
    web()
}

/// Installs what building the npm package and the web pages needs and does not find.
///
/// # Errors
/// As [`everything`].
pub(crate) fn web() -> Result {
    node::check()?;
    wasm::tools()?;
    node::packages()
}

/// Installs what the measures need besides: the peers.
///
/// # Errors
/// As [`everything`].
pub(crate) fn measures() -> Result {
    packages(PACKAGES)?;
    packages(MEASURED)?;
    web()?;
    node::peers()
}

/// Installs what `cargo xtask counts` needs and does not find.
///
/// # Errors
/// As [`everything`].
pub(crate) fn valgrind() -> Result {
    packages(&[VALGRIND])
}

/// Installs a cargo sub-command from the registry, unless it is there.
///
/// # Errors
/// Building or downloading it failed.
pub(crate) fn cargo_tool(subcommand: &str, package: &str) -> Result {
    if shell::succeeds(&mut cargo(&format!("{subcommand} --version"))) {
        return Ok(());
    }
    println!("installing {package} with `cargo install {package} --locked` (some minutes)");
    shell::run(&mut cargo(&format!("install {package} --locked")))
}

fn components() -> Result {
    for (subcommand, component) in COMPONENTS {
        if shell::succeeds(&mut cargo(&format!("{subcommand} --version"))) {
            continue;
        }
        if !installed("rustup") {
            return Err(format!(
                "`cargo {subcommand}` is missing and there is no rustup to install it with; \
                 install rustup from https://rustup.rs, or the package of your system that holds {component}"
            ));
        }
        println!("installing the {component} component with rustup");
        shell::run(command("rustup").args(["component", "add", component]))?;
    }
    Ok(())
}

fn packages(wanted: &[Package]) -> Result {
    let missing: Vec<&Package> = wanted.iter().filter(|package| !(package.found)(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|package| package.name).collect::<Vec<_>>();
    let reasons =
        missing.iter().map(|package| format!("  {}: {}\n", package.program, package.reason)).collect::<String>();
    if !is_root() || !installed("apt-get") {
        return Err(format!(
            "these programs are missing, and only root on Debian or Ubuntu can have them installed \
             from here:\n{reasons}install them, for instance with `sudo apt-get install {}`, and run \
             the command again",
            names.join(" ")
        ));
    }
    print!("installing with apt-get:\n{reasons}");
    let _held = NoServices::hold()?;
    for service in missing.iter().filter_map(|package| package.service) {
        mask(service)?;
    }
    shell::run(apt_get().arg("update"))?;
    shell::run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(names))
}

fn apt_get() -> std::process::Command {
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "Dpkg::Use-Pty=0"]);
    apt
}

fn is_root() -> bool {
    shell::capture(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Keeps a daemon that is installed only for the tests from being started by systemd, now or at the
/// next boot.
fn mask(service: &str) -> Result {
    let units = Path::new("/etc/systemd/system");
    let unit = units.join(service);
    if !units.is_dir() || unit.symlink_metadata().is_ok() {
        return Ok(());
    }
    println!("  {service} is masked: the tests start their own; `systemctl unmask {service}` undoes it");
    symlink("/dev/null", &unit).map_err(|error| format!("cannot mask {}: {error}", unit.display()))
}

/// While held, Debian's package scripts start no service (`policy-rc.d` answers 101: forbidden).
struct NoServices(Option<PathBuf>);

impl NoServices {
    fn hold() -> Result<Self> {
        let policy = PathBuf::from("/usr/sbin/policy-rc.d");
        if policy.exists() {
            return Ok(Self(None));
        }
        let failed = |error| format!("cannot write {}: {error}", policy.display());
        std::fs::write(&policy, "#!/bin/sh\nexit 101\n").map_err(failed)?;
        std::fs::set_permissions(&policy, PermissionsExt::from_mode(0o755)).map_err(failed)?;
        Ok(Self(Some(policy)))
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(policy) = &self.0
            && let Err(error) = std::fs::remove_file(policy)
        {
            eprintln!("warning: remove {} by hand: {error}", policy.display());
        }
    }
}
