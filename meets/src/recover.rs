//! Two logs of one meet become one: what a core does with a log that a desk brings back after the core lost some of its
//! own.
//!
//! Whether to believe what a desk brings is decided before, by its receipt. A log that only goes on where the core's
//! own ends is taken over as it is; where both went on, the other's updates are judged once more, as by authors who saw
//! nothing of this log past the fork.

use std::collections::{BTreeMap, BTreeSet};

use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::meet::ids::{Author, DeskId, MeetEpoch, MeetPosition, MeetSeq};
use scorelay_protocol::meet::line::{Line, Update, Verdict, What};

use crate::judge::Seen;
use crate::log::{BadLine, MeetLog};

/// How another log relates to one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are different meets'.
    Stranger,
    /// It holds nothing new.
    Known,
    /// It goes on where one's own ends, but for the starts of cores since.
    Extends {
        /// The last line in common.
        fork: MeetSeq,
    },
    /// Both went on after this line.
    Forks {
        /// The last line in common.
        fork: MeetSeq,
    },
}

/// What came of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Updates that were not known here and now are lines, whatever was decided of them.
    pub updates: usize,
    /// Of these, those that no longer stand.
    pub rejected: usize,
}

impl MeetLog {
    /// How `other` relates to this log.
    pub fn relation(&self, other: &MeetLog) -> Relation {
        if self.uid().is_none() || self.uid() != other.uid() {
            return Relation::Stranger;
        }
        let fork = self.common(other);
        let only_starts = |log: &MeetLog| log.lines_after(fork).iter().all(|line| matches!(line.what, What::Epoch(_)));
        if only_starts(other) {
            Relation::Known
        } else if only_starts(self) {
            Relation::Extends { fork }
        } else {
            Relation::Forks { fork }
        }
    }

    /// The last line up to which both are the same.
    fn common(&self, other: &MeetLog) -> MeetSeq {
        let (mut same, mut differs) = (0, self.head().0.min(other.head().0) + 1);
        while differs - same > 1 {
            let middle = same + (differs - same) / 2;
            if self.hash_at(MeetSeq(middle)) == other.hash_at(MeetSeq(middle)) {
                same = middle;
            } else {
                differs = middle;
            }
        }
        MeetSeq(same)
    }

    /// The log that both come to, and what came of it; `epoch` has not been used before. One's own where the other
    /// holds nothing new.
    ///
    /// # Errors
    /// [`BadLine`] when no desk or location can be added any more, or the other log is another meet's.
    pub fn recovered(
        &self,
        other: &MeetLog,
        epoch: MeetEpoch,
        now: UnixMillis,
    ) -> Result<(MeetLog, Recovered), BadLine> {
        match self.relation(other) {
            Relation::Stranger => Err(BadLine { seq: MeetSeq(1), why: "it is another meet's" }),
            Relation::Known => Ok((self.clone(), Recovered::default())),
            Relation::Extends { fork } => {
                let mut log = other.clone();
                log.push(Line { at: now, what: What::Epoch(epoch) })?;
                let updates =
                    other.lines_after(fork).iter().filter(|line| matches!(line.what, What::Update(_))).count();
                Ok((log, Recovered { updates, rejected: 0 }))
            }
            Relation::Forks { fork } => {
                let mut log = self.clone();
                log.push(Line { at: now, what: What::Epoch(epoch) })?;
                let first = log.head().0 + 1;
                let (became, met) = (BTreeMap::new(), BTreeSet::new());
                let mut merge = Merge { first, log, other, fork, now, became, met };
                let recovered = merge.run()?;
                Ok((merge.log, recovered))
            }
        }
    }
}

struct Merge<'a> {
    log: MeetLog,
    other: &'a MeetLog,
    /// The last line in common.
    fork: MeetSeq,
    now: UnixMillis,
    /// The first line that the merge writes.
    first: u64,
    /// What lines of the other log became here.
    became: BTreeMap<MeetSeq, MeetSeq>,
    /// Lines here of updates that the other log brings too.
    met: BTreeSet<MeetSeq>,
}

impl Merge<'_> {
    fn run(&mut self) -> Result<Recovered, BadLine> {
        let mut recovered = Recovered::default();
        let other = self.other;
        for (seq, line) in (self.fork.0 + 1..).map(MeetSeq).zip(other.lines_after(self.fork)) {
            match &line.what {
                What::Location(location) if !self.log.locations().iter().any(|known| known.name == location.name) => {
                    self.push(line.what.clone())?;
                }
                What::Joined(joined) if self.log.author_of(joined.desk).is_none() => self.join(joined.desk)?,
                What::Update(update) => {
                    if let Some(verdict) = self.update(seq, update)? {
                        recovered.updates += 1;
                        recovered.rejected += usize::from(matches!(verdict, Verdict::Rejected(_)));
                    }
                }
                What::Published { author, number, csv } if *number > self.log.publications() => {
                    let author = self.author(*author)?;
                    self.push(What::Published { author, number: self.log.publications() + 1, csv: *csv })?;
                }
                // A stage that is driven is claimed anew, and what a core or an operator did is not a desk's to bring.
                _ => {}
            }
        }
        if self.other.is_finished() && !self.log.is_finished() {
            self.push(What::Finished)?;
        }
        Ok(recovered)
    }

    fn push(&mut self, what: What) -> Result<MeetSeq, BadLine> {
        self.log.push(Line { at: self.now, what })
    }

    /// Puts an accepted update to this log's judgement, unless it is here already. What was rejected there has been
    /// answered.
    fn update(&mut self, seq: MeetSeq, update: &Update) -> Result<Option<Verdict>, BadLine> {
        let Some(epoch) = self.other.epoch_of(seq) else { return Ok(None) };
        let from = update.merged_from.unwrap_or(MeetPosition { epoch, seq });
        let author = self.author(update.author)?;
        let rejected = matches!(update.verdict, Verdict::Rejected(_));
        if rejected || self.log.has_merged(from) || self.holds(from, update) || self.sent_again(author, update) {
            return Ok(None);
        }
        let seen_there = self.other.seen(update.after);
        let seen_here = self.became.range(..=seen_there).next_back().map(|(_, here)| *here);
        let mut seen = Seen::up_to(seen_there.min(self.fork));
        if let Some(last) = seen_here {
            seen = seen.and(MeetSeq(self.first)..=last);
        }
        let local = self.log.desk(author).map(|desk| desk.next_local()).unwrap_or_default();
        let Update { after, path, value, .. } = update.clone();
        let verdict = self.log.judge(author, seen, path, &value);
        let update = Update { author, local, after, path, value, merged_from: Some(from), verdict: verdict.clone() };
        let here = self.log.write(self.now, update);
        self.became.insert(seq, here);
        Ok(Some(verdict))
    }

    /// Whether the line that it was first is here, and it was merged into the other log only.
    fn holds(&self, from: MeetPosition, update: &Update) -> bool {
        let line = self.log.line(from.seq).filter(|_| self.log.epoch_of(from.seq) == Some(from.epoch));
        matches!(line, Some(Line { what: What::Update(own), .. })
            if own.after == update.after && own.path == update.path && own.value == update.value)
    }

    /// Whether its author, who had no answer to it, has sent it to this log by itself. What was merged into the other
    /// log had another number before.
    fn sent_again(&mut self, author: Author, update: &Update) -> bool {
        let own = (self.fork.0 + 1..).map(MeetSeq).zip(self.log.lines_after(self.fork));
        let same = |own: &Update| {
            let numbered = own.local == update.local || update.merged_from.is_some();
            let asked = (own.author, own.after, own.path) == (author, update.after, update.path);
            numbered && asked && own.merged_from.is_none() && own.value == update.value
        };
        let mut again = own.filter(|(_, line)| matches!(&line.what, What::Update(own) if same(own)));
        match again.find(|(seq, _)| !self.met.contains(seq)) {
            Some((seq, _)) => self.met.insert(seq),
            None => false,
        }
    }

    /// The number here of the author of that number there, who joins if need be.
    fn author(&mut self, there: Author) -> Result<Author, BadLine> {
        let bad = |log: &MeetLog, why| BadLine { seq: MeetSeq(log.head().0 + 1), why };
        let desk = self.other.desk(there).ok_or(bad(&self.log, "nobody of that number has joined"))?.joined.desk;
        if self.log.author_of(desk).is_none() {
            self.join(desk)?;
        }
        self.log.author_of(desk).ok_or(bad(&self.log, "the desk has not joined"))
    }

    /// A desk that joined past the fork joins here too, with its block of entry ids if that is free.
    fn join(&mut self, desk: DeskId) -> Result<(), BadLine> {
        let full = BadLine { seq: MeetSeq(self.log.head().0 + 1), why: "no block of entry ids is left" };
        let there = self.other.author_of(desk).and_then(|author| self.other.desk(author)).ok_or(full)?;
        let mut joined = there.joined.clone();
        let name = &self.other.locations()[usize::from(joined.location)].name;
        let place = self.log.locations().iter().position(|known| known.name == *name);
        joined.location = place.and_then(|place| u16::try_from(place).ok()).ok_or(full)?;
        if self.log.desks().iter().any(|known| known.joined.first_entry == joined.first_entry) {
            joined.first_entry = self.log.next_block().ok_or(full)?;
        }
        self.push(What::Joined(joined)).map(drop)
    }
}
