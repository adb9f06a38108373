//! What desks and displays say, as records of a packed output: as in `crate::records`. Values are JSON texts, as they
//! stand in log files.

use scorelay_client::core::meet::{
    CommandNo, DeskState, Done, Key, LoggedOut, MeetDesk, MeetSnapshot, Restoring, Save,
};
use scorelay_client::protocol::error::WireError;
use scorelay_client::protocol::meet::ids::{MeetId, MeetSeq};
use scorelay_client::protocol::meet::leaf::MeetLeaf;
use scorelay_client::protocol::meet::line::{Line, Location, Rejection, What};
use scorelay_client::protocol::meet::path::Path;
use scorelay_client::protocol::meet::value::{LeafValue, Value};
use scorelay_meets::desk::{Overruled, Why};
use scorelay_meets::json::value_to_text;
use scorelay_meets::log::ENTRY_BLOCK;

use super::tell::About;
use crate::errors::Failure;
use crate::output::{Output, Tag};
use crate::records::failure;

/// A path and what is shown there.
pub(super) struct Change {
    pub(super) path: Path,
    /// Of an entry: the line that made it.
    pub(super) created: u64,
    pub(super) value: Value,
}

/// The desk's number, the meet's id, the location, the block, the locations, stages driven, the session.
pub(super) fn about(out: &mut Output, desk: u32, about: &About) {
    let About { meet, location, block, locations, drives, session } = about;
    out.tag(Tag::DeskAbout);
    out.u32(desk);
    id(out, *meet);
    out.str(location);
    out.bool(block.is_some());
    if let Some(first) = block {
        out.u32(*first);
        out.u32(ENTRY_BLOCK);
    }
    out.len(locations.len());
    for Location { name, priority } in locations {
        out.str(name);
        out.u32(priority.get().into());
    }
    out.len(drives.len());
    drives.iter().for_each(|stage| out.u8(*stage));
    out.f64(session.map_or(f64::NAN, |session| session.0.into()));
}

/// The desk's number, kind, reason, bytes sent and all, flags (1 finished, 2 half full), and the error where there is
/// one.
pub(super) fn state(out: &mut Output, no: u32, desk: &MeetDesk, half_full: bool) {
    let (mut reason, mut bytes, mut why) = (0, (0, 0), None);
    let kind = match desk.state() {
        DeskState::NotJoined | DeskState::Opening => 0,
        DeskState::Resyncing => 1,
        DeskState::Live => 2,
        DeskState::Offline { why: trouble } => {
            why = trouble;
            3
        }
        DeskState::Recovering { sent, total } => {
            bytes = (sent, total);
            4
        }
        DeskState::Restoring(restoring) => {
            if let Restoring::Uploading { sent, total } = restoring {
                bytes = (sent, total);
            }
            5
        }
        DeskState::LoggedOut(logged_out) => {
            reason = match logged_out {
                LoggedOut::PasswordNeeded { .. } => 1,
                LoggedOut::Left => 2,
                LoggedOut::Finished => 3,
                LoggedOut::Refused(refused) => {
                    why = Some(refused);
                    4
                }
                LoggedOut::AnotherMeet => 5,
            };
            6
        }
        DeskState::Closed => 7,
    };
    out.tag(Tag::DeskState);
    out.u32(no);
    out.u8(kind);
    out.u8(reason);
    out.len(bytes.0);
    out.len(bytes.1);
    out.u8(u8::from(desk.is_finished()) | u8::from(half_full) << 1);
    maybe(out, why.as_ref());
}

/// The desk's number, whether what was shown before is gone, and the changes.
pub(super) fn shown(out: &mut Output, desk: u32, anew: bool, changes: &[Change]) {
    out.tag(Tag::DeskShown);
    out.u32(desk);
    out.bool(anew);
    self::changes(out, changes);
}

/// The desk's number, how many, and the error where there is one.
pub(super) fn pending(out: &mut Output, no: u32, desk: &MeetDesk) {
    out.tag(Tag::DeskPending);
    out.u32(no);
    out.len(desk.pending());
    maybe(out, desk.held_up());
}

/// The desk's number, and of each its line, path, value, why, what stands there, and where that was set if it is known.
pub(super) fn overruled(out: &mut Output, no: u32, desk: &MeetDesk) {
    out.tag(Tag::DeskOverruled);
    out.u32(no);
    out.len(desk.overruled().len());
    for Overruled { seq, path, value, why } in desk.overruled() {
        let (why, winner) = match why {
            Why::By(winner) | Why::Rejected(Rejection::Conflict { winner }) => (0, Some(*winner)),
            Why::Rejected(Rejection::Late) => (1, None),
            Why::Rejected(Rejection::NoSuchEntry) => (2, None),
            Why::Rejected(Rejection::EntryExists) => (3, None),
            Why::Rejected(Rejection::NotYourBlock) => (4, None),
            Why::Rejected(Rejection::NotDriver) => (5, None),
        };
        out.f64(seq.0 as f64);
        out.display(path);
        out.str(&value_to_text(value));
        out.u8(why);
        out.str(&value_to_text(&desk.shown_at(*path).get(*path)));
        let location = winner.and_then(|winner| location_of(desk, winner));
        out.bool(location.is_some());
        out.str(location.unwrap_or_default());
    }
}

/// Where the desk stood that made this line.
fn location_of(desk: &MeetDesk, seq: MeetSeq) -> Option<&str> {
    let log = desk.log();
    let Some(Line { what: What::Update(update), .. }) = log.line(seq) else { return None };
    let location = log.desk(update.author)?.joined.location;
    log.locations().get(usize::from(location)).map(|location| location.name.as_str())
}

/// The desk's number, the command's, and an error, nothing, sessions or a publication's number.
pub(super) fn answer(out: &mut Output, desk: u32, no: CommandNo, done: &Result<Done, WireError>) {
    out.tag(Tag::DeskAnswer);
    out.u32(desk);
    out.f64(no.0 as f64);
    match done {
        Err(why) => {
            out.u8(0);
            failure(out, &why.into());
        }
        Ok(Done::Line(_) | Done::Nothing | Done::Display(_)) => out.u8(1),
        Ok(Done::Sessions(sessions)) => {
            out.u8(2);
            out.len(sessions.len());
            for session in sessions {
                out.u32(session.no.0);
                out.bool(session.desk.is_some());
                out.str(&session.location);
                out.bool(session.own);
                out.f64(session.opened.0 as f64);
                out.f64(session.expires.map_or(f64::NAN, |ends| ends.0 as f64));
            }
        }
        Ok(Done::Published { number, .. }) => {
            out.u8(3);
            out.u32(*number);
        }
    }
}

/// The desk's number, the save's, what it is of (the meet's id, location and name), and the changes: 0 and a key and
/// bytes to keep, 1 and a key to forget, 2 and the key of the last line to keep.
pub(super) fn save(out: &mut Output, no: u32, Save { number, changes }: &Save, desk: &MeetDesk) {
    out.tag(Tag::DeskSave);
    out.u32(no);
    out.f64(*number as f64);
    id(out, desk.meet());
    out.str(desk.session().map_or("", |session| &session.location));
    let name = desk.log().state().get(Path::Meet(MeetLeaf::Name));
    out.str(if let Value::Leaf(LeafValue::Text(name)) = &name { name } else { "" });
    out.len(changes.len());
    for change in changes {
        use scorelay_client::core::meet::Change::{CutLines, Put, Remove};
        let (kind, key) = match change {
            Put(key, _) => (0, *key),
            Remove(key) => (1, *key),
            CutLines(last) => (2, Key::Line(*last)),
        };
        out.u8(kind);
        out.bytes(&key.to_bytes());
        if let Put(_, bytes) = change {
            out.bytes(bytes);
        }
    }
}

/// The desk's number, and why it did not get into the meet.
pub(super) fn not_opened(out: &mut Output, desk: u32, why: &Failure) {
    out.tag(Tag::DeskNotOpened);
    out.u32(desk);
    failure(out, why);
}

/// The meet's id, flags (1 known, 2 finished, 4 held), why nothing comes any more if that is so, and the changes.
pub(super) fn display(out: &mut Output, meet: MeetId, shown: &MeetSnapshot, changes: &[Change]) {
    let MeetSnapshot { display, held, gone } = shown;
    out.tag(Tag::Display);
    id(out, Some(meet));
    out.u8(u8::from(display.is_known()) | u8::from(display.is_finished()) << 1 | u8::from(*held) << 2);
    maybe(out, gone.as_ref());
    self::changes(out, changes);
}

/// Of each its path, the line that made it if it is an entry, and the value.
fn changes(out: &mut Output, changes: &[Change]) {
    out.len(changes.len());
    for Change { path, created, value } in changes {
        out.display(path);
        out.f64(*created as f64);
        out.str(&value_to_text(value));
    }
}

fn id(out: &mut Output, meet: Option<MeetId>) {
    match meet {
        Some(meet) => out.display(&meet),
        None => out.str(""),
    }
}

fn maybe(out: &mut Output, why: Option<&WireError>) {
    out.bool(why.is_some());
    if let Some(why) = why {
        failure(out, &why.into());
    }
}
