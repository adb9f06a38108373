//! All routes of the HTTP interface in one table, from which requests are routed and checked (`mod.rs`) and the
//! document is made (`openapi.rs`), so that the two cannot differ. A new route is a new entry here, with a question in
//! `ask.rs` where it needs one, its JSON in `show.rs` and that JSON's schema in `schemas.rs`.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits;
use serde_json::{Value, json};

use super::super::problem::Refusal;
use super::args::Args;
use super::ask::{Question, Reply};
use super::{schemas, show};

/// One route.
#[derive(Debug)]
pub(super) struct Route {
    /// With parameters in braces, each a whole part.
    pub(super) path: &'static str,
    /// Its name in programs made from the document.
    pub(super) id: &'static str,
    pub(super) group: &'static str,
    pub(super) summary: &'static str,
    pub(super) text: &'static str,
    /// Of the path, in its order, then of the query.
    pub(super) parameters: &'static [Parameter],
    /// The schema of its answer.
    pub(super) schema: fn() -> Value,
    /// Why it may be refused, but for what any route may be refused for.
    pub(super) refusals: &'static [ErrorCode],
    /// How long answers may be kept.
    pub(super) cached: &'static str,
    pub(super) source: Source,
}

/// Old answers may be shown for some seconds while a cache asks for new ones.
pub(super) const MOMENT: &str = "public, max-age=1, stale-while-revalidate=10";
/// Half a minute, and as much again: who is taken off the boards is gone from caches within a minute.
const WHILE: &str = "public, max-age=30, stale-while-revalidate=30";
/// What is missing in an answer is to be asked for again soon.
pub(super) const PARTIAL: &str = "public, max-age=1";

/// Where a route's answer comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// The document about this table.
    Document,
    /// The boards.
    Boards { ask: fn(&Args) -> Result<Question, Refusal>, show: fn(&Reply) -> Result<Vec<u8>, Refusal> },
}

/// What a route takes.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: Place,
    /// Whether it must be there; those of a path always must.
    pub(super) required: bool,
    pub(super) text: &'static str,
    pub(super) schema: fn() -> Value,
    pub(super) example: fn() -> Value,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

const BOARD: Parameter = Parameter {
    name: "board",
    place: Place::Path,
    required: true,
    text: "The board's id.",
    schema: schemas::board_id,
    example: || json!("chat"),
};

const ENTITY: Parameter = Parameter {
    name: "entity",
    place: Place::Path,
    required: true,
    text: "Who is looked for: `platform:id`, percent-encoded.",
    schema: schemas::entity,
    example: || json!("twitch:1234"),
};

const FROM: Parameter = Parameter {
    name: "from",
    place: Place::Query,
    required: false,
    text: "The first rank, from 1; 1 where nothing is said.",
    schema: schemas::rank,
    example: || json!(1),
};

const TO: Parameter = Parameter {
    name: "to",
    place: Place::Query,
    required: false,
    text: "The last rank, itself included, at most 99 past `from`; 31 past it where nothing is said.",
    schema: schemas::rank,
    example: || json!(32),
};

const IDS: Parameter = Parameter {
    name: "ids",
    place: Place::Query,
    required: true,
    text: "Who is looked for: at most 64 entities, separated by commas; a comma within one is `%252C`.",
    schema: schemas::ids,
    example: || json!("twitch:1234,twitch:5678"),
};

const NAME: Parameter = Parameter {
    name: "name",
    place: Place::Query,
    required: true,
    text: "How the names begin; case and accents do not matter.",
    schema: schemas::searched,
    example: || json!("ada"),
};

const PEOPLE: &str = "People";
const BOARDS: &str = "Boards";
const STATISTICS: &str = "Statistics";
const ABOUT: &str = "About";

/// All of them.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/v1/boards",
        id: "boards",
        group: BOARDS,
        summary: "All boards",
        text: "By id. Live updates of any of them are at `/v1/live`, for the npm package `scorelay`.",
        parameters: &[],
        schema: schemas::boards,
        refusals: &[],
        cached: MOMENT,
        source: Source::Boards { ask: |_| Ok(Question::Boards), show: show::boards },
    },
    Route {
        path: "/v1/boards/{board}/rows",
        id: "rows",
        group: BOARDS,
        summary: "Rows of a board",
        text: "The rows of some ranks, best first, all as of one moment. Ranks that the board does not have are left out, so \
               past its end there are no rows. The tag changes when one of these rows does, or the board's description, \
               and not with rows elsewhere.",
        parameters: &[BOARD, FROM, TO],
        schema: schemas::rows,
        refusals: &[ErrorCode::BadRange, ErrorCode::NoSuchBoard],
        cached: MOMENT,
        source: Source::Boards { ask: rows, show: show::rows },
    },
    Route {
        path: "/v1/boards/{board}/entities/{entity}",
        id: "place",
        group: BOARDS,
        summary: "Where an entity stands",
        text: "Rank and score of one entity on one board.",
        parameters: &[BOARD, ENTITY],
        schema: schemas::place,
        refusals: &[ErrorCode::BadEntity, ErrorCode::NoSuchBoard, ErrorCode::NoRow],
        cached: MOMENT,
        source: Source::Boards { ask: place, show: show::place },
    },
    Route {
        path: "/v1/boards/{board}/search",
        id: "search",
        group: PEOPLE,
        summary: "Rows by name",
        text: "The best rows of a board whose names begin like this, and whether there are more. The core is asked, at most \
               20 times a second by each relay.",
        parameters: &[BOARD, NAME],
        schema: schemas::search,
        refusals: &[ErrorCode::BadRange, ErrorCode::NoSuchBoard, ErrorCode::CoreAway],
        cached: MOMENT,
        source: Source::Boards { ask: search, show: show::search },
    },
    Route {
        path: "/v1/profiles",
        id: "profiles",
        group: PEOPLE,
        summary: "Names and pictures of entities",
        text: "What is known of those who have a row on any board; others are left out. While the core is away this is what \
               it said last, and of whom it has said nothing, `pending` says so.",
        parameters: &[IDS],
        schema: schemas::profiles,
        refusals: &[ErrorCode::BadEntity, ErrorCode::BadRange],
        cached: WHILE,
        source: Source::Boards { ask: |args| Ok(Question::Profiles(args.entities()?)), show: show::profiles },
    },
    Route {
        path: "/v1/profiles/{entity}",
        id: "profile",
        group: PEOPLE,
        summary: "Name and picture of an entity",
        text: "What is known of an entity that has a row on any board.",
        parameters: &[ENTITY],
        schema: schemas::profile,
        refusals: &[ErrorCode::BadEntity, ErrorCode::NoProfile, ErrorCode::CoreAway],
        cached: WHILE,
        source: Source::Boards { ask: |args| Ok(Question::Profiles(vec![args.entity()?])), show: show::profile },
    },
    Route {
        path: "/stats",
        id: "rate",
        group: STATISTICS,
        summary: "Messages per second",
        text: "Messages in the last full second; 0 where there are none, or where the core keeps no statistics.",
        parameters: &[],
        schema: schemas::rate,
        refusals: &[],
        cached: MOMENT,
        source: Source::Boards { ask: |_| rate(), show: show::rate },
    },
    Route {
        path: "/stats/words",
        id: "words",
        group: STATISTICS,
        summary: "The most frequent words",
        text: "The first ten of the board `words`, each as an object of one word and its count.",
        parameters: &[],
        schema: schemas::top,
        refusals: &[],
        cached: MOMENT,
        source: Source::Boards { ask: |_| Ok(top("words")), show: show::top },
    },
    Route {
        path: "/stats/nicks",
        id: "nicks",
        group: STATISTICS,
        summary: "Who wrote most",
        text: "The first ten of the board `nicks`, each as an object of one name and its count.",
        parameters: &[],
        schema: schemas::top,
        refusals: &[],
        cached: MOMENT,
        source: Source::Boards { ask: |_| Ok(top("nicks")), show: show::top },
    },
    Route {
        path: "/stats/rooms",
        id: "rooms",
        group: STATISTICS,
        summary: "Where most was written",
        text: "The first ten of the board `rooms`, each as an object of one room and its count.",
        parameters: &[],
        schema: schemas::top,
        refusals: &[],
        cached: MOMENT,
        source: Source::Boards { ask: |_| Ok(top("rooms")), show: show::top },
    },
    Route {
        path: "/v1/openapi.json",
        id: "openapi",
        group: ABOUT,
        summary: "This document",
        text: "The interface as OpenAPI 3.1.",
        parameters: &[],
        schema: schemas::document,
        refusals: &[],
        cached: MOMENT,
        source: Source::Document,
    },
];

fn rows(args: &Args) -> Result<Question, Refusal> {
    let (from, to) = args.ranks()?;
    Ok(Question::Rows { board: args.board(), from, to })
}

fn place(args: &Args) -> Result<Question, Refusal> {
    Ok(Question::Place { board: args.board(), entity: args.entity()? })
}

fn search(args: &Args) -> Result<Question, Refusal> {
    Ok(Question::Search { board: args.board(), name: args.name()? })
}

fn rate() -> Result<Question, Refusal> {
    let entity = Entity::new("total", "messages").expect("invariant: both parts are plain words");
    Ok(Question::Place { board: "rate".into(), entity })
}

fn top(board: &str) -> Question {
    Question::Rows { board: board.into(), from: 1, to: limits::API_TOP }
}

/// A route that was found: its number in the table, and the parts that it leaves open as they came.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    pub(super) no: usize,
    pub(super) route: &'static Route,
    pub(super) parts: Vec<(&'static str, &'a str)>,
}

/// The route of a path as it came.
pub(crate) fn find(path: &str) -> Option<Matched<'_>> {
    ROUTES.iter().enumerate().find_map(|(no, route)| {
        let parts = matched(route.path, path)?;
        Some(Matched { no, route, parts })
    })
}

/// The parts of `path` that `template` leaves open.
fn matched<'a>(template: &'static str, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut parts = Vec::new();
    let mut given = path.split('/');
    for wanted in template.split('/') {
        let given = given.next()?;
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !given.is_empty() => parts.push((name, given)),
            None if wanted == given => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_their_routes_and_others_nowhere() {
        for (path, wanted) in [
            ("/v1/boards", Some(("boards", &[][..]))),
            ("/v1/boards/chat/rows", Some(("rows", &[("board", "chat")]))),
            ("/v1/boards/a%2Fb/entities/x%3Ay", Some(("place", &[("board", "a%2Fb"), ("entity", "x%3Ay")]))),
            ("/stats", Some(("rate", &[]))),
            ("/v1/openapi.json", Some(("openapi", &[]))),
            ("/v1/boards/", None),
            ("/v1/boards//rows", None),
            ("/v1/boards/chat", None),
            ("/v1/boards/chat/rows/", None),
            ("/v1/boards/chat/rows/1", None),
            ("/v1/live", None),
            ("/stats/failedMessages", None),
            ("stats", None),
            ("", None),
            ("*", None),
        ] {
            let found = find(path);
            let found = found.as_ref().map(|found| (found.route.id, found.parts.as_slice()));
            assert_eq!(found, wanted, "{path}");
        }
    }

    #[test]
    fn parameters_of_a_path_are_those_that_it_leaves_open() {
        for route in ROUTES {
            let open: Vec<_> = matched(route.path, route.path).unwrap().iter().map(|(name, _)| *name).collect();
            let of_path = route.parameters.iter().filter(|parameter| parameter.place == Place::Path);
            assert_eq!(open, of_path.map(|parameter| parameter.name).collect::<Vec<_>>(), "{}", route.path);
        }
    }
}
