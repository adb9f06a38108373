//! A meet on the command line, as people would script it: made, joined, changed with and without a network, published,
//! all through a real core with its embedded relay.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::process::{Process, free_port, path, ready, scorelay};

/// The folder of a test with a core that keeps meets.
struct Hall {
    dir: tempfile::TempDir,
    url: String,
    port: u16,
}

impl Hall {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let port = free_port();
        std::fs::write(dir.path().join("password"), "correct horse\n").expect("it can be written");
        std::fs::write(dir.path().join("core.toml"), "[meets]\nkey_file = \"receipts.key\"\n")
            .expect("it can be written");
        Self { url: format!("http://127.0.0.1:{port}"), port, dir }
    }

    fn core(&self) -> Process {
        let (config, data) = (self.file("core.toml"), self.file("data"));
        let listen = format!("127.0.0.1:{}", self.port);
        let arguments = [
            "serve",
            "--config",
            path(&config),
            "--data",
            path(&data),
            "--listen",
            &listen,
            "--metrics",
            "127.0.0.1:0",
        ];
        let mut core = Process::start(&scorelay(), &arguments, self.dir.path());
        ready(&core.address("metrics"));
        core
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs `scorelay meet` with the state file of this desk.
    fn run(&self, desk: &str, arguments: &[&str]) -> Output {
        let state = self.file(&format!("{desk}.meet"));
        let mut command = Command::new(scorelay());
        command.arg("meet").args(arguments).args(["--state", path(&state)]).current_dir(self.dir.path());
        command.output().expect("the program runs")
    }

    fn json(&self, desk: &str, arguments: &[&str]) -> Value {
        let output = self.run(desk, arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "meet {arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    fn refused(&self, desk: &str, arguments: &[&str]) -> String {
        let output = self.run(desk, arguments);
        assert!(!output.status.success(), "meet {arguments:?} went well");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn create(&self) -> String {
        let password = self.file("password");
        let places = "desk=100,platform=50";
        let arguments =
            ["create", &self.url, "--location", "desk", "--locations", places, "--password-file", path(&password)];
        let made = self.json("desk", &arguments);
        made["meet"].as_str().expect("a meet's id").to_owned()
    }

    fn join(&self, desk: &str, meet: &str) -> Value {
        let password = self.file("password");
        self.json(desk, &["join", &self.url, meet, "--location", desk, "--password-file", path(&password)])
    }
}

/// L1, L2, L5, L7, L8, L11: a whole meet in a script. The core goes away in the middle, and what is typed meanwhile
/// waits; of two changes of one path the higher location's stands, and the other is told.
#[test]
fn a_meet_can_be_scripted() {
    let hall = Hall::new();
    let core = hall.core();
    let meet = hall.create();
    assert_eq!(hall.join("platform", &meet)["state"], "live");
    let url = hall.url.as_str();
    let set = hall.json("desk", &["set", url, "meet.name", "\"Open\"", "meet.city", "\"Bern\"", "--wait"]);
    assert_eq!((&set["pending"], &set["overruled"]), (&json!(0), &json!([])));
    hall.json("platform", &["sync", url]);
    assert_eq!(hall.json("platform", &["get", "meet.name"]), json!("Open"));

    core.kill();
    let waits = hall.run("platform", &["set", url, "meet.name", "\"Platform's\""]);
    assert!(waits.status.success());
    assert!(String::from_utf8_lossy(&waits.stderr).contains("1 change waiting"));
    assert_eq!(hall.json("platform", &["get", "meet.name"]), json!("Platform's"));
    assert_eq!(hall.json("platform", &["pending"])["pending"][0]["path"], "meet.name");

    let core = hall.core();
    hall.json("desk", &["set", url, "meet.name", "\"Desk's\"", "--wait"]);
    let synced = hall.json("platform", &["sync", url]);
    assert_eq!((&synced["pending"], &synced["overruled"][0]["why"]), (&json!(0), &json!("conflict")));
    assert_eq!(hall.json("platform", &["get", "meet.name"]), json!("Desk's"));
    hall.json("desk", &["sync", url]);
    let (one, other) = (hall.run("desk", &["log"]).stdout, hall.run("platform", &["log"]).stdout);
    assert!(one == other && !one.is_empty(), "both hold one log");

    std::fs::write(hall.file("results.csv"), "OPL Format v1,Submit by email\n").expect("it can be written");
    let publish = ["publish", url, "results.csv", "--return-address", "results@example.org", "--force"];
    assert!(hall.refused("platform", &publish).contains("error[not-creator]"));
    assert_eq!(hall.json("desk", &publish)["number"], 1);
    let late = hall.json("platform", &["set", url, "meet.name", "\"Late\"", "--wait"]);
    assert_eq!((&late["finished"], &late["overruled"][1]["why"]), (&json!(true), &json!("late")));
    assert!(core.terminate());
}

/// L3, L12, L17: a display link shows what is public; what is wrong is refused with its code, and no token is told.
#[test]
fn a_display_sees_what_is_public() {
    let hall = Hall::new();
    let _core = hall.core();
    let meet = hall.create();
    let url = hall.url.as_str();
    let entry = r#"{"name":"A. Lifter","notes":"private"}"#;
    hall.json("desk", &["set", url, "registration.entries[5000]", entry, "meet.name", "\"Open\"", "--wait"]);
    let made = hall.json("desk", &["display", url]);
    let link = made["link"].as_str().expect("a link");
    let shown = Command::new(scorelay()).args(["meet", "watch-display", link, "--seconds", "3"]).output();
    let shown = String::from_utf8(shown.expect("the program runs").stdout).expect("it is text");
    assert!(shown.contains("A. Lifter") && shown.contains("Open") && !shown.contains("private"), "{shown}");
    let who = hall.json("desk", &["who", url]);
    assert_eq!(who.as_array().map(Vec::len), Some(2), "{who}");
    assert!(!who.to_string().contains(link.rsplit_once('#').expect("a token").1));

    std::fs::write(hall.file("password"), "not the right one\n").expect("it can be written");
    let password = hall.file("password");
    let join = ["join", url, &meet, "--location", "platform", "--password-file", path(&password)];
    assert!(hall.refused("stranger", &join).contains("error[bad-login]"));
    assert!(hall.refused("desk", &["set", url, "meet.shoe", "1"]).contains("error[bad-path]"));
    assert!(hall.refused("desk", &["set", url, "meet.lengthDays", "\"x\""]).contains("error[bad-value]"));
    assert!(hall.refused("nobody", &["get"]).contains("error[bad-state-file]"));
    hall.json("desk", &["leave", url]);
    assert!(hall.refused("desk", &["sync", url]).contains("error[bad-session]"));
}
