//! Sources over TLS against real servers whose certificates are signed by an authority of the operator's own: trusted
//! by `ca_file`, and by nothing else.

use crate::common::core::{Core, Home};
use crate::common::stream::{Listener, block};
use crate::common::tls::Authority;
use crate::irc::{IrcClient, IrcServer};
use crate::process::{free_port, get};
use crate::until::{DEADLINE, until};

fn irc(name: &str, port: u16, more: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nkind = \"irc\"\nserver = \"127.0.0.1\"\nport = {port}\ntls = true\n\
         channels = [\"#one\"]\nnick = \"{name}\"\n{more}"
    )
}

fn stream(name: &str, host: &str, port: u16, ca: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nkind = \"http-stream\"\nurl = \"https://{host}:{port}/stream\"\nca_file = \"{ca}\"\n"
    )
}

/// Waits until the source's last error says all of `parts`, and looks that it never was up.
fn refused(core: &Core, source: &str, kind: &str, parts: &[&str]) {
    let error = format!("scorelay_core_source_last_error{{source=\"{source}\",");
    until(&format!("{source} fails with {parts:?}"), DEADLINE, || {
        let (_, metrics) = get(&core.metrics, "/metrics")?;
        let line = metrics.lines().find(|line| line.starts_with(&error))?;
        parts.iter().all(|part| line.contains(part)).then_some(())
    });
    core.reaches(&format!("scorelay_core_source_reconnects_total{{source=\"{source}\",kind=\"{kind}\"}}"), 1.0);
    assert_eq!(core.metric(&format!("scorelay_core_source_up{{source=\"{source}\",kind=\"{kind}\"}}")), 0.0);
}

/// Chat of an IRC server (ngircd) over TLS, trusted by `ca_file`; a server that another authority vouches for, or that
/// only `ca_file` would vouch for, is refused with the reason.
#[test]
fn an_irc_server_is_trusted_by_its_own_authority_only() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let port = free_port();
    let config = [
        irc("scorebot", port, "ca_file = \"ours.pem\"\n"),
        irc("strangers", port, "ca_file = \"other.pem\"\n"),
        irc("web", port, ""),
    ];
    let home = Home::with(&config.concat());
    ours.write(&home.path("ours.pem"));
    other.write(&home.path("other.pem"));
    let (certificate, key) = ours.sign("127.0.0.1").write(home.dir.path());
    let server = IrcServer::start_tls(home.dir.path(), port, &certificate, &key);
    let core = home.serve(&[]);
    let (mut ann, mut bert) = (IrcClient::join(&server, "ann"), IrcClient::join(&server, "bert"));
    ann.sees("#one", "scorebot");
    ann.say("#one", "hello over TLS", &mut bert);
    ann.say("#one", "and again", &mut bert);
    bert.say("#one", "hello", &mut ann);
    core.reaches("scorelay_core_events_total{source=\"scorebot\",outcome=\"applied\"}", 3.0);
    let scores = home.scores("messages");
    assert_eq!((scores["irc:ann"].as_str(), scores["irc:bert"].as_str(), scores.len()), ("2", "1", 2));
    for source in ["strangers", "web"] {
        let why = ["cannot connect to 127.0.0.1:", "TLS: ", "UnknownIssuer"];
        refused(&core, source, "irc", &why);
    }
    assert!(core.process.terminate(), "it is otherwise well");
}

/// S1: the stream over TLS, trusted by `ca_file`; a certificate for another name and one of another authority are
/// refused.
#[test]
fn a_stream_is_trusted_by_its_own_authority_and_name_only() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let identity = ours.sign("localhost").server();
    let (good, misnamed, foreign) = (Listener::new(), Listener::new(), Listener::new());
    let config = [
        stream("stream", "localhost", good.port(), "ours.pem"),
        stream("misnamed", "127.0.0.1", misnamed.port(), "ours.pem"),
        stream("foreign", "localhost", foreign.port(), "other.pem"),
    ];
    let home = Home::with(&config.concat());
    ours.write(&home.path("ours.pem"));
    other.write(&home.path("other.pem"));
    let core = home.serve(&[]);
    let mut first = good.accept_tls(&identity).expect("it trusts us");
    assert_eq!(first.answer_http(), "GET /stream HTTP/1.1");
    let text = [block("ann", "} { \"x\""), block("жук", "привет 🎉"), block("ann", "")].concat();
    assert!(first.write(&text));
    core.reaches("scorelay_core_events_total{source=\"stream\",outcome=\"applied\"}", 3.0);
    first.close();
    let mut second = good.accept_tls(&identity).expect("it comes back");
    second.answer_http();
    assert!(second.write(&block("ann", "back")));
    core.reaches("scorelay_core_events_total{source=\"stream\",outcome=\"applied\"}", 4.0);
    assert_eq!(home.scores("messages")["irc:ann"], "3");

    let refusals = [("misnamed", &misnamed, "not valid for name"), ("foreign", &foreign, "UnknownIssuer")];
    for (source, listener, why) in refusals {
        // Under TLS 1.3 the server may be through with the handshake before the source's refusal reaches it.
        let told = listener.accept_tls(&identity).map(|mut peer| peer.line_or_end());
        assert!(told.is_err() || told == Ok(None), "{source} sent a request: {told:?}");
        refused(&core, source, "http-stream", &["cannot connect to https://", why]);
    }
}
