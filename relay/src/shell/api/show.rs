//! What the feed thread found as JSON. Rows have the fields of the npm package's rows: `score` is the number of points,
//! as near as JSON's readers get to it, and `units` is the same exactly, in the board's smallest unit. Their schemas
//! are in `schemas.rs`.

use std::collections::BTreeMap;

use hyper::StatusCode;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::score::Units;
use serde::{Serialize, Serializer};

use super::super::problem::{Refusal, refusal};
use super::ask::{Described, Found, FoundRow, Profile, Reply};

/// A body, or why there is none.
type Shown = Result<Vec<u8>, Refusal>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Boards<'a> {
    stale_since: Option<u64>,
    boards: Vec<BoardLine<'a>>,
}

#[derive(Serialize)]
struct BoardLine<'a> {
    id: &'a str,
    title: &'a str,
    unit: &'a str,
    decimals: u8,
    synthetic: bool,
    rows: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a, T> {
    board: &'a str,
    title: &'a str,
    unit: &'a str,
    decimals: u8,
    synthetic: bool,
    stale_since: Option<u64>,
    #[serde(flatten)]
    of: T,
}

#[derive(Serialize)]
struct Rows {
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    rank: u32,
    entity: String,
    score: Score,
    units: Units,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    messages_per_second: Score,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profiles<'a> {
    stale_since: Option<u64>,
    profiles: Vec<Card<'a>>,
    pending: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    stale_since: Option<u64>,
    profile: Card<'a>,
}

#[derive(Serialize)]
struct Card<'a> {
    entity: String,
    name: &'a str,
    avatar: Option<&'a str>,
    badges: &'a [String],
    ranks: BTreeMap<&'a str, u32>,
}

#[derive(Serialize)]
struct Matches<'a> {
    rows: Vec<NamedRow<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct NamedRow<'a> {
    #[serde(flatten)]
    row: Row,
    name: &'a str,
}

/// Units in points.
#[derive(Clone, Copy)]
struct Score {
    units: Units,
    decimals: u8,
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Decimals are at most 9, and 10^9 is exact in a float too: the quotient is the nearest one to the score.
        let scale = 10_i64.pow(u32::from(self.decimals));
        if self.units % scale == 0 {
            serializer.serialize_i64(self.units / scale)
        } else {
            serializer.serialize_f64(self.units as f64 / scale as f64)
        }
    }
}

impl Row {
    fn new(row: &FoundRow, decimals: u8) -> Self {
        let score = Score { units: row.units, decimals };
        Self { rank: row.rank, entity: row.entity.to_string(), score, units: row.units }
    }
}

impl<'a> Card<'a> {
    fn new(profile: &'a Profile) -> Self {
        let Profile { entity, name, avatar, badges, ranks } = profile;
        let ranks = ranks.iter().map(|(board, rank)| (board.as_str(), *rank)).collect();
        Self { entity: entity.to_string(), name, avatar: avatar.as_deref(), badges, ranks }
    }
}

impl<'a, T> Part<'a, T> {
    fn new(reply: &Reply, board: &'a Described, of: T) -> Self {
        let Described { id, title, unit, decimals, synthetic } = board;
        let (decimals, synthetic) = (*decimals, *synthetic);
        Self { board: id, title, unit, decimals, synthetic, stale_since: stale_since(reply), of }
    }
}

/// All boards.
pub(super) fn boards(reply: &Reply) -> Shown {
    let Found::Boards(boards) = &reply.found else { return Err(missing(&reply.found)) };
    let boards = boards.iter().map(|(board, rows)| {
        let Described { id, title, unit, decimals, synthetic } = board;
        BoardLine { id, title, unit, decimals: *decimals, synthetic: *synthetic, rows: *rows }
    });
    Ok(json(&Boards { stale_since: stale_since(reply), boards: boards.collect() }))
}

/// Rows of a board.
pub(super) fn rows(reply: &Reply) -> Shown {
    let Found::Rows(board, rows) = &reply.found else { return Err(missing(&reply.found)) };
    let rows = rows.iter().map(|row| Row::new(row, board.decimals)).collect();
    Ok(json(&Part::new(reply, board, Rows { rows })))
}

/// One entity's row.
pub(super) fn place(reply: &Reply) -> Shown {
    match &reply.found {
        Found::Place(board, Some(row)) => Ok(json(&Part::new(reply, board, Row::new(row, board.decimals)))),
        Found::Place(board, None) => {
            let text = format!("this entity has no row on the board {}", board.id);
            Err(refusal(StatusCode::NOT_FOUND, ErrorCode::NoRow, text))
        }
        other => Err(missing(other)),
    }
}

/// What is known of entities.
pub(super) fn profiles(reply: &Reply) -> Shown {
    let Found::Profiles(profiles, pending) = &reply.found else { return Err(missing(&reply.found)) };
    let profiles = profiles.iter().map(Card::new).collect();
    let pending = pending.iter().map(Entity::to_string).collect();
    Ok(json(&Profiles { stale_since: stale_since(reply), profiles, pending }))
}

/// What is known of one entity.
pub(super) fn profile(reply: &Reply) -> Shown {
    match &reply.found {
        Found::Profiles(profiles, pending) => match profiles.first() {
            Some(profile) => Ok(json(&One { stale_since: stale_since(reply), profile: Card::new(profile) })),
            None if !pending.is_empty() => Err(missing(&Found::Away)),
            None => {
                let text = "this entity has no row on any board";
                Err(refusal(StatusCode::NOT_FOUND, ErrorCode::NoProfile, text))
            }
        },
        other => Err(missing(other)),
    }
}

/// Rows with names.
pub(super) fn search(reply: &Reply) -> Shown {
    let Found::Search { board, rows, more } = &reply.found else { return Err(missing(&reply.found)) };
    let rows = rows.iter().map(|(row, name)| NamedRow { row: Row::new(row, board.decimals), name }).collect();
    Ok(json(&Part::new(reply, board, Matches { rows, more: *more })))
}

/// A row's score as messages per second; 0 where there is no such row.
pub(super) fn rate(reply: &Reply) -> Shown {
    let messages_per_second = match &reply.found {
        Found::NotReady => return Err(missing(&reply.found)),
        Found::Place(board, Some(row)) => Score { units: row.units, decimals: board.decimals },
        _ => Score { units: 0, decimals: 0 },
    };
    Ok(json(&Rate { messages_per_second }))
}

/// Rows as `[{id: score}, …]`, without their platforms; `[]` where there is no such board.
pub(super) fn top(reply: &Reply) -> Shown {
    let counts: Vec<BTreeMap<String, Score>> = match &reply.found {
        Found::NotReady => return Err(missing(&reply.found)),
        Found::Rows(board, rows) => {
            let count = |row: &FoundRow| Score { units: row.units, decimals: board.decimals };
            rows.iter().map(|row| BTreeMap::from([(row.entity.id().to_string(), count(row))])).collect()
        }
        _ => Vec::new(),
    };
    Ok(json(&counts))
}

fn missing(found: &Found) -> Refusal {
    match found {
        Found::NoBoard => refusal(StatusCode::NOT_FOUND, ErrorCode::NoSuchBoard, "no board has that id"),
        Found::Away => {
            let text = "the core does not answer this relay now";
            refusal(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::CoreAway, text)
        }
        _ => {
            let text = "this relay has not received the boards yet";
            refusal(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::NotReady, text)
        }
    }
}

fn stale_since(reply: &Reply) -> Option<u64> {
    reply.stale_since.map(|since| since.0)
}

fn json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("invariant: texts, numbers and lists of them always become JSON")
}

#[cfg(test)]
mod tests {
    use scorelay_protocol::ids::UnixMillis;
    use scorelay_protocol::limits::MAX_SCORE;

    use super::*;

    fn reply(found: Found) -> Reply {
        Reply { stale_since: None, found }
    }

    fn board(decimals: u8) -> Described {
        let text = |text: &str| text.to_owned();
        Described { id: text("chat"), title: text("Chat"), unit: text("points"), decimals, synthetic: false }
    }

    fn row(rank: u32, entity: &str, units: Units) -> FoundRow {
        FoundRow { rank, entity: entity.parse().unwrap(), units }
    }

    fn text(shown: Shown) -> String {
        String::from_utf8(shown.unwrap()).unwrap()
    }

    fn code(shown: Shown) -> (u16, ErrorCode) {
        let (status, error) = shown.unwrap_err();
        (status.as_u16(), error.code)
    }

    #[test]
    fn rows_say_points_and_units() {
        let found = Found::Rows(board(2), vec![row(1, "twitch:1", 1_250), row(2, "word:\"ä", -300)]);
        let stale = Reply { stale_since: Some(UnixMillis(7)), ..reply(found) };
        assert_eq!(
            text(rows(&stale)),
            "{\"board\":\"chat\",\"title\":\"Chat\",\"unit\":\"points\",\"decimals\":2,\"synthetic\":false,\
             \"staleSince\":7,\"rows\":[{\"rank\":1,\"entity\":\"twitch:1\",\"score\":12.5,\"units\":1250},\
             {\"rank\":2,\"entity\":\"word:\\\"ä\",\"score\":-3,\"units\":-300}]}"
        );
    }

    #[test]
    fn scores_are_the_nearest_numbers() {
        for (units, decimals, score) in [
            (MAX_SCORE, 0, "9007199254740991"),
            // The same number to whoever reads it, and shorter.
            (-MAX_SCORE, 9, "-9007199.25474099"),
            (1, 9, "1e-9"),
            (-5, 1, "-0.5"),
            (0, 9, "0"),
        ] {
            assert_eq!(String::from_utf8(json(&Score { units, decimals })).unwrap(), score);
        }
    }

    #[test]
    fn what_is_not_there_is_said_in_each_form() {
        let (no_board, not_ready) = (|| reply(Found::NoBoard), || reply(Found::NotReady));
        let nobody = reply(Found::Place(board(0), None));
        for show in [boards, rows, place, rate, top] {
            assert_eq!(code(show(&not_ready())), (503, ErrorCode::NotReady));
        }
        assert_eq!(code(rows(&no_board())), (404, ErrorCode::NoSuchBoard));
        assert_eq!(code(place(&no_board())), (404, ErrorCode::NoSuchBoard));
        assert_eq!(code(place(&nobody)), (404, ErrorCode::NoRow));
        for none in [no_board(), nobody] {
            assert_eq!(text(rate(&none)), "{\"messagesPerSecond\":0}");
        }
        assert_eq!(text(top(&no_board())), "[]");
    }

    /// S2, S3: in the shapes that programs for the old statistics read.
    #[test]
    fn statistics_have_their_old_shapes() {
        let second = Found::Place(board(0), Some(row(1, "total:messages", 17)));
        assert_eq!(text(rate(&reply(second))), "{\"messagesPerSecond\":17}");
        let words = Found::Rows(board(0), vec![row(1, "word:a:b", 3), row(2, "word:12", 2)]);
        assert_eq!(text(top(&reply(words))), "[{\"a:b\":3},{\"12\":2}]");
    }
}
