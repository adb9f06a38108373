//! What a client's user does: scroll, jump, resize, open and close views, follow entities, ask, change the pace, and
//! walk away from the screen. Windows are mostly near the top, sometimes past the end.

use scorelay_protocol::limits::MASK_TRACKS;

use crate::answers::Question;
use crate::client::{ClientNode, Window};
use crate::entities::entity;
use crate::event::{ClientEvent, Event};
use crate::plan::{EXACT_BOARD, IMPORT_BOARD};
use crate::stage::Stage;

const BOARDS: [&str; 10] = [
    EXACT_BOARD,
    EXACT_BOARD,
    "chat",
    "chat",
    IMPORT_BOARD,
    IMPORT_BOARD,
    "bits",
    "late",
    "chat-2023-11-14",
    "chat-kept-0",
];

/// Views that one user has at most.
const VIEWS: usize = 4;

impl ClientNode {
    /// The user does something, and later something else.
    pub fn act(&mut self, stage: &mut Stage) {
        if stage.resting {
            return;
        }
        self.do_something(stage);
        self.settle(stage);
        let ms = stage.users.between(1, 2 * stage.plan.act_every_ms);
        stage.agenda.after_ms(ms, Event::Client(self.no, ClientEvent::Act));
    }

    /// Whoever follows many entities does so from the start, before there is a connection.
    pub fn follow_at_once(&mut self, stage: &mut Stage) {
        if stage.plan.tracks > MASK_TRACKS {
            (0..2 * MASK_TRACKS).for_each(|_| self.follow(stage));
        }
    }

    fn do_something(&mut self, stage: &mut Stage) {
        let now = stage.now().client();
        match stage.users.below(20) {
            _ if self.views.is_empty() => self.open_view(stage),
            0..=1 if self.views.len() < VIEWS => self.open_view(stage),
            2 => {
                let nth = stage.users.below(self.views.len() as u64) as usize;
                let view = self.views.remove(nth);
                self.core.unwatch(view.id);
            }
            3..=4 => self.follow(stage),
            5 => {
                let followed: Vec<_> = self.core.tracks().cloned().collect();
                if let Some(entity) = stage.users.pick(&followed) {
                    self.core.untrack(entity);
                }
            }
            6..=9 => {
                let Some(board) = stage.users.pick(&BOARDS) else { return };
                let who = self.somebody(stage);
                let around = stage.users.permille(500).then(|| stage.users.below(20) as u32);
                let id = match around {
                    None => self.core.find(now, board, who.clone()),
                    Some(rows) => self.core.around(now, board, who.clone(), rows),
                };
                let question = Question { board: (*board).to_owned(), entity: who, around };
                self.answers.asked(stage, self.no, id, question);
            }
            10 => {
                let pace = stage.users.pick(&[0, 0, 0, 300, 2_000]).copied().unwrap_or(0);
                self.core.pace(pace);
            }
            _ => {
                let nth = stage.users.below(self.views.len() as u64) as usize;
                let (from, to) = window(stage);
                if let Some(view) = self.views.get_mut(nth)
                    && self.core.set_window(view.id, from, to).is_ok()
                {
                    view.ranks = (from, to);
                    self.shown.window_moved(view.id);
                }
            }
        }
    }

    fn open_view(&mut self, stage: &mut Stage) {
        let Some(board) = stage.users.pick(&BOARDS) else { return };
        let (from, to) = window(stage);
        if let Ok(id) = self.core.watch_board(board, from, to) {
            self.views.push(Window { id, ranks: (from, to) });
        }
    }

    fn follow(&mut self, stage: &mut Stage) {
        let who = self.somebody(stage);
        if self.core.tracks().count() < stage.plan.tracks {
            // Where the address names many, there is no room for all.
            let _taken = self.core.track(who);
        }
    }

    fn somebody(&self, stage: &mut Stage) -> scorelay_protocol::entity::Entity {
        let known = stage.plan.entities;
        // Now and then somebody who was never heard of.
        let n = if stage.users.permille(50) { known + stage.users.below(5) } else { stage.users.skewed(known) };
        entity(n, stage.plan.long_ids_permille)
    }
}

/// A window of ranks, 1-based, both ends included.
fn window(stage: &mut Stage) -> (u32, u32) {
    let plan = &stage.plan;
    let (rows, width) = (plan.entities, stage.users.between(1, plan.window));
    let from = 1 + match stage.users.below(10) {
        0..=4 => stage.users.below(5),
        5..=7 => stage.users.below(rows + 1),
        8 => rows + stage.users.below(2_000),
        _ => 32 * stage.users.below(rows / 32 + 1),
    };
    (from as u32, (from + width - 1) as u32)
}
