//! What has changed of desks and displays since the last output, as records.
//!
//! Edits tell only the paths they set; a whole state is told where a desk is new, or went on with another log.

use scorelay_client::core::meet::{Changed, DeskEvent};
use scorelay_client::core::{Client, Event};
use scorelay_client::protocol::meet::ids::MeetId;
use scorelay_client::protocol::meet::line::Location;
use scorelay_client::protocol::meet::path::{Path, StageNo};
use scorelay_client::protocol::meet::request::SessionNo;
use scorelay_client::protocol::meet::value::Value;
use scorelay_meets::state::MeetState;

use super::records::{self, Change};
use super::{Meets, Open};
use crate::output::Output;

/// What is known of a desk besides the meet's state.
#[derive(Default, Clone, PartialEq, Eq)]
pub(super) struct About {
    pub(super) meet: Option<MeetId>,
    pub(super) location: String,
    /// The first of the ids of its own entries.
    pub(super) block: Option<u32>,
    pub(super) locations: Vec<Location>,
    pub(super) drives: Vec<u8>,
    pub(super) session: Option<SessionNo>,
}

impl Open {
    pub(super) fn about(&self) -> About {
        let log = self.desk.log();
        let session = self.desk.session();
        let author = session.and_then(|session| log.author_of(session.desk));
        let drives = |stage: &StageNo| author.is_some() && log.driver(*stage) == author;
        About {
            meet: self.desk.meet(),
            location: session.map(|session| session.location.clone()).unwrap_or_default(),
            block: author.and_then(|author| log.desk(author)).map(|desk| desk.joined.first_entry.0),
            locations: log.locations().to_vec(),
            drives: StageNo::all().filter(drives).map(StageNo::get).collect(),
            session: session.and_then(|session| session.member).map(|member| member.session),
        }
    }

    fn tell(&mut self, out: &mut Output) {
        let new = std::mem::take(&mut self.new);
        let (mut state, mut pending, mut overruled, mut everything) = (new, new, new, new);
        let mut paths = Vec::new();
        while let Some(event) = self.desk.poll_event() {
            match event {
                DeskEvent::State => state = true,
                DeskEvent::NotOpened(why) => records::not_opened(out, self.no, &(&why).into()),
                DeskEvent::Shown(Changed::Everything) => everything = true,
                DeskEvent::Shown(Changed::Paths(more)) => paths.extend(more),
                DeskEvent::Overruled => overruled = true,
                DeskEvent::Pending => pending = true,
                DeskEvent::LogHalfFull => (self.half_full, state) = (true, true),
                DeskEvent::Answer(no, done) => records::answer(out, self.no, no, &done),
            }
        }
        let about = self.about();
        if new || about != self.about {
            records::about(out, self.no, &about);
            self.about = about;
        }
        if everything {
            records::shown(out, self.no, true, &all(&self.desk.shown()));
        } else if !paths.is_empty() {
            records::shown(out, self.no, false, &self.changes(&mut paths));
        }
        // What stands in the place of an own value may be another by now.
        let shown = everything || !paths.is_empty();
        if overruled || (shown && !self.desk.overruled().is_empty()) {
            records::overruled(out, self.no, &self.desk);
        }
        if pending {
            records::pending(out, self.no, &self.desk);
        }
        if state {
            records::state(out, self.no, &self.desk, self.half_full);
        }
    }

    /// What is shown at these paths; an entry that is told whole is not told again leaf by leaf.
    fn changes(&self, paths: &mut Vec<Path>) -> Vec<Change> {
        paths.sort_unstable();
        paths.dedup();
        let whole: Vec<_> =
            paths.iter().filter(|path| matches!(path, Path::Entry(_))).map(|path| path.entry()).collect();
        let told =
            |path: &Path| matches!(path, Path::Entry(_)) || !whole.contains(&path.entry()) || path.entry().is_none();
        let change = |path: Path| {
            let part = self.desk.shown_at(path);
            Change { path, created: created(&part, path), value: part.get(path) }
        };
        paths.iter().copied().filter(told).map(change).collect()
    }
}

impl Meets {
    /// What has changed of desks.
    pub(crate) fn tell(&mut self, out: &mut Output) {
        self.desks.iter_mut().for_each(|open| open.tell(out));
    }

    /// What has changed of a meet that is shown by a link; other events are passed back.
    pub(crate) fn show(&mut self, client: &Client, out: &mut Output, event: Event) -> Option<Event> {
        let Event::MeetChanged(meet) = event else { return Some(event) };
        if let (Some(shown), Some((_, told))) =
            (client.meet(meet), self.watched.iter_mut().find(|(watched, _)| *watched == meet))
        {
            let changes = difference(told.state(), shown.display.state());
            records::display(out, meet, &shown, &changes);
            *told = shown.display;
        }
        None
    }
}

/// The number of the line that made the entry which `path` is, 0 where it is none.
fn created(state: &MeetState, path: Path) -> u64 {
    match path {
        Path::Entry(no) => state.entry(no).map_or(0, |entry| entry.created.0),
        _ => 0,
    }
}

fn all(state: &MeetState) -> Vec<Change> {
    state.all().map(|(path, value)| Change { path, created: created(state, path), value }).collect()
}

/// What makes the one state of the other.
fn difference(from: &MeetState, to: &MeetState) -> Vec<Change> {
    let gone = from.all().map(|(path, _)| path).filter(|path| to.get(*path) == Value::Absent);
    let gone = gone.map(|path| Change { path, created: 0, value: Value::Absent });
    let changed = |change: &Change| {
        let (path, created) = (change.path, self::created(from, change.path));
        from.get(path) != change.value || created != change.created
    };
    gone.chain(all(to).into_iter().filter(changed)).collect()
}
