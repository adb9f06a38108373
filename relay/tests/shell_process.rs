//! The `scorelay-relay` program: what it prints, how it refuses bad configurations and addresses in use, and how it
//! ends at a signal.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::net::SocketAddr;
use std::process::Stdio;

use scorelay_protocol::client::RelayMessage;
use shell_kit::client::{Came, TestClient};
use shell_kit::core::TestCore;
use shell_kit::{LONG, http, until};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

fn relay(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scorelay-relay"));
    command.env_clear().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What a program that gives up at once says on its error output.
async fn fails(args: &[&str]) -> String {
    let output = timeout(LONG, relay(args).output()).await.unwrap().unwrap();
    assert!(!output.status.success(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The addresses it prints, until there are `count`.
async fn addresses(child: &mut Child, count: usize) -> Vec<String> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut found = Vec::new();
    while found.len() < count {
        found.push(timeout(LONG, lines.next_line()).await.unwrap().unwrap().expect("another address"));
    }
    found
}

fn socket(line: &str, prefix: &str) -> SocketAddr {
    line.strip_prefix(prefix).unwrap_or_else(|| panic!("{line}")).parse().unwrap()
}

/// E1, T5: SIGTERM sends clients away, ends every part and says success.
#[tokio::test(flavor = "multi_thread")]
async fn it_runs_until_it_is_told_to_stop() {
    let core = TestCore::start().await;
    core.board("chat").await;
    let upstream = core.addr.to_string();
    let any = "127.0.0.1:0";
    let args =
        ["--upstream", &upstream, "--listen", any, "--metrics", any, "--link", "tcp:127.0.0.1:0", "--name", "edge-7"];
    let mut child = relay(&args).spawn().unwrap();
    let lines = addresses(&mut child, 3).await;
    let (public, private) = (socket(&lines[0], "listen http://"), socket(&lines[1], "metrics http://"));
    assert!(lines[2].starts_with("link tcp:127.0.0.1:"), "{lines:?}");
    until("it is ready", async || http::get(private, "/readyz").await.status == 200).await;
    assert_eq!(core.log().await, ["opened edge-7"]);
    let mut client = TestClient::connect(public, "/v1/live").await;
    client.greet().await;
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert!(matches!(client.next_but_ticks().await, Came::Message(RelayMessage::GoAway { .. })));
    while !matches!(client.next().await, Came::End) {}
    drop(client);
    assert!(timeout(LONG, child.wait()).await.unwrap().unwrap().success());
}

/// What it logs is asked for by a flag, by its own variable or by the general one, in this order, and is plain text
/// where no terminal shows it.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_as_asked_for() {
    let core = TestCore::start().await;
    let upstream = core.addr.to_string();
    let base = ["--upstream", &upstream, "--listen", "none", "--metrics", "none", "--link", "tcp:127.0.0.1:0"];
    for (flags, vars, logs) in [
        (&[][..], &[][..], true),
        (&[], &[("RUST_LOG", "off")], false),
        (&[], &[("RUST_LOG", "off"), ("SCORELAY_LOG", "info")], true),
        (&["--log", "off"], &[("SCORELAY_LOG", "info")], false),
    ] {
        let mut child = relay(&[&base[..], flags].concat()).envs(vars.iter().copied()).spawn().unwrap();
        addresses(&mut child, 1).await;
        let pid = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        let output = timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.contains("shutting down"), logs, "{flags:?} {vars:?}: {said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let link = format!("tcp:{addr}");
    for args in [["--listen", &addr, "--metrics", "none"], ["--listen", "none", "--metrics", &addr]] {
        let said = fails(&[&["--upstream", "unix:nowhere.sock"], &args[..]].concat()).await;
        assert!(said.contains("cannot-listen") && said.contains(&addr), "{said}");
    }
    let said =
        fails(&["--upstream", "unix:nowhere.sock", "--listen", "none", "--metrics", "none", "--link", &link]).await;
    assert!(said.contains("cannot-listen") && said.contains(&link), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_configuration_is_named_by_file_line_and_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("relay.toml");
    std::fs::write(&path, "upstream = \"unix:core.sock\"\nlisten = \"none\"\nmetrics = \"none\"\ncolour = \"red\"\n")
        .unwrap();
    let file = path.to_str().unwrap();
    let said = fails(&["--config", file]).await;
    assert!(said.contains("bad-config") && said.contains("relay.toml:4:") && said.contains("colour"), "{said}");
    let said = fails(&[]).await;
    assert!(said.contains("bad-config") && said.contains("upstream"), "{said}");
    let said = fails(&["--config", "nowhere.toml"]).await;
    assert!(said.contains("bad-config") && said.contains("nowhere.toml"), "{said}");
    let none = ["--upstream", "unix:core.sock", "--listen", "none", "--metrics", "none"];
    let said = fails(&[&none[..], &["--link", "tcp:0.0.0.0:0"]].concat()).await;
    assert!(said.contains("bad-config") && said.contains("token file"), "{said}");
    let said = fails(&[&none[..], &["--pages", dir.path().to_str().unwrap()]].concat()).await;
    assert!(said.contains("bad-pages") && said.contains("index.html"), "{said}");
    let said = fails(&[&none[..], &["--upstream-token-file", file]].concat()).await;
    assert!(said.contains("bad-config") && said.contains("relay.toml"), "{said}");
}
