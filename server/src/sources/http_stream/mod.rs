//! The `http-stream` source: messages that an HTTP server sends as one endless answer. What the answer's blocks mean
//! stands in `blocks.rs`; here it is asked for and read.

mod blocks;

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, USER_AGENT};
use hyper::http::uri::Scheme;
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use scorelay_protocol::limits;
use tokio::time::timeout;

use self::blocks::{Blocks, Found};
use crate::failure::causes;
use crate::sources::tls::{self, Trust};
use crate::sources::{Sink, SourceError};

/// What to read.
#[derive(Debug, Clone)]
pub struct HttpStreamConfig {
    /// Where from.
    pub url: StreamUrl,
    /// Whom to trust where the address is `https:`.
    pub trust: Trust,
}

/// An `http:` or `https:` address with a host and without a user.
#[derive(Debug, Clone)]
pub struct StreamUrl(Uri);

impl StreamUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("`{text}` is no address: {error}"))?;
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        match uri.authority() {
            Some(authority) if scheme && !authority.as_str().contains('@') => Ok(Self(uri)),
            _ => Err(format!("`{text}` is no address like http://localhost:8080/stream")),
        }
    }

    /// Whether it is read over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }
}

/// Reads until the answer ends, whyever that is.
pub(crate) async fn run(config: &HttpStreamConfig, sink: &mut impl Sink) -> SourceError {
    let mut body = match open(&config.url.0, &config.trust).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    sink.up();
    let mut blocks = Blocks::new();
    let mut found = Vec::new();
    let end = loop {
        match body.frame().await {
            None => break None,
            Some(Err(error)) => break Some(error.to_string()),
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    blocks.push(bytes, &mut found);
                }
            }
        }
        if let Err(error) = hand_over(&mut found, sink).await {
            return error;
        }
    };
    blocks.finish(&mut found);
    match hand_over(&mut found, sink).await {
        Ok(()) => SourceError::Ended(end),
        Err(error) => error,
    }
}

async fn hand_over(found: &mut Vec<Found>, sink: &mut impl Sink) -> Result<(), SourceError> {
    for found in found.drain(..) {
        match found {
            Found::Event(event) => sink.event(event).await?,
            Found::Other(what, text) => sink.dropped(what, &text),
        }
    }
    Ok(())
}

/// Asks and waits for the head of the answer. A stream may be quiet for hours: that its other end still exists is seen
/// by the keep-alive of the connection, not by a limit on silence.
async fn open(uri: &Uri, trust: &Trust) -> Result<hyper::body::Incoming, SourceError> {
    let failed = |why: String| SourceError::Connect { to: uri.to_string(), why };
    let within = Duration::from_millis(limits::SOURCE_CONNECT_MS);
    let connector = connector(within, trust).map_err(failed)?;
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let request = Request::get(uri)
        .header(ACCEPT, "text/event-stream, */*")
        .header(USER_AGENT, concat!("scorelay/", env!("CARGO_PKG_VERSION")))
        .body(Empty::new())
        .map_err(|error| failed(error.to_string()))?;
    let answer = match timeout(within, client.request(request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(failed(causes(&error))),
        Err(_) => return Err(failed(format!("no answer within {} ms", within.as_millis()))),
    };
    match answer.status() {
        hyper::StatusCode::OK => Ok(answer.into_body()),
        other => Err(SourceError::Refused(format!("{uri} answered {other}"))),
    }
}

fn connector(within: Duration, trust: &Trust) -> Result<HttpsConnector<HttpConnector>, String> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(within));
    tcp.set_keepalive(Some(Duration::from_millis(limits::PING_AFTER_MS)));
    tcp.set_keepalive_interval(Some(Duration::from_millis(limits::PING_AFTER_MS)));
    tcp.set_keepalive_retries(Some(2));
    let tls = tls::client(trust).map_err(|error| format!("TLS: {error}"))?;
    Ok(HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp))
}
