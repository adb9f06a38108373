//! Nobody waits forever: what is healthy must move. A client whose connection nothing is wrong with gets what it
//! watches within seconds and is never far behind its relay; a link that nothing is wrong with becomes level.

use scorelay_client::core::{Presence, ViewSnapshot};
use scorelay_protocol::limits::MAX_PACE_MS;

use crate::client::{ClientNode, Window};
use crate::clock::Moment;
use crate::event::Party;
use crate::history::State;
use crate::relay::RelayNode;
use crate::report::Oracle;
use crate::stage::Stage;
use crate::world::World;

/// A healthy client has what it watches within this time.
const FILLED_WITHIN_MS: u64 = 6_000;
/// A healthy client is never further behind its relay, beside the pace that it asked for.
const BEHIND_MS: u64 = 2_500;
/// Longest pace that users of the simulation ask for.
const PACE_MS: u64 = 2_000;
/// A relay has said that it is stale, and is so everywhere below it, within this time.
const KNOWN_BELOW_WITHIN_MS: u64 = 3_000;
/// A request of a healthy client is answered within this time.
const ANSWERED_WITHIN_MS: u64 = 6_000;

impl World {
    /// Looks whether anybody waits who should not.
    pub fn progress(&mut self) {
        const { assert!(PACE_MS <= MAX_PACE_MS as u64) };
        let stage = &mut self.stage;
        for relay in &mut self.relays {
            if let Some(up) = &mut relay.up {
                up.check.compare(stage, &up.hub);
                up.check.freshness(stage, &up.hub);
            }
        }
        if stage.plan.faults.link_slow_ms == 0
            && let Some(what) = unaware(stage.now(), &self.relays)
        {
            stage.fail(Oracle::Freshness, what);
        }
        for client in &mut self.clients {
            let waiting = healthy(stage, client, &self.relays);
            if let Some(what) = waiting {
                stage.fail(Oracle::Progress, format!("client {}: {what}", client.no));
            }
            if let Some(question) = client.answers.overdue(stage.now()) {
                let what = format!("client {}: no answer, not even that there is none, to {question:?}", client.no);
                stage.fail(Oracle::Answers, what);
            }
        }
    }
}

/// A relay that does not know that the one above it has been stale for long.
fn unaware(now: Moment, relays: &[RelayNode]) -> Option<String> {
    let long_ago = |at: u64| now.wall().0.saturating_sub(at) > KNOWN_BELOW_WITHIN_MS;
    relays.iter().enumerate().find_map(|(no, relay)| {
        let below = relay.up.as_ref().filter(|up| up.hub.stale_since().is_none())?;
        let Some(Party::RelayLinks(above)) = below.check.above else { return None };
        let above = relays.get(above)?.up.as_ref()?;
        let both = below.check.since.max(above.check.since);
        let since = above.hub.stale_since()?;
        let knows = !long_ago(since.0) || now.ms_since(both) <= KNOWN_BELOW_WITHIN_MS;
        (!knows).then(|| format!("relay {} says live; the one above it has been stale since {since}", no + 1))
    })
}

/// What a client waits for too long although nothing is wrong.
fn healthy(stage: &Stage, client: &ClientNode, relays: &[RelayNode]) -> Option<String> {
    let now = stage.now();
    let since = client.healthy_since?;
    // A connection to a run of the relay that is no more is about to be missed.
    let up = relays.get(client.relay)?.up.as_ref().filter(|up| up.check.began <= since)?;
    let position = client.core.position().filter(|position| position.epoch == up.check.epoch);
    let for_ms = now.ms_since(since);
    if for_ms < FILLED_WITHIN_MS {
        return None;
    }
    let Some(position) = position else { return Some(format!("not greeted {for_ms} ms after connecting")) };
    if client.waits_since().is_some_and(|at| now.ms_since(at) > ANSWERED_WITHIN_MS && at >= since) {
        return Some(format!("a request waits for more than {ANSWERED_WITHIN_MS} ms"));
    }
    let shown = stage.history.state(stage.ticks.at(position)?.version?);
    let early = Moment(now.0 - (BEHIND_MS + PACE_MS) * 1_000);
    for Window { id, .. } in &client.views {
        let Some(view) = client.core.view(*id) else { continue };
        // The newest states that the relay was in, from before the time allowed on.
        let mut recent = stage.ticks.versions(up.check.epoch, early, now).map(|version| {
            let version = version?;
            stage.history.state(version)
        });
        if view.complete {
            let shown = shown?;
            if !recent.any(|state| state.is_some_and(|state| same_window(&view, shown, state))) {
                return Some(format!("view {id:?} of {:?} is behind by more than {BEHIND_MS} ms", view.board));
            }
        } else if view.presence == Presence::Present
            && client.shown.incomplete_since(*id).is_some_and(|at| now.ms_since(at.max(since)) > FILLED_WITHIN_MS)
        {
            let there = |state: Option<&std::sync::Arc<State>>| state.is_some_and(|s| s.board(&view.board).is_some());
            if recent.all(there) {
                return Some(format!("view {id:?} of {:?} is not complete", view.board));
            }
        }
    }
    None
}

/// Whether a window looks the same in two states.
fn same_window(view: &ViewSnapshot, a: &State, b: &State) -> bool {
    match (a.board(&view.board), b.board(&view.board)) {
        (Some(a), Some(b)) => {
            let ranks = view.from as usize - 1..view.from as usize - 1 + view.rows.len().max(1);
            std::sync::Arc::ptr_eq(a, b)
                || ranks.clone().all(|rank| {
                    let (a, b) = (a.row(rank), b.row(rank));
                    a.map(|row| (&row.entity, row.score)) == b.map(|row| (&row.entity, row.score))
                })
        }
        (a, b) => a.is_none() && b.is_none(),
    }
}
