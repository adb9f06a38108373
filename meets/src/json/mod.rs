//! Lines, values and states as JSON: how logs stand on the disk, and how programs read and write values.
//!
//! A line has exactly one text ([`line_to_json`]), and [`line_from_json`] takes no other: every byte of a log file
//! counts. The chain's hash runs over a line's bytes on the wire, not over this text. Writing is in `write.rs`, reading
//! in `read.rs`.
//!
//! Values: a leaf is what it holds, `null` where it was set to null; an attempt `{"kg":220.0,"result":"good"}` with
//! `open`, `good` or `no-lift`; an entry an object with its leaves by name and its attempts by `squat[1]`; a stage
//! `{"flight":"A","lift":"squat","attempt":1,"lifter":5000}`. What is not set any more is `{"absent":true}`.

mod read;
#[cfg(test)]
mod tests;
mod write;

use scorelay_protocol::meet::ids::MeetSeq;
use scorelay_protocol::meet::line::Line;
use scorelay_protocol::meet::path::Path;
use scorelay_protocol::meet::receipt::ChainHash;
use scorelay_protocol::meet::value::Value;

pub use read::{BadJson, LogLine, line_from_json, value_from_json};

use crate::state::MeetState;

/// A line with its number and the hash up to it, as one line of text without its end.
pub fn line_to_json(seq: MeetSeq, line: &Line, hash: ChainHash) -> String {
    let mut text = String::new();
    write::line(&mut text, seq, line, hash);
    text
}

/// A value alone; [`value_from_json`] is the way back.
pub fn value_to_json(value: &Value) -> serde_json::Value {
    parsed(&value_to_text(value))
}

/// A value alone, as text.
pub fn value_to_text(value: &Value) -> String {
    let mut text = String::new();
    write::value(&mut text, value);
    text
}

/// All that is set: `{"meet":{…},"entries":[…],"live":{"1":{…}}}`. Entries stand in the order they were made, the
/// deleted ones too, each with its `id` and the line that `created` it.
pub fn state_to_json(state: &MeetState) -> serde_json::Value {
    let (mut meet, mut live) = (serde_json::Map::new(), serde_json::Map::new());
    let mut entries = Vec::new();
    for (path, value) in state.all() {
        let mut json = value_to_json(&value);
        match path {
            Path::Meet(leaf) => drop(meet.insert(leaf.name().to_owned(), json)),
            Path::Stage(stage) => drop(live.insert(stage.get().to_string(), json)),
            Path::Entry(no) => {
                let created = state.entry(no).map_or(0, |entry| entry.created.0);
                if let Some(entry) = json.as_object_mut() {
                    entry.insert("id".to_owned(), no.0.into());
                    entry.insert("created".to_owned(), created.into());
                }
                entries.push((created, no, json));
            }
            // A state gives entries whole.
            Path::EntryLeaf(..) | Path::Attempt(..) => {}
        }
    }
    entries.sort_by_key(|(created, no, _)| (*created, *no));
    let entries: Vec<_> = entries.into_iter().map(|(_, _, json)| json).collect();
    let all = [("meet", meet.into()), ("entries", entries.into()), ("live", live.into())];
    serde_json::Value::Object(all.map(|(name, json)| (name.to_owned(), json)).into_iter().collect())
}

fn parsed(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("invariant: what write.rs writes is JSON")
}
