//! Meets as far as a relay knows them: questions passed on unread (`forward.rs`), and what displays see, which the
//! relay asks for itself, once for all who watch by one token. What a meet is and who may do what in it is the core's
//! affair.
//!
//! `display.rs` follows one meet by asking again and again; `shown.rs`
//! keeps all that are watched and makes feeds of them; `public.rs` is the state of one.

mod display;
mod public;
pub(crate) mod shown;

use scorelay_protocol::codec;
use scorelay_protocol::feed::Body;
use scorelay_protocol::meet::answer::PublicChange;
use scorelay_protocol::meet::ids::MeetId;

/// The body that says that what the client holds is what `snapshot`, a body itself, says.
pub(crate) fn unchanged(meet: MeetId, snapshot: &[u8]) -> Body {
    let whole = |finished| codec::encode(&Body::Meet { meet, reset: true, finished, changes: Vec::new() });
    // Only what comes after this is different from snapshot to snapshot, and the last byte of it is a count.
    let finished = whole(true);
    let finished = snapshot.starts_with(&finished[..finished.len() - 1]);
    Body::Meet { meet, reset: false, finished, changes: codec::encode(&Vec::<PublicChange>::new()) }
}
