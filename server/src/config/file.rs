//! The keys of the configuration file, as they are written. Unknown keys are errors; what values mean together with
//! flags and defaults is decided in `check.rs`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::text::ConfigText;
use crate::failure::Failure;
use crate::publish::PublishTable;

/// A whole file.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    pub(crate) main: Main,
    pub(crate) sources: Vec<SourceTable>,
}

/// Everything but the sources.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Main {
    pub(crate) data: Option<PathBuf>,
    pub(crate) listen: Option<Spanned<String>>,
    pub(crate) tls_certificate_file: Option<PathBuf>,
    pub(crate) tls_key_file: Option<PathBuf>,
    pub(crate) pages: Option<PathBuf>,
    pub(crate) links: Vec<Spanned<String>>,
    pub(crate) link_tokens_file: Option<Spanned<PathBuf>>,
    pub(crate) metrics: Option<Spanned<String>>,
    pub(crate) tick_ms: Option<Spanned<u64>>,
    pub(crate) shards: Option<Spanned<usize>>,
    pub(crate) connections: Option<usize>,
    pub(crate) connections_per_address: Option<usize>,
    pub(crate) trusted_proxies: Vec<Spanned<String>>,
    pub(crate) board: Vec<BoardTable>,
    pub(crate) statistics: bool,
    pub(crate) ignore: IgnoreTable,
    pub(crate) emotes: Vec<EmotesTable>,
    pub(crate) meets: Option<MeetsTable>,
}

/// `[meets]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeetsTable {
    pub(crate) key_file: PathBuf,
    pub(crate) keep_days: Option<Spanned<u32>>,
    #[serde(default)]
    pub(crate) publish: PublishTable,
}

/// One `[[board]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardTable {
    pub(crate) id: Spanned<String>,
    pub(crate) title: Option<Spanned<String>>,
    pub(crate) unit: Option<Spanned<String>>,
    pub(crate) decimals: Option<Spanned<u8>>,
    pub(crate) scorer: Option<Spanned<String>>,
    pub(crate) points: Option<Spanned<Decimal>>,
    pub(crate) weights: Option<Spanned<BTreeMap<String, Spanned<Decimal>>>>,
    pub(crate) rating: Option<Spanned<String>>,
    pub(crate) elo: Option<Spanned<EloTable>>,
    pub(crate) filter: Option<FilterTable>,
    pub(crate) cooldown: Option<Spanned<Decimal>>,
    pub(crate) max_per_minute: Option<Spanned<u32>>,
    pub(crate) take_back: Option<Spanned<bool>>,
    pub(crate) season: Option<Spanned<String>>,
    pub(crate) time_zone: Option<Spanned<String>>,
    pub(crate) max_rows: Option<Spanned<u32>>,
}

/// A board's `elo`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EloTable {
    pub(crate) start: Option<Spanned<Decimal>>,
    pub(crate) k: Option<Spanned<i64>>,
    pub(crate) neighbours: Option<Spanned<u32>>,
    pub(crate) period: Option<Spanned<u64>>,
}

/// A board's `filter`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FilterTable {
    pub(crate) badges: Vec<Spanned<String>>,
    pub(crate) not_badges: Vec<Spanned<String>>,
    pub(crate) platforms: Vec<Spanned<String>>,
    pub(crate) rooms: Vec<Spanned<String>>,
    pub(crate) not_rooms: Vec<Spanned<String>>,
    pub(crate) ignore: Vec<Spanned<String>>,
}

/// `[ignore]`: what counts on no board.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct IgnoreTable {
    pub(crate) entities: Vec<Spanned<String>>,
    pub(crate) words: Vec<Spanned<String>>,
}

/// One `[[emotes]]`: words that are emotes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmotesTable {
    pub(crate) name: Spanned<String>,
    pub(crate) file: Spanned<PathBuf>,
    pub(crate) picture: Option<Spanned<String>>,
}

/// A decimal number, written as one or as text. Rust prints a float as the shortest text that reads back as it, so
/// 0.02 in the file is exactly 0.02.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Decimal {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Decimal {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Integer(n) => n.to_string(),
            Self::Float(f) => f.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// One `[[source]]`.
#[derive(Debug)]
pub(crate) enum SourceTable {
    Irc(IrcTable),
    HttpStream(HttpStreamTable),
    Discord(DiscordTable),
    Demo(DemoTable),
}

/// A source of `kind = "irc"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IrcTable {
    pub(crate) name: Spanned<String>,
    #[serde(rename = "kind")]
    _kind: String,
    pub(crate) server: Spanned<String>,
    pub(crate) port: Option<u16>,
    pub(crate) tls: Option<bool>,
    pub(crate) ca_file: Option<Spanned<PathBuf>>,
    pub(crate) channels: Spanned<Vec<String>>,
    pub(crate) nick: Option<Spanned<String>>,
    pub(crate) password_file: Option<Spanned<PathBuf>>,
    pub(crate) tags: Option<bool>,
}

/// A source of `kind = "http-stream"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpStreamTable {
    pub(crate) name: Spanned<String>,
    #[serde(rename = "kind")]
    _kind: String,
    pub(crate) url: Spanned<String>,
    pub(crate) ca_file: Option<Spanned<PathBuf>>,
}

/// A source of `kind = "discord"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscordTable {
    pub(crate) name: Spanned<String>,
    #[serde(rename = "kind")]
    _kind: String,
    pub(crate) token_file: Spanned<PathBuf>,
    #[serde(default)]
    pub(crate) guilds: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) channels: Vec<Spanned<String>>,
    pub(crate) bots: Option<bool>,
    pub(crate) gateway: Option<Spanned<String>>,
}

/// A source of `kind = "demo"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoTable {
    pub(crate) name: Spanned<String>,
    #[serde(rename = "kind")]
    _kind: String,
    pub(crate) size: Option<Spanned<u32>>,
    pub(crate) rate: Option<Spanned<f64>>,
    pub(crate) seed: Option<u64>,
}

impl ConfigFile {
    /// Reads the keys of a file.
    ///
    /// # Errors
    /// `bad-config` with file and line when it is no TOML, a key is unknown or missing, or a value has the wrong type.
    pub(crate) fn parse(text: &ConfigText) -> Result<Self, Failure> {
        let mut root = DeTable::parse(text.as_str()).map_err(|e| text.toml(&e))?;
        let sources = match root.get_mut().remove("source") {
            None => Vec::new(),
            Some(value) => sources(text, value)?,
        };
        let main = Main::deserialize(toml::Deserializer::from(root)).map_err(|e| text.toml(&e))?;
        Ok(Self { main, sources })
    }
}

const KINDS: &str = "irc, http-stream, discord or demo";

/// Reads each table by its `kind`, so that a key of another kind is unknown and its line is named.
fn sources(text: &ConfigText, value: Spanned<DeValue<'_>>) -> Result<Vec<SourceTable>, Failure> {
    let span = value.span();
    let DeValue::Array(tables) = value.into_inner() else {
        return Err(text.at(Some(span), "source is a list of tables: write [[source]]"));
    };
    tables.into_iter().map(|table| source(text, table)).collect()
}

fn source(text: &ConfigText, value: Spanned<DeValue<'_>>) -> Result<SourceTable, Failure> {
    let span = value.span();
    let kind = match value.get_ref().get("kind").map(|kind| (kind.span(), kind.get_ref().as_str())) {
        Some((_, Some(kind))) => kind.to_owned(),
        Some((at, None)) => return Err(text.at(Some(at), &format!("kind is a text: {KINDS}"))),
        None => return Err(text.at(Some(span), &format!("missing field `kind`: {KINDS}"))),
    };
    let read = value.into_deserializer();
    let table = match kind.as_str() {
        "irc" => IrcTable::deserialize(read).map(SourceTable::Irc),
        "http-stream" => HttpStreamTable::deserialize(read).map(SourceTable::HttpStream),
        "discord" => DiscordTable::deserialize(read).map(SourceTable::Discord),
        "demo" => DemoTable::deserialize(read).map(SourceTable::Demo),
        other => {
            return Err(text.at(Some(span), &format!("unknown kind of source `{other}`: {KINDS}")));
        }
    };
    table.map_err(|e| {
        let span = e.span().unwrap_or(span);
        text.at(Some(span), e.message())
    })
}
