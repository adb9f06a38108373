//! Bad input to the process itself: each is refused with its code and a sentence that says what to do.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use scorelay_protocol::limits::SUBPROTOCOL;

use crate::common::core::Home;
use crate::common::stream::Listener;
use crate::process::get;
use crate::wire::Bare;

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn a_second_process_on_the_data_directory_is_refused() {
    let home = Home::new();
    let _core = home.serve(&[]);
    says(&home.fails(&[]), &["error[data-in-use]", "another process", "data"]);
}

#[test]
fn a_port_in_use_is_named() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flags in [&["--listen", &address][..], &["--metrics", &address], &["--link", &format!("tcp:{address}")]] {
        says(&home.fails(flags), &["error[cannot-listen]", &address]);
    }
    assert!(home.serve(&[]).process.terminate(), "nothing was left behind");
}

#[test]
fn a_corrupt_store_is_refused_and_left_as_it_is() {
    let home = Home::new();
    let core = home.serve(&["--demo", "--demo-rate", "1000"]);
    core.reaches("scorelay_core_commit_seconds_count", 3.0);
    assert!(core.process.terminate());
    let journal = fs::read_dir(home.path("data/store/db"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "jnl"))
        .expect("the store has a journal");
    let mut bytes = fs::read(&journal).unwrap();
    let entity = bytes.windows(5).rposition(|bytes| bytes == b"demo:").expect("the journal has rows");
    bytes[entity] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    for _ in 0..2 {
        says(&home.fails(&[]), &["error[store-damaged]", "data/store", "backup"]);
    }
}

#[test]
fn an_unknown_key_is_named_with_file_and_line() {
    let home = Home::with("tick_ms = 50\n\n[[board]]\nid = \"b\"\ncolour = \"red\"\n");
    says(&home.fails(&[]), &["error[bad-config]", "core.toml:5: ", "unknown field `colour`"]);
}

#[test]
fn bad_flags_are_refused() {
    let home = Home::new();
    says(&home.fails(&["--listen", "everywhere"]), &["error[bad-config]", "--listen", "`everywhere`"]);
    says(&home.fails(&["--link", "udp:1"]), &["error[bad-config]", "--link"]);
    says(&home.fails(&["--colour", "red"]), &["--colour"]);
}

/// The relay in a core takes no more clients than its operator allows.
#[test]
fn the_embedded_relay_has_its_limits_from_the_core() {
    for limit in ["--connections", "--connections-per-address"] {
        let home = Home::new();
        let mut core = home.serve(&["--listen", "127.0.0.1:0", limit, "1"]);
        let listen = core.process.address("listen");
        let (_first, _) = Bare::connect(&listen, None);
        let host = listen.strip_prefix("http://").expect("an http origin");
        let mut second = TcpStream::connect(host).expect("it listens");
        let request = format!(
            "GET /v1/live HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             sec-websocket-protocol: {SUBPROTOCOL}\r\n\r\n"
        );
        second.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        BufReader::new(second).read_line(&mut answer).expect("it answers");
        let status = if limit == "--connections" { " 503 " } else { " 429 " };
        assert!(answer.contains(status), "{limit}: {answer}");
    }
}

#[test]
fn a_link_that_others_can_reach_needs_tokens() {
    let home = Home::new();
    says(&home.fails(&["--link", "tcp:0.0.0.0:0"]), &["error[bad-config]", "0.0.0.0", "token"]);
    let missing = home.path("none").to_string_lossy().into_owned();
    says(&home.fails(&["--link-tokens-file", &missing]), &["error[bad-config]", "none"]);
}

#[test]
fn an_unreachable_source_is_tried_again_and_visible() {
    let gone = Listener::new();
    let port = gone.port();
    drop(gone);
    let home = Home::with(&format!(
        "[[source]]\nname = \"chat\"\nkind = \"irc\"\nserver = \"127.0.0.1\"\nport = {port}\nchannels = [\"#c\"]\n\
         [[source]]\nname = \"stream\"\nkind = \"http-stream\"\nurl = \"http://127.0.0.1:{port}/\"\n"
    ));
    let core = home.serve(&[]);
    for (source, kind) in [("chat", "irc"), ("stream", "http-stream")] {
        let labels = format!("{{source=\"{source}\",kind=\"{kind}\"}}");
        core.reaches(&format!("scorelay_core_source_reconnects_total{labels}"), 2.0);
        assert_eq!(core.metric(&format!("scorelay_core_source_up{labels}")), 0.0);
    }
    let (_, metrics) = get(&core.metrics, "/metrics").expect("it answers");
    for source in ["chat", "stream"] {
        let error = metrics
            .lines()
            .find(|line| line.starts_with(&format!("scorelay_core_source_last_error{{source=\"{source}\"")));
        says(error.unwrap_or_else(|| panic!("{metrics}")), &["cannot connect", "refused"]);
    }
    assert!(core.process.terminate(), "it is otherwise well");
}
