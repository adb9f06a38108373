//! A looker that takes every message apart: what each part of it costs, and which rows of the pages it makes different.

use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::rc::Rc;

use scorelay_protocol::client::RelayMessage;
use scorelay_protocol::codec;
use scorelay_protocol::entity::EntityId;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::{BoardNo, PageNo};
use scorelay_protocol::page::{self, PageOp, Row};
use scorelay_protocol::tick::Tick;
use tokio_tungstenite::tungstenite::Message;

use super::written::{Differing, Sizes, Writer};
use crate::crowd::Viewer;
use crate::looker::{Looker, Sight};

/// How many there were of something, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many.
    pub(crate) count: u64,
    /// Bytes of all.
    pub(crate) bytes: u64,
}

/// What messages consisted of.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Taste {
    /// Whole messages.
    pub(crate) messages: Part,
    /// Tag, head and number of bodies of each message.
    pub(crate) heads: Part,
    /// Bodies that change pages, without their edits.
    pub(crate) deltas: Part,
    /// Edits that change a score in its place.
    pub(crate) scores: Part,
    /// Edits that move a row.
    pub(crate) moves: Part,
    /// Rows that come in.
    pub(crate) inserts: Part,
    /// Rows that go.
    pub(crate) removes: Part,
    /// Pages sent whole.
    pub(crate) snapshots: Part,
    /// Bodies of tracked entities.
    pub(crate) tracks: Part,
    /// Anything else.
    pub(crate) others: Part,
    /// Rows that differ in the watched pages, or the tracked row.
    pub(crate) page_rows: u64,
    /// Rows that differ in what the client shows.
    pub(crate) window_rows: u64,
    /// Bytes of the messages on the wire, with the WebSocket's header, TCP's, IP's and Ethernet's.
    pub(crate) wire: u64,
    /// The same rows of the pages, written by others.
    pub(crate) written: Sizes,
}

/// One such client.
pub(crate) struct Taster {
    looker: Looker,
    pages: BTreeMap<(BoardNo, PageNo), Vec<Row>>,
    writer: Writer,
    counting: Rc<Cell<bool>>,
    taste: Taste,
}

/// Headers of a packet: Ethernet 14, IPv4 20, TCP with timestamps 32.
const PACKET: u64 = 66;

impl Part {
    fn add(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes as u64;
    }

    /// Bytes of one, on average.
    pub(crate) fn each(self) -> f64 {
        self.bytes as f64 / self.count.max(1) as f64
    }
}

impl AddAssign for Part {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
    }
}

impl AddAssign<&Taste> for Taste {
    fn add_assign(&mut self, other: &Taste) {
        let parts = [
            (&mut self.messages, other.messages),
            (&mut self.heads, other.heads),
            (&mut self.deltas, other.deltas),
            (&mut self.scores, other.scores),
            (&mut self.moves, other.moves),
            (&mut self.inserts, other.inserts),
            (&mut self.removes, other.removes),
            (&mut self.snapshots, other.snapshots),
            (&mut self.tracks, other.tracks),
            (&mut self.others, other.others),
        ];
        for (sum, part) in parts {
            *sum += part;
        }
        self.page_rows += other.page_rows;
        self.window_rows += other.window_rows;
        self.wire += other.wire;
        self.written.json += other.written.json;
        self.written.deflate += other.written.deflate;
        self.written.message_pack += other.written.message_pack;
        self.written.bincode += other.written.bincode;
        self.written.whole += other.written.whole;
    }
}

impl Taste {
    /// Takes a message apart.
    fn bite(&mut self, tick: &Tick, bytes: usize) {
        self.messages.add(bytes);
        let headed = Tick { head: tick.head.clone(), bodies: Vec::new() };
        self.heads.add(codec::encoded_len(&RelayMessage::Tick(headed)));
        for body in &tick.bodies {
            let bytes = codec::encoded_len(body);
            match body {
                Body::PageDelta { ops, .. } => {
                    let mut edits = 0;
                    for op in ops {
                        let bytes = codec::encoded_len(op);
                        edits += bytes;
                        match op {
                            PageOp::Score { .. } => self.scores.add(bytes),
                            PageOp::Move { .. } => self.moves.add(bytes),
                            PageOp::Insert { .. } => self.inserts.add(bytes),
                            PageOp::Remove { .. } => self.removes.add(bytes),
                        }
                    }
                    self.deltas.add(bytes - edits);
                }
                Body::PageSnapshot { .. } => self.snapshots.add(bytes),
                Body::Track { .. } => self.tracks.add(bytes),
                _ => self.others.add(bytes),
            }
        }
        let header = if bytes < 126 { 2 } else { 4 };
        self.wire += bytes as u64 + header + PACKET;
    }
}

impl Taster {
    /// One around a looker that counts; `counting` says when it counts.
    pub(crate) fn new(looker: Looker, counting: Rc<Cell<bool>>) -> Self {
        Self { looker, pages: BTreeMap::new(), writer: Writer::new(), counting, taste: Taste::default() }
    }

    /// What came since this was asked last.
    pub(crate) fn swallow(&mut self) -> Taste {
        let written = std::mem::take(&mut self.writer.sizes);
        Taste { written, ..std::mem::take(&mut self.taste) }
    }

    /// Whether it has been sent everything that it looks at.
    pub(crate) fn complete(&self) -> bool {
        self.looker.complete()
    }

    /// What it looks at.
    pub(crate) fn sight(&self) -> &Sight {
        &self.looker.sight
    }

    /// Brings the pages up to date; the rows in them that differ now.
    fn follow(&mut self, tick: Tick) -> Result<Vec<Differing>, String> {
        let mut before: BTreeMap<(BoardNo, PageNo), Vec<Row>> = BTreeMap::new();
        let mut touched = Vec::new();
        for body in tick.bodies {
            let (key, change) = match body {
                Body::PageDelta { board, page, ops } => ((board, page), Ok(ops)),
                Body::PageSnapshot { board, page, rows } => ((board, page), Err(rows.0)),
                _ => continue,
            };
            let rows = self.pages.entry(key).or_default();
            before.entry(key).or_insert_with(|| rows.clone());
            match change {
                Ok(ops) => {
                    ops.into_iter().try_for_each(|op| page::apply(rows, op)).map_err(|error| error.to_string())?;
                }
                Err(snapshot) => *rows = snapshot,
            }
        }
        for (key, before) in before {
            let now = &self.pages[&key];
            for (slot, row) in now.iter().enumerate().filter(|(slot, row)| before.get(*slot) != Some(*row)) {
                touched.push((key.1.0 * PageNo::ROWS + slot as u32 + 1, number(&row.entity.id)?, row.score));
            }
        }
        Ok(touched)
    }

    fn shown(&self) -> Result<Vec<Differing>, String> {
        let row = |row: &scorelay_client::core::RankedRow| Ok((row.rank, number(row.entity.id())?, row.score));
        self.looker.rows().iter().flatten().map(row).collect()
    }
}

fn number(id: &EntityId) -> Result<u64, String> {
    match id {
        EntityId::Number(number) => Ok(*number),
        EntityId::Text(text) => Err(format!("{text} is no entity of the world")),
    }
}

impl Borrow<Looker> for Taster {
    fn borrow(&self) -> &Looker {
        &self.looker
    }
}

impl Viewer for Taster {
    fn path(&self) -> String {
        self.looker.path()
    }

    fn subprotocol(&self) -> Option<&'static str> {
        self.looker.subprotocol()
    }

    fn open(&mut self) -> Vec<Message> {
        self.looker.open()
    }

    fn take(&mut self, message: &[u8]) -> Result<Vec<Message>, String> {
        let differing = self.looker.differing;
        let answers = self.looker.take(message)?;
        let shown = self.looker.differing - differing;
        let RelayMessage::Tick(tick) = codec::decode_client(message).map_err(|error| error.to_string())? else {
            return Ok(answers);
        };
        let counted = self.counting.get();
        if counted {
            self.taste.bite(&tick, message.len());
        }
        let tracked = tick.bodies.iter().any(|body| matches!(body, Body::Track { .. }));
        let window = self.shown()?;
        let rows = match (tracked, shown) {
            (true, 0) => Vec::new(),
            (true, _) => window.clone(),
            (false, _) => self.follow(tick)?,
        };
        if !rows.is_empty() {
            self.writer.write(&rows, &window, counted);
        }
        if counted {
            self.taste.page_rows += rows.len() as u64;
            self.taste.window_rows += shown;
        }
        Ok(answers)
    }
}
