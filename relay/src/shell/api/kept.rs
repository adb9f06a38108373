//! Answers kept for a moment, so that however many people ask the same, the feed thread is asked once a second. They
//! are whole bodies, shared by all who are sent them.

use std::collections::HashMap;

use bytes::Bytes;
use hyper::header::HeaderValue;
use parking_lot::Mutex;
use scorelay_protocol::limits;

use super::super::etag::etag;
use super::ask::Question;
use crate::core::clock::Millis;

/// A body and its tag.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    pub(super) etag: HeaderValue,
}

impl Body {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { etag: etag(&bytes), bytes: bytes.into() }
    }
}

/// A route's number in the table, and what it asks.
type Key = (usize, Question);

/// The answers.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<Key, (Millis, Body)>>);

impl Kept {
    /// An answer that is not too old.
    pub(super) fn get(&self, key: &Key, now: Millis) -> Option<Body> {
        self.0.lock().get(key).filter(|(at, _)| is_fresh(*at, now)).map(|(_, body)| body.clone())
    }

    /// Keeps an answer, unless there are as many fresh ones as may be.
    pub(super) fn put(&self, key: Key, now: Millis, body: Body) {
        let mut kept = self.0.lock();
        if kept.len() >= limits::API_KEPT && !kept.contains_key(&key) {
            kept.retain(|_, (at, _)| is_fresh(*at, now));
            if kept.len() >= limits::API_KEPT {
                return;
            }
        }
        kept.insert(key, (now, body));
    }
}

fn is_fresh(at: Millis, now: Millis) -> bool {
    now.0.saturating_sub(at.0) < limits::API_KEPT_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> Key {
        (0, Question::Rows { board: "words".into(), from: n, to: n })
    }

    fn body(text: &'static str) -> Body {
        Body::new(text.into())
    }

    #[test]
    fn answers_are_kept_for_a_moment_and_not_too_many() {
        let kept = Kept::default();
        let get = |n, now| kept.get(&key(n), Millis(now)).map(|body| body.bytes);
        kept.put(key(0), Millis(5), body("old"));
        assert_eq!(get(0, 4 + limits::API_KEPT_MS).as_deref(), Some(&b"old"[..]));
        assert_eq!(get(0, 5 + limits::API_KEPT_MS), None);
        let most = limits::API_KEPT as u32;
        let later = 5 + limits::API_KEPT_MS;
        for n in 1..=most {
            kept.put(key(n), Millis(later), body("new"));
        }
        assert_eq!(get(0, 5), None, "what is old makes room");
        kept.put(key(most + 1), Millis(later), body("one too many"));
        assert_eq!((get(most + 1, later), kept.0.lock().len()), (None, limits::API_KEPT));
        kept.put(key(most), Millis(later), body("newer"));
        assert_eq!(get(most, later).as_deref(), Some(&b"newer"[..]));
    }
}
