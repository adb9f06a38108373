//! What the engine's tests share: boards, events, and a [`Rig`] that holds an engine, its store and a replica, and
//! checks after every step that the replica follows. It has no opinion on scores; each test brings its own model.

use std::collections::BTreeSet;

use scorelay_engine::{
    BoardConfig, Effects, Engine, Image, Input, Moderation, Origin, Reply, Scorer, SourceKey, SourceName, Startup,
};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{ChatMessage, Event, Points};
use scorelay_protocol::ids::{BoardNo, CoreEpoch, Handle, Stamp, UnixMillis};
use scorelay_protocol::limits::BATCH_CHANGES;
use scorelay_protocol::link::{BoardDef, RowChange};
use scorelay_protocol::score::Units;
use scorelay_ranks::BoardSet;

pub(crate) fn board(id: &str, scorer: Scorer, max_rows: u32) -> BoardConfig {
    BoardConfig { title: id.to_uppercase(), max_rows, ..BoardConfig::new(id, scorer) }
}

pub(crate) fn messages(id: &str, max_rows: u32) -> BoardConfig {
    board(id, Scorer::messages(1), max_rows)
}

pub(crate) fn external(id: &str, max_rows: u32) -> BoardConfig {
    board(id, Scorer::External, max_rows)
}

pub(crate) fn entity(text: &str) -> Entity {
    text.parse().unwrap()
}

pub(crate) fn message(author: &str) -> Event {
    tagged(author, None)
}

pub(crate) fn tagged(author: &str, id: Option<&str>) -> Event {
    Event::Message(ChatMessage {
        author: entity(author),
        name: "Somebody".into(),
        room: "#room".into(),
        text: "hello".into(),
        id: id.map(str::to_owned),
        badges: Vec::new(),
        emotes: Vec::new(),
        bits: 0,
    })
}

/// A message in a room with a text.
pub(crate) fn said(author: &str, room: &str, text: &str) -> ChatMessage {
    ChatMessage {
        author: entity(author),
        name: author.to_uppercase(),
        room: room.into(),
        text: text.into(),
        id: None,
        badges: Vec::new(),
        emotes: Vec::new(),
        bits: 0,
    }
}

pub(crate) fn points(board: &str, to: &str, units: Units) -> Event {
    Event::Points(Points { board: board.into(), entity: entity(to), units })
}

pub(crate) fn name(text: &str) -> SourceName {
    SourceName::new(text).unwrap()
}

pub(crate) fn key(text: &str, incarnation: u128) -> SourceKey {
    SourceKey { name: name(text), incarnation }
}

pub(crate) fn live(event: Event) -> Input {
    Input::Event { origin: Origin::Live { source: name("live") }, event }
}

pub(crate) fn replayed(source: &SourceKey, seq: u64, event: Event) -> Input {
    Input::Event { origin: Origin::Replayed { source: source.clone(), seq }, event }
}

/// Rows in rank order.
type Ranking = Vec<(Entity, Units, Stamp)>;

/// Everything about a set that people could see, and stamps.
pub(crate) fn contents(set: &BoardSet) -> Vec<(BoardDef, Ranking)> {
    let rows = |no: BoardNo| {
        let rows = set.board(no).unwrap().rows().iter();
        rows.map(|(handle, key)| (set.entity(Handle(handle)).unwrap(), key.score, Stamp(key.stamp))).collect()
    };
    set.defs().map(|def| (def.clone(), rows(def.board))).collect()
}

/// Handles and what they stand for.
pub(crate) fn bindings(set: &BoardSet) -> Vec<(Handle, Entity)> {
    (0..set.handle_limit()).map(Handle).filter_map(|handle| Some((handle, set.entity(handle)?))).collect()
}

/// An engine, the store that its commits go to, and a replica as a relay has it.
pub(crate) struct Rig {
    pub(crate) configs: Vec<BoardConfig>,
    pub(crate) engine: Engine,
    pub(crate) image: Image,
    pub(crate) replica: BoardSet,
    pub(crate) clock: u64,
    pub(crate) batches: u64,
}

impl Rig {
    pub(crate) fn new(configs: Vec<BoardConfig>) -> Self {
        Self::over(configs, Image::default()).0
    }

    /// A start over what a store holds.
    pub(crate) fn over(configs: Vec<BoardConfig>, image: Image) -> (Self, Vec<Startup>) {
        let mut uid = 100;
        let mut uids = || {
            uid += 1;
            uid
        };
        let (engine, report) =
            Engine::new(&configs, image.stored(), image.rows(), CoreEpoch(1), &mut uids).expect("a start");
        let replica = engine.boards().clone();
        (Self { configs, engine, image, replica, clock: 1_000, batches: 0 }, report)
    }

    /// `kill -9`, and a start over the store.
    pub(crate) fn kill(&mut self) {
        let (mut next, _) = Self::over(self.configs.clone(), self.image.clone());
        next.clock = self.clock;
        next.batches = self.batches;
        *self = next;
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, ms: u64) {
        self.clock += ms;
        self.cut();
    }

    /// An operator does something; the rows that it takes off.
    pub(crate) fn moderate(&mut self, what: Moderation) -> u32 {
        match self.reply(Input::Moderate(what)) {
            Reply::Moderated { rows } => rows,
            other => panic!("{other:?}"),
        }
    }

    /// One input. Batches reach the replica; a commit is returned in the effects, not stored.
    pub(crate) fn give(&mut self, input: Input) -> Effects {
        self.clock += 1;
        let before = contents(self.engine.boards());
        let effects = self.engine.handle(UnixMillis(self.clock), input);
        for batch in &effects.batches {
            let changes: usize = batch.boards.iter().map(|board| board.changes.len()).sum();
            let says = changes + batch.defs.len() + batch.frees.len();
            assert!(says > 0 && changes <= BATCH_CHANGES, "{changes} changes in a batch");
            for board in &batch.boards {
                let mut handles: Vec<Handle> = board.changes.iter().map(handle_of).collect();
                handles.sort_unstable();
                handles.dedup();
                assert_eq!(handles.len(), board.changes.len(), "at most one change per handle and board");
            }
            self.replica.apply(batch, &mut |_| {}).expect("a relay follows every batch");
            self.batches += 1;
        }
        if let Some(commit) = &effects.commit {
            let rows: BTreeSet<_> = commit.rows.iter().map(|row| (row.board, &row.entity)).collect();
            assert_eq!(rows.len(), commit.rows.len(), "each row once");
        }
        if effects.batches.is_empty() {
            assert_eq!(contents(self.engine.boards()), before, "boards stand still between batches");
        }
        assert_eq!(contents(&self.replica), contents(self.engine.boards()));
        assert_eq!(bindings(&self.replica), bindings(self.engine.boards()));
        assert_eq!(self.replica.platforms(), self.engine.boards().platforms());
        for (handle, entity) in bindings(self.engine.boards()) {
            assert!(self.engine.boards().uses(handle) > 0, "{entity} has a handle but no row");
        }
        effects
    }

    pub(crate) fn reply(&mut self, input: Input) -> Reply {
        self.give(input).reply.expect("an answer")
    }

    pub(crate) fn cut(&mut self) {
        self.give(Input::Cut);
    }

    /// A commit that is stored.
    pub(crate) fn commit(&mut self) {
        if let Some(commit) = self.give(Input::Commit).commit {
            self.image.store(&commit);
        }
    }

    /// A board's rows as `platform:id score`, in rank order.
    pub(crate) fn ranking(&self, id: &str) -> Vec<String> {
        let rows = self.engine.rows(id).expect("a board");
        rows.map(|row| format!("{} {}", row.entity, row.score)).collect()
    }
}

fn handle_of(change: &RowChange) -> Handle {
    match *change {
        RowChange::Set { handle, .. } | RowChange::Remove { handle } => handle,
    }
}
