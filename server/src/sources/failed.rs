//! Messages that no source could read: the latest different ones, for whoever has to find out why. They are shown on
//! the private listener, live in memory only, and an erased entity goes from them, too.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scorelay_protocol::limits::{FAILED_MESSAGE_BYTES, FAILED_MESSAGES};

/// The latest different messages that could not be read, oldest first. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct FailedMessages(Arc<Mutex<VecDeque<String>>>);

impl FailedMessages {
    /// Notes a message, unless it is there.
    pub(crate) fn note(&self, text: &str) {
        let text = &text[..text.floor_char_boundary(FAILED_MESSAGE_BYTES)];
        let mut latest = self.latest();
        if text.is_empty() || latest.iter().any(|known| known == text) {
            return;
        }
        if latest.len() == FAILED_MESSAGES {
            latest.pop_front();
        }
        latest.push_back(text.to_owned());
    }

    /// Forgets all that have this in them.
    pub(crate) fn forget(&self, part: &str) {
        self.latest().retain(|text| !text.contains(part));
    }

    /// All of them as a JSON list of texts.
    pub(crate) fn json(&self) -> String {
        serde_json::Value::from_iter(self.latest().iter().map(String::as_str)).to_string()
    }

    fn latest(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S4: distinct, bounded in number and in length.
    #[test]
    fn the_latest_different_ones_are_kept() {
        let failed = FailedMessages::default();
        assert_eq!(failed.json(), "[]");
        for text in ["a \"quote\"", "b", "a \"quote\"", ""] {
            failed.note(text);
        }
        assert_eq!(failed.json(), r#"["a \"quote\"","b"]"#);
        failed.note(&"é".repeat(FAILED_MESSAGE_BYTES));
        for n in 0..FAILED_MESSAGES - 1 {
            failed.note(&n.to_string());
        }
        let kept: Vec<String> = serde_json::from_str(&failed.json()).unwrap();
        assert_eq!((kept.len(), kept[0].len()), (FAILED_MESSAGES, FAILED_MESSAGE_BYTES));
    }

    /// E19: what names an erased entity goes.
    #[test]
    fn an_erased_entity_goes_from_them() {
        let failed = FailedMessages::default();
        failed.note("user-id=77 broken");
        failed.note("other");
        failed.forget("77");
        assert_eq!(failed.json(), r#"["other"]"#);
    }
}
