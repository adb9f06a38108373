//! From flags and a file to a [`Config`]: which one wins, and whether each value can be meant. Boards and sources of
//! the file are checked in `boards.rs` and `sources.rs`.

use std::str::FromStr;

use scorelay_protocol::error::WireError;
use scorelay_protocol::limits;
use scorelay_relay::shell::transport::LinkAddr;

use super::file::ConfigFile;
use super::text::ConfigText;
use super::value::{File, Said, within};
use super::{Config, DEFAULT_DATA, DEFAULT_LISTEN, DEFAULT_METRICS, Overrides, boards, filters, meets, sources};
use crate::failure::Failure;

/// More shards than any machine this runs on has processors.
const MAX_SHARDS: usize = 256;

impl Config {
    /// Reads the file, if one is named, and puts the flags over it.
    ///
    /// # Errors
    /// `bad-config`, naming the flag, or file, line and key.
    pub fn load(flags: Overrides) -> Result<Self, Failure> {
        let text = flags.config.as_deref().map(ConfigText::read).transpose()?;
        let ConfigFile { mut main, sources } = text.as_ref().map(ConfigFile::parse).transpose()?.unwrap_or_default();
        let file = File(text);
        let sources = sources::check(&file, sources, flags.demo)?;
        let synthetic = sources.iter().any(|source| source.kind.is_synthetic());
        let boards = boards::check(&file, &mut main, synthetic)?;
        let emotes = filters::emotes(&file, std::mem::take(&mut main.emotes))?;
        let said_by_flags = !flags.links.is_empty();
        let beside = |link| match link {
            LinkAddr::Unix(path) if !said_by_flags => LinkAddr::Unix(file.path(path)),
            link => link,
        };
        let links = Said::all(("--link", "links"), flags.links, main.links);
        let proxies = Said::all(("--trusted-proxy", "trusted_proxies"), flags.trusted_proxies, main.trusted_proxies);
        let tokens = main.link_tokens_file.map(|path| file.path(path.into_inner()));
        let data = main.data.map(|path| file.path(path));
        let pages = main.pages.map(|path| file.path(path));
        let tls_certificate = main.tls_certificate_file.map(|path| file.path(path));
        let tls_key = main.tls_key_file.map(|path| file.path(path));
        let listen = Said::either(("--listen", "listen"), flags.listen, main.listen);
        let metrics = Said::either(("--metrics", "metrics"), flags.metrics, main.metrics);
        let tick = Said::either(("--tick-ms", "tick_ms"), flags.tick_ms, main.tick_ms);
        let shards = Said::either(("--shards", "shards"), flags.shards, main.shards);
        let by_address = flags.connections_per_address.or(main.connections_per_address);
        let data = flags.data.or(data).unwrap_or_else(|| DEFAULT_DATA.into());
        Ok(Self {
            meets: main.meets.map(|table| meets::check(&file, table, &data)).transpose()?,
            data,
            listen: listen.unwrap_or(default(DEFAULT_LISTEN)).checked(&file, parsed)?,
            tls_certificate_file: flags.tls_certificate_file.or(tls_certificate),
            tls_key_file: flags.tls_key_file.or(tls_key),
            pages: flags.pages.or(pages),
            metrics: metrics.unwrap_or(default(DEFAULT_METRICS)).checked(&file, parsed)?,
            links: links
                .into_iter()
                .map(|link| link.checked(&file, link_address).map(&beside))
                .collect::<Result<_, _>>()?,
            link_tokens_file: flags.link_tokens_file.or(tokens),
            tick_ms: match tick {
                Some(tick) => tick.checked(&file, within(limits::TICK_RANGE_MS.0, limits::TICK_RANGE_MS.1))?,
                None => limits::TICK_MS,
            },
            shards: shards.map(|shards| shards.checked(&file, within(1, MAX_SHARDS))).transpose()?,
            connections: flags.connections.or(main.connections).unwrap_or(limits::CONNECTIONS),
            connections_per_address: by_address.unwrap_or(limits::CONNECTIONS_PER_ADDRESS),
            trusted_proxies: proxies.into_iter().map(|p| p.checked(&file, parsed)).collect::<Result<_, _>>()?,
            boards,
            emotes,
            sources,
        })
    }
}

fn default(text: &str) -> Said<String> {
    Said::flag("default", text.to_owned())
}

/// The checks of the types that the relay shares with us.
fn parsed<T: FromStr<Err = WireError>>(text: String) -> Result<T, String> {
    text.parse().map_err(|error: WireError| error.message)
}

fn link_address(text: String) -> Result<LinkAddr, String> {
    match parsed(text)? {
        LinkAddr::Loop => Err("loop: connects within one process only".into()),
        addr => Ok(addr),
    }
}
