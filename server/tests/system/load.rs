//! `scorelay load` as an operator runs it, on a real core with the synthetic crowd: what clients hold is compared, signals
//! end it well, and whatever keeps clients out is said.

use std::process::{Command, Output};

use serde_json::Value;

use crate::process::{Process, free_port, path, ready, scorelay};
use crate::until::{DEADLINE, until};

/// A core with a crowd of made-up people, and where clients connect.
fn crowd(dir: &tempfile::TempDir, rate: &str, more: &[&str]) -> (Process, String) {
    let data = dir.path().join("data");
    let arguments = ["serve", "--demo", "--demo-size", "500", "--demo-rate", rate, "--data", path(&data)];
    let open = ["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut core = Process::start(&scorelay(), &[&arguments[..], &open[..], more].concat(), dir.path());
    let (origin, metrics) = (core.address("listen"), core.address("metrics"));
    ready(&metrics);
    (core, origin)
}

fn load(arguments: &[&str]) -> Output {
    Command::new(scorelay()).arg("load").args(arguments).output().expect("the program runs")
}

/// The two counts of compared rows in a line of progress: among clients, and with HTTP.
fn compared(line: &str) -> Option<(u64, u64)> {
    let (among, http) = line.split_once("rows compared: ")?.1.split_once(" among clients, ")?;
    Some((among.parse().ok()?, http.split(' ').next()?.parse().ok()?))
}

/// 50 clients on a busy board agree with each other and with the relay's HTTP rows; SIGTERM ends them well.
#[test]
fn clients_hold_what_others_hold_and_what_the_relay_says() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (_core, origin) = crowd(&dir, "500", &[]);
    let arguments = ["load", &origin, "--clients", "50", "--connect-rate", "500", "--scroll", "500ms"];
    let load = Process::start(&scorelay(), &arguments, dir.path());
    let mut last = String::new();
    until("rows are compared both ways", DEADLINE, || {
        last = load.lines.try_iter().last().unwrap_or_else(|| last.clone());
        let both = compared(&last).is_some_and(|(among, http)| among > 0 && http > 0);
        (both && last.contains("clients 50/50")).then_some(())
    });
    assert!(last.contains("wrong 0"), "{last}");
    assert!(load.terminate());
}

/// A load that ends by itself says what it came to in one line of JSON.
#[test]
fn a_load_ends_with_one_line_for_programs() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (_core, origin) = crowd(&dir, "5", &[]);
    let socket = origin.replace("http://", "ws://");
    let mix = "top:10=1,random:150=1,track=1";
    let output = load(&[&socket, "--clients", "12", "--windows", mix, "--for", "500ms", "--json"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("12 of 12 clients connected"), "{told}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("one object and nothing else");
    assert_eq!((&summary["ok"], &summary["clients"]["connected"]), (&Value::Bool(true), &Value::from(12)));
    assert!(summary["http"]["same"].as_u64().is_some_and(|same| same > 0), "{summary}");
    assert_eq!((&summary["http"]["wrong"], &summary["agree"]["wrong"]), (&Value::from(0), &Value::from(0)));
    assert!(summary["whole"]["count"].as_u64().is_some_and(|whole| whole > 0), "{summary}");
}

/// Where the relay has no room for all, the exit code says so, and the text what to set.
#[test]
fn a_relay_that_is_full_is_told_apart_from_one_that_is_gone() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (_core, origin) = crowd(&dir, "5", &["--connections-per-address", "5"]);
    let output = load(&[&origin, "--clients", "12", "--for", "2s"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for part in ["error[unreachable]: ", "of 12 clients", "too-many-connections", "`connections_per_address`"] {
        assert!(told.contains(part), "{told}");
    }
}

/// What cannot begin says why, and with which code.
#[test]
fn a_load_that_cannot_begin_says_why() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let (_core, origin) = crowd(&dir, "5", &[]);
    for (arguments, parts) in [
        (vec![nobody.as_str()], ["error[unreachable]: ", "connection-refused"]),
        (vec![origin.as_str(), "--board", "none"], ["error[no-such-board]: ", "there are messages"]),
        (vec!["127.0.0.1:1"], ["error[bad-config]: ", "no address of a relay"]),
        (vec![origin.as_str(), "--clients", "4000000000"], ["error[bad-config]: ", "ulimit -Hn"]),
    ] {
        let output = load(&arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(parts.iter().all(|part| told.contains(part)), "{arguments:?}: {told}");
    }
}
