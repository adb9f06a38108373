//! An update as one line of JSON.
//!
//! Scores are written digit by digit from their units: no floating point comes near them.

use scorelay_client::core::RankedRow;
use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::Standing;
use scorelay_protocol::score::{Units, format_units};
use serde::Serialize;
use serde_json::value::RawValue;

use super::update::Update;

#[derive(Serialize)]
struct Line<'a> {
    board: &'a str,
    total: u32,
    stale: bool,
    rows: Vec<Row>,
    tracked: Vec<Tracked>,
}

#[derive(Serialize)]
struct Row {
    rank: u32,
    entity: String,
    score: Box<RawValue>,
}

/// `rank` and `score` are null where the entity does not stand on the board.
#[derive(Serialize)]
struct Tracked {
    entity: String,
    rank: Option<u32>,
    score: Option<Box<RawValue>>,
}

/// The line, without its end.
///
/// # Errors
/// A score whose text is no number of JSON; there is none.
pub(super) fn line(update: &Update) -> serde_json::Result<String> {
    let row = |row: &RankedRow| {
        let score = number(row.score, update.decimals)?;
        Ok(Row { rank: row.rank, entity: row.entity.to_string(), score })
    };
    let tracked = |(entity, at): &(Entity, Option<Standing>)| {
        let score = at.map(|at| number(at.score, update.decimals)).transpose()?;
        Ok(Tracked { entity: entity.to_string(), rank: at.map(|at| at.rank), score })
    };
    serde_json::to_string(&Line {
        board: &update.board,
        total: update.total,
        stale: update.stale,
        rows: update.rows.iter().map(row).collect::<serde_json::Result<_>>()?,
        tracked: update.tracked.iter().map(tracked).collect::<serde_json::Result<_>>()?,
    })
}

fn number(score: Units, decimals: u8) -> serde_json::Result<Box<RawValue>> {
    RawValue::from_string(format_units(score, decimals))
}

#[cfg(test)]
mod tests {
    use super::super::update::{Updates, tests};
    use super::*;

    #[test]
    fn a_line_is_exact() {
        let line_of = |at: Option<Standing>| -> Option<String> {
            let mut updates = Updates::default();
            let view = tests::view(&[9_007_199_254_740_991, 1250, -5]);
            line(updates.take(&view, &[tests::track(at)], true)?).ok()
        };
        let rows = concat!(
            r#"{"board":"bits","total":70,"stale":false,"rows":["#,
            r#"{"rank":1,"entity":"twitch:100","score":90071992547409.91},"#,
            r#"{"rank":2,"entity":"twitch:101","score":12.5},"#,
            r#"{"rank":3,"entity":"twitch:102","score":-0.05}],"#,
            r#""tracked":[{"entity":"irc:some name","#,
        );
        let absent = format!(r#"{rows}"rank":null,"score":null}}]}}"#);
        assert_eq!(line_of(None), Some(absent));
        let present = format!(r#"{rows}"rank":44,"score":3}}]}}"#);
        assert_eq!(line_of(Some(Standing { rank: 44, score: 300 })), Some(present));
    }
}
