//! `scorelay serve`: its flags and the variables that stand for them. What they mean together with the file is decided
//! in `config/`, what is then run in `serve.rs`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::config::{Config, Overrides};
use crate::failure::Failure;
use crate::sources::demo::DemoConfig;

/// Flags go over SCORELAY_* variables, and those over the file.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Configuration file (TOML).
    #[arg(long, env = "SCORELAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory [default: scorelay-data].
    #[arg(long, env = "SCORELAY_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where clients connect, or none for no relay in this process [default: 127.0.0.1:7420].
    #[arg(long, env = "SCORELAY_LISTEN", value_name = "ADDR|none")]
    listen: Option<String>,
    /// Private address for metrics and health, or none [default: 127.0.0.1:7421].
    #[arg(long, env = "SCORELAY_METRICS", value_name = "ADDR|none")]
    metrics: Option<String>,
    /// Where relays and sources connect: tcp:HOST:PORT or unix:PATH; repeatable.
    #[arg(long = "link", env = "SCORELAY_LINK", value_name = "LINK", value_delimiter = ',')]
    links: Vec<String>,
    /// File of `role name token` lines asked for on tcp: links.
    #[arg(long, env = "SCORELAY_LINK_TOKENS_FILE", value_name = "FILE")]
    link_tokens_file: Option<PathBuf>,
    /// Milliseconds between ticks of the relay in this process [default: 50].
    #[arg(long, env = "SCORELAY_TICK_MS", value_name = "MS")]
    tick_ms: Option<u64>,
    /// PEM file with the certificate for TLS where clients connect [default: plain HTTP].
    #[arg(long, env = "SCORELAY_TLS_CERTIFICATE_FILE", value_name = "FILE")]
    tls_certificate_file: Option<PathBuf>,
    /// PEM file with the certificate's key.
    #[arg(long, env = "SCORELAY_TLS_KEY_FILE", value_name = "FILE")]
    tls_key_file: Option<PathBuf>,
    /// Folder of web pages to serve where clients connect.
    #[arg(long, env = "SCORELAY_PAGES", value_name = "DIR")]
    pages: Option<PathBuf>,
    /// Threads that serve clients [default: one per processor].
    #[arg(long, env = "SCORELAY_SHARDS", value_name = "N")]
    shards: Option<usize>,
    /// Client connections in all [default: 20000].
    #[arg(long, env = "SCORELAY_CONNECTIONS", value_name = "N")]
    connections: Option<usize>,
    /// Client connections of one address [default: 2000].
    #[arg(long, env = "SCORELAY_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    connections_per_address: Option<usize>,
    /// Proxies whose X-Forwarded-For is believed, like 10.0.0.0/8; repeatable.
    #[arg(long = "trusted-proxy", env = "SCORELAY_TRUSTED_PROXIES", value_name = "RANGE", value_delimiter = ',')]
    trusted_proxies: Vec<String>,
    /// Adds a synthetic crowd that chats; boards are then marked synthetic.
    #[arg(long, env = "SCORELAY_DEMO")]
    demo: bool,
    /// Chatters in the synthetic crowd.
    #[arg(long, value_name = "N", requires = "demo", default_value_t = DemoConfig::default().size)]
    demo_size: u32,
    /// Messages per second of the synthetic crowd.
    #[arg(long, value_name = "N", requires = "demo", default_value_t = DemoConfig::default().rate)]
    demo_rate: f64,
    /// Random seed of the synthetic crowd.
    #[arg(long, value_name = "N", requires = "demo", default_value_t = DemoConfig::default().seed)]
    demo_seed: u64,
}

impl ServeArgs {
    /// Serves until a signal, or until a part fails.
    ///
    /// # Errors
    /// What could not be started, or what failed.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let demo = DemoConfig { size: self.demo_size, rate: self.demo_rate, seed: self.demo_seed };
        let config = Config::load(Overrides {
            config: self.config,
            data: self.data,
            listen: self.listen,
            metrics: self.metrics,
            links: self.links,
            link_tokens_file: self.link_tokens_file,
            tick_ms: self.tick_ms,
            shards: self.shards,
            tls_certificate_file: self.tls_certificate_file,
            tls_key_file: self.tls_key_file,
            pages: self.pages,
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            trusted_proxies: self.trusted_proxies,
            demo: self.demo.then_some(demo),
        })?;
        crate::serve::serve(config)
    }
}
