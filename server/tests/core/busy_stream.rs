//! A busy chat's HTTP stream with everything that such a stream has in it, held against a count made here: messages in
//! any script and with braces, gifts and raids, messages taken back, other events, and lines that are broken in many
//! ways.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::core::{Core, Home};
use crate::common::stream::{Listener, Peer};
use crate::process::{get, resident};
use crate::until::{DEADLINE, until};

/// Blocks of each of the three parts; with the bodies below 60 MB in all.
const PART: u64 = 9_000;
/// What the core's memory may grow by after the first part: less than one part is long.
const MORE: u64 = 16 * 1024 * 1024;
const BODIES: [&str; 5] = ["} { \"quoted\" \\ {{", "привет 🎉 жук", "se-data: {}", "日本語 と 한국어", "plain"];
const BROKEN: [&str; 4] = ["{", "{\"body\":\"no end", "[1,2]", "nonsense"];

/// What everything so far comes to.
#[derive(Default)]
struct Tally {
    messages: BTreeMap<String, i64>,
    gifts: BTreeMap<String, i64>,
    raids: BTreeMap<String, i64>,
    applied: u32,
    ignored: u32,
    unparsable: u32,
    /// Different things that could not be read, oldest first.
    failed: Vec<String>,
}

impl Tally {
    fn fails(&mut self, text: &str) {
        self.unparsable += 1;
        if !self.failed.iter().any(|known| known == text) {
            self.failed.push(text.to_owned());
        }
    }

    /// Block number `n`, counted.
    fn block(&mut self, n: u64) -> String {
        let id = n * n % 41;
        let (who, tags) = match id % 5 {
            0 => (format!("irc:nick{id}"), String::new()),
            _ => (format!("twitch:{id}"), format!("user-id={id};")),
        };
        let mut data =
            json!({"command": "", "room": "#room", "nick": format!("nick{id}"), "target": "", "body": "", "tags": ""});
        match n % 50 {
            7 => {
                data["command"] = "CLEARCHAT".into();
                (data["target"], data["nick"]) = (format!("nick{id}").into(), "".into());
                data["tags"] = if tags.is_empty() { "".into() } else { format!("target-user-id={id}").into() };
                self.messages.remove(&who);
            }
            14 | 15 => {
                data["command"] = "USERNOTICE".into();
                data["tags"] = format!("{tags}id=n{n};login=nick{id};msg-id=subgift").into();
                *self.gifts.entry(who).or_default() += 1;
            }
            23 => {
                data["command"] = "USERNOTICE".into();
                data["tags"] = format!("{tags}id=n{n};login=nick{id};msg-id=raid;msg-param-viewerCount=12").into();
                *self.raids.entry(who).or_default() += 12;
            }
            24 => {
                data["command"] = "USERNOTICE".into();
                data["tags"] = format!("{tags}id=n{n};login=nick{id};msg-id=resub").into();
                self.ignored += 1;
                return block(&data);
            }
            31 => {
                self.ignored += 1;
                return "event: ping\nse-data: {}\n\n: still here\n\n".into();
            }
            32..=34 => {
                let text = BROKEN[(n / 50 % 4) as usize];
                self.fails(text);
                return format!("event: privmsg\nse-data: {text}\n\n");
            }
            35 if n % 500 == 35 => {
                let text = format!("{{\"nick\": number {n}}}");
                self.fails(&text);
                return format!("event: privmsg\nse-data: {text}\n\n");
            }
            _ => {
                let body = BODIES[(n % 5) as usize];
                data["body"] = format!("{body} {}", body.repeat(100)).into();
                data["tags"] = format!("{tags}id=m{n};display-name=Nick{id}").into();
                *self.messages.entry(who).or_default() += 1;
            }
        }
        self.applied += 1;
        block(&data)
    }

    fn reached(&self, core: &Core) {
        for (outcome, count) in [("applied", self.applied), ("ignored", self.ignored), ("unparsable", self.unparsable)]
        {
            let name = format!("scorelay_core_events_total{{source=\"chat\",outcome=\"{outcome}\"}}");
            core.reaches(&name, f64::from(count));
            assert_eq!(core.metric(&name), f64::from(count), "{outcome}");
        }
    }

    fn holds(&self, home: &Home) {
        for (board, scores) in [("messages", &self.messages), ("gifts", &self.gifts), ("raids", &self.raids)] {
            let expected: BTreeMap<String, String> =
                scores.iter().map(|(entity, score)| (entity.clone(), score.to_string())).collect();
            assert_eq!(home.scores(board), expected, "{board}");
        }
    }
}

fn block(data: &Value) -> String {
    format!("event: privmsg\nse-data: {data}\n\n")
}

fn failed(core: &Core) -> Vec<String> {
    let (_, body) = get(&core.metrics, "/stats/failedMessages").expect("an answer");
    serde_json::from_str(&body).expect("a list of texts")
}

fn write(peer: &mut Peer, tally: &mut Tally, blocks: std::ops::Range<u64>) {
    for n in blocks {
        assert!(peer.write(&tally.block(n)), "the core reads");
    }
}

/// S1, S4, E18: the tallies are right, what failed is listed once and no longer than may be, memory stays within bounds
/// while the stream ends, comes back and repeats itself.
#[test]
fn a_busy_stream_is_counted_rightly_and_within_bounds() {
    let listener = Listener::new();
    let home = Home::with(&format!(
        "[[board]]\nid = \"messages\"\ntake_back = true\n[[board]]\nid = \"gifts\"\nscorer = \"gifted-subs\"\n\
         [[board]]\nid = \"raids\"\nscorer = \"raiders\"\n\
         [[source]]\nname = \"chat\"\nkind = \"http-stream\"\nurl = \"http://127.0.0.1:{}/\"\n",
        listener.port()
    ));
    let core = home.serve(&[]);
    let mut tally = Tally::default();
    let mut first = listener.accept_http();
    write(&mut first, &mut tally, 0..PART);
    tally.reached(&core);
    tally.holds(&home);
    assert_eq!(failed(&core), tally.failed);
    let memory = resident(core.process.pid());

    // It ends within a block. The next one begins with what the last one ended with, and has a line without end.
    assert!(first.write("event: privmsg\nse-data: {\"nick\":\"cut of"));
    tally.fails("{\"nick\":\"cut of");
    first.close();
    let mut second = listener.accept_http();
    let repeated: Vec<u64> = (PART - 100..PART).filter(|n| n % 50 < 7).collect();
    for &n in &repeated {
        let again = Tally::default().block(n);
        assert!(second.write(&again), "the core reads");
    }
    assert!(second.write(&format!("event: privmsg\nse-data: {}\n\n", "x".repeat(8 * 1024 * 1024))));
    tally.fails("(a line that is too long)");
    write(&mut second, &mut tally, PART..3 * PART);
    tally.reached(&core);
    tally.holds(&home);
    let name = "scorelay_core_events_total{source=\"chat\",outcome=\"repeated\"}";
    assert_eq!((repeated.len(), core.metric(name)), (14, 14.0));
    assert_eq!(failed(&core), tally.failed);

    for n in 0..1_000 {
        let text = format!("{{\"flood\": {n}");
        tally.fails(&text);
        assert!(second.write(&format!("event: privmsg\nse-data: {text}\n\n")));
    }
    tally.reached(&core);
    let latest = tally.failed.split_off(tally.failed.len() - 256);
    until("the latest are listed", DEADLINE, || (failed(&core) == latest).then_some(()));
    let now = resident(core.process.pid());
    eprintln!("{} kB after the first part, {} kB at the end", memory / 1024, now / 1024);
    assert!(now <= memory + MORE, "{memory} bytes have become {now}");
    assert!(core.process.terminate(), "it ends well");
}
