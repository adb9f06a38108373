//! What a client shows, held against the boards: after every message all views, tracked entities and the directory must
//! be those of the one state that the client's tick stood for. A wrong, missing or doubled row, a wrong total, a
//! mixture of two ticks, and a change that nobody was told of are all found here.

use std::collections::BTreeMap;

use scorelay_client::core::{Client, Event as Notice, Presence, Status, TrackSnapshot, ViewId, ViewSnapshot};
use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::Position;
use scorelay_protocol::limits::{DIRECTORY_COUNTS_MS, TRACK_RANK_MS};

use crate::client::Window;
use crate::clock::Moment;
use crate::history::{Board, State, Version};
use crate::report::Oracle;
use crate::stage::Stage;
use crate::ticks::TickRecord;

/// What a client showed last.
#[derive(Debug, Default)]
pub struct Shown {
    views: BTreeMap<ViewId, ViewSnapshot>,
    tracks: BTreeMap<Entity, TrackSnapshot>,
    /// Where the client stood when a view was last not held back.
    seen_at: BTreeMap<ViewId, Position>,
    /// Since when a view has not been complete, its window being the same.
    incomplete: BTreeMap<ViewId, Moment>,
    status: Option<Status>,
    directory_checked: Moment,
    directory_told: bool,
}

impl Shown {
    /// The user moved a view's window.
    pub fn window_moved(&mut self, id: ViewId) {
        self.incomplete.remove(&id);
    }

    /// Since when a view has not been complete.
    pub fn incomplete_since(&self, id: ViewId) -> Option<Moment> {
        self.incomplete.get(&id).copied()
    }

    /// Looks at everything again.
    pub fn look(&mut self, stage: &mut Stage, no: usize, core: &Client, views: &[Window], notices: &[Notice]) {
        let found = self.check(stage, core, views, notices);
        if let Err((oracle, what)) = found {
            let at = core.position();
            let tick = at.map_or_else(|| "no tick".to_owned(), |at| format!("tick {} of epoch {}", at.tick, at.epoch));
            stage.fail(oracle, format!("client {no} at {tick}: {what}"));
        }
    }

    fn check(
        &mut self,
        stage: &mut Stage,
        core: &Client,
        views: &[Window],
        notices: &[Notice],
    ) -> Result<(), (Oracle, String)> {
        let status = core.status();
        let position = core.position();
        let record = match position {
            None => None,
            Some(position) => {
                let unknown = || (Oracle::View, "its relay never ticked so".to_owned());
                Some(stage.ticks.at(position).ok_or_else(unknown)?)
            }
        };
        let connected = matches!(status, Status::Live { .. } | Status::Stale { .. });
        if connected && let Some(record) = record {
            freshness(&status, record)?;
        }
        if self.status.as_ref() != Some(&status) {
            stage.say(format_args!("a client's status: {status:?}"));
            stage.counts.stale_shown += u64::from(matches!(status, Status::Stale { .. }));
            let told = notices.contains(&Notice::StatusChanged);
            if !told && self.status.is_some() {
                return Err((Oracle::Conduct, format!("status became {status:?} and nobody was told")));
            }
            self.status = Some(status);
        }
        let state = record.and_then(|record| stage.history.state(record.version?)).cloned();
        let open = |id: &ViewId| views.iter().any(|window| window.id == *id);
        self.views.retain(|id, _| open(id));
        self.seen_at.retain(|id, _| open(id));
        self.incomplete.retain(|id, _| open(id));
        for window in views {
            let id = &window.id;
            let Some(view) = core.view(*id) else {
                return Err((Oracle::View, format!("view {id:?} is gone")));
            };
            self.view(stage, window, &view, position, state.as_deref()).map_err(|what| (Oracle::View, what))?;
            if let Some(state) = state.as_deref().filter(|_| !view.held) {
                stage.kept_off.check_view(&view, state).map_err(|what| (Oracle::Moderation, what))?;
            }
            if view.complete {
                self.incomplete.remove(id);
            } else {
                self.incomplete.entry(*id).or_insert(stage.now());
            }
            let told = notices.contains(&Notice::ViewChanged(*id));
            let last = self.views.insert(*id, view);
            if !told && last.as_ref().is_some_and(|last| Some(last) != self.views.get(id)) {
                let (was, is) = (last.map(|view| brief(&view)), self.views.get(id).map(brief));
                return Err((Oracle::Conduct, format!("view {id:?} changed and nobody was told: {was:?}, now {is:?}")));
            }
        }
        self.tracks.retain(|entity, _| core.tracks().any(|tracked| tracked == entity));
        for entity in core.tracks() {
            let Some(track) = core.tracked(entity) else { continue };
            if let (Some(position), Some(record)) = (position, record)
                && track.known
                && !track.held
            {
                tracked(stage, &track, position, record, state.as_deref()).map_err(|what| (Oracle::Track, what))?;
            }
            let told = notices.contains(&Notice::TrackChanged(entity.clone()));
            let last = self.tracks.insert(entity.clone(), track);
            if !told && last.as_ref().is_some_and(|last| Some(last) != self.tracks.get(entity)) {
                let is = self.tracks.get(entity);
                return Err((Oracle::Conduct, format!("track {entity} changed and nobody was told: {last:?}, {is:?}")));
            }
        }
        let told = notices.contains(&Notice::DirectoryChanged);
        // Before this connection has told, it is the one of the connection before.
        self.directory_told = connected && (self.directory_told || told);
        if self.directory_told && (told || stage.now().ms_since(self.directory_checked) > 1_000) {
            self.directory_checked = stage.now();
            directory(stage, core, position, state.as_deref()).map_err(|what| (Oracle::Directory, what))?;
        }
        Ok(())
    }

    fn view(
        &mut self,
        stage: &mut Stage,
        window: &Window,
        view: &ViewSnapshot,
        position: Option<Position>,
        state: Option<&State>,
    ) -> Result<(), String> {
        if view.held {
            // What was shown before stays, until the new connection has sent everything.
            let seen_at = self.seen_at.get(&window.id).copied().ok_or("holds on to what it never showed")?;
            let record = stage.ticks.at(seen_at).and_then(|record| record.version);
            let state = record.and_then(|version| stage.history.state(version)).ok_or("holds on to no state")?;
            let board = state.board(&view.board).ok_or("holds on to a board that there was not")?;
            return rows(view, board).map_err(|what| format!("held since tick {}: {what}", seen_at.tick));
        }
        if let Some(position) = position {
            self.seen_at.insert(window.id, position);
        }
        let board = state.and_then(|state| state.board(&view.board));
        match (view.presence, board) {
            (Presence::Unknown, _) if !view.complete && view.rows.is_empty() => Ok(()),
            (Presence::Unknown, _) => Err(format!("shows rows of {:?} without knowing it", view.board)),
            (Presence::Absent, None) if view.rows.is_empty() => Ok(()),
            (Presence::Absent, _) => Err(format!("says that there is no board {:?}", view.board)),
            (Presence::Present, None) if view.rows.iter().all(Option::is_none) && !view.complete => Ok(()),
            (Presence::Present, None) => Err(format!("shows board {:?}, which there is not", view.board)),
            (Presence::Present, Some(board)) => {
                rows(view, board)?;
                if view.complete {
                    stage.counts.views_checked += 1;
                    complete(window, view, board)?;
                }
                Ok(())
            }
        }
    }
}

/// A view in a few words, for a person who compares two.
fn brief(view: &ViewSnapshot) -> String {
    let there = view.rows.iter().flatten().count();
    let ViewSnapshot { board, presence, title, total, from, complete, held, .. } = view;
    format!(
        "{board} {presence:?} {title:?} total {total} from {from}, {there} of {} rows, complete {complete}, held {held}",
        view.rows.len()
    )
}

/// Every row that is shown is the one that stands there.
fn rows(view: &ViewSnapshot, board: &Board) -> Result<(), String> {
    for (rank, shown) in (view.from..).zip(&view.rows) {
        let Some(shown) = shown else { continue };
        let stands = board.row(rank as usize - 1);
        let same = stands.is_some_and(|row| *row.entity == shown.entity && row.score == shown.score);
        if !same || shown.rank != rank {
            let stands = stands.map_or_else(|| "nobody".to_owned(), |row| format!("{} with {}", row.entity, row.score));
            return Err(format!(
                "board {:?}, rank {rank}: shows {} with {} (as rank {}), where {stands} stands",
                view.board, shown.entity, shown.score, shown.rank
            ));
        }
    }
    Ok(())
}

/// Nothing is missing from a complete view, and what it says about the board is right.
fn complete(window: &Window, view: &ViewSnapshot, board: &Board) -> Result<(), String> {
    if view.rows.iter().any(Option::is_none) {
        return Err("is complete but lacks rows".to_owned());
    }
    let (from, to) = window.ranks;
    let there = (to as usize).min(board.len).saturating_sub(from as usize - 1);
    if (view.from, view.rows.len()) != (from, there) {
        let (shown, at) = (view.rows.len(), view.from);
        return Err(format!("shows {shown} rows from rank {at}, of {from} to {to} on a board of {}", board.len));
    }
    let about = (&*view.title, &*view.unit, view.decimals, view.synthetic);
    let def = &board.def;
    if about != (&*def.title, &*def.unit, def.decimals, def.synthetic) {
        return Err(format!("says {about:?} of {def:?}"));
    }
    if view.total as usize != board.len {
        return Err(format!("board {:?}: says {} rows in all where there are {}", view.board, view.total, board.len));
    }
    Ok(())
}

/// Scores as of the tick; ranks as of some tick within the time that a rank alone may wait.
fn tracked(
    stage: &mut Stage,
    track: &TrackSnapshot,
    position: Position,
    record: TickRecord,
    state: Option<&State>,
) -> Result<(), String> {
    stage.counts.tracks_checked += 1;
    let entity = &track.entity;
    for place in &track.places {
        let stands = state.and_then(|state| state.board(&place.board)).and_then(|board| board.find(entity));
        match (place.at, stands) {
            (None, None) => {}
            (Some(at), Some((rank, row))) if at.score == row.score => {
                if at.rank as usize == rank + 1 {
                    continue;
                }
                // Whoever joins meanwhile is looked at too, which makes the round of all a little longer.
                let late = Moment(record.at.0.saturating_sub((TRACK_RANK_MS * 3 / 2 + 2 * stage.plan.tick_ms) * 1_000));
                let had = |version: Option<Version>| {
                    let board = stage.history.state(version?)?.board(&place.board)?;
                    board.find(entity).map(|(rank, _)| rank + 1)
                };
                // A tick that finds a rank unchanged is not published, so this is about all states in between.
                let mut ranks = stage.ticks.versions(position.epoch, late, record.at).map(had);
                if !ranks.any(|had| had == Some(at.rank as usize)) {
                    let (board, now) = (&place.board, rank + 1);
                    return Err(format!("{entity} on {board:?}: shows rank {} where it has rank {now}", at.rank));
                }
            }
            (shown, stands) => {
                let stands = stands.map(|(rank, row)| (rank + 1, row.score));
                return Err(format!("{entity} on {:?}: shows {shown:?} where it has {stands:?}", place.board));
            }
        }
    }
    Ok(())
}

/// The boards of the tick, each with a row count that it had within the time that counts may wait.
fn directory(stage: &Stage, core: &Client, position: Option<Position>, state: Option<&State>) -> Result<(), String> {
    let (Some(directory), Some(position)) = (core.directory(), position) else { return Ok(()) };
    let Some(state) = state else {
        let ids: Vec<&String> = directory.iter().map(|board| &board.id).collect();
        return if directory.is_empty() { Ok(()) } else { Err(format!("shows {ids:?} where there is nothing")) };
    };
    if directory.len() != state.boards.len() {
        let (shown, are) = (directory.len(), state.boards.len());
        return Err(format!("shows {shown} boards where there are {are}"));
    }
    let early = Moment(stage.now().0.saturating_sub((DIRECTORY_COUNTS_MS + 2_000) * 1_000));
    for shown in &directory {
        let board = state.board(&shown.id).ok_or_else(|| format!("shows {:?}, which there is not", shown.id))?;
        let def = &board.def;
        let about = (&shown.title, &shown.unit, shown.decimals, shown.synthetic);
        if about != (&def.title, &def.unit, def.decimals, def.synthetic) {
            return Err(format!("says {about:?} of {def:?}"));
        }
        if shown.rows as usize == board.len {
            continue;
        }
        let had = |version: Option<Version>| Some(stage.history.state(version?)?.board(&shown.id)?.len);
        let mut counts = stage.ticks.versions(position.epoch, early, stage.now()).map(had);
        if !counts.any(|had| had == Some(shown.rows as usize)) {
            return Err(format!("says that {:?} has {} rows where it has {}", shown.id, shown.rows, board.len));
        }
    }
    Ok(())
}

/// Stale is shown where, and only where, the relay said so at that tick.
fn freshness(status: &Status, record: TickRecord) -> Result<(), (Oracle, String)> {
    let shown = match status {
        Status::Stale { since } => Some(*since),
        _ => None,
    };
    if shown == record.stale {
        return Ok(());
    }
    Err((Oracle::Freshness, format!("shows stale since {shown:?} where its relay was stale since {:?}", record.stale)))
}
