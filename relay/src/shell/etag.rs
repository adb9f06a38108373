//! Entity tags: what an answer's content is called, so that an asker who has it is not sent it again (RFC 9110, 8.8.3).

use hyper::HeaderMap;
use hyper::header::{self, HeaderValue};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The tag of a content: the strong hash that is in the house already, SHA-1 in base64 of it and a fixed suffix.
pub(crate) fn etag(content: &[u8]) -> HeaderValue {
    let tag = format!("\"{}\"", derive_accept_key(content));
    HeaderValue::try_from(tag).expect("invariant: base64 in quotation marks is fit for a header")
}

/// Whether the asker has the content of this tag already.
pub(crate) fn has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let lines = asked.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|line| line.to_str().ok());
    // Our tags hold no comma, and a proxy that compresses may have made them weak.
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes())
}
