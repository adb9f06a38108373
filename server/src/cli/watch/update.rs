//! What is an update: the whole window as it stands, whenever it, the tracked entities or its being stale changed.
//!
//! Incomplete states are never one. How an update looks is not decided here.

use scorelay_client::core::{RankedRow, TrackSnapshot, ViewSnapshot};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::feed::Standing;

/// One state of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Update {
    /// The board's id.
    pub(super) board: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) decimals: u8,
    pub(super) synthetic: bool,
    /// Rows on the board.
    pub(super) total: u32,
    /// Whether changes do not arrive at present.
    pub(super) stale: bool,
    pub(super) rows: Vec<RankedRow>,
    /// Where the tracked entities stand on this board.
    pub(super) tracked: Vec<(Entity, Option<Standing>)>,
}

/// The last update, to tell whether there is a new one.
#[derive(Debug, Default)]
pub(super) struct Updates {
    last: Option<Update>,
}

impl Updates {
    pub(super) fn last(&self) -> Option<&Update> {
        self.last.as_ref()
    }

    /// The update that this state makes, if it makes one. Without a whole window the last one stands, as stale.
    pub(super) fn take(&mut self, view: &ViewSnapshot, tracks: &[TrackSnapshot], live: bool) -> Option<&Update> {
        let update = match whole(view, tracks) {
            Some(update) => Update { stale: !live, ..update },
            None => Update { stale: true, ..self.last.clone()? },
        };
        if self.last.as_ref() == Some(&update) {
            return None;
        }
        Some(self.last.insert(update))
    }
}

fn whole(view: &ViewSnapshot, tracks: &[TrackSnapshot]) -> Option<Update> {
    if !view.complete || tracks.iter().any(|track| !track.known || track.held) {
        return None;
    }
    let standing = |track: &TrackSnapshot| track.on(&view.board).and_then(|place| place.at);
    Some(Update {
        board: view.board.clone(),
        title: view.title.clone(),
        unit: view.unit.clone(),
        decimals: view.decimals,
        synthetic: view.synthetic,
        total: view.total,
        stale: false,
        rows: view.rows.iter().cloned().collect::<Option<_>>()?,
        tracked: tracks.iter().map(|track| (track.entity.clone(), standing(track))).collect(),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use scorelay_client::core::{Place, Presence};

    pub(in crate::cli::watch) fn view(scores: &[i64]) -> ViewSnapshot {
        let row = |(index, score): (usize, &i64)| {
            let entity = format!("twitch:{}", index + 100).parse().expect("an entity");
            Some(RankedRow { rank: index as u32 + 1, entity, score: *score })
        };
        ViewSnapshot {
            board: "bits".to_owned(),
            presence: Presence::Present,
            title: "Bits".to_owned(),
            unit: "bits".to_owned(),
            decimals: 2,
            synthetic: true,
            total: 70,
            from: 1,
            rows: scores.iter().enumerate().map(row).collect(),
            complete: true,
            held: false,
        }
    }

    pub(in crate::cli::watch) fn track(at: Option<Standing>) -> TrackSnapshot {
        let entity = "irc:some name".parse().expect("an entity");
        let places = vec![Place { board: "bits".to_owned(), decimals: 2, at }];
        TrackSnapshot { entity, places, known: true, held: false }
    }

    #[test]
    fn only_whole_and_new_states_are_updates() {
        let mut updates = Updates::default();
        let mut partial = view(&[30, 20]);
        (partial.rows[1], partial.complete) = (None, false);
        assert!(updates.take(&partial, &[], true).is_none());
        assert!(
            updates.take(&view(&[30, 20]), &[], true).is_some_and(|update| !update.stale && update.rows.len() == 2)
        );
        assert!(updates.take(&view(&[30, 20]), &[], true).is_none());
        assert!(updates.take(&view(&[30, 21]), &[], true).is_some_and(|update| update.rows[1].score == 21));
        let unknown = TrackSnapshot { known: false, places: Vec::new(), ..track(None) };
        assert!(updates.take(&view(&[40]), &[unknown], true).is_some_and(|update| update.stale));
        let standing = Standing { rank: 9, score: 5 };
        let update = updates.take(&view(&[40]), &[track(Some(standing))], true).expect("an update");
        assert_eq!((update.stale, update.tracked[0].1), (false, Some(standing)));
    }

    #[test]
    fn going_stale_is_an_update_of_the_same_rows() {
        let mut updates = Updates::default();
        updates.take(&view(&[30, 20]), &[], true);
        assert!(
            updates.take(&view(&[30, 20]), &[], false).is_some_and(|update| update.stale && update.rows.len() == 2)
        );
        // The connection is lost and comes back: nothing is printed from in between.
        let held = ViewSnapshot { complete: false, held: true, rows: vec![None], ..view(&[]) };
        assert!(updates.take(&held, &[], false).is_none());
        assert!(updates.take(&held, &[], true).is_none());
        assert!(updates.take(&view(&[30, 20]), &[], true).is_some_and(|update| !update.stale));
    }
}
