//! Questions a relay answers from its copy of the boards: where an entity stands, and who stands around it. They are
//! answered once, from the set as of a tick; nothing is remembered of them.

use scorelay_protocol::client::{RankedRow, Request, Response};
use scorelay_protocol::entity::{Entity, WireEntity};
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::feed::Standing;
use scorelay_protocol::ids::{BoardNo, Handle, PlatformNo};
use scorelay_protocol::limits::AROUND_ROWS;
use scorelay_ranks::{BoardSet, RankIndex};

use crate::core::numbers::Numbers;

/// The answer to `request`.
///
/// # Errors
/// An unknown board, or more rows than allowed.
pub(crate) fn answer(set: &BoardSet, numbers: &Numbers, request: &Request) -> Result<Response, WireError> {
    match request {
        Request::Meet(_) => Err(WireError::new(ErrorCode::CoreAway, "there is no link to the core")),
        Request::Find { board, entity } => {
            let rows = rows(set, numbers, *board)?;
            let place = place(set, rows, entity);
            Ok(Response::Found(place.map(|(rank, score)| Standing { rank: rank + 1, score })))
        }
        Request::Around { board, entity, rows: wanted } => {
            if *wanted > AROUND_ROWS {
                let text = format!("{wanted} rows on each side, where at most {AROUND_ROWS} are given");
                return Err(WireError::new(ErrorCode::BadRange, text));
            }
            let rows = rows(set, numbers, *board)?;
            Ok(match place(set, rows, entity) {
                Some((rank, _)) => around(set, rows, rank.saturating_sub(*wanted), rank + wanted + 1),
                None => Response::Around { from: 1, rows: Vec::new(), platforms: Vec::new() },
            })
        }
    }
}

fn rows<'a>(set: &'a BoardSet, numbers: &Numbers, board: BoardNo) -> Result<&'a RankIndex, WireError> {
    let found = numbers.core_board(board).and_then(|core| set.board(core));
    let unknown = || WireError::new(ErrorCode::UnknownBoard, format!("there is no board number {board}"));
    Ok(found.ok_or_else(unknown)?.rows())
}

/// 0-based rank, and score.
fn place(set: &BoardSet, rows: &RankIndex, entity: &Entity) -> Option<(u32, i64)> {
    let handle = set.find(entity)?;
    Some((rows.rank_of(handle.0)?, rows.get(handle.0)?.score))
}

/// Rows from one 0-based rank up to another, that one not included.
fn around(set: &BoardSet, rows: &RankIndex, from: u32, to: u32) -> Response {
    let mut platforms: Vec<String> = Vec::new();
    let mut ranked = Vec::new();
    for (handle, key) in rows.range(from, to - from) {
        let Some(wire) = set.wire(Handle(handle)) else { continue };
        let Some(name) = set.platforms().get(usize::from(wire.platform.0)) else { continue };
        let no = platforms.iter().position(|p| p == name).unwrap_or_else(|| {
            platforms.push(name.clone());
            platforms.len() - 1
        });
        let entity = WireEntity { platform: PlatformNo(no as u16), id: wire.id.clone() };
        ranked.push(RankedRow { entity, score: key.score });
    }
    Response::Around { from: from + 1, rows: ranked, platforms }
}
