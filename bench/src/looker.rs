//! Scorelay's client as one of a crowd: the client crate's own core, which checks every message as it applies it.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use scorelay_client::core::{Client, ClientConfig, Millis, RankedRow, Transmit, ViewId};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::limits::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::Message;

use crate::crowd::Viewer;
use crate::system::{CLOCK, entity, micros};

/// What one client looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Ranks, 1-based, both included.
    Window(u32, u32),
    /// One entity.
    Track(Entity),
}

/// One client of the core's kind.
pub(crate) struct Looker {
    /// The state machine.
    pub(crate) client: Client,
    /// What it looks at.
    pub(crate) sight: Sight,
    board: &'static str,
    view: Option<ViewId>,
    /// Whether it counts the rows that each message makes different.
    counts: bool,
    before: Vec<Option<RankedRow>>,
    /// Rows that messages made different, of those who count.
    pub(crate) differing: u64,
    /// Messages that came, of those who count.
    pub(crate) messages: u64,
    /// Payload bytes, of those who count.
    pub(crate) bytes: u64,
    /// How old the newest of what each message brought was when it was decoded, in milliseconds: of those who count, see
    /// the first rank, and find a clock there.
    pub(crate) ages: Vec<f32>,
}

impl Looker {
    /// A client for a sight of a board. One that `counts` compares what it shows before and after each message.
    pub(crate) fn new(board: &'static str, sight: Sight, counts: bool) -> Result<Self, String> {
        let config = ClientConfig { probes: false, ..ClientConfig::default() };
        let mut client = Client::new(config, 1, now());
        let view = match &sight {
            Sight::Window(from, to) => Some(client.watch_board(board, *from, *to).map_err(|error| error.to_string())?),
            Sight::Track(entity) => {
                client.track(entity.clone()).map_err(|error| error.to_string())?;
                None
            }
        };
        let before = Vec::new();
        Ok(Self { client, sight, board, view, counts, before, differing: 0, messages: 0, bytes: 0, ages: Vec::new() })
    }

    /// The rows it shows: those of its window, or the one of whom it tracks.
    pub(crate) fn rows(&self) -> Vec<Option<RankedRow>> {
        match (&self.sight, self.view) {
            (Sight::Window(..), Some(view)) => self.client.view(view).map(|view| view.rows).unwrap_or_default(),
            (Sight::Track(entity), _) => {
                let tracked = self.client.tracked(entity);
                let at = tracked.as_ref().and_then(|tracked| tracked.on(self.board)?.at);
                let row = |at: scorelay_protocol::feed::Standing| RankedRow {
                    rank: at.rank,
                    entity: entity.clone(),
                    score: at.score,
                };
                at.map(|at| vec![Some(row(at))]).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Whether its window is whole, or whom it tracks known.
    pub(crate) fn complete(&self) -> bool {
        match (&self.sight, self.view) {
            (Sight::Track(entity), _) => self.client.tracked(entity).is_some_and(|tracked| tracked.known),
            (_, Some(view)) => self.client.view(view).is_some_and(|view| view.complete),
            _ => false,
        }
    }

    /// Whether it shows exactly what a board says whose rows are these by rank; `ranks` are their places among them.
    pub(crate) fn shows(&self, fresh: &[RankedRow], ranks: &HashMap<&Entity, usize>) -> bool {
        let rows = self.rows();
        let wanted = match &self.sight {
            Sight::Window(from, to) => {
                let from = (*from as usize - 1).min(fresh.len());
                &fresh[from..(*to as usize).clamp(from, fresh.len())]
            }
            Sight::Track(entity) => ranks.get(entity).map_or(&[][..], |&at| &fresh[at..=at]),
        };
        self.complete() && rows.len() == wanted.len() && rows.iter().flatten().eq(wanted)
    }

    /// Looks at other ranks; a poke has it tell the relay.
    ///
    /// # Errors
    /// There are no such ranks.
    pub(crate) fn scroll(&mut self, from: u32, to: u32) -> Result<(), String> {
        if let Some(view) = self.view {
            self.client.set_window(view, from, to).map_err(|error| error.to_string())?;
            self.sight = Sight::Window(from, to);
        }
        Ok(())
    }

    fn transmit(&mut self) -> Result<Vec<Message>, String> {
        transmit(&mut self.client)
    }

    fn compare(&mut self) {
        let rows = self.rows();
        let longest = rows.len().max(self.before.len());
        let differs = |at: &usize| rows.get(*at) != self.before.get(*at);
        self.differing += (0..longest).filter(differs).count() as u64;
        if let Some(Some(first)) = rows.first()
            && first.entity == entity(CLOCK)
            && self.before.first().is_some_and(|before| before.as_ref() != Some(first))
        {
            self.ages.push(micros().saturating_sub(first.score as u64) as f32 / 1000.0);
        }
        self.before = rows;
    }
}

impl Viewer for Looker {
    fn path(&self) -> String {
        "/v1/live".to_owned()
    }

    fn subprotocol(&self) -> Option<&'static str> {
        Some(SUBPROTOCOL)
    }

    fn open(&mut self) -> Vec<Message> {
        self.client.handle_connected(now());
        self.transmit().unwrap_or_default()
    }

    fn poked(&mut self) -> Vec<Message> {
        self.transmit().unwrap_or_default()
    }

    fn take(&mut self, message: &[u8]) -> Result<Vec<Message>, String> {
        self.client.handle_message(now(), message);
        if self.counts {
            self.messages += 1;
            self.bytes += message.len() as u64;
            self.compare();
        }
        self.transmit()
    }
}

/// All that a client has to send. Its events are let go: whoever wants to know looks at it.
///
/// # Errors
/// Why it gives its connection up.
pub(crate) fn transmit(client: &mut Client) -> Result<Vec<Message>, String> {
    let mut out = Vec::new();
    while let Some(transmit) = client.poll_transmit(now()) {
        match transmit {
            Transmit::Send(bytes) => out.push(Message::binary(bytes)),
            Transmit::Connect => {}
            Transmit::Close(why) => return Err(why.to_string()),
        }
    }
    while client.poll_event().is_some() {}
    Ok(out)
}

/// The wall clock, as clients want it.
pub(crate) fn now() -> Millis {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX))
}
