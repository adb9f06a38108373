//! The private listener: `/metrics` in OpenMetrics text, `/livez` and `/readyz`, a page that draws them at `/status`,
//! and what else its owner shows there. The same for a relay and for the core; what is counted and when it is ready
//! comes from whoever serves it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::limits;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::links::ACCEPT_AGAIN;
use super::problem::{Answer, problem, text};
use super::tasks::Tasks;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// The operator's page, in the program itself: it is there without web pages too.
const STATUS: [(&str, &str, &str); 3] = [
    ("/status", "text/html; charset=utf-8", include_str!("status/status.html")),
    ("/status/status.css", "text/css; charset=utf-8", include_str!("status/status.css")),
    ("/status/status.js", "text/javascript; charset=utf-8", include_str!("status/status.js")),
];
/// It has all of its parts from here, and asks nobody else.
const STATUS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the private listener shows.
pub struct Private {
    /// All numbers.
    pub registry: Registry,
    /// Whether the process is ready to be used, or what it waits for.
    pub ready: Box<dyn Fn() -> Result<(), String> + Send + Sync>,
    /// Further paths that are answered with JSON.
    pub json: Vec<(&'static str, Json)>,
}

/// Makes a JSON text.
pub type Json = Box<dyn Fn() -> String + Send + Sync>;

impl Private {
    fn answer(&self, request: &Request<Incoming>) -> Answer {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let error = WireError::new(ErrorCode::BadRequest, "only GET is answered here");
            return problem(StatusCode::METHOD_NOT_ALLOWED, &error);
        }
        match request.uri().path() {
            "/metrics" => {
                let mut body = String::new();
                match encode(&mut body, &self.registry) {
                    Ok(()) => text(StatusCode::OK, OPENMETRICS, body),
                    Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, error.to_string()),
                }
            }
            "/livez" => text(StatusCode::OK, PLAIN, "live\n"),
            "/readyz" => match (self.ready)() {
                Ok(()) => text(StatusCode::OK, PLAIN, "ready\n"),
                Err(why) => text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{why}\n")),
            },
            path => status(path).unwrap_or_else(|| self.json(path)),
        }
    }

    fn json(&self, path: &str) -> Answer {
        match self.json.iter().find(|(known, _)| *known == path) {
            Some((_, make)) => text(StatusCode::OK, JSON, make()),
            None => {
                let why = format!("no such page: {path}");
                problem(StatusCode::NOT_FOUND, &WireError::new(ErrorCode::NotFound, why))
            }
        }
    }
}

/// A part of the operator's page.
fn status(path: &str) -> Option<Answer> {
    let (_, kind, body) = STATUS.iter().find(|(known, ..)| *known == path)?;
    let mut answer = text(StatusCode::OK, kind, *body);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(STATUS_POLICY));
    Some(answer)
}

/// Serves until `stop`, which is best cancelled after everything else has ended, so that a shutdown can be watched.
pub fn serve(listener: TcpListener, private: Private, tasks: &Tasks, stop: CancellationToken) {
    let (private, of_requests) = (Arc::new(private), tasks.clone());
    tasks.spawn("private listener", async move {
        loop {
            let stream = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(_) => {
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                        continue;
                    }
                },
            };
            let (private, stop) = (private.clone(), stop.clone());
            let service = service_fn(move |request| {
                let answer = private.answer(&request);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_millis(limits::GONE_AFTER_MS))
                .max_buf_size(limits::HTTP_HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service);
            of_requests.spawn("private requests", async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    // A peer that breaks off has nobody to be told.
                    _ = connection => {}
                }
            });
        }
    });
}
