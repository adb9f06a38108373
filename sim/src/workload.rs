//! What happens to boards besides the replaying source: chat and points that cannot be sent again, imports and
//! moderation by an operator. Few entities cause most of it, scores are small, so ties are everywhere, and newcomers
//! keep coming.

use scorelay_engine::{ImportMode, Input, Moderation, Origin, Reply, SourceName};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::event::{ChatMessage, Event as Happening, Points};

use crate::core::CoreNode;
use crate::entities::{entity, unruly};
use crate::event::{Event, WorkEvent};
use crate::plan::IMPORT_BOARD;
use crate::report::Oracle;
use crate::stage::Stage;

/// The live source and the operator.
#[derive(Debug)]
pub struct Workload {
    name: SourceName,
}

impl Workload {
    /// Nothing happened yet.
    pub fn new() -> Self {
        Self { name: SourceName::new("live").expect("invariant: a short name without control characters") }
    }

    /// Live events happen, and more later.
    pub fn live(&self, stage: &mut Stage, core: &mut CoreNode) {
        if stage.resting {
            return;
        }
        let burst = stage.plan.burst;
        let count = 1 + stage.work.skewed(burst);
        for _ in 0..count {
            let event = self.event(stage);
            let origin = Origin::Live { source: self.name.clone() };
            match core.input(stage, Input::Event { origin, event }) {
                None | Some(Reply::Repeated | Reply::Refused(_)) => {}
                Some(Reply::Applied) => stage.counts.events += 1,
                Some(other) => stage.fail(Oracle::Conduct, format!("a live event was answered {other:?}")),
            }
        }
        let mean = stage.plan.event_every_us.0 * count;
        let us = stage.work.between(1, 2 * mean);
        stage.agenda.after_us(us, Event::Work(WorkEvent::Live));
    }

    fn event(&self, stage: &mut Stage) -> Happening {
        let (known, long, most) = (stage.plan.entities, stage.plan.long_ids_permille, stage.plan.points);
        let who = entity(stage.work.skewed(known), long);
        if stage.work.permille(400) {
            let units = stage.work.between(0, most) as i64 - i64::from(stage.work.permille(200));
            return Happening::Points(Points { board: IMPORT_BOARD.to_owned(), entity: who, units });
        }
        let id = stage.work.permille(500).then(|| stage.work.below(2_000).to_string());
        let (name, room, text) = ("somebody".to_owned(), "room".to_owned(), "hello".to_owned());
        Happening::Message(ChatMessage {
            author: who,
            name,
            room,
            text,
            id,
            badges: Vec::new(),
            emotes: Vec::new(),
            bits: 0,
        })
    }

    /// An operator imports rows, and more later.
    pub fn import(&self, stage: &mut Stage, core: &mut CoreNode) {
        let every = stage.plan.import_every_ms;
        if stage.resting || every == 0 {
            return;
        }
        let (known, long) = (stage.plan.entities, stage.plan.long_ids_permille);
        let count = stage.work.between(0, stage.plan.import_rows.min(known));
        let from = stage.work.below(known);
        let score = |stage: &mut Stage| stage.work.below(40) as i64;
        let rows: Vec<(Entity, i64)> = (0..count).map(|n| (entity((from + n) % known, long), score(stage))).collect();
        let mode = if stage.work.permille(300) { ImportMode::Replace } else { ImportMode::Merge };
        match core.input(stage, Input::Import { board: IMPORT_BOARD.to_owned(), mode, rows }) {
            Some(Reply::Imported { set, .. }) => stage.counts.imported_rows += u64::from(set),
            // The board may not be configured just now, or the core not be there.
            None | Some(Reply::Refused(_)) => {}
            Some(other) => stage.fail(Oracle::Conduct, format!("an import was answered {other:?}")),
        }
        let ms = stage.work.between(1, 2 * every);
        stage.agenda.after_ms(ms, Event::Work(WorkEvent::Import));
    }
}

impl Workload {
    /// An operator takes rows off, keeps somebody off, empties a board or puts it aside, and does more later.
    pub fn moderate(&self, stage: &mut Stage, core: &mut CoreNode) {
        let every = stage.plan.moderate_every_ms;
        if stage.resting || every == 0 {
            return;
        }
        let (known, long) = (stage.plan.entities, stage.plan.long_ids_permille);
        let entity = entity(unruly(stage.work.skewed(known)), long);
        let id = stage.work.pick(&["chat", IMPORT_BOARD, "bits"]).map_or_else(String::new, |id| (*id).to_owned());
        let board = stage.work.permille(500).then(|| id.clone());
        let what = match stage.work.below(12) {
            0..=1 => Moderation::Remove { board, entity },
            2..=4 => Moderation::Ban { board, entity },
            5..=6 => Moderation::Unban { board, entity },
            7..=8 => Moderation::Erase { entity },
            9 => Moderation::Reset { board: id },
            _ => {
                let to = format!("{id}-kept-{}", stage.work.below(3));
                Moderation::Archive { board: id, title: format!("The archive {to}"), to }
            }
        };
        core.moderate(stage, what);
        let ms = stage.work.between(1, 2 * every);
        stage.agenda.after_ms(ms, Event::Work(WorkEvent::Moderate));
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self::new()
    }
}
