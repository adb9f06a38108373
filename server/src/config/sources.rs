//! The sources of the configuration file and of `--demo`. What a source does stands in `crate::sources`; here its
//! options are checked and secrets are read from their files.

use std::path::PathBuf;

use scorelay_protocol::limits;
use scorelay_relay::shell::tokens::check_name;
use toml::Spanned;

use super::file::{DemoTable, DiscordTable, HttpStreamTable, IrcTable, SourceTable};
use super::value::{File, Said, text, within};
use crate::failure::Failure;
use crate::sources::demo::DemoConfig;
use crate::sources::discord::{DiscordConfig, GatewayUrl, Scope, check_id};
use crate::sources::http_stream::{HttpStreamConfig, StreamUrl};
use crate::sources::irc::{IrcConfig, Password, check_channel, check_nick};
use crate::sources::tls::Trust;
use crate::sources::{SourceConfig, SourceKind};

/// The largest crowd; a row and a chatter's state are about 100 bytes each.
const MAX_CROWD: u32 = limits::MAX_ROWS;
/// Far more messages a second than one core takes.
const MAX_RATE: f64 = 1_000_000.0;
const DEMO_NAME: &str = "demo";

/// All sources, `--demo`'s last.
///
/// # Errors
/// `bad-config` with file, line and key.
pub(super) fn check(
    file: &File,
    tables: Vec<SourceTable>,
    demo: Option<DemoConfig>,
) -> Result<Vec<SourceConfig>, Failure> {
    let mut sources: Vec<SourceConfig> = Vec::new();
    for table in tables {
        let (name, kind) = match table {
            SourceTable::Irc(table) => (table.name.clone(), SourceKind::Irc(irc(file, table)?)),
            SourceTable::HttpStream(table) => (table.name.clone(), SourceKind::HttpStream(http_stream(file, table)?)),
            SourceTable::Discord(table) => (table.name.clone(), SourceKind::Discord(discord(file, table)?)),
            SourceTable::Demo(table) => (table.name.clone(), SourceKind::Demo(self::demo(file, table)?)),
        };
        let known: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let name = Said::key("name", name).checked(file, |name| source_name(name, &known))?;
        sources.push(SourceConfig { name, kind });
    }
    if let Some(demo) = demo {
        let flag = "--demo-rate";
        Said::flag(flag, demo.rate).checked(file, within(f64::MIN_POSITIVE, MAX_RATE))?;
        Said::flag("--demo-size", demo.size).checked(file, within(1, MAX_CROWD))?;
        if sources.iter().any(|source| source.name == DEMO_NAME) {
            return Err(Failure::config("--demo: the configuration has a source named `demo` already"));
        }
        sources.push(SourceConfig { name: DEMO_NAME.into(), kind: SourceKind::Demo(demo) });
    }
    Ok(sources)
}

fn source_name(name: String, known: &[&str]) -> Result<String, String> {
    check_name(&name)?;
    if known.contains(&name.as_str()) {
        return Err(format!("there is another source `{name}`"));
    }
    Ok(name)
}

fn irc(file: &File, table: IrcTable) -> Result<IrcConfig, Failure> {
    let tls = table.tls.unwrap_or(false);
    let server = Said::key("server", table.server).checked(file, text(limits::NAME_BYTES))?;
    let channels = Said::key("channels", table.channels).checked(file, |channels| match channels.is_empty() {
        true => Err("at least one channel is wanted".into()),
        false => channels.into_iter().map(check_channel).collect::<Result<Vec<_>, _>>(),
    })?;
    let trust = trust(file, table.ca_file, if tls { Ok(()) } else { Err("it counts with `tls = true` only") })?;
    Ok(IrcConfig {
        port: table.port.unwrap_or(if tls { 6697 } else { 6667 }),
        tls: tls.then_some(trust),
        channels,
        nick: table.nick.map(|nick| Said::key("nick", nick).checked(file, check_nick)).transpose()?,
        password: table.password_file.map(|path| secret(file, "password_file", path)).transpose()?,
        tags: table.tags.unwrap_or_else(|| server.ends_with(".twitch.tv")),
        server,
    })
}

/// Whom a source trusts: `ca_file` in the place of the web's authorities. It is refused where it would not count.
fn trust(file: &File, path: Option<Spanned<PathBuf>>, counts: Result<(), &str>) -> Result<Trust, Failure> {
    let Some(path) = path else { return Ok(Trust::web()) };
    Said::key("ca_file", path)
        .checked(file, |path| counts.map_or_else(|why| Err(why.into()), |()| Trust::read(&file.path(path))))
}

/// The first line of a file, without its end.
fn secret(file: &File, key: &'static str, path: Spanned<PathBuf>) -> Result<Password, Failure> {
    Said::key(key, path).checked(file, |path| {
        let path = file.path(path);
        let text = std::fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        match text.lines().next().map(str::trim) {
            Some(line) if !line.is_empty() => Ok(Password(line.to_owned())),
            _ => Err(format!("{} is empty", path.display())),
        }
    })
}

fn http_stream(file: &File, table: HttpStreamTable) -> Result<HttpStreamConfig, Failure> {
    let url = Said::key("url", table.url).checked(file, |url| StreamUrl::parse(&url))?;
    let counts = if url.is_https() { Ok(()) } else { Err("it counts with an `https:` address only") };
    Ok(HttpStreamConfig { trust: trust(file, table.ca_file, counts)?, url })
}

fn discord(file: &File, table: DiscordTable) -> Result<DiscordConfig, Failure> {
    let ids = |key, ids: Vec<Spanned<String>>| {
        ids.into_iter().map(|id| Said::key(key, id).checked(file, |id| check_id(&id))).collect::<Result<_, _>>()
    };
    let gateway = table.gateway.map(|url| Said::key("gateway", url).checked(file, |url| GatewayUrl::parse(&url)));
    Ok(DiscordConfig {
        token: secret(file, "token_file", table.token_file)?,
        gateway: gateway.transpose()?.unwrap_or_default(),
        scope: Scope {
            guilds: ids("guilds", table.guilds)?,
            channels: ids("channels", table.channels)?,
            bots: table.bots.unwrap_or(false),
        },
    })
}

fn demo(file: &File, table: DemoTable) -> Result<DemoConfig, Failure> {
    let defaults = DemoConfig::default();
    let size = table.size.map(|size| Said::key("size", size).checked(file, within(1, MAX_CROWD))).transpose()?;
    let rate = table
        .rate
        .map(|rate| Said::key("rate", rate).checked(file, within(f64::MIN_POSITIVE, MAX_RATE)))
        .transpose()?;
    Ok(DemoConfig {
        size: size.unwrap_or(defaults.size),
        rate: rate.unwrap_or(defaults.rate),
        seed: table.seed.unwrap_or(defaults.seed),
    })
}
