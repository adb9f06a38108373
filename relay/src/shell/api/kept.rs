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

/// A body, its tag, and how long caches may keep it.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    pub(super) etag: HeaderValue,
    pub(super) cached: &'static str,
}

impl Body {
    pub(super) fn new(bytes: Vec<u8>, cached: &'static str) -> Self {
        Self { etag: etag(&bytes), bytes: bytes.into(), cached }
    }
}

/// A route's number in the table, and what it asks.
type Key = (usize, Question);

/// The answers.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<Key, Entry>>);

#[derive(Debug)]
struct Entry {
    body: Body,
    made: Millis,
    /// When somebody was last told to ask anew.
    asked: Millis,
}

impl Kept {
    /// An answer for somebody who asks at `now`; `None` for whom it is to ask anew. Of those who come when an answer is
    /// old that is the first; the others are given the old one until there is another, so that a crowd asks once.
    pub(super) fn get(&self, key: &Key, now: Millis) -> Option<Body> {
        let mut kept = self.0.lock();
        let entry = kept.get_mut(key).filter(|entry| is_of_use(entry, now))?;
        if passed(entry.asked, now) < limits::API_KEPT_MS {
            return Some(entry.body.clone());
        }
        entry.asked = now;
        None
    }

    /// Keeps an answer, unless there are as many of use as may be.
    pub(super) fn put(&self, key: Key, now: Millis, body: Body) {
        let mut kept = self.0.lock();
        if kept.len() >= limits::API_KEPT && !kept.contains_key(&key) {
            kept.retain(|_, entry| is_of_use(entry, now));
            if kept.len() >= limits::API_KEPT {
                return;
            }
        }
        kept.insert(key, Entry { body, made: now, asked: now });
    }
}

fn is_of_use(entry: &Entry, now: Millis) -> bool {
    passed(entry.made, now) < 2 * limits::API_KEPT_MS
}

fn passed(since: Millis, now: Millis) -> u64 {
    now.0.saturating_sub(since.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> Key {
        (0, Question::Rows { board: "words".into(), from: n, to: n })
    }

    fn body(text: &'static str) -> Body {
        Body::new(text.into(), "no-store")
    }

    const KEPT: u64 = limits::API_KEPT_MS;

    fn get(kept: &Kept, n: u32, now: u64) -> Option<Bytes> {
        kept.get(&key(n), Millis(now)).map(|body| body.bytes)
    }

    #[test]
    fn of_a_crowd_one_asks_anew() {
        let kept = Kept::default();
        kept.put(key(0), Millis(5), body("old"));
        assert_eq!(get(&kept, 0, 4 + KEPT).as_deref(), Some(&b"old"[..]));
        assert_eq!(get(&kept, 0, 5 + KEPT), None, "the first is to ask");
        assert_eq!(get(&kept, 0, 6 + KEPT).as_deref(), Some(&b"old"[..]), "while the others need not wait");
        assert_eq!(get(&kept, 0, 5 + 2 * KEPT), None, "but not for long, should no answer come");
        assert_eq!(get(&kept, 0, 6 + 2 * KEPT), None);
        kept.put(key(0), Millis(6 + KEPT), body("new"));
        assert_eq!(get(&kept, 0, 5 + 2 * KEPT).as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn not_too_many_are_kept() {
        let kept = Kept::default();
        kept.put(key(0), Millis(0), body("old"));
        let (most, later) = (limits::API_KEPT as u32, 2 * KEPT);
        for n in 1..=most {
            kept.put(key(n), Millis(later), body("new"));
        }
        assert_eq!(get(&kept, 0, 0), None, "what is old makes room");
        kept.put(key(most + 1), Millis(later), body("one too many"));
        assert_eq!((get(&kept, most + 1, later), kept.0.lock().len()), (None, limits::API_KEPT));
        kept.put(key(most), Millis(later), body("newer"));
        assert_eq!(get(&kept, most, later).as_deref(), Some(&b"newer"[..]));
    }
}
