//! The core's paths: chat messages into the engine, rows into the rank index, batches into frames.

use scorelay_engine::{BoardConfig, Engine, Image, ImportMode, Input, Origin, Scorer, SourceName};
use scorelay_protocol::entity::{Entity, EntityId};
use scorelay_protocol::event::{ChatMessage, Event};
use scorelay_protocol::frame;
use scorelay_protocol::ids::{CoreEpoch, UnixMillis};
use scorelay_protocol::link::{Batch, LinkDown};
use scorelay_protocol::score::Units;
use scorelay_ranks::{RankIndex, RowKey};

use crate::counted::counted;
use crate::draw::Draw;

/// Rows on the board at first.
pub(crate) const ROWS: u32 = 100_000;
/// One in so many authors has no row yet, if all wrote as often.
const NEWCOMERS: u32 = 8;
/// Messages between two cuts: 10 ms at 5,000 a second.
const CUT: usize = 50;
/// Messages between two commits.
const COMMIT: usize = 500;

/// A core with one board, and a crowd that writes by Zipf's law.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    crowd: Draw,
    now: UnixMillis,
}

impl Core {
    pub(crate) fn new() -> Self {
        let configs = [BoardConfig { max_rows: 2 * ROWS, ..BoardConfig::new("chat", Scorer::messages(1)) }];
        let image = Image::default();
        let (engine, _) = Engine::new(&configs, image.stored(), image.rows(), CoreEpoch(1), &mut || 7)
            .expect("the configuration is valid");
        let mut core = Self { engine, crowd: Draw(42), now: UnixMillis(1_000_000) };
        let rows = (0..ROWS).map(|n| (author(n), first_score(n, &mut core.crowd))).collect();
        core.handle(Input::Import { board: "chat".into(), mode: ImportMode::Merge, rows });
        core.handle(Input::Commit);
        core
    }

    /// The next messages.
    pub(crate) fn messages(&mut self, count: usize) -> Vec<Input> {
        let source = SourceName::new("twitch").expect("a name");
        let crowd = &mut self.crowd;
        let message = |_| {
            let n = crowd.zipf(ROWS + ROWS / NEWCOMERS);
            let event = Event::Message(ChatMessage {
                author: author(n),
                name: format!("Viewer{n}"),
                room: "#channel".into(),
                text: "well played, that was the best of the whole evening".into(),
                id: Some(format!("{:032x}", crowd.next())),
                badges: vec!["subscriber".into()],
                emotes: Vec::new(),
                bits: 0,
            });
            Input::Event { origin: Origin::Live { source: source.clone() }, event }
        };
        (0..count).map(message).collect()
    }

    /// Takes messages in as the core's loop does; what is to be stored is thrown away.
    pub(crate) fn take(&mut self, messages: Vec<Input>) -> Vec<Batch> {
        let mut batches = Vec::new();
        for (message, n) in messages.into_iter().zip(1..) {
            batches.extend(self.handle(message));
            if n % CUT == 0 {
                self.now.0 += 10;
                batches.extend(self.handle(Input::Cut));
            }
            if n % COMMIT == 0 {
                batches.extend(self.handle(Input::Commit));
            }
        }
        batches
    }

    fn handle(&mut self, input: Input) -> Vec<Batch> {
        self.engine.handle(self.now, input).batches
    }
}

/// Who has the row of rank `n`, counted from 0, at first.
pub(crate) fn author(n: u32) -> Entity {
    // Ids as a platform gives them: of nine digits, in no order.
    let id = 100_000_000 + u64::from(n) * 7_919 % 800_000_000;
    Entity::from_parts("twitch", EntityId::Number(id)).expect("a valid entity")
}

fn first_score(n: u32, mixed: &mut Draw) -> Units {
    i64::from(10 * ROWS / (n + 1)) + i64::from(mixed.below(3))
}

/// How many rows batches change.
pub(crate) fn changes(batches: &[Batch]) -> usize {
    batches.iter().flat_map(|batch| &batch.boards).map(|board| board.changes.len()).sum()
}

/// Messages into the engine, with cuts and commits.
pub(crate) fn score() -> usize {
    let mut core = Core::new();
    core.take(Vec::new());
    let mut messages = Some(core.messages(1_000));
    counted(|| core.take(messages.take().unwrap_or_default()));
    1_000
}

/// New scores into the rank index alone.
pub(crate) fn rank() -> usize {
    let mut crowd = Draw(42);
    let rows = (0..ROWS).map(|n| (n, RowKey { score: first_score(n, &mut crowd), stamp: u64::from(n) }));
    let mut index = RankIndex::build(rows);
    let mut updates = Vec::new();
    let mut gained = vec![0; ROWS as usize];
    for stamp in 0..1_000 {
        let handle = crowd.zipf(ROWS);
        gained[handle as usize] += 1;
        let before = index.get(handle).map_or(0, |key| key.score);
        let score = before + gained[handle as usize];
        updates.push((handle, RowKey { score, stamp: u64::from(ROWS) + stamp }));
    }
    counted(|| updates.iter().fold(0, |sum, &(handle, key)| index.set(handle, key).new ^ sum));
    updates.len()
}

/// Batches into link frames.
pub(crate) fn encode() -> usize {
    let mut core = Core::new();
    let messages = core.messages(1_000);
    let batches = core.take(messages);
    let rows = changes(&batches);
    let messages: Vec<LinkDown> = batches.into_iter().map(LinkDown::Batch).collect();
    counted(|| messages.iter().map(|message| frame::encode(message).len()).sum::<usize>());
    rows
}
