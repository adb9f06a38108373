//! What single events of the gateway come to, and its addresses. Whole connections are in
//! `server/tests/core/discord.rs`.

use scorelay_protocol::event::{ChatMessage, Clear, Cleared, Event, Profile};
use scorelay_protocol::limits;
use serde_json::{Value, json};

use super::guilds::{Guilds, Told};
use super::{GatewayUrl, Scope, check_id};
use crate::sources::Dropped;

fn tell(guilds: &mut Guilds, scope: &Scope, name: &str, data: Value) -> Vec<Told> {
    let mut told = Vec::new();
    guilds.tell(scope, name, &data.to_string(), &mut told);
    told
}

fn message(author: Value, more: Value) -> Value {
    let mut message =
        json!({"id": "1", "channel_id": "20", "guild_id": "10", "type": 0, "content": "hi", "author": author});
    for (key, value) in more.as_object().unwrap() {
        message[key] = value.clone();
    }
    message
}

fn said(told: &[Told]) -> &ChatMessage {
    match told {
        [Told::Event(Event::Message(message)), ..] => message,
        other => panic!("{other:?}"),
    }
}

fn face(told: &[Told]) -> Option<&Profile> {
    told.iter().find_map(|told| match told {
        Told::Event(Event::Profile(profile)) => Some(profile),
        _ => None,
    })
}

#[test]
fn people_are_named_as_the_server_sees_them() {
    let (mut guilds, all) = (Guilds::default(), Scope::default());
    let mut name = |author: Value, more: Value| {
        said(&tell(&mut guilds, &all, "MESSAGE_CREATE", message(author, more))).name.clone()
    };
    let ada = json!({"id": "7", "username": "ada99", "global_name": "Ada", "avatar": null});
    assert_eq!(name(ada.clone(), json!({"member": {"nick": "Ädchen"}})), "Ädchen");
    assert_eq!(name(ada.clone(), json!({"member": {"nick": null}})), "Ada");
    assert_eq!(name(ada, json!({"member": {"nick": " "}})), "Ada");
    assert_eq!(name(json!({"id": "7", "username": "ada99", "avatar": null}), json!({})), "ada99");
}

/// E8: a picture is told with the first message and whenever it changes, never in between.
#[test]
fn a_profile_is_told_when_it_changed() {
    let (mut guilds, all) = (Guilds::default(), Scope::default());
    let mut told = |avatar: Value, name: &str| {
        let author = json!({"id": "7", "username": name, "avatar": avatar});
        face(&tell(&mut guilds, &all, "MESSAGE_CREATE", message(author, json!({})))).cloned()
    };
    assert_eq!(told(Value::Null, "ada"), None);
    let first = told(json!("a_00ff"), "ada").expect("a picture");
    assert_eq!(first.avatar.as_deref(), Some("https://cdn.discordapp.com/avatars/7/a_00ff.png?size=128"));
    assert_eq!((first.entity.to_string(), first.name.as_str()), ("discord:7".to_owned(), "ada"));
    assert_eq!(told(json!("a_00ff"), "ada"), None);
    assert_eq!(told(json!("a_00ff"), "Ada L").expect("a new name").name, "Ada L");
    assert_eq!(told(Value::Null, "Ada L").expect("no picture any more").avatar, None);
    assert_eq!(told(json!("x/../y"), "Ada L").expect("a change").avatar, None, "no address is made of anything else");
}

#[test]
fn rooms_follow_the_channels_of_the_server() {
    let (mut guilds, all) = (Guilds::default(), Scope::default());
    let ada = json!({"id": "7", "username": "ada", "avatar": null});
    let mut room = |name: &str, data: Value, channel: &str| {
        assert_eq!(tell(&mut guilds, &all, name, data), []);
        let message = message(ada.clone(), json!({"channel_id": channel}));
        said(&tell(&mut guilds, &all, "MESSAGE_CREATE", message)).room.clone()
    };
    assert_eq!(room("PRESENCE_UPDATE", json!({}), "20"), "20");
    let guild = json!({"id": "10", "channels": [{"id": "20", "type": 0, "name": "allgemein"}], "threads": []});
    assert_eq!(room("GUILD_CREATE", guild, "20"), "#allgemein");
    let thread = json!({"id": "21", "type": 11, "name": "side", "parent_id": "20", "guild_id": "10"});
    assert_eq!(room("THREAD_CREATE", thread, "21"), "#allgemein");
    let renamed = json!({"id": "20", "type": 0, "name": "new", "guild_id": "10", "parent_id": "9"});
    assert_eq!(room("CHANNEL_UPDATE", renamed, "21"), "#new");
    assert_eq!(room("GUILD_DELETE", json!({"id": "10", "unavailable": true}), "20"), "#new");
    assert_eq!(room("CHANNEL_DELETE", json!({"id": "20", "type": 0, "guild_id": "10"}), "20"), "20");
}

#[test]
fn only_what_is_in_scope_is_told() {
    let scope = Scope { guilds: [10].into(), channels: [20].into(), bots: true };
    let mut guilds = Guilds::default();
    let bot = json!({"id": "7", "username": "ada", "avatar": null, "bot": true});
    let mut tells = |more: Value| tell(&mut guilds, &scope, "MESSAGE_CREATE", message(bot.clone(), more));
    assert_eq!(said(&tells(json!({}))).author.to_string(), "discord:7");
    for more in [json!({"guild_id": "11"}), json!({"channel_id": "21"}), json!({"guild_id": null}), json!({"type": 8})]
    {
        assert_eq!(tells(more.clone()), [Told::Dropped(Dropped::Ignored, String::new())], "{more}");
    }
    let deleted = |channel: &str| json!({"id": "1", "channel_id": channel, "guild_id": "10"});
    assert_eq!(tell(&mut guilds, &scope, "MESSAGE_DELETE", deleted("21")), []);
    let clear = Clear { room: "20".into(), what: Cleared::One("1".into()) };
    assert_eq!(tell(&mut guilds, &scope, "MESSAGE_DELETE", deleted("20")), [Told::Event(Event::Clear(clear))]);
    let ban = |guild: &str| json!({"guild_id": guild, "user": {"id": "7"}});
    assert_eq!(tell(&mut guilds, &scope, "GUILD_BAN_ADD", ban("11")), []);
    let clear = Clear { room: "20".into(), what: Cleared::Of("discord:7".parse().unwrap()) };
    assert_eq!(tell(&mut guilds, &scope, "GUILD_BAN_ADD", ban("10")), [Told::Event(Event::Clear(clear))]);
}

#[test]
fn what_cannot_be_read_is_kept_to_be_looked_at() {
    let (mut guilds, all) = (Guilds::default(), Scope::default());
    for data in [json!({}), json!([]), json!({"id": 1}), json!({"id": "1", "channel_id": "x"})] {
        let told = tell(&mut guilds, &all, "MESSAGE_CREATE", data.clone());
        assert_eq!(told, [Told::Dropped(Dropped::Unparsable, data.to_string())]);
    }
    let long =
        message(json!({"id": "7", "username": "é".repeat(500), "avatar": null}), json!({"content": "é".repeat(9_000)}));
    let told = tell(&mut guilds, &all, "MESSAGE_CREATE", long);
    assert_eq!((said(&told).name.len(), said(&told).text.len()), (limits::NAME_BYTES, limits::MESSAGE_BYTES));
}

#[test]
fn addresses_and_ids_are_checked() {
    for good in
        ["wss://gateway.discord.gg", "wss://gateway-us-east1-b.discord.gg/", "ws://127.0.0.1:80", "ws://localhost/x"]
    {
        assert!(GatewayUrl::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "discord.gg", "https://discord.gg", "ws://discord.gg", "wss://a@b", "wss://x/?v=9", "wss:///"] {
        assert!(GatewayUrl::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(check_id("81384788765712384"), Ok(81_384_788_765_712_384));
    for bad in ["", "0", "-1", "+1", "general", "99999999999999999999"] {
        assert!(check_id(bad).is_err(), "{bad}");
    }
}
