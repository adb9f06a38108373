//! Names and pictures from a source to whoever asks over HTTP, at the core's own relay and at one beside it; in
//! exports; over a crash; and gone with who is erased.

use std::fs;

use scorelay_protocol::event::{ChatMessage, Event, Profile};
use scorelay_protocol::link::LinkUp;
use serde_json::{Value, json};

use crate::common::core::{Core, Home};
use crate::common::publisher::Publisher;
use crate::process::{Process, get, ready, scorelay_relay};
use crate::until::{DEADLINE, until};

const BOARD: &str = "[[board]]\nid = \"chat\"\ntitle = \"Chat\"\n";
const LINK: &[&str] = &["--link", "tcp:127.0.0.1:0", "--listen", "127.0.0.1:0"];

struct House {
    home: Home,
    core: Core,
    relay: Process,
    /// Of the core's own relay and of the other.
    origins: [String; 2],
    source: Publisher,
    seq: u64,
}

impl House {
    fn open(home: Home) -> Self {
        let mut core = home.serve(LINK);
        let own = core.process.address("listen");
        let link = core.process.address("link");
        let mut relay = relay(&home, &link);
        let origins = [own, relay.address("listen")];
        let source = Publisher::connect(&link, "s", 1);
        Self { home, core, relay, origins, source, seq: 0 }
    }

    fn publish(&mut self, event: Event) {
        self.seq += 1;
        assert!(self.source.send(&LinkUp::Publish { seq: self.seq, event }));
        self.source.acknowledged(self.seq);
    }

    fn write(&mut self, author: &str, name: &str) {
        let (author, text) = (author.parse().expect("an entity"), "hello".to_owned());
        let (name, room, badges) = (name.to_owned(), "#room".to_owned(), vec!["vip".to_owned()]);
        let (id, emotes, bits) = (None, Vec::new(), 0);
        self.publish(Event::Message(ChatMessage { author, name, room, text, id, badges, emotes, bits }));
    }

    /// Waits until both relays answer like this.
    fn told(&self, path: &str, wanted: impl Fn(&str, &Value) -> bool) {
        for origin in &self.origins {
            until(&format!("{path} at {origin}"), DEADLINE, || {
                let (head, body) = get(origin, path)?;
                wanted(head.lines().next()?, &serde_json::from_str(&body).ok()?).then_some(())
            });
        }
    }

    fn run(&self, arguments: &[&str]) {
        let data = self.home.path("data").to_string_lossy().into_owned();
        let output = self.home.run(&[arguments, &["--data", &data]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn export(&self, more: &[&str]) -> Value {
        let file = self.home.path("out.json");
        self.run(&[&["export", "--board", "chat", "--out", &file.to_string_lossy()], more].concat());
        serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")
    }

    /// An export that cannot be written, after which nothing is remembered that was not before.
    fn cannot_export(&self) {
        let (data, file) = (self.home.path("data"), self.home.path("no/such/folder/out.json"));
        let [data, file] = [data, file].map(|path| path.to_string_lossy().into_owned());
        let output = self.home.run(&["export", "--board", "chat", "--remember", "--out", &file, "--data", &data]);
        assert!(!output.status.success());
    }
}

fn relay(home: &Home, link: &str) -> Process {
    let arguments = ["--upstream", link, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let mut relay = Process::start(&scorelay_relay(), &arguments, home.dir.path());
    ready(&relay.address("metrics"));
    relay
}

/// E4, E8, E19: what a source says of people is told by relays and found by name, stands in exports with how far each
/// has risen, outlives a crash, and is gone with who is erased.
#[test]
fn people_are_known_until_they_are_erased() {
    let mut house = House::open(Home::with(BOARD));
    for (author, name) in [("t:1", "Ada"), ("t:2", "Bo"), ("t:1", "Ada"), ("t:3", "Ådne")] {
        house.write(author, name);
    }
    let avatar = "https://example.com/bo.png";
    house.publish(Event::Profile(Profile {
        entity: "t:2".parse().unwrap(),
        name: "Bo".into(),
        avatar: Some(avatar.into()),
        badges: vec!["founder".into()],
    }));
    let bo = json!({ "entity": "t:2", "name": "Bo", "avatar": avatar, "badges": ["founder"], "ranks": {} });
    house.told("/v1/profiles/t:2", |_, told| told["profile"] == bo);
    let names = |told: &Value| {
        let rows = told["rows"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    house.told("/v1/boards/chat/search?name=AD", |_, told| names(told) == ["Ada", "Ådne"]);

    // Ranks are remembered by the export that says so, and told by that and the next.
    let first = house.export(&["--remember"]);
    assert_eq!(first["rows"][0]["risen"], Value::Null);
    assert_eq!((&first["rows"][1]["avatar"], &first["rows"][1]["badges"]), (&json!(avatar), &json!(["founder"])));
    for _ in 0..3 {
        house.write("t:2", "Bo");
    }
    house.core.process.kill();
    house.relay.kill();
    let home = house.home;
    let mut house = House { seq: 8, ..House::open(home) };
    house.told("/v1/profiles?ids=t:1,t:2,t:9", |_, told| {
        let ranks = |at: usize| told["profiles"][at]["ranks"]["chat"].clone();
        told["profiles"].as_array().is_some_and(|all| all.len() == 2) && (ranks(0), ranks(1)) == (json!(1), json!(2))
    });
    house.cannot_export();
    let second = house.export(&["--remember"]);
    let risen: Vec<_> = second["rows"].as_array().unwrap().iter().map(|row| row["risen"].clone()).collect();
    assert_eq!(risen, [json!(1), json!(-1), json!(0)]);
    let items = house.export(&["--format", "items"]);
    assert_eq!((&items["items"][0]["username"], &items["items"][0]["delta"]), (&json!("Bo"), &json!(0)));

    house.run(&["erase", "t:2"]);
    house.write("t:2", "Bo");
    house.told("/v1/profiles/t:2", |head, _| head.contains("404"));
    house.told("/v1/boards/chat/search?name=bo", |_, told| told["rows"] == json!([]));
    house.told("/v1/profiles?ids=t:1,t:2", |_, told| told["profiles"].as_array().is_some_and(|all| all.len() == 1));
    assert!(!house.export(&[]).to_string().contains("Bo"));

    // The same from a store that nobody serves.
    assert!(house.core.process.terminate());
    let offline = House { core: Home::new().serve(&[]), ..house };
    offline.cannot_export();
    let rows = offline.export(&["--remember"]);
    assert_eq!((&rows["rows"][0]["name"], &rows["rows"][0]["risen"]), (&json!("Ada"), &json!(1)));
    assert!(!rows.to_string().contains("t:2"), "{rows}");
    assert_eq!(offline.export(&["--remember"])["rows"][0]["risen"], json!(0));
}
