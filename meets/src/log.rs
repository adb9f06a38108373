//! A meet's log and everything that follows from it: state, authors, epochs, what stands where.
//!
//! [`MeetLog::push`] takes lines as they are, be it from a file, a link or the core itself; [`MeetLog::answer`] makes
//! the line of an update that a desk asks for. What is decided of it is in [`super::judge`].

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{Author, DeskId, LocalSeq, MeetEpoch, MeetPosition, MeetSeq, MeetUid, Priority};
use scorelay_protocol::meet::line::{Joined, Line, Location, Update, Verdict, What};
use scorelay_protocol::meet::path::{EntryNo, Path, StageNo};
use scorelay_protocol::meet::receipt::{ChainHash, Head};
use scorelay_protocol::meet::request::Proposal;
use scorelay_protocol::meet::value::ValueError;

use crate::chain::then;
use crate::judge::Seen;
use crate::state::MeetState;

/// Ids that a desk's own entries may have, from its block's first on.
pub const ENTRY_BLOCK: u32 = 10_000;
/// The first entry id of the first desk; OpenLifter counts from there.
pub const FIRST_ENTRY: EntryNo = EntryNo(5_000);
/// Blocks left out at each start of a core: it may have lost lines in which desks joined, and a desk that brings them
/// back must find its block free.
pub const BLOCKS_LEFT_OUT: u32 = 50;

/// A log with what follows from it.
#[derive(Debug, Clone, Default)]
pub struct MeetLog {
    lines: Vec<Line>,
    /// The hash after each line.
    hashes: Vec<ChainHash>,
    uid: Option<MeetUid>,
    locations: Vec<Location>,
    desks: Vec<Desk>,
    /// First lines of the epochs, rising.
    epochs: Vec<(MeetEpoch, MeetSeq)>,
    pub(crate) state: MeetState,
    /// Accepted lines on each path, rising.
    pub(crate) stands: BTreeMap<Path, Vec<Stand>>,
    drivers: BTreeMap<StageNo, Author>,
    /// Lines of other logs that updates of this one were merged from.
    merged: BTreeSet<(MeetEpoch, MeetSeq)>,
    /// Count of the block of entry ids that is given next.
    next_block: u32,
    publications: u32,
    finished: bool,
}

/// An accepted line on some path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) seq: MeetSeq,
    pub(crate) author: Author,
}

/// Somebody who took part.
#[derive(Debug, Clone)]
pub struct Desk {
    /// How it joined.
    pub joined: Joined,
    /// The lines of its updates: the first is that of local number 1.
    updates: Vec<MeetSeq>,
}

/// A line that cannot follow in this log: it was not written by the rules, or not for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {seq} cannot follow: {why}")]
pub struct BadLine {
    /// The number it would have.
    pub seq: MeetSeq,
    /// Why.
    pub why: &'static str,
}

/// Why a proposal gets no line. What follows it in its batch is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// No desk has this number.
    #[error("nobody has joined as {0}")]
    NobodyJoined(Author),
    /// A number was left out; the next is named.
    #[error("update {expected} has not come yet")]
    Gap {
        /// The number that comes next.
        expected: LocalSeq,
    },
    /// The number was used for something else.
    #[error("update {local} was another one")]
    Reused {
        /// The number.
        local: LocalSeq,
        /// The number that comes next.
        expected: LocalSeq,
    },
    /// The path does not take the value.
    #[error(transparent)]
    Value(#[from] ValueError),
}

/// The answer to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The line it became.
    pub seq: MeetSeq,
    /// Whether the line was there already.
    pub repeated: bool,
}

impl MeetLog {
    /// A log without lines.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a line at the end.
    ///
    /// # Errors
    /// [`BadLine`] when it cannot follow; the log is then as before.
    pub fn push(&mut self, line: Line) -> Result<MeetSeq, BadLine> {
        let seq = MeetSeq(self.head().0 + 1);
        self.take(seq, &line.what).map_err(|why| BadLine { seq, why })?;
        self.hashes.push(then(self.hash(), &line));
        self.lines.push(line);
        Ok(seq)
    }

    /// Makes the line of an update and puts it at the end; the same proposal again gets the same line.
    ///
    /// # Errors
    /// [`ProposalError`] when it gets none; the log is then as before.
    pub fn answer(&mut self, now: UnixMillis, author: Author, proposal: Proposal) -> Result<Answer, ProposalError> {
        let desk = self.desk(author).ok_or(ProposalError::NobodyJoined(author))?;
        let expected = desk.next_local();
        let Proposal { local, after, path, value } = proposal;
        if local < expected {
            let seq = desk.line_of(local).ok_or(ProposalError::Reused { local, expected })?;
            let same = matches!(self.line(seq), Some(Line { what: What::Update(update), .. })
                if update.after == after && update.path == path && update.value == value);
            return if same {
                Ok(Answer { seq, repeated: true })
            } else {
                Err(ProposalError::Reused { local, expected })
            };
        }
        if local > expected {
            return Err(ProposalError::Gap { expected });
        }
        value.check(path)?;
        let verdict = self.judge(author, Seen::up_to(self.seen(after)), path, &value);
        let update = Update { author, local, after, path, value, merged_from: None, verdict };
        Ok(Answer { seq: self.write(now, update), repeated: false })
    }

    /// Puts an update at the end that this log has judged.
    pub(crate) fn write(&mut self, now: UnixMillis, update: Update) -> MeetSeq {
        let seq = self.push(Line { at: now, what: What::Update(update) });
        seq.expect("invariant: a line judged by this log can follow in it")
    }

    fn take(&mut self, seq: MeetSeq, what: &What) -> Result<(), &'static str> {
        if self.lines.is_empty() != matches!(what, What::Created { .. }) {
            return Err("a log begins with the meet's creation, and has one");
        }
        match what {
            What::Created { uid, locations, .. } => {
                let names = locations.iter().enumerate();
                if locations.is_empty() || names.clone().any(|(at, place)| named(&locations[..at], place)) {
                    return Err("a meet has locations of different names");
                }
                (self.uid, self.locations) = (Some(*uid), locations.clone());
            }
            What::Epoch(epoch) => {
                if self.epochs.iter().any(|(known, _)| known == epoch) {
                    return Err("an epoch begins once");
                }
                self.next_block =
                    self.next_block.saturating_add(if self.desks.is_empty() { 0 } else { BLOCKS_LEFT_OUT });
                self.epochs.push((*epoch, seq));
            }
            What::Location(location) => {
                if named(&self.locations, location) {
                    return Err("there is a location of this name");
                }
                self.locations.push(location.clone());
            }
            What::Joined(joined) => {
                if self.author_of(joined.desk).is_some() {
                    return Err("a desk joins once");
                }
                if usize::from(joined.location) >= self.locations.len() {
                    return Err("no such location");
                }
                let block = block_of(joined.first_entry).ok_or("not the first id of a block")?;
                if self.desks.iter().any(|desk| desk.joined.first_entry == joined.first_entry) {
                    return Err("the block of entry ids is another desk's");
                }
                self.next_block = self.next_block.max(block + 1);
                self.desks.push(Desk { joined: joined.clone(), updates: Vec::new() });
            }
            What::Update(update) => self.take_update(seq, update)?,
            What::Driver { stage, author } => {
                if author.is_some_and(|author| self.desk(author).is_none()) {
                    return Err("nobody of that number has joined");
                }
                match author {
                    Some(author) => self.drivers.insert(*stage, *author),
                    None => self.drivers.remove(stage),
                };
            }
            What::Published { author, number, .. } => {
                if self.desk(*author).is_none() {
                    return Err("nobody of that number has joined");
                }
                if *number != self.publications + 1 {
                    return Err("publications are counted one by one");
                }
                self.publications = *number;
            }
            What::Finished => self.finished = true,
            What::Reopened => self.finished = false,
        }
        Ok(())
    }

    fn take_update(&mut self, seq: MeetSeq, update: &Update) -> Result<(), &'static str> {
        let Update { author, local, path, value, merged_from, verdict, .. } = update;
        let desk = self.desk(*author).ok_or("nobody of that number has joined")?;
        if *local != desk.next_local() {
            return Err("an author's updates are counted one by one");
        }
        if let Verdict::Accepted { .. } = verdict {
            if !self.state.set(seq, *path, value) {
                return Err("an update that cannot be applied was accepted");
            }
            self.stands.entry(*path).or_default().push(Stand { seq, author: *author });
        }
        if let Some(from) = merged_from {
            self.merged.insert((from.epoch, from.seq));
        }
        self.desks[usize::from(author.0)].updates.push(seq);
        Ok(())
    }

    /// The number of the last line.
    pub fn head(&self) -> MeetSeq {
        MeetSeq(self.lines.len() as u64)
    }

    /// The hash up to the last line.
    pub fn hash(&self) -> ChainHash {
        self.hashes.last().copied().unwrap_or_default()
    }

    /// The hash up to a line; that up to 0 is all zeros.
    pub fn hash_at(&self, seq: MeetSeq) -> Option<ChainHash> {
        match seq.0.checked_sub(1) {
            None => Some(ChainHash::default()),
            Some(at) => self.hashes.get(usize::try_from(at).ok()?).copied(),
        }
    }

    /// What a receipt is made of; `None` before the first epoch.
    pub fn sealed_head(&self) -> Option<Head> {
        let epoch = self.epochs.last()?.0;
        Some(Head { uid: self.uid?, epoch, seq: self.head(), hash: self.hash() })
    }

    /// A line by its number.
    pub fn line(&self, seq: MeetSeq) -> Option<&Line> {
        self.lines.get(usize::try_from(seq.0.checked_sub(1)?).ok()?)
    }

    /// The lines after `seq`.
    pub fn lines_after(&self, seq: MeetSeq) -> &[Line] {
        let from = usize::try_from(seq.0).unwrap_or(usize::MAX).min(self.lines.len());
        &self.lines[from..]
    }

    /// What stands behind the meet's id.
    pub fn uid(&self) -> Option<MeetUid> {
        self.uid
    }

    /// What is set.
    pub fn state(&self) -> &MeetState {
        &self.state
    }

    /// The locations, in the order they were added.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// Who took part, in the order of joining.
    pub fn desks(&self) -> &[Desk] {
        &self.desks
    }

    /// The desk of this number.
    pub fn desk(&self, author: Author) -> Option<&Desk> {
        self.desks.get(usize::from(author.0))
    }

    /// The number a desk joined under.
    pub fn author_of(&self, desk: DeskId) -> Option<Author> {
        let at = self.desks.iter().position(|known| known.joined.desk == desk)?;
        u16::try_from(at).ok().map(Author)
    }

    /// The weight of an author in conflicts.
    pub fn priority(&self, author: Author) -> Option<Priority> {
        let location = self.desk(author)?.joined.location;
        self.locations.get(usize::from(location)).map(|location| location.priority)
    }

    /// Who drives a stage.
    pub fn driver(&self, stage: StageNo) -> Option<Author> {
        self.drivers.get(&stage).copied()
    }

    /// Publications so far.
    pub fn publications(&self) -> u32 {
        self.publications
    }

    /// Whether updates come too late.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The block of entry ids of the desk that joins next; `None` when all are given.
    pub fn next_block(&self) -> Option<EntryNo> {
        let first = FIRST_ENTRY.0.checked_add(ENTRY_BLOCK.checked_mul(self.next_block)?)?;
        first.checked_add(ENTRY_BLOCK)?;
        Some(EntryNo(first))
    }

    /// Whether an update here was merged from that line of another log.
    pub(crate) fn has_merged(&self, from: MeetPosition) -> bool {
        self.merged.contains(&(from.epoch, from.seq))
    }

    /// The epoch that a line was written in.
    pub fn epoch_of(&self, seq: MeetSeq) -> Option<MeetEpoch> {
        let begun = self.epochs.partition_point(|(_, first)| *first <= seq);
        self.epochs.get(begun.checked_sub(1)?).map(|(epoch, _)| *epoch)
    }

    /// The last line of this log that a position has seen: a position of an epoch that lost its tail has seen what is
    /// left of it, one of an epoch never heard of nothing.
    pub fn seen(&self, position: MeetPosition) -> MeetSeq {
        let Some(at) = self.epochs.iter().position(|(epoch, _)| *epoch == position.epoch) else { return MeetSeq(0) };
        let last = self.epochs.get(at + 1).map_or(self.head(), |(_, next)| MeetSeq(next.0 - 1));
        position.seq.min(last)
    }
}

impl Desk {
    /// The number of its next update.
    pub fn next_local(&self) -> LocalSeq {
        LocalSeq(self.updates.len() as u64 + 1)
    }

    /// The line that its update of this number became.
    pub fn line_of(&self, local: LocalSeq) -> Option<MeetSeq> {
        self.updates.get(usize::try_from(local.0.checked_sub(1)?).ok()?).copied()
    }

    /// Whether an entry's id is of its block.
    pub fn owns(&self, entry: EntryNo) -> bool {
        entry.0.checked_sub(self.joined.first_entry.0).is_some_and(|at| at < ENTRY_BLOCK)
    }
}

fn named(locations: &[Location], other: &Location) -> bool {
    locations.iter().any(|location| location.name == other.name)
}

/// The count of the block that begins with this id.
fn block_of(first: EntryNo) -> Option<u32> {
    let at = first.0.checked_sub(FIRST_ENTRY.0)?;
    (at.is_multiple_of(ENTRY_BLOCK) && first.0.checked_add(ENTRY_BLOCK).is_some()).then_some(at / ENTRY_BLOCK)
}
