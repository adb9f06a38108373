//! What an operator may change of a relay, and reading it: one TOML file, over it `SCORELAY_*` variables, over them
//! flags (`args.rs`). Deadlines and a few limits are here too, for tests; operators cannot set them.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::address::Cidr;
use super::link_io::LinkDeadlines;
use super::tls::TlsFiles;
use super::tokens::check_name;
use super::transport::LinkAddr;

/// A relay's configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelayConfig {
    /// The relay's name for those it connects to.
    pub name: String,
    /// The core or relay to connect to. Not asked for where [`crate::run`] is given one.
    pub upstream: Option<LinkAddr>,
    /// File with the token to show there.
    pub upstream_token_file: Option<PathBuf>,
    /// The public port: clients and HTTP.
    pub listen: Listen,
    /// The private port: metrics and health.
    pub metrics: Listen,
    /// PEM file with the certificate of the public port, and those between it and an authority; `None` for plain HTTP.
    pub tls_certificate_file: Option<PathBuf>,
    /// PEM file with its key.
    pub tls_key_file: Option<PathBuf>,
    /// The folder of web pages that the public port serves; `None` for none.
    pub pages: Option<PathBuf>,
    /// Where relays below this one connect.
    pub links: Vec<LinkAddr>,
    /// File of `role name token` lines; asked for on `tcp:` links.
    pub link_tokens_file: Option<PathBuf>,
    /// Threads that serve clients; `None` for one per core.
    pub shards: Option<usize>,
    /// Milliseconds between ticks.
    pub tick_ms: u64,
    /// Client connections, in all.
    pub connections: usize,
    /// Client connections of one address.
    pub connections_per_address: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    /// Sockets that load web pages, in all; for tests.
    #[serde(skip)]
    pub http_sockets: usize,
    /// Sockets of one address that load web pages; for tests.
    #[serde(skip)]
    pub http_sockets_per_address: usize,
    /// Between two looks at the files of the certificate; for tests.
    #[serde(skip)]
    pub tls_renew: Duration,
    /// Deadlines of clients.
    #[serde(skip)]
    pub client_deadlines: ClientDeadlines,
    /// Deadlines of links, both ways.
    #[serde(skip)]
    pub link_deadlines: LinkDeadlines,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            name: "relay".into(),
            upstream: None,
            upstream_token_file: None,
            listen: Listen::On(SocketAddr::from(([127, 0, 0, 1], 7420))),
            metrics: Listen::On(SocketAddr::from(([127, 0, 0, 1], 7421))),
            tls_certificate_file: None,
            tls_key_file: None,
            pages: None,
            links: Vec::new(),
            link_tokens_file: None,
            shards: None,
            tick_ms: limits::TICK_MS,
            connections: limits::CONNECTIONS,
            connections_per_address: limits::CONNECTIONS_PER_ADDRESS,
            trusted_proxies: Vec::new(),
            http_sockets: limits::HTTP_SOCKETS,
            http_sockets_per_address: limits::HTTP_SOCKETS_PER_ADDRESS,
            tls_renew: Duration::from_millis(limits::TLS_RENEW_MS),
            client_deadlines: ClientDeadlines::default(),
            link_deadlines: LinkDeadlines::default(),
        }
    }
}

impl RelayConfig {
    /// Reads a TOML file. Paths in it are meant from its folder, so that it does not matter where a relay is started.
    ///
    /// # Errors
    /// [`ErrorCode::BadConfig`] naming file, line and key.
    pub fn read(path: &Path) -> Result<Self, WireError> {
        let mut config: Self = read_toml(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let links = config.upstream.iter_mut().chain(&mut config.links).filter_map(|link| match link {
            LinkAddr::Unix(path) => Some(path),
            _ => None,
        });
        let files = [
            &mut config.upstream_token_file,
            &mut config.link_tokens_file,
            &mut config.tls_certificate_file,
            &mut config.tls_key_file,
            &mut config.pages,
        ];
        for path in files.into_iter().flatten().chain(links) {
            *path = folder.join(&*path);
        }
        Ok(config)
    }

    /// The files for TLS on the public port.
    ///
    /// # Errors
    /// [`ErrorCode::BadConfig`] when only one of them is given.
    pub(crate) fn tls(&self) -> Result<Option<TlsFiles>, WireError> {
        match (&self.tls_certificate_file, &self.tls_key_file) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate: certificate.clone(), key: key.clone() })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(WireError::new(ErrorCode::BadConfig, "tls_key_file: the certificate's key is missing"))
            }
            (None, Some(_)) => {
                Err(WireError::new(ErrorCode::BadConfig, "tls_certificate_file: the key's certificate is missing"))
            }
        }
    }

    /// Checks what types do not.
    ///
    /// # Errors
    /// [`ErrorCode::BadConfig`] with the key.
    pub fn check(&self) -> Result<(), WireError> {
        let bad = |key: &str, what: &str| Err(WireError::new(ErrorCode::BadConfig, format!("{key}: {what}")));
        if let Err(what) = check_name(&self.name) {
            return bad("name", what);
        }
        let (least, most) = limits::TICK_RANGE_MS;
        if !(least..=most).contains(&self.tick_ms) {
            return bad("tick_ms", &format!("a tick lasts {least} to {most} milliseconds"));
        }
        if self.shards.is_some_and(|shards| !(1..=256).contains(&shards)) {
            return bad("shards", "1 to 256 threads serve clients");
        }
        self.tls()?;
        if self.links.contains(&LinkAddr::Loop) || self.upstream == Some(LinkAddr::Loop) {
            return bad("links", "loop: connects within one process only");
        }
        Ok(())
    }
}

/// An address to listen on, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    /// Here.
    On(SocketAddr),
    /// Not at all.
    Off,
}

impl FromStr for Listen {
    type Err = WireError;

    fn from_str(text: &str) -> Result<Self, WireError> {
        if text == "none" {
            return Ok(Self::Off);
        }
        let bad = |_| {
            let text = format!("an address to listen on is written 127.0.0.1:7420, [::1]:7420 or none, not `{text}`");
            WireError::new(ErrorCode::BadConfig, text)
        };
        text.parse().map(Self::On).map_err(bad)
    }
}

impl TryFrom<String> for Listen {
    type Error = WireError;

    fn try_from(text: String) -> Result<Self, WireError> {
        text.parse()
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(addr) => addr.fmt(f),
            Self::Off => f.write_str("none"),
        }
    }
}

/// Deadlines of client connections; [`limits`] by default.
#[derive(Debug, Clone, Copy)]
pub struct ClientDeadlines {
    /// From accept, or the last answer, to the end of a request's head.
    pub handshake: Duration,
    /// From accept to the end of a socket that has not become a client.
    pub http_socket: Duration,
    /// Time in which a reader of a web page must take [`limits::HTTP_WINDOW_BYTES`].
    pub http_window: Duration,
    /// From handshake to `Hello`.
    pub first_message: Duration,
    /// Quiet time after which a client is pinged.
    pub ping_after: Duration,
    /// Quiet time after which it is taken for gone.
    pub gone_after: Duration,
    /// Time an unfinished message may make no progress.
    pub stuck: Duration,
    /// From a close frame to the end.
    pub close: Duration,
}

impl Default for ClientDeadlines {
    fn default() -> Self {
        Self {
            handshake: Duration::from_millis(limits::HANDSHAKE_MS),
            http_socket: Duration::from_millis(limits::HTTP_SOCKET_MS),
            http_window: Duration::from_millis(limits::HTTP_WINDOW_MS),
            first_message: Duration::from_millis(limits::FIRST_MESSAGE_MS),
            ping_after: Duration::from_millis(limits::PING_AFTER_MS),
            gone_after: Duration::from_millis(limits::GONE_AFTER_MS),
            stuck: Duration::from_millis(limits::STUCK_MS),
            close: Duration::from_millis(limits::CLOSE_MS),
        }
    }
}

/// Reads a TOML file.
///
/// # Errors
/// [`ErrorCode::BadConfig`] naming file, line and key.
fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, WireError> {
    let bad = |what: String| WireError::new(ErrorCode::BadConfig, format!("{}{what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| bad(format!(": {e}")))?;
    toml::from_str(&text).map_err(|e| bad(describe(&text, &e)))
}

/// `:LINE: KEY: what is wrong`
fn describe(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let Some(before) = before else { return format!(": {}", error.message()) };
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default();
    let key = line.split_once('=').map_or_else(String::new, |(key, _)| format!(" {}:", key.trim()));
    format!(":{}:{key} {}", number + 1, error.message())
}

/// Reads a secret from a file of its own: one line, white space around it cut off.
///
/// # Errors
/// [`ErrorCode::BadConfig`] naming the file; the secret is never shown.
pub fn read_secret(path: &Path) -> Result<String, WireError> {
    let bad = |what: &str| WireError::new(ErrorCode::BadConfig, format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| bad(&e.to_string()))?;
    let (least, most) = limits::LINK_TOKEN_BYTES;
    let secret = text.trim();
    if !(least..=most).contains(&secret.len()) || secret.contains(char::is_whitespace) {
        return Err(bad("a token is one line of 16 to 256 bytes without spaces"));
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Result<RelayConfig, WireError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.toml");
        std::fs::write(&path, text).unwrap();
        let config = RelayConfig::read(&path)?;
        config.check().map(|()| config)
    }

    #[test]
    fn a_file_may_say_everything_or_nothing() {
        assert_eq!(from("").unwrap().listen.to_string(), "127.0.0.1:7420");
        let text = r#"
            name = "edge-1"
            upstream = "tcp:core.example:7422"
            listen = "none"
            links = ["unix:run/edge.sock", "tcp:127.0.0.1:0"]
            tick_ms = 20
            trusted_proxies = ["10.0.0.0/8"]
        "#;
        let config = from(text).unwrap();
        assert_eq!(config.upstream.unwrap().to_string(), "tcp:core.example:7422");
        assert_eq!((config.listen, config.tick_ms, config.links.len()), (Listen::Off, 20, 2));
    }

    #[test]
    fn paths_in_a_file_are_meant_from_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.toml");
        let text = "upstream = \"unix:core.sock\"\nupstream_token_file = \"token\"\nlink_tokens_file = \"/etc/tokens\"\n\
                    pages = \"pages\"\nlinks = [\"tcp:127.0.0.1:0\", \"unix:run/edge.sock\"]\n";
        std::fs::write(&path, text).unwrap();
        let config = RelayConfig::read(&path).unwrap();
        let within = |name: &str| dir.path().join(name);
        assert_eq!(config.upstream, Some(LinkAddr::Unix(within("core.sock"))));
        assert_eq!(config.links[1], LinkAddr::Unix(within("run/edge.sock")));
        assert_eq!(config.upstream_token_file, Some(within("token")));
        assert_eq!(config.pages, Some(within("pages")));
        assert_eq!(config.link_tokens_file, Some("/etc/tokens".into()));
    }

    #[test]
    fn what_is_wrong_is_named_with_file_line_and_key() {
        for (text, parts) in [
            ("name = \"a\"\ncolour = 1", &["relay.toml:2: colour: unknown field `colour`"][..]),
            ("\n\ntick_ms = \"fast\"", &["relay.toml:3: tick_ms: ", "string"]),
            ("listen = \"here\"", &["relay.toml:1: listen: ", "127.0.0.1:7420"]),
            ("links = [\"udp:x\"]", &["relay.toml:1: links: ", "tcp:HOST:PORT"]),
            ("tick_ms = 5", &["tick_ms: a tick lasts"]),
            ("name = \"An Edge\"", &["name: "]),
            ("links = [\"loop:\"]", &["links: "]),
            ("name = ", &["relay.toml:1:"]),
        ] {
            let error = from(text).unwrap_err();
            assert_eq!(error.code, ErrorCode::BadConfig);
            for part in parts {
                assert!(error.message.contains(part), "{text}: {}", error.message);
            }
        }
    }
}
