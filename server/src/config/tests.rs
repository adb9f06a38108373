//! What a file and flags come to, and that everything wrong is named with file, line and key.

use scorelay_engine::Scorer;
use scorelay_protocol::error::ErrorCode;
use scorelay_relay::shell::config::Listen;

use super::*;
use crate::failure::Failure;
use crate::publish::Target;
use crate::sources::SourceKind;
use crate::sources::demo::DemoConfig;

fn load(text: &str, flags: Overrides) -> Result<Config, Failure> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("core.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(dir.path().join("secret"), "oauth:abc\n").unwrap();
    std::fs::write(dir.path().join("ca.pem"), own_authority()).unwrap();
    std::fs::write(dir.path().join("bad.emotes"), "Kappa\nKappa\n").unwrap();
    std::fs::write(dir.path().join("7tv.txt"), "# Channel emotes\ncatJAM\nPog\t60ae\n").unwrap();
    std::fs::write(dir.path().join("bad.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    Config::load(Overrides { config: Some(path), ..flags })
}

fn own_authority() -> String {
    rcgen::generate_simple_self_signed(["irc.example".to_owned()]).unwrap().cert.pem()
}

const FULL: &str = r##"
data = "here"
listen = "none"
pages = "public"
metrics = "127.0.0.1:9000"
links = ["tcp:127.0.0.1:7430", "unix:run/scorelay.sock"]
tick_ms = 20
shards = 2
connections = 500
connections_per_address = 5
trusted_proxies = ["10.0.0.0/8"]

[[board]]
id = "messages"
title = "Messages"
decimals = 2
points = 0.02

[[board]]
id = "pxls"
scorer = "external"
unit = "pixels"
max_rows = 10

[[source]]
name = "chat"
kind = "irc"
server = "irc.chat.twitch.tv"
tls = true
channels = ["#one", "#two"]
password_file = "secret"
ca_file = "ca.pem"

[[source]]
name = "stream"
kind = "http-stream"
url = "http://localhost:8080/stream"
"##;

#[test]
fn a_file_says_it_all() {
    let config = load(FULL, Overrides::default()).unwrap();
    assert!(config.data.ends_with("here") && config.data.is_absolute(), "beside the file: {}", config.data.display());
    let LinkAddr::Unix(socket) = &config.links[1] else { panic!("{:?}", config.links) };
    assert!(socket.ends_with("run/scorelay.sock") && socket.is_absolute(), "beside the file: {}", socket.display());
    assert_eq!((config.listen, config.links.len(), config.tick_ms, config.shards), (Listen::Off, 2, 20, Some(2)));
    assert_eq!(config.pages.as_deref(), Some(config.data.with_file_name("public").as_path()), "beside the file");
    assert_eq!((config.connections, config.connections_per_address), (500, 5));
    let [messages, pxls] = &config.boards[..] else { panic!("{:?}", config.boards) };
    assert_eq!((&messages.scorer, messages.unit.as_str()), (&Scorer::messages(2), "points"));
    assert_eq!((&pxls.scorer, pxls.title.as_str(), pxls.max_rows), (&Scorer::External, "pxls", 10));
    assert!(!pxls.synthetic);
    let SourceKind::Irc(irc) = &config.sources[0].kind else { panic!("{:?}", config.sources) };
    assert_eq!((irc.port, irc.tags, irc.channels.len()), (6697, true, 2));
    assert_eq!(format!("{:?}", irc.tls), "Some(Trust(1 certificates))", "its own authority and no other");
    assert_eq!(irc.password.as_ref().unwrap().0, "oauth:abc");
    assert!(!format!("{irc:?}").contains("oauth"), "secrets stay out of logs");
}

#[test]
fn flags_go_over_the_file_and_the_file_over_defaults() {
    let flags = Overrides {
        listen: Some("127.0.0.1:1".into()),
        links: vec!["unix:only".into()],
        data: Some("there".into()),
        pages: Some("site".into()),
        connections: Some(7),
        demo: Some(DemoConfig::default()),
        ..Overrides::default()
    };
    let config = load(FULL, flags).unwrap();
    assert_eq!((config.listen.to_string().as_str(), config.links.len()), ("127.0.0.1:1", 1));
    assert_eq!((config.data.to_str(), config.metrics.to_string().as_str()), (Some("there"), "127.0.0.1:9000"));
    assert_eq!((config.connections, config.connections_per_address), (7, 5));
    assert_eq!(config.links[0].to_string(), "unix:only", "a flag means the working directory");
    assert_eq!(config.pages.as_deref(), Some(std::path::Path::new("site")));
    assert_eq!(config.sources.len(), 3);
    assert!(config.boards.iter().all(|board| board.synthetic), "a made-up crowd marks every board");

    let config = Config::load(Overrides::default()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:7420");
    assert_eq!((config.boards.len(), config.boards[0].id.as_str()), (1, "messages"));
    assert_eq!(config.data.to_str(), Some("scorelay-data"));
}

/// E9, E18, E20: boards say what counts for whom, how often, and what never does.
#[test]
fn boards_are_configured() {
    let text = r#"
statistics = true
[ignore]
entities = ["twitch:1"]
words = ["the"]
[[emotes]]
name = "7tv"
file = "7tv.txt"
[[board]]
id = "overall"
decimals = 2
weights = { messages = 0.02, bits = 0.1, copypasta = 0.3 }
cooldown = 1.5
max_per_minute = 20
take_back = true
filter = { not_badges = ["vip"], platforms = ["twitch"], ignore = ["twitch:2"] }
[[board]]
id = "ladder"
decimals = 1
scorer = "external"
rating = "elo"
season = "month"
time_zone = "Europe/Berlin"
elo = { start = 1500, k = 32, neighbours = 4, period = 600 }
[[board]]
id = "words"
scorer = "words"
max_rows = 5
"#;
    let config = load(text, Overrides::default()).unwrap();
    let ids: Vec<&str> = config.boards.iter().map(|board| board.id.as_str()).collect();
    assert_eq!(ids, ["overall", "ladder", "words", "nicks", "rooms", "rate"], "a board of one's own takes the place");
    let [overall, ladder, words, .., rate] = &config.boards[..] else { panic!("{ids:?}") };
    assert_eq!(overall.scorer.to_string(), "bits:10+copypasta:30+messages:2");
    assert_eq!((overall.pace.cooldown_ms, overall.pace.max_per_minute), (1_500, Some(20)));
    assert!(overall.take_back && overall.filter.not_badges.contains("vip"));
    let ignored: Vec<String> = overall.filter.ignore.iter().map(ToString::to_string).collect();
    assert_eq!(ignored, ["twitch:1", "twitch:2", "word:the"]);
    assert_eq!((ladder.rating.to_string().as_str(), ladder.unit.as_str()), ("elo:15000:32:4:600000", "rating"));
    assert_eq!(ladder.season.as_ref().map(|season| season.time_zone.as_str()), Some("Europe/Berlin"));
    assert_eq!((words.max_rows, words.unit.as_str(), words.filter.ignore.len()), (5, "uses", 2));
    assert_eq!((rate.scorer.to_string().as_str(), rate.rating.to_string().as_str()), ("total:1", "rate"));
    assert_eq!(config.emotes.find("Pog").map(ToString::to_string).as_deref(), Some("emote:7tv:60ae"));
}

/// E9: the sample with every board of the old site is a configuration.
#[test]
fn the_sample_of_boards_can_be_served() {
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/boards/core.toml");
    let config = Config::load(Overrides { config: Some(sample), ..Overrides::default() }).unwrap();
    let ids: Vec<&str> = config.boards.iter().map(|board| board.id.as_str()).collect();
    for id in
        ["overall", "nonvips", "chat", "copypasta", "bits", "subs", "partners", "emotes", "discord", "bilibili", "pxls"]
    {
        assert!(ids.contains(&id), "{id}");
    }
    assert!(config.emotes.find("catJAM").is_some());
}

/// L11: meets are kept where the file says so, with a key beside it and results in the data directory.
#[test]
fn meets_are_kept_where_the_file_says_so() {
    assert!(load(FULL, Overrides::default()).unwrap().meets.is_none());
    let text = "data = \"here\"\n[meets]\nkey_file = \"meets.key\"\n";
    let config = load(text, Overrides::default()).unwrap();
    let meets = config.meets.unwrap();
    assert_eq!((meets.key_file, meets.keep_days), (config.data.with_file_name("meets.key"), 90));
    let Target::Folder(folder) = meets.publish else { panic!("{:?}", meets.publish) };
    assert_eq!(folder, config.data.join("published"));
    let text = "[meets]\nkey_file = \"/k\"\nkeep_days = 7\npublish = { directory = \"out\" }\n";
    let meets = load(text, Overrides::default()).unwrap().meets.unwrap();
    let Target::Folder(folder) = meets.publish else { panic!("{:?}", meets.publish) };
    assert!(folder.ends_with("out") && folder.is_absolute(), "beside the file: {}", folder.display());
    assert_eq!((meets.key_file.to_str(), meets.keep_days), (Some("/k"), 7));
}

/// An unknown key in the configuration, and whatever else is wrong in it, is named with file, line and key.
#[test]
fn what_is_wrong_is_named_with_file_line_and_key() {
    let board = |keys: &str| format!("[[board]]\nid = \"a\"\n{keys}");
    let source = |keys: &str| format!("\n[[source]]\nname = \"s\"\n{keys}");
    let irc_tls = |keys: &str| source(&format!("kind = \"irc\"\nserver = \"x\"\nchannels = [\"#c\"]\n{keys}"));
    let https =
        |scheme: &str, ca: &str| source(&format!("kind = \"http-stream\"\nurl = \"{scheme}://x\"\nca_file = \"{ca}\""));
    let discord = |keys: &str| source(&format!("kind = \"discord\"\ntoken_file = \"secret\"\n{keys}"));
    let meets = |keys: &str| format!("[meets]\nkey_file = \"k\"\n{keys}");
    let cases = [
        ("\ncolour = 1".to_owned(), &["core.toml:2: ", "unknown field `colour`"][..]),
        ("tick_ms = \"fast\"".into(), &["core.toml:1: ", "string"]),
        ("\ntick_ms = 5".into(), &["core.toml:2: tick_ms: 5 is not within"]),
        ("connections = -1".into(), &["core.toml:1: ", "-1"]),
        ("shards = 0".into(), &["core.toml:1: shards: "]),
        ("listen = \"here\"".into(), &["core.toml:1: listen: ", "127.0.0.1:7420"]),
        ("links = [\n\"unix:a\",\n\"udp:b\"]".into(), &["core.toml:3: links: ", "tcp:HOST:PORT"]),
        ("links = [\"loop:\"]".into(), &["core.toml:1: links: loop:"]),
        ("trusted_proxies = [\"x\"]".into(), &["core.toml:1: trusted_proxies: "]),
        ("data = ".into(), &["core.toml:1: "]),
        (board("colour = 1"), &["core.toml:3: ", "unknown field `colour`"]),
        (board("decimals = 10"), &["core.toml:3: decimals: "]),
        (board("points = 0.5"), &["core.toml:3: points: more digits"]),
        (board("points = 0"), &["core.toml:3: points: "]),
        (board("points = \"x\""), &["core.toml:3: points: a score is a decimal"]),
        (board("scorer = \"external\"\npoints = 1"), &["core.toml:4: points: "]),
        (board("scorer = \"wurds\""), &["core.toml:3: scorer: `wurds` cannot be counted; there are messages, "]),
        (board("weights = {}"), &["core.toml:3: weights: at least one"]),
        (board("weights = { messages = 1 }\npoints = 1"), &["core.toml:3: weights: "]),
        (board("[board.weights]\nmessages = 1\nbitz = 2"), &["core.toml:5: weights: `bitz` cannot be counted"]),
        (board("[board.weights]\nmessages = 0.5"), &["core.toml:4: weights: more digits"]),
        (board("weights = { messages = 1, emotes = 1 }"), &["core.toml:2: ", "rank different things"]),
        (board("rating = \"worst\""), &["core.toml:3: rating: `worst` is no rating; there are sum, best, elo"]),
        (board("elo = { k = 3 }"), &["core.toml:3: elo: it counts with `rating = \"elo\"` only"]),
        (board("rating = \"elo\"\nelo = { k = 0 }"), &["core.toml:4: k: 0 is not within 1 to"]),
        (board("rating = \"elo\"\nelo = { period = 1 }"), &["core.toml:4: period: 1 is not within 10 to"]),
        (board("rating = \"best\"\ntake_back = true"), &["core.toml:2: ", "only sums can be taken back"]),
        (
            board("season = \"moon\""),
            &["core.toml:3: season: `moon` is no season; there are day, week, month and year"],
        ),
        (board("time_zone = \"UTC\""), &["core.toml:3: time_zone: it counts with `season` only"]),
        (
            board("season = \"day\"\ntime_zone = \"Europe/Nowhere\""),
            &["core.toml:4: time_zone: `Europe/Nowhere` is not in the IANA database"],
        ),
        (board("cooldown = -1"), &["core.toml:3: cooldown: seconds from 0 to"]),
        (board("max_per_minute = 61"), &["core.toml:3: max_per_minute: 61 is not within 1 to 60"]),
        (board("filter = { colour = 1 }"), &["core.toml:3: ", "unknown field `colour`"]),
        (board("[board.filter]\nplatforms = [\n\"twitch\",\n\"X Y\"]"), &["core.toml:6: platforms: a platform is"]),
        (board("[board.filter]\nignore = [\"bot\"]"), &["core.toml:4: ignore: `bot`: an entity is written"]),
        ("[ignore]\nentities = [\"x\"]".into(), &["core.toml:2: entities: `x`: "]),
        ("[ignore]\nwords = [\"\"]".into(), &["core.toml:2: words: "]),
        ("[[emotes]]\nname = \"7tv\"\nfile = \"none\"".into(), &["core.toml:3: file: cannot read ", "none"]),
        ("[[emotes]]\nname = \"7tv\"\nfile = \"bad.emotes\"".into(), &["core.toml:3: file: ", "bad.emotes: line 2: "]),
        ("[[emotes]]\nname = \"7 TV\"\nfile = \"x\"".into(), &["core.toml:2: name: "]),
        (board("max_rows = 0"), &["core.toml:3: max_rows: "]),
        (board("[[board]]\nid = \"a\""), &["core.toml:4: id: there is another board `a`"]),
        ("[[board]]\nid = \"A b\"".into(), &["core.toml:2: id: "]),
        ("[[board]]\ntitle = \"x\"".into(), &["core.toml:1: ", "missing field `id`"]),
        (source("kind = \"irc\"\nserver = \"x\""), &["core.toml:2: ", "missing field `channels`"]),
        (source("kind = \"irc\"\nserver = \"x\"\nchannels = []"), &["core.toml:6: channels: "]),
        (source("kind = \"irc\"\nserver = \"x\"\nchannels = [\"lobby\"]"), &["core.toml:6: channels: `lobby`"]),
        (source("kind = \"demo\"\nurl = \"x\""), &["core.toml:5: ", "unknown field `url`"]),
        (source("kind = \"demo\"\nrate = 0.0"), &["core.toml:5: rate: "]),
        (source("kind = \"carrier-pigeon\""), &["core.toml:", "carrier-pigeon"]),
        (source(""), &["core.toml:2: ", "missing field `kind`"]),
        (source("kind = \"http-stream\"\nurl = \"ftp://x\""), &["core.toml:5: url: `ftp://x`"]),
        (source("kind = \"discord\""), &["core.toml:2: ", "missing field `token_file`"]),
        (source("kind = \"discord\"\ntoken_file = \"none\""), &["core.toml:5: token_file: cannot read ", "none"]),
        (discord("colour = 1"), &["core.toml:6: ", "unknown field `colour`"]),
        (discord("guilds = [\n\"1\",\n\"general\"]"), &["core.toml:8: guilds: `general` is no id"]),
        (discord("channels = [\"-1\"]"), &["core.toml:6: channels: `-1` is no id"]),
        (discord("gateway = \"https://x\""), &["core.toml:6: gateway: `https://x` is no address like wss://"]),
        (discord("gateway = \"ws://example.com\""), &["core.toml:6: gateway: ", "on this machine only"]),
        (irc_tls("tls = true\nca_file = \"none\""), &["core.toml:8: ca_file: cannot read ", "none"]),
        (irc_tls("tls = true\nca_file = \"secret\""), &["core.toml:8: ca_file: ", "secret has no certificate in it"]),
        (irc_tls("ca_file = \"ca.pem\""), &["core.toml:7: ca_file: ", "`tls = true`"]),
        (https("https", "none"), &["core.toml:6: ca_file: cannot read ", "none"]),
        (https("https", "bad.pem"), &["core.toml:6: ca_file: certificate 1 of ", "bad.pem"]),
        (https("http", "ca.pem"), &["core.toml:6: ca_file: ", "`https:`"]),
        (
            source("kind = \"demo\"\n[[source]]\nname = \"s\"\nkind = \"demo\""),
            &["core.toml:6: name: there is another"],
        ),
        ("[[source]]\nname = \"A B\"\nkind = \"demo\"".into(), &["core.toml:2: name: "]),
        ("source = 1".into(), &["core.toml:1: ", "[[source]]"]),
        ("[meets]".into(), &["core.toml:1: ", "missing field `key_file`"]),
        (meets("keep_days = 0"), &["core.toml:3: keep_days: 0 is not within 1 to"]),
        (meets("secret = 1"), &["core.toml:3: ", "unknown field `secret`"]),
        (meets("[meets.publish]\nfolder = \"x\""), &["core.toml:4: ", "unknown field `folder`"]),
        (
            meets("publish = { gitlab = { url = \"ftp://x\", project = \"a/b\", token_file = \"t\" } }"),
            &["core.toml:3: url: "],
        ),
    ];
    for (text, parts) in cases {
        let failure = load(&text, Overrides::default()).unwrap_err();
        assert_eq!(failure.code, ErrorCode::BadConfig, "{text}");
        for part in parts {
            assert!(failure.message.contains(part), "{text}\n  gave  {}\n  not  {part}", failure.message);
        }
    }
}

#[test]
fn a_bad_flag_and_a_missing_file_are_named() {
    let flags = Overrides { listen: Some("here".into()), ..Overrides::default() };
    assert!(Config::load(flags).unwrap_err().message.starts_with("--listen: "));
    let flags = Overrides { config: Some("no/such.toml".into()), ..Overrides::default() };
    assert!(Config::load(flags).unwrap_err().message.starts_with("cannot read no/such.toml: "));
}
