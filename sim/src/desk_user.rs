//! What the people at a desk do: make the meet or join it, set things, insist or give in, with or without a network.
//! Every value set is another one, and the book of them says what must be in the log in the end.

use std::collections::BTreeMap;

use scorelay_client::core::meet::{DeskState, LoggedOut, Opening};
use scorelay_meets::log::MeetLog;
use scorelay_protocol::meet::ids::{DeskId, LocalSeq, MeetSeq, Priority};
use scorelay_protocol::meet::leaf::{EntryLeaf, MeetLeaf};
use scorelay_protocol::meet::line::{Line, Location, Update, What};
use scorelay_protocol::meet::path::{AttemptNo, EntryNo, Lift, Path};
use scorelay_protocol::meet::secret::{Token, Typed};
use scorelay_protocol::meet::value::{Attempt, AttemptResult, EntryState, LeafValue, Real, Value};

use crate::desk::DeskNode;
use crate::event::{DeskEvent, Event};
use crate::stage::Stage;

const PASSWORD: &str = "correct horse battery staple";
/// Stands in every private value, and in no byte that a display gets.
pub const PRIVATE: &str = "PRIVATE";

/// What was set at one desk.
#[derive(Debug, Default)]
pub struct Book {
    /// What was set, by path: what was saved last, and what came after that, each with the save that keeps it.
    set: BTreeMap<Path, Vec<(Value, Option<u64>)>>,
    /// Lines and numbers that the core has acknowledged.
    pub acked: Vec<(MeetSeq, LocalSeq)>,
    saved: u64,
    count: u64,
}

impl Book {
    fn set(&mut self, path: Path, value: Value) {
        self.set.entry(path).or_default().push((value, None));
    }

    /// What was set since the last save is in this one.
    pub fn saving(&mut self, number: u64) {
        for (_, save) in self.set.values_mut().flatten() {
            save.get_or_insert(number);
        }
    }

    /// This save is done for good.
    pub fn saved(&mut self, number: u64) {
        self.saved = number;
        for values in self.set.values_mut() {
            let kept = values.iter().rposition(|(_, save)| save.is_some_and(|save| save <= number));
            values.drain(..kept.unwrap_or(0));
        }
    }

    /// What was not saved is lost, as its people saw; saves are counted anew.
    pub fn lost_unsaved(&mut self) {
        let saved = std::mem::take(&mut self.saved);
        self.set.retain(|_, values| {
            values.retain_mut(|(_, save)| save.replace(0).is_some_and(|save| save <= saved));
            !values.is_empty()
        });
    }

    /// Holds the book against the log in the end.
    ///
    /// # Errors
    /// What is missing or there twice.
    pub fn check(&self, desk: DeskId, log: &MeetLog, disaster: bool) -> Result<(), String> {
        let author = log.author_of(desk).ok_or("the log does not know the desk")?;
        let lines: Vec<&Update> = log.lines_after(MeetSeq(0)).iter().filter_map(own).collect();
        for (path, (value, _)) in self.set.iter().filter_map(|(path, values)| Some((path, values.last()?))) {
            let same = |update: &&&Update| (update.author, update.path, &update.value) == (author, *path, value);
            let count = lines.iter().filter(same).count();
            // What had been rejected in lines that were lost has had its answer.
            if count > 1 || (count == 0 && !disaster) {
                return Err(format!("what it set {path} to, {value:?}, is in {count} lines"));
            }
        }
        for (seq, local) in &self.acked {
            let there = matches!(log.line(*seq).and_then(own), Some(update) if update.author == author && update.local == *local);
            if !there && !disaster {
                return Err(format!("update {local} was acknowledged as line {seq}, and is not there"));
            }
        }
        Ok(())
    }
}

fn own(line: &Line) -> Option<&Update> {
    if let What::Update(update) = &line.what { Some(update) } else { None }
}

impl DeskNode {
    /// Its people do something, and later something else.
    pub fn act(&mut self, stage: &mut Stage) {
        self.get_in(stage);
        self.look(stage);
        if !stage.resting {
            self.set_something(stage);
        }
        let ms = if stage.resting { 500 } else { stage.users.between(1, 2 * stage.plan.edit_every_ms) };
        stage.agenda.after_ms(ms, Event::Desk(self.no, DeskEvent::Act));
    }

    fn get_in(&mut self, stage: &mut Stage) {
        if stage.meet.is_none() {
            stage.meet = self.desk.meet();
        }
        let location = (self.no % stage.plan.locations.len()).to_string();
        let opening = match (self.desk.state(), stage.meet) {
            (DeskState::NotJoined, None) if self.no == 0 => {
                let locations = stage.plan.locations.iter().enumerate().filter_map(|(no, priority)| {
                    Some(Location { name: no.to_string(), priority: Priority::new(*priority)? })
                });
                Opening::Create { location, locations: locations.collect(), password: Typed::new(PASSWORD) }
            }
            (DeskState::NotJoined, Some(meet))
            | (DeskState::LoggedOut(LoggedOut::PasswordNeeded { .. }), Some(meet)) => {
                Opening::Join { meet, location, password: Typed::new(PASSWORD) }
            }
            // Somebody else may have brought the meet back: people try again now and then.
            (DeskState::LoggedOut(LoggedOut::Refused(_)), Some(meet)) if stage.users.permille(100) => {
                Opening::Join { meet, location, password: Typed::new(PASSWORD) }
            }
            _ => return,
        };
        let mut token = [0; 32];
        token.fill_with(|| stage.identity.below(256) as u8);
        let mut id = [0; 16];
        id.fill_with(|| stage.identity.below(256) as u8);
        if let Err(error) = self.desk.open(stage.now().client(), opening, Token(token), DeskId(id)) {
            stage.say(format_args!("desk {}: {error}", self.no));
        }
    }

    fn set_something(&mut self, stage: &mut Stage) {
        if let Some(lost) = self.desk.overruled().first().map(|lost| lost.seq)
            && stage.users.permille(300)
        {
            self.desk.dismiss(stage.now().client(), lost);
        }
        // So that what is set now is in the next save.
        self.settle(stage);
        let Some((path, value)) = self.something(stage) else { return };
        if self.desk.edit(stage.now().client(), path, value.clone()).is_ok() {
            stage.counts.edits += 1;
            if !matches!(path, Path::EntryLeaf(_, EntryLeaf::Deleted)) {
                self.book.set(path, value);
            }
        }
    }

    fn something(&mut self, stage: &mut Stage) -> Option<(Path, Value)> {
        self.book.count += 1;
        let (no, count) = (self.no, self.book.count);
        let text = |text: String| Value::Leaf(LeafValue::Text(text));
        let author = self.desk.desk().author()?;
        let first = self.desk.log().desk(author)?.joined.first_entry.0;
        let entries: Vec<EntryNo> = self.desk.shown().entries().into_iter().map(|(entry, _)| entry).collect();
        let entry = stage.users.pick(&entries).copied();
        Some(match (stage.users.below(10), entry) {
            (0, _) => (Path::Meet(MeetLeaf::Name), text(format!("{no}-{count}"))),
            (1, _) => (Path::Meet(MeetLeaf::City), text(format!("{no}-{count}"))),
            (2, Some(entry)) => (Path::EntryLeaf(entry, EntryLeaf::Notes), text(format!("{PRIVATE} {no}-{count}"))),
            (3, Some(entry)) if stage.users.permille(300) => {
                let deleted = LeafValue::Flag(stage.users.permille(600));
                (Path::EntryLeaf(entry, EntryLeaf::Deleted), Value::Leaf(deleted))
            }
            (4..=8, Some(entry)) => {
                let lift = Lift::ALL[stage.users.below(3) as usize];
                let attempt = AttemptNo::new(1 + stage.users.below(3) as u8)?;
                let kg = Real::new(no as f64 * 1e6 + count as f64)?;
                (Path::Attempt(entry, lift, attempt), Value::Attempt(Attempt { kg, result: AttemptResult::Open }))
            }
            (9, Some(entry)) => (Path::EntryLeaf(entry, EntryLeaf::Team), text(format!("{no}-{count}"))),
            _ => {
                let mut state = EntryState::default();
                state.leaves.insert(EntryLeaf::Name, LeafValue::Text(format!("{no}-{count}")));
                state.leaves.insert(EntryLeaf::BirthDate, LeafValue::Text(format!("{PRIVATE} {no}-{count}")));
                (Path::Entry(EntryNo(first + count as u32)), Value::Entry(state))
            }
        })
    }
}
