//! The command line of `scorelay-relay`, and its environment: each flag has its variable, a flag goes over it, and both
//! over the file. What the values mean stands in `config.rs`.

use std::path::PathBuf;

use clap::Parser;
use scorelay_protocol::error::WireError;

use super::address::Cidr;
use super::config::{Listen, RelayConfig};
use super::transport::LinkAddr;

/// Carries live boards from a core, or another relay, to clients near by.
#[derive(Debug, Parser)]
#[command(name = "scorelay-relay", version)]
pub struct Args {
    /// What to log, like `info` or `scorelay_relay=debug,info`; RUST_LOG is heard too.
    #[arg(long, env = "SCORELAY_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Configuration file (TOML).
    #[arg(long, env = "SCORELAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Core or relay to connect to: tcp:HOST:PORT or unix:PATH.
    #[arg(long, env = "SCORELAY_UPSTREAM", value_name = "LINK")]
    upstream: Option<LinkAddr>,
    /// File with the token to show there.
    #[arg(long, env = "SCORELAY_UPSTREAM_TOKEN_FILE", value_name = "FILE")]
    upstream_token_file: Option<PathBuf>,
    /// Public port for clients and HTTP, or none [default: 127.0.0.1:7420].
    #[arg(long, env = "SCORELAY_LISTEN", value_name = "ADDR")]
    listen: Option<Listen>,
    /// PEM file with the certificate for TLS at the public port [default: plain HTTP].
    #[arg(long, env = "SCORELAY_TLS_CERTIFICATE_FILE", value_name = "FILE")]
    tls_certificate_file: Option<PathBuf>,
    /// PEM file with the certificate's key.
    #[arg(long, env = "SCORELAY_TLS_KEY_FILE", value_name = "FILE")]
    tls_key_file: Option<PathBuf>,
    /// Folder of web pages to serve at the public port.
    #[arg(long, env = "SCORELAY_PAGES", value_name = "DIR")]
    pages: Option<PathBuf>,
    /// Where relays below this one connect: tcp:HOST:PORT or unix:PATH; repeatable.
    #[arg(long = "link", env = "SCORELAY_LINK", value_name = "LINK", value_delimiter = ',')]
    links: Vec<LinkAddr>,
    /// File of `role name token` lines asked for on tcp: links.
    #[arg(long, env = "SCORELAY_LINK_TOKENS_FILE", value_name = "FILE")]
    link_tokens_file: Option<PathBuf>,
    /// Private port for metrics and health, or none [default: 127.0.0.1:7421].
    #[arg(long, env = "SCORELAY_METRICS", value_name = "ADDR")]
    metrics: Option<Listen>,
    /// This relay's name.
    #[arg(long, env = "SCORELAY_NAME")]
    name: Option<String>,
    /// Threads that serve clients [default: one per core].
    #[arg(long, env = "SCORELAY_SHARDS", value_name = "N")]
    shards: Option<usize>,
    /// Milliseconds between ticks [default: 50].
    #[arg(long, env = "SCORELAY_TICK_MS", value_name = "MS")]
    tick_ms: Option<u64>,
    /// Client connections in all.
    #[arg(long, env = "SCORELAY_CONNECTIONS", value_name = "N")]
    connections: Option<usize>,
    /// Client connections of one address.
    #[arg(long, env = "SCORELAY_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    connections_per_address: Option<usize>,
    /// Proxies whose X-Forwarded-For is believed, like 10.0.0.0/8; repeatable.
    #[arg(long = "trusted-proxy", env = "SCORELAY_TRUSTED_PROXIES", value_name = "RANGE", value_delimiter = ',')]
    trusted_proxies: Vec<Cidr>,
}

impl Args {
    /// The configuration they make, checked.
    ///
    /// # Errors
    /// [`scorelay_protocol::error::ErrorCode::BadConfig`] naming what is wrong and where.
    pub fn config(self) -> Result<RelayConfig, WireError> {
        let mut config = match &self.config {
            Some(path) => RelayConfig::read(path)?,
            None => RelayConfig::default(),
        };
        fn over<T>(base: &mut T, given: Option<T>) {
            if let Some(given) = given {
                *base = given;
            }
        }
        config.upstream = self.upstream.or(config.upstream);
        config.upstream_token_file = self.upstream_token_file.or(config.upstream_token_file);
        config.link_tokens_file = self.link_tokens_file.or(config.link_tokens_file);
        config.tls_certificate_file = self.tls_certificate_file.or(config.tls_certificate_file);
        config.tls_key_file = self.tls_key_file.or(config.tls_key_file);
        config.pages = self.pages.or(config.pages);
        config.shards = self.shards.or(config.shards);
        over(&mut config.listen, self.listen);
        over(&mut config.metrics, self.metrics);
        over(&mut config.name, self.name);
        over(&mut config.tick_ms, self.tick_ms);
        over(&mut config.connections, self.connections);
        over(&mut config.connections_per_address, self.connections_per_address);
        over(&mut config.links, Some(self.links).filter(|links| !links.is_empty()));
        over(&mut config.trusted_proxies, Some(self.trusted_proxies).filter(|ranges| !ranges.is_empty()));
        config.check()?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.toml");
        std::fs::write(&path, "name = \"file\"\ntick_ms = 20\nlinks = [\"unix:a\"]").unwrap();
        let file = path.to_str().unwrap();
        let args = ["scorelay-relay", "--config", file, "--name", "flag", "--link", "unix:b", "--link", "unix:c"];
        let config = Args::try_parse_from(args).unwrap().config().unwrap();
        assert_eq!((config.name.as_str(), config.tick_ms, config.links.len()), ("flag", 20, 2));
        assert!(Args::try_parse_from(["scorelay-relay", "--listen", "here"]).is_err());
        assert!(Args::try_parse_from(["scorelay-relay", "--colour", "red"]).is_err());
    }
}
