//! Where a relay is, from the URL a person gives.
//!
//! No names are resolved here; `dial` does.

use std::fmt;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::http::Uri;

/// Path of the live socket.
const PATH: &str = "/v1/live";

/// A relay's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether to speak TLS.
    pub(super) tls: bool,
    /// Name or number, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The query of the live socket, like `track_user=twitch:1`.
    query: Option<String>,
}

/// A URL that is no relay's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} is no address of a relay: {why}")]
pub struct BadUrl {
    url: String,
    why: &'static str,
}

impl FromStr for Address {
    type Err = BadUrl;

    fn from_str(url: &str) -> Result<Self, BadUrl> {
        let bad = |why| BadUrl { url: url.to_owned(), why };
        let uri: Uri = url.parse().map_err(|_| bad("it is no URL like http://127.0.0.1:7420"))?;
        let tls = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return Err(bad("it begins with http, https, ws or wss")),
        };
        let authority = uri.authority().ok_or(bad("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("names and passwords are not used"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(bad("it has no host"));
        }
        let given = authority.as_str().rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let port = match authority.port_u16() {
            Some(port) => port,
            None if given => return Err(bad("a port is a number up to 65535")),
            None => {
                if tls {
                    443
                } else {
                    80
                }
            }
        };
        match (uri.path(), uri.query()) {
            ("" | "/", None) => Ok(Self { tls, host, port, query: None }),
            (PATH, query) => Ok(Self { tls, host, port, query: query.map(str::to_owned) }),
            _ => Err(bad("only scheme, host and port are given")),
        }
    }
}

impl Address {
    /// Where the relay's HTTP interface is, like `http://127.0.0.1:7420`.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }

    fn authority(&self) -> String {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        format!("{open}{}{close}:{}", self.host, self.port)
    }
}

/// The URL of the live socket.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{PATH}", self.authority())?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_become_sockets() {
        for (url, socket) in [
            ("http://127.0.0.1:7420", "ws://127.0.0.1:7420/v1/live"),
            ("https://boards.example.org/", "wss://boards.example.org:443/v1/live"),
            ("ws://[::1]:9", "ws://[::1]:9/v1/live"),
            ("http://[::1]", "ws://[::1]:80/v1/live"),
            ("wss://h/v1/live?track_user=twitch:1", "wss://h:443/v1/live?track_user=twitch:1"),
        ] {
            assert_eq!(url.parse::<Address>().map(|address| address.to_string()), Ok(socket.to_owned()));
        }
    }

    #[test]
    fn http_is_at_the_same_port() {
        for (url, origin) in [
            ("ws://[::1]:9/v1/live?track_user=twitch:1", "http://[::1]:9"),
            ("wss://boards.example.org", "https://boards.example.org:443"),
        ] {
            assert_eq!(url.parse::<Address>().map(|address| address.origin()), Ok(origin.to_owned()));
        }
    }

    #[test]
    fn other_urls_say_what_is_wrong() {
        for (url, part) in [
            ("127.0.0.1:7420", "begins with"),
            ("ftp://h", "begins with"),
            ("http://u:p@h", "passwords"),
            ("http://h:70000", "port"),
            ("http://h/boards", "only scheme"),
            ("http://h?track_user=a:b", "only scheme"),
            ("", "no URL"),
            ("http://", "no URL"),
        ] {
            let error = url.parse::<Address>().expect_err(url);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
