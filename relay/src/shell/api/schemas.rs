//! The JSON schemas (2020-12) of what the HTTP interface takes and gives; what is given is made in `show.rs`. Nothing
//! that is not named here is ever in an answer.

use scorelay_protocol::limits::{
    API_TOP, BADGES, BOARD_ID_BYTES, MAX_DECIMALS, MAX_SCORE, PLATFORM_BYTES, PROFILES_ASKED, SEARCH_CHARS, SEARCH_ROWS,
};
use serde_json::{Map, Value, json};

/// A board's id.
pub(super) fn board_id() -> Value {
    json!({ "type": "string", "pattern": format!("^[a-z0-9_-]{{1,{BOARD_ID_BYTES}}}$") })
}

/// `platform:id`.
pub(super) fn entity() -> Value {
    let pattern = format!("^[a-z0-9_-]{{1,{PLATFORM_BYTES}}}:[^\\u0000-\\u001f\\u007f-\\u009f]+$");
    json!({ "type": "string", "pattern": pattern })
}

/// A 1-based rank.
pub(super) fn rank() -> Value {
    json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX })
}

/// `/v1/boards`.
pub(super) fn boards() -> Value {
    let board = object(&[
        ("id", json!({ "type": "string", "description": "Its name in addresses.", "examples": ["chat"] })),
        ("title", json!({ "type": "string", "description": "Its name for people.", "examples": ["Chat"] })),
        ("unit", unit()),
        ("decimals", decimals()),
        ("synthetic", synthetic()),
        (
            "rows",
            json!({ "type": "integer", "minimum": 0, "description": "How many there are.", "examples": [19_627] }),
        ),
    ]);
    object(&[("staleSince", stale_since()), ("boards", json!({ "type": "array", "items": board }))])
}

/// `/v1/boards/{board}/rows`.
pub(super) fn rows() -> Value {
    let row = object(&row_fields());
    let mut fields = board_fields();
    let text = "Best first, one per rank.";
    fields.push(("rows", json!({ "type": "array", "items": row, "description": text })));
    object(&fields)
}

/// `/v1/boards/{board}/entities/{entity}`.
pub(super) fn place() -> Value {
    let mut fields = board_fields();
    fields.extend(row_fields());
    object(&fields)
}

/// `/v1/profiles/{entity}`.
pub(super) fn profile() -> Value {
    object(&[("staleSince", stale_since()), ("profile", card())])
}

/// `/v1/profiles`.
pub(super) fn profiles() -> Value {
    let profiles = json!({ "type": "array", "items": card(), "maxItems": PROFILES_ASKED });
    let pending = json!({ "type": "array", "items": entity(), "maxItems": PROFILES_ASKED,
        "description": "Of whom only the core could tell, which does not answer now: to be asked for again later." });
    object(&[("staleSince", stale_since()), ("profiles", profiles), ("pending", pending)])
}

/// `/v1/boards/{board}/search`.
pub(super) fn search() -> Value {
    let mut row = row_fields();
    row.push(("name", name()));
    let mut fields = board_fields();
    let rows = json!({ "type": "array", "items": object(&row), "maxItems": SEARCH_ROWS, "description": "Best first." });
    fields.push(("rows", rows));
    fields.push(("more", json!({ "type": "boolean", "description": "Whether there are others." })));
    object(&fields)
}

/// Entities separated by commas.
pub(super) fn ids() -> Value {
    let one = format!("[a-z0-9_-]{{1,{PLATFORM_BYTES}}}:[^\\u0000-\\u001f\\u007f-\\u009f,%]+");
    let pattern = format!("^{one}(,{one}){{0,{}}}$", PROFILES_ASKED - 1);
    json!({ "type": "string", "pattern": pattern })
}

/// How names begin.
pub(super) fn searched() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": SEARCH_CHARS, "pattern": "\\S" })
}

fn card() -> Value {
    let avatar = json!({ "type": ["string", "null"], "format": "uri", "description": "Where a picture is." });
    let badges = json!({ "type": "array", "items": { "type": "string" }, "maxItems": BADGES,
        "description": "Marks beside the name, as the platform calls them.", "examples": [["moderator"]] });
    let ranks = json!({ "type": "object", "additionalProperties": rank(),
        "description": "By board, where it stood when the board's ranks were last remembered." });
    object(&[("entity", entity()), ("name", name()), ("avatar", avatar), ("badges", badges), ("ranks", ranks)])
}

fn name() -> Value {
    json!({ "type": "string", "description": "As people see it; the id where nobody has said it.", "examples": ["Ada"] })
}

/// `/stats`.
pub(super) fn rate() -> Value {
    object(&[("messagesPerSecond", json!({ "type": "number", "minimum": 0, "examples": [17] }))])
}

/// `/stats/words` and its like.
pub(super) fn top() -> Value {
    json!({
        "type": "array",
        "maxItems": API_TOP,
        "items": {
            "type": "object",
            "additionalProperties": { "type": "number" },
            "minProperties": 1,
            "maxProperties": 1,
        },
        "examples": [[{ "hello": 31 }, { "so": 12 }]],
    })
}

/// `/v1/openapi.json`.
pub(super) fn document() -> Value {
    json!({
        "type": "object",
        "required": ["openapi", "info", "paths"],
        "properties": {
            "openapi": { "type": "string" },
            "info": { "type": "object" },
            "paths": { "type": "object" },
        },
    })
}

/// What is told when there is no other answer.
pub(super) fn problem() -> Value {
    let mut problem = object(&[
        ("type", json!({ "type": "string", "description": "`urn:scorelay:error:` and the error's name." })),
        ("title", json!({ "type": "string", "description": "The error's name." })),
        ("status", json!({ "type": "integer", "description": "The status once more." })),
        ("code", json!({ "type": "integer", "description": "The error's number, which never changes." })),
        ("detail", json!({ "type": "string", "description": "What was wrong, for people." })),
    ]);
    problem["examples"] = json!([{
        "type": "urn:scorelay:error:bad-range",
        "title": "bad-range",
        "status": 400,
        "code": 102,
        "detail": "at most 100 rows are given at once",
    }]);
    problem
}

fn board_fields() -> Vec<(&'static str, Value)> {
    vec![
        ("board", json!({ "type": "string", "description": "The board's id.", "examples": ["chat"] })),
        ("title", json!({ "type": "string", "description": "The board's name for people.", "examples": ["Chat"] })),
        ("unit", unit()),
        ("decimals", decimals()),
        ("synthetic", synthetic()),
        ("staleSince", stale_since()),
    ]
}

fn row_fields() -> Vec<(&'static str, Value)> {
    let entity = "Who stands there: `platform:id`.";
    let score = "In points, as near as a number of JavaScript gets.";
    let units = "The same exactly: in units of 10^-decimals.";
    vec![
        ("rank", json!({ "type": "integer", "minimum": 1, "description": "1-based.", "examples": [1] })),
        ("entity", json!({ "type": "string", "description": entity, "examples": ["twitch:1234"] })),
        ("score", json!({ "type": "number", "description": score, "examples": [1264.53] })),
        (
            "units",
            json!({
                "type": "integer",
                "minimum": -MAX_SCORE,
                "maximum": MAX_SCORE,
                "description": units,
                "examples": [126_453],
            }),
        ),
    ]
}

fn unit() -> Value {
    json!({ "type": "string", "description": "What scores count, like `messages`.", "examples": ["points"] })
}

fn decimals() -> Value {
    let text = "Digits after a score's point.";
    json!({ "type": "integer", "minimum": 0, "maximum": MAX_DECIMALS, "description": text, "examples": [2] })
}

fn synthetic() -> Value {
    let text = "Whether its data was made up; whoever shows it says so.";
    json!({ "type": "boolean", "description": text, "examples": [false] })
}

fn stale_since() -> Value {
    let text = "Milliseconds since the Unix epoch at which the relay lost the core, whose newer scores are not in here; \
                null while it follows.";
    json!({ "type": ["integer", "null"], "minimum": 0, "description": text, "examples": [null] })
}

/// An object of just these fields, all of them there.
fn object(fields: &[(&'static str, Value)]) -> Value {
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
}
