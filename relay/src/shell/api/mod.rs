//! The HTTP interface beside the live socket: boards, rows and statistics as JSON, for programs, for caches, and for
//! the first rows in a page's own HTML.
//!
//! How it keeps out of the live path's way. Boards are owned by the feed thread. A copy of them for HTTP, made at each
//! tick, would cost that thread the most when it is busiest, whether anybody asks or not; so it is asked instead, for
//! a few rows at a time, over a short queue that it empties a few at a turn (`ask.rs`). What that may cost is bounded
//! three times before a question gets there: requests by address, equal questions to one a second by keeping their
//! answers (`kept.rs`), and all questions together by a rate (`rates.rs`). JSON is made by the asker's own thread, and
//! how slowly it is read is the socket's affair (`paced.rs`): the feed thread never waits for HTTP.

mod args;
mod ask;
mod kept;
mod openapi;
mod people;
mod rates;
mod routes;
mod schemas;
mod show;

use std::net::IpAddr;
use std::time::Duration;

use http_body_util::Full as Whole;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use prometheus_client::metrics::counter::Counter;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::address::Full;
use super::etag::has;
use super::problem::{Answer, Refusal, refusal};
use crate::core::clock::Millis;

pub(crate) use self::ask::Ask;
pub(crate) use self::people::People;
pub(crate) use self::routes::{Matched, find};

use self::args::Args;
use self::ask::{Question, Reply};
use self::kept::{Body, Kept};
use self::rates::Rates;
use self::routes::{Place, Source};

/// The interface of one relay.
#[derive(Debug)]
pub(crate) struct Api {
    asks: mpsc::Sender<Ask>,
    /// Questions put to the feed thread.
    asked: Counter,
    rates: Rates,
    kept: Kept,
    document: Body,
}

const METHODS: &str = "GET, HEAD, OPTIONS";

impl Api {
    /// Puts its questions to `asks`, and counts them.
    pub(crate) fn new(asks: mpsc::Sender<Ask>, asked: Counter, now: Millis) -> Self {
        let document = Body::new(openapi::document().to_string().into_bytes(), routes::MOMENT);
        Self { asks, asked, rates: Rates::new(now), kept: Kept::default(), document }
    }

    /// Answers a request from `address` for a route that was found.
    ///
    /// # Errors
    /// What is wrong with the request, or why it cannot be answered now.
    pub(crate) async fn answer<B>(
        &self,
        found: Matched<'_>,
        request: &Request<B>,
        address: IpAddr,
        now: Millis,
    ) -> Result<Answer, Refusal> {
        self.rates.request(address, now).map_err(too_fast)?;
        match *request.method() {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return Ok(preflight()),
            _ => {
                let text = "only GET is answered here";
                return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadRequest, text));
            }
        }
        let of_query = found.route.parameters.iter().filter(|parameter| parameter.place == Place::Query);
        let args = Args::read(&found.parts, of_query.map(|parameter| parameter.name), request.uri().query())?;
        let body = match &found.route.source {
            Source::Document => self.document.clone(),
            Source::Boards { ask, show } => {
                let key = (found.no, ask(&args)?);
                match self.kept.get(&key, now) {
                    Some(body) => body,
                    None => {
                        let reply = self.ask(key.1.clone(), now).await?;
                        let cached = if reply.found.is_whole() { found.route.cached } else { routes::PARTIAL };
                        let body = Body::new(show(&reply)?, cached);
                        self.kept.put(key, now, body.clone());
                        body
                    }
                }
            }
        };
        Ok(whole(body, request.headers()))
    }

    /// Asks the feed thread.
    async fn ask(&self, question: Question, now: Millis) -> Result<Reply, Refusal> {
        self.rates.question(now).map_err(too_fast)?;
        if matches!(question, Question::Search { .. }) {
            self.rates.search(now).map_err(too_fast)?;
        }
        let (reply, answered) = oneshot::channel();
        let answer = async {
            self.asks.send(Ask { question, reply }).await.map_err(|_| shutting_down())?;
            self.asked.inc();
            answered.await.map_err(|_| shutting_down())
        };
        let busy = |_| refusal(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::RateLimited, "this relay is busy");
        timeout(Duration::from_millis(limits::API_ANSWER_MS), answer).await.map_err(busy)?
    }
}

/// Adds what browsers need to know of any answer of the interface.
pub(crate) fn for_browsers(mut answer: Answer) -> Answer {
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, "ETag, Retry-After");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
    }
    answer
}

fn whole(body: Body, asked: &HeaderMap) -> Answer {
    let fresh = has(asked, &body.etag);
    let mut answer = Response::new(if fresh { Whole::default() } else { Whole::new(body.bytes) });
    let headers = answer.headers_mut();
    headers.insert(header::ETAG, body.etag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(body.cached));
    if fresh {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    answer
}

/// What browsers ask before they send a header of their own.
fn preflight() -> Answer {
    let mut answer = Response::new(Whole::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ALLOW, METHODS);
    set(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    set(header::ACCESS_CONTROL_ALLOW_HEADERS, "If-None-Match");
    set(header::ACCESS_CONTROL_MAX_AGE, "86400");
    answer
}

fn too_fast(full: Full) -> Refusal {
    let (status, text) = match full {
        Full::Address => (StatusCode::TOO_MANY_REQUESTS, "this address asks too often"),
        Full::Total => (StatusCode::SERVICE_UNAVAILABLE, "this relay is asked too often"),
    };
    refusal(status, ErrorCode::RateLimited, text)
}

fn shutting_down() -> Refusal {
    refusal(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ShuttingDown, "this relay shuts down")
}
