//! The Discord source against a gateway that speaks Discord's protocol and ends connections as Discord does.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::core::{Core, Home};
use crate::common::gateway::{CALM_MS, Gateway, message};
use crate::common::stream::Listener;
use crate::process::get;
use crate::until::throughout;

const BOARDS: &str = "[[board]]\nid = \"said\"\ntake_back = true\n[[board]]\nid = \"emotes\"\nscorer = \"emotes\"\n\
                      [[board]]\nid = \"one\"\nfilter = { rooms = [\"#general\"] }\n";

/// A core that reads the gateway at this port.
fn open(listener: &Listener, more: &str) -> (Home, Core) {
    let port = listener.port();
    let home = Home::with(&format!(
        "{BOARDS}[[source]]\nname = \"dc\"\nkind = \"discord\"\ntoken_file = \"token\"\ngateway = \"ws://127.0.0.1:{port}\"\n{more}"
    ));
    std::fs::write(home.path("token"), "secret.token\n").expect("it can be written");
    let core = home.serve(&[]);
    (home, core)
}

fn counted(core: &Core, outcome: &str, count: u32) {
    core.reaches(&format!("scorelay_core_events_total{{source=\"dc\",outcome=\"{outcome}\"}}"), f64::from(count));
}

fn with(mut message: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        message[key] = value.clone();
    }
    message
}

fn score(home: &Home, board: &str, entity: &str) -> Option<String> {
    home.scores(board).remove(entity)
}

/// E8, E10: what people write on Discord counts, once, in rooms named as they see them; what bots write does not; what
/// moderators delete and whom they ban is taken back.
#[test]
fn messages_of_discord_count_until_they_are_taken_back() {
    let listener = Listener::new();
    let (home, core) = open(&listener, "guilds = [\"100\"]\nchannels = [\"200\"]\n");
    let mut gateway = Gateway::accept(&listener, CALM_MS);
    assert!(gateway.path.contains("v=10") && gateway.path.contains("encoding=json"), "{}", gateway.path);
    let at = format!("ws://127.0.0.1:{}", listener.port());
    let identify = gateway.identified("s-1", &at);
    assert_eq!(identify["token"], "Bot secret.token");
    // Servers, bans, messages, and what they say.
    assert_eq!(identify["intents"], json!((1 << 0) + (1 << 2) + (1 << 9) + (1 << 15)));
    core.reaches("scorelay_core_source_up{source=\"dc\",kind=\"discord\"}", 1.0);

    gateway.event(
        "GUILD_CREATE",
        &json!({
            "id": "100", "name": "Guild", "large": false, "members": [], "presences": [], "roles": [],
            "channels": [
                {"id": "200", "type": 0, "name": "general", "parent_id": "250", "position": 1},
                {"id": "201", "type": 0, "name": "off-topic", "parent_id": null, "position": 2},
                {"id": "250", "type": 4, "name": "Text", "position": 0},
            ],
            "threads": [{"id": "300", "type": 11, "name": "side", "parent_id": "200", "guild_id": "100"}],
        }),
    );
    gateway.event("TYPING_START", &json!({"channel_id": "200", "user_id": "1", "timestamp": 1}));
    gateway.event("MESSAGE_CREATE", &message(1, 200, 1, "hi <:Pog:12> <a:Pog:12> } привет"));
    gateway.event("MESSAGE_CREATE", &with(message(2, 300, 1, "in a thread"), json!({"type": 19})));
    gateway
        .event("MESSAGE_CREATE", &with(message(3, 200, 2, ""), json!({"embeds": [{"type": "rich", "new": {"a": 1}}]})));
    for ignored in [
        with(message(4, 200, 3, "beep"), json!({"author": {"id": "3", "username": "bot", "bot": true}})),
        with(message(5, 200, 4, "hook"), json!({"webhook_id": "4"})),
        with(message(6, 200, 5, ""), json!({"type": 7})),
        message(7, 201, 1, "elsewhere"),
        with(message(8, 200, 1, "another server"), json!({"guild_id": "101"})),
        with(message(9, 200, 1, "a private message"), json!({"guild_id": null})),
    ] {
        gateway.event("MESSAGE_CREATE", &ignored);
    }
    gateway.event("MESSAGE_CREATE", &json!({"id": "x"}));
    gateway.text("{oops}");
    gateway.event("MESSAGE_CREATE", &message(1, 200, 1, "the same again"));
    gateway.event("MESSAGE_CREATE", &message(10, 200, 2, "last <:Pog:12>"));
    // Four messages and two people's profiles.
    counted(&core, "applied", 6);
    counted(&core, "ignored", 6);
    counted(&core, "repeated", 1);
    counted(&core, "unparsable", 2);
    let (_, failed) = get(&core.metrics, "/stats/failedMessages").expect("an answer");
    assert_eq!(failed, r#"["{\"id\":\"x\"}","{oops}"]"#);
    let of_all = [("discord:1".to_owned(), "2".to_owned()), ("discord:2".to_owned(), "2".to_owned())];
    assert_eq!(home.rows("said"), of_all, "who got there first stands first");
    assert_eq!(home.rows("one"), of_all, "a thread is its channel's room");
    assert_eq!(home.rows("emotes"), [("emote:discord:12".to_owned(), "3".to_owned())]);

    let export = String::from_utf8(home.export("said", "json").stdout).expect("text");
    let picture = "https://cdn.discordapp.com/avatars/1/a_0123456789abcdef0123456789abcdef.png?size=128";
    assert!(export.contains("\"User 1\"") && export.contains(picture), "{export}");

    gateway.event("MESSAGE_DELETE", &json!({"id": "1", "channel_id": "200", "guild_id": "100"}));
    gateway.event("MESSAGE_DELETE", &json!({"id": "1", "channel_id": "201", "guild_id": "100"}));
    counted(&core, "applied", 7);
    assert_eq!(score(&home, "said", "discord:1").as_deref(), Some("1"));
    gateway.event("MESSAGE_DELETE_BULK", &json!({"ids": ["2", "3"], "channel_id": "200", "guild_id": "100"}));
    counted(&core, "applied", 9);
    assert_eq!(score(&home, "said", "discord:2").as_deref(), Some("1"));
    gateway.event(
        "GUILD_BAN_ADD",
        &json!({"guild_id": "100", "user": {"id": "2", "username": "user2", "discriminator": "0"}}),
    );
    counted(&core, "applied", 10);
    assert!(matches!(score(&home, "said", "discord:2").as_deref(), None | Some("0")));
    assert!(core.process.terminate(), "it ends well");
}

/// S1's like for Discord: after a lost connection the session is resumed where it was, what is sent again counts once;
/// where the gateway does not know it any more, a new one begins, not sooner than Discord allows.
#[test]
fn a_lost_session_is_resumed_or_begun_anew() {
    let listener = Listener::new();
    let (home, core) = open(&listener, "");
    let mut first = Gateway::accept(&listener, CALM_MS);
    first.identified("s-1", &format!("ws://127.0.0.1:{}/back", listener.port()));
    first.event("MESSAGE_CREATE", &message(1, 200, 1, "one"));
    counted(&core, "applied", 2);

    // The gateway asks for it: the session must not be given up, which code 1000 would do.
    first.say(&json!({"op": 7, "d": null}));
    assert!(matches!(first.receive(), Err(Some(code)) if code >= 4_000), "it leaves so that it can resume");
    let mut second = Gateway::accept(&listener, CALM_MS);
    assert!(second.path.starts_with("/back"), "{}", second.path);
    assert_eq!(second.resumes(), ("s-1".to_owned(), 2));
    second.seq = 2;
    second.event("MESSAGE_CREATE", &message(1, 200, 1, "one"));
    second.event("MESSAGE_CREATE", &message(2, 200, 1, "two"));
    second.event("RESUMED", &json!({}));
    counted(&core, "repeated", 1);
    counted(&core, "applied", 3);
    core.reaches("scorelay_core_source_up{source=\"dc\",kind=\"discord\"}", 1.0);

    second.breaks();
    let mut third = Gateway::accept(&listener, CALM_MS);
    assert_eq!(third.resumes(), ("s-1".to_owned(), 5));
    third.say(&json!({"op": 9, "d": false}));
    assert_eq!(third.receive(), Err(Some(1000)), "the session is given up");
    drop(third);
    let mut fourth = Gateway::accept(&listener, CALM_MS);
    assert!(!fourth.path.starts_with("/back"), "{}", fourth.path);
    fourth.identified("s-2", &format!("ws://127.0.0.1:{}", listener.port()));
    fourth.event("MESSAGE_CREATE", &message(3, 200, 1, "three"));
    counted(&core, "applied", 4);
    fourth.close(4000, "Unknown error.");

    let mut fifth = Gateway::accept(&listener, CALM_MS);
    assert_eq!(fifth.resumes(), ("s-2".to_owned(), 2));
    fifth.event("RESUMED", &json!({}));
    core.reaches("scorelay_core_source_reconnects_total{source=\"dc\",kind=\"discord\"}", 4.0);
    assert_eq!(score(&home, "said", "discord:1").as_deref(), Some("3"));
}

/// Heartbeats go out with the last number seen; a gateway that does not answer them is left and asked again elsewhere.
#[test]
fn heartbeats_find_a_connection_that_is_dead() {
    let listener = Listener::new();
    let (_home, core) = open(&listener, "");
    let mut first = Gateway::accept(&listener, 50);
    first.identified("s-1", &format!("ws://127.0.0.1:{}", listener.port()));
    first.event("MESSAGE_CREATE", &message(1, 200, 1, "one"));
    first.heartbeats(8);
    assert_eq!(first.heartbeats.last(), Some(&json!(2)), "{:?}", first.heartbeats);
    // Asked for one, it sends it at once.
    first.say(&json!({"op": 1, "d": null}));
    first.heartbeats(10);

    first.answers = false;
    assert!(first.receive().is_err(), "it leaves");
    let mut second = Gateway::accept(&listener, CALM_MS);
    assert_eq!(second.resumes(), ("s-1".to_owned(), 2));
    second.event("RESUMED", &json!({}));
    core.reaches("scorelay_core_source_up{source=\"dc\",kind=\"discord\"}", 1.0);
    assert_eq!(core.metric("scorelay_core_source_reconnects_total{source=\"dc\",kind=\"discord\"}"), 1.0);
}

/// A token that is wrong, or a bot that may not read: said plainly, and not tried again and again.
#[test]
fn what_the_operator_must_change_is_said_and_not_hammered() {
    for (code, reason, said) in [
        (4004, "Authentication failed.", "the token is not right"),
        (4014, "Disallowed intent(s).", "Message Content Intent"),
    ] {
        let listener = Listener::new();
        let (_home, core) = open(&listener, "");
        let mut gateway = Gateway::accept(&listener, CALM_MS);
        gateway.receive().expect("it identifies itself");
        gateway.close(code, reason);
        let error = format!("denied: {code} {reason}: ");
        crate::until::until("the reason is told", crate::until::DEADLINE, || {
            let (_, metrics) = get(&core.metrics, "/metrics")?;
            let line = metrics.lines().find(|line| line.starts_with("scorelay_core_source_last_error{"))?;
            (line.contains(&error) && line.contains(said)).then_some(())
        });
        throughout("it does not come back", Duration::from_secs(2), || !listener.has_waiting());
        assert_eq!(core.metric("scorelay_core_source_up{source=\"dc\",kind=\"discord\"}"), 0.0);
        assert!(core.process.terminate(), "it can be ended while it waits");
    }
}
