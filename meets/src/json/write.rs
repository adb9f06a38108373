//! Writing JSON by hand, so that the order of keys and the form of numbers are these, whatever a library's options say.
//! What the keys mean is in `mod.rs`; nothing is checked here.

use core::fmt::{Display, Write};

use scorelay_protocol::meet::ids::{MeetPosition, MeetSeq};
use scorelay_protocol::meet::line::{Line, Location, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::receipt::ChainHash;
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Plate, Real, Stage, Value};
use scorelay_protocol::time::rfc3339_millis;

/// Why an update changed nothing, where that takes one word.
pub(super) const NO_SUCH_ENTRY: &str = "no-such-entry";
pub(super) const ENTRY_EXISTS: &str = "entry-exists";
pub(super) const NOT_YOUR_BLOCK: &str = "not-your-block";
pub(super) const NOT_DRIVER: &str = "not-driver";
pub(super) const LATE: &str = "late";

/// Writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($format:tt)+) => {
        let _ = write!($out, $($format)+);
    };
}

pub(super) fn line(out: &mut String, MeetSeq(seq): MeetSeq, Line { at, what }: &Line, hash: ChainHash) {
    put!(out, r#"{{"seq":{seq},"at":{},"time":"{}","#, at.0, rfc3339_millis(*at));
    match what {
        What::Created { id, uid, locations } => {
            put!(out, r#""created":{{"id":"{id}","uid":"{uid}","locations":"#);
            list(out, locations, location);
            out.push('}');
        }
        What::Epoch(epoch) => {
            put!(out, r#""epoch":"{:016x}""#, epoch.0);
        }
        What::Location(added) => {
            out.push_str(r#""location":"#);
            location(out, added);
        }
        What::Joined(joined) => {
            let first = joined.first_entry.0;
            put!(out, r#""joined":{{"desk":"{}","location":{},"first":{first}}}"#, joined.desk, joined.location);
        }
        What::Update(update) => {
            out.push_str(r#""update":"#);
            self::update(out, update);
        }
        What::Driver { stage, author } => {
            put!(out, r#""driver":{{"stage":{},"author":"#, stage.get());
            or_null(out, author.as_ref());
            out.push('}');
        }
        What::Published { author, number, csv } => {
            put!(out, r#""published":{{"author":{author},"number":{number},"csv":"{}"}}"#, ChainHash(*csv));
        }
        What::Finished => out.push_str(r#""finished":true"#),
        What::Reopened => out.push_str(r#""reopened":true"#),
    }
    put!(out, r#","hash":"{hash}"}}"#);
}

fn location(out: &mut String, location: &Location) {
    out.push_str(r#"{"name":"#);
    text(out, &location.name);
    put!(out, r#","priority":{}}}"#, location.priority);
}

fn update(out: &mut String, update: &Update) {
    let Update { author, local, after, path, value: set, merged_from, verdict } = update;
    put!(out, r#"{{"author":{author},"local":{local},"after":"#);
    position(out, *after);
    put!(out, r#","path":"{path}","value":"#);
    value(out, set);
    if let Some(from) = merged_from {
        out.push_str(r#","merged":"#);
        position(out, *from);
    }
    match verdict {
        Verdict::Accepted { overrules, hidden_by } => {
            out.push_str(r#","accepted":{"overrules":"#);
            list(out, overrules, |out, MeetSeq(seq)| {
                put!(out, "{seq}");
            });
            if let Some(MeetSeq(seq)) = hidden_by {
                put!(out, r#","hidden":{seq}"#);
            }
            out.push_str("}}");
        }
        Verdict::Rejected(rejection) => {
            let why = match rejection {
                Rejection::Conflict { winner } => {
                    put!(out, r#","rejected":{{"conflict":{winner}}}}}"#);
                    return;
                }
                Rejection::NoSuchEntry => NO_SUCH_ENTRY,
                Rejection::EntryExists => ENTRY_EXISTS,
                Rejection::NotYourBlock => NOT_YOUR_BLOCK,
                Rejection::NotDriver => NOT_DRIVER,
                Rejection::Late => LATE,
            };
            put!(out, r#","rejected":"{why}"}}"#);
        }
    }
}

fn position(out: &mut String, MeetPosition { epoch, seq }: MeetPosition) {
    put!(out, r#"{{"epoch":"{:016x}","seq":{seq}}}"#, epoch.0);
}

pub(super) fn value(out: &mut String, value: &Value) {
    match value {
        Value::Absent => out.push_str(r#"{"absent":true}"#),
        Value::Leaf(value) => leaf(out, value),
        Value::Attempt(value) => attempt(out, value),
        Value::Entry(EntryState { leaves, attempts }) => {
            out.push('{');
            let mut first = true;
            for (name, value) in leaves {
                put!(out, r#"{}"{}":"#, if first { "" } else { "," }, name.name());
                leaf(out, value);
                first = false;
            }
            for ((lift, no), value) in attempts {
                put!(out, r#"{}"{}[{}]":"#, if first { "" } else { "," }, lift.name(), no.get());
                attempt(out, value);
                first = false;
            }
            out.push('}');
        }
        Value::Stage(Stage { flight, lift, attempt, lifter }) => {
            out.push_str(r#"{"flight":"#);
            text(out, flight);
            out.push_str(r#","lift":"#);
            match lift {
                Some(lift) => text(out, lift.name()),
                None => out.push_str("null"),
            }
            out.push_str(r#","attempt":"#);
            or_null(out, attempt.map(|no| no.get()).as_ref());
            out.push_str(r#","lifter":"#);
            or_null(out, lifter.map(|no| no.0).as_ref());
            out.push('}');
        }
    }
}

fn leaf(out: &mut String, value: &LeafValue) {
    match value {
        LeafValue::Null => out.push_str("null"),
        LeafValue::Flag(flag) => {
            put!(out, "{flag}");
        }
        LeafValue::Number(value) => number(out, value),
        LeafValue::Text(value) => text(out, value),
        LeafValue::Texts(texts) => list(out, texts, |out, value| text(out, value)),
        LeafValue::Numbers(numbers) => list(out, numbers, number),
        LeafValue::Plates(plates) => list(out, plates, |out, Plate { kg, pairs, color }| {
            out.push_str(r#"{"kg":"#);
            number(out, kg);
            put!(out, r#","pairs":{pairs},"color":"#);
            text(out, color);
            out.push('}');
        }),
    }
}

fn attempt(out: &mut String, Attempt { kg, result }: &Attempt) {
    out.push_str(r#"{"kg":"#);
    number(out, kg);
    put!(out, r#","result":"{}"}}"#, result_name(*result));
}

pub(super) fn result_name(result: AttemptResult) -> &'static str {
    match result {
        AttemptResult::Open => "open",
        AttemptResult::Good => "good",
        AttemptResult::NoLift => "no-lift",
    }
}

/// The shortest digits that are read back as this number, always with a point or an exponent.
fn number(out: &mut String, number: &Real) {
    put!(out, "{:?}", number.get());
}

fn or_null(out: &mut String, number: Option<&impl Display>) {
    match number {
        Some(number) => {
            put!(out, "{number}");
        }
        None => out.push_str("null"),
    }
}

fn list<T>(out: &mut String, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (at, value) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        item(out, value);
    }
    out.push(']');
}

/// With the escapes that JSON asks for and no others.
fn text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' || control == '\u{7f}' => {
                put!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
