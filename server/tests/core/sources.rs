//! Sources against servers that misbehave as real ones do: they end, come back, repeat themselves and talk nonsense.

use scorelay_protocol::client::Add;
use scorelay_protocol::feed::{Body, DirectoryChange, Feed};

use crate::common::core::{Core, Home};
use crate::common::stream::{Listener, Peer, block};
use crate::process::get;
use crate::wire::Bare;

fn applied(core: &Core, source: &str, count: u32) {
    core.reaches(&format!("scorelay_core_events_total{{source=\"{source}\",outcome=\"applied\"}}"), f64::from(count));
}

/// S1: the stream is read whatever its bodies hold, and asked for again when it ends.
#[test]
fn a_stream_that_ends_is_asked_for_again() {
    let listener = Listener::new();
    let url = format!("http://127.0.0.1:{}/stream?x=1", listener.port());
    let home = Home::with(&format!("[[source]]\nname = \"stream\"\nkind = \"http-stream\"\nurl = \"{url}\"\n"));
    let core = home.serve(&[]);

    let mut first = listener.accept();
    assert!(first.line().starts_with("GET /stream?x=1 HTTP/1.1"));
    while !first.line().is_empty() {}
    first.write("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");

    let mut second = listener.accept_http();
    let text = [block("ann", "} { \"x\""), block("жук", "привет 🎉"), block("ann", "")].concat();
    let (one, two) = text.as_bytes().split_at(text.len() / 2);
    assert!(second.write_bytes(one));
    assert!(second.write_bytes(two));
    second.write("event: privmsg\nse-data: {\"command\":\"CLEARCHAT\",\"nick\":\"\",\"room\":\"\",\"body\":\"\"}\n\n");
    second.write("event: privmsg\nse-data: {oops}\n\n");
    applied(&core, "stream", 3);
    core.reaches("scorelay_core_events_total{source=\"stream\",outcome=\"ignored\"}", 1.0);
    core.reaches("scorelay_core_events_total{source=\"stream\",outcome=\"unparsable\"}", 1.0);
    let (head, failed) = get(&core.metrics, "/stats/failedMessages").expect("an answer");
    assert!(head.contains("200"), "{head}");
    assert_eq!(failed, r#"["{oops}"]"#);
    second.close();

    let mut third = listener.accept_http();
    third.write(&block("ann", "back"));
    applied(&core, "stream", 4);
    core.reaches("scorelay_core_source_reconnects_total{source=\"stream\",kind=\"http-stream\"}", 2.0);
    core.reaches("scorelay_core_source_up{source=\"stream\",kind=\"http-stream\"}", 1.0);
    let scores = home.scores("messages");
    assert_eq!(scores["irc:ann"], "3");
    assert_eq!(scores["irc:жук"], "1");
}

/// Lets the source in and gives its channels.
fn welcome(peer: &mut Peer, server: &str) -> String {
    let nick = peer.until(|line| line.starts_with("NICK "))["NICK ".len()..].to_owned();
    peer.until(|line| line.starts_with("USER "));
    peer.write(&format!(":{server} 001 {nick} :Welcome\r\n"));
    peer.until(|line| line.starts_with("JOIN "))["JOIN ".len()..].to_owned()
}

#[test]
fn an_irc_source_comes_back_answers_pings_and_drops_repeats() {
    let listener = Listener::new();
    let home = Home::with(&format!(
        "[[source]]\nname = \"chat\"\nkind = \"irc\"\nserver = \"127.0.0.1\"\nport = {}\nchannels = [\"#a\", \"#b\"]\n\
         tags = true\npassword_file = \"secret\"\n",
        listener.port()
    ));
    std::fs::write(home.path("secret"), "oauth:xyz\n").unwrap();
    let core = home.serve(&[]);

    let mut peer = listener.accept();
    assert_eq!(peer.line(), "CAP REQ :twitch.tv/tags twitch.tv/commands");
    assert_eq!(peer.line(), "PASS oauth:xyz");
    let nick = peer.line();
    assert!(nick.starts_with("NICK justinfan"), "{nick}");
    let nick = &nick["NICK ".len()..];
    assert!(peer.line().starts_with("USER "));
    peer.write(":s CAP * ACK :twitch.tv/tags twitch.tv/commands\r\n");
    assert_eq!(peer.line(), "CAP END");
    peer.write(&format!(":s 433 * {nick} :Nickname is already in use\r\n"));
    let other = peer.line();
    assert!(other.starts_with(&format!("NICK {nick}")) && other.len() > nick.len() + 5, "{other}");
    peer.write(&format!(":s 001 {} :Welcome\r\n", &other["NICK ".len()..]));
    assert_eq!(peer.line(), "JOIN #a,#b");
    peer.write("PING :are you there\r\n");
    assert_eq!(peer.line(), "PONG :are you there");

    let tagged = "@id=m1;user-id=77;display-name=Ada :ada!a@h PRIVMSG #a :hello\r\n";
    peer.write(tagged);
    peer.write(":bob!b@h PRIVMSG #b :hi {there}\r\n:bob!b@h PRIVMSG me :psst\r\n");
    peer.write(&format!(":bob!b@h PRIVMSG #b :{}\r\n", "x".repeat(200_000)));
    peer.write(":bob!b@h PRIVMSG #b :still here\r\n");
    applied(&core, "chat", 3);
    peer.write(tagged);
    core.reaches("scorelay_core_events_total{source=\"chat\",outcome=\"repeated\"}", 1.0);
    core.reaches("scorelay_core_events_total{source=\"chat\",outcome=\"unparsable\"}", 1.0);
    core.reaches("scorelay_core_events_total{source=\"chat\",outcome=\"ignored\"}", 1.0);
    peer.write(":s RECONNECT\r\n");
    assert!(peer.ended(), "it leaves when asked to");

    let mut peer = listener.accept();
    assert_eq!(welcome(&mut peer, "s"), "#a,#b");
    peer.write(tagged);
    core.reaches("scorelay_core_events_total{source=\"chat\",outcome=\"repeated\"}", 2.0);
    peer.write(&tagged.replace("m1", "m2"));
    applied(&core, "chat", 4);
    peer.close();
    let mut peer = listener.accept();
    welcome(&mut peer, "s");
    core.reaches("scorelay_core_source_up{source=\"chat\",kind=\"irc\"}", 1.0);
    let scores = home.scores("messages");
    assert_eq!((scores["twitch:77"].as_str(), scores["irc:bob"].as_str()), ("2", "2"));
}

/// A crowd of a random seed always says the same, and its boards are marked as made up.
#[test]
fn a_demo_marks_its_boards_synthetic() {
    let home = Home::with("[[source]]\nname = \"crowd\"\nkind = \"demo\"\nsize = 20\nrate = 500.0\nseed = 3\n");
    let mut core = home.serve(&["--listen", "127.0.0.1:0"]);
    applied(&core, "crowd", 50);
    let listen = core.process.address("listen");
    let scores = home.scores("messages");
    assert!(scores.len() > 3 && scores.keys().all(|entity| entity.starts_with("demo:")), "{scores:?}");
    let (mut client, _) = Bare::connect(&listen, None);
    client.watch(Vec::new(), vec![Add { feed: Feed::Directory, known: None }]);
    let synthetic = client.tick("the directory", |tick| {
        tick.bodies.iter().find_map(|body| match body {
            Body::Directory { changes, .. } => changes.iter().find_map(|change| match change {
                DirectoryChange::Put(board) => Some(board.synthetic),
                DirectoryChange::Rows { .. } | DirectoryChange::Gone(_) => None,
            }),
            _ => None,
        })
    });
    assert!(synthetic, "whoever shows the board can say that it was made up");
}
