//! HTTP answers from the web pages in memory: types, caching, compressed copies and what browsers may do with them.
//! Bodies are shared, so that however many readers there are, slow ones among them, a file is in memory once.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use scorelay_protocol::error::ErrorCode;

use super::super::etag::has;
use super::super::problem::{Answer, Refusal, refusal};
use super::coding::{Coding, choose};
use super::{Content, Found, WebFile, WebPages};

/// What a web page may do:
/// - scripts come from here only, none of them inline; WebAssembly may be compiled;
/// - styles may be inline, because rows are placed by style attributes;
/// - live sockets may go to any relay, because a page can be pointed at another one than its own; older Safaris
///   do not count even its own socket as `'self'`;
/// - pictures may come from anywhere by https: avatars are where the chat platforms have them;
/// - only this site may frame it: the meet desk acts on clicks, an overlay in a streaming program is no frame, and a
///   site that wants a board in its own page has the npm package.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self' ws: wss:; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'self'";
/// Addresses name who is looked at, and nobody whose picture or link is on a page need know.
const REFERRER: &str = "no-referrer";
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for again each time: the answer is mostly 304.
const ASK_AGAIN: &str = "no-cache";

impl WebPages {
    /// Answers a request.
    ///
    /// # Errors
    /// 404 for what there is not, 405 for other methods than GET and HEAD on what there is.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Result<Answer, Refusal> {
        let path = request.uri().path();
        let found = self.find(path);
        let found = found
            .ok_or_else(|| refusal(StatusCode::NOT_FOUND, ErrorCode::NotFound, format!("no such page: {path}")))?;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let text = "only GET is answered here";
            return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadRequest, text));
        }
        match found {
            Found::File(file) => Ok(file.answer(request.headers())),
            Found::Folder => redirect(path, request.uri().query()),
        }
    }
}

/// To the same address with a `/` behind its path. It stands for a folder that there is, so it leads to no other host.
fn redirect(path: &str, query: Option<&str>) -> Result<Answer, Refusal> {
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    let location = HeaderValue::try_from(format!("{path}/{query}"));
    let location = location.map_err(|_| refusal(StatusCode::NOT_FOUND, ErrorCode::NotFound, "no such page"))?;
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::PERMANENT_REDIRECT;
    let headers = answer.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(ASK_AGAIN));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(answer)
}

impl WebFile {
    fn answer(&self, asked: &HeaderMap) -> Answer {
        let (coding, content) = self.choose(asked);
        let fresh = has(asked, &content.etag);
        let body = if fresh { Bytes::new() } else { content.bytes.clone() };
        let mut answer = Response::new(Full::new(body));
        let headers = answer.headers_mut();
        let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
        set(header::CACHE_CONTROL, if self.hashed { FOREVER } else { ASK_AGAIN });
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        if !self.coded.is_empty() {
            set(header::VARY, "Accept-Encoding");
        }
        if !fresh {
            set(header::CONTENT_TYPE, self.content_type);
            set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            if let Some(coding) = coding {
                set(header::CONTENT_ENCODING, coding.name());
            }
            // A picture opened by itself is a document, and may hold scripts, if it is an SVG.
            if self.content_type.starts_with("text/html") || self.content_type == "image/svg+xml" {
                set(header::CONTENT_SECURITY_POLICY, POLICY);
                set(header::REFERRER_POLICY, REFERRER);
            }
        }
        headers.insert(header::ETAG, content.etag.clone());
        if fresh {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        answer
    }

    fn choose(&self, asked: &HeaderMap) -> (Option<Coding>, &Content) {
        let coding = choose(asked, self.coded.iter().map(|&(coding, _)| coding));
        let copy = self.coded.iter().find(|(there, _)| Some(*there) == coding);
        copy.map_or((None, &self.plain), |(coding, copy)| (Some(*coding), copy))
    }
}
