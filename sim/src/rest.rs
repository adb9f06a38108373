//! The end of a run: once everything has healed and nothing new happens, everybody must come to show the boards as they
//! are, within a bounded time, and stay there. What "as they are" means is the engine's boards themselves.

use scorelay_client::core::meet::DeskState;
use scorelay_client::core::{Presence, Status};
use scorelay_protocol::limits::{DIRECTORY_COUNTS_MS, MASK_TRACKS, TRACK_RANK_MS};

use crate::client::{ClientNode, Window};
use crate::clock::Moment;
use crate::history::{State, Version};
use crate::report::Oracle;
use crate::stage::Stage;
use crate::world::World;

/// From healing to everyone being level: the longest waits before connecting again, one after the other along the
/// chain, the time in which a silent break is noticed, and what is then to be sent.
const LEVEL_WITHIN_MS: u64 = 60_000;
/// From being level until slow feeds have said everything: row counts of the directory, ranks of tracked entities.
const SAID_WITHIN_MS: u64 = DIRECTORY_COUNTS_MS + TRACK_RANK_MS + 2_000;

/// The time in which both ends know of a connection that broke before.
const MISSED_WITHIN_MS: u64 = 3_500;

/// How far a run has come to rest.
#[derive(Debug, Default)]
pub struct Rest {
    began: Option<Moment>,
    level: Option<Moment>,
    over: bool,
}

impl Rest {
    /// Whether the run is over, with everyone at rest.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Looks how far everyone is.
    pub fn look(&mut self, world: &mut World) {
        if !world.stage.resting {
            return;
        }
        let now = world.stage.now();
        let began = *self.began.get_or_insert(now);
        let missing = unsettled(world);
        match (missing, self.level) {
            (None, None) if now.ms_since(began) > MISSED_WITHIN_MS => {
                self.level = Some(now);
                world.stage.say(format_args!("all are level"));
            }
            (None, Some(level)) if now.ms_since(level) > SAID_WITHIN_MS => {
                self.over = true;
                if let Err(what) = said_all(world) {
                    world.stage.fail(Oracle::Rest, what);
                }
            }
            (Some(what), Some(_)) => {
                world.stage.fail(Oracle::Rest, format!("at rest, and then not any more: {what}"));
            }
            (Some(what), None) if now.ms_since(began) > LEVEL_WITHIN_MS => {
                let what = format!("{} ms after everything healed: {what}", now.ms_since(began));
                world.stage.fail(Oracle::Rest, what);
            }
            _ => {}
        }
    }
}

/// What is not level yet.
fn unsettled(world: &World) -> Option<String> {
    let Some((version, state)) = world.stage.history.now() else { return Some("no core ever ran".to_owned()) };
    if !world.core.is_quiet() {
        return Some("the core has something to cut, store or send".to_owned());
    }
    if !world.source.is_quiet() {
        let (done, all) = (world.source.acknowledged, world.source.events.len());
        return Some(format!("{done} of {all} events of the replaying source are acknowledged"));
    }
    for (no, relay) in world.relays.iter().enumerate() {
        let no = no + 1;
        let Some(up) = &relay.up else { return Some(format!("relay {no} is down")) };
        let at = up.hub.boards().map(|set| Version { core: set.core(), seq: set.seq() });
        if !up.hub.level() || at != Some(version) {
            return Some(format!("relay {no} is at {at:?}, level: {}; the core is at {version:?}", up.hub.level()));
        }
        if let Some(since) = up.hub.stale_since() {
            return Some(format!("relay {no} says stale since {since}"));
        }
    }
    world.clients.iter().find_map(|client| client_unsettled(client, state)).or_else(|| desks_unsettled(world))
}

/// The first desk that is not level, if there is a meet.
fn desks_unsettled(world: &World) -> Option<String> {
    let meets = world.core.up.as_ref().and_then(|up| up.meets.as_ref());
    let log = meets.zip(world.stage.meet).and_then(|(meets, meet)| meets.meets.log(meet));
    world.desks.iter().find_map(|desk| {
        let (no, state, pending) = (desk.no, desk.desk.state(), desk.desk.pending());
        if state != DeskState::Live || pending > 0 {
            return Some(format!("desk {no} is {state:?} with {pending} pending"));
        }
        let same = log.is_some_and(|log| log.hash() == desk.desk.log().hash());
        if !same {
            return Some(format!("desk {no} holds another log"));
        }
        let display = world.stage.meet.and_then(|meet| desk.displayed(meet));
        display.map(|what| format!("desk {no} {what}"))
    })
}

/// What was set at every desk is in the log that they all hold, once.
fn books(world: &World) -> Result<(), String> {
    for desk in &world.desks {
        let session = desk.desk.session().ok_or_else(|| format!("desk {} has no session", desk.no))?;
        let checked = desk.book.check(session.desk, desk.desk.log(), world.core.disaster);
        checked.map_err(|what| format!("desk {}: {what}", desk.no))?;
    }
    Ok(())
}

fn client_unsettled(client: &ClientNode, state: &State) -> Option<String> {
    let no = client.no;
    let status = client.core.status();
    if !matches!(status, Status::Live { .. }) {
        return Some(format!("client {no} is {status:?}"));
    }
    if !client.answers.is_empty() {
        return Some(format!("client {no} waits for answers"));
    }
    for Window { id, .. } in &client.views {
        let Some(view) = client.core.view(*id) else { return Some(format!("client {no}: view {id:?} is gone")) };
        let Some(board) = state.board(&view.board) else {
            if view.presence != Presence::Absent {
                return Some(format!("client {no} does not know that there is no board {:?}", view.board));
            }
            continue;
        };
        if view.held || !view.complete {
            return Some(format!("client {no}: view {id:?} of {:?} is not complete", view.board));
        }
        let stands = (view.from as usize - 1..).zip(&view.rows).all(|(rank, shown)| {
            let same = |row: &crate::history::Row| {
                shown.as_ref().is_some_and(|shown| shown.entity == *row.entity && shown.score == row.score)
            };
            board.row(rank).is_some_and(same)
        });
        if !stands || view.total as usize != board.len {
            return Some(format!("client {no}: view {id:?} of {:?} is not as the board is", view.board));
        }
    }
    None
}

/// What is told slowly has been told too.
fn said_all(world: &mut World) -> Result<(), String> {
    let Some((_, state)) = world.stage.history.now() else { return Ok(()) };
    let state = state.clone();
    for client in &world.clients {
        let no = client.no;
        // Own entities and those of the address may be more than a mask holds.
        let mut untold = client.core.tracks().count().saturating_sub(MASK_TRACKS);
        for entity in client.core.tracks() {
            let Some(track) = client.core.tracked(entity).filter(|track| track.known && !track.held) else {
                untold = untold.checked_sub(1).ok_or_else(|| format!("client {no} does not know where {entity} is"))?;
                continue;
            };
            for place in &track.places {
                let found = state.board(&place.board).and_then(|board| board.find(entity));
                let stands = found.map(|(rank, row)| (rank as u32 + 1, row.score));
                if place.at.map(|at| (at.rank, at.score)) != stands {
                    let shown = place.at;
                    return Err(format!(
                        "client {no}: {entity} on {:?} is shown at {shown:?} and stands at {stands:?}",
                        place.board
                    ));
                }
            }
            if track.places.len() != state.boards.len() {
                return Err(format!("client {no} knows {entity} on {} boards", track.places.len()));
            }
        }
        let directory = client.core.directory().unwrap_or_default();
        let mut shown: Vec<(&str, usize)> = directory.iter().map(|board| (&*board.id, board.rows as usize)).collect();
        let mut are: Vec<(&str, usize)> = state.boards.values().map(|board| (&*board.def.id, board.len)).collect();
        shown.sort_unstable();
        are.sort_unstable();
        if shown != are {
            return Err(format!("client {no} shows the boards {shown:?} where there are {are:?}"));
        }
    }
    books(world)?;
    quiet(&world.stage)
}

/// At rest nothing but signs of life is on the way.
fn quiet(stage: &Stage) -> Result<(), String> {
    let on_way: usize = stage
        .net
        .conns()
        .map(|(conn, ..)| {
            stage.net.in_flight(conn, crate::net::End::Opener) + stage.net.in_flight(conn, crate::net::End::Accepter)
        })
        .sum();
    if on_way > 2_000 { Err(format!("{on_way} bytes are on the way although nothing happens")) } else { Ok(()) }
}
