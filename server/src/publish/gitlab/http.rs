//! One request to GitLab and its answer, within a time and a size, with the token that proves who asks. What requests
//! say and what answers mean is in `mod.rs`; redirections are not followed, so that the token goes nowhere else.

use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use scorelay_protocol::limits;
use tokio::time::timeout;

use crate::failure::causes;
use crate::sources::tls::{self, Trust};

/// A server that is asked.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    token: HeaderValue,
    within: Duration,
}

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// The request never got there.
    NotSent(String),
    /// It may have, and the answer was lost.
    Lost(String),
}

impl Fault {
    pub(super) fn why(&self) -> &str {
        match self {
            Self::NotSent(why) | Self::Lost(why) => why,
        }
    }
}

impl Http {
    /// A connection is made for each request, and no request is sent twice.
    pub(super) fn new(token: HeaderValue, trust: &Trust, within: Duration) -> Result<Self, String> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(Duration::from_millis(limits::SOURCE_CONNECT_MS)));
        let tls = tls::client(trust).map_err(|error| format!("TLS: {error}"))?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(0).retry_canceled_requests(false);
        Ok(Self { client: builder.build(connector), token, within })
    }

    pub(super) async fn get(&self, address: &str) -> Result<Answer, Fault> {
        self.send(Method::GET, address, None, Bytes::new()).await
    }

    pub(super) async fn post(&self, address: &str, kind: &str, body: Vec<u8>) -> Result<Answer, Fault> {
        self.send(Method::POST, address, Some(kind), body.into()).await
    }

    async fn send(&self, method: Method, address: &str, kind: Option<&str>, body: Bytes) -> Result<Answer, Fault> {
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(HeaderName::from_static("private-token"), &self.token)
            .header(USER_AGENT, concat!("scorelay/", env!("CARGO_PKG_VERSION")));
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let request = request.body(Full::new(body)).map_err(|error| Fault::NotSent(error.to_string()))?;
        match timeout(self.within, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::Lost(format!("no answer within {} ms", self.within.as_millis()))),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, Fault> {
        let answer = self.client.request(request).await.map_err(|error| match error.is_connect() {
            true => Fault::NotSent(causes(&error)),
            false => Fault::Lost(causes(&error)),
        })?;
        let (head, body) = answer.into_parts();
        let retry_after = head.headers.get(RETRY_AFTER).and_then(seconds);
        let body = Limited::new(body, limits::PUBLISH_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| Fault::Lost(format!("the answer broke off: {error}")))?.to_bytes();
        Ok(Answer { status: head.status, retry_after, body })
    }
}

/// GitLab gives seconds; the other form, a date, is passed over.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
