//! What the client says, as records of a packed output.
//!
//! Each function writes one record, fields in the order JavaScript reads them (`npm/src`); how numbers and texts are
//! packed is in `output`.

use scorelay_client::core::{
    Answer, BoardSummary, LevelView, Millis, Place, Presence, RankedRow, RequestError, Status, TrackSnapshot, Transmit,
    ViewSnapshot,
};
use scorelay_client::protocol::feed::{BoardInfo, Standing};
use scorelay_client::protocol::page::Row;

use crate::errors::Failure;
use crate::output::{Output, Tag};

pub(crate) fn transmit(out: &mut Output, transmit: &Transmit) {
    match transmit {
        Transmit::Connect => out.tag(Tag::Connect),
        Transmit::Close(why) => {
            out.tag(Tag::Close);
            out.display(why);
        }
        Transmit::Send(bytes) => {
            out.tag(Tag::Send);
            out.bytes(bytes);
        }
    }
}

/// `u8` kind, since, retry at, last update, and the reason where there is one.
pub(crate) fn status(out: &mut Output, status: &Status, last_update: Option<Millis>) {
    let (kind, since, retry_at, reason) = match status {
        Status::Connecting { since } => (0, *since, None, None),
        Status::Live { since } => (1, *since, None, None),
        Status::Stale { since } => (2, Millis(since.0), None, None),
        Status::Offline { since, reason, retry_at } => (3, *since, *retry_at, Some(reason)),
        Status::Closed { since } => (4, *since, None, None),
    };
    out.tag(Tag::Status);
    out.u8(kind);
    out.time(Some(since));
    out.time(retry_at);
    out.time(last_update);
    out.bool(reason.is_some());
    if let Some(reason) = reason {
        failure(out, &reason.into());
    }
}

pub(crate) fn directory(out: &mut Output, boards: &[BoardSummary]) {
    out.tag(Tag::Directory);
    out.len(boards.len());
    for BoardSummary { id, title, unit, decimals, synthetic, rows } in boards {
        out.str(id);
        out.str(title);
        out.str(unit);
        out.u8(*decimals);
        out.bool(*synthetic);
        out.u32(*rows);
    }
}

/// The view's number, presence, flags (1 synthetic, 2 complete, 4 held), decimals, title, unit, rows of the board,
/// first rank, and the rows.
pub(crate) fn view(out: &mut Output, number: u32, view: &ViewSnapshot) {
    out.tag(Tag::View);
    out.u32(number);
    out.u8(match view.presence {
        Presence::Unknown => 0,
        Presence::Absent => 1,
        Presence::Present => 2,
    });
    out.u8(u8::from(view.synthetic) | u8::from(view.complete) << 1 | u8::from(view.held) << 2);
    out.u8(view.decimals);
    out.str(&view.title);
    out.str(&view.unit);
    out.u32(view.total);
    out.u32(view.from);
    out.len(view.rows.len());
    for row in &view.rows {
        out.bool(row.is_some());
        if let Some(RankedRow { entity, score, .. }) = row {
            out.display(entity);
            out.units(*score);
        }
    }
}

/// A record as of [`view`], of a window that is complete.
pub(crate) fn level_view(out: &mut Output, number: u32, view: &LevelView<'_>) {
    let BoardInfo { title, unit, decimals, synthetic, .. } = view.board;
    out.tag(Tag::View);
    out.u32(number);
    out.u8(2);
    out.u8(u8::from(*synthetic) | 2);
    out.u8(*decimals);
    out.str(title);
    out.str(unit);
    out.u32(view.total);
    out.u32(view.from);
    out.len(view.pages.iter().map(|page| page.rows.len()).sum());
    for row in view.pages.iter().flat_map(|page| page.rows) {
        out.u8(1);
        out.entity(view.platforms, &row.entity);
        out.units(row.score);
    }
}

/// The view's number, rows of the board, rows of the window, and how many edits follow.
pub(crate) fn view_edits(out: &mut Output, number: u32, view: &LevelView<'_>, length: usize, edits: usize) {
    out.tag(Tag::ViewEdits);
    out.u32(number);
    out.u32(view.total);
    out.len(length);
    out.len(edits);
}

/// A place in the window, counted from 0; one more than the place where the row's entity stood before, or 0 and the
/// entity; the score.
pub(crate) fn view_edit(out: &mut Output, at: usize, row: &Row, stood: Option<usize>, platforms: &[String]) {
    out.len(at);
    out.len(stood.map_or(0, |place| place + 1));
    if stood.is_none() {
        out.entity(platforms, &row.entity);
    }
    out.units(row.score);
}

/// The entity, flags (1 known, 2 held), and its places.
pub(crate) fn track(out: &mut Output, track: &TrackSnapshot) {
    out.tag(Tag::Track);
    out.display(&track.entity);
    out.u8(u8::from(track.known) | u8::from(track.held) << 1);
    out.len(track.places.len());
    for Place { board, decimals, at } in &track.places {
        out.str(board);
        out.u8(*decimals);
        standing(out, at.as_ref());
    }
}

/// A request's outcome; `decimals` are those of the board that was asked about.
pub(crate) fn answer(out: &mut Output, request: u32, answer: &Result<Answer, RequestError>, decimals: u8) {
    match answer {
        Ok(Answer::Found(at)) => {
            out.tag(Tag::Found);
            out.u32(request);
            standing(out, at.as_ref());
            if at.is_some() {
                out.u8(decimals);
            }
        }
        Ok(Answer::Around(rows)) => {
            out.tag(Tag::Around);
            out.u32(request);
            out.u8(decimals);
            out.len(rows.len());
            for RankedRow { rank, entity, score } in rows {
                out.u32(*rank);
                out.display(entity);
                out.units(*score);
            }
        }
        // Pages of boards ask nothing else.
        Ok(_) => {}
        Err(error) => {
            out.tag(Tag::Failed);
            out.u32(request);
            failure(out, &error.into());
        }
    }
}

pub(crate) fn refused(out: &mut Output, error: &Failure) {
    out.tag(Tag::Refused);
    failure(out, error);
}

pub(crate) fn timer(out: &mut Output, at: Option<Millis>) {
    out.tag(Tag::Timer);
    out.time(at);
}

fn standing(out: &mut Output, at: Option<&Standing>) {
    out.bool(at.is_some());
    if let Some(Standing { rank, score }) = at {
        out.u32(*rank);
        out.units(*score);
    }
}

pub(crate) fn failure(out: &mut Output, error: &Failure) {
    out.str(error.code);
    out.bool(error.retryable);
    out.str(&error.message);
}
