//! Reading JSON back: a line exactly as it was written, a value as programs write it. What comes back is of the kinds
//! that its path takes; sizes are checked where that matters, by `Value::check`.

use serde_json::Value as Json;

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{Author, DeskId, LocalSeq, MeetEpoch, MeetPosition, MeetSeq, MeetUid, Priority};
use scorelay_protocol::meet::leaf::Kind;
use scorelay_protocol::meet::line::{Joined, Line, Location, Rejection, Update, Verdict, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path, StageNo};
use scorelay_protocol::meet::receipt::ChainHash;
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Plate, Real, Stage, Value};

use super::write::{ENTRY_EXISTS, LATE, NO_SUCH_ENTRY, NOT_DRIVER, NOT_YOUR_BLOCK, result_name};

/// A text that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadJson(String);

/// A line as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Its number.
    pub seq: MeetSeq,
    /// The line.
    pub line: Line,
    /// The hash up to it, as it is written there: whether it is right, the reader of the whole file checks.
    pub hash: ChainHash,
}

/// Reads what [`super::line_to_json`] wrote.
///
/// # Errors
/// [`BadJson`] when the text is not, byte for byte, the one that belongs to the line in it.
pub fn line_from_json(text: &str) -> Result<LogLine, BadJson> {
    let json: Json = serde_json::from_str(text).map_err(|error| BadJson(format!("no JSON: {error}")))?;
    let read = log_line(&json)?;
    if super::line_to_json(read.seq, &read.line, read.hash) == text {
        Ok(read)
    } else {
        Err(BadJson("not written the one way a line is written".into()))
    }
}

/// Reads a value for `path`, whatever the order of its keys and the form of its numbers.
///
/// # Errors
/// [`BadJson`] when it is not of the kind that `path` takes. Its size is not checked.
pub fn value_from_json(path: Path, json: &Json) -> Result<Value, BadJson> {
    if json.as_object().is_some_and(|object| object.len() == 1 && object.get("absent") == Some(&Json::Bool(true))) {
        return match path {
            Path::Entry(_) => bad("an entry is deleted by its leaf `deleted`"),
            _ => Ok(Value::Absent),
        };
    }
    match path {
        Path::Meet(name) => leaf(name.kind(), json).map(Value::Leaf),
        Path::EntryLeaf(_, name) => leaf(name.kind(), json).map(Value::Leaf),
        Path::Attempt(..) => attempt(json).map(Value::Attempt),
        Path::Entry(no) => entry(no, json).map(Value::Entry),
        Path::Stage(_) => stage(json).map(Value::Stage),
    }
}

fn bad<T>(why: &str) -> Result<T, BadJson> {
    Err(BadJson(why.to_owned()))
}

fn log_line(json: &Json) -> Result<LogLine, BadJson> {
    let seq = MeetSeq(whole(key(json, "seq")?)?);
    let at = UnixMillis(whole(key(json, "at")?)?);
    let hash = ChainHash(hex(key(json, "hash")?)?);
    Ok(LogLine { seq, line: Line { at, what: what(json)? }, hash })
}

fn what(json: &Json) -> Result<What, BadJson> {
    if let Some(created) = json.get("created") {
        let id = string(key(created, "id")?)?.parse().map_err(|error| BadJson(format!("{error}")))?;
        let locations = items(key(created, "locations")?, location)?;
        return Ok(What::Created { id, uid: MeetUid(hex(key(created, "uid")?)?), locations });
    }
    if let Some(begun) = json.get("epoch") {
        return epoch(begun).map(What::Epoch);
    }
    if let Some(added) = json.get("location") {
        return location(added).map(What::Location);
    }
    if let Some(joined) = json.get("joined") {
        let desk = DeskId(hex(key(joined, "desk")?)?);
        let first_entry = EntryNo(small(key(joined, "first")?)?);
        return Ok(What::Joined(Joined { desk, location: small(key(joined, "location")?)?, first_entry }));
    }
    if let Some(json) = json.get("update") {
        return update(json).map(What::Update);
    }
    if let Some(driver) = json.get("driver") {
        let author = optional(key(driver, "author")?, small)?.map(Author);
        return Ok(What::Driver { stage: stage_no(key(driver, "stage")?)?, author });
    }
    if let Some(published) = json.get("published") {
        let author = Author(small(key(published, "author")?)?);
        let number = small(key(published, "number")?)?;
        return Ok(What::Published { author, number, csv: hex(key(published, "csv")?)? });
    }
    if json.get("finished").is_some() {
        return Ok(What::Finished);
    }
    if json.get("reopened").is_some() {
        return Ok(What::Reopened);
    }
    bad("nothing that happens to a meet")
}

fn location(json: &Json) -> Result<Location, BadJson> {
    let priority = Priority::new(small(key(json, "priority")?)?);
    let priority = priority.ok_or(BadJson("a priority above 1000".into()))?;
    Ok(Location { name: string(key(json, "name")?)?.to_owned(), priority })
}

fn update(json: &Json) -> Result<Update, BadJson> {
    let path: Path = string(key(json, "path")?)?.parse().map_err(|error| BadJson(format!("{error}")))?;
    let verdict = match json.get("accepted") {
        Some(accepted) => Verdict::Accepted {
            overrules: items(key(accepted, "overrules")?, |seq| whole(seq).map(MeetSeq))?,
            hidden_by: accepted.get("hidden").map(whole).transpose()?.map(MeetSeq),
        },
        None => Verdict::Rejected(rejection(key(json, "rejected")?)?),
    };
    Ok(Update {
        author: Author(small(key(json, "author")?)?),
        local: LocalSeq(whole(key(json, "local")?)?),
        after: position(key(json, "after")?)?,
        path,
        value: value_from_json(path, key(json, "value")?)?,
        merged_from: json.get("merged").map(position).transpose()?,
        verdict,
    })
}

fn rejection(json: &Json) -> Result<Rejection, BadJson> {
    let Some(word) = json.as_str() else {
        return Ok(Rejection::Conflict { winner: MeetSeq(whole(key(json, "conflict")?)?) });
    };
    match word {
        NO_SUCH_ENTRY => Ok(Rejection::NoSuchEntry),
        ENTRY_EXISTS => Ok(Rejection::EntryExists),
        NOT_YOUR_BLOCK => Ok(Rejection::NotYourBlock),
        NOT_DRIVER => Ok(Rejection::NotDriver),
        LATE => Ok(Rejection::Late),
        _ => bad("no reason to reject an update"),
    }
}

fn position(json: &Json) -> Result<MeetPosition, BadJson> {
    Ok(MeetPosition { epoch: epoch(key(json, "epoch")?)?, seq: MeetSeq(whole(key(json, "seq")?)?) })
}

fn epoch(json: &Json) -> Result<MeetEpoch, BadJson> {
    hex(json).map(|bytes| MeetEpoch(u64::from_be_bytes(bytes)))
}

fn leaf(kind: Kind, json: &Json) -> Result<LeafValue, BadJson> {
    if json.is_null() {
        return Ok(LeafValue::Null);
    }
    match kind {
        Kind::Text(_) => string(json).map(|text| LeafValue::Text(text.to_owned())),
        Kind::Flag => json.as_bool().map(LeafValue::Flag).ok_or(BadJson("true or false is wanted".into())),
        Kind::Number => number(json).map(LeafValue::Number),
        Kind::Texts => items(json, |text| string(text).map(str::to_owned)).map(LeafValue::Texts),
        Kind::Numbers => items(json, number).map(LeafValue::Numbers),
        Kind::Plates => items(json, plate).map(LeafValue::Plates),
    }
}

fn plate(json: &Json) -> Result<Plate, BadJson> {
    only(json, &["kg", "pairs", "color"])?;
    let color = string(key(json, "color")?)?.to_owned();
    Ok(Plate { kg: number(key(json, "kg")?)?, pairs: small(key(json, "pairs")?)?, color })
}

fn attempt(json: &Json) -> Result<Attempt, BadJson> {
    only(json, &["kg", "result"])?;
    let word = string(key(json, "result")?)?;
    let results = [AttemptResult::Open, AttemptResult::Good, AttemptResult::NoLift];
    let result = results.into_iter().find(|result| result_name(*result) == word);
    let result = result.ok_or(BadJson("a result is open, good or no-lift".into()))?;
    Ok(Attempt { kg: number(key(json, "kg")?)?, result })
}

/// Its keys are what follows the entry in a path.
fn entry(no: EntryNo, json: &Json) -> Result<EntryState, BadJson> {
    let mut state = EntryState::default();
    for (name, value) in json.as_object().ok_or(BadJson("an entry is an object".into()))? {
        match format!("{}.{name}", Path::Entry(no)).parse() {
            Ok(Path::EntryLeaf(_, name)) => drop(state.leaves.insert(name, leaf(name.kind(), value)?)),
            Ok(Path::Attempt(_, lift, no)) => drop(state.attempts.insert((lift, no), attempt(value)?)),
            _ => return Err(BadJson(format!("an entry has no `{name}`"))),
        }
    }
    Ok(state)
}

fn stage(json: &Json) -> Result<Stage, BadJson> {
    only(json, &["flight", "lift", "attempt", "lifter"])?;
    let get = |name| json.get(name).unwrap_or(&Json::Null);
    let lift = |json: &Json| Lift::from_name(string(json)?).ok_or(BadJson("no such lift".into()));
    let attempt = |json: &Json| AttemptNo::new(small(json)?).ok_or(BadJson("attempts are 1 to 5".into()));
    Ok(Stage {
        flight: string(key(json, "flight")?)?.to_owned(),
        lift: optional(get("lift"), lift)?,
        attempt: optional(get("attempt"), attempt)?,
        lifter: optional(get("lifter"), small)?.map(EntryNo),
    })
}

fn stage_no(json: &Json) -> Result<StageNo, BadJson> {
    StageNo::new(small(json)?).ok_or(BadJson("stages are 1 to 99".into()))
}

fn key<'a>(json: &'a Json, name: &str) -> Result<&'a Json, BadJson> {
    json.get(name).ok_or_else(|| BadJson(format!("`{name}` is missing")))
}

/// Programs are told of keys that mean nothing.
fn only(json: &Json, names: &[&str]) -> Result<(), BadJson> {
    let mut keys = json.as_object().ok_or(BadJson("an object is wanted".into()))?.keys();
    match keys.find(|key| !names.contains(&key.as_str())) {
        Some(other) => Err(BadJson(format!("`{other}` means nothing here"))),
        None => Ok(()),
    }
}

fn string(json: &Json) -> Result<&str, BadJson> {
    json.as_str().ok_or(BadJson("a text is wanted".into()))
}

fn number(json: &Json) -> Result<Real, BadJson> {
    json.as_f64().and_then(Real::new).ok_or(BadJson("a number is wanted".into()))
}

fn whole(json: &Json) -> Result<u64, BadJson> {
    json.as_u64().ok_or(BadJson("a whole number is wanted".into()))
}

fn small<T: TryFrom<u64>>(json: &Json) -> Result<T, BadJson> {
    T::try_from(whole(json)?).map_err(|_| BadJson("the number is too large".into()))
}

fn items<T>(json: &Json, item: impl FnMut(&Json) -> Result<T, BadJson>) -> Result<Vec<T>, BadJson> {
    json.as_array().ok_or(BadJson("a list is wanted".into()))?.iter().map(item).collect()
}

fn optional<T>(json: &Json, read: impl FnOnce(&Json) -> Result<T, BadJson>) -> Result<Option<T>, BadJson> {
    if json.is_null() { Ok(None) } else { read(json).map(Some) }
}

fn hex<const N: usize>(json: &Json) -> Result<[u8; N], BadJson> {
    let text = string(json)?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let read = digit(pair[0]).zip(digit(pair[1]));
        let (high, low) = read.ok_or(BadJson("not hexadecimal".into()))?;
        *byte = high << 4 | low;
    }
    if text.len() == 2 * N { Ok(bytes) } else { Err(BadJson(format!("{} hexadecimal digits are wanted", 2 * N))) }
}
