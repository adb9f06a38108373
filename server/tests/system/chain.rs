//! Chat in, ranks out through a chain of two relays: a real IRC server, three people talking in two channels, and a
//! kill of each part in turn while somebody watches the far end.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::irc::{IrcClient, IrcServer};
use crate::process::{Process, free_port, metric, path, ready, scorelay, scorelay_relay};
use crate::until::{DEADLINE, throughout};
use crate::watch::{Row, Watch};

/// What recovery may take.
const RECOVERY: Duration = Duration::from_secs(10);
/// What a kill may cost.
const COMMIT: Duration = Duration::from_millis(200);

/// The independent count: who wrote how much, and who got there first.
#[derive(Default)]
struct Tally(Vec<(String, i64, usize)>, usize);

impl Tally {
    fn count(&mut self, nick: &str) {
        self.1 += 1;
        let entity = format!("irc:{nick}");
        match self.0.iter_mut().find(|(who, ..)| *who == entity) {
            Some((_, count, at)) => (*count, *at) = (*count + 1, self.1),
            None => self.0.push((entity, 1, self.1)),
        }
    }

    fn rows(&self) -> Vec<Row> {
        let mut sorted = self.0.clone();
        sorted.sort_by_key(|(_, count, at)| (-count, *at));
        sorted.into_iter().enumerate().map(|(i, (who, count, _))| (i as u64 + 1, who, count)).collect()
    }
}

struct Ports {
    core: u16,
    relay: u16,
}

fn core(dir: &Path, ports: &Ports) -> Process {
    let (config, data) = (dir.join("core.toml"), dir.join("data"));
    let link = format!("tcp:127.0.0.1:{}", ports.core);
    let arguments = ["serve", "--config", path(&config), "--data", path(&data)];
    let more = ["--listen", "none", "--link", &link, "--metrics", "127.0.0.1:0"];
    Process::start(&scorelay(), &[&arguments[..], &more[..]].concat(), dir)
}

fn first_relay(dir: &Path, ports: &Ports) -> Process {
    let (up, down) = (format!("tcp:127.0.0.1:{}", ports.core), format!("tcp:127.0.0.1:{}", ports.relay));
    let arguments = ["--upstream", &up, "--listen", "127.0.0.1:0", "--link", &down, "--metrics", "127.0.0.1:0"];
    Process::start(&scorelay_relay(), &arguments, dir)
}

fn second_relay(dir: &Path, ports: &Ports) -> Process {
    let up = format!("tcp:127.0.0.1:{}", ports.relay);
    let arguments = ["--upstream", &up, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    Process::start(&scorelay_relay(), &arguments, dir)
}

/// Each says something to each channel, one more than the one before.
fn talk(people: &mut [IrcClient], tally: &mut Tally, rounds: usize) {
    for round in 0..rounds {
        for speaker in 0..people.len() {
            let listener = (speaker + 1) % people.len();
            let [speaker, listener] = people.get_disjoint_mut([speaker, listener]).expect("two people");
            if round % (2 + speaker.nick.len() % 3) == 1 {
                continue;
            }
            let channel = if round % 2 == 0 { "#one" } else { "#two" };
            speaker.say(channel, &format!("round {round} of {}: {{}} ü", speaker.nick.clone()), listener);
            tally.count(&speaker.nick);
        }
    }
}

/// E2, E6, E10, E12, E14: from chat to the far end of a chain, exactly; `kill -9` of the core and of the first relay:
/// served on as stale, right again within 10 s, on the same connection, nothing older than 200 ms missing.
#[test]
fn chat_is_counted_through_a_chain_and_over_kills() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let irc = IrcServer::start(dir);
    let mut people: Vec<IrcClient> = ["ann", "bert", "cecil"].map(|nick| IrcClient::join(&irc, nick)).into();
    let ports = Ports { core: free_port(), relay: free_port() };
    let config = format!(
        "[[source]]\nname = \"chat\"\nkind = \"irc\"\nserver = \"127.0.0.1\"\nport = {}\n\
         channels = [\"#one\", \"#two\"]\nnick = \"scorebot\"\n",
        irc.port
    );
    std::fs::write(dir.join("core.toml"), config).unwrap();

    let mut first_core = core(dir, &ports);
    let mut relay = first_relay(dir, &ports);
    let mut edge = second_relay(dir, &ports);
    let (edge_origin, edge_metrics) = (edge.address("listen"), edge.address("metrics"));
    ready(&first_core.address("metrics"));
    ready(&relay.address("metrics"));
    ready(&edge_metrics);
    let mut watch = Watch::start(&edge_origin, "messages", (1, 10), &["irc:bert", "irc:nobody"], dir);
    let bot_is_there = |person: &mut IrcClient| ["#one", "#two"].iter().for_each(|c| person.sees(c, "scorebot"));
    bot_is_there(&mut people[0]);

    let mut tally = Tally::default();
    talk(&mut people, &mut tally, 20);
    watch.shows(&tally.rows(), DEADLINE);
    let state = watch.state().cloned().expect("it showed rows");
    assert_eq!(state["board"], "messages");
    assert_eq!(state["total"], 3);
    assert_eq!(state["stale"], false);
    let bert = tally.rows().into_iter().find(|(_, who, _)| who == "irc:bert").expect("bert wrote");
    let tracked = state["tracked"].as_array().expect("tracked is a list");
    assert_eq!(tracked[0]["entity"], "irc:bert");
    assert_eq!((tracked[0]["rank"].as_u64(), tracked[0]["score"].as_i64()), (Some(bert.0), Some(bert.2)));
    assert_eq!((&tracked[1]["entity"], &tracked[1]["rank"]), (&"irc:nobody".into(), &serde_json::Value::Null));

    // The core dies, 200 ms after the last message.
    let said = tally.rows();
    throughout("the board stands still", COMMIT, || watch.rows().as_deref() == Some(&said));
    first_core.kill();
    watch.says_stale(true, RECOVERY);
    assert_eq!(watch.rows().as_deref(), Some(&said[..]), "the relays serve on");
    people[0].misses("#one", "scorebot");
    let second_core = core(dir, &ports);
    let started = Instant::now();
    bot_is_there(&mut people[0]);
    talk(&mut people, &mut tally, 6);
    watch.shows(&tally.rows(), RECOVERY);
    watch.says_stale(false, RECOVERY);
    assert!(started.elapsed() < DEADLINE);

    // The first relay dies while people talk.
    relay.kill();
    talk(&mut people, &mut tally, 3);
    watch.says_stale(true, RECOVERY);
    let second_relay = first_relay(dir, &ports);
    watch.shows(&tally.rows(), RECOVERY);
    watch.says_stale(false, RECOVERY);
    talk(&mut people, &mut tally, 5);
    watch.shows(&tally.rows(), RECOVERY);
    assert_eq!(metric(&edge_metrics, "scorelay_relay_connects_total"), Some(1.0), "the client never reconnected");

    assert!(edge.terminate() && second_relay.terminate() && second_core.terminate(), "all end well");
}
