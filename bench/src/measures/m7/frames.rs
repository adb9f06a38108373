//! The frames of M7: what a relay sends, and the rows that each brings, for those who are sent rows.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use scorelay_protocol::client::{RelayMessage, Welcome};
use scorelay_protocol::codec;
use scorelay_protocol::entity::{Entity, EntityId};
use scorelay_protocol::feed::{BoardInfo, Body, DirectoryChange};
use scorelay_protocol::ids::{Generation, Position, RelayEpoch, TickNo};
use scorelay_protocol::limits;
use scorelay_protocol::page::Row;
use scorelay_protocol::tick::{Tick, TickHead};
use serde::Serialize;

use super::board::{BOARD, Board, PLATFORMS};
use crate::draw::Draw;

/// A stream of frames for one window.
#[derive(Serialize)]
pub(crate) struct Case {
    /// In words.
    pub(crate) name: String,
    /// Rows that differ with each frame.
    pub(crate) differing: usize,
    /// Ranks looked at, from the first on.
    window: usize,
    /// Messages until the client watches the pages.
    prologue: Vec<String>,
    /// The frame that the stream begins with, the first time and again.
    first: Frame,
    again: Frame,
    /// The stream.
    frames: Vec<Frame>,
}

/// One message.
#[derive(Serialize)]
struct Frame {
    /// As a relay sends it, in base 64.
    wire: String,
    /// The rows that differ after it, and all others stay.
    rows: Vec<ShownRow>,
}

/// A row as it is shown.
#[derive(Serialize, PartialEq, Clone)]
struct ShownRow {
    rank: usize,
    entity: String,
    score: i64,
}

impl Case {
    /// Bytes of an average frame, and of its rows as JSON.
    pub(crate) fn bytes(&self) -> (f64, f64) {
        let wire: usize = self.frames.iter().map(|frame| frame.wire.trim_end_matches('=').len() * 3 / 4).sum();
        let json = |frame: &Frame| serde_json::to_string(&frame.rows).map_or(0, |text| text.len());
        let rows: usize = self.frames.iter().map(json).sum();
        let count = self.frames.len() as f64;
        (wire as f64 / count, rows as f64 / count)
    }
}

/// All cases.
pub(crate) fn cases(quick: bool) -> Vec<Case> {
    let scale = if quick { 10 } else { 1 };
    let mut draw = Draw(7);
    let mut cases = Vec::new();
    for (differing, window, frames) in [(1, 100usize, 2_000), (5, 100, 2_000), (50, 100, 400), (500, 500, 60)] {
        let name = format!("{differing} of {window} rows change");
        let board = Board::new(window.next_multiple_of(32), &mut draw);
        let mut now = board.clone();
        let stream = (0..frames / scale).map(|_| {
            let before = now.clone();
            now.change(differing, window, &mut draw);
            let rows = shown(&now, window);
            let rows = rows.into_iter().zip(shown(&before, window)).filter(|(new, old)| new != old);
            Frame { wire: tick(now.delta(&before), None), rows: rows.map(|(new, _)| new).collect() }
        });
        let frames = stream.collect();
        cases.push(case(name, differing, window, &board, frames));
    }
    for (rows, frames) in [(1, 2_000), (5, 1_000), (50, 200), (500, 40)] {
        let name = format!("{rows} {} for the first time", if rows == 1 { "row" } else { "rows" });
        let board = Board::new(rows, &mut draw);
        let stream = (0..frames / scale).map(|_| snapshot(&Board::new(rows, &mut draw), rows, None));
        let frames = stream.collect();
        cases.push(case(name, rows, rows, &board, frames));
    }
    cases
}

fn case(name: String, differing: usize, window: usize, board: &Board, frames: Vec<Frame>) -> Case {
    let (first, again) = (snapshot(board, window, Some(Generation(2))), snapshot(board, window, None));
    Case { name, differing, window, prologue: prologue(board.0.len()), first, again, frames }
}

fn snapshot(board: &Board, window: usize, generation: Option<Generation>) -> Frame {
    Frame { wire: tick(board.snapshot(), generation), rows: shown(board, window) }
}

fn shown(board: &Board, window: usize) -> Vec<ShownRow> {
    let row = |(row, rank): (&Row, usize)| {
        let platform = PLATFORMS[usize::from(row.entity.platform.0)];
        let id = match &row.entity.id {
            EntityId::Number(number) => number.to_string(),
            EntityId::Text(text) => text.to_string(),
        };
        ShownRow { rank, entity: format!("{platform}:{id}"), score: row.score }
    };
    board.0.iter().zip(1..).take(window).map(row).collect()
}

/// What a relay says before the first page: the client answers with the pages it wants as generation 2.
fn prologue(rows: usize) -> Vec<String> {
    let welcome = RelayMessage::Welcome(Welcome {
        protocol: limits::CLIENT_PROTOCOL,
        position: Position { epoch: RelayEpoch(1), tick: TickNo(1) },
        resumed: false,
        tick_ms: 50,
        mask_feeds: limits::MASK_FEEDS as u32,
        tracked: Vec::<Entity>::new(),
        software: "scorelay-bench".to_owned(),
    });
    let board = BoardInfo {
        board: BOARD,
        id: "bench".to_owned(),
        title: "Messages".to_owned(),
        unit: "messages".to_owned(),
        decimals: 0,
        synthetic: true,
        rows: rows as u32,
    };
    let directory = Body::Directory { reset: true, changes: vec![DirectoryChange::Put(board)] };
    let head = TickHead {
        generation: Some(Generation(1)),
        platforms: PLATFORMS.map(str::to_owned).to_vec(),
        pending: 1,
        ..TickHead::default()
    };
    vec![base64(&welcome), base64(&RelayMessage::Tick(Tick { head, bodies: vec![directory] }))]
}

fn tick(bodies: Vec<Body>, generation: Option<Generation>) -> String {
    base64(&RelayMessage::Tick(Tick { head: TickHead { generation, ..TickHead::default() }, bodies }))
}

fn base64(message: &RelayMessage) -> String {
    BASE64_STANDARD.encode(codec::encode(message))
}
