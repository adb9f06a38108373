//! HTTP answers of a relay's ports: small texts, and errors as problem+json with the protocol's codes. Routes are in
//! `front.rs` and `http_private.rs`.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use scorelay_protocol::error::{ErrorCode, WireError};

/// An answer whose body is whole.
pub type Answer = Response<Full<Bytes>>;

/// An answer that is an error.
pub(crate) type Refusal = (StatusCode, WireError);

pub(crate) fn refusal(status: StatusCode, code: ErrorCode, text: impl Into<String>) -> Refusal {
    (status, WireError::new(code, text))
}

/// A text.
pub fn text(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer
}

/// An error: `type` is `urn:scorelay:error:NAME`, `code` its number, `detail` what was wrong.
pub fn problem(status: StatusCode, error: &WireError) -> Answer {
    let body = serde_json::json!({
        "type": format!("urn:scorelay:error:{}", error.code.name()),
        "title": error.code.name(),
        "status": status.as_u16(),
        "code": error.code.number(),
        "detail": error.message,
    });
    text(status, "application/problem+json", body.to_string())
}
