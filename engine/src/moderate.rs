//! What an operator does about rows: takes them off, keeps entities off, empties a board, puts its rows aside. All of
//! it reaches relays with the batches of the same input, and the store with the next commit.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::error::{ErrorCode, WireError};
use scorelay_protocol::ids::{BatchSeq, BoardNo, Handle};
use scorelay_protocol::limits::{BATCH_FREES, BOARD_TEXT_BYTES, BOARDS};
use scorelay_protocol::link::{Batch, BoardDef, DefChange};

use crate::board::BoardMachine;
use crate::config::BoardConfig;
use crate::effects::{Reply, SeasonEnd};
use crate::engine::Engine;
use crate::input::Moderation;
use crate::rating::Rating;
use crate::record::{PlayerRecord, StoredBoard};
use crate::scorer::Scorer;

type Batches = Vec<Batch>;

impl Engine {
    /// The key by which erased entities are known. Who was erased under another key is not kept off any more.
    pub fn set_erasure_key(&mut self, key: [u8; 32]) {
        self.kept_off.set_key(key);
    }

    /// Tells of each entity whether it is kept off the board with this id; `None` if there is no such board.
    pub fn keeps_off(&self, board: &str) -> Option<impl Fn(&Entity) -> bool> {
        let machine = self.machine(board)?;
        Some(move |entity: &Entity| self.stays_off(machine, entity))
    }

    /// Whether an entity is kept off a machine's board.
    pub(crate) fn stays_off(&self, machine: usize, entity: &Entity) -> bool {
        // Nobody who was erased has a row, so that a row is proof enough.
        self.kept_off.is_banned(entity, &self.machines[machine].config.id)
            || (self.kept_off.has_erased() && self.boards().find(entity).is_none() && self.kept_off.is_erased(entity))
    }

    /// Does it, and cuts after it.
    pub(crate) fn moderate(&mut self, what: Moderation, batches: &mut Batches) -> Reply {
        self.cut(batches);
        let done = match what {
            Moderation::Remove { board, entity } => self.remove_from(board.as_deref(), &entity, batches),
            Moderation::Ban { board, entity } => self.ban(board, entity, batches),
            Moderation::Unban { board, entity } => {
                self.kept_off.unban(&entity, board.as_deref());
                Ok(0)
            }
            Moderation::Reset { board } => self.put_aside(&board, None, batches),
            Moderation::Archive { board, to, title } => self.put_aside(&board, Some((to, title)), batches),
            Moderation::Erase { entity } => self.erase(&entity, batches),
        };
        self.cut(batches);
        self.due = self.first_due();
        match done {
            Ok(rows) => Reply::Moderated { rows },
            Err(error) => Reply::Refused(error),
        }
    }

    /// Closes the boards whose season is over.
    pub(crate) fn end_seasons(&mut self, batches: &mut Batches) -> Vec<SeasonEnd> {
        let mut ended = Vec::new();
        for at in 0..self.machines.len() {
            let now = self.now;
            let label = self.machines[at].season.as_mut().and_then(|season| season.ended(now));
            let Some(label) = label else { continue };
            let BoardConfig { id: board, title, .. } = self.machines[at].config.clone();
            let to = format!("{board}-{label}");
            let title = format!("{} {label}", &title[..title.floor_char_boundary(BOARD_TEXT_BYTES - label.len() - 1)]);
            self.cut(batches);
            let rows = self.put_aside(&board, Some((to.clone(), title)), batches);
            if let Some(season) = self.machines[at].season.as_mut() {
                match &rows {
                    // The machine is a new one; its season has just begun.
                    Ok(_) => season.begin(now),
                    Err(_) => season.again(now),
                }
            }
            ended.push(SeasonEnd { board, to, rows });
        }
        ended
    }

    fn ban(&mut self, board: Option<String>, entity: Entity, batches: &mut Batches) -> Result<u32, WireError> {
        if let Some(board) = &board {
            self.machine_of(board)?;
        }
        self.kept_off.ban(entity.clone(), board.clone())?;
        self.remove_from(board.as_deref(), &entity, batches)
    }

    fn erase(&mut self, entity: &Entity, batches: &mut Batches) -> Result<u32, WireError> {
        self.kept_off.erase(entity)?;
        let rows = self.remove_from(None, entity, batches)?;
        self.cut(batches);
        self.profiles.erase(&self.boards, entity);
        // Boards that are not served any more have their rows in the store alone.
        for retired in self.catalog.boards.iter().filter(|board| board.retired) {
            self.log.removed(retired.def.board, entity.clone());
        }
        Ok(rows)
    }

    /// Takes an entity off one board or all, archives among them.
    fn remove_from(&mut self, board: Option<&str>, entity: &Entity, batches: &mut Batches) -> Result<u32, WireError> {
        let machines = match board {
            Some(board) => {
                let machine = self.machine_of(board)?;
                machine..machine + 1
            }
            None => 0..self.machines.len(),
        };
        let mut rows = 0;
        for machine in machines.clone() {
            rows += u32::from(self.remove(machine, entity, batches));
            self.machines[machine].clockwork.forget(entity);
        }
        let only = board.is_some().then_some(machines.start);
        self.recall.forget(only, Some(entity));
        Ok(rows)
    }

    /// Gives a board a new number without rows. Those it had go, or are kept under another id.
    fn put_aside(
        &mut self,
        board: &str,
        to: Option<(String, String)>,
        batches: &mut Batches,
    ) -> Result<u32, WireError> {
        let at = self.machine_of(board)?;
        if self.machines[at].config.scorer == Scorer::Archive {
            return Err(refused(format!("board {board:?} is an archive")));
        }
        let old = self.number(at);
        let number = self.catalog.next;
        let next = number.0.checked_add(1).ok_or_else(|| refused("board numbers have run out".to_owned()))?;
        let known = self.catalog.boards.iter().position(|stored| stored.def.board == old);
        let known = known.ok_or_else(|| refused(format!("board {board:?} is not known")))?;
        let to = to.map(|(id, title)| self.check_archive(known, id, title)).transpose()?;
        // From here on nothing is refused, so that a refusal changes nothing.
        for (entity, score) in self.machines[at].clockwork.close(self.now) {
            if self.has_room([&entity].into_iter()) {
                self.set_score(at, &entity, batches, |_| score);
            }
        }
        self.cut(batches);
        let rows = self.boards().board(old).map_or(0, |board| board.rows().len());
        let mut batch = Batch { seq: BatchSeq(self.boards().seq().0 + 1), ..Batch::default() };
        let mut freed = Vec::new();
        let def = self.catalog.boards[known].def.clone();
        match to {
            Some(config) => {
                self.archive(known, config, &mut batch);
                let players = self.machines[at].clockwork.take_changed().into_iter();
                self.log.players.extend(players.map(|(entity, playing)| PlayerRecord { board: old, entity, playing }));
            }
            None => {
                freed = self.boards.drop_board(old).unwrap_or_default();
                batch.defs.push(DefChange::Gone(old));
                self.catalog.boards.remove(known);
                self.log.dropped(old);
            }
        }
        self.catalog.next = BoardNo(next);
        // Another uid than before: it is another board, whatever its name.
        let def = BoardDef { board: number, uid: next_uid(def.uid, number), ..def };
        let config = &self.machines[at].config;
        let stored =
            StoredBoard { def: def.clone(), scorer: config.scorer.clone(), rating: config.rating, retired: false };
        self.catalog.boards.push(stored);
        self.log.catalog = true;
        self.machines[at] = BoardMachine::new(number, self.machines[at].config.clone());
        self.recall.forget(Some(at), None);
        self.announce(def, &mut batch);
        batches.push(batch);
        self.free(&freed, batches);
        Ok(rows)
    }

    /// An archive of a board, if it can be made.
    fn check_archive(&self, known: usize, id: String, title: String) -> Result<BoardConfig, WireError> {
        if self.catalog.boards.len() >= BOARDS {
            return Err(refused(format!("there are {BOARDS} boards, which is as many as may be")));
        }
        if self.catalog.boards.iter().any(|stored| stored.def.id == id) {
            return Err(refused(format!("there is a board {id:?} already")));
        }
        let config = archive_config(&BoardDef { id, title, ..self.catalog.boards[known].def.clone() });
        config.check().map_err(|error| refused(error.to_string()))?;
        Ok(config)
    }

    /// Makes an archive of a board.
    fn archive(&mut self, known: usize, config: BoardConfig, batch: &mut Batch) {
        let stored = &mut self.catalog.boards[known];
        stored.def.id.clone_from(&config.id);
        stored.def.title.clone_from(&config.title);
        (stored.scorer, stored.rating) = (Scorer::Archive, Rating::Sum);
        let def = stored.def.clone();
        self.machines.push(BoardMachine::new(def.board, config));
        self.announce(def, batch);
    }

    /// Describes a board to the relays.
    fn announce(&mut self, def: BoardDef, batch: &mut Batch) {
        self.boards.put_board(def.clone()).expect("invariant: as many boards as there were, of checked texts");
        batch.defs.push(DefChange::Put(def));
        if self.boards.seq() < batch.seq {
            self.boards.advance(batch.seq);
        }
    }

    /// Frees handles that have no row any more.
    fn free(&mut self, handles: &[Handle], batches: &mut Batches) {
        let unused: Vec<Handle> = handles.iter().copied().filter(|&handle| self.boards.uses(handle) == 0).collect();
        for part in unused.chunks(BATCH_FREES) {
            let seq = BatchSeq(self.boards().seq().0 + 1);
            part.iter().for_each(|&handle| self.profiles.freed(&self.boards, handle));
            let mut frees: Vec<Handle> =
                part.iter().copied().filter(|&handle| self.boards.free(handle).is_ok()).collect();
            frees.sort_unstable();
            self.boards.advance(seq);
            batches.push(Batch { seq, frees, ..Batch::default() });
        }
    }

    /// The index among the machines of the board with this id.
    ///
    /// # Errors
    /// [`ErrorCode::NoSuchBoard`]
    pub(crate) fn machine_of(&self, board: &str) -> Result<usize, WireError> {
        let machine = self.machine(board);
        machine.ok_or_else(|| WireError::new(ErrorCode::NoSuchBoard, format!("there is no board {board:?}")))
    }
}

/// An archive as if it had been configured.
pub(crate) fn archive_config(def: &BoardDef) -> BoardConfig {
    BoardConfig {
        title: def.title.clone(),
        unit: def.unit.clone(),
        decimals: def.decimals,
        synthetic: def.synthetic,
        max_rows: scorelay_protocol::limits::MAX_ROWS,
        ..BoardConfig::new(&def.id, Scorer::Archive)
    }
}

fn refused(why: String) -> WireError {
    WireError::new(ErrorCode::BadModeration, why)
}

/// A number that tells a board from the one it takes the place of: mixed by the finaliser of SplitMix64.
fn next_uid(uid: u64, number: BoardNo) -> u64 {
    let mut mixed = uid ^ (u64::from(number.0) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
