//! What `scorelay serve` is to do: flags over `SCORELAY_*` over the file over defaults. The file's keys stand in
//! `file.rs`, how they and the flags become a [`Config`] in `check.rs`; flags themselves in `cli/serve.rs`.

mod boards;
mod check;
mod file;
mod filters;
mod meets;
mod sources;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::path::PathBuf;

use scorelay_engine::BoardConfig;
use scorelay_engine::scoring::emotes::EmoteWords;
use scorelay_relay::shell::Cidr;
use scorelay_relay::shell::config::Listen;
use scorelay_relay::shell::transport::LinkAddr;

use crate::sources::SourceConfig;

pub use meets::MeetsConfig;

/// A checked configuration: everything in it can be tried.
#[derive(Debug)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// Where clients connect; without it there is no embedded relay.
    pub listen: Listen,
    /// PEM file with the certificate of the embedded relay's port; `None` for plain HTTP.
    pub tls_certificate_file: Option<PathBuf>,
    /// PEM file with its key.
    pub tls_key_file: Option<PathBuf>,
    /// The folder of web pages that the embedded relay serves.
    pub pages: Option<PathBuf>,
    /// Where metrics and health are served.
    pub metrics: Listen,
    /// Where relays and sources connect.
    pub links: Vec<LinkAddr>,
    /// The file with the tokens that links must show.
    pub link_tokens_file: Option<PathBuf>,
    /// Milliseconds between ticks of the embedded relay.
    pub tick_ms: u64,
    /// Shards of the embedded relay, `None` for one per processor.
    pub shards: Option<usize>,
    /// Client connections of the embedded relay, in all.
    pub connections: usize,
    /// Its client connections of one address.
    pub connections_per_address: usize,
    /// Addresses and networks whose word on a client's address is taken.
    pub trusted_proxies: Vec<Cidr>,
    /// The boards, at least one.
    pub boards: Vec<BoardConfig>,
    /// Words that are emotes.
    pub emotes: EmoteWords,
    /// The sources inside this process.
    pub sources: Vec<SourceConfig>,
    /// How meets are kept, if they are.
    pub meets: Option<MeetsConfig>,
}

/// What flags and environment say; each wins over the file.
#[derive(Debug, Default)]
pub struct Overrides {
    /// The file.
    pub config: Option<PathBuf>,
    /// As [`Config::data`].
    pub data: Option<PathBuf>,
    /// An address or `none`.
    pub listen: Option<String>,
    /// As [`Config::tls_certificate_file`].
    pub tls_certificate_file: Option<PathBuf>,
    /// As [`Config::tls_key_file`].
    pub tls_key_file: Option<PathBuf>,
    /// As [`Config::pages`].
    pub pages: Option<PathBuf>,
    /// An address or `none`.
    pub metrics: Option<String>,
    /// Takes the place of all links of the file.
    pub links: Vec<String>,
    /// As [`Config::link_tokens_file`].
    pub link_tokens_file: Option<PathBuf>,
    /// As [`Config::tick_ms`].
    pub tick_ms: Option<u64>,
    /// As [`Config::shards`].
    pub shards: Option<usize>,
    /// As [`Config::connections`].
    pub connections: Option<usize>,
    /// As [`Config::connections_per_address`].
    pub connections_per_address: Option<usize>,
    /// Takes the place of all trusted proxies of the file.
    pub trusted_proxies: Vec<String>,
    /// Adds a synthetic crowd of this size, rate and random seed.
    pub demo: Option<crate::sources::demo::DemoConfig>,
}

/// The data directory where nothing is said.
pub const DEFAULT_DATA: &str = "scorelay-data";
const DEFAULT_LISTEN: &str = "127.0.0.1:7420";
const DEFAULT_METRICS: &str = "127.0.0.1:7421";
