//! Clients of the peers: one that keeps the rows it is sent as JSON, and one that joins a room of Colyseus and counts.

use std::collections::BTreeMap;

use tokio_tungstenite::tungstenite::Message;

use crate::crowd::Viewer;
use crate::looker::Sight;
use crate::redis::{RankedText, member};
use crate::system::{CLOCK, micros};

/// A sight as the peers' queries have it, like `window=1-100`.
pub(crate) fn query(sight: &Sight) -> String {
    match sight {
        Sight::Window(from, to) => format!("window={from}-{to}"),
        Sight::Track(entity) => format!("track={entity}"),
    }
}

/// A client of `redis-ws.mjs`.
pub(crate) struct JsonViewer {
    sight: Sight,
    clock: String,
    rows: BTreeMap<u32, (String, i64)>,
    /// Rows that came, whole windows included.
    pub(crate) taken: u64,
    /// How old the clock at the first rank was when it came, in milliseconds.
    pub(crate) ages: Vec<f32>,
}

impl JsonViewer {
    /// A client that looks at something and has seen nothing.
    pub(crate) fn new(sight: Sight) -> Self {
        Self { sight, clock: member(CLOCK), rows: BTreeMap::new(), taken: 0, ages: Vec::new() }
    }

    /// The rows it shows, by rank.
    pub(crate) fn rows(&self) -> Vec<RankedText> {
        self.rows.iter().map(|(rank, (id, score))| (*rank, id.clone(), *score)).collect()
    }

    /// What it looks at.
    pub(crate) fn sight(&self) -> &Sight {
        &self.sight
    }
}

impl Viewer for JsonViewer {
    fn path(&self) -> String {
        format!("/?{}", query(&self.sight))
    }

    fn take(&mut self, message: &[u8]) -> Result<Vec<Message>, String> {
        let rows: Vec<(u32, Option<&str>, i64)> =
            serde_json::from_slice(message).map_err(|error| format!("not rows: {error}"))?;
        self.taken += rows.len() as u64;
        if matches!(self.sight, Sight::Track(_)) {
            self.rows.clear();
        }
        for (rank, id, score) in rows {
            let Some(id) = id else {
                self.rows.remove(&rank);
                continue;
            };
            if rank == 1 && id == self.clock {
                self.ages.push(micros().saturating_sub(score as u64) as f32 / 1000.0);
            }
            let row = self.rows.entry(rank).or_default();
            row.1 = score;
            if row.0 != id {
                id.clone_into(&mut row.0);
            }
        }
        Ok(Vec::new())
    }
}

/// First bytes of Colyseus' messages.
const JOIN_ROOM: u8 = 10;
const ROOM_STATE: u8 = 14;
const ROOM_STATE_PATCH: u8 = 15;

/// A client of `colyseus.mjs` in a reserved seat. It joins as Colyseus' own does, and reads no more than what each
/// message is.
pub(crate) struct Seated {
    path: String,
    /// Whether it has been sent the state that changes build on.
    pub(crate) joined: bool,
    /// Messages with changes.
    pub(crate) patches: u64,
}

impl Seated {
    /// A client for the address of a seat.
    pub(crate) fn new(path: String) -> Self {
        Self { path, joined: false, patches: 0 }
    }
}

impl Viewer for Seated {
    fn path(&self) -> String {
        self.path.clone()
    }

    fn take(&mut self, message: &[u8]) -> Result<Vec<Message>, String> {
        match message.first() {
            Some(&JOIN_ROOM) => return Ok(vec![Message::binary(vec![JOIN_ROOM])]),
            Some(&ROOM_STATE) => self.joined = true,
            Some(&ROOM_STATE_PATCH) if self.joined => self.patches += 1,
            kind => return Err(format!("a message of kind {kind:?}")),
        }
        Ok(Vec::new())
    }
}
