//! [`Engine`]: takes one input at a time and says what it causes. This file is the road that inputs take; the parts
//! they pass are in `sources.rs`, `check.rs`, `board.rs`, `batch.rs`, `cut.rs` and `commit.rs`. How an engine comes to
//! be is in `start.rs`.

use std::borrow::Cow;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::WireError;
use scorelay_protocol::event::Event;
use scorelay_protocol::ids::{BatchSeq, BoardNo, CoreEpoch, Handle, Stamp, UnixMillis};
use scorelay_protocol::link::Batch;
use scorelay_protocol::score::{self, Units};
use scorelay_ranks::BoardSet;

use crate::batch::{OpenBatch, Who};
use crate::board::BoardMachine;
use crate::check;
use crate::commit::Uncommitted;
use crate::config::BoardConfig;
use crate::cut;
use crate::effects::{Effects, Reply};
use crate::error::StartError;
use crate::facts::{Facts, Given, Wanted};
use crate::input::{Input, Origin, SourceKey, SourceName};
use crate::kept_off::KeptOff;
use crate::profiles::Profiles;
use crate::recall::{Gave, Recall};
use crate::record::{Catalog, Commit, PlayerRecord, Stored, StoredRow};
use crate::scoring::copypasta::Copypasta;
use crate::scoring::emotes::EmoteWords;
use crate::season::Running;
use crate::sources::{Outcome, SourceCounts, Sources, Verdict};
use crate::start::{Loader, Startup};

/// The core's one writer: all boards, and what is on its way to relays and to the store.
#[derive(Debug)]
pub struct Engine {
    pub(crate) now: UnixMillis,
    /// When the first board is due, kept so that inputs need not ask all of them.
    pub(crate) due: Option<UnixMillis>,
    pub(crate) boards: BoardSet,
    pub(crate) machines: Vec<BoardMachine>,
    pub(crate) catalog: Catalog,
    pub(crate) sources: Sources,
    pub(crate) open: OpenBatch,
    pub(crate) log: Uncommitted,
    pub(crate) recall: Recall,
    pub(crate) profiles: Profiles,
    pub(crate) kept_off: KeptOff,
    pub(crate) wanted: Wanted,
    pub(crate) emotes: EmoteWords,
    pub(crate) copypasta: Copypasta,
}

/// A row for people: where it stands and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedRow {
    /// 1-based rank.
    pub rank: u32,
    /// Whose.
    pub entity: Entity,
    /// Score in the board's units.
    pub score: Units,
    /// When it was reached.
    pub stamp: Stamp,
}

impl Engine {
    /// An engine with these boards over what a store holds, and what the configuration changed. `uids` gives random
    /// numbers for new boards. A [`Loader`] does the same for rows that are read one by one.
    ///
    /// # Errors
    /// [`StartError`] when the configuration is not valid or the store's content contradicts itself.
    pub fn new(
        configs: &[BoardConfig],
        stored: Stored,
        rows: impl IntoIterator<Item = StoredRow>,
        core: CoreEpoch,
        uids: &mut dyn FnMut() -> u64,
    ) -> Result<(Self, Vec<Startup>), StartError> {
        let mut loader = Loader::new(configs, stored, core, uids)?;
        for row in rows {
            loader.row(row)?;
        }
        loader.finish()
    }

    /// Words that count as emotes wherever they stand in a message. Emotes that have a row get the pictures that are
    /// said here.
    pub fn set_emote_words(&mut self, words: EmoteWords) {
        self.profiles.renew_pictures(&self.boards, EmoteWords::PLATFORM, |emote| words.picture(emote));
        self.emotes = words;
    }

    /// Does one thing, after what was due before it. Where `now` lies before an earlier one, that one still counts.
    pub fn handle(&mut self, now: UnixMillis, input: Input) -> Effects {
        self.now = self.now.max(now);
        let mut effects = Effects::default();
        if self.due.is_some_and(|due| due <= self.now) {
            self.settle(&mut effects.batches);
            effects.seasons = self.end_seasons(&mut effects.batches);
            self.due = self.first_due();
        }
        match input {
            Input::Event { origin, event } => {
                effects.reply = Some(self.event(&origin, &event, &mut effects.batches));
            }
            Input::Cut => self.cut(&mut effects.batches),
            Input::Commit => effects.commit = self.commit(&mut effects.batches),
            Input::Import { board, mode, rows } => {
                effects.reply = Some(self.import(&board, mode, &rows, &mut effects.batches));
            }
            Input::Remember { board, order } => {
                effects.reply = Some(self.remember(board, &order, &mut effects.batches));
            }
            Input::Moderate(what) => effects.reply = Some(self.moderate(what, &mut effects.batches)),
        }
        debug_assert_eq!(self.due, self.first_due(), "whatever changes when a board is due notes it");
        effects
    }

    /// When time alone will change something; an [`Input::Cut`] then is enough.
    pub fn due(&self) -> Option<UnixMillis> {
        self.due
    }

    /// The same, asked of every board.
    pub(crate) fn first_due(&self) -> Option<UnixMillis> {
        let settled = self.machines.iter().filter_map(|machine| machine.clockwork.due());
        let ended = self.machines.iter().filter_map(|machine| Some(machine.season.as_ref()?.due()));
        settled.chain(ended).min()
    }

    /// All boards with their rows, as of the last batch.
    pub fn boards(&self) -> &BoardSet {
        &self.boards
    }

    /// The number of the board with this id.
    pub fn board_no(&self, id: &str) -> Option<BoardNo> {
        self.machine(id).map(|machine| self.number(machine))
    }

    /// How the board with this id is configured.
    pub fn config(&self, id: &str) -> Option<&BoardConfig> {
        self.machine(id).map(|machine| &self.machines[machine].config)
    }

    /// All rows of the board with this id in rank order, as of the last batch; `None` if there is no such board.
    pub fn rows(&self, id: &str) -> Option<impl Iterator<Item = RankedRow>> {
        let rows = self.boards.board(self.board_no(id)?)?.rows();
        Some(rows.iter().zip(1..).filter_map(|((handle, key), rank)| {
            let entity = self.boards.entity(Handle(handle))?;
            Some(RankedRow { rank, entity, score: key.score, stamp: Stamp(key.stamp) })
        }))
    }

    /// Whether something waits for a cut.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether something waits for a commit.
    pub fn is_uncommitted(&self) -> bool {
        self.is_open() || !self.is_stored()
    }

    /// The last event of a source that was applied, 0 if none. It is durable once the next commit is; what a source is
    /// told on connecting must be durable.
    pub fn watermark(&self, source: &SourceKey) -> u64 {
        self.sources.watermark(source)
    }

    /// What became of each source's events since the start, by name.
    pub fn source_counts(&self) -> impl Iterator<Item = (&SourceName, SourceCounts)> {
        self.sources.counts()
    }

    /// The engine's time: that of the latest input.
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    fn event(&mut self, origin: &Origin, event: &Event, batches: &mut Vec<Batch>) -> Reply {
        let (reply, outcome) = match self.sources.judge(origin, event) {
            Verdict::Repeat => (Reply::Repeated, Outcome::Repeated),
            Verdict::Gap(error) => (Reply::Refused(error), Outcome::Gap),
            Verdict::Fresh => match self.apply(event, batches) {
                Ok(()) => (Reply::Applied, Outcome::Applied),
                Err(error) => (Reply::Refused(error), Outcome::Bad),
            },
        };
        self.sources.settle(self.now, origin, event, outcome);
        reply
    }

    /// Scores an event on all boards, or on none.
    fn apply(&mut self, event: &Event, batches: &mut Vec<Batch>) -> Result<(), WireError> {
        check::event(&self.machines, event)?;
        match event {
            Event::Points(points) => {
                let machine = self.machine(&points.board).expect("invariant: the check has found the board");
                let given = Given { entity: Cow::Borrowed(&points.entity), units: points.units };
                let stays_off = |entity| self.stays_off(machine, entity);
                let takes = !stays_off(&given.entity) && !self.machines[machine].config.filter.ignores(&given.entity);
                if takes {
                    if !self.has_room([&*given.entity].into_iter()) {
                        return Err(no_room());
                    }
                    self.award(&[(machine, given)], batches);
                }
                Ok(())
            }
            Event::Clear(clear) => {
                for Gave { machine, entity, units } in self.recall.take(self.now, clear) {
                    self.take_back(machine, &entity, units, batches);
                }
                Ok(())
            }
            Event::Profile(profile) => {
                self.take_profile(profile);
                Ok(())
            }
            Event::Message(_) | Event::Notice(_) => {
                let Some(facts) = Facts::find(event, self.wanted, &self.emotes, &mut self.copypasta) else {
                    return Ok(());
                };
                self.score(&facts, batches)?;
                self.look_at(&facts);
                Ok(())
            }
        }
    }

    /// Gives what somebody did its points on all boards.
    fn score(&mut self, facts: &Facts<'_>, batches: &mut Vec<Batch>) -> Result<(), WireError> {
        let mut awarded: Vec<(usize, Given<'_>)> = Vec::new();
        for (at, machine) in self.machines.iter().enumerate() {
            let given = facts.score(&machine.config.scorer, &machine.config.filter);
            if given.is_empty() || self.stays_off(at, facts.author) {
                continue;
            }
            let given = given.into_iter().filter(|given| !self.stays_off(at, &given.entity));
            awarded.extend(given.map(|given| (at, given)));
        }
        if !self.has_room(awarded.iter().map(|(_, given)| &*given.entity)) {
            return Err(no_room());
        }
        let now = self.now;
        let mut last = None;
        awarded.retain(|&(at, _)| {
            let allows = |machine: &mut BoardMachine| {
                machine.limiter.as_mut().is_none_or(|limiter| limiter.allow(now, facts.author))
            };
            match last {
                Some((board, allowed)) if board == at => allowed,
                _ => {
                    let allowed = allows(&mut self.machines[at]);
                    last = Some((at, allowed));
                    allowed
                }
            }
        });
        self.award(&awarded, batches);
        let gave = awarded.into_iter().filter(|&(at, _)| self.machines[at].config.take_back);
        let gave = gave.map(|(machine, Given { entity, units })| Gave { machine, entity: entity.into_owned(), units });
        let gave = gave.collect();
        self.recall.note(now, facts.author, facts.room, facts.id, gave);
        Ok(())
    }

    /// Gives points to entities that there is room for.
    fn award(&mut self, awarded: &[(usize, Given<'_>)], batches: &mut Vec<Batch>) {
        for (machine, Given { entity, units }) in awarded {
            let score = self.score_of(*machine, entity);
            match self.machines[*machine].config.rating.rate(score, *units) {
                Some(score) => {
                    self.set_score(*machine, entity, batches, |_| score);
                }
                None => {
                    let clockwork = &mut self.machines[*machine].clockwork;
                    clockwork.points(self.now, entity, score, *units);
                    // Points only ever bring forward when something is due.
                    self.due = self.due.into_iter().chain(clockwork.due()).min();
                }
            }
        }
    }

    /// Makes scores of what time has settled.
    fn settle(&mut self, batches: &mut Vec<Batch>) {
        for machine in 0..self.machines.len() {
            for (entity, score) in self.machines[machine].clockwork.settle(self.now) {
                if self.has_room([&entity].into_iter()) {
                    self.set_score(machine, &entity, batches, |_| score);
                }
            }
        }
    }

    /// Takes points away again; a row that comes to nothing goes.
    fn take_back(&mut self, machine: usize, entity: &Entity, units: Units, batches: &mut Vec<Batch>) {
        let Some(score) = self.score_of(machine, entity) else { return };
        match score::add(score, -units) {
            0 => {
                self.remove(machine, entity, batches);
            }
            score => {
                self.set_score(machine, entity, batches, |_| score);
            }
        }
    }

    /// The score that an entity has with everything so far.
    pub(crate) fn score_of(&self, machine: usize, entity: &Entity) -> Option<Units> {
        let who = self.open.known(&self.boards, entity)?;
        self.open.score(&self.boards, self.number(machine), who)
    }

    /// Takes an entity's row off a board; whether there was one.
    pub(crate) fn remove(&mut self, machine: usize, entity: &Entity, batches: &mut Vec<Batch>) -> bool {
        self.cut_if_full(batches);
        let Some(who) = self.open.known(&self.boards, entity) else { return false };
        if self.open.score(&self.boards, self.number(machine), who).is_none() {
            return false;
        }
        self.touch(machine, who, None);
        true
    }

    pub(crate) fn has_room<'e>(&self, entities: impl Iterator<Item = &'e Entity>) -> bool {
        self.open.has_room(&self.boards, entities)
    }

    /// The index of the board with this id among the machines.
    pub(crate) fn machine(&self, id: &str) -> Option<usize> {
        self.machines.iter().position(|machine| machine.config.id == id)
    }

    /// The number of a machine's board.
    pub(crate) fn number(&self, machine: usize) -> BoardNo {
        self.machines[machine].no
    }

    /// Gives an entity the score that `next` makes of its present one; whether it is another one.
    pub(crate) fn set_score(
        &mut self,
        machine: usize,
        entity: &Entity,
        batches: &mut Vec<Batch>,
        next: impl FnOnce(Option<Units>) -> Units,
    ) -> bool {
        self.cut_if_full(batches);
        let who = self.open.resolve(&self.boards, entity);
        let score = self.open.score(&self.boards, self.number(machine), who);
        let after = Some(next(score));
        if after == score {
            return false;
        }
        self.touch(machine, who, after);
        true
    }

    /// Gives a row another score or takes it away. The caller has cut before if the batch was full, and has resolved
    /// `who` after that.
    pub(crate) fn touch(&mut self, machine: usize, who: Who, score: Option<Units>) {
        let BoardMachine { no, config, .. } = &self.machines[machine];
        self.open.touch(&self.boards, *no, config.max_rows, who, score);
    }

    /// Cuts where the open batch might not hold one change more.
    pub(crate) fn cut_if_full(&mut self, batches: &mut Vec<Batch>) {
        if self.open.is_full() {
            self.cut(batches);
        }
    }

    /// Ends the open batch, if anything in it changed.
    pub(crate) fn cut(&mut self, batches: &mut Vec<Batch>) {
        let open = std::mem::take(&mut self.open);
        batches.extend(cut::cut(&mut self.boards, &self.machines, open, &mut self.log, &mut self.profiles));
        self.profiles.settle(&self.boards);
    }

    /// Cuts, so that no uncut score and no stamp of a batch that never was can get into the store.
    fn commit(&mut self, batches: &mut Vec<Batch>) -> Option<Commit> {
        self.cut(batches);
        if self.is_stored() {
            return None;
        }
        let catalog = std::mem::take(&mut self.log.catalog).then(|| self.catalog.clone());
        Some(Commit {
            dropped: std::mem::take(&mut self.log.dropped),
            catalog,
            rows: self.log.take_rows(&self.boards),
            players: self.take_players(),
            seasons: self.take_seasons(),
            profiles: self.profiles.take_changed(&self.boards),
            kept_off: self.kept_off.take_changed(),
            watermarks: self.sources.take_changed(),
            next_batch: BatchSeq(self.boards.seq().0 + 1),
            clock: self.now,
        })
    }

    /// Whether the store holds everything that is cut.
    fn is_stored(&self) -> bool {
        self.log.is_empty()
            && self.sources.is_stored()
            && self.kept_off.is_stored()
            && self.profiles.is_stored()
            && self.machines.iter().all(|machine| machine.clockwork.is_stored())
            && self.machines.iter().all(|machine| machine.season.as_ref().is_none_or(Running::is_stored))
    }

    fn take_seasons(&mut self) -> Vec<(BoardNo, UnixMillis)> {
        let machines = self.machines.iter_mut();
        machines.filter_map(|machine| Some((machine.no, machine.season.as_mut()?.take_changed()?))).collect()
    }

    fn take_players(&mut self) -> Vec<PlayerRecord> {
        let mut players = std::mem::take(&mut self.log.players);
        let machines = self.machines.iter_mut();
        players.extend(machines.flat_map(|machine| {
            let board = machine.no;
            let changed = machine.clockwork.take_changed().into_iter();
            changed.map(move |(entity, playing)| PlayerRecord { board, entity, playing })
        }));
        players
    }
}

fn no_room() -> WireError {
    check::bad("there are as many platforms or entities as there may be")
}
